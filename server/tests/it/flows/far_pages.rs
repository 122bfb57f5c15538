//! Long lists read page after page while they change: whoever does so misses nobody.

use std::collections::BTreeSet;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{TestApp, id, send};

const THREADS: usize = 400;
const PAGE: usize = 30;

async fn page(t: &TestApp, list: &str, offset: usize) -> Vec<String> {
    let page = t.get(&format!("/1.0/{list}limit={PAGE}&offset={offset}")).await.ok();
    page["records"].as_array().expect("records").iter().map(|record: &Value| id(record).to_owned()).collect()
}

#[tokio::test]
async fn who_reads_a_list_to_its_end_misses_nobody_whatever_becomes_of_it_meanwhile() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut all = BTreeSet::new();
    for n in 0..THREADS {
        all.insert(shop.say(&t, &format!("c{n}"), None, "hello there").await.thread.id.to_string());
    }
    for list in ["content_threads?", "content_threads?q=text:hello&", "content_threads?q=status_in:new&"] {
        // Somebody else has looked at a far page just before.
        for offset in [300, 330, 360] {
            page(&t, list, offset).await;
        }
        for n in 0..7 {
            shop.say(&t, &format!("new {list}{n}"), None, "hello there").await;
        }
        let (mut seen, mut offset) = (BTreeSet::new(), 0);
        loop {
            let some = page(&t, list, offset).await;
            offset += some.len();
            // The last one of each page goes elsewhere, and somebody else reads on from an older beginning.
            if let Some(last) = some.last() {
                shop.say(&t, "somebody else", Some(last), "hello there").await;
                page(&t, list, offset + PAGE).await;
            }
            let ended = some.len() < PAGE;
            seen.extend(some);
            if ended {
                break;
            }
        }
        let missed: Vec<_> = all.difference(&seen).collect();
        assert!(missed.is_empty(), "{list}: {missed:?}");
    }
}

#[tokio::test]
async fn who_reads_a_list_that_grows_shorter_misses_nobody_of_those_that_stay() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut contents = Vec::new();
    for n in 0..THREADS {
        let said = shop.say(&t, &format!("c{n}"), None, "hello there").await;
        contents.push((said.thread.id.to_string(), said.content.id.to_string()));
    }
    let list = "content_threads?q=status_in:new&";
    let (mut seen, mut offset, mut gone) = (BTreeSet::new(), 0, BTreeSet::new());
    loop {
        let some = page(&t, list, offset).await;
        offset += some.len();
        let ended = some.len() < PAGE;
        // Of the far pages some that were read are done with, and somebody else reads beside.
        if offset > 10 * PAGE {
            for read in some.iter().take(PAGE / 3) {
                let (_, content) = contents.iter().find(|(thread, _)| thread == read).expect("one of ours");
                t.put(&format!("/1.0/contents/{content}/ignore"), json!({})).await.ok();
                gone.insert(read.clone());
            }
            page(&t, list, offset - 2 * PAGE).await;
        }
        seen.extend(some);
        if ended {
            break;
        }
    }
    assert!(!gone.is_empty());
    let missed: Vec<_> = contents.iter().filter(|(thread, _)| !seen.contains(thread)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[tokio::test]
async fn what_came_into_a_list_that_was_empty_a_moment_ago_is_in_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora_user, nora) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora_user, &[SourcePermission::Read]).await;
    let sold = t.post("/1.0/categories", json!({"name": "Sold", "source_ids": []})).await.ok();
    let mut path = String::new();
    for n in 0..210 {
        let said = shop.say(&t, &format!("c{n}"), None, "hello there").await;
        path = format!("/1.0/content_threads/{}/update_categories", said.thread.id);
        t.put(&path, json!({"thread_category_ids": [id(&sold)]})).await.ok();
    }
    let list = format!("/1.0/content_threads?q=-categorized_in:{}", id(&sold));
    let found = async || send(t.request_as(&nora, Method::GET, &list)).await.ok()["records"].as_array().map(Vec::len);
    assert_eq!(found().await, Some(0));
    t.put(&path, json!({"thread_category_ids": []})).await.ok();
    assert_eq!(found().await, Some(1));
}
