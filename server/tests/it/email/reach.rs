//! Mails that do not reach whom they are written to: what is known of their addresses, and who has to do something.

use serde_json::{Value, json};

use super::inbound::{fetch, of};
use super::outbound::{answer, asked, by, read, report, settled};
use crate::support::dovecot::{Owner, mail};
use crate::support::smtp::Smtp;
use crate::support::{TestApp, id};

/// Those of some addresses that do not work.
async fn dead(t: &TestApp, addresses: &[&str]) -> Value {
    let query: String = addresses.iter().map(|one| format!("addresses[]={}&", one.replace('+', "%2B"))).collect();
    t.get(&format!("/console/dead_addresses?{query}")).await.ok()["addresses"].clone()
}

/// The same of a conversation's customer.
async fn shown(t: &TestApp, content: &Value) -> Value {
    let path = format!("/console/threads/{}", content["thread_id"].as_str().expect("an id"));
    t.get(&path).await.ok()["identity"]["dead_addresses"].clone()
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_known_until_mail_comes_from_it() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    assert_eq!(shown(&t, &asked).await, json!([]));
    let all = ["Ann <ANN@a.test>", "ann@a.test", "bo@b.test", "c@c.test", "nobody", ""];
    assert_eq!(dead(&t, &all).await, json!([]));
    // Of three, one is refused for what passes, and one as it does not exist.
    smtp.answer(&[("rcpt", "250 2.1.5 OK"), ("rcpt", "550 5.1.10 no such mailbox"), ("rcpt", "452 4.2.2 full")]);
    let sent = answer(&t, &asked, json!({"reply_all": true})).await;
    settled(&t, &sent).await;
    assert_eq!(dead(&t, &all).await, json!(["bo@b.test"]));
    // Nobody is left: nothing is sent, and the address is known all the same.
    smtp.answer(&[("rcpt", "550-5.1.1 There is\r\n550 5.1.1 nobody of that name")]);
    let sent = answer(&t, &asked, json!({})).await;
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
    assert_eq!(dead(&t, &all).await, json!(["Ann <ANN@a.test>", "ann@a.test", "bo@b.test"]));
    assert_eq!(shown(&t, &asked).await, json!(["ann@a.test"]));
    // It can be written to all the same; once mail comes from it, it works.
    let sent = answer(&t, &asked, json!({})).await;
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    let back = mail("2@a.test", "Ann <ann@A.test>", "Re: Order 12", "In-Reply-To: <1@a.test>\r\n", "I am here");
    owner.append("INBOX", &back).await;
    fetch(&t, &made).await;
    assert_eq!(shown(&t, &asked).await, json!([]));
    assert_eq!(dead(&t, &all).await, json!(["bo@b.test"]));
    // Reports tell it too; of a full mailbox they tell something else.
    let ours = read(&smtp.received().pop().expect("a mail")).message_id.expect("an id");
    owner.append("INBOX", &report(&ours, "ann@a.test", "failed", "5.2.2")).await;
    fetch(&t, &made).await;
    assert_eq!(shown(&t, &asked).await, json!([]));
    let sent = answer(&t, &asked, json!({})).await;
    settled(&t, &sent).await;
    let ours = read(&smtp.received().pop().expect("a mail")).message_id.expect("an id");
    let told = report(&ours, "ann@a.test", "failed", "5.1.2").replace("<rfailed@", "<other@");
    owner.append("INBOX", &told).await;
    fetch(&t, &made).await;
    assert_eq!(shown(&t, &asked).await, json!(["ann@a.test"]));
}

#[tokio::test]
async fn an_answer_that_comes_back_opens_the_case_of_whoever_wrote_it() {
    let t = TestApp::start().await;
    for (number, on) in [(1, Value::Null), (2, json!(false))] {
        let (mut owner, smtp) = (Owner::new().await, Smtp::open());
        let mut more = by(&smtp);
        more["reopen_failed"] = on.clone();
        let (made, asked) = asked(&t, &mut owner, more).await;
        let case = t.post("/1.0/interventions", json!({"content_id": id(&asked)})).await.ok();
        let sent = answer(&t, &asked, json!({})).await;
        settled(&t, &sent).await;
        t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
        let ours = read(&smtp.received()[0]).message_id.expect("an id");
        let told = |action: &str| report(&ours, "ann@a.test", action, "5.0.0").replace("<r", &format!("<{number}r"));
        let now = async || t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok();
        // What is only late opens nothing.
        owner.append("INBOX", &told("delayed")).await;
        fetch(&t, &made).await;
        assert_eq!(now().await["status"], "Closed");
        owner.append("INBOX", &told("failed")).await;
        fetch(&t, &made).await;
        let now = now().await;
        assert_eq!(now["status"], if on.is_null() { "Reopened" } else { "Closed" }, "{now}");
        let shown = t.get(&format!("/console/threads/{}", asked["thread_id"].as_str().expect("an id"))).await.ok();
        assert_eq!(shown["interventions"][0]["state"], if on.is_null() { "open" } else { "closed" });
        assert_eq!(of(&super::inbound::contents(&t, &made).await, "Order 12")["status"], "replied");
    }
}

#[tokio::test]
async fn a_mail_that_one_of_several_did_not_get_goes_again_to_that_one_alone() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let sent = answer(&t, &asked, json!({"to": ["ann@a.test", "bo@b.test"], "bcc": ["cy@c.test"]})).await;
    let ours = read(&smtp.wait(1).await[0]).message_id.expect("an id");
    settled(&t, &sent).await;
    owner.append("INBOX", &report(&ours, "bo@b.test", "failed", "5.1.1")).await;
    fetch(&t, &made).await;
    // That it was late is no news then.
    owner.append("INBOX", &report(&ours, "bo@b.test", "delayed", "4.2.0")).await;
    fetch(&t, &made).await;
    let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
    let of = |address: &str| {
        now["mail"]["deliveries"].as_array().expect("a list").iter().find(|one| one["address"] == address).cloned()
    };
    assert_eq!(of("bo@b.test").expect("bo")["code"], "5.1.1");
    t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
    let again = smtp.wait(2).await.remove(1);
    assert_eq!(again.told["to"], json!(["bo@b.test"]));
    settled(&t, &sent).await;
}
