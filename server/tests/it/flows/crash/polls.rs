//! Sources that are asked for what is new: a mailbox, and a third party's list.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::program::{Program, ask, client};
use super::{random, rounds};
use crate::support::ADMIN_TOKEN;
use crate::support::dovecot::{Owner, mail, settings};
use crate::support::sdk::{Reaction, ThirdParty};

/// How many mails, and how many messages, there are for each kill.
const EACH: usize = 30;
/// How many messages a page has.
const PAGE: usize = 7;
/// How many looks nothing may have come for.
const STILL: usize = 6000;

/// A page of the messages after one, newest first.
fn page(all: usize, params: &Value) -> Reaction {
    let from = params["since_id"].as_str().and_then(|id| id.parse::<usize>().ok()).map_or(0, |id| id + 1);
    let message = |n: usize| {
        json!({"id": n.to_string(), "thread_id": (n % 20).to_string(), "body": format!("body {n}"),
               "author": {"id": (n % 20).to_string(), "screenname": "John"}})
    };
    Reaction::Object((from..all.min(from + PAGE)).rev().map(message).collect())
}

/// Kills the program so often while so many contents come, until all are there or nothing comes any more; tells how often it was.
async fn kill_while_it_comes(program: &mut Program, all: usize, rounds: usize) -> usize {
    let (client, list) = (client(), format!("{}/1.0/contents?limit=1", program.url));
    let count = || async {
        let page = ask(&client, Method::GET, &list, ADMIN_TOKEN, None).await;
        usize::try_from(page["count"].as_u64().unwrap_or(0)).expect("a count")
    };
    let (mut kills, mut still) = (0, 0);
    while still < STILL {
        let (had, ahead) = (count().await, usize::try_from(random()).expect("small"));
        if had >= all {
            break;
        }
        let mut now = had;
        while now < (had + ahead).min(all) && still < STILL {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let before = std::mem::replace(&mut now, count().await);
            still = if now > before { 0 } else { still + 1 };
        }
        if kills < rounds {
            program.kill_and_start().await;
            kills += 1;
        }
    }
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_asks_sources_it_loses_nothing_and_doubles_nothing() {
    let rounds = rounds();
    let all = rounds * EACH;
    let mut program = Program::start().await;
    let (client, url) = (client(), program.url.clone());
    let post = |path: &str, body: Value| {
        let (client, url) = (client.clone(), format!("{url}{path}"));
        async move { ask(&client, Method::POST, &url, ADMIN_TOKEN, Some(&body)).await }
    };
    let mut owner = Owner::new().await;
    for n in 0..all {
        let from = format!("p{}@m.test", n % all.div_ceil(100).max(20));
        owner.append("INBOX", &mail(&format!("{n}@m.test"), &from, &format!("Mail {n}"), "", "x")).await;
    }
    let mut party = ThirdParty::listen().await;
    party.answers(move |action, params| match action {
        "messages.list" => page(all, params),
        _ => Reaction::Object(json!({"objects": {"messages": ["list"]}, "options": []})),
    });
    let readers = post("/1.0/communities", json!({"type": "sdk", "name": "Readers"})).await;
    let blog = json!({"type": "sdk", "name": "Blog", "community_id": readers["id"], "endpoint_url": party.endpoint(),
                      "import_from": "all", "poll_seconds": 15});
    party.meet(post("/1.0/content_sources", blog).await);
    let writers = post("/1.0/communities", json!({"type": "email", "name": "Writers"})).await;
    let mut desk = settings(&owner);
    let more = json!({"type": "email", "name": "Desk", "community_id": writers["id"], "import_from": "all",
                      "poll_seconds": 15});
    desk.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    post("/1.0/content_sources", desk).await;

    let kills = kill_while_it_comes(&mut program, 2 * all, rounds).await;
    program.kill();
    let db = program.database().await;
    let read = db.read(|tx| {
        Box::pin(async move {
            let mut found = Vec::new();
            for kind in ["mail", "message"] {
                let sql = format!("SELECT COUNT(*) FROM contents WHERE kind = '{kind}'");
                let one_each = format!("SELECT COUNT(DISTINCT foreign_id) FROM contents WHERE kind = '{kind}'");
                found.push((tx.number(&sql, Vec::new()).await?, tx.number(&one_each, Vec::new()).await?));
            }
            found.push((tx.number("SELECT COUNT(*) FROM inbound_items", Vec::new()).await?, 0));
            Ok::<_, store::Error>(found)
        })
    });
    let wanted = i64::try_from(all).expect("a count");
    assert_eq!(read.await.expect("read"), [(wanted, wanted), (wanted, wanted), (0, 0)], "each once");
    println!("{kills} kills in the middle of runs: {all} mails and {all} messages in, none lost or doubled");
}
