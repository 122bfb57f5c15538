//! What a running server keeps in memory, each kind in a file: caches, limits, counts, and what is under way. None of it
//! matters after a restart.

pub mod administration_cache;
pub mod author_blocks;
pub mod avatars;
pub mod bodies;
pub mod connections;
pub mod desk_counts;
pub mod disk;
pub mod folder_counts;
pub mod free_agents;
pub mod hub;
pub mod letters;
pub mod limits;
pub mod meters;
pub mod passwords;
pub mod process;
mod queue;
pub mod readiness;
pub mod settings_cache;
pub mod targetings;
pub mod third_parties;
pub mod tries;
pub mod under_way;
