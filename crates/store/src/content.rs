//! Contents: the messages of threads.

use std::collections::HashMap;

use model::{
    BodyFormat, CategoryId, ContentId, ContentStatus, CreatedFrom, IdentityId, InterventionId, SourceId, SyncStatus,
    ThreadId, Timestamp, UserId,
};
use serde_json::{Map, Value as JsonValue};

use crate::intervention::Intervention;
use crate::table::for_each;
use crate::thread::Thread;
use crate::{Error, Json, Row, Scope, Tx, params, table};

table! {
    /// One message in a thread.
    pub struct Content in "contents" {
        /// Its id.
        id: ContentId,
        /// Its thread.
        thread_id: ThreadId,
        /// Its place in the thread, from 1: taken under the thread's lock, whatever the clock shows.
        ordinal: i64,
        /// Its source.
        source_id: SourceId,
        /// Its id on the other side.
        foreign_id: Option<String>,
        /// Whose word it is.
        author_id: IdentityId,
        /// The agent or bot who wrote it.
        creator_id: Option<UserId>,
        /// The content that it answers.
        in_reply_to_id: Option<ContentId>,
        /// The author of that.
        in_reply_to_author_id: Option<IdentityId>,
        /// Its type within its source: `message`, `private_message`, `thread`, `mail`.
        kind: String,
        /// Where it stands.
        status: ContentStatus,
        /// Its subject.
        title: Option<String>,
        /// Its text: as written for text, the text of the HTML otherwise.
        body: String,
        /// Its sanitized HTML, when it was written in HTML.
        html: Option<String>,
        /// How it was written.
        body_input_format: BodyFormat,
        /// Its language.
        language: Option<String>,
        /// Not public on the other side.
        private: bool,
        /// Visible on the other side.
        published: bool,
        /// Waits for approval before it goes out.
        approval_required: bool,
        /// Written by a machine.
        auto_submitted: bool,
        /// The first of its thread.
        first_in_thread: bool,
        /// Removed on the other side.
        remotely_deleted: bool,
        /// Its author was erased, and all that it said.
        anonymized: bool,
        /// What can be done with it on the other side, as that has told; none when it has not.
        remote_actions: Option<Json<Vec<String>>>,
        /// When its text last changed on the other side.
        edited_at: Option<Timestamp>,
        /// When it last changed there, as the other side tells.
        remote_updated_at: Option<Timestamp>,
        /// Which way it came in.
        created_from: CreatedFrom,
        /// The intervention that it belongs to.
        intervention_id: Option<InterventionId>,
        /// Its categories.
        category_ids: Json<Vec<CategoryId>>,
        /// Its categories on the other side.
        foreign_categories: Json<Vec<String>>,
        /// What the source told of its circumstances.
        context_data: Json<Map<String, JsonValue>>,
        /// A structured message, as given.
        structured_content: Option<Json<JsonValue>>,
        /// Where it can be seen on the other side.
        source_url: Option<String>,
        /// The sender's name as the other side shows it.
        sender_name: Option<String>,
        /// How many attachments it has.
        attachments_count: i64,
        /// What somebody else's analysis of its sentiment says.
        custom_score: Option<f64>,
        /// How it fares on its way to the other side; none for what came in.
        synchronization_status: Option<SyncStatus>,
        /// Why it did not arrive.
        synchronization_error: Option<String>,
        /// When the other side had received it.
        delivered_at: Option<Timestamp>,
        /// When the other side had read it.
        read_at: Option<Timestamp>,
        /// When it was written.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Content {
    /// A new, empty content by `author_id` at the end of a thread, which is held or new: plain text, published, with
    /// status `new`.
    #[must_use]
    pub fn new(thread: &Thread, author_id: IdentityId, now: Timestamp) -> Self {
        Self {
            id: ContentId::new(now),
            thread_id: thread.id.clone(),
            ordinal: thread.last_ordinal + 1,
            source_id: thread.source_id.clone(),
            foreign_id: None,
            author_id,
            creator_id: None,
            in_reply_to_id: None,
            in_reply_to_author_id: None,
            kind: "message".into(),
            status: ContentStatus::New,
            title: None,
            body: String::new(),
            html: None,
            body_input_format: BodyFormat::Text,
            language: None,
            private: false,
            published: true,
            approval_required: false,
            auto_submitted: false,
            first_in_thread: false,
            remotely_deleted: false,
            anonymized: false,
            remote_actions: None,
            edited_at: None,
            remote_updated_at: None,
            created_from: CreatedFrom::Synchronizer,
            intervention_id: None,
            category_ids: Json::default(),
            foreign_categories: Json::default(),
            context_data: Json::default(),
            structured_content: None,
            source_url: None,
            sender_name: None,
            attachments_count: 0,
            custom_score: None,
            synchronization_status: None,
            synchronization_error: None,
            delivered_at: None,
            read_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether an agent or bot wrote it, rather than a customer.
    #[must_use]
    pub fn is_from_agent(&self) -> bool {
        matches!(self.status, ContentStatus::UserReply | ContentStatus::UserInitiated)
    }
}

/// Finds a content within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &ContentId) -> Result<Option<Content>, Error> {
    let found = tx.find::<Content>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|c| scope.allows(&c.source_id)))
}

/// Every kind of content: the index of the ids on the other side begins with them.
const KINDS: &str = "('message', 'private_message', 'thread', 'mail')";

/// Finds a content of any kind by its id on the other side.
pub async fn find_foreign(tx: &mut Tx, source: &SourceId, foreign_id: &str) -> Result<Option<Content>, Error> {
    let clause = format!("WHERE source_id = ?1 AND kind IN {KINDS} AND foreign_id = ?2 ORDER BY id LIMIT 1");
    tx.find(&clause, params![source, foreign_id.to_owned()]).await
}

/// What stands for an id on the other side once its content or thread is erased: it tells whether the same comes again, and
/// nothing else.
#[must_use]
pub fn erased_id(source: &SourceId, foreign_id: &str) -> String {
    let hash = crypto::token_hash(&format!("{source} {foreign_id}"));
    format!("erased:{}", hash.get(..32).unwrap_or_default())
}

/// Finds a content of one kind by its id on the other side, where each kind has ids of its own; also one that was erased.
pub async fn find_of_kind(
    tx: &mut Tx,
    source: &SourceId,
    kind: &str,
    foreign_id: &str,
) -> Result<Option<Content>, Error> {
    let clause = "WHERE source_id = ?1 AND kind = ?2 AND foreign_id IN (?3, ?4)";
    let erased = erased_id(source, foreign_id);
    tx.find(clause, params![source, kind.to_owned(), foreign_id.to_owned(), erased]).await
}

/// Which of these ids on the other side contents of one kind have (PostgreSQL).
pub async fn known_of_kind(
    tx: &mut Tx,
    source: &SourceId,
    kind: &str,
    foreign_ids: &[String],
) -> Result<Vec<String>, Error> {
    let one = "SELECT 1 FROM contents WHERE source_id = ?2 AND kind = ?3 AND foreign_id = e.id LIMIT 1";
    let erased = foreign_ids.iter().map(|id| (erased_id(source, id), id));
    let erased: HashMap<String, &String> = erased.collect();
    let list = Json(foreign_ids.iter().chain(erased.keys()).cloned().collect::<Vec<_>>());
    let mut rows = tx.rows(&for_each("e.id", one), params![list, source, kind.to_owned()]).await?;
    let known = rows.iter_mut().map(Row::take::<String>).collect::<Result<Vec<_>, _>>()?;
    Ok(known.into_iter().map(|id| erased.get(&id).map_or(id, |id| (*id).clone())).collect())
}

/// Finds the content that one of this kind answers by its id on the other side: one of the same kind, else any.
pub async fn find_answered(
    tx: &mut Tx,
    source: &SourceId,
    kind: &str,
    foreign_id: &str,
) -> Result<Option<Content>, Error> {
    let clause = format!(
        "WHERE source_id = ?1 AND kind IN {KINDS} AND foreign_id = ?2 \
         ORDER BY CASE WHEN kind = ?3 THEN 0 ELSE 1 END, id LIMIT 1"
    );
    tx.find(&clause, params![source, foreign_id.to_owned(), kind.to_owned()]).await
}

/// Notes what a content answers, where that is not known yet; both by their ids on the other side.
pub async fn link(
    tx: &mut Tx,
    source: &SourceId,
    kind: &str,
    foreign_id: &str,
    answered: &Content,
) -> Result<(), Error> {
    let sql = "UPDATE contents SET in_reply_to_id = ?4, in_reply_to_author_id = ?5 \
               WHERE source_id = ?1 AND kind = ?2 AND foreign_id = ?3 AND in_reply_to_id IS NULL AND id <> ?4";
    let values = params![source, kind.to_owned(), foreign_id.to_owned(), answered.id, answered.author_id];
    tx.execute(sql, values).await.map(drop)
}

/// A window of a thread's contents, newest first: those before `before`, or the last ones; none before one that is not of
/// this thread.
pub async fn page_back(
    tx: &mut Tx,
    thread: &ThreadId,
    before: Option<&ContentId>,
    limit: i64,
) -> Result<Vec<Content>, Error> {
    match before {
        None => tx.select("WHERE thread_id = ?1 ORDER BY ordinal DESC LIMIT ?2", params![thread, limit]).await,
        Some(id) => {
            let clause = format!("WHERE thread_id = ?1 AND ordinal < {PLACE} ORDER BY ordinal DESC LIMIT ?3");
            tx.select(&clause, params![thread, id, limit]).await
        }
    }
}

/// The place of a content in a thread.
pub async fn place(tx: &mut Tx, thread: &ThreadId, id: &ContentId) -> Result<Option<i64>, Error> {
    tx.rows(&format!("SELECT {PLACE}"), params![thread, id]).await?.first_mut().map_or(Ok(None), crate::Row::take)
}

/// The place of the content `?2` in the thread `?1`; null when it is not of that thread.
const PLACE: &str = "(SELECT ordinal FROM contents WHERE id = ?2 AND thread_id = ?1)";

/// The last content of a thread that its customer sees.
pub async fn last_shown(tx: &mut Tx, thread: &ThreadId) -> Result<Option<Content>, Error> {
    let clause = "WHERE thread_id = ?1 AND published = TRUE AND approval_required = FALSE \
                  AND remotely_deleted = FALSE AND anonymized = FALSE ORDER BY ordinal DESC LIMIT 1";
    tx.find(clause, params![thread]).await
}

/// Contents by their ids.
pub async fn by_ids(tx: &mut Tx, ids: &[ContentId]) -> Result<Vec<Content>, Error> {
    tx.by_ids(ids).await
}

/// The contents of a thread that wait for somebody, oldest first.
pub async fn waiting(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Content>, Error> {
    tx.select("WHERE thread_id = ?1 AND status = 'new' ORDER BY +ordinal", params![thread]).await
}

/// How many contents of a thread wait for somebody, and when the first of them was written.
pub async fn count_waiting(tx: &mut Tx, thread: &ThreadId) -> Result<(i64, Option<Timestamp>), Error> {
    let sql = "SELECT COUNT(*), MIN(created_at) FROM contents WHERE thread_id = ?1 AND status = 'new'";
    match tx.rows(sql, params![thread]).await?.first_mut() {
        Some(row) => Ok((row.take()?, row.take()?)),
        None => Ok((0, None)),
    }
}

/// The categories of a thread's contents, some of them more than once.
pub async fn categories(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<CategoryId>, Error> {
    let sql = "SELECT DISTINCT category_ids FROM contents WHERE thread_id = ?1 AND category_ids <> '[]'";
    let mut all = Vec::new();
    for row in &mut tx.rows(sql, params![thread]).await? {
        all.extend(row.take::<Json<Vec<CategoryId>>>()?.0);
    }
    Ok(all)
}

/// When the first of a customer's contents that wait for somebody in a thread was written.
pub async fn waits_since(tx: &mut Tx, thread: &ThreadId, customer: &IdentityId) -> Result<Option<Timestamp>, Error> {
    // The `+` has the few that wait sorted, rather than the thread walked.
    let sql = "SELECT created_at FROM contents WHERE thread_id = ?1 AND author_id = ?2 AND status = 'new' \
               ORDER BY +ordinal LIMIT 1";
    tx.rows(sql, params![thread, customer]).await?.first_mut().map(crate::Row::take).transpose()
}

/// When the first of what a customer said in a thread after a content, and that still has no answer, was written.
pub async fn unanswered_since(tx: &mut Tx, customer: &IdentityId, after: &Content) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT created_at FROM contents WHERE thread_id = ?1 AND author_id = ?2 AND ordinal > ?3 \
               AND status IN ('new', 'assigned') ORDER BY +ordinal LIMIT 1";
    let values = params![after.thread_id, customer, after.ordinal];
    tx.rows(sql, values).await?.first_mut().map(crate::Row::take).transpose()
}

/// Notes that what a customer said in a thread, up to a content, has an answer.
pub async fn mark_answered(tx: &mut Tx, customer: &IdentityId, up_to: &Content) -> Result<(), Error> {
    let sql = "UPDATE contents SET status = 'replied', updated_at = ?1 \
               WHERE thread_id = ?2 AND author_id = ?3 AND ordinal <= ?4 AND status IN ('new', 'assigned')";
    let now = tx.now();
    tx.execute(sql, params![now, up_to.thread_id, customer, up_to.ordinal]).await.map(drop)
}

/// Puts what waits of an intervention's customer under it, and the content that was engaged even if it had been
/// archived.
pub async fn take_over(tx: &mut Tx, case: &Intervention, engaged: &ContentId) -> Result<(), Error> {
    let sql = "UPDATE contents SET status = 'assigned', intervention_id = ?1, updated_at = ?2 \
               WHERE thread_id = ?3 AND author_id = ?4 \
               AND (status = 'new' OR (id = ?5 AND status IN ('ignored', 'forwarded')))";
    let now = tx.now();
    tx.execute(sql, params![case.id, now, case.thread_id, case.identity_id, engaged]).await.map(drop)
}

/// Notes that what is still open under an intervention counts as answered.
pub async fn settle(tx: &mut Tx, case: &InterventionId) -> Result<(), Error> {
    let sql =
        "UPDATE contents SET status = 'replied', updated_at = ?1 WHERE intervention_id = ?2 AND status = 'assigned'";
    let now = tx.now();
    tx.execute(sql, params![now, case]).await.map(drop)
}

/// Lets what nobody has answered under an intervention wait again, for anybody.
pub async fn release(tx: &mut Tx, case: &InterventionId) -> Result<(), Error> {
    let sql = "UPDATE contents SET status = 'new', intervention_id = NULL, updated_at = ?1 \
               WHERE intervention_id = ?2 AND status = 'assigned'";
    let now = tx.now();
    tx.execute(sql, params![now, case]).await.map(drop)
}

/// Takes every content out of an intervention that is to be removed.
pub async fn forget_intervention(tx: &mut Tx, case: &InterventionId) -> Result<(), Error> {
    tx.execute("UPDATE contents SET intervention_id = NULL WHERE intervention_id = ?1", params![case]).await.map(drop)
}

/// Lets a customer's last word in a thread wait for somebody, answered or not, unless it was archived.
pub async fn wait_again(tx: &mut Tx, thread: &ThreadId, customer: &IdentityId) -> Result<(), Error> {
    let sql = "UPDATE contents SET status = 'new', intervention_id = NULL, updated_at = ?1 WHERE id = \
               (SELECT id FROM contents WHERE thread_id = ?2 AND author_id = ?3 AND status <> 'ignored' \
                ORDER BY ordinal DESC LIMIT 1)";
    let now = tx.now();
    tx.execute(sql, params![now, thread, customer]).await.map(drop)
}

/// The customers' contents of a thread that come after a place in it, in order, each with its place.
pub async fn said_since(
    tx: &mut Tx,
    thread: &ThreadId,
    after: i64,
    limit: i64,
) -> Result<Vec<(ContentId, i64)>, Error> {
    let sql = "SELECT id, ordinal FROM contents WHERE thread_id = ?1 AND ordinal > ?2 \
               AND status NOT IN ('user_reply', 'user_initiated') ORDER BY ordinal LIMIT ?3";
    let mut rows = tx.rows(sql, params![thread, after, limit]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Notes that a visitor has read agents' contents of a thread up to one; gives those that were not read before. One that
/// is not of this thread changes nothing.
pub async fn mark_read(tx: &mut Tx, thread: &ThreadId, up_to: &ContentId) -> Result<Vec<ContentId>, Error> {
    let sql = format!(
        "UPDATE contents SET read_at = ?3, delivered_at = COALESCE(delivered_at, ?3) \
         WHERE thread_id = ?1 AND ordinal <= {PLACE} AND read_at IS NULL AND published = TRUE \
         AND status IN ('user_reply', 'user_initiated') RETURNING id"
    );
    let now = tx.now();
    tx.rows(&sql, params![thread, up_to, now]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Whether the last content of a thread that an agent or bot wrote has not reached the other side.
pub async fn last_answer_failed(tx: &mut Tx, thread: &ThreadId) -> Result<bool, Error> {
    let sql = "SELECT COALESCE(synchronization_status, '') FROM contents WHERE thread_id = ?1 \
               AND status IN ('user_reply', 'user_initiated') AND created_from <> 'automatic' \
               ORDER BY ordinal DESC LIMIT 1";
    let status = tx.rows(sql, params![thread]).await?.first_mut().map(crate::Row::take::<String>).transpose()?;
    Ok(status.as_deref() == Some(SyncStatus::Error.as_str()))
}

/// How many agents' contents of a thread its visitor sees and has not read.
pub async fn count_unread(tx: &mut Tx, thread: &ThreadId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM contents WHERE thread_id = ?1 AND read_at IS NULL AND published = TRUE \
               AND approval_required = FALSE AND remotely_deleted = FALSE AND anonymized = FALSE \
               AND status IN ('user_reply', 'user_initiated')";
    tx.number(sql, params![thread]).await
}

/// The last content of a thread that is a customer's, whoever they are.
pub async fn newest_said(tx: &mut Tx, thread: &ThreadId) -> Result<Option<Content>, Error> {
    let clause =
        "WHERE thread_id = ?1 AND status NOT IN ('user_reply', 'user_initiated') ORDER BY ordinal DESC LIMIT 1";
    tx.find(clause, params![thread]).await
}

/// The last content that a customer wrote in a thread.
pub async fn last_said(tx: &mut Tx, thread: &ThreadId, author: &IdentityId) -> Result<Option<Content>, Error> {
    let clause = "WHERE thread_id = ?1 AND author_id = ?2 AND status NOT IN ('user_reply', 'user_initiated') \
                  ORDER BY ordinal DESC LIMIT 1";
    tx.find(clause, params![thread, author]).await
}

/// Whether nobody had said anything in a thread before a content, but machines.
pub async fn is_first_word(tx: &mut Tx, content: &Content) -> Result<bool, Error> {
    let clause = "WHERE thread_id = ?1 AND ordinal < ?2 AND NOT auto_submitted LIMIT 1";
    let before: Option<Content> = tx.find(clause, params![content.thread_id, content.ordinal]).await?;
    Ok(before.is_none())
}

/// Whether the author of a content had said something in its thread before.
pub async fn has_said_before(tx: &mut Tx, content: &Content) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM contents WHERE thread_id = ?1 AND ordinal < ?2 AND author_id = ?3 LIMIT 1";
    let found = tx.rows(sql, params![content.thread_id, content.ordinal, content.author_id]).await?;
    Ok(!found.is_empty())
}
