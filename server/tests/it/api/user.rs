use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::team::new_team;
use crate::support::visitor::Visitor;
use crate::support::world::{self, World};
use crate::support::{ADMIN, ADMIN_TOKEN, Answer, Browser, TestApp, id, send};

const PASSWORD: &str = "a long passphrase";

async fn role(t: &TestApp, label: &str) -> Value {
    let roles = t.get("/1.0/roles").await.ok();
    let found = roles["records"].as_array().expect("a list").iter().find(|r| r["label"] == label);
    found.expect("a role")["id"].clone()
}

fn path(user: &Value) -> String {
    format!("/1.0/users/{}", user["id"].as_str().expect("an id"))
}

async fn alicia(t: &TestApp) -> Value {
    json!({"email": "Alicia@Shop.test", "firstname": "Alicia", "lastname": "Johnson", "password": PASSWORD,
           "role_id": role(t, "Agent").await})
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

async fn ask(t: &TestApp, token: &str, method: Method, path: &str, body: Value) -> Answer {
    send(t.request_as(token, method, path).json(&body)).await
}

#[tokio::test]
async fn a_user_is_made_with_every_field_and_can_sign_in() {
    let t = TestApp::start().await;
    let user = t.post("/1.0/users", alicia(&t).await).await.ok();
    insta::assert_json_snapshot!(user, {".id" => "[id]", ".role_id" => "[id]"}, @r#"
    {
      "bot": false,
      "bot_lease_seconds": null,
      "category_ids": [],
      "created_at": "2026-03-02T09:00:00Z",
      "email": "alicia@shop.test",
      "enabled": true,
      "external_id": null,
      "firstname": "Alicia",
      "gender": null,
      "id": "[id]",
      "identity_ids": [],
      "invitation_pending": false,
      "lastname": "Johnson",
      "locale": "en",
      "nickname": null,
      "no_password": false,
      "rc_user_id": null,
      "role_id": "[id]",
      "spoken_languages": [],
      "team_ids": [],
      "timezone": null,
      "updated_at": "2026-03-02T09:00:00Z",
      "user_capacity_id": null
    }
    "#);
    assert_eq!(t.get(&path(&user)).await.ok(), user);
    assert_eq!(Browser::sign_in(&t, "ALICIA@shop.test", PASSWORD).await.json["user"]["id"], user["id"]);
}

#[tokio::test]
async fn fields_are_set_each_way_and_taken_back() {
    let t = TestApp::start().await;
    let team = new_team(&t, "Support", &[], &[]).await;
    let user = t.post("/1.0/users", with(alicia(&t).await, "team_ids", json!([team]))).await.ok();
    assert_eq!(user["team_ids"], json!([team]));
    let full = "nickname=Ali&gender=woman&external_id=sso-1&locale=fr&timezone=Europe/Paris&spoken_languages[]=fr\
                &spoken_languages[]=pt-BR&spoken_languages[]=fr&bot=true&no_password=true";
    let form = t.request(Method::PUT, &format!("{}?{full}", path(&user)));
    let set = send(form).await.ok();
    assert_eq!((&set["nickname"], &set["gender"], &set["locale"]), (&json!("Ali"), &json!("woman"), &json!("fr")));
    assert_eq!((&set["external_id"], &set["timezone"]), (&json!("sso-1"), &json!("Europe/Paris")));
    assert_eq!(set["spoken_languages"], json!(["fr", "pt-BR"]));
    assert_eq!((&set["bot"], &set["no_password"], &set["team_ids"]), (&json!(true), &json!(true), &json!([team])));
    let back = json!({"nickname": "", "gender": null, "external_id": "", "timezone": "", "locale": "", "bot": false,
                      "spoken_languages": [], "team_ids": [], "no_password": false});
    let back = t.put(&path(&user), back).await.ok();
    for field in ["nickname", "gender", "external_id", "timezone"] {
        assert_eq!(back[field], Value::Null, "{field}");
    }
    assert_eq!((&back["locale"], &back["spoken_languages"], &back["team_ids"]), (&json!("en"), &json!([]), &json!([])));
    assert_eq!(back["firstname"], "Alicia");
}

#[tokio::test]
async fn values_that_cannot_be_are_refused_by_field() {
    let t = TestApp::start().await;
    let nobody = json!("0123456789abcdef01234567");
    for (field, value, status) in [
        ("email", json!(null), 422),
        ("email", json!("alicia"), 422),
        ("email", json!(ADMIN.0.to_uppercase()), 422),
        ("firstname", json!(" "), 422),
        ("lastname", json!("x".repeat(256)), 422),
        ("gender", json!("other"), 422),
        ("locale", json!("French"), 422),
        ("timezone", json!("Mars/Olympus"), 422),
        ("spoken_languages", json!(["x"]), 422),
        ("password", json!("1234567"), 422),
        ("password", json!("x".repeat(2000)), 422),
        ("role_id", nobody.clone(), 422),
        ("role_id", json!("agent"), 400),
        ("enabled", json!("perhaps"), 400),
        ("category_ids", json!([nobody]), 422),
        ("identity_ids", json!([nobody]), 422),
        ("team_ids", json!([nobody]), 422),
    ] {
        let answer = t.post("/1.0/users", with(alicia(&t).await, field, value.clone())).await;
        assert_eq!(answer.json["field"], field, "{value} {}", answer.text);
        answer.error(status);
    }
    for field in ["email", "firstname", "lastname", "password", "role_id"] {
        let mut body = alicia(&t).await;
        body.as_object_mut().expect("a map").remove(field);
        let answer = t.post("/1.0/users", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(422);
    }
    let user = t.post("/1.0/users", with(alicia(&t).await, "external_id", json!("sso-1"))).await.ok();
    let twin = with(with(alicia(&t).await, "email", json!("b@shop.test")), "external_id", json!("sso-1"));
    assert_eq!(t.post("/1.0/users", twin).await.json["field"], "external_id");
    let taken = t.put(&path(&user), json!({"email": " ADMIN@hubbub.test"})).await;
    assert_eq!((&taken.json["field"], taken.status.as_u16()), (&json!("email"), 422));
    t.put("/1.0/users/0123456789abcdef01234567", json!({})).await.error(404);
}

#[tokio::test]
async fn lists_are_newest_first_and_filtered() {
    let t = TestApp::start().await;
    t.clock.advance(Duration::from_secs(1));
    let alicia = t.post("/1.0/users", with(alicia(&t).await, "external_id", json!("sso-1"))).await.ok();
    let id = alicia["id"].as_str().expect("an id");
    let team = new_team(&t, "Support", &[], &[id]).await;
    let all = t.get("/1.0/users").await.ok();
    assert_eq!((&all["count"], &all["records"][0]["id"]), (&json!(2), &alicia["id"]));
    let agent = role(&t, "Agent").await;
    for (query, count) in [
        ("email=alicia@SHOP.test".to_owned(), 1),
        ("email=nobody@shop.test".to_owned(), 0),
        ("external_id=sso-1".to_owned(), 1),
        (format!("role_id={}", agent.as_str().expect("an id")), 1),
        (format!("team_id={team}"), 1),
        ("team_id=0123456789abcdef01234567".to_owned(), 0),
        ("category_id=0123456789abcdef01234567".to_owned(), 0),
        ("identity_id=0123456789abcdef01234567".to_owned(), 0),
    ] {
        assert_eq!(t.get(&format!("/1.0/users?{query}")).await.ok()["count"], count, "{query}");
    }
    t.get("/1.0/users?role_id=agent").await.error(400);
}

#[tokio::test]
async fn an_invited_user_chooses_a_password_once_and_in_time() {
    let t = TestApp::start().await;
    let invite = async |email: &str| {
        let mut body = with(alicia(&t).await, "email", json!(email));
        body.as_object_mut().expect("a map").remove("password");
        let user = t.post("/1.0/users/invite", body).await.ok();
        assert_eq!(user["invitation_pending"], true);
        let url = user["invitation_url"].as_str().expect("a link").to_owned();
        let token = url.strip_prefix(&format!("{}/invitation#", t.url)).expect("our address").to_owned();
        (user, token)
    };
    let accept = async |token: &str, password: &str| {
        let body = json!({"token": token, "password": password});
        send(t.anonymous(Method::POST, "/console/invitation").json(&body)).await
    };
    let (user, token) = invite("alicia@shop.test").await;
    let enter = json!({"email": "alicia@shop.test", "password": PASSWORD});
    let early = send(t.anonymous(Method::POST, "/console/session").json(&enter)).await;
    assert_eq!(early.error(401), "invalid_credentials");
    assert_eq!(accept(&token, "short").await.error(422), "validation_failed");
    assert_eq!(accept("wrong", PASSWORD).await.error(422), "invitation_invalid");
    assert_eq!(accept(&token, PASSWORD).await.ok()["email"], "alicia@shop.test");
    assert_eq!(accept(&token, PASSWORD).await.error(422), "invitation_invalid");
    Browser::sign_in(&t, "alicia@shop.test", PASSWORD).await;
    let now = t.get(&path(&user)).await.ok();
    assert_eq!((&now["invitation_pending"], now.get("invitation_url")), (&json!(false), None));

    let (_, late) = invite("bob@shop.test").await;
    t.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(accept(&late, PASSWORD).await.error(422), "invitation_invalid");
}

#[tokio::test]
async fn a_new_password_and_being_disabled_end_every_session() {
    let t = TestApp::start().await;
    let user = t.post("/1.0/users", alicia(&t).await).await.ok();
    let known = async |browser: &Browser| send(browser.request(&t, Method::GET, "/console/session")).await;
    let first = Browser::sign_in(&t, "alicia@shop.test", PASSWORD).await;
    t.put(&path(&user), json!({"nickname": "Ali"})).await.ok();
    known(&first).await.ok();
    t.put(&path(&user), json!({"password": "another passphrase"})).await.ok();
    assert_eq!(known(&first).await.error(401), "session_ended");

    let second = Browser::sign_in(&t, "alicia@shop.test", "another passphrase").await;
    t.put(&path(&user), json!({"enabled": false})).await.ok();
    assert_eq!(known(&second).await.error(401), "session_ended");
    let enter = json!({"email": "alicia@shop.test", "password": "another passphrase"});
    let refused = send(t.anonymous(Method::POST, "/console/session").json(&enter)).await;
    assert_eq!(refused.error(401), "invalid_credentials");
}

#[tokio::test]
async fn a_removed_user_is_gone_with_every_way_in() {
    let t = TestApp::start().await;
    let user = t.post("/1.0/users", with(alicia(&t).await, "nickname", json!("Ali"))).await.ok();
    let team = new_team(&t, "Support", &[], &[user["id"].as_str().expect("an id")]).await;
    let key = t.post("/1.0/access_tokens", json!({"label": "Bot", "user_id": user["id"]})).await.ok();
    let key = key["token"].as_str().expect("a token");
    send(t.request_as(key, Method::GET, "/1.0/tags")).await.ok();
    let browser = Browser::sign_in(&t, "alicia@shop.test", PASSWORD).await;
    let gone = t.delete(&path(&user)).await.ok();
    assert_eq!((&gone["nickname"], &gone["team_ids"]), (&json!("Ali"), &json!([team])));
    t.get(&path(&user)).await.error(404);
    t.put(&path(&user), json!({"enabled": true})).await.error(404);
    t.delete(&path(&user)).await.error(404);
    assert_eq!(t.get("/1.0/users").await.ok()["count"], 1);
    assert_eq!(t.get(&format!("/1.0/teams/{team}")).await.ok()["user_ids"], json!([]));
    send(t.request_as(key, Method::GET, "/1.0/tags")).await.error(401);
    send(browser.request(&t, Method::GET, "/1.0/tags")).await.error(401);
    // The address is free again.
    t.post("/1.0/users", alicia(&t).await).await.ok();
}

#[tokio::test]
async fn a_user_with_open_interventions_stays_until_they_are_closed() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (token, agent) = t.user_of("Agent").await;
    let said = world.say(&t, "ann", None, "Hello").await;
    let engage = format!("/1.0/interventions?content_id={}", said.content.id);
    let case = send(t.request_as(&token, Method::POST, &engage)).await.ok();
    let path = format!("/1.0/users/{agent}");
    assert_eq!(t.delete(&path).await.error(422), "user_has_interventions");
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Good morning"});
    ask(&t, &token, Method::POST, "/1.0/contents", reply).await.ok();
    let close = format!("/1.0/interventions/{}/close", case["id"].as_str().expect("an id"));
    send(t.request_as(&token, Method::PUT, &close)).await.ok();
    t.delete(&path).await.ok();
    let list = t.get("/1.0/interventions").await.ok();
    assert_eq!(list["records"][0]["user_id"], json!(agent));
}

#[tokio::test]
async fn some_person_can_always_administer() {
    let t = TestApp::start().await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    let agent = role(&t, "Agent").await;
    let attempts = [
        json!({"enabled": false}),
        json!({"role_id": agent}),
        json!({"bot": true}),
        // Nobody signs in without a password yet.
        json!({"no_password": true}),
    ];
    for attempt in &attempts {
        assert_eq!(t.put(&path(&admin), attempt.clone()).await.error(422), "last_administrator");
    }
    assert_eq!(t.delete(&path(&admin)).await.error(422), "last_administrator");
    assert_eq!(t.get(&path(&admin)).await.ok()["enabled"], true);
    let second = with(alicia(&t).await, "role_id", admin["role_id"].clone());
    let second = t.post("/1.0/users", second).await.ok();
    t.put(&path(&admin), json!({"nickname": "Boss"})).await.ok();
    t.put(&path(&second), json!({"enabled": false})).await.ok();
    assert_eq!(t.delete(&path(&admin)).await.error(422), "last_administrator");
    t.put(&path(&second), json!({"enabled": true})).await.ok();
    t.delete(&path(&admin)).await.ok();
    assert_eq!(t.get("/1.0/users").await.error(401), "invalid_token");
}

#[tokio::test]
async fn of_two_administrators_who_disable_each_other_one_stays() {
    let t = TestApp::start().await;
    let (token, other) = t.user_of("Administrator").await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    let off = |token: &str, path: &str| t.request_as(token, Method::PUT, path).json(&json!({"enabled": false}));
    let (one, two) =
        tokio::join!(send(off(ADMIN_TOKEN, &format!("/1.0/users/{other}"))), send(off(&token, &path(&admin))));
    assert_eq!([&one, &two].iter().filter(|a| a.status == 200).count(), 1, "{} {}", one.text, two.text);
}

#[tokio::test]
async fn of_two_administrators_who_lock_each_other_out_one_stays() {
    let t = TestApp::start().await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    for (n, way) in [json!({"no_password": true}), json!({"bot": true}), json!({"enabled": false})].iter().enumerate() {
        let (other, token) = crate::support::world::user(&t, &format!("Boss{n}"), "Administrator").await;
        let out = |token: &str, path: &str| send(t.request_as(token, Method::PUT, path).json(way));
        let (one, two) = tokio::join!(out(ADMIN_TOKEN, &path(&other)), out(&token, &path(&admin)));
        let done = [&one, &two].iter().filter(|a| a.status == 200).count();
        assert_eq!(done, 1, "{way}: {} {}", one.text, two.text);
        let back = json!({"no_password": false, "bot": false, "enabled": true});
        if one.status == 200 {
            t.put(&path(&other), back).await.ok();
        } else {
            send(t.request_as(&token, Method::PUT, &path(&admin)).json(&back)).await.ok();
        }
        t.delete(&path(&other)).await.ok();
    }
}

#[tokio::test]
async fn who_cannot_sign_in_is_no_administrator() {
    let t = TestApp::start().await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    let mut second = with(alicia(&t).await, "role_id", admin["role_id"].clone());
    second["no_password"] = json!(true);
    second["email"] = json!("second@shop.test");
    t.post("/1.0/users", second).await.ok();
    let invited = with(alicia(&t).await, "role_id", admin["role_id"].clone());
    t.post("/1.0/users/invite", invited).await.ok();
    assert_eq!(t.put(&path(&admin), json!({"enabled": false})).await.error(422), "last_administrator");
    assert_eq!(t.delete(&path(&admin)).await.error(422), "last_administrator");
}

#[tokio::test]
async fn leaders_reach_the_users_of_their_teams_alone() {
    let t = TestApp::start().await;
    let (token, leader) = t.user_of("Team leader").await;
    let (_, mine) = t.user_of("Agent").await;
    let (_, other) = t.user_of("Agent").await;
    let team = new_team(&t, "Mine", &[&leader], &[&mine]).await;
    let elsewhere = new_team(&t, "Elsewhere", &[], &[&mine, &other]).await;
    allow(&t, "Team leader", &["update_user", "create_user", "invite_user"]).await;
    let list = send(t.request_as(&token, Method::GET, "/1.0/users")).await.ok();
    assert_eq!(list["count"], 2);
    let put = async |id: &str, body: Value| ask(&t, &token, Method::PUT, &format!("/1.0/users/{id}"), body).await;
    put(&mine, json!({"nickname": "Ali"})).await.ok();
    put(&other, json!({"nickname": "Ali"})).await.error(404);
    let show = async |id: &str| send(t.request_as(&token, Method::GET, &format!("/1.0/users/{id}"))).await;
    assert_eq!((show(&mine).await.status.as_u16(), show(&leader).await.status.as_u16()), (200, 200));
    show(&other).await.error(404);
    let refused = put(&mine, json!({"team_ids": [team]})).await;
    assert_eq!((&refused.json["field"], refused.status.as_u16()), (&json!("team_ids"), 422));
    assert_eq!(put(&mine, json!({"team_ids": [elsewhere]})).await.ok()["team_ids"], json!([elsewhere]));
    put(&mine, json!({"nickname": ""})).await.error(404);

    let new = |teams: Value| async { with(alicia(&t).await, "team_ids", teams) };
    for (body, path) in [(new(json!([])).await, "/1.0/users/invite"), (new(json!([elsewhere])).await, "/1.0/users")] {
        let answer = ask(&t, &token, Method::POST, path, body).await;
        assert_eq!(answer.json["field"], "team_ids", "{}", answer.text);
    }
    let invited = ask(&t, &token, Method::POST, "/1.0/users/invite", new(json!([team])).await).await.ok();
    assert_eq!(invited["team_ids"], json!([team]));
    let permissions = |id: &str| format!("/1.0/users/{id}/sources_permissions");
    send(t.request_as(&token, Method::GET, &permissions(&other))).await.error(404);
    ask(&t, &token, Method::PUT, &permissions(&other), json!({})).await.error(404);
    send(t.request_as(&token, Method::DELETE, &format!("/1.0/users/{other}"))).await.error(404);
    send(t.request_as(&token, Method::DELETE, &path(&invited))).await.ok();
}

/// Gives a role more permissions.
pub async fn allow(t: &TestApp, label: &'static str, more: &'static [&'static str]) {
    use store::role::Role;
    let change = t.app.db.write(move |tx| {
        Box::pin(async move {
            let found = tx.find::<Role>("WHERE label = ?1", store::params![label.to_owned()]).await?;
            let mut role = found.expect("a role");
            role.permissions.extend(more.iter().map(|p| p.parse::<model::Permission>().expect("a permission")));
            tx.update(&role).await?;
            hubbub::domain::note_change(tx, None, "role", role.id.as_str(), hubbub::domain::Change::Updated);
            Ok::<_, store::Error>(())
        })
    });
    change.await.expect("a role");
}

#[tokio::test]
async fn nobody_gives_or_changes_more_than_they_may() {
    let t = TestApp::start().await;
    let (token, _) = t.user_of("Team leader").await;
    allow(&t, "Team leader", &["update_user", "create_user", "manage_teams"]).await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    let boss = with(alicia(&t).await, "role_id", admin["role_id"].clone());
    let forbidden = async |method, path: &str, body: Value| {
        assert_eq!(ask(&t, &token, method, path, body).await.error(403), "forbidden");
    };
    forbidden(Method::POST, "/1.0/users", boss).await;
    forbidden(Method::PUT, &path(&admin), json!({"password": "mine from now on"})).await;
    forbidden(Method::DELETE, &path(&admin), json!({})).await;
    let made = ask(&t, &token, Method::POST, "/1.0/users", alicia(&t).await).await.ok();
    forbidden(Method::PUT, &path(&made), json!({"role_id": admin["role_id"]})).await;
}

#[tokio::test]
async fn permissions_on_sources_are_the_roles_until_they_are_set() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let source = world.chat.id.to_string();
    let (token, agent) = t.user_of("Agent").await;
    let path = format!("/1.0/users/{agent}/sources_permissions");
    let by_role = t.get(&path).await.ok();
    assert_eq!(by_role[&source], json!(["read", "reply", "reply_with_html", "initiate_discussion"]));
    let set = send(t.request(Method::PUT, &format!("{path}?{source}=read,reply"))).await.ok();
    assert_eq!(set[&source], json!(["read", "reply"]));
    let list = t.put(&path, json!({&source: ["read", "approval_threshold_50"]})).await.ok();
    assert_eq!(list[&source], json!(["read", "approval_threshold_50"]));
    assert_eq!(send(t.request_as(&token, Method::GET, &path)).await.ok(), list);

    let both = json!({&source: "approval_required,approval_threshold_50"});
    for (body, field) in [
        (json!({&source: "read,fly"}), source.as_str()),
        (both, source.as_str()),
        (json!({"0123456789abcdef01234567": "read"}), "0123456789abcdef01234567"),
    ] {
        let answer = t.put(&path, body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(422);
    }
    assert_eq!(t.get(&path).await.ok(), list);
    assert_eq!(ask(&t, &token, Method::PUT, &path, json!({&source: "read"})).await.error(403), "forbidden");

    // What is as the role says follows the role.
    t.put(&path, by_role.clone()).await.ok();
    let role = t.get(&format!("/1.0/users/{agent}")).await.ok()["role_id"].clone();
    let role = format!("/1.0/roles/{}", role.as_str().expect("an id"));
    t.put(&role, json!({"source_permissions": ["read"]})).await.ok();
    assert_eq!(t.get(&path).await.ok()[&source], json!(["read"]));

    // Without "read" the source is not there for them.
    t.put(&path, json!({&source: ""})).await.ok();
    assert_eq!(send(t.request_as(&token, Method::GET, &path)).await.ok(), json!({}));
    t.get("/1.0/users/0123456789abcdef01234567/sources_permissions").await.error(404);
}

#[tokio::test]
async fn nobody_writes_as_a_customer() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, _) = world::user(&t, "Nora", "Agent").await;
    let path = path(&nora);
    // Who has written, who only looked at the site, and to whom the company wrote first.
    let ann = shop.say(&t, "ann", None, "Hello").await.author.id.to_string();
    Visitor::new(&t, &shop.chat).await;
    let imported = async |who: &str| {
        let body = json!({"community_id": shop.chat.community_id, "identifier": who});
        id(&t.post("/1.0/identities/import", body).await.json).to_owned()
    };
    let eve = imported("eve").await;
    t.post("/1.0/contents", json!({"source_id": shop.chat.id, "to": eve, "body": "News"})).await.ok();
    let all = t.get("/1.0/identities").await.ok();
    let all = all["records"].as_array().expect("identities").iter().filter(|i| i["controlled"] == false);
    let customers: Vec<&str> = all.map(id).collect();
    assert_eq!(customers.len(), 3);
    assert!(customers.contains(&ann.as_str()) && customers.contains(&eve.as_str()));
    let own = imported("nora@shop").await;
    for customer in customers {
        let refused = t.put(&path, json!({"identity_ids": [own, customer]})).await;
        assert_eq!(
            (&refused.json["field"], refused.status.as_u16()),
            (&json!("identity_ids"), 422),
            "{}",
            refused.text
        );
        let body = json!({"firstname": "X", "lastname": "Y", "email": "x@shop.test", "role_id": nora["role_id"],
                          "password": "a long passphrase", "identity_ids": [customer]});
        assert_eq!(t.post("/1.0/users", body).await.json["field"], "identity_ids");
    }
    assert_eq!(t.get(&path).await.ok()["identity_ids"], json!([]));
    // One that is nobody's yet may be theirs, and stays so.
    assert_eq!(t.put(&path, json!({"identity_ids": [own]})).await.ok()["identity_ids"], json!([own]));
    shop.say(&t, "uuid:nora@shop", None, "I work here").await;
    t.put(&path, json!({"identity_ids": [own], "nickname": "No"})).await.ok();
}
