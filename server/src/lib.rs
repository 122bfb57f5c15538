//! Hubbub: a server for the exchange between agents and customers on every channel.
//!
//! `http` and `channels` translate, `domain` decides, `store` remembers, `worker` does the talking.

pub use crypto;
pub use domain;

mod access_cache;
pub mod app;
mod avatars;
pub mod backup;
pub mod boot;
pub mod channels;
pub mod commands;
pub mod config;
pub mod connections;
pub mod demo;
mod disk;
mod fetch;
pub mod files;
mod folder_counts;
pub mod http;
mod limits;
pub mod lock;
mod meters;
mod network;
mod passwords;
pub mod pictures;
pub mod process;
mod readiness;
pub mod realtime;
pub mod secret_key;
pub mod serve;
mod settings_cache;
mod tries;
pub mod views;
pub mod web;
mod wire;
mod worker;
