use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::visitor::{Visitor, session};
use crate::support::world::World;
use crate::support::{Answer, TestApp, assert_fields, id, send};

const MESSAGE: &str = "id ordinal client_id thread_id from sender_name avatar_url body html created_at attachments \
    structured_content delivered read";
const THREAD: &str = "id title closed mode state close_cause agent can_write text_input_disabled created_at updated_at unread last_message";
const SECRET: &str = "0123456789abcdef01234567";

/// A signed identity that holds for so many seconds.
fn signed(t: &TestApp, seconds: i64, uuid: &str) -> String {
    let header = jsonwebtoken::Header { kid: Some("web".into()), ..jsonwebtoken::Header::default() };
    let exp = t.clock.now().millis() / 1000 + seconds;
    let claims = json!({"exp": exp, "uuid": uuid, "firstname": "Ann", "extra_values": {"plan": "gold"}});
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&header, &claims, &key).expect("a token")
}

/// A shop whose chat takes signed identities alone.
async fn signed_shop(t: &TestApp) -> World {
    let shop = World::new(t).await;
    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    let key = json!({"key_id": "web", "algorithm": "HS256", "key": SECRET});
    t.post(&format!("{community}/jwt_keys"), key).await.ok();
    shop
}

async fn upload(t: &TestApp, visitor: &Visitor, name: &str, bytes: &[u8]) -> Answer {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    send(visitor.request(t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await
}

fn texts(messages: &Value) -> Vec<&str> {
    messages["messages"].as_array().expect("messages").iter().map(|m| m["body"].as_str().expect("a text")).collect()
}

async fn reply(t: &TestApp, to: &Value, body: &str) -> Value {
    t.post("/1.0/contents", json!({"in_reply_to_id": to["message"]["id"], "body": body})).await.ok()
}

#[tokio::test]
async fn the_configuration_is_public() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/chat/{}/config", shop.chat.token);
    let config = send(t.anonymous(Method::GET, &path)).await.ok();
    let fields = "id name locale color avatar_url welcome_message welcome_messages active signed_identities mode \
        max_open_conversations page_before_engaging asks_consent consent emoji_picker sounds browser_notifications integrations \
        position offset z_index color_scheme";
    assert_fields(&config["source"], fields);
    assert_eq!((&config["source"]["welcome_messages"], &config["max_characters"]), (&json!([]), &json!(20_000)));
    assert_eq!(
        (&config["source"]["name"], &config["source"]["signed_identities"]),
        (&json!("Shop chat"), &json!("rejected"))
    );
    assert_eq!(config["attachments"]["max_bytes"], 10_485_760);
    assert!(config["attachments"]["extensions"].as_array().expect("a list").contains(&json!("png")));
    assert_eq!(send(t.anonymous(Method::GET, "/chat/nothing/config")).await.error(404), "not_found");
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"active": false})).await.ok();
    assert_eq!(send(t.anonymous(Method::GET, &path)).await.error(404), "not_found");
    assert_eq!(session(&t, &shop.chat, json!({})).await.error(404), "not_found");
}

#[tokio::test]
async fn a_page_is_told_of_events_where_the_source_says_so_alone() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    assert_eq!(t.get(&source).await.ok()["integrations"], json!([]));
    let [loader, config] = ["loader.js", "config"].map(|file| format!("/chat/{}/{file}", shop.chat.token));
    let script = async || t.anonymous(Method::GET, &loader).send().await.expect("a script").text().await.expect("text");
    let usual = script().await;
    for refused in [json!(["google_universal_analytics"]), json!(["data_layer", "else"])] {
        let answer = t.put(&source, json!({"integrations": refused})).await;
        assert_eq!(answer.json["field"], "integrations");
        answer.error(422);
    }
    let both = json!(["data_layer", "google_analytics_4"]);
    assert_eq!(t.put(&source, json!({"integrations": both})).await.ok()["integrations"], both);
    assert_eq!(send(t.anonymous(Method::GET, &config)).await.ok()["source"]["integrations"], both);
    let telling = script().await;
    assert!(telling.contains("dataLayer") && !usual.contains("dataLayer"));
    t.put(&source, json!({"integrations": []})).await.ok();
    assert_eq!(script().await, usual);
}

#[tokio::test]
async fn colour_and_picture_are_the_sources() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let picture = "https://shop.test/logo.png";
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    let set = t.put(&source, json!({"color": 2, "avatar_url": picture})).await.ok();
    let config = send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok();
    assert_eq!((&config["source"]["color"], &config["source"]["avatar_url"]), (&set["color_hex"], &json!(picture)));
    assert_ne!(set["color_hex"], "#4f46e5");
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let rows = t.get("/console/threads").await.ok();
    assert_eq!(rows["records"][0]["source"]["color_hex"], set["color_hex"]);

    reply(&t, &said, "Hello").await;
    let messages =
        async || ann.get(&t, &format!("threads/{}/messages", id(&said["thread"]))).await.ok()["messages"].clone();
    let found = messages().await;
    assert_eq!((&found[0]["avatar_url"], &found[1]["avatar_url"]), (&json!(null), &json!(picture)));
    // An identity with a picture of its own is shown with that.
    let (own, company) = ("https://shop.test/nora.png", shop.chat.identity_id.clone().expect("an identity"));
    let change = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut identity = store::identity::find(tx, &company).await?.expect("an identity");
            identity.avatar_url = Some(own.into());
            tx.update(&identity).await
        })
    });
    change.await.expect("changed");
    assert_eq!(messages().await[1]["avatar_url"], own);
}

#[tokio::test]
async fn a_session_is_begun_and_goes_on() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let told = json!({"identity": {"screenname": "Ann", "email": "ann@example.org", "uuid": "a1", "gender": "woman",
                                   "home_phone": "+33 1 23", "mobile_phone": "+33 6 12", "locale": "fr"},
                      "custom": {"custom_cart": 58}, "page": {"url": "https://shop.test", "title": "Shop"}});
    let ann = Visitor::with(&t, &shop.chat, told).await;
    assert_fields(
        &ann.session,
        "visitor identity unread open_threads mode live max_open_conversations position timeline",
    );
    assert_eq!(
        (&ann.session["identity"]["screenname"], &ann.session["identity"]["uuid"]),
        (&json!("Ann"), &json!("a1"))
    );
    assert_eq!((&ann.session["unread"], &ann.session["open_threads"]), (&json!(0), &json!(0)));
    let identity = format!("/1.0/identities/{}", ann.session["identity"]["id"].as_str().expect("an id"));
    assert_eq!(t.get(&identity).await.ok()["extra_values"], json!({"custom_cart": 58}));

    let said = ann.write(&t, None, "Hello").await;
    reply(&t, &said, "Hello").await;
    let second = ann.write(&t, None, "Something else").await;
    t.put(&format!("/1.0/content_threads/{}/close", id(&second["thread"])), json!({})).await.ok();
    let more = json!({"visitor": ann.key, "identity": {"firstname": "Ann"}, "custom": {"custom_page": "cart"}});
    let again = session(&t, &shop.chat, more).await.ok();
    assert_eq!((&again["visitor"], &again["identity"]["id"]), (&json!(ann.key), &ann.session["identity"]["id"]));
    assert_eq!((&again["unread"], &again["open_threads"]), (&json!(1), &json!(1)));
    let known = t.get(&identity).await.ok();
    assert_eq!((&known["firstname"], &known["email"]), (&json!("Ann"), &json!("ann@example.org")));
    assert_eq!(
        (&known["gender"], &known["home_phone"], &known["mobile_phone"]),
        (&json!("woman"), &json!("+33 1 23"), &json!("+33 6 12"))
    );
    assert_eq!(known["extra_values"], json!({"custom_cart": 58, "custom_page": "cart"}));

    // A name that nobody vouches for never opens somebody else's history.
    let other = Visitor::with(&t, &shop.chat, json!({"identity": {"uuid": "a1", "screenname": "Ann"}})).await;
    assert_ne!(other.session["identity"]["id"], ann.session["identity"]["id"]);
    assert_eq!(other.get(&t, "threads").await.ok()["threads"], json!([]));
    // A key of another chat, or none that is known, begins anew.
    let chat = shop.another_chat(&t, "Second chat").await;
    for (chat, key) in [(&chat, ann.key.as_str()), (&shop.chat, "unknown"), (&shop.chat, &"x".repeat(1000))] {
        let new = session(&t, chat, json!({"visitor": key})).await.ok();
        assert_ne!(new["visitor"], json!(key));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_session_is_said() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    for (body, status, field) in [
        (json!({"identity": {"uuid": {}}}), 422, "uuid"),
        (json!({"identity": "ann"}), 400, "identity"),
        (json!({"identity": {"extra_values": 1}}), 422, "extra_values"),
        (json!({"custom": "x"}), 400, "custom"),
        (json!({"visitor": ["x"]}), 400, "visitor"),
        (json!({"jwt": {}}), 400, "jwt"),
    ] {
        let answer = session(&t, &shop.chat, body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (status, &json!(field)), "{body} {}", answer.text);
    }
    let jwt = json!({"jwt": signed(&t, 3600, "a1")});
    assert_eq!(session(&t, &shop.chat, jwt).await.error(403), "signed_identity_rejected");
}

#[tokio::test]
async fn signed_identities_share_their_history_between_devices() {
    let t = TestApp::start().await;
    let shop = signed_shop(&t).await;
    assert_eq!(session(&t, &shop.chat, json!({})).await.error(403), "signed_identity_required");
    assert_eq!(session(&t, &shop.chat, json!({"jwt": "x"})).await.error(401), "jwt_invalid");
    let expired = signed(&t, -3600, "a1");
    assert_eq!(session(&t, &shop.chat, json!({"jwt": expired})).await.error(401), "jwt_expired");

    let body = |t: &TestApp| json!({"jwt": signed(t, 3600, "a1"), "custom": {"plan": "free", "custom_x": 1}});
    let phone = Visitor::with(&t, &shop.chat, body(&t)).await;
    let laptop = Visitor::with(&t, &shop.chat, body(&t)).await;
    assert_ne!(phone.key, laptop.key);
    assert_eq!(phone.session["identity"], laptop.session["identity"]);
    let said = phone.write(&t, None, "Hello from the phone").await;
    let threads = laptop.get(&t, "threads").await.ok();
    assert_eq!(threads["threads"][0]["id"], said["thread"]["id"]);
    // What the page says never replaces what is signed.
    let identity = format!("/1.0/identities/{}", id(&phone.session["identity"]));
    assert_eq!(t.get(&identity).await.ok()["extra_values"], json!({"plan": "gold", "custom_x": 1}));

    let other = Visitor::with(&t, &shop.chat, json!({"jwt": signed(&t, 3600, "b2")})).await;
    assert_eq!(other.get(&t, "threads").await.ok()["threads"], json!([]));
    // The same browser with somebody else's signature is somebody else.
    let taken = json!({"visitor": phone.key, "jwt": signed(&t, 3600, "b2")});
    let taken = session(&t, &shop.chat, taken).await.ok();
    assert_eq!((taken["identity"] == phone.session["identity"], taken["visitor"] == json!(phone.key)), (false, false));

    // With ten seconds of leeway, the session lasts as long as the signature.
    t.clock.advance(Duration::from_secs(3605));
    phone.get(&t, "threads").await.ok();
    t.clock.advance(Duration::from_secs(10));
    assert_eq!(phone.get(&t, "threads").await.error(401), "jwt_expired");
    let fresh = json!({"visitor": phone.key, "jwt": signed(&t, 3600, "a1")});
    assert_eq!(session(&t, &shop.chat, fresh).await.ok()["visitor"], json!(phone.key));
    phone.get(&t, "threads").await.ok();
}

#[tokio::test]
async fn a_key_is_needed_and_known() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let at = |path: &str| format!("/chat/{}/{path}", shop.chat.token);
    let thread = "111111111111111111111111";
    for (method, path) in [
        (Method::GET, "threads".to_owned()),
        (Method::GET, format!("threads/{thread}/messages")),
        (Method::POST, format!("threads/{thread}/read?message_id={thread}")),
        (Method::POST, "messages?client_id=12345678&body=x".into()),
        (Method::POST, "attachments".into()),
    ] {
        assert_eq!(send(t.anonymous(method.clone(), &at(&path))).await.error(401), "unknown_visitor", "{path}");
        let wrong = t.anonymous(method.clone(), &at(&path)).bearer_auth("wrong");
        assert_eq!(send(wrong).await.error(401), "unknown_visitor", "{path}");
        // An agent's token is no visitor's key.
        assert_eq!(send(t.request(method, &at(&path))).await.error(401), "unknown_visitor", "{path}");
    }
}

#[tokio::test]
async fn a_message_is_written_once_however_often_it_is_sent() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let body = json!({"client_id": "a0a0a0a0-0001", "thread_id": null, "body": "Hello", "attachment_ids": []});
    let first = ann.post(&t, "messages", body.clone()).await.ok();
    assert_fields(&first["message"], MESSAGE);
    assert_fields(&first["thread"], THREAD);
    let expected = json!({
        "id": first["message"]["id"], "client_id": "a0a0a0a0-0001", "thread_id": first["thread"]["id"],
        "ordinal": 1, "from": "visitor", "sender_name": null, "avatar_url": null, "body": "Hello", "html": null,
        "created_at": "2026-03-02T09:00:00Z", "attachments": [], "structured_content": null, "delivered": true, "read": false,
    });
    assert_eq!(first["message"], expected);
    assert_eq!((&first["thread"]["last_message"], &first["thread"]["unread"]), (&expected, &json!(0)));
    assert_eq!(ann.post(&t, "messages", body.clone()).await.ok(), first);

    // Twenty at once, in a new conversation and in a known one.
    for thread in [json!(null), first["thread"]["id"].clone()] {
        let client_id = format!("many-of-{}", model::new_object_id(t.clock.now()));
        let body = json!({"client_id": client_id, "thread_id": thread, "body": "At once"});
        let answers = join_all((0..20).map(|_| ann.post(&t, "messages", body.clone()))).await;
        let messages: Vec<Value> = answers.into_iter().map(|a| a.ok()["message"]["id"].clone()).collect();
        assert!(messages.iter().all(|m| *m == messages[0]));
    }
    assert_eq!(t.get("/1.0/contents").await.ids().1, 3);
    assert_eq!(t.get("/1.0/content_threads").await.ids().1, 2);

    // Accepted is accepted: also when the conversation was closed since.
    let close = format!("/1.0/content_threads/{}/close", id(&first["thread"]));
    t.put(&close, json!({})).await.ok();
    let again = json!({"client_id": "a0a0a0a0-0001", "thread_id": first["thread"]["id"], "body": "Hello"});
    assert_eq!(ann.post(&t, "messages", again).await.ok()["message"]["id"], first["message"]["id"]);

    // Another visitor's id is not theirs to repeat.
    let bob = Visitor::new(&t, &shop.chat).await;
    let taken = bob.post(&t, "messages", body).await;
    assert_eq!(taken.json["field"], "client_id");
    assert_eq!(taken.error(422), "validation_failed");
}

#[tokio::test]
async fn messages_that_cannot_be_taken_are_refused() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let said = ann.write(&t, None, "Hello").await;
    let unknown = "111111111111111111111111";
    for (body, status, field) in [
        (json!({"body": "x"}), 400, "client_id"),
        (json!({"client_id": "short", "body": "x"}), 400, "client_id"),
        (json!({"client_id": "x".repeat(65), "body": "x"}), 400, "client_id"),
        (json!({"client_id": "12345678", "body": ""}), 422, "body"),
        (json!({"client_id": "12345678", "body": "x".repeat(20_001)}), 422, "body"),
        (json!({"client_id": "12345678", "body": "x", "thread_id": "x"}), 400, "thread_id"),
        (json!({"client_id": "12345678", "attachment_ids": [unknown]}), 422, "attachment_ids"),
        (json!({"client_id": "12345678", "body": "x", "before": {}}), 400, "before"),
        (json!({"client_id": "12345678", "body": "x", "before": ["x"]}), 400, "before"),
        (json!({"client_id": "12345678", "body": "x", "before": [{"body": "x"}]}), 400, "before"),
        (
            json!({"client_id": "12345678", "body": "x", "before": [{"client_id": "a2345678", "body": ""}]}),
            422,
            "before",
        ),
    ] {
        let answer = ann.post(&t, "messages", body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (status, &json!(field)), "{body} {}", answer.text);
    }
    let many: Vec<Value> = (0..21).map(|i| json!({"client_id": format!("before-{i:04}"), "body": "x"})).collect();
    let many = ann.post(&t, "messages", json!({"client_id": "12345678", "body": "x", "before": many})).await;
    assert_eq!(many.json["field"], "before");
    assert_eq!(many.error(422), "validation_failed");

    let thread = id(&said["thread"]).to_owned();
    let into = |thread: &str| json!({"client_id": "into-some-thread", "thread_id": thread, "body": "x"});
    assert_eq!(bob.post(&t, "messages", into(&thread)).await.error(404), "not_found");
    assert_eq!(ann.post(&t, "messages", into(unknown)).await.error(404), "not_found");
    let switch = async |action: &str| t.put(&format!("/1.0/content_threads/{thread}/{action}"), json!({})).await.ok();
    switch("disable_text_input").await;
    assert_eq!(ann.post(&t, "messages", into(&thread)).await.error(403), "text_input_disabled");
    switch("close").await;
    assert_eq!(ann.post(&t, "messages", into(&thread)).await.error(403), "thread_closed");
    switch("open").await;
    switch("enable_text_input").await;
    ann.post(&t, "messages", into(&thread)).await.ok();
    assert_eq!(t.get("/1.0/contents").await.ids().1, 2);
}

#[tokio::test]
async fn what_the_page_said_is_recorded_ahead_once_and_in_order() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let before = json!([
        {"client_id": "page-0001", "body": "How can I help?", "agent": true},
        {"client_id": "page-0002", "body": "A parcel"},
        {"client_id": "page-0003", "body": "Which one?", "agent": true},
    ]);
    let body = json!({"client_id": "mine-0001", "body": "Number 7", "before": before});
    let said = ann.post(&t, "messages", body.clone()).await.ok();
    assert_eq!(ann.post(&t, "messages", body).await.ok(), said);
    assert_eq!(said["thread"]["unread"], 0);
    let thread = id(&said["thread"]).to_owned();
    let list = ann.get(&t, &format!("threads/{thread}/messages")).await.ok();
    assert_eq!(texts(&list), ["How can I help?", "A parcel", "Which one?", "Number 7"]);
    let messages = list["messages"].as_array().expect("messages");
    let side: Vec<_> = messages.iter().map(|m| (m["from"].as_str(), m["client_id"].as_str())).collect();
    let expected = [("agent", "page-0001"), ("visitor", "page-0002"), ("agent", "page-0003"), ("visitor", "mine-0001")];
    assert_eq!(side, expected.map(|(from, id)| (Some(from), Some(id))));

    let contents = t.get(&format!("/1.0/contents?q=thread:{thread} order:created_at.asc")).await.ok();
    let of = |i: usize, field: &str| contents["records"][i][field].clone();
    assert_eq!((of(0, "status"), of(0, "created_from")), (json!("user_initiated"), json!("automatic")));
    assert_eq!((of(0, "auto_submitted"), of(0, "author_id")), (json!(true), json!(shop.chat.identity_id)));
    assert_eq!((of(0, "creator_id"), of(0, "first_in_thread")), (json!(null), json!(true)));
    assert_eq!((of(1, "status"), of(1, "auto_submitted")), (json!("new"), json!(true)));
    assert_eq!((of(3, "status"), of(3, "auto_submitted")), (json!("new"), json!(false)));
    let rows = t.get("/console/threads?folder=unassigned").await.ok();
    assert_eq!((&rows["count"], &rows["records"][0]["unread"]), (&json!(1), &json!(true)));

    // It is no agent's reply: an intervention has none to be closed with.
    let case = t.post("/1.0/interventions", json!({"content_id": said["message"]["id"]})).await.ok();
    let before = json!([{"client_id": "page-0001", "body": "again", "agent": true},
                        {"client_id": "page-0004", "body": "Anything else?", "agent": true}]);
    let body = json!({"client_id": "mine-0002", "body": "No", "thread_id": thread, "before": before});
    ann.post(&t, "messages", body).await.ok();
    let list = ann.get(&t, &format!("threads/{thread}/messages")).await.ok();
    assert_eq!(texts(&list)[4..], ["Anything else?", "No"]);
    let case = t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok();
    assert_eq!((&case["user_replies_count"], &case["first_user_reply_in"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn conversations_are_listed_and_read_back_in_windows() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let first = ann.write(&t, None, "1").await;
    let thread = id(&first["thread"]).to_owned();
    for i in 2..=7 {
        t.clock.advance(Duration::from_secs(1));
        ann.write(&t, Some(&thread), &i.to_string()).await;
    }
    t.clock.advance(Duration::from_secs(1));
    let other = ann.write(&t, None, "other").await;
    let list = ann.get(&t, "threads").await.ok();
    let ids: Vec<&Value> = list["threads"].as_array().expect("threads").iter().map(|t| &t["id"]).collect();
    assert_eq!(ids, [&other["thread"]["id"], &json!(thread)]);
    assert!(list["position"].is_i64());
    assert_eq!(bob.get(&t, "threads").await.ok()["threads"], json!([]));

    let window = async |query: &str| ann.get(&t, &format!("threads/{thread}/messages?{query}")).await.ok();
    let last = window("limit=3").await;
    assert_eq!((texts(&last), &last["more"]), (vec!["5", "6", "7"], &json!(true)));
    let before = window(&format!("limit=3&before={}", id(&last["messages"][0]))).await;
    assert_eq!((texts(&before), &before["more"]), (vec!["2", "3", "4"], &json!(true)));
    let before = window(&format!("limit=3&before={}", id(&before["messages"][0]))).await;
    assert_eq!((texts(&before), &before["more"]), (vec!["1"], &json!(false)));
    assert_eq!(texts(&window("limit=1000").await).len(), 7);
    assert_eq!(texts(&window("limit=0").await), ["7"]);
    for query in ["before=x", "limit=x"] {
        let answer = ann.get(&t, &format!("threads/{thread}/messages?{query}")).await;
        assert_eq!(answer.error(400), "invalid_parameter");
    }
    for thread in [thread.as_str(), "x", "111111111111111111111111"] {
        assert_eq!(bob.get(&t, &format!("threads/{thread}/messages")).await.error(404), "not_found");
        let read = json!({"message_id": first["message"]["id"]});
        assert_eq!(bob.post(&t, &format!("threads/{thread}/read"), read).await.error(404), "not_found");
    }
}

#[tokio::test]
async fn both_sides_know_what_was_read() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    let messages = async || ann.get(&t, &format!("threads/{thread}/messages")).await.ok()["messages"].clone();
    assert_eq!(messages().await[0]["read"], false);
    t.clock.advance(Duration::from_secs(1));
    t.post(&format!("/console/threads/{thread}/read"), json!({})).await.ok();
    assert_eq!(messages().await[0]["read"], true);
    let rows = async || t.get("/console/threads").await.ok()["records"][0].clone();
    assert_eq!(rows().await["unread"], false);

    let (one, two) = (reply(&t, &said, "1").await, reply(&t, &said, "2").await);
    let view = async || t.get(&format!("/console/threads/{thread}")).await.ok()["contents"].clone();
    assert_eq!((&view().await[1]["read"], &view().await[1]["delivered"]), (&json!(false), &json!(false)));
    assert_eq!(ann.get(&t, "threads").await.ok()["threads"][0]["unread"], 2);
    let read = async |content: &Value| {
        ann.post(&t, &format!("threads/{thread}/read"), json!({"message_id": content["id"]})).await.ok()
    };
    assert_eq!(read(&one).await["unread"], 1);
    assert_eq!(read(&one).await["unread"], 1);
    let contents = view().await;
    assert_eq!(
        (&contents[1]["read"], &contents[1]["delivered"], &contents[2]["read"]),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_eq!(read(&two).await["unread"], 0);
    assert_eq!(messages().await[2]["read"], true);
    assert_eq!(ann.post(&t, &format!("threads/{thread}/read"), json!({})).await.error(400), "invalid_parameter");

    t.clock.advance(Duration::from_secs(1));
    ann.write(&t, Some(&thread), "Thanks").await;
    assert_eq!(rows().await["unread"], true);
    assert_eq!(messages().await[3]["read"], false);
}

#[tokio::test]
async fn files_are_sent_with_messages() {
    let t = TestApp::start_with(|config| config.attachment_max_bytes = 100_000).await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let file = upload(&t, &ann, "cat.PNG", b"meow").await.ok();
    assert_fields(&file, "id filename content_type size url");
    assert_eq!(
        (&file["filename"], &file["content_type"], &file["size"]),
        (&json!("cat.PNG"), &json!("image/png"), &json!(4))
    );
    let body = |key: &str| json!({"client_id": format!("message-of-{key}"), "attachment_ids": [file["id"]]});
    assert_eq!(bob.post(&t, "messages", body("bob")).await.error(422), "validation_failed");
    let said = ann.post(&t, "messages", body("ann")).await.ok();
    assert_eq!(said["message"]["attachments"], json!([file]));
    assert_eq!(ann.post(&t, "messages", body("ann")).await.ok(), said);
    assert_eq!(ann.post(&t, "messages", body("ann-again")).await.error(422), "validation_failed");
    let content = t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok();
    assert_eq!((&content["attachments"][0]["id"], &content["attachments"][0]["public?"]), (&file["id"], &json!(false)));

    let url = file["url"].as_str().expect("an address").strip_prefix(&t.url).expect("our own").to_owned();
    let bytes = t.anonymous(Method::GET, &url).send().await.expect("an answer");
    assert_eq!(
        (bytes.status().as_u16(), &bytes.headers()["content-type"]),
        (200, &"image/png".parse().expect("a header"))
    );
    assert_eq!(bytes.headers()["cross-origin-resource-policy"], "cross-origin");
    let wrong = format!("{}0", &url[..url.len() - 1]);
    let wrong = if wrong == url { format!("{}1", &url[..url.len() - 1]) } else { wrong };
    assert_eq!(send(t.anonymous(Method::GET, &wrong)).await.error(404), "not_found");

    for name in ["a.exe", "a.svg", "a.html", "png", "a.png.js"] {
        assert_eq!(upload(&t, &ann, name, b"x").await.error(422), "attachment_type_refused", "{name}");
    }
    for size in [100_001, 2_000_000] {
        assert_eq!(upload(&t, &ann, "big.png", &vec![0; size]).await.error(413), "too_large", "{size}");
    }
    let none = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().text("a", "b"))).await;
    assert_eq!(none.json["field"], "file");
    assert_eq!(none.error(422), "validation_failed");
}

#[tokio::test]
async fn pages_of_any_site_may_ask() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let origin = "https://shop.test";
    for (path, method) in [("session", "POST"), ("messages", "POST"), ("threads", "GET"), ("attachments", "POST")] {
        let path = format!("/chat/{}/{path}", shop.chat.token);
        let preflight = t
            .anonymous(Method::OPTIONS, &path)
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type");
        let answer = preflight.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_lowercase();
        assert_eq!(header("access-control-allow-origin"), "*");
        assert!(header("access-control-allow-methods").contains(&method.to_lowercase()));
        assert!(header("access-control-allow-headers").contains("authorization"));
        assert!(header("access-control-allow-headers").contains("content-type"));

        // On errors too: else the page could not tell why.
        let request = t.anonymous(method.parse().expect("a method"), &path).header("origin", origin);
        let answer = request.json(&json!({"identity": 1})).send().await.expect("an answer");
        assert!(answer.status().is_client_error(), "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert!(answer.headers().get("access-control-allow-credentials").is_none());
    }
    let missing = t.anonymous(Method::GET, "/chat/nothing/config").header("origin", origin);
    assert_eq!(missing.send().await.expect("an answer").headers()["access-control-allow-origin"], "*");
    // The API is not for pages of other sites.
    let api = t.request(Method::GET, "/1.0/tags").header("origin", origin).send().await.expect("an answer");
    assert!(api.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn a_visitor_who_writes_without_end_is_slowed_down() {
    let t = TestApp::start_with(|config| config.rate_limit_per_minute = 500).await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let thread = ann.write(&t, None, "x").await["thread"]["id"].clone();
    let mut refused = None;
    for i in 0..200 {
        let more = json!({"client_id": format!("one-of-many-{i}"), "thread_id": thread, "body": "x"});
        let answer = ann.post(&t, "messages", more).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    let message = "Rate limit exceeded (120 requests per minute max)";
    assert_eq!(refused.json, json!({"error": "rate_limit_exceeded", "message": message, "status": 429}));
    bob.write(&t, None, "Hello").await;
}
