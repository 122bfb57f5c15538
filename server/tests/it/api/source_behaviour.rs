//! What the settings of a source do.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::sdk::ThirdParty;
use crate::support::visitor::{Visitor, session};
use crate::support::world::World;
use crate::support::{Answer, TestApp, eventually, id, send};

async fn set(t: &TestApp, shop: &World, settings: Value) -> Value {
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok()
}

/// A customer writes after the settings changed: the source is read anew.
async fn say(t: &TestApp, shop: &World, who: &str, thread: Option<&str>, body: &str) -> Value {
    let token = shop.chat.token.clone();
    let read = t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    let said = World::on(read.expect("a read").expect("a source")).say(t, who, thread, body).await;
    t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok()
}

async fn category(t: &TestApp, body: Value) -> Value {
    t.post("/1.0/categories", body).await.ok()["id"].clone()
}

#[tokio::test]
async fn contents_get_the_default_categories_and_language() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = shop.another_chat(&t, "Second chat").await;
    let root = category(&t, json!({"name": "Reason", "unselectable": true})).await;
    let late = category(&t, json!({"name": "Late", "parent_id": root})).await;
    let lost = category(&t, json!({"name": "Lost", "parent_id": root})).await;
    let news = category(&t, json!({"name": "News"})).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    for ids in [json!([root]), json!([late, lost]), json!(["0123456789abcdef01234567"])] {
        let refused = t.put(&path, json!({"default_category_ids": ids})).await;
        assert_eq!(refused.json["field"], "default_category_ids");
        refused.error(422);
    }
    let settings = json!({"default_category_ids": [late, news], "user_thread_default_category_ids": [news],
                          "default_content_language": "fr"});
    set(&t, &shop, settings).await;
    let said = say(&t, &shop, "ann", None, "Bonjour").await;
    let mut both = vec![late.clone(), news.clone()];
    both.sort_by_key(|v| v.to_string());
    assert_eq!((&said["category_ids"], &said["language"]), (&json!(both), &json!("fr")));
    let thread = t.get(&format!("/1.0/content_threads/{}", said["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&thread["category_ids"], &thread["thread_category_ids"]), (&json!(both), &json!([])));

    let begin = json!({"source_id": shop.chat.id, "to": said["author_id"], "body": "Sale"});
    let begun = t.post("/1.0/contents", begin).await.ok();
    assert_eq!(begun["category_ids"], json!([news]));
    // What no longer fits is left out; the customer's word is taken all the same.
    t.put(&format!("/1.0/categories/{}", news.as_str().expect("an id")), json!({"source_ids": [second.id]})).await.ok();
    assert_eq!(say(&t, &shop, "bob", None, "Bonjour").await["category_ids"], json!([late]));
}

#[tokio::test]
async fn later_contents_take_the_categories_that_the_thread_has_by_then() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let bots = category(&t, json!({"name": "Bots"})).await;
    let agents = category(&t, json!({"name": "Agents"})).await;
    set(&t, &shop, json!({"default_category_ids": [bots]})).await;
    let first = say(&t, &shop, "ann", None, "Hello").await;
    let thread = first["thread_id"].as_str();
    let path = format!("/1.0/content_threads/{}/update_categories", thread.expect("an id"));
    let next = async || say(&t, &shop, "ann", thread, "And?").await["category_ids"].clone();
    assert_eq!((&first["category_ids"], next().await), (&json!([bots]), json!([bots])));
    // The bot gave it to the agents: what comes now is not the bot's.
    t.put(&path, json!({"thread_category_ids": [agents]})).await.ok();
    assert_eq!(next().await, json!([agents]));
    // So it is where the contents themselves were recategorized.
    let other = say(&t, &shop, "bob", None, "Hello").await;
    t.put(&format!("/1.0/contents/{}/update_categories", id(&other)), json!({"category_ids": [agents]})).await.ok();
    let then = say(&t, &shop, "bob", other["thread_id"].as_str(), "And?").await;
    assert_eq!(then["category_ids"], json!([agents]));
    // What the customer said last decides, whatever earlier words of theirs have.
    let cid = say(&t, &shop, "cid", None, "Hello").await;
    let thread = cid["thread_id"].as_str();
    let second = say(&t, &shop, "cid", thread, "Are you there?").await;
    t.put(&format!("/1.0/contents/{}/update_categories", id(&second)), json!({"category_ids": [agents]})).await.ok();
    assert_eq!(say(&t, &shop, "cid", thread, "And?").await["category_ids"], json!([agents]));
    // What agents begin is theirs: an answer to it does not go to the bot.
    let begin = json!({"source_id": shop.chat.id, "to": other["author_id"], "body": "Sale"});
    let begun = t.post("/1.0/contents", begin).await.ok();
    let answer = say(&t, &shop, "bob", begun["thread_id"].as_str(), "How much?").await;
    assert_eq!(answer["category_ids"], json!([]));
}

async fn upload(t: &TestApp, visitor: &Visitor, name: &str) -> Answer {
    let part = Part::bytes(b"hello".to_vec()).file_name(name.to_owned());
    send(visitor.request(t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await
}

#[tokio::test]
async fn customers_send_the_files_that_the_security_level_lets_through() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    upload(&t, &ann, "bill.pdf").await.ok();
    set(&t, &shop, json!({"attachments_security_level": "strict"})).await;
    assert_eq!(upload(&t, &ann, "bill.pdf").await.error(422), "attachment_type_refused");
    upload(&t, &ann, "cat.PNG").await.ok();
    let config = t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token));
    let config = send(config).await.ok();
    let endings = config["attachments"]["extensions"].as_array().expect("a list");
    assert!(endings.contains(&json!("png")) && !endings.contains(&json!("pdf")), "{endings:?}");

    // A third party's file that is not taken costs no message.
    let party = ThirdParty::new(&t, "Forum").await;
    let source = format!("/1.0/content_sources/{}", party.id());
    let say = async |id: &str| {
        let author = json!({"id": "666", "screenname": "John Doe", "created_at": "06/11/2017"});
        let file = json!([{"content": "aGVsbG8=", "filename": "tool.exe"}]);
        let params = json!({"id": id, "author": author, "body": "See", "thread_id": "t1", "format": "text",
                            "attachments": file});
        assert_eq!(party.send(&t, "messages.create", params).await.text, "ok");
        party.content(&t, id).await
    };
    let said = say("1").await;
    assert_eq!((&said["attachments_count"], &said["body"]), (&json!(0), &json!("See\ntool.exe")));
    t.put(&source, json!({"attachments_security_level": "permissive"})).await.ok();
    assert_eq!(say("2").await["attachments"][0]["filename"], "tool.exe");
}

#[tokio::test]
async fn the_chat_is_gone_from_the_web_while_it_is_off_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    set(&t, &shop, json!({"enable_web": false})).await;
    session(&t, &shop.chat, json!({})).await.error(404);
    ann.get(&t, "threads").await.error(404);
    set(&t, &shop, json!({"enable_web": true})).await;
    ann.get(&t, "threads").await.ok();
}

#[tokio::test]
async fn old_threads_that_nobody_took_are_archived() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = World::on(shop.another_chat(&t, "Second chat").await);
    let old = shop.say(&t, "ann", None, "Hello").await;
    let taken = shop.say(&t, "bob", None, "Hello").await;
    t.post("/1.0/interventions", json!({"content_id": taken.content.id})).await.ok();
    let elsewhere = other.say(&t, "ann", None, "Hello").await;
    set(&t, &shop, json!({"content_archiving": true, "content_archiving_period": 3600})).await;
    t.clock.advance(Duration::from_secs(1800));
    let young = shop.say(&t, "cid", None, "Hello").await;
    t.clock.advance(Duration::from_secs(1801));
    let status = async |id: &model::ContentId| t.get(&format!("/1.0/contents/{id}")).await.ok()["status"].clone();
    eventually("the old thread archived", async || (status(&old.content.id).await == "ignored").then_some(())).await;
    for (content, expected) in [(&taken, "assigned"), (&elsewhere, "new"), (&young, "new")] {
        assert_eq!(status(&content.content.id).await, expected);
    }
    let events = t.get("/1.0/events").await.ok();
    let archived = events["records"].as_array().expect("records").iter().filter(|e| e["name"] == "content.ignored");
    assert_eq!(archived.map(|e| e["user_id"].clone()).collect::<Vec<_>>(), [Value::Null]);
}

/// The texts of a thread's contents, oldest first.
async fn bodies(t: &TestApp, thread: &Value) -> Vec<String> {
    let q = format!("/1.0/contents?q=thread:{} order:created_at.asc", thread.as_str().expect("an id"));
    let list = t.get(&q).await.ok();
    list["records"]
        .as_array()
        .expect("records")
        .iter()
        .map(|c| c["body"].as_str().expect("a text").to_owned())
        .collect()
}

fn welcome(language: &str, body: &str) -> Value {
    json!({"language": language, "created_from_trigger": "first_message_from_user", "body": body})
}

#[tokio::test]
async fn a_first_message_is_answered_by_the_source_itself() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let messages = json!([welcome("en", "Welcome"), welcome("fr", "Bienvenue")]);
    set(&t, &shop, json!({"auto_response_triggers": messages})).await;
    let said = say(&t, &shop, "ann", None, "Hello").await;
    assert_eq!(bodies(&t, &said["thread_id"]).await, ["Hello"]);

    let on = json!({"first_message_from_user": true});
    let pause = json!({"first_message_from_user": 3600});
    let settings = json!({"auto_response_trigger_enabled": on, "auto_response_trigger_grace_periods": pause,
                          "default_content_language": "fr"});
    set(&t, &shop, settings).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Bonjour").await;
    let thread = said["thread"]["id"].clone();
    assert_eq!(bodies(&t, &thread).await, ["Bonjour", "Bienvenue"]);
    let list = t.get(&format!("/1.0/contents?q=thread:{}", thread.as_str().expect("an id"))).await.ok();
    let answer = &list["records"][0];
    for (field, value) in [
        ("auto_submitted", json!(true)),
        ("author_id", json!(shop.chat.identity_id)),
        ("created_from", json!("automatic")),
        ("creator_id", Value::Null),
        ("in_reply_to_id", said["message"]["id"].clone()),
        ("synchronization_status", json!("success")),
        ("status", json!("user_reply")),
    ] {
        assert_eq!(answer[field], value, "{field}");
    }
    // The customer still waits for somebody, and sees the message.
    let first = t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok();
    assert_eq!(first["status"], "new");
    let row = t.get("/console/threads?folder=unassigned").await.ok();
    assert_eq!(row["records"][0]["unread"], true);
    let threads = ann.get(&t, "threads").await.ok();
    assert_eq!(
        (&threads["threads"][0]["unread"], &threads["threads"][0]["last_message"]["body"]),
        (&json!(1), &json!("Bienvenue"))
    );

    // Not again in the same conversation, nor so soon in another one.
    ann.write(&t, thread.as_str(), "Encore").await;
    assert_eq!(bodies(&t, &thread).await.len(), 3);
    let soon = ann.write(&t, None, "Autre chose").await;
    assert_eq!(bodies(&t, &soon["thread"]["id"]).await, ["Autre chose"]);
    t.clock.advance(Duration::from_secs(3600));
    let later = ann.write(&t, None, "Plus tard").await;
    assert_eq!(bodies(&t, &later["thread"]["id"]).await, ["Plus tard", "Bienvenue"]);
}

#[tokio::test]
async fn a_third_party_gets_the_automatic_message() {
    let t = TestApp::start().await;
    let settings = json!({"auto_response_triggers": [welcome("en", "Welcome")],
                          "auto_response_trigger_enabled": {"first_message_from_user": true}});
    let party = ThirdParty::with(&t, "Forum", settings).await;
    let asked = party.says(&t, "1", "t1", "How?").await;
    let got = party.gets(1).await;
    assert_eq!(
        (&got[0].params["body"], &got[0].params["in_reply_to_id"]),
        (&json!("<p>Welcome</p>"), &asked["foreign_id"])
    );
    party.says(&t, "2", "t1", "Well?").await;
    assert_eq!(party.contents(&t).await.len(), 3);
}

#[tokio::test]
async fn outside_business_hours_every_message_is_answered_by_the_source() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let away = json!({"language": "en", "created_from_trigger": "out_of_office_hours_message", "body": "We sleep"});
    let settings = json!({
        "auto_response_triggers": [welcome("en", "Welcome"), away],
        "auto_response_trigger_enabled": {"first_message_from_user": true, "out_of_office_hours_message": true},
        "auto_response_trigger_grace_periods": {"out_of_office_hours_message": 600},
        "auto_close_threads": false,
    });
    set(&t, &shop, settings).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    // A Monday at ten.
    t.clock.advance(Duration::from_secs(3600));
    let open = ann.write(&t, None, "Hello").await;
    assert_eq!(bodies(&t, &open["thread"]["id"]).await, ["Hello", "Welcome"]);
    // Saturday.
    t.clock.advance(Duration::from_secs(5 * 24 * 3600));
    let thread = open["thread"]["id"].as_str();
    ann.write(&t, thread, "Anybody?").await;
    ann.write(&t, thread, "Hello?").await;
    let expected = ["Hello", "Welcome", "Anybody?", "We sleep", "Hello?"];
    assert_eq!(bodies(&t, &open["thread"]["id"]).await, expected);
    t.clock.advance(Duration::from_secs(600));
    let closed = ann.write(&t, None, "And now?").await;
    assert_eq!(bodies(&t, &closed["thread"]["id"]).await, ["And now?", "We sleep"]);
}
