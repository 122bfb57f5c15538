//! Mails that go out: answers and new ones, at a real server (aiosmtpd) and at one that does as it is told at each stage.

use std::time::Duration;

use mail::Letter;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::inbound::{connected, contents, fetch, of};
use crate::support::dovecot::{Owner, mail};
use crate::support::smtp::{Received, Smtp};
use crate::support::{TestApp, eventually, id, send};

/// What a source is made of whose mails go out by a server.
pub(super) fn by(smtp: &Smtp) -> Value {
    json!({
        "smtp_address": "127.0.0.1", "smtp_port": smtp.port(), "smtp_use_ssl_tls": false, "smtp_use_start_tls": false,
    })
}

/// A source that a customer's mail has come to; and that mail.
pub(super) async fn asked(t: &TestApp, owner: &mut Owner, more: Value) -> (Value, Value) {
    let made = connected(t, owner, more).await;
    let head = "Cc: Bo <bo@b.test>, c@c.test\r\nReferences: <0@a.test>\r\n";
    let one = mail("1@a.test", "\"Lee, Ann\" <Ann@a.test>", "Order 12", head, "Where is it?\r\n\r\nAnn");
    owner.append("INBOX", &one).await;
    fetch(t, &made).await;
    let content = of(&contents(t, &made).await, "Order 12").clone();
    (made, content)
}

pub(super) async fn answer(t: &TestApp, to: &Value, more: Value) -> Value {
    let mut body = json!({"in_reply_to_id": id(to), "body": "Here <it> is.\n\nÇa va."});
    body.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    t.post("/1.0/contents", body).await.ok()
}

pub(super) async fn settled(t: &TestApp, content: &Value) -> Value {
    eventually("the end of it", || async {
        let now = t.get(&format!("/1.0/contents/{}", id(content))).await.ok();
        (now["synchronization_status"] != "pending").then_some(now)
    })
    .await
}

pub(super) async fn upload(t: &TestApp, name: &str, bytes: &[u8]) -> Value {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    send(t.request(Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part))).await.ok()
}

pub(super) fn read(received: &Received) -> Letter {
    Letter::read(received.text.as_bytes(), None)
}

#[tokio::test]
async fn an_answer_goes_out_as_a_mail_and_what_answers_it_joins_its_conversation() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["signatures"] = json!([{"language": "en", "name": "s", "body": "The shop"}]);
    let (made, asked) = asked(&t, &mut owner, more).await;
    let told = t.get(&format!("/console/mail_composer?content_id={}", id(&asked))).await.ok();
    assert_eq!(told["refused"], Value::Null);
    assert_eq!(told["subject"], "Re: Order 12");
    assert_eq!(told["reply"], json!({"to": ["\"Lee, Ann\" <Ann@a.test>"], "cc": []}));
    let all = json!({"to": ["\"Lee, Ann\" <Ann@a.test>"], "cc": ["Bo <bo@b.test>", "c@c.test"]});
    assert_eq!((&told["reply_all"], &told["signature"]), (&all, &json!("The shop")));
    let sent = answer(&t, &asked, json!({})).await;
    assert_eq!((&sent["synchronization_status"], &sent["title"]), (&json!("pending"), &json!("Re: Order 12")));
    let received = smtp.wait(1).await.remove(0);
    assert_eq!(received.told["to"], json!(["Ann@a.test"]));
    let letter = read(&received);
    let ids = (letter.in_reply_to.join(" "), letter.references.join(" "));
    assert_eq!(ids, ("1@a.test".into(), "0@a.test 1@a.test".into()));
    assert_eq!(letter.subject, "Re: Order 12");
    assert!(letter.body.starts_with("Here <it> is.\n\nÇa va.\n\n-- \nThe shop\n\nOn "), "{}", letter.body);
    assert!(letter.body.contains("\n> Where is it?\n> \n> Ann"), "{}", letter.body);
    let html = letter.html.expect("html");
    assert!(html.contains("Here &lt;it&gt; is.") && html.contains("data-quoted"), "{html}");
    assert_eq!(letter.from.map(|from| from.address).as_deref(), Some("desk@shop.test"));
    let sent = settled(&t, &sent).await;
    assert_eq!(sent["synchronization_status"], "success");
    assert_eq!(sent["foreign_id"].as_str(), letter.message_id.as_deref());
    let delivered = json!([{"address": "ann@a.test", "field": "to", "state": "sent", "code": null, "reason": null}]);
    assert_eq!((&sent["mail"]["deliveries"], &sent["mail"]["thread_reason"]), (&delivered, &Value::Null));
    // Hers names ours, and ours before it when it is answered once more.
    let ours = letter.message_id.expect("an id");
    let head = format!("In-Reply-To: <{ours}>\r\nReferences: <0@a.test> <1@a.test> <{ours}>\r\n");
    owner.append("INBOX", &mail("2@a.test", "Ann <ann@a.test>", "Re: Order 12", &head, "Thanks")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let thanks = all.iter().find(|content| content["body"] == "Thanks").expect("her answer");
    assert_eq!((&thanks["thread_id"], &thanks["mail"]["thread_reason"]), (&sent["thread_id"], &json!("reference")));
    // What answers ours goes to those whom that went to.
    let again = answer(&t, &sent, json!({"quote_answered": false, "with_signature": false})).await;
    let received = smtp.wait(2).await.remove(1);
    let letter = read(&received);
    assert_eq!((received.told["to"].clone(), letter.body.as_str()), (json!(["Ann@a.test"]), "Here <it> is.\n\nÇa va."));
    assert_eq!(letter.references.last(), Some(&ours));
    assert_eq!(settled(&t, &again).await["synchronization_status"], "success");
}

#[tokio::test]
async fn a_new_mail_goes_to_everybody_who_is_named_with_its_files() {
    let t = TestApp::start().await;
    let (owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["reply_address"] = json!(true);
    let made = connected(&t, &owner, more).await;
    let file = upload(&t, "invoice é.txt", b"42 euros").await;
    let new = |more: Value| {
        let mut body = json!({
            "source_id": id(&made), "title": "Your invoice", "to": ["Ann Lee <ann@a.test>"], "body": "See there.",
            "cc": ["bo@b.test", "ANN@a.test"], "bcc": ["boss@shop.test"], "attachment_ids": [id(&file)],
        });
        body.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    for (field, value, name) in [
        ("to", json!(["nobody"]), "nobody"),
        ("cc", json!(["a@b.test", "x y@b.test"]), "x y@b.test"),
        ("bcc", json!(["a@b.test\r\nRCPT TO:<c@d.test>"]), "a@b.test\r\nRCPT TO:<c@d.test>"),
    ] {
        let refused = t.post("/1.0/contents", new(json!({ field: value }))).await;
        assert_eq!(refused.status.as_u16(), 422, "{}", refused.text);
        assert_eq!((&refused.json["field"], &refused.json["reason"]), (&json!(field), &json!("email")));
        assert_eq!(refused.json["values"]["name"], name);
    }
    let many: Vec<String> = (0..99).map(|n| format!("p{n}@a.test")).collect();
    for (field, given) in [
        ("title", json!({"title": ""})),
        ("to", json!({"to": []})),
        ("cc", json!({"cc": many, "bcc": []})),
        ("title", json!({"title": "x".repeat(501)})),
    ] {
        let mut given = given;
        if field == "cc" {
            given["to"] = json!(["a@a.test", "b@a.test"]);
        }
        let refused = t.post("/1.0/contents", new(given)).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!(field)), "{}", refused.text);
    }
    let sent = t.post("/1.0/contents", new(json!({}))).await.ok();
    let received = smtp.wait(1).await.remove(0);
    assert_eq!(received.told["to"], json!(["ann@a.test", "bo@b.test", "boss@shop.test"]));
    assert!(!received.text.contains("boss@"), "{}", received.text);
    let letter = read(&received);
    assert_eq!(letter.subject, "Your invoice");
    assert_eq!(
        letter.files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect::<Vec<_>>(),
        [("invoice é.txt", &b"42 euros"[..])]
    );
    let sent = settled(&t, &sent).await;
    assert_eq!((&sent["status"], &sent["mail"]["bcc"]), (&json!("user_initiated"), &json!(["boss@shop.test"])));
    let thread = t.get(&format!("/1.0/content_threads/{}", sent["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!(thread["title"], "Your invoice");
    // The address that answers come to names the conversation.
    let below = letter.reply_to.first().expect("an address").address.clone();
    assert!(below.starts_with("desk+h.") && below.ends_with("@shop.test"), "{below}");
    let (mut owner, answer) = (owner, format!("Message-ID: <9@a.test>\r\nFrom: ann@a.test\r\nTo: {below}\r\n\r\nOk"));
    owner.append("INBOX", &answer).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let ok = all.iter().find(|content| content["body"] == "Ok").expect("the answer");
    assert_eq!((&ok["thread_id"], &ok["mail"]["thread_reason"]), (&sent["thread_id"], &json!("token")));
}

#[tokio::test]
async fn what_the_server_does_not_want_is_shown_as_that() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    // One of three does not exist: the others get it.
    smtp.answer(&[("rcpt", "250 2.1.5 OK"), ("rcpt", "550 5.1.1 <bo@b.test> nobody here")]);
    let sent = answer(&t, &asked, json!({"reply_all": true})).await;
    let sent = settled(&t, &sent).await;
    assert_eq!(sent["synchronization_status"], "success");
    let states: Vec<_> = sent["mail"]["deliveries"].as_array().expect("a list").iter().map(|d| &d["state"]).collect();
    assert_eq!(states, ["sent", "failed", "sent"]);
    assert_eq!(sent["mail"]["deliveries"][1]["code"], "5.1.1");
    assert_eq!(smtp.received()[0].told["to"], json!(["Ann@a.test", "c@c.test"]));
    for (step, said, reason) in [
        ("rcpt", "550 5.1.1 nobody here", "550 5.1.1 nobody here"),
        ("data", "552 5.3.4 too large", "552 5.3.4 too large"),
        ("data", "550 5.7.60 not as this one", "550 5.7.60 not as this one"),
        ("mail", "550 5.1.0 go away", "550 5.1.0 go away"),
    ] {
        smtp.answer(&[(step, said)]);
        let sent = answer(&t, &asked, json!({})).await;
        let sent = settled(&t, &sent).await;
        assert_eq!(sent["synchronization_status"], "error", "{said}");
        assert_eq!(sent["synchronization_error"], reason);
        assert_eq!(sent["mail"]["deliveries"][0]["state"], "failed");
        // What is sent again is the same mail.
        let count = smtp.received().len();
        t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
        let again = smtp.wait(count + 1).await.pop().expect("a mail");
        let again = read(&again).message_id;
        assert_eq!(settled(&t, &sent).await["foreign_id"].as_str(), again.as_deref());
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_again_as_the_same_mail() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    for (step, said) in [("data", "drop"), ("data", "451 4.3.0 later"), ("rcpt", "451 4.2.0 greylisted")] {
        let before = smtp.received().len();
        smtp.answer(&[(step, said)]);
        let sent = answer(&t, &asked, json!({})).await;
        let tried = eventually("a try", || async {
            let all = t.get(&format!("/1.0/contents/{}/exports", id(&sent))).await.ok();
            let last = all[0]["attempts"].as_array().and_then(|tries| tries.last()).cloned().unwrap_or_default();
            last["outcome"].is_string().then_some(last)
        })
        .await;
        let expected = if said == "drop" { "unknown" } else { "failed" };
        assert_eq!(tried["outcome"], expected, "{said}: {tried}");
        t.clock.advance(Duration::from_secs(11));
        assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
        let all = smtp.received().split_off(before);
        assert!(all.windows(2).all(|pair| pair[0].text == pair[1].text), "{all:#?}");
    }
}

#[tokio::test]
async fn a_mailbox_without_a_server_refuses_and_says_so() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let (made, asked) = asked(&t, &mut owner, json!({})).await;
    let told = t.get(&format!("/console/mail_composer?source_id={}", id(&made))).await.ok();
    assert_eq!(told["refused"]["code"], "create_not_supported");
    let refused = t.post("/1.0/contents", json!({"in_reply_to_id": id(&asked), "body": "x"})).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json["error"]),
        (422, &json!("create_not_supported")),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_refused_while_it_is_written() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["smtp_max_bytes"] = json!(65_536);
    let (_, asked) = asked(&t, &mut owner, more).await;
    let file = upload(&t, "a.txt", &[b'a'; 50_000]).await;
    let body = json!({"in_reply_to_id": id(&asked), "body": "x", "attachment_ids": [id(&file)]});
    let refused = t.post("/1.0/contents", body).await;
    assert_eq!((refused.status.as_u16(), &refused.json["error"]), (422, &json!("mail_too_large")), "{}", refused.text);
}

#[tokio::test]
async fn what_never_gets_an_answer_is_left_to_the_agent() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    smtp.answer(&[("data", "drop"), ("data", "drop"), ("data", "drop")]);
    let sent = answer(&t, &asked, json!({})).await;
    for (count, pause) in [(1, 11), (2, 31), (3, 0)] {
        smtp.wait(count).await;
        attempts(&t, &sent, count).await;
        t.clock.advance(Duration::from_secs(pause));
    }
    let sent = settled(&t, &sent).await;
    assert_eq!(sent["synchronization_error"], "It may have arrived. Look before you send it again.");
    assert!(smtp.received().windows(2).all(|pair| pair[0].text == pair[1].text));
    t.put(&format!("/1.0/contents/{}/mark_as_sent", id(&sent)), json!({})).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
}

#[tokio::test]
async fn what_may_have_arrived_has_when_it_comes_back() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    // Long enough after the last look for another one.
    t.clock.advance(Duration::from_secs(11));
    smtp.answer(&[("data", "drop")]);
    let sent = answer(&t, &asked, json!({})).await;
    attempts(&t, &sent, 1).await;
    let received = smtp.received().remove(0);
    owner.append("INBOX", &received.text).await;
    t.post(&format!("/1.0/content_sources/{}/run", id(&made)), json!({})).await.ok();
    // Before it would be sent once more.
    let sent = settled(&t, &sent).await;
    assert_eq!(sent["synchronization_status"], "success");
    assert_eq!(sent["foreign_id"].as_str(), read(&received).message_id.as_deref());
    assert_eq!(sent["mail"]["deliveries"][0]["state"], "sent");
    assert_eq!(smtp.received().len(), 1);
}

/// Waits until so many tries at a content have ended.
pub(super) async fn attempts(t: &TestApp, content: &Value, count: usize) {
    eventually("tries", || async {
        let all = t.get(&format!("/1.0/contents/{}/exports", id(content))).await.ok();
        let ended = all[0]["attempts"].as_array()?.iter().filter(|one| one["outcome"].is_string()).count();
        (ended >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mail_of_ours_that_comes_back_is_known_whatever_it_is_called() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    owner.say("CREATE Sent").await;
    let mut more = by(&smtp);
    more["imap_mailbox_used_for_sent_mail"] = json!("Sent");
    more["imap_mailboxes_to_import"] = json!(["INBOX", "Sent"]);
    let (made, asked) = asked(&t, &mut owner, more).await;
    let sent = answer(&t, &asked, json!({})).await;
    let text = smtp.wait(1).await.remove(0).text;
    eventually("the copy", || async {
        let mut other = Owner::called(&owner.name).await;
        other.say("STATUS Sent (MESSAGES)").await.contains("MESSAGES 1").then_some(())
    })
    .await;
    // The server on the way has called it something else.
    let ours = read(&smtp.received()[0]).message_id.expect("an id");
    let renamed = text.replace(&format!("Message-ID: <{ours}>"), "Message-ID: <other@relay.test>");
    assert_ne!(renamed, text);
    owner.append("INBOX", &renamed).await;
    let head = "In-Reply-To: <other@relay.test>\r\nReferences: <other@relay.test>\r\n";
    owner.append("INBOX", &mail("2@a.test", "Ann <ann@a.test>", "Re: Order 12", head, "Got it")).await;
    // Somebody else's mail with our names in it is a mail like others.
    let forged = text.replace("From: ", "From: Eve <eve@e.test>\r\nX-From: ");
    owner.append("INBOX", &forged).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!(all.len(), 4, "{all:#?}");
    let got = all.iter().find(|content| content["body"] == "Got it").expect("the answer");
    assert_eq!((&got["thread_id"], &got["mail"]["thread_reason"]), (&sent["thread_id"], &json!("reference")));
    assert_eq!(all.iter().filter(|content| content["mail"]["from"] == "Eve <eve@e.test>").count(), 1);
    // What comes back names it as the server on the way does.
    owner.append("INBOX", &report("other@relay.test", "ann@a.test", "failed", "5.1.1")).await;
    fetch(&t, &made).await;
    let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
    assert_eq!(
        (&now["synchronization_status"], &now["mail"]["deliveries"][0]["state"]),
        (&json!("error"), &json!("failed"))
    );
}

/// A report of a server on a mail.
pub(super) fn report(of: &str, recipient: &str, action: &str, status: &str) -> String {
    format!(
        "Message-ID: <r{action}@relay.test>\r\nFrom: mailer-daemon@relay.test\r\nTo: desk@shop.test\r\n\
         Subject: Report\r\nDate: Mon, 2 Mar 2026 08:30:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.test\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} says the server\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Message-ID: <{of}>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn reports_change_what_is_known_of_a_mail_and_never_take_it_back() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let state = async |content: &Value| {
        let now = t.get(&format!("/1.0/contents/{}", id(content))).await.ok();
        let state = now["mail"]["deliveries"][0]["state"].clone();
        (now["synchronization_status"].clone(), state)
    };
    let sent = answer(&t, &asked, json!({})).await;
    let ours = read(&smtp.wait(1).await[0]).message_id.expect("an id");
    settled(&t, &sent).await;
    owner.append("INBOX", &report(&ours, "ann@a.test", "delayed", "4.2.0")).await;
    fetch(&t, &made).await;
    assert_eq!(state(&sent).await, (json!("success"), json!("sent")));
    owner.append("INBOX", &report(&ours, "ann@a.test", "failed", "5.1.1")).await;
    fetch(&t, &made).await;
    assert_eq!(state(&sent).await, (json!("error"), json!("failed")));
    let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
    let why = now["synchronization_error"].as_str().expect("a reason");
    assert!(why.starts_with("not delivered to ann@a.test: ") && why.contains("5.1.1"), "{why}");
    // It is sent again, and this time it arrives.
    t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
    smtp.wait(2).await;
    settled(&t, &sent).await;
    assert_eq!(state(&sent).await, (json!("success"), json!("sent")));
    owner.append("INBOX", &report(&ours, "ann@a.test", "delivered", "2.0.0")).await;
    fetch(&t, &made).await;
    assert_eq!(state(&sent).await, (json!("success"), json!("delivered")));
    let late = report(&ours, "ann@a.test", "failed", "5.1.1").replace("<rfailed@", "<late@");
    owner.append("INBOX", &late).await;
    fetch(&t, &made).await;
    assert_eq!(state(&sent).await, (json!("success"), json!("delivered")));
    // The reports stand with the conversation, and nobody has to answer them.
    let all = contents(&t, &made).await;
    let reports: Vec<_> = all.iter().filter(|content| content["title"] == "Report").collect();
    assert_eq!(reports.len(), 4);
    assert!(reports.iter().all(|one| one["thread_id"] == sent["thread_id"] && one["status"] == "ignored"));
}

/// Whoever decides about a mail that was not taken in sees whose it is, and all of it.
async fn shown_as_it_came(t: &TestApp, source: &Value, item: &Value) {
    let payload: Value = serde_json::from_str(item["payload"].as_str().expect("a text")).expect("JSON");
    assert_eq!((&payload["from"], &payload["subject"]), (&json!("dee@d.test"), &json!("F 200")));
    let raw = t.get(&format!("/1.0/content_sources/{}/parked_items/{}/raw", id(source), id(item))).await;
    assert!(raw.text.contains("Subject: F 200"), "{}", raw.text);
}

#[tokio::test]
async fn machines_get_few_answers_that_nobody_wrote_and_floods_are_kept_apart() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["auto_response_trigger_enabled"] = json!({"first_message_from_user": true});
    more["auto_response_triggers"] =
        json!([{"language": "en", "created_from_trigger": "first_message_from_user", "body": "We have it."}]);
    let made = connected(&t, &owner, more).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "One", "", "a")).await;
    fetch(&t, &made).await;
    let received = smtp.wait(1).await.remove(0);
    let letter = read(&received);
    assert_eq!((received.told["to"].clone(), letter.subject.as_str()), (json!(["ann@a.test"]), "Re: One"));
    assert_eq!(received.header("Auto-Submitted"), "auto-replied");
    assert!(letter.body.starts_with("We have it."), "{}", letter.body);
    // Our own mail, as another mailbox of this server would get it, and a vacation robot.
    let back = received.text.replace("From: ", "From: Other <other@shop.test>\r\nX-From: ");
    owner.append("INBOX", &back.replace("Message-ID: <h.", "Message-ID: <x.h.")).await;
    owner.append("INBOX", &mail("2@a.test", "Bo <bo@b.test>", "Away", "Auto-Submitted: auto-replied\r\n", "b")).await;
    // Three conversations of one person in a day, and no more; the first one counts.
    for n in 10..15 {
        owner.append("INBOX", &mail(&format!("{n}@a.test"), "Ann <ann@a.test>", &format!("Q {n}"), "", "q")).await;
    }
    fetch(&t, &made).await;
    owner.append("INBOX", &mail("99@a.test", "Cy <cy@c.test>", "Last", "", "z")).await;
    fetch(&t, &made).await;
    let all = eventually("the answers", || async {
        let all = smtp.received();
        all.iter().any(|one| one.told["to"] == json!(["cy@c.test"])).then_some(all)
    })
    .await;
    assert_eq!(all.iter().filter(|one| one.told["to"] == json!(["ann@a.test"])).count(), 3);
    assert_eq!(all.len(), 4, "{:?}", all.iter().map(|one| &one.told["to"]).collect::<Vec<_>>());
    for n in 0..210 {
        owner.append("INBOX", &mail(&format!("f{n}@d.test"), "dee@d.test", &format!("F {n}"), "", "z")).await;
    }
    fetch(&t, &made).await;
    let parked = t.get(&format!("/1.0/content_sources/{}/parked_items", id(&made))).await.ok();
    assert_eq!(parked["count"], 10, "{parked}");
    let item = &parked["records"][0];
    assert!(item["last_error"].as_str().expect("a reason").contains("200 mails of dee@d.test"), "{item}");
    shown_as_it_came(&t, &made, item).await;
    let path = format!("/1.0/content_sources/{}/parked_items/{}/retry", id(&made), id(item));
    t.put(&path, json!({})).await.ok();
    let parked = t.get(&format!("/1.0/content_sources/{}/parked_items", id(&made))).await.ok();
    assert_eq!(parked["count"], 9);
}

#[tokio::test]
async fn a_server_that_ends_at_any_stage_loses_and_doubles_nothing() {
    let mut t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    for (step, what) in [("mail", "drop"), ("rcpt", "drop"), ("mail", "hang"), ("rcpt", "hang"), ("data", "hang")] {
        let before = smtp.received().len();
        smtp.answer(&[(step, what)]);
        let sent = answer(&t, &asked, json!({"body": format!("{step} {what}")})).await;
        if what == "hang" {
            eventually("the stage", || async { smtp.hangs(step).then_some(()) }).await;
            t.restart().await;
        } else {
            attempts(&t, &sent, 1).await;
        }
        t.clock.advance(Duration::from_secs(11));
        assert_eq!(settled(&t, &sent).await["synchronization_status"], "success", "{step} {what}");
        let all = smtp.received().split_off(before);
        // It came once, but where the last word was missing: there it is the same mail.
        assert_eq!(all.len(), if step == "data" { 2 } else { 1 }, "{step} {what}");
        assert!(all.windows(2).all(|pair| pair[0].text == pair[1].text));
    }
}

/// A provider of sign-ins that answers so, one after the other; and what it was asked.
/// A provider of sign-ins that gives these answers, and what it was asked.
pub(super) async fn provider(answers: Vec<(u16, Value)>) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let asked = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
    let noted = asked.clone();
    tokio::spawn(async move {
        for (status, answer) in answers {
            let (mut line, _) = listener.accept().await.expect("a connection");
            let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
            let body = loop {
                let count = line.read(&mut buffer).await.expect("read");
                heard.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&heard).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length = head
                        .lines()
                        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                    if length.is_some_and(|length: usize| body.len() >= length) {
                        break body.to_owned();
                    }
                }
            };
            noted.lock().expect("a lock").push(body);
            let body = answer.to_string();
            let head = format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n");
            let all = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            line.write_all(all.as_bytes()).await.expect("written");
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_sign_in_is_renewed_by_its_newest_token_and_its_end_is_told() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let fresh = |token: &str, refresh: &str| {
        (200, json!({"access_token": token, "expires_in": 3600, "refresh_token": refresh}))
    };
    let over = json!({"error": "invalid_grant", "error_description": "AADSTS700082: it has expired\r\nTrace ID: 1"});
    let answers = vec![
        fresh("good-1", "second"),
        (503, json!({})),
        fresh("bad-2", "third"),
        fresh("good-3", "fourth"),
        (400, over.clone()),
        (400, over),
    ];
    let (url, heard) = provider(answers).await;
    let mut more = by(&smtp);
    more["smtp_authentication_type"] = json!("microsoft_identity_platform");
    more["smtp_username"] = json!("desk@shop.test");
    more["smtp_oauth_refresh_token"] = json!("first");
    more["oauth_client_id"] = json!("client");
    more["oauth_client_secret"] = json!("canary-oauth-secret");
    more["oauth_token_url"] = json!(url);
    let (made, asked) = asked(&t, &mut owner, more).await;
    let heard = || heard.lock().expect("a lock").clone();
    let user = |place: usize| smtp.received()[place].told["user"].clone();
    let send = async |count: usize| {
        let sent = answer(&t, &asked, json!({})).await;
        smtp.wait(count).await;
        assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    };
    send(1).await;
    send(2).await;
    assert_eq!((heard().len(), user(0), user(1)), (1, json!("good-1"), json!("good-1")));
    assert!(heard()[0].contains("refresh_token=first&client_id=client&client_secret=canary-oauth-secret&scope="));
    // The provider is away when four fifths are over: what is at hand serves on.
    t.clock.advance(Duration::from_secs(3000));
    send(3).await;
    assert_eq!((heard().len(), user(2)), (2, json!("good-1")));
    assert!(heard()[1].contains("refresh_token=second&"));
    // It gives one that the mail server does not take: another one is asked for, once.
    t.clock.advance(Duration::from_secs(700));
    send(4).await;
    assert_eq!((heard().len(), user(3)), (4, json!("good-3")));
    assert!(heard()[3].contains("refresh_token=third&"));
    // The sign-in is over.
    t.clock.advance(Duration::from_secs(3600));
    let waits = answer(&t, &asked, json!({})).await;
    attempts(&t, &waits, 1).await;
    let health = eventually("the end of the sign-in", || async {
        let told = t.get(&format!("/1.0/content_sources/{}/health", id(&made))).await.ok()["health"].clone();
        (told["state"] == "needs_reauth").then_some(told)
    })
    .await;
    assert!(health["message"].as_str().expect("a text").contains("AADSTS700082: it has expired"), "{health}");
    assert_eq!(smtp.received().len(), 4);
    let shown = t.get(&format!("/1.0/content_sources/{}", id(&made))).await.ok().to_string();
    assert!(!shown.contains("canary") && !shown.contains("good-3") && !shown.contains("access:"), "{shown}");
    t.leaves("a mail that waits for a sign-in");
}

#[tokio::test]
async fn what_waits_for_a_sign_in_goes_out_when_that_was_seen_to_work() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    smtp.answer(&[("mail", "530 5.7.0 Sign in first")]);
    let sent = answer(&t, &asked, json!({})).await;
    attempts(&t, &sent, 1).await;
    let tested = t.post(&format!("/1.0/content_sources/{}/test", id(&made)), json!({})).await.ok();
    assert_eq!(tested["ok"], true, "{tested}");
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
}
