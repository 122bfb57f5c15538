//! The REST API 1.0, one file a noun.

pub mod community;
pub mod tag;
