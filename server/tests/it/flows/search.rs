//! From a content to the search that finds it.

use reqwest::Method;

use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

#[tokio::test]
async fn a_new_content_is_found_by_its_words_without_regard_to_case_and_accents() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    world.say(&t, "alice", None, "Mon colis est arrivé ABÎMÉ.").await;
    world.say(&t, "bob", None, "Where is my parcel?").await;
    let count = async |path: &str, q: &str| {
        let answer = send(t.request(Method::GET, path).query(&[("q", q)])).await;
        answer.ok()["count"].as_i64().expect("a count")
    };
    eventually("an indexed content", || async { (count("/1.0/contents", "parcel").await == 1).then_some(()) }).await;
    for (q, found) in [("abime", 1), ("text:\"colis arrive\"", 1), ("ARRI", 1), ("rive", 0), ("parcel colis", 0)] {
        assert_eq!(count("/1.0/contents", q).await, found, "{q}");
        assert_eq!(count("/1.0/content_threads", q).await, found, "{q}");
    }
}
