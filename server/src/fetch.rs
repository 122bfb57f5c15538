//! Fetching what is at an address that somebody outside has given.

use reqwest::Url;
use safe_http::{Answer, Request};

use crate::app::App;

/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// Fetches what is at an address, through some redirects; each address is checked like the first. None when it cannot be
/// had, or has more than `limit` bytes.
pub(crate) async fn get(app: &App, url: &str, limit: usize) -> Option<(Url, Answer)> {
    let mut url = Url::parse(url).ok()?;
    for _ in 0..=REDIRECTS {
        let answer = app.http.send(Request::get(url.as_str()).largest_answer(limit)).await;
        let answer = answer.inspect_err(|error| tracing::info!(%error, "fetching a file")).ok()?;
        match answer.status {
            200 if !answer.cut => return Some((url, answer)),
            301 | 302 | 303 | 307 | 308 => url = url.join(answer.headers.get("location")?.to_str().ok()?).ok()?,
            status => {
                tracing::info!(status, cut = answer.cut, "fetching a file");
                return None;
            }
        }
    }
    None
}
