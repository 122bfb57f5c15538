//! Whose words are kept out: by whom, where, until when, and taking that back.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::identity_group::group_of;
use crate::support::sdk::ThirdParty;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, id, send};

async fn block(t: &TestApp, whom: Value) -> Value {
    t.post("/console/blocks", whom).await.ok()
}

/// A visitor who has written; with their identity and their conversation.
async fn heard(t: &TestApp, world: &World) -> (Visitor, Value, Value) {
    let visitor = Visitor::new(t, &world.chat).await;
    let said = visitor.write(t, None, "Hello").await;
    let content = t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok();
    (visitor, content["author_id"].clone(), content["thread_id"].clone())
}

/// Writes as a visitor once more; gives the status.
async fn writes(t: &TestApp, (visitor, _, thread): &(Visitor, Value, Value), client_id: &str) -> (u16, String) {
    let body = json!({"client_id": client_id, "body": "Buy now", "thread_id": thread});
    let said = visitor.post(t, "messages", body).await;
    (said.status.as_u16(), said.json["error"].as_str().unwrap_or_default().to_owned())
}

fn refused() -> (u16, String) {
    (403, "not_taken_in".into())
}

#[tokio::test]
async fn a_blocked_visitor_is_refused_and_counted_until_that_is_taken_back() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let visitor = heard(&t, &world).await;
    let other = heard(&t, &world).await;
    let identity = &visitor.1;
    let made = block(&t, json!({"identity_id": identity, "reason": " Spam "})).await;
    assert_eq!((&made["holds"], &made["reason"], &made["kind"]), (&json!(true), &json!("Spam"), &json!("identity")));
    let own = t.get("/1.0/users/me").await.ok();
    assert_eq!((&made["user_id"], &made["refused_count"]), (&own["id"], &json!(0)));
    for client_id in ["12345678", "12345679"] {
        assert_eq!(writes(&t, &visitor, client_id).await, refused());
    }
    assert_eq!(writes(&t, &other, "12345678").await.0, 200);
    let listed = t.get(&format!("/console/blocks?identity_id={}", identity.as_str().unwrap())).await.ok();
    assert_eq!((&listed["count"], &listed["records"][0]["refused_count"]), (&json!(1), &json!(2)));
    // Not twice; and somebody else is blocked all the same.
    let again = t.post("/console/blocks", json!({"identity_id": identity})).await;
    assert_eq!(again.json["field"], "identity_id");
    again.error(422);
    let lifted = t.delete(&format!("/console/blocks/{}", id(&made))).await.ok();
    assert_eq!((&lifted["holds"], &lifted["lifted_by_id"]), (&json!(false), &own["id"]));
    assert_eq!(writes(&t, &visitor, "12345680").await.0, 200);
    t.delete(&format!("/console/blocks/{}", id(&made))).await.error(404);
    assert_eq!(t.get("/console/blocks?holds=true").await.ok()["count"], 0);
    assert_eq!(t.get("/console/blocks?holds=false").await.ok()["count"], 1);
}

#[tokio::test]
async fn a_block_ends_by_its_time_and_goes_with_all_of_a_person() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let [ann, ben] = [heard(&t, &world).await, heard(&t, &world).await];
    let identities = [&ann.1, &ben.1];
    let until = t.clock.now().plus_seconds(3600);
    block(&t, json!({"identity_id": identities[0], "until": until})).await;
    assert_eq!(writes(&t, &ben, "12345678").await.0, 200);
    // Now he is she.
    let group = group_of(&t, identities[0].as_str().expect("an id"), json!({})).await;
    let joined = json!({"associated_identity_id": identities[1]});
    t.put(&format!("/1.0/identity_groups/{group}/merge"), joined).await.ok();
    assert_eq!(writes(&t, &ben, "12345679").await, refused());
    t.clock.advance(Duration::from_secs(3601));
    assert_eq!(writes(&t, &ben, "12345680").await.0, 200);
    assert_eq!(writes(&t, &ann, "12345682").await.0, 200);
    // What is over is in nobody's way.
    block(&t, json!({"identity_id": identities[0]})).await;
    assert_eq!(writes(&t, &ann, "12345681").await, refused());
    let all = t.get("/console/blocks").await.ok();
    assert_eq!((&all["count"], &all["records"][1]["lifted_by_id"]), (&json!(2), &Value::Null));
    assert_ne!(all["records"][1]["lifted_at"], Value::Null);
}

#[tokio::test]
async fn networks_and_addresses_are_blocked_and_what_is_none_is_refused() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let visitor = heard(&t, &world).await;
    let made = block(&t, json!({"network": "127.0.1.9/16"})).await;
    assert_eq!(made["network"], "127.0.0.0/16");
    assert_eq!(writes(&t, &visitor, "12345678").await, refused());
    t.delete(&format!("/console/blocks/{}", id(&made))).await.ok();
    assert_eq!(writes(&t, &visitor, "12345679").await.0, 200);
    let made = block(&t, json!({"network": "2001:db8:1:2:3::9"})).await;
    assert_eq!(made["network"], "2001:db8:1:2::/64");
    assert_eq!(block(&t, json!({"email": " Spam@Elsewhere.Test "})).await["email"], "spam@elsewhere.test");
    let company = world.chat.identity_id.clone().expect("an identity");
    for (wrong, field) in [
        (json!({"network": "0.0.0.0/0"}), "network"),
        (json!({"network": "10.0.0.0/15"}), "network"),
        (json!({"network": "2001:db8::/31"}), "network"),
        (json!({"network": "somewhere"}), "network"),
        (json!({"email": "nobody"}), "email"),
        (json!({"email": "a@b.test", "network": "10.0.0.1"}), "email"),
        (json!({"identity_id": "0123456789abcdef01234567"}), "identity_id"),
        (json!({"identity_id": company}), "identity_id"),
        (json!({"email": "a@b.test", "until": "2001-01-01T00:00:00Z"}), "until"),
        (json!({"email": "a@b.test", "until": "2201-01-01T00:00:00Z"}), "until"),
        (json!({"email": "a@b.test", "reason": "x".repeat(501)}), "reason"),
    ] {
        let answer = t.post("/console/blocks", wrong.clone()).await;
        assert_eq!(answer.json["field"], field, "{wrong}: {}", answer.text);
        answer.error(422);
    }
    t.post("/console/blocks", json!({})).await.error(400);
}

#[tokio::test]
async fn what_a_third_party_sends_of_somebody_blocked_is_passed_over() {
    let t = TestApp::start().await;
    let sdk = ThirdParty::new(&t, "Forum").await;
    let said = sdk.says(&t, "c1", "t1", "First").await;
    block(&t, json!({"identity_id": said["author_id"]})).await;
    let author = json!({"id": "666", "screenname": "John Doe", "created_at": "06/11/2017"});
    let params = json!({"id": "c2", "author": author, "body": "Second", "thread_id": "t1", "format": "text"});
    assert_eq!(sdk.send(&t, "messages.create", params).await.status, 200);
    let bodies: Vec<Value> = sdk.contents(&t).await.into_iter().map(|content| content["body"].clone()).collect();
    assert_eq!(bodies, ["First"]);
    assert_eq!(t.get("/console/blocks").await.ok()["records"][0]["refused_count"], 1);
}

#[tokio::test]
async fn who_may_block_sees_those_of_their_own_sources() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let said = world.say(&t, "ann", None, "Hello").await;
    block(&t, json!({"identity_id": said.content.author_id})).await;
    block(&t, json!({"email": "a@b.test"})).await;
    let (nina, key) = user(&t, "Nina", "Agent").await;
    let get = async |key: &str| send(t.request_as(key, Method::GET, "/console/blocks")).await;
    get(&key).await.error(403);
    let role = t.get(&format!("/1.0/roles/{}", nina["role_id"].as_str().unwrap())).await.ok();
    t.put(&format!("/1.0/roles/{}", id(&role)), json!({"author_block_content": true})).await.ok();
    assert_eq!(get(&key).await.ok()["count"], 2);
    world.permit(&t, &nina, &[]).await;
    assert_eq!(get(&key).await.ok()["count"], 1);
    let body = json!({"identity_id": said.content.author_id});
    send(t.request_as(&key, Method::POST, "/console/blocks").json(&body)).await.error(422);
}
