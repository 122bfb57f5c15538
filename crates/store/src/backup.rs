//! Every row of the database, out in one moment and in again, in a form that both databases share.

use model::{CommentId, ContentId, ThreadId};

pub use crate::doors::{aside, bring_up, snapshot_postgres, snapshot_sqlite};
use crate::{Backend, Error, Row, Tx, Value, params, people_index, placeholders, search_index};

/// A table with the columns of its key.
#[derive(Clone, Copy, Debug)]
pub struct BackedUp {
    /// Its name.
    pub name: &'static str,
    keys: &'static [&'static str],
}

const fn by(name: &'static str, keys: &'static [&'static str]) -> BackedUp {
    BackedUp { name, keys }
}

/// Every table that a backup holds; a table comes after those that it points to. The index of search is made anew, and
/// triggers fill the tables that threads are found by; how much was sent lately (`upload_counts`) is counted from nothing,
/// and who is there ([`OF_THE_DAY`]) shows when they come.
pub const TABLES: &[BackedUp] = &[
    by("journal_head", &["id"]),
    by("journal", &["position"]),
    by("cursors", &["follower"]),
    by("settings", &["name"]),
    by("roles", &["id"]),
    by("user_capacities", &["id"]),
    by("users", &["id"]),
    by("console_profiles", &["user_id"]),
    by("user_pictures", &["user_id"]),
    by("second_factors", &["user_id"]),
    by("recovery_codes", &["user_id", "code_hash"]),
    by("teams", &["id"]),
    by("presence_statuses", &["id"]),
    by("source_permissions", &["user_id", "source_id"]),
    by("access_tokens", &["id"]),
    by("sessions", &["id_hash"]),
    by("invitations", &["token_hash"]),
    by("password_recoveries", &["token_hash"]),
    by("communities", &["id"]),
    by("jwt_keys", &["id"]),
    by("channels", &["id"]),
    by("content_sources", &["id"]),
    by("source_states", &["source_id"]),
    by("source_cursors", &["source_id", "stream"]),
    by("passed_over", &["source_id", "kind", "foreign_id"]),
    by("source_runs", &["source_id", "number"]),
    by("inbound_items", &["id"]),
    by("source_credentials", &["source_id", "purpose"]),
    by("chat_triggers", &["id"]),
    by("chat_items", &["id"]),
    by("chat_variables", &["id"]),
    by("chat_texts", &["source_id"]),
    by("identity_groups", &["id"]),
    by("identities", &["id"]),
    by("identity_merges", &["id"]),
    by("author_blocks", &["id"]),
    by("erasures", &["id"]),
    by("custom_fields", &["id"]),
    by("folders", &["id"]),
    by("visitors", &["token_hash"]),
    by("content_threads", &["id"]),
    by("agent_threads", &["user_id", "thread_id"]),
    by("thread_lines", &["id"]),
    by("acts", &["id"]),
    by("act_threads", &["act_id", "thread_id"]),
    by("notifications", &["id"]),
    by("drafts", &["user_id", "thread_id"]),
    by("chat_threads", &["thread_id"]),
    by("chat_contacts", &["identity_id"]),
    by("chat_mails", &["thread_id"]),
    by("contents", &["id"]),
    by("chat_mailed", &["content_id"]),
    by("visit_pages", &["id"]),
    by("interventions", &["id"]),
    by("intervention_comments", &["id"]),
    by("comment_mentions", &["user_id", "comment_id"]),
    by("attachments", &["id"]),
    by("mails", &["content_id"]),
    by("mail_ids", &["source_id", "hash"]),
    by("raw_mails", &["source_id", "name"]),
    by("categories", &["id"]),
    by("tags", &["id"]),
    by("thread_tags", &["tag_id", "thread_id"]),
    by("time_sheets", &["id"]),
    by("user_passwords", &["id"]),
    by("user_signatures", &["id"]),
    by("reply_assistant_groups", &["id"]),
    by("reply_assistant_entries", &["id"]),
    by("reply_assistant_versions", &["id"]),
    by("surveys", &["id"]),
    by("survey_invitations", &["mapping_key"]),
    by("survey_responses", &["id"]),
    by("webhooks", &["id"]),
    by("webhook_deliveries", &["id"]),
    by("webhook_attempts", &["delivery_id", "number"]),
    by("webhook_sweeps", &["webhook_id", "number"]),
    by("content_exports", &["id"]),
    by("content_export_parts", &["export_id", "ordinal"]),
    by("content_export_attempts", &["export_id", "number"]),
    by("mail_deliveries", &["id"]),
    by("mail_attempts", &["mail_id", "number"]),
    by("mail_templates", &["id"]),
    by("content_approvals", &["content_id"]),
    by("approval_counters", &["user_id", "source_id"]),
    by("auto_responses", &["source_id", "identity_id", "kind"]),
    by("idempotency_keys", &["id"]),
    by("statistics_rounds", &["begun_position"]),
    by("statistics_facts", &["id"]),
    by("statistics_quarters", &["quarter", "metric", "source_id", "who"]),
    by("statistics_spreads", &["quarter", "metric", "source_id", "who", "bucket"]),
    by("statistics_hours", &["source_id", "from_position"]),
];

/// What no backup holds and a restore takes away: the processes, who was there when, what each was at, who was about
/// to sign a mailbox in, and who was about to sign in themselves.
const OF_THE_DAY: [&str; 8] = [
    "timer_leases",
    "visitor_presence",
    "agent_connections",
    "agent_availability",
    "agent_presence",
    "nodes",
    "authorizations",
    "second_steps",
];

/// The tables whose rows point at each other by `parent_id`.
pub const TREES: [&str; 2] = ["categories", "folders"];

/// The columns of a table, in order, each with whether it holds truth values; none when there is no such table.
pub async fn columns(tx: &mut Tx, table: BackedUp) -> Result<Vec<(String, bool)>, Error> {
    let sql = match tx.backend() {
        Backend::Sqlite => "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid",
        Backend::Postgres => {
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = ?1 ORDER BY ordinal_position"
        }
    };
    let mut rows = tx.rows(sql, params![table.name.to_owned()]).await?;
    let column = |row: &mut Row| Ok((row.take()?, row.take::<String>()?.eq_ignore_ascii_case("boolean")));
    rows.iter_mut().map(column).collect()
}

/// Up to `limit` rows after the key `after`, in the order of the key.
pub async fn page(
    tx: &mut Tx,
    table: BackedUp,
    columns: &[String],
    after: Option<Vec<Value>>,
    limit: usize,
) -> Result<Vec<Vec<Value>>, Error> {
    let keys = table.keys.join(", ");
    let (condition, params) = match after {
        None => (String::new(), Vec::new()),
        Some(key) => (format!("WHERE ({keys}) > ({})", placeholders(1, key.len())), key),
    };
    let list = columns.join(", ");
    let sql = format!("SELECT {list} FROM {} {condition} ORDER BY {keys} LIMIT {limit}", table.name);
    let rows = tx.rows(&sql, params).await?;
    Ok(rows.into_iter().map(Row::into_values).collect())
}

/// The key of a row.
#[must_use]
pub fn key(table: BackedUp, columns: &[String], row: &[Value]) -> Vec<Value> {
    let at = |name: &&str| columns.iter().position(|c| c == name).and_then(|i| row.get(i)).cloned();
    table.keys.iter().filter_map(at).collect()
}

/// Removes every row of every table that is there, and what the index of search has of them.
pub async fn clear(tx: &mut Tx) -> Result<(), Error> {
    // First: rows that go one by one would be taken out of it one by one.
    search_index::clear(tx).await?;
    people_index::clear(tx).await?;
    clear_rows(tx).await
}

/// Removes every row of every table that is there. What is new and empty otherwise has no index of search to clear.
pub async fn clear_rows(tx: &mut Tx) -> Result<(), Error> {
    let mut there = Vec::new();
    let own = OF_THE_DAY.iter().rev().map(|name| by(name, &[]));
    for table in TABLES.iter().copied().chain(own) {
        if !columns(tx, table).await?.is_empty() {
            there.push(table.name);
        }
    }
    for tree in TREES.iter().filter(|tree| there.contains(tree)) {
        tx.execute(&format!("UPDATE {tree} SET parent_id = NULL"), Vec::new()).await?;
    }
    for table in there.iter().rev() {
        tx.execute(&format!("DELETE FROM {table}"), Vec::new()).await?;
    }
    Ok(())
}

/// Whether the database holds a domain already.
pub async fn is_filled(tx: &mut Tx) -> Result<bool, Error> {
    Ok(tx.number("SELECT COUNT(*) FROM settings WHERE name = 'domain_id'", Vec::new()).await? > 0)
}

/// Writes one row. A row's parent may come after it: [`link_parents`] sets it at the end.
pub async fn insert(tx: &mut Tx, table: BackedUp, columns: &[(String, bool)], row: Vec<Value>) -> Result<(), Error> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let sql = crate::insert_sql(table.name, &names.join(", "), names.len());
    let values = row.into_iter().zip(columns).map(|(value, (name, truth))| match value {
        _ if TREES.contains(&table.name) && name == "parent_id" => Value::Null,
        Value::Int(i) if *truth => Value::Bool(i != 0),
        other => other,
    });
    tx.execute(&sql, values.collect()).await.map(drop)
}

/// Sets the parents of rows, each given as table, id and parent.
pub async fn link_parents(tx: &mut Tx, links: Vec<(&'static str, Value, Value)>) -> Result<(), Error> {
    for (tree, id, parent) in links {
        tx.execute(&format!("UPDATE {tree} SET parent_id = ?2 WHERE id = ?1"), vec![id, parent]).await?;
    }
    Ok(())
}

/// Makes the index of search anew; that of people is left to the server.
pub async fn index_all(tx: &mut Tx) -> Result<(), Error> {
    people_index::begin_anew(tx).await?;
    let mut after = String::new();
    loop {
        let sql = "SELECT id, thread_id, title, body FROM contents WHERE id > ?1 ORDER BY id LIMIT 500";
        let rows = tx.rows(sql, params![after]).await?;
        if rows.is_empty() {
            return index_comments(tx).await;
        }
        for mut row in rows {
            let (id, thread): (ContentId, ThreadId) = (row.take()?, row.take()?);
            let (title, body): (Option<String>, String) = (row.take()?, row.take()?);
            search_index::index(tx, &id, &thread, title.as_deref(), &body).await?;
            id.as_str().clone_into(&mut after);
        }
    }
}

async fn index_comments(tx: &mut Tx) -> Result<(), Error> {
    let sql = "SELECT id FROM intervention_comments ORDER BY id";
    let ids: Vec<CommentId> = tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect::<Result<_, _>>()?;
    for id in &ids {
        search_index::index_comment(tx, id).await?;
    }
    Ok(())
}
