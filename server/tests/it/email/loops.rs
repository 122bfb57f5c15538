//! Machines that answer machines: each gets one answer at the most, and people get what the source says by itself as often
//! as its settings want, and no oftener.

use std::time::Duration;

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch};
use super::outbound::by;
use crate::support::dovecot::{Owner, mail};
use crate::support::smtp::{Received, Smtp};
use crate::support::{TestApp, eventually, id};

pub(super) const FIRST: &str = "first_message_from_user";
const AWAY: &str = "out_of_office_hours_message";

/// What a source is made of that answers by itself.
pub(super) fn answering(smtp: &Smtp, address: &str, kinds: &[&str]) -> Value {
    let mut more = by(smtp);
    more["imap_smtp_email"] = json!(address);
    // Whatever machines write counts like any other mail: that alone must not make circles.
    more["automatic_mail"] = json!("import");
    more["auto_response_trigger_enabled"] = kinds.iter().map(|kind| ((*kind).to_owned(), json!(true))).collect();
    let trigger =
        |kind: &&str| json!({"language": "en", "created_from_trigger": kind, "body": format!("By itself: {kind}")});
    more["auto_response_triggers"] = kinds.iter().map(trigger).collect();
    more
}

/// Waits until nothing is on its way to a server any more; gives what it was handed.
async fn quiet(t: &TestApp, sources: &[&Value], smtp: &Smtp) -> Vec<Received> {
    for source in sources {
        eventually("that nothing waits", || async {
            let health = t.get(&format!("/1.0/content_sources/{}/health", id(source))).await.ok();
            (health["health"]["waiting_exports"] == 0).then_some(())
        })
        .await;
    }
    smtp.received()
}

fn automatic(all: &[Received], to: &str) -> usize {
    all.iter().filter(|one| one.told["to"] == json!([to]) && one.text.contains("\r\nAuto-Submitted: ")).count()
}

#[tokio::test]
async fn two_sources_of_one_server_answer_each_other_once_at_the_most() {
    let t = TestApp::start().await;
    let smtp = Smtp::open();
    let (mut desk, mut help) = (Owner::new().await, Owner::new().await);
    let one = connected(&t, &desk, answering(&smtp, "desk@shop.test", &[FIRST])).await;
    let two = connected(&t, &help, answering(&smtp, "help@shop.test", &[FIRST])).await;
    // Agents of each write to the other one.
    for (source, to) in [(&one, "help@shop.test"), (&two, "desk@shop.test")] {
        let begun = json!({"source_id": id(source), "title": "Among us", "to": [to], "body": "Can you see to it?"});
        t.post("/1.0/contents", begun).await.ok();
    }
    let mut delivered = 0;
    let mut rounds = 0;
    loop {
        let all = quiet(&t, &[&one, &two], &smtp).await;
        if delivered == all.len() {
            break;
        }
        for received in &all[delivered..] {
            match received.told["to"][0].as_str() {
                Some("desk@shop.test") => desk.append("INBOX", &received.text).await,
                Some("help@shop.test") => help.append("INBOX", &received.text).await,
                other => panic!("written to {other:?}"),
            }
        }
        delivered = all.len();
        rounds += 1;
        assert!(rounds < 6, "{:#?}", all.iter().map(|one| &one.text).collect::<Vec<_>>());
        for source in [&one, &two] {
            fetch(&t, source).await;
        }
    }
    let all = smtp.received();
    assert!(automatic(&all, "desk@shop.test") <= 1 && automatic(&all, "help@shop.test") <= 1, "{all:#?}");
    // Everything is there all the same.
    for source in [&one, &two] {
        let all = contents(&t, source).await;
        assert_eq!(all.iter().filter(|content| content["title"] == "Among us").count(), 2, "{all:#?}");
    }
}

#[tokio::test]
async fn robots_that_answer_every_mail_get_one_answer_whether_they_say_what_they_are_or_not() {
    let t = TestApp::start().await;
    for (number, marks) in ["Auto-Submitted: auto-replied\r\n", ""].into_iter().enumerate() {
        let smtp = Smtp::open();
        let mut desk = Owner::new().await;
        let made = connected(&t, &desk, answering(&smtp, "desk@shop.test", &[FIRST, AWAY])).await;
        desk.append("INBOX", &mail(&format!("ann{number}@a.test"), "Ann <ann@a.test>", "One", "", "Hello")).await;
        fetch(&t, &made).await;
        let mut delivered = 0;
        for round in 0..6 {
            let all = quiet(&t, &[&made], &smtp).await;
            // It answers whatever it gets, as something new now and then.
            for received in &all[delivered..] {
                let ours = ::mail::Letter::read(received.text.as_bytes(), None).message_id.expect("an id");
                let answers =
                    if round % 2 == 0 { format!("In-Reply-To: <{ours}>\r\n{marks}") } else { marks.to_owned() };
                let name = format!("robot{number}.{round}@a.test");
                desk.append("INBOX", &mail(&name, "Ann <ann@a.test>", "I am away", &answers, "Back on Monday")).await;
            }
            delivered = all.len();
            fetch(&t, &made).await;
        }
        let all = quiet(&t, &[&made], &smtp).await;
        assert_eq!(automatic(&all, "ann@a.test"), 1, "{marks:?}: {all:#?}");
    }
}

#[tokio::test]
async fn outside_business_hours_and_on_holidays_mails_are_answered_once_within_the_grace_period() {
    let t = TestApp::start().await;
    let smtp = Smtp::open();
    let mut desk = Owner::new().await;
    // It is a Monday at nine, and that day is a holiday in one of the two weeks.
    let sheet = json!({
        "label": "Desk", "timezone": "UTC", "active": true,
        "holidays": [{"name": "Fair", "date": "2026-03-09"}],
        "monday_hours": "28800-64800", "tuesday_hours": "28800-64800",
    });
    let sheet = t.post("/1.0/time_sheets", sheet).await.ok();
    let mut more = answering(&smtp, "desk@shop.test", &[AWAY]);
    more["time_sheet_ids"] = json!([id(&sheet)]);
    more["auto_response_trigger_grace_periods"] = json!({ AWAY: 3 * 86_400 });
    more["automatic_mail"] = json!("ignore");
    let made = connected(&t, &desk, more).await;
    let mut number = 0;
    let mut says = async |from: &str, more: &str| {
        number += 1;
        let title = format!("Q {number}");
        desk.append("INBOX", &mail(&format!("{number}@a.test"), from, &title, more, "Hello")).await;
        fetch(&t, &made).await;
        // That run may have been one that was due by itself, and had begun before.
        eventually("the mail", || async {
            contents(&t, &made).await.iter().any(|content| content["title"] == *title).then_some(())
        })
        .await;
        quiet(&t, &[&made], &smtp).await.len()
    };
    let hours = |hours: u64| t.clock.advance(Duration::from_secs(hours * 3600));
    assert_eq!(says("ann@a.test", "").await, 0, "it is open");
    hours(12);
    assert_eq!(says("ann@a.test", "").await, 1, "in the evening");
    assert_eq!(says("ann@a.test", "").await, 1, "they know that");
    assert_eq!(says("bo@b.test", "Auto-Submitted: auto-replied\r\n").await, 1, "a machine");
    assert_eq!(says("bo@b.test", "").await, 2, "somebody else");
    hours(48);
    assert_eq!(says("ann@a.test", "").await, 2, "within three days");
    hours(36);
    assert_eq!(says("ann@a.test", "").await, 3, "after them, on Friday");
    // The Monday of the fair, at an hour at which it is open else; and the day after.
    hours(72);
    assert_eq!(says("ann@a.test", "").await, 4, "a holiday");
    hours(24);
    assert_eq!(says("cy@c.test", "").await, 4, "it is open again");
}
