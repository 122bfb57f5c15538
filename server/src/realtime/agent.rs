//! The agent's socket: everything that happens on the sources that the agent may read.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use model::{IdentityId, SourceId, ThreadId};
use store::Tx;
use store::journal::{self, End};
use store::session;
use store::source::Source;
use store::thread::Thread;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::counting::Counting;
use super::frames::{AgentSaid as Said, AgentTold};
use super::hub;
use crate::app::App;
use crate::channels::{self, Typist};
use crate::cluster::{Here, Moment};
use crate::domain::event::{self, Cursor};
use crate::domain::{Actor, Error, Result, picture, thread, user};
use crate::http;
use crate::http::auth::is_own_origin;
use crate::http::door::{Door, RECHECK};
use crate::http::{Caller, Params, Socket};
use crate::state::hub::AgentFrame;
use crate::views::face;

/// Most missed entries that are sent; beyond that, reading anew is quicker.
const MISSED: i64 = 500;
/// How many of them are read at once.
const SLICE: i64 = 50;
/// How long a socket may be silent: the console sends a ping more often than that.
const SILENCE: Duration = Duration::from_secs(90);
/// Longest name of a browser.
const DEVICE_MAX: usize = 40;
/// How long a new socket may take to say where it stands.
const HELLO: Duration = Duration::from_secs(10);

/// Opens an agent's socket. A page of another site may not: the cookie alone is not enough.
pub async fn open(
    State(app): State<App>,
    Caller(actor): Caller,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
    params: Params,
) -> http::Result<Socket<Said, AgentTold>> {
    if !is_own_origin(&app, &headers) {
        return Err(Error::Forbidden("other_origin", "this page may not open the socket".into()).into());
    }
    let door = Door::of(&app, &headers, &params)?;
    let upgrade = upgrade.read_buffer_size(4096).max_message_size(64 * 1024).max_frame_size(64 * 1024);
    Ok(Socket::new(upgrade.on_upgrade(move |socket| async move {
        let stopping = app.stopping.clone();
        tokio::select! {
            () = serve(&app, actor, door, socket) => {}
            () = stopping.cancelled() => {}
        }
    })))
}

/// A customer who sees that an agent of this name types.
struct Listener {
    identity_id: IdentityId,
    thread: Thread,
    source: Source,
    name: String,
    avatar_url: Option<String>,
}

impl Listener {
    fn tell(&self, app: &App, on: bool) {
        let Self { source, thread, identity_id: customer, name, avatar_url } = self;
        let avatar_url = avatar_url.as_deref();
        channels::tell_typing(app, &Typist { source, thread, customer, name, avatar_url, on });
    }
}

/// One connection.
struct Agent {
    app: App,
    actor: Arc<Actor>,
    /// What the agent came in with; the socket lasts no longer than that.
    door: Door,
    /// The administration's number under which the actor was loaded; none before it was loaded here.
    number: Option<u64>,
    looks_at: Option<(ThreadId, SourceId)>,
    types_to: Option<Listener>,
    /// Keeps the agent present while the socket is open.
    here: Here,
}

/// Ends what a connection began, however it ends.
impl Drop for Agent {
    fn drop(&mut self) {
        self.look(None);
        self.stop_typing();
        self.app.hub.count_agent(-1);
    }
}

/// What an agent missed: where the journal ends, and the first slice; none when it is too much, or the journal cannot go on
/// from there.
struct Missed {
    end: End,
    slice: Option<Slice>,
}

/// So many entries of the journal as frames, and up to which position that is.
struct Slice {
    frames: Vec<AgentFrame>,
    last: i64,
}

impl Slice {
    /// What comes after a position, for this agent; `end` is where the journal ended before.
    async fn read(app: &App, tx: &mut Tx, actor: &Actor, from: i64, end: i64) -> Result<Self> {
        let mut entries = journal::after(tx, from, SLICE).await?;
        // Entries may have come since the end was read.
        let last = entries.last().map_or(end, |entry| entry.position);
        entries.retain(|entry| actor.sees_entry(entry));
        Ok(Self { frames: hub::agent_frames(app, tx, &entries).await?, last })
    }
}

fn note(error: &Error) {
    tracing::warn!(%error, "catching up");
}

async fn send(socket: &mut WebSocket, json: &str) -> bool {
    socket.send(Message::text(json)).await.is_ok()
}

async fn next(socket: &mut WebSocket) -> Option<Option<Said>> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(text::json(text.as_bytes()).ok()),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_)) => {}
            Ok(Message::Close(_)) | Err(_) => return None,
        }
    }
}

/// Answers one connection, until it ends.
async fn serve(app: &App, actor: Arc<Actor>, door: Door, mut socket: WebSocket) {
    let hello = tokio::time::timeout(HELLO, next(&mut socket)).await;
    let Ok(Some(Some(Said::Hello { position, timeline }))) = hello else { return };
    let from = position.map(|position| Cursor { position, timeline });
    // Listened to before the journal is read: what happens in between comes twice at the most, and is told
    // apart by its position.
    let frames = app.hub.agent_frames();
    let number = app.db.administration();
    let Ok(actor) = door.reload(app, &actor).await else { return };
    let here = match app.cluster.join(&actor.user.id).await {
        Ok(here) => here,
        Err(error) => return tracing::warn!(%error, "an agent's socket"),
    };
    app.hub.count_agent(1);
    let (app, actor, number) = (app.clone(), Arc::new(actor), Some(number));
    let mut agent = Agent { app, actor, door, number, looks_at: None, types_to: None, here };
    agent.follow(&mut socket, frames, from).await;
    if agent.is_shut_out().await {
        agent.here.leave();
    }
}

impl Agent {
    /// Tells what happens, and hears what the agent says.
    async fn follow(&mut self, socket: &mut WebSocket, mut frames: Receiver<AgentFrame>, from: Option<Cursor>) {
        let Some(mut sent) = self.catch_up(socket, from).await else { return };
        let (mut heard, mut checked) = (Instant::now(), Instant::now());
        let mut counting = Counting::new();
        loop {
            let due = counting.due;
            tokio::select! {
                // What waits to be told goes out before an answer to what is asked.
                biased;
                () = tokio::time::sleep_until(due.unwrap_or(heard)), if due.is_some() => {
                    match counting.tell(&self.app, &self.actor).await {
                        Ok(Some(told)) if !send(socket, &told.json()).await => return,
                        Ok(_) => {}
                        Err(error) => tracing::debug!(%error, "counting"),
                    }
                }
                frame = frames.recv() => match frame {
                    Ok(frame) => {
                        if frame.administration {
                            self.number = None;
                        }
                        if !self.allowed().await {
                            return;
                        }
                        if frame.position.is_some_and(|p| p <= sent) {
                            continue;
                        }
                        sent = frame.position.unwrap_or(sent);
                        if self.is_told(&frame) {
                            counting.note(&self.actor, &frame);
                            if !send(socket, &frame.json).await {
                                return;
                            }
                        }
                    }
                    Err(RecvError::Lagged(_)) => {
                        let from = Cursor { position: sent, timeline: None };
                        let Some(position) = self.catch_up(socket, Some(from)).await else { return };
                        sent = position;
                    }
                    Err(RecvError::Closed) => return,
                },
                said = next(socket) => match said {
                    Some(said) => {
                        heard = Instant::now();
                        if !self.hear(socket, said, sent).await {
                            return;
                        }
                    }
                    None => return,
                },
                () = tokio::time::sleep_until(heard + SILENCE) => return,
                () = tokio::time::sleep_until(checked + RECHECK) => {
                    checked = Instant::now();
                    self.number = None;
                    if !self.allowed().await {
                        return;
                    }
                }
            }
        }
    }

    /// Whether a frame is for the agent.
    fn is_told(&self, frame: &AgentFrame) -> bool {
        self.actor.sees(frame.source_id.as_ref(), frame.communities.as_deref())
            && frame.agent.as_ref().is_none_or(|agent| self.actor.sees_agent(agent))
            && frame.only.as_ref().is_none_or(|only| *only == self.actor.user.id)
    }

    /// Loads the actor anew when the administration changed; false when there is none any more.
    async fn allowed(&mut self) -> bool {
        let number = self.app.db.administration();
        if self.number == Some(number) {
            return true;
        }
        match self.door.reload(&self.app, &self.actor).await {
            Ok(actor) => {
                self.actor = Arc::new(actor);
                self.number = Some(number);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether the agent is gone for good: what opened the connection opens it no more, and they have no other session,
    /// as who has changed their password has.
    async fn is_shut_out(&self) -> bool {
        let shut = matches!(self.door.reload(&self.app, &self.actor).await, Err(Error::Unauthorized(..)));
        let user = self.actor.user.id.clone();
        let elsewhere = self.app.db.read(move |tx| Box::pin(async move { session::is_any_of(tx, &user).await }));
        shut && !elsewhere.await.unwrap_or(false)
    }

    /// Sends the welcome and what was missed; gives the last position sent. That goes slice by slice: whoever is cut off
    /// in between goes on from there, and does not begin anew with more to read each time.
    async fn catch_up(&self, socket: &mut WebSocket, from: Option<Cursor>) -> Option<i64> {
        let missed = self.missed(from.clone()).await.inspect_err(note).ok()?;
        let End { position: head, timeline } = missed.end;
        let position = from.map_or(head, |from| from.position);
        let (told, mut slice) = match missed.slice {
            Some(slice) => (AgentTold::Welcome { position, timeline }, slice),
            None => (AgentTold::Reload { position: head, timeline }, Slice { frames: Vec::new(), last: head }),
        };
        if !send(socket, &told.json()).await {
            return None;
        }
        loop {
            for frame in slice.frames {
                if !send(socket, &frame.json).await {
                    return None;
                }
            }
            if slice.last >= head {
                return Some(slice.last);
            }
            slice = self.slice(slice.last, head).await.inspect_err(note).ok()?;
        }
    }

    /// Where the journal ends, and the first slice of what was missed.
    async fn missed(&self, from: Option<Cursor>) -> Result<Missed> {
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let read = self.app.db.read(move |tx| {
            Box::pin(async move {
                let end = journal::end(tx).await?;
                let Some(from) = from else {
                    return Ok(Missed { slice: Some(Slice { frames: Vec::new(), last: end.position }), end });
                };
                let few = end.position.checked_sub(from.position).is_some_and(|missed| missed <= MISSED);
                if !few || !event::is_kept(tx, &from).await? {
                    return Ok(Missed { slice: None, end });
                }
                let slice = Slice::read(&app, tx, &actor, from.position, end.position).await?;
                Ok::<_, Error>(Missed { slice: Some(slice), end })
            })
        });
        read.await
    }

    /// A further slice, from a position on towards the end that was told.
    async fn slice(&self, from: i64, end: i64) -> Result<Slice> {
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let read = self.app.db.read(move |tx| Box::pin(async move { Slice::read(&app, tx, &actor, from, end).await }));
        read.await
    }

    async fn hear(&mut self, socket: &mut WebSocket, said: Option<Said>, sent: i64) -> bool {
        match said {
            // The position keeps an agent who sees little of a busy desk from falling behind.
            Some(Said::Ping {}) => {
                if let Some(at) = &self.looks_at {
                    self.tell_look(at, self.types_to.is_some());
                }
                return send(socket, &AgentTold::Pong { position: sent }.json()).await;
            }
            Some(Said::Viewing { thread_id }) => {
                let thread = match thread_id.and_then(|id| ThreadId::parse(&id)) {
                    Some(id) => self.thread(&id).await.ok(),
                    None => None,
                };
                self.look(thread.map(|t| (t.id, t.source_id)));
            }
            Some(Said::Typing { thread_id, on }) => {
                if let Err(error) = self.types(&thread_id, on).await {
                    tracing::debug!(%error, "agent's socket");
                }
            }
            // Anything longer is no name of ours.
            Some(Said::Active { device }) if device.len() <= DEVICE_MAX => {
                self.app.cluster.tell(Moment::Active { user_id: self.actor.user.id.clone(), device });
            }
            Some(Said::Active { .. } | Said::Hello { .. }) | None => {}
        }
        true
    }

    async fn thread(&self, id: &ThreadId) -> Result<Thread> {
        let (actor, id) = (self.actor.clone(), id.clone());
        self.app.db.read(move |tx| Box::pin(async move { thread::find(tx, &actor, &id).await })).await
    }

    fn look(&mut self, at: Option<(ThreadId, SourceId)>) {
        if self.looks_at == at {
            return;
        }
        self.stop_typing();
        if let Some((thread_id, source_id)) = self.looks_at.take() {
            let connection = self.here.connection().clone();
            self.app.cluster.tell(Moment::LooksAway { connection, thread_id, source_id });
        }
        if let Some(now) = &at {
            self.tell_look(now, false);
        }
        self.looks_at = at;
    }

    fn tell_look(&self, (thread, source): &(ThreadId, SourceId), typing: bool) {
        self.app.cluster.tell(Moment::Looks {
            connection: self.here.connection().clone(),
            thread_id: thread.clone(),
            source_id: source.clone(),
            user_id: self.actor.user.id.clone(),
            name: self.actor.user.name(),
            typing,
        });
    }

    /// A customer must not wait for what an agent who has gone would write.
    fn stop_typing(&mut self) {
        if let Some(listener) = self.types_to.take() {
            listener.tell(&self.app, false);
        }
    }

    /// Tells the other agents and the customer that this agent types.
    async fn types(&mut self, thread: &str, on: bool) -> Result<()> {
        let id = ThreadId::parse(thread).ok_or(Error::NotFound("thread"))?;
        let thread = self.thread(&id).await?;
        let at = (id, thread.source_id.clone());
        self.look(Some(at.clone()));
        self.tell_look(&at, on);
        let Some(identity_id) = thread.identity_id.clone() else { return Ok(()) };
        let (source_id, own) = (thread.source_id.clone(), self.actor.user.id.clone());
        let read = self.app.db.read(move |tx| {
            Box::pin(async move {
                let Some(source) = store::source::find(tx, &source_id).await? else { return Ok(None) };
                let face = picture::of(tx, &source, &own).await?;
                Ok::<_, Error>(Some((source, face)))
            })
        });
        if let Some((source, face)) = read.await? {
            let name = user::sender_name(&self.actor.user, &source);
            let avatar_url = face.map(|face| face::address(&self.app, face));
            let listener = Listener { identity_id, thread, source, name, avatar_url };
            listener.tell(&self.app, on);
            self.types_to = on.then_some(listener);
        }
        Ok(())
    }
}
