//! What is looked for of a person who is erased, in tables of which one read sees a part alone.

use model::{CommunityId, ErasureId, Event, EventType, IdentityId, Resource, UserId};
use serde_json::json;
use store::Json;
use store::erasure::{Erasure, Names};

use crate::support::world::World;
use crate::support::{TestApp, eventually};

/// More than one read sees.
const MANY: i64 = 4500;
const OWN: &str = "Ann@Erase.test";
const SHARED: &str = "both@erase.test";

async fn number(t: &TestApp, sql: &'static str) -> i64 {
    let read: Result<i64, store::Error> =
        t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await })).await;
    read.expect("a number")
}

async fn run(t: &TestApp, sql: String) {
    let written: Result<(), store::Error> =
        t.app.db.write(move |tx| Box::pin(async move { tx.batch(&sql).await })).await;
    written.expect("written");
}

fn updated(id: &str, name: &str) -> Event {
    Event {
        kind: EventType::IdentityUpdated,
        user_id: None,
        source_id: None,
        thread_id: None,
        resource: Resource { kind: "identity".into(), id: id.into() },
        metadata: json!({"firstname": name}),
    }
}

/// Rows of others, the last one the person's.
async fn fill(t: &TestApp, shop: &World, thread: &str, ann: &IdentityId) {
    let (now, last, community) = (t.clock.now(), MANY, shop.chat.community_id.clone());
    let (at, later) = (now.millis(), now.plus_seconds(3600).millis());
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    let id = "'7950328914bf8a22' || CAST(10000000 + i AS TEXT)";
    run(
        t,
        format!(
            "INSERT INTO webhooks (id, name, url, user_id, active, staging_use, ignore_ssl, registered_events, \
             sources_strategy, source_ids, status, recent_results, suspensions, created_at, updated_at) \
             VALUES ('7950328914bf8a2210000000', 'w', 'http://w.test', 'u', FALSE, FALSE, FALSE, '[]', 'all_except', '[]', \
             'inactive', '', 0, {at}, {at}); \
             INSERT INTO webhook_deliveries (id, webhook_id, order_key, first_position, positions, state, ready, \
             attempts_count, retry, next_attempt_at, expires_at, delivered_at, created_at, updated_at) {numbers} \
             SELECT {id}, '7950328914bf8a2210000000', CASE WHEN i = {last} THEN '{thread}' ELSE 'another' END, 1, '[]', \
             'delivered', FALSE, 1, 0, {at}, {later}, {at}, {at}, {at} FROM n; \
             INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, response) \
             SELECT id, 1, {at}, 5, 'thanks' FROM webhook_deliveries; \
             INSERT INTO mail_deliveries (id, kind, source_id, recipient, subject, message_id, state, attempts_count, retry, \
             next_attempt_at, expires_at, delivered_at, created_at, updated_at) {numbers} \
             SELECT {id}, 'unread', 's', CASE WHEN i = {last} THEN '{OWN}' WHEN i = {last} - 1 THEN '{SHARED}' \
             ELSE 'x@erase.test' END, 'Hello', {id}, 'delivered', 1, 0, {at}, {later}, {at}, {at}, {at} FROM n; \
             INSERT INTO mail_attempts (mail_id, number, at, error, answer, duration_ms) \
             SELECT id, 1, {at}, 'no', CASE WHEN recipient = '{SHARED}' THEN 'refused: ann@erase.test' ELSE 'kept' END, 5 \
             FROM mail_deliveries; \
             INSERT INTO identities (id, community_id, kind, foreign_id, extra_values, user_ids, controlled, created_at, \
             updated_at) {numbers} SELECT {id}, '{community}', 'email', \
             CASE WHEN i = {last} THEN '{SHARED}' ELSE CAST(i AS TEXT) || '@erase.test' END, '{{}}', '[]', FALSE, {at}, {at} \
             FROM n"
        ),
    )
    .await;
    let ann = ann.clone();
    let told: Result<(), store::Error> = t
        .app
        .db
        .write(move |tx| {
            Box::pin(async move {
                for at in 0..MANY {
                    tx.emit(updated(&format!("{at:024}"), "kept"));
                }
                tx.emit(updated(ann.as_str(), "Ann"));
                Ok(())
            })
        })
        .await;
    told.expect("told");
}

#[tokio::test]
async fn what_stands_far_down_in_large_tables_goes_and_what_is_others_stays() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    t.stop_workers().await;
    fill(&t, &shop, said.thread.id.as_str(), &said.author.id).await;
    let now = t.clock.now();
    let row = Erasure {
        id: ErasureId::new(now),
        identity_ids: Json(vec![said.author.id.clone()]),
        names: Json(Names {
            addresses: vec![OWN.to_lowercase(), SHARED.into()],
            foreign_ids: Vec::<(CommunityId, String)>::new(),
        }),
        files: Json(Vec::new()),
        user_id: UserId::new(now),
        created_at: now,
        done_at: None,
    };
    let asked: Result<(), store::Error> =
        t.app.db.write(move |tx| Box::pin(async move { tx.insert(&row).await })).await;
    asked.expect("asked");
    t.restart().await;
    eventually("erased", || async {
        (number(&t, "SELECT COUNT(*) FROM erasures WHERE done_at IS NULL").await == 0).then_some(())
    })
    .await;
    for (sql, count) in [
        ("SELECT COUNT(*) FROM webhook_attempts WHERE response = 'thanks'", MANY - 1),
        ("SELECT COUNT(*) FROM mail_deliveries", MANY - 1),
        ("SELECT COUNT(*) FROM mail_deliveries WHERE recipient = 'both@erase.test'", 1),
        ("SELECT COUNT(*) FROM mail_attempts WHERE answer = 'kept'", MANY - 2),
        ("SELECT COUNT(*) FROM mail_attempts WHERE answer LIKE '%erase.test%'", 0),
        ("SELECT COUNT(*) FROM mail_attempts WHERE error = 'no'", MANY - 1),
        ("SELECT COUNT(*) FROM journal WHERE kind = 'identity.updated' AND metadata LIKE '%kept%'", MANY),
        ("SELECT COUNT(*) FROM journal WHERE kind = 'identity.updated' AND metadata LIKE '%Ann%'", 0),
    ] {
        assert_eq!(number(&t, sql).await, count, "{sql}");
    }
}
