//! Mails that go out later: to those whom the server asks to wait with, and those that may have arrived.

use std::time::Duration;

use serde_json::{Value, json};

use super::outbound::{answer, asked, attempts, by, settled};
use crate::support::dovecot::Owner;
use crate::support::smtp::Smtp;
use crate::support::{TestApp, eventually, id};

/// What a server says that wants to see somebody come back.
const LATER: &str = "451 4.7.1 greylisted";

/// How a mail fares with each of its recipients.
fn states(content: &Value) -> Vec<String> {
    let all = content["mail"]["deliveries"].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one["state"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Waits until a mail was tried so often again for those whom the server has asked to wait with.
async fn tried_again(t: &TestApp, content: &Value, count: usize) {
    eventually("a try for the rest", || async {
        let all = t.get(&format!("/1.0/contents/{}/exports", id(content))).await.ok();
        let rest = all.as_array()?.iter().find(|export| export["operation"] == "rest")?;
        let ended = rest["attempts"].as_array()?.iter().filter(|one| one["outcome"].is_string()).count();
        (ended >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn whom_the_server_asks_to_wait_with_is_tried_again_alone() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    smtp.answer(&[("rcpt", "250 OK"), ("rcpt", LATER)]);
    let sent = settled(&t, &answer(&t, &asked, json!({"reply_all": true})).await).await;
    assert_eq!(sent["synchronization_status"], "success");
    assert_eq!(states(&sent), ["sent", "waiting", "sent"]);
    assert_eq!(sent["mail"]["deliveries"][1]["code"], "4.7.1");
    let first = smtp.received()[0].clone();
    // What is written next does not wait for it.
    let next = settled(&t, &answer(&t, &asked, json!({})).await).await;
    assert_eq!(next["synchronization_status"], "success");
    // It is asked to wait once more, and takes it then: the same mail, for that one alone.
    smtp.answer(&[("rcpt", LATER)]);
    t.clock.advance(Duration::from_secs(11));
    tried_again(&t, &sent, 1).await;
    t.clock.advance(Duration::from_secs(31));
    let again = smtp.wait(3).await.pop().expect("a mail");
    assert_eq!((again.told["to"].clone(), &again.text), (json!(["bo@b.test"]), &first.text));
    let done = eventually("all have it", || async {
        let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
        (states(&now)[1] == "sent").then_some(now)
    })
    .await;
    assert_eq!((&done["mail"]["deliveries"][1]["code"], &done["acts"]), (&Value::Null, &sent["acts"]));
}

#[tokio::test]
async fn who_is_refused_later_or_for_a_day_does_not_get_it() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    // One is refused for good the second time.
    smtp.answer(&[("rcpt", "250 OK"), ("rcpt", LATER), ("rcpt", LATER)]);
    let sent = settled(&t, &answer(&t, &asked, json!({"reply_all": true})).await).await;
    assert_eq!(states(&sent), ["sent", "waiting", "waiting"]);
    smtp.answer(&[("rcpt", "550 5.1.1 nobody")]);
    t.clock.advance(Duration::from_secs(11));
    tried_again(&t, &sent, 1).await;
    let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
    assert_eq!(states(&now), ["sent", "failed", "sent"]);
    // And one is asked to wait with for a whole day.
    smtp.answer(&[("rcpt", "250 OK"), ("rcpt", LATER)]);
    let sent = settled(&t, &answer(&t, &asked, json!({"reply_all": true})).await).await;
    smtp.answer(&[("rcpt", LATER)]);
    t.clock.advance(Duration::from_secs(86_401));
    let now = eventually("it is given up", || async {
        let now = t.get(&format!("/1.0/contents/{}", id(&sent))).await.ok();
        (states(&now)[1] == "failed").then_some(now)
    })
    .await;
    assert_eq!((&now["synchronization_status"], states(&now)[0].as_str()), (&json!("success"), "sent"));
}

#[tokio::test]
async fn a_source_may_send_what_may_have_arrived_again_without_asking() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["resend_unknown"] = json!(true);
    let (_, asked) = asked(&t, &mut owner, more).await;
    smtp.answer(&[("data", "drop"), ("data", "drop"), ("data", "drop"), ("data", "drop")]);
    let sent = answer(&t, &asked, json!({})).await;
    for (count, pause) in [(1, 11), (2, 31), (3, 121), (4, 601)] {
        attempts(&t, &sent, count).await;
        t.clock.advance(Duration::from_secs(pause));
    }
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    let received = smtp.received();
    assert_eq!(received.len(), 5);
    assert!(received.iter().all(|one| one.text == received[0].text), "the same mail each time");
}
