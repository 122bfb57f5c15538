//! Who has a thread, and writes that were composed when somebody else had it.

use std::time::Duration;

use model::UserId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user, user_id};
use crate::support::{Answer, TestApp, eventually, id, send};

/// A shop with a bot that has a minute to answer, and an agent.
struct Desk {
    t: TestApp,
    shop: World,
    bot: (UserId, String),
    nora: (UserId, String),
}

async fn desk() -> Desk {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, robo_token) = user(&t, "Robo", "Bot").await;
    let path = format!("/1.0/users/{}", id(&robo));
    let robo = t.put(&path, json!({"bot": true, "bot_lease_seconds": 60})).await.ok();
    assert_eq!((&robo["bot"], &robo["bot_lease_seconds"]), (&json!(true), &json!(60)));
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    Desk { bot: (user_id(&robo), robo_token), nora: (user_id(&nora), nora_token), t, shop }
}

impl Desk {
    async fn call(&self, who: &(UserId, String), method: Method, path: &str, body: Value) -> Answer {
        send(self.t.request_as(&who.1, method, path).json(&body)).await
    }

    async fn engage(&self, who: &(UserId, String), content: &model::ContentId) -> Value {
        self.call(who, Method::POST, "/1.0/interventions", json!({"content_id": content})).await.ok()
    }

    async fn reply(&self, who: &(UserId, String), to: &model::ContentId, epoch: i64) -> Answer {
        let body = json!({"in_reply_to_id": to, "body": "Hi", "owner_epoch": epoch});
        self.call(who, Method::POST, "/1.0/contents", body).await
    }

    async fn owner(&self, thread: &model::ThreadId) -> (Value, i64) {
        let thread = self.t.get(&format!("/1.0/content_threads/{thread}")).await.ok();
        (thread["owner"].clone(), thread["owner_epoch"].as_i64().expect("an epoch"))
    }

    /// Waits until the timer has given the thread to people.
    async fn released(&self, thread: &model::ThreadId) -> i64 {
        eventually("the thread goes to people", || async {
            let (owner, epoch) = self.owner(thread).await;
            owner.is_null().then_some(epoch)
        })
        .await
    }
}

fn agent(who: &(UserId, String), name: &str) -> Value {
    json!({"type": "agent", "id": who.0, "name": name})
}

fn bot(who: &(UserId, String)) -> Value {
    json!({"type": "bot", "id": who.0, "name": "Robo Test"})
}

#[tokio::test]
async fn the_owner_follows_the_interventions() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    assert_eq!(d.owner(thread).await, (Value::Null, 0));
    let case = d.engage(&d.nora, &said.content.id).await;
    assert_eq!(case["owner_epoch"], 1);
    assert_eq!(d.owner(thread).await, (agent(&d.nora, "Nora Test"), 1));
    let path = format!("/1.0/interventions/{}", id(&case));
    // Put aside it is still hers.
    d.call(&d.nora, Method::PUT, &format!("{path}/defer"), json!({"duration": 60})).await.ok();
    assert_eq!(d.owner(thread).await, (agent(&d.nora, "Nora Test"), 1));
    let (omar, omar_token) = user(&d.t, "Omar", "Agent").await;
    let omar = (user_id(&omar), omar_token);
    let given = d.call(&d.nora, Method::PUT, &format!("{path}/reassign"), json!({"user_id": omar.0})).await.ok();
    assert_eq!(given["owner_epoch"], 2);
    assert_eq!(d.owner(thread).await, (agent(&omar, "Omar Test"), 2));
    d.call(&omar, Method::DELETE, &format!("{path}/cancel"), json!({})).await.ok();
    assert_eq!(d.owner(thread).await, (Value::Null, 3));
    let case = d.engage(&omar, &said.content.id).await;
    d.reply(&omar, &said.content.id, 4).await.ok();
    d.call(&omar, Method::PUT, &format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    assert_eq!(d.owner(thread).await, (Value::Null, 5));
    // The customer's next word gives it back to him.
    d.shop.say(&d.t, "ann", Some(thread.as_str()), "One more thing").await;
    assert_eq!(d.owner(thread).await, (agent(&omar, "Omar Test"), 6));
    // A new name is shown at once.
    d.t.put(&format!("/1.0/users/{}", omar.0), json!({"lastname": "Diallo"})).await.ok();
    assert_eq!(d.owner(thread).await, (agent(&omar, "Omar Diallo"), 6));
    let row = d.t.get(&format!("/console/threads/{thread}")).await.ok()["thread"].clone();
    assert_eq!((&row["owner"], &row["owner_epoch"]), (&agent(&omar, "Omar Diallo"), &json!(6)));
}

#[tokio::test]
async fn a_stale_write_is_refused_with_who_has_it_now() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let (thread, content) = (&said.thread.id, &said.content.id);
    let case = d.engage(&d.nora, content).await;
    let case = format!("/1.0/interventions/{}", id(&case));
    let path = format!("/1.0/content_threads/{thread}");
    for (method, path, body) in [
        (Method::POST, "/1.0/contents".to_owned(), json!({"in_reply_to_id": content, "body": "Hi"})),
        (Method::POST, "/1.0/interventions".to_owned(), json!({"content_id": content})),
        (Method::PUT, format!("{case}/defer"), json!({"duration": 60})),
        (Method::PUT, format!("{case}/reassign"), json!({"user_id": d.bot.0})),
        (Method::PUT, format!("{case}/update_categories"), json!({"category_ids": []})),
        (Method::DELETE, format!("{case}/cancel"), json!({})),
        (Method::POST, "/1.0/bots/complete".to_owned(), json!({"intervention_id": case.rsplit('/').next()})),
        (Method::PUT, format!("{path}/close"), json!({})),
        (Method::PUT, format!("{path}/ignore"), json!({})),
        (Method::PUT, format!("{path}/give_to_bot"), json!({"user_id": d.bot.0})),
        (Method::PUT, format!("/1.0/contents/{content}/ignore"), json!({})),
    ] {
        let stale = send(d.t.request(method, &path).json(&body).header("x-owner-epoch", "0")).await;
        assert_eq!((&stale.json["owner"], &stale.json["owner_epoch"]), (&agent(&d.nora, "Nora Test"), &json!(1)));
        assert_eq!(stale.error(409), "stale_owner", "{path}");
    }
    // Nothing of it happened.
    assert_eq!(d.owner(thread).await, (agent(&d.nora, "Nora Test"), 1));
    let before = d.t.get(&path).await.ok();
    assert_eq!((&before["contents_count"], &before["closed"]), (&json!(1), &json!(false)));
    // With the right epoch, or none, all is as ever; the parameter goes before the header.
    let request = d.t.request_as(&d.nora.1, Method::POST, "/1.0/contents").header("x-owner-epoch", "0");
    send(request.json(&json!({"in_reply_to_id": content, "body": "Hi", "owner_epoch": 1}))).await.ok();
    d.call(&d.nora, Method::POST, "/1.0/contents", json!({"in_reply_to_id": content, "body": "Hi"})).await.ok();
    let unread = d.t.request(Method::PUT, &format!("{path}/close")).header("x-owner-epoch", "now");
    assert_eq!(send(unread).await.error(400), "invalid_parameter");
    // Who may not see the thread learns nothing of it.
    d.shop.permit(&d.t, &json!({"id": d.bot.0}), &[]).await;
    assert_eq!(d.reply(&d.bot, content, 0).await.error(404), "not_found");
}

#[tokio::test]
async fn a_bot_that_does_not_answer_in_time_loses_the_thread() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    let case = d.engage(&d.bot, &said.content.id).await;
    assert_eq!((d.owner(thread).await, &case["owner_epoch"]), ((bot(&d.bot), 1), &json!(1)));
    d.t.clock.advance(Duration::from_secs(59));
    d.reply(&d.bot, &said.content.id, 1).await.ok();
    // It has answered: nobody waits, and it keeps the thread.
    d.t.clock.advance(Duration::from_secs(3600));
    assert_eq!(d.owner(thread).await.1, 1);
    let next = d.shop.say(&d.t, "ann", Some(thread.as_str()), "Are you there?").await;
    d.t.clock.advance(Duration::from_secs(60));
    assert_eq!(d.released(thread).await, 2);
    let content = d.t.get(&format!("/1.0/contents/{}", next.content.id)).await.ok();
    assert_eq!(content["status"], "new");
    // Its late answer is refused, and crosses nobody's.
    let late = d.reply(&d.bot, &next.content.id, 1).await;
    assert_eq!((&late.json["owner"], &late.json["owner_epoch"]), (&Value::Null, &json!(2)));
    assert_eq!(late.error(409), "stale_owner");
    let events = d.t.get("/1.0/events?limit=4").await.ok();
    let names: Vec<_> = events["records"].as_array().expect("events").iter().map(|e| e["name"].clone()).collect();
    let told =
        ["content_thread.handed_over", "content_thread.owner_changed", "intervention.closed", "content.imported"];
    assert_eq!(names, told.map(|name| json!(name)));
    assert_eq!(events["records"][2]["user_id"], Value::Null);

    let view = d.t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(view["last_bot_id"], d.bot.0.as_str());
    // Given back it is the bot's again, and it has its time again.
    let path = format!("/1.0/content_threads/{thread}/give_to_bot");
    d.t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    assert_eq!(d.call(&d.nora, Method::PUT, &path, json!({})).await.error(403), "thread_closed");
    d.t.put(&format!("/1.0/content_threads/{thread}/open"), json!({})).await.ok();
    let given = d.call(&d.nora, Method::PUT, &path, json!({})).await.ok();
    assert_eq!((&given["owner"], &given["owner_epoch"]), (&bot(&d.bot), &json!(3)));
    d.reply(&d.bot, &next.content.id, 3).await.ok();
}

#[tokio::test]
async fn a_bot_keeps_its_thread_while_its_reply_waits_for_approval() {
    use model::SourcePermission as P;
    let d = desk().await;
    d.shop.permit(&d.t, &json!({"id": d.bot.0}), &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    d.engage(&d.bot, &said.content.id).await;
    let first = d.reply(&d.bot, &said.content.id, 1).await.ok();
    assert_eq!(first["approval"]["state"], "waiting");
    d.shop.say(&d.t, "ann", Some(thread.as_str()), "Are you there?").await;
    // Another thread shows that the timer has looked.
    let other = d.shop.say(&d.t, "bob", None, "Hello").await;
    d.engage(&d.bot, &other.content.id).await;
    d.t.clock.advance(Duration::from_secs(3600));
    d.released(&other.thread.id).await;
    assert_eq!(d.owner(thread).await, (bot(&d.bot), 1));

    // Approved it is an answer like any other, and the customer's next word begins a lease.
    d.t.put(&format!("/1.0/contents/{}/approve", id(&first)), json!({})).await.ok();
    let next = d.shop.say(&d.t, "ann", Some(thread.as_str()), "And now?").await;
    let second = d.reply(&d.bot, &next.content.id, 1).await.ok();
    d.t.clock.advance(Duration::from_secs(3600));
    // Refused the bot has its time once more, and then loses the thread.
    d.t.put(&format!("/1.0/contents/{}/refuse", id(&second)), json!({"reason": "No"})).await.ok();
    d.t.clock.advance(Duration::from_secs(59));
    assert_eq!(d.owner(thread).await, (bot(&d.bot), 1));
    d.t.clock.advance(Duration::from_secs(1));
    assert_eq!(d.released(thread).await, 2);
}

#[tokio::test]
async fn what_came_after_what_a_late_reply_answers_still_waits() {
    use model::SourcePermission as P;
    let d = desk().await;
    d.shop.permit(&d.t, &json!({"id": d.bot.0}), &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    d.engage(&d.bot, &said.content.id).await;
    let reply = d.reply(&d.bot, &said.content.id, 1).await.ok();
    d.t.clock.advance(Duration::from_secs(600));
    let more = d.shop.say(&d.t, "ann", Some(thread.as_str()), "Are you there?").await;
    d.t.clock.advance(Duration::from_secs(3600));
    d.t.put(&format!("/1.0/contents/{}/approve", id(&reply)), json!({})).await.ok();
    let status =
        async |content: &model::ContentId| d.t.get(&format!("/1.0/contents/{content}")).await.ok()["status"].clone();
    assert_eq!((status(&said.content.id).await, status(&more.content.id).await), (json!("replied"), json!("assigned")));
    // The bot has its time for it, and no more.
    d.t.clock.advance(Duration::from_secs(59));
    assert_eq!(d.owner(thread).await, (bot(&d.bot), 1));
    d.t.clock.advance(Duration::from_secs(1));
    assert_eq!(d.released(thread).await, 2);
    assert_eq!(status(&more.content.id).await, "new");
}

#[tokio::test]
async fn a_word_that_a_bots_reply_does_not_answer_still_waits() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    d.engage(&d.bot, &said.content.id).await;
    let more = d.shop.say(&d.t, "ann", Some(thread.as_str()), "Are you there?").await;
    d.reply(&d.bot, &said.content.id, 1).await.ok();
    d.t.clock.advance(Duration::from_secs(60));
    assert_eq!(d.released(thread).await, 2);
    assert_eq!(d.t.get(&format!("/1.0/contents/{}", more.content.id)).await.ok()["status"], "new");
}

#[tokio::test]
async fn an_approved_reply_to_the_last_word_ends_the_wait() {
    use model::SourcePermission as P;
    let d = desk().await;
    d.shop.permit(&d.t, &json!({"id": d.bot.0}), &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    d.engage(&d.bot, &said.content.id).await;
    let reply = d.reply(&d.bot, &said.content.id, 1).await.ok();
    d.t.put(&format!("/1.0/contents/{}/approve", id(&reply)), json!({})).await.ok();
    let other = d.shop.say(&d.t, "bob", None, "Hello").await;
    d.engage(&d.bot, &other.content.id).await;
    d.t.clock.advance(Duration::from_secs(3600));
    d.released(&other.thread.id).await;
    assert_eq!(d.owner(&said.thread.id).await, (bot(&d.bot), 1));
}

#[tokio::test]
async fn a_lease_lasts_as_the_settings_say() {
    let d = desk().await;
    let path = format!("/1.0/users/{}", d.bot.0);
    assert_eq!(d.t.put(&path, json!({"bot_lease_seconds": -1})).await.error(422), "validation_failed");
    d.t.put(&path, json!({"bot_lease_seconds": 0})).await.ok();
    let first = d.shop.say(&d.t, "ann", None, "Hello").await;
    d.engage(&d.bot, &first.content.id).await;
    // The domain's setting counts where the bot has none; without either it is five minutes.
    let user = d.t.put(&path, json!({"bot_lease_seconds": ""})).await.ok();
    assert_eq!(user["bot_lease_seconds"], Value::Null);
    let second = d.shop.say(&d.t, "bob", None, "Hello").await;
    d.engage(&d.bot, &second.content.id).await;
    let set = d.t.app.db.write(|tx| Box::pin(store::setting::set(tx, "bot_lease_seconds", "1000")));
    set.await.expect("a setting");
    let third = d.shop.say(&d.t, "cyd", None, "Hello").await;
    d.engage(&d.bot, &third.content.id).await;
    d.t.clock.advance(Duration::from_secs(300));
    d.released(&second.thread.id).await;
    assert_eq!(d.owner(&third.thread.id).await, (bot(&d.bot), 1));
    d.t.clock.advance(Duration::from_secs(700));
    d.released(&third.thread.id).await;
    assert_eq!(d.owner(&first.thread.id).await, (bot(&d.bot), 1));
    // An agent may think for as long as they like.
    let fourth = d.shop.say(&d.t, "dan", None, "Hello").await;
    d.engage(&d.nora, &fourth.content.id).await;
    d.t.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(d.owner(&fourth.thread.id).await.1, 1);
}

#[tokio::test]
async fn giving_to_a_bot() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    let path = format!("/1.0/content_threads/{}/give_to_bot", said.thread.id);
    let ask = async |body: Value| d.call(&d.nora, Method::PUT, &path, body).await;
    let nobody = ask(json!({})).await;
    assert_eq!(nobody.json["field"], "user_id");
    assert_eq!(nobody.error(422), "validation_failed");
    assert_eq!(ask(json!({"user_id": d.nora.0})).await.error(422), "validation_failed");
    assert_eq!(ask(json!({"user_id": "111111111111111111111111"})).await.error(422), "validation_failed");
    let given = ask(json!({"user_id": d.bot.0})).await.ok();
    assert_eq!((&given["owner"], &given["owner_epoch"]), (&bot(&d.bot), &json!(1)));
    let cases = d.t.get(&format!("/1.0/interventions?thread_id={}", said.thread.id)).await.ok();
    assert_eq!(cases["records"][0]["user_id"], d.bot.0.as_str());
    // An agent's own case can be given; another's cannot.
    let (omar, omar_token) = user(&d.t, "Omar", "Agent").await;
    let case = cases["records"][0]["id"].as_str().expect("an id").to_owned();
    let reassign = format!("/1.0/interventions/{case}/reassign");
    d.t.put(&reassign, json!({"user_id": omar["id"]})).await.ok();
    assert_eq!(ask(json!({})).await.error(403), "forbidden");
    let omar = (user_id(&omar), omar_token);
    assert_eq!(d.call(&omar, Method::PUT, &path, json!({})).await.ok()["owner"], bot(&d.bot));
    d.shop.permit(&d.t, &json!({"id": omar.0}), &[model::SourcePermission::Read]).await;
    assert_eq!(d.call(&omar, Method::PUT, &path, json!({})).await.error(403), "forbidden");
    d.shop.permit(&d.t, &json!({"id": omar.0}), &[]).await;
    assert_eq!(d.call(&omar, Method::PUT, &path, json!({})).await.error(404), "not_found");
}

#[tokio::test]
async fn events_say_under_which_epoch_an_answer_is_composed() {
    let d = desk().await;
    let said = d.shop.say(&d.t, "ann", None, "Hello").await;
    d.engage(&d.bot, &said.content.id).await;
    d.shop.say(&d.t, "ann", Some(said.thread.id.as_str()), "Hello?").await;
    let thread = said.thread.id.to_string();
    let read = d.t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 1000)));
    let entries = read.await.expect("entries");
    let facts: Vec<_> = entries
        .iter()
        .filter(|e| e.thread_id.as_ref().is_some_and(|id| id.as_str() == thread) && e.resource_kind != "intervention")
        .map(|e| (e.kind.as_str(), e.metadata["owner"].clone(), e.metadata["owner_epoch"].clone()))
        .collect();
    let wanted = [
        ("content.imported", Value::Null, json!(0)),
        ("content_thread.owner_changed", bot(&d.bot), json!(1)),
        ("content.imported", bot(&d.bot), json!(1)),
    ];
    assert_eq!(facts, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_bot_and_an_agent_who_race_one_is_refused() {
    let d = desk().await;
    for round in 0..10 {
        let who = format!("ann{round}");
        let said = d.shop.say(&d.t, &who, None, "Hello").await;
        let case = d.engage(&d.bot, &said.content.id).await;
        let take = format!("/1.0/interventions/{}/reassign", id(&case));
        let take = async { send(d.t.request(Method::PUT, &take).json(&json!({"user_id": d.nora.0}))).await.ok() };
        let (taken, late) = tokio::join!(take, d.reply(&d.bot, &said.content.id, 1));
        assert_eq!(taken["owner_epoch"], 2);
        let answered = late.status == 200;
        if !answered {
            assert_eq!(late.error(409), "stale_owner");
        }
        // The agent sees whether the bot answered before she answers.
        let thread = d.t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok();
        assert_eq!(thread["contents_count"], 1 + i64::from(answered));
        assert_eq!(thread["owner"], agent(&d.nora, "Nora Test"));
    }
}
