use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::World;

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
    assert_eq!((&first["soft_capability"], &first["label"]), (&Value::Null, &json!("Async")));

    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"channel_id": second["id"]})).await.ok();
    let path = format!("/1.0/channels/{}", second["id"].as_str().expect("an id"));
    assert_eq!(t.get(&path).await.ok()["source_ids"], chat);
    t.get("/1.0/channels/0123456789abcdef01234567").await.error(404);
}
