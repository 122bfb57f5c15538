use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, id, send};

async fn role(t: &TestApp, label: &str) -> Value {
    let list = t.get("/1.0/roles?limit=150").await.ok();
    let records = list["records"].as_array().expect("a list");
    records.iter().find(|r| r["label"] == label).expect("a role").clone()
}

fn path(role: &Value) -> String {
    format!("/1.0/roles/{}", id(role))
}

async fn ask(t: &TestApp, token: &str, method: Method, path: &str, body: Value) -> Answer {
    send(t.request_as(token, method, path).json(&body)).await
}

/// A user with a new role of these permissions; gives the token and the role.
async fn user_with(t: &TestApp, permissions: &[&str]) -> (String, Value) {
    let mut body = json!({"label": permissions.join(" "), "source_permissions": ["read"]});
    for permission in permissions {
        body[permission] = json!(true);
    }
    let role = t.post("/1.0/roles", body).await.ok();
    let user = json!({"firstname": "Nora", "lastname": "Test", "email": format!("{}@shop.test", id(&role)),
                      "password": "a long passphrase", "role_id": role["id"]});
    let user = t.post("/1.0/users", user).await.ok();
    let token = t.post("/1.0/access_tokens", json!({"label": "x", "user_id": user["id"]})).await.ok();
    (token["token"].as_str().expect("a token").to_owned(), role)
}

#[tokio::test]
async fn a_role_has_every_permission_as_a_field() {
    let t = TestApp::start().await;
    let list = t.get("/1.0/roles").await.ok();
    assert_eq!(list["count"], 4);
    let (admin, agent) = (role(&t, "Administrator").await, role(&t, "Agent").await);
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

#[tokio::test]
async fn roles_are_made_changed_and_removed_and_allow_what_they_say() {
    let t = TestApp::start().await;
    let form = t.request(Method::POST, "/1.0/roles?label=Tagger&manage_tags=true&read_user=1&manage_roles=false");
    let made = send(form).await.ok();
    for permission in model::Permission::ALL {
        let expected = ["manage_tags", "read_user"].contains(&permission.as_str());
        assert_eq!(made[permission.as_str()], expected, "{permission}");
    }
    assert_eq!((&made["label"], &made["source_permissions"]), (&json!("Tagger"), &json!([])));
    assert_eq!(t.get(&path(&made)).await.ok(), made);

    let (token, role) = user_with(&t, &["manage_tags"]).await;
    let tag = async |name: &str| ask(&t, &token, Method::POST, "/1.0/tags", json!({"name": name})).await;
    tag("vip").await.ok();
    let changed = t.put(&path(&role), json!({"manage_tags": false, "manage_categories": true})).await.ok();
    assert_eq!((&changed["manage_tags"], &changed["manage_categories"]), (&json!(false), &json!(true)));
    assert_eq!(tag("angry").await.error(403), "forbidden");
    assert_eq!(t.delete(&path(&role)).await.error(422), "role_in_use");
    assert_eq!(t.delete(&path(&made)).await.ok(), made);
    t.get(&path(&made)).await.error(404);
    t.put(&path(&made), json!({})).await.error(404);
    t.delete(&path(&made)).await.error(404);
}

#[tokio::test]
async fn a_role_that_only_removed_users_had_can_be_removed() {
    let t = TestApp::start().await;
    let (_, role) = user_with(&t, &["manage_tags"]).await;
    let user = t.get(&format!("/1.0/users?role_id={}", id(&role))).await.ok()["records"][0].clone();
    t.delete(&format!("/1.0/users/{}", id(&user))).await.ok();
    t.delete(&path(&role)).await.ok();
}

#[tokio::test]
async fn values_that_a_role_cannot_have_are_refused_by_field() {
    let t = TestApp::start().await;
    for (field, body, status) in [
        ("label", json!({}), 422),
        ("label", json!({"label": " "}), 422),
        ("label", json!({"label": "Agent"}), 422),
        ("manage_tags", json!({"label": "x", "manage_tags": "perhaps"}), 400),
        ("source_permissions", json!({"label": "x", "source_permissions": ["fly"]}), 422),
        (
            "source_permissions",
            json!({"label": "x", "source_permissions": "approval_required,approval_threshold_10"}),
            422,
        ),
    ] {
        let answer = t.post("/1.0/roles", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    let taken = t.put(&path(&role(&t, "Bot").await), json!({"label": "Agent"})).await;
    assert_eq!((&taken.json["field"], taken.status.as_u16()), (&json!("label"), 422));
}

#[tokio::test]
async fn nobody_gives_a_permission_that_they_do_not_have() {
    let t = TestApp::start().await;
    let (token, own) = user_with(&t, &["manage_roles", "manage_tags", "create_user"]).await;
    let body = json!({"label": "More", "manage_tags": true, "update_settings": true});
    let made = ask(&t, &token, Method::POST, "/1.0/roles", body).await.ok();
    // What is not theirs to give is left out; the rest is done.
    assert_eq!((&made["manage_tags"], &made["update_settings"]), (&json!(true), &json!(false)));
    let body = json!({"label": "Less", "update_settings": true, "create_user": true});
    let changed = ask(&t, &token, Method::PUT, &path(&made), body.clone()).await.ok();
    assert_eq!((&changed["label"], &changed["create_user"]), (&json!("Less"), &json!(true)));
    assert_eq!(changed["update_settings"], false);
    let body = json!({"update_settings": true});
    let mine = ask(&t, &token, Method::PUT, &path(&own), body).await.ok();
    assert_eq!(mine["update_settings"], false);

    let admin = role(&t, "Administrator").await;
    for (method, body) in [(Method::PUT, json!({"label": "x", "update_user": false})), (Method::DELETE, json!({}))] {
        assert_eq!(ask(&t, &token, method, &path(&admin), body).await.error(403), "forbidden");
    }
    assert_eq!(role(&t, "Administrator").await, admin);
    let source = |permissions: Value| json!({"source_permissions": permissions});
    assert_eq!(ask(&t, &token, Method::PUT, &path(&made), source(json!(["reply"]))).await.error(403), "forbidden");
    let read = ask(&t, &token, Method::PUT, &path(&made), source(json!(["read", "approval_required"]))).await.ok();
    assert_eq!(read["source_permissions"], json!(["read", "approval_required"]));

    // Nor by a role that is there already.
    let sources = json!({"label": "Sources", "source_permissions": ["read", "reply"]});
    let sources = t.post("/1.0/roles", sources).await.ok();
    let user = json!({"firstname": "x", "lastname": "y", "email": "x@shop.test", "password": "a long passphrase",
                      "role_id": sources["id"]});
    assert_eq!(ask(&t, &token, Method::POST, "/1.0/users", user).await.error(403), "forbidden");
}

#[tokio::test]
async fn without_the_permission_no_role_is_changed() {
    let t = TestApp::start().await;
    let token = t.token_of("Team leader").await;
    let bot = role(&t, "Bot").await;
    for (method, path) in
        [(Method::POST, "/1.0/roles".to_owned()), (Method::PUT, path(&bot)), (Method::DELETE, path(&bot))]
    {
        assert_eq!(ask(&t, &token, method, &path, json!({"label": "x"})).await.error(403), "forbidden");
    }
    assert_eq!(role(&t, "Bot").await, bot);
}

#[tokio::test]
async fn roles_leave_somebody_who_can_administer() {
    let t = TestApp::start().await;
    let admin = role(&t, "Administrator").await;
    for permission in ["manage_roles", "update_user"] {
        let answer = t.put(&path(&admin), json!({permission: false})).await;
        assert_eq!(answer.error(422), "last_administrator");
    }
    assert_eq!(role(&t, "Administrator").await, admin);
    let all = model::Permission::ALL.iter().map(|p| (p.as_str().to_owned(), json!(true)));
    let mut second: serde_json::Map<_, _> = all.collect();
    second.insert("label".into(), json!("Second"));
    second.insert("source_permissions".into(), json!(["read"]));
    let second = t.post("/1.0/roles", second.into()).await.ok();
    let user = json!({"firstname": "x", "lastname": "y", "email": "x@shop.test", "password": "a long passphrase",
                      "role_id": second["id"]});
    t.post("/1.0/users", user).await.ok();
    assert_eq!(t.put(&path(&admin), json!({"manage_roles": false})).await.ok()["manage_roles"], false);
    t.put(&path(&second), json!({"label": "x"})).await.error(403);
}

#[tokio::test]
async fn a_roles_source_permissions_hold_where_a_user_has_none() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let (token, role) = user_with(&t, &["manage_tags"]).await;
    let content = format!("/1.0/contents/{}", said.content.id);
    let show = async || send(t.request_as(&token, Method::GET, &content)).await;
    let reply = json!({"in_reply_to_id": said.content.id, "body": "x"});
    let reply = async || ask(&t, &token, Method::POST, "/1.0/contents", reply.clone()).await;
    show().await.ok();
    assert_eq!(reply().await.error(403), "forbidden");
    t.put(&path(&role), json!({"source_permissions": "read,reply"})).await.ok();
    reply().await.ok();
    t.put(&path(&role), json!({"source_permissions": []})).await.ok();
    assert_eq!(show().await.error(404), "not_found");
    assert_eq!(send(t.request_as(ADMIN_TOKEN, Method::GET, &content)).await.status, 200);
}
