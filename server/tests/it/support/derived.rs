//! What triggers keep beside threads and contents for their lists, held against the rows themselves.

use model::{ContentStatus, SourceId};
use store::{Tx, params};

use super::TestApp;

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

/// How many threads a source has by its tally.
pub async fn tallied(t: &TestApp, source: &SourceId) -> i64 {
    let source = source.clone();
    let sql = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM thread_tallies WHERE source_id = ?1";
    let read = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, params![source]).await }));
    read.await.expect("a read")
}
