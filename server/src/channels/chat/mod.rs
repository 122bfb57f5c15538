//! The chat of a messaging source.

pub mod identity;
pub mod inbound;
pub mod targeting;
