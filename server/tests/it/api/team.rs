use std::time::Duration;

use model::{TeamId, UserId};
use store::Json;
use store::user::Team;

use crate::support::TestApp;

/// Makes a team; the API has no way to yet.
pub async fn new_team(t: &TestApp, name: &str, leaders: &[&str], users: &[&str]) -> String {
    let ids = |ids: &[&str]| Json(ids.iter().map(|id| UserId::parse(id).expect("an id")).collect());
    let now = t.clock.now();
    let (leader_ids, user_ids) = (ids(leaders), ids(users));
    let team = Team { id: TeamId::new(now), name: name.into(), leader_ids, user_ids, created_at: now, updated_at: now };
    let id = team.id.to_string();
    let insert = t.app.db.write(move |tx| Box::pin(async move { tx.insert(&team).await }));
    insert.await.expect("a team");
    id
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
