//! Mails of whoever is blocked: passed over, counted, and in nobody's way.

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use crate::support::dovecot::{Owner, mail};
use crate::support::{TestApp, id};

fn titles(all: &[Value]) -> Vec<&str> {
    let mut titles: Vec<&str> = all.iter().filter_map(|content| content["title"].as_str()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test]
async fn mails_of_a_blocked_address_or_person_are_passed_over_and_others_come_in() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "First", "", "Hello")).await;
    fetch(&t, &made).await;
    let ann = of(&contents(&t, &made).await, "First")["author_id"].clone();
    let person = t.post("/console/blocks", json!({"identity_id": ann})).await.ok();
    let address = t.post("/console/blocks", json!({"email": "mallory@b.test"})).await.ok();
    for (number, from) in ["Ann <Ann@a.test>", "Mallory <MALLORY@b.test>", "Cy <cy@c.test>"].iter().enumerate() {
        owner.append("INBOX", &mail(&format!("{number}x@a.test"), from, &format!("From {from}"), "", "Hello")).await;
    }
    fetch(&t, &made).await;
    assert_eq!(titles(&contents(&t, &made).await), ["First", "From Cy <cy@c.test>"]);
    let counts: Vec<Value> = t.get("/console/blocks").await.ok()["records"].as_array().expect("a list").clone();
    assert!(counts.iter().all(|block| block["refused_count"] == 1), "{counts:?}");
    // What was passed over does not come again; what is written from now on does.
    for block in [person, address] {
        t.delete(&format!("/console/blocks/{}", id(&block))).await.ok();
    }
    owner.append("INBOX", &mail("9x@a.test", "Ann <ann@a.test>", "Later", "", "Hello")).await;
    fetch(&t, &made).await;
    assert_eq!(titles(&contents(&t, &made).await), ["First", "From Cy <cy@c.test>", "Later"]);
}

#[tokio::test]
async fn erasing_a_person_takes_the_blocks_on_them_away() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "First", "", "Hello")).await;
    fetch(&t, &made).await;
    let ann = of(&contents(&t, &made).await, "First")["author_id"].clone();
    t.post("/console/blocks", json!({"identity_id": ann})).await.ok();
    t.post("/console/blocks", json!({"email": "ann@a.test"})).await.ok();
    t.delete(&format!("/1.0/identities/{}", ann.as_str().expect("an id"))).await.ok();
    assert_eq!(t.get("/console/blocks").await.ok()["count"], 0);
    t.post("/console/blocks", json!({"identity_id": ann})).await.error(422);
}
