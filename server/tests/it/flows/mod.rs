//! What happens across nouns: from a change to what others see of it.

mod backup;
mod cases;
mod crash;
mod crossing;
mod database;
mod facts;
mod follow;
mod handover;
mod idempotency;
mod journal;
mod migrate;
mod operator;
mod ownership;
mod search;
mod search_order;
mod search_words;
mod secrecy;
mod sockets;
mod statements;
mod text;
mod webhook;
mod webhook_off;
