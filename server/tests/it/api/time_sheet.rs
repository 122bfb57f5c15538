use std::time::Duration;

use hubbub::domain::{Error, time_sheet};
use model::{SourceId, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{TestApp, assert_fields, id, send};

const FIELDS: &str = "active created_at friday_hours holidays holidays[] id label monday_hours saturday_hours \
    source_ids sunday_hours thursday_hours timezone tuesday_hours updated_at wednesday_hours";
const OFFICE: &str = "32400-64800";

fn week() -> Value {
    json!({"label": "Office", "monday_hours": OFFICE, "tuesday_hours": OFFICE, "wednesday_hours": OFFICE,
           "thursday_hours": OFFICE, "friday_hours": "32400-43200,50400-57600"})
}

#[tokio::test]
async fn time_sheets_are_made_listed_changed_and_removed() {
    let t = TestApp::start().await;
    let office = t.post("/1.0/time_sheets", week()).await.ok();
    assert_fields(&office, FIELDS);
    assert_eq!((&office["active"], &office["timezone"]), (&json!(true), &json!("UTC")));
    assert_eq!((&office["friday_hours"], &office["sunday_hours"]), (&json!("32400-43200,50400-57600"), &json!("")));
    assert_eq!((&office["holidays"], &office["source_ids"]), (&json!([]), &json!([])));
    let form = "label=Night+desk&active=false&monday_hours=0-21600&timezone=Europe/Paris\
                &holidays[0][name]=No%C3%ABl&holidays[0][date]=12/25/2026";
    let night = send(t.request(Method::POST, &format!("/1.0/time_sheets?{form}"))).await.ok();
    assert_eq!(night["holidays"], json!([{"date": "2026-12-25", "name": "Noël"}]));
    assert_eq!(night["holidays[]"], night["holidays"]);
    assert_eq!(night["timezone"], "Europe/Paris");
    let all_day = t.post("/1.0/time_sheets", json!({"label": "All day", "active": false})).await.ok();
    // Those in use first, then by name.
    let (ids, count) = t.get("/1.0/time_sheets").await.ids();
    assert_eq!((ids, count), (vec![id(&office).into(), id(&all_day).into(), id(&night).into()], 3));

    let path = format!("/1.0/time_sheets/{}", id(&office));
    let change = json!({"friday_hours": "", "saturday_hours": "36000-43200", "active": false});
    let changed = t.put(&path, change).await.ok();
    assert_eq!((&changed["friday_hours"], &changed["saturday_hours"]), (&json!(""), &json!("36000-43200")));
    assert_eq!((&changed["monday_hours"], &changed["active"]), (&json!(OFFICE), &json!(false)));
    assert_eq!(t.get(&path).await.ok(), changed);
    assert_eq!(t.delete(&path).await.ok(), changed);
    assert_eq!(t.get(&path).await.error(404), "not_found");
    assert_eq!(t.delete(&path).await.error(404), "not_found");
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let t = TestApp::start().await;
    let office = t.post("/1.0/time_sheets", week()).await.ok();
    let path = format!("/1.0/time_sheets/{}", id(&office));
    for (field, value, status) in [
        ("label", json!(" "), 422),
        ("label", json!("x".repeat(256)), 422),
        ("monday_hours", json!("9h-18h"), 422),
        ("tuesday_hours", json!("64800-32400"), 422),
        ("sunday_hours", json!("0-90000"), 422),
        ("friday_hours", json!("0-7200,3600-10800"), 422),
        ("timezone", json!("Mars/Olympus"), 422),
        ("holidays", json!([{"name": "Christmas", "date": "25th"}]), 422),
        ("holidays", json!([{"name": "", "date": "2026-12-25"}]), 422),
        ("holidays", json!([{"name": "Christmas"}]), 400),
        ("holidays", json!("christmas"), 400),
        ("holidays_region", json!("jp"), 422),
        ("source_ids", json!(["111111111111111111111111"]), 422),
        ("source_ids", json!(["x"]), 400),
        ("active", json!("perhaps"), 400),
    ] {
        let answer = t.put(&path, json!({field: value})).await;
        assert_eq!(answer.json["field"], field, "{value}: {}", answer.text);
        answer.error(status);
    }
    assert_eq!(t.post("/1.0/time_sheets", json!({})).await.error(422), "validation_failed");
    let taken = t.post("/1.0/time_sheets", week()).await;
    assert_eq!((&taken.json["field"], taken.status.as_u16()), (&json!("label"), 422));
    assert_eq!(t.get(&path).await.ok(), office);
}

#[tokio::test]
async fn a_time_sheet_begins_with_the_holidays_of_a_country() {
    let t = TestApp::start().await;
    let french = json!({"label": "Paris", "holidays_region": "fr",
                        "holidays": [{"name": "Summer party", "date": "2026-06-19"}]});
    let french = t.post("/1.0/time_sheets", french).await.ok();
    let holidays = french["holidays"].as_array().expect("a list");
    for (name, date) in [
        ("Lundi de Pâques", "2026-04-06"),
        ("Summer party", "2026-06-19"),
        ("Fête nationale", "2026-07-14"),
        ("Noël", "2027-12-25"),
    ] {
        assert!(holidays.contains(&json!({"name": name, "date": date})), "{name}");
    }
    assert_eq!(holidays.len(), 23);
    let none = t.put(&format!("/1.0/time_sheets/{}", id(&french)), json!({"holidays": []})).await.ok();
    assert_eq!(none["holidays"], json!([]));
}

#[tokio::test]
async fn a_source_has_one_time_sheet_wherever_it_is_set() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let chat = shop.chat.id.to_string();
    let sheet = |label: &str| json!({"label": label, "source_ids": [chat]});
    let first = t.post("/1.0/time_sheets", sheet("First")).await.ok();
    assert_eq!(first["source_ids"], json!([chat]));
    let on_source = async || t.get(&format!("/1.0/content_sources/{chat}")).await.ok()["time_sheet_ids"].clone();
    assert_eq!(on_source().await, json!([id(&first)]));
    // The second takes it from the first.
    let second = t.post("/1.0/time_sheets", sheet("Second")).await.ok();
    assert_eq!(on_source().await, json!([id(&second)]));
    let of = async |sheet: &Value| t.get(&format!("/1.0/time_sheets/{}", id(sheet))).await.ok()["source_ids"].clone();
    assert_eq!((of(&first).await, of(&second).await), (json!([]), json!([chat])));
    // The source gives it back.
    let back = json!({"time_sheet_ids": [id(&first)]});
    t.put(&format!("/1.0/content_sources/{chat}"), back).await.ok();
    assert_eq!((of(&first).await, of(&second).await), (json!([chat]), json!([])));
    t.put(&format!("/1.0/time_sheets/{}", id(&first)), json!({"source_ids": []})).await.ok();
    assert_eq!(on_source().await, json!([]));
    t.put(&format!("/1.0/time_sheets/{}", id(&first)), json!({"source_ids": [chat]})).await.ok();
    t.delete(&format!("/1.0/time_sheets/{}", id(&first))).await.ok();
    assert_eq!(on_source().await, json!([]));
    let unknown = json!({"time_sheet_ids": ["111111111111111111111111"]});
    assert_eq!(t.put(&format!("/1.0/content_sources/{chat}"), unknown).await.json["field"], "time_sheet_ids");
}

/// Whether the domain and a source are open at a time.
async fn open(t: &TestApp, source: &SourceId, at: &str) -> (bool, bool) {
    let (source, at) = (source.clone(), Timestamp::parse(at).expect("a time"));
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let source = store::source::find(tx, &source).await?.expect("a source");
            let domain = time_sheet::calendar(tx).await?.is_open(at);
            Ok::<_, Error>((domain, time_sheet::calendar_of_source(tx, &source).await?.is_open(at)))
        })
    });
    read.await.expect("a read")
}

#[tokio::test]
async fn the_domain_s_hours_hold_where_no_source_has_its_own() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let chat = &shop.chat.id;
    // Monday to Friday from nine to six, where nobody has said anything.
    assert_eq!(open(&t, chat, "2026-03-02T09:00:00Z").await, (true, true));
    assert_eq!(open(&t, chat, "2026-03-07T09:00:00Z").await, (false, false));
    t.put("/1.0/settings", json!({"timezone": "America/New_York"})).await.ok();
    assert_eq!(open(&t, chat, "2026-03-02T09:00:00Z").await, (false, false));
    let saturdays = json!({"label": "Saturdays", "saturday_hours": "0-86400", "source_ids": [chat],
                           "timezone": "UTC"});
    let saturdays = t.post("/1.0/time_sheets", saturdays).await.ok();
    assert_eq!(open(&t, chat, "2026-03-07T00:00:00Z").await, (false, true));
    let sundays = json!({"label": "Sundays", "sunday_hours": "0-43200", "timezone": "Europe/Paris",
                         "holidays": [{"name": "Holiday", "date": "2026-03-15"}]});
    t.post("/1.0/time_sheets", sundays).await.ok();
    assert_eq!(open(&t, chat, "2026-03-07T23:30:00Z").await, (true, true));
    assert_eq!(open(&t, chat, "2026-03-14T23:30:00Z").await, (false, true));
    // Out of use: the source keeps the domain's.
    t.put(&format!("/1.0/time_sheets/{}", id(&saturdays)), json!({"active": false})).await.ok();
    assert_eq!(open(&t, chat, "2026-03-07T12:00:00Z").await, (false, false));
    assert_eq!(open(&t, chat, "2026-03-07T23:30:00Z").await, (true, true));
}

#[tokio::test]
async fn an_intervention_tells_how_long_the_customer_waited_in_business_hours() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let sheet = json!({"label": "Short days", "monday_hours": "32400-36000", "tuesday_hours": "32400-36000",
                       "source_ids": [shop.chat.id]});
    t.post("/1.0/time_sheets", sheet).await.ok();
    // Monday at nine, when the desk has just opened for an hour.
    let said = shop.say(&t, "mia", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let reply = async || {
        t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "Hi"})).await.ok();
        t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok()
    };
    t.clock.advance(Duration::from_secs(24 * 3600 + 600));
    let now = reply().await;
    assert_eq!((&now["first_user_reply_in"], &now["first_user_reply_in_bh"]), (&json!(87_000), &json!(4_200)));
    t.clock.advance(Duration::from_secs(3600));
    shop.say(&t, "mia", Some(said.thread.id.as_str()), "And now?").await;
    t.clock.advance(Duration::from_secs(600));
    let now = reply().await;
    assert_eq!((&now["last_user_reply_in"], &now["last_user_reply_in_bh"]), (&json!(600), &json!(0)));
    assert_eq!((&now["user_reply_in_average"], &now["user_reply_in_average_bh"]), (&json!(43_800), &json!(2_100)));
}

#[tokio::test]
async fn searches_know_business_hours() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.post("/1.0/time_sheets", week()).await.ok();
    // Monday at nine; now it is Tuesday at ten.
    shop.say(&t, "mia", None, "Hello").await;
    t.clock.advance(Duration::from_secs(25 * 3600));
    for (when, found) in [
        ("9 business hours ago", 0),
        ("11 business hours ago", 1),
        ("11 hours ago", 0),
        ("700 business minutes ago", 1),
        ("1 business day ago", 0),
        ("2 business days ago", 1),
    ] {
        let path = format!("/1.0/content_threads?q=first_content_after:\"{when}\"");
        assert_eq!(t.get(&path).await.ids().1, found, "{when}");
    }
}

#[tokio::test]
async fn agents_see_the_list_and_no_more() {
    let t = TestApp::start().await;
    let office = t.post("/1.0/time_sheets", week()).await.ok();
    let (_, token) = user(&t, "Nora", "Agent").await;
    let call =
        async |method: Method, path: &str| send(t.request_as(&token, method, path).json(&json!({"label": "x"}))).await;
    let path = format!("/1.0/time_sheets/{}", id(&office));
    assert_eq!(call(Method::GET, "/1.0/time_sheets").await.ids().1, 1);
    for (method, path) in [
        (Method::GET, path.as_str()),
        (Method::POST, "/1.0/time_sheets"),
        (Method::PUT, path.as_str()),
        (Method::DELETE, path.as_str()),
    ] {
        assert_eq!(call(method.clone(), path).await.error(403), "forbidden", "{method} {path}");
    }
}
