//! How third parties fare, and what people are told of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, assert_fields, eventually, id};

fn path(blog: &ThirdParty, what: &str) -> String {
    format!("/1.0/content_sources/{}{what}", blog.id())
}

/// What the journal has of sources that fare otherwise than before.
async fn changes(t: &TestApp) -> Vec<String> {
    let read = t.app.db.read(|tx| {
        Box::pin(async move {
            let sql = "SELECT metadata FROM journal WHERE kind = 'content_source.health_changed' ORDER BY position";
            let mut rows = tx.rows(sql, Vec::new()).await?;
            rows.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, store::Error>>()
        })
    });
    let all = read.await.expect("a read");
    all.iter()
        .map(|text| serde_json::from_str::<Value>(text).expect("JSON")["health"].as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test]
async fn what_a_third_party_tells_that_it_can_do_applies_where_nobody_says_otherwise() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    blog.answers(|_, _| {
        Reaction::Object(json!({
            "objects": ["messages.create", "messages.pin", "comments.list"],
            "options": ["messages.text", "messages.unthreaded", "messages.shiny"],
            "locales": {"default": {"pin": "Pin to top"}},
        }))
    });
    blog.run(&t).await;
    let source = t.get(&path(&blog, "")).await.ok();
    let expected = json!({"objects": {"messages": ["create", "pin"]}, "options": ["messages.text", "messages.unthreaded"],
                          "locales": {"default": {"pin": "Pin to top"}}, "unknown": ["comments.list", "messages.shiny"],
                          "conflicts": []});
    assert_eq!((&source["implementation"], &source["sdk_options"]), (&expected, &Value::Null));
    let said = json!({"id": "1", "author": {"id": "a", "screenname": "A"}, "body": "b"});
    assert_eq!(blog.send(&t, "messages.create", said).await.text, "ok", "without a thread");
    let said = blog.content(&t, "1").await;
    blog.reply(&t, &said, "c").await;
    assert_eq!(blog.gets(1).await[0].params["format"], "text");

    // What somebody has set wins.
    t.put(&path(&blog, ""), json!({"sdk_options": ["messages.unthreaded"]})).await.ok();
    blog.reply(&t, &said, "d").await;
    assert_eq!(blog.gets(2).await[1].params["format"], "html");
    let asked = blog.asked().len();
    t.clock.advance(Duration::from_secs(10));
    eventually("it is asked after it was saved", || async { (blog.asked().len() > asked).then_some(()) }).await;
}

#[tokio::test]
async fn what_takes_nothing_is_told_so_while_somebody_writes() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.answers(|_, _| Reaction::Object(json!({"objects": {"messages": ["show"]}, "options": []})));
    blog.run(&t).await;
    let reply = json!({"in_reply_to_id": id(&said), "body": "b"});
    assert_eq!(t.post("/1.0/contents", reply).await.error(422), "create_not_supported");
}

#[tokio::test]
async fn answers_and_discussions_go_where_it_takes_them() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = async |name: &'static str, thread: &'static str, actions: Value| {
        let author = json!({"id": "7", "screenname": "Ann"});
        let params = json!({"id": name, "thread_id": thread, "author": author, "body": "Hello", "actions": actions});
        assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
        blog.content(&t, name).await
    };
    let (closed, open) = (said("1", "42", json!(["show"])).await, said("2", "43", json!(["show", "reply"])).await);
    blog.answers(|_, _| {
        let objects = json!({"threads": ["list", "create"], "messages": ["create", "show", "reply"], "private_messages": ["show"]});
        Reaction::Object(json!({"objects": objects, "options": ["threads.no_content"]}))
    });
    blog.run(&t).await;
    let can = async |content: &Value| {
        let path = format!("/console/threads/{}", content["thread_id"].as_str().expect("an id"));
        t.get(&path).await.ok()["can"]["reply"].clone()
    };
    assert_eq!((can(&closed).await, can(&open).await), (json!(false), json!(true)));
    let reply = |to: &Value| json!({"in_reply_to_id": id(to), "body": "b"});
    assert_eq!(t.post("/1.0/contents", reply(&closed)).await.error(422), "create_not_supported");
    t.post("/1.0/contents", reply(&open)).await.ok();
    // It takes threads that have no text, and no private messages.
    for private in [false, true] {
        let begun = json!({"source_id": blog.source["id"], "title": "News", "body": "b", "private": private, "to": open["author_id"]});
        assert_eq!(t.post("/1.0/contents", begun).await.error(422), "create_not_supported", "{private}");
    }
}

#[tokio::test]
async fn one_that_has_never_told_what_it_can_do_goes_on_as_it_was() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    // Nobody has asked yet, or it has told: forget that.
    blog.answers(|_, _| Reaction::Status(422, "Invalid action"));
    let forget = "UPDATE content_sources SET implementation = NULL";
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.execute(forget, Vec::new()).await }));
    done.await.expect("written");
    let run = blog.run(&t).await;
    assert_eq!(run["reason_code"], "not_told");
    let health = blog.health(&t).await;
    assert_eq!((&health["state"], &health["code"]), (&json!("degraded"), &json!("not_told")));
    assert_eq!(t.get(&path(&blog, "")).await.ok()["status"], "ok");
    let said = blog.says(&t, "1", "42", "a").await;
    let reply = blog.reply(&t, &said, "b").await;
    blog.synchronized(&t, &reply, "success").await;
}

#[tokio::test]
async fn a_source_that_fails_is_told_of_once_and_what_waits_for_it_goes_out_as_it_recovers() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    assert_eq!(changes(&t).await, ["ok"]);
    let down = Arc::new(AtomicBool::new(true));
    let is_down = down.clone();
    let info = json!({"objects": {"messages": ["create"]}, "options": []});
    blog.answers(move |_, _| match is_down.load(Ordering::SeqCst) {
        true => Reaction::Status(503, "down for lunch"),
        false => Reaction::Object(info.clone()),
    });
    blog.script(std::iter::repeat_n(Reaction::Status(500, "{}"), 3));
    let reply = blog.reply(&t, &said, "b").await;
    blog.tried(&t, &reply, 1).await;
    for (expected, tries) in [("ok", 2), ("ok", 2), ("error", 2), ("error", 3)] {
        blog.run(&t).await;
        assert_eq!(blog.health(&t).await["state"], expected);
        blog.tried(&t, &reply, tries).await;
    }
    let source = t.get(&path(&blog, "")).await.ok();
    assert_eq!(
        (&source["status"], &source["error_message"]),
        (&json!("error"), &json!("answered 503: down for lunch"))
    );
    let health = &source["health"];
    assert_fields(
        health,
        "code last_received_at last_sent_at last_success_at message next_run_at oldest_waiting_at parked_items since \
         state waiting_exports",
    );
    assert_eq!((&health["waiting_exports"], &health["oldest_waiting_at"]), (&json!(1), &reply["created_at"]));
    let page = t.get("/metrics").await.text;
    let of = |state: &str| format!("hubbub_source_health{{source=\"{}\",state=\"{state}\"}}", blog.id());
    assert!(page.contains(&format!("{} 1", of("error"))) && page.contains(&format!("{} 0", of("ok"))), "{page}");

    down.store(false, Ordering::SeqCst);
    let export = blog.export(&t, &reply).await;
    blog.run(&t).await;
    // Earlier than it would have been tried.
    assert!(export["next_attempt_at"].as_str() > Some(t.clock.now().to_api().as_str()), "{export}");
    blog.synchronized(&t, &reply, "success").await;
    assert_eq!(changes(&t).await, ["ok", "error", "ok"]);

    t.put(&path(&blog, ""), json!({"active": false})).await.ok();
    let source = t.get(&path(&blog, "")).await.ok();
    assert_eq!((&source["status"], &source["health"]["state"]), (&json!("error"), &json!("paused")));
    assert_eq!(source["health"]["next_run_at"], Value::Null);
    assert_eq!(t.post(&path(&blog, "/run"), json!({})).await.error(422), "source_not_asked");
}

#[tokio::test]
async fn a_source_that_takes_nothing_five_times_in_a_row_is_told_of() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script(std::iter::repeat_n(Reaction::Error("full", false), 5));
    let reply = blog.reply(&t, &said, "b").await;
    for (count, pause) in [(1, 10), (2, 30), (3, 120), (4, 600)] {
        blog.tried(&t, &reply, count).await;
        t.clock.advance(Duration::from_secs(pause));
    }
    let failed = || async { (blog.health(&t).await["state"] == "error").then_some(()) };
    eventually("five tries", failed).await;
    assert_eq!(blog.health(&t).await["message"], "answered 200: full");
    t.clock.advance(Duration::from_secs(3600));
    blog.synchronized(&t, &reply, "success").await;
    assert_eq!(blog.health(&t).await["state"], "ok");
}

#[tokio::test]
async fn a_source_of_which_nothing_works_for_ten_minutes_is_told_of_however_seldom_it_was_tried() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script(std::iter::repeat_n(Reaction::Error("full", false), 4));
    let reply = blog.reply(&t, &said, "b").await;
    for (count, pause) in [(1, 10), (2, 30), (3, 120)] {
        blog.tried(&t, &reply, count).await;
        t.clock.advance(Duration::from_secs(pause));
    }
    blog.tried(&t, &reply, 4).await;
    t.clock.advance(Duration::from_secs(380));
    blog.run(&t).await;
    assert_eq!(blog.health(&t).await["state"], "ok", "nine minutes");
    // The next try is not due yet: the clock alone tells.
    t.clock.advance(Duration::from_secs(61));
    let failed = || async { (blog.health(&t).await["state"] == "error").then_some(()) };
    eventually("ten minutes", failed).await;
    assert_eq!(blog.health(&t).await["message"], "answered 200: full");
    assert_eq!(changes(&t).await, ["ok", "error"]);
    t.clock.advance(Duration::from_secs(600));
    blog.synchronized(&t, &reply, "success").await;
    assert_eq!(changes(&t).await, ["ok", "error", "ok"]);
}

#[tokio::test]
async fn looking_at_a_source_tells_which_step_does_not_work() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let next = Arc::new(Mutex::new(Reaction::Forged));
    let answers = next.clone();
    blog.answers(move |_, _| answers.lock().expect("not poisoned").clone());
    let steps = async |reaction: Reaction| {
        *next.lock().expect("not poisoned") = reaction;
        let found = t.post(&path(&blog, "/test"), json!({})).await.ok();
        let steps = found["steps"].as_array().expect("a list").clone();
        let failed = steps.iter().find(|step| step["ok"] == false).map(|step| {
            (step["step"].as_str().expect("a step").to_owned(), step["code"].as_str().expect("a code").to_owned())
        });
        assert_eq!(found["ok"], failed.is_none());
        failed
    };
    let of = |step: &str, code: &str| Some((step.to_owned(), code.to_owned()));
    assert_eq!(steps(Reaction::Forged).await, of("signature", "signature"));
    assert_eq!(steps(Reaction::Status(422, "Invalid signature")).await, of("signature", "signature"));
    assert_eq!(steps(Reaction::Status(200, "<html>")).await, of("info", "not_json"));
    assert_eq!(steps(Reaction::Object(json!({}))).await, of("info", "no_objects"));
    assert_eq!(steps(Reaction::Status(404, "nothing here")).await, of("info", "refused"));
    let both = json!({"objects": ["messages.create", "private_messages.create"], "options": ["view.messaging"]});
    assert_eq!(steps(Reaction::Object(both)).await, of("options", "conflicts"));
    assert_eq!(steps(Reaction::Object(json!({"objects": ["messages.create"]}))).await, None);
    assert_eq!(t.get(&path(&blog, "")).await.ok()["implementation"]["objects"]["messages"], json!(["create"]));
    t.put(&path(&blog, ""), json!({"endpoint_url": "http://127.0.0.1:9/"})).await.ok();
    assert_eq!(steps(Reaction::Forged).await, of("address", "no_connection"));
    t.put(&path(&blog, ""), json!({"endpoint_url": "http://no-such-host.invalid/"})).await.ok();
    assert_eq!(steps(Reaction::Forged).await, of("address", "dns"));
}

#[tokio::test]
async fn private_addresses_are_a_trouble_of_their_source_alone() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let found = t.post(&path(&blog, "/test"), json!({})).await.ok();
    assert_eq!(
        (&found["steps"][0]["step"], &found["steps"][0]["code"]),
        (&json!("address"), &json!("private_address"))
    );
    assert!(blog.asked().is_empty());
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_kept_until_somebody_has_it_tried_again_or_drops_it() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let long = |id: &str| json!({"id": id, "thread_id": "42", "author": {"id": "1", "screenname": "J"}, "body": "x".repeat(20_001)});
    let good = json!({"id": "2", "thread_id": "42", "author": {"id": "1", "screenname": "J"}, "body": "good"});
    let list = json!([long("3"), good, long("1")]);
    blog.answers(move |action, params| match (action, params.get("since_id")) {
        ("implementation.info", _) => Reaction::Object(json!({"objects": ["messages.list", "messages.create"]})),
        (_, None) => Reaction::Object(list.clone()),
        _ => Reaction::Object(json!([])),
    });
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], &run["parked"]), (&json!(1), &json!(2)), "{run}");
    let health = blog.health(&t).await;
    assert_eq!(
        (&health["state"], &health["code"], &health["parked_items"]),
        (&json!("degraded"), &json!("parked_items"), &json!(2))
    );
    let parked = t.get(&path(&blog, "/parked_items")).await.ok();
    let first = &parked["records"][0];
    assert_fields(first, "attempts_count id kind last_error payload received_at source_id updated_at");
    assert_eq!((&parked["count"], &first["kind"], &first["attempts_count"]), (&json!(2), &json!("message"), &json!(1)));
    assert!(first["last_error"].as_str().is_some_and(|why| why.contains("20000")), "{}", first["last_error"]);
    let item = |one: usize| path(&blog, &format!("/parked_items/{}", id(&parked["records"][one])));

    assert_eq!(t.put(&format!("{}/retry", item(0)), json!({})).await.error(422), "not_taken_in");
    assert_eq!(t.get(&path(&blog, "/parked_items")).await.ok()["records"][0]["attempts_count"], 2);
    // As a later version might take it.
    let sql = "UPDATE inbound_items SET payload = replace(payload, 'xxxxxxxxxx', '')";
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.execute(sql, Vec::new()).await }));
    done.await.expect("written");
    t.put(&format!("{}/retry", item(0)), json!({})).await.ok();
    assert_eq!(blog.content(&t, "1").await["body"], "x");
    t.delete(&item(1)).await.ok();
    assert_eq!(t.delete(&item(1)).await.error(404), "not_found");
    assert_eq!(t.get(&path(&blog, "/parked_items")).await.ok()["count"], 0);
    assert_eq!(blog.health(&t).await["state"], "ok");
    assert_eq!(blog.contents(&t).await.len(), 2);
}
