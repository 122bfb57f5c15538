//! People who are erased: what belongs to them, found and taken away in small steps (`domain::erasure` decides what goes).
//! What is nobody's own row, and only names them, is in `erasure_elsewhere`.

use model::{
    CommunityId, ContentId, ErasureId, IdentityGroupId, IdentityId, InterventionId, ThreadId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::doors::{Entry, Line};
use crate::{Error, Filter, Json, Row, Tx, comment, params, search_index, table};

table! {
    /// A person who was erased.
    pub struct Erasure in "erasures" {
        /// Its id.
        id: ErasureId,
        /// The identities of the person.
        identity_ids: Json<Vec<IdentityId>>,
        /// What is looked for until it is done.
        names: Json<Names>,
        /// The keys of files that go with it, unless somebody else's row names them.
        files: Json<Vec<String>>,
        /// Who had it done.
        user_id: UserId,
        /// When it was asked for.
        created_at: Timestamp,
        /// When nothing was left.
        done_at: Option<Timestamp>,
    }
}

/// By what a person was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Their addresses, in lower case.
    pub addresses: Vec<String>,
    /// Their ids on the other sides, each with its community.
    pub foreign_ids: Vec<(CommunityId, String)>,
}

/// Those that are not done, in the order in which they were asked for.
pub async fn open(tx: &mut Tx) -> Result<Vec<ErasureId>, Error> {
    let sql = "SELECT id FROM erasures WHERE done_at IS NULL ORDER BY created_at, id";
    tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect()
}

/// Finds one that is not done.
pub async fn find_open(tx: &mut Tx, id: &ErasureId) -> Result<Option<Erasure>, Error> {
    tx.find("WHERE id = ?1 AND done_at IS NULL", params![id]).await
}

/// Finds one and holds it.
pub async fn lock(tx: &mut Tx, id: &ErasureId) -> Result<Option<Erasure>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The next threads after one in which people have a part, in the order of their ids.
pub async fn threads(
    tx: &mut Tx,
    people: &[IdentityId],
    after: Option<&ThreadId>,
    limit: i64,
) -> Result<Vec<ThreadId>, Error> {
    let mut filter = Filter::default();
    let these = filter.bind_all(people);
    filter.and_some("id > ?", after);
    let sql = format!(
        "SELECT id FROM (SELECT id FROM content_threads WHERE identity_id IN ({these}) \
         UNION SELECT thread_id FROM contents WHERE author_id IN ({these}) \
         UNION SELECT thread_id FROM interventions WHERE identity_id IN ({these}) \
         UNION SELECT thread_id FROM chat_threads WHERE identity_id IN ({these})) AS parts {} ORDER BY id LIMIT {limit}",
        filter.clause()
    );
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}

/// The next contents of a thread that are to go: all of it, or what these people wrote and what was answered to them.
pub async fn contents(
    tx: &mut Tx,
    thread: &ThreadId,
    people: &[IdentityId],
    whole: bool,
    limit: i64,
) -> Result<Vec<Content>, Error> {
    let mut filter = Filter::default();
    filter.and_value("thread_id = ?", thread);
    filter.and("NOT anonymized");
    if !whole {
        let these = filter.bind_all(people);
        filter.and(&format!(
            "(author_id IN ({these}) OR in_reply_to_author_id IN ({these}) \
             AND status IN ('user_reply', 'user_initiated'))"
        ));
    }
    tx.select(&format!("{} ORDER BY ordinal LIMIT {limit}", filter.clause()), filter.params).await
}

/// Whether other customers than these people have written in a thread.
pub async fn has_others(tx: &mut Tx, thread: &ThreadId, people: &[IdentityId]) -> Result<bool, Error> {
    let mut filter = Filter::default();
    filter.and_value("c.thread_id = ?", thread);
    let these = filter.bind_all(people);
    filter.and(&format!("NOT i.controlled AND i.id NOT IN ({these})"));
    let sql = format!("SELECT COUNT(*) FROM contents c JOIN identities i ON i.id = c.author_id {}", filter.clause());
    Ok(tx.number(&sql, filter.params).await? > 0)
}

/// The contents of a thread that are erased.
pub async fn anonymous(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<ContentId>, Error> {
    let sql = "SELECT id FROM contents WHERE thread_id = ?1 AND anonymized";
    tx.rows(sql, params![thread]).await?.iter_mut().map(Row::take).collect()
}

/// Takes away all that some contents have beside their rows; gives where the bytes of their files are kept.
pub async fn strip(tx: &mut Tx, contents: &[Content]) -> Result<Vec<String>, Error> {
    let ids: Vec<ContentId> = contents.iter().map(|content| content.id.clone()).collect();
    let mut filter = Filter::default();
    let these = filter.bind_all(&ids);
    let sql = format!(
        "SELECT sha256 FROM attachments WHERE content_id IN ({these}) \
         UNION SELECT sha256 FROM raw_mails WHERE name IN ({these}) AND source_id IN \
         (SELECT source_id FROM contents WHERE id IN ({these}))"
    );
    let files = tx.rows(&sql, filter.params.clone()).await?.iter_mut().map(Row::take).collect::<Result<_, _>>()?;
    let exports = format!("(SELECT id FROM content_exports WHERE content_id IN ({these}))");
    for sql in [
        format!("DELETE FROM attachments WHERE content_id IN ({these})"),
        format!(
            "DELETE FROM raw_mails WHERE name IN ({these}) AND source_id IN \
             (SELECT source_id FROM contents WHERE id IN ({these}))"
        ),
        format!("DELETE FROM mail_recipients WHERE content_id IN ({these})"),
        format!("DELETE FROM chat_mailed WHERE content_id IN ({these})"),
        format!("DELETE FROM content_approvals WHERE content_id IN ({these})"),
        format!(
            "UPDATE mails SET headers = '{{}}', sender = NULL, reply_to = '[]', recipients = '[]', copied = '[]', \
             hidden = '[]', notes = '[]', signature = NULL, quote_from = NULL, linked = NULL, forwarded_from = NULL, left_out = NULL, quotes = FALSE \
             WHERE content_id IN ({these})"
        ),
        format!("UPDATE content_export_attempts SET text = NULL WHERE export_id IN {exports}"),
        format!("UPDATE content_export_parts SET remote_id = NULL WHERE export_id IN {exports}"),
        format!("UPDATE content_exports SET last_error = NULL WHERE content_id IN ({these})"),
        format!(
            "UPDATE content_exports SET state = 'cancelled', leased_by = NULL WHERE content_id IN ({these}) \
             AND state IN ('pending', 'unknown', 'parked')"
        ),
    ] {
        tx.execute(&sql, filter.params.clone()).await?;
    }
    for content in contents {
        search_index::index(tx, &content.id, &content.thread_id, None, "").await?;
    }
    Ok(files)
}

/// Takes away what a thread has beside its contents, of these people: comments on them and those words of the index, the fields of their cases, what they
/// answered to surveys, the pages that they looked at, mails to them, and what could be undone.
pub async fn strip_thread(tx: &mut Tx, thread: &ThreadId, people: &[IdentityId], whole: bool) -> Result<(), Error> {
    let mut filter = Filter::default();
    let of = filter.bind(crate::Field::to_value(thread));
    let these = filter.bind_all(people);
    let of_cases = |column: &str| {
        format!(
            "{column} IN (SELECT id FROM interventions WHERE thread_id = {of} AND (identity_id IN ({these}) OR {whole}))"
        )
    };
    for sql in [
        format!(
            "UPDATE intervention_comments SET body = '' WHERE {} OR thread_id = {of} AND intervention_id IS NULL \
             AND (identity_id IN ({these}) OR identity_id IS NULL OR {whole})",
            of_cases("intervention_id")
        ),
        format!("UPDATE interventions SET custom_fields = '{{}}' WHERE {}", of_cases("id")),
        format!("UPDATE survey_responses SET questions = '[]' WHERE {}", of_cases("intervention_id")),
        format!("DELETE FROM survey_invitations WHERE state = 'pending' AND {}", of_cases("intervention_id")),
        // Pages are those of whose conversation it is, whoever else has written in it.
        format!(
            "DELETE FROM visit_pages WHERE thread_id IN \
             (SELECT id FROM content_threads WHERE id = {of} AND identity_id IN ({these}))"
        ),
    ] {
        tx.execute(&sql, filter.params.clone()).await?;
    }
    for comment in comment::of_thread(tx, thread).await?.iter().filter(|comment| comment.body.is_empty()) {
        search_index::forget_comment(tx, &comment.id).await?;
    }
    for sql in [
        "DELETE FROM act_threads WHERE thread_id = ?1",
        "DELETE FROM drafts WHERE thread_id = ?1",
        "UPDATE notifications SET excerpt = NULL WHERE thread_id = ?1 AND excerpt IS NOT NULL",
    ] {
        tx.execute(sql, params![thread]).await?;
    }
    if whole {
        for sql in ["DELETE FROM mail_deliveries WHERE thread_id = ?1", "DELETE FROM chat_mails WHERE thread_id = ?1"] {
            tx.execute(sql, params![thread]).await?;
        }
    }
    Ok(())
}

/// The lines of a thread's history.
pub async fn lines(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Line>, Error> {
    tx.select("WHERE thread_id = ?1", params![thread]).await
}

/// The next entries of the journal after a position that are about a thread.
pub async fn entries(tx: &mut Tx, thread: &ThreadId, after: i64, limit: i64) -> Result<Vec<Entry>, Error> {
    let clause = "WHERE thread_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    tx.select(clause, params![thread, after, limit]).await
}

/// Writes what is told of an entry of the journal.
pub async fn rewrite(tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
    let sql = "UPDATE journal SET metadata = ?2 WHERE position = ?1";
    tx.execute(sql, params![entry.position, entry.metadata]).await.map(drop)
}

/// Writes what belongs to a line.
pub async fn rewrite_line(tx: &mut Tx, line: &Line) -> Result<(), Error> {
    tx.execute("UPDATE thread_lines SET data = ?2 WHERE id = ?1", params![line.id, line.data]).await.map(drop)
}

/// Takes away the blocks on identities, and on addresses that mails of theirs came from; tells whether there were any.
pub async fn strip_blocks(tx: &mut Tx, people: &[IdentityId]) -> Result<bool, Error> {
    let mut filter = Filter::default();
    let these = filter.bind_all(people);
    let sql = format!(
        "DELETE FROM author_blocks WHERE identity_id IN ({these}) OR kind = 'email' \
         AND value IN (SELECT foreign_id FROM identities WHERE kind = 'email' AND id IN ({these}))"
    );
    Ok(tx.execute(&sql, filter.params).await? > 0)
}

/// Takes away what is kept of identities beside their own rows: keys of visitors, addresses that they gave, who is whom. What
/// a person's group learned of others stays with them alone.
pub async fn strip_people(tx: &mut Tx, people: &[IdentityId], group: Option<&IdentityGroupId>) -> Result<(), Error> {
    let mut filter = Filter::default();
    let these = filter.bind_all(people);
    for sql in [
        format!("DELETE FROM visitors WHERE identity_id IN ({these})"),
        format!("DELETE FROM visitor_presence WHERE identity_id IN ({these})"),
        format!("DELETE FROM chat_contacts WHERE identity_id IN ({these})"),
        format!("DELETE FROM auto_responses WHERE identity_id IN ({these})"),
        format!("DELETE FROM people_not_same WHERE identity_id IN ({these}) OR other_id IN ({these})"),
        format!("DELETE FROM identity_merges WHERE identity_id IN ({these})"),
    ] {
        tx.execute(&sql, filter.params.clone()).await?;
    }
    if let Some(group) = group {
        let sql = "UPDATE identity_merges SET added = '{}', known = '{}' \
                   WHERE identity_group_id = ?1 OR old_identity_group_id = ?1";
        tx.execute(sql, params![group]).await?;
    }
    Ok(())
}

/// The files that identities have sent, and no content took: they are removed; gives where their bytes are kept.
pub async fn strip_uploads(tx: &mut Tx, people: &[IdentityId]) -> Result<Vec<String>, Error> {
    let uploaders: Vec<String> = people.iter().map(|id| format!("identity:{id}")).collect();
    let mut filter = Filter::default();
    filter.and("content_id IS NULL");
    filter.and_in("uploader", &uploaders);
    let sql = format!("DELETE FROM attachments {} RETURNING sha256", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}

/// The open interventions for these people in a thread.
pub async fn open_cases(tx: &mut Tx, thread: &ThreadId, people: &[IdentityId]) -> Result<Vec<InterventionId>, Error> {
    let mut filter = Filter::default();
    filter.and_value("thread_id = ?", thread);
    filter.and("status <> 'closed'");
    filter.and_in("identity_id", people);
    let sql = format!("SELECT id FROM interventions {}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}
