//! The Source SDK, both ways.

mod exports;
mod inbound;
mod objects;
mod outbound;
mod retries;
mod streams;
