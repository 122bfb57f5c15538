use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{TestApp, send};

#[tokio::test]
async fn a_content_takes_a_score_of_another_analysis() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "mia", None, "I am furious").await;
    let path = format!("/1.0/contents/{}/update_custom_score", said.content.id);
    assert_eq!(t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok()["custom_score"], Value::Null);
    let scored = send(t.request(Method::PUT, &format!("{path}?custom_score=-55.5"))).await.ok();
    assert_eq!(scored["custom_score"], -55.5);
    assert_eq!(t.put(&path, json!({"custom_score": 12})).await.ok()["custom_score"], 12.0);
    for value in [json!(null), json!("angry"), json!("NaN"), json!("inf"), json!(101), json!([1])] {
        let answer = t.put(&path, json!({"custom_score": value})).await;
        assert_eq!(answer.error(400), "invalid_parameter", "{value}");
    }
    assert_eq!(t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok()["custom_score"], 12.0);
    let nothing = "/1.0/contents/111111111111111111111111/update_custom_score?custom_score=1";
    assert_eq!(send(t.request(Method::PUT, nothing)).await.error(404), "not_found");
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[SourcePermission::Reply]).await;
    let unseen = t.request_as(&token, Method::PUT, &path).json(&json!({"custom_score": 1}));
    assert_eq!(send(unseen).await.error(404), "not_found");
    t.put("/1.0/settings", json!({"custom_sentiment_analysis": false})).await.ok();
    let refused = t.put(&path, json!({"custom_score": 1})).await;
    assert_eq!(refused.error(403), "custom_sentiment_analysis_disabled");
}
