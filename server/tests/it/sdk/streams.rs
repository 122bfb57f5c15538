//! What third parties send in streams. Contents that come at the same moment may be written together; nobody notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use hubbub::domain::ingest::{Author, Incoming, Place};
use hubbub::domain::{self, ingest_many};
use model::SourceId;
use serde_json::{Value, json};
use store::source::{self, Source};
use store::{Error, journal};
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

#[tokio::test(flavor = "multi_thread")]
async fn words_of_the_same_new_people_that_come_together_into_the_same_threads_all_arrive_once() {
    const PEOPLE: usize = 5;
    const WORDS: usize = 8;
    let t = TestApp::start().await;
    let party = ThirdParty::new(&t, "Party").await;
    let beside = match t.app.config.database_url.clone() {
        Some(url) => {
            let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL");
            tokio::spawn(connection);
            // The first ones cannot commit, so that the others wait together.
            beside.batch_execute("BEGIN; SELECT 1 FROM journal_head FOR UPDATE").await.expect("held");
            Some(beside)
        }
        None => None,
    };
    let write = |n: usize| {
        let (thread, person) = (n % THREADS, n / 2 % PEOPLE);
        let author = json!({"id": format!("person {person}"), "screenname": format!("Jane {person}")});
        let params = json!({"id": format!("word {n}"), "author": author, "body": format!("word {n}"),
                            "thread_id": format!("thread {thread}"), "format": "text"});
        party.send(&t, "messages.create", params)
    };
    // Each twice, from both ends.
    let count = THREADS * WORDS;
    let sent = join_all((0..count).chain((0..count).rev()).map(write));
    let freed = async {
        let Some(beside) = beside else { return };
        let sql =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("one that waits", || async {
            let waiting: i64 = beside.query_one(sql, &[]).await.expect("a count").get(0);
            (waiting > 0).then_some(())
        })
        .await;
        beside.batch_execute("ROLLBACK").await.expect("free");
    };
    let (answers, ()) = tokio::join!(sent, freed);
    assert!(answers.iter().all(|answer| answer.text == "ok"), "{answers:?}");
    let mut words: Vec<_> = party.contents(&t).await.iter().map(|content| content["body"].to_string()).collect();
    words.sort();
    let mut expected: Vec<_> = (0..count).map(|n| json!(format!("word {n}")).to_string()).collect();
    expected.sort();
    assert_eq!(words, expected);
    let threads = t.get(&format!("/1.0/content_threads?q=source:{}", party.id())).await.ok();
    let threads = threads["records"].as_array().expect("a list");
    assert_eq!(threads.len(), THREADS);
    assert!(threads.iter().all(|thread| thread["contents_count"] == json!(WORDS)), "{threads:?}");
    let community = party.source["community_id"].as_str().expect("an id");
    let people = t.get(&format!("/1.0/identities?community_id={community}")).await.ok();
    let people = people["records"].as_array().expect("a list").iter().filter(|person| person["controlled"] == false);
    assert_eq!(people.count(), PEOPLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_server_has_changed_a_moment_ago_is_known() {
    let t = TestApp::start().await;
    let Some(beside) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let mut party = ThirdParty::new(&t, "Party").await;
    party.says(&beside, "first", "thread", "hello").await;
    for n in 0..3 {
        let path = format!("/1.0/content_sources/{}", party.id());
        party.meet(t.put(&path, json!({"rotate_access_token": true})).await.ok());
        party.says(&beside, &format!("word {n}"), "thread", "hello").await;
    }
}

/// A word of somebody in a thread, both by their ids on the other side.
fn word(source: &Source, person: &str, thread: &str) -> Incoming {
    let author = Author { foreign_id: person.to_owned(), ..Author::default() };
    let place = Place::Foreign(thread.to_owned());
    let incoming = Incoming::text(source.clone(), author, place, "hello".into());
    Incoming { foreign_id: Some(format!("{person} in {thread}")), ..incoming }
}

/// Has the second new row of a transaction in this table wait for a gate, as each other row after it.
fn gated(table: &str) -> String {
    format!(
        "CREATE FUNCTION gated_{table}() RETURNS TRIGGER AS $$ BEGIN \
         IF current_setting('gate.{table}', true) = 'yes' THEN PERFORM pg_advisory_xact_lock_shared(77); END IF; \
         PERFORM set_config('gate.{table}', 'yes', true); RETURN NEW; END $$ LANGUAGE plpgsql; \
         CREATE TRIGGER gated BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION gated_{table}()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_tell_of_the_same_new_people_or_threads_in_another_order_do_not_cross() {
    let t = TestApp::start().await;
    let Some(url) = t.app.config.database_url.clone() else { return };
    let party = ThirdParty::new(&t, "Party").await;
    let source = SourceId::parse(party.id()).expect("an id");
    let found = t.app.db.read(move |tx| Box::pin(async move { source::find(tx, &source).await }));
    let source: Source = found.await.expect("a source").expect("a source");
    let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    type Said = fn(&Source, &str, usize) -> Incoming;
    let cases: [(&str, Said); 2] = [
        ("identities", |source, name, teller| word(source, name, &format!("thread of {teller}"))),
        ("content_threads", |source, name, teller| word(source, &format!("person of {teller}"), name)),
    ];
    for (table, about) in cases {
        beside.batch_execute(&gated(table)).await.expect("a gate");
        beside.batch_execute("SELECT pg_advisory_lock(77)").await.expect("shut");
        let tries = [AtomicUsize::new(0), AtomicUsize::new(0)].map(Arc::new);
        let told = [["a", "b"], ["b", "a"]].into_iter().enumerate();
        let both = told.map(|(teller, names)| names.map(|name| about(&source, name, teller)));
        let both = both.zip(&tries).map(|(words, tries)| receive(&t, words.to_vec(), tries));
        let opened = async {
            // One waits at the gate, and the other for what the first has written, or at the gate as well.
            let sql = "SELECT COUNT(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                       WHERE NOT granted AND datname = current_database()";
            eventually("both wait", || async {
                let waiting: i64 = beside.query_one(sql, &[]).await.expect("a count").get(0);
                (waiting == 2).then_some(())
            })
            .await;
            beside.batch_execute("SELECT pg_advisory_unlock(77)").await.expect("open");
        };
        let (outcomes, ()) = tokio::join!(join_all(both), opened);
        let tries = tries.map(|tries| tries.load(Ordering::SeqCst));
        assert_eq!(tries, [1, 1], "{table}: one was given up for the other: {outcomes:?}");
        let again = |outcome: &&Result<_, _>| matches!(outcome, Err(domain::Error::Store(Error::Unique(_))));
        assert_eq!(outcomes.iter().filter(again).count(), 1, "{table}: {outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{table}: {outcomes:?}");
        beside.batch_execute(&format!("DROP TRIGGER gated ON {table}")).await.expect("no gate");
    }
}

/// Takes words in together, in a transaction of its own, and counts how often it is begun.
async fn receive(t: &TestApp, words: Vec<Incoming>, tries: &Arc<AtomicUsize>) -> domain::Result<Vec<bool>> {
    let tries = tries.clone();
    let written = t.app.db.write_ahead(move |tx| {
        Box::pin(async move {
            tries.fetch_add(1, Ordering::SeqCst);
            ingest_many::receive_all(tx, &words).await
        })
    });
    written.await
}
