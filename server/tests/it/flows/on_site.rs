//! Who is on the sites now: what agents see of them, and how they begin to talk with them.

use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::live_shop;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, assert_fields, eventually, id, send};

const CHROME: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/127.0.0.0 Mobile Safari/537.36";

async fn here(t: &TestApp, token: &str, query: &str) -> Value {
    send(t.request_as(token, Method::GET, &format!("/console/visitors?{query}"))).await.ok()
}

/// Waits until so many are listed: where servers share a database, they tell each other now and then.
async fn listed(t: &TestApp, token: &str, count: i64) {
    eventually("all are listed", || async { (here(t, token, "").await["count"] == count).then_some(()) }).await;
}

fn names(list: &Value) -> Vec<&str> {
    let records = list["records"].as_array().expect("a list");
    records.iter().map(|one| one["display_name"].as_str().expect("a name")).collect()
}

async fn visitor(t: &TestApp, world: &World, name: &str) -> Visitor {
    Visitor::with(t, &world.chat, json!({"identity": {"screenname": name}})).await
}

#[tokio::test]
async fn visitors_whose_chat_is_connected_are_listed_for_those_who_read_the_source() {
    let t = TestApp::start().await;
    let live = live_shop(&t, json!({})).await;
    let shop = World::on(live.another_chat(&t, "Slow chat").await);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let ann = visitor(&t, &shop, "Ann").await;
    // Nobody is there before the chat connects.
    assert_eq!(here(&t, &token, "").await["count"], 0);
    let (mut watch, _) = Socket::agent(&t, &token, None).await;
    let mut sockets = Vec::new();
    let visitors = [(&shop, ann), (&live, visitor(&t, &live, "Bob").await), (&shop, visitor(&t, &shop, "Cid").await)];
    for (_, visitor) in &visitors {
        sockets.push(Socket::visitor(&t, visitor, None).await.0);
        t.clock.advance(Duration::from_secs(5));
    }
    let told = watch.next_of("visitors").await;
    assert_eq!(told["source_id"], shop.chat.id.as_str());
    listed(&t, &token, 3).await;
    let all = here(&t, &token, "").await;
    assert_eq!((names(&all), &all["count"]), (vec!["Cid", "Bob", "Ann"], &json!(3)));
    assert_fields(
        &all["records"][0],
        "avatar_url device display_name identity_id may_invite page since source_id thread_id variables visits",
    );
    assert_eq!(names(&here(&t, &token, "offset=1&limit=1").await), ["Bob"]);
    assert_eq!(names(&here(&t, &token, &format!("source_id={}", live.chat.id)).await), ["Bob"]);
    // A second tab is no second visitor.
    let (tab, _) = Socket::visitor(&t, &visitors[0].1, None).await;
    assert_eq!(here(&t, &token, "").await["count"], 3);
    tab.cut();
    // On a source that one may not read nobody is.
    shop.permit(&t, &nora, &[]).await;
    assert_eq!(names(&here(&t, &token, "").await), ["Bob"]);
    assert_eq!(here(&t, &token, &format!("source_id={}", shop.chat.id)).await["count"], 0);
    // Who goes is there for a moment: what was cut may come back.
    let admin = t.token_of("Administrator").await;
    sockets.pop().expect("a socket").cut();
    let gone = || async {
        t.clock.advance(Duration::from_secs(5));
        (names(&here(&t, &admin, "").await) == ["Bob", "Ann"]).then_some(())
    };
    eventually("Cid is gone", gone).await;
}

#[tokio::test]
async fn visitors_are_found_by_their_page_and_their_variables() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    for (name, label, shown) in [("custom_cart", "In the cart", true), ("custom_segment", "Segment", false)] {
        let variable = json!({"source_id": shop.chat.id, "name": name, "label": label, "kind": "string",
                              "show_to_agents": shown});
        t.post("/1.0/messaging_variables", variable).await.ok();
    }
    let (ann, bob) = (visitor(&t, &shop, "Ann").await, visitor(&t, &shop, "Bob").await);
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let _bob = Socket::visitor(&t, &bob, None).await;
    listed(&t, &token, 2).await;
    let page = json!({"type": "page", "url": "https://shop.test/cart", "title": "Cart",
                      "custom": {"custom_cart": 3, "custom_segment": "rich", "custom_other": "x"}});
    socket.send(page).await;
    let found = async |query: &str| {
        let found = here(&t, &token, query).await;
        let names: Vec<String> = names(&found).into_iter().map(str::to_owned).collect();
        (found["count"].as_i64().expect("a count"), names)
    };
    let of_ann = (1, vec!["Ann".to_owned()]);
    eventually("the page", || async { (found("page=cart").await == of_ann).then_some(()) }).await;
    for query in [
        "page=CART",
        "page=shop.test/c",
        "variable=cart",
        "variable=the%20cart%203",
        "variable=cart%3D3",
        "page=cart&variable=other%3Dx",
        "page=cart&offset=0&limit=1",
    ] {
        assert_eq!(found(query).await, of_ann, "{query}");
    }
    assert_eq!(found("page=%20&variable=").await.0, 2, "nothing is looked for");
    assert_eq!(found("page=cart&offset=1").await, (1, Vec::new()));
    // What is not meant for agents finds nobody; of Bob nothing is told.
    for query in [
        "page=checkout",
        "variable=cart%3D4",
        "variable=segment",
        "variable=rich",
        "variable=%3Drich",
        "page=cart&variable=basket",
        "page=/",
    ] {
        let expected = if query == "page=/" { of_ann.clone() } else { (0, Vec::new()) };
        assert_eq!(found(query).await, expected, "{query}");
    }
    // What an earlier document has told is not of the one that they look at.
    let again = json!({"visitor": ann.key, "page": {"url": "https://shop.test/tea"}, "custom": {"custom_other": "y"}});
    crate::support::visitor::session(&t, &shop.chat, again).await.ok();
    assert_eq!(found("page=tea&variable=other%3Dy").await, of_ann);
    assert_eq!(found("variable=cart").await.0, 0);
}

#[tokio::test]
async fn the_page_and_the_visit_are_shown_as_far_as_they_are_told() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let label = json!({"source_id": shop.chat.id, "name": "custom_cart", "label": "In the cart", "kind": "number"});
    t.post("/1.0/messaging_variables", label).await.ok();
    let hidden = json!({"source_id": shop.chat.id, "name": "custom_segment", "label": "Segment", "kind": "string",
                        "show_to_agents": false});
    t.post("/1.0/messaging_variables", hidden).await.ok();
    let session = json!({"identity": {"screenname": "Ann"}});
    let request = t.anonymous(Method::POST, &format!("/chat/{}/session", shop.chat.token)).json(&session);
    let request = request.header("user-agent", CHROME).header("accept-language", "fr-CH,fr;q=0.9");
    let session = send(request).await.ok();
    let key = session["visitor"].as_str().expect("a key").to_owned();
    let ann = Visitor { chat: shop.chat.token.clone(), key, session };
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    listed(&t, &token, 1).await;
    let row = here(&t, &token, "").await["records"][0].clone();
    assert_eq!((&row["page"], &row["device"]), (&Value::Null, &json!("phone")));
    let page = json!({"type": "page", "url": "https://shop.test/cart", "title": "Cart",
                      "custom": {"custom_cart": 3, "custom_segment": "rich", "custom_other": "x"},
                      "visit": {"count": 4, "pages": 6, "started": 5_000, "now": 305_000,
                                "referrer": "https://search.test/?q=tea", "offset": -60}});
    socket.send(page).await;
    let shown = || async { here(&t, &token, "").await["records"][0]["page"]["title"].is_string().then_some(()) };
    eventually("the page", shown).await;
    let row = here(&t, &token, "").await["records"][0].clone();
    assert_eq!((&row["page"]["title"], &row["visits"], &row["thread_id"]), (&json!("Cart"), &json!(4), &Value::Null));

    let variables = json!([{"name": "custom_cart", "label": "In the cart", "value": 3},
                           {"name": "custom_other", "label": "custom_other", "value": "x"}]);
    assert_eq!(row["variables"], variables);
    let thread = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    assert_eq!(here(&t, &token, "").await["records"][0]["thread_id"], thread);
    let view = send(t.request_as(&token, Method::GET, &format!("/console/threads/{thread}"))).await.ok();
    let visit = &view["visit"];
    assert_eq!(
        (&visit["connected"], &visit["browser"], &visit["system"]),
        (&json!(true), &json!("Chrome 127"), &json!("Android"))
    );
    assert_eq!((&visit["device"], &visit["locale"], &visit["offset"]), (&json!("phone"), &json!("fr-CH"), &json!(-60)));
    assert_eq!(
        (&visit["visits"], &visit["pages"], &visit["referrer"]),
        (&json!(4), &json!(6), &json!("https://search.test/?q=tea"))
    );
    assert_eq!(
        (&visit["visit_at"], &view["page"]["since"]),
        (&json!("2026-03-02T08:55:00Z"), &json!("2026-03-02T09:00:00Z"))
    );
    // The next page tells it with its session.
    let next =
        json!({"visitor": ann.key, "page": {"url": "https://shop.test/pay", "title": "Pay", "count": 4, "pages": 7}});
    send(t.anonymous(Method::POST, &format!("/chat/{}/session", shop.chat.token)).json(&next)).await.ok();
    let paying = send(t.request_as(&token, Method::GET, &format!("/console/threads/{thread}"))).await.ok();
    assert_eq!((&paying["page"]["title"], &paying["visit"]["pages"]), (&json!("Pay"), &json!(7)));
    assert_eq!(view["variables"], json!([{"name": "custom_cart", "label": "In the cart", "value": 3}]));
    // What is defined and not for agents is not among what else is known; what is not defined is.
    assert_eq!(view["identity"]["extra_values"], json!({"custom_other": "x"}));
    // A document that fills in nothing: a conversation that begins there has none, and the other one what it had.
    let next = json!({"visitor": ann.key, "page": {"url": "https://shop.test/"}, "custom": {}});
    crate::support::visitor::session(&t, &shop.chat, next).await.ok();
    let another = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    let shown = async |thread: &str| {
        send(t.request_as(&token, Method::GET, &format!("/console/threads/{thread}"))).await.ok()["variables"].clone()
    };
    assert_eq!((shown(&another).await, shown(&thread).await), (json!([]), view["variables"].clone()));
}

#[tokio::test]
async fn a_page_that_was_told_is_known_again_when_the_connection_comes_back() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let token = t.token_of("Administrator").await;
    let (ann, bob) = (visitor(&t, &shop, "Ann").await, visitor(&t, &shop, "Bob").await);
    let page = |url: &str| json!({"url": url, "title": "Cart"});
    let session = async |t: &TestApp, one: &Visitor, page: Value| {
        let next = json!({"visitor": one.key, "page": page});
        send(t.anonymous(Method::POST, &format!("/chat/{}/session", shop.chat.token)).json(&next)).await.ok()
    };
    for one in [&ann, &bob] {
        session(&t, one, page("https://shop.test/cart")).await;
    }
    t.clock.advance(Duration::from_secs(600));
    // Bob goes on to a page that tells nothing of itself.
    session(&t, &bob, Value::Null).await;
    t.restart().await;
    let _sockets = (Socket::visitor(&t, &ann, None).await, Socket::visitor(&t, &bob, None).await);
    listed(&t, &token, 2).await;
    let all = here(&t, &token, "").await;
    let of = |name: &str| {
        let found = all["records"].as_array().expect("a list").iter().find(|one| one["display_name"] == name);
        found.expect("a visitor")["page"].clone()
    };
    assert_eq!(of("Ann")["title"], "Cart");
    assert_eq!(of("Bob"), Value::Null);
}

#[tokio::test]
async fn an_agent_who_may_begins_a_conversation_with_a_visitor() {
    let t = TestApp::start().await;
    let live = live_shop(&t, json!({})).await;
    let shop = World::on(live.another_chat(&t, "Slow chat").await);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (visitor(&t, &shop, "Ann").await, visitor(&t, &live, "Bob").await);
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let _other = Socket::visitor(&t, &bob, None).await;
    listed(&t, &token, 2).await;
    let may = async |name: &str| {
        let list = here(&t, &token, "").await;
        let found = list["records"].as_array().expect("a list").iter().find(|one| one["display_name"] == name).cloned();
        found.expect("a visitor")["may_invite"].clone()
    };
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;
    assert_eq!(may("Ann").await, false);
    let write = async || invite(&t, &token, &shop, &ann, "May I help?").await;
    write().await.error(403);
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::InitiateDiscussion]).await;
    assert_eq!((may("Ann").await, may("Bob").await), (json!(true), json!(false)));
    write().await.ok();
    let told = socket.next_of("message").await;
    assert_eq!((&told["message"]["body"], &told["message"]["from"]), (&json!("May I help?"), &json!("agent")));
    // Who is in a conversation is not invited to another one.
    assert_eq!(may("Ann").await, false);
}

async fn invite(t: &TestApp, token: &str, shop: &World, visitor: &Visitor, body: &str) -> Answer {
    let path = format!("/console/visitors/{}/invitation", id(&visitor.session["identity"]));
    let invitation = json!({"source_id": shop.chat.id, "body": body});
    send(t.request_as(token, Method::POST, &path).json(&invitation)).await
}

async fn owner(t: &TestApp, thread: &Value) -> Value {
    let thread = t.get(&format!("/1.0/content_threads/{}", thread.as_str().expect("an id"))).await.ok();
    thread["owner"]["id"].clone()
}

#[tokio::test]
async fn what_an_invited_visitor_answers_is_the_agents_who_invited() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let ann = visitor(&t, &shop, "Ann").await;
    let begun = invite(&t, &token, &shop, &ann, "May I help?").await.ok()["thread_id"].clone();
    assert_eq!(owner(&t, &begun).await, Value::Null);
    // The page knows nothing of it yet: what the visitor writes there by themselves is the answer.
    let answer = ann.write(&t, None, "Yes please").await;
    assert_eq!((&answer["thread"]["id"], owner(&t, &begun).await), (&begun, nora["id"].clone()));
    let said = t.get(&format!("/1.0/contents/{}", id(&answer["message"]))).await.ok();
    assert_eq!(said["status"], "assigned");
    // What is let go is not theirs again by the next word.
    let case = said["intervention_id"].as_str().expect("an intervention").to_owned();
    send(t.request_as(&token, Method::DELETE, &format!("/1.0/interventions/{case}/cancel"))).await.ok();
    ann.write(&t, begun.as_str(), "Hello?").await;
    assert_eq!(owner(&t, &begun).await, Value::Null);
}

#[tokio::test]
async fn of_two_agents_who_invite_one_begins_the_conversation() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (_, other) = user(&t, "Otto", "Agent").await;
    let ann = visitor(&t, &shop, "Ann").await;
    let both = tokio::join!(
        invite(&t, &token, &shop, &ann, "May I help?"),
        invite(&t, &other, &shop, &ann, "Can I do something for you?")
    );
    let (begun, refused, first) =
        if both.0.status.is_success() { (both.0, both.1, true) } else { (both.1, both.0, false) };
    assert_eq!(refused.error(409), "in_conversation");
    let begun = begun.ok()["thread_id"].clone();
    ann.write(&t, begun.as_str(), "Yes please").await;
    assert_eq!(owner(&t, &begun).await == nora["id"], first);
    // What a program sends is nobody's, and who asks for another conversation has it.
    let bob = visitor(&t, &shop, "Bob").await;
    let letter = json!({"source_id": shop.chat.id, "to": bob.session["identity"]["id"], "body": "Your order is here"});
    let sent = t.post("/1.0/contents", letter).await.ok()["thread_id"].clone();
    let asked = json!({"client_id": "own-question", "body": "Something else", "origin": {"by": "user"}});
    let asked = bob.post(&t, "messages", asked).await.ok();
    assert_ne!(asked["thread"]["id"], sent);
    bob.write(&t, sent.as_str(), "Thanks").await;
    assert_eq!(owner(&t, &sent).await, Value::Null);
}

#[tokio::test]
async fn servers_see_each_others_visitors_until_one_of_them_is_gone() {
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let shop = World::new(&t).await;
    let token = t.token_of("Administrator").await;
    let (ann, bob) = (visitor(&t, &shop, "Ann").await, visitor(&t, &shop, "Bob").await);
    let _ann = Socket::visitor(&t, &ann, None).await;
    let (mut bob_socket, _) = Socket::visitor(&other, &bob, None).await;
    let both = async |server: &TestApp| (here(server, &token, "").await["count"] == 2).then_some(());
    eventually("both", || both(&t)).await;
    eventually("both", || both(&other)).await;
    let thread = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    let view = send(other.request_as(&token, Method::GET, &format!("/console/threads/{thread}"))).await.ok();
    assert_eq!(view["visit"]["connected"], true);
    bob_socket.send(json!({"type": "ping"})).await;
    bob_socket.cut();
    let gone = || async {
        other.clock.advance(Duration::from_secs(5));
        (here(&t, &token, "").await["count"] == 1).then_some(())
    };
    eventually("Bob is gone", gone).await;
}

#[tokio::test]
async fn where_visitors_alone_begin_nobody_writes_to_them_first() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = visitor(&t, &shop, "Ann").await;
    let (_socket, _) = Socket::visitor(&t, &ann, None).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    listed(&t, &token, 1).await;
    assert_eq!(here(&t, &token, "").await["records"][0]["may_invite"], true);
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&path, json!({"outbound_messaging": false})).await.ok();
    assert_eq!(here(&t, &token, "").await["records"][0]["may_invite"], false);
    let to = ann.session["identity"]["id"].clone();
    let begun = json!({"source_id": shop.chat.id, "to": to, "body": "May I help?"});
    assert_eq!(t.post("/1.0/contents", begun.clone()).await.error(403), "forbidden");
    let invitation = format!("/console/visitors/{}/invitation", to.as_str().expect("an id"));
    let invited = t.request_as(&token, Method::POST, &invitation);
    let invited = send(invited.json(&json!({"source_id": shop.chat.id, "body": "May I help?"}))).await;
    assert_eq!(invited.error(403), "forbidden");
    let offered = t.get("/1.0/content_sources?permission=initiate_discussion").await.ok();
    assert_eq!(offered["count"], 0);
    // Whom a visitor has written to, answers.
    let said = ann.write(&t, None, "Hello").await;
    t.post("/1.0/contents", json!({"in_reply_to_id": id(&said["message"]), "body": "Hello Ann"})).await.ok();
    t.put(&path, json!({"outbound_messaging": true})).await.ok();
    t.post("/1.0/contents", begun).await.ok();
}
