//! Figures: what is counted, for whom, and the conversations behind each.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::counted::{assert_counted, counted};
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

/// A Monday at ten: the desk is open from nine to six.
const MONDAY: &str = "2026-11-30T10:00:00Z";
const HOUR: Duration = Duration::from_secs(3600);

async fn figures(t: &TestApp, query: &str) -> Value {
    counted(t).await;
    t.get(&format!("/console/figures?{query}")).await.ok()
}

/// New, taken, answered, done, and the times of half and nine of ten answers.
fn cell(of: &Value) -> Value {
    json!([
        of["conversations_new"],
        of["conversations_taken"],
        of["first_response"],
        of["conversations_closed"],
        of["first_response_median"],
        of["first_response_p90"]
    ])
}

fn of<'v>(list: &'v Value, name: &str) -> &'v Value {
    let named = |one: &&Value| [&one["name"], &one["date"], &one["source"]["name"]].contains(&&json!(name));
    list.as_array().expect("a list").iter().find(named).unwrap_or(&Value::Null)
}

/// A customer asks; gives the content.
async fn asks(t: &TestApp, world: &World, who: &str, thread: Option<&str>) -> (String, String) {
    let said = world.say(t, who, thread, "Where is it?").await;
    (said.content.id.to_string(), said.thread.id.to_string())
}

/// A user does something.
async fn does(t: &TestApp, key: &str, method: Method, path: &str, body: Value) -> Answer {
    send(t.request_as(key, method, path).json(&body)).await
}

async fn takes(t: &TestApp, key: &str, content: &str) -> String {
    let case = does(t, key, Method::POST, "/1.0/interventions", json!({"content_id": content})).await.ok();
    id(&case).to_owned()
}

async fn answers(t: &TestApp, key: &str, content: &str) {
    let body = json!({"in_reply_to_id": content, "body": "On its way."});
    does(t, key, Method::POST, "/1.0/contents", body).await.ok();
}

async fn closes(t: &TestApp, key: &str, case: &str) {
    does(t, key, Method::PUT, &format!("/1.0/interventions/{case}/close"), json!({})).await.ok();
}

#[tokio::test]
async fn a_day_is_counted_by_day_source_and_agent() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let second = World::on(world.another_chat(&t, "Second").await);
    let (_, key) = user(&t, "Nina", "Team leader").await;
    let (ann, thread) = asks(&t, &world, "ann", None).await;
    asks(&t, &world, "ann", Some(&thread)).await;
    asks(&t, &second, "ben", None).await;
    t.clock.advance(HOUR);
    let case = takes(&t, &key, &ann).await;
    answers(&t, &key, &ann).await;
    answers(&t, &key, &ann).await;
    closes(&t, &key, &case).await;
    let told = figures(&t, "").await;
    assert_eq!((&told["from"], &told["to"]), (&json!("2026-11-24"), &json!("2026-11-30")));
    let within = |seconds: i64| json!(model::bucket_seconds(model::bucket(seconds)));
    let hour = within(3600);
    assert_eq!(cell(&told["total"]), json!([2, 1, 1, 1, hour, hour]));
    assert_eq!(cell(of(&told["days"], "2026-11-30")), json!([2, 1, 1, 1, hour, hour]));
    assert_eq!(cell(of(&told["days"], "2026-11-29")), json!([0, 0, 0, 0, null, null]));
    assert_eq!(cell(of(&told["sources"], "Shop chat")), json!([1, 1, 1, 1, hour, hour]));
    assert_eq!(cell(of(&told["sources"], "Second")), json!([1, 0, 0, 0, null, null]));
    assert_eq!(cell(of(&told["users"], "Nina Test")), json!([0, 1, 1, 1, hour, hour]));
    assert_eq!(
        (&told["now"]["unassigned"], &told["now"]["open"], &told["now"]["waiting"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(told["now"]["longest_since"], MONDAY);
    // Over a night nobody is there: an hour of it counts, and a word after all was done is something new.
    t.set_clock("2026-11-30T17:30:00Z");
    let (again, _) = asks(&t, &world, "ann", Some(&thread)).await;
    t.set_clock("2026-12-01T09:30:00Z");
    answers(&t, &key, &again).await;
    let told = figures(&t, "from=2026-12-01").await;
    assert_eq!(told["error"], Value::Null);
    assert_eq!(cell(&told["total"]), json!([0, 0, 1, 0, hour, hour]));
    // As many days before: the day before. Her word has given the conversation back to who had it.
    assert_eq!(cell(&told["before"]), json!([3, 2, 1, 1, hour, hour]));
    assert_counted(&t).await;
}

#[tokio::test]
async fn each_figure_opens_as_many_conversations_as_it_counts() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let (nina, key) = user(&t, "Nina", "Team leader").await;
    for n in 0..60 {
        t.clock.advance(Duration::from_secs(60));
        let (content, _) = asks(&t, &world, &format!("c{n}"), None).await;
        if n % 2 == 0 {
            let case = takes(&t, &key, &content).await;
            answers(&t, &key, &content).await;
            if n % 4 == 0 {
                closes(&t, &key, &case).await;
            }
        }
    }
    let told = figures(&t, "").await;
    for (who, cells) in [("", &told["total"]), (id(&nina), of(&told["users"], "Nina Test"))] {
        for metric in ["conversations_new", "conversations_taken", "first_response", "conversations_closed"] {
            let (mut all, mut next) = (Vec::new(), Value::Null);
            loop {
                let mut query = vec![("metric", metric), ("before", next.as_str().unwrap_or_default())];
                query.extend((!who.is_empty()).then_some(("user_id", who)));
                let page = send(t.request(Method::GET, "/console/figures/threads").query(&query)).await.ok();
                let ids = page["records"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|one| one["id"].as_str().unwrap().to_owned());
                all.extend(ids);
                next = page["next"].clone();
                if next.is_null() {
                    break;
                }
            }
            let count = all.len();
            all.sort();
            all.dedup();
            assert_eq!((json!(count), count), (cells[metric].clone(), all.len()), "{metric} of {who}");
        }
    }
    assert_eq!(told["total"]["conversations_new"], 60);
}

#[tokio::test]
async fn programs_count_for_themselves_and_people_answer_from_when_they_have_it() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let (nina, key) = user(&t, "Nina", "Team leader").await;
    let bot = json!({"firstname": "Ro", "lastname": "Bot", "email": "ro@shop.test", "bot": true,
                     "role_id": nina["role_id"]});
    let bot = t.post("/1.0/users", bot).await.ok();
    let token = t.post("/1.0/access_tokens", json!({"label": "ro", "user_id": bot["id"]})).await.ok();
    let bots = token["token"].as_str().expect("a token");
    let (ann, _) = asks(&t, &world, "ann", None).await;
    let case = takes(&t, bots, &ann).await;
    t.clock.advance(Duration::from_secs(60));
    answers(&t, bots, &ann).await;
    t.clock.advance(HOUR);
    let given = json!({"from": "bot", "to": "agent", "type": "asked", "intervention_id": case});
    does(&t, bots, Method::POST, "/1.0/bots/handover", given).await.ok();
    t.clock.advance(Duration::from_secs(600));
    let case = takes(&t, &key, &ann).await;
    answers(&t, &key, &ann).await;
    closes(&t, &key, &case).await;
    let told = figures(&t, "").await;
    let within = |seconds: i64| json!(model::bucket_seconds(model::bucket(seconds)));
    assert_eq!(cell(&told["total"]), json!([1, 1, 1, 1, within(600), within(600)]));
    assert_eq!(cell(of(&told["users"], "Ro Bot")), json!([0, 1, 1, 0, within(60), within(60)]));
    assert_eq!(of(&told["users"], "Ro Bot")["bot"], true);
    assert_counted(&t).await;
}

#[tokio::test]
async fn who_may_see_their_own_figures_sees_no_others() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let hidden = World::on(world.another_chat(&t, "Hidden").await);
    let path = format!("/1.0/content_sources/{}", hidden.chat.id);
    t.put(&path, json!({"hidden_from_stats": true})).await.ok();
    let (nina, key) = user(&t, "Nina", "Agent").await;
    let (omar, others) = user(&t, "Omar", "Agent").await;
    hidden.permit(&t, &nina, &[]).await;
    for (who, key) in [("ann", &key), ("ben", &others), ("cy", &others)] {
        let (content, _) = asks(&t, &world, who, None).await;
        takes(&t, key, &content).await;
        answers(&t, key, &content).await;
    }
    asks(&t, &hidden, "dee", None).await;
    counted(&t).await;
    let own = does(&t, &key, Method::GET, &format!("/console/figures?user_id={}", id(&omar)), json!({})).await.ok();
    assert_eq!((&own["user_id"], &own["total"]["first_response"]), (&nina["id"], &json!(1)));
    assert_eq!((own["users"].as_array().map(Vec::len), &own["now"]["open"]), (Some(1), &json!(1)));
    let listed = "/console/figures/threads?metric=first_response";
    let listed = does(&t, &key, Method::GET, listed, json!({})).await.ok();
    assert_eq!(listed["records"].as_array().map(Vec::len), Some(1));
    let path = format!("/console/figures?source_id={}", hidden.chat.id);
    does(&t, &key, Method::GET, &path, json!({})).await.error(404);
    // What is hidden is shown to who asks for it.
    assert_eq!(figures(&t, "").await["total"]["conversations_new"], 3);
    assert_eq!(figures(&t, "hidden=true").await["total"]["conversations_new"], 4);
    assert_eq!(figures(&t, &format!("source_id={}", hidden.chat.id)).await["total"]["conversations_new"], 1);
    for (query, field) in [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("days=0", "days"),
        ("days=93", "days"),
        ("from=2026-12-02&to=2026-12-01", "from"),
        ("from=2026-01-01&to=2026-12-01", "from"),
        ("from=0001-01-01&to=9999-12-31", "to"),
    ] {
        let refused = t.get(&format!("/console/figures?{query}")).await;
        assert_eq!(refused.json["field"], field, "{query}: {}", refused.text);
        refused.error(422);
    }
    t.get("/console/figures/threads").await.error(400);
    for query in ["metric=all", "metric=first_response&before=x", "metric=first_response&before=1"] {
        t.get(&format!("/console/figures/threads?{query}")).await.error(422);
    }
}

#[tokio::test]
async fn what_is_counted_anew_of_a_journal_without_its_beginning_is_the_same() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let (nina, key) = user(&t, "Nina", "Team leader").await;
    let mut open = Vec::new();
    for who in ["ann", "ben", "cy", "dee"] {
        let (content, thread) = asks(&t, &world, who, None).await;
        let case = takes(&t, &key, &content).await;
        open.push((who, content, thread, case));
    }
    answers(&t, &key, &open[0].1).await;
    does(&t, &key, Method::DELETE, &format!("/1.0/interventions/{}/cancel", open[3].3), json!({})).await.ok();
    counted(&t).await;
    t.clock.advance(HOUR);
    let before = t.clock.now();
    let forgotten = t.app.db.write(move |tx| Box::pin(store::journal::forget(tx, before, i64::MAX))).await;
    assert!(forgotten.expect("a write") > 20, "the beginning is gone");
    for (who, content, thread, case) in &open[..3] {
        answers(&t, &key, content).await;
        closes(&t, &key, case).await;
        t.clock.advance(HOUR);
        asks(&t, &world, who, Some(thread)).await;
    }
    t.put(&format!("/1.0/content_threads/{}/ignore", open[3].2), json!({})).await.ok();
    assert_counted(&t).await;
    let told = figures(&t, "").await;
    assert_eq!(told["total"]["conversations_new"], 7);
    assert_eq!(of(&told["users"], "Nina Test")["user_id"], nina["id"]);
}

/// What somebody does in the console, to be taken back by its key.
async fn acts(t: &TestApp, key: &str, path: &str, body: Value, number: u32) -> String {
    let id = format!("{number:024x}");
    let request = t.request_as(key, Method::POST, path).header("x-act", "1").header("idempotency-key", &id);
    send(request.json(&body)).await.ok();
    id
}

async fn takes_back(t: &TestApp, key: &str, act: &str) {
    does(t, key, Method::POST, &format!("/console/acts/{act}/undo"), json!({})).await.ok();
}

#[tokio::test]
async fn what_is_finished_without_an_answer_is_done_for_whoever_had_it_until_that_is_taken_back() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let (_, nina) = user(&t, "Nina", "Team leader").await;
    let (omar, others) = user(&t, "Omar", "Agent").await;
    let (ann, thread) = asks(&t, &world, "ann", None).await;
    takes(&t, &others, &ann).await;
    let counts = async |name: &str| {
        let told = figures(&t, "").await;
        let of = of(&told["users"], name).clone();
        json!([of["conversations_taken"], of["conversations_closed"]])
    };
    let done = format!("/console/threads/{thread}/done");
    let act = acts(&t, &nina, &done, json!({}), 1).await;
    assert_eq!((counts("Omar Test").await, counts("Nina Test").await), (json!([1, 1]), json!([null, null])));
    takes_back(&t, &nina, &act).await;
    assert_eq!(counts("Omar Test").await, json!([1, 0]));
    // Answered and done, it is done once, and what comes later is new.
    answers(&t, &others, &ann).await;
    acts(&t, &others, &done, json!({}), 2).await;
    asks(&t, &world, "ann", Some(&thread)).await;
    assert_eq!(counts("Omar Test").await, json!([2, 1]));
    // Who gives away what nobody has had has not had it, and nothing is left of it when that is taken back.
    let (_, bens) = asks(&t, &world, "ben", None).await;
    let act = format!("{:024x}", 7);
    let given = json!({"act_id": act, "act": "assign", "thread_ids": [bens], "user_id": id(&omar)});
    does(&t, &nina, Method::POST, "/console/bulk", given).await.ok();
    assert_eq!((counts("Omar Test").await, counts("Nina Test").await), (json!([3, 1]), json!([null, null])));
    does(&t, &nina, Method::POST, &format!("/console/bulk/{act}/undo"), json!({})).await.ok();
    assert_eq!(counts("Omar Test").await, json!([2, 1]));
    assert_counted(&t).await;
}

#[tokio::test]
async fn words_that_are_archived_one_by_one_are_done_and_answers_without_a_case_come_to_rest() {
    let t = TestApp::start().await;
    t.set_clock(MONDAY);
    let world = World::new(&t).await;
    let (_, nina) = user(&t, "Nina", "Team leader").await;
    let (first, thread) = asks(&t, &world, "ann", None).await;
    let (second, _) = asks(&t, &world, "ann", Some(&thread)).await;
    for (content, closed) in [(first, 0), (second, 1)] {
        does(&t, &nina, Method::PUT, &format!("/1.0/contents/{content}/ignore"), json!({})).await.ok();
        assert_eq!(figures(&t, "").await["total"]["conversations_closed"], closed);
    }
    asks(&t, &world, "ann", Some(&thread)).await;
    assert_eq!(figures(&t, "").await["total"]["conversations_new"], 2);
    // A word within a day of an answer goes on with it; one that comes later is something new.
    let (ben, thread) = asks(&t, &world, "ben", None).await;
    answers(&t, &nina, &ben).await;
    for (hours, new) in [(20, 3), (30, 4)] {
        t.clock.advance(HOUR * hours);
        let (again, _) = asks(&t, &world, "ben", Some(&thread)).await;
        assert_eq!(figures(&t, "days=28").await["total"]["conversations_new"], new, "after {hours} hours");
        answers(&t, &nina, &again).await;
    }
    assert_eq!(figures(&t, "days=28").await["total"]["first_response"], 2);
    assert_counted(&t).await;
}
