//! Contents that go from one thread to another, with all that stands beside them. Both threads are locked.

use std::collections::HashMap;

use model::{ContentId, IdentityId, ThreadId, UserId};

use crate::content::Content;
use crate::export::A_COPY;
use crate::{Backend, Error, Row, Tx, params};

/// What goes where.
#[derive(Clone, Copy, Debug)]
pub struct Parting<'a> {
    /// Where it is.
    pub from: &'a ThreadId,
    /// The place of the first content that goes; all later ones do too.
    pub first: i64,
    /// Where it goes.
    pub to: &'a ThreadId,
    /// The place of the last content that is there.
    pub last: i64,
}

/// Whether one of the contents that would go is being sent.
pub async fn is_being_sent(tx: &mut Tx, from: &ThreadId, first: i64) -> Result<bool, Error> {
    let sql = format!(
        "SELECT COUNT(*) FROM content_exports e JOIN contents c ON c.id = e.content_id \
         WHERE c.thread_id = ?1 AND c.ordinal >= ?2 AND e.state = 'pending' AND e.leased_by IS NOT NULL AND NOT {A_COPY}"
    );
    Ok(tx.number(&sql, params![from, first]).await? > 0)
}

/// Moves contents behind those that are where they go, in their order, with their interventions and what is noted of both;
/// tells how many. The rows of the threads are for the caller to bring up to date.
pub async fn part(tx: &mut Tx, parting: Parting<'_>) -> Result<u64, Error> {
    let Parting { from, first, to, last } = parting;
    let before = case_threads(tx, from, to).await?;
    let shift = last + 1 - first;
    let these = "SELECT id FROM contents WHERE thread_id = ?1 AND ordinal >= ?2";
    let cases = format!("UPDATE interventions SET thread_id = ?3 WHERE thread_id = ?1 AND content_id IN ({these})");
    tx.execute(&cases, params![from, first, to]).await?;
    let sql = "UPDATE contents SET thread_id = ?3, ordinal = ordinal + ?4, first_in_thread = FALSE \
               WHERE thread_id = ?1 AND ordinal >= ?2";
    let moved = tx.execute(sql, params![from, first, to, shift]).await?;
    let these = "SELECT id FROM contents WHERE thread_id = ?1 AND ordinal > ?2";
    for sql in [
        format!("UPDATE content_approvals SET thread_id = ?1 WHERE content_id IN ({these})"),
        format!("UPDATE content_search SET thread_id = ?1 WHERE content_id IN ({these})"),
        format!("UPDATE mails SET thread_reason = 'manual' WHERE fingerprint <> '' AND content_id IN ({these})"),
    ] {
        tx.execute(&sql, params![to, last]).await?;
    }
    tx.execute("UPDATE search_state SET epoch = epoch + 1", Vec::new()).await?;
    let exports = format!(
        "UPDATE content_exports SET thread_id = ?1, lane = CASE WHEN operation = 'create' THEN ?1 ELSE lane END, \
         ordinal = CASE WHEN operation = 'create' THEN ordinal + ?3 ELSE ordinal END WHERE content_id IN ({these})"
    );
    tx.execute(&exports, params![to, last, shift]).await?;
    part_comments(tx, parting).await?;
    for thread in [from, to] {
        part_from_cases(tx, thread).await?;
        remark(tx, thread).await?;
    }
    let after = case_threads(tx, from, to).await?;
    tally(tx, &before, &after).await?;
    Ok(moved)
}

/// Comments go with their interventions, and those without one with what they were written after; where nothing stays, all do.
async fn part_comments(tx: &mut Tx, parting: Parting<'_>) -> Result<(), Error> {
    let Parting { from, first, to, last } = parting;
    let comments = "UPDATE intervention_comments SET thread_id = ?2, \
                    after_ordinal = CASE WHEN after_ordinal + ?3 < ?4 THEN ?4 ELSE after_ordinal + ?3 END \
                    WHERE thread_id = ?1 AND (intervention_id IN (SELECT id FROM interventions WHERE thread_id = ?2) \
                    OR intervention_id IS NULL AND (after_ordinal >= ?5 \
                    OR NOT EXISTS (SELECT 1 FROM contents WHERE thread_id = ?1)))";
    tx.execute(comments, params![from, to, last + 1 - first, last, first]).await?;
    let words = "UPDATE content_search SET thread_id = ?1 WHERE of_comment AND content_id IN \
                 (SELECT id FROM intervention_comments WHERE thread_id = ?1)";
    tx.execute(words, params![to]).await.map(drop)
}

/// Of an intervention that is in another thread now, contents are no part any more: they wait for somebody again.
async fn part_from_cases(tx: &mut Tx, thread: &ThreadId) -> Result<(), Error> {
    let sql = "UPDATE contents SET intervention_id = NULL, status = CASE WHEN status = 'assigned' THEN 'new' ELSE status END \
               WHERE thread_id = ?1 AND intervention_id IS NOT NULL \
               AND intervention_id NOT IN (SELECT id FROM interventions WHERE thread_id = ?1)";
    tx.execute(sql, params![thread]).await.map(drop)
}

/// In how many of two threads each user has interventions.
async fn case_threads(tx: &mut Tx, one: &ThreadId, other: &ThreadId) -> Result<HashMap<UserId, i64>, Error> {
    let sql =
        "SELECT user_id, COUNT(DISTINCT thread_id) FROM interventions WHERE thread_id IN (?1, ?2) GROUP BY user_id";
    let mut rows = tx.rows(sql, params![one, other]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Counts anew in how many threads users have interventions.
async fn tally(tx: &mut Tx, before: &HashMap<UserId, i64>, after: &HashMap<UserId, i64>) -> Result<(), Error> {
    for (user, now) in after {
        let more = now - before.get(user).copied().unwrap_or_default();
        if more != 0 {
            let sql = match tx.backend() {
                Backend::Sqlite => {
                    "INSERT INTO term_tallies (term, n) VALUES (?1, ?2) ON CONFLICT (term) DO UPDATE SET n = n + ?2"
                }
                Backend::Postgres => "INSERT INTO term_tallies (term, n) VALUES (?1, ?2)",
            };
            tx.execute(sql, params![format!("u:{user}"), more]).await?;
        }
    }
    Ok(())
}

/// What lists filter by, read off a thread's contents and interventions.
async fn remark(tx: &mut Tx, thread: &ThreadId) -> Result<(), Error> {
    let marks = "UPDATE content_threads SET \
        first_content_at = (SELECT MIN(created_at) FROM contents c WHERE c.thread_id = content_threads.id), \
        marks = marks - (marks & 7679) + COALESCE((\
            SELECT MAX(CASE WHEN c.status = 'new' THEN 1 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'assigned' THEN 2 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'replied' THEN 4 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'user_reply' THEN 8 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'user_initiated' THEN 16 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'ignored' THEN 32 ELSE 0 END) \
                + MAX(CASE WHEN c.status = 'forwarded' THEN 64 ELSE 0 END) \
                + MAX(CASE WHEN c.approval_required THEN 128 ELSE 0 END) \
                + MAX(CASE WHEN c.published THEN 0 ELSE 256 END) \
            FROM contents c WHERE c.thread_id = content_threads.id), 0) \
        + COALESCE((\
            SELECT 1024 + MAX(CASE WHEN i.status <> 'closed' THEN 2048 ELSE 0 END) \
                + MAX(CASE WHEN i.status = 'open' THEN 4096 ELSE 0 END) \
            FROM interventions i WHERE i.thread_id = content_threads.id), 0) \
        WHERE id = ?1";
    tx.execute(marks, params![thread]).await?;
    let gone = "DELETE FROM thread_terms WHERE thread_id = ?1 AND SUBSTR(term, 1, 2) IN ('l:', 'f:')";
    tx.execute(gone, params![thread]).await?;
    let languages = "INSERT INTO thread_terms (thread_id, term) SELECT DISTINCT thread_id, 'l:' || LOWER(language) \
                     FROM contents WHERE thread_id = ?1 AND language IS NOT NULL";
    tx.execute(languages, params![thread]).await?;
    let each = match tx.backend() {
        Backend::Sqlite => "json_each(c.category_ids) j",
        Backend::Postgres => "jsonb_array_elements_text(c.category_ids::jsonb) j (value)",
    };
    let forwarded = format!(
        "INSERT INTO thread_terms (thread_id, term) SELECT DISTINCT c.thread_id, 'f:' || j.value FROM contents c, {each} \
         WHERE c.thread_id = ?1 AND c.status = 'forwarded'"
    );
    tx.execute(&forwarded, params![thread]).await.map(drop)
}

/// What a thread has: how many contents, the first and the last of them, and when something was said last.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// How many.
    pub count: i64,
    /// The first.
    pub first: Option<Content>,
    /// The last.
    pub last: Option<Content>,
}

/// Looks what a thread has.
pub async fn ends(tx: &mut Tx, thread: &ThreadId) -> Result<Ends, Error> {
    let count = tx.number("SELECT COUNT(*) FROM contents WHERE thread_id = ?1", params![thread]).await?;
    let first = tx.find("WHERE thread_id = ?1 ORDER BY ordinal LIMIT 1", params![thread]).await?;
    let last = tx.find("WHERE thread_id = ?1 ORDER BY ordinal DESC LIMIT 1", params![thread]).await?;
    Ok(Ends { count, first, last })
}

/// The first of a thread's authors who is no voice of the company.
pub async fn first_customer(tx: &mut Tx, thread: &ThreadId) -> Result<Option<IdentityId>, Error> {
    let sql = "SELECT c.author_id FROM contents c JOIN identities i ON i.id = c.author_id \
               WHERE c.thread_id = ?1 AND NOT i.controlled ORDER BY c.ordinal LIMIT 1";
    tx.rows(sql, params![thread]).await?.first_mut().map(Row::take).transpose()
}

/// Notes with which content a thread begins.
pub async fn begin_with(tx: &mut Tx, content: &ContentId) -> Result<(), Error> {
    tx.execute("UPDATE contents SET first_in_thread = TRUE WHERE id = ?1", params![content]).await.map(drop)
}

/// When something was said last in a thread, in milliseconds.
pub async fn last_said_at(tx: &mut Tx, thread: &ThreadId) -> Result<Option<model::Timestamp>, Error> {
    let sql = "SELECT MAX(created_at) FROM contents WHERE thread_id = ?1";
    tx.rows(sql, params![thread]).await?.first_mut().map_or(Ok(None), Row::take)
}
