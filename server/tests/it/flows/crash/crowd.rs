//! Many sockets at once: all of them come back after each kill, and each is told what is for it, once.

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;

use super::chat::Visitor;
use super::furnish;
use super::program::{Program, ask_with_key, client};
use super::sockets::Follower;
use crate::support::receiver::Receiver;
use crate::support::{ADMIN_TOKEN, eventually};

/// How many visitors hold a socket; `HUBBUB_TEST_SOCKETS` asks for more.
const SOCKETS: usize = 40;
/// How often the program is killed.
const KILLS: usize = 3;
/// How many requests are under way at once.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_sockets_comes_back_after_each_kill_and_is_told_everything_once() {
    let mut program = Program::start().await;
    let (client, url) = (client(), program.url.clone());
    let chat = furnish(&client, &url, &Receiver::start().await).await;
    let count = std::env::var("HUBBUB_TEST_SOCKETS").ok().and_then(|n| n.parse().ok()).unwrap_or(SOCKETS);
    let ask = |n: usize| {
        let (client, chat) = (&client, &chat);
        async move {
            let mut visitor = Visitor::new(client, chat).await;
            let question = visitor.write(client, chat, format!("question {n}")).await;
            (visitor, question["message"]["id"].as_str().expect("an id").to_owned())
        }
    };
    let visitors: Vec<(Visitor, String)> = stream::iter(0..count).map(ask).buffered(AT_ONCE).collect().await;
    let follow = |(visitor, _): &(Visitor, String)| {
        let (chat, key) = (chat.clone(), visitor.key.clone());
        async move { Follower::visitor(&chat, &key, None).await }
    };
    let sockets: Vec<Follower> = stream::iter(visitors.iter().map(follow)).buffered(AT_ONCE).collect().await;
    let mut said = Vec::new();
    for kill in 1..=KILLS {
        program.kill_and_start().await;
        // Whoever comes back to a journal that went on too far reads anew, which is not looked at here.
        let back = async || sockets.iter().all(|socket| socket.opened() > kill).then_some(());
        eventually("every socket is back", back).await;
        let body = format!("answer {kill}");
        let answer = |(n, (_, question)): (usize, &(Visitor, String))| {
            let reply = json!({"in_reply_to_id": question, "body": body});
            let (client, url, key) = (&client, format!("{url}/1.0/contents"), format!("{n} {kill}"));
            async move { ask_with_key(client, Method::POST, &url, ADMIN_TOKEN, Some(&reply), Some(&key)).await }
        };
        stream::iter(visitors.iter().enumerate()).map(answer).buffered(AT_ONCE).collect::<Vec<_>>().await;
        said.push(body);
        for socket in &sockets {
            socket.has_heard(&said).await;
        }
    }
    println!("{count} sockets came back after each of {KILLS} kills, and each was told {} answers once", said.len());
}
