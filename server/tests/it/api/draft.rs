//! What agents are writing is kept for them alone, version by version.

use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

struct Desk {
    t: TestApp,
    nora: String,
    omar: String,
    thread: String,
    content: String,
    shop: World,
}

impl Desk {
    async fn new() -> Self {
        let t = TestApp::start().await;
        let shop = World::new(&t).await;
        let (_, nora) = user(&t, "Nora", "Agent").await;
        let (_, omar) = user(&t, "Omar", "Agent").await;
        let said = shop.say(&t, "ann", None, "Hello?").await;
        Self { thread: said.thread.id.to_string(), content: said.content.id.to_string(), t, nora, omar, shop }
    }

    async fn keep(&self, token: &str, version: Option<i64>, draft: Value) -> Answer {
        let path = format!("/console/threads/{}/draft", self.thread);
        let body = json!({"version": version, "draft": draft});
        send(self.t.request_as(token, Method::PUT, &path).json(&body)).await
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        send(self.t.request_as(token, Method::GET, path)).await.ok()
    }

    async fn draft(&self, token: &str) -> Value {
        self.get(token, &format!("/console/threads/{}", self.thread)).await["draft"].clone()
    }

    async fn found(&self, token: &str, q: &str) -> i64 {
        self.get(token, &format!("/1.0/content_threads?q={q}")).await["count"].as_i64().expect("a count")
    }
}

#[tokio::test]
async fn a_draft_is_kept_for_its_writer_alone() {
    let desk = Desk::new().await;
    let kept = desk.keep(&desk.nora, None, json!({"text": "Dear Ann", "epoch": 0})).await.ok();
    let version = kept["version"].as_i64().expect("a version");
    let draft = desk.draft(&desk.nora).await;
    assert_eq!((&draft["draft"]["text"], &draft["version"]), (&json!("Dear Ann"), &json!(version)));
    assert_eq!(desk.get(&desk.nora, "/console/drafts").await["drafts"], json!([draft]));
    assert_eq!((desk.found(&desk.nora, "draft:true").await, desk.found(&desk.nora, "draft:false").await), (1, 0));

    assert_eq!(desk.draft(&desk.omar).await, Value::Null);
    assert_eq!(desk.get(&desk.omar, "/console/drafts").await["drafts"], json!([]));
    assert_eq!(desk.found(&desk.omar, "draft:true").await, 0);
    // An administrator sees none either, and nothing was told to anybody.
    assert_eq!(desk.t.get(&format!("/console/threads/{}", desk.thread)).await.ok()["draft"], Value::Null);
    assert!(!desk.t.get("/1.0/events?limit=150").await.ok().to_string().contains("Dear Ann"));
}

#[tokio::test]
async fn two_windows_do_not_overwrite_each_other() {
    let desk = Desk::new().await;
    let first = desk.keep(&desk.nora, None, json!({"text": "One"})).await.ok()["version"].as_i64();
    // The other window has seen none, or an older one.
    assert_eq!(desk.keep(&desk.nora, None, json!({"text": "Two"})).await.error(409), "draft_changed");
    let second = desk.keep(&desk.nora, first, json!({"text": "One more"})).await.ok()["version"].as_i64();
    assert!(second > first);
    assert_eq!(desk.keep(&desk.nora, first, json!({"text": "Two"})).await.error(409), "draft_changed");
    assert_eq!(desk.draft(&desk.nora).await["draft"]["text"], "One more");
    // Nothing written removes it, for who has seen it; then it begins anew, under a version that never was.
    assert_eq!(desk.keep(&desk.nora, first, json!({"text": ""})).await.error(409), "draft_changed");
    assert_eq!(desk.keep(&desk.nora, second, json!({"text": " ", "note": ""})).await.ok()["version"], Value::Null);
    let third = desk.keep(&desk.nora, second, json!({"note": "For us"})).await.ok()["version"].as_i64();
    assert!(third > second);
    let long = "a".repeat(600 * 1024);
    let refused = desk.keep(&desk.nora, third, json!({"text": long})).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("draft")));
}

#[tokio::test]
async fn what_is_sent_goes_out_of_it_with_the_same_commit() {
    let desk = Desk::new().await;
    let body = json!({"content_id": desk.content});
    let case = send(desk.t.request_as(&desk.nora, Method::POST, "/1.0/interventions").json(&body)).await.ok();
    let version = desk.keep(&desk.nora, None, json!({"text": "Yes", "note": "For us"})).await.ok()["version"].clone();
    let reply = json!({"in_reply_to_id": desk.content, "body": "Yes", "draft_version": version});
    send(desk.t.request_as(&desk.nora, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    let left = desk.draft(&desk.nora).await;
    assert_eq!((&left["draft"], &left["version"]), (&json!({"note": "For us"}), &version));
    let note = json!({"intervention_id": id(&case), "body": "For us", "draft_version": version});
    send(desk.t.request_as(&desk.nora, Method::POST, "/1.0/intervention_comments").json(&note)).await.ok();
    assert_eq!(desk.draft(&desk.nora).await, Value::Null);
    // What another window has written since stays.
    let older = desk.keep(&desk.nora, None, json!({"text": "Again"})).await.ok()["version"].clone();
    desk.keep(&desk.nora, older.as_i64(), json!({"text": "And more"})).await.ok();
    let reply = json!({"in_reply_to_id": desk.content, "body": "Again", "draft_version": older});
    send(desk.t.request_as(&desk.nora, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    assert_eq!(desk.draft(&desk.nora).await["draft"]["text"], "And more");
}

#[tokio::test]
async fn it_goes_with_the_sight_of_its_source_and_with_time() {
    let desk = Desk::new().await;
    desk.keep(&desk.nora, None, json!({"text": "Dear Ann"})).await.ok();
    desk.shop.permit(&desk.t, &user_of(&desk, "Nora").await, &[]).await;
    assert_eq!(desk.get(&desk.nora, "/console/drafts").await["drafts"], json!([]));
    desk.keep(&desk.nora, None, json!({"text": "x"})).await.error(404);
    desk.t.clock.advance(Duration::from_secs(31 * 24 * 3600));
    desk.shop.permit(&desk.t, &user_of(&desk, "Nora").await, &[SourcePermission::Read]).await;
    let gone = desk.t.app.db.write(|tx| Box::pin(hubbub::domain::draft::forget_old(tx))).await;
    assert!(!gone.expect("a write"), "one at most");
    assert_eq!(desk.get(&desk.nora, "/console/drafts").await["drafts"], json!([]));
}

async fn user_of(desk: &Desk, name: &str) -> Value {
    let users = desk.t.get("/1.0/users?limit=100").await.ok();
    let all = users["records"].as_array().expect("users").clone();
    all.into_iter().find(|user| user["firstname"] == name).expect("a user")
}
