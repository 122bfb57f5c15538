use hubbub::crypto::sdk_signature;
use model::ContentId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::sdk::{Reaction, SIGNATURE, ThirdParty};
use crate::support::{ADMIN, Browser, TestApp, send};

fn message(id: &str, body: &str) -> Value {
    let author = json!({"id": "666", "created_at": "07/11/2019", "screenname": "John Doe"});
    json!({"id": id, "actions": ["reply", "show", "list"], "author": author, "body": body, "format": "text",
           "thread_id": "42"})
}

#[tokio::test]
async fn a_message_is_taken_in_once_however_often_it_comes() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    for _ in 0..2 {
        let answer = blog.send(&t, "messages.create", message("890", "Awesome post !")).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ok"));
    }
    let contents = blog.contents(&t).await;
    assert_eq!(contents.len(), 1);
    let content = &contents[0];
    assert_eq!((&content["foreign_id"], &content["body"]), (&json!("890"), &json!("Awesome post !")));
    assert_eq!((&content["type"], &content["status"]), (&json!("sdk/content"), &json!("new")));
    assert_eq!((&content["created_from"], &content["private_message"]), (&json!("synchronizer"), &json!(false)));
    let thread = t.get(&format!("/1.0/content_threads/{}", content["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&thread["foreign_id"], &thread["contents_count"]), (&json!("42"), &json!(1)));

    // Others find their thread, also by another user, and when they answer what never came.
    let mut other = message("891", "Indeed");
    other["in_reply_to_id"] = json!("never came");
    other["author"] = json!({"id": 667, "firstname": "Jane"});
    assert_eq!(blog.send(&t, "messages.create", other).await.text, "ok");
    let mut answer = message("892", "Thanks");
    answer["in_reply_to_id"] = json!("891");
    assert_eq!(blog.send(&t, "messages.create", answer).await.text, "ok");
    let contents = blog.contents(&t).await;
    assert!(contents.iter().all(|c| c["thread_id"] == thread["id"]));
    assert_eq!((&contents[1]["in_reply_to_id"], &contents[2]["in_reply_to_id"]), (&Value::Null, &contents[1]["id"]));
}

#[tokio::test]
async fn the_same_message_many_times_at_once_is_one() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let all = (0..12).map(|i| blog.send(&t, "messages.create", message(if i < 8 { "1" } else { "2" }, "hi")));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ok"));
    }
    assert_eq!(blog.contents(&t).await.len(), 2);
}

#[tokio::test]
async fn every_refusal_has_its_code_and_text() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let without = |name: &str| {
        let mut params = message("1", "hi");
        params.as_object_mut().expect("a map").remove(name);
        json!({"action": "messages.create", "params": params})
    };
    let create = |params: Value| json!({"action": "messages.create", "params": params});
    let mut file = message("1", "");
    file["attachments"] = json!([{"content": "not base64!", "filename": "a.png"}]);
    let nobody = json!({"id": "1", "body": "hi", "thread_id": "42", "author": {"id": "666"}});
    let long = message("1", &"x".repeat(20_001));
    for (body, status, text) in [
        (json!("no").to_string().replace('"', ""), 400, "Bad request"),
        (String::new(), 400, "Bad request"),
        ("{\"action\":".into(), 400, "Bad request"),
        ("[]".into(), 400, "Invalid request format"),
        (json!({"action": "messages.create"}).to_string(), 400, "Invalid request format"),
        (json!({"params": {}}).to_string(), 400, "Invalid request format"),
        (json!({"action": "messages.create", "params": [1]}).to_string(), 400, "Invalid request format"),
        (json!({"action": "messages.list", "params": {}}).to_string(), 422, "Invalid action"),
        (json!({"action": "", "params": {}}).to_string(), 422, "Invalid action"),
        (without("id").to_string(), 422, "Invalid resource format"),
        (without("author").to_string(), 422, "Invalid resource format"),
        (without("body").to_string(), 422, "Invalid resource format"),
        (without("thread_id").to_string(), 422, "Invalid resource format"),
        (create(nobody).to_string(), 422, "Invalid resource format"),
        (create(file).to_string(), 422, "Invalid resource format"),
        (create(long).to_string(), 422, "Invalid resource format"),
        (json!({"action": "users.create", "params": {"id": "1"}}).to_string(), 422, "Invalid resource format"),
        (json!({"action": "threads.create", "params": {"id": "1"}}).to_string(), 422, "Invalid resource format"),
        (json!({"action": "status.mark_as_read", "params": {}}).to_string(), 422, "Invalid resource format"),
        (json!({"action": "status.mark_as_read", "params": {"id": "0"}}).to_string(), 422, "Invalid resource format"),
        (json!({"action": "typing.start", "params": {"thread_id": "1"}}).to_string(), 422, "Invalid resource format"),
        (json!({"action": "typing.stop", "params": {}}).to_string(), 422, "Invalid resource format"),
        ("[".repeat(100_000), 400, "Bad request"),
    ] {
        let answer = blog.send_bytes(&t, body.clone()).await;
        let body = body.chars().take(200).collect::<String>();
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, text), "{body}");
    }
    assert!(blog.contents(&t).await.is_empty());
}

#[tokio::test]
async fn only_what_is_signed_for_this_source_is_taken() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let forum = ThirdParty::new(&t, "Forum").await;
    let body = json!({"action": "messages.create", "params": message("1", "Caf\u{e9} \u{1f600}")}).to_string();
    let signature = sdk_signature(&blog.secret, body.as_bytes());
    let post = |path: &str| t.anonymous(Method::POST, path).body(body.clone());
    for request in [
        post(&blog.path()),
        post(&blog.path()).header(SIGNATURE, ""),
        post(&blog.path()).header(SIGNATURE, &signature[..127]),
        post(&blog.path()).header(SIGNATURE, sdk_signature(&forum.secret, body.as_bytes())),
        post(&forum.path()).header(SIGNATURE, &signature),
        post(&format!("{}?signature=00", blog.path())),
        t.anonymous(Method::POST, &blog.path()).header(SIGNATURE, &signature).body(format!("{body} ")),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (422, "Invalid signature"));
    }
    for path in ["/realtime/sdk/5950328914bf8a22305f446a", "/realtime/sdk/nobody", "/realtime/sdk/%FF%00"] {
        let answer = send(post(path).header(SIGNATURE, &signature)).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (422, "Source not found"));
    }
    assert!(blog.contents(&t).await.is_empty());

    let by_query = post(&format!("{}?a=b&signature={signature}", blog.path()));
    assert_eq!(send(by_query).await.text, "ok");
    let shouted = post(&blog.path()).header(SIGNATURE, signature.to_uppercase());
    assert_eq!(send(shouted).await.text, "ok");
    assert_eq!(blog.content(&t, "1").await["body"], "Caf\u{e9} \u{1f600}");

    t.put(&format!("/1.0/content_sources/{}", blog.id()), json!({"active": false})).await.ok();
    assert_eq!(blog.send(&t, "messages.create", message("2", "hi")).await.text, "Source not found");
}

#[tokio::test]
async fn a_body_of_twenty_megabytes_is_read_and_one_byte_more_is_not() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let padded = |length: usize| {
        let mut body = json!({"action": "messages.create", "params": message("1", "hi")}).to_string().into_bytes();
        body.resize(length, b' ');
        body
    };
    let answer = blog.send_bytes(&t, padded(20_971_521)).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (413, "Invalid request size (max: 20971520 bytes)"));
    assert!(blog.contents(&t).await.is_empty());
    assert_eq!(blog.send_bytes(&t, padded(20_971_520)).await.text, "ok");
    assert_eq!(blog.contents(&t).await.len(), 1);
}

#[tokio::test]
async fn what_was_read_on_the_other_side_is_marked() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "890", "42", "Where is it?").await;
    blog.script([Reaction::Id("891")]);
    let reply = blog.reply(&t, &said, "Here.").await;
    blog.synchronized(&t, &reply, "success").await;
    let id = ContentId::parse(reply["id"].as_str().expect("an id")).expect("an id");
    let marks = || {
        let (db, id) = (t.app.db.clone(), id.clone());
        async move { db.read(move |tx| Box::pin(marks(tx, id))).await.expect("a read") }
    };
    assert_eq!(marks().await, (None, 0));
    for id in ["891", "891", "890"] {
        assert_eq!(blog.send(&t, "status.mark_as_read", json!({"id": id})).await.text, "ok");
    }
    assert_eq!(marks().await, (Some(t.clock.now()), 1));
}

/// When a content was read, and how often the journal tells of it.
async fn marks(tx: &mut store::Tx, id: ContentId) -> Result<(Option<model::Timestamp>, i64), store::Error> {
    let content = store::content::find(tx, &store::Scope::All, &id).await?.expect("a content");
    assert_eq!(content.delivered_at, content.read_at);
    let told = tx.number("SELECT COUNT(*) FROM journal WHERE kind = 'content.read'", Vec::new()).await?;
    Ok((content.read_at, told))
}

#[tokio::test]
async fn agents_hear_that_somebody_types_and_not_too_often() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "890", "42", "hi").await;
    let mut frames = t.app.hub.agent_frames();
    let start = |fields: Value| blog.send(&t, "typing.start", fields);
    let by_thread = json!({"thread_id": "42", "preview": "Hello world"});
    assert_eq!(start(by_thread.clone()).await.text, "ok");
    for fields in [by_thread.clone(), json!({"in_reply_to_id": "890", "preview": "Hello"})] {
        let answer = start(fields).await;
        let text = "too many typing requests, please try again in a few seconds";
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (429, text));
    }
    t.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(start(json!({"in_reply_to_id": "890", "preview": ""})).await.text, "ok");
    assert_eq!(blog.send(&t, "typing.stop", json!({"thread_id": "42"})).await.text, "ok");
    assert_eq!(start(by_thread).await.text, "ok");
    // A thread that never came has nobody who could look at it.
    assert_eq!(start(json!({"thread_id": "43", "preview": "a"})).await.text, "ok");

    let mut told = Vec::new();
    while told.len() < 4 {
        let frame = frames.recv().await.expect("a frame");
        let json: Value = serde_json::from_str(&frame.json).expect("JSON");
        if json["type"] == "typing" {
            assert_eq!(json["thread_id"], said["thread_id"]);
            told.push((json["on"] == true, json["preview"].as_str().map(str::to_owned)));
        }
    }
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(told, [(true, text("Hello world")), (true, text("")), (false, None), (true, text("Hello world"))]);
    assert!(frames.try_recv().is_err());
}

#[tokio::test]
async fn who_answers_has_read_what_they_answer() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let first = blog.says(&t, "1", "42", "Hello").await;
    let path = format!("/console/threads/{}", first["thread_id"].as_str().expect("an id"));
    let nora = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let unread =
        async || send(nora.request(&t, Method::GET, &path)).await.ok()["thread"]["unread"].as_bool().expect("told");
    assert!(unread().await);
    blog.says(&t, "2", "42", "Are you there?").await;
    let answer = json!({"in_reply_to_id": first["id"], "body": "Hello to you"});
    send(nora.write(&t, Method::POST, "/1.0/contents").json(&answer)).await.ok();
    assert!(unread().await, "something was said after what was answered");
    let second = blog.content(&t, "2").await;
    let answer = json!({"in_reply_to_id": second["id"], "body": "I am"});
    send(nora.write(&t, Method::POST, "/1.0/contents").json(&answer)).await.ok();
    assert!(!unread().await);
}

#[tokio::test]
async fn what_arrives_late_is_unread_whenever_it_was_written() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let first = blog.says(&t, "1", "42", "Hello").await;
    let thread = first["thread_id"].as_str().expect("an id").to_owned();
    t.clock.advance(std::time::Duration::from_secs(3600));
    let look = async || t.post(&format!("/console/threads/{thread}/read"), json!({})).await.ok();
    let unread = async || t.get("/console/threads").await.ok()["records"][0]["unread"].clone();
    look().await;
    assert_eq!(unread().await, false);
    t.clock.advance(std::time::Duration::from_secs(10));
    // The third party had it in a queue for a while.
    let mut late = message("2", "Are you there?");
    late["created_at"] = json!("2026-03-02T09:30:00Z");
    assert_eq!(blog.send(&t, "messages.create", late).await.text, "ok");
    assert_eq!(unread().await, true);
    look().await;
    assert_eq!(unread().await, false);
    let second = blog.content(&t, "2").await;
    let read = t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 1000))).await.expect("a read");
    let read: Vec<&Value> =
        read.iter().filter(|e| e.kind == model::EventType::ContentRead).map(|e| &e.metadata.0).collect();
    assert_eq!(read.last().expect("an event")["content_ids"], json!([second["id"]]));
}

#[tokio::test]
async fn private_messages_that_cross_all_arrive() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    for round in 0..20 {
        let person = |name: &str| json!({"id": format!("{name}{round}"), "screenname": name});
        let write = |from: &str, to: &str| {
            json!({"id": format!("{from}-{round}"), "author": person(from), "recipient": person(to), "body": "hi",
                   "format": "text"})
        };
        let (a, b) = tokio::join!(
            blog.send(&t, "private_messages.create", write("a", "b")),
            blog.send(&t, "private_messages.create", write("b", "a")),
        );
        assert_eq!((a.text.as_str(), b.text.as_str()), ("ok", "ok"), "{round}");
    }
    assert_eq!(blog.contents(&t).await.len(), 40);
}
