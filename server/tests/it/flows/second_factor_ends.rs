//! A second factor that a role requires, that is lost, and where one is signed in.

use std::time::Duration;

use hubbub::http::CallerKind;
use hubbub::router::table;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use crate::api::team::new_team;
use crate::api::user::allow;
use crate::support::factor::{Phone, first_half, post, second_half};
use crate::support::smtp::Smtp;
use crate::support::socket::Socket;
use crate::support::world::user;
use crate::support::{ADMIN, Browser, TestApp, id, send};

const PASSWORD: &str = "a long passphrase";

/// Has the role of this label require a second factor, or no longer.
async fn require(t: &TestApp, label: &str, required: bool) {
    let roles = t.get("/1.0/roles").await.ok();
    let role = roles["records"].as_array().expect("roles").iter().find(|r| r["label"] == label).expect("a role");
    let changed = t.put(&format!("/1.0/roles/{}", id(role)), json!({"second_factor_required": required})).await.ok();
    assert_eq!(changed["second_factor_required"], required);
}

async fn console_socket(t: &TestApp, browser: &Browser) -> Socket {
    let mut socket = Socket::open(t, "/console/socket", &[("cookie", &browser.cookie)]).await.expect("a socket");
    socket.send(json!({"type": "hello", "position": null})).await;
    assert_eq!(socket.next().await["type"], "welcome");
    socket
}

#[tokio::test]
async fn where_a_role_requires_it_setting_it_up_stands_before_everything_else() {
    let t = TestApp::start().await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let before = Browser::sign_in(&t, "nora@shop.test", PASSWORD).await;
    let mut socket = console_socket(&t, &before).await;
    require(&t, "Agent", true).await;
    socket.end().await;
    assert_eq!(before.json["awaits_second_factor"], false);
    let nora = Browser::sign_in(&t, "nora@shop.test", PASSWORD).await;
    assert_eq!(nora.json["awaits_second_factor"], true);

    let mut open = Vec::new();
    for route in table().into_iter().filter(|route| route.need.caller == CallerKind::User) {
        let parts =
            route.path.split('/').map(|part| if part.starts_with('{') { "111111111111111111111111" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        if route.need.set_up {
            open.push(format!("{} {}", route.method, route.path));
            continue;
        }
        for browser in [&before, &nora] {
            let answer = send(browser.write(&t, route.method.clone(), &path)).await;
            assert_eq!(answer.error(403), "second_factor_required", "{} {path}", route.method);
        }
    }
    open.sort();
    assert_eq!(
        open,
        [
            "DELETE /console/session",
            "GET /console/second_factor",
            "GET /console/session",
            "POST /console/second_factor",
            "POST /console/second_factor/code",
            "POST /console/second_factor/on",
        ]
    );
    let refused = Socket::open(&t, "/console/socket", &[("cookie", &nora.cookie)]).await.map(|_| ());
    assert_eq!(refused.expect_err("refused"), 403);
    // Programs have nothing to do with it.
    send(t.request_as(&token, Method::GET, "/1.0/users/me")).await.ok();

    let phone = Phone::set_up(&t, &nora, PASSWORD).await;
    let session = send(nora.request(&t, Method::GET, "/console/session")).await.ok();
    assert_eq!(session["awaits_second_factor"], false);
    console_socket(&t, &nora).await;
    let off = post(&t, &nora, "second_factor/off", json!({"password": PASSWORD})).await;
    assert_eq!(off.error(422), "second_factor_kept");
    // Another one in its place is no way around it, and none is left out in between.
    post(&t, &nora, "second_factor", json!({"password": PASSWORD})).await.ok();
    send(nora.request(&t, Method::GET, "/1.0/tags")).await.ok();
    t.clock.advance(Duration::from_secs(30));
    let token = first_half(&t, "nora@shop.test", PASSWORD).await;
    let entered = Browser::of(second_half(&t, &token, ("code", &phone.code(&t, 0)))).await;
    assert_eq!(entered.json["awaits_second_factor"], false);
    require(&t, "Agent", false).await;
    post(&t, &nora, "second_factor/off", json!({"password": PASSWORD})).await.ok();
    Browser::sign_in(&t, "nora@shop.test", PASSWORD).await;
}

#[tokio::test]
async fn a_lost_password_does_not_get_around_the_second_factor() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let phone = Phone::set_up(&t, &browser, ADMIN.1).await;
    let half = first_half(&t, ADMIN.0, ADMIN.1).await;
    let forgotten = t.anonymous(Method::POST, "/console/password/forgotten").json(&json!({"email": ADMIN.0}));
    assert_eq!(send(forgotten).await.status, 204);
    // The first one says that it was turned on.
    let (_, body) = smtp.wait(2).await[1].read();
    let token = body.lines().find_map(|line| line.split_once("/recovery#")).expect("a link").1.to_owned();
    let new = "a heron stands in the reeds";
    let chosen = json!({"token": token, "password": new});
    send(t.anonymous(Method::POST, "/console/password/recovered").json(&chosen)).await.ok();
    // What was begun by the old one is over, and the new one is a half as well.
    let over = send(second_half(&t, &half, ("recovery_code", &phone.codes[0]))).await;
    assert_eq!(over.error(401), "sign_in_over");
    let half = first_half(&t, ADMIN.0, new).await;
    assert_eq!(send(second_half(&t, &half, ("code", "000"))).await.error(401), "code_refused");
    Browser::of(second_half(&t, &half, ("recovery_code", &phone.codes[0]))).await;
}

#[tokio::test]
async fn who_turns_it_on_or_off_is_told_by_mail() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    Phone::set_up(&t, &browser, ADMIN.1).await;
    for (n, what) in [(1, "turned on."), (2, "turned off.")] {
        let (subject, body) = smtp.wait(n).await[n - 1].read();
        assert_eq!(subject, "Your two-factor sign-in at Hubbub");
        assert!(body.contains(what), "{body}");
        // It is off only once.
        let off = post(&t, &browser, "second_factor/off", json!({"password": ADMIN.1})).await;
        assert_eq!(off.status, 200, "{}", off.text);
    }
    assert_eq!(smtp.received().len(), 2);
}

/// How often the journal says that somebody's second factor changed.
async fn changes(t: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM journal WHERE resource_kind = 'second_factor'";
    t.app.db.read(|tx| Box::pin(async { tx.number(sql, Vec::new()).await })).await.expect("a number")
}

#[tokio::test]
async fn an_administrator_takes_a_lost_one_away_and_its_owner_is_told() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let (nora, _) = user(&t, "Nora", "Agent").await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"locale": "fr"})).await.ok();
    let browser = Browser::sign_in(&t, "nora@shop.test", PASSWORD).await;
    let path = format!("/1.0/users/{}/second_factor", id(&nora));
    assert_eq!(t.delete(&path).await.error(422), "second_factor_off");
    Phone::set_up(&t, &browser, PASSWORD).await;
    let mut socket = console_socket(&t, &browser).await;
    assert_eq!(t.delete(&path).await.status, 204);
    socket.end().await;
    let mails = smtp.wait(2).await;
    let said = [0, 1].map(|n| mails[n].read());
    assert!(said.iter().all(|(subject, _)| subject == "Votre double authentification sur Hubbub"), "{said:?}");
    assert!(said[0].1.contains("Bonjour Nora") && said[0].1.contains("vient d'être activée"), "{said:?}");
    assert!(said[1].1.contains("Admin Hubbub a réinitialisé"), "{said:?}");
    assert_eq!(send(browser.request(&t, Method::GET, "/console/session")).await.error(401), "session_ended");
    Browser::sign_in(&t, "nora@shop.test", PASSWORD).await;
    // Turned on, and taken away.
    assert_eq!(changes(&t).await, 2);
    let told = send(t.request(Method::GET, "/console/changes").query(&[("kinds[]", "second_factor")])).await.ok();
    let whose: Vec<&Value> = told["records"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
    assert_eq!(whose, ["Nora Test", "Nora Test"]);
}

#[tokio::test]
async fn nobody_takes_away_the_second_factor_of_who_may_do_more() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    Phone::set_up(&t, &browser, ADMIN.1).await;
    let (agent, agents_token) = user(&t, "Nora", "Agent").await;
    let (member, _) = user(&t, "Omar", "Agent").await;
    let (leader, token) = user(&t, "Lea", "Team leader").await;
    allow(&t, "Team leader", &["update_user"]).await;
    new_team(&t, "Support", &[id(&leader)], &[id(&member)]).await;
    let admin = t.get(&format!("/1.0/users?email={}", ADMIN.0)).await.ok()["records"][0].clone();
    for who in [&agent, &member] {
        let email = who["email"].as_str().expect("an address");
        Phone::set_up(&t, &Browser::sign_in(&t, email, PASSWORD).await, PASSWORD).await;
    }
    let reset = async |token: &str, who: &Value| {
        send(t.request_as(token, Method::DELETE, &format!("/1.0/users/{}/second_factor", id(who)))).await
    };
    assert_eq!(reset(&agents_token, &member).await.error(403), "forbidden");
    assert_eq!(reset(&token, &admin).await.error(404), "not_found");
    assert_eq!(reset(&token, &agent).await.error(404), "not_found");
    assert_eq!(reset(&token, &member).await.status, 204);
    allow(&t, "Team leader", &["manage_teams"]).await;
    assert_eq!(reset(&token, &admin).await.error(403), "forbidden");
    assert_eq!(reset(&token, &agent).await.status, 204);
    first_half(&t, ADMIN.0, ADMIN.1).await;
}

#[tokio::test]
async fn the_shell_takes_one_away_too() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let reset = || hubbub::commands::reset_second_factor(&t.app.db, " Admin@Hubbub.test ");
    assert!(reset().await.is_err());
    Phone::set_up(&t, &browser, ADMIN.1).await;
    reset().await.expect("taken away");
    assert_eq!(send(browser.request(&t, Method::GET, "/console/session")).await.error(401), "session_ended");
    Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
}

async fn sessions(t: &TestApp, browser: &Browser) -> Vec<Value> {
    let listed = send(browser.request(t, Method::GET, "/console/sessions")).await.ok();
    listed["sessions"].as_array().expect("sessions").clone()
}

#[tokio::test]
async fn somebody_sees_where_they_are_signed_in_and_ends_it() {
    let t = TestApp::start_with(|c| c.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let enter = |told: &str, network: &str| {
        let body = json!({"email": "nora@shop.test", "password": PASSWORD});
        let request = t.anonymous(Method::POST, "/console/session").header(USER_AGENT, told);
        Browser::of(request.header("x-forwarded-for", network).json(&body))
    };
    let here = enter(firefox, "192.0.2.1").await;
    t.clock.advance(Duration::from_secs(60));
    let there = enter("curl/8", "2001:db8::7").await;
    let third = enter("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) Version/18.5 Safari/604.1", "192.0.2.9").await;
    let other = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;

    let found = sessions(&t, &here).await;
    let shown = |one: &Value| ["browser", "system", "network", "current"].map(|name| one[name].clone());
    assert_eq!(found.len(), 3);
    assert_eq!(shown(&found[2]), [json!("Firefox"), json!("Linux"), json!("192.0.2.1"), json!(true)]);
    let of = |network: &str| found.iter().find(|one| one["network"] == network).expect("a session");
    assert_eq!(shown(of("2001:db8:0:0::/64"))[..2], [Value::Null, Value::Null]);
    assert_eq!(shown(of("192.0.2.9")), [json!("Safari"), json!("iPhone"), json!("192.0.2.9"), json!(false)]);
    // Used later, and from elsewhere.
    t.clock.advance(Duration::from_secs(600));
    let used = there.request(&t, Method::GET, "/1.0/tags").header("x-forwarded-for", "192.0.2.77");
    send(used).await.ok();
    let latest = sessions(&t, &there).await[0].clone();
    assert_eq!((&latest["network"], &latest["used_at"]), (&json!("192.0.2.77"), &json!("2026-03-02T09:11:00Z")));
    assert_eq!(latest["current"], true);

    // Nobody ends another one's, and a program has none.
    let path = format!("/console/sessions/{}", id(&latest));
    assert_eq!(send(other.write(&t, Method::DELETE, &path)).await.error(404), "not_found");
    assert_eq!(send(t.request_as(&token, Method::DELETE, &path)).await.error(401), "unauthorized");
    assert_eq!(send(here.request(&t, Method::DELETE, &path)).await.error(403), "csrf");
    let mut socket = console_socket(&t, &there).await;
    assert_eq!(send(here.write(&t, Method::DELETE, &path)).await.status, 204);
    socket.end().await;
    assert_eq!(send(there.request(&t, Method::GET, "/console/session")).await.error(401), "session_ended");
    assert_eq!(send(here.write(&t, Method::DELETE, &path)).await.error(404), "not_found");

    let mut socket = console_socket(&t, &third).await;
    assert_eq!(send(here.write(&t, Method::DELETE, "/console/sessions")).await.status, 204);
    socket.end().await;
    assert_eq!(sessions(&t, &here).await.len(), 1);
    send(other.request(&t, Method::GET, "/console/session")).await.ok();
}
