use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, assert_fields, send};

/// The ids of a content as texts.
fn id(value: impl ToString) -> String {
    value.to_string()
}

#[tokio::test]
async fn engage_reply_dispose_and_close() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Where is my parcel?").await;
    let content = id(&said.content.id);
    let opened = t.post("/1.0/interventions", json!({"content_id": content})).await.ok();
    assert_eq!((&opened["status"], &opened["closed"]), (&json!("Opened"), &json!(false)));
    assert_eq!(t.get(&format!("/1.0/contents/{content}")).await.ok()["status"], "assigned");

    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    assert_eq!(t.put(&format!("{path}/close"), json!({})).await.error(403), "no_reply");

    t.clock.advance(Duration::from_secs(90));
    let reply = json!({"in_reply_to_id": content, "body": "On its way."});
    let reply = t.post("/1.0/contents", reply).await.ok();
    assert_eq!((&reply["status"], &reply["intervention_id"]), (&json!("user_reply"), &opened["id"]));
    assert_eq!(reply["synchronization_status"], "success");
    assert_eq!(t.get(&format!("/1.0/contents/{content}")).await.ok()["status"], "replied");

    let closed = t.put(&format!("{path}/close"), json!({})).await.ok();
    assert_eq!((&closed["status"], &closed["closed"]), (&json!("Closed"), &json!(true)));
    assert_eq!((&closed["first_user_reply_in"], &closed["user_replies_count"]), (&json!(90), &json!(1)));
    assert_eq!(t.put(&format!("{path}/close"), json!({})).await.error(403), "forbidden");
    assert_eq!(t.delete(&format!("{path}/cancel")).await.error(403), "forbidden");
}

#[tokio::test]
async fn a_customers_next_word_reopens_what_was_closed_a_short_time_ago() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = id(&said.thread.id);
    let opened = t.post("/1.0/interventions", json!({"content_id": id(&said.content.id)})).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": id(&said.content.id), "body": "Hello!"})).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    t.put(&format!("{path}/close"), json!({})).await.ok();

    let soon = shop.say(&t, "ann", Some(&thread), "One more thing").await;
    assert_eq!(soon.content.status.as_str(), "assigned");
    assert_eq!(t.get(&path).await.ok()["status"], "Reopened");

    t.post("/1.0/contents", json!({"in_reply_to_id": id(&soon.content.id), "body": "Yes?"})).await.ok();
    t.put(&format!("{path}/close"), json!({})).await.ok();
    t.clock.advance(Duration::from_secs(3 * 24 * 3600));
    let late = shop.say(&t, "ann", Some(&thread), "Something else").await;
    assert_eq!(late.content.status.as_str(), "new");
    let second = t.post("/1.0/interventions", json!({"content_id": id(&late.content.id)})).await.ok();
    assert_ne!(second["id"], opened["id"]);
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["interventions_count"], 2);
}

#[tokio::test]
async fn the_second_to_engage_is_told_who_has_it_also_when_both_come_at_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let (_, omar_token) = user(&t, "Omar", "Agent").await;
    let said = shop.say(&t, "ann", None, "Anybody?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let engage = |token: &str| send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body));
    engage(&nora_token).await.ok();
    let refused = engage(&omar_token).await;
    assert_eq!(refused.json["owner"]["id"], nora["id"]);
    assert_eq!(refused.json["owner"]["name"], "Nora Test");
    assert_eq!(refused.error(422), "already_engaged");

    let said = shop.say(&t, "bob", None, "And me?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let engage = |token: &str| send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body));
    let (a, b) = tokio::join!(engage(&nora_token), engage(&omar_token));
    let mut codes = [a.status.as_u16(), b.status.as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 422]);
}

#[tokio::test]
async fn cancel_lets_the_content_wait_again() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = t.post("/1.0/interventions", json!({"content_id": id(&said.content.id)})).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    t.delete(&format!("{path}/cancel")).await.ok();
    assert_eq!(t.get(&path).await.error(404), "not_found");
    let content = t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok();
    assert_eq!((&content["status"], &content["intervention_id"]), (&json!("new"), &json!(null)));
}

#[tokio::test]
async fn agents_change_their_own_interventions_only() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (omar_user, omar) = user(&t, "Omar", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let opened = send(t.request_as(&nora, Method::POST, "/1.0/interventions").json(&body)).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    for action in ["/close", "/defer?duration=60"] {
        send(t.request_as(&omar, Method::PUT, &format!("{path}{action}"))).await.error(403);
    }
    // Whoever reads the source may say what a case is about.
    send(t.request_as(&omar, Method::PUT, &format!("{path}/update_categories?category_ids[]="))).await.ok();
    let to_omar = format!("{path}/reassign?user_id={}", omar_user["id"].as_str().expect("an id"));
    send(t.request_as(&omar, Method::PUT, &to_omar)).await.error(403);
    assert_eq!(send(t.request_as(&nora, Method::PUT, &to_omar)).await.ok()["user_id"], omar_user["id"]);
    let deferred = send(t.request_as(&omar, Method::PUT, &format!("{path}/defer?duration=60"))).await.ok();
    assert_eq!(deferred["deferred_at"], "2026-03-02T09:01:00Z");
}

const FIELDS: &str = "category_ids closed closed_at comments_count content_id created_at custom_fields deferred_at \
    detected_language first_user_reply_id first_user_reply_in first_user_reply_in_bh id identity_id \
    identity_group_id last_user_reply_in last_user_reply_in_bh owner_epoch source_id status thread_id updated_at user_id \
    user_replies_count user_reply_in_average user_reply_in_average_bh user_reply_in_average_count \
    satisfaction_grade satisfaction_answered_at satisfaction_sent_at survey_response_id survey_id \
    translation_enabled";

fn path(case: &Value, action: &str) -> String {
    format!("/1.0/interventions/{}{action}", case["id"].as_str().expect("an id"))
}

async fn engage(t: &TestApp, token: &str, content: &model::ContentId) -> Answer {
    send(t.request_as(token, Method::POST, "/1.0/interventions").json(&json!({"content_id": content}))).await
}

#[tokio::test]
async fn an_intervention_has_every_field() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    t.clock.advance(Duration::from_secs(10));
    let opened = engage(&t, &token, &said.content.id).await.ok();
    assert_fields(&opened, FIELDS);
    let expected = json!({
        "category_ids": [], "closed": false, "closed_at": null, "comments_count": 0, "content_id": said.content.id,
        "created_at": "2026-03-02T09:00:10Z", "custom_fields": {}, "deferred_at": null, "detected_language": null,
        "first_user_reply_id": null, "first_user_reply_in": null, "first_user_reply_in_bh": null,
        "id": opened["id"], "identity_id": said.author.id, "identity_group_id": null, "last_user_reply_in": null,
        "last_user_reply_in_bh": null, "owner_epoch": 1, "source_id": shop.chat.id, "status": "Opened", "thread_id": said.thread.id,
        "updated_at": "2026-03-02T09:00:10Z", "user_id": nora["id"], "user_replies_count": 0,
        "user_reply_in_average": null, "user_reply_in_average_bh": null, "user_reply_in_average_count": 0,
        "satisfaction_grade": null, "satisfaction_answered_at": null, "satisfaction_sent_at": null,
        "survey_response_id": null, "survey_id": null, "translation_enabled": false,
    });
    assert_eq!(opened, expected);
    assert_eq!(t.get(&path(&opened, "")).await.ok(), expected);
    let list = t.get("/1.0/interventions").await.ok();
    assert_eq!(list, json!({"count": 1, "limit": 30, "offset": 0, "records": [expected]}));
}

#[tokio::test]
async fn replies_are_counted_and_timed_from_the_customers_word() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let thread = id(&said.thread.id);
    let mut replies = Vec::new();
    let mut last = said.content.id;
    for wait in [10, 30] {
        t.clock.advance(Duration::from_secs(wait));
        for _ in 0..2 {
            let reply = t.post("/1.0/contents", json!({"in_reply_to_id": last, "body": "x"})).await.ok();
            replies.push(reply["id"].clone());
            t.clock.advance(Duration::from_secs(5));
        }
        last = shop.say(&t, "ann", Some(&thread), "And?").await.content.id;
    }
    let case = t.get(&path(&opened, "")).await.ok();
    for (field, value) in [
        ("user_replies_count", json!(4)),
        ("first_user_reply_id", replies[0].clone()),
        ("first_user_reply_in", json!(10)),
        ("first_user_reply_in_bh", json!(10)),
        ("last_user_reply_in", json!(30)),
        ("user_reply_in_average", json!(20)),
        ("user_reply_in_average_count", json!(2)),
    ] {
        assert_eq!(case[field], value, "{field}");
    }
}

#[tokio::test]
async fn the_first_answer_is_timed_from_the_first_word_that_waited() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let first = shop.say(&t, "ann", None, "Hello?").await;
    let thread = id(&first.thread.id);
    t.clock.advance(Duration::from_secs(55 * 60));
    let last = shop.say(&t, "ann", Some(&thread), "Anybody?").await;
    t.clock.advance(Duration::from_secs(60));
    let case = engage(&t, crate::support::ADMIN_TOKEN, &last.content.id).await.ok();
    t.clock.advance(Duration::from_secs(60));
    t.post("/1.0/contents", json!({"in_reply_to_id": last.content.id, "body": "Here"})).await.ok();
    let case = t.get(&path(&case, "")).await.ok();
    for field in ["first_user_reply_in", "last_user_reply_in", "user_reply_in_average"] {
        assert_eq!(case[field], 57 * 60, "{field}");
    }
}

#[tokio::test]
async fn the_first_answer_is_timed_from_the_engagement_where_nobody_waited() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Here"});
    t.post("/1.0/contents", reply.clone()).await.ok();
    let case = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    t.clock.advance(Duration::from_secs(30));
    t.post("/1.0/contents", reply.clone()).await.ok();
    t.clock.advance(Duration::from_secs(30));
    t.post("/1.0/contents", reply).await.ok();
    let case = t.get(&path(&case, "")).await.ok();
    for field in ["first_user_reply_in", "first_user_reply_in_bh", "last_user_reply_in", "user_reply_in_average"] {
        assert_eq!(case[field], 30, "{field}");
    }
    assert_eq!((&case["user_replies_count"], &case["user_reply_in_average_count"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn what_cannot_be_engaged_is_refused_with_422() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let token = crate::support::ADMIN_TOKEN;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    assert_eq!(t.post("/1.0/interventions", json!({})).await.error(422), "validation_failed");
    assert_eq!(t.post("/1.0/interventions", json!({"content_id": "x"})).await.error(400), "invalid_parameter");
    let unknown = json!({"content_id": "111111111111111111111111"});
    assert_eq!(t.post("/1.0/interventions", unknown).await.error(422), "validation_failed");
    let opened = engage(&t, token, &said.content.id).await.ok();
    // Whoever does not know that it is theirs can go on with it.
    let twice = engage(&t, token, &said.content.id).await;
    let thread = t.get(&format!("/1.0/content_threads/{}", said.thread.id)).await.ok();
    assert_eq!(twice.json["intervention_id"], opened["id"]);
    assert_eq!((&twice.json["owner_epoch"], twice.json["owner_epoch"].is_i64()), (&thread["owner_epoch"], true));
    assert_eq!(twice.error(422), "already_open");
    let reply = t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "x"})).await.ok();
    let own = t.post("/1.0/interventions", json!({"content_id": reply["id"]})).await;
    assert_eq!(own.json["field"], "content_id");
    assert_eq!(own.error(422), "validation_failed");

    // Another customer on the same thread is another intervention.
    let thread = id(&said.thread.id);
    let other = shop.say(&t, "bob", Some(&thread), "Me too").await;
    assert_eq!(other.content.status.as_str(), "new");
    assert_ne!(engage(&t, token, &other.content.id).await.ok()["id"], opened["id"]);
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    let third = shop.say(&t, "cid", None, "Hello").await;
    assert_eq!(engage(&t, &nora_token, &third.content.id).await.error(403), "forbidden");
    shop.permit(&t, &nora, &[]).await;
    assert_eq!(engage(&t, &nora_token, &third.content.id).await.error(422), "validation_failed");
}

#[tokio::test]
async fn a_closed_intervention_is_reopened_by_whoever_engages_its_content() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "x"})).await.ok();
    t.put(&path(&opened, "/close"), json!({})).await.ok();
    let again = engage(&t, &token, &said.content.id).await.ok();
    assert_eq!((&again["id"], &again["status"]), (&opened["id"], &json!("Reopened")));
    assert_eq!((&again["closed_at"], &again["user_id"]), (&json!(null), &nora["id"]));
    assert_eq!(t.get("/console/folders").await.ok()["open"], 1);
}

#[tokio::test]
async fn an_archived_content_is_taken_up_again_by_engaging() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let content = format!("/1.0/contents/{}", said.content.id);
    t.put(&format!("{content}/ignore"), json!({})).await.ok();
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let content = t.get(&content).await.ok();
    assert_eq!((&content["status"], &content["intervention_id"]), (&json!("assigned"), &opened["id"]));
}

#[tokio::test]
async fn interventions_are_filtered_and_ordered() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let mut made = Vec::new();
    for (who, token) in [("ann", token.as_str()), ("bob", token.as_str()), ("cid", crate::support::ADMIN_TOKEN)] {
        let said = shop.say(&t, who, None, "Hello?").await;
        made.push(engage(&t, token, &said.content.id).await.ok());
        t.clock.advance(Duration::from_secs(1));
    }
    t.put(&path(&made[1], "/defer"), json!({"duration": 600})).await.ok();
    t.clock.advance(Duration::from_secs(1));
    t.post("/1.0/contents", json!({"in_reply_to_id": made[0]["content_id"], "body": "x"})).await.ok();
    t.put(&path(&made[0], "/close"), json!({})).await.ok();
    let text = |i: usize, field: &str| made[i][field].as_str().expect("a text").to_owned();
    let list = async |query: &str| -> Vec<usize> {
        let (ids, count) = t.get(&format!("/1.0/interventions?{query}")).await.ids();
        assert!(usize::try_from(count).expect("a count") >= ids.len());
        ids.iter().map(|id| made.iter().position(|m| m["id"] == id.as_str()).expect("known")).collect()
    };
    let (ann, bob) = (text(0, "identity_id"), text(1, "identity_id"));
    for (query, expected) in [
        (String::new(), vec![2, 1, 0]),
        ("sort=created_at".into(), vec![2, 1, 0]),
        ("sort=updated_at".into(), vec![0, 1, 2]),
        ("status=active".into(), vec![2]),
        ("status=closed".into(), vec![0]),
        ("status=deferred".into(), vec![1]),
        ("status=opened".into(), vec![2, 1]),
        ("status=reopened".into(), vec![]),
        (format!("thread_id={}", text(1, "thread_id")), vec![1]),
        (format!("user_id={}", nora["id"].as_str().expect("an id")), vec![1, 0]),
        (format!("identity_id={ann}"), vec![0]),
        (format!("identity_id[]={ann}&identity_id[]={bob}"), vec![1, 0]),
        (format!("identity_id={ann},{bob}"), vec![1, 0]),
        ("identity_group_id=111111111111111111111111".into(), vec![]),
        ("limit=1&offset=1".into(), vec![1]),
    ] {
        assert_eq!(list(&query).await, expected, "{query}");
    }
    engage(&t, &token, &model::ContentId::parse(&text(0, "content_id")).expect("an id")).await.ok();
    assert_eq!(list("status=reopened").await, [0]);
    for query in ["status=x", "sort=x", "thread_id=x", "identity_id=x", "user_id=1", "identity_group_id=x"] {
        assert_eq!(t.get(&format!("/1.0/interventions?{query}")).await.error(400), "invalid_parameter", "{query}");
    }
}

#[tokio::test]
async fn custom_fields_and_categories_are_set_in_every_form() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    for field in [
        json!({"label": "Order"}),
        json!({"label": "Tags", "multiple": true}),
        json!({"label": "Score", "type": "integer"}),
    ] {
        let mut field = field;
        field["associated_type_name"] = json!("Intervention");
        t.post("/1.0/custom_fields", field).await.ok();
    }
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let put = |query: &str| t.request(Method::PUT, &path(&opened, query));
    let fields = async |request| send(request).await.ok()["custom_fields"].clone();
    let values = |order: &Value, tags: &Value, score: i64| json!({"order": order, "tags": tags, "score": (score > 0).then_some(score)});
    let (none, two, seven) = (Value::Null, json!(["a", "b"]), json!("7"));
    assert_eq!(opened["custom_fields"], values(&none, &none, 0));
    assert_eq!(fields(put("?custom_field_values[order]=7")).await, values(&seven, &none, 0));
    let tags = "?custom_field_values[tags][]=a&custom_field_values[tags][]=b";
    assert_eq!(fields(put(tags)).await, values(&seven, &two, 0));
    let form = put("").form(&[("custom_field_values[order]", "")]);
    assert_eq!(fields(form).await, values(&none, &two, 0));
    let body = json!({"custom_field_values": {"tags": null, "score": 3}});
    assert_eq!(fields(put("").json(&body)).await, values(&none, &none, 3));
    assert_eq!(fields(put("").json(&json!({}))).await, values(&none, &none, 3));
    assert_eq!(send(put("?custom_field_values=x")).await.error(400), "invalid_parameter");
    for (query, field) in [("[score]=many", "[score]"), ("[colour]=red", "[colour]"), ("[order][]=1", "[order]")] {
        let answer = send(put(&format!("?custom_field_values{query}"))).await;
        assert_eq!(answer.json["field"], format!("custom_field_values{field}"));
        assert_eq!(answer.error(422), "validation_failed");
    }
    let events = t.get("/1.0/events?q=name_in:intervention.custom_fields_updated").await.ok();
    assert_eq!(events["count"], 4);

    let category = t.post("/1.0/categories", json!({"name": "Solved"})).await.ok();
    let category = category["id"].as_str().expect("an id");
    let set = |query: &str| put(&format!("/update_categories{query}"));
    let set_one = send(set(&format!("?category_ids[]={category}"))).await.ok();
    assert_eq!(set_one["category_ids"], json!([category]));
    assert_eq!(send(set("?category_ids[]=")).await.ok()["category_ids"], json!([]));
    assert_eq!(send(set("").json(&json!({"category_ids": [category]}))).await.ok()["category_ids"], json!([category]));
    assert_eq!(send(set("")).await.error(400), "invalid_parameter");
    assert_eq!(send(set("?category_ids[]=111111111111111111111111")).await.error(422), "validation_failed");
}

#[tokio::test]
async fn reassigning_needs_somebody_who_can_have_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let to = async |user_id: &str| t.put(&path(&opened, &format!("/reassign?user_id={user_id}")), json!({})).await;
    let nora_id = nora["id"].as_str().expect("an id");
    assert_eq!(t.put(&path(&opened, "/reassign"), json!({})).await.error(400), "invalid_parameter");
    assert_eq!(to("111111111111111111111111").await.error(422), "validation_failed");
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    assert_eq!(to(nora_id).await.error(422), "validation_failed");
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;
    assert_eq!(to(nora_id).await.ok()["user_id"], nora["id"]);
    assert_eq!(to(nora_id).await.ok()["user_id"], nora["id"]);
    let folders = send(t.request_as(&nora_token, Method::GET, "/console/folders")).await.ok();
    assert_eq!((&folders["mine_all"], &folders["open"]), (&json!(1), &json!(1)));
    assert_eq!(t.get("/console/folders").await.ok()["mine_all"], 0);
    let admin = t.get("/1.0/users").await.ok()["records"].clone();
    let admin = admin.as_array().expect("users").iter().find(|u| u["id"] != nora["id"]).expect("the administrator");
    assert_eq!(to(admin["id"].as_str().expect("an id")).await.ok()["user_id"], admin["id"]);
    t.delete(&format!("/1.0/users/{nora_id}")).await.ok();
    assert_eq!(to(nora_id).await.error(422), "validation_failed");
}

#[tokio::test]
async fn deferring_wants_a_time_to_come() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let defer = async |query: &str| t.put(&path(&opened, &format!("/defer?{query}")), json!({})).await;
    assert_eq!(defer("").await.error(400), "invalid_parameter");
    assert_eq!(defer("deferred_at=soon").await.error(400), "invalid_parameter");
    for query in ["duration=0", "duration=-5", "duration=9223372036854775807", "deferred_at=2026-03-02T08:59:59Z"] {
        assert_eq!(defer(query).await.error(422), "validation_failed", "{query}");
    }
    let deferred = defer("deferred_at=2026-03-02T11:00:00%2B01:00").await.ok();
    assert_eq!((&deferred["status"], &deferred["deferred_at"]), (&json!("Deferred"), &json!("2026-03-02T10:00:00Z")));
    assert_eq!(deferred["closed"], false);
    // Its own agent takes it up again before the time; so does the customer's next word.
    let taken = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    assert_eq!((&taken["status"], &taken["deferred_at"]), (&json!("Opened"), &json!(null)));
    defer("duration=600").await.ok();
    let (_, token) = user(&t, "Nora", "Agent").await;
    assert_eq!(engage(&t, &token, &said.content.id).await.error(422), "already_engaged");
    shop.say(&t, "ann", Some(said.thread.id.as_str()), "Hello??").await;
    assert_eq!(t.get(&path(&opened, "")).await.ok()["status"], "Opened");
}

#[tokio::test]
async fn what_may_not_be_read_is_not_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let hidden = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    let said = second.say(&t, "ann", None, "Hello?").await;
    let seen = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    shop.permit(&t, &nora, &[]).await;
    let list = async |query: &str| send(t.request_as(&token, Method::GET, &format!("/1.0/interventions{query}"))).await;
    assert_eq!(list("").await.ids(), (vec![seen["id"].as_str().expect("an id").to_owned()], 1));
    assert_eq!(list(&format!("?thread_id={}", hidden["thread_id"].as_str().expect("an id"))).await.ids().1, 0);
    for (method, action) in [
        (Method::GET, ""),
        (Method::PUT, ""),
        (Method::PUT, "/close"),
        (Method::DELETE, "/cancel"),
        (Method::PUT, "/defer?duration=60"),
        (Method::PUT, "/reassign?user_id=111111111111111111111111"),
        (Method::PUT, "/update_categories?category_ids[]="),
    ] {
        let request = t.request_as(&token, method, &path(&hidden, action));
        assert_eq!(send(request).await.error(404), "not_found", "{action}");
    }
}

#[tokio::test]
async fn closing_twice_at_once_closes_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = engage(&t, crate::support::ADMIN_TOKEN, &said.content.id).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "x"})).await.ok();
    let close = async || t.put(&path(&opened, "/close"), json!({})).await.status.as_u16();
    let (a, b) = tokio::join!(close(), close());
    let mut codes = [a, b];
    codes.sort_unstable();
    assert_eq!(codes, [200, 403]);
}

#[tokio::test]
async fn a_thread_of_two_customers_is_its_newest_open_interventions_agents() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Agent").await;
    let ann = shop.say(&t, "ann", None, "Hello?").await;
    let thread = id(&ann.thread.id);
    let first = engage(&t, &nora, &ann.content.id).await.ok();
    let reply = json!({"in_reply_to_id": ann.content.id, "body": "x"});
    send(t.request_as(&nora, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    let bob = shop.say(&t, "bob", Some(&thread), "Me too").await;
    engage(&t, &omar, &bob.content.id).await.ok();
    send(t.request_as(&nora, Method::PUT, &path(&first, "/close"))).await.ok();
    // Ann's next word reopens Nora's; Omar's is newer.
    shop.say(&t, "ann", Some(&thread), "One more thing").await;
    let mine = async |token: &str| {
        send(t.request_as(token, Method::GET, "/console/folders")).await.ok()["mine_all"].as_i64().expect("a count")
    };
    assert_eq!((mine(&nora).await, mine(&omar).await), (0, 1));
}
