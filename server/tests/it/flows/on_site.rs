//! Who is on the sites now: what agents see of them, and how they begin to talk with them.

use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::live_shop;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, assert_fields, eventually, id, send};

const CHROME: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/127.0.0.0 Mobile Safari/537.36";

async fn here(t: &TestApp, token: &str, query: &str) -> Value {
    send(t.request_as(token, Method::GET, &format!("/console/visitors?{query}"))).await.ok()
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
    let all = here(&t, &token, "").await;
    assert_eq!((names(&all), &all["count"]), (vec!["Cid", "Bob", "Ann"], &json!(3)));
    assert_fields(
        &all["records"][0],
        "avatar_url display_name identity_id may_invite page since source_id thread_id visits",
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
    // Who goes is there for a moment: the next page takes its time.
    let admin = t.token_of("Administrator").await;
    sockets.pop().expect("a socket").cut();
    let gone = || async {
        t.clock.advance(Duration::from_secs(5));
        (names(&here(&t, &admin, "").await) == ["Bob", "Ann"]).then_some(())
    };
    eventually("Cid is gone", gone).await;
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
    assert_eq!(here(&t, &token, "").await["records"][0]["page"], Value::Null);
    let page = json!({"type": "page", "url": "https://shop.test/cart", "title": "Cart",
                      "custom": {"custom_cart": 3, "custom_segment": "rich", "custom_other": "x"},
                      "visit": {"count": 4, "pages": 6, "started": 5_000, "now": 305_000,
                                "referrer": "https://search.test/?q=tea", "offset": -60}});
    socket.send(page).await;
    let shown = || async { here(&t, &token, "").await["records"][0]["page"]["title"].is_string().then_some(()) };
    eventually("the page", shown).await;
    let row = here(&t, &token, "").await["records"][0].clone();
    assert_eq!((&row["page"]["title"], &row["visits"], &row["thread_id"]), (&json!("Cart"), &json!(4), &Value::Null));

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
    assert_eq!(view["variables"], json!([{"name": "custom_cart", "label": "In the cart", "value": 3}]));
    // What is defined and not for agents is not among what else is known; what is not defined is.
    assert_eq!(view["identity"]["extra_values"], json!({"custom_other": "x"}));
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
    let may = async |name: &str| {
        let list = here(&t, &token, "").await;
        let found = list["records"].as_array().expect("a list").iter().find(|one| one["display_name"] == name).cloned();
        found.expect("a visitor")["may_invite"].clone()
    };
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::Reply]).await;
    assert_eq!(may("Ann").await, false);
    let invitation = json!({"source_id": shop.chat.id, "to": ann.session["identity"]["id"], "body": "May I help?"});
    let write = async || send(t.request_as(&token, Method::POST, "/1.0/contents").json(&invitation)).await;
    write().await.error(403);
    shop.permit(&t, &nora, &[SourcePermission::Read, SourcePermission::InitiateDiscussion]).await;
    assert_eq!((may("Ann").await, may("Bob").await), (json!(true), json!(false)));
    write().await.ok();
    let told = socket.next_of("message").await;
    assert_eq!((&told["message"]["body"], &told["message"]["from"]), (&json!("May I help?"), &json!("agent")));
    // Who is in a conversation is not invited to another one.
    assert_eq!(may("Ann").await, false);
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
