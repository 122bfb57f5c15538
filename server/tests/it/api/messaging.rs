//! Setting up what a chat shows to whom: triggers, items and custom variables, and what pages are told of them.

use hubbub::crypto;
use reqwest::Method;
use reqwest::header;
use serde_json::{Value, json};

use crate::api::user::allow;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

/// Where triggers are.
pub const TRIGGERS: &str = "/1.0/messaging_triggers";
/// Where items are.
pub const ITEMS: &str = "/1.0/messaging_items";
/// Where variables are.
pub const VARIABLES: &str = "/1.0/messaging_variables";

/// What a chat has of a kind, in order.
pub async fn all(t: &TestApp, path: &str, shop: &World) -> Vec<Value> {
    let list = t.get(&format!("{path}?source_id={}&limit=150", shop.chat.id)).await.ok();
    list["records"].as_array().expect("a list").clone()
}

async fn item_of(t: &TestApp, shop: &World, label: &str) -> Value {
    let items = all(t, ITEMS, shop).await;
    items.into_iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("no item {label}"))
}

/// A trigger that opens the chat, with more than that.
pub fn opens(shop: &World, more: Value) -> Value {
    let mut trigger = json!({"source_id": shop.chat.id, "label": "Opens", "actions": [{"type": "show_and_open_chat"}]});
    trigger.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    trigger
}

async fn config(t: &TestApp, shop: &World) -> Value {
    send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok()
}

async fn told(t: &TestApp, shop: &World) -> Value {
    send(t.anonymous(Method::GET, &format!("/chat/{}/targeting", shop.chat.token))).await.ok()
}

/// A condition on the current page.
fn condition(criterion: &str, operator: &str, value: Value) -> Value {
    json!({"conditions": [{"criterion": criterion, "operator": operator, "value": value}]})
}

fn many(n: usize) -> Value {
    json!({"conditions": vec![json!({"criterion": "identity", "operator": "is_present"}); n]})
}

pub fn refused(answer: Answer, field: &str) {
    assert_eq!(answer.json["field"], field, "{}", answer.text);
    assert_eq!(answer.error(422), "validation_failed");
}

#[tokio::test]
async fn a_chat_begins_with_its_own_button_and_a_catalogue() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let triggers = all(&t, TRIGGERS, &shop).await;
    let [built_in] = &triggers[..] else { panic!("one trigger, not {triggers:?}") };
    let labels: Vec<Value> = all(&t, ITEMS, &shop).await.iter().map(|item| item["label"].clone()).collect();
    let expected = json!([
        "Default floating button",
        "Default floating button - dark",
        "Default floating button - light",
        "Default fixed button",
        "Default invitation",
        "Default automatic message",
    ]);
    assert_eq!(json!(labels), expected);
    let button = item_of(&t, &shop, "Default floating button").await;
    assert_eq!(built_in["actions"], json!([{"type": "show_button", "item_ids": [button["id"]]}]));
    assert_eq!((&built_in["built_in"], &built_in["conditions"]), (&json!(true), &json!([])));
    let expected = json!({
        "trigger": {"id": built_in["id"], "label": "Default button", "active": true},
        "item": {"id": button["id"], "label": "Default floating button"},
    });
    let config = config(&t, &shop).await;
    assert_eq!((&config["built_in"], &config["targeting"]), (&expected, &Value::Null));

    // It is switched off, and neither removed nor made into something else.
    let path = format!("{TRIGGERS}/{}", id(built_in));
    assert_eq!(t.delete(&path).await.error(422), "built_in");
    for (field, value) in [
        ("actions", json!([{"type": "show_and_open_chat"}])),
        ("conditions", json!([{"criterion": "chat_shown", "operator": "is_present"}])),
        ("stop_after", json!(true)),
        ("language", json!("fr")),
    ] {
        refused(t.put(&path, json!({field: value})).await, field);
    }
    t.put(&path, json!({"active": false, "label": "Our button"})).await.ok();
    let config = self::config(&t, &shop).await;
    assert_eq!((&config["built_in"]["trigger"]["active"], &config["targeting"]), (&json!(false), &Value::Null));
    let item = format!("{ITEMS}/{}", id(&button));
    assert_eq!(t.delete(&item).await.error(409), "in_use");
    t.put(&item, json!({"texts": {"en": {"label": "Ask us"}}})).await.ok();
    assert_ne!(self::config(&t, &shop).await["targeting"], Value::Null);
}

#[tokio::test]
async fn the_chats_own_button_asks_whether_agents_are_there_where_that_is_said() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("{TRIGGERS}/{}", id(&all(&t, TRIGGERS, &shop).await[0]));
    t.put(&path, json!({"only_if_agents_available": true})).await.ok();
    assert_eq!(config(&t, &shop).await["built_in"], Value::Null, "the loader alone would ask nobody");
    assert_eq!(told(&t, &shop).await["triggers"][0]["only_if_agents_available"], true);
    t.put(&path, json!({"only_if_agents_available": false})).await.ok();
    assert_eq!(config(&t, &shop).await["targeting"], Value::Null);
}

#[tokio::test]
async fn triggers_are_made_and_changed() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let category = t.post("/1.0/categories", json!({"name": "Sales"})).await.ok();
    let invitation = item_of(&t, &shop, "Default invitation").await;
    let message = item_of(&t, &shop, "Default automatic message").await;
    let given = json!({
        "source_id": shop.chat.id, "label": "Emptied cart", "active": true, "only_if_agents_available": true,
        "queuing_factor": 0.25, "stop_after": true, "once_per_visit": true, "also_when_engaged": true,
        "category_ids": [category["id"]], "language": "fr",
        "conditions": [
            {"criterion": "page_url", "position": "previous", "operator": "contains", "value": "/my-cart/order/"},
            {"criterion": "visit_duration", "position": "current", "operator": "gte", "value": 30},
            {"criterion": "chat_opened", "position": "any", "operator": "is_not_present", "value": null},
        ],
        "actions": [
            {"type": "show_invitation", "item_id": invitation["id"]},
            {"type": "automatic_message", "message_id": message["id"]},
            {"type": "hide_others"},
        ],
    });
    let made = t.post(TRIGGERS, given.clone()).await.ok();
    for (field, value) in given.as_object().expect("a map") {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!((&made["built_in"], &made["position"]), (&json!(false), &json!(1)));
    let path = format!("{TRIGGERS}/{}", id(&made));
    assert_eq!(t.get(&path).await.ok(), made);

    // Forms say everything as text, and what is left out stays.
    let form = "label=Cart&queuing_factor=&language=&conditions[0][criterion]=visit_count&conditions[0][operator]=gte\
                &conditions[0][value]=2";
    let changed =
        send(t.request(Method::PUT, &path).body(form).header("content-type", "application/x-www-form-urlencoded"));
    let changed = changed.await.ok();
    let condition = json!([{"criterion": "visit_count", "position": "current", "operator": "gte", "value": 2}]);
    assert_eq!((&changed["conditions"], &changed["label"]), (&condition, &json!("Cart")));
    assert_eq!((&changed["queuing_factor"], &changed["language"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["actions"], made["actions"]);
}

#[tokio::test]
async fn of_two_who_change_the_same_at_once_the_second_is_told() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let variable = json!({"source_id": shop.chat.id, "name": "custom_size", "label": "Size"});
    t.post(VARIABLES, variable).await.ok();
    for path in [TRIGGERS, ITEMS, VARIABLES] {
        let one = all(&t, path, &shop).await.remove(0);
        let (path, version) = (format!("{path}/{}", id(&one)), one["version"].clone());
        let write = |label: &str| t.put(&path, json!({"label": label, "version": version}));
        let (a, b) = tokio::join!(write("Mine"), write("Theirs"));
        let (kept, refused) = if a.status == 200 { (a, b) } else { (b, a) };
        let kept = kept.ok();
        assert_eq!((refused.status.as_u16(), &refused.json["error"]), (409, &json!("changed_meanwhile")));
        assert_eq!(refused.json["reason"], "stale");
        let now = t.get(&path).await.ok();
        assert_eq!((&now["label"], &now["version"]), (&kept["label"], &kept["version"]));
        // Who has read that may change it, and who says nothing of it too.
        let next = t.put(&path, json!({"label": "Mine", "version": now["version"]})).await.ok();
        assert_ne!(next["version"], now["version"]);
        t.put(&path, json!({"label": "Ours"})).await.ok();
    }
}

#[tokio::test]
async fn triggers_are_sorted_and_removed_within_their_chat() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let category = t.post("/1.0/categories", json!({"name": "Sales"})).await.ok();
    let made = t.post(TRIGGERS, opens(&shop, json!({"label": "Cart"}))).await.ok();
    let path = format!("{TRIGGERS}/{}", id(&made));
    let second = t.post(TRIGGERS, opens(&shop, json!({"label": "Second"}))).await.ok();
    let sorted = t.put(&format!("{TRIGGERS}/sort"), json!({"ids": [second["id"], made["id"]]})).await.ok();
    let labels = |list: &[Value]| list.iter().map(|t| t["label"].clone()).collect::<Vec<_>>();
    assert_eq!(labels(sorted.as_array().expect("a list")), ["Second", "Cart", "Default button"]);
    assert_eq!(labels(&all(&t, TRIGGERS, &shop).await), ["Second", "Cart", "Default button"]);
    let elsewhere = World::on(shop.another_chat(&t, "Help").await);
    let other = t.post(TRIGGERS, opens(&elsewhere, json!({}))).await.ok();
    refused(t.put(&format!("{TRIGGERS}/sort"), json!({"ids": [second["id"], other["id"]]})).await, "ids");
    refused(t.put(&path, json!({"source_id": elsewhere.chat.id})).await, "source_id");
    assert_eq!(t.delete(&path).await.ok()["id"], made["id"]);
    assert_eq!(t.get(&path).await.error(404), "not_found");
    assert_eq!(t.delete(&path).await.error(404), "not_found");
    // A category that is gone is on no trigger.
    let with = t.post(TRIGGERS, opens(&shop, json!({"category_ids": [category["id"]]}))).await.ok();
    t.delete(&format!("/1.0/categories/{}", id(&category))).await.ok();
    assert_eq!(t.get(&format!("{TRIGGERS}/{}", id(&with))).await.ok()["category_ids"], json!([]));
}

#[tokio::test]
async fn a_trigger_that_cannot_work_is_refused_by_the_field_at_fault() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let variable = json!({"source_id": shop.chat.id, "name": "custom_cart", "kind": "number"});
    t.post(VARIABLES, variable).await.ok();
    let long = "x".repeat(1001);
    let parts = vec!["x"; 51].join(",");
    for (given, field) in [
        (json!({"label": " "}), "label"),
        (json!({"label": "x".repeat(256)}), "label"),
        (json!({"queuing_factor": 10.5}), "queuing_factor"),
        (json!({"language": "English"}), "language"),
        (json!({"category_ids": ["111111111111111111111111"]}), "category_ids"),
        (json!({"source_id": "111111111111111111111111"}), "source_id"),
        (many(21), "conditions"),
        (condition("weather", "is", json!("x")), "conditions[0].criterion"),
        (condition("custom_unknown", "is", json!("x")), "conditions[0].criterion"),
        (
            json!({"conditions": [{"criterion": "time", "position": "previous_9", "operator": "is_present"}]}),
            "conditions[0].position",
        ),
        (condition("chat_shown", "gte", json!(1)), "conditions[0].operator"),
        (condition("chat_shown", "is", json!("maybe")), "conditions[0].value"),
        (condition("visit_count", "contains", json!("1")), "conditions[0].operator"),
        (condition("visit_count", "is", json!("many")), "conditions[0].value"),
        (condition("visit_duration", "gte", json!(-1)), "conditions[0].value"),
        (condition("page_visit_duration", "gte", json!("-0,5")), "conditions[0].value"),
        (condition("inactivity", "is", json!(1e300)), "conditions[0].value"),
        (condition("scroll_depth", "gte", json!(101)), "conditions[0].value"),
        (condition("custom_cart", "starts_with", json!("1")), "conditions[0].operator"),
        (condition("custom_cart", "gte", json!("x")), "conditions[0].value"),
        (condition("page_url", "lte", json!("x")), "conditions[0].operator"),
        (condition("page_url", "contains", json!(" , ")), "conditions[0].value"),
        (condition("page_url", "contains", json!(",\u{301}")), "conditions[0].value"),
        (condition("page_url", "is", json!(long)), "conditions[0].value"),
        (condition("page_url", "is", json!(parts)), "conditions[0].value"),
        (condition("page_url", "is", json!(["x"])), "conditions[0].value"),
        (condition("day_of_week", "is", json!("someday")), "conditions[0].value"),
        (condition("day_of_week", "contains", json!("monday")), "conditions[0].operator"),
        (condition("time", "gte", json!("19:46")), "conditions[0].value"),
        (condition("time", "gte", json!("+9:00")), "conditions[0].value"),
    ] {
        refused(t.post(TRIGGERS, opens(&shop, given)).await, field);
    }
    for missing in ["label", "actions", "source_id"] {
        let mut given = opens(&shop, json!({}));
        given.as_object_mut().expect("a map").remove(missing);
        refused(t.post(TRIGGERS, given).await, missing);
    }
}

#[tokio::test]
async fn conditions_that_fit_their_criterion_are_taken() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let variable = json!({"source_id": shop.chat.id, "name": "custom_cart", "kind": "number"});
    t.post(VARIABLES, variable).await.ok();
    for given in [
        condition("chat_shown", "is", json!("true")),
        condition("page_url", "is", json!("")),
        condition("day_of_week", "gte", json!("saturday")),
        condition("time", "lte", json!("19:45")),
        condition("custom_cart", "gte", json!("1,5")),
        condition("custom_cart", "lte", json!(-3)),
        condition("visit_duration", "lte", json!(0)),
        many(20),
    ] {
        t.post(TRIGGERS, opens(&shop, given)).await.ok();
    }
}

#[tokio::test]
async fn actions_that_make_no_sense_are_refused_by_the_field_at_fault() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let items = all(&t, ITEMS, &shop).await;
    let (button, invitation, message) = (&items[1]["id"], &items[4]["id"], &items[5]["id"]);
    for (given, field) in [
        (json!({"actions": []}), "actions"),
        (json!({"actions": [{"type": "dance"}]}), "actions[0].type"),
        (json!({"actions": [{"type": "hide_others"}]}), "actions"),
        (json!({"actions": [{"type": "automatic_message", "message_id": message}]}), "actions"),
        (json!({"actions": [{"type": "show_chat_minimized"}, {"type": "show_and_open_chat"}]}), "actions"),
        (json!({"actions": [{"type": "show_and_open_chat"}, {"type": "show_and_open_chat"}]}), "actions[1].type"),
        (json!({"actions": [{"type": "show_button"}]}), "actions[0].item_ids"),
        (json!({"actions": [{"type": "show_button", "item_ids": [invitation]}]}), "actions[0].item_ids"),
        (
            json!({"actions": [{"type": "show_button", "item_ids": ["111111111111111111111111"]}]}),
            "actions[0].item_ids",
        ),
        (json!({"actions": [{"type": "show_invitation"}]}), "actions[0].item_id"),
        (json!({"actions": [{"type": "show_invitation", "item_id": button}]}), "actions[0].item_id"),
        (
            json!({"actions": [{"type": "show_and_open_chat"}, {"type": "automatic_message", "message_id": button}]}),
            "actions[1].message_id",
        ),
    ] {
        refused(t.post(TRIGGERS, opens(&shop, given)).await, field);
    }
}

#[tokio::test]
async fn items_are_written_safely_and_go_back_to_what_is_built_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let given = json!({
        "source_id": shop.chat.id, "type": "button", "label": "Ours", "positioning": "fixed", "reserve_height": 48,
        "offline_support": true, "texts": {"en": {"label": "Talk"}, "pt-BR": {"label": "Falar"}},
        "html": "<b class=\"x\" onclick=\"y()\">{{label}}</b><script>z()</script>",
        "css": "$highlight-color: #123456;\n.x { color: $highlight-color; &:hover { top: 0 } }",
    });
    let made = t.post(ITEMS, given.clone()).await.ok();
    for field in ["type", "label", "positioning", "reserve_height", "offline_support", "texts", "css"] {
        assert_eq!(made[field], given[field], "{field}");
    }
    assert_eq!((&made["html"], &made["prebuilt"]), (&json!("<b class=\"x\">{{label}}</b>"), &json!(false)));
    let path = format!("{ITEMS}/{}", id(&made));
    assert_eq!(t.get(&path).await.ok(), made);
    let back = t.put(&path, json!({"html": "", "css": "", "texts": {}, "reserve_height": null})).await.ok();
    assert_eq!((&back["prebuilt"], &back["reserve_height"]), (&json!(true), &Value::Null));
    assert!(back["html"].as_str().expect("a text").contains("hubbub-item-fixed"), "{}", back["html"]);
    // A form that was not touched writes nothing down.
    let same = t.put(&path, json!({"html": back["html"], "css": back["css"], "texts": back["texts"]})).await.ok();
    assert_eq!(same["prebuilt"], true);
}

#[tokio::test]
async fn an_item_that_cannot_be_shown_is_refused_by_the_field_at_fault() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let made = json!({"source_id": shop.chat.id, "type": "button", "label": "Ours", "positioning": "fixed"});
    let made = t.post(ITEMS, made).await.ok();
    let path = format!("{ITEMS}/{}", id(&made));
    let wrong = t.put(&path, json!({"css": ".x {\n  color: $nothing;\n}"})).await;
    assert_eq!(wrong.json["values"], json!({"line": 2, "column": 10}), "{}", wrong.text);
    assert_eq!(wrong.json["reason"], "css");
    refused(wrong, "css");
    let message = json!({"source_id": shop.chat.id, "type": "automatic_message", "label": "Hi"});
    let message = t.post(ITEMS, message).await.ok();
    assert_eq!(message["body"]["fr"], "Bonjour\u{a0}! Comment pouvons-nous vous aider\u{a0}?");
    let says = format!("{ITEMS}/{}", id(&message));
    let said = t.put(&says, json!({"body": {"en": " Hi {{identity_firstname}} ", "fr": ""}})).await.ok();
    assert_eq!(said["body"], json!({"en": "Hi {{identity_firstname}}"}));
    for (path, given, field) in [
        (&path, json!({"label": ""}), "label"),
        (&path, json!({"type": "invitation"}), "type"),
        (&path, json!({"positioning": "upside_down"}), "positioning"),
        (&path, json!({"html": "x".repeat(32 * 1024 + 1)}), "html"),
        (&path, json!({"html": "<script>x()</script>"}), "html"),
        (&path, json!({"css": " ".repeat(32 * 1024) + "a{}"}), "css"),
        (&path, json!({"css": "@import 'https://a.test/x.css';"}), "css"),
        (&path, json!({"css": "..x { top: 0 }"}), "css"),
        (&path, json!({"reserve_height": -1}), "reserve_height"),
        (&path, json!({"reserve_height": 2001}), "reserve_height"),
        (&path, json!({"texts": {"English": {"a": "b"}}}), "texts"),
        (&path, json!({"texts": {"en": {"A b": "c"}}}), "texts[en]"),
        (&path, json!({"texts": {"en": {"a": "x".repeat(1001)}}}), "texts[en][a]"),
        (&path, json!({"body": {"en": "x"}}), "body"),
        (&says, json!({"html": "<b>x</b>"}), "html"),
        (&says, json!({"positioning": "fixed"}), "positioning"),
        (&says, json!({"body": {"en": "x".repeat(2001)}}), "body[en]"),
    ] {
        refused(t.put(path, given).await, field);
    }
    // What triggers show stays as long as they do.
    let shows = json!({"actions": [{"type": "show_button", "item_ids": [made["id"]]}]});
    let trigger = t.post(TRIGGERS, opens(&shop, shows)).await.ok();
    let kept = t.delete(&path).await;
    assert_eq!(kept.json["values"], json!({"names": ["Opens"]}), "{}", kept.text);
    assert_eq!(kept.error(409), "in_use");
    t.delete(&format!("{TRIGGERS}/{}", id(&trigger))).await.ok();
    t.delete(&path).await.ok();
    let sorted = t.put(&format!("{ITEMS}/sort"), json!({"ids": [message["id"]]})).await.ok();
    assert_eq!(sorted[0]["id"], message["id"]);
}

#[tokio::test]
async fn there_is_a_limit_to_how_much_a_chat_has_and_a_page_loads() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    for n in 0..100 {
        let variable = json!({"source_id": shop.chat.id, "name": format!("custom_{n}")});
        t.post(VARIABLES, variable).await.ok();
    }
    refused(t.post(VARIABLES, json!({"source_id": shop.chat.id, "name": "custom_more"})).await, "source_id");
    // Noise cannot be compressed: what these buttons are is more than a page should load, once a trigger shows them.
    let mut ids = Vec::new();
    for _ in 0..5 {
        let html = format!("<p>{}</p>", crypto::random_hex(15_000));
        let item = json!({"source_id": shop.chat.id, "type": "button", "label": "Noise", "html": html});
        ids.push(t.post(ITEMS, item).await.ok()["id"].clone());
    }
    let shows = |ids: &[Value]| opens(&shop, json!({"actions": [{"type": "show_button", "item_ids": ids}]}));
    refused(t.post(TRIGGERS, shows(&ids)).await, "actions");
    t.post(TRIGGERS, shows(&ids[..2])).await.ok();
    let item = format!("{ITEMS}/{}", ids[0].as_str().expect("an id"));
    let [texts, more]: [Value; 2] =
        [(); 2].map(|()| (0..50).map(|n| (format!("k{n}"), json!(crypto::random_hex(490)))).collect());
    refused(t.put(&item, json!({"texts": {"en": texts, "fr": more}})).await, "texts");
    let mut last = t.get(VARIABLES).await;
    for variable in all(&t, VARIABLES, &shop).await {
        let given = json!({"in_page": {"by": "selector", "expression": format!("#a{}", crypto::random_hex(240))}});
        last = t.put(&format!("{VARIABLES}/{}", id(&variable)), given).await;
    }
    refused(last, "in_page");
    t.put(&item, json!({"html": "<p>a</p>"})).await.ok();
}

#[tokio::test]
async fn pages_are_told_what_is_in_use_and_keep_it_by_its_version() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let items = all(&t, ITEMS, &shop).await;
    let found = json!({"source_id": shop.chat.id, "name": "custom_cart", "kind": "number"});
    t.post(VARIABLES, found).await.ok();
    let actions = json!([{"type": "show_invitation", "item_id": items[4]["id"]},
                         {"type": "automatic_message", "message_id": items[5]["id"]}]);
    let trigger = t.post(TRIGGERS, opens(&shop, json!({"actions": actions, "label": "Ask"}))).await.ok();
    t.post(TRIGGERS, opens(&shop, json!({"active": false, "label": "Later"}))).await.ok();
    let first = told(&t, &shop).await;
    let version = first["version"].as_str().expect("a text").to_owned();
    let config = config(&t, &shop).await;
    assert_eq!((&config["targeting"], &config["built_in"]), (&json!({"version": version}), &Value::Null));
    let names = |list: &str, field: &str| -> Vec<Value> {
        first[list].as_array().expect("a list").iter().map(|one| one[field].clone()).collect()
    };
    assert_eq!(names("triggers", "label"), ["Default button", "Ask"]);
    assert_eq!(names("items", "label"), ["Default floating button", "Default invitation"]);
    assert_eq!(names("messages", "label"), ["Default automatic message"]);
    assert_eq!(names("variables", "name"), ["custom_cart"]);
    assert_eq!(first["time_zone"], "visitor");
    assert_eq!(first["triggers"][1]["actions"], trigger["actions"]);
    // Style comes as plain CSS, in the chat's colour: white can be read on that.
    for item in &first["items"].as_array().expect("a list")[..2] {
        let css = item["css"].as_str().expect("a text");
        assert!(css.contains("background: #4f46e5") && !css.contains('$'), "{css}");
    }

    let path = format!("/chat/{}/targeting", shop.chat.token);
    let answer = t.anonymous(Method::GET, &format!("{path}?v={version}")).send().await.expect("an answer");
    let cached = answer.headers()[header::CACHE_CONTROL].to_str().expect("a text").to_owned();
    assert!(cached.contains("immutable"), "{cached}");
    let tag = answer.headers()[header::ETAG].to_str().expect("a text").to_owned();
    let again = t.anonymous(Method::GET, &path).header("if-none-match", &tag).send().await.expect("an answer");
    assert_eq!(again.status(), 304);
    let old = t.anonymous(Method::GET, &format!("{path}?v=0123")).send().await.expect("an answer");
    assert_eq!(old.headers()[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn what_changes_what_pages_are_told_gives_it_another_version_at_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let items = all(&t, ITEMS, &shop).await;
    let shows = json!({"actions": [{"type": "show_invitation", "item_id": items[4]["id"]}]});
    t.post(TRIGGERS, opens(&shop, shows)).await.ok();
    let path = format!("/chat/{}/targeting", shop.chat.token);
    let first = told(&t, &shop).await;
    let version = first["version"].as_str().expect("a text").to_owned();
    let tag = format!("\"{version}\"");
    t.put("/1.0/settings", json!({"custom_sentiment_analysis": true})).await.ok();
    assert_eq!(told(&t, &shop).await["version"], version.as_str());
    t.put(
        &format!("/1.0/content_sources/{}", shop.chat.id),
        json!({"color": 2, "targeting_time_zone": "Europe/Paris"}),
    )
    .await
    .ok();
    let second = told(&t, &shop).await;
    assert_ne!(second["version"], version.as_str());
    assert_eq!(second["time_zone"], "Europe/Paris");
    assert!(second["items"][1]["css"].as_str().expect("a text").contains("#15803d"));
    let stale = t.anonymous(Method::GET, &path).header("if-none-match", &tag).send().await.expect("an answer");
    assert_eq!(stale.status(), 200);
    refused(
        t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"targeting_time_zone": "Mars/Phobos"})).await,
        "targeting_time_zone",
    );
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"active": false})).await.ok();
    assert_eq!(send(t.anonymous(Method::GET, &path)).await.error(404), "not_found");
}

#[tokio::test]
async fn who_may_set_up_a_chat_depends_on_role_source_and_kind() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Team leader").await;
    let call = |method: Method, path: String, body: Value| send(t.request_as(&token, method, &path).json(&body));
    let trigger = all(&t, TRIGGERS, &shop).await.remove(0);
    let one = format!("{TRIGGERS}/{}", id(&trigger));
    for path in [TRIGGERS, ITEMS, VARIABLES] {
        assert_eq!(call(Method::GET, path.into(), json!({})).await.error(403), "forbidden", "{path}");
    }
    // The permission for live chats is for those alone.
    allow(&t, "Team leader", &["manage_chat"]).await;
    assert_eq!(call(Method::GET, TRIGGERS.into(), json!({})).await.ok()["count"], 0);
    assert_eq!(call(Method::GET, one.clone(), json!({})).await.error(403), "forbidden");
    assert_eq!(call(Method::PUT, one.clone(), json!({"active": false})).await.error(403), "forbidden");
    assert_eq!(call(Method::POST, TRIGGERS.into(), opens(&shop, json!({}))).await.error(403), "forbidden");
    allow(&t, "Team leader", &["manage_messaging"]).await;
    assert_eq!(call(Method::GET, TRIGGERS.into(), json!({})).await.ok()["count"], 1);
    call(Method::PUT, one.clone(), json!({"label": "Ours"})).await.ok();
    // What is on a source that one may not read is not there.
    shop.permit(&t, &nora, &[]).await;
    assert_eq!(call(Method::GET, TRIGGERS.into(), json!({})).await.ok()["count"], 0);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(call(method, one.clone(), json!({})).await.error(404), "not_found");
    }
    refused(call(Method::POST, TRIGGERS.into(), opens(&shop, json!({}))).await, "source_id");
    refused(call(Method::PUT, format!("{TRIGGERS}/sort"), json!({"ids": [trigger["id"]]})).await, "source_id");
}

#[tokio::test]
async fn each_change_is_told_to_those_who_read_on_the_source() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = json!({"source_id": shop.chat.id});
    let with = |more: Value| {
        let mut map = source.as_object().expect("a map").clone();
        map.extend(more.as_object().expect("a map").clone());
        Value::Object(map)
    };
    let trigger = t.post(TRIGGERS, opens(&shop, json!({}))).await.ok();
    t.put(&format!("{TRIGGERS}/{}", id(&trigger)), json!({"label": "x"})).await.ok();
    t.delete(&format!("{TRIGGERS}/{}", id(&trigger))).await.ok();
    for kind in ["button", "invitation", "automatic_message"] {
        t.post(ITEMS, with(json!({"type": kind, "label": kind}))).await.ok();
    }
    t.post(VARIABLES, with(json!({"name": "custom_a"}))).await.ok();
    let journal = t.get("/1.0/events/journal?after=0&limit=500").await.ok();
    let events = journal["records"].as_array().expect("a list");
    let told: Vec<(String, String)> = events
        .iter()
        .filter(|e| e["resource"]["type"].as_str().is_some_and(|kind| kind.starts_with("mobile_messaging.")))
        .map(|e| {
            assert_eq!(e["source_id"], shop.chat.id.as_str(), "{e}");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&e["resource"]["type"]), text(&e["resource"]["metadata"]["change"]))
        })
        .collect();
    let expected = [
        ("mobile_messaging.trigger", "created"),
        ("mobile_messaging.trigger", "updated"),
        ("mobile_messaging.trigger", "deleted"),
        ("mobile_messaging.catalog.button", "created"),
        ("mobile_messaging.catalog.invitation", "created"),
        ("mobile_messaging.catalog.automatic_message", "created"),
        ("mobile_messaging.custom_variable", "created"),
    ];
    assert_eq!(told, expected.map(|(kind, change)| (kind.to_owned(), change.to_owned())));
}

#[tokio::test]
async fn a_conversation_keeps_of_its_trigger_what_agents_and_programs_need() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let [sales, usual] = ["Sales", "Usual"].map(|name| t.post("/1.0/categories", json!({"name": name})));
    let (sales, usual) = (sales.await.ok(), usual.await.ok());
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&path, json!({"default_category_ids": [usual["id"]]})).await.ok();
    let more = json!({"label": "Cart", "category_ids": [sales["id"]], "language": "fr"});
    let trigger = t.post(TRIGGERS, opens(&shop, more)).await.ok();
    let ann = Visitor::with(&t, &shop.chat, json!({"custom": {"custom_cart": "3"}})).await;
    let origin = json!({"trigger_id": trigger["id"], "by": "trigger"});
    let said = json!({"client_id": "0123456789", "body": "Bonjour", "language": "en", "origin": origin});
    let said = ann.post(&t, "messages", said).await.ok();
    let thread = t.get(&format!("/1.0/content_threads/{}", said["thread"]["id"].as_str().expect("an id"))).await.ok();
    assert_eq!(thread["extra_data"]["trigger_id"], trigger["id"]);
    assert_eq!(
        (&thread["extra_data"]["trigger_name"], &thread["extra_data"]["custom_cart"]),
        (&json!("Cart"), &json!("3"))
    );
    let mut categories = vec![sales["id"].clone(), usual["id"].clone()];
    categories.sort_by_key(|id| id.as_str().map(str::to_owned));
    assert_eq!(thread["category_ids"], json!(categories));
    let content = t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok();
    assert_eq!(content["language"], "fr");
    // A later message keeps all of it, and another trigger's name does not replace it.
    t.put(&format!("{TRIGGERS}/{}", id(&trigger)), json!({"label": "Renamed"})).await.ok();
    let more = json!({"client_id": "0123456790", "body": "Oui", "thread_id": said["thread"]["id"], "origin": origin});
    let more = ann.post(&t, "messages", more).await.ok();
    let content = t.get(&format!("/1.0/contents/{}", id(&more["message"]))).await.ok();
    assert_eq!(content["language"], "fr");
    let thread = t.get(&format!("/1.0/content_threads/{}", said["thread"]["id"].as_str().expect("an id"))).await.ok();
    assert_eq!(thread["extra_data"]["trigger_name"], "Cart");
    // One that is not of this chat, or gone, is none: a visitor is never refused for it.
    let odd = json!({"client_id": "0123456791", "body": "Hi", "origin": {"trigger_id": "111111111111111111111111"}});
    let odd = ann.post(&t, "messages", odd).await.ok();
    let thread = t.get(&format!("/1.0/content_threads/{}", odd["thread"]["id"].as_str().expect("an id"))).await.ok();
    assert_eq!(thread["extra_data"].get("trigger_id"), None);
}
