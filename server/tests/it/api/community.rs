use hubbub::domain::community::decoding_key;
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use model::CommunityId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, send};

const RSA: &str = "-----BEGIN PUBLIC KEY-----\n\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4sJGt+9A9XImoqUWm6HR\n\
    H4tQAyz6XKFgjbggHaf5XOJ9hN/5huPEjL8lJzlMSx6ZTsMNp2JfRjeCY5TsTyk8\n\
    9d6Ye9UzTZD/JX3lWUE510gbI2hXH8kH1oGqWUBhVu4XMBDW0qtJ+VLfY8Y2h/16\n\
    Y2vvXO899HXN/ajVqPwxPSqtppAzWc7el8vEG4bRBXdJzlS8N1gCCBf9uMbJBxk7\n\
    jH4T+wahqOw3PO/FVEDhbUSFXRWYwZlSoUz2vDjWkh8IkcToSdvTgihfKEgev3tg\n\
    MM/+T3lbw4BNdZ/9PPvm+Nh84Vm4lOGNn1qgVKT2oqw9Tcf1pQYuca2MSm7UJVBw\n\
    2QIDAQAB\n\
    -----END PUBLIC KEY-----\n";
const EC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwOx6aPj9eUFX48Enhg3hsxfiwb7M\n\
    m5sYQSYrwuaoSfw9D4TUc8jc7d1oJLZOchJ7crIfzWA2OxwNc69VcrvaSg==\n\
    -----END PUBLIC KEY-----\n";

fn path(thing: &Value, rest: &str) -> String {
    format!("/1.0/communities/{}{rest}", thing["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn communities_are_made_listed_oldest_first_and_changed() {
    let t = TestApp::start().await;
    let shop = t.post("/1.0/communities", json!({"name": "Shop", "type": "engage_messaging"})).await.ok();
    let expected = json!({
        "id": shop["id"], "name": "Shop", "type": "engage_messaging", "active": true,
        "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z", "signed_identities": "required",
    });
    assert_eq!(shop, expected);
    t.clock.advance(std::time::Duration::from_secs(60));
    let apps = t.post("/1.0/communities", json!({"name": "Apps", "type": "sdk", "active": false})).await.ok();
    assert_eq!((&apps["active"], &apps["signed_identities"]), (&json!(false), &json!("rejected")));
    let list = t.get("/1.0/communities?limit=1").await.ok();
    assert_eq!((&list["count"], &list["records"][0]), (&json!(2), &shop));

    let change = json!({"name": "Boutique", "signed_identities": "rejected", "active": "0"});
    t.put(&path(&shop, ""), change).await.ok();
    let changed = t.get(&path(&shop, "")).await.ok();
    assert_eq!((&changed["name"], &changed["signed_identities"]), (&json!("Boutique"), &json!("rejected")));
    assert_eq!((&changed["active"], &changed["updated_at"]), (&json!(false), &json!("2026-03-02T09:01:00Z")));
    t.delete(&path(&apps, "")).await.ok();
    assert_eq!(t.get(&path(&apps, "")).await.error(404), "not_found");
}

#[tokio::test]
async fn what_a_community_cannot_be_is_refused_by_field() {
    let t = TestApp::start().await;
    let shop = t.post("/1.0/communities", json!({"name": "Shop", "type": "engage_messaging"})).await.ok();
    for (field, body, status) in [
        ("name", json!({"type": "sdk"}), 422),
        ("name", json!({"name": " ", "type": "sdk"}), 422),
        ("name", json!({"name": "Shop", "type": "sdk"}), 422),
        ("type", json!({"name": "a"}), 422),
        ("type", json!({"name": "a", "type": "pigeon"}), 422),
        ("active", json!({"name": "a", "type": "sdk", "active": "perhaps"}), 400),
        ("signed_identities", json!({"name": "a", "type": "engage_messaging", "signed_identities": "both"}), 422),
        ("signed_identities", json!({"name": "a", "type": "sdk", "signed_identities": "required"}), 422),
    ] {
        let answer = t.post("/1.0/communities", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    assert_eq!(t.put(&path(&shop, ""), json!({"type": "sdk"})).await.json["field"], "type");
    t.put(&path(&shop, ""), json!({"type": "engage_messaging"})).await.ok();
}

#[tokio::test]
async fn keys_are_kept_sealed_and_secrets_are_never_shown() {
    let t = TestApp::start().await;
    let shop = t.post("/1.0/communities", json!({"name": "Shop", "type": "engage_messaging"})).await.ok();
    let keys = path(&shop, "/jwt_keys");
    let secret = "0123456789abcdef01234567";
    let made = t.post(&keys, json!({"key_id": "web_1", "algorithm": "HS256", "key": secret})).await.ok();
    assert_eq!((&made["key_id"], &made["public_key"]), (&json!("web_1"), &Value::Null));
    t.post(&keys, json!({"key_id": "app", "algorithm": "RS256", "key": RSA})).await.ok();
    let list = t.get(&keys).await;
    assert!(!list.text.contains(secret));
    let list = list.ok();
    assert_eq!((&list["count"], &list["records"][1]["public_key"]), (&json!(2), &json!(RSA.trim())));

    // What was sealed opens again as the same key.
    let id = CommunityId::parse(shop["id"].as_str().expect("an id")).expect("an id");
    let read = t.app.db.read(move |tx| Box::pin(async move { store::jwt_key::find(tx, &id, "web_1").await })).await;
    let row = read.expect("a read").expect("a key");
    assert!(!row.secret.contains(secret));
    let (algorithm, key) = decoding_key(&t.app.keys, &row).expect("a key");
    let claims = json!({"exp": 4_000_000_000_u64});
    let token = jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()));
    let checked = jsonwebtoken::decode::<Value>(token.expect("a token"), &key, &Validation::new(algorithm));
    assert_eq!((checked.expect("valid").claims, algorithm), (claims, Algorithm::HS256));

    assert_eq!(t.delete(&path(&shop, "/jwt_keys/web_1")).await.ok()["key_id"], "web_1");
    t.delete(&path(&shop, "/jwt_keys/web_1")).await.error(404);
    t.delete(&path(&shop, "/jwt_keys/%00%FF")).await.error(404);
    assert_eq!(t.get(&keys).await.ok()["count"], 1);
}

#[tokio::test]
async fn keys_of_another_form_are_refused() {
    let t = TestApp::start().await;
    let shop = t.post("/1.0/communities", json!({"name": "Shop", "type": "engage_messaging"})).await.ok();
    let private = RSA.replace("PUBLIC", "PRIVATE");
    for (field, key_id, algorithm, key) in [
        ("key_id", "Web-1", "HS256", "0123456789abcdef01234567"),
        ("algorithm", "web", "none", "0123456789abcdef01234567"),
        ("key", "web", "HS256", "0123456789abcdef0123456"),
        ("key", "web", "HS256", "0123456789abcdef0123456x"),
        ("key", "web", "RS256", "0123456789abcdef01234567"),
        ("key", "web", "RS256", EC),
        ("key", "web", "RS256", &private),
    ] {
        let body = json!({"key_id": key_id, "algorithm": algorithm, "key": key});
        let answer = t.post(&path(&shop, "/jwt_keys"), body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(422);
    }
    let body = json!({"key_id": "web", "algorithm": "HS256", "key": "0123456789abcdef01234567"});
    t.post(&path(&shop, "/jwt_keys"), body.clone()).await.ok();
    assert_eq!(t.post(&path(&shop, "/jwt_keys"), body).await.json["field"], "key_id");
}

#[tokio::test]
async fn agents_read_communities_and_change_none() {
    let t = TestApp::start().await;
    let shop = t.post("/1.0/communities", json!({"name": "Shop", "type": "engage_messaging"})).await.ok();
    let agent = t.token_of("Agent").await;
    send(t.request_as(&agent, Method::GET, "/1.0/communities")).await.ok();
    let body = json!({"name": "a", "type": "sdk", "key_id": "a", "algorithm": "HS256", "key": "0"});
    for (method, path) in [
        (Method::POST, "/1.0/communities".to_owned()),
        (Method::PUT, path(&shop, "")),
        (Method::DELETE, path(&shop, "")),
        (Method::POST, path(&shop, "/jwt_keys")),
        (Method::DELETE, path(&shop, "/jwt_keys/a")),
    ] {
        assert_eq!(send(t.request_as(&agent, method, &path).json(&body)).await.error(403), "forbidden");
    }
}
