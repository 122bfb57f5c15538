use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, assert_fields, eventually, id, send};

const FIELDS: &str = "acts anonymized approval approval_required attachments attachments_count author_id auto_submitted body body_formatted \
    body_input_format category_ids context_data created_at created_from creator_id custom_score delivered_at edited_at first_in_thread \
    foreign_categories foreign_id headers id identity_group_id in_reply_to_author_id in_reply_to_id intervention_id \
    language original_body private_message published rating rated_with rating_reason read_at remotely_deleted source_id \
    source_language source_type source_url status synchronization_status synchronization_error target_language \
    thread_id title translated_body translation_error translation_status type updated_at capabilities capabilities_supported \
    structured_content structured_content_supported structured_reply";

fn path(content: impl std::fmt::Display, action: &str) -> String {
    format!("/1.0/contents/{content}{action}")
}

async fn search(t: &TestApp, token: &str, q: &str) -> Answer {
    send(t.request_as(token, Method::GET, "/1.0/contents").query(&[("q", q)])).await
}

async fn upload(t: &TestApp, token: &str, name: &str) -> String {
    let part = Part::bytes(b"hello".to_vec()).file_name(name.to_owned());
    let request = t.request_as(token, Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part));
    id(&send(request).await.ok()).to_owned()
}

#[tokio::test]
async fn a_content_has_every_field() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello <b>there</b>\nSecond line").await;
    let content = t.get(&path(&said.content.id, "")).await.ok();
    assert_fields(&content, FIELDS);
    let expected = json!({
        "acts": [], "anonymized": false, "capabilities": [],
        "approval": null, "approval_required": false, "attachments": [], "attachments_count": 0, "author_id": said.author.id,
        "auto_submitted": false, "body": "Hello <b>there</b>\nSecond line", "body_formatted": content["body_formatted"],
        "body_input_format": "text", "category_ids": [], "context_data": null, "created_at": "2026-03-02T09:00:00Z",
        "created_from": "synchronizer", "creator_id": null, "custom_score": null, "delivered_at": null, "edited_at": null, "first_in_thread": true, "foreign_categories": [],
        "foreign_id": null, "headers": null, "id": said.content.id, "identity_group_id": null,
        "in_reply_to_author_id": null, "in_reply_to_id": null, "intervention_id": null, "language": null,
        "original_body": null, "private_message": true, "published": true, "rating": null, "rated_with": null,
        "rating_reason": null, "read_at": null, "remotely_deleted": false, "source_id": shop.chat.id, "source_language": null,
        "source_type": "engage_messaging", "source_url": null, "status": "new", "synchronization_status": null,
        "synchronization_error": null, "target_language": null, "thread_id": said.thread.id, "title": null,
        "translated_body": null, "translation_error": null, "translation_status": null, "type": "message",
        "updated_at": "2026-03-02T09:00:00Z", "capabilities_supported": ["carousel", "rich_link", "select", "template"], "structured_content": null,
        "structured_content_supported": true, "structured_reply": null,
    });
    assert_eq!(content, expected);
    assert_eq!(content["body_formatted"]["text"], "Hello <b>there</b>\nSecond line");
    let html = content["body_formatted"]["html"].as_str().expect("HTML");
    assert!(html.contains("&lt;b&gt;there&lt;/b&gt;") && !html.contains("<b>"), "{html}");
    let list = t.get("/1.0/contents").await.ok();
    assert_eq!(list, json!({"count": 1, "limit": 30, "offset": 0, "records": [expected]}));
}

#[tokio::test]
async fn a_reply_has_its_author_creator_and_state() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    t.clock.advance(Duration::from_secs(30));
    let body = json!({"in_reply_to_id": said.content.id, "body": "Good morning", "auto_submitted": true});
    let reply = send(t.request_as(&token, Method::POST, "/1.0/contents").json(&body)).await.ok();
    assert_fields(&reply, FIELDS);
    for (field, value) in [
        ("author_id", json!(shop.chat.identity_id)),
        ("creator_id", nora["id"].clone()),
        ("created_from", json!("api")),
        ("in_reply_to_id", json!(said.content.id)),
        ("in_reply_to_author_id", json!(said.author.id)),
        ("intervention_id", Value::Null),
        ("status", json!("user_reply")),
        ("synchronization_status", json!("success")),
        ("auto_submitted", json!(true)),
        ("first_in_thread", json!(false)),
        ("thread_id", json!(said.thread.id)),
        ("created_at", json!("2026-03-02T09:00:30Z")),
    ] {
        assert_eq!(reply[field], value, "{field}");
    }
    assert_eq!(t.get(&path(&said.content.id, "")).await.ok()["status"], "replied");
    assert_eq!(t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok()["contents_count"], 2);
    assert_eq!(t.get("/console/threads?folder=done").await.ok()["count"], 1);

    // Answering one's own word speaks to the customer.
    let later = shop.say(&t, "ann", Some(said.thread.id.as_str()), "Yes?").await;
    let body = json!({"in_reply_to_id": reply["id"], "body": "And another thing"});
    let second = t.post("/1.0/contents", body).await.ok();
    assert_eq!(second["in_reply_to_author_id"], reply["author_id"]);
    assert_eq!(t.get(&path(&later.content.id, "")).await.ok()["status"], "new");
}

#[tokio::test]
async fn html_is_for_those_who_may_and_is_made_safe() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let html = "<p onclick=\"x()\">Good <b>morning</b></p>";
    let body = json!({"in_reply_to_id": said.content.id, "body": html, "body_format": "html"});
    let reply = async |body: &Value| send(t.request_as(&token, Method::POST, "/1.0/contents").json(body)).await;
    let made = reply(&body).await.ok();
    assert_eq!((&made["body"], &made["body_input_format"]), (&json!("<p>Good <b>morning</b></p>"), &json!("html")));
    assert_eq!(made["body_formatted"]["text"], "Good morning");
    assert_eq!(made["body_formatted"]["html"], made["body"]);

    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;
    assert_eq!(reply(&body).await.error(403), "forbidden");
    // As a text it is a text, for everybody.
    let plain = json!({"in_reply_to_id": said.content.id, "body": html, "body_input_format": "text"});
    let made = reply(&plain).await.ok();
    assert_eq!((&made["body"], &made["body_input_format"]), (&json!(html), &json!("text")));
    assert!(!made["body_formatted"]["html"].as_str().expect("HTML").contains("<p onclick"));
    for name in ["body_format", "body_input_format"] {
        let empty = json!({"in_reply_to_id": said.content.id, "body": "<p> </p>", name: "html"});
        assert_eq!(t.post("/1.0/contents", empty).await.json["field"], "body");
        let body = "<p>1 < 2</p><script>x</script><IMG src=x><table><tr><td>y</td></tr></table>";
        let bad = json!({"in_reply_to_id": said.content.id, "body": body, name: "html"});
        let answer = t.post("/1.0/contents", bad).await;
        assert_eq!(answer.json["tags"], json!(["script", "img", "table", "tr", "td"]));
        assert_eq!(answer.json["field"], "body");
        assert_eq!(answer.error(422), "html_not_allowed");
        let bare = json!({"in_reply_to_id": said.content.id, "body": "<script>x</script>", name: "html"});
        assert_eq!(t.post("/1.0/contents", bare).await.error(422), "html_not_allowed");
    }
    let odd = json!({"in_reply_to_id": said.content.id, "body": "x", "body_input_format": "markdown"});
    assert_eq!(t.post("/1.0/contents", odd).await.json["field"], "body_input_format");
}

#[tokio::test]
async fn parameters_come_in_every_form() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let to = said.content.id.to_string();
    let post = |query: &str| t.request(Method::POST, &format!("/1.0/contents{query}"));
    let (a, b) = (upload(&t, ADMIN_TOKEN, "a.png").await, upload(&t, ADMIN_TOKEN, "b.png").await);
    let reply = send(post("").json(&json!({"in_reply_to_id": to, "body": "é", "attachment_ids": [a, b]}))).await.ok();
    assert_eq!((&reply["body"], &reply["attachments_count"]), (&json!("é"), &json!(2)));
    assert_eq!((&reply["attachments"][0]["id"], &reply["attachments"][1]["id"]), (&json!(a), &json!(b)));

    let requests = [
        post(&format!("?in_reply_to_id={to}&body=%C3%A9+1&private=1")),
        post("").form(&[("in_reply_to_id", to.as_str()), ("body", "é 1"), ("private", "true")]),
        post(&format!("?in_reply_to_id={to}")).json(&json!({"body": "é 1", "private": true})),
        post("").multipart(Form::new().text("in_reply_to_id", to.clone()).text("body", "é 1").text("private", "on")),
    ];
    for request in requests {
        let reply = send(request).await.ok();
        assert_eq!((&reply["body"], &reply["private_message"]), (&json!("é 1"), &json!(true)));
    }
    // Just a file is enough.
    let c = upload(&t, ADMIN_TOKEN, "c.png").await;
    let form = post("").form(&[("in_reply_to_id", to.as_str()), ("attachment_ids[]", c.as_str())]);
    assert_eq!(send(form).await.ok()["attachments"][0]["filename"], "c.png");
}

#[tokio::test]
async fn what_cannot_be_written_is_refused() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let to = &said.content.id;
    let unknown = "111111111111111111111111";
    for (body, status, field) in [
        (json!({"in_reply_to_id": to}), 422, "body"),
        (json!({"in_reply_to_id": to, "body": ""}), 422, "body"),
        (json!({"in_reply_to_id": to, "body": " \n "}), 422, "body"),
        (json!({"in_reply_to_id": to, "body": "x".repeat(20_001)}), 422, "body"),
        (json!({"in_reply_to_id": to, "body": ["x"]}), 400, "body"),
        (json!({"in_reply_to_id": "x", "body": "x"}), 400, "in_reply_to_id"),
        (json!({"body": "x"}), 422, "source_id"),
        (json!({"body": "x", "source_id": unknown}), 422, "source_id"),
        (json!({"body": "x", "source_id": shop.chat.id}), 422, "to"),
        (json!({"body": "x", "source_id": shop.chat.id, "to": "nobody"}), 422, "to"),
        (json!({"in_reply_to_id": to, "body": "x", "private": "perhaps"}), 400, "private"),
        (json!({"in_reply_to_id": to, "body": "x", "attachment_ids": ["x"]}), 400, "attachment_ids"),
        (json!({"in_reply_to_id": to, "body": "x", "attachment_ids": [unknown]}), 422, "attachment_ids"),
        (json!({"in_reply_to_id": to, "body": "x", "author_id": said.author.id}), 422, "author_id"),
        (json!({"in_reply_to_id": to, "body": "x", "author_id": unknown}), 422, "author_id"),
        (json!({"in_reply_to_id": to, "structured_content": {}}), 422, "structured_content"),
        (json!({"in_reply_to_id": to, "body": "x", "structured_content": 1}), 400, "structured_content"),
    ] {
        let answer = t.post("/1.0/contents", body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (status, &json!(field)), "{body} {}", answer.text);
    }
    let missing = json!({"in_reply_to_id": unknown, "body": "x"});
    assert_eq!(t.post("/1.0/contents", missing).await.error(404), "not_found");
    // Nothing was kept of any of it.
    assert_eq!(t.get("/1.0/contents").await.ids().1, 1);
}

#[tokio::test]
async fn a_file_goes_into_one_content_of_its_sender() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let file = upload(&t, ADMIN_TOKEN, "a.png").await;
    let body = json!({"in_reply_to_id": said.content.id, "body": "x", "attachment_ids": [file, file]});
    let stolen = send(t.request_as(&nora, Method::POST, "/1.0/contents").json(&body)).await;
    assert_eq!(stolen.error(422), "validation_failed");
    // Named twice, it is still one.
    assert_eq!(t.post("/1.0/contents", body.clone()).await.ok()["attachments_count"], 1);
    assert_eq!(t.post("/1.0/contents", body).await.error(422), "validation_failed");

    // At once, too.
    let other = shop.say(&t, "bob", None, "Hello").await;
    let file = upload(&t, ADMIN_TOKEN, "b.png").await;
    let write =
        |to: &model::ContentId| t.post("/1.0/contents", json!({"in_reply_to_id": to, "attachment_ids": [file]}));
    let (a, b) = tokio::join!(write(&said.content.id), write(&other.content.id));
    let mut codes = [a.status.as_u16(), b.status.as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 422]);
}

#[tokio::test]
async fn files_stand_in_the_order_in_which_their_author_named_them() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let mut files = Vec::new();
    for name in ["c.png", "b.png", "a.png"] {
        files.push(upload(&t, ADMIN_TOKEN, name).await);
    }
    files.reverse();
    let body = json!({"in_reply_to_id": said.content.id, "body": "x", "attachment_ids": files});
    let reply = t.post("/1.0/contents", body).await.ok();
    let names: Vec<&str> =
        reply["attachments"].as_array().expect("files").iter().filter_map(|file| file["filename"].as_str()).collect();
    assert_eq!(names, ["a.png", "b.png", "c.png"]);
}

#[tokio::test]
async fn a_discussion_is_begun_with_somebody_known() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    for to in [said.author.id.as_str(), "ann"] {
        for body in [
            json!({"source_id": shop.chat.id, "to": to, "body": "Your parcel is here", "title": "News"}),
            json!({"source_id": shop.chat.id, "to": [to], "body": "Your parcel is here", "title": "News"}),
        ] {
            let begun = t.post("/1.0/contents", body).await.ok();
            assert_eq!((&begun["status"], &begun["first_in_thread"]), (&json!("user_initiated"), &json!(true)));
            assert_ne!(begun["thread_id"], json!(said.thread.id));
            let thread = format!("/1.0/content_threads/{}", begun["thread_id"].as_str().expect("an id"));
            let thread = t.get(&thread).await.ok();
            assert_eq!((&thread["title"], &thread["contents_count"]), (&json!("News"), &json!(1)));
        }
    }
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;
    let body = json!({"source_id": shop.chat.id, "to": "ann", "body": "Hello"});
    send(t.request_as(&token, Method::POST, "/1.0/contents").json(&body)).await.error(403);
}

#[tokio::test]
async fn who_only_says_to_be_somebody_is_not_written_to_in_their_place() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let stranger = Visitor::with(&t, &shop.chat, json!({"identity": {"uuid": "customer-7"}})).await;
    let begin = async || {
        let body = json!({"source_id": shop.chat.id, "to": "customer-7", "body": "Your new password"});
        t.post("/1.0/contents", body).await
    };
    // As long as nobody signs, the one who says so is taken at their word.
    begin().await.ok();
    assert_eq!(stranger.get(&t, "threads").await.ok()["threads"].as_array().map(Vec::len), Some(1));
    let second = Visitor::with(&t, &shop.chat, json!({"identity": {"uuid": "customer-7"}})).await;
    assert_eq!(begin().await.error(422), "validation_failed");

    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    assert_eq!(begin().await.error(422), "validation_failed");
    let known = hubbub::domain::ingest::Author { foreign_id: "uuid:customer-7".into(), ..Default::default() };
    let chat = shop.chat.clone();
    let made = t
        .app
        .db
        .write(move |tx| Box::pin(async move { hubbub::domain::ingest::find_or_make_author(tx, &chat, &known).await }));
    let real = made.await.expect("an identity");
    let thread = begin().await.ok()["thread_id"].as_str().expect("an id").to_owned();
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(view["identity"]["id"], json!(real.id));
    assert_ne!(view["identity"]["id"], second.session["identity"]["id"]);
}

#[tokio::test]
async fn agents_send_the_same_types_of_files_to_a_chat_as_visitors() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    for name in ["setup.exe", "page.html", "all.zip", "png"] {
        let file = upload(&t, ADMIN_TOKEN, name).await;
        let body = json!({"in_reply_to_id": said.content.id, "body": "x", "attachment_ids": [file]});
        let answer = t.post("/1.0/contents", body).await;
        assert_eq!(answer.json["field"], "attachment_ids", "{name}");
        assert_eq!(answer.error(422), "validation_failed", "{name}");
    }
    let file = upload(&t, ADMIN_TOKEN, "Bill.PDF").await;
    let body = json!({"in_reply_to_id": said.content.id, "body": "x", "attachment_ids": [file]});
    t.post("/1.0/contents", body).await.ok();
    assert_eq!(t.get("/1.0/contents").await.ids().1, 2);
}

#[tokio::test]
async fn replies_need_the_permission_and_may_need_an_intervention() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let body = json!({"in_reply_to_id": said.content.id, "body": "Hello"});
    let reply = || send(t.request_as(&token, Method::POST, "/1.0/contents").json(&body));
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    assert_eq!(reply().await.error(403), "forbidden");
    shop.permit(&t, &nora, &[SourcePermission::Reply]).await;
    assert_eq!(reply().await.error(404), "not_found");
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;

    let set =
        t.app.db.write(|tx| Box::pin(async { store::setting::set(tx, "reply_requires_intervention", "true").await }));
    set.await.expect("set");
    assert_eq!(reply().await.error(422), "intervention_required");
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    reply().await.ok();
}

#[tokio::test]
async fn text_input_can_be_switched_with_a_reply() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let thread = format!("/1.0/content_threads/{}", said.thread.id);
    for (given, expected) in [(json!(true), true), (Value::Null, true), (json!("false"), false), (json!(false), false)]
    {
        let body = json!({"in_reply_to_id": said.content.id, "body": "x", "disable_text_input_on_thread": given});
        t.post("/1.0/contents", body).await.ok();
        assert_eq!(t.get(&thread).await.ok()["disable_text_input"], expected, "{given}");
    }
}

#[tokio::test]
async fn the_query_filters_and_orders() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let mut said = vec![shop.say(&t, "ann", None, "Crème brûlée").await];
    let ann_thread = said[0].thread.id.to_string();
    for (chat, who, thread, body) in [
        (&shop, "ann", Some(ann_thread.as_str()), "The parcel"),
        (&shop, "bob", None, "Parcels, please"),
        (&second, "cid", None, "Nothing"),
    ] {
        t.clock.advance(Duration::from_secs(1));
        said.push(chat.say(&t, who, thread, body).await);
    }
    let opened = t.post("/1.0/interventions", json!({"content_id": said[2].content.id})).await.ok();
    t.put(&path(&said[3].content.id, "/ignore"), json!({})).await.ok();
    let all: Vec<String> = said.iter().map(|s| s.content.id.to_string()).collect();
    let found = async |q: &str| -> Vec<usize> {
        let (ids, count) = search(&t, ADMIN_TOKEN, q).await.ids();
        assert_eq!(usize::try_from(count).expect("a count"), ids.len());
        ids.iter().map(|id| all.iter().position(|known| known == id).expect("known")).collect()
    };
    eventually("the last content in the index", async || (found("nothing").await == [3]).then_some(())).await;
    for (q, expected) in [
        (String::new(), vec![3, 2, 1, 0]),
        ("order:created_at.asc".into(), vec![0, 1, 2, 3]),
        ("order:created_at.desc parcel".into(), vec![2, 1]),
        ("creme".into(), vec![0]),
        (format!("id:{} id:{}", all[0], all[3]), vec![3, 0]),
        (format!("thread:{ann_thread}"), vec![1, 0]),
        (format!("thread:\"{ann_thread}\" parcel"), vec![1]),
        (format!("identity:{}", said[0].author.id), vec![1, 0]),
        (format!("identity:{} identity:{}", said[0].author.id, said[2].author.id), vec![2, 1, 0]),
        (format!("source:{}", second.chat.id), vec![3]),
        (format!("intervention:{}", id(&opened)), vec![2]),
        ("status_in:assigned,ignored".into(), vec![3, 2]),
        (format!("status_in:new identity:{}", said[2].author.id), vec![]),
        ("identity_group:111111111111111111111111".into(), vec![]),
    ] {
        assert_eq!(found(&q).await, expected, "{q}");
    }
    for q in ["order:last_content_at.desc", "status_in:x", "colour:red", "thread:x", "-thread:x"] {
        assert_eq!(search(&t, ADMIN_TOKEN, q).await.error(400), "invalid_parameter", "{q}");
    }
    let (ids, count) = t.get("/1.0/contents?limit=1&offset=1").await.ids();
    assert_eq!((ids, count), (vec![all[2].clone()], 4));
}

#[tokio::test]
async fn contents_are_ignored_only_while_they_wait() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let ignore = path(&said.content.id, "/ignore");
    assert_eq!(t.put(&ignore, json!({})).await.ok()["status"], "ignored");
    assert_eq!(t.put(&ignore, json!({})).await.ok()["status"], "ignored");
    assert_eq!(t.get("/console/threads?folder=done").await.ok()["count"], 1);

    let said = shop.say(&t, "bob", None, "Hello").await;
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let ignore = path(&said.content.id, "/ignore");
    assert_eq!(t.put(&ignore, json!({})).await.error(422), "cannot_be_ignored");
    let reply = t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "x"})).await.ok();
    assert_eq!(t.put(&path(id(&reply), "/ignore"), json!({})).await.error(422), "cannot_be_ignored");
    assert_eq!(t.put(&ignore, json!({})).await.error(422), "cannot_be_ignored");
}

#[tokio::test]
async fn categories_of_a_content_follow_the_rules_of_their_tree() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = shop.another_chat(&t, "Second chat").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let category = async |body: Value| id(&t.post("/1.0/categories", body).await.ok()).to_owned();
    let single = category(json!({"name": "Single", "unselectable": true})).await;
    let a = category(json!({"name": "A", "parent_id": single})).await;
    let b = category(json!({"name": "B", "parent_id": single})).await;
    let elsewhere = category(json!({"name": "Elsewhere", "source_ids": [second.id]})).await;
    let free = category(json!({"name": "Free"})).await;
    let update = path(&said.content.id, "/update_categories");
    let set = |ids: Value| t.put(&update, json!({"category_ids": ids}));
    assert_eq!(set(json!([a, free])).await.ok()["category_ids"], json!([a, free]));
    for ids in [json!([a, b]), json!([single]), json!([elsewhere]), json!(["111111111111111111111111"])] {
        let refused = set(ids).await;
        assert_eq!(refused.json["field"], "category_ids");
        assert_eq!(refused.error(422), "validation_failed");
    }
    assert_eq!(t.put(&update, json!({})).await.error(400), "invalid_parameter");
    assert_eq!(t.get(&path(&said.content.id, "")).await.ok()["category_ids"], json!([a, free]));
    assert_eq!(set(json!([])).await.ok()["category_ids"], json!([]));
}

#[tokio::test]
async fn what_may_not_be_read_is_not_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let hidden = shop.say(&t, "ann", None, "Secret").await;
    let seen = second.say(&t, "ann", None, "Public").await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[]).await;
    let list = send(t.request_as(&token, Method::GET, "/1.0/contents")).await.ids();
    assert_eq!(list, (vec![seen.content.id.to_string()], 1));
    for q in [format!("id:{}", hidden.content.id), format!("thread:{}", hidden.thread.id)] {
        assert_eq!(search(&t, &token, &q).await.ids().1, 0, "{q}");
    }
    assert_eq!(search(&t, &token, &format!("identity:{}", hidden.author.id)).await.ids().1, 1);
    let at = |action: &str| path(&hidden.content.id, action);
    assert_eq!(send(t.request_as(&token, Method::GET, &at(""))).await.error(404), "not_found");
    for action in ["/ignore", "/update_categories?category_ids[]="] {
        assert_eq!(send(t.request_as(&token, Method::PUT, &at(action))).await.error(404), "not_found");
    }
    let reply = json!({"in_reply_to_id": hidden.content.id, "body": "x"});
    let reply = send(t.request_as(&token, Method::POST, "/1.0/contents").json(&reply)).await;
    assert_eq!(reply.error(404), "not_found");
    let begin = json!({"source_id": shop.chat.id, "to": "ann", "body": "x"});
    let begin = send(t.request_as(&token, Method::POST, "/1.0/contents").json(&begin)).await;
    assert_eq!(begin.error(422), "validation_failed");
}

#[tokio::test]
async fn an_impersonated_user_is_the_creator() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let body = json!({"in_reply_to_id": said.content.id, "body": "x", "impersonated_user_id": nora["id"]});
    assert_eq!(t.post("/1.0/contents", body.clone()).await.ok()["creator_id"], nora["id"]);
    let query = format!("/1.0/contents?impersonated_user_id={}", id(&nora));
    let reply = json!({"in_reply_to_id": said.content.id, "body": "x"});
    assert_eq!(t.post(&query, reply).await.ok()["creator_id"], nora["id"]);
    // What the other may not see is not there for who acts as them.
    shop.permit(&t, &nora, &[]).await;
    assert_eq!(t.post("/1.0/contents", body).await.error(404), "not_found");
    assert_eq!(t.get(&query).await.ids().1, 0);

    let (omar, _) = user(&t, "Omar", "Agent").await;
    for (token, other) in
        [(nora_token.as_str(), id(&omar)), (ADMIN_TOKEN, "x"), (ADMIN_TOKEN, "111111111111111111111111")]
    {
        let request = t.request_as(token, Method::GET, &format!("/1.0/contents?impersonated_user_id={other}"));
        let answer = send(request).await;
        assert_eq!(answer.json["field"], "impersonated_user_id");
        assert_eq!(answer.error(400), "invalid_parameter");
    }
}

#[tokio::test]
async fn nobody_reaches_a_source_by_acting_as_somebody_else() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (regional, regional_token) = user(&t, "Rita", "Administrator").await;
    let (peer, _) = user(&t, "Omar", "Administrator").await;
    shop.permit(&t, &regional, &[]).await;
    let ask =
        async |method, path: String, body: Value| send(t.request_as(&regional_token, method, &path).json(&body)).await;
    let as_peer = ask(Method::GET, format!("/1.0/contents?impersonated_user_id={}", id(&peer)), json!({})).await;
    assert_eq!(as_peer.json["field"], "impersonated_user_id");
    let token = json!({"label": "x", "user_id": id(&peer)});
    assert_eq!(ask(Method::POST, "/1.0/access_tokens".into(), token).await.error(403), "forbidden");
    let role = &peer["role_id"];
    let new = json!({"email": "new@shop.test", "firstname": "N", "lastname": "N", "role_id": role,
                     "password": "a long passphrase"});
    let new = ask(Method::POST, "/1.0/users".into(), new).await.ok();
    let on = t.get(&format!("/1.0/users/{}/sources_permissions", id(&new))).await.ok();
    assert_eq!(on[shop.chat.id.as_str()], json!([]), "{on}");
}
