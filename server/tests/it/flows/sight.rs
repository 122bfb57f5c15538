//! What somebody may not see is not there for them: no list shows what cannot be found, nothing is found that no list
//! shows, and no answer, event or frame names a hidden source or its people.

use hubbub::router::table;
use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::team::new_team;
use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, eventually, eventually_later, id, send};

/// Nouns of which the published API lists more than it lets find: whoever needs their names sees these, and who manages
/// them finds them.
const PUBLISHED: [&str; 2] = ["roles", "time_sheets"];

/// A desk with a chat that some may not read, on a community of its own, and with something of every noun.
struct Desk {
    t: TestApp,
    open: World,
    hidden: World,
    /// Ids that nobody sees who may not read the hidden chat.
    secrets: Vec<String>,
    /// An identity and a group of the hidden chat.
    person: (String, String),
}

async fn chat(t: &TestApp, name: &str) -> World {
    let community = json!({"type": "engage_messaging", "name": name, "signed_identities": "rejected"});
    let community = t.post("/1.0/communities", community).await.ok();
    let chat = json!({"type": "engage_messaging", "name": name, "community_id": community["id"]});
    let chat = t.post("/1.0/content_sources", chat).await.ok();
    let token = chat["token"].as_str().expect("a token").to_owned();
    let found = t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    World::on(found.expect("a read").expect("a source"))
}

/// Somebody writes, is answered, and becomes a person; gives the identity and the group.
async fn story(t: &TestApp, shop: &World) -> (String, String) {
    let said = shop.say(t, "ann", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    t.post("/1.0/intervention_comments", json!({"intervention_id": case["id"], "body": "A note"})).await.ok();
    let part = reqwest::multipart::Part::bytes(b"A picture".to_vec()).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let file = send(t.request(Method::POST, "/1.0/attachments").multipart(form)).await.ok();
    let reply = json!({"in_reply_to_id": said.content.id, "body": "See there", "attachment_ids": [file["id"]]});
    t.post("/1.0/contents", reply).await.ok();
    let author = said.content.author_id.to_string();
    let group = json!({"identity_id": author, "firstname": "Ann"});
    let group = t.post("/1.0/identity_groups", group).await.ok();
    let other = shop.say(t, "bob", None, "Hello").await.content.author_id;
    let joined = json!({"associated_identity_id": other});
    t.put(&format!("/1.0/identity_groups/{}/merge", id(&group)), joined).await.ok();
    t.put(&format!("/1.0/identity_groups/{}", id(&group)), json!({"company": "Shop"})).await.ok();
    (author, id(&group).to_owned())
}

async fn desk() -> Desk {
    let t = TestApp::start().await;
    let (open, hidden) = (chat(&t, "Open").await, chat(&t, "Hidden").await);
    story(&t, &open).await;
    let person = story(&t, &hidden).await;
    let lists = [json!([]), json!([open.chat.id]), json!([hidden.chat.id]), json!([open.chat.id, hidden.chat.id])];
    for (n, sources) in lists.into_iter().enumerate() {
        let root = t.post("/1.0/categories", json!({"name": "Root", "source_ids": sources})).await.ok();
        t.post("/1.0/categories", json!({"name": "Leaf", "parent_id": root["id"]})).await.ok();
        t.post("/1.0/surveys", json!({"name": "x", "link": "https://survey.example", "source_ids": sources}))
            .await
            .ok();
        let entry = t.post("/1.0/reply_assistant/entries", json!({"label": "x", "source_ids": sources})).await.ok();
        let version = json!({"entry_id": entry["id"], "body": "x", "source_ids": sources});
        t.post("/1.0/reply_assistant/versions", version).await.ok();
        t.post("/1.0/time_sheets", json!({"label": format!("Hours {n}"), "source_ids": sources})).await.ok();
    }
    t.post("/1.0/reply_assistant/groups", json!({"name": "x"})).await.ok();
    t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    for chat in [&open, &hidden] {
        t.post("/1.0/messaging_variables", json!({"source_id": chat.chat.id, "name": "custom_plan"})).await.ok();
    }
    t.post("/1.0/messaging_email_templates", json!({"language": "fr"})).await.ok();
    t.post("/1.0/user_capacities", json!({"name": "x"})).await.ok();
    t.post("/1.0/custom_fields", json!({"label": "Order", "associated_type_name": "Intervention"})).await.ok();
    t.post("/1.0/folders", json!({"label": "Everybody's"})).await.ok();
    let me = t.get("/1.0/users/me").await.ok();
    t.post("/1.0/folders", json!({"label": "Mine", "user_restriction": {"only": [me["id"]]}})).await.ok();
    let hook = json!({"url": "https://bot.example", "registered_events": ["content.imported"], "active": false,
                      "verify_token": "hush", "source_ids": [hidden.chat.id]});
    t.post("/1.0/webhooks", hook).await.ok();
    let own = open.chat.identity_id.clone().expect("an identity").to_string();
    let hidden_own = hidden.chat.identity_id.clone().expect("an identity").to_string();
    t.put(&format!("/1.0/users/{}", id(&me)), json!({"identity_ids": [own, hidden_own]})).await.ok();
    let secrets = vec![
        hidden.chat.id.to_string(),
        hidden.chat.community_id.to_string(),
        hidden_own,
        person.0.clone(),
        person.1.clone(),
    ];
    Desk { t, open, hidden, secrets, person }
}

/// Users with less and less: all but the hidden chat, all tokens but not all else, a leader, an agent.
async fn callers(d: &Desk) -> Vec<(&'static str, String)> {
    let weak = json!({"label": "Keeper", "manage_api_access_tokens": true, "read_user": true, "read_community": true,
                      "source_permissions": ["read"]});
    d.t.post("/1.0/roles", weak).await.ok();
    let mut callers = Vec::new();
    for (name, role) in
        [("Lim", "Administrator"), ("Keep", "Keeper"), ("Lea", "Team leader"), ("Nora", "Agent"), ("Bo", "Bot")]
    {
        let (made, token) = user(&d.t, name, role).await;
        d.hidden.permit(&d.t, &made, &[]).await;
        if name == "Lea" {
            new_team(&d.t, "Hers", &[id(&made)], &[id(&made)]).await;
        }
        let hook = json!({"url": format!("https://{name}.example"), "registered_events": ["content.imported"],
                          "active": false});
        send(d.t.request_as(&token, Method::POST, "/1.0/webhooks").json(&hook)).await.ok();
        callers.push((name, token));
    }
    callers
}

async fn get(t: &TestApp, token: &str, path: &str) -> Answer {
    send(t.request_as(token, Method::GET, path)).await
}

fn ids(list: &Value) -> Vec<String> {
    let records = list.get("records").unwrap_or(list).as_array().cloned().unwrap_or_default();
    records.iter().filter_map(|record| record["id"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn lists_show_what_can_be_found_and_nothing_else_is_found() {
    let d = desk().await;
    let callers = callers(&d).await;
    let routes: Vec<&'static str> =
        table().iter().filter(|r| r.method == Method::GET && r.path.starts_with("/1.0/")).map(|r| r.path).collect();
    let nouns: Vec<&str> =
        routes.iter().copied().filter(|path| routes.iter().any(|r| *r == format!("{path}/{{id}}"))).collect();
    let mut hidden = 0;
    for noun in &nouns {
        let all = ids(&get(&d.t, ADMIN_TOKEN, &format!("{noun}?limit=60")).await.ok());
        // Mails are there where a server sends some: here none does.
        let none = noun.ends_with("status") || noun.ends_with("mail_deliveries");
        assert!(!all.is_empty() || none, "there is nothing of {noun}");
        for (name, token) in &callers {
            let list = get(&d.t, token, &format!("{noun}?limit=60")).await;
            let shown = if list.status == 200 { ids(&list.json) } else { Vec::new() };
            assert!(d.secrets.iter().all(|secret| !list.text.contains(secret)), "{name}: {noun}: {}", list.text);
            for id in all.iter().chain(&shown) {
                let found = get(&d.t, token, &format!("{noun}/{id}")).await;
                let what = format!("{name}: {noun}/{id}: {} {}", found.status, found.text);
                assert!(d.secrets.iter().all(|secret| !found.text.contains(secret) || secret == id), "{what}");
                if !PUBLISHED.iter().any(|published| noun.ends_with(published)) {
                    assert_eq!(found.status == 200, shown.contains(id), "{what}");
                }
                hidden += usize::from(found.status == 404);
            }
        }
    }
    assert!(nouns.len() > 20 && hidden > 50, "{} nouns, {hidden} hidden", nouns.len());
    // What was a secret when a webhook was made is none of its lists' business.
    assert!(!d.t.get("/1.0/webhooks").await.text.contains("hush"));
}

#[tokio::test]
async fn neither_events_nor_frames_nor_webhooks_name_a_hidden_chat_s_people() {
    let d = desk().await;
    let (lim, token) = user(&d.t, "Lim", "Administrator").await;
    d.hidden.permit(&d.t, &lim, &[]).await;
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "verify_token": "let me in",
                      "registered_events": ["identity.merged", "identity.unmerged", "content.imported"]});
    let hook = send(d.t.request_as(&token, Method::POST, "/1.0/webhooks").json(&hook)).await.ok();
    wait_for_status(&d.t, id(&hook), "active").await;
    let start = d.t.app.db.refresh_position().await.expect("a position");
    let (mut socket, _) = Socket::agent(&d.t, &token, Some(start)).await;

    let (one, group) = &d.person;
    let third = d.hidden.say(&d.t, "carl", None, "Hello").await.content.author_id;
    let path = format!("/1.0/identity_groups/{group}");
    d.t.put(&format!("{path}/merge"), json!({"associated_identity_id": third})).await.ok();
    d.t.put(&path, json!({"company": "Another"})).await.ok();
    d.t.put(&format!("{path}/unmerge"), json!({"associated_identity_id": third})).await.ok();
    d.t.put(&format!("/1.0/content_sources/{}", d.hidden.chat.id), json!({"name": "Renamed"})).await.ok();
    d.t.put(&format!("/1.0/communities/{}", d.hidden.chat.community_id), json!({"name": "Renamed"})).await.ok();
    let import = json!({"community_id": d.hidden.chat.community_id, "identifier": "dora"});
    assert_eq!(d.t.post("/1.0/identities/import", import).await.status, 201);
    // The same on the chat that may be read is told.
    let said = d.open.say(&d.t, "erik", None, "Hello").await;
    let made = d.t.post("/1.0/identity_groups", json!({"identity_id": said.content.author_id})).await.ok();
    let fred = d.open.say(&d.t, "fred", None, "Hello").await.content.author_id;
    let merge = json!({"associated_identity_id": fred});
    d.t.put(&format!("/1.0/identity_groups/{}/merge", id(&made)), merge).await.ok();

    let mut secrets = d.secrets.clone();
    secrets.extend([one.clone(), third.to_string()]);
    let clean = |what: &str, text: &str| {
        assert!(text.contains(id(&made)), "{what} misses what may be seen: {text}");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{what}: {text}");
    };
    clean("frames", &json!(socket.drain(&d.t).await).to_string());
    let (mut missed, _) = Socket::agent(&d.t, &token, Some(start)).await;
    clean("missed frames", &json!(missed.drain(&d.t).await).to_string());
    // The list of events does not name persons; that it is shorter is all there is to see.
    let merges = async |token: &str| {
        let list = get(&d.t, token, "/1.0/events?limit=150").await.text;
        list.matches("identity.merged").count()
    };
    assert_eq!((merges(ADMIN_TOKEN).await, merges(&token).await), (4, 2));
    clean("the journal", &get(&d.t, &token, "/1.0/events/journal?after=0&limit=500").await.text);
    let told = eventually("the merge that may be seen", || async {
        let told: Vec<String> = receiver.deliveries().iter().map(|request| request.body.to_string()).collect();
        told.iter().any(|body| body.contains(id(&made))).then(|| told.join("\n"))
    })
    .await;
    clean("the webhook", &told);
    // Who may read it is told all of it.
    let all = d.t.get("/1.0/events/journal?after=0&limit=500").await.text;
    assert!([one, group, &third.to_string()].iter().all(|id| all.contains(*id)), "{all}");
}

/// Takes back what tells whose people an entry is about.
const BACK: &str = "
    ALTER TABLE journal DROP COLUMN community_ids;
    UPDATE journal SET source_id = NULL WHERE resource_kind = 'content_source';
    DELETE FROM schema_migrations WHERE number = 27;
";

#[tokio::test]
async fn what_older_programs_noted_of_hidden_people_is_hidden_too() {
    let mut d = desk().await;
    let (lim, token) = user(&d.t, "Lim", "Administrator").await;
    d.hidden.permit(&d.t, &lim, &[]).await;
    let back = d.t.app.db.write(|tx| Box::pin(async move { tx.batch(BACK).await }));
    let back: Result<(), store::Error> = back.await;
    back.expect("taken back");
    d.t.restart().await;
    let path = "/1.0/events/journal?after=0&limit=500";
    let (all, some) = (d.t.get(path).await.text, get(&d.t, &token, path).await.text);
    let told = |text: &str| d.secrets.iter().filter(|secret| text.contains(*secret)).count();
    assert_eq!((told(&all), told(&some)), (d.secrets.len(), 0), "{some}");
    assert!(some.contains("identity_group.created") && some.contains("content_source"), "{some}");
}

#[tokio::test]
async fn what_a_webhook_s_user_may_no_longer_read_is_neither_sent_nor_shown() {
    let d = desk().await;
    let (nora, token) = user(&d.t, "Nora", "Agent").await;
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "verify_token": "let me in", "registered_events": ["content.imported"]});
    let hook = send(d.t.request_as(&token, Method::POST, "/1.0/webhooks").json(&hook)).await.ok();
    wait_for_status(&d.t, id(&hook), "active").await;
    receiver.code(500);
    d.hidden.say(&d.t, "ann", None, "For few").await;
    receiver.wait(1).await;
    d.hidden.permit(&d.t, &nora, &[]).await;
    receiver.code(200);
    // What is tried again has nothing that may be sent any more.
    let path = format!("/1.0/webhooks/{}/deliveries", id(&hook));
    eventually_later(&[&d.t], "the delivery is over", || async {
        let list = get(&d.t, &token, &path).await.ok();
        (list["records"][0]["state"] == "delivered").then_some(())
    })
    .await;
    d.open.say(&d.t, "ann", None, "For all").await;
    let requests = receiver.wait(2).await;
    let sent: Vec<Vec<String>> = requests.iter().map(|request| request.bodies()).collect();
    assert_eq!(sent, [["For few"], ["For all"]]);
    let list = get(&d.t, &token, &path).await.ok();
    for delivery in list["records"].as_array().expect("deliveries") {
        let shown = get(&d.t, &token, &format!("{path}/{}", id(delivery))).await;
        assert!(!shown.text.contains("For few"), "{}", shown.text);
    }
}

#[tokio::test]
async fn a_hidden_chat_can_be_neither_named_nor_joined() {
    let d = desk().await;
    let (lim, token) = user(&d.t, "Lim", "Administrator").await;
    d.hidden.permit(&d.t, &lim, &[]).await;
    let ask = async |method: Method, path: &str, body: Value| {
        send(d.t.request_as(&token, method, &format!("/1.0/{path}")).json(&body)).await
    };
    let (post, put) = (Method::POST, Method::PUT);
    let [hidden, nobody] = [d.hidden.chat.id.to_string(), "0123456789abcdef01234567".to_owned()];
    let entry = d.t.get("/1.0/reply_assistant/entries").await.ok()["records"][0].clone();
    // A hidden source is answered word for word as one that does not exist.
    for (path, body) in [
        ("surveys", json!({"name": "y", "link": "https://survey.example"})),
        ("categories", json!({"name": "y"})),
        ("reply_assistant/entries", json!({"label": "y"})),
        ("reply_assistant/versions", json!({"entry_id": entry["id"], "body": "y"})),
        ("webhooks", json!({"url": "https://y.example", "registered_events": ["content.imported"], "active": false})),
        (&format!("users/{}/signatures", id(&lim)), json!({"body": "y"})),
    ] {
        let with = |source: &str| {
            let mut body = body.clone();
            body["source_ids"] = json!([source]);
            body
        };
        let (one, other) = (ask(post.clone(), path, with(&hidden)).await, ask(post.clone(), path, with(&nobody)).await);
        assert_eq!(one.json["field"], "source_ids", "{path}: {}", one.text);
        assert_eq!(one.text.replace(&hidden, &nobody), other.text, "{path}");
    }
    // Its community is not there: nobody signs visitors of it, or makes a source to see its people.
    let community = d.hidden.chat.community_id.to_string();
    let key = json!({"key_id": "mine", "algorithm": "HS256", "key": "0123456789abcdef01234567"});
    ask(post.clone(), &format!("communities/{community}/jwt_keys"), key.clone()).await.error(404);
    ask(put.clone(), &format!("communities/{community}"), json!({"signed_identities": "rejected"})).await.error(404);
    let source = json!({"type": "engage_messaging", "name": "Mine", "community_id": community});
    assert_eq!(ask(post.clone(), "content_sources", source).await.json["field"], "community_id");
    // Nor where it shares a community with one that may be read.
    let twin = d.open.another_chat(&d.t, "Twin").await;
    World::on(twin).permit(&d.t, &lim, &[]).await;
    let shared = format!("communities/{}", d.open.chat.community_id);
    ask(post.clone(), &format!("{shared}/jwt_keys"), key).await.error(403);
    ask(put.clone(), &shared, json!({"active": false})).await.error(403);
    // An identity of it is unknown.
    let own = d.hidden.chat.identity_id.clone().expect("an identity");
    let given = ask(put.clone(), &format!("users/{}", id(&lim)), json!({"identity_ids": [own]})).await;
    assert_eq!(given.json["field"], "identity_ids");
}

#[tokio::test]
async fn what_is_not_seen_of_a_list_stays_when_it_is_changed() {
    let d = desk().await;
    let (lim, token) = user(&d.t, "Lim", "Administrator").await;
    d.hidden.permit(&d.t, &lim, &[]).await;
    let ask = async |method: Method, path: &str, body: Value| {
        send(d.t.request_as(&token, method, &format!("/1.0/{path}")).json(&body)).await
    };
    let (open, hidden) = (d.open.chat.id.to_string(), d.hidden.chat.id.to_string());
    let made = json!({"label": "both", "source_ids": [open, hidden]});
    let entry = d.t.post("/1.0/reply_assistant/entries", made).await.ok();
    let path = format!("reply_assistant/entries/{}", id(&entry));
    let sources = async || d.t.get(&format!("/1.0/{path}")).await.ok()["source_ids"].clone();
    let seen = ask(Method::PUT, &path, json!({"label": "mine", "source_ids": [open]})).await.ok();
    assert_eq!((&seen["source_ids"], sources().await), (&json!([open]), json!([open, hidden])));
    assert_eq!(ask(Method::PUT, &path, json!({"source_ids": []})).await.ok()["source_ids"], json!([]));
    assert_eq!(sources().await, json!([]));
    d.t.put(&format!("/1.0/{path}"), json!({"source_ids": [hidden]})).await.ok();
    ask(Method::PUT, &path, json!({"label": "x", "source_ids": []})).await.ok();
    assert_eq!(sources().await, json!([hidden]));

    // A survey writes to the customers of its sources: one that goes further than its keeper is not theirs to change.
    let surveys = ask(Method::GET, "surveys", json!({})).await.ok();
    assert_eq!(surveys["count"], 3, "{surveys}");
    for survey in surveys["records"].as_array().expect("surveys") {
        let path = format!("surveys/{}", id(survey));
        let whole = d.t.get(&format!("/1.0/{path}")).await.ok()["source_ids"] == json!([open]);
        let changed = ask(Method::PUT, &path, json!({"name": "mine"})).await;
        assert_eq!(changed.status.as_u16(), if whole { 200 } else { 403 }, "{}", changed.text);
        if whole {
            let wider = ask(Method::PUT, &path, json!({"source_ids": []})).await;
            assert_eq!(wider.json["field"], "source_ids", "{}", wider.text);
        }
    }
    let everywhere = json!({"name": "y", "link": "https://survey.example"});
    assert_eq!(ask(Method::POST, "surveys", everywhere).await.json["field"], "source_ids");
    d.hidden.permit(&d.t, &lim, &[SourcePermission::Read]).await;
    assert_eq!(ask(Method::GET, "surveys", json!({})).await.ok()["count"], 4);
}
