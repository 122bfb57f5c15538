//! What triggers keep beside threads and contents for their lists, held against the rows themselves.

use model::{ContentStatus, SourceId};
use store::{Tx, params};

use super::TestApp;
use super::counted::assert_counted;

/// Every thread's marks and first date, by looking through all of its contents and interventions.
const WRONG_THREADS: &str = "\
    SELECT COUNT(*) FROM (SELECT marks, first_content_at, \
        (SELECT MIN(created_at) FROM contents c WHERE c.thread_id = t.id) AS first, \
        COALESCE((SELECT MAX(CASE WHEN status = 'new' THEN 1 ELSE 0 END) \
            + MAX(CASE WHEN status = 'assigned' THEN 2 ELSE 0 END) + MAX(CASE WHEN status = 'replied' THEN 4 ELSE 0 END) \
            + MAX(CASE WHEN status = 'user_reply' THEN 8 ELSE 0 END) \
            + MAX(CASE WHEN status = 'user_initiated' THEN 16 ELSE 0 END) \
            + MAX(CASE WHEN status = 'ignored' THEN 32 ELSE 0 END) \
            + MAX(CASE WHEN status = 'forwarded' THEN 64 ELSE 0 END) \
            + MAX(CASE WHEN approval_required THEN 128 ELSE 0 END) + MAX(CASE WHEN published THEN 0 ELSE 256 END) \
            FROM contents c WHERE c.thread_id = t.id), 0) \
        + COALESCE((SELECT 1024 + MAX(CASE WHEN status <> 'closed' THEN 2048 ELSE 0 END) \
            + MAX(CASE WHEN status = 'open' THEN 4096 ELSE 0 END) \
            FROM interventions i WHERE i.thread_id = t.id), 0) \
        + CASE WHEN category_ids = '[]' THEN 0 ELSE 512 END AS truth FROM content_threads t) AS all_threads \
    WHERE marks <> truth OR COALESCE(first_content_at, 0) <> COALESCE(first, 0)";

/// Sources, marks and folders of which the tally is not the number of threads.
const WRONG_TALLIES: &str = "\
    SELECT COUNT(*) FROM (SELECT source_id, marks, folder, SUM(n) AS n FROM \
        (SELECT source_id, marks, folder, n FROM thread_tallies \
         UNION ALL SELECT source_id, marks, folder, -1 FROM content_threads) AS both_sides \
        GROUP BY source_id, marks, folder) AS sums WHERE n <> 0";

/// Sources and statuses of which the tally is not the number of contents.
const WRONG_CONTENTS: &str = "\
    SELECT COUNT(*) FROM (SELECT source_id, status, SUM(n) AS n FROM \
        (SELECT source_id, status, n FROM content_tallies \
         UNION ALL SELECT source_id, status, -1 FROM contents) AS both_sides \
        GROUP BY source_id, status) AS sums WHERE n <> 0";

/// Sources, users and states of which the tally is not the number of interventions.
const WRONG_CASES: &str = "\
    SELECT COUNT(*) FROM (SELECT source_id, user_id, status, reopened, SUM(n) AS n FROM \
        (SELECT source_id, user_id, status, reopened, n FROM intervention_tallies \
         UNION ALL SELECT source_id, user_id, status, reopened, -1 FROM interventions) AS both_sides \
        GROUP BY source_id, user_id, status, reopened) AS sums WHERE n <> 0";

/// Terms of which the tally is not the number of threads.
const WRONG_TERMS: &str = "\
    SELECT COUNT(*) FROM (SELECT term, SUM(n) AS n FROM \
        (SELECT term, n FROM term_tallies UNION ALL SELECT term, -1 FROM thread_terms \
         UNION ALL SELECT 'u:' || user_id, -1 FROM (SELECT DISTINCT user_id, thread_id FROM interventions) AS cases \
        ) AS both_sides \
        GROUP BY term) AS sums WHERE n <> 0";

/// Threads that do not stand where their contents and interventions have them stand, or whose customers wait otherwise.
const WRONG_STATES: &str = "\
    SELECT COUNT(*) FROM (SELECT folder, waiting_since, deferred_at, done_at, attention_ordinal, closed, chat_mode, \
        (SELECT COUNT(*) FROM interventions i WHERE i.thread_id = t.id AND i.status = 'open') AS active, \
        (SELECT MIN(i.deferred_at) FROM interventions i WHERE i.thread_id = t.id AND i.status = 'deferred') AS until, \
        (SELECT MIN(i.waiting_since) FROM interventions i WHERE i.thread_id = t.id AND i.status = 'open') AS mine, \
        (SELECT MIN(c.created_at) FROM contents c WHERE c.thread_id = t.id AND c.status = 'new') AS new, \
        COALESCE((SELECT MAX(c.ordinal) FROM contents c WHERE c.thread_id = t.id \
            AND c.status NOT IN ('user_reply', 'user_initiated')), 0) AS said FROM content_threads t) AS all_threads \
    WHERE attention_ordinal <> said OR (done_at IS NULL) <> (folder <> 'closed') \
        OR COALESCE(deferred_at, 0) <> CASE WHEN folder = 'deferred' THEN until ELSE 0 END \
        OR folder <> CASE WHEN active > 0 OR until IS NOT NULL AND new IS NOT NULL THEN 'open' \
            WHEN until IS NOT NULL THEN 'deferred' WHEN new IS NOT NULL AND NOT closed THEN 'new' ELSE 'closed' END \
        OR (waiting_since IS NOT NULL) <> (folder IN ('new', 'open') AND COALESCE(mine, new) IS NOT NULL \
            AND NOT (closed AND COALESCE(chat_mode, '') = 'live_chat'))";

const WRONG: [&str; 5] = [WRONG_THREADS, WRONG_TALLIES, WRONG_CONTENTS, WRONG_CASES, WRONG_TERMS];

/// Terms that no row stands for, and rows for which there is no term.
async fn wrong_terms(tx: &mut Tx) -> Result<Vec<String>, store::Error> {
    let mut wanted = std::collections::BTreeSet::new();
    let ids = |json: String| serde_json::from_str::<Vec<String>>(&json).expect("a list");
    for mut row in tx.rows("SELECT id, category_ids FROM content_threads", Vec::new()).await? {
        let (thread, categories): (String, String) = (row.take()?, row.take()?);
        wanted.extend(ids(categories).into_iter().map(|id| format!("{thread} c:{id}")));
    }
    let sql = "SELECT thread_id, language, status, category_ids FROM contents";
    for mut row in tx.rows(sql, Vec::new()).await? {
        let (thread, language): (String, Option<String>) = (row.take()?, row.take()?);
        let (status, categories): (ContentStatus, String) = (row.take()?, row.take()?);
        wanted.extend(language.map(|name| format!("{thread} l:{}", name.to_lowercase())));
        if status == ContentStatus::Forwarded {
            wanted.extend(ids(categories).into_iter().map(|id| format!("{thread} f:{id}")));
        }
    }
    let mut found = std::collections::BTreeSet::new();
    for mut row in tx.rows("SELECT thread_id, term FROM thread_terms", Vec::new()).await? {
        found.insert(format!("{} {}", row.take::<String>()?, row.take::<String>()?));
    }
    Ok(wanted.symmetric_difference(&found).cloned().collect())
}

/// Asserts that what is kept beside threads is what they are.
pub async fn assert_derived(t: &TestApp) {
    let wrong = t.app.db.read(|tx| {
        Box::pin(async move {
            let mut counts = [0; 5];
            for (count, sql) in counts.iter_mut().zip(WRONG) {
                *count = tx.number(sql, Vec::new()).await?;
            }
            Ok::<_, store::Error>((counts, wrong_terms(tx).await?))
        })
    });
    assert_eq!(
        wrong.await.expect("a read"),
        ([0; 5], Vec::new()),
        "marks, tallies of threads, of contents, of interventions, of terms; terms"
    );
}

/// Asserts that threads stand where what is in them has them stand. It is not for rows that a test wrote by itself.
pub async fn assert_states(t: &TestApp) {
    let wrong = t.app.db.read(|tx| Box::pin(async move { tx.number(WRONG_STATES, Vec::new()).await }));
    assert_eq!(wrong.await.expect("a read"), 0, "threads that stand elsewhere, or whose customers wait otherwise");
    assert_counted(t).await;
}

/// How many threads a source has by its tally.
pub async fn tallied(t: &TestApp, source: &SourceId) -> i64 {
    let source = source.clone();
    let sql = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM thread_tallies WHERE source_id = ?1";
    let read = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, params![source]).await }));
    read.await.expect("a read")
}
