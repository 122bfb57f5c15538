use std::time::Duration;

use hubbub::domain::export::{self, Answered, Outcome, Reason, Taken};
use model::ContentId;
use reqwest::Method;
use serde_json::{Value, json};
use store::export::Export;

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, eventually, send};

async fn row(t: &TestApp, content: &Value) -> Export {
    let id = ContentId::parse(content["id"].as_str().expect("an id")).expect("an id");
    let read = t.app.db.read(move |tx| Box::pin(async move { store::export::find(tx, &id).await }));
    read.await.expect("a read").expect("an export")
}

/// Waits until so many tries have failed and that is written down.
async fn failures(t: &TestApp, content: &Value, count: i64) -> Export {
    eventually("a failure", || async { Some(row(t, content).await).filter(|e| e.failures_count == count) }).await
}

fn retry_path(content: &Value) -> String {
    format!("/1.0/contents/{}/retry_export", content["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn what_fails_is_tried_again_and_those_behind_it_wait() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([
        Reaction::Status(503, "down"),
        Reaction::Forged,
        Reaction::Error("full", false),
        Reaction::Status(200, "<html>"),
        Reaction::Unsigned("done"),
    ]);
    let first = blog.reply(&t, &said, "one").await;
    let second = blog.reply(&t, &said, "two").await;
    for (count, pause, reason) in [
        (1, 10, "answered 503: down"),
        (2, 30, "answered 200 with a signature that does not fit"),
        (3, 120, "answered 200: full"),
        (4, 600, "answered 200, but not with a JSON object"),
    ] {
        let export = failures(&t, &first, count).await;
        assert_eq!(export.last_error.as_deref(), Some(reason));
        assert_eq!(export.next_attempt_at, t.clock.now().plus_seconds(pause));
        t.clock.advance(Duration::from_secs(u64::try_from(pause).expect("seconds")));
    }
    assert_eq!(blog.synchronized(&t, &first, "success").await["foreign_id"], "done");
    blog.synchronized(&t, &second, "success").await;
    let got = blog.got();
    let seen: Vec<_> = got.iter().map(|g| (g.params["body"].as_str(), g.params["retry"] == true)).collect();
    let one = (Some("<p>one</p>"), true);
    assert_eq!(seen, [(Some("<p>one</p>"), false), one, one, one, one, (Some("<p>two</p>"), false)]);
    assert!(got[..5].iter().all(|g| g.params["content_id"] == first["id"]));
}

#[tokio::test]
async fn after_a_day_it_is_an_error_that_an_agent_can_send_again() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script(std::iter::repeat_n(Reaction::Status(500, "no"), 100));
    let reply = blog.reply(&t, &said, "one").await;
    assert_eq!(t.put(&retry_path(&reply), json!({})).await.error(422), "export_not_failed");
    let begun = t.clock.now();
    let mut count = 1;
    loop {
        let export = failures(&t, &reply, count).await;
        assert!(export.next_attempt_at <= begun.plus_seconds(24 * 3600));
        t.clock.set(export.next_attempt_at);
        if t.clock.now() == begun.plus_seconds(24 * 3600) {
            break;
        }
        count += 1;
    }
    let failed = blog.synchronized(&t, &reply, "error").await;
    assert_eq!(failed["synchronization_error"], "Given up after 24 hours: answered 500: no");
    // Hour by hour, a tenth more or less.
    let tries = blog.got().len();
    assert!((27..=31).contains(&tries), "{tries}");
    t.clock.advance(Duration::from_secs(3600));

    blog.script([]);
    let said_path = retry_path(&said);
    assert_eq!(t.put(&said_path, json!({})).await.error(422), "export_not_failed");
    let (agent, agent_id) = t.user_of("Agent").await;
    let path = format!("/1.0/users/{agent_id}/sources_permissions");
    t.put(&path, json!({blog.id(): "read"})).await.ok();
    send(t.request_as(&agent, Method::PUT, &retry_path(&reply))).await.error(403);
    assert_eq!(t.put("/1.0/contents/5950328914bf8a22305f446a/retry_export", json!({})).await.error(404), "not_found");
    let sent = t.put(&retry_path(&reply), json!({})).await.ok();
    assert_eq!((&sent["synchronization_status"], &sent["synchronization_error"]), (&json!("pending"), &Value::Null));
    let export = failures(&t, &reply, 1).await;
    assert_eq!(export.next_attempt_at, t.clock.now().plus_seconds(10));
    assert!(blog.got().last().is_some_and(|g| g.params["retry"] == true));
}

#[tokio::test]
async fn a_fatal_error_is_final_and_the_next_content_goes_out() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([Reaction::Error("You are banned.", true)]);
    let first = blog.reply(&t, &said, "one").await;
    let second = blog.reply(&t, &said, "two").await;
    let failed = blog.synchronized(&t, &first, "error").await;
    assert_eq!(failed["synchronization_error"], "answered 200: You are banned.");
    blog.synchronized(&t, &second, "success").await;
    assert_eq!(blog.got().len(), 2);

    // Nobody answers what never arrived; once it has, they may.
    let answer = json!({"in_reply_to_id": first["id"], "body": "again"});
    assert_eq!(t.post("/1.0/contents", answer.clone()).await.error(422), "not_synchronized");
    t.put(&retry_path(&first), json!({})).await.ok();
    blog.synchronized(&t, &first, "success").await;
    assert_eq!(blog.got().last().map(|g| g.params["retry"] == true), Some(true));
    t.post("/1.0/contents", answer).await.ok();
}

#[tokio::test]
async fn what_a_dead_process_had_taken_is_sent_when_its_lease_ends() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    t.put(&path, json!({"active": false})).await.ok();
    let reply = blog.reply(&t, &said, "one").await;
    // Another process takes it, and is never heard of again.
    let source = blog.row(&t).await.id;
    let taken =
        t.app.db.write(move |tx| Box::pin(async move { export::take(tx, &source, "other", &[], 8).await })).await;
    assert_eq!(taken.expect("taken").len(), 1);
    t.put(&path, json!({"active": true})).await.ok();
    t.clock.advance(Duration::from_secs(9));
    let other = ThirdParty::new(&t, "Other").await;
    let heard = other.says(&t, "1", "42", "a").await;
    let replied = other.reply(&t, &heard, "b").await;
    other.synchronized(&t, &replied, "success").await;
    assert!(blog.got().is_empty());
    t.clock.advance(Duration::from_secs(1));
    blog.synchronized(&t, &reply, "success").await;
    let got = blog.got();
    assert_eq!((got.len(), &got[0].params["retry"]), (1, &json!(true)));
}

#[tokio::test]
async fn a_late_failure_of_who_lost_the_lease_changes_nothing() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    t.put(&format!("/1.0/content_sources/{}", blog.id()), json!({"active": false})).await.ok();
    let reply = blog.reply(&t, &said, "one").await;
    let take = || {
        let (db, source) = (t.app.db.clone(), blog.id().to_owned());
        let source = model::SourceId::parse(&source).expect("an id");
        async move {
            let taken =
                db.write(move |tx| Box::pin(async move { export::take(tx, &source, "other", &[], 8).await })).await;
            taken.expect("taken").into_iter().next()
        }
    };
    let note = |taken: Taken, outcome: Outcome| {
        let db = t.app.db.clone();
        async move {
            let planned = ["messages.create".to_owned()];
            let noted =
                db.write(move |tx| Box::pin(async move { export::note(tx, &taken, &planned, outcome.into()).await }));
            noted.await.expect("noted");
        }
    };
    let refused = || Outcome::Refused(Reason::new("refused", "late"));
    let first = take().await.expect("one");
    assert!(take().await.is_none());
    t.clock.advance(Duration::from_secs(60));
    let second = take().await.expect("the same again");
    note(first.clone(), refused()).await;
    assert_eq!(row(&t, &reply).await.attempts_count, second.export.attempts_count);
    let path = format!("/1.0/contents/{}", first.export.content_id);
    assert_eq!(t.get(&path).await.ok()["synchronization_status"], "pending");
    // But that it has arrived is true whoever says it.
    note(first, Outcome::Done(Answered { foreign_id: Some("7".into()), ..Answered::default() })).await;
    note(second, refused()).await;
    let content = t.get(&format!("/1.0/contents/{}", reply["id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&content["synchronization_status"], &content["foreign_id"]), (&json!("success"), &json!("7")));
}

#[tokio::test]
async fn private_endpoints_are_refused_and_missing_ones_waited_for() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let reply = blog.reply(&t, &said, "one").await;
    let export = failures(&t, &reply, 1).await;
    assert!(export.last_error.is_some_and(|e| e.starts_with("refused: 127.0.0.1 has no public address")));
    assert!(blog.got().is_empty());

    t.put(&format!("/1.0/content_sources/{}", blog.id()), json!({"endpoint_url": ""})).await.ok();
    t.clock.advance(Duration::from_secs(10));
    let export = failures(&t, &reply, 2).await;
    assert_eq!(export.last_error.as_deref(), Some("the source has no endpoint_url"));
}

#[tokio::test]
async fn a_third_party_that_checks_escaped_json_gets_every_language() {
    let t = TestApp::start().await;
    let python = ThirdParty::new(&t, "Python").await;
    python.reads_as_python();
    let said = python.says(&t, "1", "42", "?").await;
    for (body, requests) in [("plain", 1), ("caf\u{e9} \u{6f22} \u{1f600} \u{7f}", 3), ("encore \u{e9}", 4)] {
        let reply = python.reply(&t, &said, body).await;
        python.synchronized(&t, &reply, "success").await;
        assert_eq!(python.requests(), requests, "{body}");
    }
    let bodies: Vec<_> = python.got().iter().map(|got| got.params["body"].clone()).collect();
    assert_eq!(bodies, ["<p>plain</p>", "<p>caf\u{e9} \u{6f22} \u{1f600} \u{7f}</p>", "<p>encore \u{e9}</p>"]);
    // One that refuses for another reason is asked twice at each try, and no more.
    let other = ThirdParty::new(&t, "Other").await;
    other.reads_as_python();
    let said = other.says(&t, "1", "42", "?").await;
    other.script([Reaction::Status(422, "too rude")]);
    let reply = other.reply(&t, &said, "\u{e9}").await;
    failures(&t, &reply, 1).await;
    assert_eq!(other.requests(), 2);
    t.clock.advance(Duration::from_secs(11));
    other.synchronized(&t, &reply, "success").await;
    assert_eq!(other.requests(), 4);
}
