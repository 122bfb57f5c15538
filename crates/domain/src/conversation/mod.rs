//! Conversations: threads, contents, interventions, whose turn it is, what goes out, how they are found.

pub mod approval;
pub mod attachment;
pub(crate) mod auto_response;
pub mod bot;
pub mod comment;
pub mod content;
pub mod custom_score;
pub mod event;
pub mod export;
pub mod folder;
pub(crate) mod handover;
pub(crate) mod held;
pub mod inbox;
pub mod ingest;
pub mod intervention;
pub(crate) mod outgoing;
pub(crate) mod owner;
pub mod ownership;
pub mod reply_suggestion;
pub mod search;
pub mod search_box;
pub mod structured;
pub mod survey_question;
pub mod thread;
pub mod thread_line;
pub mod upload;
