//! Two writes that want the same rows in opposite orders: both are done, whichever gives way.

use serde_json::json;
use store::{Backend, Tx, params};

use crate::support::{TestApp, id};

async fn rename(tx: &mut Tx, tags: [String; 2], name: &'static str) -> Result<(), store::Error> {
    for (at, tag) in tags.into_iter().enumerate() {
        let sql = "UPDATE tags SET name = ?1 WHERE id = ?2";
        tx.execute(sql, params![format!("{name}{at}"), tag]).await?;
        if tx.backend() == Backend::Postgres {
            // Long enough for the other one to hold its first row.
            tx.rows("SELECT CAST(pg_sleep(0.3) AS TEXT)", Vec::new()).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_gives_way_to_another_write_is_run_once_more() {
    let t = TestApp::start().await;
    let mut tags = Vec::new();
    for name in ["one", "two"] {
        tags.push(id(&t.post("/1.0/tags", json!({"name": name})).await.ok()).to_owned());
    }
    let there = [tags[0].clone(), tags[1].clone()];
    let back = [tags[1].clone(), tags[0].clone()];
    let (a, b) = tokio::join!(
        t.app.db.write(move |tx| Box::pin(async move { rename(tx, there, "a").await })),
        t.app.db.write(move |tx| Box::pin(async move { rename(tx, back, "b").await })),
    );
    a.expect("done");
    b.expect("done");
    let names = t.get("/1.0/tags").await.ok();
    let mut names: Vec<&str> =
        names["records"].as_array().expect("tags").iter().map(|tag| tag["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    // All of one, never half of each.
    assert!(names == ["a0", "a1"] || names == ["b0", "b1"], "{names:?}");
}
