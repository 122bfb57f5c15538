//! The order of lists: by relevance, and by times, where windows must join.

use std::time::Duration;

use hubbub::domain::ingest::{self, Author, Incoming, Place};
use reqwest::Method;
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

#[tokio::test]
async fn titles_are_searched_and_weigh_more_where_relevance_orders() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let say = async |who: &str, title: Option<&str>, body: &str| {
        let author = Author { foreign_id: who.into(), ..Author::default() };
        let mut incoming = Incoming::text(shop.chat.clone(), author, Place::New, body.into());
        incoming.title = title.map(str::to_owned);
        let received = t.app.db.write(move |tx| Box::pin(ingest::receive(tx, incoming))).await.expect("received");
        t.clock.advance(Duration::from_secs(1));
        (received.thread.id.to_string(), received.content.id.to_string())
    };
    let titled = say("ann", Some("Remboursement"), "Bonjour, rien n'est venu depuis des semaines").await;
    let passing = say("bob", None, &format!("{} remboursement {}", "mot ".repeat(40), "mot ".repeat(40))).await;
    let often = say("cid", None, "remboursement remboursement").await;
    say("dan", None, "Autre chose").await;
    let ids =
        async |path: &str, q: &str| send(t.request(Method::GET, path).query(&[("q", q), ("limit", "2")])).await.ids();
    let indexed = || async { (ids("/1.0/contents", "autre").await.1 == 1).then_some(()) };
    eventually("an indexed content", indexed).await;
    let newest = "remboursement";
    let best = "remboursement order:relevance";
    for (path, pick) in [("/1.0/content_threads", 0), ("/1.0/contents", 1)] {
        let name = |pair: &(String, String)| if pick == 0 { pair.0.clone() } else { pair.1.clone() };
        assert_eq!(ids(path, newest).await, (vec![name(&often), name(&passing)], 3), "{path}");
        assert_eq!(ids(path, best).await, (vec![name(&titled), name(&often)], 3), "{path}");
        let within = format!("{best} source:{}", shop.chat.id);
        assert_eq!(ids(path, &within).await, (vec![name(&titled), name(&often)], 3), "{path}");
    }
    // Words looked for in a folder that has words of its own.
    let folder = t.post("/1.0/folders", json!({"label": "Refunds", "query": best})).await.ok();
    let id = folder["id"].as_str().expect("an id");
    let found = t.get(&format!("/console/threads?folder={id}&text=mot")).await.ok();
    let records = found["records"].as_array().expect("records");
    let threads: Vec<&str> = records.iter().filter_map(|thread| thread["id"].as_str()).collect();
    assert_eq!((&found["count"], threads), (&json!(1), vec![passing.0.as_str()]));
}

#[tokio::test]
async fn windows_of_every_order_join_without_a_gap() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let chats = [shop.chat.clone(), shop.another_chat(&t, "Second").await, shop.another_chat(&t, "Third").await];
    for i in 0..24 {
        let place = World::on(chats[i % 3].clone());
        let said = place.say(&t, &format!("c{i}"), None, "Hello there").await;
        if i % 4 == 0 {
            t.put(&format!("/1.0/contents/{}/ignore", said.content.id), json!({})).await.ok();
        }
        // Several in one second, so that the order among equals counts too.
        if i % 3 == 0 {
            t.clock.advance(Duration::from_secs(1));
        }
    }
    let ids = async |q: &str, offset: usize, limit: usize| {
        let window = [("offset", offset.to_string()), ("limit", limit.to_string()), ("q", q.to_owned())];
        send(t.request(Method::GET, "/1.0/content_threads").query(&window)).await.ids()
    };
    let indexed = || async { (ids("hello", 0, 1).await.1 == 24).then_some(()) };
    eventually("indexed contents", indexed).await;
    let two = format!("source:{} source:{}", chats[0].id, chats[2].id);
    let both = format!("status_in:new {two}");
    for filter in ["", "status_in:new", "-status_in:new", &two, &both, "hello", "hello -status_in:ignored"] {
        for order in ["last_content_at.desc", "last_content_at.asc", "created_at.desc", "created_at.asc"] {
            let q = format!("{filter} order:{order}");
            let (all, count) = ids(&q, 0, 150).await;
            assert_eq!(usize::try_from(count).expect("a count"), all.len(), "{q}");
            let mut joined = Vec::new();
            while joined.len() < all.len() {
                joined.extend(ids(&q, joined.len(), 5).await.0);
            }
            assert_eq!(joined, all, "{q}");
            let (mut backwards, _) = ids(&q.replace(order, &turned(order)), 0, 150).await;
            backwards.reverse();
            assert_eq!(backwards, all, "{q}");
            assert_eq!(ids(&q, all.len(), 5).await, (Vec::new(), count), "{q}");
        }
    }
}

fn turned(order: &str) -> String {
    match order.strip_suffix(".asc") {
        Some(by) => format!("{by}.desc"),
        None => order.replace(".desc", ".asc"),
    }
}
