//! The lines of a thread's history: what was done, in one order with what was said.

use std::time::Duration;

use model::SourcePermission as P;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, TestApp, eventually, id, send};

async fn ask(t: &TestApp, token: &str, method: Method, path: &str, body: Value) -> Value {
    send(t.request_as(token, method, path).json(&body)).await.ok()
}

async fn view(t: &TestApp, thread: &str) -> Value {
    t.get(&format!("/console/threads/{thread}")).await.ok()
}

/// The texts and the deeds of a view, in the order of their places.
pub fn order(view: &Value) -> Vec<String> {
    let list = |name: &str| view[name].as_array().expect("a list").clone();
    let contents = list("contents").into_iter().map(|c| (c["ordinal"].as_i64(), 0, c["body"].clone()));
    let lines = list("lines").into_iter().map(|l| (l["ordinal"].as_i64(), 1, l["deed"].clone()));
    let mut all: Vec<_> = contents.chain(lines).collect();
    all.sort_by_key(|(place, kind, _)| (*place, *kind));
    all.into_iter().map(|(.., what)| what.as_str().expect("a text").to_owned()).collect()
}

fn deeds(view: &Value) -> Vec<&str> {
    view["lines"].as_array().expect("lines").iter().map(|line| line["deed"].as_str().expect("a deed")).collect()
}

#[tokio::test]
async fn what_is_done_is_told_with_what_belongs_to_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let orders = t.post("/1.0/categories", json!({"name": "Orders"})).await.ok();
    let parcels = t.post("/1.0/categories", json!({"name": "Parcels"})).await.ok();
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let case = ask(&t, &nora, Method::POST, "/1.0/interventions", json!({"content_id": said.content.id})).await;
    let case = format!("/1.0/interventions/{}", id(&case));
    let until = t.clock.now().plus_seconds(3600);
    ask(&t, &nora, Method::PUT, &format!("{case}/defer"), json!({"deferred_at": until})).await;
    ask(&t, &nora, Method::POST, "/1.0/interventions", json!({"content_id": said.content.id})).await;
    ask(&t, &nora, Method::PUT, &format!("{case}/defer"), json!({"deferred_at": until})).await;
    t.clock.advance(Duration::from_secs(3601));
    eventually("it is back", || async { deeds(&view(&t, &thread).await).contains(&"came_back").then_some(()) }).await;
    let categories = format!("/1.0/content_threads/{thread}/update_categories");
    for ids in [json!([orders["id"]]), json!([parcels["id"]]), json!([parcels["id"]])] {
        ask(&t, &nora, Method::PUT, &categories, json!({"thread_category_ids": ids})).await;
    }
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Here you are"});
    ask(&t, &nora, Method::POST, "/1.0/contents", reply).await;
    let finish = format!("/console/threads/{thread}/done");
    ask(&t, &nora, Method::POST, &finish, json!({"category_ids": [orders["id"]]})).await;
    let view = view(&t, &thread).await;
    assert_eq!(
        order(&view),
        [
            "Hello?",
            "opened",
            "deferred",
            "resumed",
            "deferred",
            "came_back",
            "categorized",
            "categorized",
            "Here you are",
            "closed"
        ],
        "the same categories again are no deed"
    );
    let lines = &view["lines"];
    assert_eq!((&lines[1]["until"], &lines[4]["by"]), (&json!(until), &Value::Null));
    assert_eq!((&lines[5]["category_ids"], &lines[5]["removed_category_ids"]), (&json!([orders["id"]]), &json!([])));
    let both = (&lines[6]["category_ids"], &lines[6]["removed_category_ids"]);
    assert_eq!(both, (&json!([parcels["id"]]), &json!([orders["id"]])));
    assert_eq!((&lines[7]["by"]["name"], &lines[7]["category_ids"]), (&json!("Nora Test"), &json!([orders["id"]])));
}

#[tokio::test]
async fn what_the_console_does_by_several_steps_is_one_line() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let act =
        async |path: &str| ask(&t, &nora, Method::POST, &format!("/console/threads/{thread}/{path}"), json!({})).await;
    let take =
        async || ask(&t, &nora, Method::POST, "/1.0/interventions", json!({"content_id": said.content.id})).await;
    take().await;
    act("done").await;
    shop.say(&t, "ann", Some(&thread), "Anybody?").await;
    take().await;
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Yes"});
    ask(&t, &nora, Method::POST, "/1.0/contents", reply).await;
    act("let_go").await;
    let expected = ["Hello?", "opened", "archived", "Anybody?", "opened", "Yes", "canceled"];
    assert_eq!(order(&view(&t, &thread).await), expected);
}

#[tokio::test]
async fn approvals_and_handovers_are_told() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, robo_token) = user(&t, "Robo", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&robo)), json!({"bot": true})).await.ok();
    shop.permit(&t, &robo, &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let engage = json!({"content_id": said.content.id});
    let case = ask(&t, &robo_token, Method::POST, "/1.0/interventions", engage).await;
    let text = "Good morning, ".repeat(20);
    let reply = json!({"in_reply_to_id": said.content.id, "body": text});
    let reply = ask(&t, &robo_token, Method::POST, "/1.0/contents", reply).await;
    t.put(&format!("/1.0/contents/{}/refuse", id(&reply)), json!({"reason": "Shorter"})).await.ok();
    let over = json!({"intervention_id": case["id"], "from": "bot", "to": "agent", "type": "engage_messaging"});
    let handed = send(t.request_as(&robo_token, Method::POST, "/1.0/bots/handover").json(&over)).await;
    assert!(handed.status.is_success(), "{}", handed.json);
    let view = view(&t, &thread).await;
    assert_eq!(deeds(&view), ["opened", "refused", "handed_over"]);
    let refused = &view["lines"][1];
    assert_eq!(refused["author"]["name"], "Robo Test");
    let excerpt = refused["excerpt"].as_str().expect("a text");
    assert!(excerpt.starts_with("Good morning, Good") && excerpt.ends_with('…'), "{excerpt}");
    let handed = &view["lines"][2];
    assert_eq!((&handed["holder"]["name"], &handed["to"]), (&json!("Robo Test"), &json!("agent")));
}

#[tokio::test]
async fn lines_come_with_the_window_of_contents_that_they_stand_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "first").await;
    let thread = said.thread.id.to_string();
    let path = format!("/1.0/content_threads/{thread}");
    let lock = async || {
        t.put(&format!("{path}/close"), json!({})).await.ok();
        t.put(&format!("{path}/open"), json!({})).await.ok();
    };
    lock().await;
    for n in 0..60 {
        shop.say(&t, "ann", Some(&thread), &format!("{n}")).await;
    }
    lock().await;
    let last = view(&t, &thread).await;
    assert_eq!((&last["more"], deeds(&last)), (&json!(true), vec!["locked", "unlocked"]));
    let oldest = id(&last["contents"][0]).to_owned();
    let before = t.get(&format!("/console/threads/{thread}?before={oldest}")).await.ok();
    assert_eq!((&before["more"], deeds(&before)), (&json!(false), vec!["locked", "unlocked"]));
    assert!(before["lines"][0]["ordinal"].as_i64() < last["contents"][0]["ordinal"].as_i64());
    let all = [order(&before), order(&last)].concat();
    assert_eq!(
        (all[..4].join(" "), all[62..].join(" ")),
        ("first locked unlocked 0".into(), "59 locked unlocked".into())
    );
}

#[tokio::test]
async fn lines_outlive_the_journal_and_customers_cost_none() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    shop.say(&t, "ann", Some(&thread), "Anybody?").await;
    let cut = t.app.db.write(|tx| Box::pin(async move { tx.batch("DELETE FROM journal").await }));
    let cut: Result<(), store::Error> = cut.await;
    cut.expect("cut");
    assert_eq!(order(&view(&t, &thread).await), ["Hello?", "opened", "Anybody?"]);
    let page = send(t.request_as(ADMIN_TOKEN, Method::GET, &format!("/console/threads/{thread}"))).await.ok();
    let places: Vec<_> = page["contents"].as_array().expect("contents").iter().map(|c| c["ordinal"].clone()).collect();
    assert_eq!(places, [json!(1), json!(3)], "a customer's word takes one place, and a line another one");
}
