//! Who may call what: every operation of the route table, for every kind of caller. What the table says is what the
//! API's document says, so this holds both.

use hubbub::crypto::sdk_signature;
use hubbub::http::CallerKind;
use hubbub::router::{self, Route, table};
use model::{InboundItemId, Permission, SourceId, SourcePermission};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::inbound_item::InboundItem;

use crate::api::survey::{Bridge, SECRET, made};
use crate::api::team::new_team;
use crate::api::user::allow;
use crate::support::sdk::{SIGNATURE, ThirdParty};
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, id, send};

const ID: &str = "111111111111111111111111";

/// The roles of a new domain, with the letter that stands for each below.
const ROLES: [(char, &str); 4] = [('A', "Administrator"), ('L', "Team leader"), ('G', "Agent"), ('B', "Bot")];

/// What the default roles may call, said once more by hand, so that a slip in the route table does not go unseen.
const EXPECTED: &str = r#"
GET /1.0/access_tokens ALGB
GET /1.0/attachments ALGB
POST /1.0/attachments ALGB
POST /1.0/bots/engage ALGB
GET /1.0/categories ALGB
POST /1.0/categories A
PUT /1.0/categories/{id} A
DELETE /1.0/categories/{id} A
GET /1.0/channels ALGB
GET /1.0/communities ALGB
POST /1.0/communities A
PUT /1.0/communities/{id} A
DELETE /1.0/communities/{id} A
POST /1.0/communities/{id}/jwt_keys A
DELETE /1.0/communities/{id}/jwt_keys/{key_id} A
GET /1.0/content_sources ALGB
POST /1.0/content_sources A
PUT /1.0/content_sources/{id} A
PUT /1.0/content_sources/{id}/email_credentials A
GET /1.0/content_sources/{id}/health ALGB
POST /1.0/content_sources/{id}/run A
POST /1.0/content_sources/{id}/test A
GET /1.0/content_sources/{id}/parked_items A
GET /1.0/content_sources/{id}/parked_items/{item}/raw A
PUT /1.0/content_sources/{id}/parked_items/{item}/retry A
DELETE /1.0/content_sources/{id}/parked_items/{item} A
GET /1.0/content_threads ALGB
PUT /1.0/content_threads/{id}/close ALGB
PUT /1.0/content_threads/{id}/open ALGB
GET /1.0/contents ALGB
POST /1.0/contents ALGB
GET /1.0/events AL
GET /1.0/events/{id} AL
GET /1.0/identities ALGB
GET /1.0/identities/{id} ALGB
GET /1.0/identity_groups ALGB
GET /1.0/identity_groups/{id} ALGB
GET /1.0/intervention_comments ALGB
GET /1.0/interventions ALGB
POST /1.0/interventions ALGB
PUT /1.0/interventions/{id}/reassign ALGB
GET /1.0/mail_deliveries A
GET /1.0/mail_deliveries/sender A
POST /1.0/mail_deliveries/test A
GET /1.0/mail_deliveries/{id} A
PUT /1.0/mail_deliveries/{id}/resend A
GET /1.0/messaging_email_templates A
POST /1.0/messaging_email_templates A
GET /1.0/messaging_email_templates/basis A
POST /1.0/messaging_email_templates/preview A
POST /1.0/messaging_email_templates/test A
GET /1.0/messaging_email_templates/{id} A
PUT /1.0/messaging_email_templates/{id} A
DELETE /1.0/messaging_email_templates/{id} A
GET /1.0/messaging_items A
POST /1.0/messaging_items A
PUT /1.0/messaging_items/{id} A
DELETE /1.0/messaging_items/{id} A
PUT /1.0/messaging_items/sort A
GET /1.0/messaging_triggers A
POST /1.0/messaging_triggers A
PUT /1.0/messaging_triggers/{id} A
DELETE /1.0/messaging_triggers/{id} A
PUT /1.0/messaging_triggers/sort A
GET /1.0/messaging_variables A
POST /1.0/messaging_variables A
PUT /1.0/messaging_variables/{id} A
DELETE /1.0/messaging_variables/{id} A
PUT /1.0/messaging_variables/sort A
GET /1.0/roles ALGB
GET /1.0/status ALB
GET /1.0/tags ALGB
POST /1.0/tags A
PUT /1.0/tags/{id} A
DELETE /1.0/tags/{id} A
GET /1.0/teams ALGB
GET /1.0/users ALGB
POST /1.0/users A
POST /1.0/users/invite A
PUT /1.0/users/{id} A
DELETE /1.0/users/{id} A
PUT /1.0/users/{id}/sources_permissions A
GET /1.0/webhooks ALGB
"#;

/// Operations on what may be the caller's own: for all else the role needs this.
const OTHERS: &[(&str, Permission)] = &[
    ("POST /1.0/folders", Permission::ManageFolders),
    ("GET /1.0/roles/{id}", Permission::ManageRoles),
    ("GET /1.0/status/{id}", Permission::MonitorTasks),
    ("PUT /1.0/status/{id}", Permission::MonitorTasks),
];

/// Operations on something of a source that need more of a scene than there is here; their nouns' tests have it.
const ELSEWHERE: &[&str] = &[
    "PUT /1.0/content_threads/{id}/give_to_bot",
    "GET /1.0/content_sources/{id}/parked_items/{item}/raw",
    "GET /1.0/contents/{id}/pictures",
    "GET /1.0/contents/{id}/raw",
    "POST /1.0/identities/import",
    "PUT /1.0/identity_groups/{id}/merge",
    "PUT /1.0/identity_groups/{id}/unmerge",
    "GET /1.0/reply_assistant/versions/{id}/render",
    "GET /1.0/survey_responses/{id}",
];

fn api() -> impl Iterator<Item = Route> {
    table().into_iter().filter(|route| route.path.starts_with("/1.0/"))
}

fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { ID } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn routes_that_need_a_user_refuse_everybody_else() {
    let t = TestApp::start().await;
    let (nora, token) = user(&t, "Nora", "Administrator").await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    let mut count = 0;
    for route in router::table() {
        if route.need.caller != CallerKind::User {
            assert!(!route.path.starts_with("/1.0/"), "{} is open to everybody", route.path);
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

/// Who may call what needs no user, said once more by hand.
const NO_USER: &str = "
GET /attachments/{id}/{signature} Anybody
GET /chat/{token}/alerts.js Anybody
GET /chat/{token}/cards.js Anybody
GET /chat/{token}/catalog.js Anybody
GET /chat/{token}/chat.js Anybody
GET /chat/{token}/commands.js Anybody
GET /chat/{token}/config Anybody
GET /chat/{token}/consent.js Anybody
GET /chat/{token}/debug.js Anybody
GET /chat/{token}/email.js Anybody
GET /chat/{token}/emoji.js Anybody
GET /chat/{token}/files.js Anybody
GET /chat/{token}/list.js Anybody
GET /chat/{token}/live.js Anybody
GET /chat/{token}/loader.js Anybody
GET /chat/{token}/manager.js Anybody
GET /chat/{token}/messages/{id} Anybody
GET /chat/{token}/preview Anybody
GET /chat/{token}/preview.js Anybody
GET /chat/{token}/refused.js Anybody
GET /chat/{token}/renew.js Anybody
GET /chat/{token}/socket Hello
GET /chat/{token}/targeting Anybody
GET /chat/{token}/threads Visitor
GET /chat/{token}/threads/{id}/messages Visitor
GET /chat/{token}/unread Visitor
GET /chat/{token}/web Anybody
GET /chat/{token}/words.js Anybody
GET /demo Anybody
GET /demo/{page} Anybody
GET /docs/api Anybody
GET /healthz Anybody
GET /metrics Anybody
GET /openapi.json Anybody
GET /pictures/{name} Anybody
GET /readyz Anybody
GET /unsubscribe/{id}/{signature} Anybody
POST /chat/{token}/attachments Visitor
POST /chat/{token}/availability Anybody
POST /chat/{token}/email Visitor
POST /chat/{token}/forget Anybody
POST /chat/{token}/messages Visitor
POST /chat/{token}/session Anybody
POST /chat/{token}/threads/{id}/end Visitor
POST /chat/{token}/threads/{id}/read Visitor
POST /console/invitation Anybody
POST /console/password/forgotten Anybody
POST /console/password/recovered Anybody
POST /console/session Anybody
POST /realtime/sdk/{source_id} Signature
POST /realtime/surveys/{id} Signature
POST /unsubscribe/{id}/{signature} Anybody
";

#[tokio::test]
async fn routes_that_need_no_user_say_whom_they_need() {
    let routes = table().into_iter().filter(|route| route.need.caller != CallerKind::User);
    let mut lines: Vec<String> = routes.map(|route| format!("{} {:?}", name(&route), route.need.caller)).collect();
    lines.sort();
    assert_eq!(lines, NO_USER.trim().lines().collect::<Vec<_>>());
    // Nobody is asked who they are where anybody may come.
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    for route in table().into_iter().filter(|route| route.need.caller == CallerKind::Anybody) {
        // Who signs out says as whom, in the way that a page that is left can.
        if route.path.ends_with("/forget") {
            continue;
        }
        let path = route.path.replace("{token}", &shop.chat.token).replace("{id}", ID);
        let answer = send(t.anonymous(route.method.clone(), &path).json(&json!({}))).await;
        assert!(![401, 403].contains(&answer.status.as_u16()), "{}: {}", name(&route), answer.text);
    }
}

#[tokio::test]
async fn routes_that_need_a_visitor_let_in_the_right_one() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bo) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let elsewhere = Visitor::new(&t, &shop.another_chat(&t, "Help").await).await;
    let said = ann.write(&t, None, "Hello").await;
    let (thread, message) = (said["thread"]["id"].as_str().expect("an id"), &said["message"]["id"]);
    let mut count = 0;
    for route in table().into_iter().filter(|route| route.need.caller == CallerKind::Visitor) {
        count += 1;
        let path = route.path.strip_prefix("/chat/{token}/").expect("a chat's").replace("{id}", thread);
        let body = json!({"client_id": "0123456789", "body": "Hello?", "message_id": message,
                          "thread_id": thread, "email": "ann@example.org"});
        let file = route.path.ends_with("/attachments");
        let call = |chat: &str, key: Option<&str>| {
            let request = t.anonymous(route.method.clone(), &format!("/chat/{chat}/{path}"));
            let request = key.into_iter().fold(request, RequestBuilder::bearer_auth);
            let form = || Form::new().part("file", Part::bytes(b"A picture".to_vec()).file_name("a.png"));
            send(if file { request.multipart(form()) } else { request.json(&body) })
        };
        let (chat, what) = (shop.chat.token.as_str(), name(&route));
        assert_eq!(call(chat, None).await.error(401), "unknown_visitor", "{what}");
        assert_eq!(call(chat, Some("unheard-of")).await.error(401), "unknown_visitor", "{what}");
        assert_eq!(call(chat, Some(ADMIN_TOKEN)).await.error(401), "unknown_visitor", "{what}");
        assert_eq!(call(chat, Some(&elsewhere.key)).await.error(401), "unknown_visitor", "{what}");
        assert_eq!(call("unheard-of", Some(&ann.key)).await.error(404), "not_found", "{what}");
        // Another visitor of the same chat is known, and reaches nothing of this one's.
        if route.path.contains("{id}") {
            assert_eq!(call(chat, Some(&bo.key)).await.error(404), "not_found", "{what}");
        }
        match call(chat, Some(&ann.key)).await {
            // This one is not for days.
            refused if path.ends_with("/end") => assert_eq!(refused.error(403), "not_live"),
            // Nobody has asked her.
            refused if path == "email" => assert_eq!(refused.error(403), "not_asked"),
            answer => drop(answer.ok()),
        }
    }
    assert_eq!(count, 8);
}

#[tokio::test]
async fn routes_that_need_a_signature_let_in_who_signs() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let bridge = Bridge::start().await;
    let survey = made(&t, &bridge, json!({"realtime": true})).await;
    for route in table().into_iter().filter(|route| route.need.caller == CallerKind::Signature) {
        let what = name(&route);
        let (path, body, header, shown, code) = match route.path {
            "/realtime/sdk/{source_id}" => {
                let body = json!({"action": "unheard.of", "params": {}}).to_string();
                (blog.path(), body.clone(), SIGNATURE, sdk_signature(&blog.secret, body.as_bytes()), 422)
            }
            "/realtime/surveys/{id}" => {
                let body = json!({"record": {"id": "r", "mapping_key": "unheard-of"}}).to_string();
                (route.path.replace("{id}", id(&survey)), body, "x-sdk-secret", SECRET.to_owned(), 401)
            }
            other => panic!("say how {other} is signed"),
        };
        let call = |shown: Option<&str>| {
            let request = t.anonymous(route.method.clone(), &path).body(body.clone());
            send(shown.into_iter().fold(request, |request, shown| request.header(header, shown)))
        };
        for wrong in [None, Some("wrong")] {
            let answer = call(wrong).await;
            assert_eq!(answer.status.as_u16(), code, "{what}: {}", answer.text);
            assert!(answer.text.to_lowercase().contains("invalid"), "{what}: {}", answer.text);
        }
        let answer = call(Some(&shown)).await;
        assert!(!answer.text.contains("ignature") && answer.status != 401, "{what}: {}", answer.text);
    }
}

/// Calls an operation on things that are not there.
async fn placeholder(t: &TestApp, token: &str, route: &Route) -> Answer {
    let body = if route.path.starts_with("/1.0/status") { json!({"status": "away"}) } else { json!({}) };
    let request = t.request_as(token, route.method.clone(), &address(route.path)).json(&body);
    if !route.path.ends_with("/stream") {
        return send(request).await;
    }
    // A stream has no end: what it is answered with is enough.
    let status = request.send().await.expect("an answer").status();
    Answer { status, json: Value::Null, text: String::new() }
}

/// The permissions of a role, as the API says them.
async fn permissions(t: &TestApp, label: &str) -> Vec<Permission> {
    let roles = t.get("/1.0/roles").await.ok();
    let role = roles["records"].as_array().expect("roles").iter().find(|r| r["label"] == label).expect("a role");
    Permission::ALL.iter().copied().filter(|p| role[p.as_str()] == true).collect()
}

/// How far the journal has come: every change is in it.
async fn head(t: &TestApp) -> i64 {
    t.app.db.refresh_position().await.expect("a position")
}

#[tokio::test]
async fn each_role_may_call_what_the_table_says_and_changes_nothing_else() {
    let t = TestApp::start().await;
    t.put("/1.0/settings", json!({"custom_sentiment_analysis": true})).await.ok();
    let mut found: Vec<(String, String)> = api().map(|route| (name(&route), String::new())).collect();
    for (letter, label) in ROLES {
        let (token, has) = (t.token_of(label).await, permissions(&t, label).await);
        for (n, route) in api().enumerate() {
            let what = format!("{label}: {}", name(&route));
            let allowed = route.need.role.is_empty() || route.need.role.iter().any(|p| has.contains(p));
            let others = OTHERS.iter().find(|(other, _)| *other == name(&route));
            let before = head(&t).await;
            let answer = placeholder(&t, &token, &route).await;
            if allowed {
                found[n].1.push(letter);
            } else {
                assert_eq!(head(&t).await, before, "{what} changed something");
            }
            let reaches = others.is_none_or(|(_, permission)| has.contains(permission));
            assert_eq!(answer.status != 403, allowed && reaches, "{what}: {} {}", answer.status, answer.text);
            assert!(answer.status.as_u16() < 500 && answer.status != 401, "{what}: {}", answer.text);
        }
    }
    for line in EXPECTED.trim().lines() {
        let (operation, letters) = line.rsplit_once(' ').expect("an operation and letters");
        let (_, may) = found.iter().find(|(name, _)| name == operation).expect("a route");
        assert_eq!(may, letters, "{operation}");
    }
}

/// A call of an operation on something of the chat that is there.
async fn scene(t: &TestApp, shop: &World, route: &Route, number: usize) -> (String, Value) {
    let said = shop.say(t, &format!("customer-{number}"), None, "Hello?").await;
    let (thread, content) = (said.thread.id.to_string(), said.content.id.to_string());
    let author = said.content.author_id.to_string();
    let noun = route.path.split('/').nth(2).unwrap_or_default();
    let opens = route.path == "/1.0/interventions" || route.path == "/1.0/bots/engage";
    let case = if noun.starts_with("intervention") || noun == "bots" { !opens } else { noun == "attachments" };
    let case = if case { t.post("/1.0/interventions", json!({"content_id": content})).await.ok() } else { json!({}) };
    let thing = match noun {
        "content_threads" => thread.clone(),
        "contents" => content.clone(),
        "content_sources" => shop.chat.id.to_string(),
        "interventions" | "bots" => case["id"].as_str().unwrap_or(ID).to_owned(),
        "intervention_comments" => {
            let body = json!({"intervention_id": case["id"], "body": "A note"});
            id(&t.post("/1.0/intervention_comments", body).await.ok()).to_owned()
        }
        "attachments" => attached(t, &content).await,
        "identities" => author.clone(),
        "identity_groups" if route.path.contains('{') => {
            id(&t.post("/1.0/identity_groups", json!({"identity_id": author})).await.ok()).to_owned()
        }
        "identity_groups" | "reply_assistant" => String::new(),
        other => panic!("say in `scene` which {other} of the chat {} is called on", name(route)),
    };
    if noun == "interventions" && route.path.ends_with("/close") {
        t.post("/1.0/contents", json!({"in_reply_to_id": content, "body": "Yes"})).await.ok();
    }
    if route.path.ends_with("/open") {
        t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    }
    if route.path.ends_with("/enable_text_input") {
        t.put(&format!("/1.0/content_threads/{thread}/disable_text_input"), json!({})).await.ok();
    }
    let me = t.get("/1.0/users").await.ok()["records"][0]["id"].clone();
    let body = match route.path.rsplit('/').next().unwrap_or_default() {
        "contents" => json!({"in_reply_to_id": content, "body": "Yes?"}),
        "interventions" | "engage" => json!({"content_id": content}),
        "intervention_comments" => json!({"intervention_id": case["id"], "body": "Another note"}),
        "identity_groups" => json!({"identity_id": author}),
        "authorization" => json!({"state": "x", "code": "y"}),
        "update_custom_score" => json!({"custom_score": 10}),
        "complete" => json!({"intervention_id": case["id"]}),
        "defer" => json!({"duration": 60}),
        "merge" => json!({"thread_id": ID}),
        "split" => json!({"content_id": content}),
        "reassign" => json!({"user_id": me}),
        "update_categories" => json!({"category_ids": [], "thread_category_ids": []}),
        _ => json!({}),
    };
    let query = if route.path.ends_with("/suggestions") { format!("?content_id={content}") } else { String::new() };
    let mut path = route.path.replace("{id}", &thing);
    if path.contains("{item}") {
        path = path.replace("{item}", &parked(t, &shop.chat.id).await);
    }
    (path + &query, body)
}

/// Something of a source that could not be taken in.
async fn parked(t: &TestApp, source: &SourceId) -> String {
    let (now, source_id) = (t.clock.now(), source.clone());
    let id = InboundItemId::new(now);
    let (kind, dedupe, payload) = ("message".to_owned(), id.to_string(), "{}".to_owned());
    let item = InboundItem {
        id: id.clone(),
        source_id,
        kind,
        dedupe,
        payload,
        attempts_count: 1,
        last_error: "too long".to_owned(),
        received_at: now,
        updated_at: now,
    };
    let write = t.app.db.write(move |tx| Box::pin(async move { tx.insert(&item).await }));
    write.await.expect("written");
    id.to_string()
}

/// A file that an agent sent with an answer.
async fn attached(t: &TestApp, content: &str) -> String {
    let part = reqwest::multipart::Part::bytes(b"A picture".to_vec()).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let file = send(t.request(Method::POST, "/1.0/attachments").multipart(form)).await.ok();
    let reply = json!({"in_reply_to_id": content, "body": "See there", "attachment_ids": [file["id"]]});
    t.post("/1.0/contents", reply).await.ok();
    id(&file).to_owned()
}

async fn call(t: &TestApp, token: &str, route: &Route, (path, body): &(String, Value)) -> Answer {
    let request = t.request_as(token, route.method.clone(), path);
    send(if route.method == Method::GET { request } else { request.json(body) }).await
}

#[tokio::test]
async fn what_is_on_a_source_takes_its_permission() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Administrator").await;
    t.put("/1.0/settings", json!({"custom_sentiment_analysis": true})).await.ok();
    let (mut count, all) = (0, [SourcePermission::Read, SourcePermission::Reply]);
    for (number, route) in api().enumerate() {
        let Some(needed) = route.need.source.filter(|_| !ELSEWHERE.contains(&name(&route).as_str())) else { continue };
        count += 1;
        let what = name(&route);
        let without: Vec<_> = all.into_iter().filter(|p| *p != needed && needed != SourcePermission::Read).collect();
        shop.permit(&t, &nora, &without).await;
        let scene = scene(&t, &shop, &route, number).await;
        let answer = call(&t, &token, &route, &scene).await;
        let (list, named) = (route.method == Method::GET && !route.path.contains('{'), route.path.contains('{'));
        match needed {
            SourcePermission::Read if list => assert_eq!(answer.ok()["count"], 0, "{what}"),
            SourcePermission::Read if named => assert_eq!(answer.error(404), "not_found", "{what}"),
            // What a parameter names is not acceptable when the caller may not see it.
            SourcePermission::Read => assert!([404, 422].contains(&answer.status.as_u16()), "{what} {}", answer.text),
            _ => assert_eq!(answer.error(403), "forbidden", "{what}"),
        }
        shop.permit(&t, &nora, &all).await;
        let answer = call(&t, &token, &route, &scene).await;
        // What the state of the thing does not allow is a matter of its own.
        let state = [409, 422].contains(&answer.status.as_u16()) && answer.json["error"] != "validation_failed";
        let done = answer.status.is_success() || state;
        assert!(done, "with the permission: {what}: {} {}", answer.status, answer.text);
    }
    assert!(count > 25, "{count} operations");
}

#[tokio::test]
async fn a_team_leader_reaches_the_own_team_alone() {
    let t = TestApp::start().await;
    let (token, leader) = t.user_of("Team leader").await;
    allow(&t, "Team leader", &["update_user"]).await;
    let (member, stranger) = (t.user_of("Agent").await.1, t.user_of("Agent").await.1);
    new_team(&t, "Support", &[&leader], &[&member]).await;
    new_team(&t, "Advice", &[], &[&stranger]).await;
    let (seen, _) = send(t.request_as(&token, Method::GET, "/1.0/users")).await.ids();
    assert!(seen.contains(&member) && !seen.contains(&stranger), "{seen:?}");
    for (method, path) in [
        (Method::GET, "/1.0/users/{id}/sources_permissions"),
        (Method::PUT, "/1.0/users/{id}/sources_permissions"),
        (Method::PUT, "/1.0/users/{id}"),
        (Method::DELETE, "/1.0/users/{id}"),
    ] {
        for (who, code) in [(&stranger, 404_u16), (&member, 200)] {
            let request = t.request_as(&token, method.clone(), &path.replace("{id}", who));
            assert_eq!(send(request.json(&json!({}))).await.status, code, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn agents_change_nothing_that_is_there_either() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
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
