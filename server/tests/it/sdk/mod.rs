//! The Source SDK, both ways.

mod acts;
mod again;
mod exports;
mod inbound;
mod objects;
mod outbound;
mod poll;
mod relisted;
mod retries;
mod signature;
mod source_health;
mod streams;
