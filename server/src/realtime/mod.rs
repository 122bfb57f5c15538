//! The sockets of agents and visitors. They follow the journal: every frame that tells of a change carries its
//! position, and whoever comes back names the last one seen and gets what was missed.

pub mod agent;
mod door;
pub mod frames;
pub mod hub;
pub mod visitor;

pub(crate) use door::{Door, RECHECK};
