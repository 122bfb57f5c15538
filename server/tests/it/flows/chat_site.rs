//! The sites that a chat stands on.

use reqwest::Method;
use serde_json::json;

use super::chat_mail::Scene;
use crate::support::smtp::Smtp;
use crate::support::world::World;
use crate::support::{TestApp, send};

#[tokio::test]
async fn a_chat_that_says_where_it_stands_is_had_from_there_alone() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    let refused = t.put(&source, json!({"allowed_domains": ["a b"]})).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("allowed_domains")), "{}", refused.text);
    t.put(&source, json!({"allowed_domains": ["*.shop.test"]})).await.ok();
    let path = |end: &str| format!("/chat/{}/{end}", shop.chat.token);
    let own = t.app.config.public_url.clone();
    for (origin, status) in
        [("https://www.shop.test", 200), (own.as_str(), 200), ("https://shop.test.evil.test", 403), ("null", 403)]
    {
        let begins = t.request(Method::POST, &path("session")).json(&json!({})).header("origin", origin);
        assert_eq!(send(begins).await.status.as_u16(), status, "{origin}");
        let asks = t.request(Method::GET, &path("config")).header("origin", origin);
        assert_eq!(send(asks).await.status.as_u16(), status, "{origin}");
    }
}

#[tokio::test]
async fn a_chat_that_says_where_it_stands_is_framed_there_alone_and_what_its_address_says_stays_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let seen = async || {
        let path = format!("/chat/{}/web?jwt_identity=a.b.c", shop.chat.token);
        let page = t.anonymous(Method::GET, &path).send().await.expect("an answer");
        let header = |name: &str| page.headers()[name].to_str().expect("a text").to_owned();
        assert_eq!([header("cache-control"), header("referrer-policy")], ["no-store", "no-referrer"]);
        header("content-security-policy")
    };
    assert!(!seen().await.contains("frame-ancestors"), "without a list any site may frame it");
    let domains = json!({"allowed_domains": ["*.shop.test", "Café-Lyon.fr"]});
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), domains).await.ok();
    let policy = seen().await;
    let framed = policy.split("; ").find(|part| part.starts_with("frame-ancestors")).expect("a rule");
    assert_eq!(framed, "frame-ancestors 'self' http://*.shop.test:* http://xn--caf-lyon-d1a.fr:*");
}

#[tokio::test]
async fn a_mail_leads_to_no_page_of_somebody_elses() {
    let smtp = Smtp::open();
    for domains in [json!([]), json!(["help.test"])] {
        let s = Scene::new(&smtp, json!({"allowed_domains": domains})).await;
        let before = smtp.received().len();
        s.reply("It is on its way").await;
        s.later(900).await;
        let text = smtp.wait(before + 1).await.remove(before).read().1;
        assert!(text.contains("It is on its way") && !text.contains("shop.test"), "{text}");
    }
}
