use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{TestApp, id, send};

#[tokio::test]
async fn channels_show_their_sources() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let list = t.get("/1.0/channels").await.ok();
    assert_eq!(list["count"], 2);
    let (first, second) = (&list["records"][0], &list["records"][1]);
    assert_eq!((&first["name"], &second["name"]), (&json!("Async"), &json!("Realtime")));
    let chat = json!([shop.chat.id.as_str()]);
    assert_eq!((&first["source_ids"], &second["source_ids"]), (&chat, &json!([])));
    let capacity = |c: &Value| (c["soft_capability"].clone(), c["hard_capability"].clone());
    assert_eq!([capacity(first), capacity(second)], [(json!(3), json!(6)), (json!(3), json!(5))]);
    assert_eq!((&first["task_timeout_seconds"], &second["task_timeout_seconds"]), (&json!(3600), &json!(90)));
    assert_eq!((&first["label"], &first["agent_sla"]), (&json!("Async"), &Value::Null));

    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"channel_id": second["id"]})).await.ok();
    let path = format!("/1.0/channels/{}", second["id"].as_str().expect("an id"));
    assert_eq!(t.get(&path).await.ok()["source_ids"], chat);
    t.get("/1.0/channels/0123456789abcdef01234567").await.error(404);
}

#[tokio::test]
async fn a_channel_is_changed_with_its_sources_capacities_and_times() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let list = t.get("/1.0/channels").await.ok();
    let path = |n: usize| format!("/1.0/channels/{}", id(&list["records"][n]));
    let category = t.post("/1.0/categories", json!({"name": "Gone quiet"})).await.ok();
    let told = json!({
        "name": "Slow", "source_ids": [], "soft_capability": 1, "hard_capability": 2, "task_timeout_seconds": 0,
        "agent_sla": 600, "agent_sla_threshold": 80, "task_auto_complete_seconds": 86_400,
        "auto_complete_category_ids": [category["id"]], "away_by_default": "True", "silent_timeout_seconds": 120,
    });
    let changed = t.put(&path(0), told.clone()).await.ok();
    for (field, value) in told.as_object().expect("a map") {
        let expected = match field.as_str() {
            "task_timeout_seconds" => &Value::Null,
            "away_by_default" => &json!(true),
            _ => value,
        };
        assert_eq!(&changed[field], expected, "{field}");
    }
    // A source has one channel at the most, and one that is not named has none.
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    assert_eq!(t.get(&source).await.ok()["channel_id"], Value::Null);
    let given = t.put(&path(1), json!({"source_ids": [shop.chat.id]})).await.ok();
    assert_eq!(given["source_ids"], json!([shop.chat.id]));
    assert_eq!(t.put(&path(0), json!({"source_ids": [shop.chat.id]})).await.ok()["source_ids"], given["source_ids"]);
    assert_eq!(t.get(&path(1)).await.ok()["source_ids"], json!([]));
    // What is not said stays; an empty value clears what may be without one.
    let cleared = t.put(&path(0), json!({"agent_sla": "", "auto_complete_category_ids": []})).await.ok();
    assert_eq!((&cleared["agent_sla"], &cleared["auto_complete_category_ids"]), (&Value::Null, &json!([])));
    assert_eq!((&cleared["name"], &cleared["hard_capability"]), (&json!("Slow"), &json!(2)));

    let unknown = "111111111111111111111111";
    for (field, value) in [
        ("name", json!("Realtime")),
        ("name", json!(" ")),
        ("source_ids", json!([unknown])),
        ("soft_capability", json!(3)),
        ("hard_capability", json!(1001)),
        ("task_timeout_seconds", json!(2_592_001)),
        ("agent_sla", json!(-1)),
        ("agent_sla_threshold", json!(100)),
        ("task_auto_complete_seconds", json!(31_622_401)),
        ("auto_complete_category_ids", json!([unknown])),
    ] {
        let refused = t.put(&path(0), json!({field: value})).await;
        assert_eq!(refused.json["field"], field, "{}", refused.text);
        assert_eq!(refused.error(422), "validation_failed", "{field}");
    }
    let (_, token) = user(&t, "Nora", "Agent").await;
    let denied = send(t.request_as(&token, Method::PUT, &path(0)).json(&json!({"name": "x"}))).await;
    assert_eq!(denied.error(403), "forbidden");
    assert_eq!(t.put(&format!("/1.0/channels/{unknown}"), json!({})).await.error(404), "not_found");
}

#[tokio::test]
async fn a_channel_takes_over_what_replaces_a_category() {
    let t = TestApp::start().await;
    let channel = t.get("/1.0/channels").await.ok()["records"][0].clone();
    let path = format!("/1.0/channels/{}", id(&channel));
    let (old, new) = (
        t.post("/1.0/categories", json!({"name": "Old"})).await.ok(),
        t.post("/1.0/categories", json!({"name": "New"})).await.ok(),
    );
    t.put(&path, json!({"auto_complete_category_ids": [old["id"]]})).await.ok();
    t.delete(&format!("/1.0/categories/{}?take_over_category_id={}", id(&old), id(&new))).await.ok();
    assert_eq!(t.get(&path).await.ok()["auto_complete_category_ids"], json!([new["id"]]));
}
