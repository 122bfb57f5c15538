//! Between the journal and the sockets: reads each new entry once, makes its frames once, hands them to those whom
//! they concern.
//!
//! The hub keeps nothing that matters: a socket that falls behind is dropped or reads the journal for itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{CommunityId, ContentId, EventType, IdentityId, SourceId, ThreadId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::journal::{self, Entry};
use store::thread::Thread;
use store::{Scope, Tx, content};
use tokio::sync::{broadcast, mpsc};

use super::frames::{AgentTold, EventOut, VisitorTold};
use crate::app::App;
use crate::domain::visitor;
use crate::domain::{Error, Result, inbox};
use crate::views::message::{ConversationOut, MessageOut};
use crate::views::row::RowOut;

/// A frame for the agents who may read a source.
#[derive(Clone, Debug)]
pub struct AgentFrame {
    /// Its place in the journal; none for what is only of the moment.
    pub position: Option<i64>,
    /// Who may see it: who reads this source; none for what is on no source.
    pub source_id: Option<SourceId>,
    /// Who may see what is on no source: who reads on one of these communities; none for everybody.
    pub communities: Option<Vec<CommunityId>>,
    /// It tells of a change of the administration: what an agent may do may have changed.
    pub administration: bool,
    /// Its JSON, made once for all.
    pub json: Arc<str>,
}

/// A frame for one visitor.
#[derive(Clone, Debug)]
pub struct VisitorFrame {
    /// Its place in the journal; none for what is only of the moment.
    pub position: Option<i64>,
    /// Its JSON, made once for all the visitor's tabs and devices.
    pub json: Arc<str>,
}

type Who = (SourceId, IdentityId);
/// One visitor's sockets by their connections' numbers.
type Sockets = Vec<(u64, mpsc::Sender<VisitorFrame>)>;

/// Somebody who looks at a thread.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Viewer {
    id: UserId,
    name: String,
    /// Whether they write an answer.
    typing: bool,
}

/// The sockets of this process.
pub struct Hub {
    agents: broadcast::Sender<AgentFrame>,
    entries: broadcast::Sender<Arc<Entry>>,
    visitors: Mutex<HashMap<Who, Sockets>>,
    viewers: Mutex<HashMap<ThreadId, HashMap<u64, Viewer>>>,
    connections: AtomicU64,
    position: AtomicI64,
    agent_sockets: AtomicI64,
    visitor_sockets: AtomicI64,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            agents: broadcast::Sender::new(1024),
            entries: broadcast::Sender::new(1024),
            visitors: Mutex::default(),
            viewers: Mutex::default(),
            connections: AtomicU64::new(1),
            position: AtomicI64::new(0),
            agent_sockets: AtomicI64::new(0),
            visitor_sockets: AtomicI64::new(0),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A number for a new connection.
    pub fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Listens to what agents are told from now on.
    pub fn agent_frames(&self) -> broadcast::Receiver<AgentFrame> {
        self.agents.subscribe()
    }

    /// Listens to the entries of the journal from now on. They are everybody's: the listener looks what it may tell.
    pub fn entries(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.entries.subscribe()
    }

    /// Whether any agent and whether any visitor listens.
    fn audience(&self) -> (bool, bool) {
        (self.agents.receiver_count() > 0, !lock(&self.visitors).is_empty())
    }

    /// How many sockets of agents and of visitors are open.
    #[must_use]
    pub fn sockets(&self) -> (i64, i64) {
        (self.agent_sockets.load(Ordering::Relaxed), self.visitor_sockets.load(Ordering::Relaxed))
    }

    /// The journal position up to which frames have gone out.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::SeqCst)
    }

    pub(super) fn count_agent(&self, by: i64) {
        self.agent_sockets.fetch_add(by, Ordering::Relaxed);
    }

    /// Adds a visitor's socket; frames come out of the receiver until [`Hub::leave`].
    pub(super) fn join(&self, who: Who, connection: u64) -> mpsc::Receiver<VisitorFrame> {
        let (sender, receiver) = mpsc::channel(32);
        lock(&self.visitors).entry(who).or_default().push((connection, sender));
        self.visitor_sockets.fetch_add(1, Ordering::Relaxed);
        receiver
    }

    pub(super) fn leave(&self, who: &Who, connection: u64) {
        let mut visitors = lock(&self.visitors);
        if let Some(sockets) = visitors.get_mut(who) {
            sockets.retain(|(id, _)| *id != connection);
            if sockets.is_empty() {
                visitors.remove(who);
            }
        }
        self.visitor_sockets.fetch_sub(1, Ordering::Relaxed);
    }

    /// Tells agents something.
    pub fn tell_agents(&self, frame: AgentFrame) {
        // Nobody may be listening.
        let _ = self.agents.send(frame);
    }

    /// Tells a visitor something. A socket that does not keep up is dropped: it comes back and reads the journal.
    pub fn tell_visitor(&self, who: &Who, frame: &VisitorFrame) {
        let mut visitors = lock(&self.visitors);
        if let Some(sockets) = visitors.get_mut(who) {
            sockets.retain(|(_, sender)| sender.try_send(frame.clone()).is_ok());
        }
    }

    fn is_there(&self, who: &Who) -> bool {
        lock(&self.visitors).contains_key(who)
    }

    /// Who looks at a thread, without one of them.
    #[must_use]
    pub fn viewers(&self, thread: &ThreadId, without: Option<&UserId>) -> Vec<Viewer> {
        let viewers = lock(&self.viewers);
        let mut found: HashMap<UserId, Viewer> = HashMap::new();
        for viewer in viewers.get(thread).into_iter().flat_map(HashMap::values) {
            if Some(&viewer.id) != without {
                let known = found.entry(viewer.id.clone()).or_insert_with(|| viewer.clone());
                known.typing |= viewer.typing;
            }
        }
        let mut found: Vec<Viewer> = found.into_values().collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// Notes that a connection looks at a thread, or no longer, and tells the others.
    pub(super) fn look(&self, thread: &(ThreadId, SourceId), connection: u64, viewer: Option<Viewer>) {
        {
            let mut viewers = lock(&self.viewers);
            let there = viewers.entry(thread.0.clone()).or_default();
            match viewer {
                Some(viewer) => drop(there.insert(connection, viewer)),
                None => drop(there.remove(&connection)),
            }
            if there.is_empty() {
                viewers.remove(&thread.0);
            }
        }
        let users = self.viewers(&thread.0, None);
        self.tell_agents(of_the_moment(&thread.1, &AgentTold::Viewers { thread_id: thread.0.clone(), users }));
    }

    pub(super) fn viewer(id: UserId, name: String, typing: bool) -> Viewer {
        Viewer { id, name, typing }
    }

    /// Tells the agents that a customer types.
    pub fn customer_types(&self, thread: &ThreadId, source: &SourceId, preview: Option<&str>, on: bool) {
        let preview = preview.map(str::to_owned);
        self.tell_agents(of_the_moment(source, &AgentTold::Typing { thread_id: thread.clone(), preview, on }));
    }

    /// Tells agents that a customer looks at another page, or that their custom variables changed.
    pub(super) fn customer_looks(&self, identity: &IdentityId, source: &SourceId) {
        self.tell_agents(of_the_moment(source, &AgentTold::Page { identity_id: identity.clone() }));
    }
}

/// A frame that is in no journal.
fn of_the_moment(source: &SourceId, told: &AgentTold) -> AgentFrame {
    AgentFrame {
        position: None,
        source_id: Some(source.clone()),
        communities: None,
        administration: false,
        json: told.json(),
    }
}

/// Follows the journal from its end until the server stops.
pub async fn run(app: App) {
    let mut positions = app.db.positions();
    let start = *positions.borrow_and_update();
    app.hub.position.store(start, Ordering::SeqCst);
    loop {
        match step(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "frames");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_millis(200)) => continue,
                    () = app.stopping.cancelled() => return,
                }
            }
        }
        tokio::select! {
            changed = positions.changed() => if changed.is_err() { return },
            () = app.stopping.cancelled() => return,
        }
    }
}

/// Sends the frames of the next entries; tells whether there may be more.
async fn step(app: &App) -> Result<bool> {
    let from = app.hub.position();
    let worker = app.clone();
    let made = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let entries = journal::after(tx, from, 64).await?;
                let mut made = Vec::with_capacity(entries.len());
                // Looked at after the entries were read: who comes later reads the journal at least this far. Frames
                // that nobody would get cost several queries each.
                let (has_agents, has_visitors) = worker.hub.audience();
                for entry in entries {
                    let agents = if has_agents { agent_frame(&worker, tx, &entry).await? } else { None };
                    let visitor = if has_visitors { visitor_frame(&worker, tx, &entry, true).await? } else { None };
                    made.push((Arc::new(entry), agents, visitor));
                }
                Ok::<_, Error>(made)
            })
        })
        .await?;
    let more = made.len() == 64;
    for (entry, agents, visitor) in made {
        let position = entry.position;
        // Nobody may be listening.
        let _ = app.hub.entries.send(entry);
        if let Some(frame) = agents {
            app.hub.tell_agents(frame);
        }
        if let Some((who, frame)) = visitor {
            app.hub.tell_visitor(&who, &frame);
        }
        app.hub.position.store(position, Ordering::SeqCst);
    }
    Ok(more)
}

/// What agents do to persons by hand. Imports come by the thousand and are nobody's news.
fn is_of_a_person(kind: EventType) -> bool {
    use EventType as E;
    matches!(kind, E::IdentityMerged | E::IdentityUnmerged | E::IdentityGroupCreated | E::IdentityGroupUpdated)
}

/// The frame that tells agents of an entry, with the thread's row as it is now.
pub(super) async fn agent_frame(app: &App, tx: &mut Tx, entry: &Entry) -> Result<Option<AgentFrame>> {
    let row = match &entry.thread_id {
        Some(id) => match store::thread::find(tx, &Scope::All, id).await? {
            Some(thread) => inbox::rows(tx, vec![thread]).await?.pop().map(|row| RowOut::new(app, row)),
            None => None,
        },
        None if entry.kind == EventType::AdministrationChanged => None,
        // Who looks at the person sees them change.
        None if is_of_a_person(entry.kind) => None,
        None => return Ok(None),
    };
    let event = EventOut::new(entry);
    let told = AgentTold::Event { position: entry.position, event, thread: row.map(Box::new) };
    Ok(Some(AgentFrame {
        position: Some(entry.position),
        source_id: entry.source_id.clone(),
        communities: entry.community_ids.as_ref().map(|ids| ids.0.clone()),
        administration: entry.kind == EventType::AdministrationChanged,
        json: told.json(),
    }))
}

/// The frame that tells the thread's visitor of an entry, when there is something to tell. With `only_present`,
/// nothing is made for visitors who have no socket here.
pub(super) async fn visitor_frame(
    app: &App,
    tx: &mut Tx,
    entry: &Entry,
    only_present: bool,
) -> Result<Option<(Who, VisitorFrame)>> {
    use EventType as E;
    let wanted = matches!(
        entry.kind,
        E::ContentImported
            | E::ContentReplied
            | E::ContentDiscussionInitiated
            | E::ContentApproved
            | E::ContentThreadClosed
            | E::ContentThreadOpened
            | E::ThreadInputUpdated
            | E::ContentRead
    );
    let (Some(thread_id), true) = (&entry.thread_id, wanted) else { return Ok(None) };
    let Some(thread) = store::thread::find(tx, &Scope::All, thread_id).await? else { return Ok(None) };
    let Some(identity) = thread.identity_id.clone() else { return Ok(None) };
    let who = (thread.source_id.clone(), identity);
    if only_present && !app.hub.is_there(&who) {
        return Ok(None);
    }
    let told = match entry.kind {
        E::ContentImported | E::ContentReplied | E::ContentDiscussionInitiated | E::ContentApproved => {
            message_told(app, tx, entry, thread).await?
        }
        E::ContentRead if is_by_agent(entry) => Some(marks_told(entry, thread.id)),
        _ => {
            let conversation = visitor::conversation(tx, thread).await?;
            if conversation.last.is_none() {
                return Ok(None);
            }
            let thread = ConversationOut::new(app, conversation);
            Some(VisitorTold::Thread { position: entry.position, thread })
        }
    };
    Ok(told.map(|told| (who, VisitorFrame { position: Some(entry.position), json: told.json() })))
}

async fn message_told(app: &App, tx: &mut Tx, entry: &Entry, thread: Thread) -> Result<Option<VisitorTold>> {
    let Some(id) = model::ContentId::parse(&entry.resource_id) else { return Ok(None) };
    let Some(content) = content::find(tx, &Scope::All, &id).await? else { return Ok(None) };
    let Some(message) = visitor::messages(tx, &thread, vec![content]).await?.pop() else { return Ok(None) };
    let thread = ConversationOut::new(app, visitor::conversation(tx, thread).await?);
    let message = MessageOut::new(app, message);
    Ok(Some(VisitorTold::Message { position: entry.position, thread, message: Box::new(message) }))
}

/// Whether it was an agent who read. When the customer did, their other tabs have a new count of unread messages.
fn is_by_agent(entry: &Entry) -> bool {
    entry.metadata.get("reader").and_then(Value::as_str) == Some("agent")
}

fn marks_told(entry: &Entry, thread_id: ThreadId) -> VisitorTold {
    let ids = entry.metadata.get("content_ids").and_then(Value::as_array).into_iter().flatten();
    let message_ids = ids.filter_map(Value::as_str).filter_map(ContentId::parse).collect();
    VisitorTold::Marks { position: entry.position, thread_id, message_ids, delivered: true, read: true }
}
