//! What third parties send in streams. Contents that come at the same moment may be written together; nobody notices.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use store::journal;
use tokio_postgres::NoTls;

use crate::support::sdk::ThirdParty;
use crate::support::{TestApp, eventually, id};

const THREADS: usize = 12;
const ROUNDS: usize = 4;

fn message(thread: usize, round: usize) -> Value {
    // Somebody has another name from one time on, and two write in one thread.
    let name = if thread % 10 == 1 && round > 1 { "Jane Roe" } else { "Jane Doe" };
    let person = if thread == 2 && round == 3 { "a friend".to_owned() } else { format!("person {}", thread % 10) };
    let body = match (thread, round) {
        (3, 2) => "x".repeat(20_001),
        (4, _) => format!("<b>bold</b> {round}"),
        _ => format!("word{thread} in round {round}"),
    };
    json!({"id": format!("{thread}-{round}"), "thread_id": format!("thread {thread}"), "body": body,
           "format": if thread == 4 { "html" } else { "text" }, "author": {"id": person, "screenname": name},
           "title": if round == 1 { json!(format!("About {thread}")) } else { Value::Null },
           "language": if thread == 5 { json!("fr") } else { Value::Null },
           "categories": ["one", "two"], "context_data": {"round": round},
           "in_reply_to_id": if thread == 6 { json!("6-0") } else { Value::Null }})
}

/// Sends a message twice, as whoever is not sure does; gives what both are answered.
async fn send(t: &TestApp, party: &ThirdParty, thread: usize, round: usize) -> Vec<(u16, String)> {
    let twice = (0..2).map(|_| party.send(t, "messages.create", message(thread, round)));
    join_all(twice).await.into_iter().map(|answer| (answer.status.as_u16(), answer.text)).collect()
}

/// What happens between two rounds.
async fn between(t: &TestApp, party: &ThirdParty, category: &Value, round: usize) {
    let thread = |content: &Value| format!("/1.0/content_threads/{}", content["thread_id"].as_str().expect("an id"));
    match round {
        0 => {
            t.put(&format!("{}/close", thread(&party.content(t, "7-0").await)), json!({})).await.ok();
            let path = format!("{}/update_categories", thread(&party.content(t, "8-0").await));
            t.put(&path, json!({"thread_category_ids": [category["id"]]})).await.ok();
            let path = format!("/1.0/contents/{}/update_categories", id(&party.content(t, "9-0").await));
            t.put(&path, json!({"category_ids": [category["id"]]})).await.ok();
        }
        1 => {
            party.reply(t, &party.content(t, "10-1").await, "What is it about?").await;
            t.settled().await;
        }
        _ => {}
    }
}

/// Without what is different each time.
fn bare(mut record: Value) -> Value {
    let kept = |name: &str| name == "foreign_id" || !(name == "id" || name.ends_with("_id") || name.ends_with("_at"));
    record.as_object_mut().expect("a map").retain(|name, _| kept(name));
    for name in ["intervention_user_ids", "opened_intervention_user_ids"] {
        if let Some(list) = record.get_mut(name) {
            *list = json!(list.as_array().expect("a list").len());
        }
    }
    record
}

async fn list(t: &TestApp, kind: &str, query: &str) -> Vec<Value> {
    let list = t.get(&format!("/1.0/{kind}?q={query}&limit=150")).await.ok();
    let mut records: Vec<Value> = list["records"].as_array().expect("a list").iter().cloned().map(bare).collect();
    assert_eq!(list["count"], json!(records.len()));
    records.sort_by_key(|record| (record["foreign_id"].to_string(), record["body"].to_string()));
    records
}

/// All that became of a party's messages, and what the journal says of each thread, in order.
async fn outcome(t: &TestApp, party: &ThirdParty) -> Vec<Vec<Value>> {
    let by = |more: &str| format!("source:{}{more}", party.id());
    let mut all = Vec::new();
    for (kind, more) in [
        ("contents", ""),
        ("content_threads", ""),
        ("content_threads", " status_in:new"),
        ("content_threads", " status_in:assigned"),
        ("content_threads", " language:fr"),
        ("content_threads", " text:round"),
    ] {
        all.push(list(t, kind, &by(more)).await);
    }
    let community = party.source["community_id"].as_str().expect("an id");
    let people = t.get(&format!("/1.0/identities?community_id={community}&limit=150")).await.ok();
    let people = people["records"].as_array().expect("a list").iter().filter(|person| person["controlled"] == false);
    let mut people: Vec<Value> = people.cloned().map(bare).collect();
    people.sort_by_key(|person| person["foreign_id"].to_string());
    all.push(people);
    let entries = t.app.db.read(|tx| Box::pin(journal::after(tx, 0, 10_000))).await.expect("the journal");
    for thread in 0..THREADS {
        let contents = t.get(&format!("/1.0/contents?q=source:{}&limit=150", party.id())).await.ok();
        let place = format!("{thread}-0");
        let contents = contents["records"].as_array().expect("a list").clone();
        let first = contents.iter().find(|content| content["foreign_id"] == place).expect("a first word");
        let of_thread =
            entries.iter().filter(|e| e.thread_id.as_ref().is_some_and(|id| id.as_str() == first["thread_id"]));
        all.push(of_thread.map(|e| json!([e.kind.as_str(), e.metadata["foreign_id"], e.metadata["status"]])).collect());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_at_once_become_what_they_become_one_by_one() {
    let t = TestApp::start().await;
    let category = t.post("/1.0/categories", json!({"name": "Lamps"})).await.ok();
    let (one, other) = (ThirdParty::new(&t, "One").await, ThirdParty::new(&t, "Other").await);
    for round in 0..ROUNDS {
        for thread in 0..THREADS {
            let answers = send(&t, &one, thread, round).await;
            let expected = if (thread, round) == (3, 2) { 422 } else { 200 };
            assert!(answers.iter().all(|answer| answer.0 == expected), "{answers:?}");
        }
        between(&t, &one, &category, round).await;
    }
    for round in 0..ROUNDS {
        let answers = join_all((0..THREADS).map(|thread| send(&t, &other, thread, round))).await;
        for (thread, answers) in answers.into_iter().enumerate() {
            let expected = if (thread, round) == (3, 2) { 422 } else { 200 };
            assert!(answers.iter().all(|answer| answer.0 == expected), "{thread}: {answers:?}");
        }
        between(&t, &other, &category, round).await;
    }
    let (one, other) = (outcome(&t, &one).await, outcome(&t, &other).await);
    for (one, other) in one.into_iter().zip(other) {
        assert_eq!(one, other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_somebody_holds_keeps_its_own_messages_waiting_and_no_others() {
    let t = TestApp::start().await;
    let Some(url) = t.app.config.database_url.clone() else { return };
    let party = ThirdParty::new(&t, "Party").await;
    let held = party.says(&t, "first", "held", "hello").await;
    let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    let thread = held["thread_id"].as_str().expect("an id");
    let hold = format!("BEGIN; SELECT 1 FROM content_threads WHERE id = '{thread}' FOR UPDATE");
    beside.batch_execute(&hold).await.expect("held");
    let write = |id: String, thread: String| {
        let author = json!({"id": id, "screenname": "Jane Doe"});
        let params = json!({"id": id, "author": author, "body": "hello", "thread_id": thread, "format": "text"});
        party.send(&t, "messages.create", params)
    };
    let answered = AtomicUsize::new(0);
    let waiting = join_all((0..2).map(|i| write(format!("held {i}"), "held".into())));
    let others = join_all((0..40).map(|i| {
        let (write, answered) = (&write, &answered);
        async move {
            assert_eq!(write(format!("free {i}"), format!("free {i}")).await.text, "ok");
            answered.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let freed = async {
        eventually("the others", || async { (answered.load(Ordering::SeqCst) == 40).then_some(()) }).await;
        beside.batch_execute("ROLLBACK").await.expect("free");
    };
    let (waited, _, ()) = tokio::join!(waiting, others, freed);
    assert!(waited.iter().all(|answer| answer.text == "ok"), "{waited:?}");
    assert_eq!(party.contents(&t).await.len(), 43);
}
