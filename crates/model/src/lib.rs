//! The words of Hubbub: ids, enumerations, times and events.
//!
//! Nothing here does I/O. Every other crate may use this one; this one uses none of them.

mod asked;
mod event;
mod id;
mod implementation;
mod line;
mod metric;
mod notice;
mod owner;
mod permission;
mod source_caps;
mod standing;
mod status;
mod time;

#[doc(hidden)]
pub use schemars;
#[doc(hidden)]
pub use serde;

pub use asked::{ContentTest, How, Mandatory, Mark, ThreadTest};
pub use event::{Event, EventType, MAIL_DELIVERY, PARKED_ITEM, PASSING, Resource, SOURCE_RUN};
pub use id::*;
pub use implementation::Implementation;
pub use line::{Deed, NewLine};
pub use metric::{Metric, bucket, bucket_seconds};
pub use notice::{NewNotice, NoticeKind, SignalLevel, SignalTone};
pub use owner::{Owner, OwnerType};
pub use permission::{Permission, SourcePermission};
pub use source_caps::{Caps, STRUCTURED_TYPES, Structured};
pub use standing::{MarkedBecause, ThreadState, Trouble};
pub use status::{
    ApprovalState, AssociatedType, Availability, BlockKind, BodyFormat, Busyness, ChatItemKind, ChatMode, ChatState,
    CloseCause, ContentStatus, CreatedFrom, CustomFieldType, DeliveryState, ExportOutcome, ExportState,
    InterventionStatus, MailKind, MailState, PartState, Positioning, Prebuilt, PresenceState, SignedIdentities,
    SourceHealth, SourceType, SweepAct, SyncStatus, UnknownName, VariableKind, WebhookStatus,
};
pub use time::Timestamp;
