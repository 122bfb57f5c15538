//! The same request twice is done once, and answered twice.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use store::idempotency::Receipt;

use crate::support::world::{World, user};
use crate::support::{ADMIN, ADMIN_TOKEN, Browser, TestApp, eventually, id};

/// The code, the body, and whether it was given before.
async fn ask(request: RequestBuilder, key: &str) -> (StatusCode, Value, bool) {
    let response = request.header("idempotency-key", key).send().await.expect("an answer");
    let replayed = response.headers().get("idempotency-replayed").is_some_and(|v| v == "true");
    (response.status(), response.json().await.unwrap_or_default(), replayed)
}

fn tag(t: &TestApp, name: &str) -> RequestBuilder {
    t.request(Method::POST, "/1.0/tags").json(&json!({"name": name}))
}

async fn tags(t: &TestApp) -> i64 {
    t.get("/1.0/tags").await.ok()["count"].as_i64().expect("a count")
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer() {
    let t = TestApp::start().await;
    let (status, made, replayed) = ask(tag(&t, "vip"), "k1").await;
    assert_eq!((status.as_u16(), replayed), (200, false));
    let again = ask(tag(&t, "vip"), "k1").await;
    assert_eq!(again, (StatusCode::OK, made.clone(), true));
    // Sent another way it is still the same request.
    let form = t.request(Method::POST, "/1.0/tags").form(&[("name", "vip")]);
    assert_eq!(ask(form, "k1").await.1, made);
    assert_eq!(tags(&t).await, 1);
    // What was refused is refused again, with the same words, whatever has happened since.
    let refused = ask(tag(&t, "vip"), "k2").await;
    assert_eq!((refused.0.as_u16(), refused.2), (422, false));
    t.delete(&format!("/1.0/tags/{}", id(&made))).await.ok();
    assert_eq!(ask(tag(&t, "vip"), "k2").await, (refused.0, refused.1, true));
    assert_eq!(tags(&t).await, 0);
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_caller() {
    let t = TestApp::start().await;
    let (_, made, _) = ask(tag(&t, "vip"), "k").await;
    let path = format!("/1.0/tags/{}", id(&made));
    for other in [
        tag(&t, "angry"),
        t.request(Method::PUT, &path).json(&json!({"name": "vip"})),
        t.request(Method::DELETE, &path),
    ] {
        let (status, body, _) = ask(other, "k").await;
        assert_eq!((status.as_u16(), &body["error"]), (422, &json!("idempotency_key_reused")));
    }
    // Others have keys of their own, and reading needs none.
    let (_, token) = user(&t, "Ada", "Administrator").await;
    let theirs = t.request_as(&token, Method::POST, "/1.0/tags").json(&json!({"name": "angry"}));
    assert_eq!(ask(theirs, "k").await.0, StatusCode::OK);
    let read = ask(t.request(Method::GET, "/1.0/tags"), "k").await;
    assert_eq!((read.0, &read.1["count"], read.2), (StatusCode::OK, &json!(2), false));
    for bad in ["", &"x".repeat(256)] {
        let (status, body, _) = ask(tag(&t, "third"), bad).await;
        assert_eq!((status.as_u16(), &body["field"]), (400, &json!("Idempotency-Key")), "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_once_one_is_done() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Hi"});
    let one = || ask(t.request(Method::POST, "/1.0/contents").json(&reply), "once");
    let answers = join_all((0..100).map(|_| one())).await;
    assert_eq!(answers.iter().filter(|(_, _, replayed)| !replayed).count(), 1);
    for (status, body, _) in &answers {
        assert_eq!((status.as_u16(), body), (200, &answers[0].1));
    }
    let thread = t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok();
    assert_eq!(thread["contents_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_does_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    // Two requests that cannot see each other in memory, as in two processes: each has a receipt for the same key.
    let write = |attempt: &'static str| {
        let (db, mut thread) = (t.app.db.clone(), said.thread.clone());
        let receipt = Receipt::new("key".into(), attempt.into(), "asked".into(), 60);
        let run = receipt.clone().carried_by(async move {
            let write = db.write(move |tx| {
                Box::pin(async move {
                    thread.title = Some(attempt.into());
                    tx.update(&thread).await
                })
            });
            write.await
        });
        async move { (run.await, receipt.is_repeated()) }
    };
    let (first, second) = tokio::join!(write("first"), write("second"));
    assert!(first.0.is_ok() != second.0.is_ok(), "{first:?} {second:?}");
    assert_eq!((first.1, second.1), (first.0.is_err(), second.0.is_err()));
    let thread = t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok();
    assert_eq!(thread["title"], if first.0.is_ok() { "first" } else { "second" });
}

#[tokio::test]
async fn after_a_crash_the_change_is_never_made_twice() {
    let t = TestApp::start().await;
    ask(tag(&t, "vip"), "k").await;
    // The process died between the commit and what it notes of the answer after it.
    let crash = t.app.db.write(|tx| {
        Box::pin(async move { tx.execute("UPDATE idempotency_keys SET status = NULL, body = NULL", vec![]).await })
    });
    assert_eq!(crash.await.expect("written"), 1);
    let (status, body, replayed) = ask(tag(&t, "vip"), "k").await;
    assert_eq!((status.as_u16(), &body["error"]), (409, &json!("idempotency_outcome_unknown")));
    assert!(!replayed);
    assert_eq!(tags(&t).await, 1);
}

#[tokio::test]
async fn the_answer_commits_with_the_change() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    // Answers of conversations are in the change's own transaction: one row, written once, never changed after.
    let engage = t.request(Method::POST, "/1.0/interventions").json(&json!({"content_id": said.content.id}));
    let before = t.app.db.read(|tx| Box::pin(store::journal::head(tx))).await.expect("a position");
    let (status, case, _) = ask(engage, "engage").await;
    assert_eq!(status, StatusCode::OK);
    let row =
        t.app.db.read(|tx| Box::pin(async move { tx.number("SELECT status FROM idempotency_keys", vec![]).await }));
    assert_eq!(row.await.expect("a row"), 200);
    let after = t.app.db.read(|tx| Box::pin(store::journal::head(tx))).await.expect("a position");
    let again = t.request(Method::POST, "/1.0/interventions").json(&json!({"content_id": said.content.id}));
    assert_eq!(ask(again, "engage").await, (StatusCode::OK, case, true));
    assert!(after > before);
    assert_eq!(t.app.db.read(|tx| Box::pin(store::journal::head(tx))).await.expect("a position"), after);
}

#[tokio::test]
async fn opening_by_get_uploads_and_the_console_have_keys_too() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let path = format!("/1.0/content_threads/{}", said.thread.id);
    t.put(&format!("{path}/close"), json!({})).await.ok();
    let open = || ask(t.request(Method::GET, &format!("{path}/open")), "open");
    assert_eq!((open().await.0, open().await.2), (StatusCode::OK, true));

    let upload = |bytes: &'static [u8]| {
        let part = Part::bytes(bytes).file_name("a.txt");
        ask(t.request(Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part)), "file")
    };
    let (status, file, _) = upload(b"one").await;
    assert_eq!(status, StatusCode::OK);
    // Another boundary, the same file.
    assert_eq!(upload(b"one").await, (StatusCode::OK, file, true));
    assert_eq!(upload(b"two").await.1["error"], "idempotency_key_reused");
    assert_eq!(t.get("/1.0/attachments").await.ok()["count"], 1);

    let first = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let write = |browser: &Browser| browser.write(&t, Method::POST, "/1.0/tags").json(&json!({"name": "vip"}));
    let (status, made, _) = ask(write(&first), "open").await;
    assert_eq!(status, StatusCode::OK);
    // The same user after signing in again.
    let second = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!(ask(write(&second), "open").await, (StatusCode::OK, made, true));
    let without = first.request(&t, Method::POST, "/1.0/tags").json(&json!({"name": "vip"}));
    assert_eq!(ask(without, "open").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_never_began_is_not_kept() {
    let t = TestApp::start_with(|config| config.rate_limit_per_minute = 3).await;
    let (_, made, _) = ask(tag(&t, "vip"), "k").await;
    assert_eq!(made["name"], "vip");
    for _ in 0..2 {
        ask(tag(&t, "angry"), "l").await;
    }
    assert_eq!(ask(tag(&t, "third"), "m").await.0, StatusCode::TOO_MANY_REQUESTS);
    let (status, _, _) = ask(t.anonymous(Method::POST, "/1.0/tags").json(&json!({"name": "x"})), "n").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let count =
        t.app.db.read(|tx| Box::pin(async { tx.number("SELECT COUNT(*) FROM idempotency_keys", vec![]).await }));
    assert_eq!(count.await.expect("a number"), 2);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_its_answer_is_sealed() {
    let t = TestApp::start().await;
    let token = || {
        let body = json!({"label": "for the shop"});
        ask(t.request(Method::POST, "/1.0/access_tokens").json(&body), "token")
    };
    let (status, made, _) = token().await;
    assert_eq!(status, StatusCode::OK);
    let secret = made["token"].as_str().expect("a token").to_owned();
    let read = t.app.db.read(|tx| {
        Box::pin(async move { tx.rows("SELECT body FROM idempotency_keys", vec![]).await?[0].take::<String>() })
    });
    assert!(!read.await.expect("a body").contains(&secret));
    t.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(token().await, (StatusCode::OK, made, true));
    t.clock.advance(Duration::from_secs(3600));
    let (_, other, replayed) = token().await;
    assert!(!replayed && other["token"] != secret.as_str());
    t.clock.advance(Duration::from_secs(25 * 3600));
    eventually("the key is purged", || async {
        let sql = "SELECT COUNT(*) FROM idempotency_keys";
        let count = t.app.db.read(|tx| Box::pin(async { tx.number(sql, vec![]).await })).await;
        (count.expect("a number") == 0).then_some(())
    })
    .await;
}

/// The files of the nouns whose answers commit with the change, as `docs/api.md` says.
const CONVERSATIONS: &[&str] =
    &["bot", "content", "content_thread", "custom_score", "intervention", "intervention_comment"];

#[test]
fn each_write_of_conversations_keeps_its_answer_with_the_change() {
    for (file, text) in crate::architecture::sources("server/src/http/api") {
        let noun = file.rsplit('/').next().and_then(|name| name.strip_suffix(".rs")).unwrap_or_default();
        if !CONVERSATIONS.contains(&noun) {
            continue;
        }
        for (at, _) in text.match_indices(".write(move") {
            let mut depth = 0;
            let end = text[at..].find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                c == ')' && depth == 0
            });
            let call = &text[at..at + end.expect("a closing parenthesis")];
            assert!(call.contains("kept("), "{file}: call kept() last in {call}");
        }
    }
}

#[tokio::test]
async fn answers_about_approval_scores_and_comments_survive_too() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.put("/1.0/settings", json!({"custom_sentiment_analysis": true, "self_approval_required": true})).await.ok();
    let said = shop.say(&t, "ann", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let comment = t.post("/1.0/intervention_comments", json!({"intervention_id": case["id"], "body": "x"})).await.ok();
    let (_, nora) = user(&t, "Nora", "Administrator").await;
    let reply = json!({"in_reply_to_id": said.content.id, "body": "x", "approval_required": true});
    let (first, second) =
        (t.post("/1.0/contents", reply.clone()).await.ok(), t.post("/1.0/contents", reply).await.ok());
    let score = format!("/1.0/contents/{}/update_custom_score?custom_score=5", said.content.id);
    for (method, path) in [
        (Method::PUT, format!("/1.0/contents/{}/approve", id(&first))),
        (Method::PUT, format!("/1.0/contents/{}/refuse?reason=no", id(&second))),
        (Method::PUT, score),
        (Method::DELETE, format!("/1.0/intervention_comments/{}", id(&comment))),
    ] {
        let token = if path.contains("/contents/") { nora.as_str() } else { ADMIN_TOKEN };
        let asked = || t.request_as(token, method.clone(), &path);
        let (status, body, _) = ask(asked(), &path).await;
        assert_eq!(status, StatusCode::OK, "{path} {body}");
        assert_eq!(ask(asked(), &path).await, (StatusCode::OK, body, true), "{path}");
    }
}
