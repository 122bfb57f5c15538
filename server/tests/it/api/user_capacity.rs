use model::UserId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::world::World;
use crate::support::{TestApp, assert_fields, id, send};

const PATH: &str = "/1.0/user_capacities";

async fn channels(t: &TestApp) -> Vec<String> {
    let list = t.get("/1.0/channels").await.ok();
    list["records"].as_array().expect("a list").iter().map(|c| id(c).to_owned()).collect()
}

#[tokio::test]
async fn capacities_are_made_from_forms_and_json_and_replace_their_channels() {
    let t = TestApp::start().await;
    let ids = channels(&t).await;
    let form = format!(
        "name=Beginners&channels[][channel_id]={}&channels[][default_capacity]=1&channels[][max_capacity]=2\
         &channels[][channel_id]={}&channels[][default_capacity]=0&channels[][max_capacity]=1000",
        ids[0], ids[1]
    );
    let made = send(t.request(Method::POST, &format!("{PATH}?{form}"))).await.ok();
    assert_fields(&made, "channels created_at id name updated_at");
    let first = json!({"default_capacity": 1, "id": ids[0], "max_capacity": 2});
    assert_eq!(made["channels"], json!([first, {"default_capacity": 0, "id": ids[1], "max_capacity": 1000}]));
    let path = format!("{PATH}/{}", id(&made));
    // What was answered can be sent again.
    let again = t.put(&path, json!({"channels": [first]})).await.ok();
    assert_eq!((&again["name"], &again["channels"]), (&json!("Beginners"), &json!([first])));
    assert_eq!(t.put(&path, json!({"name": "New ones"})).await.ok()["channels"], json!([first]));
    assert_eq!(t.get(PATH).await.ids(), (vec![id(&made).into()], 1));
    let on = |channel: &str, soft: i64, hard: i64| json!({"channel_id": channel, "default_capacity": soft, "max_capacity": hard});
    for channels in [
        json!([on("111111111111111111111111", 1, 2)]),
        json!([on(&ids[0], 1, 2), on(&ids[0], 1, 2)]),
        json!([on(&ids[0], 3, 2)]),
        json!([on(&ids[0], -1, 2)]),
        json!([on(&ids[0], 1, 1001)]),
        json!([{"channel_id": ids[0], "default_capacity": 1}]),
    ] {
        let refused = t.put(&path, json!({"channels": channels})).await;
        assert_eq!(refused.json["field"], "channels", "{}", refused.text);
        assert_eq!(refused.error(422), "validation_failed");
    }
    t.post(PATH, json!({"name": "New ones"})).await.error(422);
    t.post(PATH, json!({})).await.error(422);
    assert_eq!(t.put(&path, json!({"channels": []})).await.ok()["channels"], json!([]));
    assert_eq!(t.delete(&path).await.ok()["name"], "New ones");
    assert_eq!(t.get(&path).await.error(404), "not_found");
    let (token, _) = t.user_of("Agent").await;
    assert_eq!(send(t.request_as(&token, Method::GET, PATH)).await.error(403), "forbidden");
}

#[tokio::test]
async fn a_user_is_as_busy_as_their_own_capacity_says() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (token, agent) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    let ids = channels(&t).await;
    let one = json!([{"channel_id": ids[0], "default_capacity": 1, "max_capacity": 2}]);
    let capacity = t.post(PATH, json!({"name": "Beginners", "channels": one})).await.ok();
    let user = format!("/1.0/users/{agent}");
    let given = t.put(&user, json!({"user_capacity_id": id(&capacity)})).await.ok();
    assert_eq!(given["user_capacity_id"], capacity["id"]);
    let unknown = t.put(&user, json!({"user_capacity_id": agent})).await;
    assert_eq!(unknown.json["field"], "user_capacity_id");
    unknown.error(422);
    let busyness = async || t.get(&format!("/1.0/status/{agent}")).await.ok()["channels"][0]["busyness"].clone();
    let user_id = UserId::parse(&agent).expect("an id");
    for expected in ["busy", "full"] {
        let said = world.say(&t, &format!("customer {expected}"), None, "Hello").await;
        let engage = format!("/1.0/interventions?content_id={}", said.content.id);
        send(t.request_as(&token, Method::POST, &engage)).await.ok();
        assert_eq!(busyness().await, expected, "{user_id}");
    }
    // Without it the channel's own limits hold.
    t.delete(&format!("{PATH}/{}", id(&capacity))).await.ok();
    assert_eq!(t.get(&user).await.ok()["user_capacity_id"], Value::Null);
    assert_eq!(busyness().await, "ok");
}

#[tokio::test]
async fn a_channel_is_made_and_goes_when_no_source_has_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (token, agent) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    let made = t.post("/1.0/channels", json!({"name": "Night", "source_ids": [shop.chat.id]})).await.ok();
    assert_eq!((&made["soft_capability"], &made["hard_capability"]), (&json!(3), &json!(6)));
    assert_eq!(made["source_ids"], json!([shop.chat.id]));
    t.post("/1.0/channels", json!({})).await.error(422);
    let limits = json!([{"channel_id": made["id"], "default_capacity": 1, "max_capacity": 2}]);
    let capacity = t.post(PATH, json!({"name": "Beginners", "channels": limits})).await.ok();
    // Who is there already takes work on it too.
    let status = t.get(&format!("/1.0/status/{agent}")).await.ok();
    assert_eq!(
        (&status["channels"][2]["name"], &status["channels"][2]["status"]),
        (&json!("Night"), &json!("available"))
    );
    let path = format!("/1.0/channels/{}", id(&made));
    assert_eq!(t.delete(&path).await.error(422), "channel_in_use");
    t.put(&path, json!({"source_ids": []})).await.ok();
    assert_eq!(t.delete(&path).await.ok()["name"], "Night");
    assert_eq!(t.delete(&path).await.error(404), "not_found");
    assert_eq!(t.get(&format!("{PATH}/{}", id(&capacity))).await.ok()["channels"], json!([]));
}
