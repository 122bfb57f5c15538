//! From which of its addresses a mailbox writes.

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use super::outbound::{answer, by, read, settled};
use crate::support::dovecot::{Owner, mail};
use crate::support::smtp::Smtp;
use crate::support::{TestApp, id};

/// The address that the last mail is from.
fn from(smtp: &Smtp) -> String {
    read(&smtp.received().pop().expect("a mail")).from.expect("a sender").address
}

#[tokio::test]
async fn an_answer_goes_from_the_address_that_was_written_to_unless_somebody_chooses_another_one() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["from_addresses"] = json!("Sales@shop.test, help@shop.test");
    let made = connected(&t, &owner, more).await;
    let to = |list: &str, number: usize, title: &str| {
        mail(&format!("{number}@a.test"), "Ann <ann@a.test>", title, "", "Hello")
            .replace("To: Desk <desk@shop.test>", &format!("To: {list}"))
    };
    owner.append("INBOX", &to("Sales <sales@shop.test>, bo@b.test", 1, "Chairs")).await;
    owner.append("INBOX", &to("desk@shop.test", 2, "Order 12")).await;
    owner.append("INBOX", &to("a-list@lists.test", 3, "News")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let chairs = of(&all, "Chairs");
    let offer = async |content: &Value| t.get(&format!("/console/mail_composer?content_id={}", id(content))).await.ok();
    let offered = offer(chairs).await;
    let own = json!(["desk@shop.test", "sales@shop.test", "help@shop.test"]);
    assert_eq!(offered["own_addresses"], own);
    assert!(offered["from"].as_str().expect("a sender").ends_with("<sales@shop.test>"), "{offered}");
    // It is no other recipient of it.
    assert_eq!(offered["reply_all"], json!({"to": ["Ann <ann@a.test>", "bo@b.test"], "cc": []}));
    let first = settled(&t, &answer(&t, chairs, json!({})).await).await;
    assert_eq!((first["synchronization_status"].as_str(), from(&smtp).as_str()), (Some("success"), "sales@shop.test"));
    for title in ["Order 12", "News"] {
        settled(&t, &answer(&t, of(&all, title), json!({})).await).await;
        assert_eq!(from(&smtp), "desk@shop.test", "{title}");
    }
    let other = settled(&t, &answer(&t, chairs, json!({"from": "HELP@shop.test"})).await).await;
    assert_eq!(from(&smtp), "help@shop.test");
    // What is written after one's own goes from where that did.
    settled(&t, &answer(&t, &other, json!({})).await).await;
    assert_eq!(from(&smtp), "help@shop.test");
    // A new one goes from the mailbox's own, or from a chosen one.
    let new =
        |from: &str| json!({"source_id": id(&made), "title": "New", "to": ["cy@c.test"], "body": "x", "from": from});
    settled(&t, &t.post("/1.0/contents", new("")).await.ok()).await;
    assert_eq!(from(&smtp), "desk@shop.test");
    settled(&t, &t.post("/1.0/contents", new("Sales <sales@shop.test>")).await.ok()).await;
    assert_eq!(from(&smtp), "sales@shop.test");
    // Nobody writes as somebody else.
    for bad in ["boss@shop.test", "nobody", "ann@a.test"] {
        let refused = t.post("/1.0/contents", new(bad)).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("from")), "{bad}");
    }
    let wrong = t.put(&format!("/1.0/content_sources/{}", id(&made)), json!({"from_addresses": "@shop.test"})).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["field"]), (422, &json!("from_addresses")));
    // What comes from one of them is the company's.
    owner.append("INBOX", &mail("4@shop.test", "Sales <sales@shop.test>", "Notes", "", "By another program")).await;
    fetch(&t, &made).await;
    let notes = contents(&t, &made).await;
    assert_eq!(of(&notes, "Notes")["status"], "user_reply");
}
