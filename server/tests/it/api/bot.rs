use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

async fn call(t: &TestApp, token: &str, action: &str, body: Value) -> Answer {
    send(t.request_as(token, Method::POST, &format!("/1.0/bots/{action}")).json(&body)).await
}

async fn status(t: &TestApp, content: &model::ContentId) -> Value {
    t.get(&format!("/1.0/contents/{content}")).await.ok()["status"].clone()
}

fn success() -> Value {
    json!({"status": 200, "message": "Success"})
}

#[tokio::test]
async fn a_bot_engages_answers_and_completes() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (bot, token) = user(&t, "Robo", "Bot").await;
    let said = shop.say(&t, "ann", None, "When do you open?").await;
    let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    assert_eq!((&case["user_id"], &case["status"]), (&bot["id"], &json!("Opened")));
    let twice = call(&t, &token, "engage", json!({"content_id": said.content.id})).await;
    assert_eq!(twice.error(422), "already_open");

    // It completes with or without an answer, and closes the thread when asked to.
    let path = format!("/1.0/interventions/{}", id(&case));
    let done = call(&t, &token, "complete", json!({"intervention_id": case["id"]})).await;
    assert_eq!(done.ok(), success());
    assert_eq!(t.get(&path).await.ok()["status"], "Closed");
    assert_eq!(status(&t, &said.content.id).await, "replied");
    let again = call(&t, &token, "complete", json!({"intervention_id": case["id"]})).await;
    assert_eq!(again.json["field"], "intervention_id");
    assert_eq!(again.error(422), "validation_failed");
}

#[tokio::test]
async fn completing_can_close_the_thread_and_add_categories() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Robo", "Bot").await;
    let root = t.post("/1.0/categories", json!({"name": "Reason", "multiple": true})).await.ok();
    let a = t.post("/1.0/categories", json!({"name": "A", "parent_id": root["id"]})).await.ok();
    let b = t.post("/1.0/categories", json!({"name": "B", "parent_id": root["id"]})).await.ok();
    let said = shop.say(&t, "ann", None, "Hello").await;
    let thread = format!("/1.0/content_threads/{}", said.thread.id);
    t.put(&format!("{thread}/update_categories"), json!({"thread_category_ids": [a["id"]]})).await.ok();
    let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    let query = format!("complete?intervention_id={}&close_thread=true&thread_category_ids[]={}", id(&case), id(&b));
    assert_eq!(call(&t, &token, &query, json!({})).await.ok(), success());
    let thread = t.get(&thread).await.ok();
    assert_eq!((&thread["closed"], &thread["thread_category_ids"]), (&json!(true), &json!([a["id"], b["id"]])));
}

#[tokio::test]
async fn errors_of_completing_change_nothing() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Robo", "Bot").await;
    let (_, agent) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    let unknown = "111111111111111111111111";
    assert_eq!(call(&t, &token, "complete", json!({})).await.error(422), "validation_failed");
    assert_eq!(call(&t, &token, "complete", json!({"intervention_id": unknown})).await.error(422), "validation_failed");
    assert_eq!(call(&t, &agent, "complete", json!({"intervention_id": case["id"]})).await.error(403), "forbidden");
    let body = json!({"intervention_id": case["id"], "close_thread": true, "thread_category_ids": [unknown]});
    assert_eq!(call(&t, &token, "complete", body).await.error(422), "validation_failed");
    assert_eq!(t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok()["status"], "Opened");
    assert_eq!(t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok()["closed"], false);
}

#[tokio::test]
async fn engaging_is_refused_with_422() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, token) = user(&t, "Robo", "Bot").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    assert_eq!(call(&t, &token, "engage", json!({})).await.error(422), "validation_failed");
    assert_eq!(call(&t, &token, "engage", json!({"content_id": "x"})).await.error(400), "invalid_parameter");
    let unknown = json!({"content_id": "111111111111111111111111"});
    assert_eq!(call(&t, &token, "engage", unknown).await.error(422), "validation_failed");
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let taken = call(&t, &token, "engage", json!({"content_id": said.content.id})).await;
    assert_eq!(taken.error(422), "already_engaged");
    shop.permit(&t, &robo, &[SourcePermission::Reply]).await;
    let hidden = call(&t, &token, "engage", json!({"content_id": said.content.id})).await;
    assert_eq!(hidden.error(422), "validation_failed");
}

#[tokio::test]
async fn handing_over_lets_the_customer_wait_for_a_person() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Robo", "Bot").await;
    let (nora, agent) = user(&t, "Nora", "Agent").await;
    for answered in [false, true] {
        let who = format!("ann{answered}");
        let said = shop.say(&t, &who, None, "A person, please").await;
        let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
        if answered {
            let reply = json!({"in_reply_to_id": said.content.id, "body": "One moment"});
            send(t.request_as(&token, Method::POST, "/1.0/contents").json(&reply)).await.ok();
        }
        let body = json!({"from": "bot", "to": "agent", "type": "engage_virtual_agent", "intervention_id": case["id"]});
        assert_eq!(call(&t, &token, "handover", body.clone()).await.ok(), success());
        assert_eq!(status(&t, &said.content.id).await, "new");
        let before = t.get(&format!("/1.0/interventions/{}", id(&case))).await;
        assert_eq!(before.status, if answered { 200 } else { 404 });
        let new = send(
            t.request_as(&agent, Method::POST, "/1.0/interventions").json(&json!({"content_id": said.content.id})),
        );
        let new = new.await.ok();
        assert_eq!((&new["user_id"], new["id"] == case["id"]), (&nora["id"], false));
        assert_eq!(call(&t, &token, "handover", body).await.error(422), "validation_failed");
    }
}

#[tokio::test]
async fn handing_over_by_the_customers_own_id() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Robo", "Bot").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let query = |from: &str, to: &str, who: &str| {
        format!("handover?from={from}&to={to}&type=engage_messaging&identity_foreign_id={who}")
    };
    let ask = async |from, to, who| call(&t, &token, &query(from, to, who), json!({})).await;
    assert_eq!(ask("bot", "agent", "ann").await.error(422), "validation_failed");
    assert_eq!(ask("agent", "bot", "ann").await.ok(), success());
    call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    assert_eq!(ask("agent", "bot", "ann").await.error(422), "intervention_open");
    assert_eq!(ask("bot", "agent", "nobody").await.error(422), "validation_failed");
    assert_eq!(ask("bot", "agent", "ann").await.ok(), success());
    assert_eq!(status(&t, &said.content.id).await, "new");

    assert_eq!(ask("bot", "bot", "ann").await.error(422), "validation_failed");
    assert_eq!(ask("bot", "cat", "ann").await.error(400), "invalid_parameter");
    let without = json!({"from": "bot", "to": "agent", "identity_foreign_id": "ann"});
    assert_eq!(call(&t, &token, "handover", without).await.error(422), "validation_failed");
    let nobody = json!({"from": "bot", "to": "agent", "type": "x"});
    assert_eq!(call(&t, &token, "handover", nobody).await.error(422), "validation_failed");
}

#[tokio::test]
async fn a_customer_whom_a_bot_served_begins_anew() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, token) = user(&t, "Robo", "Bot").await;
    // The bot's own mark is on its user: `bot` is set for programs.
    let id_of_bot = crate::support::world::user_id(&robo);
    let mark = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut user = store::user::find(tx, &id_of_bot).await?.expect("the bot");
            user.bot = true;
            tx.update(&user).await
        })
    });
    mark.await.expect("marked");
    let said = shop.say(&t, "ann", None, "Hello").await;
    let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    call(&t, &token, "complete", json!({"intervention_id": case["id"]})).await.ok();
    let next = shop.say(&t, "ann", Some(said.thread.id.as_str()), "One more thing").await;
    assert_eq!(next.content.status.as_str(), "new");
}

#[tokio::test]
async fn closing_the_thread_too_needs_the_permission_to() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, _) = user(&t, "Robo", "Administrator").await;
    let token = token_without(&t, &robo, "close_content_thread").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let case = call(&t, &token, "engage", json!({"content_id": said.content.id})).await.ok();
    let body = json!({"intervention_id": case["id"], "close_thread": true});
    assert_eq!(call(&t, &token, "complete", body).await.error(403), "forbidden");
    assert_eq!(t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok()["closed"], false);
    call(&t, &token, "complete", json!({"intervention_id": case["id"]})).await.ok();
}

/// Gives the user a role that lacks one permission of their own, and a token.
async fn token_without(t: &TestApp, who: &Value, permission: &'static str) -> String {
    let role = model::RoleId::parse(who["role_id"].as_str().expect("an id")).expect("an id");
    let write = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut role = store::role::find(tx, &role).await?.expect("a role");
            role.permissions.0.retain(|p| p.as_str() != permission);
            tx.update(&role).await?;
            hubbub::domain::note_change(tx, None, "role", role.id.as_str(), hubbub::domain::Change::Updated);
            Ok::<_, store::Error>(())
        })
    });
    write.await.expect("written");
    let token = t.post("/1.0/access_tokens", json!({"label": "x", "user_id": who["id"]})).await.ok();
    token["token"].as_str().expect("a token").to_owned()
}
