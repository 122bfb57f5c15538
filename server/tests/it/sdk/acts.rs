//! What is done with contents on the other side.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{Answer, TestApp, eventually, id, send};

/// A third party with acts of its own, and words for one of them.
async fn blog(t: &TestApp) -> ThirdParty {
    let all = json!(["create", "show", "publish", "unpublish", "pin", "pin_to_top", "delete", "destroy", "reply"]);
    let locales = json!({"default": {"pin_to_top": "Pin it"}, "fr": {"pin_to_top": "\u{c9}pingler"}});
    let info = json!({"objects": {"messages": all}, "options": [], "locales": locales});
    ThirdParty::listen_for(t, "Blog", json!({}), move |action, _| match action {
        "implementation.info" => Reaction::Object(info.clone()),
        _ => Reaction::Object(json!([])),
    })
    .await
}

/// A customer's message on which these acts are possible.
async fn offered(t: &TestApp, blog: &ThirdParty, name: &str, actions: &[&str]) -> Value {
    let author = json!({"id": "666", "screenname": "John Doe"});
    let params = json!({"id": name, "thread_id": "42", "author": author, "body": "Hello", "actions": actions});
    assert_eq!(blog.send(t, "messages.create", params).await.text, "ok");
    blog.content(t, name).await
}

async fn ask(t: &TestApp, content: &Value, name: &str) -> Answer {
    t.put(&format!("/1.0/contents/{}/actions/{name}", id(content)), json!({})).await
}

/// Waits until no act on a content is under way; gives the content then.
async fn done(t: &TestApp, content: &Value) -> Value {
    let path = &format!("/1.0/contents/{}", id(content));
    let pending = |content: &Value| content["acts"].as_array().expect("a list").iter().any(|a| a["state"] == "pending");
    eventually("the end of an act", || async move { Some(t.get(path).await.ok()).filter(|c| !pending(c)) }).await;
    // The act may have ended between what was read of the content and of its acts.
    t.get(path).await.ok()
}

fn names(content: &Value) -> Vec<&str> {
    content["capabilities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect()
}

/// What the journal says of a kind of event, oldest first.
async fn told(t: &TestApp, kind: &str) -> Vec<Value> {
    let page = t.get(&format!("/1.0/events/journal?after=0&type={kind}")).await.ok();
    page["records"].as_array().expect("a list").clone()
}

fn object(more: Value) -> Reaction {
    Reaction::Object(more)
}

#[tokio::test]
async fn what_was_done_there_is_so_here_once_it_is_done() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["show", "reply", "unpublish", "delete", "pin_to_top", "pin_to_top"]).await;
    assert_eq!(names(&said), ["unpublish", "pin_to_top", "delete"]);
    let pin = json!({"name": "pin_to_top", "label": "Pin it", "allowed": true, "reason": null});
    assert_eq!(said["capabilities"][1], pin);

    blog.script([
        Reaction::Hang("1"),
        object(json!({"id": "1", "published": true, "actions": ["unpublish", "delete"]})),
    ]);
    let asked = ask(&t, &said, "unpublish").await.ok();
    assert_eq!(asked["published"], true, "nothing is so before the other side says it");
    let pending = json!({"name": "unpublish", "label": "Unpublish", "state": "pending", "reason": null});
    assert_eq!((&asked["acts"], &asked["capabilities"][0]["reason"]), (&json!([pending]), &json!("pending")));
    // Asked for twice, it is done once.
    ask(&t, &said, "unpublish").await.ok();
    let got = blog.gets(1).await.remove(0);
    assert_eq!((got.action.as_str(), &got.params), ("messages.unpublish", &json!({"id": "1"})));
    blog.go_on();
    let hidden = done(&t, &said).await;
    assert_eq!((&hidden["published"], &hidden["acts"]), (&json!(false), &json!([])));
    assert!(!names(&hidden).contains(&"unpublish"));

    ask(&t, &said, "pin_to_top").await.ok();
    let pinned = done(&t, &said).await;
    let got = blog.gets(2).await.remove(1);
    assert_eq!((got.action.as_str(), &got.params), ("messages.pin_to_top", &json!({"id": "1", "user_id": blog.id()})));
    // Every change of the answer is taken over.
    assert_eq!((&pinned["published"], names(&pinned)), (&json!(true), vec!["unpublish", "delete"]));

    blog.script([object(json!({}))]);
    ask(&t, &said, "delete").await.ok();
    let gone = done(&t, &said).await;
    assert_eq!((&gone["remotely_deleted"], &gone["body"]), (&json!(true), &json!("Hello")));
    assert_eq!(names(&gone), Vec::<&str>::new());
    assert_eq!(ask(&t, &said, "delete").await.error(422), "not_offered");
    assert_eq!(blog.got().len(), 3);
    let ends = told(&t, "content.update_exported").await;
    let facts = |one: &Value| {
        json!([one["resource"]["metadata"]["operation"], one["resource"]["metadata"]["synchronization_status"]])
    };
    let expected = ["unpublish", "pin_to_top", "delete"].map(|name| json!([name, "success"]));
    assert_eq!(ends.iter().map(facts).collect::<Vec<_>>(), expected);
    let ledger = t.get(&format!("/1.0/contents/{}/exports", id(&said))).await.ok();
    let operations: Vec<&Value> = ledger.as_array().expect("a list").iter().map(|one| &one["operation"]).collect();
    assert_eq!(operations, ["unpublish", "pin_to_top", "delete"]);
}

#[tokio::test]
async fn an_act_that_fails_changes_nothing_and_can_be_asked_for_again() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["destroy", "pin"]).await;
    blog.script([Reaction::Error("moderators only", true), Reaction::Status(503, "later"), Reaction::BreakOff]);
    ask(&t, &said, "delete").await.ok();
    let failed = done(&t, &said).await;
    let why =
        json!({"name": "delete", "label": "Delete", "state": "parked", "reason": "answered 200: moderators only"});
    assert_eq!((&failed["acts"], &failed["remotely_deleted"]), (&json!([why]), &json!(false)));
    assert_eq!(failed["capabilities"][1]["allowed"], true);
    let end = &told(&t, "content.update_exported").await[0];
    assert_eq!(end["resource"]["metadata"]["synchronization_status"], "error");

    // It is tried again like everything that goes out.
    ask(&t, &said, "delete").await.ok();
    for (count, pause) in [(2, 10), (3, 30)] {
        blog.gets(count).await;
        let path = &format!("/1.0/contents/{}/exports", id(&said));
        let (t, ended) = (&t, |ledger: &Value| ledger[1]["attempts"][count - 2]["outcome"].is_string());
        eventually("the end of a try", || async move { Some(t.get(path).await.ok()).filter(|l| ended(l)) }).await;
        t.clock.advance(Duration::from_secs(pause));
    }
    let gone = done(&t, &said).await;
    assert_eq!((&gone["remotely_deleted"], &gone["acts"]), (&json!(true), &json!([])));
    assert_eq!(blog.got()[0].action, "messages.destroy");
}

#[tokio::test]
async fn what_may_have_been_done_and_is_not_the_same_twice_is_not_done_again() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["pin"]).await;
    blog.script([Reaction::BreakOff]);
    ask(&t, &said, "pin").await.ok();
    let unknown = done(&t, &said).await;
    let text = "It may have been done. Look before you ask for it again.";
    assert_eq!((&unknown["acts"][0]["state"], &unknown["acts"][0]["reason"]), (&json!("unknown"), &json!(text)));
    ask(&t, &said, "pin").await.ok();
    assert_eq!(done(&t, &said).await["acts"], json!([]));
    let got = blog.got();
    let asked: Vec<&str> = got.iter().map(|got| got.action.as_str()).collect();
    assert_eq!(asked, ["messages.pin", "messages.show", "messages.pin"]);
}

#[tokio::test]
async fn what_may_have_been_done_is_looked_up_where_the_other_side_shows_its_contents() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["pin", "delete"]).await;
    // It is offered as before: nobody can tell. Then it is not, so that it was done.
    for (actions, expected) in [(["pin", "delete"], "unknown"), (["unpin", "delete"], "done")] {
        blog.script([Reaction::BreakOff, object(json!({"id": "1", "actions": actions}))]);
        ask(&t, &said, "pin").await.ok();
        let end = done(&t, &said).await;
        let state = end["acts"][0]["state"].as_str().unwrap_or("done");
        assert_eq!(state, expected, "{end}");
    }
    assert_eq!(blog.got()[3].action, "messages.show");
    assert_eq!(blog.got()[3].params, json!({"id": "1"}));
    let ends = told(&t, "content.update_exported").await;
    assert_eq!(ends[1]["resource"]["metadata"]["synchronization_status"], "success");
}

#[tokio::test]
async fn an_act_that_was_not_done_is_shown_until_somebody_lets_go_of_it() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["pin", "delete"]).await;
    let path = format!("/1.0/contents/{}/actions/pin", id(&said));
    assert_eq!(t.delete(&path).await.error(422), "act_not_failed");
    blog.script([Reaction::Hang("1")]);
    ask(&t, &said, "pin").await.ok();
    blog.gets(1).await;
    assert_eq!(t.delete(&path).await.error(422), "act_not_failed");
    blog.script([Reaction::Error("moderators only", true)]);
    blog.go_on();
    done(&t, &said).await;
    ask(&t, &said, "pin").await.ok();
    assert_eq!(done(&t, &said).await["acts"][0]["state"], "parked");
    let (token, user) = t.user_of("Agent").await;
    t.put(&format!("/1.0/users/{user}/sources_permissions"), json!({blog.id(): "read"})).await.ok();
    send(t.request_as(&token, Method::DELETE, &path)).await.error(403);
    assert_eq!(t.delete(&path).await.ok()["acts"], json!([]));
    assert_eq!(t.delete(&path).await.error(422), "act_not_failed");
    let last = told(&t, "content.update_requested").await.pop().expect("an entry");
    assert_eq!(last["resource"]["metadata"]["dismissed"], true);
    // It can still be asked for.
    ask(&t, &said, "pin").await.ok();
    assert_eq!(done(&t, &said).await["acts"], json!([]));
}

#[tokio::test]
async fn acts_on_one_content_wait_for_each_other_and_for_nothing_else() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let one = offered(&t, &blog, "1", &["pin", "delete", "reply"]).await;
    let two = offered(&t, &blog, "2", &["pin"]).await;
    blog.script([Reaction::Hang("1")]);
    ask(&t, &one, "pin").await.ok();
    blog.gets(1).await;
    ask(&t, &one, "delete").await.ok();
    ask(&t, &two, "pin").await.ok();
    done(&t, &two).await;
    blog.synchronized(&t, &blog.reply(&t, &one, "A reply").await, "success").await;
    assert!(blog.got().iter().all(|got| got.action != "messages.delete"));
    blog.go_on();
    assert_eq!(done(&t, &one).await["remotely_deleted"], true);
}

#[tokio::test]
async fn each_act_asks_for_its_permission() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = offered(&t, &blog, "1", &["unpublish", "pin", "delete"]).await;
    let (token, user) = t.user_of("Agent").await;
    let permissions = format!("/1.0/users/{user}/sources_permissions");
    let path = |name: &str| format!("/1.0/contents/{}/actions/{name}", id(&said));
    for (given, allowed) in [("read", vec![]), ("read,reply", vec!["pin"]), ("read,destroy", vec!["delete"])] {
        t.put(&permissions, json!({blog.id(): given})).await.ok();
        let shown = send(t.request_as(&token, Method::GET, &format!("/1.0/contents/{}", id(&said)))).await.ok();
        for capability in shown["capabilities"].as_array().expect("a list") {
            let name = capability["name"].as_str().expect("a name");
            let may = allowed.contains(&name);
            let reason = if may { Value::Null } else { json!("permission") };
            assert_eq!((&capability["allowed"], &capability["reason"]), (&json!(may), &reason), "{given} {name}");
            if !may {
                send(t.request_as(&token, Method::PUT, &path(name))).await.error(403);
            }
        }
    }
    // What nobody sees is not there, and what nobody offers is not done.
    t.put(&permissions, json!({blog.id(): ""})).await.ok();
    send(t.request_as(&token, Method::PUT, &path("pin"))).await.error(404);
    for name in ["create", "reply", "list", "hide", "Rubbish", "publish"] {
        assert_eq!(t.put(&path(name), json!({})).await.error(422), "not_offered", "{name}");
    }
    let refused = t.put(&path("pin"), json!({"user_id": "5f0000000000000000000000"})).await;
    assert_eq!(refused.json["field"], "user_id");
    assert_eq!(refused.error(422), "validation_failed");
    assert!(blog.got().is_empty());
}

#[tokio::test]
async fn a_reply_is_taken_back_until_it_is_sent() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = blog.says(&t, "1", "42", "Hello").await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    t.put(&path, json!({"active": false})).await.ok();
    let (first, second) = (blog.reply(&t, &said, "one").await, blog.reply(&t, &said, "two").await);
    let first = t.get(&format!("/1.0/contents/{}", id(&first))).await.ok();
    let delete = json!([{"name": "delete", "label": "Delete", "allowed": true, "reason": null}]);
    assert_eq!(first["capabilities"], delete);
    assert_eq!(ask(&t, &first, "pin").await.error(409), "not_exported_yet");
    let back = ask(&t, &first, "delete").await.ok();
    assert_eq!((&back["remotely_deleted"], &back["synchronization_status"]), (&json!(true), &Value::Null));
    assert_eq!(blog.export(&t, &first).await["state"], "cancelled");
    let answer = json!({"in_reply_to_id": first["id"], "body": "to what nobody got"});
    assert_eq!(t.post("/1.0/contents", answer).await.error(422), "not_synchronized");

    blog.script([Reaction::Hang("2")]);
    t.put(&path, json!({"active": true})).await.ok();
    blog.gets(1).await;
    assert_eq!(ask(&t, &second, "delete").await.error(409), "being_sent");
    blog.go_on();
    blog.synchronized(&t, &second, "success").await;
    assert_eq!(blog.got().len(), 1);
    assert_eq!(blog.got()[0].params["body"], "<p>two</p>");

    // What did not arrive is not there to be taken away, and what has no id cannot be named.
    blog.script([Reaction::Error("no", true), object(json!({"actions": ["delete"]}))]);
    let third = blog.reply(&t, &said, "three").await;
    blog.synchronized(&t, &third, "error").await;
    let fourth = blog.reply(&t, &said, "four").await;
    let fourth = blog.synchronized(&t, &fourth, "success").await;
    assert_eq!(fourth["capabilities"][0]["reason"], "no_remote_id");
    assert_eq!(ask(&t, &fourth, "delete").await.error(422), "no_remote_id");
    assert_eq!(ask(&t, &third, "delete").await.error(409), "not_exported_yet");
}

#[tokio::test]
async fn a_reply_becomes_what_the_other_side_made_of_it() {
    let t = TestApp::start().await;
    let blog = blog(&t).await;
    let said = blog.says(&t, "1", "42", "Hello").await;
    let answer = json!({"id": "2", "body": "<p>d*** it</p>", "actions": ["delete"], "display_url": "https://a.test/2"});
    blog.script([object(answer), object(json!({"id": "3", "body": "<p>as it was</p>", "updated_at": "2026-03-02"}))]);
    let reply = blog.reply(&t, &said, "damn it").await;
    let reply = blog.synchronized(&t, &reply, "success").await;
    assert_eq!((&reply["body_formatted"]["text"], &reply["edited_at"]), (&json!("d*** it"), &Value::Null));
    assert_eq!((&reply["source_url"], names(&reply)), (&json!("https://a.test/2"), vec!["delete"]));
    // Of what it says nothing of, all of its acts are offered that would change something.
    assert_eq!(names(&said), ["unpublish", "pin", "pin_to_top", "delete"]);
    let me = t.get("/1.0/users/me").await.ok();
    t.put(&format!("/1.0/users/{}", id(&me)), json!({"locale": "fr"})).await.ok();
    assert_eq!(blog.content(&t, "1").await["capabilities"][2]["label"], "\u{c9}pingler");
    let edits = told(&t, "content.edited").await;
    assert_eq!(edits[0]["resource"]["metadata"]["previous"], json!({"body": "damn it"}));
    let same = blog.reply(&t, &said, "as it was").await;
    let same = blog.synchronized(&t, &same, "success").await;
    assert_eq!((&same["body"], &same["body_input_format"]), (&json!("as it was"), &json!("text")));
    assert_eq!(told(&t, "content.edited").await.len(), 1);
}
