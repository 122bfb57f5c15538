//! The use cases, by subject. One function is one transaction's work, named by a verb; it takes the transaction, who
//! acts, and what is asked. Nothing here knows HTTP or sends anything. What takes a transaction fails as the store says,
//! beside what a function says of itself.
//!
//! A room knows those before it in this order: `base`, `setup`, `desk`, `place`, `customers`, `surveys`, `conversation`,
//! `arrival`, `programs`. What they show to the outside stands below.

mod arrival;
mod base;
mod conversation;
mod customers;
mod desk;
mod place;
mod programs;
mod setup;
mod surveys;

pub use arrival::{contact, navigation, on_site, sdk, visit, visit_facts, visitor, written};
pub use base::{Actor, Change, Error, Fault, Pace, Reason, Result, access, checked_name, journal, note_change};
pub use conversation::{
    approval, attachment, bot, comment, content, custom_score, event, export, folder, inbox, ingest, ingest_many,
    intervention, live_chat, live_notice, ownership, reply_suggestion, search, search_box, structured, survey_question,
    thread, thread_line, unread_mail, upload, variables,
};
pub use customers::{identity, identity_group, identity_import, identity_merge, people};
pub use desk::{
    agent_status, mail, password, presence, presence_status, role, session, signature, team, user, user_capacity,
    user_sources,
};
pub use place::{channel, community, queue, source};
pub use programs::{access_token, ahead, bootstrap, delivery, webhook};
pub use setup::{
    categorize, category, chat_item, chat_prebuilt, chat_trigger, chat_variable, custom_field, locale, mail_template,
    mail_words, reply_assistant, settings, source_settings, tag, targeting, time_sheet, welcome,
};
pub use surveys::{survey, survey_invitation, survey_response};
