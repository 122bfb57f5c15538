//! The store: the only place with SQL.
//!
//! | room | what it holds | imports |
//! |---|---|---|
//! | `error`, `value`, `table`, `scope` | what statements are made of: values and rows, structs that mirror tables, conditions and windows | each other, from the right to the left |
//! | `migrate` | the schema, by numbered migrations | the room above |
//! | `doors` | the ways in: [`Db::read`] and [`Db::write`], one [`Tx`] for both databases; [`Tx`] has the plain queries (insert, update, find, list) | the rooms above; no noun |
//! | [`search`], [`search_index`] and what finds by it | the index of words | the rooms above |
//! | one file a noun | its rows, and the queries on them | the rooms above, and other nouns without a circle |
//!
//! A function that takes a [`Tx`] fails as the database says, with the [`Error`] for it, and has a section on errors only
//! where it says more.

pub mod access_token;
pub mod act;
pub mod agent_thread;
pub mod ahead;
pub mod approval;
pub mod attachment;
pub mod authorization;
pub mod auto_response;
pub mod backup;
pub mod block;
pub mod category;
pub mod change_names;
pub mod channel;
pub mod chat_contact;
pub mod chat_item;
pub mod chat_mail;
pub mod chat_texts;
pub mod chat_thread;
pub mod chat_trigger;
pub mod chat_variable;
pub mod comment;
pub mod community;
pub mod console_profile;
pub mod content;
pub mod content_search;
pub mod custom_field;
pub mod dead_address;
mod doors;
pub mod draft;
pub mod erasure;
pub mod erasure_elsewhere;
pub mod erasure_scan;
mod error;
pub mod export;
pub mod folder;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod identity_group;
pub mod identity_merge;
pub mod inbound_item;
pub mod intervention;
pub mod invitation;
pub mod journal;
pub mod jwt_key;
pub mod mail;
pub mod mail_delivery;
pub mod mail_sender;
pub mod mail_template;
pub mod migrate;
pub mod notification;
pub mod password_recovery;
pub mod people;
pub mod people_heard;
pub mod people_index;
pub mod people_not_same;
pub mod presence;
pub mod presence_status;
pub mod queue;
pub mod reply_assistant;
pub mod role;
mod scope;
pub mod search;
pub mod search_index;
pub mod second_factor;
pub mod session;
pub mod setting;
pub mod signature;
pub mod source;
pub mod source_credential;
pub mod source_permission;
pub mod source_state;
pub mod statistics;
pub mod statistics_report;
pub mod survey;
pub mod survey_invitation;
pub mod survey_response;
mod table;
pub mod tag;
pub mod team;
pub mod thread;
pub mod thread_line;
pub mod thread_parts;
pub mod thread_search;
mod thread_sides;
pub mod thread_tag;
mod thread_test;
mod thread_wanted;
pub mod time_sheet;
pub mod upload;
pub mod user;
pub mod user_capacity;
pub mod user_password;
pub mod user_picture;
mod value;
pub mod visit_page;
pub mod visitor;
pub mod visitor_presence;
pub mod webhook;
pub mod webhook_sweep;

pub use doors::{Backend, Claim, Clock, Db, Patience, Tx, TxFuture};
pub use error::Error;
pub use scope::{Filter, Listed, Page, Scope};
pub use table::{Table, insert_sql, placeholders, update_sql};
pub use value::{Field, Json, Row, Value};
