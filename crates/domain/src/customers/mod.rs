//! Customers: identities, what joins them, and how they come in from files.

pub mod block;
pub mod identity;
pub mod identity_group;
pub mod identity_import;
pub mod identity_merge;
pub mod people;
