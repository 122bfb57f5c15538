//! The order of a thread, and of what is told of it, while clocks differ and jump: it is the order in which contents
//! came, wherever it is looked at.

use std::time::Duration;

use hubbub::backup;
use hubbub::config::Config;
use hubbub::domain::ingest::{self, Author, Incoming, Place};
use model::{ThreadId, Timestamp};
use serde_json::{Value, json};

use crate::support::receiver::Receiver;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, eventually, eventually_later, id};

fn bodies(records: &Value) -> Vec<String> {
    let records = records.as_array().expect("a list");
    records.iter().map(|record| record["body"].as_str().expect("a body").to_owned()).collect()
}

/// The API's list of a thread's contents, in an order.
async fn listed(t: &TestApp, thread: &str, order: &str) -> Vec<String> {
    let path = format!("/1.0/contents?limit=100&q=thread%3A{thread}%20{order}");
    bodies(&t.get(&path).await.ok()["records"])
}

/// Asserts that everything that shows a thread shows these contents, in this order.
async fn assert_order(t: &TestApp, thread: &str, expected: &[&str]) {
    let backwards: Vec<&str> = expected.iter().rev().copied().collect();
    assert_eq!(listed(t, thread, "order%3Acreated_at.asc").await, expected);
    assert_eq!(listed(t, thread, "").await, backwards);
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(bodies(&view["contents"]), expected);
    let found = t.get(&format!("/1.0/content_threads/{thread}")).await.ok();
    for (end, body) in [("first_content_id", expected.first()), ("last_content_id", expected.last())] {
        let content = t.get(&format!("/1.0/contents/{}", found[end].as_str().expect("an id"))).await.ok();
        assert_eq!(Some(&content["body"].as_str().expect("a body")), body, "{end}");
    }
    let rows = t.get("/console/threads?folder=unassigned").await.ok()["records"].clone();
    let row = rows.as_array().expect("rows").iter().find(|row| row["id"] == thread).cloned();
    if let Some(row) = row {
        assert_eq!(row["last_content"]["body"], *expected.last().expect("a content"), "{row}");
    }
}

/// A visitor's whole conversation, two messages at a time from its end.
async fn paged(t: &TestApp, visitor: &Visitor, thread: &str) -> Vec<String> {
    let (mut all, mut before): (Vec<String>, _) = (Vec::new(), String::new());
    loop {
        let page = visitor.get(t, &format!("threads/{thread}/messages?limit=2{before}")).await.ok();
        all.splice(0..0, bodies(&page["messages"]));
        if page["more"] == false {
            return all;
        }
        before = format!("&before={}", id(&page["messages"][0]));
    }
}

#[tokio::test]
async fn after_the_clock_was_set_back_what_comes_stands_at_the_end() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let visitor = Visitor::new(&t, &shop.chat).await;
    let first = visitor.write(&t, None, "one").await["message"].clone();
    let thread = first["thread_id"].as_str().expect("an id").to_owned();
    t.clock.advance(Duration::from_secs(60));
    t.post("/1.0/contents", json!({"in_reply_to_id": first["id"], "body": "two"})).await.ok();
    t.set_clock("2026-03-02T08:00:00Z");
    t.restart().await;
    let visitor = Visitor { session: Value::Null, ..visitor };
    let third = visitor.write(&t, Some(&thread), "three").await;
    assert_eq!(third["thread"]["last_message"]["body"], "three");
    assert_order(&t, &thread, &["one", "two", "three"]).await;
    assert_eq!(paged(&t, &visitor, &thread).await, ["one", "two", "three"]);
    // What is answered is what came before, whatever its time.
    let row = t.get(&format!("/1.0/content_threads/{thread}")).await.ok();
    assert_eq!(row["last_content_at"], "2026-03-02T08:00:00Z");
    t.post("/1.0/contents", json!({"in_reply_to_id": third["message"]["id"], "body": "four"})).await.ok();
    let statuses = t.get(&format!("/1.0/contents?q=thread%3A{thread}%20status_in%3Anew")).await.ok();
    assert_eq!(statuses["count"], 0, "{statuses}");
    visitor.post(&t, &format!("threads/{thread}/read"), json!({"message_id": third["message"]["id"]})).await.ok();
    let unread = visitor.get(&t, "threads").await.ok()["threads"][0].clone();
    assert_eq!((&unread["unread"], &unread["last_message"]["body"]), (&json!(1), &json!("four")));
    assert_order(&t, &thread, &["one", "two", "three", "four"]).await;
}

#[tokio::test]
async fn what_was_written_earlier_and_comes_later_stands_where_it_came_with_its_own_time() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let thread = shop.say(&t, "ann", None, "now").await.thread.id.to_string();
    let author = Author { foreign_id: "ann".into(), ..Author::default() };
    let place = Place::Known(ThreadId::parse(&thread).expect("an id"));
    let mut late = Incoming::text(shop.chat.clone(), author, place, "yesterday".into());
    late.written_at = Timestamp::parse("2026-03-01T09:00:00Z");
    t.app.db.write(move |tx| Box::pin(ingest::receive(tx, late))).await.expect("received");
    assert_order(&t, &thread, &["now", "yesterday"]).await;
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(view["contents"][1]["created_at"], "2026-03-01T09:00:00Z");
    assert_eq!(view["thread"]["updated_at"], "2026-03-02T09:00:00Z", "it is not older than what it has");
}

#[tokio::test]
async fn comments_and_lines_stand_between_the_contents_that_they_came_between() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "one").await;
    let thread = said.thread.id.to_string();
    t.set_clock("2026-03-02T07:00:00Z");
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    shop.say(&t, "ann", Some(&thread), "two").await;
    t.set_clock("2026-03-02T06:00:00Z");
    let comment = json!({"intervention_id": id(&case), "body": "a note"});
    t.post("/1.0/intervention_comments", comment).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "three"})).await.ok();
    t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    let ordinals: Vec<_> =
        view["contents"].as_array().expect("contents").iter().map(|c| c["ordinal"].clone()).collect();
    assert_eq!(ordinals, [json!(1), json!(3), json!(4)]);
    assert_eq!(view["comments"][0]["after"], 3);
    let lines: Vec<_> = view["lines"].as_array().expect("lines").iter().map(|l| (&l["deed"], &l["ordinal"])).collect();
    assert_eq!(lines, [(&json!("opened"), &json!(2)), (&json!("closed"), &json!(5))]);
}

#[tokio::test]
async fn a_domain_from_a_backup_goes_on_in_its_order() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let thread = shop.say(&t, "ann", None, "one").await.thread.id.to_string();
    t.set_clock("2026-03-02T07:00:00Z");
    shop.say(&t, "ann", Some(&thread), "two").await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("domain.backup");
    backup::save(&t.app.config, &file, true).await.expect("saved");
    let place = Config { data_dir: folder.path().join("data"), database_url: None, ..t.app.config.clone() };
    backup::restore(&place, &file, false, true).await.expect("restored");
    let other = TestApp::start_with(|config| {
        config.data_dir.clone_from(&place.data_dir);
        config.database_url = None;
    })
    .await;
    other.set_clock("2026-03-02T05:00:00Z");
    shop.say(&other, "ann", Some(&thread), "three").await;
    assert_order(&other, &thread, &["one", "two", "three"]).await;
}

/// What a receiver was told, in the order of the first time: a server whose clock differs, or is set back, may take the
/// other's requests for dead, so that some come twice.
fn told_once(receiver: &Receiver) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for body in receiver.bodies() {
        if !told.contains(&body) {
            told.push(body);
        }
    }
    told
}

#[tokio::test]
async fn two_servers_whose_clocks_differ_keep_one_order() {
    let t = TestApp::start().await;
    let Some(behind) = t.beside("2026-03-02T08:59:58Z").await else { return };
    let shop = World::new(&t).await;
    let visitor = Visitor::new(&t, &shop.chat).await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    let first = visitor.write(&t, None, "0").await["message"].clone();
    let thread = first["thread_id"].as_str().expect("an id").to_owned();
    for n in 1..20 {
        let server = if n % 2 == 0 { &t } else { &behind };
        visitor.write(server, Some(&thread), &n.to_string()).await;
        // A jump of one of them, each way.
        match n {
            7 => behind.set_clock("2026-03-05T09:00:00Z"),
            13 => behind.set_clock("2026-03-02T07:00:00Z"),
            _ => {}
        }
    }
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    for server in [&t, &behind] {
        assert_order(server, &thread, &expected).await;
        assert_eq!(paged(server, &visitor, &thread).await, expected);
    }
    // Clocks go on.
    let told = || async { Some(told_once(&receiver)).filter(|told| told.len() >= expected.len()) };
    assert_eq!(eventually_later(&[&t, &behind], "all of them", told).await, expected);
    behind.stop().await;
}

#[tokio::test]
async fn a_webhook_is_told_of_all_that_comes_after_it_whatever_the_clock_shows() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let before = shop.say(&t, "ann", None, "before").await.thread.id.to_string();
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    // Two servers, of which one is behind; or one, whose clock was set back.
    let behind = t.beside("2026-03-02T08:59:58Z").await;
    if let Some(behind) = &behind {
        shop.say(behind, "ann", Some(&before), "behind").await;
    } else {
        t.set_clock("2026-03-02T08:00:00Z");
        t.restart().await;
        shop.say(&t, "ann", Some(&before), "behind").await;
    }
    t.set_clock("2026-03-02T06:00:00Z");
    shop.say(&t, "ann", Some(&before), "back").await;
    let told = || async { Some(told_once(&receiver)).filter(|told| told.len() >= 2) };
    assert_eq!(eventually("both", told).await, ["behind", "back"]);
    if let Some(behind) = behind {
        behind.stop().await;
    }
}

#[tokio::test]
async fn contents_go_to_a_third_party_in_the_order_of_their_thread() {
    use crate::support::sdk::{Reaction, ThirdParty};
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([Reaction::Status(503, "down")]);
    blog.reply(&t, &said, "one").await;
    // When it is tried again is said by the clock of then.
    let failed = "SELECT COUNT(*) FROM content_exports WHERE failures_count = 1";
    let failed = async || t.app.db.read(|tx| Box::pin(tx.number(failed, Vec::new()))).await;
    eventually("a try", async || (failed().await.expect("a number") == 1).then_some(())).await;
    t.set_clock("2026-03-02T08:00:00Z");
    blog.reply(&t, &said, "two").await;
    let all = async || Some(blog.got()).filter(|got| got.len() == 3);
    let got = eventually("what was tried again, and the next", all).await;
    let seen: Vec<&str> = got.iter().filter_map(|got| got.params["body"].as_str()).collect();
    assert_eq!(seen, ["<p>one</p>", "<p>one</p>", "<p>two</p>"]);
}
