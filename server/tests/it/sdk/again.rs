//! A content that its source tells of once more.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, eventually, id};

fn message(name: &str, body: &str, more: Value) -> Value {
    let author = json!({"id": "666", "screenname": "John Doe"});
    let mut message = json!({"id": name, "thread_id": "42", "author": author, "body": body, "format": "text"});
    message.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    message
}

async fn tell(t: &TestApp, blog: &ThirdParty, message: Value) {
    let answer = blog.send(t, "messages.create", message).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ok"));
}

/// What the journal says of edits, oldest first: what changed, and the texts of before.
async fn edits(t: &TestApp) -> Vec<Value> {
    let page = t.get("/1.0/events/journal?after=0&type=content.edited").await.ok();
    let facts = |one: &Value| one["resource"]["metadata"].clone();
    let entries = page["records"].as_array().unwrap_or_else(|| panic!("{page}")).iter().map(facts);
    entries.map(|facts| json!([facts["changed"], facts["previous"]])).collect()
}

#[tokio::test]
async fn what_is_newer_takes_the_place_of_the_text_and_the_journal_keeps_the_earlier_one() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    tell(&t, &blog, message("1", "The frist text", json!({"updated_at": "2026-03-02T08:00:00Z"}))).await;
    let first = blog.content(&t, "1").await;
    let engage = format!("/1.0/contents/{}/ignore", id(&first));
    t.put(&engage, json!({})).await.ok();
    // Twice the same is nothing, and neither is another text that is no newer, or older.
    tell(&t, &blog, message("1", "The frist text", json!({"updated_at": "2026-03-02T08:00:00Z"}))).await;
    tell(&t, &blog, message("1", "Rubbish", json!({"updated_at": "2026-03-02T08:00:00Z"}))).await;
    tell(&t, &blog, message("1", "Rubbish", json!({"updated_at": "2026-03-02T07:00:00Z", "categories": ["x"]}))).await;
    tell(&t, &blog, message("1", "Rubbish", json!({}))).await;
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["body"], &content["edited_at"]), (&json!("The frist text"), &Value::Null));
    assert_eq!(edits(&t).await, Vec::<Value>::new());

    let newer = json!({"updated_at": "2026-03-02T08:30:00Z", "title": "A title", "categories": ["TV"]});
    tell(&t, &blog, message("1", "The first text", newer)).await;
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["body"], &content["title"]), (&json!("The first text"), &json!("A title")));
    assert_eq!((&content["status"], &content["foreign_categories"]), (&json!("ignored"), &json!(["TV"])));
    assert_eq!((&content["id"], &content["edited_at"]), (&first["id"], &json!("2026-03-02T08:30:00Z")));
    let previous = json!({"body": "The frist text", "title": null});
    assert_eq!(edits(&t).await, [json!([["body", "title", "categories"], previous])]);
    // Everybody who looks for it finds it by what it says now.
    let found = async |word: &str| t.get(&format!("/1.0/contents?q=text:{word}")).await.ok()["count"].clone();
    eventually("the new words", || async { (found("first").await == 1).then_some(()) }).await;
    assert_eq!(found("frist").await, 0);
    let thread = format!("/1.0/content_threads/{}", first["thread_id"].as_str().expect("an id"));
    assert_eq!(t.get(&thread).await.ok()["title"], "The first text");
    let page = t.get(&format!("/console/threads/{}", first["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!(page["contents"][0]["edited_at"], "2026-03-02T08:30:00Z");
}

#[tokio::test]
async fn what_may_be_done_with_it_and_whether_it_is_seen_come_at_any_time() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let given = json!({"published": false, "actions": ["show", "publish", "Rubbish", ""]});
    tell(&t, &blog, message("1", "Hello", given)).await;
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["published"], &content["status"]), (&json!(false), &json!("new")));
    tell(
        &t,
        &blog,
        message("1", "Other", json!({"published": true, "actions": ["delete"], "display_url": "https://a.test/1"})),
    )
    .await;
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["published"], &content["body"]), (&json!(true), &json!("Hello")));
    assert_eq!((&content["source_url"], &content["edited_at"]), (&json!("https://a.test/1"), &Value::Null));
    // What is left out stays.
    tell(&t, &blog, message("1", "Hello", json!({"actions": []}))).await;
    assert_eq!(edits(&t).await, [json!([["actions", "published", "display_url"], {}])]);
}

#[tokio::test]
async fn nobody_takes_the_id_of_somebody_else() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "Mine").await;
    let mut other = message("1", "Yours", json!({"updated_at": "2030-01-01"}));
    other["author"] = json!({"id": "667", "screenname": "Somebody"});
    let refused = blog.send(&t, "messages.create", other.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.text.as_str()), (422, "Invalid resource format"));
    assert_eq!(blog.content(&t, "1").await["body"], "Mine");
    // What was written here comes back as whoever the other side says that it is by.
    blog.script([Reaction::Id("2")]);
    let reply = blog.reply(&t, &said, "Ours").await;
    blog.synchronized(&t, &reply, "success").await;
    t.clock.advance(Duration::from_secs(60));
    other["id"] = json!("2");
    other["updated_at"] = json!("2026-03-02T09:00:10Z");
    tell(&t, &blog, other.clone()).await;
    assert_eq!(blog.content(&t, "2").await["body"], "Ours");
    // Later somebody corrects it there.
    other["updated_at"] = json!("2026-03-02T09:00:30Z");
    tell(&t, &blog, other).await;
    let corrected = blog.content(&t, "2").await;
    assert_eq!((&corrected["body"], &corrected["id"]), (&json!("Yours"), &reply["id"]));
}

#[tokio::test]
async fn files_are_not_fetched_again() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let file = json!([{"url": format!("{}/files/hello.txt", blog.url)}]);
    tell(&t, &blog, message("1", "See", json!({"attachments": file, "updated_at": "2026-03-02T08:00:00Z"}))).await;
    let gone = json!([{"url": format!("{}/files/gone", blog.url)}]);
    tell(&t, &blog, message("1", "See here", json!({"attachments": gone, "updated_at": "2026-03-02T08:01:00Z"}))).await;
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["body"], &content["attachments_count"]), (&json!("See here"), &json!(1)));
    assert_eq!(content["context_data"], json!({}));
}
