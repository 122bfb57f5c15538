//! What a chat says first: by language, for the visitor, and recorded where a conversation begins.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, id, send};

/// A chat that says something first in two languages.
async fn shop(t: &TestApp, more: Value) -> World {
    let shop = World::new(t).await;
    let welcomes =
        json!({"en": "Hello {{firstname}}!", "fr": "Bonjour {{identity_firstname}} {{identity_lastname}} !"});
    let mut settings = json!({"welcome_messages": welcomes, "avatar_url": "https://shop.test/logo.png"});
    settings.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok();
    shop
}

fn first(client_id: &str, language: &str) -> Value {
    let welcome = json!({"client_id": format!("welcome-{client_id}"), "welcome": language});
    json!({"client_id": client_id, "body": "I have a question", "before": [welcome]})
}

fn bodies(list: &Value) -> Vec<&str> {
    let messages = list["messages"].as_array().expect("messages").iter();
    messages.map(|m| m["body"].as_str().expect("a text")).collect()
}

#[tokio::test]
async fn what_it_says_first_is_recorded_once_as_the_companys_and_answers_nothing() {
    let t = TestApp::start().await;
    let shop = shop(&t, json!({})).await;
    let ann = Visitor::with(&t, &shop.chat, json!({"identity": {"firstname": "Ann", "company": ""}})).await;
    assert_eq!(ann.session["identity"]["variables"], json!({"firstname": "Ann"}));
    let said = ann.post(&t, "messages", first("ann-0001", "fr-CA")).await.ok();
    assert_eq!(ann.post(&t, "messages", first("ann-0001", "fr-CA")).await.ok(), said);
    let thread = id(&said["thread"]).to_owned();
    // Nor is it said in the middle.
    let mut next = first("ann-0002", "en");
    next["thread_id"] = json!(thread);
    ann.post(&t, "messages", next).await.ok();
    let list = ann.get(&t, &format!("threads/{thread}/messages")).await.ok();
    assert_eq!(bodies(&list), ["Bonjour Ann !", "I have a question", "I have a question"]);
    let welcome = &list["messages"][0];
    assert_eq!((&welcome["from"], &welcome["sender_name"]), (&json!("agent"), &json!("Shop chat")));
    assert_eq!(welcome["avatar_url"], "https://shop.test/logo.png");
    assert_eq!((&welcome["client_id"], &said["thread"]["unread"]), (&json!("welcome-ann-0001"), &json!(0)));

    let contents = t.get(&format!("/1.0/contents?q=thread:{thread} order:created_at.asc")).await.ok();
    let recorded = &contents["records"][0];
    for (field, value) in [
        ("status", json!("user_initiated")),
        ("created_from", json!("automatic")),
        ("auto_submitted", json!(true)),
        ("author_id", json!(shop.chat.identity_id)),
        ("creator_id", Value::Null),
        ("language", json!("fr")),
    ] {
        assert_eq!(recorded[field], value, "{field}");
    }
    // The visitor waits for somebody, as if nothing had been said.
    assert_eq!(contents["records"][1]["status"], "new");
    let case = t.post("/1.0/interventions", json!({"content_id": said["message"]["id"]})).await.ok();
    assert_eq!((&case["user_replies_count"], &case["first_user_reply_in"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn the_first_message_of_the_visitor_is_still_answered_by_the_source() {
    let t = TestApp::start().await;
    let triggers =
        json!([{"language": "en", "created_from_trigger": "first_message_from_user", "body": "We look at it"}]);
    let on = json!({"first_message_from_user": true});
    let settings = json!({"auto_response_triggers": triggers, "auto_response_trigger_enabled": on});
    let shop = shop(&t, settings).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.post(&t, "messages", first("ann-0001", "de")).await.ok();
    let thread = id(&said["thread"]).to_owned();
    t.clock.advance(Duration::from_secs(60));
    ann.write(&t, Some(&thread), "Hello?").await;
    let list = ann.get(&t, &format!("threads/{thread}/messages")).await.ok();
    assert_eq!(bodies(&list), ["Hello!", "I have a question", "We look at it", "Hello?"]);
}

#[tokio::test]
async fn of_two_tabs_of_a_live_chat_one_begins_it() {
    let t = TestApp::start().await;
    let shop = shop(&t, json!({"mode": "live_chat"})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let tabs = [first("tab-one-1", "en"), first("tab-two-1", "en")];
    let write = |body: &Value| ann.request(&t, Method::POST, "messages").json(body);
    let (one, two) = tokio::join!(send(write(&tabs[0])), send(write(&tabs[1])));
    let (one, two) = (one.ok(), two.ok());
    assert_eq!(one["thread"]["id"], two["thread"]["id"]);
    let list = ann.get(&t, &format!("threads/{}/messages", id(&one["thread"]))).await.ok();
    assert_eq!(bodies(&list), ["Hello!", "I have a question", "I have a question"]);
}

#[tokio::test]
async fn without_a_text_nothing_is_recorded() {
    let t = TestApp::start().await;
    let shop = shop(&t, json!({"welcome_messages": {"en": "{{company}}", "fr": ""}})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.post(&t, "messages", first("ann-0001", "fr")).await.ok();
    let list = ann.get(&t, &format!("threads/{}/messages", id(&said["thread"]))).await.ok();
    assert_eq!(bodies(&list), ["I have a question"]);
}

#[tokio::test]
async fn there_is_one_for_each_language_and_one_for_all_others() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    let changed = t.put(&path, json!({"welcome_messages": {"fr": "Bonjour !", "pt-BR": "Oi!"}})).await.ok();
    assert_eq!(changed["welcome_messages"], json!({"fr": "Bonjour !", "pt-BR": "Oi!"}));
    assert_eq!(changed["welcome_message"], Value::Null);
    // That of the source's language has a name of its own.
    let changed = t.put(&path, json!({"welcome_message": "Hello"})).await.ok();
    assert_eq!(changed["welcome_messages"], json!({"en": "Hello", "fr": "Bonjour !", "pt-BR": "Oi!"}));
    let changed = t.put(&path, json!({"default_content_language": "fr"})).await.ok();
    assert_eq!(changed["welcome_message"], "Bonjour !");
    let config = async || send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok();
    let told = config().await["source"].clone();
    assert_eq!(
        (&told["welcome_message"], &told["welcome_messages"][0]["language"]),
        (&json!("Bonjour !"), &json!("en"))
    );
    t.put(&path, json!({"welcome_messages": {"und": "Hi!", "pt-BR": ""}})).await.ok();
    let told = config().await["source"].clone();
    assert_eq!((&told["welcome_message"], told["welcome_messages"].as_array().map(Vec::len)), (&json!("Hi!"), Some(3)));
    let changed = t.put(&path, json!({"welcome_message": null})).await.ok();
    assert_eq!(changed["welcome_messages"], json!({"en": "Hello", "und": "Hi!"}));
    assert_eq!(t.put(&path, json!({"welcome_messages": null})).await.ok()["welcome_messages"], json!({}));
    for (wrong, status) in [
        (json!({"fr": "x".repeat(2001)}), 422),
        (json!({"a language": "Hello"}), 422),
        (json!([{"language": "fr", "body": "Hello"}]), 400),
    ] {
        let answer = t.put(&path, json!({"welcome_messages": wrong})).await;
        assert_eq!(answer.json["field"], "welcome_messages");
        answer.error(status);
    }
}
