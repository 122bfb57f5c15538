//! Who may call what of the administration of people: one line for each operation.

use reqwest::Method;
use serde_json::{Value, json};

use super::team::new_team;
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
    let user = |email: &str| {
        json!({"email": email, "firstname": "Bo", "lastname": "Test", "password": "a long passphrase",
               "role_id": admin_role})
    };
    vec![
        Operation(get.clone(), "/1.0/users".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/users/{other}"), json!({}), true),
        Operation(get.clone(), format!("/1.0/users/{other}/sources_permissions"), json!({}), true),
        Operation(post.clone(), "/1.0/users".into(), user("b@shop.test"), false),
        Operation(post, "/1.0/users/invite".into(), user("c@shop.test"), false),
        Operation(put.clone(), format!("/1.0/users/{other}"), json!({"nickname": "Bo"}), false),
        Operation(put.clone(), format!("/1.0/users/{agent}"), json!({"nickname": "Ali"}), false),
        Operation(put.clone(), format!("/1.0/users/{other}/sources_permissions"), json!({}), false),
        Operation(delete, format!("/1.0/users/{NOBODY}"), json!({}), false),
        Operation(get.clone(), "/1.0/roles".into(), json!({}), true),
        Operation(get.clone(), format!("/1.0/roles/{admin_role}"), json!({}), false),
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
