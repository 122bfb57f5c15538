//! Answers by mail that go out while the program is killed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use mail::Letter;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::program::{Program, ask, ask_with_key, client};
use super::{random, rounds};
use crate::support::ADMIN_TOKEN;
use crate::support::dovecot::{Owner, mail, settings};
use crate::support::smtp::Smtp;

/// How many mails go out for each kill.
const EACH: usize = 8;
/// How many contents are on their way at once.
const AT_ONCE: usize = 8;
/// How many conversations there are, each with its own order.
const THREADS: usize = 10;

/// Makes a mailbox into which somebody has written in each conversation; gives what they wrote.
async fn furnish(client: &Client, url: &str, smtp: &Smtp, owner: &mut Owner) -> Vec<Value> {
    for n in 0..THREADS {
        owner.append("INBOX", &mail(&format!("{n}@m.test"), &format!("p{n}@m.test"), &format!("Q {n}"), "", "x")).await;
    }
    let post = |path: &str, body: Value| {
        let url = format!("{url}{path}");
        async move { ask(client, Method::POST, &url, ADMIN_TOKEN, Some(&body)).await }
    };
    let writers = post("/1.0/communities", json!({"type": "email", "name": "Writers"})).await;
    let mut desk = settings(owner);
    let more = json!({"type": "email", "name": "Desk", "community_id": writers["id"], "import_from": "all",
                      "smtp_address": "127.0.0.1", "smtp_port": smtp.port(), "smtp_use_ssl_tls": false,
                      "smtp_use_start_tls": false, "mails_per_minute": 600});
    desk.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    post("/1.0/content_sources", desk).await;
    let list = format!("{url}/1.0/contents?limit=50");
    for _ in 0..600 {
        let all = ask(client, Method::GET, &list, ADMIN_TOKEN, None).await["records"].as_array().cloned();
        if let Some(all) = all.filter(|all| all.len() == THREADS) {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the mails do not come in");
}

/// Answers in each conversation in turn; gives the contents' ids.
async fn answer(client: Client, url: String, asked: Vec<Value>, all: usize) -> Vec<String> {
    let mut sent = Vec::new();
    for n in 0..all {
        let body = json!({"in_reply_to_id": asked[n % THREADS]["id"], "body": format!("answer {n}")});
        let (url, key) = (format!("{url}/1.0/contents"), format!("answer-{n}"));
        let one = ask_with_key(&client, Method::POST, &url, ADMIN_TOKEN, Some(&body), Some(&key)).await;
        sent.push(one["id"].as_str().expect("an id").to_owned());
    }
    sent
}

/// Waits until a content is sent.
async fn arrives(client: &Client, url: &str, id: &str) {
    let url = format!("{url}/1.0/contents/{id}");
    let mut state = Value::Null;
    for _ in 0..3000 {
        state = ask(client, Method::GET, &url, ADMIN_TOKEN, None).await["synchronization_status"].clone();
        if state != "pending" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(state, "success", "{id}");
}

/// Each went out; what went out again was the same to the byte; and each conversation kept its order. Tells how many went
/// out again.
fn check(smtp: &Smtp, all: usize) -> usize {
    let mut first: HashMap<String, String> = HashMap::new();
    let (mut bodies, mut again) = (Vec::new(), 0);
    for received in smtp.received() {
        let letter = Letter::read(received.text.as_bytes(), None);
        let id = letter.message_id.clone().expect("an id");
        if let Some(text) = first.get(&id) {
            assert_eq!(*text, received.text, "the same mail");
            again += 1;
            continue;
        }
        let said = letter.body.lines().next().unwrap_or_default().to_owned();
        bodies.push(said.strip_prefix("answer ").and_then(|n| n.parse::<usize>().ok()).expect("an answer"));
        first.insert(id, received.text);
    }
    assert_eq!(bodies.iter().collect::<HashSet<_>>().len(), all, "each went out");
    assert_eq!(bodies.len(), all, "under one id");
    for thread in 0..THREADS {
        let of_one: Vec<&usize> = bodies.iter().filter(|n| *n % THREADS == thread).collect();
        assert!(of_one.is_sorted(), "{of_one:?}");
    }
    again
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_mails_go_out_it_sends_each_and_repeats_few_as_the_same_mail() {
    let rounds = rounds();
    let all = rounds * EACH;
    let (mut program, smtp, mut owner) = (Program::start().await, Smtp::open(), Owner::new().await);
    let (client, url) = (client(), program.url.clone());
    let asked = furnish(&client, &url, &smtp, &mut owner).await;
    let writing = tokio::spawn(answer(client.clone(), url.clone(), asked, all));
    for _ in 0..rounds {
        let until = smtp.received().len() + usize::try_from(random() % 10).expect("small");
        for _ in 0..500 {
            if smtp.received().len() >= until {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        program.kill_and_start().await;
    }
    for id in writing.await.expect("all are written") {
        arrives(&client, &url, &id).await;
    }
    let again = check(&smtp, all);
    // A kill can repeat what was taken by the server and not noted yet, and no more.
    assert!(again <= rounds * AT_ONCE, "{again} of {rounds} kills");
    println!("{rounds} kills while mails go out: {all} mails out, none lost, {again} sent again as they were");
}
