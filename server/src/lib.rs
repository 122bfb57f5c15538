//! Hubbub: a server for the exchange between agents and customers on every channel.
//!
//! `http` and `channels` translate, `domain` decides, `store` remembers, `worker` does the talking.

pub use crypto;
pub use domain;

pub mod app;
mod avatars;
pub mod backup;
pub mod boot;
pub mod channels;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod demo;
mod fetch;
pub mod files;
pub mod http;
pub mod lock;
mod network;
pub mod pictures;
pub mod realtime;
pub mod secret_key;
pub mod serve;
pub mod state;
pub mod views;
pub mod web;
mod wire;
mod worker;
