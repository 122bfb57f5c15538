//! What happens across nouns: from a change to what others see of it.

mod search;
mod sockets;
mod webhook;
