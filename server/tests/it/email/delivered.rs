//! Debian's mail server (Exim) between the desk and its customers: nothing is carried by hand, and whoever does not exist is
//! told of as a real server tells it.

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch};
use super::outbound::{answer, settled};
use super::round::use_mailbox;
use crate::support::dovecot::Owner;
use crate::support::exim::exim;
use crate::support::{TestApp, eventually, id};

/// A desk's mailbox of that server, as a source.
async fn desk(t: &TestApp) -> (Value, String) {
    let owner = Owner::new().await;
    let address = format!("{}@shop.test", owner.name);
    let more = json!({
        "imap_smtp_email": address, "smtp_address": "127.0.0.1", "smtp_port": exim(), "smtp_use_ssl_tls": false,
        "smtp_use_start_tls": false, "reply_address": true,
    });
    (connected(t, &owner, more).await, address)
}

/// The content of a source that says this, once its mailbox has it.
async fn said(t: &TestApp, source: &Value, words: &str) -> Value {
    eventually("the mail", || async {
        fetch(t, source).await;
        let all = contents(t, source).await;
        all.into_iter().find(|one| one["body"].as_str().is_some_and(|body| body.starts_with(words)))
    })
    .await
}

#[tokio::test]
async fn a_question_and_its_answers_go_the_whole_way_by_themselves() {
    let t = TestApp::start().await;
    let (made, address) = desk(&t).await;
    let mut customer = Owner::new().await;
    let from = format!("Ann Lée <{}@a.test>", customer.name);
    use_mailbox(
        &customer,
        exim(),
        &from,
        &format!("mail {address}\nOù est ma commande ?\nUne ligne — “longue” :\n. un point"),
    );
    let asked = said(&t, &made, "Où est ma commande ?").await;
    assert!(asked["body"].as_str().is_some_and(|body| body.ends_with("\n. un point")), "{asked}");
    let long = "mot ".repeat(400);
    let text = format!("Elle est partie hier.\n. Un point, et une ligne sans fin : {long}fin");
    let sent = settled(&t, &answer(&t, &asked, json!({"body": text})).await).await;
    assert_eq!(sent["synchronization_status"], "success", "{sent}");
    eventually("the answer in her mailbox", async || {
        let told = Owner::called(&customer.name).await.say("STATUS INBOX (MESSAGES)").await;
        told.contains("MESSAGES 1)").then_some(())
    })
    .await;
    customer.say("SELECT INBOX").await;
    let structure = customer.say("FETCH 1 (BODY[])").await;
    assert!(
        structure.contains("Message-ID: ") && structure.contains(&format!("Return-path: <{address}>")),
        "{structure}"
    );
    assert!(structure.lines().all(|line| line.len() <= 998), "no line that a server may cut");
    use_mailbox(&customer, exim(), &from, "reply 1\nMerci, ça va.");
    let back = said(&t, &made, "Merci, ça va.").await;
    assert_eq!((&back["thread_id"], &back["author_id"]), (&asked["thread_id"], &asked["author_id"]));
    assert_eq!(back["mail"]["thread_reason"], "token");
}

#[tokio::test]
async fn whoever_has_no_mailbox_is_told_of_at_once_or_by_a_report() {
    let t = TestApp::start().await;
    let (made, _) = desk(&t).await;
    let begin = async |to: &str| {
        let new = json!({"source_id": id(&made), "title": "Your order", "to": [to], "body": "It has left."});
        settled(&t, &t.post("/1.0/contents", new).await.ok()).await
    };
    let refused = begin("nobody@a.test").await;
    assert_eq!(refused["synchronization_status"], "error", "{refused}");
    let delivery = &refused["mail"]["deliveries"][0];
    let told = json!([delivery["state"], delivery["code"], delivery["reason"]]);
    assert_eq!(told, json!(["failed", "550", "No such mailbox here"]));
    // That one is taken first, and sent back.
    let taken = begin("left@later.test").await;
    assert_eq!(taken["synchronization_status"], "success", "{taken}");
    let told = eventually("the report", || async {
        fetch(&t, &made).await;
        let now = t.get(&format!("/1.0/contents/{}", id(&taken))).await.ok();
        (now["synchronization_status"] == "error").then_some(now)
    })
    .await;
    let delivery = &told["mail"]["deliveries"][0];
    assert_eq!(delivery["state"], "failed", "{told}");
    assert!(delivery["reason"].as_str().is_some_and(|why| why.contains("The mailbox is closed")), "{told}");
    // The report lies in the same conversation.
    let all = contents(&t, &made).await;
    let report = all.iter().find(|one| one["mail"]["thread_reason"] == "reference").expect("a report");
    assert_eq!((&report["thread_id"], all.len()), (&taken["thread_id"], 3));
    // Nobody else than the customer has written there.
    assert_eq!(report["mail"]["notes"], json!([]));
}
