//! A server that says no, or ends, at one of our words: nothing is passed over by that, and nothing is taken that was not
//! asked for.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::inbound::{connected, contents, fetch, report, runs};
use crate::support::dovecot::{Owner, PASSWORD, dovecot, mail, settings, source};
use crate::support::relay::{Then, relay};
use crate::support::{TestApp, id};

/// What becomes of words that have something in them: how many more of them, and what is answered.
#[derive(Clone)]
struct Refusal {
    word: &'static str,
    times: usize,
    answer: &'static str,
}

/// A relay before the server that answers some words itself. `END` ends the connection without a word.
#[derive(Clone, Default)]
struct Relay(Arc<Mutex<Vec<Refusal>>>);

impl Relay {
    async fn start() -> (Self, u16) {
        let own = Self::default();
        let asked = own.clone();
        let port = relay(dovecot().port, move |said| match asked.answer(said) {
            None => Then::Pass,
            Some("END") => Then::End,
            Some(answer) => Then::Answer(format!("{} {answer}\r\n", said.split(' ').next().unwrap_or("*"))),
        });
        (own, port.await)
    }

    fn refuses(&self, word: &'static str, times: usize, answer: &'static str) {
        self.0.lock().expect("a lock").push(Refusal { word, times, answer });
    }

    /// Refuses nothing any more.
    fn gives(&self) {
        self.0.lock().expect("a lock").clear();
    }

    /// Whether everything that it was to refuse was said.
    fn is_done(&self) -> bool {
        self.0.lock().expect("a lock").iter().all(|refusal| refusal.times == 0)
    }

    fn answer(&self, said: &str) -> Option<&'static str> {
        let mut all = self.0.lock().expect("a lock");
        let found = all.iter_mut().find(|refusal| refusal.times > 0 && said.contains(refusal.word))?;
        found.times -= 1;
        Some(found.answer)
    }
}

#[tokio::test]
async fn what_the_server_does_not_give_now_comes_later() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let (relay, port) = Relay::start().await;
    let made = connected(&t, &owner, json!({"imap_port": port})).await;
    let mut wanted = 0;
    for word in ["UID SEARCH", "RFC822.SIZE", "BODY.PEEK"] {
        for answer in ["NO [UNAVAILABLE] later", "NO [SERVERBUG] see the log", "BAD not connected", "END"] {
            for _ in 0..2 {
                wanted += 1;
                let (id, subject) = (format!("{wanted}@a.test"), format!("Mail {wanted}"));
                owner.append("INBOX", &mail(&id, "ann@a.test", &subject, "", "x")).await;
            }
            relay.refuses(word, 1, answer);
            let run = fetch(&t, &made).await;
            assert!(relay.is_done(), "{word}: {answer}");
            assert!(run["reason_code"].is_string(), "{word}: {answer}: {run}");
            for _ in 0..4 {
                fetch(&t, &made).await;
            }
            assert_eq!(contents(&t, &made).await.len(), wanted, "{word}: {answer}");
        }
    }
    assert_eq!(report(&t, &made).await["health"]["state"], "ok");
}

#[tokio::test]
async fn a_mail_that_is_never_given_is_noted_and_delays_no_other() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let (relay, port) = Relay::start().await;
    let made = connected(&t, &owner, json!({"imap_port": port})).await;
    for n in 1..=3 {
        owner.append("INBOX", &mail(&format!("{n}@a.test"), "ann@a.test", &format!("Mail {n}"), "", "x")).await;
    }
    owner.say("CREATE Box").await;
    let boxes = json!({"imap_mailboxes_to_import": ["INBOX", "Box"]});
    t.put(&format!("/1.0/content_sources/{}", id(&made)), boxes).await.ok();
    relay.refuses("UID FETCH 2 (UID BODY.PEEK[])", usize::MAX, "NO [SERVERBUG] it cannot be read");
    fetch(&t, &made).await;
    owner.append("Box", &mail("4@a.test", "ann@a.test", "Mail 4", "", "x")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 2, "another mailbox goes on at once");
    for _ in 0..6 {
        fetch(&t, &made).await;
    }
    let mut titles: Vec<String> =
        contents(&t, &made).await.iter().filter_map(|c| c["title"].as_str().map(str::to_owned)).collect();
    titles.sort();
    assert_eq!(titles, ["Mail 1", "Mail 3", "Mail 4"]);
    let parked = t.get(&format!("/1.0/content_sources/{}/parked_items", id(&made))).await.ok();
    let items = parked["records"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{parked}");
    assert!(items[0]["last_error"].as_str().expect("words").contains("it cannot be read"), "{parked}");
    // Whoever has it tried again is told so, until the server gives it.
    let retry = format!("/1.0/content_sources/{}/parked_items/{}/retry", id(&made), id(&items[0]));
    let refused = t.put(&retry, json!({})).await;
    assert!(refused.text.contains("it cannot be read"), "{}", refused.text);
    assert_eq!(refused.error(422), "not_taken_in");
    // What another account has under the same numbers is another mail.
    let other = Owner::new().await;
    let account = |owner: &Owner| json!({"imap_username": owner.name, "imap_password": PASSWORD});
    let path = format!("/1.0/content_sources/{}", id(&made));
    t.put(&path, account(&other)).await.ok();
    let refused = t.put(&retry, json!({})).await;
    assert!(refused.text.contains("another account"), "{}", refused.text);
    assert_eq!(refused.error(422), "not_taken_in");
    t.put(&path, account(&owner)).await.ok();
    relay.gives();
    t.put(&retry, json!({})).await.ok();
    let all = contents(&t, &made).await;
    assert!(all.iter().any(|content| content["title"] == "Mail 2"), "{all:#?}");
    assert_eq!(report(&t, &made).await["health"]["parked_items"], 0);
}

#[tokio::test]
async fn what_was_there_before_stays_there_however_often_it_is_looked() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    for n in 1..=3 {
        let one = mail(&format!("{n}@a.test"), "ann@a.test", &format!("Old {n}"), "", "x");
        owner.append_with("INBOX", "\"01-Jan-2020 10:00:00 +0000\"", one.as_bytes()).await;
    }
    let made = connected(&t, &owner, json!({"import_from": "1d"})).await;
    for _ in 0..2 {
        fetch(&t, &made).await;
    }
    assert_eq!(contents(&t, &made).await.len(), 0);
    owner.append("INBOX", &mail("4@a.test", "ann@a.test", "New", "", "x")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 1);
    // All mails get other numbers, and nothing has come for a while.
    owner.say("CREATE Box").await;
    for n in 5..=6 {
        let one = mail(&format!("{n}@a.test"), "ann@a.test", &format!("Old {n}"), "", "x");
        owner.append_with("Box", "\"01-Jan-2020 10:00:00 +0000\"", one.as_bytes()).await;
    }
    t.put(&format!("/1.0/content_sources/{}", id(&made)), json!({"imap_mailboxes_to_import": ["INBOX", "Box"]}))
        .await
        .ok();
    fetch(&t, &made).await;
    owner.say("DELETE Box").await;
    owner.say("CREATE Box").await;
    for n in 5..=6 {
        let one = mail(&format!("{n}@a.test"), "ann@a.test", &format!("Old {n}"), "", "x");
        owner.append_with("Box", "\"01-Jan-2020 10:00:00 +0000\"", one.as_bytes()).await;
    }
    for _ in 0..3 {
        fetch(&t, &made).await;
    }
    assert_eq!(contents(&t, &made).await.len(), 1);
}

#[tokio::test]
async fn only_an_answer_to_the_password_says_that_it_is_wrong() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let (relay, port) = Relay::start().await;
    relay.refuses(" ID (", usize::MAX, "NO not here");
    for word in ["AUTHENTICATE", "CAPABILITY"] {
        let mut given = settings(&owner);
        given["imap_port"] = json!(port);
        relay.refuses(word, 1, "END");
        let made = source(&t, given).await;
        let run = runs(&t, &made, 1).await;
        assert!(run["reason_code"].is_string() && run["reason_code"] != "needs_reauth", "{word}: {run}");
        fetch(&t, &made).await;
        let told = report(&t, &made).await;
        assert_eq!(told["health"]["state"], "ok", "{word}: {told}");
    }
}
