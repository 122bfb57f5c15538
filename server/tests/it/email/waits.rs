//! The server is stopped at each of its waits while it fetches mail: no mail is lost or doubled by that.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::inbound::{connected, known};
use crate::support::dovecot::{Owner, dovecot, mail};
use crate::support::relay::{Then, relay};
use crate::support::{TestApp, eventually_later, id};

/// How many words there are at the most before a run is over.
const WORDS_MAX: usize = 60;

/// What is passed on, and what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loses {
    /// The server never hears the word.
    TheWord,
    /// It does, and nobody hears the answer.
    TheAnswer,
}

/// A relay before Dovecot that falls silent at one of our words, as a machine does that has failed.
#[derive(Clone, Default)]
struct Relay {
    /// At which; 0 is none.
    at: Arc<AtomicUsize>,
    answer: Arc<AtomicUsize>,
    said: Arc<AtomicUsize>,
}

impl Relay {
    async fn start() -> (Self, u16) {
        let own = Self::default();
        let asked = own.clone();
        let port = relay(dovecot().port, move |_| asked.hear());
        (own, port.await)
    }

    fn hear(&self) -> Then {
        let said = self.said.fetch_add(1, Ordering::SeqCst) + 1;
        match self.at.load(Ordering::SeqCst) == said {
            true => Then::Silence { heard: self.answer.load(Ordering::SeqCst) == 1 },
            false => Then::Pass,
        }
    }

    fn falls_silent(&self, at: usize, loses: Loses) {
        self.said.store(0, Ordering::SeqCst);
        self.answer.store(usize::from(loses == Loses::TheAnswer), Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    fn is_silent(&self) -> bool {
        let at = self.at.load(Ordering::SeqCst);
        at > 0 && self.said.load(Ordering::SeqCst) >= at
    }
}

async fn stopped_at_each_word(loses: Loses) {
    let mut t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let (relay, port) = Relay::start().await;
    let made = connected(&t, &owner, json!({"imap_port": port})).await;
    let mut wanted = 0;
    for at in 1..=WORDS_MAX {
        // First of all: a mailbox that is watched rings as soon as there is something.
        relay.falls_silent(at, loses);
        for n in 0..3 {
            let from = format!("p{}@m.test", at % 10);
            owner.append("INBOX", &mail(&format!("{at}.{n}@m.test"), &from, &format!("Mail {at}.{n}"), "", "x")).await;
            wanted += 1;
        }
        t.post(&format!("/1.0/content_sources/{}/run", id(&made)), json!({})).await.ok();
        let (look, app, source) = (&relay, &t, &made);
        let silent = eventually_later(&[app], "the word, or every mail", || async move {
            let all = known(app, source).await.len() >= wanted;
            look.is_silent().then_some(true).or(all.then_some(false))
        })
        .await;
        relay.falls_silent(0, loses);
        if silent {
            t.restart().await;
        }
        eventually_later(&[&t], "every mail", || async { (known(&t, &made).await.len() >= wanted).then_some(()) })
            .await;
        let all = known(&t, &made).await;
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (wanted, wanted), "stopped at {at}");
        if !silent {
            assert!(at > 5, "there are more words than that");
            return;
        }
    }
    panic!("a run says more than {WORDS_MAX} words");
}

#[tokio::test]
async fn stopped_before_the_server_hears_a_word_it_loses_and_doubles_no_mail() {
    stopped_at_each_word(Loses::TheWord).await;
}

#[tokio::test]
async fn stopped_before_it_hears_an_answer_it_loses_and_doubles_no_mail() {
    stopped_at_each_word(Loses::TheAnswer).await;
}
