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
mod lists;
mod migrate;
mod operator;
mod ownership;
mod retention;
mod search;
mod search_order;
mod search_words;
mod sockets;
mod statements;
mod text;
mod timeline;
mod webhook;
mod webhook_off;
