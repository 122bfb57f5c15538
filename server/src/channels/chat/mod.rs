//! The chat of a messaging source.

pub mod availability;
pub mod identity;
pub mod inbound;
pub mod targeting;
mod there;
