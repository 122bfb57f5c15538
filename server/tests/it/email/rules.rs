//! To which conversation a mail comes, and which wait for nobody.

use std::time::Duration;

use ::mail::Keys;
use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use crate::support::dovecot::{Owner, mail};
use crate::support::{TestApp, id};

/// The reason why a mail is where it is.
fn reason(content: &Value) -> &str {
    content["mail"]["thread_reason"].as_str().expect("a reason")
}

#[tokio::test]
async fn an_address_with_a_mark_of_ours_leads_to_its_conversation_whatever_else_a_mail_says() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Order 12", "", "Where is it?")).await;
    owner.append("INBOX", &mail("2@a.test", "Bo <bo@b.test>", "Chairs", "", "Which?")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let thread = of(&all, "Order 12")["thread_id"].as_str().expect("an id").to_owned();
    let ours = Keys(&t.app.keys).address(&thread, "desk@shop.test").expect("an address");
    // It is closed and old by now, and the mail answers another one under another subject.
    t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    t.clock.advance(Duration::from_secs(60 * 86_400));
    let to = format!("Cc: <{ours}>\r\nIn-Reply-To: <2@a.test>\r\n");
    owner.append("INBOX", &mail("3@a.test", "Ann <ann@a.test>", "Something else", &to, "Hello again")).await;
    // A mark that somebody has guessed is none.
    let guessed = ours.replace(&ours[ours.len() - 20..ours.len() - 10], "0123456789");
    let to = format!("Cc: <{guessed}>\r\n");
    owner.append("INBOX", &mail("4@a.test", "Eve <eve@e.test>", "Let me in", &to, "x")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let again = of(&all, "Something else");
    assert_eq!((reason(again), &again["thread_id"]), ("token", &json!(thread)));
    assert_eq!(reason(of(&all, "Let me in")), "new");
    assert_ne!(of(&all, "Let me in")["thread_id"], json!(thread));
}

#[tokio::test]
async fn a_report_goes_to_what_it_reports_on_and_waits_for_nobody() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Order 12", "", "Where is it?")).await;
    owner
        .append(
            "INBOX",
            &mail("2@shop.test", "Desk <desk@shop.test>", "Re: Order 12", "In-Reply-To: <1@a.test>\r\n", "Here"),
        )
        .await;
    fetch(&t, &made).await;
    let body = "--r\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--r\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.a.test\r\n\r\n\
        Final-Recipient: rfc822; ann@a.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--r\r\n\
        Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2@shop.test>\r\nSubject: Re: Order 12\r\n\r\n--r--";
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n";
    owner.append("INBOX", &mail("3@mx.test", "<mailer-daemon@a.test>", "Undelivered", more, body)).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let report = of(&all, "Undelivered");
    assert_eq!((reason(report), &report["thread_id"]), ("report", &of(&all, "Order 12")["thread_id"]));
    assert_eq!((&report["status"], &report["auto_submitted"]), (&json!("ignored"), &json!(true)));
}

#[tokio::test]
async fn a_subject_alone_joins_only_where_that_is_wanted_and_clear() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let given = json!({"threading_heuristics": true, "time_for_thread_inclusion": 3600});
    let made = connected(&t, &owner, given).await;
    let ann = "Ann <ann@a.test>";
    let mut mails = vec![
        ("1@a.test", ann, "Order 12", "new"),
        ("2@a.test", ann, "RE: [list] order 12", "subject"),
        // Of somebody else, and what says too little.
        ("3@a.test", "Bo <bo@b.test>", "Re: Order 12", "new"),
        ("4@a.test", ann, "Hello", "new"),
        ("5@a.test", ann, "Re: Hello", "new"),
    ];
    for (id, from, subject, _) in &mails {
        owner.append("INBOX", &mail(id, from, subject, "", "x")).await;
        fetch(&t, &made).await;
    }
    // Too late.
    t.clock.advance(Duration::from_secs(2 * 3600));
    mails.push(("6@a.test", ann, "Fwd: Order 12", "new"));
    let late = mail("6@a.test", ann, "Fwd: Order 12", "", "x").replace("2 Mar 2026 08", "2 Mar 2026 13");
    owner.append("INBOX", &late).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    for (_, _, subject, expected) in mails {
        assert_eq!(reason(of(&all, subject)), expected, "{subject}");
    }
    assert_eq!(of(&all, "Order 12")["thread_id"], of(&all, "RE: [list] order 12")["thread_id"]);
}

#[tokio::test]
async fn an_answer_to_what_is_over_begins_anew_and_says_what_it_follows() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let given = json!({"time_for_thread_inclusion": 86_400, "time_for_thread_inclusion_enabled": true});
    let made = connected(&t, &owner, given).await;
    let ann = "Ann <ann@a.test>";
    let answers = "In-Reply-To: <1@a.test>\r\n";
    owner.append("INBOX", &mail("1@a.test", ann, "Order 12", "", "a")).await;
    // With another subject it is the same conversation as long as that goes on.
    owner.append("INBOX", &mail("2@a.test", ann, "Invoice", answers, "b")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let thread = of(&all, "Order 12")["thread_id"].clone();
    assert_eq!((reason(of(&all, "Invoice")), &of(&all, "Invoice")["thread_id"]), ("reference", &thread));
    let path = format!("/1.0/content_threads/{}/close", thread.as_str().expect("an id"));
    t.put(&path, json!({})).await.ok();
    owner.append("INBOX", &mail("3@a.test", ann, "A chair", answers, "c")).await;
    fetch(&t, &made).await;
    t.clock.advance(Duration::from_secs(3 * 86_400));
    owner.append("INBOX", &mail("4@a.test", ann, "Re: Order 12", answers, "d")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    for (subject, expected) in [("A chair", "subject_changed"), ("Re: Order 12", "too_old")] {
        let content = of(&all, subject);
        assert_eq!(reason(content), expected);
        assert_ne!(content["thread_id"], thread);
        let path = format!("/1.0/content_threads/{}", content["thread_id"].as_str().expect("an id"));
        assert_eq!(t.get(&path).await.ok()["extra_data"]["previous_thread_id"], thread, "{subject}");
    }
}

#[tokio::test]
async fn what_filters_have_marked_waits_for_nobody_as_far_as_the_source_asks_for() {
    let t = TestApp::start().await;
    for (level, expected) in [
        (Value::Null, ["new", "new", "new"]),
        (json!("relaxed"), ["new", "ignored", "ignored"]),
        (json!("strict"), ["ignored", "ignored", "ignored"]),
    ] {
        let mut owner = Owner::new().await;
        let given = json!({"spam_assassin_level": level, "whitelisted_emails": "@good.test"});
        let made = connected(&t, &owner, given).await;
        for (n, header) in
            ["X-Spam-Score: 6.1", "X-Spam-Status: Yes, score=11.2 required=5.0", "X-Spam-Flag: YES"].iter().enumerate()
        {
            let more = format!("{header}\r\n");
            let from = format!("p{n}@a.test");
            owner.append("INBOX", &mail(&format!("{n}@a.test"), &from, &format!("Win {n}"), &more, "x")).await;
        }
        let more = "X-Spam-Flag: YES\r\n";
        owner.append("INBOX", &mail("good@a.test", "a@good.test", "Good", more, "x")).await;
        fetch(&t, &made).await;
        let all = contents(&t, &made).await;
        let found: Vec<&Value> = (0..3).map(|n| &of(&all, &format!("Win {n}"))["status"]).collect();
        assert_eq!(found, expected, "{level}");
        let good = of(&all, "Good");
        assert_eq!(good["status"], "new", "{level}: {}", id(&made));
        assert_eq!(t.put(&format!("/1.0/contents/{}/not_spam", id(good)), json!({})).await.error(422), "not_unwanted");
        let marked = of(&all, "Win 2");
        let notes = if marked["status"] == "ignored" { json!(["unwanted"]) } else { json!([]) };
        assert_eq!(marked["mail"]["notes"], notes);
        if marked["status"] == "ignored" {
            let wanted = t.put(&format!("/1.0/contents/{}/not_spam", id(marked)), json!({})).await.ok();
            assert_eq!((&wanted["status"], &wanted["mail"]["notes"]), (&json!("new"), &json!([])));
            let thread = wanted["thread_id"].as_str().expect("a thread");
            let row = t.get(&format!("/console/threads/{thread}")).await.ok();
            assert_eq!(row["thread"]["state"], "unassigned", "{row}");
        }
    }
}
