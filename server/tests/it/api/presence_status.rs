use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::{TestApp, assert_fields, id, send};

async fn made(t: &TestApp, name: &str) -> Value {
    t.post("/1.0/presence_status", json!({"name": name})).await.ok()
}

#[tokio::test]
async fn statuses_are_made_listed_by_name_renamed_and_removed() {
    let t = TestApp::start().await;
    let (pause, lunch) = (made(&t, "Pause").await, made(&t, "Lunch").await);
    assert_fields(&lunch, "created_at id name updated_at");
    assert_eq!(t.get("/1.0/presence_status").await.ids(), (vec![id(&lunch).into(), id(&pause).into()], 2));
    let path = format!("/1.0/presence_status/{}", id(&pause));
    assert_eq!(t.put(&path, json!({"name": "Break"})).await.ok()["name"], "Break");
    assert_eq!(t.get(&path).await.ok()["name"], "Break");
    for name in ["Lunch", " "] {
        let refused = t.put(&path, json!({"name": name})).await;
        assert_eq!(refused.json["field"], "name");
        assert_eq!(refused.error(422), "validation_failed");
    }
    t.post("/1.0/presence_status", json!({})).await.error(422);
    assert_eq!(t.delete(&path).await.ok()["name"], "Break");
    assert_eq!(t.get(&path).await.error(404), "not_found");
    assert_eq!(t.delete(&path).await.error(404), "not_found");
    // Agents choose from the list, and no more.
    let (token, _) = t.user_of("Agent").await;
    assert_eq!(send(t.request_as(&token, Method::GET, "/1.0/presence_status")).await.ok()["count"], 1);
    let denied = send(t.request_as(&token, Method::POST, "/1.0/presence_status?name=x")).await;
    assert_eq!(denied.error(403), "forbidden");
}

#[tokio::test]
async fn an_agent_is_away_everywhere_for_a_reason_until_they_say_otherwise() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    let lunch = made(&t, "Lunch").await;
    let path = format!("/1.0/status/{agent}");
    let set = async |body: Value| send(t.request_as(&token, Method::PUT, &path).json(&body)).await;
    let away = json!({"custom_status_id": id(&lunch)});
    assert_eq!(set(away.clone()).await.error(404), "disconnected");
    let (socket, _) = Socket::agent(&t, &token, None).await;
    let of = |status: &Value| {
        let channels = status["channels"].as_array().expect("a list");
        let words: Vec<&str> = channels.iter().filter_map(|c| c["status"].as_str()).collect();
        (words.join(" "), status["custom_status"].clone())
    };
    let reason = json!({"id": id(&lunch)});
    assert_eq!(of(&set(away.clone()).await.ok()), ("away away".into(), reason.clone()));
    assert_eq!(of(&t.get("/1.0/status").await.ok()[0]), ("away away".into(), reason.clone()));
    // Where both are said, the channels count.
    let both = json!({"status": "available", "custom_status_id": id(&lunch)});
    assert_eq!(of(&set(both).await.ok()), ("available available".into(), Value::Null));
    assert_eq!(set(json!({"custom_status_id": "x"})).await.error(400), "invalid_parameter");
    assert_eq!(set(json!({"custom_status_id": agent})).await.error(422), "validation_failed");
    set(away.clone()).await.ok();
    assert_eq!(of(&set(json!({"status": "away"})).await.ok()), ("away away".into(), Value::Null));
    set(away).await.ok();
    // On a channel that was not there yet too, as whoever looks for somebody who is free finds.
    let channel = t.post("/1.0/channels", json!({"name": "Evenings"})).await.ok();
    assert_eq!(of(&t.get(&path).await.ok()).0, "away away away");
    let evenings = model::ChannelId::parse(id(&channel)).expect("an id");
    let read = t.app.db.read(move |tx| Box::pin(async move { store::queue::available(tx, &evenings, true).await }));
    let free: Result<Vec<model::UserId>, store::Error> = read.await;
    assert!(free.expect("a list").is_empty());
    // Who has a reason that goes stays away.
    t.delete(&format!("/1.0/presence_status/{}", id(&lunch))).await.ok();
    assert_eq!(of(&t.get(&path).await.ok()), ("away away away".into(), Value::Null));
    drop(socket);
}

#[tokio::test]
async fn who_leads_a_team_sees_and_sets_what_its_members_do() {
    let t = TestApp::start().await;
    let (leader_token, leader) = t.user_of("Agent").await;
    let (token, member) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    let path = format!("/1.0/status/{member}");
    super::user::allow(&t, "Agent", &["monitor_team_tasks"]).await;
    assert_eq!(send(t.request_as(&leader_token, Method::GET, &path)).await.error(403), "forbidden");
    super::team::new_team(&t, "Support", &[&leader], &[&member]).await;
    send(t.request_as(&leader_token, Method::GET, &path)).await.ok();
    send(t.request_as(&leader_token, Method::PUT, &format!("{path}?status=away"))).await.ok();
    assert_eq!(t.get(&path).await.ok()["channels"][0]["status"], "away");
}
