//! Where conversations take place: communities, sources and their settings, channels.

pub mod authorization;
pub mod channel;
pub mod community;
pub mod credential;
pub mod queue;
pub mod source;
pub mod source_health;
pub mod source_run;
