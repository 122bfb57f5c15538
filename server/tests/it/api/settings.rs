use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{ADMIN, Answer, Browser, TestApp, assert_fields, id, send};

const FIELDS: &str = "activity_presence_threshold activity_tracking beginning_of_week bot_lease_seconds bot_loop_limit browser_notifications_disabled \
    category_tagging content_languages content_languages[] created_at custom_sentiment_analysis dashboard \
    deny_iframe_integration disable_password_autocomplete display_only_unknown_bbcode dump_in_preprod \
    enable_auto_scroll_down expire_password_after expire_password_enabled export_in_seconds fold_useless_contents \
    fte_duration id identity_merge intervention_closing_period intervention_defer_rates intervention_defer_threshold \
    intervention_rates locale multi_lang name password_archivable_enabled password_archivable_size \
    password_min_length password_non_word password_numbers password_recovery_disabled push_enabled \
    keep_picture_notes reply_as_any_identity reply_requires_intervention rtl_support self_approval_required session_timeout \
    sharding_key spellchecking style third_party_services_disabled timezone track_js type updated_at \
    urgent_task_threshold use_system_font use_two_letters_avatars";

#[tokio::test]
async fn settings_are_shown_whole_and_changed_one_by_one() {
    let t = TestApp::start().await;
    let before = t.get("/1.0/settings").await.ok();
    assert_fields(&before, FIELDS);
    assert_eq!(
        (&before["name"], &before["timezone"], &before["locale"]),
        (&json!("Hubbub"), &json!("UTC"), &json!("en"))
    );
    assert_eq!(before["created_at"], "2026-03-02T09:00:00Z");
    assert_eq!(before["session_timeout"], t.app.config.session_hours * 60);

    t.clock.advance(Duration::from_secs(60));
    let form = "name=Fern+%26+Fable&timezone=Europe/Paris&locale=fr&beginning_of_week=Sunday&spellchecking=0\
                &content_languages[]=fr&content_languages[]=pt-BR&intervention_rates[]=60&intervention_rates[]=600\
                &type=demo&session_timeout=30&unheard_of=1";
    let after = send(t.request(Method::PUT, &format!("/1.0/settings?{form}"))).await.ok();
    assert_eq!(after, t.get("/1.0/settings").await.ok());
    for (name, value) in [
        ("name", json!("Fern & Fable")),
        ("timezone", json!("Europe/Paris")),
        ("locale", json!("fr")),
        ("beginning_of_week", json!("sunday")),
        ("spellchecking", json!(false)),
        ("content_languages", json!(["fr", "pt-BR"])),
        ("content_languages[]", json!(["fr", "pt-BR"])),
        ("intervention_rates", json!([60, 600])),
        ("type", json!("demo")),
        ("session_timeout", json!(30)),
        ("updated_at", json!("2026-03-02T09:01:00Z")),
        ("password_min_length", before["password_min_length"].clone()),
    ] {
        assert_eq!(after[name], value, "{name}");
    }
    let list = t.put("/1.0/settings", json!({"content_languages": "de, es"})).await.ok();
    assert_eq!(list["content_languages"], json!(["de", "es"]));
    // An empty value takes a setting back.
    let taken = json!({"name": null, "timezone": "", "intervention_rates": [], "content_languages": [],
                       "session_timeout": ""});
    let taken = t.put("/1.0/settings", taken).await.ok();
    for name in ["name", "timezone", "intervention_rates", "content_languages", "session_timeout"] {
        assert_eq!(taken[name], before[name], "{name}");
    }
}

#[tokio::test]
async fn values_that_cannot_be_are_refused_and_nothing_changes() {
    let t = TestApp::start().await;
    let before = t.get("/1.0/settings").await.ok();
    for (name, value, status) in [
        ("spellchecking", json!("maybe"), 400),
        ("session_timeout", json!("long"), 400),
        ("intervention_rates", json!(["soon"]), 400),
        ("session_timeout", json!(0), 422),
        ("session_timeout", json!(i64::MAX), 422),
        ("password_min_length", json!(7), 422),
        ("password_archivable_size", json!(-1), 422),
        ("expire_password_after", json!(1), 422),
        ("intervention_rates", json!([600, 60]), 422),
        ("intervention_defer_rates", json!([0, 60]), 422),
        ("timezone", json!("Europe/Lutetia"), 422),
        ("locale", json!("French"), 422),
        ("content_languages", json!(["fr", "?"]), 422),
        ("beginning_of_week", json!("someday"), 422),
        ("type", json!("staging"), 422),
        ("name", json!("   "), 422),
        ("name", json!("x".repeat(256)), 422),
    ] {
        let answer = t.put("/1.0/settings", json!({"rtl_support": true, name: value})).await;
        assert_eq!(answer.json["field"], name, "{value}: {}", answer.text);
        answer.error(status);
    }
    assert_eq!(t.get("/1.0/settings").await.ok(), before);
}

#[tokio::test]
async fn everybody_reads_settings_and_only_who_may_changes_them() {
    let t = TestApp::start().await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    send(t.request_as(&token, Method::GET, "/1.0/settings")).await.ok();
    let write = t.request_as(&token, Method::PUT, "/1.0/settings").json(&json!({"name": "Mine"}));
    assert_eq!(send(write).await.error(403), "forbidden");
    assert_eq!(t.get("/1.0/settings").await.ok()["name"], "Hubbub");
}

/// A try to make, change or invite a user with a password.
async fn refusal(answer: Answer) -> String {
    let message = answer.json["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(answer.json["field"], "password", "{}", answer.text);
    assert_eq!(answer.error(422), "validation_failed");
    message
}

#[tokio::test]
async fn new_passwords_keep_the_rules() {
    let t = TestApp::start().await;
    let (nora, _) = user(&t, "Nora", "Agent").await;
    let rules = json!({"password_min_length": 12, "password_numbers": true, "password_non_word": true});
    t.put("/1.0/settings", rules).await.ok();
    let make = |email: &str, password: &str| json!({"email": email, "password": password, "firstname": "Bo", "lastname": "Test", "role_id": nora["role_id"]});
    let path = format!("/1.0/users/{}", id(&nora));
    for (password, why) in [("short-1", "at least 12"), ("no digits here", "a digit"), ("1234567890abc", "neither")] {
        assert!(refusal(t.post("/1.0/users", make("bo@shop.test", password)).await).await.contains(why));
        assert!(refusal(t.put(&path, json!({"password": password})).await).await.contains(why));
    }
    t.post("/1.0/users", make("bo@shop.test", "long enough 1!")).await.ok();
    t.put(&path, json!({"password": "long enough 1!"})).await.ok();
    // An invited user chooses under the same rules.
    let mut invited = make("cy@shop.test", "");
    invited["password"] = Value::Null;
    let invited = t.post("/1.0/users/invite", invited).await.ok();
    let token = invited["invitation_url"].as_str().and_then(|u| u.split_once('#')).expect("a token").1.to_owned();
    let accept = async |password: &str| {
        let body = json!({"token": token, "password": password});
        send(t.anonymous(Method::POST, "/console/invitation").json(&body)).await
    };
    assert!(refusal(accept("no digits here").await).await.contains("a digit"));
    accept("long enough 1!").await.ok();
}

#[tokio::test]
async fn a_password_that_is_easily_guessed_is_taken_by_no_way() {
    let t = TestApp::start().await;
    t.put("/1.0/settings", json!({"name": "Fern & Fable"})).await.ok();
    let (nora, _) = user(&t, "Nora", "Agent").await;
    let make = |password: &str| json!({"email": "zoe.martin@shop.test", "password": password, "firstname": "Zoe", "lastname": "Martin", "role_id": nora["role_id"]});
    let invited = t.post("/1.0/users/invite", make("a long passphrase")).await.ok();
    let token = invited["invitation_url"].as_str().and_then(|u| u.split_once('#')).expect("a token").1.to_owned();
    let zoe = format!("/1.0/users/{}", id(&invited));
    for (password, reason) in [
        ("password", "common_password"),
        ("12345678", "common_password"),
        ("          ", "blank"),
        ("\u{a0}\t\u{2003}\u{3000}\u{200b} \u{a0}\t", "blank"),
        ("zoe.martin@shop.test", "personal_password"),
        ("Fern-and-Fable", "personal_password"),
        ("11.12.2011", "easy_to_guess"),
    ] {
        let accept = json!({"token": token, "password": password});
        for answer in [
            t.post("/1.0/users", make(password)).await,
            t.put(&zoe, json!({"password": password})).await,
            t.put(&zoe, json!({"password": password, "firstname": "Somebody", "lastname": "Else"})).await,
            send(t.anonymous(Method::POST, "/console/invitation").json(&accept)).await,
        ] {
            let said = (&answer.json["field"], &answer.json["reason"]);
            assert_eq!(said, (&json!("password"), &json!(reason)), "{password:?}: {}", answer.text);
            assert_eq!(answer.error(422), "validation_failed");
        }
        if password.contains("zoe") {
            continue;
        }
        let change = json!({"email": ADMIN.0, "password": ADMIN.1, "new_password": password});
        let answer = send(t.anonymous(Method::POST, "/console/session").json(&change)).await;
        assert_eq!(answer.json["field"], "new_password", "{}", answer.text);
    }
    t.put(&zoe, json!({"password": "seven boats at noon"})).await.ok();
}

#[tokio::test]
async fn old_passwords_are_not_taken_again() {
    let t = TestApp::start().await;
    let (nora, _) = user(&t, "Nora", "Agent").await;
    let path = format!("/1.0/users/{}", id(&nora));
    let change = async |password: &str| t.put(&path, json!({"password": password})).await;
    // Without the rule anything goes.
    change("a long passphrase").await.ok();
    t.put("/1.0/settings", json!({"password_archivable_enabled": true, "password_archivable_size": 2})).await.ok();
    assert!(refusal(change("a long passphrase").await).await.contains("one of the last 2"));
    change("second passphrase").await.ok();
    assert!(refusal(change("a long passphrase").await).await.contains("one of the last 2"));
    change("third passphrase").await.ok();
    change("a long passphrase").await.ok();
}

#[tokio::test]
async fn a_password_that_is_too_old_is_changed_at_the_sign_in() {
    let t = TestApp::start().await;
    t.put("/1.0/settings", json!({"expire_password_enabled": true, "expire_password_after": 86_400})).await.ok();
    let enter = async |more: Value| {
        let mut body = json!({"email": ADMIN.0, "password": ADMIN.1});
        body.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        send(t.anonymous(Method::POST, "/console/session").json(&body)).await
    };
    enter(json!({})).await.ok();
    t.clock.advance(Duration::from_secs(86_400));
    assert_eq!(enter(json!({})).await.error(403), "password_expired");
    assert_eq!(enter(json!({"password": "wrong"})).await.error(401), "invalid_credentials");
    let short = enter(json!({"new_password": "short"})).await;
    assert_eq!((short.json["field"].as_str(), short.status.as_u16()), (Some("new_password"), 422));
    enter(json!({"new_password": "battery staple horse"})).await.ok();
    assert_eq!(enter(json!({})).await.error(401), "invalid_credentials");
    Browser::sign_in(&t, ADMIN.0, "battery staple horse").await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_the_time_of_the_settings() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    // It holds for those who are signed in already too.
    t.put("/1.0/settings", json!({"session_timeout": 30})).await.ok();
    let look = || browser.request(&t, Method::GET, "/1.0/tags");
    for _ in 0..4 {
        t.clock.advance(Duration::from_secs(20 * 60));
        send(look()).await.ok();
    }
    t.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(send(look()).await.error(401), "session_ended");
}

#[tokio::test]
async fn the_domain_s_name_language_and_frames_are_those_of_the_settings() {
    let t = TestApp::start().await;
    t.put("/1.0/settings", json!({"name": "Fern & Fable", "locale": "fr"})).await.ok();
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!(browser.json["domain"]["name"], "Fern & Fable");
    let (nora, _) = user(&t, "Nora", "Agent").await;
    assert_eq!(nora["locale"], "fr");

    let policy = async || {
        let answer = t.anonymous(Method::GET, "/inbox").send().await.expect("an answer");
        // Without the built front end there is no page, but its policy is the same.
        assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&answer.status()));
        answer.headers()["content-security-policy"].to_str().expect("a text").to_owned()
    };
    assert!(policy().await.contains("frame-ancestors 'none'"));
    t.put("/1.0/settings", json!({"deny_iframe_integration": false})).await.ok();
    assert!(!policy().await.contains("frame-ancestors"));
}

#[tokio::test]
async fn agents_write_as_each_other_s_identities_when_the_settings_allow_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "mia", None, "Hello").await;
    let other = json!({"community_id": shop.chat.community_id, "identifier": "nora-herself"});
    let other = t.post("/1.0/identities/import", other).await.json["id"].clone();
    let (nora, _) = user(&t, "Nora", "Agent").await;
    let own = json!({"identity_ids": [other]});
    t.put(&format!("/1.0/users/{}", id(&nora)), own).await.ok();
    let reply = async |author: &Value| {
        let body = json!({"in_reply_to_id": said.content.id, "body": "Hi", "author_id": author});
        t.post("/1.0/contents", body).await
    };
    assert_eq!(reply(&other).await.error(422), "validation_failed");
    t.put("/1.0/settings", json!({"reply_as_any_identity": true})).await.ok();
    assert_eq!(reply(&other).await.ok()["author_id"], other);
    // A customer's identity stays the customer's.
    assert_eq!(reply(&json!(said.author.id)).await.error(422), "validation_failed");
}

#[tokio::test]
async fn a_customer_s_word_reopens_within_the_closing_period() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.put("/1.0/settings", json!({"intervention_closing_period": 600})).await.ok();
    for (wait, reopened) in [(599, true), (601, false)] {
        let said = shop.say(&t, &format!("mia{wait}"), None, "Hello").await;
        let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
        t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "Hi"})).await.ok();
        t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
        t.clock.advance(Duration::from_secs(wait));
        shop.say(&t, &format!("mia{wait}"), Some(said.thread.id.as_str()), "Still there?").await;
        let now = t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok();
        assert_eq!(now["closed"] == json!(false), reopened, "{now}");
    }
}
