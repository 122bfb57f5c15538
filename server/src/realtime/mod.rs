//! The sockets of agents and visitors. They follow the journal: every frame that tells of a change carries its
//! position, and whoever comes back names the last one seen and gets what was missed.

pub mod agent;
pub(crate) mod configured;
mod counting;
pub mod frames;
pub mod hub;
pub(crate) mod on_site;
pub(crate) mod queue;
pub mod visitor;
