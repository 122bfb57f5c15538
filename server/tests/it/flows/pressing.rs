//! Live chats whose visitors wait stand first in the lists of agents.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::live_shop;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, id, send};

/// The customers of a folder's threads, in its order, in windows of so many.
async fn names(t: &TestApp, token: &str, folder: &str, window: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let path = format!("/console/threads?folder={folder}&offset={}&limit={window}", names.len());
        let page = send(t.request_as(token, Method::GET, &path)).await.ok();
        let records = page["records"].as_array().expect("a list");
        let name = |row: &Value| row["identity"]["display_name"].as_str().expect("a name").to_owned();
        names.extend(records.iter().map(name));
        if records.is_empty() {
            assert_eq!(page["count"], names.len());
            return names;
        }
    }
}

async fn visitor(t: &TestApp, world: &World, name: &str) -> Visitor {
    Visitor::with(t, &world.chat, json!({"identity": {"screenname": name}})).await
}

async fn take(t: &TestApp, said: &Value, token: &str) {
    let content = json!({"content_id": said["message"]["id"]});
    send(t.request_as(token, Method::POST, "/1.0/interventions").json(&content)).await.ok();
}

async fn reply(t: &TestApp, said: &Value, token: &str) {
    let content = json!({"in_reply_to_id": said["message"]["id"], "body": "Here I am"});
    send(t.request_as(token, Method::POST, "/1.0/contents").json(&content)).await.ok();
}

#[tokio::test]
async fn live_chats_that_wait_stand_first_and_who_waits_longest_ahead() {
    let t = TestApp::start().await;
    let live = live_shop(&t, json!({})).await;
    let slow = World::on(live.another_chat(&t, "Slow chat").await);
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let mut said = Vec::new();
    for (world, name) in [(&slow, "Ann"), (&live, "Bob"), (&slow, "Cid"), (&live, "Dan"), (&slow, "Eve")] {
        let visitor = visitor(&t, world, name).await;
        said.push((visitor.write(&t, None, "Hello").await, visitor));
        t.clock.advance(Duration::from_secs(60));
    }
    let expected = ["Bob", "Dan", "Ann", "Cid", "Eve"];
    for window in [1, 2, 3, 10] {
        assert_eq!(names(&t, &nora, "unassigned", window).await, expected, "{window}");
    }
    // The list of the API stays in its order, and so does what is searched for.
    let all = send(t.request_as(&nora, Method::GET, "/1.0/content_threads")).await.ok();
    assert_eq!(all["records"][0]["id"], said[4].0["thread"]["id"]);
    let found = || async {
        let found = send(t.request_as(&nora, Method::GET, "/console/threads?folder=unassigned&text=hello")).await.ok();
        (found["records"].as_array().is_some_and(|rows| rows.len() == 5)).then_some(found)
    };
    let found = eventually("indexed contents", found).await;
    assert_eq!(found["records"][0]["identity"]["display_name"], "Eve");

    // Mine: they wait until they are answered, and again from their next word on.
    for (said, _) in &said {
        take(&t, said, &nora).await;
    }
    assert_eq!(names(&t, &nora, "mine", 2).await, expected);
    reply(&t, &said[1].0, &nora).await;
    assert_eq!(names(&t, &nora, "mine", 2).await, ["Dan", "Ann", "Cid", "Eve", "Bob"]);
    t.clock.advance(Duration::from_secs(60));
    let (first, bob) = &said[1];
    bob.write(&t, Some(id(&first["thread"])), "And then?").await;
    bob.write(&t, Some(id(&first["thread"])), "Hello?").await;
    let row = send(t.request_as(&nora, Method::GET, "/console/threads?folder=open")).await.ok();
    let row = row["records"][1]["live_chat"].clone();
    assert_eq!((&row["state"], row["pressing_since"].is_string()), (&json!("connected"), true));
    assert_eq!(
        names(&t, &nora, "open", 10).await,
        ["Dan", "Bob", "Eve", "Cid", "Ann"],
        "newest activity first behind those who wait in a live chat"
    );
    // Over is over.
    bob.post(&t, &format!("threads/{}/end", id(&first["thread"])), json!({})).await.ok();
    assert_eq!(names(&t, &nora, "open", 2).await[0], "Dan");
}

#[tokio::test]
async fn agents_see_pages_before_a_word_only_where_the_source_says_so() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let config = async || send(t.anonymous(Method::GET, &format!("/chat/{}/config", world.chat.token))).await.ok();
    assert_eq!(config().await["source"]["page_before_engaging"], false);
    let source = format!("/1.0/content_sources/{}", world.chat.id);
    t.put(&source, json!({"page_before_engaging": true})).await.ok();
    assert_eq!(config().await["source"]["page_before_engaging"], true);
}
