use reqwest::Method;
use serde_json::json;
use store::Error;

use crate::support::world::World;
use crate::support::{ADMIN, Browser, TestApp, send};

#[tokio::test]
async fn a_server_that_runs_is_up_and_ready() {
    let t = TestApp::start().await;
    let up = send(t.anonymous(Method::GET, "/healthz")).await;
    assert_eq!((up.status.as_u16(), up.text.as_str()), (200, "ok"));
    assert_eq!(send(t.anonymous(Method::GET, "/readyz")).await.ok(), json!({"ready": true}));
}

#[tokio::test]
async fn a_database_that_takes_no_writes_or_has_another_schema_is_not_ready_and_named() {
    for (sql, part) in [
        ("DROP TABLE settings", "database"),
        ("INSERT INTO schema_migrations (number) VALUES (9999)", "migrations"),
        ("INSERT INTO schema_migrations (number) VALUES (-1)", "migrations"),
        ("DELETE FROM schema_migrations WHERE number = 7", "migrations"),
    ] {
        let t = TestApp::start().await;
        let write = t.app.db.write(move |tx| Box::pin(async move { tx.batch(sql).await }));
        let outcome: Result<(), Error> = write.await;
        outcome.expect("a change");
        let answer = send(t.anonymous(Method::GET, "/readyz")).await;
        assert_eq!(answer.json["not_ready"], json!([part]));
        assert!(!answer.text.contains("settings"), "{}", answer.text);
        assert_eq!(answer.error(503), "not_ready");
        assert_eq!(send(t.anonymous(Method::GET, "/healthz")).await.status, 200);
    }
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready() {
    let t = TestApp::start().await;
    t.app.stopping.cancel();
    let answer = send(t.anonymous(Method::GET, "/readyz")).await;
    assert_eq!(answer.json["not_ready"], json!(["server"]));
    assert_eq!(answer.error(503), "not_ready");
}

#[tokio::test]
async fn figures_count_requests_by_route_and_tell_what_waits() {
    let t = TestApp::start().await;
    let tag = t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let id = tag["id"].as_str().expect("an id").to_owned();
    for _ in 0..2 {
        t.get(&format!("/1.0/tags/{id}?secret=word")).await.ok();
    }
    t.get("/1.0/nothing/here").await.error(404);
    let page = send(t.anonymous(Method::GET, "/metrics")).await;
    assert_eq!(page.status, 200);
    let page = page.text;
    for line in [
        r#"hubbub_http_requests_total{route="/1.0/tags/{id}",method="GET",code="200"} 2"#,
        r#"hubbub_http_requests_total{route="/1.0/tags",method="POST",code="200"} 1"#,
        r#"hubbub_http_requests_total{route="other",method="GET",code="404"} 1"#,
        r#"hubbub_http_request_duration_seconds_count{route="/1.0/tags/{id}"} 2"#,
        r#"hubbub_http_request_duration_seconds_bucket{route="/1.0/tags/{id}",le="+Inf"} 2"#,
        "hubbub_webhook_queue_age_seconds 0",
        r#"hubbub_webhook_deliveries{state="pending"} 0"#,
        "hubbub_export_queue_age_seconds 0",
        r#"hubbub_sockets{kind="agent"} 0"#,
        r#"hubbub_sockets{kind="visitor"} 0"#,
        "hubbub_slow_writes_total 0",
    ] {
        assert!(page.lines().any(|l| l == line), "{line} is not in\n{page}");
    }
    let position = page.lines().find_map(|l| l.strip_prefix("hubbub_journal_position ")).expect("a position");
    assert_eq!(position.parse::<i64>().expect("a number"), *t.app.db.positions().borrow());
    assert!(page.contains(r#"hubbub_follower_lag{follower="sockets"}"#), "{page}");
    assert!(!page.contains(&id) && !page.contains("word"), "{page}");
}

#[tokio::test]
async fn what_the_api_does_not_have_is_refused_in_its_own_form() {
    let t = TestApp::start().await;
    for path in ["/1.0/unknown", "/1.0/tags/1/2/3", "/console/unknown", "/chat/a/unknown", "/realtime/unknown"] {
        assert_eq!(send(t.anonymous(Method::GET, path)).await.error(404), "not_found");
    }
    assert_eq!(t.post("/nowhere", json!({})).await.error(404), "not_found");
    let refused = t.request(Method::PATCH, "/1.0/tags").send().await.expect("an answer");
    assert_eq!(refused.headers()["allow"], "GET,HEAD,POST");
    assert_eq!(t.delete("/1.0/tags").await.error(405), "method_not_allowed");
    assert_eq!(send(t.anonymous(Method::DELETE, "/1.0/tags")).await.error(405), "method_not_allowed");
}

#[tokio::test]
async fn a_page_of_any_site_may_hold_the_chat() {
    let t = TestApp::start().await;
    let from_elsewhere = |method, path| t.anonymous(method, path).header("origin", "https://shop.test");
    for path in ["/chat/abc/session", "/chat/abc/messages", "/chat/abc/threads"] {
        let asked = from_elsewhere(Method::OPTIONS, path)
            .header("access-control-request-method", "POST")
            // A page's monitoring adds headers of its own to every request.
            .header("access-control-request-headers", "authorization,content-type,traceparent");
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["access-control-allow-headers"], "authorization,content-type,traceparent");
    }
    for script in ["/chat/abc/loader.js", "/chat/abc/manager.js", "/chat/abc/catalog.js", "/chat/abc/chat.js"] {
        let answer = from_elsewhere(Method::GET, script).send().await.expect("an answer");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin", "{script}");
    }
    let refused = from_elsewhere(Method::GET, "/chat/abc/config").send().await.expect("an answer");
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
    assert_eq!(send(from_elsewhere(Method::DELETE, "/chat/abc/config")).await.error(405), "method_not_allowed");
    let private = from_elsewhere(Method::OPTIONS, "/1.0/tags").send().await.expect("an answer");
    assert!(!private.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn every_answer_carries_an_id_and_pages_carry_what_guards_them() {
    let t = TestApp::start().await;
    let ask = |id: &'static str| t.anonymous(Method::GET, "/docs/api").header("x-request-id", id).send();
    let page = ask("abc-123").await.expect("an answer");
    assert_eq!(page.headers()["x-request-id"], "abc-123");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert!(page.headers().contains_key("content-security-policy"));
    assert!(page.headers().contains_key("referrer-policy"));
    let made = ask("not plain!").await.expect("an answer").headers()["x-request-id"].clone();
    assert_eq!(made.len(), 16);
    let refused = t.anonymous(Method::GET, "/1.0/tags").send().await.expect("an answer");
    assert!(refused.headers().contains_key("x-request-id"));
}

#[tokio::test]
async fn figures_ask_for_a_token_where_there_is_one() {
    let t = TestApp::start_with(|config| config.metrics_token = Some("a token for figures".into())).await;
    assert_eq!(send(t.anonymous(Method::GET, "/metrics")).await.error(401), "unauthorized");
    assert_eq!(t.get("/metrics").await.error(401), "unauthorized");
    let page = send(t.request_as("a token for figures", Method::GET, "/metrics")).await;
    assert!(page.text.contains("hubbub_info"), "{}", page.text);
    assert_eq!(send(t.anonymous(Method::GET, "/readyz")).await.status, 200);
}

#[tokio::test]
async fn the_shops_page_is_there_in_a_demo_alone() {
    let t = TestApp::start().await;
    World::new(&t).await;
    assert_eq!(send(t.anonymous(Method::GET, "/demo")).await.error(404), "not_found");
    let mark = t.app.db.write(|tx| Box::pin(async move { store::setting::set(tx, hubbub::demo::MARK, "true").await }));
    let mark: Result<(), Error> = mark.await;
    mark.expect("marked");
    assert_eq!(send(t.anonymous(Method::GET, "/demo")).await.status, 200);
}

#[tokio::test]
async fn what_is_said_to_one_caller_is_kept_by_nobody() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let config = format!("/chat/{}/config", shop.chat.token);
    for path in ["/1.0/tags", "/1.0/nothing", "/console/folders", "/console/session", "/attachments/1/2"] {
        let answer = t.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
    // The same for everybody.
    for path in ["/openapi.json", "/chat/any/loader.js", &config] {
        let answer = t.anonymous(Method::GET, path).send().await.expect("an answer");
        assert_eq!(answer.headers()["cache-control"], "no-cache", "{path}");
    }
}

/// Asks as a browser does, which takes gzip.
async fn packed(request: reqwest::RequestBuilder) -> (bool, Vec<u8>) {
    let answer = request.header("accept-encoding", "gzip, deflate, br").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let packed = answer.headers().get("content-encoding").is_some_and(|coding| coding == "gzip");
    (packed, answer.bytes().await.expect("a body").to_vec())
}

#[tokio::test]
async fn long_lists_travel_compressed_to_those_who_take_it() {
    let t = TestApp::start().await;
    let zones = || t.request(Method::GET, "/1.0/timezones");
    let plain = zones().send().await.expect("an answer");
    assert!(plain.headers().get("content-encoding").is_none(), "nobody asked for it");
    let plain = plain.bytes().await.expect("a body");
    let (is_packed, body) = packed(zones()).await;
    assert!(is_packed);
    assert_eq!(body[..2], [0x1f, 0x8b], "the mark of gzip");
    assert!(body.len() * 3 < plain.len(), "{} of {} bytes", body.len(), plain.len());

    let (is_packed, _) = packed(t.request(Method::GET, "/1.0/tags")).await;
    assert!(!is_packed, "a short answer gains nothing");
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let (is_packed, _) = packed(browser.request(&t, Method::GET, "/console/session")).await;
    assert!(!is_packed, "it holds a secret");
}
