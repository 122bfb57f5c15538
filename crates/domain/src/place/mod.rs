//! Where conversations take place: communities, sources and their settings, channels.

pub mod channel;
pub mod community;
pub mod queue;
pub mod source;
