//! What the console reads of the inbox: who waits, what was done, what the search box finds.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::identity::{change, customers};
use crate::support::derived::assert_derived;
use crate::support::sdk::ThirdParty;
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, TestApp, eventually, id, send};

async fn folders(t: &TestApp, token: &str) -> Value {
    send(t.request_as(token, Method::GET, "/console/folders")).await.ok()
}

async fn take(t: &TestApp, token: &str, content: &impl ToString) -> Value {
    let body = json!({"content_id": content.to_string()});
    send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body)).await.ok()
}

/// The history's lines: what was done, by whom, and who had it then.
async fn lines(t: &TestApp, thread: &impl ToString) -> Vec<(String, Value, Value)> {
    let view = t.get(&format!("/console/threads/{}", thread.to_string())).await.ok();
    let lines = view["lines"].as_array().expect("lines").clone();
    let deed = |line: &Value| line["deed"].as_str().expect("a deed").to_owned();
    lines.iter().map(|l| (deed(l), l["by"]["name"].clone(), l["holder"]["name"].clone())).collect()
}

#[tokio::test]
async fn a_customers_word_in_a_thread_of_mine_is_counted_until_it_is_answered() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let counts = async || {
        let of = folders(&t, &nora).await;
        (of["mine_all"].as_i64(), of["mine"].as_i64(), of["mine_unread"].as_i64())
    };
    assert_eq!(counts().await, (Some(0), Some(0), Some(0)));
    take(&t, &nora, &said.content.id).await;
    assert_eq!(counts().await, (Some(1), Some(1), Some(1)));
    let read = format!("/console/threads/{thread}/read");
    send(t.request_as(&nora, Method::POST, &read)).await.ok();
    assert_eq!(counts().await, (Some(1), Some(1), Some(0)), "what is read and not answered still waits");
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Hello!"});
    send(t.request_as(&nora, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    assert_eq!(counts().await, (Some(1), Some(0), Some(0)));
    shop.say(&t, "ann", Some(&thread), "One more thing").await;
    assert_eq!(counts().await, (Some(1), Some(1), Some(1)));
    // Nobody else's.
    let of = folders(&t, ADMIN_TOKEN).await;
    assert_eq!((&of["mine"], &of["mine_unread"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn nothing_waits_in_a_locked_thread() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let path = format!("/1.0/content_threads/{}", said.thread.id);
    let places = async || {
        let of = folders(&t, ADMIN_TOKEN).await;
        let done = t.get("/console/threads?folder=done").await.ok()["count"].as_i64();
        (of["unassigned"].as_i64(), done)
    };
    t.put(&format!("{path}/close"), json!({})).await.ok();
    assert_eq!(places().await, (Some(0), Some(1)));
    assert_eq!(t.get("/console/threads?folder=done").await.ok()["records"][0]["state"], "done");
    t.put(&format!("{path}/open"), json!({})).await.ok();
    assert_eq!(places().await, (Some(1), Some(0)), "what was never answered waits again");
    t.put(&format!("{path}/close"), json!({})).await.ok();
    shop.say(&t, "ann", Some(said.thread.id.as_str()), "Still there?").await;
    assert_eq!(places().await, (Some(1), Some(0)));
    assert_derived(&t).await;
}

#[tokio::test]
async fn the_history_keeps_what_was_taken_back() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (omar_user, omar) = user(&t, "Omar", "Agent").await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let case = take(&t, &nora, &said.content.id).await;
    let path = format!("/1.0/interventions/{}", id(&case));
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Hello!"});
    send(t.request_as(&nora, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    send(t.request_as(&nora, Method::PUT, &format!("{path}/close"))).await.ok();
    take(&t, &omar, &said.content.id).await;
    send(t.request_as(&omar, Method::PUT, &format!("{path}/close"))).await.ok();
    shop.say(&t, "ann", Some(&thread), "One more thing").await;
    t.put(&format!("{path}/reassign?user_id={}", id(&omar_user)), json!({})).await.ok();
    t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    t.put(&format!("/1.0/content_threads/{thread}/open"), json!({})).await.ok();
    let (nora, omar, none) = (json!("Nora Test"), json!("Omar Test"), json!(null));
    let told = lines(&t, &thread).await;
    let told: Vec<(&str, &Value, &Value)> = told.iter().map(|(deed, by, has)| (deed.as_str(), by, has)).collect();
    assert_eq!(
        told[..5],
        [
            ("opened", &nora, &nora),
            ("closed", &nora, &nora),
            ("reopened", &omar, &omar),
            ("closed", &omar, &omar),
            ("reopened", &none, &omar),
        ]
    );
    let deeds: Vec<&str> = told[5..].iter().map(|(deed, ..)| *deed).collect();
    assert_eq!(deeds, ["locked", "unlocked"], "giving it to whom has it is no deed");
}

#[tokio::test]
async fn letting_go_and_archiving_are_told_too() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let case = take(&t, ADMIN_TOKEN, &said.content.id).await;
    t.delete(&format!("/1.0/interventions/{}/cancel", id(&case))).await.ok();
    t.put(&format!("/1.0/content_threads/{}/ignore", said.thread.id), json!({})).await.ok();
    let deeds: Vec<String> = lines(&t, &said.thread.id).await.into_iter().map(|(deed, ..)| deed).collect();
    assert_eq!(deeds, ["opened", "canceled", "archived"]);
}

/// What the search box finds in a folder: how many, and what was taken as words.
async fn typed(t: &TestApp, token: &str, folder: &str, q: &str) -> (i64, Vec<String>) {
    let query = [("folder", folder), ("q", q)];
    let answer = send(t.request_as(token, Method::GET, "/console/threads").query(&query)).await.ok();
    let words = answer["as_words"].as_array().expect("a list");
    let words = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    (answer["count"].as_i64().expect("a count"), words)
}

#[tokio::test]
async fn the_search_box_takes_conditions_and_words_and_is_never_wrong() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ids = customers(&t, &shop).await;
    change(&t, &ids[0], |i| i.mobile_phone = Some("+33 6 12".into())).await;
    t.clock.advance(Duration::from_secs(1));
    let late = shop.say(&t, "cleo", None, "note: the parcel \"is late").await;
    take(&t, ADMIN_TOKEN, &late.content.id).await;
    eventually("the words are indexed", async || (typed(&t, ADMIN_TOKEN, "all", "parcel").await.0 == 1).then_some(()))
        .await;
    for (folder, q, expected) in [
        ("unassigned", "hello", 2),
        ("all", "hello", 2),
        ("unassigned", "parcel", 0),
        ("all", "parcel", 1),
        ("all", "status:new", 2),
        ("all", "status:new hello", 2),
        ("all", "status:assigned", 1),
        ("unassigned", "status:assigned", 0),
        ("all", "-status_in:new", 1),
        ("all", "from:ann", 1),
        ("all", "from:\"33 6\" hello", 1),
        ("all", "-from:ann", 2),
        ("all", "from:nobody", 0),
        ("all", "note:", 1),
        ("all", "note:parcel", 1),
        ("all", "\"is late", 1),
        ("all", "status:", 3),
        ("all", "assigned_to_me:true", 1),
        ("all", "order:created_at.asc", 3),
        ("all", "order:relevance hello", 2),
    ] {
        assert_eq!(typed(&t, ADMIN_TOKEN, folder, q).await, (expected, vec![]), "{folder} {q}");
    }
    let (found, words) = typed(&t, ADMIN_TOKEN, "all", "status:green parcel").await;
    assert_eq!((found, words), (0, vec!["status:green".to_owned()]));
    let asked = [("folder", "all"), ("q", &format!("identity:{}", ids[1]))];
    let answer = send(t.request(Method::GET, "/console/threads").query(&asked)).await.ok();
    assert_eq!(answer["records"][0]["identity"]["id"], ids[1]);
}

#[tokio::test]
async fn the_search_box_narrows_a_folder_of_the_desks_own_too() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    customers(&t, &shop).await;
    let folder = json!({"label": "Waiting", "query": "status_in:new"});
    let folder = t.post("/1.0/folders", folder).await.ok();
    assert_eq!(typed(&t, ADMIN_TOKEN, id(&folder), "from:ann").await.0, 1);
    assert_eq!(typed(&t, ADMIN_TOKEN, id(&folder), "status:replied").await.0, 0);
}

#[tokio::test]
async fn who_may_not_find_people_searches_for_the_word() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    customers(&t, &shop).await;
    let role = json!({"label": "Reader", "read_content_source": true});
    let role = t.post("/1.0/roles", role).await.ok();
    let (nora, token) = user(&t, "Nora", "Agent").await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"role_id": role["id"]})).await.ok();
    shop.permit(&t, &nora, &[model::SourcePermission::Read]).await;
    assert_eq!(typed(&t, &token, "all", "hello").await.0, typed(&t, &token, "all", "").await.0);
    assert_eq!(typed(&t, &token, "all", "from:ann").await, (0, vec![]));
}

#[tokio::test]
async fn a_thread_without_a_customer_has_no_identity_anywhere() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let (mut socket, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    t.post("/1.0/contents", json!({"source_id": blog.id(), "title": "News", "body": "We have moved"})).await.ok();
    let row = socket.next_of("event").await["thread"].clone();
    assert_eq!(row["identity"], Value::Null);
    let rows = t.get("/console/threads?folder=all").await.ok();
    assert_eq!((&rows["count"], &rows["records"][0]["identity"]), (&json!(1), &Value::Null));
    let thread = t.get(&format!("/console/threads/{}", row["id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&thread["identity"], &thread["thread"]["identity"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&thread["identity_group"], &thread["page"], &thread["last_bot_id"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(thread["contents"][0]["body"], "We have moved");
}
