//! What a bot gives to people stays with them, and a bot that goes on by itself is stopped.

use std::time::Duration;

use model::{ContentId, ThreadId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{ADMIN, Answer, Browser, TestApp, eventually, id, send};

/// A shop with a bot and an agent, each with their id and token. The bot may be one that says of itself that it is.
struct Desk {
    t: TestApp,
    shop: World,
    bot: (String, String),
    nora: (String, String),
}

async fn desk(says_so: bool) -> Desk {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, robo_token) = user(&t, "Robo", "Bot").await;
    if says_so {
        t.put(&format!("/1.0/users/{}", id(&robo)), json!({"bot": true})).await.ok();
    }
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    Desk { t, shop, bot: (id(&robo).into(), robo_token), nora: (id(&nora).into(), nora_token) }
}

impl Desk {
    async fn call(&self, who: &(String, String), method: Method, path: &str, body: Value) -> Answer {
        send(self.t.request_as(&who.1, method, path).json(&body)).await
    }

    async fn engage(&self, content: &ContentId) -> Answer {
        self.call(&self.bot, Method::POST, "/1.0/bots/engage", json!({"content_id": content})).await
    }

    async fn reply(&self, who: &(String, String), to: &ContentId) -> Answer {
        let body = json!({"in_reply_to_id": to, "body": "Hi"});
        self.call(who, Method::POST, "/1.0/contents", body).await
    }

    async fn next(&self, thread: &ThreadId) -> ContentId {
        self.shop.say(&self.t, "ann", Some(thread.as_str()), "And now?").await.content.id
    }

    /// A customer writes, the bot takes it, and hands it over to people.
    async fn handed_over(&self) -> (ThreadId, ContentId) {
        let said = self.shop.say(&self.t, "ann", None, "A person, please").await;
        let case = self.engage(&said.content.id).await.ok();
        let body = json!({"from": "bot", "to": "agent", "type": "wants_a_person", "intervention_id": case["id"]});
        self.call(&self.bot, Method::POST, "/1.0/bots/handover", body).await.ok();
        (said.thread.id, said.content.id)
    }

    async fn thread(&self, thread: &ThreadId) -> Value {
        self.t.get(&format!("/1.0/content_threads/{thread}")).await.ok()
    }

    /// What the journal says of the hand-overs of a thread.
    async fn told(&self, thread: &ThreadId) -> Vec<Value> {
        let read = self.t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 10_000)));
        let entries = read.await.expect("entries").into_iter();
        let of = entries.filter(|e| e.thread_id.as_ref() == Some(thread));
        of.filter(|e| e.kind == model::EventType::ThreadHandedOver).map(|e| e.metadata["handover"].clone()).collect()
    }
}

#[tokio::test]
async fn no_bot_takes_back_what_it_handed_over() {
    for says_so in [true, false] {
        let d = desk(says_so).await;
        let (thread, said) = d.handed_over().await;
        let next = d.next(&thread).await;
        for content in [&said, &next] {
            assert_eq!(d.engage(content).await.error(409), "handed_over");
            let body = json!({"content_id": content});
            assert_eq!(d.call(&d.bot, Method::POST, "/1.0/interventions", body).await.error(409), "handed_over");
            assert_eq!(d.reply(&d.bot, content).await.error(409), "handed_over");
        }
        let give = format!("/1.0/content_threads/{thread}/give_to_bot");
        let body = json!({"user_id": d.bot.0});
        assert_eq!(d.call(&d.bot, Method::PUT, &give, body).await.error(409), "handed_over");
        let back = json!({"from": "agent", "to": "bot", "type": "x", "identity_foreign_id": "ann"});
        assert_eq!(d.call(&d.bot, Method::POST, "/1.0/bots/handover", back).await.error(409), "handed_over");
        assert_eq!(d.thread(&thread).await["handed_over"], true);
        let wanted = json!({"from": "bot", "to": "agent", "type": "wants_a_person", "reason": "asked"});
        assert_eq!(d.told(&thread).await, [wanted]);

        // An agent has it: the bot does not take it from her, nor write between her words.
        let case = d.call(&d.nora, Method::POST, "/1.0/interventions", json!({"content_id": next})).await.ok();
        let path = format!("/1.0/interventions/{}/reassign", id(&case));
        assert_eq!(d.call(&d.bot, Method::PUT, &path, json!({"user_id": d.bot.0})).await.error(409), "handed_over");
        d.reply(&d.nora, &next).await.ok();
        let next = d.next(&thread).await;
        assert_eq!(d.engage(&next).await.error(409), "handed_over");
        assert_eq!(d.reply(&d.bot, &next).await.error(409), "handed_over");
        let read = d.t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 10_000)));
        let entries = read.await.expect("entries");
        let facts = entries.iter().rfind(|e| e.resource_id == next.as_str()).expect("an entry");
        assert_eq!(facts.metadata["handed_over"], true);
    }
}

#[tokio::test]
async fn a_bot_has_it_again_when_somebody_gives_it() {
    let d = desk(true).await;
    let give = async |thread: &ThreadId| {
        d.call(&d.nora, Method::PUT, &format!("/1.0/content_threads/{thread}/give_to_bot"), json!({})).await.ok()
    };
    let (thread, said) = d.handed_over().await;
    assert_eq!(give(&thread).await["handed_over"], false);
    d.reply(&d.bot, &said).await.ok();

    let (thread, said) = d.handed_over().await;
    let case = d.call(&d.nora, Method::POST, "/1.0/interventions", json!({"content_id": said})).await.ok();
    let path = format!("/1.0/interventions/{}/reassign", id(&case));
    d.call(&d.nora, Method::PUT, &path, json!({"user_id": d.bot.0})).await.ok();
    assert_eq!(d.thread(&thread).await["handed_over"], false);
    d.reply(&d.bot, &said).await.ok();
    d.call(&d.bot, Method::POST, "/1.0/bots/complete", json!({"intervention_id": case["id"]})).await.ok();

    let (thread, said) = d.handed_over().await;
    let back = json!({"from": "agent", "to": "bot", "type": "back", "identity_foreign_id": "ann"});
    // Not while the customer is under an intervention, here the first thread's.
    d.call(&d.nora, Method::POST, "/1.0/bots/handover", back.clone()).await.error(422);
    let open = d.t.get("/1.0/interventions?status=opened").await.ok();
    let open = json!({"intervention_id": open["records"][0]["id"]});
    d.call(&d.bot, Method::POST, "/1.0/bots/complete", open).await.ok();
    d.call(&d.nora, Method::POST, "/1.0/bots/handover", back).await.ok();
    let wanted = json!({"from": "agent", "to": "bot", "type": "back", "reason": "asked"});
    assert_eq!(d.told(&thread).await.last(), Some(&wanted));
    d.engage(&said).await.ok();
}

#[tokio::test]
async fn a_bot_has_what_comes_after_the_end() {
    let d = desk(true).await;
    // The thread is closed, and begins again.
    let (thread, _) = d.handed_over().await;
    d.call(&d.nora, Method::PUT, &format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    let next = d.next(&thread).await;
    d.engage(&next).await.ok();

    // An agent has done what there was to do; an answer alone is no end.
    let (thread, said) = d.handed_over().await;
    d.reply(&d.nora, &said).await.ok();
    let next = d.next(&thread).await;
    assert_eq!(d.engage(&next).await.error(409), "handed_over");
    let case = d.call(&d.nora, Method::POST, "/1.0/interventions", json!({"content_id": next})).await.ok();
    d.reply(&d.nora, &next).await.ok();
    d.call(&d.nora, Method::PUT, &format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    d.t.clock.advance(Duration::from_secs(25 * 3600));
    let next = d.next(&thread).await;
    d.engage(&next).await.ok();
}

#[tokio::test]
async fn what_a_bot_let_wait_too_long_is_with_people_too() {
    let d = desk(true).await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    d.engage(&said.content.id).await.ok();
    d.t.clock.advance(Duration::from_secs(301));
    let thread = &said.thread.id;
    eventually("the thread goes to people", async || d.thread(thread).await["owner"].is_null().then_some(())).await;
    let next = d.next(thread).await;
    assert_eq!(d.engage(&next).await.error(409), "handed_over");
    let wanted = json!({"from": "bot", "to": "agent", "type": null, "reason": "time"});
    assert_eq!(d.told(thread).await, [wanted]);
}

#[tokio::test]
async fn bots_that_go_on_without_a_customers_word_are_stopped() {
    let d = desk(true).await;
    let (other, other_token) = user(&d.t, "Rita", "Bot").await;
    d.t.put(&format!("/1.0/users/{}", id(&other)), json!({"bot": true})).await.ok();
    let other = (id(&other).to_owned(), other_token);
    d.t.put("/1.0/settings", json!({"bot_loop_limit": 6})).await.ok();
    for engages in [true, false] {
        let who = format!("ann{engages}");
        let said = d.shop.say(&d.t, &who, None, "Hello").await;
        if engages {
            d.engage(&said.content.id).await.ok();
        }
        let mut last = said.content.id.to_string();
        for n in 0..6 {
            let bot = if n % 2 == 0 { &d.bot } else { &other };
            let body = json!({"in_reply_to_id": last, "body": "Hello"});
            last = id(&d.call(bot, Method::POST, "/1.0/contents", body).await.ok()).to_owned();
        }
        let last = ContentId::parse(&last).expect("an id");
        for bot in [&d.bot, &other] {
            assert_eq!(d.reply(bot, &last).await.error(409), "bot_loop");
        }
        // It waits for people, who may write.
        let row = d.t.get(&format!("/console/threads/{}", said.thread.id)).await.ok()["thread"].clone();
        assert_eq!((&row["state"], &row["owner"]), (&json!("unassigned"), &Value::Null));
        let wanted = json!({"from": "bot", "to": "agent", "type": null, "reason": "loop"});
        assert_eq!(d.told(&said.thread.id).await, [wanted]);
        d.reply(&d.nora, &last).await.ok();
        let next = d.shop.say(&d.t, &who, Some(said.thread.id.as_str()), "What was that?").await;
        assert_eq!(d.reply(&d.bot, &next.content.id).await.error(409), "handed_over");
        // Given back, the bot begins to count anew.
        let give = format!("/1.0/content_threads/{}/give_to_bot", said.thread.id);
        d.call(&d.nora, Method::PUT, &give, json!({"user_id": d.bot.0})).await.ok();
        for _ in 0..5 {
            d.reply(&d.bot, &next.content.id).await.ok();
        }
        d.shop.say(&d.t, &who, Some(said.thread.id.as_str()), "Thanks").await;
        for _ in 0..5 {
            d.reply(&d.bot, &next.content.id).await.ok();
        }
    }
    d.t.put("/1.0/settings", json!({"bot_loop_limit": 0})).await.ok();
    let said = d.shop.say(&d.t, "bob", None, "Hello").await;
    for _ in 0..25 {
        d.reply(&d.bot, &said.content.id).await.ok();
    }
}

#[tokio::test]
async fn a_program_that_engages_is_stopped_too_and_a_person_in_the_console_is_not() {
    let d = desk(false).await;
    d.t.put("/1.0/settings", json!({"bot_loop_limit": 3})).await.ok();
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    d.engage(&said.content.id).await.ok();
    for _ in 0..3 {
        d.reply(&d.bot, &said.content.id).await.ok();
    }
    assert_eq!(d.reply(&d.bot, &said.content.id).await.error(409), "bot_loop");
    let row = d.t.get(&format!("/console/threads/{}", said.thread.id)).await.ok()["thread"].clone();
    assert_eq!((&row["state"], &row["owner"]), (&json!("unassigned"), &Value::Null));
    let wanted = json!({"from": "bot", "to": "agent", "type": null, "reason": "loop"});
    assert_eq!(d.told(&said.thread.id).await, [wanted]);
    for _ in 0..5 {
        d.reply(&d.nora, &said.content.id).await.ok();
    }

    // Whatever programs do with somebody's token, in the console they are a person.
    let other = d.shop.say(&d.t, "bob", None, "Hello").await;
    d.t.post("/1.0/bots/engage", json!({"content_id": other.content.id})).await.ok();
    let admin = Browser::sign_in(&d.t, ADMIN.0, ADMIN.1).await;
    for _ in 0..5 {
        let body = json!({"in_reply_to_id": other.content.id, "body": "Hi"});
        send(admin.write(&d.t, Method::POST, "/1.0/contents").json(&body)).await.ok();
    }
}
