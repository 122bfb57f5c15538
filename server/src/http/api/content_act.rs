//! What answers say of acts on contents: which are offered, and which are under way. An extension.

use model::{ExportState, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::act::{Asked, Capability, Waits};

/// Something that can be done with a content on the other side.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentCapability")]
pub(super) struct CapabilityOut {
    /// Whether it can be asked for now.
    allowed: bool,
    /// How it is called in the caller's language: as the source says, else by its name.
    label: String,
    /// Its name, for `PUT /1.0/contents/{id}/actions/{name}`.
    name: String,
    /// Why it cannot be asked for.
    #[schemars(extend("enum" = ["permission", "pending", "not_exported_yet", "being_sent", "no_remote_id", null]))]
    reason: Option<&'static str>,
}

impl From<Capability> for CapabilityOut {
    fn from(Capability { name, label, reason }: Capability) -> Self {
        Self { allowed: reason.is_none(), label, name, reason }
    }
}

/// Something that was asked to be done with a content on the other side, and is not done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentAct")]
pub(super) struct AskedOut {
    /// How it is called in the caller's language.
    label: String,
    /// Its name.
    name: String,
    /// What went wrong last, in words.
    reason: Option<String>,
    /// Where it stands: `pending`, `parked` when it was not done, `unknown` when it may have been.
    state: ExportState,
}

impl From<Asked> for AskedOut {
    fn from(Asked { name, label, state, reason }: Asked) -> Self {
        Self { label, name, reason, state }
    }
}

/// Why a content has not gone out yet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentWaits")]
pub(super) struct WaitsOut {
    /// When it is tried again.
    next_attempt_at: Timestamp,
    /// What went wrong last, in words.
    reason: String,
}

impl From<Waits> for WaitsOut {
    fn from(Waits { reason, next_attempt_at }: Waits) -> Self {
        Self { next_attempt_at, reason }
    }
}
