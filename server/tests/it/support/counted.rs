//! Figures, held against the journal that they are made of and the rows that it tells of.

use std::fmt::Write;

use hubbub::domain::count::{self, Reset};
use store::journal;
use store::statistics::FOLLOWER;

use super::{TestApp, eventually};

/// What is kept, table by table.
const TABLES: [(&str, &str); 4] = [
    (
        "statistics_rounds",
        "begun_position source_id thread_id moved_to identity_id content_id waiting intervention_id waits_since rested_at answered_position \
         bot_answered_position ended_position seen_position",
    ),
    (
        "statistics_facts",
        "id metric at source_id agent_id bot value value_bh thread_id intervention_id content_id from_position to_position \
         withdrawn_position",
    ),
    ("statistics_quarters", "quarter metric source_id who n total total_bh"),
    ("statistics_spreads", "quarter metric source_id who bucket n"),
];

/// What customers say that nobody is done with, without what they came with.
const LOST: &str = "\
    SELECT COUNT(*) FROM contents c JOIN content_threads t ON t.id = c.thread_id \
    WHERE c.status IN ('new', 'assigned') AND NOT t.closed AND NOT EXISTS (SELECT 1 FROM statistics_rounds r \
        WHERE COALESCE(r.moved_to, r.thread_id) = c.thread_id AND r.identity_id = c.author_id AND r.ended_position IS NULL)";

/// Sums that are not those of their facts, which were not taken back.
const WRONG_SUMS: &str = "\
    SELECT COUNT(*) FROM (SELECT quarter, metric, source_id, who, SUM(n) AS n, SUM(total) AS total, SUM(total_bh) AS bh FROM \
        (SELECT quarter, metric, source_id, who, n, total, total_bh FROM statistics_quarters \
         UNION ALL SELECT at - at % 900000, metric, source_id, '', -1, -value, -value_bh FROM statistics_facts \
            WHERE withdrawn_position IS NULL AND NOT bot \
         UNION ALL SELECT at - at % 900000, metric, source_id, agent_id, -1, -value, -value_bh FROM statistics_facts \
            WHERE withdrawn_position IS NULL AND agent_id IS NOT NULL \
        ) AS both_sides GROUP BY quarter, metric, source_id, who) AS sums WHERE n <> 0 OR total <> 0 OR bh <> 0";

/// Every row of the figures, as text.
async fn rows(t: &TestApp) -> String {
    let read = t.app.db.read(|tx| {
        Box::pin(async move {
            let mut all = String::new();
            for (table, columns) in TABLES {
                writeln!(all, "{table}: {columns}").expect("text");
                let texts = columns.split_whitespace().map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')"));
                let sql = format!("SELECT {} FROM {table}", texts.collect::<Vec<_>>().join(" || ' ' || "));
                let mut found = tx.rows(&sql, Vec::new()).await?;
                let mut lines = found.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, _>>()?;
                lines.sort();
                writeln!(all, "{}", lines.join("\n")).expect("text");
            }
            Ok::<_, store::Error>(all)
        })
    });
    read.await.expect("a read")
}

/// Waits until all of the journal is counted.
pub async fn counted(t: &TestApp) {
    eventually("the figures", || async {
        let read = t.app.db.read(|tx| {
            Box::pin(
                async move { Ok::<_, store::Error>((journal::cursor(tx, FOLLOWER).await?, journal::head(tx).await?)) },
            )
        });
        let (cursor, head) = read.await.expect("a read");
        (cursor == head).then_some(())
    })
    .await;
}

/// Counts all anew.
pub async fn count_anew(t: &TestApp) {
    t.app.db.write(|tx| Box::pin(count::begin_anew(tx))).await.expect("a write");
    let mut reset = Reset::default();
    while !reset.ended {
        let so_far = reset.clone();
        let some = t.app.db.write(move |tx| Box::pin(count::reset(tx, so_far.clone())));
        reset = some.await.expect("a write");
    }
    count_up(t).await;
}

/// Counts what is not counted yet, also where the workers rest.
pub async fn count_up(t: &TestApp) {
    loop {
        let went = t.app.db.write(|tx| Box::pin(count::go_on(tx)));
        let (_, position, head) = went.await.expect("a write");
        if position >= head {
            return;
        }
    }
}

/// Asserts that the figures are those of the journal, that their sums are those of the facts, and that nothing that waits is
/// missed.
pub async fn assert_counted(t: &TestApp) {
    counted(t).await;
    let before = rows(t).await;
    count_anew(t).await;
    let after = rows(t).await;
    let other = before.lines().zip(after.lines()).find(|(a, b)| a != b);
    assert!(before == after, "counted anew it is something else: {other:?}\n{before}\n{after}");
    for (what, sql) in [("words without a round", LOST), ("wrong sums", WRONG_SUMS)] {
        let wrong = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await }));
        let wrong = wrong.await.expect("a read");
        assert!(wrong == 0, "{wrong} {what}:\n{}", story(t).await);
    }
}

/// What the journal tells of the threads in which words are without a round.
async fn story(t: &TestApp) -> String {
    let read = t.app.db.read(|tx| {
        Box::pin(async move {
            let lost = LOST.replace("COUNT(*)", "DISTINCT c.thread_id");
            let sql = format!("SELECT position, kind, resource_id, metadata FROM journal WHERE thread_id IN ({lost}) ORDER BY position");
            let mut story = String::new();
            for mut row in tx.rows(&sql, Vec::new()).await? {
                let (position, kind, id): (i64, String, String) = (row.take()?, row.take()?, row.take()?);
                let facts: store::Json<serde_json::Value> = row.take()?;
                let told = ["status", "author_id", "identity_id", "intervention_id", "in_reply_to_id", "undo_of", "let_go", "done"];
                let told = told.map(|name| format!("{name}={}", facts[name]));
                writeln!(story, "{position} {kind} {id} {}", told.join(" ")).expect("text");
            }
            Ok::<_, store::Error>(story)
        })
    });
    read.await.expect("a read")
}
