//! Visitors who must agree to something before they write.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{Answer, TestApp, id, send};

async fn set(t: &TestApp, shop: &World, settings: Value) -> Value {
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok()
}

async fn says(t: &TestApp, visitor: &Visitor, more: Value) -> Answer {
    let mut said = json!({"client_id": model::new_object_id(t.clock.now()), "body": "Hello"});
    said.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    visitor.post(t, "messages", said).await
}

/// What the chat's configuration asks visitors to agree to.
async fn asked(t: &TestApp, shop: &World) -> Value {
    let path = format!("/chat/{}/config", shop.chat.token);
    send(t.anonymous(Method::GET, &path)).await.ok()["source"]["consent"].clone()
}

async fn facts(t: &TestApp, thread: &Value) -> Value {
    t.get(&format!("/1.0/content_threads/{}", id(thread))).await.ok()["extra_data"].clone()
}

#[tokio::test]
async fn who_has_not_agreed_is_refused_and_the_moment_is_kept() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let before = says(&t, &ann, json!({})).await.ok()["thread"].clone();
    assert_eq!(asked(&t, &shop).await, Value::Null);
    let source =
        set(&t, &shop, json!({"consent": "before_message", "consent_link": "https://shop.test/privacy"})).await;
    let version = asked(&t, &shop).await["version"].clone();
    assert_eq!(
        asked(&t, &shop).await,
        json!({"version": source["consent_version"], "link": "https://shop.test/privacy"})
    );

    // Neither a new conversation nor one from before, with whatever they or the page say first.
    let page = json!([{"client_id": model::new_object_id(t.clock.now()), "body": "How can we help?", "agent": true}]);
    let refused = [
        json!({}),
        json!({"consent": "another"}),
        json!({"consent": true}),
        json!({"thread_id": before["id"]}),
        json!({"before": page}),
    ];
    for said in refused {
        assert_eq!(says(&t, &ann, said.clone()).await.error(403), "consent_required", "{said}");
    }
    assert_eq!(ann.get(&t, "threads").await.ok()["threads"].as_array().expect("threads").len(), 1);

    let first = says(&t, &ann, json!({"consent": version})).await.ok()["thread"].clone();
    let kept = json!({"consent_version": version, "consent_at": t.clock.now()});
    assert_eq!(facts(&t, &first).await, kept);
    assert_eq!(facts(&t, &before).await, json!({}));
    // What was agreed to once holds for the conversation, and is noted once.
    t.clock.advance(std::time::Duration::from_secs(60));
    says(&t, &ann, json!({"thread_id": first["id"]})).await.ok();
    says(&t, &ann, json!({"thread_id": first["id"], "consent": version})).await.ok();
    assert_eq!(facts(&t, &first).await, kept);
    assert_eq!(t.get(&format!("/console/threads/{}", id(&first))).await.ok()["agreed_at"], kept["consent_at"]);
    says(&t, &ann, json!({"thread_id": before["id"], "consent": version})).await.ok();
    assert_eq!(facts(&t, &before).await["consent_version"], version);
}

#[tokio::test]
async fn another_text_or_link_is_another_version_and_new_conversations_ask_for_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"consent": "before_message"})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let first = asked(&t, &shop).await["version"].clone();
    let known = says(&t, &ann, json!({"consent": first})).await.ok()["thread"].clone();
    // What else the chat says is no part of it.
    set(&t, &shop, json!({"custom_languages": {"en": {"you": "Me"}}, "welcome_messages": {"en": "Hi"}})).await;
    assert_eq!(asked(&t, &shop).await["version"], first);
    set(&t, &shop, json!({"custom_languages": {"sv": {"hubbub.consent_text": "Jag godkänner."}}})).await;
    let second = asked(&t, &shop).await["version"].clone();
    set(&t, &shop, json!({"consent_link": "https://shop.test/privacy"})).await;
    let third = asked(&t, &shop).await["version"].clone();
    assert!(first != second && second != third && first != third);
    for old in [&first, &second] {
        assert_eq!(says(&t, &ann, json!({"consent": old})).await.error(403), "consent_required");
    }
    // The conversation that began under the first one goes on, and takes the newest when it is given.
    says(&t, &ann, json!({"thread_id": known["id"], "consent": first})).await.ok();
    assert_eq!(facts(&t, &known).await["consent_version"], first);
    says(&t, &ann, json!({"thread_id": known["id"], "consent": third})).await.ok();
    assert_eq!(facts(&t, &known).await["consent_version"], third);
    let refused =
        t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"consent_link": "javascript:1"})).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("consent_link")));
    let refused = t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"consent": "later"})).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("consent")));
    // Nothing is asked any more.
    set(&t, &shop, json!({"consent": "none"})).await;
    says(&t, &ann, json!({})).await.ok();
}

#[tokio::test]
async fn who_answers_what_an_agent_began_has_agreed_before() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"consent": "before_message"})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let begun = json!({"source_id": shop.chat.id, "to": id(&ann.session["identity"]), "body": "May we help?"});
    let begun = t.post("/1.0/contents", begun).await.ok();
    assert_eq!(says(&t, &ann, json!({})).await.error(403), "consent_required");
    let version = asked(&t, &shop).await["version"].clone();
    let answered = says(&t, &ann, json!({"consent": version})).await.ok()["thread"].clone();
    assert_eq!(answered["id"], begun["thread_id"]);
    assert_eq!(facts(&t, &answered).await["consent_version"], version);
}

#[tokio::test]
async fn a_live_chat_asks_as_well() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"consent": "before_message", "mode": "live_chat"})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    assert_eq!(says(&t, &ann, json!({})).await.error(403), "consent_required");
    let version = asked(&t, &shop).await["version"].clone();
    let begun = says(&t, &ann, json!({"consent": version})).await.ok()["thread"].clone();
    assert_eq!(begun["state"], "waiting");
    says(&t, &ann, json!({})).await.ok();
    ann.post(&t, &format!("threads/{}/end", id(&begun)), json!({})).await.ok();
    assert_eq!(says(&t, &ann, json!({})).await.error(403), "consent_required");
}
