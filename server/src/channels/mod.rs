//! The edges to the channels: each folder translates between one kind of source and the domain.

pub mod chat;
pub mod sdk;
