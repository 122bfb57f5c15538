//! The same request twice is done once, and answered twice.

use std::time::Duration;

use futures_util::future::join_all;
use hubbub::http::answer;
use hubbub::http::idempotency::KEPT_MAX;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use store::Backend;
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

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_second_and_takes_long_does_it_no_second_time() {
    let t = TestApp::start().await;
    let write = |attempt: &'static str, long: Duration| {
        let db = t.app.db.clone();
        let receipt = Receipt::new("key".into(), attempt.into(), "asked".into(), 60);
        let run = receipt.clone().carried_by(async move {
            let write = db.write(move |tx| {
                Box::pin(async move {
                    store::setting::set(tx, "by", attempt).await?;
                    // Beyond what one of a group may take: it is run once more, alone.
                    std::thread::sleep(long);
                    Ok::<_, store::Error>(())
                })
            });
            write.await
        });
        async move { (run.await.is_ok(), receipt.is_repeated()) }
    };
    assert_eq!(write("first", Duration::ZERO).await, (true, false));
    assert_eq!(write("second", Duration::from_millis(150)).await, (false, true));
    let kept = t.app.db.read(|tx| Box::pin(async move { store::setting::get(tx, "by").await }));
    assert_eq!(kept.await.expect("read").as_deref(), Some("first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_is_done_whatever_it_is() {
    let t = TestApp::start().await;
    let one = || ask(tag(&t, "vip"), "once");
    let (first, second) = tokio::join!(one(), one());
    assert_eq!((first.0.as_u16(), &first.1), (200, &second.1));
    assert_eq!([first.2, second.2].into_iter().filter(|replayed| *replayed).count(), 1);
    assert_eq!(tags(&t).await, 1);

    // In two servers on one database.
    if let Some(other) = t.beside(&t.clock.now().to_string()).await {
        let (here, there) = tokio::join!(ask(tag(&t, "new"), "two"), ask(tag(&other, "new"), "two"));
        assert_eq!((here.0.as_u16(), &here.1), (200, &there.1));
        assert_eq!([here.2, there.2].into_iter().filter(|replayed| *replayed).count(), 1);
        assert_eq!(tags(&t).await, 2);
    }

    // The same wherever it runs: each has a receipt for the key and knows nothing of the other.
    let make = |attempt: &'static str| {
        let receipt = Receipt::new("key".into(), attempt.into(), "asked".into(), 60);
        let app = t.app.clone();
        let run = receipt.clone().carried_by(async move {
            let insert = answer::write(&app, move |_, tx| {
                Box::pin(async move {
                    store::setting::set(tx, "first", attempt).await?;
                    Ok(attempt)
                })
            });
            insert.await
        });
        async move { (run.await.is_ok(), receipt.is_answered(), receipt.is_repeated()) }
    };
    let (first, second) = tokio::join!(make("first"), make("second"));
    let (won, lost) = if first.0 { (("first", first), second) } else { (("second", second), first) };
    assert_eq!((won.1, lost), ((true, true, false), (false, false, true)));
    let kept = t.app.db.read(|tx| Box::pin(async move { store::setting::get(tx, "first").await }));
    assert_eq!(kept.await.expect("read").as_deref(), Some(won.0));
}

/// From now on a key can be kept with its answer alone, and nothing can be noted of it later: as if the process died
/// between each commit and whatever came after it.
async fn die_after_each_commit(t: &TestApp) {
    let sql: &[&str] = match t.app.db.backend() {
        Backend::Sqlite => &[
            "CREATE TRIGGER whole BEFORE INSERT ON idempotency_keys WHEN NEW.status IS NULL \
             BEGIN SELECT RAISE(ABORT, 'no answer'); END",
            "CREATE TRIGGER never_after BEFORE UPDATE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'dead'); END",
        ],
        Backend::Postgres => &[
            "ALTER TABLE idempotency_keys ADD CHECK (status IS NOT NULL)",
            "CREATE FUNCTION dead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''dead''; END'",
            "CREATE TRIGGER never_after BEFORE UPDATE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION dead()",
        ],
    };
    for sql in sql {
        let run = t.app.db.write(move |tx| Box::pin(async move { tx.execute(sql, vec![]).await }));
        run.await.expect("a trigger");
    }
}

#[tokio::test]
async fn a_crash_between_commit_and_answer_loses_no_answer() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let roles = t.get("/1.0/roles").await.ok();
    let role = roles["records"][0]["id"].as_str().expect("an id").to_owned();
    die_after_each_commit(&t).await;
    let person = json!({"email": "eve@shop.test", "firstname": "Eve", "lastname": "Test", "role_id": role});
    let hook =
        json!({"url": "http://127.0.0.1:9/", "verify_token": "let me in", "registered_events": ["content.imported"]});
    let post = Method::POST;
    let mut made = Vec::new();
    for (method, path, body, code) in [
        (post.clone(), "/1.0/tags", json!({"name": "vip"}), 200),
        (post.clone(), "/1.0/access_tokens", json!({"label": "for the shop"}), 200),
        (post.clone(), "/1.0/users/invite", person, 200),
        (post.clone(), "/1.0/teams", json!({"name": "Support"}), 200),
        (post.clone(), "/1.0/folders", json!({"label": "Mine"}), 200),
        (post.clone(), "/1.0/webhooks", hook, 200),
        (post.clone(), "/1.0/identities/import", json!({"source_id": shop.chat.id, "identifier": "bo"}), 201),
        (post, "/1.0/interventions", json!({"content_id": said.content.id}), 200),
        (Method::PUT, "/1.0/settings", json!({"self_approval_required": true}), 200),
    ] {
        let once = || ask(t.request(method.clone(), path).json(&body), path);
        let (status, answer, replayed) = once().await;
        assert_eq!((status.as_u16(), replayed), (code, false), "{path} {answer}");
        assert_eq!(once().await, (status, answer.clone(), true), "{path}");
        made.push(answer);
    }
    // What is shown once is in the repeated answer too, and nowhere in the clear.
    let secrets =
        [&made[1]["token"], &made[5]["verify_token"]].map(|secret| secret.as_str().expect("a secret").to_owned());
    let rows = t.app.db.read(|tx| {
        Box::pin(async move {
            let mut rows = tx.rows("SELECT body FROM idempotency_keys", vec![]).await?;
            rows.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, _>>()
        })
    });
    let rows = rows.await.expect("rows");
    assert!(rows.iter().all(|row| secrets.iter().all(|secret| !row.contains(secret))));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_kept_and_its_change_is_not_made_twice() {
    let t = TestApp::start().await;
    let (_, _, _) = ask(tag(&t, "vip"), "k").await;
    for (length, answered) in [(KEPT_MAX - 2, true), (KEPT_MAX - 1, false)] {
        let receipt = Receipt::new(length.to_string(), "one".into(), "asked".into(), 60);
        let write = answer::write(&t.app, move |_, _| Box::pin(async move { Ok("x".repeat(length)) }));
        receipt.clone().carried_by(write).await.expect("written");
        assert_eq!(receipt.is_answered(), answered, "{length}");
    }
    // As such a one leaves its key.
    let longer = t.app.db.write(|tx| {
        Box::pin(async move { tx.execute("UPDATE idempotency_keys SET status = NULL, body = NULL", vec![]).await })
    });
    longer.await.expect("written");
    let (status, body, replayed) = ask(tag(&t, "vip"), "k").await;
    assert_eq!((status.as_u16(), &body["error"], replayed), (409, &json!("idempotency_outcome_unknown"), false));
    assert_eq!(tags(&t).await, 1);
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
async fn what_the_console_writes_is_done_once_too() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let done = || t.request(Method::POST, &format!("/console/threads/{}/done", said.thread.id)).json(&json!({}));
    let (status, told, replayed) = ask(done(), "k").await;
    assert_eq!((status.as_u16(), replayed), (200, false));
    assert_eq!(ask(done(), "k").await, (status, told, true));
    let view = t.get(&format!("/console/threads/{}", said.thread.id)).await.ok();
    assert_eq!(view["lines"].as_array().expect("lines").len(), 1);
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

#[test]
fn handlers_write_in_one_way() {
    // What the route table cannot see: a handler that writes beside its answer, which a repetition would write again.
    let mut wrong = Vec::new();
    for (file, text) in crate::architecture::sources("server/src/http/api") {
        let text: String = text.split_whitespace().collect();
        wrong.extend(text.contains("db.write(").then_some(file));
    }
    assert!(wrong.is_empty(), "write with `http::answer`: {wrong:?}");
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
