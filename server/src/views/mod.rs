//! Shapes that answers and sockets share: made from rows, turned into JSON, and nothing else.

pub mod attachment;
pub mod counts;
pub mod face;
pub mod mail;
pub mod message;
pub mod row;
pub mod structured;
