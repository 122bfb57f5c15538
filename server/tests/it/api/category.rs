use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, send};

async fn make(t: &TestApp, body: Value) -> Value {
    t.post("/1.0/categories", body).await.ok()
}

fn path(category: &Value) -> String {
    format!("/1.0/categories/{}", category["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn categories_are_made_in_trees_and_listed_oldest_first() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = shop.chat.id.as_str();
    let body = json!({"name": "Reason", "color": 3, "mandatory": true, "unselectable": "true", "source_ids": [source]});
    let root = make(&t, body).await;
    let expected = json!({
        "id": root["id"], "name": "Reason", "parent_id": null, "color": 3, "mandatory": true, "multiple": false,
        "post_qualification": false, "unselectable": true, "source_ids": [source],
        "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z",
    });
    assert_eq!(root, expected);

    // What counts for roots alone is left out of the others.
    let child = json!({"name": "Late", "parent_id": root["id"], "multiple": true, "source_ids": [source]});
    let child = make(&t, child).await;
    assert_eq!((&child["parent_id"], &child["multiple"]), (&root["id"], &json!(false)));
    assert_eq!(child["source_ids"], json!([]));
    let other = make(&t, json!({"name": "Other"})).await;

    let names = async |query: String| -> Vec<Value> {
        let list = t.get(&format!("/1.0/categories?{query}")).await.ok();
        list["records"].as_array().expect("records").iter().map(|r| r["name"].clone()).collect()
    };
    let id = |c: &Value| c["id"].as_str().expect("an id").to_owned();
    assert_eq!(names(String::new()).await, ["Reason", "Late", "Other"]);
    assert_eq!(names(format!("parent_id={}", id(&root))).await, ["Late"]);
    assert_eq!(names(format!("ids={},{}", id(&other), id(&root))).await, ["Reason", "Other"]);
    assert_eq!(t.get(&path(&child)).await.ok(), child);

    // A root that goes below another loses what counts for roots, and a child can become a root.
    let moved = t.put(&path(&root), json!({"parent_id": other["id"], "name": "Why"})).await.ok();
    assert_eq!((&moved["mandatory"], &moved["source_ids"], &moved["color"]), (&json!(false), &json!([]), &json!(3)));
    let up = t.put(&path(&child), json!({"parent_id": "", "multiple": true})).await.ok();
    assert_eq!((&up["parent_id"], &up["multiple"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn what_a_category_cannot_be_is_refused_by_field() {
    let t = TestApp::start().await;
    let root = make(&t, json!({"name": "Reason"})).await;
    let child = make(&t, json!({"name": "Late", "parent_id": root["id"]})).await;
    let unknown = "0123456789abcdef01234567";
    for (field, body, status) in [
        ("name", json!({"color": 1}), 422),
        ("name", json!({"name": " "}), 422),
        ("color", json!({"name": "a", "color": 7}), 422),
        ("color", json!({"name": "a", "color": "red"}), 400),
        ("mandatory", json!({"name": "a", "mandatory": "x"}), 400),
        ("parent_id", json!({"name": "a", "parent_id": "x"}), 400),
        ("parent_id", json!({"name": "a", "parent_id": unknown}), 422),
        ("source_ids", json!({"name": "a", "source_ids": [unknown]}), 422),
    ] {
        let answer = t.post("/1.0/categories", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    for parent in [&root, &child] {
        let answer = t.put(&path(&root), json!({"parent_id": parent["id"]})).await;
        assert_eq!(answer.json["field"], "parent_id", "{}", answer.text);
        answer.error(422);
    }
}

#[tokio::test]
async fn two_moves_at_once_close_no_circle() {
    let t = TestApp::start().await;
    for round in 0..10 {
        let a = make(&t, json!({"name": format!("a{round}")})).await;
        let b = make(&t, json!({"name": format!("b{round}")})).await;
        let (a_path, b_path) = (path(&a), path(&b));
        let below_b = t.put(&a_path, json!({"parent_id": b["id"]}));
        let below_a = t.put(&b_path, json!({"parent_id": a["id"]}));
        let (first, second) = tokio::join!(below_b, below_a);
        let mut codes = [first.status.as_u16(), second.status.as_u16()];
        codes.sort_unstable();
        assert_eq!(codes, [200, 422], "{} {}", first.text, second.text);
    }
}

#[tokio::test]
async fn a_tree_has_twenty_levels_at_the_most() {
    let t = TestApp::start().await;
    let mut deepest = make(&t, json!({"name": "1"})).await;
    for level in 2..=20 {
        deepest = make(&t, json!({"name": level.to_string(), "parent_id": deepest["id"]})).await;
    }
    let answer = t.post("/1.0/categories", json!({"name": "21", "parent_id": deepest["id"]})).await;
    assert_eq!(answer.json["field"], "parent_id");
    let pair = make(&t, json!({"name": "a"})).await;
    make(&t, json!({"name": "b", "parent_id": pair["id"]})).await;
    let above = deepest["parent_id"].clone();
    assert_eq!(t.put(&path(&pair), json!({"parent_id": above})).await.json["field"], "parent_id");
    let higher = t.get(&format!("/1.0/categories/{}", above.as_str().expect("an id"))).await.ok();
    t.put(&path(&pair), json!({"parent_id": higher["parent_id"]})).await.ok();
}

#[tokio::test]
async fn another_category_takes_over_everywhere() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let root = make(&t, json!({"name": "Reason", "multiple": true})).await;
    let mut made = Vec::new();
    for name in ["Late", "Lost", "Broken", "Wet"] {
        made.push(make(&t, json!({"name": name, "parent_id": root["id"]})).await);
    }
    let [late, lost, broken, wet] = &made[..] else { panic!("four") };
    let mut threads = Vec::new();
    for ids in [json!([late["id"]]), json!([late["id"], lost["id"], broken["id"], wet["id"]]), json!([broken["id"]])] {
        let said = shop.say(&t, "ann", None, "Hello").await;
        let thread = format!("/1.0/content_threads/{}", said.thread.id);
        t.put(&format!("{thread}/update_categories"), json!({"thread_category_ids": ids})).await.ok();
        let content = format!("/1.0/contents/{}", said.content.id);
        t.put(&format!("{content}/update_categories"), json!({"category_ids": ids})).await.ok();
        let case = t.post("/1.0/interventions", json!({"content_id": said.content.id.as_str()})).await.ok();
        let case = format!("/1.0/interventions/{}", case["id"].as_str().expect("an id"));
        t.put(&format!("{case}/update_categories"), json!({"category_ids": ids})).await.ok();
        threads.push((thread, content, case));
    }
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    let defaults =
        json!({"default_category_ids": [late["id"], broken["id"]], "sla_filtering_category_ids": [late["id"]]});
    t.put(&source, defaults).await.ok();
    let sorted = |ids: &Value| {
        let mut ids = ids.as_array().expect("a list").clone();
        ids.sort_by_key(ToString::to_string);
        ids
    };
    let assert_all = async |expected: [Value; 3]| {
        for ((thread, content, case), ids) in threads.iter().zip(expected) {
            let ids = sorted(&ids);
            let found = t.get(thread).await.ok();
            assert_eq!(sorted(&found["thread_category_ids"]), ids);
            assert_eq!(sorted(&found["category_ids"]), ids);
            assert_eq!(sorted(&t.get(content).await.ok()["category_ids"]), ids);
            assert_eq!(sorted(&t.get(case).await.ok()["category_ids"]), ids);
        }
    };

    let skilled = made.iter().take(2).filter_map(|c| model::CategoryId::parse(c["id"].as_str().expect("an id")));
    let skilled: Vec<_> = skilled.collect();
    let admin = t.app.db.write({
        let skilled = skilled.clone();
        move |tx| Box::pin(async move { skill(tx, skilled).await })
    });
    let admin = admin.await.expect("a user");

    let take_over = format!("{}?take_over_category_id={}", path(late), lost["id"].as_str().expect("an id"));
    assert_eq!(t.delete(&take_over).await.ok()["name"], "Late");
    t.get(&path(late)).await.error(404);
    assert_all([json!([lost["id"]]), json!([lost["id"], broken["id"], wet["id"]]), json!([broken["id"]])]).await;
    let found = t.get(&source).await.ok();
    assert_eq!(found["default_category_ids"], json!([lost["id"], broken["id"]]));
    assert_eq!(found["sla_filtering_category_ids"], json!([lost["id"]]));

    let read = t.app.db.read(move |tx| Box::pin(async move { store::user::find(tx, &admin).await })).await;
    assert_eq!(read.expect("a read").expect("a user").category_ids.0, skilled[1..]);

    t.delete(&path(broken)).await.ok();
    assert_all([json!([lost["id"]]), json!([lost["id"], wet["id"]]), json!([])]).await;
    assert_eq!(t.get(&source).await.ok()["default_category_ids"], json!([lost["id"]]));
}

#[tokio::test]
async fn what_cannot_be_removed_stays() {
    let t = TestApp::start().await;
    let root = make(&t, json!({"name": "Reason", "unselectable": true})).await;
    let child = make(&t, json!({"name": "Late", "parent_id": root["id"]})).await;
    assert_eq!(t.delete(&path(&root)).await.error(422), "category_has_children");
    for taker in [&root, &child, &json!({"id": "0123456789abcdef01234567"})] {
        let answer =
            t.delete(&format!("{}?take_over_category_id={}", path(&child), taker["id"].as_str().expect("an id"))).await;
        assert_eq!(answer.json["field"], "take_over_category_id", "{}", answer.text);
        answer.error(422);
    }
    let agent = t.token_of("Agent").await;
    send(t.request_as(&agent, Method::GET, &path(&child))).await.ok();
    for method in [Method::PUT, Method::DELETE] {
        assert_eq!(send(t.request_as(&agent, method, &path(&child))).await.error(403), "forbidden");
    }
    let post = t.request_as(&agent, Method::POST, "/1.0/categories?name=a");
    assert_eq!(send(post).await.error(403), "forbidden");
    t.delete(&path(&child)).await.ok();
    t.delete(&path(&root)).await.ok();
    assert_eq!(t.get("/1.0/categories").await.ok()["count"], 0);
}

/// What an agent needs to close an intervention: a case with a reply.
async fn answered_case(t: &TestApp, shop: &World, token: &str) -> (String, String) {
    let said = shop.say(t, "ann", None, "Hello").await;
    let body = json!({"content_id": said.content.id});
    let case = send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body)).await.ok();
    let body = json!({"in_reply_to_id": said.content.id, "body": "Good morning"});
    send(t.request_as(token, Method::POST, "/1.0/contents").json(&body)).await.ok();
    let case = format!("/1.0/interventions/{}", case["id"].as_str().expect("an id"));
    (case, format!("/1.0/content_threads/{}", said.thread.id))
}

#[tokio::test]
async fn what_is_mandatory_is_chosen_before_an_intervention_is_closed() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = shop.another_chat(&t, "Second chat").await;
    let mandatory = |name: &str| json!({"name": name, "mandatory": true, "unselectable": true});
    let reason = make(&t, mandatory("Reason")).await;
    let late = make(&t, json!({"name": "Late", "parent_id": reason["id"]})).await;
    let end = json!({"name": "Outcome", "mandatory": true, "post_qualification": true});
    let end = make(&t, end).await;
    let solved = make(&t, json!({"name": "Solved", "parent_id": end["id"]})).await;
    // Neither of these can be chosen here.
    make(&t, mandatory("Empty")).await;
    make(&t, json!({"name": "Elsewhere", "mandatory": true, "source_ids": [second.id]})).await;

    let token = t.token_of("Agent").await;
    let (case, thread) = answered_case(&t, &shop, &token).await;
    let close = async || send(t.request_as(&token, Method::PUT, &format!("{case}/close"))).await;
    let lacks = |answer: crate::support::Answer, names: &str| {
        assert_eq!(answer.json["message"], format!("category_ids: must have a category of {names}"));
        assert_eq!(answer.error(422), "validation_failed");
    };
    lacks(close().await, "\"Reason\", \"Outcome\"");
    let ids = json!({"thread_category_ids": [late["id"], solved["id"]]});
    t.put(&format!("{thread}/update_categories"), ids).await.ok();
    // What is asked for at the end is asked of the intervention itself.
    lacks(close().await, "\"Outcome\"");
    assert_eq!(t.get(&case).await.ok()["closed"], false);
    let disposition = json!({"category_ids": [solved["id"]]});
    send(t.request_as(&token, Method::PUT, &format!("{case}/update_categories")).json(&disposition)).await.ok();
    close().await.ok();

    // Programs choose nothing.
    let (bot, id) = t.user_of("Bot").await;
    t.put(&format!("/1.0/users/{id}"), json!({"bot": true})).await.ok();
    let (case, _) = answered_case(&t, &shop, &bot).await;
    send(t.request_as(&bot, Method::PUT, &format!("{case}/close"))).await.ok();
}

#[tokio::test]
async fn a_content_without_categories_has_those_of_its_intervention_or_thread() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let [a, b, c] = ["A", "B", "C"].map(|name| make(&t, json!({"name": name})));
    let (a, b, c) = (a.await["id"].clone(), b.await["id"].clone(), c.await["id"].clone());
    let said = shop.say(&t, "ann", None, "Hello").await;
    let content = format!("/1.0/contents/{}", said.content.id);
    let shown = async || t.get(&content).await.ok()["category_ids"].clone();
    assert_eq!(shown().await, json!([]));
    let thread = format!("/1.0/content_threads/{}/update_categories", said.thread.id);
    t.put(&thread, json!({"thread_category_ids": [a]})).await.ok();
    assert_eq!(shown().await, json!([a]));
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    assert_eq!(shown().await, json!([a]));
    let case = format!("/1.0/interventions/{}/update_categories", case["id"].as_str().expect("an id"));
    t.put(&case, json!({"category_ids": [b]})).await.ok();
    assert_eq!(shown().await, json!([b]));
    t.put(&format!("{content}/update_categories"), json!({"category_ids": [c]})).await.ok();
    assert_eq!(shown().await, json!([c]));
    assert_eq!(t.get("/1.0/contents").await.ok()["records"][0]["category_ids"], json!([c]));
}

#[tokio::test]
async fn a_user_has_skills_that_can_be_chosen() {
    let t = TestApp::start().await;
    let root = make(&t, json!({"name": "Language", "unselectable": true})).await;
    let french = make(&t, json!({"name": "French", "parent_id": root["id"]})).await;
    let spanish = make(&t, json!({"name": "Spanish", "parent_id": root["id"]})).await;
    let (_, id) = t.user_of("Agent").await;
    let user = format!("/1.0/users/{id}");
    let refused = t.put(&user, json!({"category_ids": [root["id"]]})).await;
    assert_eq!(refused.json["field"], "category_ids");
    refused.error(422);
    let skilled = t.put(&user, json!({"category_ids": [french["id"], spanish["id"]]})).await.ok();
    assert_eq!(skilled["category_ids"], json!([french["id"], spanish["id"]]));
    let found = t.get(&format!("/1.0/users?category_id={}", french["id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&found["count"], &found["records"][0]["id"]), (&json!(1), &json!(id)));
}

/// Gives the administrator skills.
async fn skill(tx: &mut store::Tx, ids: Vec<model::CategoryId>) -> hubbub::domain::Result<model::UserId> {
    let mut admin = store::user::by_email(tx, crate::support::ADMIN.0).await?.expect("the administrator");
    admin.category_ids.0 = ids;
    tx.update(&admin).await?;
    Ok(admin.id)
}
