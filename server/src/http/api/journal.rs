//! `/1.0/events/journal` and `/1.0/events/stream`: the journal with a cursor, by long poll or as server-sent events.
//! Extensions of the reference.
//!
//! Both read what is stored, then wait for the hub, which reads each new entry once for everybody: a caller who waits
//! costs the database nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use model::{EventType, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::journal::{End, Entry};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use crate::app::App;
use crate::domain::event::{self, Cursor, Passage, Wanted};
use crate::domain::{Actor, Error, Fault, delivery};
use crate::http::auth::WAIT_MAX;
use crate::http::door::{Door, RECHECK};
use crate::http::{Caller, Params, Reply, Result};

/// How many events one answer has when the caller does not say.
const LIMIT: i64 = 100;
/// How many it has at the most.
const LIMIT_MAX: i64 = 500;
/// How often a quiet stream says that it is alive, and how far it has come.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many entries a stream reads at once while it catches up.
const CHUNK: i64 = 100;

/// Where the journal stood when something was read.
#[derive(Serialize, JsonSchema)]
pub struct EndOut {
    /// The position in the journal at which it was read: the socket goes on from there.
    position: i64,
    /// The timeline of that.
    timeline: String,
}

impl From<End> for EndOut {
    fn from(End { position, timeline }: End) -> Self {
        Self { position, timeline }
    }
}

/// A part of the journal.
#[derive(Serialize, JsonSchema)]
pub struct PassageOut {
    /// The newest position of the whole journal.
    head: i64,
    /// Up to where this answer has come: the next `after`. What is left out before it is not for the caller.
    position: i64,
    /// The timeline that positions are of: a server that was restored from a backup has another one.
    timeline: String,
    /// The events, in the order in which they were committed, in the form of webhooks.
    records: Vec<Value>,
}

/// An event as webhooks have it, with where it was.
fn event_out(entry: &Entry) -> Value {
    let mut event = delivery::event(entry);
    event["source_id"] = json!(entry.source_id);
    event["thread_id"] = json!(entry.thread_id);
    event
}

fn wanted(params: &Params) -> Result<Wanted> {
    let names = params.texts("type")?.unwrap_or_default();
    let unknown = |name: &str| Error::bad("type", Fault::no("event", name));
    let words = params.words("type", &names)?;
    let types: Result<Vec<EventType>> =
        words.into_iter().map(|word| word.parse().map_err(|_| unknown(word).into())).collect();
    Ok(Wanted { types: types?, sources: params.id_list("source_id", SourceId::parse)?.unwrap_or_default() })
}

fn between(params: &Params, name: &'static str, default: i64, least: i64, most: i64) -> Result<i64> {
    let given = params.integer(name)?.unwrap_or(default);
    if (least..=most).contains(&given) {
        return Ok(given);
    }
    Err(Error::bad(name, Fault::between(least, most)).into())
}

fn after(params: &Params) -> Result<Option<Cursor>> {
    let timeline = params.text("timeline")?;
    match params.integer("after")? {
        Some(after) if after < 0 => Err(Error::bad("after", Fault::at_least(0)).into()),
        after => Ok(after.map(|position| Cursor { position, timeline })),
    }
}

/// A cursor as a stream's ids are: a position, a hyphen and the timeline; or a position alone.
fn cursor(id: &str) -> Result<Cursor> {
    let (position, timeline) = id.trim().split_once('-').map_or((id.trim(), None), |(p, t)| (p, Some(t.to_owned())));
    let wrong = |_| Error::bad("Last-Event-ID", Fault::form("a position"));
    Ok(Cursor { position: position.parse().map_err(wrong)?, timeline })
}

async fn read(app: &App, actor: &Arc<Actor>, after: Option<Cursor>, wanted: &Wanted, limit: i64) -> Result<Passage> {
    let (actor, wanted) = (actor.clone(), wanted.clone());
    let read = app
        .db
        .read(move |tx| Box::pin(async move { event::read_on(tx, &actor, after.as_ref(), &wanted, limit).await }));
    Ok(read.await?)
}

/// Getting the journal after a position; with `wait`, at the latest after so many seconds.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<PassageOut>> {
    let (mut from, wanted) = (after(&params)?, wanted(&params)?);
    let limit = between(&params, "limit", LIMIT, 1, LIMIT_MAX)?;
    let most = i64::try_from(WAIT_MAX.as_secs()).unwrap_or(0);
    let wait = between(&params, "wait", 0, 0, most)?;
    let until = Instant::now() + Duration::from_secs(wait.unsigned_abs());
    // Listened to before the journal is read, so that nothing falls in between.
    let mut entries = app.hub.entries();
    let mut over = wait == 0;
    loop {
        let Passage { records, position, head, timeline } = read(&app, &actor, from, &wanted, limit).await?;
        if over || !records.is_empty() {
            return Ok(Reply(PassageOut {
                head,
                position,
                timeline,
                records: records.iter().map(event_out).collect(),
            }));
        }
        from = Some(Cursor { position, timeline: Some(timeline) });
        tokio::select! {
            end = something(&mut entries, &actor, &wanted, position) => over = end,
            () = sleep_until(until) => over = true,
            () = app.closing.cancelled() => over = true,
        }
    }
}

/// Waits for an entry that the caller wants, or for one that may change what that is: then it is true, and the wait is
/// over: the caller asks again, and is asked who they are.
async fn something(entries: &mut Receiver<Arc<Entry>>, actor: &Actor, wanted: &Wanted, position: i64) -> bool {
    loop {
        match entries.recv().await {
            Ok(entry) if entry.position <= position => {}
            Ok(entry) if entry.kind.changes_rules(&entry.resource_kind) => return true,
            Ok(entry) if wanted.has(&entry, actor) => return false,
            Ok(_) => {}
            // Too much at once, or the server stops: reading tells.
            Err(RecvError::Lagged(_)) => return false,
            Err(RecvError::Closed) => return true,
        }
    }
}

/// The journal as server-sent events: from `Last-Event-ID`, else `after`, else from now on. A reader that does not keep
/// up is dropped, and goes on from its last id.
pub async fn stream(
    State(app): State<App>,
    Caller(actor): Caller,
    headers: HeaderMap,
    params: Params,
) -> Result<Response> {
    let wanted = wanted(&params)?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).filter(|text| !text.is_empty());
    let from = match last {
        Some(text) => Some(cursor(text)?),
        None => after(&params)?,
    };
    let door = Door::of(&app, &headers, &params)?;
    // Whatever is wrong is said before the stream begins.
    let first = read(&app, &actor, from, &wanted, CHUNK).await?;
    let mut beats = interval(HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats.reset();
    let follower = Follower {
        door,
        number: None,
        checked: app.db.clock().now(),
        position: first.position,
        timeline: first.timeline,
        waiting: first.records.into(),
        entries: None,
        app,
        actor,
        wanted,
        beats,
    };
    let hello = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(b"retry: 2000\n\n"))]);
    let events = futures_util::stream::unfold(follower, |mut follower| async move {
        follower.next().await.map(|frame| (Ok(frame), follower))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(futures_util::StreamExt::chain(hello, events))).into_response())
}

/// One stream. It is asked for the next frame when the connection can take one, and keeps no others.
struct Follower {
    app: App,
    actor: Arc<Actor>,
    door: Door,
    /// The administration's number under which the actor was loaded; none when they must be loaded anew, as at first:
    /// something may have changed since the caller was let in.
    number: Option<u64>,
    /// When that was.
    checked: Timestamp,
    wanted: Wanted,
    /// What was read from the store and is not sent yet.
    waiting: VecDeque<Entry>,
    /// What the hub tells, once everything stored is sent.
    entries: Option<Receiver<Arc<Entry>>>,
    /// Up to where it has come.
    position: i64,
    /// The timeline of that.
    timeline: String,
    beats: Interval,
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        let closing = self.app.closing.clone();
        tokio::select! {
            biased;
            () = closing.cancelled() => None,
            frame = self.frame() => frame,
        }
    }

    async fn frame(&mut self) -> Option<Bytes> {
        loop {
            if !self.allowed().await {
                return None;
            }
            if let Some(entry) = self.waiting.pop_front() {
                // The rights may have changed since it was read.
                if self.wanted.has(&entry, &self.actor) {
                    return Some(frame(&entry, &self.timeline));
                }
                continue;
            }
            let Some(entries) = &mut self.entries else {
                self.catch_up().await?;
                continue;
            };
            tokio::select! {
                biased;
                told = entries.recv() => match told {
                    Ok(entry) if entry.position <= self.position => {}
                    Ok(entry) => {
                        self.position = entry.position;
                        if entry.kind.changes_rules(&entry.resource_kind) {
                            self.number = None;
                        }
                        if !self.allowed().await {
                            return None;
                        }
                        if self.wanted.has(&entry, &self.actor) {
                            return Some(frame(&entry, &self.timeline));
                        }
                    }
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
                // An id without data moves the client's cursor and is no event.
                _ = self.beats.tick() => return Some(format!(": alive\nid: {}-{}\n\n", self.position, self.timeline).into()),
            }
        }
    }

    /// Reads on; listens to the hub from the moment that nothing is left to read.
    async fn catch_up(&mut self) -> Option<()> {
        let entries = self.app.hub.entries();
        let from = Cursor { position: self.position, timeline: Some(self.timeline.clone()) };
        match read(&self.app, &self.actor, Some(from), &self.wanted, CHUNK).await {
            Ok(passage) => {
                self.waiting = passage.records.into();
                self.position = passage.position;
                if passage.position >= passage.head {
                    self.entries = Some(entries);
                }
                Some(())
            }
            Err(error) => {
                tracing::debug!(%error, "a stream of the journal");
                None
            }
        }
    }

    /// Loads the actor anew when the administration changed, and now and then; false when they may not follow the
    /// journal any more. A quiet stream comes here at each beat.
    async fn allowed(&mut self) -> bool {
        let (number, now) = (self.app.db.administration(), self.app.db.clock().now());
        let age = u64::try_from(now.seconds_since(self.checked));
        if self.number == Some(number) && age.is_ok_and(|age| age < RECHECK.as_secs()) {
            return true;
        }
        let Ok(actor) = self.door.reload(&self.app, &self.actor).await else { return false };
        (self.number, self.checked) = (Some(number), now);
        self.actor = Arc::new(actor);
        event::may_follow(&self.actor)
    }
}

fn frame(entry: &Entry, timeline: &str) -> Bytes {
    format!("id: {}-{timeline}\ndata: {}\n\n", entry.position, event_out(entry)).into()
}
