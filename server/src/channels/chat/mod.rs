//! The chat of a messaging source.

pub mod availability;
pub mod email;
mod greeting;
pub mod identity;
pub mod inbound;
pub mod page;
pub mod targeting;
mod there;
pub mod unsubscribe;
