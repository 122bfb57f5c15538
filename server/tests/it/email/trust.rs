//! What a mail says of itself is what its sender likes: nothing of it makes us write to others, answer for the company or
//! lose what came.

use std::time::Duration;

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use super::loops::{FIRST, answering};
use super::outbound::by;
use crate::support::dovecot::{Owner, PASSWORD, mail};
use crate::support::smtp::Smtp;
use crate::support::{TestApp, eventually, eventually_later, id};

#[tokio::test]
async fn what_nobody_wrote_goes_to_whoever_has_written_and_to_nobody_whom_they_name() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let made = connected(&t, &owner, answering(&smtp, "desk@shop.test", &[FIRST])).await;
    for n in 0..5 {
        let head = "Reply-To: victim@v.test, second@v.test\r\n";
        owner.append("INBOX", &mail(&format!("{n}@x.test"), "eve@x.test", &format!("Q {n}"), head, "q")).await;
    }
    owner.append("INBOX", &mail("9@a.test", "Ann <ann@a.test>", "Last", "", "z")).await;
    fetch(&t, &made).await;
    let all = eventually("the last answer", || async {
        let all = smtp.received();
        (all.len() >= 4 && all.iter().any(|one| one.told["to"] == json!(["ann@a.test"]))).then_some(all)
    })
    .await;
    let mut to: Vec<&Value> = all.iter().map(|one| &one.told["to"]).collect();
    to.retain(|to| **to != json!(["ann@a.test"]));
    assert_eq!(to, [&json!(["eve@x.test"]); 3]);
}

#[tokio::test]
async fn who_names_the_company_as_the_sender_answers_nobody() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    owner.say("CREATE Sent").await;
    let boxes = json!({"imap_mailboxes_to_import": ["INBOX", "Sent"], "imap_mailbox_used_for_sent_mail": "Sent",
                       "authserv_id": "mx.shop.test"});
    let made = connected(&t, &owner, boxes).await;
    let judged = |verdict: &str| format!("Authentication-Results: mx.shop.test; dmarc={verdict}\r\n");
    // By whom it is, and whether the customer has an answer then.
    let cases = [
        ("INBOX", String::new(), true, "new"),
        ("INBOX", judged("none"), true, "new"),
        ("INBOX", "Authentication-Results: evil.test; dmarc=pass\r\n".to_owned(), true, "new"),
        ("INBOX", judged("none smtp.mailfrom=\"x; dmarc=pass\"@evil.test (a; dmarc=pass)"), true, "new"),
        ("INBOX", judged("fail") + &judged("pass"), false, "new"),
        ("INBOX", judged("pass"), true, "replied"),
        ("Sent", String::new(), true, "replied"),
    ];
    for (n, (mailbox, head, company, status)) in cases.into_iter().enumerate() {
        let (asks, says) = (format!("Q {n}"), format!("A {n}"));
        owner.append("INBOX", &mail(&format!("{n}@a.test"), "ann@a.test", &asks, "", "q")).await;
        fetch(&t, &made).await;
        let head = format!("In-Reply-To: <{n}@a.test>\r\n{head}");
        owner.append(mailbox, &mail(&format!("{n}@shop.test"), "desk@shop.test", &says, &head, "no")).await;
        fetch(&t, &made).await;
        let all = contents(&t, &made).await;
        let (question, answer) = (of(&all, &asks), of(&all, &says));
        assert_eq!(question["thread_id"], answer["thread_id"], "{n}");
        assert_eq!(question["status"], status, "{n}");
        let author = t.get(&format!("/1.0/identities/{}", answer["author_id"].as_str().expect("an id"))).await.ok();
        assert_eq!(author["foreign_id"] != "desk@shop.test", company, "{n}: {author}");
        assert_eq!(answer["mail"]["notes"] == json!(["forged", "other_address"]), !company, "{n}: {}", answer["mail"]);
    }
}

#[tokio::test]
async fn secrets_go_to_no_other_server_than_they_were_given_for() {
    let t = TestApp::start().await;
    let (owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    (more["smtp_username"], more["smtp_password"]) = (json!("desk"), json!("canary"));
    more["imap_oauth_refresh_token"] = json!("canary-token");
    let made = connected(&t, &owner, more).await;
    let path = format!("/1.0/content_sources/{}", id(&made));
    for (moved, needs) in [
        (json!({"imap_address": "evil.test"}), "imap_password"),
        (json!({"smtp_address": "evil.test"}), "smtp_password"),
        (json!({"smtp_address": "evil.test", "imap_password": "x"}), "smtp_password"),
        (json!({"smtp_address": "evil.test", "smtp_password": "x"}), "imap_oauth_refresh_token"),
    ] {
        let refused = t.put(&path, moved).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!(needs)), "{}", refused.text);
    }
    // Away and to another one is no way around it.
    t.put(&path, json!({"active": false, "imap_address": null})).await.ok();
    assert_eq!(t.put(&path, json!({"imap_address": "evil.test"})).await.json["field"], "imap_password");
    t.put(&path, json!({"imap_address": "localhost", "imap_password": PASSWORD, "imap_oauth_refresh_token": ""}))
        .await
        .ok();
    t.put(&path, json!({"imap_address": "LOCALHOST"})).await.ok();
}

#[tokio::test]
async fn of_a_mail_that_was_not_taken_whole_the_bytes_stay() {
    let t = TestApp::start_with(|config| config.attachment_max_bytes = 1000).await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let file = "A".repeat(2000);
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: attachment; filename=a.pdf\r\n\r\n{file}\r\n--b--"
    );
    owner.append("INBOX", &mail("1@a.test", "ann@a.test", "Large", head, &body)).await;
    owner.append("INBOX", &mail("2@a.test", "ann@a.test", "Small", "", "x")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let left_out = json!([{"name": "a.pdf", "size": 2000}]);
    assert_eq!((&of(&all, "Large")["mail"]["notes"], &of(&all, "Large")["mail"]["left_out"]), (&json!([]), &left_out));
    let raw = |title: &str| format!("/1.0/contents/{}/raw", id(of(&all, title)));
    assert_eq!(t.get(&raw("Small")).await.status, 200);
    t.clock.advance(Duration::from_secs(31 * 86_400));
    eventually("the small one is forgotten", || async { (t.get(&raw("Small")).await.status == 404).then_some(()) })
        .await;
    assert!(t.get(&raw("Large")).await.text.contains(&file));
}

#[tokio::test]
async fn a_mail_of_which_nothing_was_said_yet_only_waits_when_the_server_is_stopped() {
    let mut t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let made = connected(&t, &owner, by(&smtp)).await;
    for n in 0..3 {
        owner.append("INBOX", &mail(&format!("{n}@a.test"), &format!("p{n}@a.test"), &format!("Q {n}"), "", "q")).await;
    }
    fetch(&t, &made).await;
    smtp.answer(&[("data", "hang")]);
    let mut sent = Vec::new();
    for asked in contents(&t, &made).await {
        sent.push(t.post("/1.0/contents", json!({"in_reply_to_id": id(&asked), "body": "yes"})).await.ok());
    }
    eventually("the first one", || async { smtp.hangs("data").then_some(()) }).await;
    t.restart().await;
    let mut unknown = 0;
    for content in &sent {
        let all = t.get(&format!("/1.0/contents/{}/exports", id(content))).await.ok();
        let tries = all[0]["attempts"].as_array().cloned().unwrap_or_default();
        unknown += tries.iter().filter(|one| one["outcome"] == "unknown").count();
    }
    assert_eq!(unknown, 1, "only what the server has heard of may have arrived");
    eventually_later(&[&t], "all of them", || async {
        let mut done = 0;
        for content in &sent {
            let now = t.get(&format!("/1.0/contents/{}", id(content))).await.ok();
            done += usize::from(now["synchronization_status"] == "success");
        }
        (done == 3).then_some(())
    })
    .await;
}
