//! What a chat says and how it looks, as its source has it and as pages are told.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Answer, TestApp, send};

async fn set(t: &TestApp, shop: &World, settings: Value) -> Answer {
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await
}

async fn config(t: &TestApp, shop: &World) -> Value {
    send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok()
}

async fn said(t: &TestApp, shop: &World, file: &str) -> Answer {
    send(t.anonymous(Method::GET, &format!("/chat/{}/messages/{file}", shop.chat.token))).await
}

async fn refused(t: &TestApp, shop: &World, languages: Value, path: &str, reason: &str) {
    let answer = set(t, shop, json!({"custom_languages": languages})).await;
    assert_eq!((&answer.json["field"], &answer.json["reason"]), (&json!(path), &json!(reason)), "{}", answer.text);
    assert_eq!(answer.error(422), "validation_failed");
}

#[tokio::test]
async fn a_chat_speaks_twelve_languages_that_browsers_keep() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let texts = config(&t, &shop).await["texts"].clone();
    let titles: Vec<&String> = texts["titles"].as_object().expect("a map").keys().collect();
    assert_eq!(titles, ["ar", "de", "en", "es", "fr", "he", "it", "ja", "nl", "pl", "pt", "zh"]);
    assert_eq!((&texts["titles"]["en"], &texts["titles"]["fr"]), (&json!("Chat"), &json!("Discussion")));
    let german = said(&t, &shop, "de.json").await.ok();
    assert_eq!(german["de"]["hubbub.today"], "Heute");
    assert_eq!(german.as_object().expect("a map").len(), 1);
    assert_eq!(said(&t, &shop, "de-AT.json").await.ok()["de"]["hubbub.today"], "Heute");
    assert_eq!(said(&t, &shop, "en.json").await.ok(), json!({}));
    for unknown in ["sv.json", "de", "x.json"] {
        assert_eq!(said(&t, &shop, unknown).await.error(404), "not_found");
    }

    let version = texts["version"].as_str().expect("a text");
    let path = format!("/chat/{}/messages/de.json", shop.chat.token);
    let answer = t.anonymous(Method::GET, &format!("{path}?v={version}")).send().await.expect("an answer");
    let kept = answer.headers()[header::CACHE_CONTROL].to_str().expect("a text").to_owned();
    assert!(kept.contains("immutable"), "{kept}");
    let other = t.anonymous(Method::GET, &format!("{path}?v=0123")).send().await.expect("an answer");
    assert_eq!(other.headers()[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn texts_of_a_source_stand_over_those_that_are_built_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let before = config(&t, &shop).await["texts"].clone();
    let given = json!({
        "fr_CA": {"default_title": "Clavardage", "end_frame": {"confirm": "Finir ?"}},
        "FR": {"hubbub.today": "Ce jour", "hubbub": {"unread": {"one": "un seul", "other": "%{count} en tout"}}},
        "sv": {"default_title": "Chatt", "date": {"month_names": ["jan", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]}},
        "en": {"you": "Me"},
        "de": {},
    });
    let answer = set(&t, &shop, json!({"custom_languages": given})).await.ok();
    let kept = json!({
        "fr-ca": {"default_title": "Clavardage", "end_frame": {"confirm": "Finir ?"}},
        "fr": {"hubbub": {"today": "Ce jour", "unread": {"one": "un seul", "other": "%{count} en tout"}}},
        "sv": given["sv"],
        "en": {"you": "Me"},
    });
    assert_eq!(answer["custom_languages"], kept);
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    assert_eq!(t.get(&source).await.ok()["custom_languages"], kept);
    assert_eq!(t.get("/1.0/content_sources").await.ok()["records"][0].get("custom_languages"), None);

    let texts = config(&t, &shop).await["texts"].clone();
    assert_ne!(texts["version"], before["version"]);
    assert_eq!(texts["english"], true);
    let called = |code: &str| texts["titles"][code].as_str().unwrap_or("none").to_owned();
    assert_eq!(["fr-ca", "fr", "sv", "en"].map(called), ["Clavardage", "Discussion", "Chatt", "Chat"]);
    let french = said(&t, &shop, "fr-ca.json").await.ok();
    assert_eq!(french["fr-ca"], json!({"default_title": "Clavardage", "end_frame.confirm": "Finir ?"}));
    assert_eq!(french["fr"]["hubbub.today"], "Ce jour");
    assert_eq!(french["fr"]["hubbub.yesterday"], "Hier");
    assert_eq!(french["en"], json!({"you": "Me"}));
    assert_eq!(said(&t, &shop, "sv.json").await.ok()["sv"]["date.month_names"][0], "jan");

    // Other settings leave them, and nothing takes them away.
    set(&t, &shop, json!({"color": 3})).await.ok();
    assert_eq!(t.get(&source).await.ok()["custom_languages"], kept);
    let cleared = set(&t, &shop, json!({"custom_languages": null})).await.ok();
    assert_eq!(cleared["custom_languages"], json!({}));
    assert_eq!(config(&t, &shop).await["texts"], before);
}

#[tokio::test]
async fn forms_for_numbers_of_a_source_are_not_mixed_with_those_that_are_built_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let languages = json!({"pl": {"hubbub": {"unread": {"one": "jedna", "other": "inne"}}}}).to_string();
    set(&t, &shop, json!({"custom_languages": languages})).await.ok();
    let polish = said(&t, &shop, "pl.json").await.ok();
    let forms: Vec<&String> =
        polish["pl"].as_object().expect("a map").keys().filter(|key| key.starts_with("hubbub.unread")).collect();
    assert_eq!(forms, ["hubbub.unread.one", "hubbub.unread.other"]);
    assert!(polish["pl"]["date.ago_format.about_x_minutes.few"].is_string());
    // An hour and more than that are two texts, and no forms of one.
    let more = json!({"fr": {"date": {"estimated_wait_time_format": {"hours": {"other": "longtemps"}}}}});
    set(&t, &shop, json!({"custom_languages": more})).await.ok();
    let french = said(&t, &shop, "fr.json").await.ok()["fr"].clone();
    let hours = ["one", "other"].map(|form| french[format!("date.estimated_wait_time_format.hours.{form}")].clone());
    assert_eq!(hours, [json!("1 heure"), json!("longtemps")]);
}

#[tokio::test]
async fn texts_that_cannot_be_taken_are_named_by_their_path() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let long = "x".repeat(1001);
    for (languages, path, reason) in [
        (json!([]), "custom_languages", "form"),
        (json!("{"), "custom_languages", "form"),
        (json!({"en": {"you": "a"}, "english!": {}}), "custom_languages.english!", "language"),
        (json!({"en-US": {"you": "a"}, "en_us": {"you": "b"}}), "custom_languages.en_us", "taken"),
        (json!({"en": "a"}), "custom_languages.en", "form"),
        (json!({"en": {"you": 5}}), "custom_languages.en.you", "form"),
        (json!({"en": {"you": ["a"]}}), "custom_languages.en.you", "form"),
        (json!({"en": {"you": long}}), "custom_languages.en.you", "too_long"),
        (json!({"fr": {"end_frame": {"confirn": "a"}}}), "custom_languages.fr.end_frame.confirn", "unknown"),
        (json!({"fr": {"end_frame": "a"}}), "custom_languages.fr.end_frame", "unknown"),
        (json!({"fr": {"date": {"month_names": ["a"]}}}), "custom_languages.fr.date.month_names", "form"),
        (json!({"fr": {"date": {"month_names": "a"}}}), "custom_languages.fr.date.month_names", "form"),
        (json!({"pl": {"hubbub": {"unread": {"few": "a"}}}}), "custom_languages.pl.hubbub.unread.other", "required"),
        (json!({"en": {"you": "a"}, "de": {"x": "b".repeat(256 * 1024)}}), "custom_languages", "too_large"),
    ] {
        refused(&t, &shop, languages, path, reason).await;
    }
    let most = json!({"en": {"you": "x".repeat(1000), "cobrowsing": {"request_message": {"body": "kept"}}}});
    assert_eq!(set(&t, &shop, json!({"custom_languages": most})).await.ok()["custom_languages"], most);
    let other = json!({"name": "Third party", "type": "sdk", "custom_languages": {"en": {"you": "a"}}});
    let community = t.post("/1.0/communities", json!({"name": "Others", "type": "sdk"})).await.ok();
    let mut other = other;
    other["community_id"] = community["id"].clone();
    let answer = t.post("/1.0/content_sources", other).await;
    assert_eq!((&answer.json["field"], &answer.json["reason"]), (&json!("custom_languages"), &json!("not_for_this")));
}

#[tokio::test]
async fn where_a_chat_stands_and_in_which_colours_is_a_setting() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let look = |config: &Value| {
        let source = &config["source"];
        json!([source["position"], source["offset"], source["z_index"], source["color_scheme"]])
    };
    assert_eq!(look(&config(&t, &shop).await), json!(["right", {"x": 20, "y": 20}, null, "auto"]));
    let chosen = json!({"position": "left", "offset": {"x": 0}, "z_index": 10, "color_scheme": "dark"});
    let answer = set(&t, &shop, chosen).await.ok();
    assert_eq!(answer["offset"], json!({"x": 0, "y": 20}));
    assert_eq!(look(&config(&t, &shop).await), json!(["left", {"x": 0, "y": 20}, 10, "dark"]));
    for (settings, field) in [
        (json!({"position": "top"}), "position"),
        (json!({"offset": {"x": 201}}), "offset.x"),
        (json!({"offset": {"y": -1}}), "offset.y"),
        (json!({"z_index": 2_147_483_648_i64}), "z_index"),
        (json!({"color_scheme": "pink"}), "color_scheme"),
    ] {
        let answer = set(&t, &shop, settings).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(422);
    }
    for (settings, field) in [
        (json!({"offset": {"x": "1px"}}), "offset.x"),
        (json!({"welcome_messages": {"en": ["Hello"]}}), "welcome_messages.en"),
    ] {
        let answer = set(&t, &shop, settings).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(400);
    }
    let back = json!({"position": null, "offset": null, "z_index": null, "color_scheme": null});
    set(&t, &shop, back).await.ok();
    assert_eq!(look(&config(&t, &shop).await), json!(["right", {"x": 20, "y": 20}, null, "auto"]));
}
