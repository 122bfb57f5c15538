//! The Source SDK, both ways.

mod inbound;
mod objects;
mod outbound;
mod retries;
