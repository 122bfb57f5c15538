//! The looks of what a chat shows: whose colours they have.

use serde_json::json;

use crate::api::messaging::{ITEMS, TRIGGERS, all, opens};
use crate::support::world::World;
use crate::support::{TestApp, id};

#[tokio::test]
async fn a_style_of_ones_own_has_the_colour_of_the_reference_where_the_chat_has_none() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let invitation = all(&t, ITEMS, &shop).await.remove(4);
    let item = format!("{ITEMS}/{}", id(&invitation));
    t.put(&item, json!({"css": ".a { color: $highlight-color }"})).await.ok();
    let actions = json!([{"type": "show_invitation", "item_id": invitation["id"]}]);
    t.post(TRIGGERS, opens(&shop, json!({"actions": actions}))).await.ok();
    let told = format!("/chat/{}/targeting", shop.chat.token);
    let css = async || t.get(&told).await.ok()["items"][1]["css"].clone();
    assert_eq!(css().await, ".a{color: #53cca4;}");
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"color": 1})).await.ok();
    assert_eq!(css().await, ".a{color: #2563eb;}");
}
