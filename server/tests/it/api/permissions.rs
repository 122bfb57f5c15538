//! Who may call what of the administration of people: one line for each operation.

use model::SourcePermission as P;
use reqwest::Method;
use serde_json::{Value, json};

use super::team::new_team;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, send};

const NOBODY: &str = "0123456789abcdef01234567";

/// An operation, and whether the role Agent may call it.
struct Operation(Method, String, Value, bool);

async fn operations(t: &TestApp, agent: &str) -> Vec<Operation> {
    let (get, put, post, delete) = (Method::GET, Method::PUT, Method::POST, Method::DELETE);
    let team = new_team(t, "Support", &[], &[]).await;
    let roles = t.get("/1.0/roles").await.ok();
    let admin_role = roles["records"][0]["id"].as_str().expect("an id").to_owned();
    let (_, other) = t.user_of("Agent").await;
    let person = |email: &str| {
        json!({"email": email, "firstname": "Bo", "lastname": "Test", "password": "a long passphrase",
               "role_id": admin_role})
    };
    vec![
        Operation(get.clone(), "/1.0/users".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/users/{other}"), json!({}), true),
        Operation(get.clone(), format!("/1.0/users/{other}/sources_permissions"), json!({}), true),
        Operation(post.clone(), "/1.0/users".into(), person("b@shop.test"), false),
        Operation(post.clone(), "/1.0/users/invite".into(), person("c@shop.test"), false),
        Operation(put.clone(), format!("/1.0/users/{other}"), json!({"nickname": "Bo"}), false),
        Operation(put.clone(), format!("/1.0/users/{agent}"), json!({"nickname": "Ali"}), false),
        Operation(put.clone(), format!("/1.0/users/{other}/sources_permissions"), json!({}), false),
        Operation(delete.clone(), format!("/1.0/users/{NOBODY}"), json!({}), false),
        Operation(get.clone(), "/1.0/roles".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/roles/{admin_role}"), json!({}), false),
        Operation(post.clone(), "/1.0/roles".into(), json!({"label": "x"}), false),
        Operation(put.clone(), format!("/1.0/roles/{admin_role}"), json!({}), false),
        Operation(delete.clone(), format!("/1.0/roles/{NOBODY}"), json!({}), false),
        Operation(post.clone(), "/1.0/teams".into(), json!({"name": "x"}), false),
        Operation(put.clone(), format!("/1.0/teams/{team}"), json!({}), false),
        Operation(delete.clone(), format!("/1.0/teams/{NOBODY}"), json!({}), false),
        Operation(put.clone(), format!("/1.0/contents/{NOBODY}/approve"), json!({}), false),
        Operation(put.clone(), format!("/1.0/contents/{NOBODY}/refuse"), json!({}), false),
        Operation(get.clone(), "/1.0/teams".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/teams/{team}"), json!({}), true),
        Operation(get.clone(), "/1.0/identities".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/identities/{NOBODY}"), json!({}), true),
        Operation(get.clone(), "/1.0/identity_groups".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/identity_groups/{NOBODY}"), json!({}), true),
        Operation(get.clone(), "/1.0/status".into(), json!({}), false),
        Operation(get.clone(), format!("/1.0/status/{agent}"), json!({}), true),
        Operation(get, format!("/1.0/status/{other}"), json!({}), false),
        Operation(put.clone(), format!("/1.0/status/{agent}"), json!({"status": "away"}), true),
        Operation(put, format!("/1.0/status/{other}"), json!({"status": "away"}), false),
    ]
}

async fn call(t: &TestApp, token: Option<&str>, Operation(method, path, body, _): &Operation) -> Answer {
    let request = match token {
        Some(token) => t.request_as(token, method.clone(), path),
        None => t.anonymous(method.clone(), path),
    };
    send(request.json(body)).await
}

#[tokio::test]
async fn each_operation_lets_in_whom_it_should() {
    let t = TestApp::start().await;
    let (agent_token, agent) = t.user_of("Agent").await;
    let (disabled_token, disabled) = t.user_of("Administrator").await;
    t.put(&format!("/1.0/users/{disabled}"), json!({"enabled": false})).await.ok();
    for operation in &operations(&t, &agent).await {
        let what = format!("{} {}", operation.0, operation.1);
        assert_eq!(call(&t, None, operation).await.error(401), "unauthorized", "{what}");
        assert_eq!(call(&t, Some("wrong"), operation).await.error(401), "invalid_token", "{what}");
        assert_eq!(call(&t, Some(&disabled_token), operation).await.error(401), "user_disabled", "{what}");
        let answer = call(&t, Some(&agent_token), operation).await;
        assert_eq!(answer.status != 403, operation.3, "as an agent: {what} {}", answer.text);
        let answer = call(&t, Some(ADMIN_TOKEN), operation).await;
        assert!([200, 404].contains(&answer.status.as_u16()), "as an administrator: {what} {}", answer.text);
    }
}

/// What a user with these permissions on a chat is answered: reading, answering in text and in HTML, engaging,
/// switching the text input, beginning a discussion.
async fn answers(permissions: &[P]) -> [u16; 7] {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, permissions).await;
    let (content, thread) = (said.content.id.to_string(), said.thread.id.to_string());
    let reply = |format: &str| json!({"in_reply_to_id": content, "body": "x", "body_input_format": format});
    let (get, put, post) = (Method::GET, Method::PUT, Method::POST);
    let asked = [
        (get, format!("/1.0/contents/{content}"), json!({})),
        (put.clone(), format!("/1.0/contents/{content}/update_categories"), json!({"category_ids": []})),
        (post.clone(), "/1.0/contents".into(), reply("text")),
        (post.clone(), "/1.0/contents".into(), reply("html")),
        (post.clone(), "/1.0/interventions".into(), json!({"content_id": content})),
        (put, format!("/1.0/content_threads/{thread}/disable_text_input"), json!({})),
        (post, "/1.0/contents".into(), json!({"source_id": shop.chat.id, "to": "ann", "body": "x"})),
    ];
    let mut codes = [0; 7];
    for (code, (method, path, body)) in codes.iter_mut().zip(asked) {
        *code = call(&t, Some(&token), &Operation(method, path, body, true)).await.status.as_u16();
    }
    codes
}

#[tokio::test]
async fn each_permission_on_a_source_allows_its_own() {
    // What may not be read is not there; as a parameter it is not acceptable.
    assert_eq!(answers(&[]).await, [404, 404, 404, 404, 422, 404, 422]);
    assert_eq!(answers(&[P::Reply, P::InitiateDiscussion]).await, [404, 404, 404, 404, 422, 404, 422]);
    assert_eq!(answers(&[P::Read]).await, [200, 200, 403, 403, 403, 403, 403]);
    assert_eq!(answers(&[P::Read, P::ReplyWithHtml]).await, [200, 200, 403, 403, 403, 403, 403]);
    assert_eq!(answers(&[P::Read, P::Reply]).await, [200, 200, 200, 403, 200, 200, 403]);
    assert_eq!(answers(&[P::Read, P::Reply, P::ReplyWithHtml]).await, [200, 200, 200, 200, 200, 200, 403]);
    assert_eq!(answers(&[P::Read, P::InitiateDiscussion]).await, [200, 200, 403, 403, 403, 403, 200]);
}
