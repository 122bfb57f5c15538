//! Every route of the table asks for what it needs before it does anything.

use hubbub::http::{CallerKind, router};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::user;
use crate::support::{TestApp, id, send};

const ID: &str = "111111111111111111111111";

/// Writes of the administration, with a body that an administrator could send, and the routes that others may use
/// for what is their own.
const ADMINISTRATION: &[&str] = &[
    "categories",
    "channels",
    "communities",
    "content_sources",
    "reply_assistant",
    "roles",
    "settings",
    "surveys",
    "tags",
    "teams",
    "time_sheets",
    "users",
];

fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { ID } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn body(path: &str) -> Value {
    let noun = path.split('/').nth(2).unwrap_or_default();
    match noun {
        "communities" if path.ends_with("jwt_keys") => {
            json!({"key_id": "web", "algorithm": "HS256", "key": "0123456789abcdef01234567"})
        }
        "communities" => json!({"name": "x", "type": "sdk"}),
        "content_sources" => json!({"name": "x", "type": "sdk", "community_id": ID}),
        "users" => json!({"email": "x@hubbub.test", "firstname": "x", "lastname": "y", "role_id": ID,
                          "password": "a long passphrase"}),
        _ => json!({"name": "x"}),
    }
}

#[tokio::test]
async fn routes_that_need_a_user_refuse_everybody_else() {
    let t = TestApp::start().await;
    let (nora, token) = user(&t, "Nora", "Administrator").await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    let mut count = 0;
    for route in router::table() {
        if route.need.caller != CallerKind::User {
            continue;
        }
        count += 1;
        let (method, path) = (route.method.clone(), address(route.path));
        let name = format!("{method} {path}");
        assert_eq!(send(t.anonymous(method.clone(), &path)).await.error(401), "unauthorized", "{name}");
        assert_eq!(send(t.request_as("unheard-of", method.clone(), &path)).await.error(401), "invalid_token", "{name}");
        assert_eq!(send(t.request_as(&token, method.clone(), &path)).await.error(401), "user_disabled", "{name}");
        let with_key = t.anonymous(method, &path).header("cookie", "hubbub_session=unheard-of");
        assert_eq!(send(with_key).await.error(401), "session_ended", "{name}");
    }
    assert!(count > 80, "{count} routes");
}

#[tokio::test]
async fn agents_change_nothing_of_the_administration() {
    let t = TestApp::start().await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let before = t.app.db.administration();
    let mut count = 0;
    for route in router::table() {
        let noun = route.path.strip_prefix("/1.0/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if route.method == Method::GET || !ADMINISTRATION.contains(&noun) {
            continue;
        }
        count += 1;
        let path = address(route.path);
        let answer = send(t.request_as(&token, route.method.clone(), &path).json(&body(route.path))).await;
        // What an agent may read and is not there is not found; there is nothing to be changed either.
        let hidden = path.contains(ID) && answer.status == 404;
        assert!(answer.status == 403 || hidden, "{} {path}: {} {}", route.method, answer.status, answer.text);
    }
    assert!(count > 15, "{count} routes");
    assert_eq!(t.app.db.administration(), before);
}

#[tokio::test]
async fn agents_change_nothing_that_is_there_either() {
    let t = TestApp::start().await;
    let shop = crate::support::world::World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (_, _) = (&nora, &shop);
    let category = t.post("/1.0/categories", json!({"name": "Reason"})).await.ok();
    let tag = t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let community = shop.chat.community_id.to_string();
    let key = json!({"key_id": "web", "algorithm": "HS256", "key": "0123456789abcdef01234567"});
    t.post(&format!("/1.0/communities/{community}/jwt_keys"), key.clone()).await.ok();
    for (method, path, body) in [
        (Method::PUT, format!("categories/{}", id(&category)), json!({"name": "x"})),
        (Method::DELETE, format!("categories/{}", id(&category)), json!({})),
        (Method::PUT, format!("tags/{}", id(&tag)), json!({"name": "x"})),
        (Method::DELETE, format!("tags/{}", id(&tag)), json!({})),
        (Method::PUT, format!("communities/{community}"), json!({"name": "x"})),
        (Method::DELETE, format!("communities/{community}"), json!({})),
        (Method::POST, format!("communities/{community}/jwt_keys"), key),
        (Method::DELETE, format!("communities/{community}/jwt_keys/web"), json!({})),
        (Method::PUT, format!("content_sources/{}", shop.chat.id), json!({"name": "x"})),
        (Method::PUT, format!("users/{}", id(&omar)), json!({"firstname": "x"})),
        (Method::PUT, format!("users/{}", id(&nora)), json!({"role_id": omar["role_id"], "enabled": true})),
        (Method::DELETE, format!("users/{}", id(&omar)), json!({})),
        (Method::PUT, format!("users/{}/sources_permissions", id(&nora)), json!({shop.chat.id.as_str(): ["read"]})),
    ] {
        let answer = send(t.request_as(&token, method.clone(), &format!("/1.0/{path}")).json(&body)).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }
}
