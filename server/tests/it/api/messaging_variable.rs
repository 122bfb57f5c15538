//! Custom variables of chats: what they are called, what they hold, and where a page has them.

use serde_json::{Value, json};

use crate::api::messaging::{TRIGGERS, VARIABLES, all, opens, refused};
use crate::support::world::World;
use crate::support::{TestApp, id};

#[tokio::test]
async fn variables_have_a_name_a_kind_and_a_place_in_the_page() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let in_page = json!({"by": "selector", "expression": "#cart .count", "attribute": "data-n", "pattern": "(\\d+)"});
    let given = json!({"source_id": shop.chat.id, "name": "custom_cart_products", "label": "Products", "kind": "number",
                       "in_page": in_page, "show_to_agents": false, "personal": true});
    let made = t.post(VARIABLES, given.clone()).await.ok();
    for (field, value) in given.as_object().expect("a map") {
        assert_eq!(&made[field], value, "{field}");
    }
    let path = format!("{VARIABLES}/{}", id(&made));
    assert_eq!(t.get(&path).await.ok(), made);
    let changed = t.put(&path, json!({"label": "Cart", "in_page": null, "personal": false})).await.ok();
    assert_eq!((&changed["label"], &changed["in_page"]), (&json!("Cart"), &Value::Null));
    refused(t.post(VARIABLES, given).await, "name");
    let plain = t.post(VARIABLES, json!({"source_id": shop.chat.id, "name": "custom_plan"})).await.ok();
    assert_eq!((&plain["label"], &plain["kind"]), (&json!("custom_plan"), &json!("string")));
    let found = |by: &str, expression: &str| json!({"in_page": {"by": by, "expression": expression}});
    for (given, field) in [
        (json!({"name": "custom_other"}), "name"),
        (json!({"kind": "boolean"}), "kind"),
        (json!({"label": " "}), "label"),
        (found("magic", "x"), "in_page.by"),
        (found("selector", "#cart >> .count"), "in_page.expression"),
        (found("selector", "..count"), "in_page.expression"),
        (found("cookie", " "), "in_page.expression"),
        (found("cookie", "plan=gold; path"), "in_page.expression"),
        (found("cookie", &"x".repeat(501)), "in_page.expression"),
        (found("js_path", "shop.cart()"), "in_page.expression"),
        (json!({"in_page": {"by": "meta", "expression": "x", "attribute": "y"}}), "in_page.attribute"),
        (json!({"in_page": {"by": "meta", "expression": "x", "pattern": "(?=a)"}}), "in_page.pattern"),
        (json!({"in_page": {"by": "meta", "expression": "x", "pattern": "(a"}}), "in_page.pattern"),
        (json!({"in_page": {"by": "meta", "expression": "x", "pattern": "^(\\w+\\s?)*$"}}), "in_page.pattern"),
        (json!({"in_page": {"by": "meta", "expression": "x", "pattern": "a".repeat(201)}}), "in_page.pattern"),
    ] {
        refused(t.put(&path, given).await, field);
    }
    for name in ["cart", "custom_", "custom_Cart", &format!("custom_{}", "x".repeat(58))] {
        refused(t.post(VARIABLES, json!({"source_id": shop.chat.id, "name": name})).await, "name");
    }
    let looks =
        json!({"conditions": [{"criterion": "custom_plan", "operator": "is", "value": "gold"}], "label": "Gold"});
    t.post(TRIGGERS, opens(&shop, looks)).await.ok();
    let kept = t.delete(&format!("{VARIABLES}/{}", id(&plain))).await;
    assert_eq!(kept.json["values"], json!({"names": ["Gold"]}), "{}", kept.text);
    assert_eq!(kept.error(409), "in_use");
    t.delete(&path).await.ok();
    assert_eq!(all(&t, VARIABLES, &shop).await.len(), 1);
}

#[tokio::test]
async fn a_part_of_the_wrong_form_is_named_with_what_it_is_a_part_of() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let in_page = json!({"by": ["selector"], "expression": "a"});
    let odd = json!({"source_id": shop.chat.id, "name": "custom_plan", "in_page": in_page});
    let odd = t.post(VARIABLES, odd).await;
    assert_eq!(odd.json["field"], "in_page.by", "{}", odd.text);
    odd.error(400);
}
