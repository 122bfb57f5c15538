//! Surveys: their bridge, the link that customers get, and what comes back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use model::InterventionId;
use reqwest::Method;
use serde_json::{Value, json};
use store::survey_invitation::{self, InvitationState, SurveyInvitation};

use super::team::new_team;
use crate::support::receiver::Receiver;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, answering, assert_fields, eventually, id, send};

/// The key of the bridge.
pub(crate) const SECRET: &str = "shared between us";

/// A bridge inside the test.
pub(crate) struct Bridge {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// The key that it shows.
    shows: Mutex<&'static str>,
    responses: Mutex<Value>,
    /// The paths that were asked for, with their queries, by who knew the key.
    asked: Mutex<Vec<String>>,
}

impl Bridge {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            shows: Mutex::new(SECRET),
            responses: Mutex::new(json!({"records": []})),
            asked: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        Self { url: answering(router), shared }
    }

    fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("a lock").clone()
    }
}

fn configuration() -> Value {
    json!({"id": "12345", "link": "https://survey.example/s?lang=en", "status": "Opened", "questions": [
        {"id": "main", "text": "Are you satisfied?", "main": true,
         "choices": [{"text": "Very", "value": "5"}, {"text": "So so", "value": "3"}, {"text": "No", "value": "1"}]},
        {"id": "why", "text": "Why?", "choices": []}]})
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    if headers.get("x-sdk-secret").is_some_and(|shown| shown == SECRET) {
        shared.asked.lock().expect("a lock").push(uri.to_string());
    }
    let body = if uri.path() == "/configuration" {
        configuration().to_string()
    } else {
        shared.responses.lock().expect("a lock").to_string()
    };
    let shows = *shared.shows.lock().expect("a lock");
    ([("x-sdk-secret", shows)], body).into_response()
}

fn record(key: &str, id: &str, value: &str) -> Value {
    json!({"id": id, "submitted_at": "2026-03-02T10:00:00.000Z", "mapping_key": key, "questions": [
        {"id": "main", "replies": [{"value": value}]}, {"id": "why", "replies": [{"value": "Quick"}]}]})
}

/// A survey of a bridge.
pub(crate) async fn made(t: &TestApp, bridge: &Bridge, more: Value) -> Value {
    let mut body = json!({"name": "Satisfaction", "bridge_url": bridge.url, "secret": SECRET});
    body.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
    t.post("/1.0/surveys", body).await.ok()
}

/// An intervention that an agent answered and closed; gives its id and its thread's.
async fn closed_case(t: &TestApp, shop: &World, who: &str) -> (String, String) {
    let said = shop.say(t, who, None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "Hi"})).await.ok();
    t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    (id(&case).to_owned(), said.thread.id.to_string())
}

async fn contents(t: &TestApp, thread: &str) -> Vec<Value> {
    let list = t.get(&format!("/1.0/contents?q=thread:{thread}")).await.ok();
    list["records"].as_array().expect("records").clone()
}

/// Waits for the message that asks the customer of a thread; gives the link's query.
async fn asked(t: &TestApp, thread: &str) -> Vec<(String, String)> {
    let body = eventually("a survey in the thread", || async {
        let all = contents(t, thread).await;
        all.iter().find(|c| c["created_from"] == "automatic").map(|c| c["body"].as_str().expect("a body").to_owned())
    })
    .await;
    let url = body.split_whitespace().last().and_then(|link| reqwest::Url::parse(link).ok()).expect("a link");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Waits until it is decided that nobody is asked about an intervention.
async fn wait_until_skipped(t: &TestApp, case: &str) {
    let case = [InterventionId::parse(case).expect("an id")];
    eventually("an invitation that is not sent", || {
        let case = case.clone();
        async move {
            let read =
                t.app.db.read(move |tx| Box::pin(async move { survey_invitation::of_interventions(tx, &case).await }));
            let invitations: Vec<SurveyInvitation> = read.await.expect("invitations");
            invitations.iter().any(|i| i.state == InvitationState::Skipped).then_some(())
        }
    })
    .await;
}

fn key(query: &[(String, String)]) -> &str {
    &query.iter().find(|(name, _)| name == "i").expect("a key").1
}

async fn bring(t: &TestApp, survey: &Value, secret: &str, record: Value) -> Answer {
    let path = format!("/realtime/surveys/{}", id(survey));
    send(t.anonymous(Method::POST, &path).header("x-sdk-secret", secret).json(&json!({"record": record}))).await
}

#[tokio::test]
async fn a_survey_s_questions_come_from_its_bridge() {
    let t = TestApp::start().await;
    let bridge = Bridge::start().await;
    let survey = made(&t, &bridge, json!({"send_delay": 60, "from_name": "The shop"})).await;
    assert_fields(
        &survey,
        "active bridge_url category_ids created_at from_name id instant_send_threshold link max_time_since_last_reply \
         message name polling questions realtime realtime_url send_delay source_ids team_ids type updated_at \
         url_parameters verify_secret",
    );
    assert_eq!((&survey["link"], &survey["send_delay"]), (&json!("https://survey.example/s?lang=en"), &json!(60)));
    assert_eq!(survey["questions"][0]["choices"][1], json!({"text": "So so", "value": "3"}));
    assert_eq!(survey["questions"][1], json!({"choices": [], "foreign_id": "why", "main": false, "text": "Why?"}));
    assert_eq!(bridge.asked(), ["/configuration"]);
    assert!(!survey.to_string().contains(SECRET));
    let path = format!("/1.0/surveys/{}", id(&survey));
    assert_eq!(t.get(&path).await.ok(), survey);
    assert_eq!(t.get("/1.0/surveys").await.ids(), (vec![id(&survey).to_owned()], 1));
    let changed = t.put(&path, json!({"name": "Happy?", "realtime": true})).await.ok();
    assert_eq!(changed["realtime_url"], json!(format!("{}/realtime/surveys/{}", t.url, id(&survey))));
    assert_eq!(bridge.asked().len(), 2);

    // A bridge that does not show the key is not believed, unless the survey says so.
    *bridge.shared.shows.lock().expect("a lock") = "another";
    let refused = t.put(&path, json!({"name": "x"})).await;
    assert_eq!((&refused.json["field"], refused.status.as_u16()), (&json!("bridge_url"), 422));
    t.put(&path, json!({"verify_secret": false})).await.ok();
    let moved = t.put(&path, json!({"bridge_url": "http://127.0.0.1:1"})).await;
    assert_eq!((&moved.json["field"], moved.status.as_u16()), (&json!("secret"), 422), "the key is not handed on");
    let gone = t.put(&path, json!({"bridge_url": "http://127.0.0.1:1", "secret": "another"})).await;
    assert_eq!((&gone.json["field"], gone.status.as_u16()), (&json!("bridge_url"), 422));
    assert_eq!(t.get(&path).await.ok()["name"], "Happy?");
    t.delete(&path).await.ok();
    assert_eq!(t.get(&path).await.error(404), "not_found");
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let t = TestApp::start().await;
    let plain = json!({"name": "Plain", "link": "https://survey.example/s"});
    let plain = t.post("/1.0/surveys", plain).await.ok();
    let path = format!("/1.0/surveys/{}", id(&plain));
    let unknown = json!(["111111111111111111111111"]);
    for (field, value, status) in [
        ("name", json!(" "), 422),
        ("link", json!("ftp://x"), 422),
        ("message", json!("Without the link"), 422),
        ("send_delay", json!(-1), 422),
        ("send_delay", json!("soon"), 400),
        ("category_ids", unknown.clone(), 422),
        ("team_ids", unknown.clone(), 422),
        ("source_ids", unknown, 422),
        ("url_parameters", json!(["zz"]), 422),
        ("secret", json!("é"), 422),
        ("realtime", json!(true), 422),
        ("questions", json!([{"id": "a", "text": "A", "main": true}, {"id": "b", "text": "B", "main": true}]), 422),
    ] {
        let answer = t.put(&path, json!({field: value})).await;
        let at = answer.json["field"].as_str().unwrap_or_default().to_owned();
        assert!(at == field || field == "realtime" && at == "secret", "{field}: {}", answer.text);
        answer.error(status);
    }
    for body in [json!({}), json!({"name": "x"}), json!({"name": "x", "bridge_url": "https://bridge.example"})] {
        assert_eq!(t.post("/1.0/surveys", body).await.error(422), "validation_failed");
    }
    let (_, token) = user(&t, "Nora", "Agent").await;
    for (method, path) in [(Method::GET, "/1.0/surveys"), (Method::POST, "/1.0/surveys"), (Method::DELETE, &path)] {
        assert_eq!(send(t.request_as(&token, method, path)).await.error(403), "forbidden");
    }
}

#[tokio::test]
async fn a_survey_outlives_a_team_and_is_not_for_all_by_that() {
    let t = TestApp::start().await;
    let (day, night) = (new_team(&t, "Day", &[], &[]).await, new_team(&t, "Night", &[], &[]).await);
    let plain = json!({"name": "Plain", "link": "https://survey.example/s", "team_ids": [day, night]});
    let survey = t.post("/1.0/surveys", plain).await.ok();
    let path = format!("/1.0/surveys/{}", id(&survey));
    for (gone, left) in [(&day, &night), (&night, &night)] {
        t.delete(&format!("/1.0/teams/{gone}")).await.ok();
        let given = t.get(&path).await.ok()["team_ids"].clone();
        let changed = t.put(&path, json!({"name": "Renamed", "team_ids": given})).await.ok();
        assert_eq!((&changed["name"], &changed["team_ids"]), (&json!("Renamed"), &json!([left])));
    }
    let dropped = t.put(&path, json!({"team_ids": [day]})).await;
    assert_eq!((&dropped.json["field"], dropped.status.as_u16()), (&json!("team_ids"), 422));
    assert_eq!(t.put(&path, json!({"team_ids": []})).await.ok()["team_ids"], json!([]));
}

#[tokio::test]
async fn a_customer_is_asked_after_an_intervention_and_the_answer_comes_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let bridge = Bridge::start().await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({"registered_events": ["survey_response.imported"]})).await;
    let more = json!({"send_delay": 600, "realtime": true, "url_parameters": ["c", "u", "a"],
                      "message": "How was it? {{link}}"});
    let survey = made(&t, &bridge, more).await;
    let (case, thread) = closed_case(&t, &shop, "mia").await;
    assert_eq!(contents(&t, &thread).await.len(), 2);
    t.clock.advance(Duration::from_secs(601));
    let query = asked(&t, &thread).await;
    let mapping_key = key(&query).to_owned();
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["lang", "i", "c", "u", "a"]);
    assert_eq!(query[2].1, shop.chat.id.to_string());
    let shown = t.get(&format!("/1.0/interventions/{case}")).await.ok();
    assert_eq!((&shown["survey_id"], &shown["satisfaction_grade"]), (&survey["id"], &Value::Null));
    assert_eq!(shown["satisfaction_sent_at"], "2026-03-02T09:10:01Z");

    // Only who knows the key is heard; what cannot be matched is ignored; the same response counts once.
    assert_eq!(bring(&t, &survey, "wrong", record(&mapping_key, "r1", "5")).await.error(401), "invalid_secret");
    let ignored = bring(&t, &survey, SECRET, record("nobody's", "r1", "5")).await.ok();
    assert_eq!(ignored, json!({"id": null, "imported": false}));
    let came = bring(&t, &survey, SECRET, record(&mapping_key, "r1", "3")).await.ok();
    assert_eq!(came["imported"], true);
    assert_eq!(bring(&t, &survey, SECRET, record(&mapping_key, "r1", "5")).await.ok()["imported"], false);

    let response = t.get(&format!("/1.0/survey_responses/{}", id(&came))).await.ok();
    assert_fields(
        &response,
        "created_at id intervention_id main_indicator main_indicator_scaled questions response_foreign_id source_id \
         submitted_at survey_id updated_at user_id",
    );
    assert_eq!((&response["main_indicator"], &response["main_indicator_scaled"]), (&json!(3), &json!(0.5)));
    assert_eq!(response["questions"][0]["replies"], json!([{"text": "So so", "value": "3"}]));
    assert_eq!(response["intervention_id"], json!(case));
    let shown = t.get(&format!("/1.0/interventions/{case}")).await.ok();
    assert_eq!((&shown["satisfaction_grade"], &shown["survey_response_id"]), (&json!(3), &came["id"]));

    let told = receiver.wait(1).await;
    let resource = &told[0].body["events"][0]["resource"];
    assert_eq!((&resource["type"], &resource["id"]), (&json!("survey_response"), &came["id"]));
    assert_fields(
        &resource["metadata"],
        "answers foreign_id intervention_id main_indicator main_indicator_scaled questions response_foreign_id \
         source_id submitted_at survey_id user_id",
    );
    assert_eq!(resource["metadata"]["answers"], json!({"Are you satisfied?": "So so", "Why?": "Quick"}));
    assert_eq!(resource["metadata"]["response_foreign_id"], "r1");
}

#[tokio::test]
async fn nobody_is_asked_twice_or_too_late_or_out_of_place() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = shop.another_chat(&t, "Other chat").await;
    let reason = t.post("/1.0/categories", json!({"name": "Reason"})).await.ok();
    let survey = |more: Value| {
        let mut body = json!({"name": "Plain", "link": "https://survey.example/s", "send_delay": 60});
        body.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
        body
    };
    t.post("/1.0/surveys", survey(json!({"active": false}))).await.ok();
    t.post("/1.0/surveys", survey(json!({"source_ids": [other.id]}))).await.ok();
    t.post("/1.0/surveys", survey(json!({"category_ids": [reason["id"]]}))).await.ok();
    let (_, first) = closed_case(&t, &shop, "mia").await;
    let late = t.post("/1.0/surveys", survey(json!({"max_time_since_last_reply": 30}))).await.ok();
    let (tom, second) = closed_case(&t, &shop, "tom").await;
    t.clock.advance(Duration::from_secs(61));
    wait_until_skipped(&t, &tom).await;
    let at_once = json!({"max_time_since_last_reply": "", "instant_send_threshold": 3600, "send_delay": 7200});
    t.put(&format!("/1.0/surveys/{}", id(&late)), at_once).await.ok();
    // This one was short: it is asked at once. When it is seen, the earlier ones have been dealt with.
    let (case, third) = closed_case(&t, &shop, "zoe").await;
    asked(&t, &third).await;
    assert_eq!((contents(&t, &first).await.len(), contents(&t, &second).await.len()), (2, 2));

    // Taken up again and closed again: asked once all the same.
    let said = contents(&t, &third).await.into_iter().find(|c| c["status"] == "replied").expect("the customer's word");
    t.post("/1.0/interventions", json!({"content_id": said["id"]})).await.ok();
    t.put(&format!("/1.0/interventions/{case}/close"), json!({})).await.ok();
    let (_, fourth) = closed_case(&t, &shop, "ada").await;
    asked(&t, &fourth).await;
    let automatic = contents(&t, &third).await.iter().filter(|c| c["created_from"] == "automatic").count();
    assert_eq!(automatic, 1);
}

#[tokio::test]
async fn a_shorter_delay_moves_nobody_who_waits_and_a_clock_that_was_ahead_keeps_nobody_waiting() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let slow = json!({"name": "Plain", "link": "https://survey.example/s", "send_delay": 7 * 86400});
    let survey = t.post("/1.0/surveys", slow).await.ok();
    closed_case(&t, &shop, "mia").await;
    t.put(&format!("/1.0/surveys/{}", id(&survey)), json!({"send_delay": 5 * 86400})).await.ok();
    t.stop_workers().await;
    let set_again = async || {
        let set = t.app.db.write(|tx| Box::pin(store::ahead::set_again(tx, &store::ahead::Ahead::SurveyInvitation)));
        set.await.expect("a statement that runs")
    };
    assert_eq!(set_again().await, 0);
    t.set_clock("2026-02-01T09:00:00Z");
    assert_eq!((set_again().await, set_again().await), (1, 0));
}

#[tokio::test]
async fn responses_are_fetched_from_the_bridge_every_quarter_of_an_hour() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let bridge = Bridge::start().await;
    let survey = made(&t, &bridge, json!({"polling": true, "instant_send_threshold": 60})).await;
    let (case, thread) = closed_case(&t, &shop, "mia").await;
    let mapping_key = key(&asked(&t, &thread).await).to_owned();
    let first = format!("/responses?since={}", t.clock.now().millis());
    eventually("the first poll", || async { bridge.asked().contains(&first).then_some(()) }).await;
    *bridge.shared.responses.lock().expect("a lock") =
        json!({"records": [record(&mapping_key, "r1", "5"), record(&mapping_key, "r1", "1"), {"id": "incomplete"}]});
    t.clock.advance(Duration::from_secs(15 * 60));
    let path = format!("/1.0/interventions/{case}");
    let graded = eventually("a grade", || async {
        Some(t.get(&path).await.ok()).filter(|shown| !shown["satisfaction_grade"].is_null())
    });
    let graded = graded.await;
    assert_eq!((&graded["satisfaction_grade"], &graded["survey_id"]), (&json!(5), &survey["id"]));
    t.clock.advance(Duration::from_secs(15 * 60));
    // From the newest response on.
    let next = "/responses?since=1772445600000".to_owned();
    eventually("the next poll", || async { bridge.asked().contains(&next).then_some(()) }).await;
}

#[tokio::test]
async fn a_response_is_seen_by_who_may_read_surveys_and_its_source() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let bridge = Bridge::start().await;
    let survey = made(&t, &bridge, json!({"realtime": true, "instant_send_threshold": 60})).await;
    let (_, thread) = closed_case(&t, &shop, "mia").await;
    let mapping_key = key(&asked(&t, &thread).await).to_owned();
    let came = bring(&t, &survey, SECRET, record(&mapping_key, "r1", "3")).await.ok();
    let path = format!("/1.0/survey_responses/{}", id(&came));
    let (_, agent) = user(&t, "Nora", "Agent").await;
    assert_eq!(send(t.request_as(&agent, Method::GET, &path)).await.error(403), "forbidden");
    let (boss, token) = user(&t, "Lena", "Administrator").await;
    send(t.request_as(&token, Method::GET, &path)).await.ok();
    shop.permit(&t, &boss, &[]).await;
    assert_eq!(send(t.request_as(&token, Method::GET, &path)).await.error(404), "not_found");
    // Without the option nothing is taken.
    t.put(&format!("/1.0/surveys/{}", id(&survey)), json!({"realtime": false})).await.ok();
    assert_eq!(bring(&t, &survey, SECRET, record(&mapping_key, "r2", "3")).await.error(404), "not_found");
    let broken = t.anonymous(Method::POST, &format!("/realtime/surveys/{}", id(&survey))).body("{");
    assert_eq!(send(broken).await.status, 404);
}
