//! The copy of a mail that went out, in the mailbox for those: there is one of each, whatever happens in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::outbound::{answer, asked, by, read, settled};
use crate::support::dovecot::{Owner, dovecot};
use crate::support::relay::{Then, relay};
use crate::support::smtp::Smtp;
use crate::support::{TestApp, eventually, eventually_later, id};

/// The export of the copy of a mail, once it was tried so often.
async fn tried(t: &TestApp, content: &Value, count: usize) -> Value {
    eventually("tries at the copy", || async {
        let all = t.get(&format!("/1.0/contents/{}/exports", id(content))).await.ok();
        let copy = all.as_array()?.iter().find(|export| export["operation"] == "copy")?.clone();
        let ended = copy["attempts"].as_array()?.iter().filter(|one| one["outcome"].is_string()).count();
        (ended >= count).then_some(copy)
    })
    .await
}

/// Waits until the copy of a content lies where it belongs, at whichever try.
async fn laid(t: &TestApp, content: &Value) {
    eventually_later(&[t], "the copy", || async {
        let all = t.get(&format!("/1.0/contents/{}/exports", id(content))).await.ok();
        all.as_array()?.iter().any(|one| one["operation"] == "copy" && one["state"] == "delivered").then_some(())
    })
    .await;
}

async fn lying(owner: &Owner) -> String {
    Owner::called(&owner.name).await.say("STATUS Sent (MESSAGES UNSEEN)").await
}

fn copied() -> Value {
    json!({"imap_mailbox_used_for_sent_mail": "Sent"})
}

fn with(smtp: &Smtp, more: Value) -> Value {
    let mut all = by(smtp);
    all.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    all
}

#[tokio::test]
async fn a_copy_that_waits_outlasts_a_stop_of_the_server() {
    let mut t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, with(&smtp, copied())).await;
    // There is no such mailbox yet: the mail is sent all the same.
    let sent = settled(&t, &answer(&t, &asked, json!({})).await).await;
    assert_eq!((&sent["synchronization_status"], &sent["acts"]), (&json!("success"), &json!([])));
    let copy = tried(&t, &sent, 1).await;
    assert_eq!((&copy["state"], &copy["reason_code"]), (&json!("pending"), &json!("sent_copy")), "{copy}");
    owner.say("CREATE Sent").await;
    t.restart().await;
    // One that is written meanwhile does not wait for it.
    let next = settled(&t, &answer(&t, &asked, json!({"body": "And this."})).await).await;
    assert_eq!(tried(&t, &next, 1).await["state"], "delivered");
    laid(&t, &sent).await;
    assert!(lying(&owner).await.contains("MESSAGES 2 UNSEEN 0"), "both");
    assert_eq!(smtp.received().len(), 2);
    let mut other = Owner::called(&owner.name).await;
    other.say("EXAMINE Sent").await;
    let text = other.say("FETCH 2 BODY[]").await;
    assert!(text.contains(&read(&smtp.received()[0]).message_id.expect("an id")), "{text}");
}

#[tokio::test]
async fn a_copy_of_which_nobody_knows_whether_it_lies_there_is_laid_once() {
    let mut t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    owner.say("CREATE Sent").await;
    // The server has it all, and nobody hears that it does.
    let silent = Arc::new(AtomicBool::new(false));
    let once = silent.clone();
    let port = relay(dovecot().port, move |word| {
        match word.contains("Message-ID: <h.") && !once.swap(true, Ordering::SeqCst) {
            true => Then::Silence { heard: true },
            false => Then::Pass,
        }
    });
    let mut more = with(&smtp, copied());
    more["imap_port"] = json!(port.await);
    let (_, asked) = asked(&t, &mut owner, more).await;
    let sent = settled(&t, &answer(&t, &asked, json!({})).await).await;
    assert_eq!(sent["synchronization_status"], "success");
    let exports = format!("/1.0/contents/{}/exports", id(&sent));
    let lies = || async {
        let all = t.get(&exports).await.ok();
        let copy = all.as_array()?.iter().find(|one| one["operation"] == "copy")?;
        // A first try may have come to nothing. One that is under way is left its time: it would be taken for dead.
        if copy["attempts"].as_array()?.iter().all(|one| one["outcome"].is_string()) {
            t.clock.advance(std::time::Duration::from_secs(8));
        }
        lying(&owner).await.contains("MESSAGES 1 ").then_some(())
    };
    eventually("the copy", lies).await;
    assert!(silent.load(Ordering::SeqCst));
    t.restart().await;
    laid(&t, &sent).await;
    assert!(lying(&owner).await.contains("MESSAGES 1 "), "no second one");
}

#[tokio::test]
async fn a_copy_that_lies_nowhere_at_last_is_told_of_with_its_mail_and_its_mailbox() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, with(&smtp, copied())).await;
    let sent = settled(&t, &answer(&t, &asked, json!({})).await).await;
    let health = async || t.get(&format!("/1.0/content_sources/{}", id(&made))).await.ok()["health"].clone();
    tried(&t, &sent, 1).await;
    assert_eq!((&sent["mail"]["copy_missing"], &health().await["state"]), (&Value::Null, &json!("ok")));
    t.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let path = format!("/1.0/contents/{}", id(&sent));
    let told = || async { Some(t.get(&path).await.ok()).filter(|sent| sent["mail"]["copy_missing"].is_string()) };
    let told = eventually_later(&[&t], "what became of the copy", told).await;
    // The mail has arrived: nobody has anything to send again.
    assert_eq!((&told["synchronization_status"], &told["acts"]), (&json!("success"), &json!([])));
    let why = told["mail"]["copy_missing"].as_str().expect("a reason");
    assert!(why.starts_with("Given up after 24 hours: "), "{why}");
    let view = t.get(&format!("/console/threads/{}", sent["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!(view["contents"][1]["mail"]["copy_missing"], why);
    let degraded = || async { Some(health().await).filter(|health| health["state"] == "degraded") };
    let degraded = eventually("the mailbox's health", degraded).await;
    assert_eq!((&degraded["code"], &degraded["message"]), (&json!("copy_parked"), &json!(why)), "{degraded}");
    // One that works ends that; the mail before has none all the same.
    owner.say("CREATE Sent").await;
    let next = settled(&t, &answer(&t, &asked, json!({"body": "And this."})).await).await;
    laid(&t, &next).await;
    eventually("the mailbox's health", || async { (health().await["state"] == "ok").then_some(()) }).await;
    assert_eq!(t.get(&path).await.ok()["mail"]["copy_missing"], why);
    assert_eq!(t.get(&format!("/1.0/contents/{}", id(&next))).await.ok()["mail"]["copy_missing"], Value::Null);
}
