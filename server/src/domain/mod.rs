//! The use cases. One function is one transaction's work, named by a verb; it takes the transaction, who acts, and
//! what is asked. Nothing here knows HTTP or sends anything.

pub mod access;
pub mod access_token;
pub mod agent_status;
pub mod ahead;
pub mod approval;
pub mod attachment;
mod attributes;
mod auto_response;
pub mod bootstrap;
pub mod bot;
pub mod categorize;
pub mod category;
pub mod channel;
pub mod comment;
pub mod community;
pub mod content;
pub mod custom_field;
pub mod custom_score;
mod custom_value;
pub mod delivery;
mod error;
pub mod event;
pub mod export;
mod fault;
pub mod folder;
mod gifts;
mod handover;
pub mod identity;
pub mod identity_group;
pub mod identity_import;
pub mod identity_merge;
pub mod inbox;
pub mod ingest;
pub mod intervention;
pub mod journal;
pub mod locale;
pub mod mail;
pub mod ownership;
pub mod password;
pub mod people;
pub mod reply_assistant;
pub mod reply_suggestion;
pub mod role;
pub mod sdk;
pub mod search;
pub mod search_box;
pub mod session;
pub mod settings;
mod sight;
pub mod signature;
pub mod source;
pub mod source_settings;
pub mod structured;
pub mod survey;
pub mod survey_invitation;
pub mod survey_response;
pub mod tag;
pub mod team;
pub mod thread;
pub mod thread_line;
pub mod time_sheet;
pub mod upload;
pub mod user;
mod user_fields;
pub mod user_sources;
pub mod visit;
pub mod visitor;
pub mod webhook;

pub use access::Actor;
pub use error::{Error, Pace, Result};
pub use fault::{Fault, Reason};

use model::{CommunityId, Event, EventType, Resource, SourceId};
use serde_json::json;
use store::Tx;

/// What a use case did to a thing of the administration.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
}

/// Notes a change of the administration in the journal. Everything that caches permissions, sources or settings
/// starts anew after it.
pub fn note_change(tx: &mut Tx, actor: Option<&Actor>, kind: &str, id: &str, change: Change) {
    tx.emit(changed(actor, kind, id, change));
}

/// The same for a thing of a community: only who reads on it may see that.
fn note_change_in(tx: &mut Tx, community: &CommunityId, actor: &Actor, (kind, id): (&str, &str), change: Change) {
    tx.emit_about(changed(Some(actor), kind, id, change), vec![community.clone()]);
}

fn changed(actor: Option<&Actor>, kind: &str, id: &str, change: Change) -> Event {
    let change = match change {
        Change::Created => "created",
        Change::Updated => "updated",
        Change::Deleted => "deleted",
    };
    Event {
        kind: EventType::AdministrationChanged,
        user_id: actor.map(|a| a.user.id.clone()),
        // What happens to a source is for those who may read it.
        source_id: SourceId::parse(id).filter(|_| kind == "content_source"),
        thread_id: None,
        resource: Resource { kind: kind.to_owned(), id: id.to_owned() },
        metadata: json!({"change": change}),
    }
}

/// A name of 1 to 255 characters, without white space around it.
///
/// # Errors
/// 422 when it is empty, nothing of it is seen, or it is too long.
pub fn checked_name(field: &'static str, text: &str) -> Result<String> {
    let name = text.trim();
    match name.chars().count() {
        _ if name.chars().all(text::is_invisible) => Err(Error::invalid(field, Fault::blank())),
        ..=255 => Ok(name.to_owned()),
        _ => Err(Error::invalid(field, Fault::too_long(255))),
    }
}
