//! One file a noun of the REST API.

mod access_token;
mod agent_status;
mod category;
mod channel;
mod community;
mod content_source;
mod event;
mod identity;
mod permissions;
mod role;
mod session;
mod tag;
mod team;
mod user;
mod webhook;
