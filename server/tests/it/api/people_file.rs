//! People in from a file, and out into one.

use reqwest::Method;
use serde_json::{Value, json};

use super::identity_group::group_of;
use crate::support::world::{World, user};
use crate::support::{TestApp, send};

async fn community(t: &TestApp, kind: &str) -> Value {
    t.post("/1.0/communities", json!({"type": kind, "name": format!("Our {kind}")})).await.ok()["id"].clone()
}

fn outcomes(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().expect("rows").iter().map(|row| row["outcome"].as_str().expect("an outcome")).collect()
}

#[tokio::test]
async fn a_dry_run_says_what_an_import_does_and_one_bad_row_hinders_no_other() {
    let t = TestApp::start().await;
    World::new(&t).await;
    let community_id = community(&t, "email").await;
    let rows = json!([
        {"identifier": "Ann@shop.test", "firstname": "Ann", "mobile_phone": "+33 6 12 34 56 78"},
        {"identifier": "nobody", "firstname": "Bo"},
        {"identifier": "cy@shop.test", "gender": "none"},
        {"firstname": "Dee"},
        {"identifier": "eve@shop.test", "company": "Shop"},
    ]);
    let ask = async |dry: bool, rows: &Value| {
        let body = json!({"community_id": community_id, "rows": rows, "dry_run": dry});
        t.post("/console/people/import", body).await.ok()
    };
    let foreseen = ask(true, &rows).await;
    assert_eq!(outcomes(&foreseen), ["new", "refused", "refused", "refused", "new"]);
    let fields: Vec<&Value> = (1..4).map(|row| &foreseen["rows"][row]["refusal"]["field"]).collect();
    assert_eq!(fields, ["identifier", "gender", "identifier"]);
    let path = format!("/1.0/identities?community_id={}", community_id.as_str().unwrap());
    assert_eq!(t.get(&path).await.ok()["count"], 0, "nothing was done");
    assert_eq!(outcomes(&ask(false, &rows).await), ["new", "refused", "refused", "refused", "new"]);
    assert_eq!(t.get(&path).await.ok()["count"], 2);
    // The same again changes nothing; another name does, and what was before is told.
    let again = json!([{"identifier": "ann@shop.test", "firstname": "Anna"}, {"identifier": "eve@shop.test"}]);
    for dry in [true, false] {
        let told = ask(dry, &again).await;
        assert_eq!(
            (outcomes(&told), &told["rows"][0]["before"]["firstname"]),
            (vec!["changed", "same"], &json!("Ann"))
        );
    }
    assert_eq!(outcomes(&ask(false, &again).await), ["same", "same"]);
    let kept = json!({"community_id": community_id, "rows": [{"identifier": "ann@shop.test", "firstname": "A"}], "upsert": false});
    assert_eq!(outcomes(&t.post("/console/people/import", kept).await.ok()), ["same"]);
    let many: Vec<Value> = (0..201).map(|n| json!({"identifier": format!("{n}@shop.test")})).collect();
    let refused = t.post("/console/people/import", json!({"community_id": community_id, "rows": many})).await;
    assert_eq!(refused.json["field"], "rows");
    refused.error(400);
    let elsewhere = json!({"community_id": "0123456789abcdef01234567", "rows": [{"identifier": "a@b.test"}]});
    assert_eq!(outcomes(&t.post("/console/people/import", elsewhere).await.ok()), ["refused"]);
}

#[tokio::test]
async fn everybody_whom_one_sees_is_in_the_file_once() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let other = World::on(world.another_chat(&t, "Second").await);
    for n in 0..1100 {
        let author = store::identity::Identity {
            firstname: Some(format!("=N{n}")),
            ..store::identity::Identity::new(
                world.chat.community_id.clone(),
                "engage_messaging",
                format!("c{n}"),
                t.clock.now(),
            )
        };
        t.app.db.write(move |tx| Box::pin(async move { tx.insert(&author).await })).await.expect("written");
    }
    let ann = other.say(&t, "ann", None, "Hello").await.content.author_id;
    group_of(&t, ann.as_str(), json!({"firstname": "Ann", "notes": "Likes tea, \"green\""})).await;
    let file = t.get("/console/people.csv").await;
    let lines: Vec<&str> = file.text.split("\r\n").collect();
    assert_eq!((lines.len(), lines[1103 - 1]), (1103, ""));
    assert!(lines[0].starts_with("identifier,firstname,"), "{}", lines[0]);
    assert!(file.text.contains("c7,'=N7,"), "{}", lines[1]);
    assert!(file.text.contains("\"Likes tea, \"\"green\"\"\""), "{}", lines[1101]);
    let (nina, key) = user(&t, "Nina", "Agent").await;
    let get = async || send(t.request_as(&key, Method::GET, "/console/people.csv")).await;
    get().await.error(403);
    let path = format!("/1.0/roles/{}", nina["role_id"].as_str().expect("an id"));
    t.put(&path, json!({"export_identity": true})).await.ok();
    assert_eq!(get().await.text.matches("\r\n").count(), 1102);
    for world in [&world, &other] {
        world.permit(&t, &nina, &[]).await;
    }
    assert_eq!(get().await.text.matches("\r\n").count(), 1, "whoever reads on no source of theirs sees nobody");
}
