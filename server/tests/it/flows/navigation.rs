//! The pages that a visitor looks at between messages.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::{World, user};
use crate::support::{TestApp, assert_fields, eventually, id, send};

async fn pages(t: &TestApp, thread: &str) -> Vec<(String, i64)> {
    let list = t.get(&format!("/1.0/content_threads/{thread}/navigation")).await.ok();
    let page =
        |page: &Value| (page["url"].as_str().expect("a url").to_owned(), page["after"].as_i64().expect("a place"));
    list["records"].as_array().expect("a list").iter().map(page).collect()
}

/// The visitor opens another page of the site.
async fn open(t: &TestApp, world: &World, visitor: &Visitor, url: &str, title: &str) {
    let body = json!({"visitor": visitor.key, "page": {"url": url, "title": title}});
    session(t, &world.chat, body).await.ok();
}

fn at(url: &str, after: i64) -> (String, i64) {
    (format!("https://shop.test/{url}"), after)
}

#[tokio::test]
async fn pages_are_kept_between_messages_once_each_for_who_reads_the_source() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ada = Visitor::new(&t, &world.chat).await;
    // Nobody is in a conversation yet; where one begins is kept, ahead of its first message.
    open(&t, &world, &ada, "https://shop.test/offers", "Offers").await;
    open(&t, &world, &ada, "https://shop.test/", "Shop").await;
    let thread = ada.write(&t, None, "Hello").await["thread"].clone();
    let thread = id(&thread).to_owned();
    assert_eq!(pages(&t, &thread).await, [at("", 0)]);
    open(&t, &world, &ada, "https://shop.test/", "Shop").await;
    open(&t, &world, &ada, "https://shop.test/tea", "Tea").await;
    open(&t, &world, &ada, "https://shop.test/tea", "Tea, hot").await;
    ada.write(&t, Some(&thread), "Is it hot?").await;
    let (mut socket, _) = Socket::visitor(&t, &ada, None).await;
    socket.send(json!({"type": "page", "url": "https://shop.test/cups", "title": "Cups", "custom": {}})).await;
    let kept = || async { (pages(&t, &thread).await == [at("cups", 2), at("tea", 1), at("", 0)]).then_some(()) };
    eventually("the page that was told on the socket", kept).await;
    let list = t.get(&format!("/1.0/content_threads/{thread}/navigation")).await.ok();
    assert_fields(&list["records"][0], "after created_at id title url");
    assert_eq!(list["records"][1]["title"], "Tea, hot");
    // The console has them with the conversation, the first one first.
    let shown = t.get(&format!("/console/threads/{thread}")).await.ok()["pages"].clone();
    let titles: Vec<&Value> = shown.as_array().expect("a list").iter().map(|page| &page["title"]).collect();
    assert_eq!(titles, ["Shop", "Tea, hot", "Cups"]);
    // They are no contents, and not for everybody.
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["contents_count"], 2);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    world.permit(&t, &nora, &[]).await;
    let path = format!("/1.0/content_threads/{thread}/navigation");
    send(t.request_as(&token, Method::GET, &path)).await.error(404);
}

#[tokio::test]
async fn pages_are_not_kept_when_that_is_off_nor_after_a_day_and_go_after_a_month() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ada = Visitor::new(&t, &world.chat).await;
    let thread = id(&ada.write(&t, None, "Hello").await["thread"]).to_owned();
    let source = format!("/1.0/content_sources/{}", world.chat.id);
    t.put(&source, json!({"enable_navigation_contents": false})).await.ok();
    open(&t, &world, &ada, "https://shop.test/one", "One").await;
    assert_eq!(pages(&t, &thread).await, []);
    t.put(&source, json!({"enable_navigation_contents": true})).await.ok();
    open(&t, &world, &ada, "https://shop.test/two", "Two").await;
    t.clock.advance(Duration::from_secs(24 * 3600));
    open(&t, &world, &ada, "https://shop.test/three", "Three").await;
    t.clock.advance(Duration::from_secs(24 * 3600 + 1));
    open(&t, &world, &ada, "https://shop.test/four", "Four").await;
    assert_eq!(pages(&t, &thread).await, [at("three", 1), at("two", 1)]);
    t.clock.advance(Duration::from_secs(30 * 24 * 3600));
    eventually("the pages are forgotten", || async { pages(&t, &thread).await.is_empty().then_some(()) }).await;
}

const TOKEN: &str = "https://chat.test/chat/T/web?jwt_identity=a.b.c";

/// Everything that agents and programs see of a conversation and of its visitor.
async fn all(t: &TestApp, thread: &str) -> String {
    let mut all = String::new();
    for path in ["console/threads", "1.0/content_threads"] {
        all += &t.get(&format!("/{path}/{thread}")).await.text;
    }
    all + &t.get(&format!("/1.0/content_threads/{thread}/navigation")).await.text
}

#[tokio::test]
async fn a_token_in_an_address_is_kept_nowhere() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let page = json!({"url": format!("{TOKEN}&cart=1"), "title": "Chat", "referrer": format!("{TOKEN}#a").replace("chat.", "shop.")});
    let ada = Visitor::with(&t, &world.chat, json!({"page": page})).await;
    let thread = id(&ada.write(&t, None, "Hello").await["thread"]).to_owned();
    let (mut socket, _) = Socket::visitor(&t, &ada, None).await;
    socket.send(json!({"type": "page", "url": format!("{TOKEN}&cart=2"), "title": "Chat", "custom": {}})).await;
    let moved = || async { (pages(&t, &thread).await.len() == 2).then_some(()) };
    eventually("the page that was told on the socket", moved).await;
    ada.write(&t, Some(&thread), "And more").await;
    let all = all(&t, &thread).await;
    assert!(!all.contains("jwt_identity"), "{all}");
    assert!(
        all.contains("https://chat.test/chat/T/web?cart=2") && all.contains("https://shop.test/chat/T/web#a"),
        "{all}"
    );
}

#[tokio::test]
async fn tokens_that_older_programs_have_kept_in_addresses_go() {
    let mut t = TestApp::start().await;
    let world = World::new(&t).await;
    let page =
        json!({"url": "https://chat.test/ADDRESS?x=1", "title": "Chat", "referrer": "https://shop.test/ADDRESS?x=1"});
    let ada = Visitor::with(&t, &world.chat, json!({"page": page})).await;
    let thread = id(&ada.write(&t, None, "Hello").await["thread"]).to_owned();
    open(&t, &world, &ada, "https://chat.test/ADDRESS?x=2", "Chat").await;
    let kept = "
        UPDATE visitors SET page_url = REPLACE(page_url, '?', '?jwt_identity=a.b.c&'),
            facts = REPLACE(facts, '?', '?jwt_identity=a.b.c&');
        UPDATE visit_pages SET url = REPLACE(url, '?', '?jwt_identity=a.b.c&');
        UPDATE content_threads SET extra_data = REPLACE(extra_data, '?', '?jwt_identity=a.b.c&');
        DELETE FROM schema_migrations WHERE number = 66;
    ";
    let kept = t.app.db.write(move |tx| Box::pin(async move { tx.batch(kept).await })).await;
    let kept: Result<(), store::Error> = kept;
    kept.expect("rows of an older program");
    assert_eq!(all(&t, &thread).await.matches("jwt_identity").count(), 7);
    t.restart().await;
    let all = all(&t, &thread).await;
    assert!(!all.contains("jwt_identity") && !all.contains("x="), "{all}");
    assert!(all.contains("https://chat.test/ADDRESS\"") && all.contains("https://shop.test/ADDRESS\""), "{all}");
}
