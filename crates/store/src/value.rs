//! Values that go into and come out of either database.

use model::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// A value of a statement's parameter or of a row's column, owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL null.
    Null,
    /// A truth value (an integer on SQLite).
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
}

/// A Rust type that can be stored in a column.
pub trait Field: Sized {
    /// What PostgreSQL calls the type of its column.
    const KIND: &'static str = "text";
    /// The value to store.
    fn to_value(&self) -> Value;
    /// Reads a stored value.
    ///
    /// # Errors
    /// When the value has another type or form.
    fn from_value(value: Value) -> Result<Self, Error>;
}

fn wrong<T>(wanted: &str, value: &Value) -> Result<T, Error> {
    Err(Error::Row(format!("wanted {wanted}, found {value:?}")))
}

impl Field for bool {
    const KIND: &'static str = "boolean";
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::Int(i) => Ok(i != 0),
            other => wrong("a truth value", &other),
        }
    }
}

impl Field for i64 {
    const KIND: &'static str = "bigint";
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Int(i) => Ok(i),
            other => wrong("an integer", &other),
        }
    }
}

impl Field for f64 {
    const KIND: &'static str = "double precision";
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Real(r) => Ok(r),
            #[expect(clippy::cast_precision_loss, reason = "SQLite stores whole numbers of a real column as integers")]
            Value::Int(i) => Ok(i as f64),
            other => wrong("a number", &other),
        }
    }
}

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Text(t) => Ok(t),
            other => wrong("a text", &other),
        }
    }
}

impl Field for Timestamp {
    const KIND: &'static str = "bigint";
    fn to_value(&self) -> Value {
        Value::Int(self.millis())
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        i64::from_value(value).map(Self::from_millis)
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: &'static str = T::KIND;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_value)
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A value that is stored as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Field for Json<T> {
    fn to_value(&self) -> Value {
        // Maps have text keys throughout, so that this cannot fail; an empty text would be refused when read.
        Value::Text(serde_json::to_string(&self.0).unwrap_or_default())
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        let text = String::from_value(value)?;
        serde_json::from_str(&text).map(Json).map_err(|e| Error::Row(format!("{e} in {text:?}")))
    }
}

impl<T> std::ops::Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

macro_rules! text_fields {
    ($($name:ident),* $(,)?) => {$(
        impl Field for model::$name {
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: Value) -> Result<Self, Error> {
                String::from_value(value).map(Self::from_stored)
            }
        }
    )*};
}

text_fields!(
    ActId,
    AccessTokenId,
    AgentConnectionId,
    AttachmentId,
    BlockId,
    CategoryId,
    ChannelId,
    ChatItemId,
    ChatTriggerId,
    ChatVariableId,
    CommentId,
    CommunityId,
    ContentId,
    CustomFieldId,
    DeliveryId,
    DomainId,
    ErasureId,
    EventId,
    ExportId,
    FolderId,
    IdentityGroupId,
    IdentityId,
    IdentityMergeId,
    InboundItemId,
    InterventionId,
    JwtKeyId,
    LineId,
    MailId,
    MailTemplateId,
    NotificationId,
    PresenceStatusId,
    ReplyEntryId,
    ReplyGroupId,
    ReplyVersionId,
    RoleId,
    SessionId,
    SignatureId,
    SourceId,
    SurveyId,
    SurveyResponseId,
    TagId,
    TeamId,
    ThreadId,
    TimeSheetId,
    UserCapacityId,
    UserId,
    VisitPageId,
    WebhookId,
);

macro_rules! enum_fields {
    ($($name:ident),* $(,)?) => {$(
        impl Field for model::$name {
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: Value) -> Result<Self, Error> {
                String::from_value(value)?.parse().map_err(|e: model::UnknownName| Error::Row(e.to_string()))
            }
        }
    )*};
}

enum_fields!(
    ApprovalState,
    AssociatedType,
    BlockKind,
    BodyFormat,
    ChatMode,
    ChatState,
    CloseCause,
    ChatItemKind,
    ContentStatus,
    CreatedFrom,
    CustomFieldType,
    Deed,
    DeliveryState,
    EventType,
    ExportOutcome,
    MailState,
    Metric,
    NoticeKind,
    ExportState,
    InterventionStatus,
    PartState,
    MailKind,
    Positioning,
    Prebuilt,
    PresenceState,
    SignedIdentities,
    SourceHealth,
    SourceType,
    SweepAct,
    SyncStatus,
    Trouble,
    VariableKind,
    WebhookStatus,
);

/// Makes the parameters of a statement: `params![id, now]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { {
        #[allow(unused_imports, reason = "an empty list needs no trait")]
        use $crate::Field as _;
        vec![$(($value).to_value()),*]
    } };
}

/// A row: its columns are taken from left to right.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The columns that were not taken yet.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0.collect()
    }

    /// Takes the next column.
    ///
    /// # Errors
    /// When the row has no more columns or the column has another type.
    pub fn take<T: Field>(&mut self) -> Result<T, Error> {
        T::from_value(self.0.next().ok_or_else(|| Error::Row("the row has too few columns".into()))?)
    }
}
