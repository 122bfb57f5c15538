//! Who changed what of the administration.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::user;
use crate::support::{TestApp, id, send};

#[tokio::test]
async fn changes_tell_who_did_what_by_name_and_as_a_file() {
    let t = TestApp::start().await;
    let begun = t.clock.now();
    t.clock.advance(Duration::from_secs(60));
    let (nora, token) = user(&t, "Nora", "Administrator").await;
    let tag = send(t.request_as(&token, Method::POST, "/1.0/tags").json(&json!({"name": "=Late"}))).await.ok();
    t.clock.advance(Duration::from_secs(3600));
    let noon = t.clock.now();
    t.clock.advance(Duration::from_secs(1));
    let path = format!("/1.0/tags/{}", id(&tag));
    send(t.request_as(&token, Method::PUT, &path).json(&json!({"name": "=Later, much"}))).await.ok();
    let team = send(t.request_as(&token, Method::POST, "/1.0/teams").json(&json!({"name": "Night"}))).await.ok();
    send(t.request_as(&token, Method::DELETE, &format!("/1.0/teams/{}", id(&team)))).await.ok();

    let by_nora = [("user_ids[]", id(&nora).to_owned())];
    let list = async |more: &[(&str, String)]| {
        let found = send(t.request(Method::GET, "/console/changes").query(&by_nora).query(more)).await.ok();
        let records = found["records"].as_array().expect("a list").clone();
        assert_eq!(found["count"], records.len());
        let one = |one: &Value| json!([one["kind"], one["change"], one["name"], one["user_name"]]);
        records.iter().map(one).collect::<Vec<_>>()
    };
    let nora = "Nora Test";
    let all = [
        json!(["team", "deleted", null, nora]),
        json!(["team", "created", null, nora]),
        json!(["tag", "updated", "=Later, much", nora]),
        json!(["tag", "created", "=Later, much", nora]),
    ];
    assert_eq!(list(&[]).await, all);
    assert_eq!(list(&[("kinds[]", "tag".into())]).await, all[2..]);
    assert_eq!(list(&[("after", noon.to_string())]).await, all[..3]);
    assert_eq!(list(&[("before", noon.to_string())]).await, all[3..]);
    assert_eq!(list(&[("before", begun.to_string())]).await, Vec::<Value>::new());

    let file = send(t.request(Method::GET, "/console/changes.csv").query(&by_nora)).await.text;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!((lines.len(), lines[0]), (5, "at,user_id,user_name,kind,resource_id,name,change"));
    // No spreadsheet takes a name for a formula.
    assert!(lines[3].contains(",Nora Test,tag,") && lines[3].ends_with(",\"'=Later, much\",updated"), "{file}");

    let (_, agent) = user(&t, "Omar", "Agent").await;
    for path in ["/console/changes", "/console/changes.csv"] {
        assert_eq!(send(t.request_as(&agent, Method::GET, path)).await.error(403), "forbidden");
    }
    for (name, value) in [("user_ids[]", "x"), ("after", "yesterday")] {
        send(t.request(Method::GET, "/console/changes").query(&[(name, value)])).await.error(400);
    }
}
