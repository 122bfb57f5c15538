//! One file a noun of the REST API.

mod community;
mod content_source;
mod tag;
