//! Taking back what one has just done: all that it touched is as it was, or nothing changes and it is said why.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::ThreadId;
use reqwest::Method;
use serde_json::{Value, json};
use store::Scope;

use super::live_chat::live_shop;
use crate::support::counted::assert_counted;
use crate::support::derived::assert_derived;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, id, send};

/// A shop with two agents.
pub(super) struct Desk {
    pub(super) t: TestApp,
    pub(super) shop: World,
    pub(super) nora: String,
    pub(super) omar: String,
    pub(super) users: [Value; 2],
}

impl Desk {
    pub(super) async fn new() -> Self {
        let t = TestApp::start().await;
        let shop = World::new(&t).await;
        let (nora_user, nora) = user(&t, "Nora", "Agent").await;
        let (omar_user, omar) = user(&t, "Omar", "Agent").await;
        Self { t, shop, nora, omar, users: [nora_user, omar_user] }
    }

    /// Does something under a new id, by which it can be taken back.
    async fn act(&self, token: &str, method: Method, path: &str, body: Value) -> (Answer, String) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let key = format!("{:024x}", NEXT.fetch_add(1, Ordering::Relaxed));
        let request = self.t.request_as(token, method, path).header("x-act", "1").header("idempotency-key", &key);
        (send(request.json(&body)).await, key)
    }

    /// What went well.
    async fn does(&self, token: &str, method: Method, path: &str, body: Value) -> String {
        let (answer, key) = self.act(token, method, path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json);
        key
    }

    async fn undo(&self, token: &str, key: &str) -> Answer {
        send(self.t.request_as(token, Method::POST, &format!("/console/acts/{key}/undo")).json(&json!({}))).await
    }

    async fn refused(&self, token: &str, key: &str) -> (String, Value) {
        let answer = self.undo(token, key).await;
        assert_eq!((answer.status.as_u16(), &answer.json["error"]), (409, &json!("cannot_undo")), "{}", answer.json);
        (answer.json["because"].as_str().expect("a reason").to_owned(), answer.json["by"]["name"].clone())
    }

    async fn say(&self, thread: Option<&str>, text: &str) -> (String, String) {
        let said = self.shop.say(&self.t, "ann", thread, text).await;
        (said.thread.id.to_string(), said.content.id.to_string())
    }

    pub(super) async fn take(&self, token: &str, content: &str) -> String {
        self.does(token, Method::POST, "/1.0/interventions", json!({"content_id": content})).await
    }

    pub(super) async fn reply(&self, token: &str, content: &str) -> Answer {
        let body = json!({"in_reply_to_id": content, "body": "Yes"});
        send(self.t.request_as(token, Method::POST, "/1.0/contents").json(&body)).await
    }

    async fn finish(&self, token: &str, thread: &str) -> String {
        self.does(token, Method::POST, &format!("/console/threads/{thread}/done"), json!({})).await
    }

    /// Fields that acts touch, by their names.
    async fn stands(&self, thread: &str) -> BTreeMap<String, Value> {
        let thread_id = ThreadId::parse(thread).expect("an id");
        let read = self.t.app.db.read(move |tx| {
            Box::pin(async move {
                let thread = store::thread::find(tx, &Scope::All, &thread_id).await?.expect("a thread");
                let cases = store::intervention::of_thread(tx, &thread_id).await?;
                Ok::<_, store::Error>((thread, cases, store::act::contents(tx, &thread_id).await?))
            })
        });
        let (thread, cases, contents) = read.await.expect("a read");
        let mut all = BTreeMap::from([
            ("closed".to_owned(), json!(thread.closed)),
            ("categories".to_owned(), json!(thread.thread_category_ids.0)),
            ("state".to_owned(), json!(thread.state().as_str())),
            ("owner".to_owned(), json!(thread.assigned_user_id)),
        ]);
        for case in cases {
            let stands = json!([case.user_id, case.status, case.deferred_at, case.category_ids.0, case.closed_at]);
            all.insert(case.id.to_string(), stands);
        }
        for (id, status, case) in contents {
            all.insert(id.to_string(), json!([status, case]));
        }
        all
    }

    async fn case(&self, thread: &str) -> String {
        let row = self.t.get(&format!("/console/threads/{thread}")).await.ok();
        id(&row["thread"]["intervention"]).to_owned()
    }

    async fn deeds(&self, thread: &str) -> Vec<String> {
        let view = self.t.get(&format!("/console/threads/{thread}")).await.ok();
        let lines = view["lines"].as_array().expect("lines").clone();
        lines.iter().map(|line| line["deed"].as_str().expect("a deed").to_owned()).collect()
    }

    /// Does something, takes it back, and looks whether everything is as it was.
    async fn there_and_back(&self, thread: &str, method: Method, path: &str, body: Value) {
        let before = self.stands(thread).await;
        let key = self.does(&self.nora, method, path, body).await;
        assert_ne!(self.stands(thread).await, before, "{path}");
        let undone = self.undo(&self.nora, &key).await.ok();
        assert_eq!((&undone["already"], &undone["thread_id"]), (&json!(false), &json!(thread)));
        assert_eq!(self.stands(thread).await, before, "{path}");
        assert_eq!(self.undo(&self.nora, &key).await.ok()["already"], true, "once is enough");
    }
}

/// What a customer writes after an act waits for somebody, whatever is taken back.
#[tokio::test]
async fn what_a_customer_has_written_since_goes_on_waiting() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let waits = |thread: String| async move {
        let row = t.get(&format!("/console/threads/{thread}")).await.ok()["thread"].clone();
        (row["state"].clone(), row["waiting_since"].is_string())
    };
    // Answered, and given to somebody: it comes back, and still waits.
    let (thread, said) = desk.say(None, "One?").await;
    desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    let case = format!("/1.0/interventions/{}", desk.case(&thread).await);
    let body = json!({"user_id": id(&desk.users[1])});
    let given = desk.does(&desk.nora, Method::PUT, &format!("{case}/reassign"), body).await;
    desk.say(Some(&thread), "And?").await;
    assert_eq!(desk.undo(&desk.nora, &given).await.ok()["already"], false);
    assert_eq!(waits(thread.clone()).await, (json!("open"), true));
    // Resumed: their word would have done it.
    let until = t.clock.now().plus_seconds(86_400);
    desk.does(&desk.nora, Method::PUT, &format!("{case}/defer"), json!({"deferred_at": until})).await;
    let resumed = desk.take(&desk.nora, &said).await;
    desk.say(Some(&thread), "Still?").await;
    assert_eq!(desk.undo(&desk.nora, &resumed).await.ok()["already"], true);
    assert_eq!(waits(thread.clone()).await, (json!("open"), true));
    // Opened again: so, too; and with an answer of one's own it stays open.
    desk.finish(&desk.nora, &thread).await;
    let reopened = desk.take(&desk.nora, &said).await;
    desk.say(Some(&thread), "Hm").await;
    assert_eq!(desk.undo(&desk.nora, &reopened).await.ok()["already"], true);
    assert_eq!(waits(thread.clone()).await, (json!("open"), true));
    desk.finish(&desk.nora, &thread).await;
    let reopened = desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    assert_eq!(desk.refused(&desk.nora, &reopened).await.0, "answered");
    assert_derived(t).await;
    assert_counted(t).await;
}

#[tokio::test]
async fn every_act_is_taken_back_by_ordinary_events_and_a_line() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let category = t.post("/1.0/categories", json!({"name": "Orders"})).await.ok();
    let (thread, said) = desk.say(None, "Hello?").await;
    let console = format!("/console/threads/{thread}");
    let path = format!("/1.0/content_threads/{thread}");
    let (post, put) = (Method::POST, Method::PUT);
    // Nobody has it.
    desk.there_and_back(&thread, post.clone(), &format!("{console}/done"), json!({})).await;
    desk.there_and_back(&thread, post.clone(), "/1.0/interventions", json!({"content_id": said})).await;
    t.put(&format!("/1.0/users/{}", id(&desk.users[0])), json!({"role_id": lock_role(t).await})).await.ok();
    desk.there_and_back(&thread, put.clone(), &format!("{path}/close"), json!({})).await;
    let ids = json!({"thread_category_ids": [category["id"]]});
    desk.there_and_back(&thread, put.clone(), &format!("{path}/update_categories"), ids).await;
    // Somebody has it.
    desk.take(&desk.nora, &said).await;
    let case = format!("/1.0/interventions/{}", desk.case(&thread).await);
    t.post("/1.0/intervention_comments", json!({"intervention_id": desk.case(&thread).await, "body": "a note"}))
        .await
        .ok();
    desk.there_and_back(&thread, post.clone(), &format!("{console}/let_go"), json!({})).await;
    desk.there_and_back(&thread, post.clone(), &format!("{console}/done"), json!({})).await;
    let comments = t.get(&format!("/console/threads/{thread}")).await.ok()["comments"].clone();
    assert_eq!(comments[0]["body"], "a note", "what was noted of it is back, too");
    let to = json!({"user_id": desk.users[1]["id"]});
    desk.there_and_back(&thread, put.clone(), &format!("{case}/reassign"), to).await;
    let until = json!({"deferred_at": t.clock.now().plus_seconds(3600)});
    desk.there_and_back(&thread, put.clone(), &format!("{case}/defer"), until.clone()).await;
    desk.does(&desk.nora, put.clone(), &format!("{case}/defer"), until).await;
    desk.there_and_back(&thread, post.clone(), "/1.0/interventions", json!({"content_id": said})).await;
    // And has answered.
    desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    desk.there_and_back(&thread, post.clone(), &format!("{console}/let_go"), json!({})).await;
    let how = json!({"category_ids": [category["id"]]});
    desk.there_and_back(&thread, post.clone(), &format!("{console}/done"), how).await;
    desk.finish(&desk.nora, &thread).await;
    desk.there_and_back(&thread, post, "/1.0/interventions", json!({"content_id": said})).await;
    assert_derived(t).await;
    assert_counted(t).await;

    let deeds = desk.deeds(&thread).await;
    assert_eq!(deeds[..6], ["archived", "undone", "opened", "undone", "locked", "undone"]);
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(view["lines"][0]["act_id"], view["lines"][1]["undo_of"]);
    assert_eq!(
        [0, 1, 3, 5].map(|at| view["lines"][at]["undone"].clone()),
        [json!(null), json!("done"), json!("take"), json!("lock")]
    );
    let events = t.get("/1.0/events?limit=150").await.ok();
    let events = events["records"].as_array().expect("events").iter();
    let names: Vec<&str> = events.filter_map(|event| event["name"].as_str()).collect();
    for name in ["content.unignored", "intervention.reopened", "intervention.reactivated", "intervention.canceled"] {
        assert!(names.contains(&name), "{name}");
    }
    let back = t.app.db.read(|tx| {
        Box::pin(async move {
            let sql = "SELECT COUNT(*) FROM journal WHERE kind = 'content.unignored' AND metadata LIKE '%\"undo_of\"%'";
            tx.number(sql, Vec::new()).await
        })
    });
    let back: Result<i64, store::Error> = back.await;
    assert_eq!(back.expect("a count"), 2);
}

/// A role of agents who lock, too.
async fn lock_role(t: &TestApp) -> Value {
    let roles = t.get("/1.0/roles").await.ok();
    let all = roles["records"].as_array().expect("roles").clone();
    all.into_iter().find(|role| role["label"] == "Team leader").expect("a role")["id"].clone()
}

/// What was noted of a conversation outlives that somebody had it; and who else may read it does not end that.
#[tokio::test]
async fn what_was_noted_stays_where_a_conversation_is_given_up() {
    let desk = Desk::new().await;
    for (how, state, deed) in [("let_go", "unassigned", "canceled"), ("done", "done", "archived")] {
        let (thread, said) = desk.say(None, "Hello?").await;
        desk.take(&desk.nora, &said).await;
        let note = json!({"intervention_id": desk.case(&thread).await, "body": "a note"});
        desk.t.post("/1.0/intervention_comments", note).await.ok();
        let path = format!("/console/threads/{thread}/{how}");
        let (refused, _) = desk.act(&desk.omar, Method::POST, &path, json!({})).await;
        assert_eq!(refused.status.as_u16(), 403, "{how} of another's: {}", refused.json);
        desk.does(&desk.nora, Method::POST, &path, json!({})).await;
        let view = desk.t.get(&format!("/console/threads/{thread}")).await.ok();
        assert_eq!(view["thread"]["state"], state, "{how}");
        assert_eq!(view["comments"][0]["body"], "a note", "{how}");
        assert_eq!(desk.deeds(&thread).await, ["opened", deed]);
    }
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
}

#[tokio::test]
async fn what_the_customer_wrote_in_between_is_no_obstacle() {
    let desk = Desk::new().await;
    // It came back by itself.
    let (thread, said) = desk.say(None, "Hello?").await;
    desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    let done = desk.finish(&desk.nora, &thread).await;
    desk.say(Some(&thread), "One more thing").await;
    let before = desk.stands(&thread).await;
    assert_eq!(desk.undo(&desk.nora, &done).await.ok()["already"], true);
    assert_eq!(desk.stands(&thread).await, before);
    // It waits for anybody, and is the agent's again with what was said meanwhile.
    let (thread, said) = desk.say(None, "Hello?").await;
    desk.take(&desk.nora, &said).await;
    let done = desk.finish(&desk.nora, &thread).await;
    let (_, second) = desk.say(Some(&thread), "Anybody?").await;
    assert_eq!(desk.undo(&desk.nora, &done).await.ok()["already"], false);
    let stands = desk.stands(&thread).await;
    assert_eq!((&stands["state"], &stands["owner"]), (&json!("open"), &desk.users[0]["id"]));
    assert_eq!((&stands[&said][0], &stands[&second][0]), (&json!("assigned"), &json!("assigned")));
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
}

#[tokio::test]
async fn what_others_did_in_between_is_said() {
    let desk = Desk::new().await;
    let (nora, omar) = (&desk.nora, &desk.omar);
    let omars = json!("Omar Test");
    let (thread, said) = desk.say(None, "Hello?").await;
    desk.take(nora, &said).await;
    let done = desk.finish(nora, &thread).await;
    desk.take(omar, &said).await;
    let before = desk.stands(&thread).await;
    assert_eq!(desk.refused(nora, &done).await, ("taken".into(), omars.clone()));
    assert_eq!(desk.stands(&thread).await, before);
    // Who got it has answered.
    let (thread, said) = desk.say(None, "Hello?").await;
    desk.take(nora, &said).await;
    let case = format!("/1.0/interventions/{}", desk.case(&thread).await);
    let to = json!({"user_id": desk.users[1]["id"]});
    let given = desk.does(nora, Method::PUT, &format!("{case}/reassign"), to.clone()).await;
    desk.reply(omar, &said).await.ok();
    assert_eq!(desk.refused(nora, &given).await, ("answered".into(), omars.clone()));
    // Or only read.
    let back = json!({"user_id": desk.users[0]["id"]});
    send(desk.t.request_as(omar, Method::PUT, &format!("{case}/reassign")).json(&back)).await.ok();
    let given = desk.does(nora, Method::PUT, &format!("{case}/reassign"), to).await;
    send(desk.t.request_as(omar, Method::POST, &format!("/console/threads/{thread}/read"))).await.ok();
    assert_eq!(desk.undo(nora, &given).await.ok()["already"], false);
    // I have answered myself.
    let (_, said) = desk.say(None, "Hello?").await;
    let taken = desk.take(nora, &said).await;
    desk.reply(nora, &said).await.ok();
    assert_eq!(desk.refused(nora, &taken).await, ("answered".into(), json!("Nora Test")));
    // Somebody else changed the same.
    let [one, two] = ["One", "Two"].map(|name| desk.t.post("/1.0/categories", json!({"name": name})));
    let (one, two) = (one.await.ok(), two.await.ok());
    let path = format!("/1.0/content_threads/{thread}/update_categories");
    let set = desk.does(nora, Method::PUT, &path, json!({"thread_category_ids": [one["id"]]})).await;
    let ids = json!({"thread_category_ids": [one["id"], two["id"]]});
    send(desk.t.request_as(omar, Method::PUT, &path).json(&ids)).await.ok();
    assert_eq!(desk.refused(nora, &set).await, ("changed".into(), omars));
}

#[tokio::test]
async fn only_who_did_it_takes_it_back_and_only_for_a_minute() {
    let desk = Desk::new().await;
    let (_, said) = desk.say(None, "Hello?").await;
    let taken = desk.take(&desk.nora, &said).await;
    desk.undo(&desk.omar, &taken).await.error(404);
    desk.undo(&desk.nora, &"f".repeat(24)).await.error(404);
    desk.t.clock.advance(Duration::from_secs(61));
    assert_eq!(desk.refused(&desk.nora, &taken).await, ("over".into(), Value::Null));
    // What nobody may want to take back is not kept, and what is old is forgotten.
    desk.t.post("/1.0/interventions", json!({"content_id": desk.say(None, "Hi").await.1})).await.ok();
    let acts = async || {
        let read =
            desk.t.app.db.read(|tx| Box::pin(async move { tx.number("SELECT COUNT(*) FROM acts", Vec::new()).await }));
        let count: Result<i64, store::Error> = read.await;
        count.expect("a count")
    };
    assert_eq!(acts().await, 1);
    desk.t.clock.advance(Duration::from_secs(25 * 3600));
    crate::support::eventually("old acts go", || async { (acts().await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn nothing_of_a_live_chat_that_has_ended_is_taken_back() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello?").await;
    let thread = id(&said["thread"]).to_owned();
    let (_, nora) = user(&t, "Nora", "Team leader").await;
    let desk = Desk { nora, omar: String::new(), users: [Value::Null, Value::Null], t, shop };
    let taken = desk.take(&desk.nora, id(&said["message"])).await;
    let ended = desk.does(&desk.nora, Method::PUT, &format!("/1.0/content_threads/{thread}/close"), json!({})).await;
    desk.undo(&desk.nora, &ended).await.error(404);
    assert_eq!(desk.refused(&desk.nora, &taken).await.0, "over");
}

/// A random number below another one.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).expect("small")).expect("small")
    }
}

/// Does one of all acts as somebody; what is not possible just then is refused.
async fn random_act(
    desk: &Desk,
    dice: &mut Dice,
    token: &str,
    thread: &str,
    said: &str,
    ids: &[Value],
) -> Option<String> {
    let row = desk.t.get(&format!("/console/threads/{thread}")).await.ok()["thread"]["intervention"].clone();
    let case = row["id"].as_str().map(|id| format!("/1.0/interventions/{id}")).unwrap_or_default();
    let user = desk.users[dice.roll(2)]["id"].clone();
    let until = desk.t.clock.now().plus_seconds(3600);
    let (method, path, body) = match dice.roll(8) {
        0 | 1 => (Method::POST, format!("/console/threads/{thread}/done"), json!({})),
        2 => (Method::POST, format!("/console/threads/{thread}/let_go"), json!({})),
        3 => (Method::POST, "/1.0/interventions".into(), json!({"content_id": said})),
        4 => (Method::PUT, format!("{case}/reassign"), json!({"user_id": user})),
        5 => (Method::PUT, format!("{case}/defer"), json!({"deferred_at": until})),
        6 => {
            let lock = ["close", "open"][dice.roll(2)];
            (Method::PUT, format!("/1.0/content_threads/{thread}/{lock}"), json!({}))
        }
        _ => {
            let ids = &ids[..dice.roll(ids.len() + 1)];
            let path = format!("/1.0/content_threads/{thread}/update_categories");
            (Method::PUT, path, json!({"thread_category_ids": ids}))
        }
    };
    let (answer, key) = desk.act(token, method, &path, body).await;
    assert!(answer.status.as_u16() < 500, "{path}: {}", answer.json);
    answer.status.is_success().then_some(key)
}

#[tokio::test]
async fn whatever_comes_in_between_all_is_back_or_nothing_changes() {
    let desk = Desk::new().await;
    let leader = lock_role(&desk.t).await;
    for agent in &desk.users {
        desk.t.put(&format!("/1.0/users/{}", id(agent)), json!({"role_id": leader})).await.ok();
    }
    let mut ids = Vec::new();
    for name in ["Orders", "Parcels"] {
        ids.push(desk.t.post("/1.0/categories", json!({"name": name})).await.ok()["id"].clone());
    }
    let mut counts = (0, 0, 0);
    for seed in 1..=120_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (thread, said) = desk.say(None, "Hello?").await;
        for _ in 0..dice.roll(4) {
            random_act(&desk, &mut dice, &desk.nora, &thread, &said, &ids).await;
            if dice.roll(3) == 0 {
                desk.reply(&desk.nora, &said).await;
            }
        }
        let before = desk.stands(&thread).await;
        let Some(key) = random_act(&desk, &mut dice, &desk.nora, &thread, &said, &ids).await else { continue };
        let after = desk.stands(&thread).await;
        for _ in 0..dice.roll(4) {
            match dice.roll(4) {
                0 => drop(desk.say(Some(&thread), "Anybody?").await),
                1 => drop(desk.reply(&desk.omar, &said).await),
                2 => drop(random_act(&desk, &mut dice, &desk.omar, &thread, &said, &ids).await),
                _ => drop(random_act(&desk, &mut dice, &desk.nora, &thread, &said, &ids).await),
            }
        }
        let between = desk.stands(&thread).await;
        let answer = desk.undo(&desk.nora, &key).await;
        let now = desk.stands(&thread).await;
        match answer.status.as_u16() {
            200 if answer.json["already"] == false => {
                counts.0 += 1;
                for (name, was) in before.iter().filter(|(name, was)| after.get(*name) != Some(was)) {
                    // Where a customer wrote meanwhile, it waits for somebody, or the case has more to do.
                    let follows = ["state", "owner"].contains(&name.as_str());
                    assert!(follows || now.get(name) == Some(was), "seed {seed}: {name} {was} {:?}", now.get(name));
                }
                let made = after.keys().filter(|name| !before.contains_key(*name));
                made.for_each(|name| assert!(!now.contains_key(name), "seed {seed}: {name} is still there"));
            }
            200 => {
                counts.1 += 1;
                assert_eq!(now, between, "seed {seed}: it was so already");
            }
            404 => assert_eq!(before, after, "seed {seed}: nothing was done"),
            _ => {
                counts.2 += 1;
                assert_eq!(
                    (answer.status.as_u16(), &answer.json["error"]),
                    (409, &json!("cannot_undo")),
                    "seed {seed}"
                );
                assert_eq!(now, between, "seed {seed}: refused");
            }
        }
    }
    assert!(counts.0 > 10 && counts.2 > 3, "both come: {counts:?}");
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
    send(desk.t.request_as(ADMIN_TOKEN, Method::GET, "/console/folders")).await.ok();
}

#[tokio::test]
async fn a_survey_waits_until_it_cannot_be_taken_back_any_more() {
    let desk = Desk::new().await;
    let survey = json!({"name": "Happy?", "link": "https://survey.example/s", "send_delay": 0, "active": true});
    desk.t.post("/1.0/surveys", survey).await.ok();
    let (thread, said) = desk.say(None, "Hello?").await;
    desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    let asked = async |what: &'static str| {
        let read = desk.t.app.db.read(move |tx| {
            Box::pin(
                async move { tx.number(&format!("SELECT COUNT(*) FROM survey_invitations {what}"), Vec::new()).await },
            )
        });
        let count: Result<i64, store::Error> = read.await;
        count.expect("a count")
    };
    let done = desk.finish(&desk.nora, &thread).await;
    assert_eq!((asked("").await, asked("WHERE state = 'sent'").await), (1, 0));
    assert_eq!(desk.undo(&desk.nora, &done).await.ok()["survey_sent"], false);
    assert_eq!(asked("").await, 0);
    let done = desk.finish(&desk.nora, &thread).await;
    desk.t.clock.advance(Duration::from_secs(16));
    crate::support::eventually("it is sent", || async { (asked("WHERE state = 'sent'").await == 1).then_some(()) })
        .await;
    assert_eq!(desk.undo(&desk.nora, &done).await.ok()["survey_sent"], true);
}

/// A comment is no obstacle to taking back that somebody took a conversation: it stays.
#[tokio::test]
async fn what_was_noted_under_an_act_stays_when_that_is_taken_back() {
    let desk = Desk::new().await;
    let (thread, said) = desk.say(None, "Hello?").await;
    let key = desk.take(&desk.nora, &said).await;
    let note = json!({"intervention_id": desk.case(&thread).await, "body": "a note"});
    desk.t.post("/1.0/intervention_comments", note).await.ok();
    desk.undo(&desk.nora, &key).await.ok();
    let view = desk.t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!((&view["thread"]["state"], &view["comments"][0]["body"]), (&json!("unassigned"), &json!("a note")));
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
}
