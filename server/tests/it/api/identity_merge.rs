//! Joining identities into persons and parting them again.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::identity::{change, customers};
use super::identity_group::group_of;
use crate::support::receiver::Receiver;
use crate::support::world::World;
use crate::support::{Answer, TestApp, id, send};

async fn merge(t: &TestApp, group: &str, identity: &str) -> Answer {
    t.put(&format!("/1.0/identity_groups/{group}/merge"), json!({"associated_identity_id": identity})).await
}

async fn merge_people(t: &TestApp, into: &str, other: &str) -> Answer {
    t.put(&format!("/console/people/{into}/merge"), json!({"other_id": other})).await
}

async fn unmerge(t: &TestApp, group: &str, identity: &str) -> Answer {
    t.put(&format!("/1.0/identity_groups/{group}/unmerge"), json!({"associated_identity_id": identity})).await
}

async fn group(t: &TestApp, id: &str) -> Value {
    t.get(&format!("/1.0/identity_groups/{id}")).await.ok()
}

async fn group_id(t: &TestApp, identity: &str) -> Option<String> {
    let identity = t.get(&format!("/1.0/identities/{identity}")).await.ok();
    identity["identity_group_id"].as_str().map(str::to_owned)
}

/// A group without what tells when it changed.
fn known(mut group: Value) -> Value {
    group.as_object_mut().expect("a map").remove("updated_at");
    group
}

#[tokio::test]
async fn on_a_merge_the_group_keeps_what_it_knows_and_learns_the_rest() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    change(&t, &ids[1], |i| {
        i.firstname = Some("Benjamin".into());
        i.company = Some("Acme".into());
        i.gender = Some("man".into());
        i.email = Some("ben@shop.test".into());
        i.mobile_phone = Some("06".into());
    })
    .await;
    let told = json!({"lastname": "Smith", "company": "Shop", "emails": ["ann@shop.test", "BEN@shop.test"]});
    let ann = group_of(&t, &ids[0], told).await;
    let before = group(&t, &ann).await;
    let joined = merge(&t, &ann, &ids[1]).await.ok();
    assert_eq!((&joined["firstname"], &joined["lastname"]), (&json!(null), &json!("Smith")));
    assert_eq!((&joined["company"], &joined["gender"]), (&json!("Shop"), &json!("man")));
    assert_eq!(joined["emails"], json!(["ann@shop.test", "BEN@shop.test"]));
    assert_eq!(joined["mobile_phones"], json!(["06"]));
    assert_eq!(joined["identity_ids"], json!([ids[0], ids[1]]));
    // Once more changes nothing.
    assert_eq!(merge(&t, &ann, &ids[1]).await.ok(), joined);

    let left = unmerge(&t, &ann, &ids[1]).await.ok();
    assert_eq!(known(left), known(before));
    assert_eq!(group_id(&t, &ids[1]).await, None);
}

#[tokio::test]
async fn who_leaves_again_finds_the_own_group_as_it_was() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    change(&t, &ids[1], |i| i.email = Some("ben@shop.test".into())).await;
    let tag = t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let field = json!({"associated_type_name": "IdentityGroup", "label": "Size"});
    t.post("/1.0/custom_fields", field).await.ok();
    let ann = group_of(&t, &ids[0], json!({"notes": "Ann's", "custom_field_values": {"size": null}})).await;
    let told = json!({"notes": "Ben's", "tag_ids": [tag["id"]], "emails": ["ben@shop.test", "ben@home.test"],
                      "custom_field_values": {"size": "L"}});
    let ben = group_of(&t, &ids[1], told).await;
    let before = (group(&t, &ann).await, group(&t, &ben).await);

    let joined = merge(&t, &ann, &ids[1]).await.ok();
    assert_eq!((&joined["notes"], &joined["tag_ids"]), (&json!("Ann's"), &json!([tag["id"]])));
    assert_eq!(joined["custom_field_values"], json!({"size": "L"}));
    assert_eq!(joined["emails"], json!(["ben@shop.test", "ben@home.test"]));
    // Without identities, Ben's own group is not there.
    t.get(&format!("/1.0/identity_groups/{ben}")).await.error(404);
    merge(&t, &ben, &ids[0]).await.error(404);
    assert_eq!(t.get("/1.0/identity_groups").await.ok()["count"], 1);

    // What somebody says meanwhile is said of Ann's group, and stays there.
    t.put(&format!("/1.0/identity_groups/{ann}"), json!({"company": "Acme"})).await.ok();
    let left = unmerge(&t, &ann, &ids[1]).await.ok();
    assert_eq!((&left["company"], &left["notes"]), (&json!("Acme"), &json!("Ann's")));
    assert_eq!((&left["emails"], &left["tag_ids"]), (&before.0["emails"], &before.0["tag_ids"]));
    assert_eq!(left["custom_field_values"], json!({"size": null}));
    assert_eq!(group_id(&t, &ids[1]).await.as_deref(), Some(ben.as_str()));
    assert_eq!(known(group(&t, &ben).await), known(before.1));

    let home = unmerge(&t, &ben, &ids[1]).await;
    assert_eq!(home.error(422), "not_merged");
    let elsewhere = unmerge(&t, &ann, &ids[1]).await;
    assert_eq!(elsewhere.json["field"], "associated_identity_id");
    elsewhere.error(422);
}

#[tokio::test]
async fn what_two_brought_stays_when_one_leaves_and_goes_with_the_last() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let carl = world.say(&t, "carl", None, "Hi").await.author.id.to_string();
    for identity in [&ids[1], &carl] {
        let company = format!("of {identity}");
        change(&t, identity, move |i| {
            i.company = Some(company);
            i.email = Some("both@shop.test".into());
        })
        .await;
    }
    let ann = group_of(&t, &ids[0], json!({})).await;
    merge(&t, &ann, &ids[1]).await.ok();
    let both = merge(&t, &ann, &carl).await.ok();
    assert_eq!((&both["company"], &both["emails"]), (&json!(format!("of {}", ids[1])), &json!(["both@shop.test"])));
    let one = unmerge(&t, &ann, &ids[1]).await.ok();
    assert_eq!((&one["company"], &one["emails"]), (&json!(format!("of {carl}")), &json!(["both@shop.test"])));
    let none = unmerge(&t, &ann, &carl).await.ok();
    assert_eq!((&none["company"], &none["emails"]), (&json!(null), &json!([])));
}

#[tokio::test]
async fn threads_contents_and_interventions_of_a_person_follow() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let ann = group_of(&t, &ids[0], json!({})).await;
    let said = world.say(&t, "ben", None, "Help").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let counts = async || {
        let threads = t.get(&format!("/1.0/content_threads?q=identity_group:{ann}")).await.ok();
        let contents = t.get(&format!("/1.0/contents?q=identity_group:{ann}")).await.ok();
        let cases = t.get(&format!("/1.0/interventions?identity_group_id={ann}")).await.ok();
        json!([threads["count"], contents["count"], cases["count"]])
    };
    assert_eq!(counts().await, json!([1, 1, 0]));
    merge(&t, &ann, &ids[1]).await.ok();
    assert_eq!(counts().await, json!([3, 3, 1]));
    let path = format!("/1.0/interventions/{}", id(&case));
    assert_eq!(t.get(&path).await.ok()["identity_group_id"], json!(ann));
    unmerge(&t, &ann, &ids[1]).await.ok();
    assert_eq!(counts().await, json!([1, 1, 0]));
    assert_eq!(t.get(&path).await.ok()["identity_group_id"], json!(null));
}

#[tokio::test]
async fn webhooks_are_told_of_merges_with_the_groups_before_and_after() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let (ann, ben) = (group_of(&t, &ids[0], json!({})).await, group_of(&t, &ids[1], json!({})).await);
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({"registered_events": ["identity.merged", "identity.unmerged"]})).await;
    merge(&t, &ann, &ids[1]).await.ok();
    let first = receiver.wait(1).await.remove(0).body["events"][0].clone();
    assert_eq!(first["type"], "identity.merged");
    let metadata = json!({"new_identity_group_id": ann, "old_identity_group_id": ben});
    assert_eq!(first["resource"], json!({"type": "identity", "id": ids[1], "metadata": metadata}));
    assert!(first["user_id"].is_string());
    unmerge(&t, &ann, &ids[1]).await.ok();
    let second = receiver.wait(2).await.remove(1).body["events"][0].clone();
    assert_eq!(second["type"], "identity.unmerged");
    let metadata = json!({"new_identity_group_id": ben, "old_identity_group_id": ann});
    assert_eq!(second["resource"]["metadata"], metadata);
}

#[tokio::test]
async fn merging_needs_the_right_to_change_identities() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let ann = group_of(&t, &ids[0], json!({})).await;
    assert_eq!(t.put(&format!("/1.0/identity_groups/{ann}/merge"), json!({})).await.error(400), "invalid_parameter");
    merge(&t, &ann, "0123456789abcdef01234567").await.error(422);
    merge(&t, "0123456789abcdef01234567", &ids[1]).await.error(404);
    let own = world.chat.identity_id.as_ref().expect("an identity").as_str();
    merge(&t, &ann, own).await.error(422);
    t.app
        .db
        .write(|tx| {
            Box::pin(async move {
                let role = "UPDATE roles SET permissions = REPLACE(permissions, '\"update_identity\",', '')";
                tx.execute(role, Vec::new()).await?;
                hubbub::domain::note_change(tx, None, "role", "all", hubbub::domain::Change::Updated);
                Ok::<_, hubbub::domain::Error>(())
            })
        })
        .await
        .expect("changed");
    let token = t.token_of("Agent").await;
    for action in ["merge", "unmerge"] {
        let path = format!("/1.0/identity_groups/{ann}/{action}?associated_identity_id={}", ids[1]);
        assert_eq!(send(t.request_as(&token, Method::PUT, &path)).await.error(403), "forbidden");
    }
    assert_eq!(group(&t, &ann).await["identity_ids"], json!([ids[0]]));
}

#[tokio::test]
async fn the_setting_switches_merging_off() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let ann = group_of(&t, &ids[0], json!({})).await;
    let thread = world.say(&t, "ann", None, "Hello").await.thread.id;
    let offered = async || t.get(&format!("/console/threads/{thread}")).await.ok()["can"]["merge"].clone();
    assert_eq!(offered().await, true);
    t.put("/1.0/settings", json!({"identity_merge": false})).await.ok();
    merge(&t, &ann, &ids[1]).await.error(403);
    assert_eq!(offered().await, false);
}

/// Whatever happens at once, each identity is in one place, and all of it can be undone.
#[tokio::test(flavor = "multi_thread")]
async fn many_merges_at_once_lose_nobody_and_can_all_be_undone() {
    let t = TestApp::start_with(|config| config.database_connections = 24).await;
    let world = World::new(&t).await;
    let (mut ids, mut homes) = (Vec::new(), Vec::new());
    for name in ["ann", "ben", "carl", "dora", "ed"] {
        let who = world.say(&t, name, None, "Hi").await.author.id.to_string();
        let email = format!("{name}@shop.test");
        change(&t, &who, move |i| i.email = Some(email)).await;
        let told = json!({"notes": name, "emails": [format!("{name}@home.test"), format!("{name}@shop.test")]});
        homes.push(group_of(&t, &who, told).await);
        ids.push(who);
    }
    let mut before = Vec::new();
    for home in &homes {
        before.push(known(group(&t, home).await));
    }
    for round in 0..4 {
        let pairs = (0..25).map(|i| (i % 5, (i * 3 + i / 5 + round) % 5)).filter(|(who, to)| who != to);
        let calls = pairs.map(|(who, to)| {
            let (t, ids, homes) = (&t, &ids, &homes);
            async move {
                let answer = match (who + to + round) % 4 {
                    0 => unmerge(t, &homes[to], &ids[who]).await,
                    1 => merge_people(t, &ids[to], &ids[who]).await,
                    _ => merge(t, &homes[to], &ids[who]).await,
                };
                assert!([200, 404, 409, 422].contains(&answer.status.as_u16()), "{}", answer.text);
            }
        });
        join_all(calls).await;
        let groups = t.get("/1.0/identity_groups").await.ok();
        let mut seen: Vec<&str> = Vec::new();
        for group in groups["records"].as_array().expect("a list") {
            seen.extend(group["identity_ids"].as_array().expect("a list").iter().filter_map(Value::as_str));
        }
        seen.sort_unstable();
        let mut all: Vec<&str> = ids.iter().map(String::as_str).collect();
        all.sort_unstable();
        assert_eq!(seen, all);
    }
    for who in &ids {
        while let Some(at) = group_id(&t, who).await {
            let answer = unmerge(&t, &at, who).await;
            if answer.status == 422 {
                assert_eq!(answer.error(422), "not_merged");
                break;
            }
            answer.ok();
        }
    }
    for ((who, home), before) in ids.iter().zip(&homes).zip(before) {
        assert_eq!(group_id(&t, who).await.as_deref(), Some(home.as_str()));
        assert_eq!(known(group(&t, home).await), before);
    }
}
