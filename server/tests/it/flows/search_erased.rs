//! Words of an erased person that the index was about to take in.

use domain::erasure as erasing;
use serde_json::json;
use store::erasure::Erasure;
use store::journal::{self, DISPATCH};
use store::search_index;
use tokio_postgres::NoTls;

use crate::support::world::World;
use crate::support::{TestApp, eventually};

/// Erases all that the person said in a thread, as the worker does.
async fn clear(app: hubbub::app::App, row: Erasure, thread: model::ThreadId) {
    // First what was said, then what stands beside it.
    for _ in 0..2 {
        let (row, thread) = (row.clone(), thread.clone());
        let step = app.db.write(move |tx| {
            let (row, thread) = (row.clone(), thread.clone());
            Box::pin(async move { erasing::clear(tx, &row, &thread).await.map(drop) })
        });
        step.await.expect("a step");
    }
}

#[tokio::test]
async fn what_the_index_has_read_of_a_person_who_is_erased_meanwhile_is_not_found() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.stop_workers().await;
    let said = shop.say(&t, "ann", None, "Zwyxqual").await;
    t.delete(&format!("/1.0/identities/{}", said.author.id)).await.ok();
    let open = t.app.db.read(|tx| Box::pin(tx.find::<Erasure>("WHERE done_at IS NULL", Vec::new())));
    let open: Result<Option<Erasure>, store::Error> = open.await;
    let row = open.expect("a read").expect("an erasure");
    let erased = clear(t.app.clone(), row, said.thread.id.clone());
    match &t.app.config.database_url {
        // One writes at a time.
        None => {
            let (content, thread) = (said.content.id.clone(), said.thread.id.clone());
            let index = t.app.db.write(move |tx| {
                let (content, thread) = (content.clone(), thread.clone());
                Box::pin(async move {
                    journal::lock_cursor(tx, DISPATCH).await?;
                    search_index::index(tx, &content, &thread, None, "Zwyxqual").await
                })
            });
            let indexed: Result<(), store::Error> = index.await;
            indexed.expect("written");
            erased.await;
        }
        // As the follower of another process that has read the content, and writes its words a moment later.
        Some(url) => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
            tokio::spawn(connection);
            client
                .batch_execute("BEGIN; SELECT 1 FROM cursors WHERE follower = 'dispatch' FOR UPDATE")
                .await
                .expect("held");
            let (looker, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
            tokio::spawn(connection);
            let erased = tokio::spawn(erased);
            let held = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            eventually("an erasure that is done or waits", || async {
                let waits = looker.query(held, &[]).await.expect("an answer");
                (erased.is_finished() || !waits.is_empty()).then_some(())
            })
            .await;
            let words = format!(
                "INSERT INTO content_search (content_id, thread_id, body) VALUES ('{}', '{}', '''zwyxqual'':1') \
                 ON CONFLICT (content_id) DO UPDATE SET body = excluded.body; COMMIT",
                said.content.id, said.thread.id
            );
            client.batch_execute(&words).await.expect("written");
            erased.await.expect("erased");
        }
    }
    let found = t.get("/1.0/contents?q=text:Zwyxqual").await.ok();
    assert_eq!(found["count"], 0, "{found}");
    t.restart().await;
    t.settled().await;
    assert_eq!(t.get("/1.0/contents?q=text:Zwyxqual").await.ok()["records"], json!([]));
}
