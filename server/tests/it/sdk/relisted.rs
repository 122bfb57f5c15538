//! Lists that say nothing of when things were written, and lists that begin anew at another address.

use std::time::Duration;

use serde_json::{Value, json};

use super::poll::{Feed, Way, bodies, info, lists, message};
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::{TestApp, eventually, id};

/// The same without a word of when it was written.
fn undated(id: &str) -> Value {
    let mut item = message(id, 0);
    item.as_object_mut().expect("a map").remove("created_at");
    item
}

#[tokio::test]
async fn what_was_there_before_and_has_no_date_never_comes_in() {
    let t = TestApp::start().await;
    for (name, way) in [("Honest", Way::Honest), ("Ignores", Way::Ignores), ("Loses", Way::Loses)] {
        let feed = Feed::new(10, ["000", "001", "002"].map(undated));
        *feed.way.lock().expect("not poisoned") = way;
        let listed = feed.clone();
        let blog = ThirdParty::listen_for(&t, name, json!({}), move |action, params| match action {
            "implementation.info" => info(&["messages"], &[]),
            "messages.list" => listed.page(params),
            _ => Reaction::Object(json!([])),
        })
        .await;
        let run = blog.run(&t).await;
        assert_eq!((bodies(&t, &blog).await.len(), &run["received"]), (0, &json!(0)), "{name}: {run}");
        // What is new comes in, with the position lost and without.
        feed.add(undated("003"));
        feed.items.lock().expect("not poisoned").retain(|item| item["id"] != "002");
        blog.run(&t).await;
        feed.add(undated("004"));
        blog.run(&t).await;
        assert_eq!(bodies(&t, &blog).await, ["body 003", "body 004"], "{name}");
    }
}

#[tokio::test]
async fn lists_begin_anew_at_another_address_and_what_is_known_comes_once() {
    let t = TestApp::start().await;
    let feed = Feed::new(3, (5..9).map(|n| message(&format!("{n:03}"), n)));
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    lists(&blog, &feed);
    blog.run(&t).await;
    let path = format!("/1.0/content_sources/{}", blog.id());
    let positions = async || t.get(&format!("{path}/health")).await.ok()["cursors"].clone();
    assert_eq!(positions().await[0]["position"], "008");
    // A change of something else leaves it.
    t.put(&path, json!({"name": "The blog", "endpoint_url": blog.endpoint()})).await.ok();
    assert_eq!(positions().await[0]["position"], "008");
    // There ids are counted otherwise: what comes is not before where the other list was left.
    let there = Feed::new(3, [message("001", 11), message("007", 7)]);
    lists(&blog, &there);
    t.put(&path, json!({"endpoint_url": format!("{}?other=1", blog.endpoint())})).await.ok();
    t.clock.advance(Duration::from_secs(11));
    blog.run(&t).await;
    let mut all = bodies(&t, &blog).await;
    all.sort_unstable();
    assert_eq!(all, ["body 001", "body 005", "body 006", "body 007", "body 008"]);
    assert_eq!(positions().await[0]["position"], "007");
}

/// A source of a list without dates, of which the beginning was there before.
async fn undated_archive(t: &TestApp, name: &str, feed: &Feed) -> ThirdParty {
    let listed = feed.clone();
    let blog = ThirdParty::listen_for(t, name, json!({}), move |action, params| match action {
        "implementation.info" => info(&["messages"], &[]),
        "messages.list" => listed.page(params),
        _ => Reaction::Object(json!([])),
    })
    .await;
    blog.run(t).await;
    assert_eq!(bodies(t, &blog).await.len(), 0);
    blog
}

async fn moves(t: &TestApp, blog: &ThirdParty, to: &str) {
    let path = format!("/1.0/content_sources/{}", blog.id());
    t.put(&path, json!({"endpoint_url": format!("{}?{to}", blog.endpoint())})).await.ok();
    t.clock.advance(Duration::from_secs(11));
}

#[tokio::test]
async fn at_another_address_of_the_same_list_what_is_new_comes_in_and_what_was_passed_over_does_not() {
    let t = TestApp::start().await;
    for (name, way) in [("Honest", Way::Honest), ("Loses", Way::Loses)] {
        // Pages that have nothing but what was there before stand before those with what is new.
        let feed = Feed::new(3, (0..10).map(|n| undated(&format!("{n:03}"))));
        *feed.way.lock().expect("not poisoned") = way;
        let blog = undated_archive(&t, name, &feed).await;
        // Nothing has come in since, and this comes while nobody asks.
        feed.add(undated("010"));
        moves(&t, &blog, "first").await;
        blog.run(&t).await;
        assert_eq!(bodies(&t, &blog).await, ["body 010"]);
        // The other way round: it knows of what came, and has an archive that was not listed before.
        feed.items.lock().expect("not poisoned").insert(0, undated("older"));
        feed.add(undated("011"));
        moves(&t, &blog, "second").await;
        // An address that does not answer takes nothing away.
        moves(&t, &blog, "third").await;
        blog.run(&t).await;
        feed.add(undated("012"));
        blog.run(&t).await;
        assert_eq!(bodies(&t, &blog).await, ["body 010", "body 011", "body 012"]);
    }
}

#[tokio::test]
async fn another_list_at_another_address_has_an_archive_of_its_own() {
    let t = TestApp::start().await;
    let feed = Feed::new(3, (0..4).map(|n| undated(&format!("{n:03}"))));
    let blog = undated_archive(&t, "Blog", &feed).await;
    feed.add(undated("004"));
    blog.run(&t).await;
    // Its ids are the same numbers, and other things.
    let strange = |id: &str| {
        let mut item = undated(id);
        item["author"] = json!({"id": "777", "screenname": "Jane"});
        item["body"] = json!(format!("another {id}"));
        item
    };
    let there = Feed::new(3, (0..4).chain(5..12).map(|n| strange(&format!("{n:03}"))));
    lists(&blog, &there);
    moves(&t, &blog, "other").await;
    blog.run(&t).await;
    assert_eq!(bodies(&t, &blog).await, ["body 004"]);
    there.add(strange("012"));
    blog.run(&t).await;
    assert_eq!(bodies(&t, &blog).await, ["body 004", "another 012"]);
}

#[tokio::test]
async fn words_of_ours_that_are_listed_changed_before_their_name_is_told_come_once() {
    let t = TestApp::start().await;
    let feed = Feed::new(10, [message("001", 1)]);
    let blog = ThirdParty::with(&t, "Blog", json!({"import_from": "all"})).await;
    lists(&blog, &feed);
    blog.run(&t).await;
    let asked = blog.content(&t, "001").await;
    let runs = async || t.get(&format!("/1.0/content_sources/{}/health", blog.id())).await.ok()["runs"].clone();
    let last = runs().await[0]["number"].as_i64();
    t.clock.advance(Duration::from_secs(11));
    blog.script([Reaction::Hang("002")]);
    let reply = blog.reply(&t, &asked, "Go to blazes").await;
    blog.gets(1).await;
    // The third party has it, and lists it with a word less, before it answers.
    let mut censored = message("002", 12);
    censored["body"] = json!("Go to ***");
    censored["author"] = json!({"id": "desk", "screenname": "Desk", "puppetizable": true});
    feed.add(censored);
    let before = blog.asked().len();
    t.post(&format!("/1.0/content_sources/{}/run", blog.id()), json!({})).await.ok();
    let listed = async || blog.asked()[before..].iter().any(|got| got.action == "messages.list").then_some(());
    eventually("the list", listed).await;
    // Who would not wait has taken it in by then.
    for _ in 0..20 {
        assert_eq!(bodies(&t, &blog).await.len(), 2);
    }
    blog.go_on();
    blog.synchronized(&t, &reply, "success").await;
    eventually("the end of the run", async || (runs().await[0]["number"].as_i64() > last).then_some(())).await;
    assert_eq!(bodies(&t, &blog).await.len(), 2);
    let shown = t.get(&format!("/1.0/contents/{}", id(&reply))).await.ok();
    assert_eq!(shown["foreign_id"], "002");
}
