//! What programs use: tokens, webhooks and their deliveries; and what a new domain begins with.

pub mod access_token;
pub mod ahead;
pub mod bootstrap;
pub mod delivery;
pub mod webhook;
