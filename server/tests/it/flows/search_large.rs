//! Very long texts come into the index some at a time.

use model::ContentId;
use store::search_index;

use crate::support::world::World;
use crate::support::{TestApp, eventually};

#[tokio::test]
async fn long_texts_are_indexed_a_few_at_a_time_and_all_are_found() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.stop_workers().await;
    let mut ids: Vec<ContentId> = Vec::new();
    for number in 0..6 {
        let said = shop.say(&t, "ann", None, "short").await;
        // Longer than a chat takes, as a mail may be.
        let body = format!("zwyxqual{number} {}", "lorem ipsum ".repeat(20_000));
        let id = said.content.id.clone();
        let long = t.app.db.write(move |tx| {
            Box::pin(async move {
                tx.execute("UPDATE contents SET body = ?1 WHERE id = ?2", store::params![body, id]).await
            })
        });
        let written: Result<u64, store::Error> = long.await;
        written.expect("written");
        ids.push(said.content.id);
    }
    let asked = ids.clone();
    let few = t.app.db.read(move |tx| Box::pin(async move { search_index::few(tx, &asked).await })).await;
    assert_eq!(few.expect("a number"), 4);
    t.restart().await;
    for number in 0..6 {
        let path = format!("/1.0/contents?q=text:zwyxqual{number}");
        eventually(&path, || async { (t.get(&path).await.ok()["count"] == 1).then_some(()) }).await;
    }
}
