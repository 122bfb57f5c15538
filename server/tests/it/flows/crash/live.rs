//! Live chats, while the program is killed between their steps and in the midst of them: each ends once, for one cause, and
//! its visitor is told each thing once.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::chat::Visitor;
use super::program::{Program, ask, ask_with_key, client};
use super::{Load, rounds};
use crate::support::ADMIN_TOKEN;

/// Who ends a live chat.
#[derive(Clone, Copy)]
enum By {
    Visitor,
    Case,
    Lock,
    /// Nobody comes, and the time does it.
    Time,
}

/// A life of a live chat that has ended.
struct Life {
    key: String,
    thread: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_within_the_lives_of_live_chats_it_ends_each_once() {
    let begun = Instant::now();
    let mut program = Program::start().await;
    let (client, url, load) = (client(), program.url.clone(), Load::default());
    let community = json!({"type": "engage_messaging", "name": "Visitors", "signed_identities": "rejected"});
    let community = ask(&client, Method::POST, &format!("{url}/1.0/communities"), ADMIN_TOKEN, Some(&community)).await;
    let mut tasks = Vec::new();
    for (name, by) in [("a", By::Visitor), ("b", By::Case), ("c", By::Lock), ("d", By::Time)] {
        let delay = if matches!(by, By::Time) { "1s" } else { "30m" };
        let source = json!({"type": "engage_messaging", "name": name, "community_id": community["id"],
                            "mode": "live_chat", "impossibility_message_delay": delay});
        let source =
            ask(&client, Method::POST, &format!("{url}/1.0/content_sources"), ADMIN_TOKEN, Some(&source)).await;
        let chat = format!("{url}/chat/{}", source["token"].as_str().expect("a token"));
        tasks.push((by, chat.clone(), tokio::spawn(live(url.clone(), chat, by, load.clone()))));
    }
    let rounds = rounds();
    for _ in 0..rounds {
        load.run_on().await;
        program.kill_and_start().await;
    }
    load.stop.store(true, Ordering::SeqCst);
    let mut count = 0;
    for (by, chat, task) in tasks {
        for life in task.await.expect("lives") {
            check(&client, &url, &chat, by, &life).await;
            count += 1;
        }
    }
    program.kill();
    let db = program.database().await;
    let read = db.read(|tx| {
        Box::pin(async move {
            let left = "SELECT COUNT(*) FROM chat_threads WHERE state <> 'ended' OR cause IS NULL \
                        OR impossible_at IS NOT NULL OR gone_at IS NOT NULL OR waiting_since IS NOT NULL";
            let all = tx.number("SELECT COUNT(*) FROM chat_threads", Vec::new()).await?;
            Ok::<_, store::Error>((tx.number(left, Vec::new()).await?, all))
        })
    });
    assert_eq!(read.await.expect("read"), (0, count), "all ended, and none twice");
    println!("{rounds} kills in {} s: {count} live chats, each ended once", begun.elapsed().as_secs());
}

/// Live chats, one after the other, until told to stop; what is begun is brought to its end.
async fn live(url: String, chat: String, by: By, load: Load) -> Vec<Life> {
    let client = client();
    let (mut lives, mut steps) = (Vec::new(), 0);
    while load.goes_on(steps).await {
        let mut visitor = Visitor::new(&client, &chat).await;
        let body = format!("{} {}", chat.len(), model::new_object_id(store::Clock::system().now()));
        let said = visitor.write(&client, &chat, body).await;
        load.note();
        let content = said["message"]["id"].as_str().expect("an id").to_owned();
        steps += match by {
            By::Time => wait(&client, &chat, &visitor).await,
            _ => serve(&client, &url, &chat, &visitor, &content, by, &load).await,
        };
        lives.push(Life { key: visitor.key, thread: visitor.thread });
    }
    lives
}

/// Waits until nobody has come for long enough.
async fn wait(client: &Client, chat: &str, visitor: &Visitor) -> usize {
    loop {
        let threads = ask(client, Method::GET, &format!("{chat}/threads"), &visitor.key, None).await;
        if threads["threads"][0]["state"] == "ended" {
            return 1;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Somebody takes it, lets it go, takes it again, answers, and it is ended. Each step is asked for until it is answered.
async fn serve(client: &Client, url: &str, chat: &str, visitor: &Visitor, content: &str, by: By, load: &Load) -> usize {
    let step = async |method: Method, path: String, body: Value, name: &str| {
        let (key, path) = (format!("{name} {content}"), format!("{url}/1.0/{path}"));
        let done = ask_with_key(client, method, &path, ADMIN_TOKEN, Some(&body), Some(&key)).await;
        load.note();
        done["id"].as_str().unwrap_or_default().to_owned()
    };
    let take = json!({"content_id": content});
    let case = step(Method::POST, "interventions".into(), take.clone(), "take").await;
    step(Method::DELETE, format!("interventions/{case}/cancel"), json!({}), "let go").await;
    let case = step(Method::POST, "interventions".into(), take, "take again").await;
    let reply = json!({"in_reply_to_id": content, "body": "How can I help?"});
    step(Method::POST, "contents".into(), reply, "reply").await;
    match by {
        By::Case => drop(step(Method::PUT, format!("interventions/{case}/close"), json!({}), "close").await),
        By::Lock => {
            let path = format!("content_threads/{}/close", visitor.thread);
            step(Method::PUT, path, json!({}), "lock").await;
        }
        By::Visitor | By::Time => {
            let end = format!("{chat}/threads/{}/end", visitor.thread);
            ask(client, Method::POST, &end, &visitor.key, Some(&json!({}))).await;
            load.note();
        }
    }
    6
}

/// One end, for its cause, and each thing told once.
async fn check(client: &Client, url: &str, chat: &str, by: By, life: &Life) {
    let (cause, end) = match by {
        By::Visitor => ("visitor_closed", "thread_closure"),
        By::Case | By::Lock => ("intervention_closed", "thread_closure"),
        By::Time => ("client_impossible_delay", "timed_messages.impossible"),
    };
    let served = ["connection", "disconnection", "queuing_update.transfered", "connection"];
    let served = served.iter().filter(|_| !matches!(by, By::Time)).copied();
    let expected: Vec<&str> = ["waiting_for_agent"].into_iter().chain(served).chain([end]).collect();
    let path = format!("{chat}/threads/{}/messages", life.thread);
    let found = ask(client, Method::GET, &path, &life.key, None).await["notices"].clone();
    let told: Vec<&str> =
        found.as_array().expect("a list").iter().map(|one| one["key"].as_str().expect("a key")).collect();
    assert_eq!(told, expected);
    let path = format!("{url}/1.0/content_threads/{}", life.thread);
    let thread = ask(client, Method::GET, &path, ADMIN_TOKEN, None).await;
    assert_eq!((&thread["extra_data"]["close_cause"], &thread["closed"]), (&json!(cause), &json!(true)));
}
