//! What the document says of refusals: their codes, and the one form that all of them have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::Reason;

/// When an operation may answer with a refusal.
pub(super) enum When {
    /// Any may.
    Always,
    /// One that names a thing.
    Named,
    /// A write.
    Write,
    /// One with a body.
    File,
    /// One whose words say so.
    Said,
}

/// What is refused, by its code.
pub(super) const REFUSALS: &[(u16, When, &str)] = &[
    (400, When::Always, "A parameter is missing or cannot be read; `field` names it."),
    (401, When::Always, "No token, or one that is not known, or its user is disabled."),
    (403, When::Always, "The caller's role, or permissions on the source, do not allow this."),
    (404, When::Named, "There is no such thing, or the caller may not see it."),
    (409, When::Write, "The state of the thing does not allow this, or somebody else has just changed it."),
    (410, When::Said, "What was asked for is kept no longer."),
    (413, When::File, "The body is too large."),
    (
        422,
        When::Always,
        "The request is understood, and a value (`field`) or the state of the thing does not allow it.",
    ),
    (429, When::Always, "Too many requests in this minute."),
    (
        503,
        When::Always,
        "The database does not answer or has no room, or the request took too long; `Retry-After` says when to try again.",
    ),
];

/// The refusals that any operation may answer with, described once.
pub(super) fn responses() -> Value {
    let all: BTreeMap<String, Value> = REFUSALS
        .iter()
        .map(|(code, _, about)| {
            let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
            (code.to_string(), json!({"description": about, "content": content}))
        })
        .collect();
    json!(all)
}

/// The schemas of what a refusal says.
pub(super) fn schemas() -> [(String, Value); 2] {
    [("Error".into(), error()), ("ErrorOwner".into(), error_owner())]
}

fn error() -> Value {
    let mut error = json!({
        "type": "object",
        "description": "Why a request was refused.",
        "properties": {
            "error": {"type": "string", "description": "An identifier for programs."},
            "message": {"type": "string", "description": "The same in English, for logs and for who writes programs."},
            "status": {"type": "integer", "description": "The HTTP code once more."},
            "field": {"type": "string", "description": "The parameter at fault, where it is one.", "x-extension": true},
            "reason": {
                "type": "string",
                "description": "What is wrong with it, or why it is refused, where the identifier does not say it. \
                    More are added in time.",
                "enum": Reason::ALL,
                "x-extension": true,
            },
            "values": {
                "type": "object",
                "additionalProperties": true,
                "description": "What belongs to the reason, such as `max`.",
                "x-extension": true,
            },
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Of `html_not_allowed`: the tags that are not.",
                "x-extension": true,
            },
            "oldest": {
                "type": "integer",
                "description": "Of `cursor_expired`: the oldest position that the journal has.",
                "x-extension": true,
            },
            "head": {
                "type": "integer",
                "description": "Of `cursor_expired`: the newest position.",
                "x-extension": true,
            },
            "timeline": {
                "type": "string",
                "description": "Of `cursor_expired`: the timeline of both.",
                "x-extension": true,
            },
        },
        "required": ["error", "message", "status"],
    });
    if let (Some(all), Value::Object(more)) = (error["properties"].as_object_mut(), of_threads()) {
        all.extend(more);
    }
    error
}

/// What is said where somebody else was first.
fn of_threads() -> Value {
    json!({
        "owner": {
            "anyOf": [{"$ref": "#/components/schemas/ErrorOwner"}, {"type": "null"}],
            "description": "Of `stale_owner` and `already_engaged`: who has the thread; null for nobody.",
            "x-extension": true,
        },
        "owner_epoch": {
            "type": "integer",
            "description": "Of `stale_owner` and `already_open`: the epoch of the thread now.",
            "x-extension": true,
        },
        "because": {
            "type": "string",
            "enum": ["taken", "answered", "changed", "over"],
            "description": "Of `cannot_undo`: what came in between.",
            "x-extension": true,
        },
        "by": {
            "anyOf": [{"$ref": "#/components/schemas/ErrorOwner"}, {"type": "null"}],
            "description": "Of `cannot_undo`: who did that; null where it is not known.",
            "x-extension": true,
        },
        "intervention_id": {
            "type": "string",
            "pattern": "^[0-9a-f]{24}$",
            "description": "Of `already_open`: the intervention.",
            "x-extension": true,
        },
    })
}

fn error_owner() -> Value {
    json!({
        "type": "object",
        "description": "Who has a thread, where a write is refused for it.",
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9a-f]{24}$", "description": "The user."},
            "name": {"type": "string", "description": "Their name."},
            "type": {"type": "string", "enum": ["bot", "agent"], "description": "Of `stale_owner`: what they are."},
        },
        "required": ["id", "name"],
    })
}
