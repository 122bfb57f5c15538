//! What chats have of triggers, items and variables comes back when it was removed.

use serde_json::json;

use crate::api::messaging::{ITEMS, TRIGGERS, VARIABLES, opens};
use crate::support::world::World;
use crate::support::{TestApp, id};

#[tokio::test]
async fn what_was_removed_comes_back_under_its_id() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let item = json!({"source_id": shop.chat.id, "type": "invitation", "label": "Ours", "html": "<p>Ask us</p>"});
    let variable = json!({"source_id": shop.chat.id, "name": "custom_cart", "kind": "number", "label": "Cart"});
    for (path, given) in [(TRIGGERS, opens(&shop, json!({}))), (ITEMS, item), (VARIABLES, variable)] {
        let made = t.post(path, given.clone()).await.ok();
        let mut again = given;
        again["id"] = made["id"].clone();
        // One that is there stays as it is.
        assert_eq!(t.post(path, again.clone()).await.error(422), "validation_failed");
        t.delete(&format!("{path}/{}", id(&made))).await.ok();
        let back = t.post(path, again).await.ok();
        for field in ["id", "label", "position"] {
            assert_eq!(back[field], made[field], "{path} {field}");
        }
    }
    assert_eq!(t.post(TRIGGERS, opens(&shop, json!({"id": "mine"}))).await.error(400), "invalid_parameter");
}
