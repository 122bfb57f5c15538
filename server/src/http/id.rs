//! What stands in the path of a request: ids, tokens, names.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::error::{Refusal, Result};
use crate::domain::Error;

/// What one part of a path can be.
pub trait PathId: Sized {
    /// Reads it.
    fn parse(text: &str) -> Option<Self>;
}

/// A text of any form: what it names is for the domain to say.
impl PathId for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

macro_rules! path_ids {
    ($($name:ident),* $(,)?) => {$(
        impl PathId for model::$name {
            fn parse(text: &str) -> Option<Self> {
                Self::parse(text.trim())
            }
        }
    )*};
}

path_ids!(
    AccessTokenId,
    ActId,
    AttachmentId,
    CategoryId,
    ChannelId,
    ChatItemId,
    ChatTriggerId,
    ChatVariableId,
    BlockId,
    CommentId,
    CommunityId,
    ContentId,
    CustomFieldId,
    DeliveryId,
    EventId,
    FolderId,
    IdentityGroupId,
    IdentityId,
    InboundItemId,
    InterventionId,
    MailId,
    MailTemplateId,
    ReplyEntryId,
    ReplyGroupId,
    ReplyVersionId,
    RoleId,
    SessionId,
    SignatureId,
    SourceId,
    SurveyId,
    SurveyResponseId,
    PresenceStatusId,
    TagId,
    UserCapacityId,
    TeamId,
    ThreadId,
    TimeSheetId,
    UserId,
    WebhookId,
);

/// What the parameters of a path are read as, in their order.
pub trait PathIds: Sized {
    /// Reads them; none when one does not have its form.
    fn parse<'p>(params: impl Iterator<Item = &'p str>) -> Option<Self>;
}

impl<T: PathId> PathIds for T {
    fn parse<'p>(mut params: impl Iterator<Item = &'p str>) -> Option<Self> {
        T::parse(params.next()?)
    }
}

impl<A: PathId, B: PathId> PathIds for (A, B) {
    fn parse<'p>(mut params: impl Iterator<Item = &'p str>) -> Option<Self> {
        Some((A::parse(params.next()?)?, B::parse(params.next()?)?))
    }
}

/// The id in the path, or the first two. What does not have the form of an id names nothing: 404.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: PathIds, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let nothing = || Refusal(Error::NotFound("record"));
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        T::parse(params.iter().map(|(_, value)| value)).map(Self).ok_or_else(nothing)
    }
}
