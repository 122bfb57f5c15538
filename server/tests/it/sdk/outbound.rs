use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::socket::Socket;
use crate::support::{ADMIN_TOKEN, TestApp, id, send};

async fn events(t: &TestApp, kind: &'static str) -> i64 {
    let read = t.app.db.read(move |tx| {
        Box::pin(
            async move { tx.number(&format!("SELECT COUNT(*) FROM journal WHERE kind = '{kind}'"), Vec::new()).await },
        )
    });
    read.await.expect("a read")
}

/// The address of a file that does not end: what is kept on the other side must open there for ever.
fn kept_url(t: &TestApp, file: &Value) -> Value {
    let signature = t.app.keys.signature(&format!("attachment:{}:0", id(file)));
    format!("{}/attachments/{}/0-{signature}", t.url, id(file)).into()
}

#[tokio::test]
async fn a_reply_reaches_the_third_party_with_everything_that_the_guide_lists() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"sender_name": "{{firstname}} from Hubbub"})).await;
    let said = blog.says(&t, "890", "42", "Where is my parcel?").await;
    t.clock.advance(std::time::Duration::from_millis(1500));
    let file = Form::new().part("file", Part::bytes(b"png".as_slice()).file_name("map.png"));
    let file = send(t.request(Method::POST, "/1.0/attachments").multipart(file)).await.ok();
    let reply = json!({"in_reply_to_id": said["id"], "body": "On its way: caf\u{e9} </p> \"\\\u{7f}\u{1}\u{2028}",
                       "attachment_ids": [file["id"]]});
    blog.script([Reaction::Id("891")]);
    let reply = t.post("/1.0/contents", reply).await.ok();
    assert_eq!(reply["synchronization_status"], "pending");
    let got = blog.gets(1).await.remove(0);
    let expected = json!({
        "attachments": [{"filename": "map.png", "type": "image", "url": kept_url(&t, &file)}],
        "author_id": blog.id(),
        "body": "<p>On its way: caf\u{e9} &lt;/p&gt; &quot;\\\u{7f}\u{1}\u{2028}</p>",
        "content_id": reply["id"],
        "created_at": "2026-03-02T09:00:01Z",
        "format": "html",
        "in_reply_to_id": "890",
        "retry": false,
        "sender_name": got.params["sender_name"],
        "thread_id": "42",
        "title": null,
        "updated_at": "2026-03-02T09:00:01Z",
    });
    assert_eq!((got.action.as_str(), &got.params), ("messages.create", &expected));
    assert!(got.params["sender_name"].as_str().is_some_and(|name| name.ends_with(" from Hubbub")));
    assert_eq!(got.body["time"], "2026-03-02T09:00:01Z");
    let done = blog.synchronized(&t, &reply, "success").await;
    assert_eq!((&done["foreign_id"], &done["synchronization_error"]), (&json!("891"), &Value::Null));
    assert_eq!(events(&t, "content.exported").await, 1);

    // The third party sends us our own words back: nothing new.
    let author = json!({"id": "whoever", "screenname": "Desk"});
    let echo = json!({"id": "891", "thread_id": "42", "author": author, "body": "On its way"});
    assert_eq!(blog.send(&t, "messages.create", echo).await.text, "ok");
    assert_eq!(blog.contents(&t).await.len(), 2);
    // A customer who answers it is heard, and so is who answers them.
    let mut more =
        json!({"id": "892", "thread_id": "42", "author": {"id": "666", "screenname": "J"}, "body": "Thanks"});
    more["in_reply_to_id"] = json!("891");
    assert_eq!(blog.send(&t, "messages.create", more).await.text, "ok");
    assert_eq!(blog.content(&t, "892").await["in_reply_to_id"], reply["id"]);
}

#[tokio::test]
async fn a_discussion_becomes_a_thread_of_the_third_party() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    blog.script([Reaction::Object(json!({"id": 43, "title": "News"}))]);
    let begun = json!({"source_id": blog.id(), "body": "We are open", "title": "News"});
    let begun = t.post("/1.0/contents", begun).await.ok();
    let got = blog.gets(1).await.remove(0);
    assert_eq!((got.action.as_str(), &got.params["title"]), ("threads.create", &json!("News")));
    for absent in ["thread_id", "in_reply_to_id", "recipient_id", "structured_content"] {
        assert!(got.params.get(absent).is_none(), "{absent}");
    }
    let done = blog.synchronized(&t, &begun, "success").await;
    assert_eq!((&done["type"], &done["foreign_id"]), (&json!("sdk/content"), &json!("43")));
    let said = blog.says(&t, "1", "43", "Good").await;
    assert_eq!(said["thread_id"], begun["thread_id"]);

    // Who answers what opened the thread writes a message into it.
    let reply = blog.reply(&t, &done, "Come in").await;
    let got = blog.gets(2).await.remove(1);
    assert_eq!((got.action.as_str(), &got.params["thread_id"]), ("messages.create", &json!("43")));
    assert_eq!(got.params["in_reply_to_id"], Value::Null);
    blog.synchronized(&t, &reply, "success").await;
}

#[tokio::test]
async fn private_messages_name_their_recipient_and_no_thread() {
    let t = TestApp::start().await;
    let net = ThirdParty::new(&t, "Network").await;
    let user = |id: &str| json!({"id": id, "screenname": id});
    let params = json!({"id": "1", "author": user("ann"), "recipient": user("desk"), "body": "psst"});
    assert_eq!(net.send(&t, "private_messages.create", params).await.text, "ok");
    let said = net.content(&t, "1").await;
    let reply = net.reply(&t, &said, "yes?").await;
    let got = net.gets(1).await.remove(0);
    assert_eq!(got.action, "private_messages.create");
    assert_eq!((&got.params["recipient_id"], &got.params["in_reply_to_id"]), (&json!("ann"), &json!("1")));
    assert!(got.params.get("thread_id").is_none());
    net.synchronized(&t, &reply, "success").await;

    let begun = json!({"source_id": net.id(), "body": "Hello Ann", "to": "ann", "private": true});
    t.post("/1.0/contents", begun).await.ok();
    let got = net.gets(2).await.remove(1);
    assert_eq!((got.action.as_str(), &got.params["recipient_id"]), ("private_messages.create", &json!("ann")));
}

#[tokio::test]
async fn bodies_go_out_in_a_format_that_the_implementation_takes() {
    let t = TestApp::start().await;
    for (options, format, body) in [
        (json!([]), "html", "<p>1 &lt; 2</p>"),
        (json!(["messages.html"]), "html", "<p>1 &lt; 2</p>"),
        (json!(["messages.text"]), "text", "1 < 2"),
        (json!(["messages.text", "messages.html"]), "text", "1 < 2"),
        (json!(["view.messaging", "messages.unthreaded"]), "text", "1 < 2"),
    ] {
        let blog = ThirdParty::with(&t, &options.to_string(), json!({"sdk_options": options})).await;
        let said = blog.says(&t, "1", "42", "?").await;
        blog.reply(&t, &said, "1 < 2").await;
        let got = blog.gets(1).await.remove(0);
        assert_eq!((&got.params["format"], &got.params["body"]), (&json!(format), &json!(body)), "{options}");
        let unthreaded = options.to_string().contains("unthreaded");
        assert_eq!(got.params.get("thread_id").is_none(), unthreaded);
    }
    let options = json!({"sdk_options": ["messages.unthreaded"]});
    let bird = ThirdParty::with(&t, "Bird", options).await;
    t.post("/1.0/contents", json!({"source_id": bird.id(), "body": "Tweet"})).await.ok();
    assert_eq!(bird.gets(1).await[0].action, "messages.create");
}

#[tokio::test]
async fn structured_messages_go_out_with_addresses_of_their_pictures() {
    let t = TestApp::start().await;
    let app = ThirdParty::with(&t, "App", json!({"sdk_options": ["view.messaging"]})).await;
    let said = app.says(&t, "1", "42", "?").await;
    let file = Form::new().part("file", Part::bytes(b"png".as_slice()).file_name("fern.png"));
    let file = send(t.request(Method::POST, "/1.0/attachments").multipart(file)).await.ok();
    let select = json!({"type": "select", "items": [{"title": "One", "payload": "1"}]});
    let card = |picture: &str, value: &Value| json!({"title": "Fern", picture: value, "items": [{"type": "reply", "title": "Buy"}]});
    let carousel = |picture: &str, value: &Value| json!({"type": "carousel", "items": [card(picture, value)]});
    let link = |picture: &str, value: &Value| json!({"type": "rich_link", "title": "Shop", "url": "https://shop.test", picture: value});
    for (given, expected) in [
        (select.clone(), select.clone()),
        (carousel("attachment_id", &file["id"]), carousel("attachment_url", &kept_url(&t, &file))),
        (link("attachment_id", &file["id"]), link("attachment_url", &kept_url(&t, &file))),
    ] {
        let before = app.got().len();
        let reply = json!({"in_reply_to_id": said["id"], "body": "Choose", "structured_content": given});
        t.post("/1.0/contents", reply).await.ok();
        assert_eq!(app.gets(before + 1).await[before].params["structured_content"], expected);
    }
    let events = t.get("/1.0/events/journal?after=0&type=content.imported").await.ok();
    let facts = &events["records"][0]["resource"]["metadata"];
    assert_eq!(facts["capabilities_supported"], json!(["carousel", "rich_link", "select", "template"]));

    // Where nobody could show it, it is refused.
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "?").await;
    let reply = json!({"in_reply_to_id": said["id"], "body": "Choose", "structured_content": select});
    assert_eq!(t.post("/1.0/contents", reply).await.error(422), "structured_not_supported");
}

#[tokio::test]
async fn every_kind_of_content_has_a_title_and_the_formats_that_are_named() {
    let t = TestApp::start().await;
    let forum = ThirdParty::with(&t, "Forum", json!({"sdk_options": ["messages.text", "messages.no_title"]})).await;
    let said = forum.says(&t, "1", "42", "?").await;
    let html = "<p>See <a href=\"https://shop.test/1\">the shop</a></p><ul><li>one</li></ul>";
    let reply = json!({"in_reply_to_id": said["id"], "body": html, "body_format": "html", "title": "Hidden"});
    t.post("/1.0/contents", reply).await.ok();
    let got = forum.gets(1).await.remove(0);
    assert_eq!((&got.params["format"], &got.params["title"]), (&json!("text"), &Value::Null));
    assert_eq!(got.params["body"], "See the shop (https://shop.test/1)\n- one");
    let untitled = json!({"source_id": forum.id(), "body": "News"});
    t.post("/1.0/contents", untitled).await.ok();
    let got = forum.gets(2).await.remove(1);
    assert_eq!((got.action.as_str(), got.params.get("title")), ("threads.create", Some(&Value::Null)));
    assert_eq!((&got.params["format"], &got.params["body"]), (&json!("html"), &json!("<p>News</p>")));
}

#[tokio::test]
async fn replies_are_written_as_an_identity_that_the_third_party_knows() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "?").await;
    let desk = json!({"id": "desk", "screenname": "The desk", "puppetizable": true, "created_at": "2026-01-01"});
    assert_eq!(blog.send(&t, "users.create", desk).await.text, "ok");
    blog.reply(&t, &said, "Hello").await;
    assert_eq!(blog.gets(1).await[0].params["author_id"], "desk");
}

#[tokio::test]
async fn an_agent_s_typing_is_told_where_the_option_asks_for_it() {
    let t = TestApp::start().await;
    let options = json!({"sdk_options": ["view.messaging", "messaging.typing_indicator"]});
    let (app, blog) = (ThirdParty::with(&t, "App", options).await, ThirdParty::new(&t, "Blog").await);
    let (said, elsewhere) = (app.says(&t, "10", "1", "?").await, blog.says(&t, "10", "1", "?").await);
    let mut agent = Socket::agent(&t, ADMIN_TOKEN, None).await.0;
    for thread in [&elsewhere["thread_id"], &said["thread_id"], &said["thread_id"]] {
        agent.send(json!({"type": "typing", "thread_id": thread, "on": true})).await;
    }
    let got = app.gets(1).await.remove(0);
    let expected = json!({"thread_id": "1", "in_reply_to_id": "10"});
    assert_eq!((got.action.as_str(), &got.params), ("typing.start", &expected));
    agent.send(json!({"type": "typing", "thread_id": said["thread_id"], "on": false})).await;
    let got = app.gets(2).await.remove(1);
    assert_eq!((got.action.as_str(), &got.params), ("typing.stop", &expected));
    assert!(blog.got().is_empty());
}

#[tokio::test]
async fn contents_of_a_thread_go_out_in_order_and_threads_do_not_wait_for_each_other() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let slow = blog.says(&t, "1", "42", "a").await;
    let quick = blog.says(&t, "2", "43", "b").await;
    blog.script([Reaction::Hang("first")]);
    let first = blog.reply(&t, &slow, "one").await;
    blog.gets(1).await;
    let second = blog.reply(&t, &slow, "two").await;
    let other = blog.reply(&t, &quick, "three").await;
    blog.synchronized(&t, &other, "success").await;
    let bodies = || blog.got().into_iter().map(|g| g.params["body"].clone()).collect::<Vec<_>>();
    assert_eq!(bodies(), [json!("<p>one</p>"), json!("<p>three</p>")]);
    blog.go_on();
    blog.synchronized(&t, &second, "success").await;
    assert_eq!(bodies(), [json!("<p>one</p>"), json!("<p>three</p>"), json!("<p>two</p>")]);
    assert_eq!(blog.synchronized(&t, &first, "success").await["foreign_id"], "first");
}

#[tokio::test]
async fn a_source_that_hangs_delays_no_other() {
    let t = TestApp::start().await;
    let slow = ThirdParty::new(&t, "Slow").await;
    let quick = ThirdParty::new(&t, "Quick").await;
    for i in 0..12 {
        let said = slow.says(&t, &format!("{i}"), &format!("thread {i}"), "a").await;
        slow.script([Reaction::Hang("x")]);
        slow.reply(&t, &said, "late").await;
    }
    let said = quick.says(&t, "1", "42", "a").await;
    let reply = quick.reply(&t, &said, "soon").await;
    quick.synchronized(&t, &reply, "success").await;
    assert!(slow.got().len() <= 8);
    t.leaves("one third party never answers");
}

#[tokio::test]
async fn a_source_that_is_switched_off_keeps_its_contents() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    t.put(&path, json!({"active": false})).await.ok();
    let reply = blog.reply(&t, &said, "b").await;
    // Another source's export shows that the worker has looked.
    let other = ThirdParty::new(&t, "Other").await;
    let heard = other.says(&t, "1", "42", "a").await;
    let replied = other.reply(&t, &heard, "b").await;
    other.synchronized(&t, &replied, "success").await;
    assert!(blog.got().is_empty());
    t.put(&path, json!({"active": true})).await.ok();
    blog.synchronized(&t, &reply, "success").await;
}

#[tokio::test]
async fn an_id_that_was_given_before_stays_where_it_is() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([Reaction::Id("1"), Reaction::Object(json!({})), Reaction::Object(json!({"id": "x".repeat(5000)}))]);
    for body in ["b", "c", "d"] {
        let reply = blog.reply(&t, &said, body).await;
        assert_eq!(blog.synchronized(&t, &reply, "success").await["foreign_id"], Value::Null);
    }
    assert_eq!(blog.got().len(), 3);
    assert_eq!(events(&t, "content.exported").await, 3);
}

#[tokio::test]
async fn what_comes_back_before_its_name_is_known_is_no_second_content_and_goes_out_once() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "Where is it?").await;
    let author = json!({"id": blog.id(), "screenname": "Desk"});
    let comes = |id: &str, body: &str| json!({"id": id, "author": author, "body": format!("<p>{body}</p>"), "format": "html", "thread_id": "42"});
    // It was answered without a name, and listed later.
    blog.script([Reaction::Object(json!({}))]);
    let reply = blog.reply(&t, &said, "On its  way").await;
    blog.synchronized(&t, &reply, "success").await;
    for _ in 0..2 {
        blog.send(&t, "messages.create", comes("2", "On its way")).await.ok();
    }
    assert_eq!((blog.content(&t, "2").await["id"].clone(), blog.contents(&t).await.len()), (reply["id"].clone(), 2));
    // It has arrived, and the answer was lost: it is not sent again.
    blog.script([Reaction::BreakOff]);
    let reply = blog.reply(&t, &said, "It is in Lyon").await;
    blog.tried(&t, &reply, 1).await;
    blog.send(&t, "messages.create", comes("3", "It is in Lyon")).await.ok();
    let done = blog.synchronized(&t, &reply, "success").await;
    assert_eq!((&done["foreign_id"], blog.contents(&t).await.len()), (&json!("3"), 3));
    // The customer's words are theirs, and so is what somebody said long before or after.
    blog.script([Reaction::Object(json!({}))]);
    let reply = blog.reply(&t, &said, "Thanks").await;
    blog.synchronized(&t, &reply, "success").await;
    blog.says(&t, "4", "42", "Thanks").await;
    let mut late = comes("5", "Thanks");
    late["created_at"] = json!("2026-03-01T09:00:00Z");
    blog.send(&t, "messages.create", late).await.ok();
    assert_eq!(blog.contents(&t).await.len(), 6);
    let sent = blog.got().len();
    t.clock.advance(std::time::Duration::from_secs(3600));
    let other = blog.reply(&t, &said, "One more").await;
    blog.synchronized(&t, &other, "success").await;
    assert_eq!(blog.got().len(), sent + 1);
}

#[tokio::test]
async fn files_go_to_those_who_take_them_alone() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    let upload = async || {
        let file = Form::new().part("file", Part::bytes(b"png".as_slice()).file_name("map.png"));
        send(t.request(Method::POST, "/1.0/attachments").multipart(file)).await.ok()["id"].clone()
    };
    let reply = async |file: &Value| {
        let body = json!({"in_reply_to_id": said["id"], "body": "See there", "attachment_ids": [file]});
        t.post("/1.0/contents", body).await
    };
    let offered = async || {
        let view = t.get(&format!("/console/threads/{}", said["thread_id"].as_str().expect("an id"))).await.ok();
        view["attachment_extensions"].clone()
    };
    t.put(&path, json!({"sdk_options": ["private_messages.attachments"]})).await.ok();
    assert_eq!(offered().await, json!([]));
    let file = upload().await;
    let refused = reply(&file).await;
    assert_eq!(refused.json["field"], "attachment_ids");
    assert_eq!(refused.error(422), "attachments_not_supported");
    t.put(&path, json!({"sdk_options": ["messages.attachments"]})).await.ok();
    assert_eq!(offered().await, Value::Null);
    let sent = reply(&file).await.ok();
    blog.synchronized(&t, &sent, "success").await;
    assert_eq!(blog.got()[0].params["attachments"][0]["filename"], "map.png");
}

#[tokio::test]
async fn whoever_answers_can_choose_as_whom() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let view = async || {
        let path = format!("/console/threads/{}", said["thread_id"].as_str().expect("an id"));
        t.get(&path).await.ok()["writes_as"].clone()
    };
    assert_eq!(view().await, json!([]), "there is no choice");
    for (id, name) in [("7", "Desk"), ("8", "Night desk")] {
        let user = json!({"id": id, "screenname": name, "puppetizable": true});
        assert_eq!(blog.send(&t, "users.create", user).await.text, "ok");
    }
    let faces = view().await;
    let names: Vec<&Value> = faces.as_array().expect("a list").iter().map(|face| &face["name"]).collect();
    assert_eq!(names, ["Desk", "Night desk"]);
    for (face, expected) in [(None, "7"), (Some(&faces[1]["id"]), "8")] {
        let mut reply = json!({"in_reply_to_id": said["id"], "body": "b"});
        if let Some(face) = face {
            reply["author_id"] = face.clone();
        }
        let sent = t.post("/1.0/contents", reply).await.ok();
        blog.synchronized(&t, &sent, "success").await;
        assert_eq!(blog.got().last().expect("a request").params["author_id"], expected);
    }
}
