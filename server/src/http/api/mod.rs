//! The REST API 1.0, one file a noun.

pub mod access_token;
pub mod agent_status;
pub mod attachment;
pub mod bot;
pub mod category;
pub mod channel;
pub mod chat;
pub mod community;
pub mod content;
pub mod content_source;
pub mod content_thread;
pub mod event;
pub mod health;
pub mod identity;
pub mod identity_group;
pub mod inbox;
pub mod intervention;
pub mod intervention_comment;
pub mod journal;
pub mod role;
pub mod session;
pub mod tag;
pub mod team;
pub mod user;
pub mod webhook;
