//! The sockets of this process: who listens, and where what they are told is handed over. It keeps nothing that matters:
//! a socket that falls behind is dropped, and reads the journal for itself.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{AgentConnectionId, CommunityId, IdentityId, SourceId, ThreadId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::journal::Entry;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::state::queue::{Receiver, Sender, queue};

/// A frame for the agents who may read a source.
#[derive(Clone, Debug)]
pub struct AgentFrame {
    /// Its place in the journal; none for what is only of the moment.
    pub position: Option<i64>,
    /// Who may see it: who reads this source; none for what is on no source.
    pub source_id: Option<SourceId>,
    /// Who may see what is on no source: who reads on one of these communities; none for everybody.
    pub communities: Option<Vec<CommunityId>>,
    /// It tells where this agent is, or for which work: who sees that is this one and whoever may ask for it.
    pub agent: Option<UserId>,
    /// It is for this agent alone.
    pub only: Option<UserId>,
    /// Who has the thread that it is of, and had it before: what they have may be counted anew.
    pub concerns: Vec<UserId>,
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

/// A visitor of a source.
pub(crate) type Who = (SourceId, IdentityId);

/// One visitor's sockets by their connections' numbers.
type Sockets = Vec<(u64, Sender<VisitorFrame>)>;

/// Somebody who looks at a thread.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Viewer {
    pub(crate) id: UserId,
    pub(crate) name: String,
    /// Whether they write an answer.
    pub(crate) typing: bool,
}

/// Who looks at a thread, by the pages of their consoles, each with when it said so last.
type Viewers = HashMap<AgentConnectionId, (Viewer, Instant)>;

/// After what time without a word a page does not look any more: it says so again with each of its pings.
const LOOKED: Duration = Duration::from_secs(120);

/// The sockets of this process.
pub struct Hub {
    agents: broadcast::Sender<AgentFrame>,
    entries: broadcast::Sender<Arc<Entry>>,
    visitors: Mutex<HashMap<Who, Sockets>>,
    viewers: Mutex<HashMap<(ThreadId, SourceId), Viewers>>,
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
    pub(crate) fn audience(&self) -> (bool, bool) {
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

    pub(crate) fn count_agent(&self, by: i64) {
        self.agent_sockets.fetch_add(by, Ordering::Relaxed);
    }

    /// Adds a visitor's socket; frames come out of the receiver until [`Hub::leave`].
    pub(crate) fn join(&self, who: Who, connection: u64) -> Receiver<VisitorFrame> {
        let (sender, receiver) = queue(32);
        lock(&self.visitors).entry(who).or_default().push((connection, sender));
        self.visitor_sockets.fetch_add(1, Ordering::Relaxed);
        receiver
    }

    pub(crate) fn leave(&self, who: &Who, connection: u64) {
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
            sockets.retain(|(_, sender)| sender.tell(frame.clone()));
        }
    }

    /// Ends all sockets of a visitor. Those who may be there come back, and get what they missed.
    pub(crate) fn part(&self, who: &Who) {
        lock(&self.visitors).remove(who);
    }

    /// The sources that visitors are on.
    pub(crate) fn visited(&self) -> HashSet<SourceId> {
        lock(&self.visitors).keys().map(|(source, _)| source.clone()).collect()
    }

    /// Tells all visitors of a source something.
    pub(crate) fn tell_source(&self, source: &SourceId, frame: &VisitorFrame) {
        for (_, sockets) in lock(&self.visitors).iter_mut().filter(|((on, _), _)| on == source) {
            sockets.retain(|(_, sender)| sender.tell(frame.clone()));
        }
    }

    /// The number of a visitor's newest socket; none when they have none here.
    pub(crate) fn newest(&self, who: &Who) -> Option<u64> {
        lock(&self.visitors).get(who)?.iter().map(|(connection, _)| *connection).max()
    }

    pub(crate) fn is_there(&self, who: &Who) -> bool {
        lock(&self.visitors).contains_key(who)
    }

    /// Who looks at a thread, on whichever process, without one of them.
    #[must_use]
    pub fn viewers(&self, thread: &(ThreadId, SourceId), without: Option<&UserId>) -> Vec<Viewer> {
        let viewers = lock(&self.viewers);
        let mut found: HashMap<UserId, Viewer> = HashMap::new();
        for (viewer, _) in viewers.get(thread).into_iter().flat_map(HashMap::values) {
            if Some(&viewer.id) != without {
                let known = found.entry(viewer.id.clone()).or_insert_with(|| viewer.clone());
                known.typing |= viewer.typing;
            }
        }
        let mut found: Vec<Viewer> = found.into_values().collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// Notes that a page shows a thread, or no longer; tells whether that is news.
    pub(crate) fn note_look(
        &self,
        thread: &(ThreadId, SourceId),
        connection: AgentConnectionId,
        viewer: Option<Viewer>,
    ) -> bool {
        let mut viewers = lock(&self.viewers);
        let there = viewers.entry(thread.clone()).or_default();
        let (now, before) = match viewer {
            Some(viewer) => (Some(viewer.clone()), there.insert(connection, (viewer, Instant::now()))),
            None => (None, there.remove(&connection)),
        };
        if there.is_empty() {
            viewers.remove(thread);
        }
        before.map(|(viewer, _)| viewer) != now
    }

    /// Forgets the pages that have said nothing for long: their process is dead, or their last word was lost. Gives the
    /// threads that they showed.
    pub(crate) fn forget_viewers(&self) -> Vec<(ThreadId, SourceId)> {
        let mut changed = Vec::new();
        lock(&self.viewers).retain(|thread, there| {
            let count = there.len();
            there.retain(|_, (_, said)| said.elapsed() < LOOKED);
            if there.len() < count {
                changed.push(thread.clone());
            }
            !there.is_empty()
        });
        changed
    }

    /// Notes up to which journal position frames have gone out.
    pub(crate) fn note_position(&self, position: i64) {
        self.position.store(position, Ordering::SeqCst);
    }

    /// Hands an entry of the journal to those who listen to them.
    pub(crate) fn tell_entry(&self, entry: Arc<Entry>) {
        // Nobody may be listening.
        let _ = self.entries.send(entry);
    }
}
