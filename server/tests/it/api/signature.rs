use reqwest::Method;
use serde_json::{Value, json};

use super::team::new_team;
use crate::support::world::{World, user};
use crate::support::{TestApp, assert_fields, id, send};

#[tokio::test]
async fn signatures_are_made_listed_changed_and_removed() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let path = format!("/1.0/users/{}/signatures", id(&nora));
    let plain = t.post(&path, json!({"body": "Nora"})).await.ok();
    assert_fields(&plain, "body id language name source_ids");
    let full = json!({"body": "Best,\nNora", "name": "Formal", "language": "en", "source_ids": [shop.chat.id]});
    let full = t.post(&path, full).await.ok();
    assert_eq!(full["source_ids"], json!([shop.chat.id]));
    assert_eq!(t.get(&path).await.ids(), (vec![id(&full).into(), id(&plain).into()], 2));
    let one = format!("{path}/{}", id(&full));
    let changed = t.put(&one, json!({"body": "Yours", "name": "", "source_ids": []})).await.ok();
    assert_eq!(
        (&changed["body"], &changed["name"], &changed["language"]),
        (&json!("Yours"), &Value::Null, &json!("en"))
    );
    assert_eq!(t.get(&one).await.ok(), changed);
    // Everybody sees their own.
    assert_eq!(send(t.request_as(&token, Method::GET, &one)).await.ok(), changed);
    assert_eq!(t.delete(&one).await.ok(), changed);
    assert_eq!(t.get(&one).await.error(404), "not_found");
    // A signature is found under its own user alone.
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let wrong = format!("/1.0/users/{}/signatures/{}", id(&omar), id(&plain));
    assert_eq!(t.get(&wrong).await.error(404), "not_found");
    assert_eq!(t.delete(&wrong).await.error(404), "not_found");
    assert_eq!(t.get("/1.0/users/111111111111111111111111/signatures").await.error(404), "not_found");
    for (field, value, status) in [
        ("body", json!(" "), 422),
        ("body", json!("x".repeat(5001)), 422),
        ("language", json!("English"), 422),
        ("source_ids", json!(["111111111111111111111111"]), 422),
        ("name", json!("x".repeat(256)), 422),
    ] {
        let answer = t.put(&format!("{path}/{}", id(&plain)), json!({field: value})).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
    assert_eq!(t.post(&path, json!({})).await.error(422), "validation_failed");
}

#[tokio::test]
async fn a_leader_reaches_the_signatures_of_the_team_alone() {
    let t = TestApp::start().await;
    let (nora, agent) = user(&t, "Nora", "Agent").await;
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let (lena, leader) = user(&t, "Lena", "Administrator").await;
    new_team(&t, "Support", &[id(&lena)], &[id(&nora)]).await;
    let lena_id = id(&lena).to_owned();
    // Her role loses the permission that would let her lead any team.
    t.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE roles SET permissions = REPLACE(permissions, '\"manage_teams\",', '')";
                tx.execute(sql, Vec::new()).await?;
                hubbub::domain::note_change(tx, None, "role", &lena_id, hubbub::domain::Change::Updated);
                Ok::<_, hubbub::domain::Error>(())
            })
        })
        .await
        .expect("changed");
    let of = |who: &Value| format!("/1.0/users/{}/signatures", id(who));
    let body = json!({"body": "Yours"});
    let made = send(t.request_as(&leader, Method::POST, &of(&nora)).json(&body)).await.ok();
    send(t.request_as(&leader, Method::GET, &of(&nora))).await.ok();
    send(t.request_as(&leader, Method::PUT, &format!("{}/{}", of(&nora), id(&made))).json(&body)).await.ok();
    for (method, path) in [(Method::GET, of(&omar)), (Method::POST, of(&omar))] {
        let answer = send(t.request_as(&leader, method.clone(), &path).json(&body)).await;
        assert_eq!(answer.error(404), "not_found", "{method}");
    }
    // An agent changes none, not even the own ones.
    for (method, path) in [(Method::POST, of(&nora)), (Method::DELETE, format!("{}/{}", of(&nora), id(&made)))] {
        let answer = send(t.request_as(&agent, method.clone(), &path).json(&body)).await;
        assert_eq!(answer.error(403), "forbidden", "{method}");
    }
}
