//! The integration tests: one binary, real databases, real sockets.

#![recursion_limit = "256"]
#![allow(dead_code, unreachable_pub, reason = "a test uses a part of the support")]

mod api;
mod architecture;
mod documentation;
mod email;
mod flows;
mod imports;
mod permissions;
mod sdk;
mod support;
mod words;
