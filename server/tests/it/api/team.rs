use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, id, send};

/// Makes a team.
pub async fn new_team(t: &TestApp, name: &str, leaders: &[&str], users: &[&str]) -> String {
    let team = json!({"name": name, "leader_ids": leaders, "user_ids": users});
    id(&t.post("/1.0/teams", team).await.ok()).to_owned()
}

#[tokio::test]
async fn teams_are_listed_oldest_first() {
    let t = TestApp::start().await;
    let (_, alicia) = t.user_of("Agent").await;
    let first = new_team(&t, "Support", &[], &[&alicia]).await;
    t.clock.advance(Duration::from_secs(1));
    new_team(&t, "Advice", &[&alicia], &[]).await;
    let list = t.get("/1.0/teams").await.ok();
    assert_eq!((&list["count"], &list["records"][0]["name"]), (&2.into(), &"Support".into()));
    let team = t.get(&format!("/1.0/teams/{first}")).await.ok();
    insta::assert_json_snapshot!(team, {".id" => "[id]", ".user_ids[]" => "[id]"}, @r#"
    {
      "created_at": "2026-03-02T09:00:00Z",
      "id": "[id]",
      "leader_ids": [],
      "name": "Support",
      "updated_at": "2026-03-02T09:00:00Z",
      "user_ids": [
        "[id]"
      ]
    }
    "#);
    assert_eq!(t.get("/1.0/teams/0123456789abcdef01234567").await.error(404), "not_found");
}

#[tokio::test]
async fn teams_are_made_changed_and_removed_with_effect_on_their_users() {
    let t = TestApp::start().await;
    let (_, nora) = t.user_of("Agent").await;
    let (_, omar) = t.user_of("Agent").await;
    let teams_of = async |user: &str| t.get(&format!("/1.0/users/{user}")).await.ok()["team_ids"].clone();
    let query = format!("/1.0/teams?name=Support&user_ids[]={nora}&user_ids[]={nora}&leader_ids[]={omar}");
    let team = send(t.request(Method::POST, &query)).await.ok();
    assert_eq!((&team["user_ids"], &team["leader_ids"]), (&json!([nora]), &json!([omar])));
    let path = format!("/1.0/teams/{}", id(&team));
    // Leading a team is not being in it.
    assert_eq!((teams_of(&nora).await, teams_of(&omar).await), (json!([team["id"]]), json!([])));
    t.clock.advance(Duration::from_secs(1));
    let changed = t.put(&path, json!({"name": "Help", "user_ids": [nora, omar]})).await.ok();
    assert_eq!((&changed["name"], &changed["leader_ids"]), (&json!("Help"), &json!([omar])));
    assert_eq!(changed["updated_at"], "2026-03-02T09:00:01Z");
    assert_eq!(teams_of(&omar).await, json!([team["id"]]));
    assert_eq!(t.put(&path, json!({"leader_ids": []})).await.ok()["leader_ids"], json!([]));
    assert_eq!(t.delete(&path).await.ok()["name"], "Help");
    assert_eq!((teams_of(&nora).await, teams_of(&omar).await), (json!([]), json!([])));
    t.get(&path).await.error(404);
    t.put(&path, json!({})).await.error(404);
    t.delete(&path).await.error(404);
}

#[tokio::test]
async fn what_a_team_cannot_be_is_refused_by_field() {
    let t = TestApp::start().await;
    let support = new_team(&t, "Support", &[], &[]).await;
    new_team(&t, "Advice", &[], &[]).await;
    let (_, gone) = t.user_of("Agent").await;
    t.delete(&format!("/1.0/users/{gone}")).await.ok();
    for (field, body, status) in [
        ("name", json!({}), 422),
        ("name", json!({"name": ""}), 422),
        ("name", json!({"name": "Support"}), 422),
        ("user_ids", json!({"name": "x", "user_ids": ["x"]}), 400),
        ("user_ids", json!({"name": "x", "user_ids": [gone]}), 422),
        ("leader_ids", json!({"name": "x", "leader_ids": ["0123456789abcdef01234567"]}), 422),
    ] {
        let answer = t.post("/1.0/teams", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    let path = format!("/1.0/teams/{support}");
    for (field, body) in [("name", json!({"name": "Advice"})), ("user_ids", json!({"user_ids": [gone]}))] {
        let answer = t.put(&path, body).await;
        assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!(field), 422), "{}", answer.text);
    }
    assert_eq!(t.get("/1.0/teams").await.ok()["count"], 2);
}

#[tokio::test]
async fn a_user_who_goes_while_a_team_is_made_is_not_in_it() {
    let t = TestApp::start().await;
    for round in 0..5 {
        let (_, user) = t.user_of("Agent").await;
        let path = format!("/1.0/users/{user}");
        let team = json!({"name": format!("Team {round}"), "user_ids": [user]});
        let (made, gone) = tokio::join!(t.post("/1.0/teams", team), t.delete(&path));
        gone.ok();
        if made.status == 200 {
            let team = t.get(&format!("/1.0/teams/{}", id(&made.json))).await.ok();
            assert_eq!(team["user_ids"], json!([]));
        } else {
            assert_eq!(made.json["field"], "user_ids", "{}", made.text);
        }
    }
}

#[tokio::test]
async fn teams_are_read_by_everybody_and_changed_by_who_may_manage_them() {
    let t = TestApp::start().await;
    let team = new_team(&t, "Support", &[], &[]).await;
    let (token, leader) = t.user_of("Team leader").await;
    let path = format!("/1.0/teams/{team}");
    t.put(&path, json!({"leader_ids": [leader]})).await.ok();
    let ask =
        async |method: Method, path: &str, body: Value| send(t.request_as(&token, method, path).json(&body)).await;
    assert_eq!(ask(Method::GET, &path, json!({})).await.ok()["name"], "Support");
    for (method, path) in [(Method::POST, "/1.0/teams"), (Method::PUT, &path), (Method::DELETE, &path)] {
        assert_eq!(ask(method, path, json!({"name": "x"})).await.error(403), "forbidden");
    }
}
