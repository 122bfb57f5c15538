//! Whom parts of names find, however many there are and whatever has happened to them since.

use model::IdentityId;
use reqwest::Method;
use serde_json::{Value, json};
use store::identity::Identity;
use store::params;

use super::identity::{change, customers};
use super::identity_group::group_of;
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, id, send};

/// So many people of a community, each changed after the one before, in one statement.
const MANY: &str = "\
    INSERT INTO identities (id, community_id, kind, foreign_id, screenname, firstname, extra_values, user_ids, \
        controlled, created_at, updated_at) \
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(?2 AS BIGINT)) \
    SELECT 'ffffffffffffffff' || (10000000 + n), CAST(?1 AS TEXT), 'engage_messaging', 'many-' || n, 'Crowd ' || n, CAST(?3 AS TEXT), '{}', '[]', \
        FALSE, CAST(?4 AS BIGINT) + n, CAST(?4 AS BIGINT) + n FROM numbers";

async fn crowd(t: &TestApp, world: &World, count: i64, firstname: &str) {
    let (community, firstname, now) = (world.chat.community_id.clone(), firstname.to_owned(), t.clock.now());
    let added = t
        .app
        .db
        .write(move |tx| Box::pin(async move { tx.execute(MANY, params![community, count, firstname, now]).await }));
    let added: Result<u64, store::Error> = added.await;
    added.expect("added");
}

/// Waits until the index is as people are.
async fn brought_up(t: &TestApp) {
    // What changed beside the journal has its turn once a minute.
    t.clock.advance(std::time::Duration::from_secs(60));
    let waiting = || async {
        let sql = "SELECT COUNT(*) FROM people_changed";
        let count = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await })).await;
        let count: Result<i64, store::Error> = count;
        (count.expect("a count") == 0).then_some(())
    };
    eventually("the index of people", waiting).await;
}

/// The foreign ids of those whom a text finds, in the order in which they are shown.
async fn found_as(t: &TestApp, token: &str, text: &str) -> Vec<String> {
    let answer = send(t.request_as(token, Method::GET, "/console/people").query(&[("text", text)])).await.ok();
    let of = |person: &Value| person["identity"]["foreign_id"].as_str().expect("an id").to_owned();
    answer.as_array().expect("a list").iter().map(of).collect()
}

async fn found(t: &TestApp, text: &str) -> Vec<String> {
    let answer = send(t.request(Method::GET, "/console/people").query(&[("text", text)])).await.ok();
    let of = |person: &Value| person["identity"]["foreign_id"].as_str().expect("an id").to_owned();
    answer.as_array().expect("a list").iter().map(of).collect()
}

#[tokio::test]
async fn whoever_changed_first_of_many_is_found_by_a_part_of_the_name() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let first = customers(&t, &world).await;
    change(&t, &first[0], |i| {
        i.firstname = Some("Élodie".into());
        i.lastname = Some("Van der Straëten".into());
        i.mobile_phone = Some("+33 6 12 34 56 78".into());
    })
    .await;
    // More than are looked at one by one.
    crowd(&t, &world, 25_000, "Nemo").await;
    brought_up(&t).await;
    for text in ["lodi", "straet", "ELO straë", "straeten d elo", "0612345678", "56 78 van", "+33 6 12 34"] {
        assert_eq!(found(&t, text).await, ["ann"], "{text}");
    }
    assert!(found(&t, "elodie crowd").await.is_empty());
    assert_eq!(found(&t, "emo 24999").await, ["many-24999"]);
    // Of many, those that changed last.
    let last: Vec<String> = (0..20).map(|n| format!("many-{}", 25_000 - n)).collect();
    assert_eq!(found(&t, "cro nem").await, last);
    assert_eq!(found(&t, "cr").await, last);
    // And in the inbox.
    let inbox = send(t.request(Method::GET, "/console/threads").query(&[("q", "from:straeten")])).await.ok();
    assert_eq!((&inbox["count"], &inbox["records"][0]["identity"]["id"]), (&json!(1), &json!(first[0])));
}

/// What a text finds before the index is brought up, and after.
async fn twice(t: &TestApp, cases: &[(&str, &[&str])]) {
    for when in ["before", "after"] {
        for (text, expected) in cases {
            let mut names = found(t, text).await;
            names.sort_unstable();
            assert_eq!(names, *expected, "{text}, {when}");
        }
        brought_up(t).await;
    }
}

#[tokio::test]
async fn people_are_found_as_they_are_whatever_happened_to_them() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let both = customers(&t, &world).await;
    let (ann, ben) = (both[0].as_str(), both[1].as_str());
    twice(&t, &[("nn", &["ann"]), ("be", &["ben"]), ("n", &[]), ("en x", &[])]).await;

    let named = |name: &'static str| move |i: &mut Identity| i.screenname = Some(name.into());
    change(&t, ann, named("Jérôme Ångström")).await;
    twice(&t, &[("nn", &[]), ("jero", &["ann"]), ("ngstrom ero", &["ann"])]).await;

    // By what is said of the person, too: of all who belong to them.
    let group = group_of(&t, ann, json!({"firstname": "Wilhelmina", "emails": ["mina@home.test"]})).await;
    twice(&t, &[("helmin", &["ann"]), ("na@ho", &["ann"]), ("ngstrom wil", &["ann"])]).await;
    let path = format!("/1.0/identity_groups/{group}");
    t.put(&format!("{path}/merge"), json!({"associated_identity_id": ben})).await.ok();
    twice(&t, &[("helmin", &["ann", "ben"]), ("ben", &["ben"]), ("ben wilh", &["ben"])]).await;
    t.put(&path, json!({"firstname": "Philippa"})).await.ok();
    twice(&t, &[("helmin", &[]), ("lipp", &["ann", "ben"])]).await;
    t.put(&format!("{path}/unmerge"), json!({"associated_identity_id": ben})).await.ok();
    twice(&t, &[("lipp", &["ann"]), ("ben", &["ben"])]).await;

    // One that is the company's is no customer.
    change(&t, ann, |i| i.controlled = true).await;
    twice(&t, &[("lipp", &[]), ("jero", &[])]).await;
    change(&t, ann, |i| i.controlled = false).await;
    twice(&t, &[("lipp", &["ann"]), ("jero", &["ann"])]).await;
}

#[tokio::test]
async fn whoever_is_removed_is_not_found() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    crowd(&t, &world, 3, "Nemo").await;
    brought_up(&t).await;
    assert_eq!(found(&t, "crowd 2").await, ["many-2"]);
    let gone = IdentityId::parse("ffffffffffffffff10000002").expect("an id");
    let removed = t.app.db.write(move |tx| Box::pin(async move { tx.delete::<Identity>(gone.as_str()).await }));
    let removed: Result<(), store::Error> = removed.await;
    removed.expect("removed");
    twice(&t, &[("crowd 2", &[]), ("nemo", &["many-1", "many-3"])]).await;
}

#[tokio::test]
async fn among_many_others_people_are_found_by_who_may_see_them() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let first = customers(&t, &world).await;
    change(&t, &first[0], |i| i.firstname = Some("Nemo".into())).await;
    let community = t.post("/1.0/communities", json!({"type": "engage_messaging", "name": "Others"})).await.ok();
    let chat = json!({"type": "engage_messaging", "name": "Second", "community_id": community["id"]});
    let token = t.post("/1.0/content_sources", chat).await.ok()["token"].as_str().expect("a token").to_owned();
    let chat = t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    let other = World::on(chat.expect("a read").expect("a source"));
    crowd(&t, &other, 3000, "Nemo").await;
    brought_up(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    assert_eq!(found_as(&t, &token, "nemo").await[0], "many-3000");
    other.permit(&t, &nora, &[]).await;
    assert_eq!(found_as(&t, &token, "nemo").await, ["ann"]);
    assert!(found_as(&t, &token, "crowd").await.is_empty());
}

#[tokio::test]
async fn groups_are_found_by_an_address_however_many_there_are() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let both = customers(&t, &world).await;
    let ann = group_of(&t, &both[0], json!({"emails": ["a.b@Shop.test", "Élo@shop.test"]})).await;
    let ben = group_of(&t, &both[1], json!({"emails": ["b@shop.test"]})).await;
    for _ in 0..2 {
        for (email, expected) in [
            ("A.B@shop.TEST", vec![&ann]),
            ("elo@shop.test", vec![&ann]),
            ("b@shop.test", vec![&ben]),
            ("@shop.test", vec![]),
            ("a_b@shop.test", vec![]),
        ] {
            let list = send(t.request(Method::GET, "/1.0/identity_groups").query(&[("email", email)])).await.ok();
            let groups: Vec<&str> = list["records"].as_array().expect("a list").iter().map(id).collect();
            assert_eq!(groups, expected, "{email}");
        }
        brought_up(&t).await;
    }
}

#[tokio::test]
async fn groups_are_counted_as_they_are_seen() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let both = customers(&t, &world).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let count = async || {
        let own = t.get("/1.0/identity_groups").await.ok()["count"].as_i64().expect("a count");
        let hers = send(t.request_as(&token, Method::GET, "/1.0/identity_groups")).await;
        (own, hers.json["count"].as_i64().unwrap_or(0))
    };
    assert_eq!(count().await, (0, 0));
    let ann = group_of(&t, &both[0], json!({})).await;
    let ben = group_of(&t, &both[1], json!({})).await;
    assert_eq!(count().await, (2, 2));
    let ben = (format!("/1.0/identity_groups/{ben}"), json!({"associated_identity_id": both[1]}));
    let ann = format!("/1.0/identity_groups/{ann}");
    t.put(&format!("{ann}/merge"), ben.1.clone()).await.ok();
    assert_eq!(count().await, (1, 1));
    t.get(&ben.0).await.error(404);
    t.put(&format!("{ann}/unmerge"), ben.1).await.ok();
    assert_eq!(count().await, (2, 2));
    world.permit(&t, &nora, &[]).await;
    assert_eq!(count().await, (2, 0));
}
