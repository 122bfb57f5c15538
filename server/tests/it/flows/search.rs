//! The search language on the lists of threads, contents and events, and as the query of a folder.

use std::time::Duration;

use hubbub::domain::{self, Actor, access, search};
use model::{CategoryId, ContentId, ContentStatus, CreatedFrom, SourcePermission, ThreadId, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use store::content::Content;
use store::intervention::Intervention;
use store::user::User;
use store::{Json, Page, Scope, Tx};

use crate::support::derived::{assert_derived, tallied};
use crate::support::world::{World, user, user_id};
use crate::support::{ADMIN_TOKEN, TestApp, eventually, id, send};

async fn query(t: &TestApp, token: &str, path: &str, q: &str) -> Value {
    send(t.request_as(token, Method::GET, path).query(&[("q", q)])).await.ok()
}

/// The threads that a query finds, by their names, in order; the count must be the number of them.
async fn found(t: &TestApp, token: &str, named: &[(char, ThreadId)], q: &str) -> String {
    let answer = query(t, token, "/1.0/content_threads", q).await;
    let records = answer["records"].as_array().expect("records");
    assert_eq!(answer["count"], records.len(), "{q}");
    let name = |r: &Value| named.iter().find(|(_, thread)| thread.as_str() == id(r)).expect("a known thread").0;
    records.iter().map(name).collect()
}

/// Changes a row of the database directly.
async fn change<T, F>(t: &TestApp, change: F) -> T
where
    F: for<'t> FnOnce(&'t mut Tx) -> store::TxFuture<'t, T, domain::Error> + Clone + Send + 'static,
    T: Send + 'static,
{
    t.app.db.write(change).await.expect("a change")
}

async fn change_content(t: &TestApp, id: &ContentId, edit: impl FnOnce(&mut Content) + Clone + Send + 'static) {
    let id = id.clone();
    change(t, move |tx| {
        Box::pin(async move {
            let mut content = store::content::find(tx, &Scope::All, &id).await?.expect("a content");
            edit(&mut content);
            Ok(tx.update(&content).await?)
        })
    })
    .await;
}

/// A shop with four threads, `a` to `d`, each by somebody else, a minute apart; `b` on a second chat.
struct Desk {
    t: TestApp,
    shop: World,
    other: World,
    threads: Vec<(char, ThreadId)>,
    contents: Vec<ContentId>,
}

impl Desk {
    async fn new() -> Self {
        let t = TestApp::start().await;
        let shop = World::new(&t).await;
        let other = World::on(shop.another_chat(&t, "Other").await);
        let (mut threads, mut contents) = (Vec::new(), Vec::new());
        for (name, body) in [('a', "Where is my parcel?"), ('b', "Mon colis, svp"), ('c', "Broken"), ('d', "Thanks")] {
            let place = if name == 'b' { &other } else { &shop };
            let said = place.say(&t, &format!("customer {name}"), None, body).await;
            threads.push((name, said.thread.id));
            contents.push(said.content.id);
            t.clock.advance(Duration::from_secs(60));
        }
        Self { t, shop, other, threads, contents }
    }

    async fn check(&self, token: &str, cases: &[(String, &str)]) {
        for (q, expected) in cases {
            assert_eq!(found(&self.t, token, &self.threads, q).await, *expected, "{q}");
        }
    }

    async fn open(&self, token: &str, at: usize) -> Value {
        let path = "/1.0/interventions";
        send(self.t.request_as(token, Method::POST, path).json(&json!({"content_id": self.contents[at]}))).await.ok()
    }
}

#[tokio::test]
async fn a_new_content_is_found_by_its_words_without_regard_to_case_and_accents() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    world.say(&t, "alice", None, "Mon colis est arrivé ABÎMÉ. Œuf cassé !").await;
    world.say(&t, "bob", None, "Where is my parcel?").await;
    let count = async |path: &str, q: &str| query(&t, ADMIN_TOKEN, path, q).await["count"].as_i64().expect("a count");
    eventually("an indexed content", || async { (count("/1.0/contents", "parcel").await == 1).then_some(()) }).await;
    for (q, found) in [
        ("abime", 1),
        ("text:\"colis arrive\"", 1),
        ("ARRI", 1),
        ("rive", 0),
        ("parcel colis", 0),
        ("col* abim* mon", 1),
        ("col abime", 0),
        ("oeuf", 1),
        ("ŒUF", 1),
        ("-  parcel", 1),
        ("http://parcel", 0),
    ] {
        assert_eq!(count("/1.0/contents", q).await, found, "{q}");
        assert_eq!(count("/1.0/content_threads", q).await, found, "{q}");
    }
}

#[tokio::test]
async fn assignments_are_found_by_their_state_and_their_agent() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let (ann, ann_token) = user(t, "Ann", "Agent").await;
    let (bob, bob_token) = user(t, "Bob", "Agent").await;
    let first = desk.open(&ann_token, 0).await;
    let deferred = desk.open(&ann_token, 1).await;
    let later = json!({"duration": 3600});
    let path = format!("/1.0/interventions/{}/defer", id(&deferred));
    send(t.request_as(&ann_token, Method::PUT, &path).json(&later)).await.ok();
    // The reply makes `c` the newest of them.
    let ended = desk.open(&bob_token, 2).await;
    let reply = json!({"in_reply_to_id": desk.contents[2], "body": "A new one is on its way"});
    send(t.request_as(&bob_token, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    send(t.request_as(&bob_token, Method::PUT, &format!("/1.0/interventions/{}/close", id(&ended)))).await.ok();
    let team = t.post("/1.0/teams", json!({"name": "Night", "user_ids": [id(&bob)]})).await.ok();
    let team = id(&team);
    let (ann_id, bob_id) = (id(&ann), id(&bob));
    desk.check(
        &ann_token,
        &[
            ("active_and_assigned:true".into(), "a"),
            ("-active_and_assigned:true".into(), "cdb"),
            ("opened_and_assigned:1".into(), "ba"),
            ("opened_and_assigned:no".into(), "cd"),
            ("assigned:on".into(), "cba"),
            ("assigned:off".into(), "d"),
            ("active_and_assigned_to_me:true".into(), "a"),
            ("active_and_assigned_to_me:false".into(), "cdb"),
            ("opened_and_assigned_to_me:true".into(), "ba"),
            ("assigned_to_me:false".into(), "cd"),
            (format!("active_and_assigned_to:{ann_id}"), "a"),
            (format!("-active_and_assigned_to:{ann_id}"), "cdb"),
            (format!("opened_and_assigned_to:{bob_id}"), ""),
            (format!("assigned_to:{bob_id}"), "c"),
            (format!("assigned_to:{bob_id} assigned_to:{ann_id}"), "cba"),
            (format!("-assigned_to:{bob_id}"), "dba"),
            (format!("assigned_to_team:{team}"), "c"),
            (format!("-assigned_to_team:{team}"), "dba"),
            (format!("opened_and_assigned_to_team:{team}"), ""),
            (format!("active_and_assigned_to_team:{}", desk.contents[0]), ""),
            ("assigned_to_disabled_agents:true".into(), ""),
        ],
    )
    .await;
    desk.check(&bob_token, &[("assigned_to_me:true".into(), "c")]).await;
    t.put(&format!("/1.0/users/{ann_id}"), json!({"enabled": false})).await.ok();
    desk.check(
        &bob_token,
        &[
            ("active_and_assigned_to_disabled_agents:true".into(), "a"),
            ("opened_and_assigned_to_disabled_agents:true".into(), "ba"),
            ("-assigned_to_disabled_agents:true".into(), "cd"),
        ],
    )
    .await;
    t.put(&format!("/1.0/interventions/{}/cancel", id(&first)), json!({})).await;
    assert_derived(t).await;
}

/// Gives a user categories.
async fn give(t: &TestApp, who: UserId, categories: &[&Value]) {
    let ids: Vec<CategoryId> = categories.iter().map(|c| CategoryId::parse(id(c)).expect("an id")).collect();
    change(t, move |tx| {
        Box::pin(async move {
            let mut user: User = store::user::find(tx, &who).await?.expect("a user");
            user.category_ids = Json(ids);
            tx.update(&user).await?;
            domain::note_change(tx, None, "user", who.as_str(), domain::Change::Updated);
            Ok(())
        })
    })
    .await;
}

#[tokio::test]
async fn categories_are_found_as_they_are_mine_or_forwarded_into() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let make = async |body: Value| t.post("/1.0/categories", body).await.ok();
    let root = make(json!({"name": "Reason", "multiple": true})).await;
    let late = make(json!({"name": "Late", "parent_id": root["id"]})).await;
    let lost = make(json!({"name": "Lost", "parent_id": root["id"]})).await;
    let other = make(json!({"name": "Other", "multiple": true})).await;
    let set = async |at: usize, ids: &[&Value]| {
        let ids: Vec<&str> = ids.iter().map(|c| id(c)).collect();
        let path = format!("/1.0/content_threads/{}/update_categories", desk.threads[at].1);
        t.put(&path, json!({"thread_category_ids": ids})).await.ok();
    };
    set(0, &[&late]).await;
    set(1, &[&late, &other]).await;
    let path = format!("/1.0/contents/{}/update_categories", desk.contents[2]);
    t.put(&path, json!({"category_ids": [lost["id"]]})).await.ok();
    change_content(t, &desk.contents[2], |c| c.status = ContentStatus::Forwarded).await;
    let (ann, token) = user(t, "Ann", "Agent").await;
    give(t, user_id(&ann), &[&other, &lost]).await;
    let (root_id, late_id, lost_id, other_id) = (id(&root), id(&late), id(&lost), id(&other));
    let cases = [
        ("categorized:true".into(), "cba"),
        ("categorized:false".into(), "d"),
        (format!("categorized_in:{late_id}"), "ba"),
        (format!("categorized_in:{late_id} categorized_in:{lost_id}"), "cba"),
        (format!("categorized_in:{lost_id},{other_id}"), "cb"),
        (format!("categorized_in:{root_id}"), ""),
        (format!("-categorized_in:{late_id}"), "dc"),
        (format!("not_categorized_in:{late_id}"), "dc"),
        (format!("not_categorized_in:{late_id} not_categorized_in:{lost_id}"), "d"),
        (format!("categorized_in:{late_id} not_categorized_in:{other_id}"), "a"),
        ("categorized_in_mine:true".into(), "cb"),
        ("-categorized_in_mine:yes".into(), "da"),
        (format!("categorized_in_mine_of:{root_id}"), "c"),
        (format!("categorized_in_mine_of:{late_id}"), ""),
        (format!("forwarded_into:{lost_id}"), "c"),
        (format!("-forwarded_into:{lost_id}"), "dba"),
        ("forwarded_into_mine:true".into(), "c"),
        ("forwarded_into_mine:false".into(), "dba"),
        (format!("forwarded_into_mine_of:{root_id}"), "c"),
        (format!("forwarded_into_mine_of:{other_id}"), ""),
        ("status_in:forwarded".into(), "c"),
    ];
    desk.check(&token, &cases).await;
    // The administrator has no categories.
    desk.check(ADMIN_TOKEN, &[("categorized_in_mine:true".into(), ""), ("categorized_in_mine:false".into(), "dcba")])
        .await;
    // A category that takes over another's threads has them at once, and one that is gone has none.
    set(1, &[&other]).await;
    desk.check(&token, &[(format!("categorized_in:{late_id}"), "a")]).await;
    assert_derived(t).await;
}

#[tokio::test]
async fn waiting_contents_without_a_mandatory_category_need_one() {
    let desk = Desk::new().await;
    let t = &desk.t;
    desk.check(ADMIN_TOKEN, &[("needs_manual_categorization:true".into(), "")]).await;
    let body = json!({"name": "Reason", "mandatory": true, "source_ids": [desk.shop.chat.id]});
    let root = t.post("/1.0/categories", body).await.ok();
    let late = t.post("/1.0/categories", json!({"name": "Late", "parent_id": root["id"]})).await.ok();
    let path = format!("/1.0/contents/{}/update_categories", desk.contents[0]);
    t.put(&path, json!({"category_ids": [late["id"]]})).await.ok();
    t.put(&format!("/1.0/contents/{}/ignore", desk.contents[3]), json!({})).await.ok();
    let cases = [
        ("needs_manual_categorization:true".into(), "c"),
        ("needs_manual_categorization:false".into(), "dba"),
        ("-needs_manual_categorization:true".into(), "dba"),
    ];
    desk.check(ADMIN_TOKEN, &cases).await;
}

#[tokio::test]
async fn statuses_flags_languages_and_people_are_found() {
    let desk = Desk::new().await;
    let t = &desk.t;
    t.put(&format!("/1.0/contents/{}/ignore", desk.contents[3]), json!({})).await.ok();
    let reply = json!({"in_reply_to_id": desk.contents[1], "body": "Il arrive"});
    t.post("/1.0/contents", reply).await.ok();
    t.clock.advance(Duration::from_secs(60));
    let soon = t.clock.now().plus_seconds(3600);
    change_content(t, &desk.contents[0], |c| c.language = Some("EN".into())).await;
    change_content(t, &desk.contents[1], |c| c.language = Some("fr".into())).await;
    change_content(t, &desk.contents[2], |c| (c.approval_required, c.published) = (true, false)).await;
    change_content(t, &desk.contents[3], move |c| (c.published, c.created_at) = (false, soon)).await;
    change(t, {
        let id = desk.threads[0].1.clone();
        move |tx| {
            Box::pin(async move {
                let mut thread = store::thread::find(tx, &Scope::All, &id).await?.expect("a thread");
                thread.foreign_id = Some("order 12,3".into());
                Ok(tx.update(&thread).await?)
            })
        }
    })
    .await;
    let author = async |at: usize| {
        let path = format!("/1.0/contents/{}", desk.contents[at]);
        t.get(&path).await.ok()["author_id"].as_str().expect("an id").to_owned()
    };
    let (a, b) = (author(0).await, author(1).await);
    let cases = [
        ("status_in:new".into(), "ca"),
        ("status_in:new status_in:ignored".into(), "dca"),
        ("-status_in:new".into(), "bd"),
        ("-status_in:new -status_in:ignored".into(), "b"),
        ("status_in:user_reply,replied".into(), "b"),
        ("status_in:new status_in:user_reply".into(), "bca"),
        ("approval_required:true".into(), "c"),
        ("approval_required:0".into(), "bda"),
        ("not_published:true".into(), "dc"),
        ("not_published:false".into(), "ba"),
        ("scheduled:true".into(), "d"),
        ("scheduled:false".into(), "bca"),
        ("language:en".into(), "a"),
        ("language:en language:FR".into(), "ba"),
        ("-language:en".into(), "bdc"),
        ("foreign:\"order 12,3\"".into(), "a"),
        ("foreign:other".into(), ""),
        (format!("identity:{a}"), "a"),
        (format!("identity:{a} identity:{b}"), "ba"),
        (format!("identity:{a} source:{}", desk.other.chat.id), ""),
        (format!("source:{} order:created_at.asc", desk.shop.chat.id), "acd"),
        (format!("-source:{} -status_in:ignored", desk.shop.chat.id), "b"),
        (format!("source:{} source:{} order:last_content_at.asc", desk.shop.chat.id, desk.other.chat.id), "acdb"),
    ];
    // `d` stays where it was: its content's date was changed, not its thread's.
    let by_activity = |names: &str| {
        let order = "bdca";
        order.chars().filter(|c| names.contains(*c)).collect::<String>()
    };
    for (q, expected) in &cases {
        let expected = if q.contains("order:") { (*expected).to_owned() } else { by_activity(expected) };
        assert_eq!(found(t, ADMIN_TOKEN, &desk.threads, q).await, expected, "{q}");
    }
    // The last content of a language, and the last one that waits for approval, take the thread out again.
    change_content(t, &desk.contents[0], |c| c.language = None).await;
    change_content(t, &desk.contents[2], |c| (c.approval_required, c.published) = (false, true)).await;
    desk.check(ADMIN_TOKEN, &[("language:en".into(), ""), ("approval_required:true".into(), "")]).await;
    assert_derived(t).await;
}

#[tokio::test]
async fn groups_of_identities_are_found_through_their_members() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let path = format!("/1.0/contents/{}", desk.contents[0]);
    let author = t.get(&path).await.ok()["author_id"].as_str().expect("an id").to_owned();
    let group = change(t, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let group = model::IdentityGroupId::new(now);
            let sql = "INSERT INTO identity_groups (id, emails, home_phones, mobile_phones, tag_ids, \
                       custom_field_values, created_at, updated_at) VALUES (?1, '[]', '[]', '[]', '[]', '{}', ?2, ?2)";
            tx.execute(sql, store::params![group, now]).await?;
            let id = model::IdentityId::parse(&author).expect("an id");
            let mut identity = store::identity::find(tx, &id).await?.expect("an identity");
            identity.identity_group_id = Some(group.clone());
            tx.update(&identity).await?;
            Ok(group)
        })
    })
    .await;
    desk.check(
        ADMIN_TOKEN,
        &[(format!("identity_group:{group}"), "a"), (format!("identity_group:{}", desk.contents[0]), "")],
    )
    .await;
    let contents = query(t, ADMIN_TOKEN, "/1.0/contents", &format!("identity_group:{group}")).await;
    assert_eq!(contents["count"], 1);
}

#[tokio::test]
async fn dates_are_read_in_the_callers_words_and_time_zone() {
    // Monday, 9:00 UTC: 10:00 in Paris. The last of the four threads came at 9:03.
    let desk = Desk::new().await;
    let t = &desk.t;
    let (ann, token) = user(t, "Ann", "Agent").await;
    let body = json!({"locale": "fr", "timezone": "Europe/Paris"});
    t.put(&format!("/1.0/users/{}", id(&ann)), body).await.ok();
    t.clock.advance(Duration::from_secs(26 * 60));
    desk.check(
        ADMIN_TOKEN,
        &[
            ("last_content_after:\"29 minutes ago\"".into(), "dc"),
            ("last_content_before:\"2026-03-02 09:01:00\"".into(), "a"),
            ("first_content_after:\"today at 9:01\" first_content_before:\"2026-03-02T09:03:00Z\"".into(), "c"),
            ("last_content_after:yesterday last_content_after:\"today at 9:02\"".into(), "d"),
            ("first_content_after:02/03/2026".into(), "dcba"),
            ("first_content_after:tomorrow".into(), ""),
        ],
    )
    .await;
    desk.check(
        &token,
        &[
            ("last_content_after:\"il y a 29 minutes\"".into(), "dc"),
            ("last_content_after:\"aujourd'hui à 10h02\"".into(), "d"),
            ("last_content_before:\"2026-03-02 10:01:00\"".into(), "a"),
            ("first_content_after:02/03/2026".into(), "dcba"),
            ("first_content_after:03/03/2026".into(), ""),
            ("first_content_before:\"vendredi dernier à 20:00\"".into(), ""),
        ],
    )
    .await;
    // Saturday: five days of nine business hours lie between now and Monday, 9:00.
    t.clock.advance(Duration::from_secs(5 * 24 * 3600));
    let cases = [
        ("last_content_after:\"45 business hours ago\"".into(), "dcb"),
        ("last_content_after:\"il y a 45 heures ouvrées\"".into(), "dcb"),
        ("last_content_after:\"45 hours ago\"".into(), ""),
        ("last_content_before:\"20 business minutes from now\"".into(), "dcba"),
        ("last_content_before:\"5 business days ago\"".into(), ""),
        ("last_content_before:\"4 business days ago\"".into(), "dcba"),
    ];
    desk.check(ADMIN_TOKEN, &cases).await;
    desk.check(&token, &cases).await;
    let wrong = t.request(Method::GET, "/1.0/content_threads").query(&[("q", "a first_content_after:\"last lunch\"")]);
    let answer = send(wrong).await;
    assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!("q"), 400));
    let message = answer.json["message"].as_str().expect("a message");
    assert!(message.starts_with("q: at character 24: first_content_after: expected a date"), "{message}");
}

#[tokio::test]
async fn a_search_stays_within_what_its_caller_may_read() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let (ann, token) = user(t, "Ann", "Agent").await;
    desk.shop.permit(t, &ann, &[]).await;
    let indexed = || async { (query(t, ADMIN_TOKEN, "/1.0/contents", "thanks").await["count"] == 1).then_some(()) };
    eventually("an indexed content", indexed).await;
    let (shop, other) = (&desk.shop.chat.id, &desk.other.chat.id);
    let cases = [
        (String::new(), "b"),
        ("status_in:new".into(), "b"),
        (format!("source:{shop}"), ""),
        (format!("source:{shop} source:{other}"), "b"),
        (format!("-source:{other}"), ""),
        ("assigned:false".into(), "b"),
        ("parcel".into(), ""),
        ("colis".into(), "b"),
        ("colis order:relevance".into(), "b"),
        ("-language:fr".into(), "b"),
        ("last_content_after:yesterday".into(), "b"),
    ];
    desk.check(&token, &cases).await;
    for (q, expected) in [("", 1), ("status_in:new", 1), ("parcel", 0), ("parcel order:relevance", 0), ("colis", 1)] {
        assert_eq!(query(t, &token, "/1.0/contents", q).await["count"], expected, "{q}");
    }
    desk.other.permit(t, &ann, &[]).await;
    for q in ["", "status_in:new", "colis", "categorized:false order:created_at.asc"] {
        desk.check(&token, &[(q.to_owned(), "")]).await;
    }
    desk.other.permit(t, &ann, &[SourcePermission::Read]).await;
    assert_eq!((tallied(t, shop).await, tallied(t, other).await), (3, 1));
}

async fn actor(tx: &mut Tx, id: &UserId) -> domain::Result<Actor> {
    access::actor(tx, id, None, CreatedFrom::Interface).await
}

#[tokio::test]
async fn a_folder_counts_and_lists_by_its_query_and_refuses_a_bad_one() {
    let desk = Desk::new().await;
    let (ann, token) = user(&desk.t, "Ann", "Agent").await;
    let case = desk.open(&token, 2).await;
    let who = user_id(&ann);
    let read = desk.t.app.db.read(move |tx| {
        Box::pin(async move {
            let ann = actor(tx, &who).await?;
            let mine = search::parse("active_and_assigned_to_me:true", "query")?;
            let count = search::count_threads(tx, &ann, &mine).await?;
            let listed = search::threads(tx, &ann, &mine, Page { offset: 0, limit: 10 }).await?;
            let good = search::check_threads(tx, &ann, "last_content_after:yesterday parcel", "query").await;
            let bad = search::check_threads(tx, &ann, "colour:red", "query").await;
            Ok::<_, domain::Error>((count, listed, good.is_ok(), bad.expect_err("a refusal")))
        })
    });
    let (count, listed, good, bad) = read.await.expect("a read");
    assert_eq!((count, listed.count, listed.records.len(), good), (1, 1, 1, true));
    assert_eq!(listed.records[0].id, desk.threads[2].1);
    assert!(matches!(&bad, domain::Error::Invalid { field, .. } if field == "query"), "{bad}");
    assert!(bad.to_string().contains("at character 1: colour is not a keyword"), "{bad}");
    let gone = desk.t.app.db.write(move |tx| {
        let id = id(&case).to_owned();
        Box::pin(async move { tx.delete::<Intervention>(&id).await })
    });
    gone.await.expect("a removal");
    desk.check(&token, &[("assigned:true".into(), "")]).await;
    assert_derived(&desk.t).await;
}

#[tokio::test]
async fn events_take_dates_in_words_and_count_without_looking_at_all() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let count = async |q: &str| query(t, ADMIN_TOKEN, "/1.0/events", q).await["count"].as_i64().expect("a count");
    let head = t.app.db.read(|tx| Box::pin(store::journal::head(tx))).await.expect("a position");
    assert_eq!(count("").await, head);
    assert_eq!(count("name_in:content.imported").await, 4);
    assert_eq!(count("name_in:content.imported created_after:\"3 minutes ago\"").await, 2);
    assert_eq!(count("name_in:content.imported,intervention.opened created_before:\"2026-03-02 09:01\"").await, 1);
    for q in ["parcel", "-name_in:content.imported", "created_after:never", "order:last_content_at.asc"] {
        let answer = send(t.request(Method::GET, "/1.0/events").query(&[("q", q)])).await;
        assert_eq!(answer.json["field"], "q", "{q}");
        assert_eq!(answer.error(400), "invalid_parameter", "{q}");
    }
}
