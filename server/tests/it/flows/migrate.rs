//! A database that lacks a migration though it has one with a greater number.

use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, id};

/// Takes back what migration 7 did.
const BACK: &str = "
    ALTER TABLE content_threads ADD COLUMN agent_read_at BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE content_threads DROP COLUMN agent_read_id;
    ALTER TABLE visitors DROP COLUMN jwt_key_id;
    ALTER TABLE visitors DROP COLUMN custom_keys;
    ALTER TABLE visitors DROP COLUMN page_url;
    ALTER TABLE visitors DROP COLUMN page_title;
    DROP INDEX attachments_free;
    DROP INDEX attachments_sha256;
    DELETE FROM schema_migrations WHERE number = 7;
";

#[tokio::test]
async fn a_migration_that_is_missing_in_between_is_applied_at_the_next_start() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let back = t.app.db.write(|tx| Box::pin(async move { tx.batch(BACK).await }));
    let back: Result<(), store::Error> = back.await;
    back.expect("taken back");
    t.restart().await;
    let said = Visitor::new(&t, &shop.chat).await.write(&t, None, "Hello").await;
    assert_eq!(t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok()["body"], "Hello");
}
