//! `/console/notifications`: what the caller is told that happened to conversations of theirs.

use axum::extract::State;
use model::{CommentId, ContentId, NoticeKind, NotificationId, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::notification::Notification;

use crate::app::App;
use crate::cluster::Moment;
use crate::domain::notification::{self, Listed, Seen, Told};
use crate::domain::{Error, Fault};
use crate::http::answer::write;
use crate::http::{Caller, Params, Reply, Result, Written};
use crate::views::row::{PersonOut, RowOut};

/// How many are listed at the most.
const LIMIT_MAX: i64 = 50;

/// Something that happened to a conversation of the caller's.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Notification")]
struct NotificationOut {
    id: NotificationId,
    /// What happened.
    kind: NoticeKind,
    /// The conversation as it is now.
    thread: RowOut,
    /// The reply that it is about.
    content_id: Option<ContentId>,
    /// The comment that it is about.
    comment_id: Option<CommentId>,
    /// Who did it; null for what happened by itself.
    by: Option<PersonOut>,
    /// How the reply or the comment begins.
    excerpt: Option<String>,
    created_at: Timestamp,
    /// Whether the caller has seen it.
    seen: bool,
}

impl NotificationOut {
    fn new(app: &App, told: Told) -> Self {
        let Told { notification, thread, by } = told;
        let Notification {
            id,
            user_id: _,
            kind,
            thread_id: _,
            content_id,
            comment_id,
            by_user_id: _,
            excerpt,
            created_at,
            seen_at,
        } = notification;
        Self {
            id,
            kind,
            thread: RowOut::new(app, thread),
            content_id,
            comment_id,
            by: by.as_ref().map(PersonOut::from),
            excerpt,
            created_at,
            seen: seen_at.is_some(),
        }
    }
}

/// What happened to conversations of the caller's.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Notifications")]
pub struct NotificationsOut {
    /// Newest first.
    records: Vec<NotificationOut>,
    /// There are older ones.
    more: bool,
    /// How many of all the caller has not seen.
    unseen: i64,
}

/// Getting the newest, or those before one of them.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<NotificationsOut>> {
    let before = params.id("before", NotificationId::parse)?;
    let limit = params.integer("limit")?.unwrap_or(30);
    if !(0..=LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid("limit", Fault::between(0, LIMIT_MAX)).into());
    }
    let read =
        app.db.read(move |tx| Box::pin(async move { notification::list(tx, &actor, before.as_ref(), limit).await }));
    let Listed { told, more, unseen } = read.await?;
    let records = told.into_iter().map(|one| NotificationOut::new(&app, one)).collect();
    Ok(Reply(NotificationsOut { records, more, unseen }))
}

/// How many the caller has not seen.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "NotificationsSeen")]
pub struct SeenOut {
    /// How many that are.
    unseen: i64,
}

/// Noting that the caller has seen some, all up to one or those of a conversation; their other pages are told.
pub async fn see(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<SeenOut>> {
    let seen = match (params.id("upto", NotificationId::parse)?, params.id("thread_id", ThreadId::parse)?) {
        (Some(until), _) => Seen::Until(until),
        (None, Some(thread)) => Seen::OfThread(thread),
        (None, None) => return Err(Error::bad("upto", Fault::required()).into()),
    };
    let (user_id, seen) = (actor.user.id.clone(), std::sync::Arc::new(seen));
    let written = write(&app, move |_, tx| {
        Box::pin(async move { Ok(SeenOut { unseen: notification::see(tx, &actor, &seen).await? }) })
    });
    let written = written.await?;
    app.cluster.tell(Moment::Noted { user_id, unseen: written.told().unseen });
    Ok(written)
}
