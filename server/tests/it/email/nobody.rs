//! Mails that do not say from whom they are: none of them is lost, and none keeps another one waiting.

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch};
use super::outbound::{by, settled};
use crate::support::dovecot::{Owner, mail};
use crate::support::smtp::Smtp;
use crate::support::{TestApp, id};

/// A mail with this in the place of who it is from.
fn written(number: usize, from: &str) -> String {
    let body = format!("words {number}");
    mail(&format!("{number}@a.test"), "SOMEBODY", "Order 12", "", &body).replace("From: SOMEBODY\r\n", from)
}

fn said(all: &[Value], number: usize) -> &Value {
    let words = format!("words {number}");
    all.iter().find(|one| one["body_formatted"]["text"] == words).unwrap_or_else(|| panic!("{words} is lost"))
}

#[tokio::test]
async fn a_mail_of_which_nobody_knows_whose_it_is_comes_in_like_any_other() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["threading_heuristics"] = json!(true);
    let made = connected(&t, &owner, more).await;
    let froms = [
        "",
        "From: <>\r\n",
        "From: Ann of the shop\r\n",
        "From: undisclosed:;\r\n",
        "From: @@ <not an address>, \r\n",
        "From:\r\nReply-To: Bo <bo@b.test>\r\n",
        "From: Cy <cy@c.test>\r\n",
    ];
    for (number, from) in froms.iter().enumerate() {
        owner.append("INBOX", &written(number, from)).await;
    }
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!(all.len(), froms.len(), "{all:#?}");
    let path = format!("/1.0/content_sources/{}", id(&made));
    assert_eq!(t.get(&format!("{path}/parked_items")).await.ok()["count"], 0);
    // They are not one person's: what one of them says is no part of another one's conversation.
    let threads: std::collections::HashSet<&str> =
        (0..froms.len()).map(|number| said(&all, number)["thread_id"].as_str().expect("an id")).collect();
    assert_eq!(threads.len(), froms.len());
    // It may say whom to answer.
    let bo = t.get(&format!("/1.0/identities/{}", said(&all, 5)["author_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&bo["email"], &bo["screenname"]), (&json!("bo@b.test"), &json!("Bo")));
    // Else who answers says so.
    let reply = |more: Value| {
        let mut given = json!({"in_reply_to_id": said(&all, 0)["id"], "body": "Who are you?"});
        given.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        given
    };
    let refused = t.post("/1.0/contents", reply(json!({}))).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("to")), "{}", refused.json);
    let sent = t.post("/1.0/contents", reply(json!({"to": ["ann@a.test"]}))).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    // The next run has nothing to do again.
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), froms.len() + 1);
}
