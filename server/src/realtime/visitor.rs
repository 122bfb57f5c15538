//! The visitor's socket. An idle one must cost little: small buffers, one task, one short queue.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use model::{ContentId, IdentityId, SourceId, ThreadId, Timestamp};
use serde_json::Value;
use store::Tx;
use store::journal::{self, End};
use tokio::time::Instant;

use super::frames::{VisitorSaid as Said, VisitorTold};
use super::hub;
use crate::app::App;
use crate::channels::chat::{page, told};
use crate::cluster::Moment;
use crate::crypto;
use crate::domain::block::Writer;
use crate::domain::event::{self, Cursor};
use crate::domain::visit::PageNow;
use crate::domain::visitor::{self, Known};
use crate::domain::{Error, Result};
use crate::domain::{live_chat, visit};
use crate::http;
use crate::http::{Id, Socket};
use crate::state::hub::VisitorFrame;

/// Most missed frames that are sent; beyond that, reading anew is quicker.
const MISSED: i64 = 500;
/// How long a socket may be silent: the widget sends a ping more often than that.
const SILENCE: Duration = Duration::from_secs(90);
/// How long a new socket may take to say who it is.
const HELLO: Duration = Duration::from_secs(10);

/// Opens a visitor's socket.
pub async fn open(
    State(app): State<App>,
    Id(token): Id<String>,
    upgrade: WebSocketUpgrade,
) -> http::Result<Socket<Said, VisitorTold>> {
    // The library reads ahead into 128 KiB by default: with thousands of idle visitors, that is all there is.
    let upgrade = upgrade
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_write_buffer_size(256 * 1024)
        .max_message_size(64 * 1024)
        .max_frame_size(64 * 1024);
    Ok(Socket::new(upgrade.on_upgrade(move |socket| async move {
        let stopping = app.stopping.clone();
        tokio::select! {
            () = serve(&app, token, socket) => {}
            () = stopping.cancelled() => {}
        }
    })))
}

/// Whose socket it is. What else there is to know of them is read when they say something: an idle socket must not
/// hold it, and what is rare in the life of a socket has its future on the heap, so that the others stay small.
struct Visit {
    token: Box<str>,
    hash: Box<str>,
    who: (SourceId, IdentityId),
    signed_until: Option<Timestamp>,
    /// The administration's number under which the visitor was let in.
    seen: u64,
    /// Whether it is one of a live chat.
    live: bool,
    /// Whether its page has said that it is left.
    left: bool,
}

impl Visit {
    /// Whether the visitor would still be let in: the source may have been switched off, the key that signed the
    /// identity may have been taken back, or its signature may have run out.
    async fn check(&mut self, app: &App) -> Result<()> {
        visitor::check_signature(self.signed_until, app.db.clock().now())?;
        let now = app.db.administration();
        if now != self.seen {
            self.signed_until = self.known(app).await?.signed_until;
            self.seen = now;
        }
        Ok(())
    }

    /// The visitor as they are now.
    async fn known(&self, app: &App) -> Result<Known> {
        let known = known(app, self.token.to_string(), self.hash.to_string()).await?;
        if known.identity.id == self.who.1 { Ok(known) } else { Err(Error::NotFound("visitor")) }
    }
}

async fn send(socket: &mut WebSocket, json: &str) -> bool {
    socket.send(Message::text(json)).await.is_ok()
}

async fn next(socket: &mut WebSocket) -> Option<std::result::Result<Said, String>> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(read(&text)),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_)) => {}
            Ok(Message::Close(_)) | Err(_) => return None,
        }
    }
}

/// Reads a frame: half an emoji is no reason to leave it out, nor is a character that cannot be kept.
fn read(text: &str) -> std::result::Result<Said, String> {
    let mut value = params::value(text.as_bytes()).map_err(|e| e.to_string())?;
    text::take_nul_out(&mut value);
    serde_json::from_value(value).map_err(|e| e.to_string())
}

async fn serve(app: &App, token: String, mut socket: WebSocket) {
    let hello = tokio::time::timeout(HELLO, next(&mut socket)).await;
    let Ok(Some(Ok(Said::Hello { visitor, position, timeline, config }))) = hello else { return };
    let mut visit = match Box::pin(enter(app, token, visitor)).await {
        Ok(visit) => visit,
        Err(error) => return Box::pin(refuse(&mut socket, &error)).await,
    };
    let connection = app.hub.connection();
    // Joined before the journal is read: what happens in between comes twice at the most, and is told apart by
    // its position. Whoever signs out from now on ends this socket too; whoever did before is found out there.
    let mut frames = app.hub.join(visit.who.clone(), connection);
    app.cluster.visitors().come(&visit.who, app.db.clock().now());
    if visit.live {
        Box::pin(note_return(app, &visit.who)).await;
    }
    let from = position.map(|position| Cursor { position, timeline });
    if let Some(mut sent) = Box::pin(catch_up(app, &mut socket, &visit, from)).await {
        Box::pin(note_config(app, &mut socket, &visit, config)).await;
        let mut heard = Instant::now();
        let mut types_in = None;
        loop {
            tokio::select! {
                // What waits to be told goes out before an answer to what is asked.
                biased;
                frame = frames.next() => match frame {
                    Some(VisitorFrame { position, json }) => {
                        if position.is_some_and(|p| p <= sent) {
                            continue;
                        }
                        if let Err(error) = Box::pin(visit.check(app)).await {
                            Box::pin(refuse(&mut socket, &error)).await;
                            break;
                        }
                        sent = position.unwrap_or(sent);
                        if !send(&mut socket, &json).await {
                            break;
                        }
                    }
                    // The hub dropped this socket because it did not keep up.
                    None => break,
                },
                said = next(&mut socket) => match said {
                    Some(Ok(said)) => {
                        heard = Instant::now();
                        if let Err(error) = Box::pin(visit.check(app)).await {
                            Box::pin(refuse(&mut socket, &error)).await;
                            break;
                        }
                        visit.left = matches!(said, Said::Presence { left: true });
                        if !Box::pin(hear(app, &visit, &mut socket, said, &mut types_in)).await {
                            break;
                        }
                    }
                    Some(Err(_)) => heard = Instant::now(),
                    None => break,
                },
                () = tokio::time::sleep_until(heard + SILENCE) => break,
            }
        }
        // An agent must not wait for what a customer who has gone would write.
        if let Some(thread) = types_in {
            tell_typing(app, thread, visit.who.0.clone(), None, false);
        }
    }
    app.cluster.visitors().leave(&visit.who, app.db.clock().now(), visit.left);
    app.hub.leave(&visit.who, connection);
}

/// Tells a page that names its configuration when that is not the one of now: it may have missed that it changed.
async fn note_config(app: &App, socket: &mut WebSocket, visit: &Visit, theirs: Option<String>) {
    let Some(theirs) = theirs else { return };
    match told::version(app, visit.token.to_string()).await {
        Ok(version) if version.as_ref() != Some(&theirs) => {
            send(socket, &VisitorTold::Config { version }.json()).await;
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "a chat's configuration"),
    }
}

/// Notes that the visitor of a live chat is there again: another process might end it at this moment.
async fn note_return(app: &App, (source, identity): &(SourceId, IdentityId)) {
    let of = (source.clone(), identity.clone());
    let (source, identity) = of.clone();
    let read = app.db.read(move |tx| Box::pin(async move { live_chat::has_open(tx, &of.0, &of.1).await }));
    let noted = match read.await {
        Ok(true) => {
            let note =
                app.db.write(move |tx| Box::pin(async move { live_chat::note_visitor(tx, &source, &identity).await }));
            note.await
        }
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "a visitor of a live chat is there again");
    }
}

/// Finds out whose socket it is.
async fn enter(app: &App, token: String, visitor: String) -> Result<Visit> {
    let (hash, seen) = (crypto::token_hash(&visitor), app.db.administration());
    let known = known(app, token.clone(), hash.clone()).await?;
    let live = known.source.is_live_chat();
    let who = (known.source.id, known.identity.id);
    let signed_until = known.signed_until;
    Ok(Visit { token: token.into(), hash: hash.into(), who, signed_until, seen, live, left: false })
}

async fn known(app: &App, token: String, hash: String) -> Result<Known> {
    app.db.read(move |tx| Box::pin(async move { visitor::known(tx, &token, &hash).await })).await
}

/// Says why the socket ends.
async fn refuse(socket: &mut WebSocket, error: &Error) {
    let code = match error {
        Error::Unauthorized(code, _) => code,
        Error::NotFound(_) => "not_found",
        // Not the visitor's fault: they come back and try again.
        _ => return,
    };
    send(socket, &VisitorTold::Error { error: code, message: error.to_string() }.json()).await;
}

/// Sends the welcome and what was missed; gives the last position sent. Who has signed out since they were let in gets
/// neither.
async fn catch_up(app: &App, socket: &mut WebSocket, visit: &Visit, from: Option<Cursor>) -> Option<i64> {
    let (worker, whose, hash) = (app.clone(), visit.who.clone(), visit.hash.to_string());
    let position = from.as_ref().map(|from| from.position);
    let read = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                visitor::require_key(tx, &whose.0, &hash).await?;
                let mut end = journal::end(tx).await?;
                let Some(from) = from else { return Ok((end, Some(Vec::new()))) };
                let missed = missed(&worker, tx, &whose, &from).await?;
                // Entries may have come since the end was read.
                let last = missed.iter().flatten().filter_map(|frame| frame.position).max();
                end.position = last.unwrap_or(0).max(end.position);
                Ok::<_, Error>((end, missed))
            })
        })
        .await;
    let (End { position: head, timeline }, frames) = match read {
        Ok(read) => read,
        Err(error @ Error::Unauthorized(..)) => {
            refuse(socket, &error).await;
            return None;
        }
        Err(error) => {
            tracing::warn!(%error, "catching up");
            return None;
        }
    };
    let told = match &frames {
        Some(_) => VisitorTold::Welcome { position: position.unwrap_or(head), timeline },
        None => VisitorTold::Reload { position: head, timeline },
    };
    if !send(socket, &told.json()).await {
        return None;
    }
    for frame in frames.unwrap_or_default() {
        if !send(socket, &frame.json).await {
            return None;
        }
    }
    Some(head)
}

/// The frames of a visitor after a cursor; none when there are too many, or the journal cannot go on from there.
async fn missed(
    app: &App,
    tx: &mut Tx,
    (source, identity): &(SourceId, IdentityId),
    from: &Cursor,
) -> Result<Option<Vec<VisitorFrame>>> {
    let entries = journal::after_of_identity(tx, from.position, source, identity, MISSED + 1).await?;
    let many = entries.len() > usize::try_from(MISSED).unwrap_or(usize::MAX);
    if many || !event::is_kept(tx, from).await? {
        return Ok(None);
    }
    let mut frames = Vec::new();
    for entry in entries {
        frames.extend(hub::visitor_frame(app, tx, &entry, false).await?.map(|(_, frame)| frame));
    }
    Ok(Some(frames))
}

/// Does what the visitor's side says; false when the socket is gone.
async fn hear(app: &App, visit: &Visit, socket: &mut WebSocket, said: Said, types_in: &mut Option<ThreadId>) -> bool {
    if matches!(said, Said::Ping {}) {
        return send(socket, r#"{"type":"pong"}"#).await;
    }
    // What is too much is left out: the widget tells most of it again.
    if app.limits.check_frames(visit.who.1.as_str()).is_err() {
        return true;
    }
    let outcome = match said {
        Said::Ping {} | Said::Hello { .. } | Said::Presence { .. } => return true,
        Said::Page { url, title, custom, visit: told } => {
            let page = [("url", url), ("title", title)].into_iter();
            let page = page.filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))).collect();
            match page::page_now(page, custom.0, told.into()) {
                Ok(page) => look(app, visit, page).await,
                Err(refused) => Err(refused.0),
            }
        }
        Said::Typing { thread_id, on, preview } => {
            let typed = types(app, visit, &thread_id, on, preview).await;
            typed.map(|thread| *types_in = on.then_some(thread))
        }
        Said::Delivered { message_ids } => {
            let ids: Vec<ContentId> = message_ids.iter().filter_map(|id| ContentId::parse(id)).collect();
            mark_delivered(app, visit, ids).await
        }
        Said::Read { thread_id, message_id } => {
            let (Some(thread), Some(message)) = (ThreadId::parse(&thread_id), ContentId::parse(&message_id)) else {
                return true;
            };
            mark_read(app, visit, thread, message).await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "visitor's socket");
    }
    true
}

async fn mark_delivered(app: &App, visit: &Visit, ids: Vec<ContentId>) -> Result<()> {
    let known = visit.known(app).await?;
    app.db.write(move |tx| Box::pin(async move { visitor::mark_delivered(tx, &known, ids).await })).await
}

async fn mark_read(app: &App, visit: &Visit, thread: ThreadId, message: ContentId) -> Result<()> {
    let known = visit.known(app).await?;
    let read = app.db.write(move |tx| Box::pin(async move { visitor::mark_read(tx, &known, &thread, &message).await }));
    read.await.map(drop)
}

/// Notes which page the visitor looks at, and tells the agents who look at them.
async fn look(app: &App, visit: &Visit, page: PageNow) -> Result<()> {
    let who = visit.known(app).await?;
    let changed = app.db.write(move |tx| Box::pin(async move { visit::note_page(tx, &who, page).await })).await?;
    if changed {
        let (source_id, identity_id) = visit.who.clone();
        app.cluster.tell(Moment::CustomerLooks { identity_id, source_id });
        app.cluster.visitors().look(&visit.who);
    }
    Ok(())
}

/// Whether what the visitor says is kept out.
async fn is_kept_out(app: &App, visit: &Visit) -> Result<bool> {
    let blocks = app.author_blocks.get(&app.db).await?;
    if blocks.is_of_networks_alone() {
        return Ok(false);
    }
    let identity = visit.known(app).await?.identity;
    Ok(blocks.of(Writer::of(&identity), app.db.clock().now()).is_some())
}

async fn types(app: &App, visit: &Visit, thread: &str, on: bool, preview: Option<String>) -> Result<ThreadId> {
    let id = ThreadId::parse(thread).ok_or(Error::NotFound("thread"))?;
    let (source, who) = visit.who.clone();
    let scope = store::Scope::Sources(vec![source]);
    let thread = app
        .db
        .read(move |tx| Box::pin(async move { Ok::<_, Error>(store::thread::find(tx, &scope, &id).await?) }))
        .await?;
    let own = thread.filter(|t| t.identity_id.as_ref() == Some(&who)).ok_or(Error::NotFound("thread"))?;
    // Nobody sees what is on its way to be kept out.
    if !is_kept_out(app, visit).await? {
        let preview = preview.map(|p| text::beginning(&p, 500).to_owned());
        tell_typing(app, own.id.clone(), own.source_id, preview, on);
    }
    Ok(own.id)
}

/// Tells the agents that a customer types, or stops.
fn tell_typing(app: &App, thread_id: ThreadId, source_id: SourceId, preview: Option<String>, on: bool) {
    app.cluster.tell(Moment::CustomerTypes { thread_id, source_id, preview, on });
}
