//! The events of threads, contents and interventions, with the metadata of `docs/webhooks/events.md`.

use model::{
    CommunityId, Event, EventType, Owner, Resource, STRUCTURED_TYPES, SourceType, Structured, Timestamp, UserId,
};
use serde_json::{Map, Value, json};
use store::Tx;
use store::comment::Comment;
use store::content::Content;
use store::intervention::Intervention;
use store::source::Source;
use store::thread::Thread;

use crate::base::{line, notice};

/// Notes an event of a thread, and what of it the thread's history tells.
fn emit(tx: &mut Tx, mut event: Event) {
    match tx.undoing() {
        // What takes an act back is one line, whatever it takes.
        Some(act) => event.metadata["undo_of"] = json!(act),
        None => line::note(tx, &event),
    }
    notice::note(tx, &event);
    tx.emit(event);
}

fn event_time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |t| json!(t.to_event()))
}

/// The facts of a content, as webhooks tell them.
#[must_use]
pub fn content_metadata(content: &Content, thread: &Thread, source: &Source) -> Value {
    let mut facts = json!({
        "id": content.id,
        "approval_required": content.approval_required,
        "author_id": content.author_id,
        "body": content.body,
        "body_input_format": content.body_input_format,
        "created_from": content.created_from,
        "creator_id": content.creator_id,
        "date": content.created_at.to_date(),
        "first_in_thread": content.first_in_thread,
        "foreign_categories": content.foreign_categories.0,
        "foreign_id": content.foreign_id,
        "has_attachment": content.attachments_count > 0,
        "intervention_id": content.intervention_id,
        "language": content.language,
        "type": source.kind.content_type(),
        "in_reply_to_author_id": content.in_reply_to_author_id,
        "in_reply_to_id": content.in_reply_to_id,
        "private": content.private,
        "source_id": content.source_id,
        "source_type": source.kind,
        "status": content.status,
        "synchronization_status": content.synchronization_status,
        "thread_id": content.thread_id,
        "thread_title": thread.shown_title(),
        "category_ids": content.category_ids.0,
        "context_data": context_data(content, source.kind),
        "capabilities_supported": capabilities(source),
        "structured_content_supported": !capabilities(source).is_empty(),
        "owner": thread.owner.as_ref().map(|o| &o.0),
        "owner_epoch": thread.owner_epoch,
        "handed_over": thread.handed_over_by.is_some(),
    });
    if source.kind.caps().visitors {
        // Through which of its clients a customer writes.
        facts["foreign_origin"] = if content.is_from_agent() { Value::Null } else { json!("web") };
    }
    // Which button of a structured message was pressed; a bot goes by it.
    if let Some(reply) = content.context_data.get("structured_reply") {
        facts["structured_reply"] = reply.clone();
    }
    facts
}

/// The circumstances of a content as they are shown: a chat's content has none rather than empty ones.
#[must_use]
pub fn context_data(content: &Content, kind: SourceType) -> Option<&Map<String, Value>> {
    let data = &content.context_data.0;
    Some(data).filter(|data| !data.is_empty() || !kind.caps().bare_context)
}

/// The kinds of structured messages that can answer a content of this source.
#[must_use]
pub fn capabilities(source: &Source) -> Vec<&'static str> {
    let shown = match source.kind.caps().structured {
        Structured::Always => true,
        Structured::Never => false,
        Structured::WithOption(name) => source.has_option(name),
    };
    if shown { STRUCTURED_TYPES.to_vec() } else { Vec::new() }
}

/// Notes that something happened to a content.
pub fn content(
    tx: &mut Tx,
    kind: EventType,
    user: Option<&UserId>,
    content: &Content,
    thread: &Thread,
    source: &Source,
) {
    content_with(tx, kind, user, content, thread, source, json!({}));
}

/// Notes that something happened to a content, of which more is to be told.
pub fn content_with(
    tx: &mut Tx,
    kind: EventType,
    user: Option<&UserId>,
    content: &Content,
    thread: &Thread,
    source: &Source,
    more: Value,
) {
    emit(
        tx,
        Event {
            kind,
            user_id: user.cloned(),
            source_id: Some(source.id.clone()),
            thread_id: Some(thread.id.clone()),
            resource: Resource { kind: source.kind.content_type().into(), id: content.id.to_string() },
            metadata: with(content_metadata(content, thread, source), more),
        },
    );
}

fn with(mut metadata: Value, more: Value) -> Value {
    if let (Some(map), Value::Object(more)) = (metadata.as_object_mut(), more) {
        map.extend(more);
    }
    metadata
}

/// Notes that something happened to an intervention.
pub fn intervention(tx: &mut Tx, kind: EventType, user: Option<&UserId>, intervention: &Intervention) {
    intervention_with(tx, kind, user, intervention, json!({}));
}

/// Notes that something happened to an intervention, of which more is to be told.
pub fn intervention_with(
    tx: &mut Tx,
    kind: EventType,
    user: Option<&UserId>,
    intervention: &Intervention,
    more: Value,
) {
    let metadata = json!({
        "source_id": intervention.source_id,
        "thread_id": intervention.thread_id,
        "user_id": intervention.user_id,
        "identity_id": intervention.identity_id,
        "category_ids": intervention.category_ids.0,
        "closed_at": event_time(intervention.closed_at),
        "deferred_at": event_time(intervention.deferred_at),
        "custom_field_values": intervention.custom_fields.0,
        "content_id": intervention.content_id,
    });
    emit(
        tx,
        Event {
            kind,
            user_id: user.cloned(),
            source_id: Some(intervention.source_id.clone()),
            thread_id: Some(intervention.thread_id.clone()),
            resource: Resource { kind: "intervention".into(), id: intervention.id.to_string() },
            metadata: with(metadata, more),
        },
    );
}

/// Notes that something happened to a thread as a whole. The resource is the thread's last content where the
/// reference's event is one of a content.
pub fn thread(tx: &mut Tx, kind: EventType, user: Option<&UserId>, thread: &Thread, more: Value) {
    let metadata = json!({
        "source_id": thread.source_id,
        "thread_id": thread.id,
        "thread_title": thread.shown_title(),
        "closed": thread.closed,
        "category_ids": thread.category_ids.0,
        "thread_category_ids": thread.thread_category_ids.0,
        "owner": thread.owner.as_ref().map(|o| &o.0),
        "owner_epoch": thread.owner_epoch,
        "handed_over": thread.handed_over_by.is_some(),
    });
    let metadata = with(metadata, more);
    emit(
        tx,
        Event {
            kind,
            user_id: user.cloned(),
            source_id: Some(thread.source_id.clone()),
            thread_id: Some(thread.id.clone()),
            resource: Resource { kind: "content_thread".into(), id: thread.id.to_string() },
            metadata,
        },
    );
}

/// Notes that something happened to an identity or a person, outside of any source; `resource` is its kind and id. Only
/// who reads on one of the communities may see it.
pub fn person(
    tx: &mut Tx,
    kind: EventType,
    user: &UserId,
    resource: (&str, &str),
    communities: Vec<CommunityId>,
    metadata: Value,
) {
    let event = Event {
        kind,
        user_id: Some(user.clone()),
        source_id: None,
        thread_id: None,
        resource: Resource { kind: resource.0.to_owned(), id: resource.1.to_owned() },
        metadata,
    };
    tx.emit_about(event, communities);
}

/// Notes that a held thread has another owner, or none any more.
pub fn owner(tx: &mut Tx, kind: EventType, held: &Thread, previous: Option<Owner>) {
    thread(tx, kind, None, held, json!({"previous_owner": previous}));
}

/// Notes that a private comment was written or removed, which has called these users.
pub fn comment(tx: &mut Tx, kind: EventType, user: &UserId, comment: &Comment, called: &[UserId]) {
    let more = if called.is_empty() { json!({}) } else { json!({"mentioned_ids": called}) };
    let metadata = json!({
        "source_id": comment.source_id,
        "thread_id": comment.thread_id,
        "intervention_id": comment.intervention_id,
        "user_id": comment.user_id,
    });
    tx.emit(Event {
        kind,
        user_id: Some(user.clone()),
        source_id: Some(comment.source_id.clone()),
        thread_id: Some(comment.thread_id.clone()),
        resource: Resource { kind: "intervention_comment".into(), id: comment.id.to_string() },
        metadata: with(metadata, more),
    });
}
