//! Mails of ours that servers refuse: they stay where somebody sees them, and who of several did not get one is named.

use reqwest::Method;
use serde_json::{Value, json};

use super::inbound::connected;
use super::outbound::{answer, asked, by, settled};
use crate::support::dovecot::Owner;
use crate::support::smtp::Smtp;
use crate::support::world::user;
use crate::support::{TestApp, id, send};

const REFUSED: &str = "550 5.1.1 nobody here";

async fn listed(t: &TestApp, folder: &str) -> Vec<Value> {
    let all = t.get(&format!("/console/threads?folder={folder}")).await.ok();
    all["records"].as_array().cloned().unwrap_or_default()
}

/// The ids of the threads of a folder.
async fn threads(t: &TestApp, folder: &str) -> Vec<Value> {
    listed(t, folder).await.into_iter().map(|row| row["id"].clone()).collect()
}

async fn begun(t: &TestApp, source: &Value, to: &[&str]) -> Value {
    let new = json!({"source_id": id(source), "title": "Your invoice", "to": to, "body": "See there."});
    t.post("/1.0/contents", new).await.ok()
}

#[tokio::test]
async fn a_new_mail_that_is_refused_lies_with_whoever_wrote_it() {
    let t = TestApp::start().await;
    let (owner, smtp) = (Owner::new().await, Smtp::open());
    let made = connected(&t, &owner, by(&smtp)).await;
    smtp.answer(&[("rcpt", REFUSED)]);
    let sent = settled(&t, &begun(&t, &made, &["ann@a.test"]).await).await;
    assert_eq!(sent["synchronization_status"], "error");
    let mine = listed(&t, "mine").await;
    assert_eq!(mine.len(), 1, "{mine:#?}");
    assert_eq!((&mine[0]["id"], &mine[0]["trouble"]), (&sent["thread_id"], &json!("failed")));
    assert!(threads(&t, "done").await.is_empty());
    // It is refused once more: it lies there once. Then it arrives, and there is nothing left to do.
    smtp.answer(&[("rcpt", REFUSED)]);
    let again = format!("/1.0/contents/{}/retry_export", id(&sent));
    t.put(&again, json!({})).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
    t.put(&again, json!({})).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    let thread = sent["thread_id"].as_str().expect("an id");
    assert_eq!(threads(&t, "mine").await, [json!(thread)]);
    t.post(&format!("/console/threads/{thread}/done"), json!({})).await.ok();
    assert_eq!((threads(&t, "mine").await.len(), threads(&t, "done").await), (0, vec![json!(thread)]));
    // What arrived at once was never anybody's to look at.
    let other = settled(&t, &begun(&t, &made, &["bo@b.test"]).await).await;
    assert_eq!(other["synchronization_status"], "success");
    assert!(threads(&t, "mine").await.is_empty());
}

#[tokio::test]
async fn a_refused_answer_brings_back_what_was_done_unless_the_source_says_otherwise() {
    for reopens in [true, false] {
        let t = TestApp::start().await;
        let (mut owner, smtp) = (Owner::new().await, Smtp::open());
        let mut more = by(&smtp);
        more["reopen_failed"] = json!(reopens);
        let (_, asked) = asked(&t, &mut owner, more).await;
        let case = t.post("/1.0/interventions", json!({"content_id": id(&asked)})).await.ok();
        smtp.answer(&[("rcpt", "451 4.3.0 later")]);
        let sent = answer(&t, &asked, json!({})).await;
        super::outbound::attempts(&t, &sent, 1).await;
        t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
        smtp.answer(&[("rcpt", REFUSED)]);
        t.clock.advance(std::time::Duration::from_secs(11));
        assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
        let folders = (threads(&t, "mine").await.len(), threads(&t, "done").await.len());
        assert_eq!(folders, if reopens { (1, 0) } else { (0, 1) }, "{reopens}");
    }
}

#[tokio::test]
async fn a_mail_that_only_some_get_is_partly_delivered() {
    let t = TestApp::start().await;
    let (owner, smtp) = (Owner::new().await, Smtp::open());
    let made = connected(&t, &owner, by(&smtp)).await;
    smtp.answer(&[("rcpt", "250 OK"), ("rcpt", REFUSED)]);
    let sent = settled(&t, &begun(&t, &made, &["ann@a.test", "bo@b.test"]).await).await;
    assert_eq!((&sent["synchronization_status"], &sent["mail"]["partly_delivered"]), (&json!("success"), &json!(true)));
    assert_eq!(sent["mail"]["deliveries"][1]["state"], "failed");
    let all = settled(&t, &begun(&t, &made, &["ann@a.test", "cy@c.test"]).await).await;
    assert_eq!(all["mail"]["partly_delivered"], false);
}

async fn lines(t: &TestApp, thread: &Value) -> Vec<Value> {
    let view = t.get(&format!("/console/threads/{}", thread.as_str().expect("an id"))).await.ok();
    view["lines"].as_array().expect("lines").clone()
}

#[tokio::test]
async fn an_answer_that_fails_again_brings_its_case_back_and_says_whose_it_was() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let (nora, key) = user(&t, "Nora", "Administrator").await;
    let case = t.post("/1.0/interventions", json!({"content_id": id(&asked)})).await.ok();
    smtp.answer(&[("rcpt", REFUSED)]);
    // Somebody else writes under it.
    let given = json!({"in_reply_to_id": asked["id"], "body": "By Nora."});
    let sent = send(t.request_as(&key, Method::POST, "/1.0/contents").json(&given)).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
    let path = format!("/1.0/interventions/{}", id(&case));
    for _ in 0..2 {
        t.put(&format!("{path}/close"), json!({})).await.ok();
        smtp.answer(&[("rcpt", REFUSED)]);
        t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
        assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
        assert_eq!(t.get(&path).await.ok()["status"], "Reopened");
        let last = lines(&t, &asked["thread_id"]).await.pop().expect("a line");
        assert_eq!((&last["deed"], &last["reason"], &last["by"]), (&json!("reopened"), &json!("failed"), &Value::Null));
        assert_eq!((&last["author"]["id"], &last["holder"]["id"]), (&nora["id"], &case["user_id"]));
    }
    // The customer has an answer to wait for from nobody: they have said nothing since.
    let thread = asked["thread_id"].as_str().expect("an id");
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["interventions_count"], 1);
    assert!(listed(&t, "mine").await[0]["waiting_since"].is_null());
}

#[tokio::test]
async fn a_case_of_a_message_that_did_not_arrive_is_not_its_customers() {
    let t = TestApp::start().await;
    let survey = json!({"name": "How was it", "link": "https://survey.example", "active": true});
    t.post("/1.0/surveys", survey).await.ok();
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (made, asked) = asked(&t, &mut owner, by(&smtp)).await;
    smtp.answer(&[("rcpt", REFUSED)]);
    let sent = settled(&t, &begun(&t, &made, &["ann@a.test"]).await).await;
    let first = lines(&t, &sent["thread_id"]).await.into_iter().find(|line| line["deed"] == "opened").expect("a line");
    assert_eq!((&first["reason"], &first["by"]), (&json!("failed"), &Value::Null));
    assert_eq!(first["author"]["id"], first["holder"]["id"]);
    let case = first["intervention_id"].as_str().expect("an id").to_owned();
    let path = format!("/1.0/interventions/{case}");
    // A comment keeps it, also once it is done.
    t.post("/1.0/intervention_comments", json!({"intervention_id": case, "body": "A wrong address."})).await.ok();
    let thread = sent["thread_id"].as_str().expect("an id");
    t.post(&format!("/console/threads/{thread}/done"), json!({})).await.ok();
    assert_eq!(t.get(&path).await.ok()["status"], "Closed");
    smtp.answer(&[("rcpt", REFUSED)]);
    t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "error");
    // The same one is back, and there is no second one.
    let now = t.get(&path).await.ok();
    assert_eq!((&now["status"], &now["thread_id"]), (&json!("Reopened"), &sent["thread_id"]));
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["interventions_count"], 1);
    // Once it has arrived there is nothing left to do, and nothing to ask about.
    t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    t.post(&format!("/console/threads/{thread}/done"), json!({})).await.ok();
    let now = t.get(&path).await.ok();
    assert_eq!((&now["status"], &now["first_user_reply_in"]), (&json!("Closed"), &Value::Null));
    assert_eq!(invitations(&t).await, 0);
    // Where the last word did not arrive, nobody is asked about that either.
    let other = t.post("/1.0/interventions", json!({"content_id": id(&asked)})).await.ok();
    smtp.answer(&[("rcpt", REFUSED)]);
    let failed = answer(&t, &asked, json!({})).await;
    assert_eq!(settled(&t, &failed).await["synchronization_status"], "error");
    t.put(&format!("/1.0/interventions/{}/close", id(&other)), json!({})).await.ok();
    assert_eq!(invitations(&t).await, 0);
    // Once it has arrived, somebody is.
    t.put(&format!("/1.0/contents/{}/retry_export", id(&failed)), json!({})).await.ok();
    assert_eq!(settled(&t, &failed).await["synchronization_status"], "success");
    t.post("/1.0/interventions", json!({"content_id": id(&asked)})).await.ok();
    t.put(&format!("/1.0/interventions/{}/close", id(&other)), json!({})).await.ok();
    assert_eq!(invitations(&t).await, 1);
}

async fn invitations(t: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM survey_invitations";
    let read = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await }));
    read.await.expect("a read")
}

#[tokio::test]
async fn each_recipient_of_a_mail_that_nobody_gets_has_the_servers_word_to_them() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    smtp.answer(&[("rcpt", "550 5.1.1 nobody here"), ("rcpt", "552 5.2.2 full"), ("rcpt", "550 5.7.1 not you")]);
    let sent = settled(&t, &answer(&t, &asked, json!({"reply_all": true})).await).await;
    assert_eq!(sent["synchronization_status"], "error");
    let told = |sent: &Value| {
        let all = sent["mail"]["deliveries"].as_array().expect("a list");
        json!(all.iter().map(|one| json!([one["state"], one["code"], one["reason"]])).collect::<Vec<_>>())
    };
    let expected = json!([
        ["failed", "5.1.1", "5.1.1 nobody here"],
        ["failed", "5.2.2", "5.2.2 full"],
        ["failed", "5.7.1", "5.7.1 not you"]
    ]);
    assert_eq!(told(&sent), expected);
    // It goes to all of them when it is sent again.
    t.put(&format!("/1.0/contents/{}/retry_export", id(&sent)), json!({})).await.ok();
    let sent = settled(&t, &sent).await;
    let gone = json!(["sent", null, null]);
    assert_eq!(told(&sent), json!([gone, gone, gone]));
}
