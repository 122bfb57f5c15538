//! The API's document: `/openapi.json`, and `/docs/api` to read.
//!
//! Beside the REST API it has what the console and the chat talk to, as extensions.
//!
//! It cannot drift: paths and permissions come from the route table, answers from the types that handlers return, and
//! only words and parameters from `<noun>.toml` beside this file. In debug builds a handler that reads a parameter
//! which its noun's file does not list answers with a 500 that says so.

mod answer;
mod document;
mod noun;
mod page;
mod refusal;
mod seen;
mod table;

pub use answer::{AnswerSchema, answer_of, written_by};
pub(crate) use document::build;
pub use noun::{Noun, Operation};
pub(crate) use page::{POLICY, render};
pub(super) use seen::{Seen, refuse_unlisted, unknown};
pub use table::{Read, nouns};
