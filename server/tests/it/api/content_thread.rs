use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, assert_fields, eventually, id, send};

const FIELDS: &str = "category_ids closed contents_count created_at extra_data first_categorization_at first_content_author_id \
    first_content_id foreign_id handed_over id intervention_user_ids interventions_count last_content_at last_content_id \
    opened_intervention_user_ids owner owner_epoch source_id tag_ids thread_category_ids title updated_at disable_text_input";

fn path(thread: impl std::fmt::Display, action: &str) -> String {
    format!("/1.0/content_threads/{thread}{action}")
}

async fn search(t: &TestApp, token: &str, q: &str) -> Answer {
    send(t.request_as(token, Method::GET, "/1.0/content_threads").query(&[("q", q)])).await
}

/// The bodies' threads in the order of a search's answer, by the position in `all`.
async fn found(t: &TestApp, all: &[&str], q: &str) -> Vec<usize> {
    let (ids, count) = search(t, crate::support::ADMIN_TOKEN, q).await.ids();
    assert_eq!(usize::try_from(count).expect("a count"), ids.len());
    ids.iter().map(|id| all.iter().position(|known| known == id).expect("a known thread")).collect()
}

#[tokio::test]
async fn a_thread_has_every_field() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Where is my parcel?").await;
    let thread = t.get(&path(&said.thread.id, "")).await.ok();
    assert_fields(&thread, FIELDS);
    let expected = json!({
        "category_ids": [], "closed": false, "contents_count": 1, "created_at": "2026-03-02T09:00:00Z",
        "extra_data": {}, "foreign_id": null, "handed_over": false, "id": said.thread.id, "interventions_count": 0,
        "owner": null, "owner_epoch": 0, "source_id": shop.chat.id, "tag_ids": [], "thread_category_ids": [], "title": "Where is my parcel?", "updated_at": "2026-03-02T09:00:00Z",
        "first_categorization_at": null, "first_content_author_id": said.author.id, "first_content_id": said.content.id,
        "intervention_user_ids": [], "last_content_at": "2026-03-02T09:00:00Z", "last_content_id": said.content.id,
        "opened_intervention_user_ids": [],
        "disable_text_input": false,
    });
    assert_eq!(thread, expected);
    let list = t.get("/1.0/content_threads").await.ok();
    assert_eq!(list, json!({"count": 1, "limit": 30, "offset": 0, "records": [expected]}));
}

#[tokio::test]
async fn a_thread_tells_who_worked_on_it_and_when() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let first = shop.say(&t, "ann", None, "Hello").await;
    let case = json!({"content_id": first.content.id});
    let case = send(t.request_as(&token, Method::POST, "/1.0/interventions").json(&case)).await.ok();
    t.clock.advance(Duration::from_secs(60));
    let body = json!({"in_reply_to_id": first.content.id, "body": "Hi"});
    let reply = send(t.request_as(&token, Method::POST, "/1.0/contents").json(&body)).await.ok();
    let late = t.post("/1.0/categories", json!({"name": "Late"})).await.ok();
    let categories = json!({"thread_category_ids": [late["id"]]});
    t.put(&path(&first.thread.id, "/update_categories"), categories).await.ok();
    t.clock.advance(Duration::from_secs(60));
    t.put(&path(&first.thread.id, "/update_categories"), json!({"thread_category_ids": []})).await.ok();
    let list = async || t.get("/1.0/content_threads").await.ok()["records"][0].clone();
    let thread = list().await;
    for (field, value) in [
        ("first_content_id", json!(first.content.id)),
        ("first_content_author_id", json!(first.author.id)),
        ("last_content_id", reply["id"].clone()),
        ("last_content_at", json!("2026-03-02T09:01:00Z")),
        ("first_categorization_at", json!("2026-03-02T09:01:00Z")),
        ("intervention_user_ids", json!([nora["id"]])),
        ("opened_intervention_user_ids", json!([nora["id"]])),
    ] {
        assert_eq!(thread[field], value, "{field}");
    }
    let reassign = format!("/1.0/interventions/{}/reassign", id(&case));
    t.put(&reassign, json!({"user_id": omar["id"]})).await.ok();
    assert_eq!(list().await["opened_intervention_user_ids"], json!([omar["id"]]));
    t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    let thread = list().await;
    assert_eq!(
        (&thread["intervention_user_ids"], &thread["opened_intervention_user_ids"]),
        (&json!([omar["id"]]), &json!([]))
    );
}

#[tokio::test]
async fn threads_are_listed_by_last_content_in_windows() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut threads = Vec::new();
    for who in ["ann", "bob", "cid"] {
        threads.push(shop.say(&t, who, None, "Hello").await.thread.id.to_string());
        t.clock.advance(Duration::from_secs(1));
    }
    shop.say(&t, "ann", Some(&threads[0]), "Hello again").await;
    let (ids, count) = t.get("/1.0/content_threads?limit=2").await.ids();
    assert_eq!((ids, count), (vec![threads[0].clone(), threads[2].clone()], 3));
    let (ids, count) = t.get("/1.0/content_threads?limit=2&offset=2").await.ids();
    assert_eq!((ids, count), (vec![threads[1].clone()], 3));
    let (ids, count) = t.get("/1.0/content_threads?offset=3").await.ids();
    assert_eq!((ids, count), (vec![], 3));
    for window in ["limit=0", "limit=151", "limit=-1", "limit=x", "offset=-1", "offset=99999999999999999999"] {
        assert_eq!(t.get(&format!("/1.0/content_threads?{window}")).await.error(400), "invalid_parameter", "{window}");
    }
}

#[tokio::test]
async fn the_query_filters_and_orders() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let ann = shop.say(&t, "ann", None, "Où est ma crème brûlée, Éric ?").await;
    t.clock.advance(Duration::from_secs(1));
    let bob = shop.say(&t, "bob", None, "The parcel is late").await;
    t.clock.advance(Duration::from_secs(1));
    let cid = second.say(&t, "cid", None, "The PARCELS are broken").await;
    t.put(&path(&cid.thread.id, "/ignore"), json!({})).await.ok();
    let all = [ann.thread.id.as_str(), bob.thread.id.as_str(), cid.thread.id.as_str()];

    eventually("the last content in the index", async || (found(&t, &all, "broken").await == [2]).then_some(())).await;
    let (first, other) = (&shop.chat.id, &second.chat.id);
    for (q, expected) in [
        (String::new(), vec![2, 1, 0]),
        ("parcel".into(), vec![2, 1]),
        ("text:parcel order:last_content_at.asc".into(), vec![1, 2]),
        ("parcel late".into(), vec![1]),
        ("text:\"the parcel\" late".into(), vec![1]),
        ("parc".into(), vec![2, 1]),
        ("creme brulee".into(), vec![0]),
        ("CRÈME éric".into(), vec![0]),
        ("crème parcel".into(), vec![]),
        ("!!!".into(), vec![]),
        (format!("source:{first}"), vec![1, 0]),
        (format!("source:\"{other}\""), vec![2]),
        (format!("source:{first} source:{other}"), vec![2, 1, 0]),
        (format!("-source:{first}"), vec![2]),
        (format!("-source:{first} -source:{other}"), vec![]),
        (format!("source:{first} parcel"), vec![1]),
        ("status_in:new".into(), vec![1, 0]),
        ("status_in:new,ignored".into(), vec![2, 1, 0]),
        ("status_in:ignored status_in:new".into(), vec![2, 1, 0]),
        ("-status_in:ignored".into(), vec![1, 0]),
        ("status_in:replied".into(), vec![]),
        (format!("identity:{}", ann.author.id), vec![0]),
        (format!("identity:{} identity:{}", ann.author.id, bob.author.id), vec![1, 0]),
        ("order:created_at.asc".into(), vec![0, 1, 2]),
        ("order:created_at.desc".into(), vec![2, 1, 0]),
        ("order:last_content_at.desc".into(), vec![2, 1, 0]),
    ] {
        assert_eq!(found(&t, &all, &q).await, expected, "{q}");
    }
}

#[tokio::test]
async fn queries_that_cannot_be_read_are_refused_and_none_breaks_the_server() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.say(&t, "ann", None, "Hello").await;
    let token = crate::support::ADMIN_TOKEN;
    for q in ["colour:red", "source:1", "identity:x", "status_in:lost", "order:title.asc", "text:\"open", "source:"] {
        let answer = search(&t, token, q).await;
        assert_eq!(answer.json["field"], "q", "{q}");
        assert_eq!(answer.error(400), "invalid_parameter", "{q}");
    }
    let long = format!("{} b", "a".repeat(5000));
    let many = "word ".repeat(3000);
    for q in ["a AND b OR NOT", "NEAR(a b)", "* \" '", "a:", "\\", "%", "&|!():*", "\u{0}", "١٢٣ ﬁ ß", &long, &many]
    {
        let answer = search(&t, token, q).await;
        assert!([200, 400, 422].contains(&answer.status.as_u16()), "{q:.40}: {} {}", answer.status, answer.text);
    }
}

#[tokio::test]
async fn closing_and_opening_take_effect_at_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let thread = &said.thread.id;
    t.clock.advance(Duration::from_secs(5));
    let closed = t.put(&path(thread, "/close"), json!({})).await.ok();
    assert_eq!((&closed["closed"], &closed["updated_at"]), (&json!(true), &json!("2026-03-02T09:00:05Z")));
    assert_eq!(t.get(&path(thread, "")).await.ok()["closed"], true);
    assert_eq!(t.put(&path(thread, "/close"), json!({})).await.error(403), "forbidden");
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Hello"});
    assert_eq!(t.post("/1.0/contents", reply.clone()).await.error(403), "cant_reply_to_closed_thread");

    assert_eq!(t.get(&path(thread, "/open")).await.ok()["closed"], false);
    assert_eq!(t.put(&path(thread, "/open"), json!({})).await.error(403), "forbidden");
    t.put(&path(thread, "/close"), json!({})).await.ok();
    assert_eq!(t.put(&path(thread, "/open"), json!({})).await.ok()["closed"], false);
    t.post("/1.0/contents", reply).await.ok();

    // A customer's next word opens it again.
    t.put(&path(thread, "/close"), json!({})).await.ok();
    shop.say(&t, "ann", Some(thread.as_str()), "Still there?").await;
    assert_eq!(t.get(&path(thread, "")).await.ok()["closed"], false);
}

#[tokio::test]
async fn closing_and_opening_need_their_permissions() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let role = json!({"label": "Reader", "read_content_source": true});
    let reader = match t.post("/1.0/roles", role).await {
        made if made.status == 200 => made.json,
        _ => return,
    };
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"role_id": reader["id"]})).await.ok();
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    for action in ["/close", "/open"] {
        send(t.request_as(&token, Method::PUT, &path(&said.thread.id, action))).await.error(403);
    }
}

#[tokio::test]
async fn archiving_takes_what_waits_out_of_the_way() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let first = shop.say(&t, "ann", None, "Hello").await;
    let thread = first.thread.id.as_str();
    let second = shop.say(&t, "ann", Some(thread), "Anybody?").await;
    assert_eq!(t.get("/console/folders").await.ok()["unassigned"], 1);
    t.put(&path(thread, "/ignore"), json!({})).await.ok();
    for content in [&first.content.id, &second.content.id] {
        assert_eq!(t.get(&format!("/1.0/contents/{content}")).await.ok()["status"], "ignored");
    }
    let folders = t.get("/console/folders").await.ok();
    let done = t.get("/console/threads?folder=done").await.ok();
    assert_eq!((&folders["unassigned"], &done["count"]), (&json!(0), &json!(1)));
    // Again: nothing waits any more, and that is no error.
    t.put(&path(thread, "/ignore"), json!({})).await.ok();
    // What comes later waits again.
    shop.say(&t, "ann", Some(thread), "Hello??").await;
    assert_eq!(t.get("/console/folders").await.ok()["unassigned"], 1);
}

#[tokio::test]
async fn categories_of_a_thread_are_set_in_every_form_and_joined_with_its_contents() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let category = async |body: Value| id(&t.post("/1.0/categories", body).await.ok()).to_owned();
    let root = category(json!({"name": "Reason", "multiple": true})).await;
    let a = category(json!({"name": "Late", "parent_id": root})).await;
    let b = category(json!({"name": "Broken", "parent_id": root})).await;
    let update = path(&said.thread.id, "/update_categories");
    let put = |query: &str| t.request(Method::PUT, &format!("{update}{query}"));

    let content = format!("/1.0/contents/{}/update_categories", said.content.id);
    t.put(&content, json!({"category_ids": [b]})).await.ok();
    let requests = [
        put(&format!("?thread_category_ids[]={a}")),
        put(&format!("?thread_category_ids%5B%5D={a}")),
        put("").form(&[("thread_category_ids[]", &a)]),
        put("").json(&json!({"thread_category_ids": [a]})),
        put("").json(&json!({"thread_category_ids[]": [a, a]})),
        put("").multipart(reqwest::multipart::Form::new().text("thread_category_ids[]", a.clone())),
    ];
    for request in requests {
        let thread = send(request).await.ok();
        assert_eq!(thread["thread_category_ids"], json!([a]));
        assert_eq!(thread["category_ids"], json!([a, b]));
        assert_eq!(send(put("?thread_category_ids[]=")).await.ok()["thread_category_ids"], json!([]));
    }
    assert_eq!(t.get(&path(&said.thread.id, "")).await.ok()["category_ids"], json!([b]));
    send(put("?thread_category_ids[]=x")).await.error(400);
    let unknown = send(put("?thread_category_ids[]=111111111111111111111111")).await;
    assert_eq!(unknown.json["field"], "thread_category_ids");
    assert_eq!(unknown.error(422), "validation_failed");
}

#[tokio::test]
async fn text_input_is_switched_off_and_on() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let (off, on) = (path(&said.thread.id, "/disable_text_input"), path(&said.thread.id, "/enable_text_input"));
    assert_eq!(t.put(&on, json!({})).await.error(403), "forbidden");
    let thread = t.put(&off, json!({})).await.ok();
    assert_fields(&thread, FIELDS);
    assert_eq!(thread["disable_text_input"], true);
    assert_eq!(t.put(&off, json!({})).await.error(403), "forbidden");
    assert_eq!(t.put(&on, json!({})).await.ok()["disable_text_input"], false);

    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    send(t.request_as(&token, Method::PUT, &off)).await.error(403);
}

#[tokio::test]
async fn what_may_not_be_read_is_not_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let hidden = shop.say(&t, "ann", None, "Secret parcel").await;
    let seen = second.say(&t, "ann", None, "Public parcel").await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[]).await;

    let list = send(t.request_as(&token, Method::GET, "/1.0/content_threads")).await.ids();
    assert_eq!(list, (vec![seen.thread.id.to_string()], 1));
    eventually("both in the index", async || {
        let (ids, _) = search(&t, crate::support::ADMIN_TOKEN, "parcel").await.ids();
        (ids.len() == 2).then_some(())
    })
    .await;
    for q in ["parcel".to_owned(), format!("identity:{}", hidden.author.id), "status_in:new".into()] {
        assert_eq!(search(&t, &token, &q).await.ids().1, 1, "{q}");
    }
    assert_eq!(search(&t, &token, &format!("source:{}", shop.chat.id)).await.ids(), (vec![], 0));
    let get = |action: &str| t.request_as(&token, Method::GET, &path(&hidden.thread.id, action));
    assert_eq!(send(get("")).await.error(404), "not_found");
    assert_eq!(send(get("/open")).await.error(404), "not_found");
    for action in ["close", "open", "ignore", "update_categories", "disable_text_input", "enable_text_input"] {
        let request = t.request_as(&token, Method::PUT, &path(&hidden.thread.id, &format!("/{action}")));
        assert_eq!(send(request).await.error(404), "not_found", "{action}");
    }
    // Nor is anything that has never been.
    for id in ["111111111111111111111111", "x", "%00", "1'1"] {
        assert_eq!(t.get(&path(id, "")).await.error(404), "not_found");
    }
    // The role's permission counts again once the user's own is gone.
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    send(get("")).await.ok();
}
