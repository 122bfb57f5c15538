//! What the console is told where something that is usual is missing. That answers are as the document says is looked
//! at with every answer.

use serde_json::{Value, json};

use crate::support::sdk::ThirdParty;
use crate::support::socket::Socket;
use crate::support::{ADMIN_TOKEN, TestApp};

#[tokio::test]
async fn a_thread_without_a_customer_has_no_identity_anywhere() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let (mut socket, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    t.post("/1.0/contents", json!({"source_id": blog.id(), "title": "News", "body": "We have moved"})).await.ok();
    let row = socket.next_of("event").await["thread"].clone();
    assert_eq!(row["identity"], Value::Null);
    let rows = t.get("/console/threads?folder=all").await.ok();
    assert_eq!((&rows["count"], &rows["records"][0]["identity"]), (&json!(1), &Value::Null));
    let thread = t.get(&format!("/console/threads/{}", row["id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&thread["identity"], &thread["thread"]["identity"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&thread["identity_group"], &thread["page"], &thread["last_bot_id"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(thread["contents"][0]["body"], "We have moved");
}
