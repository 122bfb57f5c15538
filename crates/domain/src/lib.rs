//! The use cases, by subject. One function is one transaction's work, named by a verb; it takes the transaction, who
//! acts, and what is asked. Nothing here knows HTTP or sends anything. What takes a transaction fails as the store says,
//! beside what a function says of itself.
//!
//! A room knows those before it in this order: `base`, `setup`, `desk`, `place`, `customers`, `surveys`, `conversation`,
//! `arrival`, `statistics`, `programs`. What they show to the outside stands below.

mod arrival;
mod base;
mod conversation;
mod customers;
mod desk;
mod place;
mod programs;
mod setup;
mod statistics;
mod surveys;

pub use arrival::{contact, listed, mailed, navigation, on_site, parked, sdk, visit, visit_facts, visitor, written};
pub use base::{Actor, Change, Error, Fault, Pace, Reason, Result, access, checked_name, journal, note_change};
pub use conversation::{
    act, again, approval, attachment, attention, bot, bulk, comment, content, custom_score, customer, dead_address,
    draft, erasure, erasure_elsewhere, event, export, export_act, finish, folder, forwarded, inbox, ingest,
    ingest_many, intervention, live_chat, live_notice, mail_copy, mail_links, mail_out, mail_post, mail_report,
    mail_sender, mail_thread, mention, notification, ownership, reply_suggestion, search, search_box, structured,
    survey_question, thread, thread_line, thread_parts, thread_tag, undo, unread_mail, unwanted, upload, variables,
};
pub use customers::{block, identity, identity_group, identity_import, identity_merge, people};
pub use desk::{
    agent_status, change_log, console_profile, mail, password, picture, presence, presence_status, recovery, role,
    second_factor, session, signature, team, user, user_capacity, user_sources,
};
pub use place::{authorization, channel, community, credential, queue, source, source_health, source_run};
pub use programs::{access_token, ahead, bootstrap, delivery, webhook};
pub use setup::{
    allowed_domains, categorize, category, chat_item, chat_look, chat_prebuilt, chat_source, chat_texts, chat_trigger,
    chat_variable, consent, custom_field, locale, mail_settings, mail_template, mail_words, reply_assistant, settings,
    source_settings, tag, targeting, time_sheet, welcome,
};
pub use statistics::{count, figures};
pub use surveys::{survey, survey_invitation, survey_response};
