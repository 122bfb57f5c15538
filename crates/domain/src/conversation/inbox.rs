//! The inbox of the console: folders, rows, and one thread with all that belongs to it.

use std::collections::{HashMap, HashSet};

use model::{
    AssociatedType, ContentId, EventType, FolderId, IdentityId, Mark, Permission, SourceId, ThreadId, ThreadState,
    ThreadTest, UserId,
};
use serde_json::json;
use store::agent_thread::{self, Assigned, Mine};
use store::approval::{self, Approval};
use store::attachment::Attachment;
use store::chat_contact;
use store::chat_thread::{self, ChatThread};
use store::chat_variable::{self, ChatVariable};
use store::comment::{self, Comment};
use store::content::{self, Content};
use store::custom_field::{self, CustomField};
use store::identity::{self, Identity};
use store::intervention::{self, Intervention};
use store::mail::Posted;
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::thread_search::{self, ThreadOrder};
use store::user::{self, User};
use store::visit_page::{self, VisitPage};
use store::visitor::{self, Visitor};
use store::{Listed, Page, Scope, Tx};

use crate::base::{Actor, Error, Result, journal};
use crate::conversation::{
    act::{self, Acts},
    dead_address, folder, mention,
    search::Narrowed,
    search_box::{self, Asked},
    thread,
    thread_line::{self, Line},
};
use crate::customers::{
    identity_group::{self, Group},
    identity_merge, people,
};
use crate::setup::custom_field::filled;

/// How many contents one look at a thread shows.
pub const WINDOW: i64 = 50;

/// A folder of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Under an open intervention of the actor.
    Mine,
    /// Waits for somebody.
    Unassigned,
    /// Waits for somebody, or under anybody's open intervention.
    Open,
    /// Put aside.
    Deferred,
    /// Nothing to do.
    Done,
    /// With a content that waits for approval; for those who may approve.
    ToApprove,
}

/// How many threads those folders have that are the same for all who read the same sources. What is done is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for somebody.
    pub unassigned: i64,
    /// Waiting for somebody, or under anybody's open intervention.
    pub open: i64,
    /// Put aside.
    pub deferred: i64,
    /// With a content that waits for approval.
    pub to_approve: i64,
}

/// Counts the threads of each folder within a scope.
pub async fn counts(tx: &mut Tx, scope: &Scope) -> Result<Counts> {
    let mut counts = Counts::default();
    for (folder, count) in thread_search::count_folders(tx, scope).await? {
        match ThreadState::of_folder(&folder) {
            ThreadState::Unassigned => counts.unassigned = count,
            ThreadState::Open => counts.open = count,
            ThreadState::Deferred => counts.deferred = count,
            ThreadState::Done => {}
        }
    }
    counts.open += counts.unassigned;
    counts.to_approve = approval::count_threads(tx, scope).await?;
    Ok(counts)
}

/// Counts the threads that the actor has.
pub async fn count_mine(tx: &mut Tx, actor: &Actor) -> Result<Assigned> {
    Ok(agent_thread::count(tx, actor.scope(), &actor.user.id, actor.user.unread_from).await?)
}

/// A thread with what its row in a list shows.
#[derive(Clone, Debug)]
pub struct ThreadRow {
    /// The thread.
    pub thread: Thread,
    /// Its source.
    pub source: Option<Source>,
    /// Its customer.
    pub identity: Option<Identity>,
    /// Its newest content.
    pub last: Option<Content>,
    /// Its newest open or deferred intervention, else the last one.
    pub case: Option<Intervention>,
    /// Who has that.
    pub agent: Option<User>,
    /// Where it stands, where it is a live chat.
    pub live: Option<ChatThread>,
    /// Something in it waits for approval.
    pub to_approve: bool,
    /// What whoever asks has read of it; none where nobody in particular asks.
    pub mine: Option<Mine>,
}

/// Threads of the inbox.
#[derive(Clone, Debug)]
pub struct Found {
    /// The window of them.
    pub listed: Listed<ThreadRow>,
    /// The conditions of the search box that were not understood, and searched for as words.
    pub as_words: Vec<String>,
}

/// Lists a folder, or all of them, in the folder's order unless the search says otherwise. In a folder of what waits or
/// is worked on, the live chats whose visitors wait stand first, unless something is searched for.
///
/// # Errors
/// 403 for what waits for approval, when the actor may not approve.
pub async fn list(tx: &mut Tx, actor: &Actor, folder: Option<Folder>, asked: Asked, page: Page) -> Result<Found> {
    if folder == Some(Folder::ToApprove) {
        actor.require(Permission::ApproveContent)?;
    }
    let works = matches!(folder, Some(Folder::Mine | Folder::Unassigned | Folder::Open));
    let searched = asked.text.is_some() || asked.typed.is_some();
    let Narrowed { mut wanted, order, as_words } = search_box::narrow(tx, actor, asked).await?;
    wanted = wanted.asked_by(&actor.user.id, actor.user.unread_from);
    let place = folder.map(|f| match f {
        Folder::Mine => ThreadTest::State(vec![ThreadState::Open]),
        Folder::Unassigned => ThreadTest::State(vec![ThreadState::Unassigned]),
        Folder::Open => ThreadTest::State(vec![ThreadState::Unassigned, ThreadState::Open]),
        Folder::Deferred => ThreadTest::State(vec![ThreadState::Deferred]),
        Folder::Done => ThreadTest::State(vec![ThreadState::Done]),
        Folder::ToApprove => ThreadTest::Marks(vec![Mark::ApprovalRequired]),
    });
    let mine = (folder == Some(Folder::Mine)).then(|| ThreadTest::Holder(vec![actor.user.id.clone()]));
    for test in [place, mine].into_iter().flatten() {
        wanted = wanted.with(test);
    }
    let usual = if searched { ThreadOrder::default() } else { usual_order(folder) };
    let order = order.unwrap_or(usual);
    let listed = match works && !searched {
        true => thread_search::list_pressing_first(tx, actor.scope(), &wanted, order, page).await?,
        false => thread_search::list(tx, actor.scope(), &wanted, order, page).await?,
    };
    found(tx, actor, listed, as_words).await
}

/// The order that a folder has unless another one is asked for.
fn usual_order(folder: Option<Folder>) -> ThreadOrder {
    match folder {
        Some(Folder::Mine) => ThreadOrder::Attention,
        Some(Folder::Unassigned) => ThreadOrder::WaitingAsc,
        Some(Folder::Deferred) => ThreadOrder::DeferredAsc,
        Some(Folder::Done) => ThreadOrder::DoneDesc,
        Some(Folder::ToApprove) => ThreadOrder::LastContentAsc,
        Some(Folder::Open) | None => ThreadOrder::default(),
    }
}

async fn found(tx: &mut Tx, actor: &Actor, listed: Listed<Thread>, as_words: Vec<String>) -> Result<Found> {
    let records = rows_for(tx, actor, listed.records).await?;
    Ok(Found { listed: Listed { count: listed.count, records }, as_words })
}

/// Adds to some threads what their rows show, and what the actor has read of them.
pub async fn rows_for(tx: &mut Tx, actor: &Actor, threads: Vec<Thread>) -> Result<Vec<ThreadRow>> {
    let ids: Vec<ThreadId> = threads.iter().map(|thread| thread.id.clone()).collect();
    let read = agent_thread::of_threads(tx, &actor.user.id, &ids).await?;
    let mut rows = rows(tx, threads).await?;
    for row in &mut rows {
        let Thread { last_content_at, attention_ordinal, .. } = row.thread;
        let usual = if last_content_at > actor.user.unread_from { 0 } else { attention_ordinal };
        let otherwise = || Mine { read_ordinal: usual, ..Mine::default() };
        row.mine = Some(read.get(&row.thread.id).copied().unwrap_or_else(otherwise));
    }
    Ok(rows)
}

/// Lists a smart folder, or what of it is asked for.
///
/// # Errors
/// 404 when the actor does not see it.
pub async fn list_folder(tx: &mut Tx, actor: &Actor, id: &FolderId, asked: Asked, page: Page) -> Result<Found> {
    let narrowed = search_box::narrow(tx, actor, asked).await?;
    let as_words = narrowed.as_words.clone();
    let listed = folder::threads(tx, actor, id, narrowed, page).await?;
    found(tx, actor, listed, as_words).await
}

/// Adds to some threads what their rows show, with one query for each kind of thing.
pub async fn rows(tx: &mut Tx, threads: Vec<Thread>) -> Result<Vec<ThreadRow>> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let sources: Vec<SourceId> = threads.iter().map(|t| t.source_id.clone()).collect();
    let sources: HashMap<_, _> = source::by_ids(tx, &sources).await?.into_iter().map(|s| (s.id.clone(), s)).collect();
    let people: Vec<IdentityId> = threads.iter().filter_map(|t| t.identity_id.clone()).collect();
    let people = called(tx, &people).await?;
    let last: Vec<ContentId> = threads.iter().filter_map(|t| t.last_content_id.clone()).collect();
    let last: HashMap<_, _> = content::by_ids(tx, &last).await?.into_iter().map(|c| (c.id.clone(), c)).collect();
    let ids: Vec<ThreadId> = threads.iter().filter(|t| t.interventions_count > 0).map(|t| t.id.clone()).collect();
    let cases = newest_cases(tx, &ids).await?;
    let agents: Vec<UserId> = cases.values().map(|c| c.user_id.clone()).collect();
    let agents = users(tx, &agents).await?;
    let all: Vec<ThreadId> = threads.iter().map(|t| t.id.clone()).collect();
    let waiting: HashSet<ThreadId> = approval::waiting_in(tx, &all).await?.into_iter().collect();
    let live: Vec<ThreadId> = threads.iter().filter(|t| t.is_live_chat()).map(|t| t.id.clone()).collect();
    let live = chat_thread::of_threads(tx, &live).await?;
    let live: HashMap<_, _> = live.into_iter().map(|chat| (chat.thread_id.clone(), chat)).collect();
    Ok(threads
        .into_iter()
        .map(|thread| {
            let case = cases.get(&thread.id).cloned();
            ThreadRow {
                source: sources.get(&thread.source_id).cloned(),
                identity: thread.identity_id.as_ref().and_then(|id| people.get(id)).cloned(),
                last: thread.last_content_id.as_ref().and_then(|id| last.get(id)).cloned(),
                agent: case.as_ref().and_then(|c| agents.get(&c.user_id)).cloned(),
                live: live.get(&thread.id).cloned(),
                to_approve: waiting.contains(&thread.id),
                mine: None,
                case,
                thread,
            }
        })
        .collect())
}

/// Identities by their ids, under the names that their persons have.
async fn called(tx: &mut Tx, ids: &[IdentityId]) -> Result<HashMap<IdentityId, Identity>> {
    let mut all = identity::by_ids(tx, ids).await?;
    people::lend_names(tx, &mut all).await?;
    Ok(all.into_iter().map(|identity| (identity.id.clone(), identity)).collect())
}

/// The intervention that a row shows for each thread: an open one before a closed one, the newest of those.
async fn newest_cases(tx: &mut Tx, ids: &[ThreadId]) -> Result<HashMap<ThreadId, Intervention>> {
    let mut newest: HashMap<ThreadId, Intervention> = HashMap::new();
    for case in intervention::of_threads(tx, ids).await? {
        let better = newest.get(&case.thread_id).is_none_or(|known| case.is_open() || !known.is_open());
        if better {
            newest.insert(case.thread_id.clone(), case);
        }
    }
    Ok(newest)
}

/// Users by their ids.
pub async fn users(tx: &mut Tx, ids: &[UserId]) -> Result<HashMap<UserId, User>> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    Ok(user::ever(tx, &ids).await?.into_iter().map(|u| (u.id.clone(), u)).collect())
}

/// One row.
///
/// # Errors
/// 404 when the actor may not read the thread.
pub async fn row(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<ThreadRow> {
    let thread = thread::find(tx, actor, id).await?;
    rows_for(tx, actor, vec![thread]).await?.pop().ok_or(Error::NotFound("thread"))
}

/// A thread with all that the console shows of it.
#[derive(Clone, Debug)]
pub struct ThreadView {
    /// Its row.
    pub row: ThreadRow,
    /// A window of its contents, oldest first.
    pub contents: Vec<Content>,
    /// There are older ones.
    pub more: bool,
    /// The files of those.
    pub attachments: Vec<Attachment>,
    /// What those have that are mails.
    pub mails: HashMap<ContentId, Posted>,
    /// In which other conversations of other mailboxes those mails are, by their ids on the other side.
    pub elsewhere: HashMap<String, Vec<(SourceId, ThreadId)>>,
    /// The approvals of those that wait for one or were refused.
    pub approvals: HashMap<ContentId, Approval>,
    /// What is to be said of acts on them.
    pub acts: HashMap<ContentId, Acts>,
    /// Who wrote them.
    pub authors: HashMap<IdentityId, Identity>,
    /// Its interventions, oldest first.
    pub cases: Vec<Intervention>,
    /// The comments on it, oldest first.
    pub comments: Vec<Comment>,
    /// The names of those whom these mention, by their ids.
    pub names: HashMap<String, String>,
    /// What was done to it, oldest first.
    pub lines: Vec<Line>,
    /// The users who appear in any of it.
    pub users: HashMap<UserId, User>,
    /// The other threads of its customer, newest activity first.
    pub others: Vec<ThreadRow>,
    /// The customer's group, when there is one.
    pub group: Option<Group>,
    /// The custom fields of persons and of interventions, in their order.
    pub fields: Vec<CustomField>,
    /// The customer's last visit, where the source is a chat.
    pub visit: Option<Visitor>,
    /// The address that they gave in the chat, beside that of their identity.
    pub given_email: Option<String>,
    /// Those of the customer's addresses of mail that do not work.
    pub dead_addresses: Vec<String>,
    /// The custom variables that it defines.
    pub variables: Vec<ChatVariable>,
    /// The pages that they looked at last in this thread, the last one first.
    pub pages: Vec<VisitPage>,
    /// The domain joins people.
    pub merges: bool,
}

/// What those of some contents have that are mails.
async fn mails(tx: &mut Tx, contents: &[Content]) -> Result<HashMap<ContentId, Posted>> {
    let ids: Vec<ContentId> = contents.iter().filter(|c| c.kind == "mail").map(|c| c.id.clone()).collect();
    let found = store::mail::of_contents(tx, &ids).await?;
    Ok(found.into_iter().map(|posted| (posted.mail.content_id.clone(), posted)).collect())
}

/// Where else some mails are that the actor may read.
async fn elsewhere(
    tx: &mut Tx,
    actor: &Actor,
    contents: &[Content],
) -> Result<HashMap<String, Vec<(SourceId, ThreadId)>>> {
    let came = contents.iter().filter(|c| c.kind == "mail");
    let Some(source) = came.clone().next().map(|c| c.source_id.clone()) else { return Ok(HashMap::new()) };
    let ids: Vec<String> = came.filter_map(|c| c.foreign_id.clone()).collect();
    let mut all: HashMap<String, Vec<(SourceId, ThreadId)>> = HashMap::new();
    for (id, source, thread) in store::mail::elsewhere(tx, actor.scope(), &source, &ids).await? {
        all.entry(id).or_default().push((source, thread));
    }
    Ok(all)
}

/// What is known of a customer's visit, as [`ThreadView`] has it.
#[derive(Default)]
struct Visit {
    visit: Option<Visitor>,
    given_email: Option<String>,
    variables: Vec<ChatVariable>,
    pages: Vec<VisitPage>,
}

async fn visit(tx: &mut Tx, thread: &Thread) -> Result<Visit> {
    let Some(customer) = &thread.identity_id else { return Ok(Visit::default()) };
    let Some(visit) = visitor::last_of(tx, &thread.source_id, customer).await? else { return Ok(Visit::default()) };
    Ok(Visit {
        visit: Some(visit),
        given_email: chat_contact::find(tx, customer).await?.and_then(|contact| contact.email),
        variables: chat_variable::of_source(tx, &thread.source_id).await?,
        pages: visit_page::list(tx, &thread.id, Page { offset: 0, limit: WINDOW }).await?.records,
    })
}

/// Looks at a thread: its last contents, or those before `before`.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn view(tx: &mut Tx, actor: &Actor, id: &ThreadId, before: Option<&ContentId>) -> Result<ThreadView> {
    let row = row(tx, actor, id).await?;
    let mut contents = content::page_back(tx, id, before, WINDOW + 1).await?;
    let more = contents.len() > usize::try_from(WINDOW).unwrap_or(usize::MAX);
    contents.truncate(usize::try_from(WINDOW).unwrap_or(usize::MAX));
    contents.reverse();
    let ids: Vec<ContentId> = contents.iter().filter(|c| c.attachments_count > 0).map(|c| c.id.clone()).collect();
    let attachments = store::attachment::of_contents(tx, &ids).await?;
    let mails = mails(tx, &contents).await?;
    let elsewhere = elsewhere(tx, actor, &contents).await?;
    let held: Vec<ContentId> = contents.iter().filter(|c| !c.published).map(|c| c.id.clone()).collect();
    let approvals = approval::of_contents(tx, &held).await?;
    let acts = act::of(tx, actor, |_| row.source.as_ref(), &contents).await?;
    let mut authors: Vec<IdentityId> = contents.iter().map(|c| c.author_id.clone()).collect();
    authors.sort();
    authors.dedup();
    let authors = called(tx, &authors).await?;
    let fields = custom_field::all(tx).await?;
    let cases = cases(tx, id, &fields).await?;
    let comments = comment::of_thread(tx, id).await?;
    let names = mention::names(tx, &comments.iter().map(|c| c.body.as_str()).collect::<Vec<_>>()).await?;
    let lines = lines(tx, id, contents.first().filter(|_| more), before).await?;
    let mut people: Vec<UserId> = contents.iter().filter_map(|c| c.creator_id.clone()).collect();
    people.extend(cases.iter().map(|c| c.user_id.clone()));
    people.extend(comments.iter().map(|c| c.user_id.clone()));
    people.extend(approvals.iter().filter_map(|a| a.decided_by.clone()));
    people.extend(lines.iter().flat_map(|line| [line.by.clone(), line.holder.clone(), line.author.clone()]).flatten());
    let approvals = approvals.into_iter().map(|a| (a.content_id.clone(), a)).collect();
    let users = users(tx, &people).await?;
    let group = match row.identity.as_ref().and_then(|i| i.identity_group_id.as_ref()) {
        // Whoever may read the thread knows of its customer anyway.
        Some(id) => Some(identity_group::find(tx, actor, id).await?),
        None => None,
    };
    let others = others(tx, actor, &row.thread, group.as_ref()).await?;
    let Visit { visit, given_email, variables, pages } = visit(tx, &row.thread).await?;
    let dead_addresses = match &row.identity {
        Some(person) => dead_address::of_customer(tx, person, group.as_ref(), given_email.as_ref()).await?,
        None => Vec::new(),
    };
    Ok(ThreadView {
        row,
        contents,
        more,
        attachments,
        mails,
        elsewhere,
        approvals,
        acts,
        authors,
        cases,
        comments,
        names,
        lines,
        users,
        others,
        group,
        fields,
        visit,
        given_email,
        dead_addresses,
        variables,
        pages,
        merges: identity_merge::is_enabled(tx).await?,
    })
}

/// The lines of a window of contents: from its first one on, or the thread's beginning, and before the one that follows it, or
/// to the thread's end.
async fn lines(tx: &mut Tx, id: &ThreadId, first: Option<&Content>, before: Option<&ContentId>) -> Result<Vec<Line>> {
    let end = match before {
        Some(next) => content::place(tx, id, next).await?,
        None => None,
    };
    thread_line::between(tx, id, (first.map_or(0, |first| first.ordinal), end.unwrap_or(i64::MAX))).await
}

async fn cases(tx: &mut Tx, id: &ThreadId, fields: &[CustomField]) -> Result<Vec<Intervention>> {
    let of_cases = fields.iter().filter(|f| f.associated_type_name == AssociatedType::Intervention);
    let fields: Vec<CustomField> = of_cases.cloned().collect();
    let mut cases = intervention::of_thread(tx, id).await?;
    for case in &mut cases {
        case.custom_fields.0 = filled(&fields, &case.custom_fields);
    }
    Ok(cases)
}

async fn others(tx: &mut Tx, actor: &Actor, thread: &Thread, group: Option<&Group>) -> Result<Vec<ThreadRow>> {
    let mut people: Vec<IdentityId> = thread.identity_id.iter().cloned().collect();
    people.extend(group.into_iter().flat_map(|group| group.identity_ids.clone()));
    let found = threads::of_identities(tx, actor.scope(), &people, Some(&thread.id), 10).await?;
    rows_for(tx, actor, found).await
}

/// Notes that an agent has seen a thread; the customer's contents up to now are read.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn mark_read(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<()> {
    let (mut thread, _) = thread::lock(tx, actor, id).await?;
    loop {
        let said = content::said_since(tx, id, thread.agent_read_ordinal, 200).await?;
        let Some((_, last)) = said.last() else { break };
        thread.see(*last);
        tx.update(&thread).await?;
        let ids: Vec<ContentId> = said.into_iter().map(|(id, _)| id).collect();
        let more = json!({"reader": "agent", "content_ids": ids});
        journal::thread(tx, EventType::ContentRead, Some(&actor.user.id), &thread, more);
    }
    // What the source said by itself has been seen too; nobody needs to be told.
    if !thread.is_seen(thread.last_ordinal) {
        thread.see(thread.last_ordinal);
        tx.update(&thread).await?;
    }
    Ok(())
}
