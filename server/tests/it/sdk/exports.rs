//! How a try at handing a content over can end, and what an agent can do then.

use std::time::Duration;

use hubbub::domain::Error;
use hubbub::domain::export::{self, Taken};
use model::SourceId;
use reqwest::Method;
use serde_json::{Value, json};
use store::export::Attempt;

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, eventually, id, send};

/// Says that a source's kind shows twice what it gets twice, or that it does not.
async fn knows_repeats(t: &TestApp, blog: &ThirdParty, knows: bool) {
    let kind = if knows { "sdk" } else { "engage_messaging" };
    execute(t, "UPDATE content_sources SET kind = ?1 WHERE id = ?2", [kind, blog.id()]).await;
}

async fn execute<const N: usize>(t: &TestApp, sql: &'static str, values: [&str; N]) {
    let values = values.iter().map(|value| store::Value::Text((*value).to_owned())).collect();
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.execute(sql, values).await })).await;
    done.expect("written");
}

async fn activate(t: &TestApp, blog: &ThirdParty, active: bool) {
    t.put(&format!("/1.0/content_sources/{}", blog.id()), json!({"active": active})).await.ok();
}

/// Another process takes what is due, and is never heard of again.
async fn take(t: &TestApp, blog: &ThirdParty) -> Vec<Taken> {
    let source = SourceId::parse(blog.id()).expect("an id");
    let take = t.app.db.write(move |tx| Box::pin(async move { export::take(tx, &source, "other", &[], 8).await }));
    take.await.expect("taken")
}

/// What the thread's page in the console says of a content.
async fn shown(t: &TestApp, content: &Value) -> Value {
    let page = t.get(&format!("/console/threads/{}", content["thread_id"].as_str().expect("an id"))).await.ok();
    let contents = page["contents"].as_array().expect("a list").clone();
    contents.into_iter().find(|one| one["id"] == content["id"]).expect("the content")
}

async fn put(t: &TestApp, content: &Value, what: &str) -> crate::support::Answer {
    t.put(&format!("/1.0/contents/{}/{what}", id(content)), json!({})).await
}

/// Shows that the workers have looked: another source's content has gone out.
async fn others_go_out(t: &TestApp) {
    let other = ThirdParty::new(t, &format!("Other {}", t.clock.now().millis())).await;
    let heard = other.says(t, "1", "42", "a").await;
    let replied = other.reply(t, &heard, "b").await;
    other.synchronized(t, &replied, "success").await;
}

#[tokio::test]
async fn every_try_is_written_down_with_how_it_ended() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([
        Reaction::Wait("90"),
        Reaction::BreakOff,
        Reaction::Status(502, "upstream"),
        Reaction::Error("full", false),
        Reaction::Error("banned", true),
        Reaction::Hang("9"),
    ]);
    let reply = blog.reply(&t, &said, "one").await;
    for (count, pause) in [(1, 90), (2, 10), (3, 30), (4, 120)] {
        let export = blog.tried(&t, &reply, count).await;
        assert_eq!(export["state"], "pending");
        assert_eq!(export["next_attempt_at"], t.clock.now().plus_seconds(pause).to_api());
        t.clock.advance(Duration::from_secs(u64::try_from(pause).expect("seconds")));
    }
    blog.synchronized(&t, &reply, "error").await;
    let export = blog.export(&t, &reply).await;
    let one = |attempt: &Value| {
        let field = |name: &str| attempt[name].clone();
        json!([field("number"), field("outcome"), field("reason_code"), field("http_status"), field("part")])
    };
    let attempts: Vec<Value> = export["attempts"].as_array().expect("a list").iter().map(one).collect();
    let expected = [
        json!([1, "wait", "limited", 429, 0]),
        json!([2, "unknown", "no_answer", null, 0]),
        json!([3, "unknown", "error", 502, 0]),
        json!([4, "failed", "error", 200, 0]),
        json!([5, "refused", "refused", 200, 0]),
    ];
    assert_eq!(attempts, expected);
    assert_eq!((&export["state"], &export["reason_code"]), (&json!("parked"), &json!("refused")));
    assert_eq!((&export["reason"], &export["next_attempt_at"]), (&json!("answered 200: banned"), &Value::Null));
    assert_eq!(
        (&export["parts"][0]["kind"], &export["parts"][0]["state"]),
        (&json!("messages.create"), &json!("waiting"))
    );
    assert_eq!(shown(&t, &reply).await["may"]["send_again"], true);

    // A try that is under way has no end.
    put(&t, &reply, "retry_export").await.ok();
    blog.gets(6).await;
    let last = blog.export(&t, &reply).await["attempts"][5].clone();
    assert_eq!((&last["number"], &last["ended_at"], &last["outcome"]), (&json!(6), &Value::Null, &Value::Null));
    blog.go_on();
    blog.synchronized(&t, &reply, "success").await;
    let export = blog.tried(&t, &reply, 6).await;
    assert_eq!((&export["state"], &export["reason"]), (&json!("delivered"), &Value::Null));
    let part = &export["parts"][0];
    assert_eq!(
        (&part["state"], &part["remote_id"], &part["sent_at"]),
        (&json!("sent"), &json!("9"), &last["started_at"])
    );
    assert_eq!(shown(&t, &reply).await["may"]["send_again"], false);
    // What customers say takes no such way.
    assert_eq!(t.get(&format!("/1.0/contents/{}/exports", id(&said))).await.ok(), json!([]));
}

#[tokio::test]
async fn a_source_that_asks_to_wait_gets_nothing_before_that() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let (one, two) = (blog.says(&t, "1", "42", "a").await, blog.says(&t, "2", "43", "b").await);
    blog.script([Reaction::Wait("7200")]);
    let first = blog.reply(&t, &one, "one").await;
    blog.tried(&t, &first, 1).await;
    let second = blog.reply(&t, &two, "two").await;
    t.clock.advance(Duration::from_secs(7199));
    others_go_out(&t).await;
    assert_eq!(blog.got().len(), 1);
    t.clock.advance(Duration::from_secs(1));
    blog.synchronized(&t, &first, "success").await;
    blog.synchronized(&t, &second, "success").await;

    // Whoever sets the source anew need not wait.
    blog.script([Reaction::Wait("7200")]);
    let third = blog.reply(&t, &one, "three").await;
    blog.tried(&t, &third, 1).await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    t.put(&path, json!({"endpoint_url": blog.endpoint()})).await.ok();
    blog.synchronized(&t, &third, "success").await;
}

#[tokio::test]
async fn a_source_whose_key_cannot_be_used_keeps_its_contents_until_it_has_another() {
    let t = TestApp::start().await;
    let mut blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    execute(&t, "UPDATE content_sources SET secret = 'sealed elsewhere' WHERE id = ?1", [blog.id()]).await;
    let reply = blog.reply(&t, &said, "one").await;
    for hour in 1..=30 {
        let export = blog.tried(&t, &reply, hour).await;
        assert_eq!((&export["state"], &export["reason_code"]), (&json!("pending"), &json!("needs_reauth")), "{hour}");
        t.clock.advance(Duration::from_secs(3600));
    }
    blog.tried(&t, &reply, 31).await;
    assert!(blog.got().is_empty());
    let path = format!("/1.0/content_sources/{}", blog.id());
    blog.meet(t.put(&path, json!({"rotate_access_token": true})).await.ok());
    blog.synchronized(&t, &reply, "success").await;
}

#[tokio::test]
async fn of_what_may_have_arrived_an_agent_says_whether_it_did() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let (one, two) = (blog.says(&t, "1", "42", "a").await, blog.says(&t, "2", "43", "b").await);
    activate(&t, &blog, false).await;
    let (first, second) = (blog.reply(&t, &one, "one").await, blog.reply(&t, &two, "two").await);
    let behind = blog.reply(&t, &one, "behind").await;
    assert_eq!(put(&t, &first, "mark_as_sent").await.error(422), "export_not_unknown");
    // A process dies while it sends both.
    assert_eq!(take(&t, &blog).await.len(), 2);
    activate(&t, &blog, true).await;
    knows_repeats(&t, &blog, false).await;
    t.clock.advance(Duration::from_secs(10));
    for reply in [&first, &second] {
        let failed = blog.synchronized(&t, reply, "error").await;
        assert_eq!(failed["synchronization_error"], "It may have arrived. Look before you send it again.");
        let export = blog.export(&t, reply).await;
        assert_eq!((&export["state"], &export["reason_code"]), (&json!("unknown"), &json!("outcome_unknown")));
        assert_eq!((&export["attempts_count"], &export["attempts"][0]["outcome"]), (&json!(1), &json!("unknown")));
        let shown = shown(&t, reply).await;
        assert_eq!((&shown["may_have_arrived"], &shown["may"]["send_again"]), (&json!(true), &json!(true)));
    }
    knows_repeats(&t, &blog, true).await;
    // Those behind it need not wait for what an agent says.
    blog.synchronized(&t, &behind, "success").await;
    let bodies = || blog.got().into_iter().map(|got| got.params["body"].clone()).collect::<Vec<_>>();
    assert_eq!(bodies(), [json!("<p>behind</p>")]);

    let (agent, agent_id) = t.user_of("Agent").await;
    let permissions = format!("/1.0/users/{agent_id}/sources_permissions");
    t.put(&permissions, json!({blog.id(): "read"})).await.ok();
    let path = format!("/1.0/contents/{}/mark_as_sent", id(&first));
    send(t.request_as(&agent, Method::PUT, &path)).await.error(403);
    let arrived = put(&t, &first, "mark_as_sent").await.ok();
    assert_eq!(
        (&arrived["synchronization_status"], &arrived["synchronization_error"]),
        (&json!("success"), &Value::Null)
    );
    assert_eq!(blog.export(&t, &first).await["state"], "delivered");
    assert_eq!(put(&t, &first, "mark_as_sent").await.error(422), "export_not_unknown");
    assert_eq!(put(&t, &first, "retry_export").await.error(422), "export_not_failed");

    put(&t, &second, "retry_export").await.ok();
    blog.synchronized(&t, &second, "success").await;
    assert_eq!(bodies(), [json!("<p>behind</p>"), json!("<p>two</p>")]);
    assert_eq!(blog.got()[1].params["retry"], true);
}

#[tokio::test]
async fn what_a_dead_process_was_at_is_sent_again_where_repeats_are_known() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    activate(&t, &blog, false).await;
    let reply = blog.reply(&t, &said, "one").await;
    assert_eq!(take(&t, &blog).await.len(), 1);
    activate(&t, &blog, true).await;
    t.clock.advance(Duration::from_secs(10));
    blog.synchronized(&t, &reply, "success").await;
    let export = blog.tried(&t, &reply, 1).await;
    let ends: Vec<_> = export["attempts"].as_array().expect("a list").iter().map(|one| &one["outcome"]).collect();
    assert_eq!(ends, [&Value::Null, &json!("done")], "the crash left one without an end");
    assert_eq!(blog.got()[0].params["retry"], true);
}

#[tokio::test]
async fn parts_go_out_in_order_and_none_goes_twice() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    activate(&t, &blog, false).await;
    let (first, second) = (blog.reply(&t, &said, "one").await, blog.reply(&t, &said, "two").await);
    // As a kind leaves them whose contents take three requests.
    let sql = "INSERT INTO content_export_parts (export_id, ordinal, kind, state, remote_id) \
               SELECT id, 0, 'text', 'sent', 'p0' FROM content_exports WHERE content_id = ?1 \
               UNION ALL SELECT id, 1, 'file', 'waiting', NULL FROM content_exports WHERE content_id = ?1 \
               UNION ALL SELECT id, 2, 'file', 'waiting', NULL FROM content_exports WHERE content_id = ?1";
    execute(&t, sql, [id(&first)]).await;
    execute(&t, "UPDATE content_exports SET attempts_count = 1 WHERE content_id = ?1", [id(&first)]).await;
    let refuses = || Reaction::Error("too large", true);
    blog.script([refuses(), Reaction::Id("other"), Reaction::Id("p1"), refuses()]);
    activate(&t, &blog, true).await;
    blog.synchronized(&t, &first, "error").await;
    assert_eq!(blog.synchronized(&t, &second, "success").await["foreign_id"], "other");
    put(&t, &first, "retry_export").await.ok();
    blog.synchronized(&t, &first, "error").await;
    put(&t, &first, "retry_export").await.ok();
    assert_eq!(blog.synchronized(&t, &first, "success").await["foreign_id"], "p0");
    let export = blog.export(&t, &first).await;
    let parts: Vec<_> = export["attempts"].as_array().expect("a list").iter().map(|one| one["part"].clone()).collect();
    assert_eq!(parts, [1, 1, 2, 2]);
    assert_eq!(export["parts"][0]["remote_id"], "p0");
    assert!(export["parts"].as_array().expect("a list").iter().all(|part| part["state"] == "sent"), "{export}");
}

#[tokio::test]
async fn tries_are_kept_for_a_time() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let reply = blog.reply(&t, &said, "one").await;
    blog.synchronized(&t, &reply, "success").await;
    let content = model::ContentId::parse(id(&reply)).expect("an id");
    let many = t.app.db.write(move |tx| {
        Box::pin(async move {
            let export = store::export::find(tx, &content).await?.ok_or(Error::NotFound("export"))?;
            for number in 2..=60 {
                let attempt = Attempt::begin(export.id.clone(), number, 0, tx.now());
                store::export::begin_attempt(tx, &attempt).await?;
            }
            Ok::<_, Error>(())
        })
    });
    many.await.expect("written");
    let numbers = async || {
        let export = blog.export(&t, &reply).await;
        let attempts = export["attempts"].as_array().expect("a list").clone();
        attempts.iter().map(|one| one["number"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    assert_eq!(numbers().await, (11..=60).collect::<Vec<_>>());
    t.clock.advance(Duration::from_secs(89 * 24 * 3600));
    let other = blog.reply(&t, &said, "two").await;
    blog.synchronized(&t, &other, "success").await;
    assert_eq!(numbers().await.len(), 50);
    t.clock.advance(Duration::from_secs(2 * 24 * 3600));
    eventually("none of them", || async { numbers().await.is_empty().then_some(()) }).await;
    assert_eq!(blog.export(&t, &other).await["attempts"].as_array().map(Vec::len), Some(1));
}
