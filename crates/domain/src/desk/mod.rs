//! The people of the desk: users, roles, teams, passwords, sessions, signatures, where they are, what may be given to whom,
//! and mails to them.

pub mod agent_status;
mod agent_work;
pub(crate) mod gifts;
pub mod mail;
pub mod password;
pub mod presence;
pub mod role;
pub mod session;
pub mod signature;
pub mod team;
pub mod user;
pub(crate) mod user_fields;
pub mod user_sources;
