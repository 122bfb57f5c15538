//! Whom mails go to, in whatever script their addresses are written, and what their readers report.

use serde_json::{Value, json};

use super::inbound::{connected, fetch};
use super::outbound::{answer, asked, by, read, settled};
use crate::support::dovecot::Owner;
use crate::support::smtp::Smtp;
use crate::support::{TestApp, id};

/// A new mail to these.
async fn write(t: &TestApp, source: &Value, to: &[&str]) -> Value {
    let body = json!({"source_id": id(source), "title": "Hello", "to": to, "body": "Grüße"});
    settled(t, &t.post("/1.0/contents", body).await.ok()).await
}

#[tokio::test]
async fn addresses_of_any_script_go_to_servers_that_take_them_and_domains_to_all() {
    let t = TestApp::start().await;
    for utf8 in [false, true] {
        let (owner, smtp) = (Owner::new().await, Smtp::offering(json!({"utf8": utf8})));
        let made = connected(&t, &owner, by(&smtp)).await;
        // A domain has a form that every server knows.
        let sent = write(&t, &made, &["Zoë <zoe@bücher.test>", "ann@a.test"]).await;
        assert_eq!(sent["synchronization_status"], "success", "{utf8}: {sent}");
        let received = smtp.received().remove(0);
        assert_eq!(received.told["to"], json!(["zoe@xn--bcher-kva.test", "ann@a.test"]));
        let letter = read(&received);
        let to: Vec<_> = letter.to.iter().map(|to| (to.name.as_deref(), to.address.as_str())).collect();
        assert_eq!(to, [(Some("Zoë"), "zoe@xn--bcher-kva.test"), (None, "ann@a.test")]);
        assert!(received.text.is_ascii(), "{}", received.text);
        // What stands before the @ has none.
        let sent = write(&t, &made, &["ann@a.test", "zoë@b.test"]).await;
        if !utf8 {
            let why = (&sent["synchronization_status"], &sent["synchronization_error"]);
            let expected = "553 the server takes no addresses such as zoë@b.test";
            assert_eq!(why, (&json!("error"), &json!(expected)));
            assert_eq!(smtp.received().len(), 1);
            continue;
        }
        assert_eq!(sent["synchronization_status"], "success", "{sent}");
        let received = smtp.received().remove(1);
        assert_eq!(received.told["to"], json!(["ann@a.test", "zoë@b.test"]));
        // The server tells bytes as they came.
        let bytes: Vec<u8> = received.text.chars().map(|c| c as u8).collect();
        let letter = ::mail::Letter::read(&bytes, None);
        assert_eq!(letter.to.iter().map(|to| to.address.as_str()).collect::<Vec<_>>(), ["ann@a.test", "zoë@b.test"]);
        assert_eq!(letter.body, "Grüße");
    }
}

#[tokio::test]
async fn an_answer_to_all_leaves_out_whom_the_source_leaves_out() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["cc_blacklist"] = json!(["BO@b.test"]);
    let (_, asked) = asked(&t, &mut owner, more).await;
    let told = t.get(&format!("/console/mail_composer?content_id={}", id(&asked))).await.ok();
    assert_eq!(told["reply_all"]["cc"], json!(["c@c.test"]));
    let sent = answer(&t, &asked, json!({"reply_all": true})).await;
    settled(&t, &sent).await;
    assert_eq!(smtp.received()[0].told["to"], json!(["Ann@a.test", "c@c.test"]));
    // Whoever is named by hand gets it.
    let sent = answer(&t, &asked, json!({"to": ["ann@a.test"], "cc": ["bo@b.test"]})).await;
    settled(&t, &sent).await;
    assert_eq!(smtp.received()[1].told["to"], json!(["ann@a.test", "bo@b.test"]));
}

/// What the program of a reader says of a mail (RFC 8098).
fn shown(of: &str, number: u32, disposition: &str) -> String {
    format!(
        "Message-ID: <m{number}@a.test>\r\nFrom: Ann <ann@a.test>\r\nTo: desk@shop.test\r\nSubject: Read: Order 12\r\n\
         Date: Mon, 2 Mar 2026 08:30:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n\r\n\
         See below.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n\
         Reporting-UA: a.test; Mail 1\r\nFinal-Recipient: rfc822; ann@a.test\r\nOriginal-Message-ID: <{of}>\r\n\
         Disposition: manual-action/MDN-sent-manually; {disposition}\r\n\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn a_report_that_a_mail_was_shown_has_it_read() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let sent = answer(&t, &asked, json!({})).await;
    settled(&t, &sent).await;
    let ours = read(&smtp.received()[0]).message_id.expect("an id");
    let state = async || {
        let thread = t.get(&format!("/console/threads/{}", asked["thread_id"].as_str().expect("an id"))).await.ok();
        let contents = thread["contents"].as_array().cloned().unwrap_or_default();
        let ours = contents.into_iter().find(|one| one["id"] == sent["id"]).expect("ours");
        (ours["mail"]["deliveries"][0]["state"].clone(), ours["delivered"].clone(), ours["read"].clone())
    };
    assert_eq!(state().await, (json!("sent"), json!(false), json!(false)));
    // Whoever throws it away unread has not read it.
    owner.append("INBOX", &shown(&ours, 1, "deleted")).await;
    fetch(&t, &made).await;
    assert_eq!(state().await, (json!("sent"), json!(false), json!(false)));
    owner.append("INBOX", &shown(&ours, 2, "displayed")).await;
    fetch(&t, &made).await;
    assert_eq!(state().await, (json!("read"), json!(true), json!(true)));
    // Nobody has to answer that, and it stands with the conversation.
    let all = super::inbound::contents(&t, &made).await;
    let reports: Vec<_> = all.iter().filter(|one| one["title"] == "Read: Order 12").collect();
    assert!(reports.len() == 2 && reports.iter().all(|one| one["thread_id"] == asked["thread_id"]), "{reports:#?}");
    assert!(reports.iter().all(|one| one["status"] == "ignored"), "{reports:#?}");
}
