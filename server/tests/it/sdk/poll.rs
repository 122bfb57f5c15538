//! Third parties that are asked for what is new.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hubbub::domain::block::Blocks;
use hubbub::domain::listed::{self, Slice, Stopped};
use hubbub::domain::source_run;
use model::SourceId;
use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, eventually, eventually_later, id};

/// How a list treats the position that it is asked from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// It goes on after it.
    Honest,
    /// It gives the newest page, whatever it is asked.
    Ignores,
    /// It begins again where it does not know it.
    Loses,
    /// It answers 404 where it does not know it.
    Refuses,
}

/// What a third party lists, oldest first.
#[derive(Clone)]
pub(super) struct Feed {
    pub(super) items: Arc<Mutex<Vec<Value>>>,
    page: usize,
    pub(super) way: Arc<Mutex<Way>>,
}

impl Feed {
    pub(super) fn new(page: usize, items: impl IntoIterator<Item = Value>) -> Self {
        let items = Arc::new(Mutex::new(items.into_iter().collect()));
        Self { items, page, way: Arc::new(Mutex::new(Way::Honest)) }
    }

    pub(super) fn add(&self, item: Value) {
        self.items.lock().expect("not poisoned").push(item);
    }

    pub(super) fn page(&self, params: &Value) -> Reaction {
        let (items, way) = (self.items.lock().expect("not poisoned"), *self.way.lock().expect("not poisoned"));
        let since = params.get("since_id").and_then(Value::as_str);
        let at = since.and_then(|since| items.iter().position(|item| text_of(&item["id"]) == since));
        let from = match (way, since, at) {
            (Way::Ignores, ..) => items.len().saturating_sub(self.page),
            (Way::Refuses, Some(_), None) => return Reaction::Status(404, "no such message"),
            (_, _, at) => at.map_or(0, |at| at + 1),
        };
        let page: Vec<Value> = items[from..].iter().take(self.page).rev().cloned().collect();
        Reaction::Object(json!(page))
    }
}

fn text_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// A message of John's at a second of the test's first minute.
pub(super) fn message(id: &str, second: usize) -> Value {
    json!({"id": id, "thread_id": "42", "author": {"id": "666", "screenname": "John"}, "body": format!("body {id}"),
           "created_at": format!("2026-03-02T09:00:{second:02}Z")})
}

/// Has a third party list its messages.
pub(super) fn lists(blog: &ThirdParty, feed: &Feed) {
    let feed = feed.clone();
    blog.answers(move |action, params| match action {
        "implementation.info" => info(&["messages"], &[]),
        "messages.list" => feed.page(params),
        _ => Reaction::Object(json!([])),
    });
}

pub(super) fn info(lists: &[&str], options: &[&str]) -> Reaction {
    let objects: serde_json::Map<String, Value> =
        lists.iter().map(|object| ((*object).to_owned(), json!(["create", "list"]))).collect();
    Reaction::Object(json!({"objects": objects, "options": options}))
}

/// The texts of a source's contents, in the order in which they came.
pub(super) async fn bodies(t: &TestApp, blog: &ThirdParty) -> Vec<String> {
    let source = blog.id().to_owned();
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT body FROM contents WHERE source_id = ?1 ORDER BY thread_id, ordinal";
            let mut rows = tx.rows(sql, store::params![source]).await?;
            rows.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, store::Error>>()
        })
    });
    read.await.expect("a read")
}

async fn imported(t: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM journal WHERE kind = 'content.imported'";
    let read = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await }));
    read.await.expect("a read")
}

fn all(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("body {n:03}")).collect()
}

#[tokio::test]
async fn a_list_is_taken_in_page_by_page_oldest_first_and_once() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let feed = Feed::new(7, (0..30).map(|n| message(&format!("{n:03}"), n)));
    lists(&blog, &feed);
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], &run["reason"]), (&json!(30), &Value::Null), "{run}");
    assert_eq!(bodies(&t, &blog).await, all(30));
    let since: Vec<Value> = blog.asked().iter().map(|got| got.params["since_id"].clone()).collect();
    let expected = [Value::Null, Value::Null, json!("006"), json!("013"), json!("020"), json!("027"), json!("029")];
    assert_eq!(since[since.len() - 7..], expected, "the first is that of what it can do");

    // What is new comes with the next look, and what came before changes nothing.
    let asked = blog.asked().len();
    feed.add(message("030", 30));
    t.clock.advance(Duration::from_secs(67));
    eventually("the next look", || async { (bodies(&t, &blog).await.len() == 31).then_some(()) }).await;
    assert_eq!(blog.asked()[asked + 1].params, json!({"since_id": "029"}));
    assert_eq!((bodies(&t, &blog).await, imported(&t).await), (all(31), 31));
    let shown = t.get(&format!("/1.0/content_sources/{}/health", blog.id())).await.ok();
    assert_eq!(
        (&shown["health"]["state"], &shown["cursors"][0]["position"], &shown["cursors"][0]["caught_up"]),
        (&json!("ok"), &json!("030"), &json!(true))
    );
}

#[tokio::test]
async fn what_is_listed_of_somebody_blocked_is_passed_over_and_the_list_goes_on() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let feed = Feed::new(7, (0..3).map(|n| message(&format!("{n:03}"), n)));
    lists(&blog, &feed);
    blog.run(&t).await;
    let author = blog.contents(&t).await[0]["author_id"].clone();
    let block = t.post("/console/blocks", json!({"identity_id": author})).await.ok();
    (3..20).for_each(|n| feed.add(message(&format!("{n:03}"), n)));
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], bodies(&t, &blog).await), (&json!(0), all(3)), "{run}");
    assert_eq!(t.get("/console/blocks").await.ok()["records"][0]["refused_count"], 17);
    t.delete(&format!("/console/blocks/{}", id(&block))).await.ok();
    feed.add(message("020", 20));
    blog.run(&t).await;
    assert_eq!(bodies(&t, &blog).await.len(), 4);
}

#[tokio::test]
async fn a_list_that_does_not_know_the_position_doubles_nothing() {
    let t = TestApp::start().await;
    for (name, way) in [("Ignores", Way::Ignores), ("Loses", Way::Loses)] {
        let blog = ThirdParty::with(&t, name, json!({"import_from": "all"})).await;
        let feed = Feed::new(10, (0..10).map(|n| message(&format!("{n:03}"), n)));
        lists(&blog, &feed);
        blog.run(&t).await;
        *feed.way.lock().expect("not poisoned") = way;
        let asked = blog.asked().len();
        // The position that it was left at is gone.
        feed.items.lock().expect("not poisoned").retain(|item| item["id"] != "009");
        blog.run(&t).await;
        assert!(blog.asked().len() <= asked + 3, "{name} is not asked without end");
        feed.add(message("010", 10));
        blog.run(&t).await;
        assert_eq!(bodies(&t, &blog).await, all(11), "{name}");
    }
}

#[tokio::test]
async fn a_position_that_is_refused_in_three_runs_gives_way_to_an_earlier_one() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let feed = Feed::new(3, (0..9).map(|n| message(&format!("{n:03}"), n)));
    lists(&blog, &feed);
    blog.run(&t).await;
    *feed.way.lock().expect("not poisoned") = Way::Refuses;
    feed.items.lock().expect("not poisoned").retain(|item| item["id"] != "008");
    feed.add(message("009", 9));
    for _ in 0..2 {
        let run = blog.run(&t).await;
        assert_eq!(run["reason"], "answered 404: no such message");
    }
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], &run["reason"]), (&json!(1), &Value::Null), "{run}");
    assert_eq!(bodies(&t, &blog).await, all(10));
    let health = blog.health(&t).await;
    assert_eq!((&health["state"], &health["code"]), (&json!("degraded"), &json!("position_lost")));
    assert_eq!(health["message"], "the other side no longer knows \"008\", up to which messages was taken in");
    blog.run(&t).await;
    assert_eq!(blog.health(&t).await["state"], "ok");
}

#[tokio::test]
async fn objects_are_read_as_real_servers_write_them() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let john = json!({"id": 666, "screenname": "John"});
    let at = |id: Value, more: Value| {
        let mut item =
            json!({"id": id, "thread_id": 42, "author": john, "body": "a", "created_at": "2026-03-02T08:00:00Z"});
        item.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        item
    };
    let feed = Feed::new(
        100,
        [
            at(json!(1), json!({"in_reply_to_id": "0", "context_data": []})),
            at(json!("2"), json!({"in_reply_to_id": 1, "body": "b"})),
            at(json!("3"), json!({"author": null, "body": "c", "ip": "192.0.2.1"})),
            at(json!("4"), json!({"published": false, "body": "d", "display_url": "https://blog.test/4"})),
            at(json!("5"), json!({"body": "", "attachments": []})),
            at(
                json!("bad"),
                json!({"body": "Help!", "attachments": [{"filename": "a.png"}, {"content": "not base64!"}]}),
            ),
            json!("nonsense"),
            at(Value::Null, json!({"body": "without an id"})),
            at(json!("6"), json!({"body": "e", "created_at": "06/11/2017"})),
            at(json!("7"), json!({"body": "x".repeat(20_001)})),
            at(json!("8"), json!({"body": "f"})),
        ],
    );
    lists(&blog, &feed);
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], &run["skipped"], &run["parked"]), (&json!(7), &json!(3), &json!(1)), "{run}");
    let said = "Help!\na.png\nfile";
    assert_eq!(bodies(&t, &blog).await, ["a", "b", "c", "d", said, "e", "f"]);
    let (one, two) = (blog.content(&t, "1").await, blog.content(&t, "2").await);
    assert_eq!((&one["in_reply_to_id"], &two["in_reply_to_id"]), (&Value::Null, &one["id"]));
    let three = blog.content(&t, "3").await;
    let anonymous = t.get(&format!("/1.0/identities/{}", three["author_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&anonymous["screenname"], &three["context_data"]["ip"]), (&json!("Anonymous"), &json!("192.0.2.1")));
    let four = blog.content(&t, "4").await;
    assert_eq!(
        (&four["published"], &four["status"], &four["source_url"]),
        (&json!(false), &json!("new"), &json!("https://blog.test/4"))
    );
    assert_eq!(blog.content(&t, "6").await["created_at"], "2017-11-06T00:00:00Z");
}

#[tokio::test]
async fn what_answers_something_that_comes_later_in_the_same_run_is_tied_to_it() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let answers = |id: &str, n: usize, to: &str| {
        let mut item = message(id, n);
        item["in_reply_to_id"] = json!(to);
        item
    };
    // Pages of two: the first answers what comes on the next page, the third what comes on its own.
    let items = [
        answers("000", 0, "002"),
        message("001", 1),
        message("002", 2),
        answers("003", 3, "never"),
        answers("004", 4, "005"),
        message("005", 5),
    ];
    let feed = Feed::new(2, items);
    lists(&blog, &feed);
    blog.run(&t).await;
    assert_eq!(bodies(&t, &blog).await, all(6));
    for (id, to) in [("000", Some("002")), ("003", None), ("004", Some("005"))] {
        let content = blog.content(&t, id).await;
        let expected = match to {
            Some(to) => blog.content(&t, to).await,
            None => json!({}),
        };
        assert_eq!(
            (&content["in_reply_to_id"], &content["in_reply_to_author_id"]),
            (&expected["id"], &expected["author_id"]),
            "{id}"
        );
    }
}

#[tokio::test]
async fn threads_and_private_messages_have_lists_of_their_own() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let user = |id: &str, ours: bool| json!({"id": id, "screenname": id, "puppetizable": ours});
    blog.answers(move |action, params| match (action, params.get("since_id")) {
        ("implementation.info", _) => info(&["private_messages", "messages", "threads"], &["threads.no_content"]),
        ("threads.list", None) => Reaction::Object(json!([{"id": 42, "title": "News"}, {"id": 41, "title": "Old"}])),
        ("messages.list", None) => Reaction::Object(json!([message("1", 1)])),
        ("private_messages.list", None) => Reaction::Object(json!([
            {"id": "2", "author": user("desk", true), "recipient": user("ann", false), "body": "How are you?"},
            {"id": "1", "author": user("ann", false), "recipient": user("desk", true), "body": "psst"},
        ])),
        _ => Reaction::Object(json!([])),
    });
    let asked = blog.asked().len();
    let run = blog.run(&t).await;
    assert_eq!((&run["received"], &run["skipped"]), (&json!(5), &json!(0)), "{run}");
    let order: Vec<String> = blog.asked()[asked..].iter().map(|got| got.action.clone()).collect();
    let firsts: Vec<&str> = order.iter().map(String::as_str).filter(|action| action.ends_with("list")).collect();
    assert_eq!(firsts[..2], ["threads.list"; 2]);
    assert_eq!(firsts[firsts.len() - 2..], ["private_messages.list"; 2]);
    let said = t.get(&format!("/1.0/contents?q=source:{}", blog.id())).await.ok();
    let threads: Vec<&Value> = said["records"].as_array().expect("a list").iter().map(|c| &c["thread_id"]).collect();
    assert_eq!(threads.len(), 3);
    let of = |id: &str, private: bool| {
        let one = said["records"].as_array().expect("a list").iter();
        one.clone().find(|c| c["foreign_id"] == id && c["private_message"] == private).expect("a content").clone()
    };
    assert_eq!(of("1", true)["thread_id"], of("2", true)["thread_id"], "both are Ann's");
    let thread = t.get(&format!("/1.0/content_threads/{}", of("1", false)["thread_id"].as_str().expect("an id"))).await;
    assert_eq!(thread.ok()["title"], "News");
}

#[tokio::test]
async fn what_was_there_before_the_source_was_connected_waits_for_nobody() {
    let t = TestApp::start().await;
    let dated = |id: &str, at: &str| {
        let mut item = message(id, 0);
        item["created_at"] = json!(at);
        item
    };
    let items = [
        dated("000", "2025-03-10T12:00:00Z"),
        dated("001", "2026-03-05T12:00:00Z"),
        dated("002", "2026-03-10T11:00:00Z"),
        dated("003", "2026-03-10T11:59:30Z"),
        dated("004", "2026-03-10"),
    ];
    for (name, settings, expected) in [
        ("now", json!({}), vec![("003", "new"), ("004", "new")]),
        (
            "days",
            json!({"import_from": "7d"}),
            vec![("001", "ignored"), ("002", "ignored"), ("003", "new"), ("004", "new")],
        ),
        (
            "open",
            json!({"import_from": "1d", "import_open": true}),
            vec![("002", "new"), ("003", "new"), ("004", "new")],
        ),
        (
            "all",
            json!({"import_from": "all"}),
            vec![("000", "new"), ("001", "new"), ("002", "new"), ("003", "new"), ("004", "new")],
        ),
    ] {
        t.set_clock("2026-03-10T12:00:00Z");
        let blog = ThirdParty::listen_for(&t, name, settings, {
            let feed = Feed::new(2, items.clone());
            move |action, params| match action {
                "implementation.info" => info(&["messages"], &[]),
                _ => feed.page(params),
            }
        })
        .await;
        let contents = blog.contents(&t).await;
        let mut found: Vec<(&str, &str)> = contents
            .iter()
            .map(|c| (c["foreign_id"].as_str().expect("an id"), c["status"].as_str().expect("a status")))
            .collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn a_source_that_hangs_delays_no_other_and_rubbish_is_its_own_trouble() {
    let t = TestApp::start().await;
    t.leaves("one of them never answers");
    let slow = ThirdParty::new(&t, "Slow").await;
    slow.answers(|_, _| Reaction::Hang("x"));
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let feed = Feed::new(10, []);
    lists(&blog, &feed);
    t.clock.advance(Duration::from_secs(11));
    t.post(&format!("/1.0/content_sources/{}/run", slow.id()), json!({})).await.ok();
    eventually("the slow one is asked", || async { (slow.asked().len() > 1).then_some(()) }).await;
    feed.add(message("000", 0));
    blog.run(&t).await;
    assert_eq!(bodies(&t, &blog).await, all(1));

    let bad: Arc<Mutex<Reaction>> = Arc::new(Mutex::new(Reaction::Forged));
    let answers = bad.clone();
    let (again, feed) = (Arc::new(AtomicUsize::new(0)), Feed::new(10, (0..2).map(|n| message(&format!("{n:03}"), n))));
    let (count, list) = (again.clone(), feed.clone());
    blog.answers(move |action, params| match action {
        "implementation.info" => info(&["messages"], &[]),
        _ if count.load(Ordering::SeqCst) == 1 => list.page(params),
        _ => answers.lock().expect("not poisoned").clone(),
    });
    for (reaction, code) in [
        (Reaction::Forged, "signature"),
        (Reaction::Moved, "refused"),
        (Reaction::BreakOff, "broken"),
        (Reaction::Status(200, "<?php warning"), "not_json"),
        (Reaction::Status(200, "[{\"id\":\"001\""), "not_json"),
        (Reaction::Object(json!({"id": "7"})), "not_a_list"),
        (Reaction::Status(500, "oops"), "refused"),
        (Reaction::Wait("20"), "refused"),
    ] {
        *bad.lock().expect("not poisoned") = reaction;
        let run = blog.run(&t).await;
        assert_eq!(run["reason_code"], code, "{run}");
    }
    again.store(1, Ordering::SeqCst);
    let run = blog.run(&t).await;
    assert_eq!((&run["reason"], &run["received"]), (&Value::Null, &json!(1)), "{run}");
    assert_eq!(bodies(&t, &blog).await, all(2));
    slow.go_on();
}

#[tokio::test]
async fn a_page_whose_process_dies_before_the_commit_is_fetched_again() {
    let t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let id = SourceId::parse(blog.id()).expect("an id");
    let feed = Feed::new(10, (0..3).map(|n| message(&format!("{n:03}"), n)));
    lists(&blog, &feed);
    // Another process takes the run, and is never heard of again: its lease ends, and the page comes by the next run.
    t.clock.advance(Duration::from_secs(50));
    let of = id.clone();
    let take = t.app.db.write(move |tx| {
        Box::pin(async move {
            let source = store::source::find(tx, &of).await?.expect("a source");
            source_run::want(tx, &source).await?;
            source_run::take(tx, &of, "other").await
        })
    });
    let run = take.await.expect("taken").expect("a run");
    assert!(blog.asked().iter().all(|got| got.action != "messages.list"));
    t.clock.advance(Duration::from_secs(200));
    eventually("the page", || async { (bodies(&t, &blog).await.len() == 3).then_some(()) }).await;
    // What the dead one had on its way does not come in twice, and moves nothing back.
    let late = t.app.db.write(move |tx| {
        Box::pin(async move {
            let slice = Slice {
                stream: "messages",
                items: &[],
                bad: &[],
                position: Some("000"),
                first: false,
                links: &[],
                blocks: &Blocks::default(),
            };
            listed::take_in(tx, &run, &run.source, &slice).await
        })
    });
    assert!(matches!(late.await, Err(Stopped::Lost)));
    let health = t.get(&format!("/1.0/content_sources/{}/health", blog.id())).await.ok();
    assert_eq!(health["cursors"][0]["position"], "002");
    assert_eq!(bodies(&t, &blog).await, all(3));
}

#[tokio::test]
async fn stopped_at_any_request_of_a_run_it_loses_and_doubles_nothing() {
    let mut t = TestApp::start().await;
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    let feed = Feed::new(2, []);
    let (at, hangs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (next, hung, list) = (at.clone(), hangs.clone(), feed.clone());
    let (stop, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Requests are counted from the first of each run, which keeps the stop that it began with. What is new comes with a stop:
    // no run from before brings it.
    blog.answers(move |action, params| {
        let first = action == "implementation.info";
        if first {
            asked.store(0, Ordering::SeqCst);
            let now = next.load(Ordering::SeqCst);
            if now > stop.swap(now, Ordering::SeqCst) {
                for n in (now - 1) * 5..now * 5 {
                    list.add(message(&format!("{n:03}"), n % 60));
                }
            }
        }
        let nth = asked.fetch_add(1, Ordering::SeqCst) + 1;
        if nth == stop.load(Ordering::SeqCst) && !hung.swap(true, Ordering::SeqCst) {
            return Reaction::Hang("x");
        }
        if first { info(&["messages"], &[]) } else { list.page(params) }
    });
    for stop in 1.. {
        let wanted = stop * 5;
        hangs.store(false, Ordering::SeqCst);
        at.store(stop, Ordering::SeqCst);
        t.post(&format!("/1.0/content_sources/{}/run", blog.id()), json!({})).await.ok();
        let silent = eventually_later(&[&t], "the request, or everything", || async {
            let all = bodies(&t, &blog).await.len() >= wanted;
            hangs.load(Ordering::SeqCst).then_some(true).or(all.then_some(false))
        })
        .await;
        at.store(0, Ordering::SeqCst);
        if silent {
            t.restart().await;
            blog.go_on();
        }
        eventually_later(&[&t], "everything", || async { (bodies(&t, &blog).await.len() >= wanted).then_some(()) })
            .await;
        assert_eq!(bodies(&t, &blog).await.len(), wanted, "stopped at {stop}");
        if !silent {
            assert!(stop > 2, "there are more requests than that");
            break;
        }
    }
}

#[tokio::test]
async fn two_processes_never_ask_one_source_at_once() {
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all", "poll_seconds": 15})).await;
    let feed = Feed::new(5, (0..20).map(|n| message(&format!("{n:03}"), n)));
    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak, list) = (at_once.clone(), most.clone(), feed.clone());
    blog.answers(move |action, params| {
        let there = now.fetch_add(1, Ordering::SeqCst) + 1;
        peak.fetch_max(there, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        now.fetch_sub(1, Ordering::SeqCst);
        match action {
            "implementation.info" => info(&["messages"], &[]),
            _ => list.page(params),
        }
    });
    for round in 0..10 {
        feed.add(message(&format!("{:03}", 20 + round), 30));
        for server in [&t, &other] {
            server.clock.advance(Duration::from_secs(17));
        }
        let wanted = 21 + round;
        eventually("what is new", || async { (bodies(&t, &blog).await.len() == wanted).then_some(()) }).await;
    }
    assert_eq!((bodies(&t, &blog).await, most.load(Ordering::SeqCst)), (all(30), 1));
    other.stop().await;
}
