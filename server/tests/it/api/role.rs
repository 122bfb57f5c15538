use reqwest::Method;
use serde_json::json;

use crate::support::{TestApp, send};

#[tokio::test]
async fn a_role_has_every_permission_as_a_field() {
    let t = TestApp::start().await;
    let list = t.get("/1.0/roles").await.ok();
    assert_eq!(list["count"], 4);
    let role = |label: &str| {
        let records = list["records"].as_array().expect("a list");
        records.iter().find(|r| r["label"] == label).expect("a role").clone()
    };
    let (admin, agent) = (role("Administrator"), role("Agent"));
    for permission in model::Permission::ALL {
        assert_eq!(admin[permission.as_str()], true);
        assert!(agent[permission.as_str()].is_boolean());
    }
    assert_eq!((&agent["read_user"], &agent["manage_roles"]), (&json!(true), &json!(false)));
    assert_eq!(t.get(&format!("/1.0/roles/{}", agent["id"].as_str().expect("an id"))).await.ok(), agent);
    assert_eq!(t.get("/1.0/roles/0123456789abcdef01234567").await.error(404), "not_found");
    assert_eq!(t.get("/1.0/roles?limit=1&offset=3").await.ok()["records"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn agents_see_their_own_role_but_no_other() {
    let t = TestApp::start().await;
    let token = t.token_of("Agent").await;
    let list = send(t.request_as(&token, Method::GET, "/1.0/roles")).await.ok();
    for role in list["records"].as_array().expect("a list") {
        let path = format!("/1.0/roles/{}", role["id"].as_str().expect("an id"));
        let answer = send(t.request_as(&token, Method::GET, &path)).await;
        match role["label"].as_str() {
            Some("Agent") => assert_eq!(answer.ok()["label"], "Agent"),
            _ => assert_eq!(answer.error(403), "forbidden"),
        }
    }
}
