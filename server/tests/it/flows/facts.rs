//! What events and contents say, as programs that were written for the reference read it.

use model::EventType;
use serde_json::{Value, json};

use crate::support::sdk::ThirdParty;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, id, send};

/// The newest event of a kind: the type of its resource, and its metadata.
async fn newest(t: &TestApp, kind: EventType) -> (String, Value) {
    let read = t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 10_000)));
    let entry = read.await.expect("entries").into_iter().rfind(|e| e.kind == kind).expect("an event");
    (entry.resource_kind, entry.metadata.0)
}

/// Holds some facts against what they should be.
fn assert_facts(facts: &Value, wanted: &Value) {
    for (name, value) in wanted.as_object().expect("facts") {
        assert_eq!(facts.get(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_message_in_a_chat_is_told_as_real_receivers_know_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "hi").await;
    let (kind, facts) = newest(&t, EventType::ContentImported).await;
    assert_eq!(kind, "message");
    let wanted = json!({
        "type": "message", "thread_title": "hi", "private": true, "context_data": null, "language": null,
        "structured_content_supported": true, "foreign_origin": "web", "first_in_thread": true, "foreign_categories": [],
    });
    assert_facts(&facts, &wanted);
    let content = json!({"type": "message", "private_message": true, "context_data": null,
                         "structured_content_supported": true, "structured_reply": null});
    let list = t.get("/1.0/contents").await.ok();
    assert_facts(&list["records"][0], &content);

    // A later one is told under the title of the first; so is what agents answer.
    let thread = id(&said["thread"]).to_owned();
    let next = ann.write(&t, Some(&thread), "Where is my parcel?").await;
    assert_facts(&newest(&t, EventType::ContentImported).await.1, &json!({"thread_title": "hi"}));
    t.post("/1.0/contents", json!({"in_reply_to_id": next["message"]["id"], "body": "Here"})).await.ok();
    let (kind, facts) = newest(&t, EventType::ContentReplied).await;
    assert_eq!(kind, "message");
    let wanted = json!({"type": "message", "thread_title": "hi", "private": true, "foreign_origin": null});
    assert_facts(&facts, &wanted);
}

#[tokio::test]
async fn a_long_first_message_is_cut_for_the_title() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, &"Où ça ? ".repeat(30)).await;
    let facts = newest(&t, EventType::ContentImported).await.1;
    let title = facts["thread_title"].as_str().expect("a title");
    assert_eq!((title.chars().count(), title.ends_with("...")), (140, true), "{title}");
    let thread = t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok();
    assert_eq!(thread["title"], title);
}

#[tokio::test]
async fn a_visitor_writes_in_the_language_of_the_source_the_page_or_the_browser() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let write = async |language: Option<&str>, header: &str| {
        let body = json!({"client_id": model::new_object_id(t.clock.now()), "body": "Hello", "language": language});
        let request = ann.request(&t, reqwest::Method::POST, "messages").json(&body);
        send(request.header("accept-language", header)).await.ok();
        newest(&t, EventType::ContentImported).await.1["language"].clone()
    };
    assert_eq!(write(None, "fr-CA,fr;q=0.8,en;q=0.5").await, "fr");
    assert_eq!(write(Some("de"), "fr").await, "de");
    assert_eq!(write(Some("xx-nonsense"), "fr").await, Value::Null);
    assert_eq!(write(None, "*").await, Value::Null);
    // An answer is in the language of what it answers.
    write(Some("pt-BR"), "fr").await;
    let list = t.get("/1.0/contents?limit=1").await.ok();
    let reply = json!({"in_reply_to_id": list["records"][0]["id"], "body": "Olá"});
    assert_eq!(t.post("/1.0/contents", reply).await.ok()["language"], "pt");
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"default_content_language": "it"})).await.ok();
    assert_eq!(write(Some("de"), "fr").await, "it");
}

#[tokio::test]
async fn what_a_third_party_says_is_told_as_real_receivers_know_it() {
    let t = TestApp::start().await;
    let party = ThirdParty::new(&t, "Forum").await;
    let author = json!({"id": "666", "screenname": "John Doe"});
    let message = |id: &str| json!({"id": id, "author": author, "body": "Hello", "thread_id": "t1", "format": "text"});
    assert_eq!(party.send(&t, "messages.create", message("1")).await.text, "ok");
    let (kind, facts) = newest(&t, EventType::ContentImported).await;
    assert_eq!(kind, "sdk/content");
    let wanted = json!({"type": "sdk/content", "context_data": {}, "private": false, "thread_title": "Hello"});
    assert_facts(&facts, &wanted);
    assert_eq!(facts.get("foreign_origin"), None);
    assert_facts(&party.content(&t, "1").await, &json!({"type": "sdk/content", "context_data": {}}));

    // Its private messages and threads too.
    let mut private = message("2");
    private["recipient"] = json!({"id": "7", "screenname": "Desk", "puppetizable": true});
    assert_eq!(party.send(&t, "private_messages.create", private).await.text, "ok");
    let (kind, facts) = newest(&t, EventType::ContentImported).await;
    assert_eq!((kind.as_str(), &facts["private"]), ("sdk/content", &json!(true)));
    let mut thread = message("3");
    thread["title"] = json!("A subject");
    assert_eq!(party.send(&t, "threads.create", thread).await.text, "ok");
    let (kind, facts) = newest(&t, EventType::ContentImported).await;
    assert_eq!((kind.as_str(), &facts["thread_title"]), ("sdk/content", &json!("A subject")));
}

#[tokio::test]
async fn a_conversation_keeps_the_page_and_its_variables() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let now = t.clock.now();
    // The visit is told by the browser's clock, which shows anything.
    let page = json!({"url": "https://shop.test/cart", "title": "Cart", "count": 2, "pages": 5, "started": 1_000_000,
                      "now": 1_090_000});
    let visit = json!({"page": page, "custom": {"custom_cart": 3, "custom_plan": "gold", "crm": "7"}});
    let ann = Visitor::with(&t, &shop.chat, visit).await;
    t.clock.advance(std::time::Duration::from_secs(30));
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    let kept = async || t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone();
    let wanted = json!({"page_url": "https://shop.test/cart", "page_title": "Cart", "custom_cart": 3,
                        "custom_plan": "gold", "page_visit_count": 5, "page_visit_started_at": now, "visit_count": 2,
                        "visit_started_at": now.plus_seconds(-90)});
    assert_eq!(kept().await, wanted);
    let page = json!({"url": "https://shop.test/", "title": "Shop", "count": 3, "pages": 1});
    let visit = json!({"visitor": ann.key, "page": page,
                       "custom": {"custom_cart": 4}});
    crate::support::visitor::session(&t, &shop.chat, visit).await.ok();
    ann.write(&t, Some(&thread), "And?").await;
    // The visit is that in which it began.
    let wanted = json!({"page_url": "https://shop.test/", "page_title": "Shop", "custom_cart": 4,
                        "custom_plan": "gold", "page_visit_count": 5, "page_visit_started_at": now, "visit_count": 2,
                        "visit_started_at": now.plus_seconds(-90)});
    assert_eq!(kept().await, wanted);
}

#[tokio::test]
async fn what_a_page_clears_is_known_no_more_neither_of_the_person_nor_of_the_conversation() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let custom = json!({"custom_cart": 3, "custom_plan": "gold", "crm": "7"});
    let ann = Visitor::with(&t, &shop.chat, json!({"custom": custom, "page": {"url": "https://shop.test/"}})).await;
    let thread = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    let person = format!("/1.0/identities/{}", id(&ann.session["identity"]));
    let known = async || {
        let mut kept = t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone();
        kept.as_object_mut().expect("a map").retain(|name, _| name.starts_with("custom_"));
        (t.get(&person).await.ok()["extra_values"].clone(), kept)
    };
    assert_eq!(known().await, (custom, json!({"custom_cart": 3, "custom_plan": "gold"})));
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let clears =
        json!({"type": "page", "url": "https://shop.test/", "title": null, "custom": {"custom_cart": null, "x": null}});
    socket.send(clears).await;
    socket.drain(&t).await;
    assert_eq!(known().await, (json!({"custom_plan": "gold", "crm": "7"}), json!({"custom_plan": "gold"})));
    // On another page it is told with the session.
    let custom = json!({"custom_plan": null, "crm": null, "trigger_id": null});
    let again = json!({"visitor": ann.key, "custom": custom, "page": {"url": "https://shop.test/cart"}});
    crate::support::visitor::session(&t, &shop.chat, again).await.ok();
    ann.write(&t, Some(&thread), "And?").await;
    assert_eq!(known().await, (json!({}), json!({})));
}

#[tokio::test]
async fn a_conversation_that_goes_on_keeps_what_its_page_fills_in_since() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let told = json!({"custom": {"custom_cart": 1}});
    let ann = Visitor::with(&t, &shop.chat, told).await;
    let thread = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    let kept = async || t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone();
    assert_eq!(kept().await, json!({"custom_cart": 1}));
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    // A page that tells nothing of itself before a word tells of it right after.
    let now = t.clock.now();
    let visit = json!({"count": 2, "pages": 3});
    let page = json!({"type": "page", "url": "https://shop.test/cart", "title": "Cart", "custom": {"custom_cart": 2},
                      "visit": visit});
    socket.send(page).await;
    socket.drain(&t).await;
    let wanted = json!({"page_url": "https://shop.test/cart", "page_title": "Cart", "custom_cart": 2, "visit_count": 2,
                        "page_visit_count": 3, "page_visit_started_at": now});
    assert_eq!(kept().await, wanted);
    // The page is that on which the customer wrote; its variables are those of now.
    let page = json!({"type": "page", "url": "https://shop.test/", "title": "Shop", "custom": {"custom_cart": 3}});
    socket.send(page).await;
    socket.drain(&t).await;
    let mut wanted = wanted;
    wanted["custom_cart"] = json!(3);
    assert_eq!(kept().await, wanted);
    let again = json!({"visitor": ann.key, "custom": {"custom_cart": 4}, "page": {"url": "https://shop.test/cart"}});
    crate::support::visitor::session(&t, &shop.chat, again).await.ok();
    wanted["custom_cart"] = json!(4);
    assert_eq!(kept().await, wanted);
    // Of a conversation that nobody is in any more, nothing changes.
    t.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let again = json!({"visitor": ann.key, "custom": {"custom_cart": 5}});
    crate::support::visitor::session(&t, &shop.chat, again).await.ok();
    assert_eq!(kept().await, wanted);
}

#[tokio::test]
async fn a_conversation_that_begins_has_the_variables_of_its_own_document_alone() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"max_open_conversations": 20})).await.ok();
    let told = json!({"custom": {"custom_cart": 3, "custom_plan": "gold"}, "page": {"url": "https://shop.test/cart"}});
    let ann = Visitor::with(&t, &shop.chat, told).await;
    let begin = async || {
        let thread = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
        let mut kept = t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone();
        kept.as_object_mut().expect("a map").retain(|name, _| name.starts_with("custom_"));
        kept
    };
    assert_eq!(begin().await, json!({"custom_cart": 3, "custom_plan": "gold"}));
    let again = async |told: Value| {
        let mut body = json!({"visitor": ann.key, "page": {"url": "https://shop.test/"}});
        body.as_object_mut().expect("a map").extend(told.as_object().expect("a map").clone());
        crate::support::visitor::session(&t, &shop.chat, body).await.ok();
    };
    again(json!({"custom": {"custom_plan": "free"}})).await;
    assert_eq!(begin().await, json!({"custom_plan": "free"}));
    // Who says nothing of variables is on the same page still; what its script fills in later is told as well.
    again(json!({})).await;
    assert_eq!(begin().await, json!({"custom_plan": "free"}));
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let fills = json!({"type": "page", "url": "https://shop.test/", "custom": {"custom_cart": 3}});
    socket.send(fills).await;
    socket.drain(&t).await;
    assert_eq!(begin().await, json!({"custom_cart": 3, "custom_plan": "free"}));
    again(json!({"custom": {}})).await;
    assert_eq!(begin().await, json!({}));
    // The person has what was told of them.
    let person = t.get(&format!("/1.0/identities/{}", id(&ann.session["identity"]))).await.ok();
    assert_eq!(person["extra_values"], json!({"custom_cart": 3, "custom_plan": "free"}));
}

#[tokio::test]
async fn a_first_message_tells_of_its_page_by_itself() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"max_open_conversations": 20})).await.ok();
    let ann = Visitor::new(&t, &shop.chat).await;
    let now = t.clock.now();
    let begin = async |origin: Value| {
        let body = json!({"client_id": model::new_object_id(t.clock.now()), "body": "Hello", "origin": origin});
        let thread = id(&ann.post(&t, "messages", body).await.ok()["thread"]).to_owned();
        t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone()
    };
    // Nobody is refused for what a page says.
    for nonsense in [json!({"page": "x", "custom": 5}), json!({"page": {"url": 5}, "custom": [1]})] {
        assert_eq!(begin(nonsense).await, json!({}));
    }
    let page = json!({"url": "https://shop.test/cart", "title": "Cart", "count": 2, "pages": 5, "started": 1_000_000,
                      "now": 1_090_000});
    let wanted = json!({"page_url": "https://shop.test/cart", "page_title": "Cart", "custom_cart": 3,
                        "page_visit_count": 5, "page_visit_started_at": now, "visit_count": 2,
                        "visit_started_at": now.plus_seconds(-90)});
    let origin = json!({"page": page, "custom": {"custom_cart": 3, "custom_plan": null}});
    assert_eq!(begin(origin.clone()).await, wanted);
    let mut asked = wanted;
    asked["identity_initiated_thread"] = json!(true);
    let mut origin = origin;
    origin["by"] = json!("user");
    assert_eq!(begin(origin).await, asked);
}
