//! Structured messages to a chat: what is taken, what the visitor sees, and what a pressed button says.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, id, send};

async fn upload(t: &TestApp, name: &str) -> Value {
    let part = Part::bytes(b"picture".to_vec()).file_name(name.to_owned());
    send(t.request(Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part))).await.ok()
}

#[tokio::test]
async fn every_type_of_the_guide_reaches_the_visitor() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let picture = upload(&t, "fern.png").await;
    let write = async |body: &str, structured: Value| {
        let body = json!({"in_reply_to_id": said["message"]["id"], "body": body, "structured_content": structured});
        t.post("/1.0/contents", body).await.ok()
    };
    let select = json!({"type": "select", "center_items": true, "unknown": 1,
                        "items": [{"title": "Option 1", "payload": "first"}, {"title": "Option 2"}]});
    let made = write("What do you wish?", select).await;
    assert_eq!(made["capabilities_supported"], json!(["carousel", "rich_link", "select", "template"]));
    let card = json!({"title": "Fern", "subtitle": "Likes shade", "attachment_id": picture["id"],
                      "url": "fern://7", "url_fallback": "https://shop.test/fern", "url_text": "More",
                      "items": [{"type": "reply", "title": "Buy", "payload": "fern"},
                                {"type": "url", "title": "Look", "url": "https://shop.test/fern"}]});
    let mut template = card.clone();
    template["type"] = json!("template");
    write("", template).await;
    write("", json!({"type": "carousel", "items": [card, {"title": "Ivy"}]})).await;
    write("", json!({"type": "rich_link", "title": "Our shop", "url": "https://shop.test"})).await;

    let list = ann.get(&t, &format!("threads/{}/messages", id(&said["thread"]))).await.ok();
    let shown = |i: usize| list["messages"][i]["structured_content"].clone();
    let expected = json!({"type": "select", "center_items": true, "disable_text_input": false,
                          "items": [{"title": "Option 1", "payload": "first"}, {"title": "Option 2"}]});
    assert_eq!(shown(1), expected);
    let mut card = json!({"title": "Fern", "subtitle": "Likes shade", "picture": picture["url"],
                          "url": "fern://7", "url_fallback": "https://shop.test/fern", "url_text": "More",
                          "items": [{"type": "reply", "title": "Buy", "payload": "fern"},
                                    {"type": "url", "title": "Look", "url": "https://shop.test/fern"}]});
    assert_eq!(shown(3)["items"], json!([card, {"title": "Ivy"}]));
    card["type"] = json!("template");
    assert_eq!(shown(2), card);
    assert_eq!(shown(4), json!({"type": "rich_link", "title": "Our shop", "url": "https://shop.test"}));
    assert_eq!(shown(0), Value::Null);
    // Where only a line is shown, the title stands for it.
    let rows = t.get("/console/threads").await.ok();
    assert_eq!(rows["records"][0]["last_content"]["body"], "Our shop");
}

#[tokio::test]
async fn what_a_chat_cannot_show_is_refused_with_the_reason() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let text = upload(&t, "notes.pdf").await;
    let reply = json!([{"type": "reply", "title": "Ok"}]);
    for (structured, body, field) in [
        (json!({"type": "list", "items": [{"title": "x"}]}), "x", "structured_content"),
        (json!({"type": "select", "items": [{"title": "x"}]}), "", "body"),
        (json!({"type": "select"}), "x", "structured_content"),
        (json!({"type": "select", "items": []}), "x", "structured_content"),
        (json!({"type": "select", "items": ["x"]}), "x", "structured_content"),
        (json!({"type": "select", "items": [{"title": " "}]}), "x", "structured_content"),
        (json!({"type": "select", "items": [{"title": "x", "payload": "é"}]}), "x", "structured_content"),
        (json!({"type": "select", "items": [{"title": {}}]}), "x", "structured_content"),
        (json!({"type": "select", "center_items": 7, "items": [{"title": "x"}]}), "x", "structured_content"),
        (json!({"type": "template", "items": reply}), "x", "structured_content"),
        (json!({"type": "template", "title": "x", "items": [{"title": "y"}]}), "x", "structured_content"),
        (json!({"type": "template", "title": "x", "items": [{"type": "url", "title": "y"}]}), "", "structured_content"),
        (json!({"type": "template", "title": "x", "url": "javascript:alert(1)"}), "", "structured_content"),
        (json!({"type": "template", "title": "x", "attachment_id": text["id"]}), "", "structured_content"),
        (json!({"type": "template", "title": "x", "attachment_id": "no id"}), "", "structured_content"),
        (json!({"type": "carousel", "items": [{"subtitle": "x"}]}), "", "structured_content"),
        (json!({"type": "rich_link", "title": "x"}), "", "structured_content"),
    ] {
        let body = json!({"in_reply_to_id": said.content.id, "body": body, "structured_content": structured});
        let answer = t.post("/1.0/contents", body).await;
        assert_eq!(answer.json["field"], field, "{structured} {}", answer.text);
        assert_eq!(answer.error(422), "validation_failed", "{structured}");
    }
    assert_eq!(t.get("/1.0/contents").await.ids().1, 1);
}

#[tokio::test]
async fn a_pressed_button_is_an_answer_with_its_payload() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let said = ann.write(&t, None, "Hello").await;
    let structured = json!({"type": "select", "items": [{"title": "Yes", "payload": "y"}, {"title": "No"}]});
    let body = json!({"in_reply_to_id": said["message"]["id"], "body": "Sure?", "structured_content": structured,
                      "disable_text_input_on_thread": true});
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let asked = t.post("/1.0/contents", body).await.ok();
    let frame = socket.next_of("message").await;
    assert_eq!(frame["message"]["structured_content"]["items"][0], json!({"title": "Yes", "payload": "y"}));

    let thread = said["thread"]["id"].clone();
    let press = |title: &str, reply_to: Value| {
        json!({"client_id": format!("press-{title}-{}", reply_to["payload"]), "thread_id": thread, "body": title,
               "reply_to": reply_to})
    };
    let wrong = json!({"message_id": asked["id"], "payload": "n"});
    for (title, reply_to) in [
        ("Yes", wrong),
        ("Maybe", json!({"message_id": asked["id"]})),
        ("Yes", json!({"message_id": said["message"]["id"]})),
    ] {
        let answer = ann.post(&t, "messages", press(title, reply_to)).await;
        assert_eq!(answer.json["field"], "reply_to", "{}", answer.text);
        assert_eq!(answer.error(422), "validation_failed");
    }
    let yes = json!({"message_id": asked["id"], "payload": "y"});
    assert_eq!(bob.post(&t, "messages", press("Yes", yes.clone())).await.error(404), "not_found");
    assert_eq!(ann.post(&t, "messages", press("Yes", json!({}))).await.error(400), "invalid_parameter");
    // Writing is switched off, pressing is not.
    let typed = json!({"client_id": "typed-text", "thread_id": thread, "body": "Yes"});
    assert_eq!(ann.post(&t, "messages", typed).await.error(403), "text_input_disabled");
    let pressed = ann.post(&t, "messages", press("Yes", yes)).await.ok();

    let content = t.get(&format!("/1.0/contents/{}", id(&pressed["message"]))).await.ok();
    assert_eq!((&content["body"], &content["in_reply_to_id"]), (&json!("Yes"), &asked["id"]));
    assert_eq!(content["context_data"], json!({"structured_reply": {"payload": "y"}}));
    let list = t.get("/1.0/contents?q=order:created_at.desc").await.ok();
    let listed = list["records"].as_array().expect("records").iter().find(|c| c["id"] == content["id"]);
    assert_eq!(listed.map(|c| &c["structured_reply"]), Some(&json!({"payload": "y"})));
    let entries = t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 1000))).await.expect("a read");
    let told = entries.iter().rfind(|e| e.kind == model::EventType::ContentImported).expect("an event");
    assert_eq!(told.metadata["structured_reply"], json!({"payload": "y"}));
}
