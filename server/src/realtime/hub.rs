//! Between the journal and the sockets: reads each new entry once, makes its frames once, hands them to those whom
//! they concern.
//!
//! The hub keeps nothing that matters: a socket that falls behind is dropped or reads the journal for itself. Who looks at
//! what it knows from the moments of every process.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use model::{AgentConnectionId, ContentId, EventType, SourceId, ThreadId, UserId};
use serde_json::Value;
use store::agent_thread::{self, Mine};
use store::journal::{self, Entry};
use store::thread::Thread;
use store::{Scope, Tx, content};

use super::frames::{AgentTold, EventOut, VisitorTold};
use crate::app::App;
use crate::cluster::Moment;
use crate::cluster::moments::Moments;
use crate::domain::inbox::{self, ThreadRow};
use crate::domain::visitor;
use crate::domain::{Error, Result, live_notice, notification};
use crate::state::hub::{AgentFrame, Hub, Viewer, VisitorFrame, Who};
use crate::views::message::{ConversationOut, MessageOut, NoticeOut};
use crate::views::row::RowOut;

/// How often it is looked for such pages.
const FORGET: Duration = Duration::from_secs(30);

/// How many entries are read at once.
const AT_ONCE: i64 = 64;

/// Hands what is of the moment to those whom it concerns.
fn take(hub: &Hub, moment: Moment) {
    match moment {
        Moment::Looks { connection, thread_id, source_id, user_id, name, typing } => {
            look(hub, (thread_id, source_id), connection, Some(Viewer { id: user_id, name, typing }));
        }
        Moment::LooksAway { connection, thread_id, source_id } => {
            look(hub, (thread_id, source_id), connection, None);
        }
        Moment::Mine { user_id, thread_id, read_ordinal, marked, mentioned } => {
            hub.tell_agents(of_one(user_id, &AgentTold::Mine { thread_id, read_ordinal, marked, mentioned }));
        }
        Moment::Draft { user_id, thread_id, version } => {
            hub.tell_agents(of_one(user_id, &AgentTold::Draft { thread_id, version }));
        }
        Moment::Active { user_id, device } => hub.tell_agents(of_one(user_id, &AgentTold::Active { device })),
        Moment::Noted { user_id, unseen } => hub.tell_agents(of_one(user_id, &AgentTold::Noted { unseen })),
        Moment::AgentTypes { source_id, identity_id, thread_id, name, avatar_url, on } => {
            let told = VisitorTold::Typing { thread_id, name, avatar_url, on };
            hub.tell_visitor(&(source_id, identity_id), &VisitorFrame { position: None, json: told.json() });
        }
        Moment::CustomerTypes { thread_id, source_id, preview, on } => {
            hub.tell_agents(of_the_moment(&source_id, &AgentTold::Typing { thread_id, preview, on }));
        }
        Moment::VisitorLeaves { identity_id, source_id } => hub.part(&(source_id, identity_id)),
        Moment::CustomerLooks { identity_id, source_id } => {
            hub.tell_agents(of_the_moment(&source_id, &AgentTold::Page { identity_id }));
        }
    }
}

/// Notes that a page shows a thread, or no longer, and tells the agents when that is news.
fn look(hub: &Hub, thread: (ThreadId, SourceId), connection: AgentConnectionId, viewer: Option<Viewer>) {
    if hub.note_look(&thread, connection, viewer) {
        tell_viewers(hub, &thread);
    }
}

fn tell_viewers(hub: &Hub, thread: &(ThreadId, SourceId)) {
    let users = hub.viewers(thread, None);
    hub.tell_agents(of_the_moment(&thread.1, &AgentTold::Viewers { thread_id: thread.0.clone(), users }));
}

/// Hands out what is of the moment until the server stops.
pub(crate) async fn hear(app: App, mut moments: Moments) {
    let mut forget = tokio::time::interval(FORGET);
    loop {
        tokio::select! {
            moment = moments.next() => match moment {
                Some(moment) => take(&app.hub, moment),
                None => return,
            },
            _ = forget.tick() => app.hub.forget_viewers().iter().for_each(|thread| tell_viewers(&app.hub, thread)),
            () = app.stopping.cancelled() => return,
        }
    }
}

/// A frame that is in no journal.
pub(super) fn of_the_moment(source: &SourceId, told: &AgentTold) -> AgentFrame {
    AgentFrame {
        position: None,
        source_id: Some(source.clone()),
        communities: None,
        agent: None,
        only: None,
        concerns: Vec::new(),
        administration: false,
        json: told.json(),
    }
}

/// A frame for one agent.
fn of_one(user: UserId, told: &AgentTold) -> AgentFrame {
    AgentFrame {
        position: None,
        source_id: None,
        communities: None,
        agent: None,
        concerns: Vec::new(),
        administration: false,
        json: told.json(),
        only: Some(user),
    }
}

/// What agents are told by an entry that happened to conversations of theirs.
async fn notes(tx: &mut Tx, entry: &Entry) -> Result<Vec<AgentFrame>> {
    use EventType as E;
    let failed = || entry.metadata.get("synchronization_status").and_then(Value::as_str) == Some("error");
    let telling = match entry.kind {
        E::InterventionUserUpdated
        | E::InterventionOpened
        | E::InterventionCanceled
        | E::InterventionClosed
        | E::ContentApproved
        | E::ContentApprovalRefused => true,
        E::CommentCreated => entry.metadata.get("mentioned_ids").is_some(),
        E::ContentExported => failed(),
        _ => false,
    };
    let Some(thread) = entry.thread_id.as_ref().filter(|_| telling) else { return Ok(Vec::new()) };
    let told = notification::told_at(tx, thread, entry.issued_at).await?;
    Ok(told.into_iter().map(|(user, unseen)| of_one(user, &AgentTold::Noted { unseen })).collect())
}

/// What may have been marked for somebody by an entry, or read by who answered, as it is now.
async fn marks(tx: &mut Tx, entry: &Entry) -> Result<Vec<AgentFrame>> {
    use EventType as E;
    let marking = matches!(
        entry.kind,
        E::InterventionUserUpdated
            | E::InterventionReactivated
            | E::ContentExported
            | E::ContentApprovalRefused
            | E::CommentCreated
    );
    let Some(thread) = entry.thread_id.as_ref() else { return Ok(Vec::new()) };
    let mut marked = if marking { agent_thread::marked_for(tx, thread).await? } else { Vec::new() };
    // Who answers in the console has read what they answer: their other pages hear of it.
    if let (E::ContentReplied, Some(user)) = (entry.kind, &entry.user_id) {
        let read = agent_thread::of_threads(tx, user, std::slice::from_ref(thread)).await?.remove(thread);
        marked.extend(read.map(|read| (user.clone(), read)));
    }
    let told = |mine: Mine| {
        let (thread_id, Mine { read_ordinal, marked, mentioned }) = (thread.clone(), mine);
        AgentTold::Mine { thread_id, read_ordinal, marked, mentioned }
    };
    Ok(marked.into_iter().map(|(user, mine)| of_one(user, &told(mine))).collect())
}

/// Follows the journal from its end until the server stops.
pub async fn run(app: App) {
    let mut positions = app.db.positions();
    let start = *positions.borrow_and_update();
    app.hub.note_position(start);
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

/// Sends the frames of the next entries; tells whether there may be more. Each goes out as soon as it is made: a read that
/// is given up goes on behind those, and the first of many entries does not wait for the last.
async fn step(app: &App) -> Result<bool> {
    let worker = app.clone();
    let read = app.db.read_ahead(move |tx| {
        Box::pin(async move {
            let entries = journal::after(tx, worker.hub.position(), AT_ONCE).await?;
            let more = i64::try_from(entries.len()).is_ok_and(|count| count == AT_ONCE);
            // Looked at after the entries were read: who comes later reads the journal at least this far. Frames
            // that nobody would get cost several queries each.
            let (has_agents, has_visitors) = worker.hub.audience();
            for entry in entries {
                let agents = if has_agents { agent_frame(&worker, tx, &entry).await? } else { None };
                let mut own = Vec::new();
                if has_agents {
                    own = marks(tx, &entry).await?;
                    own.extend(notes(tx, &entry).await?);
                }
                let visitor = if has_visitors { visitor_frame(&worker, tx, &entry, true).await? } else { None };
                let position = entry.position;
                worker.hub.tell_entry(Arc::new(entry));
                if let Some(frame) = agents {
                    worker.hub.tell_agents(frame);
                }
                own.into_iter().for_each(|frame| worker.hub.tell_agents(frame));
                if let Some((who, frame)) = visitor {
                    worker.hub.tell_visitor(&who, &frame);
                }
                worker.hub.note_position(position);
            }
            Ok::<_, Error>(more)
        })
    });
    read.await
}

/// What agents do to persons by hand. Imports come by the thousand and are nobody's news.
fn is_of_a_person(kind: EventType) -> bool {
    use EventType as E;
    matches!(
        kind,
        E::IdentityMerged
            | E::IdentityUnmerged
            | E::IdentityAnonymized
            | E::IdentityGroupCreated
            | E::IdentityGroupUpdated
    )
}

/// The frame that tells agents of an entry, with the thread's row as it is now.
async fn agent_frame(app: &App, tx: &mut Tx, entry: &Entry) -> Result<Option<AgentFrame>> {
    Ok(agent_frames(app, tx, std::slice::from_ref(entry)).await?.pop())
}

/// The same of several entries; the rows of their threads are read at once, and each once.
pub(super) async fn agent_frames(app: &App, tx: &mut Tx, entries: &[Entry]) -> Result<Vec<AgentFrame>> {
    let threads: HashSet<&ThreadId> = entries.iter().filter_map(|entry| entry.thread_id.as_ref()).collect();
    let threads: Vec<ThreadId> = threads.into_iter().cloned().collect();
    let threads = store::thread::by_ids(tx, &threads).await?;
    let rows = inbox::rows(tx, threads).await?;
    let rows: HashMap<ThreadId, ThreadRow> = rows.into_iter().map(|row| (row.thread.id.clone(), row)).collect();
    let frame = |entry: &Entry| match &entry.thread_id {
        Some(id) => Some(frame(app, entry, rows.get(id).cloned())),
        None => is_told_without_thread(entry.kind).then(|| frame(app, entry, None)),
    };
    Ok(entries.iter().filter_map(frame).collect())
}

/// Whether agents are told of something that is of no thread.
fn is_told_without_thread(kind: EventType) -> bool {
    kind == EventType::AdministrationChanged
        // Who looks at the person sees them change.
        || is_of_a_person(kind)
        // And whoever reads a source sees how it fares.
        || kind == EventType::SourceHealthChanged
        // And who looks at who is there.
        || kind.is_of_agents()
}

fn frame(app: &App, entry: &Entry, row: Option<ThreadRow>) -> AgentFrame {
    let holder = row.as_ref().map(|row| row.thread.assigned_user_id.clone());
    let concerns = holder.map_or_else(Vec::new, |holder| concerns(entry, holder));
    let row = row.map(|row| Box::new(RowOut::new(app, row)));
    let told = AgentTold::Event { position: entry.position, event: EventOut::new(entry), thread: row };
    AgentFrame {
        position: Some(entry.position),
        source_id: entry.source_id.clone(),
        communities: entry.community_ids.as_ref().map(|ids| ids.0.clone()),
        agent: entry.kind.is_of_agents().then(|| UserId::from_stored(entry.resource_id.clone())),
        only: None,
        concerns,
        administration: entry.kind.changes_rules(&entry.resource_kind),
        json: told.json(),
    }
}

/// Whose number of threads may be another one by an entry: that of who has its thread, and of who had it before.
fn concerns(entry: &Entry, holder: Option<UserId>) -> Vec<UserId> {
    let previous = entry.metadata.get("previous_owner").and_then(|owner| owner.get("id")).and_then(Value::as_str);
    holder.into_iter().chain(previous.and_then(UserId::parse)).collect()
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
            | E::ContentThreadAutoClosed
            | E::ChatQueued
            | E::ChatConnected
            | E::ChatLeft
            | E::ChatEmailAsked
            | E::ChatEmailGiven
            | E::ThreadInputUpdated
            | E::ContentRead
            | E::ContentAnonymized
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
        E::ContentAnonymized => {
            let message_ids = store::erasure::anonymous(tx, &thread.id).await?;
            Some(VisitorTold::Removed { position: entry.position, thread_id: thread.id, message_ids, anonymized: true })
        }
        _ => {
            let conversation = visitor::conversation(tx, thread).await?;
            if conversation.last.is_none() {
                return Ok(None);
            }
            let thread = ConversationOut::new(app, conversation);
            let notice = live_notice::of_entry(entry).map(NoticeOut::from);
            Some(VisitorTold::Thread { position: entry.position, thread, notice })
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
