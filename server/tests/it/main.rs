//! The integration tests: one binary, real databases, real sockets.

mod api;
mod support;
