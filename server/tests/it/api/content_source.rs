use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, send};

/// The fields of the reference's source object.
const FIELDS: &[&str] = &[
    "active",
    "attachments_security_level",
    "auto_detect_content_language",
    "auto_response_trigger_enabled",
    "auto_response_trigger_grace_periods",
    "auto_response_triggers",
    "cc_blacklist",
    "channel_id",
    "color",
    "color_hex",
    "common_ancestors_threading",
    "community_id",
    "content_archiving",
    "content_archiving_period",
    "content_languages",
    "created_at",
    "default_category_ids",
    "default_content_language",
    "default_task_priority",
    "email_parser",
    "enable_android",
    "enable_ios",
    "enable_web",
    "error_message",
    "from_name",
    "hidden_from_stats",
    "id",
    "imap_address",
    "imap_authentication_type",
    "imap_mailbox_used_for_sent_mail",
    "imap_mailboxes_to_import",
    "imap_port",
    "imap_smtp_email",
    "imap_ssl_verify_mode",
    "imap_use_ssl_tls",
    "imap_use_start_tls",
    "imap_username",
    "intervention_messages_boost",
    "live_chat",
    "name",
    "postmark_enabled",
    "signatures",
    "sla_expired_strategy",
    "sla_filtering_categories_strategy",
    "sla_filtering_category_ids",
    "sla_response",
    "sla_threshold",
    "smtp_address",
    "smtp_authentication_type",
    "smtp_helo_domain",
    "smtp_port",
    "smtp_ssl_verify_mode",
    "smtp_use_ssl_tls",
    "smtp_use_start_tls",
    "smtp_username",
    "spam_assassin_level",
    "status",
    "template_message_namespace",
    "template_messages",
    "threading_heuristics",
    "time_for_thread_inclusion",
    "time_for_thread_inclusion_enabled",
    "time_sheet_ids",
    "transferred_tasks_boost",
    "type",
    "updated_at",
    "user_thread_default_category_ids",
    "whitelisted_emails",
];

fn path(source: &Value, rest: &str) -> String {
    format!("/1.0/content_sources/{}{rest}", source["id"].as_str().expect("an id"))
}

async fn community(t: &TestApp, kind: &str) -> Value {
    let body = json!({"name": format!("Community {kind}"), "type": kind});
    t.post("/1.0/communities", body).await.ok()["id"].clone()
}

async fn messaging(t: &TestApp) -> Value {
    let community = community(t, "engage_messaging").await;
    let body = json!({"name": "Shop chat", "type": "engage_messaging", "community_id": community});
    t.post("/1.0/content_sources", body).await.ok()
}

#[tokio::test]
async fn a_messaging_source_has_every_field_and_an_identity_of_its_own() {
    let t = TestApp::start().await;
    let source = messaging(&t).await;
    let missing: Vec<_> = FIELDS.iter().filter(|f| source.get(**f).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (field, value) in [
        ("active", json!(true)),
        ("status", json!("ok")),
        ("color", json!(0)),
        ("enable_web", json!(true)),
        ("live_chat", json!(false)),
        ("mode", json!("messaging")),
        ("max_open_conversations", json!(3)),
        ("allow_multiple_conversations", json!(true)),
        ("auto_close_threads", json!(true)),
        ("impossibility_message_delay", Value::Null),
        ("content_languages", json!([])),
        (
            "auto_response_trigger_enabled",
            json!({"first_message_from_user": false, "out_of_office_hours_message": false}),
        ),
        ("access_token", Value::Null),
        ("endpoint_url", Value::Null),
        ("signed_identities", json!("required")),
        ("imap_password", Value::Null),
    ] {
        assert_eq!(source[field], value, "{field}");
    }
    assert_eq!(source["token"].as_str().expect("a token").len(), 24);
    assert!(source["channel_id"].is_string());
    assert_eq!(t.get(&path(&source, "")).await.ok(), source);

    let own = model::IdentityId::parse(source["identity_id"].as_str().expect("an id")).expect("an id");
    let find = own.clone();
    let read = t.app.db.read(move |tx| Box::pin(async move { store::identity::find(tx, &find).await })).await;
    let identity = read.expect("a read").expect("an identity");
    assert!(identity.controlled);
    assert_eq!((identity.screenname.as_deref(), identity.avatar_url), (Some("Shop chat"), None));

    let change = json!({"name": "Boutique", "avatar_url": "https://shop.test/a.png"});
    t.put(&path(&source, ""), change).await.ok();
    let read = t.app.db.read(move |tx| Box::pin(async move { store::identity::find(tx, &own).await })).await;
    let identity = read.expect("a read").expect("an identity");
    assert_eq!(identity.screenname.as_deref(), Some("Boutique"));
    assert_eq!(identity.avatar_url.as_deref(), Some("https://shop.test/a.png"));
}

#[tokio::test]
async fn settings_are_set_each_way_and_taken_back() {
    let t = TestApp::start().await;
    let source = messaging(&t).await;
    let query = "?color=2&sla_response=60&content_languages[]=fr&content_languages[]=pt-BR&hidden_from_stats=1\
                 &auto_response_trigger_enabled[first_message_from_user]=true&signatures[0][body]=Bye\
                 &signatures[0][language]=en&signatures[1][body]=Salut&from_name=%7B%7Bfirstname%7D%7D";
    let changed = send(t.request(Method::PUT, &path(&source, query))).await.ok();
    assert_eq!((&changed["color"], &changed["color_hex"]), (&json!(2), &json!("#15803d")));
    assert_eq!((&changed["sla_response"], &changed["hidden_from_stats"]), (&json!(60), &json!(true)));
    assert_eq!(changed["content_languages"], json!(["fr", "pt-BR"]));
    assert_eq!(changed["auto_response_trigger_enabled"]["first_message_from_user"], true);
    assert_eq!(changed["auto_response_trigger_enabled"]["out_of_office_hours_message"], false);
    let signatures = json!([
        {"language": "en", "name": null, "body": "Bye"}, {"language": null, "name": null, "body": "Salut"},
    ]);
    assert_eq!(changed["signatures"], signatures);
    assert_eq!((&changed["sender_name"], &changed["from_name"]), (&json!("{{firstname}}"), &json!("{{firstname}}")));

    let change = json!({
        "signatures": [], "sla_response": null, "welcome_message": "Hi!", "imap_port": 993, "active": false,
        "auto_response_trigger_grace_periods": {"first_message_from_user": 30},
    });
    t.put(&path(&source, ""), change).await.ok();
    let changed = t.get(&path(&source, "")).await.ok();
    assert_eq!((&changed["signatures"], &changed["sla_response"]), (&json!([]), &json!(86_400)));
    assert_eq!((&changed["welcome_message"], &changed["imap_port"]), (&json!("Hi!"), &json!(993)));
    assert_eq!((&changed["active"], &changed["status"]), (&json!(false), &json!("error")));
    assert_eq!(changed["auto_response_trigger_grace_periods"]["first_message_from_user"], 30);
    assert_eq!(changed["color"], 2);
}

#[tokio::test]
async fn values_that_cannot_be_are_refused_by_field() {
    let t = TestApp::start().await;
    let source = messaging(&t).await;
    let unknown = "0123456789abcdef01234567";
    for (field, value, status) in [
        ("name", json!(""), 422),
        ("active", json!("maybe"), 400),
        ("channel_id", json!("x"), 400),
        ("channel_id", json!(unknown), 422),
        ("color", json!(10), 422),
        ("color", json!("blue"), 400),
        ("sla_threshold", json!(100), 422),
        ("sla_response", json!(-1), 422),
        ("sla_expired_strategy", json!("never"), 422),
        ("attachments_security_level", json!("none"), 422),
        ("default_category_ids", json!([unknown]), 422),
        ("default_category_ids", json!(["x"]), 422),
        ("time_sheet_ids", json!([unknown, unknown]), 422),
        ("default_content_language", json!("fr; drop"), 422),
        ("content_languages", json!({"a": 1}), 400),
        ("signatures", json!("hello"), 400),
        ("signatures", json!([{"text": "x"}]), 400),
        ("auto_response_trigger_enabled", json!({"never": true}), 400),
        ("auto_response_trigger_grace_periods", json!({"first_message_from_user": -1}), 422),
        ("sender_name", json!("{{surname}}"), 422),
        ("avatar_url", json!("javascript:alert(1)"), 422),
        ("endpoint_url", json!("https://a.test"), 422),
        ("rotate_access_token", json!(true), 422),
        ("imap_password", json!("hunter2"), 422),
        ("imap_port", json!(0), 422),
        ("type", json!("sdk"), 422),
        ("community_id", json!(unknown), 422),
    ] {
        let answer = t.put(&path(&source, ""), json!({field: value})).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    assert_eq!(t.get(&path(&source, "")).await.ok(), source);
    let answer = t.put(&path(&source, "/email_credentials"), json!({"imap": {"username": "a"}})).await;
    assert_eq!(answer.error(422), "not_an_email_source");
}

#[tokio::test]
async fn a_source_of_the_sdk_shows_its_key_once_and_again_when_it_is_changed() {
    let t = TestApp::start().await;
    let community = community(&t, "sdk").await;
    let body = json!({"name": "App", "type": "sdk", "community_id": community, "endpoint_url": "http://127.0.0.1:9/x"});
    let made = t.post("/1.0/content_sources", body).await.ok();
    let first = made["access_token"].as_str().expect("a key").to_owned();
    assert_eq!(first.len(), 64);
    assert_eq!((&made["endpoint_url"], &made["enable_web"]), (&json!("http://127.0.0.1:9/x"), &Value::Null));
    assert_eq!(t.get(&path(&made, "")).await.ok()["access_token"], Value::Null);
    let id = model::SourceId::parse(made["id"].as_str().expect("an id")).expect("an id");
    let secret = async || {
        let id = id.clone();
        let read = t.app.db.read(move |tx| Box::pin(async move { store::source::find(tx, &id).await })).await;
        hubbub::domain::source::sdk_secret(&t.app.keys, &read.expect("a read").expect("a source")).expect("a key")
    };
    assert_eq!(secret().await, first);

    let changed = t.put(&path(&made, ""), json!({"endpoint_url": "", "active": false})).await.ok();
    assert_eq!((&changed["access_token"], &changed["endpoint_url"]), (&Value::Null, &Value::Null));
    assert_eq!(secret().await, first);
    let rotated = t.put(&path(&made, ""), json!({"rotate_access_token": true})).await.ok();
    assert_ne!(rotated["access_token"], json!(first));
    assert_eq!(rotated["access_token"], json!(secret().await));
    for bad in ["ftp://a.test", "a.test", "http://", "/x"] {
        let answer = t.put(&path(&made, ""), json!({"endpoint_url": bad})).await;
        assert_eq!(answer.json["field"], "endpoint_url", "{}", answer.text);
    }
}

#[tokio::test]
async fn a_source_needs_a_name_of_its_own_and_a_community_of_its_type() {
    let t = TestApp::start().await;
    let (chat, sdk) = (community(&t, "engage_messaging").await, community(&t, "sdk").await);
    for (field, body, status) in [
        ("name", json!({"type": "sdk", "community_id": sdk}), 422),
        ("type", json!({"name": "a", "community_id": sdk}), 422),
        ("type", json!({"name": "a", "type": "phone", "community_id": sdk}), 422),
        ("community_id", json!({"name": "a", "type": "sdk"}), 422),
        ("community_id", json!({"name": "a", "type": "sdk", "community_id": chat}), 422),
        ("community_id", json!({"name": "a", "type": "sdk", "community_id": "0123456789abcdef01234567"}), 422),
    ] {
        let answer = t.post("/1.0/content_sources", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    let body = json!({"name": "a", "type": "sdk", "community_id": sdk});
    t.post("/1.0/content_sources", body.clone()).await.ok();
    assert_eq!(t.post("/1.0/content_sources", body).await.json["field"], "name");
    let in_use = t.delete(&format!("/1.0/communities/{}", sdk.as_str().expect("an id"))).await;
    assert_eq!(in_use.error(422), "community_in_use");
}

#[tokio::test]
async fn lists_hold_what_the_caller_may_read_or_write_on() {
    let t = TestApp::start().await;
    let chat = messaging(&t).await;
    let sdk = community(&t, "sdk").await;
    let body = json!({"name": "App", "type": "sdk", "community_id": sdk, "active": false});
    let app = t.post("/1.0/content_sources", body).await.ok();
    let ids = |list: Value| -> Vec<Value> {
        list["records"].as_array().expect("records").iter().map(|r| r["id"].clone()).collect()
    };
    assert_eq!(ids(t.get("/1.0/content_sources").await.ok()), [chat["id"].clone(), app["id"].clone()]);
    assert_eq!(ids(t.get("/1.0/content_sources?active=true").await.ok()), [chat["id"].clone()]);
    assert_eq!(t.get("/1.0/content_sources?permission=write").await.json["field"], "permission");

    // An agent who may not see the one and only read the other.
    let (token, user) = t.user_of("Agent").await;
    let user = model::UserId::parse(&user).expect("an id");
    let id_of = |source: &Value| model::SourceId::parse(source["id"].as_str().expect("an id")).expect("an id");
    let (hidden, seen) = (id_of(&app), id_of(&chat));
    let set = t.app.db.write(move |tx| Box::pin(async move { permit(tx, &user, &hidden, &seen).await })).await;
    set.expect("permissions");
    let get = async |path: &str| send(t.request_as(&token, Method::GET, path)).await;
    assert_eq!(ids(get("/1.0/content_sources").await.ok()), [chat["id"].clone()]);
    for permission in ["initiate_discussion", "reply_with_html"] {
        assert_eq!(get(&format!("/1.0/content_sources?permission={permission}")).await.ok()["count"], 0);
    }
    assert_eq!(get(&path(&app, "")).await.error(404), "not_found");
    get(&path(&chat, "")).await.ok();
    let put = async |source: &Value| send(t.request_as(&token, Method::PUT, &path(source, "")).json(&json!({}))).await;
    assert_eq!(put(&app).await.error(403), "forbidden");
    assert_eq!(put(&chat).await.error(403), "forbidden");
    let post = send(t.request_as(&token, Method::POST, "/1.0/content_sources").json(&json!({"name": "x"}))).await;
    assert_eq!(post.error(403), "forbidden");
}

async fn permit(
    tx: &mut store::Tx,
    user: &model::UserId,
    hidden: &model::SourceId,
    seen: &model::SourceId,
) -> hubbub::domain::Result<()> {
    store::source_permission::set(tx, user, hidden, Some(Vec::new())).await?;
    store::source_permission::set(tx, user, seen, Some(vec![model::SourcePermission::Read])).await?;
    hubbub::domain::note_change(tx, None, "user", user.as_str(), hubbub::domain::Change::Updated);
    Ok(())
}
