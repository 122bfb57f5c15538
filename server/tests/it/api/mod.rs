//! One file a noun of the REST API.

mod tag;
