//! How visitors of a chat are asked for an address of mail, and what becomes of one that they give; with a real server of
//! mails.

use std::time::Duration;

use model::SourcePermission as P;
use reqwest::Method;
use serde_json::{Value, json};

use super::chat_mail::{Scene, set};
use crate::support::dovecot;
use crate::support::smtp::Smtp;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

/// The keys of what the visitor is told between the messages.
async fn notices(t: &TestApp, visitor: &Visitor, thread: &str) -> Vec<String> {
    let found = visitor.get(t, &format!("threads/{thread}/messages")).await.ok()["notices"].clone();
    let keys = found.as_array().expect("a list").iter().map(|notice| notice["key"].as_str().expect("a key").to_owned());
    keys.collect()
}

async fn give(t: &TestApp, visitor: &Visitor, thread: &str, email: &str) -> Answer {
    visitor.post(t, "email", json!({"thread_id": thread, "email": email})).await
}

#[tokio::test]
async fn a_visitor_without_an_address_is_asked_for_one_and_gets_the_answer_there() {
    let smtp = Smtp::open();
    let s = Scene::with(&smtp, json!({"automatic_email_request": true}), json!({"firstname": "Ann"})).await;
    let asked = "request_email.title";
    assert_eq!(notices(&s.t, &s.zoe, s.thread()).await, [asked]);
    let again = s.zoe.write(&s.t, Some(s.thread()), "Still there?").await;
    let second = s.zoe.write(&s.t, None, "Something else").await;
    assert_eq!(notices(&s.t, &s.zoe, id(&second["thread"])).await, [""; 0]);
    s.later(7199).await;
    let third = s.zoe.write(&s.t, None, "And more").await;
    assert_eq!(notices(&s.t, &s.zoe, id(&third["thread"])).await, [""; 0]);

    for (email, error) in [("", "incorrect_email"), ("ann", "incorrect_email"), ("a@b@c.test", "incorrect_email")] {
        assert_eq!(give(&s.t, &s.zoe, s.thread(), email).await.error(422), error, "{email}");
    }
    assert_eq!(give(&s.t, &s.zoe, id(&second["thread"]), "ann@example.org").await.error(403), "not_asked");
    let ben = Visitor::new(&s.t, &s.shop.chat).await;
    assert_eq!(give(&s.t, &ben, s.thread(), "ben@example.org").await.error(404), "not_found");
    // It waits for somebody to know where to.
    let reply = json!({"in_reply_to_id": again["message"]["id"], "body": "Yes"});
    s.t.post("/1.0/contents", reply).await.ok();
    s.later(900).await;
    assert_eq!(smtp.received().len(), 0);
    let (mut tab, _) = Socket::visitor(&s.t, &s.zoe, None).await;
    give(&s.t, &s.zoe, s.thread(), " Ann@Example.org ").await.ok();
    let told = tab.next_of("thread").await;
    assert_eq!(
        (&told["notice"]["key"], &told["notice"]["after"]),
        (&json!("request_email.submitted_title"), &json!(1))
    );
    assert_eq!(notices(&s.t, &s.zoe, s.thread()).await, [asked, "request_email.submitted_title"]);
    let lines = s.t.get(&format!("/console/threads/{}", s.thread())).await.ok()["lines"].clone();
    let deeds: Vec<_> = lines.as_array().expect("lines").iter().map(|l| l["deed"].as_str().expect("a name")).collect();
    assert_eq!(deeds, ["email_asked", "email_given"]);
    s.later(900).await;
    assert_eq!(smtp.wait(1).await[0].told["to"], json!(["ann@example.org"]));

    // Three changes a day; the same once more is none.
    for email in ["ann@example.org", "a2@example.org", "a2@example.org", "a3@example.org"] {
        give(&s.t, &s.zoe, s.thread(), email).await.ok();
    }
    assert_eq!(give(&s.t, &s.zoe, s.thread(), "a4@example.org").await.error(429), "too_many_changes");
    s.later(24 * 3600).await;
    give(&s.t, &s.zoe, s.thread(), "a4@example.org").await.ok();
    let known = s.t.get(&format!("/1.0/identities/{}", id(&s.zoe.session["identity"]))).await.ok();
    assert_eq!(known["email"], "a4@example.org");
    // Who has one is not asked.
    let fourth = s.zoe.write(&s.t, None, "Once more").await;
    assert_eq!(notices(&s.t, &s.zoe, id(&fourth["thread"])).await, [""; 0]);
}

#[tokio::test]
async fn an_agent_asks_for_an_address_where_none_is_known() {
    let smtp = Smtp::open();
    let s = Scene::with(&smtp, json!({}), json!({"firstname": "Ann"})).await;
    let (nora_user, nora) = user(&s.t, "Nora", "Agent").await;
    s.shop.permit(&s.t, &nora_user, &[P::Read]).await;
    let path = format!("/console/threads/{}/ask_email", s.thread());
    let ask = async |token: &str| send(s.t.request_as(token, Method::POST, &path)).await;
    assert_eq!(ask(&nora).await.status, 403);
    s.shop.permit(&s.t, &nora_user, &[P::Read, P::Reply]).await;
    let can = async || {
        let view = send(s.t.request_as(&nora, Method::GET, &format!("/console/threads/{}", s.thread()))).await.ok();
        view["can"]["ask_email"].clone()
    };
    assert_eq!(can().await, true);
    ask(&nora).await.ok();
    assert_eq!(notices(&s.t, &s.zoe, s.thread()).await, ["request_email.title"]);
    assert_eq!(ask(&nora).await.status, 403, "it is asked already");
    give(&s.t, &s.zoe, s.thread(), "ann@example.org").await.ok();
    assert_eq!(can().await, false);
    assert_eq!(ask(&nora).await.status, 403, "an address is known");
    s.t.put(&format!("/1.0/content_threads/{}/close", s.thread()), json!({})).await.ok();
    assert_eq!(ask(&nora).await.error(403), "thread_closed");
}

#[tokio::test]
async fn an_address_that_is_known_already_or_of_no_use_is_not_asked_for() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({"automatic_email_request": true})).await;
    assert_eq!(notices(&s.t, &s.zoe, s.thread()).await, [""; 0]);
    // Another identity of the same person has one.
    let ann = Visitor::new(&s.t, &s.shop.chat).await;
    let [one, two] = [&ann, &s.zoe].map(|visitor| id(&visitor.session["identity"]).to_owned());
    s.t.put(&format!("/console/people/{two}/merge"), json!({"other_id": one})).await.ok();
    let said = ann.write(&s.t, None, "Hello").await;
    assert_eq!(notices(&s.t, &ann, id(&said["thread"])).await, [""; 0]);
    // No mail is sent here.
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"automatic_email_request": true})).await;
    let ben = Visitor::new(&t, &shop.chat).await;
    let said = ben.write(&t, None, "Hello").await;
    assert_eq!(notices(&t, &ben, id(&said["thread"])).await, [""; 0]);
}

#[tokio::test]
async fn a_chat_is_told_whether_anybody_can_be_written_to() {
    let told = async |t: &TestApp, shop: &World| {
        let config = t.get(&format!("/chat/{}/config", shop.chat.token)).await.ok();
        config["mails"].clone()
    };
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({})).await;
    assert_eq!(told(&s.t, &s.shop).await, true);
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    assert_eq!(told(&t, &shop).await, false);
    // Agents write from a mailbox that sends.
    let mailbox = json!({
        "imap_smtp_email": "desk@shop.test", "imap_address": "127.0.0.1", "imap_port": 9, "imap_username": "desk",
        "imap_password": "a secret", "smtp_address": "127.0.0.1", "smtp_port": 9, "active": true,
    });
    let mailbox = dovecot::source(&t, mailbox).await;
    assert_eq!((&mailbox["active"], told(&t, &shop).await), (&json!(true), json!(true)));
}

#[tokio::test]
async fn an_address_that_somebody_gives_never_takes_the_place_of_what_the_company_signs() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"automatic_email_request": true})).await;
    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    let secret = "0123456789abcdef0123456789abcdef";
    let key = json!({"key_id": "main", "algorithm": "HS256", "key": secret});
    t.post(&format!("{community}/jwt_keys"), key).await.ok();
    let signed = |more: Value| {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some("main".into());
        let mut payload = json!({"uuid": "4711", "exp": t.clock.now().plus_seconds(90 * 24 * 3600).millis() / 1000});
        payload.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&header, &payload, &key).expect("a token")
    };
    let ann = Visitor::with(&t, &shop.chat, json!({"jwt": signed(json!({"firstname": "Ann"}))})).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    give(&t, &ann, &thread, "ann@home.test").await.ok();
    let identity = format!("/1.0/identities/{}", id(&ann.session["identity"]));
    assert_eq!(t.get(&identity).await.ok()["email"], Value::Null);
    // On the next page they are known to be reachable, and need not be asked.
    let next = Visitor::with(&t, &shop.chat, json!({"jwt": signed(json!({"firstname": "Ann"}))})).await;
    let told = &next.session["identity"];
    assert_eq!((&ann.session["identity"]["reachable"], &told["reachable"]), (&json!(false), &json!(true)));
    assert_eq!(told["variables"]["email"], Value::Null);
    // Agents see it beside what is signed.
    let seen = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!((&seen["identity"]["email"], &seen["identity"]["given_email"]), (&Value::Null, &json!("ann@home.test")));
    let reply = json!({"in_reply_to_id": said["message"]["id"], "body": "Hi"});
    let later = async || {
        t.post("/1.0/contents", reply.clone()).await.ok();
        t.settled().await;
        t.clock.advance(Duration::from_secs(900));
        t.settled().await;
    };
    later().await;
    assert_eq!(smtp.wait(1).await[0].told["to"], json!(["ann@home.test"]));
    // What the company signs comes first.
    Visitor::with(&t, &shop.chat, json!({"jwt": signed(json!({"email": "ann@work.test"}))})).await;
    later().await;
    assert_eq!(smtp.wait(2).await[1].told["to"], json!(["ann@work.test"]));
    assert_eq!(t.get(&identity).await.ok()["email"], "ann@work.test");
}
