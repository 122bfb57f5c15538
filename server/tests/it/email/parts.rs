//! Conversations of a mailbox that are split and merged.

use ::mail::Keys;
use reqwest::Method;
use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use crate::support::counted::assert_counted;
use crate::support::derived::assert_derived;
use crate::support::dovecot::{Owner, mail};
use crate::support::world::user;
use crate::support::{TestApp, eventually, id, send};

/// The bodies of a thread's contents, in their order.
async fn said(t: &TestApp, thread: &str) -> Vec<String> {
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    let all = view["contents"].as_array().expect("contents").iter();
    all.map(|content| content["body"].as_str().expect("a body").to_owned()).collect()
}

async fn deeds(t: &TestApp, thread: &str) -> Vec<(String, Value)> {
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    let all = view["lines"].as_array().expect("lines").iter();
    all.map(|line| (line["deed"].as_str().expect("a deed").to_owned(), line["other_id"].clone())).collect()
}

fn thread_of(content: &Value) -> String {
    content["thread_id"].as_str().expect("an id").to_owned()
}

/// A mailbox to which one person has written of two things, and the contents.
async fn two_conversations() -> (TestApp, Value, Vec<Value>) {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Order 12", "", "one")).await;
    owner.append("INBOX", &mail("2@a.test", "Ann <ann@a.test>", "Chairs", "", "two")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    (t, made, all)
}

async fn split(t: &TestApp, content: &Value) -> Value {
    let path = format!("/1.0/content_threads/{}/split", thread_of(content));
    t.post(&path, json!({"content_id": id(content)})).await.ok()
}

async fn shown(t: &TestApp, thread: &str) -> Value {
    t.get(&format!("/1.0/content_threads/{thread}")).await.ok()
}

#[tokio::test]
async fn a_conversation_is_split_and_merged_again_and_later_mails_follow() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let answers = |to: &str| format!("In-Reply-To: <{to}@a.test>\r\n");
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Order 12", "", "one")).await;
    owner.append("INBOX", &mail("2@a.test", "Bo <bo@b.test>", "Re: Order 12", &answers("1"), "two")).await;
    owner.append("INBOX", &mail("3@a.test", "Bo <bo@b.test>", "Re: Order 12", &answers("2"), "three")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let by = |body: &str| all.iter().find(|content| content["body_formatted"]["text"] == body).expect("a content");
    let old = thread_of(by("one"));
    assert_eq!(said(&t, &old).await, ["one", "two", "three"]);
    // Somebody is at work on Bo's mail, and has written a comment.
    let case = t.post("/1.0/interventions", json!({"content_id": id(by("two"))})).await.ok();
    let comment = json!({"intervention_id": id(&case), "body": "Is that Bo's order?"});
    t.post("/1.0/intervention_comments", comment).await.ok();
    found_in(&t, &old).await;

    let new = split(&t, by("two")).await;
    let to = id(&new).to_owned();
    assert_eq!(
        (said(&t, &old).await, said(&t, &to).await),
        (vec!["one".to_owned()], vec!["two".into(), "three".into()])
    );
    assert_eq!(
        (&new["contents_count"], &new["first_content_id"], &new["extra_data"]["previous_thread_id"]),
        (&json!(2), &by("two")["id"], &json!(old))
    );
    assert_eq!((&new["owner"]["id"], &shown(&t, &old).await["owner"]), (&case["user_id"], &Value::Null));
    assert_eq!(t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok()["thread_id"], json!(to));
    let part = t.get(&format!("/1.0/contents/{}", id(by("two")))).await.ok();
    assert_eq!((&part["first_in_thread"], &part["mail"]["thread_reason"]), (&json!(true), &json!("manual")));
    assert!(deeds(&t, &old).await.contains(&("split".to_owned(), json!(to))));
    assert!(deeds(&t, &to).await.contains(&("split_off".to_owned(), json!(old))));
    let view = t.get(&format!("/console/threads/{to}")).await.ok();
    assert_eq!(view["comments"][0]["body"], "Is that Bo's order?");
    // The words of a comment are where it is.
    found_in(&t, &to).await;
    assert_derived(&t).await;
    assert_counted(&t).await;

    // Who answers one of them is where that is.
    owner.append("INBOX", &mail("4@a.test", "Bo <bo@b.test>", "Re: Order 12", &answers("3"), "four")).await;
    owner.append("INBOX", &mail("5@a.test", "Ann <ann@a.test>", "Re: Order 12", &answers("1"), "five")).await;
    fetch(&t, &made).await;
    assert_eq!((said(&t, &old).await.len(), said(&t, &to).await.len()), (2, 3));
    for (thread, words) in [(&old, "one five"), (&to, "two three four")] {
        let found = t.get(&format!("/1.0/contents?q=thread:{thread}")).await.ok();
        assert_eq!(found["count"], words.split(' ').count(), "{found}");
    }

    merged(&t, &mut owner, &made, (&old, &to)).await;
    // A split where the other one begins parts them again.
    let again = split(&t, &t.get(&format!("/1.0/contents/{}", id(by("two")))).await.ok()).await;
    assert_eq!(said(&t, id(&again)).await, ["two", "three", "four", "six", "seven"]);
    assert_derived(&t).await;
    assert_counted(&t).await;
}

/// Waits until the words of the comment are found in one conversation.
async fn found_in(t: &TestApp, thread: &str) {
    eventually("the words of a comment", || async {
        let found = t.get("/console/threads?folder=all&q=bo's").await.ok();
        (found["count"] == 1 && found["records"][0]["id"] == thread).then_some(())
    })
    .await;
}

/// Has a conversation go into an older one, and a mail come by an address that named it.
async fn merged(t: &TestApp, owner: &mut Owner, made: &Value, (old, to): (&str, &str)) {
    // Both become one again: the older, whichever is named.
    let path = format!("/1.0/content_threads/{to}/merge");
    let whole = t.post(&path, json!({"thread_id": old})).await.ok();
    assert_eq!((id(&whole), &whole["contents_count"]), (old, &json!(5)));
    assert_eq!(said(t, old).await, ["one", "five", "two", "three", "four"]);
    assert_ne!(whole["owner"], Value::Null);
    let empty = shown(t, to).await;
    assert_eq!(
        (&empty["contents_count"], &empty["closed"], &empty["extra_data"]["merged_into"]),
        (&json!(0), &json!(true), &json!(old))
    );
    assert!(deeds(t, old).await.contains(&("merged".to_owned(), json!(to))));
    assert!(deeds(t, to).await.contains(&("merged_into".to_owned(), json!(old))));
    assert_derived(t).await;
    assert_counted(t).await;

    // An address that named the younger one leads to the older, and so does an answer to what was in it.
    let ours = Keys(&t.app.keys).address(to, "desk@shop.test").expect("an address");
    owner.append("INBOX", &mail("6@a.test", "Bo <bo@b.test>", "Hello", &format!("Cc: {ours}\r\n"), "six")).await;
    owner
        .append("INBOX", &mail("7@a.test", "Bo <bo@b.test>", "Re: Order 12", "In-Reply-To: <4@a.test>\r\n", "seven"))
        .await;
    fetch(t, made).await;
    assert_eq!(said(t, old).await.len(), 7);
}

#[tokio::test]
async fn of_two_open_cases_of_one_customer_the_younger_conversations_is_closed() {
    let (t, _, all) = two_conversations().await;
    let mut cases = Vec::new();
    for title in ["Order 12", "Chairs"] {
        cases.push(t.post("/1.0/interventions", json!({"content_id": id(of(&all, title))})).await.ok());
    }
    let (one, two) = (thread_of(of(&all, "Order 12")), thread_of(of(&all, "Chairs")));
    t.post(&format!("/1.0/content_threads/{one}/merge"), json!({"thread_id": two})).await.ok();
    for (case, status) in cases.iter().zip(["Opened", "Closed"]) {
        let case = t.get(&format!("/1.0/interventions/{}", id(case))).await.ok();
        assert_eq!((&case["status"], &case["thread_id"]), (&json!(status), &json!(one)));
    }
    assert_derived(&t).await;
    assert_counted(&t).await;
}

#[tokio::test]
async fn what_cannot_be_split_or_merged_says_why() {
    let (t, made, all) = two_conversations().await;
    let (first, other) = (of(&all, "Order 12"), of(&all, "Chairs"));
    let path = |what: &str| format!("/1.0/content_threads/{}/{what}", thread_of(first));
    let at = |content: &Value| json!({"content_id": id(content)});
    assert_eq!(t.post(&path("split"), at(first)).await.error(422), "nothing_to_split");
    assert_eq!(t.post(&path("split"), at(other)).await.json["field"], "content_id");
    assert_eq!(t.post(&path("split"), json!({})).await.json["field"], "content_id");
    for bad in [json!({}), json!({"thread_id": thread_of(first)}), json!({"thread_id": "111111111111111111111111"})] {
        assert_eq!(t.post(&path("merge"), bad).await.json["field"], "thread_id");
    }
    let shop = crate::support::world::World::new(&t).await;
    let chat = crate::support::visitor::Visitor::new(&t, &shop.chat).await.write(&t, None, "Hello").await;
    let (content, thread) = (id(&chat["message"]).to_owned(), id(&chat["thread"]).to_owned());
    let path_of = format!("/1.0/content_threads/{thread}");
    let refused = t.post(&format!("{path_of}/split"), json!({"content_id": content})).await;
    assert_eq!(refused.error(422), "not_a_mailbox");
    let refused = t.post(&path("merge"), json!({"thread_id": thread})).await;
    assert_eq!(refused.json["field"], "thread_id");
    let (nobody, stranger) = user(&t, "Stranger", "Agent").await;
    let given = json!({id(&made): ""});
    t.put(&format!("/1.0/users/{}/sources_permissions", id(&nobody)), given).await.ok();
    let asked = t.request_as(&stranger, Method::POST, &path("split")).json(&at(first));
    assert_eq!(send(asked).await.status, 404);
}
