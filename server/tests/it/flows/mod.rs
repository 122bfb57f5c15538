//! What happens across nouns: from a change to what others see of it.

mod backup;
mod crash;
mod search;
mod sockets;
mod webhook;
