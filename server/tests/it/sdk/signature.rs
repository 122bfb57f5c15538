//! Where the signature of what goes to a third party stands.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::routing::post;
use hubbub::crypto::sdk_signature;
use serde_json::json;

use crate::support::sdk::SIGNATURE;
use crate::support::{TestApp, answering, eventually};

#[tokio::test]
async fn whoever_reads_no_headers_finds_the_signature_in_the_address() {
    let t = TestApp::start().await;
    let heard = Arc::<Mutex<Vec<(String, Option<String>, Bytes)>>>::default();
    let noted = heard.clone();
    let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let header = headers.get(SIGNATURE).and_then(|given| given.to_str().ok()).map(str::to_owned);
        noted.lock().expect("a lock").push((uri.query().unwrap_or_default().to_owned(), header, body));
        async { "{}" }
    };
    let url = answering(Router::new().route("/sdk", post(take)));
    let community = t.post("/1.0/communities", json!({"type": "sdk", "name": "Users"})).await.ok();
    let mut made = json!({"type": "sdk", "name": "Blog", "community_id": community["id"], "active": false});
    made = t.post("/1.0/content_sources", made).await.ok();
    assert_eq!(made["sdk_signature_in"], "header");
    let (key, path) =
        (made["access_token"].as_str().expect("a key"), format!("/1.0/content_sources/{}", crate::support::id(&made)));
    for (place, address, in_query, in_header) in
        [("header", "/sdk", false, true), ("query", "/sdk", true, false), ("both", "/sdk?of=us", true, true)]
    {
        let change = json!({"sdk_signature_in": place, "endpoint_url": format!("{url}{address}"), "active": true});
        t.put(&path, change).await.ok();
        heard.lock().expect("a lock").clear();
        t.clock.advance(std::time::Duration::from_secs(11));
        t.post(&format!("{path}/test"), json!({})).await.ok();
        let (query, header, body) =
            eventually("a request", || async { heard.lock().expect("a lock").last().cloned() }).await;
        let signature = sdk_signature(key, &body);
        let begins = if address.contains('?') { "of=us&" } else { "" };
        assert_eq!(query, if in_query { format!("{begins}signature={signature}") } else { String::new() }, "{place}");
        assert_eq!(header, in_header.then_some(signature), "{place}");
    }
    let refused = t.put(&path, json!({"sdk_signature_in": "body"})).await;
    assert_eq!(refused.json["field"], "sdk_signature_in");
    refused.error(422);
}
