//! One file a noun of the REST API.

mod community;
mod tag;
