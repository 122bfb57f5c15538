//! One file a noun of the REST API.

mod access_token;
mod agent_status;
mod approval;
mod attachment;
mod bot;
mod category;
mod channel;
mod chat;
mod community;
mod content;
mod content_source;
mod content_thread;
mod event;
mod health;
mod identity;
mod intervention;
mod intervention_comment;
mod permissions;
mod role;
mod session;
mod source_behaviour;
mod tag;
mod team;
mod user;
mod webhook;
