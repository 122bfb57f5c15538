//! How agents have their console look, wherever they sign in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::user;
use crate::support::{ADMIN, Browser, TestApp, send};

#[tokio::test]
async fn the_console_looks_as_its_agent_left_it_wherever_they_sign_in() {
    let t = TestApp::start().await;
    let looks = |profile: &Value| {
        ["dense", "narrow_rail", "person_hidden"].map(|name| profile[name].as_bool().expect("a truth value"))
    };
    let here = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!(looks(&here.json["profile"]), [false, false, false]);
    let put = |body| here.request(&t, Method::PUT, "/console/profile").header("x-csrf-token", &here.csrf).json(&body);
    assert_eq!(looks(&send(put(json!({"dense": true}))).await.ok()), [true, false, false]);
    let both = send(put(json!({"narrow_rail": true}))).await.ok();
    assert_eq!(looks(&both), [true, true, false]);
    let refused = send(put(json!({"person_hidden": "perhaps"}))).await;
    assert_eq!(refused.error(400), "invalid_parameter");

    let elsewhere = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!(elsewhere.json["profile"], both);
    // It speaks the language of the account, which one chooses oneself.
    send(put(json!({"locale": "fr"}))).await.ok();
    let elsewhere = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!((&elsewhere.json["user"]["locale"], &elsewhere.json["profile"]), (&json!("fr"), &both));
    let refused = send(put(json!({"locale": "français"}))).await;
    assert_eq!((refused.json["field"].as_str(), refused.status.as_u16()), (Some("locale"), 422));
    // It is each agent's own.
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let hers = send(t.request_as(&nora, Method::GET, "/console/profile")).await.ok();
    assert_eq!(looks(&hers), [false, false, false]);
}
