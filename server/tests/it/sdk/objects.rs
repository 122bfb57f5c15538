use model::SourceId;
use serde_json::{Value, json};
use store::identity::Identity;

use crate::support::sdk::ThirdParty;
use crate::support::{TestApp, eventually};

fn user(id: &str) -> Value {
    json!({"id": id, "screenname": format!("User {id}"), "created_at": "2012-02-10"})
}

async fn identity(t: &TestApp, party: &ThirdParty, foreign_id: &str) -> Identity {
    let (source, id) = (SourceId::parse(party.id()).expect("an id"), foreign_id.to_owned());
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let source = store::source::find(tx, &source).await?.expect("a source");
            store::identity::find_foreign(tx, &source.community_id, &id).await
        })
    });
    read.await.expect("a read").expect("an identity")
}

#[tokio::test]
async fn bodies_are_html_unless_they_say_text_and_html_is_made_safe() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let html = "<p onclick=\"x()\">Hello <b>you</b></p><script>alert(1)</script>";
    let mut params = json!({
        "id": "1", "thread_id": "42", "author": user("666"), "body": html, "title": "A title",
        "created_at": "2012-10-01T17:18:40Z", "categories": ["TV", "", "Internet"], "language": "en",
        "display_url": "https://blog.test/1", "ip": "1.2.3.4", "structured_reply": {"payload": "YES"},
        "context_data": {"country": "Germany", "fruits": ["Apple", "Pear"], "nothing": null},
    });
    assert_eq!(blog.send(&t, "messages.create", params.clone()).await.text, "ok");
    let content = blog.content(&t, "1").await;
    assert_eq!(content["body_formatted"]["text"], "Hello you");
    assert_eq!(content["body_formatted"]["html"], "<p>Hello <b>you</b></p>");
    assert_eq!((&content["body_input_format"], &content["title"]), (&json!("html"), &json!("A title")));
    assert_eq!((&content["created_at"], &content["language"]), (&json!("2012-10-01T17:18:40Z"), &json!("en")));
    assert_eq!(content["foreign_categories"], json!(["TV", "Internet"]));
    assert_eq!(content["source_url"], "https://blog.test/1");
    let data = json!({"country": "Germany", "fruits": ["Apple", "Pear"], "ip": "1.2.3.4",
                      "structured_reply": {"payload": "YES"}});
    assert_eq!((&content["context_data"], &content["structured_reply"]), (&data, &json!({"payload": "YES"})));
    let thread = format!("/1.0/content_threads/{}", content["thread_id"].as_str().expect("an id"));
    let told = json!({"country": "Germany", "fruits": ["Apple", "Pear"]});
    assert_eq!(t.get(&thread).await.ok()["extra_data"], told);

    // What nobody needs may have any form.
    params = json!({
        "id": 2, "thread_id": 42, "author": user("666"), "body": "1 < 2\n<b>", "format": "text", "created_at": "soon",
        "updated_at": {}, "categories": "TV", "language": ["en"], "display_url": "javascript:x", "context_data": 7,
        "attachments": null, "in_reply_to_id": {}, "structured_content": {}, "title": false,
    });
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    let content = blog.content(&t, "2").await;
    assert_eq!((&content["body"], &content["body_input_format"]), (&json!("1 < 2\n<b>"), &json!("text")));
    assert_eq!((&content["created_at"], &content["source_url"]), (&json!("2026-03-02T09:00:00Z"), &Value::Null));
    assert_eq!(content["thread_id"], blog.content(&t, "1").await["thread_id"]);
}

#[tokio::test]
async fn users_are_kept_with_what_is_told_of_them() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let mut john = user("666");
    for (name, value) in [
        ("firstname", "John"),
        ("lastname", "Doe"),
        ("email", "john@doe.test"),
        ("home_phone", "+33 1"),
        ("mobile_phone", "+33 6"),
        ("gender", "man"),
        ("avatar_url", "https://blog.test/john.png"),
    ] {
        john[name] = json!(value);
    }
    john["context_data"] = json!({"age": "34"});
    assert_eq!(blog.send(&t, "users.create", john).await.text, "ok");
    let known = identity(&t, &blog, "666").await;
    assert_eq!(known.display_name(), "John Doe");
    assert_eq!((known.email.as_deref(), known.gender.as_deref()), (Some("john@doe.test"), Some("man")));
    let phones = (known.home_phone.as_deref(), known.mobile_phone.as_deref());
    assert_eq!(phones, (Some("+33 1"), Some("+33 6")));
    assert_eq!((known.extra_values["age"].as_str(), known.controlled), (Some("34"), false));

    // A later message knows the same person, and leaves what it does not tell.
    let params = json!({"id": "1", "thread_id": "42", "author": user("666"), "body": "hi"});
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    assert_eq!(blog.content(&t, "1").await["author_id"], known.id.as_str());
    assert_eq!(identity(&t, &blog, "666").await.display_name(), "John Doe");

    let mut puppet = user("desk");
    puppet["puppetizable"] = json!(true);
    assert_eq!(blog.send(&t, "users.create", puppet).await.text, "ok");
    assert!(identity(&t, &blog, "desk").await.controlled);
    // What the company's own identity says is an answer, and waits for nobody.
    let params = json!({"id": "2", "thread_id": "42", "author": user("desk"), "body": "hello"});
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    assert_eq!(blog.content(&t, "2").await["status"], "user_reply");
}

#[tokio::test]
async fn threads_come_with_a_content_or_with_a_title_alone() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let post = json!({"id": "42", "title": "A post", "author": user("1"), "body": "<p>About it</p>"});
    for _ in 0..2 {
        assert_eq!(blog.send(&t, "threads.create", post.clone()).await.text, "ok");
    }
    // Messages have ids of their own: this one is not the thread again.
    blog.says(&t, "42", "42", "Nice").await;
    let contents = blog.contents(&t).await;
    let first: Vec<_> = contents.iter().map(|c| c["first_in_thread"].clone()).collect();
    assert_eq!(first, [true, false]);
    let path = format!("/1.0/content_threads/{}", contents[1]["thread_id"].as_str().expect("an id"));
    let thread = t.get(&path).await.ok();
    assert_eq!((&thread["foreign_id"], &thread["title"]), (&json!("42"), &json!("A post")));
    assert_eq!(thread["contents_count"], 2);

    let forum = ThirdParty::with(&t, "Forum", json!({"sdk_options": ["threads.no_content"]})).await;
    for title in ["A forum", "The forum"] {
        let params = json!({"id": "7", "title": title, "body": "ignored"});
        assert_eq!(forum.send(&t, "threads.create", params).await.text, "ok");
    }
    assert!(forum.contents(&t).await.is_empty());
    let said = forum.says(&t, "1", "7", "hi").await;
    let thread = t.get(&format!("/1.0/content_threads/{}", said["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&thread["title"], &thread["contents_count"]), (&json!("The forum"), &json!(1)));
}

#[tokio::test]
async fn private_messages_are_put_together_by_what_they_answer_and_whose_they_are() {
    let t = TestApp::start().await;
    let net = ThirdParty::new(&t, "Network").await;
    let mut desk = user("desk");
    desk["puppetizable"] = json!(true);
    let (desk, t) = (&desk, &t);
    let send = |id: &'static str, author: Value, recipient: Value, to: Option<&'static str>| {
        let params = json!({"id": id, "author": author, "recipient": recipient, "body": "hi", "in_reply_to_id": to});
        let net = &net;
        async move {
            assert_eq!(net.send(t, "private_messages.create", params).await.text, "ok");
            net.content(t, id).await
        }
    };
    let ann = send("1", user("ann"), desk.clone(), None).await;
    let bob = send("2", user("bob"), desk.clone(), None).await;
    assert_ne!(ann["thread_id"], bob["thread_id"]);
    assert_eq!((&ann["type"], &ann["private_message"]), (&json!("sdk/content"), &json!(true)));
    let again = send("3", user("ann"), desk.clone(), None).await;
    let answer = send("4", desk.clone(), user("ann"), None).await;
    let reply = send("5", user("ann"), desk.clone(), Some("4")).await;
    for one in [&again, &answer, &reply] {
        assert_eq!(one["thread_id"], ann["thread_id"]);
    }
    assert_eq!(reply["in_reply_to_id"], answer["id"]);
    // The company writes first: the thread is the customer's.
    let first = send("6", desk.clone(), user("cid"), None).await;
    assert_eq!(send("7", user("cid"), desk.clone(), None).await["thread_id"], first["thread_id"]);
    let params = json!({"id": "8", "author": user("ann"), "body": "hi"});
    assert_eq!(net.send(t, "private_messages.create", params).await.text, "Invalid resource format");
}

#[tokio::test]
async fn sources_without_threads_ignore_their_names() {
    let t = TestApp::start().await;
    let bird = ThirdParty::with(&t, "Bird", json!({"sdk_options": ["messages.unthreaded"]})).await;
    let (t, bird) = (&t, &bird);
    let say = |id: &'static str, who: &'static str, thread: Value, to: Option<&'static str>| async move {
        let params = json!({"id": id, "author": user(who), "body": "hi", "thread_id": thread, "in_reply_to_id": to});
        assert_eq!(bird.send(t, "messages.create", params).await.text, "ok");
        bird.content(t, id).await["thread_id"].clone()
    };
    let first = say("1", "ann", json!("42"), None).await;
    assert_ne!(say("2", "ann", json!("42"), None).await, first);
    assert_eq!(say("3", "bob", Value::Null, Some("1")).await, first);
    assert_ne!(say("4", "bob", Value::Null, Some("unknown")).await, first);

    let options = json!({"sdk_options": ["messages.unthreaded", "view.messaging", "messages.text"]});
    let app = ThirdParty::with(t, "App", options).await;
    for id in ["1", "2"] {
        let params = json!({"id": id, "author": user("ann"), "body": "hi"});
        assert_eq!(app.send(t, "messages.create", params).await.text, "ok");
    }
    assert_eq!(app.content(t, "1").await["thread_id"], app.content(t, "2").await["thread_id"]);
}

#[tokio::test]
async fn files_come_as_bytes_or_from_addresses_and_never_cost_the_message() {
    let t = TestApp::start_with(|config| config.attachment_max_bytes = 2000).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let at = |name: &str| format!("{}/files/{name}", blog.url);
    let params = json!({"id": "1", "thread_id": "42", "author": user("1"), "attachments": [
        {"content": "aGVsbG8gd29ybGQ=", "filename": "../a.txt"},
        {"url": at("hello.txt")},
        {"url": at("moved"), "filename": "moved.mp4", "type": "audio"},
        {"url": at("picture")},
    ]});
    for _ in 0..2 {
        assert_eq!(blog.send(&t, "messages.create", params.clone()).await.text, "ok");
    }
    let content = blog.content(&t, "1").await;
    let files = content["attachments"].as_array().expect("a list");
    let shown: Vec<_> = files.iter().map(|f| (f["filename"].as_str(), f["content_type"].as_str())).collect();
    let expected = [
        ("a.txt", "text/plain"),
        ("hello.txt", "text/plain"),
        ("moved.mp4", "audio/mp4"),
        ("picture.png", "image/png"),
    ];
    assert_eq!(shown, expected.map(|(name, kind)| (Some(name), Some(kind))));
    for (file, bytes) in files.iter().zip(["hello world", "hello", "hello", "png"]) {
        let got = reqwest::get(file["url"].as_str().expect("a URL")).await.expect("an answer");
        assert_eq!(got.text().await.expect("a body"), bytes);
    }

    let (gone, large, circle) = (at("gone.png"), at("large.bin"), at("circle"));
    let too_large = "A".repeat(4000);
    let params = json!({"id": "2", "thread_id": "42", "author": user("1"), "body": "see", "format": "text",
        "attachments": [{"url": gone}, {"url": large}, {"url": circle}, {"url": "ftp://a.test/a"}, {"url": at("hello.txt")},
                        {"content": too_large, "filename": "film.bin"}]});
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    let content = blog.content(&t, "2").await;
    assert_eq!(content["attachments_count"], 1);
    let missing = [gone.as_str(), &large, &circle, "ftp://a.test/a", "film.bin"];
    assert_eq!(content["context_data"]["missing-attachments"], json!(missing));
    assert_eq!(content["body"], format!("see\n{}", missing.join("\n")));

    // Nothing but a file that cannot be had: its address is what is left of the message.
    let params = json!({"id": "3", "thread_id": "42", "author": user("1"), "attachments": [{"url": gone}]});
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    assert_eq!(blog.content(&t, "3").await["body_formatted"]["text"], gone);
}

#[tokio::test]
async fn a_file_is_stored_while_another_one_is_still_fetched() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let at = |name: &str| json!({"url": format!("{}/files/{name}", blog.url)});
    let params = json!({"id": "1", "thread_id": "42", "author": user("1"), "body": "a",
                        "attachments": [at("slow.txt"), at("hello.txt")]});
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let hello = t.data_dir().join("files/2c").join(hello);
    let stored = async {
        eventually("it is stored", async || hello.exists().then_some(())).await;
        assert!(blog.contents(&t).await.is_empty());
        blog.go_on();
    };
    let (answer, ()) = tokio::join!(blog.send(&t, "messages.create", params), stored);
    assert_eq!(answer.text, "ok");
    let content = blog.content(&t, "1").await;
    let names = content["attachments"].as_array().expect("a list").iter().map(|f| f["filename"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), [Some("slow.txt"), Some("hello.txt")]);
}

#[tokio::test]
async fn private_addresses_are_not_fetched_unless_that_is_allowed() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let url = format!("{}/files/hello.txt", blog.url);
    let params = json!({"id": "1", "thread_id": "42", "author": user("1"), "body": "a", "attachments": [{"url": url}]});
    assert_eq!(blog.send(&t, "messages.create", params).await.text, "ok");
    assert_eq!(blog.content(&t, "1").await["attachments_count"], 0);
}

#[tokio::test]
async fn structured_messages_are_checked_in_the_words_of_the_guide() {
    let t = TestApp::start().await;
    let plain = ThirdParty::new(&t, "Plain").await;
    let app = ThirdParty::with(&t, "App", json!({"sdk_options": ["view.messaging", "messages.text"]})).await;
    let mut desk = user("desk");
    desk["puppetizable"] = json!(true);
    let message = |author: &Value, structured: Value| json!({"id": "1", "thread_id": "42", "author": author, "body": "Choose", "structured_content": structured});
    let select = json!({"type": "select", "items": [{"title": "One", "payload": "1"}, {"title": "Two"}]});
    let refused = plain.send(&t, "messages.create", message(&desk, select.clone())).await;
    assert_eq!(refused.text, "Source doesn't support structured contents");
    for (structured, text) in [
        (json!({"items": []}), "Type is required for structured contents"),
        (json!({"type": "hologram"}), "Source doesn't support this type of structured content"),
        (json!({"type": "select", "items": []}), "structured_content: \"items\" must not be empty"),
        (json!({"type": "select", "items": [{"title": ""}]}), "structured_content: \"title\" must not be empty"),
        (json!({"type": "rich_link", "title": "a"}), "structured_content: \"url\" must not be empty"),
        (
            json!({"type": "template", "title": "a", "items": [{"type": "url", "title": "b"}]}),
            "structured_content: \"url\" must not be empty",
        ),
        (
            json!({"type": "carousel", "items": [{"title": "a", "items": [{"title": "b"}]}]}),
            "structured_content: \"type\" must not be empty",
        ),
    ] {
        let refused = app.send(&t, "messages.create", message(&desk, structured)).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (422, text));
    }
    let refused = app.send(&t, "messages.create", message(&user("ann"), select.clone())).await;
    assert_eq!(refused.text, "The author must be puppetizable");
    assert_eq!(app.send(&t, "messages.create", message(&desk, select.clone())).await.text, "ok");
    assert_eq!(app.content(&t, "1").await["structured_content"], select);
}
