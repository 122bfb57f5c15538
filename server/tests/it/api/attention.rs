//! Where threads stand, what waits for whom, and what each agent has read.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::derived::{assert_derived, assert_states};
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Browser, TestApp, eventually, id, send};

async fn get(t: &TestApp, token: &str, path: &str) -> Value {
    send(t.request_as(token, Method::GET, path)).await.ok()
}

async fn post(t: &TestApp, token: &str, path: &str, body: Value) -> Value {
    send(t.request_as(token, Method::POST, path).json(&body)).await.ok()
}

async fn put(t: &TestApp, token: &str, path: &str, body: Value) -> Value {
    send(t.request_as(token, Method::PUT, path).json(&body)).await.ok()
}

async fn row(t: &TestApp, token: &str, thread: &str) -> Value {
    get(t, token, &format!("/console/threads/{thread}")).await["thread"].clone()
}

async fn take(t: &TestApp, token: &str, content: &impl ToString) -> String {
    id(&post(t, token, "/1.0/interventions", json!({"content_id": content.to_string()})).await).to_owned()
}

async fn reply(t: &TestApp, token: &str, content: &impl ToString) {
    let body = json!({"in_reply_to_id": content.to_string(), "body": "Hello!"});
    post(t, token, "/1.0/contents", body).await;
}

/// The ids of the threads that a query finds, in order.
async fn found(t: &TestApp, token: &str, q: &str) -> Vec<String> {
    let answer = send(t.request_as(token, Method::GET, "/1.0/content_threads").query(&[("q", q)])).await.ok();
    let records = answer["records"].as_array().expect("a list").clone();
    assert_eq!(answer["count"], records.len(), "{q}");
    records.iter().map(|thread| id(thread).to_owned()).collect()
}

/// The ids of the threads of a folder, in order.
async fn listed(t: &TestApp, token: &str, folder: &str) -> Vec<String> {
    let answer = get(t, token, &format!("/console/threads?folder={folder}")).await;
    answer["records"].as_array().expect("a list").iter().map(|row| id(row).to_owned()).collect()
}

#[tokio::test]
async fn a_thread_is_always_in_one_state_that_folders_and_queries_find() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let (known, nora) = (&thread, &nora);
    let stands = async |state: &str, waits: bool| {
        let row = row(&t, nora, known).await;
        assert_eq!((&row["state"], row["waiting_since"].is_string()), (&json!(state), waits));
        assert_eq!(
            (row["done_at"].is_string(), row["deferred_at"].is_string()),
            (state == "done", state == "deferred")
        );
        for other in ["unassigned", "open", "deferred", "done"] {
            let here = if other == state { vec![known.clone()] } else { vec![] };
            assert_eq!(found(&t, nora, &format!("state:{other}")).await, here, "{state}");
            assert_eq!(found(&t, nora, &format!("-state:{other}")).await.len(), usize::from(other != state));
        }
        assert_eq!(found(&t, nora, "waiting:true").await.len(), usize::from(waits));
        assert_eq!(found(&t, nora, "state:unassigned,open order:waiting.asc").await.len(), usize::from(waits));
        let folders = get(&t, nora, "/console/folders").await;
        let unassigned = i64::from(state == "unassigned");
        let open = i64::from(state == "unassigned" || state == "open");
        assert_eq!(
            (folders["unassigned"].as_i64(), folders["open"].as_i64(), folders["deferred"].as_i64()),
            (Some(unassigned), Some(open), Some(i64::from(state == "deferred")))
        );
        assert_derived(&t).await;
        assert_states(&t).await;
    };
    stands("unassigned", true).await;
    let since = row(&t, nora, known).await["waiting_since"].clone();
    t.clock.advance(Duration::from_secs(60));
    shop.say(&t, "ann", Some(known), "Anybody?").await;
    assert_eq!(row(&t, nora, known).await["waiting_since"], since, "who waits waits since their first word");
    let case = take(&t, nora, &said.content.id).await;
    stands("open", true).await;
    assert_eq!(row(&t, nora, known).await["waiting_since"], since);
    reply(&t, nora, &said.content.id).await;
    let last = shop.say(&t, "ann", Some(known), "And?").await;
    reply(&t, nora, &last.content.id).await;
    stands("open", false).await;
    let until = t.clock.now().plus_seconds(3600);
    put(&t, nora, &format!("/1.0/interventions/{case}/defer"), json!({"deferred_at": until})).await;
    stands("deferred", false).await;
    assert_eq!(listed(&t, nora, "deferred").await, std::slice::from_ref(known));
    assert_eq!(listed(&t, nora, "mine").await, Vec::<String>::new());
    shop.say(&t, "ann", Some(known), "One more thing").await;
    stands("open", true).await;
    put(&t, nora, &format!("/1.0/interventions/{case}/close"), json!({})).await;
    stands("done", false).await;
    // Long after, it begins anew.
    t.clock.advance(Duration::from_secs(30 * 86_400));
    shop.say(&t, "ann", Some(known), "Hello again").await;
    stands("unassigned", true).await;
    t.put(&format!("/1.0/content_threads/{known}/close"), json!({})).await.ok();
    stands("done", false).await;
    assert_eq!(found(&t, nora, "locked:true").await, std::slice::from_ref(known));
    t.put(&format!("/1.0/content_threads/{known}/open"), json!({})).await.ok();
    stands("unassigned", true).await;
    assert_eq!(found(&t, nora, "locked:true").await, Vec::<String>::new());
}

#[tokio::test]
async fn folders_stand_in_the_order_in_which_they_are_worked_through() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let mut threads = Vec::new();
    for name in ["ann", "bob", "cid", "dan"] {
        let said = shop.say(&t, name, None, "Hello").await;
        threads.push((said.thread.id.to_string(), said.content.id));
        t.clock.advance(Duration::from_secs(60));
    }
    let ids = |order: &[usize]| order.iter().map(|at| threads[*at].0.clone()).collect::<Vec<_>>();
    assert_eq!(listed(&t, &nora, "unassigned").await, ids(&[0, 1, 2, 3]), "who waits longest first");
    assert_eq!(listed(&t, &nora, "open").await, ids(&[3, 2, 1, 0]), "newest activity first");
    assert_eq!(found(&t, &nora, "state:unassigned order:waiting.desc").await, ids(&[3, 2, 1, 0]));
    let mut cases = Vec::new();
    for (_, content) in &threads {
        cases.push(take(&t, &nora, content).await);
    }
    // What is read waits behind what is not, who is answered behind those.
    for at in [0, 2] {
        post(&t, &nora, &format!("/console/threads/{}/read", threads[at].0), json!({})).await;
    }
    assert_eq!(listed(&t, &nora, "mine").await, ids(&[1, 3, 0, 2]));
    reply(&t, &nora, &threads[1].1).await;
    assert_eq!(listed(&t, &nora, "mine").await, ids(&[3, 0, 2, 1]));
    assert_eq!(found(&t, &nora, "order:attention").await, ids(&[3, 0, 2, 1]));
    assert_eq!(found(&t, ADMIN_TOKEN, "order:attention").await, Vec::<String>::new());
    let attention = get(&t, &nora, "/console/attention").await["threads"].clone();
    let attention: Vec<(&str, bool)> = attention
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (id(one), one["waits"].as_bool().expect("a truth value")))
        .collect();
    let expected = ids(&[3, 0, 2, 1]);
    assert_eq!(attention, [(&*expected[0], true), (&expected[1], true), (&expected[2], true), (&expected[3], false)]);
    for (at, hours) in [(0, 3), (2, 1)] {
        let until = t.clock.now().plus_seconds(hours * 3600);
        put(&t, &nora, &format!("/1.0/interventions/{}/defer", cases[at]), json!({"deferred_at": until})).await;
    }
    assert_eq!(listed(&t, &nora, "deferred").await, ids(&[2, 0]), "what comes back soonest first");
    for at in [1, 3] {
        t.clock.advance(Duration::from_secs(60));
        post(&t, &nora, &format!("/console/threads/{}/done", threads[at].0), json!({})).await;
    }
    assert_eq!(listed(&t, &nora, "done").await, ids(&[3, 1]), "what was done last first");
    assert_eq!(found(&t, &nora, "order:done_at.asc").await, ids(&[1, 3]));
}

#[tokio::test]
async fn each_agent_has_read_what_they_have_read() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let old = shop.say(&t, "zoe", None, "Before anybody was here").await.thread.id.to_string();
    t.clock.advance(Duration::from_secs(60));
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let unread = async |token: &str| row(&t, token, &thread).await["unread"].clone();
    assert_eq!(row(&t, &nora, &old).await["unread"], false, "what was said before the account began counts as read");
    assert_eq!(found(&t, &nora, "unread:true").await, std::slice::from_ref(&thread));
    let path = format!("/console/threads/{thread}");
    let read = post(&t, &nora, &format!("{path}/read"), json!({"upto": 1})).await;
    assert_eq!((&read["read_ordinal"], &read["marked"]), (&json!(1), &json!(false)));
    assert_eq!((unread(&nora).await, unread(&omar).await), (json!(false), json!(true)));
    assert_eq!(found(&t, &nora, "unread:true").await, Vec::<String>::new());
    assert_eq!(found(&t, &omar, "-unread:true").await, std::slice::from_ref(&old));
    shop.say(&t, "ann", Some(&thread), "Anybody?").await;
    assert_eq!(unread(&nora).await, json!(true));
    // It goes no further than there is, and never back.
    assert_eq!(post(&t, &nora, &format!("{path}/read"), json!({"upto": 99})).await["read_ordinal"], 2);
    assert_eq!(post(&t, &nora, &format!("{path}/read"), json!({"upto": -5})).await["read_ordinal"], 2);
    assert_eq!(unread(&nora).await, json!(false));
    // One's own word, and a colleague's, are nothing to read.
    reply(&t, &omar, &said.content.id).await;
    assert_eq!((unread(&nora).await, unread(&omar).await), (json!(false), json!(true)));
    post(&t, &nora, &format!("{path}/unread"), json!({})).await;
    assert_eq!((unread(&nora).await, found(&t, &nora, "unread:true").await), (json!(true), vec![thread.clone()]));
    post(&t, &nora, &format!("{path}/read"), json!({})).await;
    assert_eq!(unread(&nora).await, json!(false));
    let stranger = send(t.request(Method::POST, "/console/threads/111111111111111111111111/read")).await;
    stranger.error(404);
}

#[tokio::test]
async fn what_is_given_comes_back_fails_or_is_refused_is_marked_and_told() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora_user, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Team leader").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let case = take(&t, &omar, &said.content.id).await;
    reply(&t, &omar, &said.content.id).await;
    let (mut page, _) = Socket::agent(&t, &nora, None).await;
    let (mut other, _) = Socket::agent(&t, &omar, None).await;
    let given = format!("/1.0/interventions/{case}/reassign");
    put(&t, &omar, &given, json!({"user_id": id(&nora_user)})).await;
    let told = page.next_of("mine").await;
    assert_eq!((&told["thread_id"], &told["marked"]), (&json!(thread), &json!(true)));
    let counts = page.next_of("counts").await;
    assert_eq!((&counts["mine"], &counts["mine_all"]), (&json!(1), &json!(1)), "answered, and still to be looked at");
    let read = format!("/console/threads/{thread}/read");
    post(&t, &nora, &read, json!({})).await;
    let told = page.next_of("mine").await;
    assert_eq!((&told["marked"], &told["read_ordinal"]), (&json!(false), &json!(4)));
    assert_eq!(page.next_of("counts").await["mine"], 0);
    // The time is over until which it was put aside.
    let until = t.clock.now().plus_seconds(3600);
    put(&t, &nora, &format!("/1.0/interventions/{case}/defer"), json!({"deferred_at": until})).await;
    t.clock.advance(Duration::from_secs(3601));
    eventually("it comes back", async || (row(&t, &nora, &thread).await["marked"] == true).then_some(())).await;
    assert_eq!(row(&t, &nora, &thread).await["state"], "open");
    post(&t, &nora, &read, json!({})).await;
    // A colleague's comment.
    let comment = json!({"intervention_id": case, "body": "Look at her order"});
    post(&t, &omar, "/1.0/intervention_comments", comment).await;
    assert_eq!(row(&t, &nora, &thread).await["unread"], true);
    let frames = other.drain(&t).await;
    assert!(frames.iter().all(|frame| frame["type"] != "mine"), "what is marked for one is told to nobody else");
}

#[tokio::test]
async fn what_somebody_answers_is_read_on_all_their_pages() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let (mut page, _) = Socket::agent(&t, &nora, None).await;
    let browser = Browser::sign_in(&t, "nora@shop.test", "a long passphrase").await;
    let answer = json!({"in_reply_to_id": said.content.id, "body": "Hello!"});
    send(browser.write(&t, Method::POST, "/1.0/contents").json(&answer)).await.ok();
    let told = page.next_of("mine").await;
    assert_eq!((&told["thread_id"], &told["read_ordinal"]), (&json!(said.thread.id), &json!(1)));
}

#[tokio::test]
async fn an_answer_that_does_not_arrive_waits_for_its_author() {
    let t = TestApp::start().await;
    let party = ThirdParty::new(&t, "Forum").await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    party.says(&t, "m1", "t1", "Hello?").await;
    let content = party.content(&t, "m1").await;
    let thread = content["thread_id"].as_str().expect("an id").to_owned();
    take(&t, &nora, &id(&content)).await;
    party.script([Reaction::Error("banned", true)]);
    reply(&t, &nora, &id(&content)).await;
    let failed = async || (row(&t, &nora, &thread).await["trouble"] == "failed").then_some(());
    eventually("the failure", failed).await;
    assert_eq!(found(&t, &nora, "failed:true").await, std::slice::from_ref(&thread));
    let folders = get(&t, &nora, "/console/folders").await;
    assert_eq!(folders["mine"], 1, "answered, and yet not");
    post(&t, &nora, &format!("/console/threads/{thread}/read"), json!({})).await;
    assert_eq!(get(&t, &nora, "/console/folders").await["mine"], 1, "reading it sends nothing");
    reply(&t, &nora, &id(&content)).await;
    assert_eq!(row(&t, &nora, &thread).await["trouble"], Value::Null);
    assert_eq!(found(&t, &nora, "failed:true").await, Vec::<String>::new());
}

#[tokio::test]
async fn done_and_letting_go_are_one_act_each() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Agent").await;
    let category = t.post("/1.0/categories", json!({"name": "Solved", "post_qualification": true})).await.ok();
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let path = |act: &str| format!("/console/threads/{thread}/{act}");
    // Nobody has it: what waits is archived.
    post(&t, &nora, &path("done"), json!({})).await;
    assert_eq!(row(&t, &nora, &thread).await["state"], "done");
    assert_eq!(t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok()["status"], "ignored");
    // Somebody has it, and nobody has answered.
    let next = shop.say(&t, "ann", Some(&thread), "Hello?").await;
    let case = take(&t, &nora, &next.content.id).await;
    send(t.request_as(&omar, Method::POST, &path("let_go"))).await.error(403);
    let epoch = row(&t, &nora, &thread).await["owner_epoch"].as_i64().expect("a number");
    let stale = t.request_as(&nora, Method::POST, &path("done")).json(&json!({"owner_epoch": epoch - 1}));
    send(stale).await.error(409);
    post(&t, &nora, &path("done"), json!({"owner_epoch": epoch})).await;
    assert_eq!(row(&t, &nora, &thread).await["state"], "done");
    send(t.request(Method::GET, &format!("/1.0/interventions/{case}"))).await.error(404);
    // Answered: closed with how it ended; let go: it waits again.
    let next = shop.say(&t, "ann", Some(&thread), "Hello?").await;
    let case = take(&t, &nora, &next.content.id).await;
    reply(&t, &nora, &next.content.id).await;
    post(&t, &nora, &path("let_go"), json!({})).await;
    let back = row(&t, &nora, &thread).await;
    assert_eq!(
        (&back["state"], &back["owner"], back["waiting_since"].is_string()),
        (&json!("unassigned"), &Value::Null, true)
    );
    assert_eq!(t.get(&format!("/1.0/interventions/{case}")).await.ok()["status"], "Closed");
    send(t.request_as(&nora, Method::POST, &path("let_go"))).await.error(403);
    let case = take(&t, &nora, &next.content.id).await;
    reply(&t, &nora, &next.content.id).await;
    post(&t, &nora, &path("done"), json!({"category_ids": [id(&category)]})).await;
    let closed = t.get(&format!("/1.0/interventions/{case}")).await.ok();
    assert_eq!((&closed["status"], &closed["category_ids"]), (&json!("Closed"), &json!([id(&category)])));
    assert_derived(&t).await;
    assert_states(&t).await;
}

#[tokio::test]
async fn numbers_are_told_soon_after_they_change_and_only_then() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (mut page, _) = Socket::agent(&t, &nora, None).await;
    shop.say(&t, "ann", None, "Hello?").await;
    let told = page.next_of("counts").await;
    assert_eq!((&told["unassigned"], &told["open"], &told["mine"]), (&json!(1), &json!(1), &json!(0)));
    for name in ["bob", "cid", "dan", "eve"] {
        shop.say(&t, name, None, "Hello?").await;
    }
    let mut frames = 0;
    loop {
        frames += 1;
        let told = page.next_of("counts").await;
        if told["unassigned"] == 5 {
            break;
        }
    }
    assert!(frames <= 4, "what happens together is told together: {frames}");
    let plain = get(&t, &nora, "/console/folders").await;
    assert_eq!((&plain["unassigned"], &plain["open"], &plain["deferred"]), (&json!(5), &json!(5), &json!(0)));
}
