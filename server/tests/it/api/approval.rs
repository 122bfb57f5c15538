use std::time::Duration;

use model::SourcePermission as P;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::receiver::Receiver;
use crate::support::sdk::ThirdParty;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, id, send};

/// A chat with a visitor, an agent whose contents need approval, and a team leader who may approve.
struct Desk {
    t: TestApp,
    shop: World,
    ann: Visitor,
    said: Value,
    agent: Value,
    token: String,
    leader: Value,
    leader_token: String,
}

impl Desk {
    async fn new(permission: P) -> Self {
        let t = TestApp::start().await;
        let shop = World::new(&t).await;
        let ann = Visitor::new(&t, &shop.chat).await;
        let said = ann.write(&t, None, "Hello").await;
        let (agent, token) = user(&t, "Nora", "Agent").await;
        shop.permit(&t, &agent, &[P::Read, P::Reply, P::InitiateDiscussion, permission]).await;
        let (leader, leader_token) = user(&t, "Lea", "Team leader").await;
        Self { t, shop, ann, said, agent, token, leader, leader_token }
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        send(self.t.request_as(token, method, path).json(&body)).await
    }

    /// The agent answers the visitor's first word.
    async fn reply(&self, more: Value) -> Value {
        let mut body = json!({"in_reply_to_id": self.said["message"]["id"], "body": "Good morning"});
        body.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        self.ask(&self.token, Method::POST, "/1.0/contents", body).await.ok()
    }

    async fn approve(&self, token: &str, content: &Value) -> Answer {
        self.approve_under(token, content, json!({})).await
    }

    async fn approve_under(&self, token: &str, content: &Value, epoch: Value) -> Answer {
        self.ask(token, Method::PUT, &format!("/1.0/contents/{}/approve", id(content)), epoch).await
    }

    async fn refuse(&self, token: &str, content: &Value, reason: &str) -> Answer {
        let path = format!("/1.0/contents/{}/refuse", id(content));
        self.ask(token, Method::PUT, &path, json!({"reason": reason})).await
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        send(self.t.request_as(token, Method::GET, path)).await.ok()
    }

    fn thread(&self) -> &str {
        id(&self.said["thread"])
    }

    /// What the visitor reads, oldest first.
    async fn shown(&self) -> Vec<String> {
        let list = self.ann.get(&self.t, &format!("threads/{}/messages", self.thread())).await.ok();
        let messages = list["messages"].as_array().expect("messages").iter();
        messages.map(|m| m["body"].as_str().expect("a text").to_owned()).collect()
    }

    /// The visitor's count of unread messages, and the last one.
    async fn conversation(&self) -> (Value, Value) {
        let list = self.ann.get(&self.t, "threads").await.ok();
        (list["threads"][0]["unread"].clone(), list["threads"][0]["last_message"]["body"].clone())
    }

    /// The names of the events about a content, oldest first.
    async fn events(&self, content: &Value) -> Vec<String> {
        let list = self.t.get("/1.0/events?limit=150").await.ok();
        let about = |e: &&Value| e["extra_infos"]["content_id"] == content["id"];
        let events = list["records"].as_array().expect("records").iter().rev().filter(about);
        events.map(|e| e["name"].as_str().expect("a name").to_owned()).collect()
    }
}

#[tokio::test]
async fn a_reply_waits_and_then_goes_out_as_any_other() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let content_id = desk.said["message"]["id"].clone();
    let case = desk.ask(&desk.token, Method::POST, "/1.0/interventions", json!({"content_id": content_id})).await.ok();
    let case_path = format!("/1.0/interventions/{}", id(&case));
    let (mut tab, _) = Socket::visitor(t, &desk.ann, None).await;
    tab.drain(t).await;

    let reply = desk.reply(json!({})).await;
    assert_eq!((&reply["approval_required"], &reply["published"]), (&json!(true), &json!(false)));
    assert_eq!((&reply["status"], &reply["synchronization_status"]), (&json!("user_reply"), &json!("pending")));
    let expected = json!({"state": "waiting", "user_id": desk.agent["id"], "decided_by": null, "decided_at": null,
                          "reason": null});
    assert_eq!(reply["approval"], expected);
    assert_eq!(desk.events(&reply).await, ["content.replied", "content.approval_requested"]);
    // The customer sees nothing of it, and what they said has no answer yet.
    assert_eq!(desk.shown().await, ["Hello"]);
    assert_eq!(desk.conversation().await, (json!(0), json!("Hello")));
    assert!(tab.drain(t).await.iter().all(|frame| frame["type"] != "message"));
    let said = format!("/1.0/contents/{}", content_id.as_str().expect("an id"));
    assert_eq!(t.get(&said).await.ok()["status"], "assigned");
    assert_eq!(t.get(&case_path).await.ok()["user_replies_count"], 0);
    let close = desk.ask(&desk.token, Method::PUT, &format!("{case_path}/close"), json!({})).await;
    assert!(close.text.contains("approved or refused first"), "{}", close.text);
    assert_eq!(close.error(403), "no_reply");
    desk.ask(&desk.token, Method::DELETE, &format!("{case_path}/cancel"), json!({})).await.error(403);
    let again = json!({"in_reply_to_id": reply["id"], "body": "x"});
    assert_eq!(t.post("/1.0/contents", again).await.error(422), "not_synchronized");

    t.clock.advance(Duration::from_secs(60));
    let approved = desk.approve(&desk.leader_token, &reply).await.ok();
    assert_eq!((&approved["approval_required"], &approved["published"]), (&json!(false), &json!(true)));
    assert_eq!((&approved["synchronization_status"], &approved["approval"]), (&json!("success"), &Value::Null));
    let all = ["content.replied", "content.approval_requested", "content.approved", "content.exported"];
    assert_eq!(desk.events(&reply).await, all);
    assert_eq!(desk.shown().await, ["Hello", "Good morning"]);
    assert_eq!(desk.conversation().await, (json!(1), json!("Good morning")));
    let frames = tab.drain(t).await;
    assert!(frames.iter().any(|f| f["message"]["id"] == reply["id"]), "{frames:?}");
    assert_eq!(t.get(&said).await.ok()["status"], "replied");
    let counted = t.get(&case_path).await.ok();
    assert_eq!((&counted["user_replies_count"], &counted["first_user_reply_in"]), (&json!(1), &json!(60)));
    assert_eq!(counted["first_user_reply_id"], reply["id"]);
    desk.ask(&desk.token, Method::PUT, &format!("{case_path}/close"), json!({})).await.ok();
}

#[tokio::test]
async fn a_refused_reply_never_goes_out_and_says_why() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let reply = desk.reply(json!({})).await;
    let refused = desk.refuse(&desk.leader_token, &reply, "Not so curt").await.ok();
    let approval = json!({"state": "refused", "user_id": desk.agent["id"], "decided_by": desk.leader["id"],
                          "decided_at": "2026-03-02T09:00:00Z", "reason": "Not so curt"});
    assert_eq!(refused["approval"], approval);
    assert_eq!((&refused["approval_required"], &refused["published"]), (&json!(false), &json!(false)));
    assert_eq!(refused["synchronization_status"], Value::Null);
    let events = desk.events(&reply).await;
    assert_eq!(events, ["content.replied", "content.approval_requested", "content.approval_refused"]);
    // Its author finds the reason.
    let seen = desk.get(&desk.token, &format!("/1.0/contents/{}", id(&reply))).await;
    assert_eq!(seen["approval"], approval);
    assert_eq!((desk.shown().await, desk.conversation().await), (vec!["Hello".into()], (json!(0), json!("Hello"))));
    let retry = format!("/1.0/contents/{}/retry_export", id(&reply));
    assert_eq!(t.put(&retry, json!({})).await.error(422), "export_not_failed");
    let again = json!({"in_reply_to_id": reply["id"], "body": "x"});
    assert_eq!(t.post("/1.0/contents", again).await.error(422), "not_synchronized");
    let long = desk.reply(json!({})).await;
    assert_eq!(desk.refuse(&desk.leader_token, &long, &"x".repeat(1001)).await.json["field"], "reason");
}

#[tokio::test]
async fn it_is_decided_once_by_somebody_else_who_may() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let reply = desk.reply(json!({})).await;
    let (omar, omar_token) = user(t, "Omar", "Agent").await;
    assert_eq!(desk.approve(&desk.token, &reply).await.error(403), "forbidden");
    assert_eq!(desk.approve(&omar_token, &reply).await.error(403), "forbidden");
    assert_eq!(desk.refuse(&omar_token, &reply, "x").await.error(403), "forbidden");
    // Who may approve does not do so for themselves, and not where they may not read.
    t.put(&format!("/1.0/users/{}", id(&omar)), json!({"role_id": desk.leader["role_id"]})).await.ok();
    desk.shop.permit(t, &omar, &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let body = json!({"in_reply_to_id": desk.said["message"]["id"], "body": "Mine"});
    let own = desk.ask(&omar_token, Method::POST, "/1.0/contents", body).await.ok();
    assert_eq!(desk.approve(&omar_token, &own).await.error(403), "forbidden");
    desk.shop.permit(t, &omar, &[]).await;
    assert_eq!(desk.approve(&omar_token, &reply).await.error(404), "not_found");
    desk.approve(&desk.leader_token, &own).await.ok();

    let none = json!({"id": desk.said["message"]["id"]});
    assert_eq!(desk.approve(ADMIN_TOKEN, &none).await.error(422), "not_waiting_for_approval");
    let nothing = json!({"id": "111111111111111111111111"});
    desk.approve(ADMIN_TOKEN, &nothing).await.error(404);
    let (one, two) = tokio::join!(desk.approve(ADMIN_TOKEN, &reply), desk.refuse(&desk.leader_token, &reply, "x"));
    let mut codes = [one.status.as_u16(), two.status.as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 409], "{} {}", one.text, two.text);
    for answer in [desk.approve(ADMIN_TOKEN, &reply).await, desk.refuse(ADMIN_TOKEN, &reply, "x").await] {
        assert_eq!(answer.error(409), "already_decided");
    }
}

#[tokio::test]
async fn what_waited_while_the_thread_changed_hands_goes_out_only_with_consent() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let content_id = desk.said["message"]["id"].clone();
    let case = desk.ask(&desk.token, Method::POST, "/1.0/interventions", json!({"content_id": content_id})).await.ok();
    let (late, bad) = (desk.reply(json!({})).await, desk.reply(json!({})).await);
    let (omar, omar_token) = user(t, "Omar", "Agent").await;
    let path = format!("/1.0/interventions/{}/reassign", id(&case));
    t.put(&path, json!({"user_id": omar["id"]})).await.ok();
    let body = json!({"in_reply_to_id": content_id, "body": "I am Omar"});
    desk.ask(&omar_token, Method::POST, "/1.0/contents", body).await.ok();

    // The console's epoch, or none, is no consent to what it is not about.
    let owner = json!({"type": "agent", "id": omar["id"], "name": "Omar Test"});
    for given in [json!({}), json!({"owner_epoch": 1}), json!({"owner_epoch": 3})] {
        let stale = desk.approve_under(&desk.leader_token, &late, given).await;
        assert_eq!((&stale.json["owner"], &stale.json["owner_epoch"]), (&owner, &json!(2)));
        assert_eq!(stale.error(409), "stale_owner");
    }
    assert_eq!(desk.shown().await, ["Hello", "I am Omar"]);
    let waits = t.get(&format!("/1.0/contents/{}", id(&late))).await.ok();
    assert_eq!((&waits["approval"]["state"], &waits["published"]), (&json!("waiting"), &json!(false)));
    // Refusing crosses nobody.
    desk.refuse(&desk.leader_token, &bad, "Too late").await.ok();
    desk.approve_under(&desk.leader_token, &late, json!({"owner_epoch": 2})).await.ok();
    assert_eq!(desk.shown().await, ["Hello", "Good morning", "I am Omar"]);

    // What was composed under this owner goes out as ever, before it changes again and after.
    let fresh = desk.reply(json!({"body": "Anything else?"})).await;
    desk.approve(&desk.leader_token, &fresh).await.ok();
}

#[tokio::test]
async fn a_threshold_asks_for_a_part_of_the_contents() {
    let desk = Desk::new(P::ApprovalThreshold50).await;
    let mut waits = Vec::new();
    for _ in 0..6 {
        waits.push(desk.reply(json!({})).await["approval_required"] == true);
    }
    assert_eq!(waits, [true, false, true, false, true, false]);
    // Each source counts for itself, and so does each user.
    let second = World::on(desk.shop.another_chat(&desk.t, "Second chat").await);
    second.permit(&desk.t, &desk.agent, &[P::Read, P::Reply, P::ApprovalThreshold10]).await;
    let said = second.say(&desk.t, "bob", None, "Hi").await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let body = json!({"in_reply_to_id": said.content.id, "body": "x"});
        let reply = desk.ask(&desk.token, Method::POST, "/1.0/contents", body).await.ok();
        waits.push(reply["approval_required"] == true);
    }
    assert_eq!(waits.iter().filter(|w| **w).count(), 2);
    assert!(waits[0] && waits[10]);
    desk.shop.permit(&desk.t, &desk.agent, &[P::Read, P::Reply, P::ApprovalThreshold0]).await;
    assert_eq!(desk.reply(json!({})).await["approval_required"], false);
}

#[tokio::test]
async fn a_third_party_gets_it_only_then_and_webhooks_are_told_in_order() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let party = ThirdParty::new(t, "Forum").await;
    let asked = party.says(t, "1", "t1", "How?").await;
    let path = format!("/1.0/users/{}/sources_permissions", id(&desk.agent));
    t.put(&path, json!({party.id(): "read,reply,approval_required"})).await.ok();
    let hook = Receiver::start().await;
    let events = json!(["content.replied", "content.approved", "content.exported"]);
    hook.register(t, json!({"registered_events": events})).await;
    let body = json!({"in_reply_to_id": asked["id"], "body": "Thus"});
    let reply = desk.ask(&desk.token, Method::POST, "/1.0/contents", body).await.ok();
    // One that needs no approval goes by.
    let free = party.reply(t, &asked, "At once").await;
    party.synchronized(t, &free, "success").await;
    assert_eq!(party.got().len(), 1);
    desk.approve(&desk.leader_token, &reply).await.ok();
    let arrived = party.synchronized(t, &reply, "success").await;
    assert_eq!((&arrived["published"], arrived["foreign_id"].is_string()), (&json!(true), true));
    assert_eq!(party.gets(2).await[1].params["body"], "<p>Thus</p>");

    hook.expect(&["Thus", "At once", "At once", "Thus", "Thus"]).await;
    let told: Vec<_> =
        hook.deliveries().iter().flat_map(|d| d.body["events"].as_array().expect("events").clone()).collect();
    let facts = told.iter().filter(|e| e["resource"]["metadata"]["body"] == "Thus").map(|e| {
        let facts = &e["resource"]["metadata"];
        json!([e["type"], facts["approval_required"], facts["synchronization_status"]])
    });
    let expected = [
        json!(["content.replied", true, "pending"]),
        json!(["content.approved", false, "pending"]),
        json!(["content.exported", false, "success"]),
    ];
    assert_eq!(facts.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_discussion_and_what_a_reply_asks_for_wait_too() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let t = &desk.t;
    let reply = desk.reply(json!({"disable_text_input_on_thread": true})).await;
    let thread = format!("/1.0/content_threads/{}", desk.thread());
    assert_eq!(t.get(&thread).await.ok()["disable_text_input"], false);
    desk.approve(ADMIN_TOKEN, &reply).await.ok();
    assert_eq!(t.get(&thread).await.ok()["disable_text_input"], true);

    let begin = json!({"source_id": desk.shop.chat.id, "to": reply["in_reply_to_author_id"], "body": "News"});
    let begun = desk.ask(&desk.token, Method::POST, "/1.0/contents", begin).await.ok();
    assert_eq!((&begun["approval_required"], &begun["status"]), (&json!(true), &json!("user_initiated")));
    let path = format!("threads/{}/messages", begun["thread_id"].as_str().expect("an id"));
    assert_eq!(desk.ann.get(t, &path).await.ok()["messages"], json!([]));
    // The customer does not even see that there is a conversation.
    let conversations = async || {
        let list = desk.ann.get(t, "threads").await.ok();
        list["threads"].as_array().expect("threads").len()
    };
    assert_eq!(conversations().await, 1);
    desk.approve(ADMIN_TOKEN, &begun).await.ok();
    assert_eq!(conversations().await, 2);
    assert_eq!(desk.ann.get(t, &path).await.ok()["messages"][0]["body"], "News");
    let events = desk.events(&begun).await;
    let expected =
        ["content.discussion_initiated", "content.approval_requested", "content.approved", "content.exported"];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_closed_thread_is_opened_before_its_replies_are_approved() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let reply = desk.reply(json!({})).await;
    let thread = format!("/1.0/content_threads/{}", desk.thread());
    desk.t.put(&format!("{thread}/close"), json!({})).await.ok();
    assert_eq!(desk.approve(ADMIN_TOKEN, &reply).await.error(403), "cant_reply_to_closed_thread");
    desk.t.put(&format!("{thread}/open"), json!({})).await.ok();
    desk.approve(ADMIN_TOKEN, &reply).await.ok();
}

#[tokio::test]
async fn an_author_may_ask_for_approval_where_the_setting_lets_them() {
    let desk = Desk::new(P::ApprovalThreshold0).await;
    let t = &desk.t;
    let body = json!({"in_reply_to_id": desk.said["message"]["id"], "body": "x", "approval_required": true});
    let refused = t.post("/1.0/contents", body.clone()).await;
    assert_eq!(refused.json["field"], "approval_required");
    refused.error(422);
    let set = t.app.db.write(|tx| Box::pin(async { store::setting::set(tx, "self_approval_required", "true").await }));
    set.await.expect("set");
    assert_eq!(t.post("/1.0/contents", body.clone()).await.ok()["approval_required"], true);
    let plain = json!({"in_reply_to_id": desk.said["message"]["id"], "body": "x", "approval_required": false});
    assert_eq!(t.post("/1.0/contents", plain).await.ok()["approval_required"], false);
}

#[tokio::test]
async fn the_console_shows_what_waits_to_those_who_may_approve() {
    let desk = Desk::new(P::ApprovalRequired).await;
    let folders = async |token: &str| desk.get(token, "/console/folders").await["to_approve"].clone();
    assert_eq!(folders(&desk.leader_token).await, 0);
    let reply = desk.reply(json!({})).await;
    desk.reply(json!({})).await;
    assert_eq!((folders(&desk.leader_token).await, folders(&desk.token).await), (json!(1), json!(0)));
    let rows = desk.get(&desk.leader_token, "/console/threads?folder=to_approve").await;
    assert_eq!((&rows["count"], &rows["records"][0]["id"]), (&json!(1), &json!(desk.thread())));
    let list = send(desk.t.request_as(&desk.token, Method::GET, "/console/threads?folder=to_approve")).await;
    assert_eq!(list.error(403), "forbidden");

    let thread = format!("/console/threads/{}", desk.thread());
    let view = desk.get(&desk.leader_token, &thread).await;
    assert_eq!((&view["can"]["approve"], &view["contents"][0]["may"]["approve"]), (&json!(true), &json!(false)));
    let waiting = &view["contents"][1];
    assert_eq!((&waiting["id"], &waiting["approval_required"]), (&reply["id"], &json!(true)));
    assert_eq!(waiting["may"], json!({"approve": true, "refuse": true, "send_again": false}));
    assert_eq!(waiting["approval"]["state"], "waiting");
    let own = desk.get(&desk.token, &thread).await;
    assert_eq!((&own["can"]["approve"], &own["contents"][1]["may"]["approve"]), (&json!(false), &json!(false)));

    desk.refuse(&desk.leader_token, &reply, "No").await.ok();
    let view = desk.get(&desk.token, &thread).await;
    let refused = &view["contents"][1]["approval"];
    assert_eq!((&refused["state"], &refused["reason"]), (&json!("refused"), &json!("No")));
    assert_eq!(refused["user"]["name"], "Lea Test");
}
