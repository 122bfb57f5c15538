//! What is a word, and where it is found: numbers however they are parted, scripts that do not part their words, digits
//! of every script, and what is not seen.

use reqwest::Method;
use serde_json::Value;

use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

/// Empties the index of words, as an upgrade does that cuts them anew.
const UPGRADE: &str = "UPDATE search_state SET epoch = epoch + 1, to_index = 'g'; DELETE FROM content_search;";
const EMPTY: &str = "INSERT INTO content_words (content_words) VALUES ('delete-all');";

async fn list(t: &TestApp, path: &str, q: &str) -> Value {
    send(t.request(Method::GET, path).query(&[("q", q)])).await.ok()
}

/// How many contents and threads a query finds.
async fn count(t: &TestApp, q: &str) -> (i64, i64) {
    let of = |list: Value| list["count"].as_i64().expect("a count");
    (of(list(t, "/1.0/contents", q).await), of(list(t, "/1.0/content_threads", q).await))
}

/// Visitors who each say one thing, once their words are in the index.
async fn said(t: &TestApp, shop: &World, texts: &[&str]) {
    // A visitor may not say much at once.
    for some in texts.chunks(15) {
        let visitor = Visitor::new(t, &shop.chat).await;
        for text in some {
            visitor.write(t, None, text).await;
        }
    }
    Visitor::new(t, &shop.chat).await.write(t, None, "theend").await;
    indexed(t).await;
}

async fn indexed(t: &TestApp) {
    eventually("the words in the index", async || (count(t, "theend").await == (1, 1)).then_some(())).await;
}

#[tokio::test]
async fn words_are_found_as_people_write_them() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let texts = [
        "Call me: +33 6 12 34 56 78, thanks",
        "Or 07-98-76-54-32",
        "私は東京タワーへ行きます",
        "京東で買いました",
        "ฉันอยู่กรุงเทพมหานคร",
        "저는 한국어를 배워요",
        "No. ١٢٣٤",
        "my par\u{ad}cel is la\u{200b}te",
    ];
    said(&t, &shop, &texts).await;
    for (q, found) in [
        ("+33612345678", 1),
        ("06 12 34 56 78", 1),
        ("0612345678", 1),
        ("\"+33 (0)6.12.34.56.78\"", 1),
        ("thanks 0612345678", 1),
        ("06 12 34 56 79", 0),
        ("+33798765432", 1),
        ("東京", 1),
        ("京東", 1),
        ("タワー", 1),
        ("京", 2),
        ("東京 行き", 1),
        ("東タワー", 0),
        ("กรุงเทพ", 1),
        ("มหานคร", 1),
        ("한국", 1),
        ("국어", 1),
        ("어국", 0),
        ("1234", 1),
        ("۱۲۳۴", 1),
        ("parcel late", 1),
        ("par\u{200d}cel", 1),
    ] {
        assert_eq!(count(&t, q).await, (found, found), "{q}");
    }
    let best = list(&t, "/1.0/contents", "東京 order:relevance").await;
    assert_eq!((&best["count"], &best["records"][0]["body"]), (&1.into(), &texts[2].into()));
}

#[tokio::test]
async fn what_many_contents_have_is_found_in_each() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    said(&t, &shop, &["東京へ +33 6 12 34 56 78"; 40]).await;
    for q in ["東京", "0612345678", "東京 06 12 34 56 78"] {
        assert_eq!(count(&t, q).await, (40, 40), "{q}");
        // So many that rows are walked in order, and their texts looked at.
        for path in ["/1.0/contents?limit=1", "/1.0/content_threads?limit=1"] {
            assert_eq!(list(&t, path, q).await["records"].as_array().map(Vec::len), Some(1), "{q}");
        }
    }
}

#[tokio::test]
async fn an_upgrade_makes_the_index_anew() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    said(&t, &shop, &["東京タワー"; 120]).await;
    let upgraded = t.app.db.write(|tx| {
        Box::pin(async move {
            if tx.backend() == store::Backend::Sqlite {
                tx.batch(EMPTY).await?;
            }
            tx.batch(UPGRADE).await
        })
    });
    let upgraded: Result<(), store::Error> = upgraded.await;
    upgraded.expect("upgraded");
    assert_eq!(count(&t, "東京").await, (0, 0));
    t.restart().await;
    let ben = Visitor::new(&t, &shop.chat).await;
    ben.write(&t, None, "東京 again").await;
    eventually("every content", async || (count(&t, "東京").await == (121, 121)).then_some(())).await;
    indexed(&t).await;
}
