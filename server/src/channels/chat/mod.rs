//! The chat of a messaging source.

pub mod availability;
mod config;
pub mod email;
mod greeting;
pub mod identity;
pub mod inbound;
pub mod leaving;
pub mod page;
mod site;
mod targeting;
pub mod texts;
mod there;
pub mod told;
pub mod unread;
pub mod unsubscribe;
