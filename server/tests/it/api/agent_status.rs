use futures_util::{SinkExt, StreamExt};
use model::UserId;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::team::new_team;
use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Opens the console's socket for the user of a token.
async fn connect(t: &TestApp, token: &str) -> Socket {
    let url = format!("{}/console/socket", t.url.replace("http://", "ws://"));
    let mut request = url.into_client_request().expect("a request");
    let bearer = format!("Bearer {token}").parse().expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
    socket.send(Message::text(r#"{"type":"hello","position":null}"#)).await.expect("sent");
    socket.next().await.expect("a welcome").expect("a frame");
    socket
}

fn status_path(user: &str) -> String {
    format!("/1.0/status/{user}")
}

async fn channels(t: &TestApp) -> Vec<String> {
    let list = t.get("/1.0/channels").await.ok();
    list["records"].as_array().expect("a list").iter().map(|c| c["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn an_agent_is_there_while_the_console_is_open() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    assert_eq!(t.get("/1.0/status").await.ok(), json!([]));
    assert_eq!(t.get(&status_path(&agent)).await.error(404), "disconnected");
    assert_eq!(t.get(&status_path("0123456789abcdef01234567")).await.error(404), "not_found");
    assert_eq!(t.put(&status_path(&agent), json!({"status": "away"})).await.error(404), "disconnected");

    let socket = connect(&t, &token).await;
    let list = t.get("/1.0/status").await.ok();
    insta::assert_json_snapshot!(list, {".**.id" => "[id]", "[].agent_id" => "[id]"}, @r#"
    [
      {
        "agent_id": "[id]",
        "channels": [
          {
            "busyness": "unoccupied",
            "id": "[id]",
            "name": "Async",
            "status": "available"
          },
          {
            "busyness": "unoccupied",
            "id": "[id]",
            "name": "Realtime",
            "status": "available"
          }
        ],
        "custom_status": null
      }
    ]
    "#);
    assert_eq!(list[0]["agent_id"], json!(agent));
    assert_eq!(t.get(&status_path(&agent)).await.ok(), list[0]);
    drop(socket);
    eventually("the agent is gone", || async { (t.get("/1.0/status").await.ok() == json!([])).then_some(()) }).await;
}

#[tokio::test]
async fn a_status_is_set_for_every_channel_and_outlives_a_reload() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    let socket = connect(&t, &token).await;
    let path = status_path(&agent);
    let ids = channels(&t).await;
    let query = format!("{path}?status[{}]=away&status[{}]=available", ids[0], ids[1]);
    let set = send(t.request_as(&token, Method::PUT, &query)).await.ok();
    let statuses = |status: &Value| {
        let list = status["channels"].as_array().expect("a list").clone();
        list.into_iter().map(|c| c["status"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&set), ["away", "available"]);
    drop(socket);
    let _socket = connect(&t, &token).await;
    assert_eq!(statuses(&t.get(&path).await.ok()), ["away", "available"]);
    assert_eq!(statuses(&t.put(&path, json!({"status": "away"})).await.ok()), ["away", "away"]);
    let both = json!({"status": {&ids[0]: "available", &ids[1]: "available"}, "custom_status_id": "x"});
    assert_eq!(statuses(&t.put(&path, both).await.ok()), ["available", "available"]);

    let nobody = "0123456789abcdef01234567";
    for (body, field, status) in [
        (json!({}), "status", 400),
        (json!({"status": "busy"}), "status", 422),
        (json!({"status": {&ids[0]: "away"}}), "status", 422),
        (json!({"status": {&ids[0]: "away", &ids[1]: "gone"}}), "status", 422),
        (json!({"status": {&ids[0]: "away", &ids[1]: "away", nobody: "away"}}), "status", 422),
        (json!({"custom_status_id": nobody}), "custom_status_id", 422),
    ] {
        let answer = t.put(&path, body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    assert_eq!(statuses(&t.get(&path).await.ok()), ["available", "available"]);
}

#[tokio::test]
async fn agents_see_and_set_their_own_status_alone() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    let (other_token, other) = t.user_of("Agent").await;
    let _sockets = (connect(&t, &token).await, connect(&t, &other_token).await);
    let ask = async |method, path: &str| send(t.request_as(&token, method, path)).await;
    ask(Method::GET, &status_path(&agent)).await.ok();
    ask(Method::PUT, &format!("{}?status=away", status_path(&agent))).await.ok();
    for path in ["/1.0/status", &status_path(&other)] {
        assert_eq!(ask(Method::GET, path).await.error(403), "forbidden");
    }
    let path = format!("{}?status=away", status_path(&other));
    assert_eq!(ask(Method::PUT, &path).await.error(403), "forbidden");
}

#[tokio::test]
async fn the_list_is_filtered_by_what_agents_can_do() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (first_token, first) = t.user_of("Agent").await;
    let (second_token, second) = t.user_of("Agent").await;
    let _sockets = (connect(&t, &first_token).await, connect(&t, &second_token).await);
    let skill = t.post("/1.0/categories", json!({"name": "Billing"})).await.ok()["id"].clone();
    let update = json!({"category_ids": [skill], "spoken_languages": ["fr"]});
    t.put(&format!("/1.0/users/{first}"), update).await.ok();
    let team = new_team(&t, "Support", &[], &[&second]).await;
    let permissions = json!({world.chat.id.as_str(): "read"});
    t.put(&format!("/1.0/users/{second}/sources_permissions"), permissions).await.ok();
    for (query, expected) in [
        (String::new(), vec![&first, &second]),
        (format!("category_ids[]={}", skill.as_str().expect("an id")), vec![&first]),
        ("spoken_languages[]=fr&spoken_languages[]=de".into(), vec![&first]),
        (format!("team_ids[]={team}"), vec![&second]),
        (format!("source_ids[]={}", world.chat.id), vec![&first]),
        (format!("source_ids[]={}&team_ids[]={team}", world.chat.id), vec![]),
    ] {
        let list = t.get(&format!("/1.0/status?{query}")).await.ok();
        let found: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|a| a["agent_id"].as_str()).collect();
        assert_eq!(found, expected, "{query}");
    }
    t.get("/1.0/status?team_ids[]=x").await.error(400);
}

#[tokio::test]
async fn open_interventions_make_an_agent_busy_on_their_channel() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (token, agent) = t.user_of("Agent").await;
    let _socket = connect(&t, &token).await;
    let busyness = async || {
        let status = t.get(&status_path(&agent)).await.ok();
        let list = status["channels"].as_array().expect("a list").clone();
        let on = |c: &Value| c["id"].as_str() == world.chat.channel_id.as_ref().map(|id| id.as_str());
        let of = |there: bool| list.iter().find(|c| on(c) == there).expect("a channel")["busyness"].clone();
        (of(true), of(false))
    };
    assert_eq!(busyness().await, (json!("unoccupied"), json!("unoccupied")));
    for (count, expected) in [(1, "ok"), (3, "busy"), (6, "full")] {
        let open = async || {
            let id = UserId::parse(&agent).expect("an id");
            t.app.db.read(move |tx| Box::pin(async move { store::intervention::count_open(tx, &id).await })).await
        };
        while open().await.expect("a number") < count {
            let said = world.say(&t, &format!("customer {}", open().await.expect("a number")), None, "Hello").await;
            let engage = format!("/1.0/interventions?content_id={}", said.content.id);
            send(t.request_as(&token, Method::POST, &engage)).await.ok();
        }
        assert_eq!(busyness().await, (json!(expected), json!("unoccupied")));
    }
}
