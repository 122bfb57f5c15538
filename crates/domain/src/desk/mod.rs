//! The people of the desk: users, roles, teams, passwords, sessions, signatures, where they are, what may be given to whom,
//! and mails to them.

pub mod agent_status;
pub(crate) mod agent_work;
pub mod change_log;
pub mod console_profile;
pub(crate) mod gifts;
pub mod mail;
pub mod password;
pub mod picture;
pub mod presence;
pub mod presence_status;
pub mod recovery;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod signature;
pub mod team;
pub mod user;
pub mod user_capacity;
pub(crate) mod user_fields;
pub mod user_sources;
