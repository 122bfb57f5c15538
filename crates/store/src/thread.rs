//! Threads: conversations on a source.

use std::collections::HashMap;

use model::{
    CategoryId, ChatMode, ContentId, IdentityId, Owner, SourceId, TagId, ThreadId, ThreadState, Timestamp, Trouble,
    UserId,
};
use serde_json::{Map, Value as JsonValue};

use crate::table::for_each;
use crate::{Error, Filter, Json, Row, Scope, Table, Tx, params, table};

table! {
    /// A conversation on a source.
    pub struct Thread in "content_threads" {
        /// Its id.
        id: ThreadId,
        /// Where it takes place.
        source_id: SourceId,
        /// How it goes, where it is a chat's.
        chat_mode: Option<ChatMode>,
        /// Its id on the other side.
        foreign_id: Option<String>,
        /// Its subject.
        title: Option<String>,
        /// It had one, and that was erased: none is taken over any more.
        title_erased: bool,
        /// The text of its first content, cut.
        opening: Option<String>,
        /// Its first content.
        first_content_id: Option<ContentId>,
        /// Whose word that is.
        first_content_author_id: Option<IdentityId>,
        /// When it first had a category.
        first_categorization_at: Option<Timestamp>,
        /// Who has or had an intervention, by the order of these.
        intervention_user_ids: Json<Vec<UserId>>,
        /// Who has an open or deferred one.
        opened_intervention_user_ids: Json<Vec<UserId>>,
        /// Locked: nobody can write to it.
        closed: bool,
        /// The customer cannot type.
        text_input_disabled: bool,
        /// Not public on the other side.
        private: bool,
        /// The categories of its contents and its own, together.
        category_ids: Json<Vec<CategoryId>>,
        /// The categories set on the thread itself.
        thread_category_ids: Json<Vec<CategoryId>>,
        /// The tags set on it.
        tag_ids: Json<Vec<TagId>>,
        /// What the source told of it.
        extra_data: Json<Map<String, JsonValue>>,
        /// How many contents it has.
        contents_count: i64,
        /// How many interventions it has had.
        interventions_count: i64,
        /// The customer who began it, or to whom it was begun.
        identity_id: Option<IdentityId>,
        /// Its last content.
        last_content_id: Option<ContentId>,
        /// The place of that, 0 without any: the next one has the next.
        last_ordinal: i64,
        /// When something was said last.
        last_content_at: Timestamp,
        /// How many contents nobody has taken care of.
        new_contents_count: i64,
        /// How many interventions are open or deferred.
        open_interventions_count: i64,
        /// Who has the newest open or deferred intervention.
        assigned_user_id: Option<UserId>,
        /// The same with type and name, as it is shown.
        owner: Option<Json<Owner>>,
        /// Grows each time that the owner changes.
        owner_epoch: i64,
        /// When the thread goes to people, while a bot has it and its customer waits.
        lease_until: Option<Timestamp>,
        /// The bot that had it last.
        last_bot_id: Option<UserId>,
        /// The bot that gave it to people, until somebody gives it to a bot again or it has ended.
        handed_over_by: Option<UserId>,
        /// How many contents bots have written in it since its customer's last word.
        bot_streak: i64,
        /// Where it stands, as [`ThreadState::folder`] calls it.
        folder: String,
        /// Since when a customer waits in it.
        waiting_since: Option<Timestamp>,
        /// Until when it is put aside, where all its open interventions are.
        deferred_at: Option<Timestamp>,
        /// Since when nothing is to be done in it.
        done_at: Option<Timestamp>,
        /// The place of the last word that is not the company's.
        attention_ordinal: i64,
        /// Why the last answer in it is to be looked at.
        trouble: Option<Trouble>,
        /// The place up to which agents have seen its contents.
        agent_read_ordinal: i64,
        /// How many agents' contents the visitor has not read.
        visitor_unread: i64,
        /// When it began.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Thread {
    /// A new, empty thread.
    #[must_use]
    pub fn new(source_id: SourceId, now: Timestamp) -> Self {
        Self {
            id: ThreadId::new(now),
            source_id,
            chat_mode: None,
            foreign_id: None,
            title: None,
            title_erased: false,
            opening: None,
            first_content_id: None,
            first_content_author_id: None,
            first_categorization_at: None,
            intervention_user_ids: Json::default(),
            opened_intervention_user_ids: Json::default(),
            closed: false,
            text_input_disabled: false,
            private: false,
            category_ids: Json::default(),
            thread_category_ids: Json::default(),
            tag_ids: Json::default(),
            extra_data: Json::default(),
            contents_count: 0,
            interventions_count: 0,
            identity_id: None,
            last_content_id: None,
            last_ordinal: 0,
            last_content_at: now,
            new_contents_count: 0,
            open_interventions_count: 0,
            assigned_user_id: None,
            owner: None,
            owner_epoch: 0,
            lease_until: None,
            last_bot_id: None,
            handed_over_by: None,
            bot_streak: 0,
            folder: ThreadState::Done.folder().into(),
            waiting_since: None,
            deferred_at: None,
            done_at: Some(now),
            attention_ordinal: 0,
            trouble: None,
            agent_read_ordinal: 0,
            visitor_unread: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

impl Thread {
    /// Gives it a title where it has none, and may have one.
    pub fn entitle(&mut self, title: Option<&String>) {
        if self.title.is_none() && !self.title_erased {
            self.title = title.cloned();
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ThreadState {
        ThreadState::of_folder(&self.folder)
    }

    /// Whether it is a live chat's.
    #[must_use]
    pub fn is_live_chat(&self) -> bool {
        self.chat_mode == Some(ChatMode::LiveChat)
    }

    /// Whether it is that of a live chat that has ended.
    #[must_use]
    pub fn is_ended_chat(&self) -> bool {
        self.closed && self.is_live_chat()
    }

    /// What it is called where it must have a title: its subject, else what was said first.
    #[must_use]
    pub fn shown_title(&self) -> Option<&str> {
        self.title.as_deref().or(self.opening.as_deref())
    }

    /// Whether agents have seen what stands at a place of this thread.
    #[must_use]
    pub fn is_seen(&self, ordinal: i64) -> bool {
        ordinal <= self.agent_read_ordinal
    }

    /// Notes that agents have seen everything up to a place.
    pub fn see(&mut self, ordinal: i64) {
        self.agent_read_ordinal = self.agent_read_ordinal.max(ordinal);
    }
}

/// Finds a thread within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &ThreadId) -> Result<Option<Thread>, Error> {
    let found = tx.find::<Thread>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|t| scope.allows(&t.source_id)))
}

/// Those threads of these ids that there are.
pub async fn by_ids(tx: &mut Tx, ids: &[ThreadId]) -> Result<Vec<Thread>, Error> {
    tx.by_ids(ids).await
}

/// Finds a thread within the scope and holds it: every change of a thread, its contents or its interventions begins
/// here, so that two writers never cross and never wait for each other in a circle.
pub async fn lock(tx: &mut Tx, scope: &Scope, id: &ThreadId) -> Result<Option<Thread>, Error> {
    let found = tx.find_locked::<Thread>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|t| scope.allows(&t.source_id)))
}

/// Finds a thread by its id on the other side and holds it.
pub async fn lock_foreign(tx: &mut Tx, source: &SourceId, foreign_id: &str) -> Result<Option<Thread>, Error> {
    tx.find_locked("WHERE source_id = ?1 AND foreign_id = ?2", params![source, foreign_id.to_owned()]).await
}

/// Which of these ids on the other side threads have (PostgreSQL).
pub async fn known_foreign(tx: &mut Tx, source: &SourceId, foreign_ids: &[String]) -> Result<Vec<String>, Error> {
    let one = "SELECT 1 FROM content_threads WHERE source_id = ?2 AND foreign_id = e.id LIMIT 1";
    let rows = tx.rows(&for_each("e.id", one), params![Json(foreign_ids.to_vec()), source]).await;
    rows?.iter_mut().map(Row::take).collect()
}

/// Finds the threads with these ids on the other side that nobody holds, and holds them: it waits for none (PostgreSQL).
pub async fn lock_free_foreign(tx: &mut Tx, source: &SourceId, foreign_ids: &[String]) -> Result<Vec<Thread>, Error> {
    let which = "WHERE source_id = ?2 AND foreign_id = e.id LIMIT 1 FOR UPDATE SKIP LOCKED";
    let one = format!("{} {which}", Thread::select_sql());
    let rows = tx.rows(&for_each("found.*", &one), params![Json(foreign_ids.to_vec()), source]).await;
    rows?.iter_mut().map(Thread::from_row).collect()
}

/// Finds a thread by its id on the other side.
pub async fn find_foreign(tx: &mut Tx, source: &SourceId, foreign_id: &str) -> Result<Option<Thread>, Error> {
    tx.find("WHERE source_id = ?1 AND foreign_id = ?2", params![source, foreign_id.to_owned()]).await
}

/// The public or private thread with the newest activity that somebody has on a source.
pub async fn newest_of(
    tx: &mut Tx,
    source: &SourceId,
    identity: &IdentityId,
    private: bool,
) -> Result<Option<Thread>, Error> {
    let by = tx.backend().by("threads_identity");
    let clause = format!(
        "{by} WHERE identity_id = ?1 AND source_id = ?2 AND private = ?3 ORDER BY last_content_at DESC, id DESC LIMIT 1"
    );
    tx.find(&clause, params![identity, source, private]).await
}

/// The threads that somebody has on a source in which something was said since a moment, newest first.
pub async fn recent_of(
    tx: &mut Tx,
    source: &SourceId,
    identity: &IdentityId,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Thread>, Error> {
    let by = tx.backend().by("threads_identity");
    let clause = format!(
        "{by} WHERE identity_id = ?1 AND source_id = ?2 AND last_content_at >= ?3 \
         ORDER BY last_content_at DESC, id DESC LIMIT {limit}"
    );
    tx.select(&clause, params![identity, source, since]).await
}

/// The thread with the newest activity that somebody has on a source and that is not closed.
pub async fn newest_open_of(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Option<Thread>, Error> {
    let clause =
        "WHERE identity_id = ?1 AND source_id = ?2 AND NOT closed ORDER BY last_content_at DESC, id DESC LIMIT 1";
    tx.find(clause, params![identity, source]).await
}

/// Whether a messaging source has a thread that is not closed.
pub async fn any_open(tx: &mut Tx, source: &SourceId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM content_threads WHERE source_id = ?1 AND chat_mode = 'messaging' AND NOT closed LIMIT 1";
    Ok(!tx.rows(sql, params![source]).await?.is_empty())
}

/// Threads of a messaging source that are not closed, and in which nobody has said or done anything since a moment,
/// oldest first.
pub async fn quiet_since(
    tx: &mut Tx,
    source: &SourceId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT id FROM content_threads WHERE chat_mode = 'messaging' AND NOT closed AND source_id = ?1 \
               AND last_content_at < ?2 AND updated_at < ?2 ORDER BY last_content_at LIMIT ?3";
    tx.rows(sql, params![source, before, limit]).await?.iter_mut().map(crate::Row::take).collect()
}

/// The threads of a customer's identities within the scope that a bot has given to people.
pub async fn handed_over(tx: &mut Tx, scope: &Scope, identities: &[IdentityId]) -> Result<Vec<ThreadId>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_in("identity_id", identities);
    filter.and("handed_over_by IS NOT NULL");
    let sql = format!("SELECT id FROM content_threads {} ORDER BY id LIMIT 100", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// The threads of a customer's identities within the scope, newest activity first, without one of them.
pub async fn of_identities(
    tx: &mut Tx,
    scope: &Scope,
    identities: &[IdentityId],
    without: Option<&ThreadId>,
    limit: i64,
) -> Result<Vec<Thread>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_in("identity_id", identities);
    filter.and_some("id <> ?", without);
    let clause = format!("{} ORDER BY last_content_at DESC, id DESC LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params).await
}

/// How many agents' contents a customer has not read on a source, and how many threads are not closed there.
pub async fn count_of_identity(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<(i64, i64), Error> {
    let by = tx.backend().by("threads_identity");
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(visitor_unread), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN closed THEN 0 ELSE 1 END), 0) AS BIGINT) \
         FROM content_threads {by} WHERE identity_id = ?1 AND source_id = ?2"
    );
    match tx.rows(&sql, params![identity, source]).await?.first_mut() {
        Some(row) => Ok((row.take()?, row.take()?)),
        None => Ok((0, 0)),
    }
}

/// The threads of a customer on a source in which they have not read something, newest activity first, each with how much.
pub async fn unread_of_identity(
    tx: &mut Tx,
    source: &SourceId,
    identity: &IdentityId,
    limit: i64,
) -> Result<Vec<(ThreadId, i64)>, Error> {
    let by = tx.backend().by("threads_identity");
    let sql = format!(
        "SELECT id, visitor_unread FROM content_threads {by} WHERE identity_id = ?1 AND source_id = ?2 \
         AND visitor_unread > 0 ORDER BY last_content_at DESC, id DESC LIMIT {limit}"
    );
    let mut rows = tx.rows(&sql, params![identity, source]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// The categories set on these threads themselves; threads without any are left out.
pub async fn own_categories(tx: &mut Tx, threads: &[ThreadId]) -> Result<Vec<(ThreadId, Vec<CategoryId>)>, Error> {
    let mut filter = Filter::default();
    filter.and_in("id", threads);
    filter.and("thread_category_ids <> '[]'");
    let sql = format!("SELECT id, thread_category_ids FROM content_threads {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take::<Json<Vec<CategoryId>>>()?.0))).collect()
}

/// The thread of a customer within the scope that is not closed and in which something was said last.
pub async fn last_open_of(tx: &mut Tx, scope: &Scope, identity: &IdentityId) -> Result<Option<Thread>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_value("identity_id = ?", identity);
    filter.and("NOT closed");
    tx.find(&format!("{} ORDER BY last_content_at DESC, id DESC LIMIT 1", filter.clause()), filter.params).await
}

/// The threads of some people that are not closed, newest activity first, so many at the most.
pub async fn open_of_identities(
    tx: &mut Tx,
    scope: &Scope,
    identities: &[IdentityId],
    limit: i64,
) -> Result<Vec<Thread>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_in("identity_id", identities);
    filter.and("NOT closed");
    let clause = format!("{} ORDER BY last_content_at DESC, id DESC LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params).await
}

/// Threads of a source that wait for somebody and whose newest content is older than a moment, oldest first.
pub async fn waiting_since(
    tx: &mut Tx,
    source: &SourceId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<ThreadId>, Error> {
    // Few of a source's threads wait.
    let by = tx.backend().by("threads_folder");
    let sql = format!(
        "SELECT id FROM content_threads {by} WHERE folder = 'new' AND last_content_at < ?2 AND source_id = ?1 \
         ORDER BY last_content_at LIMIT ?3"
    );
    tx.rows(&sql, params![source, before, limit]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Threads that a bot has had for longer than its customer should wait, those first that are over longest.
pub async fn leases_over(tx: &mut Tx, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT id FROM content_threads WHERE lease_until <= ?1 ORDER BY lease_until LIMIT ?2";
    tx.rows(sql, params![tx.now(), limit]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Threads of which a bot's lease ends later than after a time, those first that end last.
pub async fn leases_after(tx: &mut Tx, time: Timestamp, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT id FROM content_threads WHERE lease_until > ?1 ORDER BY lease_until DESC LIMIT ?2";
    tx.rows(sql, params![time, limit]).await?.iter_mut().map(crate::Row::take).collect()
}

/// When the next bot's lease ends.
pub async fn next_lease(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT MIN(lease_until) FROM content_threads WHERE lease_until IS NOT NULL";
    match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(None),
    }
}

/// The epochs of some threads.
pub async fn epochs(tx: &mut Tx, ids: &[ThreadId]) -> Result<HashMap<ThreadId, i64>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let list = crate::placeholders(1, ids.len());
    let sql = format!("SELECT id, owner_epoch FROM content_threads WHERE id IN ({list})");
    let mut rows = tx.rows(&sql, ids.iter().map(crate::Field::to_value).collect()).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Has every thread of a user show their new name or type.
pub async fn rename_owner(tx: &mut Tx, owner: &Owner) -> Result<(), Error> {
    let sql = "UPDATE content_threads SET owner = ?2 WHERE assigned_user_id = ?1";
    tx.execute(sql, params![owner.id, Json(owner.clone())]).await.map(drop)
}
