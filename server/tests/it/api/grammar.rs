//! How clients write what they ask for: addresses, bodies, values.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, TestApp, id, send};

#[tokio::test]
async fn an_address_may_have_a_slash_too_many_or_the_format_at_its_end() {
    let t = TestApp::start().await;
    let vip = t.post("/1.0/tags/", json!({"name": "vip"})).await.ok();
    for path in ["//1.0/tags", "/1.0//tags", "/1.0/tags/", "/1.0/tags.json", "/1.0/tags.json?limit=1"] {
        assert_eq!(t.get(path).await.ok()["records"][0], vip, "{path}");
    }
    let path = format!("/1.0/tags/{}.json", id(&vip));
    assert_eq!(t.get(&path).await.ok(), vip);
    assert_eq!(t.delete(&path).await.ok(), vip);
    assert_eq!(t.get("/1.0/tags.xml").await.error(404), "not_found");
}

#[tokio::test]
async fn the_user_of_a_token_is_me() {
    let t = TestApp::start().await;
    let (robo, token) = user(&t, "Robo", "Bot").await;
    let me = send(t.request_as(&token, Method::GET, "/1.0/users/me")).await.ok();
    assert_eq!(me["id"], robo["id"]);
    assert_eq!(send(t.anonymous(Method::GET, "/1.0/users/me")).await.error(401), "unauthorized");
    let other = format!("/1.0/users/me?impersonated_user_id={}", id(&robo));
    assert_eq!(t.get(&other).await.ok()["id"], robo["id"]);
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_no_part_of_it() {
    let t = TestApp::start().await;
    for kind in ["application/json", "text/plain"] {
        let body = format!("\u{feff}{{\"name\": \"{kind}\"}}");
        let made = send(t.request(Method::POST, "/1.0/tags").header("content-type", kind).body(body)).await;
        assert_eq!(made.ok()["name"], kind);
    }
}

#[tokio::test]
async fn truth_values_come_in_any_case() {
    let t = TestApp::start().await;
    for (written, meant) in [("True", true), ("FALSE", false), ("Yes", true), ("Off", false)] {
        let made = t.post("/1.0/categories", json!({"name": written, "mandatory": written})).await.ok();
        assert_eq!(made["mandatory"], meant, "{written}");
    }
    let field = json!({"associated_type_name": "IdentityGroup", "label": "Vip", "type": "boolean"});
    t.post("/1.0/custom_fields", field).await.ok();
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let group = t.post("/1.0/identity_groups", json!({"identity_id": said.content.author_id})).await.ok();
    let path = format!("/1.0/identity_groups/{}", id(&group));
    let set = t.put(&path, json!({"custom_field_values": {"vip": "True"}})).await.ok();
    assert_eq!(set["custom_field_values"]["vip"], json!(true));
}

const HTML: &str = "text/html; charset=utf-8";

/// Each operation that makes something, with a value that it cannot be made without.
const CREATES: &[(&str, &str)] = &[
    ("access_tokens", "label"),
    ("attachments", "file"),
    ("bots/complete", "intervention_id"),
    ("bots/engage", "content_id"),
    ("bots/handover", "from"),
    ("categories", "name"),
    ("communities", "name"),
    ("content_sources", "name"),
    ("contents", "body"),
    ("custom_fields", "associated_type_name"),
    ("folders", "label"),
    ("identities/import", "identifier"),
    ("identity_groups", "identity_id"),
    ("intervention_comments", "intervention_id"),
    ("interventions", "content_id"),
    ("reply_assistant/entries", "label"),
    ("reply_assistant/groups", "name"),
    ("reply_assistant/versions", "body"),
    ("roles", "label"),
    ("surveys", "name"),
    ("tags", "name"),
    ("teams", "name"),
    ("time_sheets", "label"),
    ("users", "password"),
    ("users/invite", "email"),
    ("webhooks", "url"),
];

#[tokio::test]
async fn what_cannot_be_made_without_a_value_is_a_422_on_it() {
    let t = TestApp::start().await;
    for (noun, field) in CREATES {
        for body in [json!({}), json!({*field: ""}), json!({*field: null})] {
            let answer = t.post(&format!("/1.0/{noun}"), body.clone()).await;
            let refused = (answer.json["field"].clone(), answer.json["reason"].clone());
            assert_eq!(answer.error(422), "validation_failed", "{noun} {body}");
            assert!(refused.0 == *field || body != json!({}), "{noun} {body}: {}", refused.0);
            assert!(["required", "blank"].iter().any(|r| refused.1 == *r), "{noun} {body}: {}", refused.1);
        }
    }
    let none = send(t.anonymous(Method::POST, "/1.0/tags").json(&json!({}))).await;
    assert_eq!(none.error(401), "unauthorized");
    let as_nobody = t.post("/1.0/tags", json!({"name": "x", "impersonated_user_id": "x"})).await;
    assert_eq!(as_nobody.error(400), "invalid_parameter");
    // What is not a create stays as it was.
    assert_eq!(t.get("/1.0/tags?limit=x").await.error(400), "invalid_parameter");
    let form = send(t.anonymous(Method::POST, "/1.0/tags").form(&[("access_token", ADMIN_TOKEN)])).await;
    assert_eq!(form.error(422), "validation_failed");
}

#[tokio::test]
async fn threads_are_found_by_their_foreign_id_in_any_quotes() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let thread = said.thread.id.clone();
    let set = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut held = store::thread::lock(tx, &store::Scope::All, &thread).await?.expect("the thread");
            held.foreign_id = Some("it's 7, a".into());
            tx.update(&held).await
        })
    });
    set.await.expect("written");
    for q in [r#"foreign_id:"it's 7, a""#, r"foreign_id:'it\'s 7, a'", r#"foreign:"it's 7, a""#] {
        let found = send(t.request(Method::GET, "/1.0/content_threads").query(&[("q", q)])).await.ok();
        assert_eq!((&found["count"], &found["records"][0]["id"]), (&json!(1), &json!(said.thread.id)), "{q}");
    }
    let none = send(t.request(Method::GET, "/1.0/content_threads").query(&[("q", "foreign_id:'it'")])).await.ok();
    assert_eq!(none["count"], 0);
}

#[tokio::test]
async fn other_names_that_clients_use_are_taken() {
    let t = TestApp::start().await;
    let hook = json!({"url": "https://bot.example", "registered_events": ["content.imported"], "label": "Robo"});
    assert_eq!(t.post("/1.0/webhooks", hook).await.ok()["name"], "Robo");

    let team = t.post("/1.0/teams", json!({"name": "Sales"})).await.ok();
    let category = t.post("/1.0/categories", json!({"name": "Orders"})).await.ok();
    let path = |of: &str| format!("/1.0/teams/{}?take_over_category_id={of}", id(&team));
    let unknown = t.delete(&path("111111111111111111111111")).await;
    assert_eq!(unknown.json["field"], "take_over_category_id");
    assert_eq!(unknown.error(422), "validation_failed");
    assert_eq!(t.delete(&path(id(&category))).await.ok()["name"], "Sales");
    assert_eq!(t.get("/1.0/teams").await.ok()["records"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn parameters_that_an_operation_does_not_know_are_named_in_a_header() {
    let t = TestApp::start().await;
    let told = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.headers().get("x-unknown-parameters").map(|v| v.to_str().expect("ASCII").to_owned())
    };
    let get = |path: &str| t.request(Method::GET, path);
    assert_eq!(told(get("/1.0/interventions?q=status:open&limit=5")).await.as_deref(), Some("q"));
    assert_eq!(told(get("/1.0/interventions?limit=5&user_ids[]=x")).await.as_deref(), Some("user_ids"));
    let known = format!("/1.0/content_threads?q=&offset=0&access_token={ADMIN_TOKEN}");
    assert_eq!(told(get(&known)).await, None);
    assert_eq!(told(get("/1.0/tags?%C3%A9,a=1&colour=2")).await.as_deref(), Some("??a, colour"));
    let made = t.request(Method::POST, "/1.0/tags").json(&json!({"name": "x", "colour": "red"}));
    assert_eq!(told(made).await.as_deref(), Some("colour"));
}

#[tokio::test]
async fn an_address_that_nothing_has_is_a_404_in_the_form_of_who_asks() {
    let t = TestApp::start().await;
    for path in ["/1.0", "/1.0/", "/1.0/nothing", "/1.0/tags/1/2/3", "/console/nothing", "/chat", "/realtime/x"] {
        assert_eq!(send(t.anonymous(Method::GET, path)).await.error(404), "not_found", "{path}");
    }
    assert_eq!(send(t.anonymous(Method::POST, "/nothing")).await.error(404), "not_found");
    for path in ["/nothing", "/nothing/here", "/wp-login.php", "/assets/gone.js"] {
        for (language, words) in [("fr-CA,en;q=0.5", "Rien à cette adresse"), ("de", "Nothing at this address")] {
            let asked = t.anonymous(Method::GET, path).header("accept-language", language);
            let answer = asked.send().await.expect("an answer");
            assert_eq!((answer.status().as_u16(), answer.headers()["content-type"] == HTML), (404, true), "{path}");
            assert!(answer.text().await.expect("a page").contains(words), "{path} {language}");
        }
    }
}
