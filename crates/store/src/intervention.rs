//! Interventions: agents' and bots' cases.

use model::{
    CategoryId, ChannelId, ContentId, IdentityId, InterventionId, InterventionStatus, SourceId, ThreadId, Timestamp,
    UserId,
};
use serde_json::{Map, Value as JsonValue};

use crate::search::FEW;
use crate::{Backend, Error, Filter, Json, Listed, Page, Scope, Tx, params, table};

table! {
    /// An agent's or bot's case on a thread for an identity.
    pub struct Intervention in "interventions" {
        /// Its id.
        id: InterventionId,
        /// Its source.
        source_id: SourceId,
        /// Its thread.
        thread_id: ThreadId,
        /// The content that it was opened on.
        content_id: ContentId,
        /// The customer.
        identity_id: IdentityId,
        /// Who has it.
        user_id: UserId,
        /// Where it stands.
        status: InterventionStatus,
        /// It was closed once and opened again.
        reopened: bool,
        /// When it was closed.
        closed_at: Option<Timestamp>,
        /// Until when it is put aside.
        deferred_at: Option<Timestamp>,
        /// Its disposition.
        category_ids: Json<Vec<CategoryId>>,
        /// Its custom fields.
        custom_fields: Json<Map<String, JsonValue>>,
        /// How many comments it has.
        comments_count: i64,
        /// When it was last opened or reopened.
        opened_at: Timestamp,
        /// How many replies agents wrote under it.
        user_replies_count: i64,
        /// The first of them.
        first_user_reply_id: Option<ContentId>,
        /// Seconds from the customer's word to it.
        first_user_reply_in: Option<i64>,
        /// Seconds from the customer's word to the last reply.
        last_user_reply_in: Option<i64>,
        /// The sum of all replies' seconds.
        user_reply_in_total: i64,
        /// The first of those times in business hours.
        first_user_reply_in_bh: Option<i64>,
        /// The last of those times in business hours.
        last_user_reply_in_bh: Option<i64>,
        /// The sum of those times in business hours.
        user_reply_in_bh_total: i64,
        /// How many replies are in that sum.
        user_reply_in_count: i64,
        /// Since when the customer waits for a reply.
        waiting_since: Option<Timestamp>,
        /// When it was first opened.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Intervention {
    /// Whether it is not closed: open, or put aside.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status != InterventionStatus::Closed
    }
}

/// Finds an intervention within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &InterventionId) -> Result<Option<Intervention>, Error> {
    let found = tx.find::<Intervention>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|i| scope.allows(&i.source_id)))
}

/// Finds the open or deferred intervention of a customer on a thread.
pub async fn find_open(tx: &mut Tx, thread: &ThreadId, identity: &IdentityId) -> Result<Option<Intervention>, Error> {
    let clause = "WHERE thread_id = ?1 AND identity_id = ?2 AND status <> 'closed'";
    tx.find(clause, params![thread, identity]).await
}

/// Finds the intervention of a customer on a thread that was closed last.
pub async fn find_last_closed(
    tx: &mut Tx,
    thread: &ThreadId,
    identity: &IdentityId,
) -> Result<Option<Intervention>, Error> {
    let clause =
        "WHERE thread_id = ?1 AND identity_id = ?2 AND status = 'closed' ORDER BY closed_at DESC, id DESC LIMIT 1";
    tx.find(clause, params![thread, identity]).await
}

/// Every intervention of a thread, oldest first.
pub async fn of_thread(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Intervention>, Error> {
    tx.select("WHERE thread_id = ?1 ORDER BY created_at, id", params![thread]).await
}

/// The intervention by which somebody has a thread: the open one, of several the last that began.
pub async fn open_of_thread(tx: &mut Tx, thread: &ThreadId) -> Result<Option<Intervention>, Error> {
    Ok(of_thread(tx, thread).await?.into_iter().rfind(Intervention::is_open))
}

/// Every intervention of some threads, oldest first.
pub async fn of_threads(tx: &mut Tx, threads: &[ThreadId]) -> Result<Vec<Intervention>, Error> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE thread_id IN ({}) ORDER BY created_at, id", crate::placeholders(1, threads.len()));
    tx.select(&clause, threads.iter().map(crate::Field::to_value).collect()).await
}

/// That an intervention is not of a live chat that has ended: nobody waits there, and it keeps nobody busy.
const NOT_ENDED: &str =
    "NOT EXISTS (SELECT 1 FROM chat_threads e WHERE e.thread_id = i.thread_id AND e.state = 'ended')";

/// Deferred interventions whose time has come.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Intervention>, Error> {
    let clause = format!(
        "WHERE id IN (SELECT i.id FROM interventions i WHERE i.status = 'deferred' AND i.deferred_at <= ?1 \
         AND {NOT_ENDED} ORDER BY i.deferred_at LIMIT ?2) ORDER BY deferred_at"
    );
    tx.select(&clause, params![now, limit]).await
}

/// When the next deferred intervention is due.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let sql = format!(
        "SELECT i.deferred_at FROM interventions i WHERE i.status = 'deferred' AND i.deferred_at IS NOT NULL \
         AND {NOT_ENDED} ORDER BY i.deferred_at LIMIT 1"
    );
    match tx.rows(&sql, Vec::new()).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(None),
    }
}

/// Which interventions to list. Filters that are not set let everything through.
#[derive(Clone, Debug, Default)]
pub struct InterventionFilter {
    /// On this thread.
    pub thread_id: Option<ThreadId>,
    /// Of this agent.
    pub user_id: Option<UserId>,
    /// For one of these customers.
    pub identity_ids: Vec<IdentityId>,
    /// For a customer of this group.
    pub identity_group_id: Option<model::IdentityGroupId>,
    /// `active`, `closed`, `deferred`, `opened` or `reopened`.
    pub status: Option<String>,
    /// Order by the last change rather than by creation.
    pub by_update: bool,
}

impl InterventionFilter {
    /// Whether `intervention_tallies` knows how many there are.
    fn is_tallied(&self) -> bool {
        self.thread_id.is_none() && self.identity_ids.is_empty() && self.identity_group_id.is_none()
    }

    /// Whether none of them is closed.
    fn is_pending(&self) -> bool {
        matches!(self.status.as_deref(), Some("active" | "deferred" | "opened" | "reopened"))
    }

    /// What keeps SQLite, which knows no sizes, from sorting many or walking past many: the index, and whether what it
    /// gives is sorted.
    fn way(&self, count: i64) -> (&'static str, bool) {
        match (self.user_id.is_some(), self.by_update) {
            (true, true) if count > FEW => ("INDEXED BY interventions_updated", false),
            (true, false) if count > FEW => ("INDEXED BY interventions_user_created", false),
            (true, _) => ("INDEXED BY interventions_user", true),
            (false, by_update) if self.is_pending() => ("INDEXED BY interventions_pending", by_update),
            (false, true) => ("INDEXED BY interventions_updated", false),
            (false, false) => ("INDEXED BY interventions_created", false),
        }
    }
}

/// Lists interventions within the scope, newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &InterventionFilter,
    page: Page,
) -> Result<Listed<Intervention>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_some("user_id = ?", wanted.user_id.as_ref());
    if wanted.is_pending() {
        // Word for word what the index `interventions_pending` is limited to.
        filter.and("status <> 'closed'");
    }
    match wanted.status.as_deref() {
        Some("active") => filter.and("status = 'open'"),
        Some("closed") => filter.and("status = 'closed'"),
        Some("deferred") => filter.and("status = 'deferred'"),
        Some("reopened") => filter.and("reopened = TRUE"),
        _ => {}
    }
    let column = if wanted.by_update { "updated_at" } else { "created_at" };
    let order = format!("{column} DESC, id DESC");
    if wanted.is_tallied() {
        let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM intervention_tallies {}", filter.clause());
        let count = tx.number(&sql, filter.params.clone()).await?;
        let (hint, sorted) = wanted.way(count);
        let hint = if tx.backend() == Backend::Sqlite { hint } else { "" };
        let order = if sorted { format!("+{order}") } else { order };
        return tx.list_by(count, filter, hint, &order, page).await;
    }
    filter.and_some("thread_id = ?", wanted.thread_id.as_ref());
    if !wanted.identity_ids.is_empty() {
        filter.and_in("identity_id", &wanted.identity_ids);
    }
    let of_group = "identity_id IN (SELECT id FROM identities WHERE identity_group_id = ?)";
    filter.and_some(of_group, wanted.identity_group_id.as_ref());
    tx.list(filter, &order, page).await
}

/// The categories of these interventions; those without any are left out.
pub async fn categories(
    tx: &mut Tx,
    cases: &[InterventionId],
) -> Result<Vec<(InterventionId, Vec<CategoryId>)>, Error> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("id", cases);
    filter.and("category_ids <> '[]'");
    let sql = format!("SELECT id, category_ids FROM interventions {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take::<Json<Vec<CategoryId>>>()?.0))).collect()
}

/// How many interventions of a user are not closed.
pub async fn count_open(tx: &mut Tx, user: &UserId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM interventions WHERE user_id = ?1 AND status <> 'closed'", params![user]).await
}

/// How many interventions these users have open, by the channel of their source; those of ended live chats keep nobody
/// busy.
pub async fn count_open_by_channel(
    tx: &mut Tx,
    users: &[UserId],
) -> Result<Vec<(UserId, Option<ChannelId>, i64)>, Error> {
    let mut filter = Filter::default();
    filter.and("i.status = 'open'");
    filter.and(NOT_ENDED);
    filter.and_in("i.user_id", users);
    let sql = format!(
        "SELECT i.user_id, s.channel_id, COUNT(*) FROM interventions i \
         JOIN content_sources s ON s.id = i.source_id {} GROUP BY i.user_id, s.channel_id",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}
