//! Around every request: its id, its line in the log, its figures, and headers that every answer carries.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tracing::Instrument;

use super::body;
use super::error::refusal;
use crate::app::App;
use crate::crypto::random_hex;
use crate::domain::Result;
use crate::domain::{Error, Reason};
use crate::http::Refusal;
use crate::state::connections::Place;

/// From so many bytes on an answer goes compressed, when its caller takes that.
const WORTH_IT: u64 = 4096;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes of those who only look whether the server is well.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What pages may do that say nothing else: stand in no frame of another site, load no plug-ins.
const PAGE_POLICY: &str = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/// Puts a router inside of what surrounds every request.
pub(super) fn surround<S: Clone + Send + Sync + 'static>(router: Router<S>, app: &App) -> Router<S> {
    // A panic becomes an answer first, so that it has its line and its figures as any other answer.
    let router = router.layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
        Refusal(Error::Internal("a handler panicked".into())).into_response()
    }));
    // The quickest level makes a list of 60 KB a fifth of that within a fraction of a millisecond; better ones cost more
    // time than they save.
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let compression = compression.compress_when(SizeAbove::new(WORTH_IT).and(is_plain_json));
    router.layer(compression).layer(from_fn_with_state(app.clone(), observe))
}

/// Files are compressed by the build, streams not at all, and an answer with a secret in it is not either: how long a
/// compressed one is tells something of what it holds.
fn is_plain_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let starts =
        |name, text: &str| headers.get(name).is_some_and(|v: &HeaderValue| v.as_bytes().starts_with(text.as_bytes()));
    starts(header::CONTENT_TYPE, "application/json") && !starts(header::CACHE_CONTROL, "no-store")
}

/// Answers a method that a path does not take, in the form of every other error.
pub(super) async fn method_not_allowed() -> Response {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
}

/// What is logged of a request is its route, not its path: paths and queries can hold what is not for the log.
async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", id);
    let place = request.extensions().get::<Arc<Place>>().cloned();
    let refused = place.as_ref().and_then(|place| refuse(place, &request, route == "other").err());
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let (request, rest) = body::lend(request, Duration::from_secs(app.config.body_seconds));
    let mut response = match refused {
        Some(error) => Refusal(error).into_response(),
        None => next.run(request).instrument(span).await,
    };
    let (took, code) = (began.elapsed(), response.status());
    if let Some(rest) = rest {
        rest.drain().await;
    }
    app.meters.request(route, &method, code, took);
    let ms = took.as_micros() as f64 / 1000.0;
    // Whoever watches the server asks every few seconds: that is not its work.
    if PROBES.contains(&route) && code.is_success() {
        tracing::debug!(target: "hubbub::request", %method, route, code = code.as_u16(), ms, id);
    } else {
        tracing::info!(target: "hubbub::request", %method, route, code = code.as_u16(), ms, id);
    }
    let secure = app.config.public_url.starts_with("https://");
    add_headers(response.headers_mut(), &id, secure);
    // Where chunks end is not followed on the wire, so nothing may come after them.
    if chunked || place.is_some_and(|place| place.is_beyond()) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Refuses what no route's guard sees: files and pages beyond the bound of connections, and a request that says in two
/// ways where it ends, as two servers may then read two things from it.
fn refuse(place: &Place, request: &Request, unguarded: bool) -> Result<()> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) && place.is_doubtful() {
        let fault = Reason::Unfit.says("must not come together with Content-Length");
        return Err(Error::bad("Transfer-Encoding", fault));
    }
    if unguarded { place.let_in() } else { Ok(()) }
}

/// The caller's own id for the request when it is short and plain, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let given = headers.get(&REQUEST_ID).and_then(|v| v.to_str().ok());
    let given = given.filter(|id| (1..=64).contains(&id.len()) && id.chars().all(plain));
    given.map_or_else(|| random_hex(8), str::to_owned)
}

fn add_headers(headers: &mut HeaderMap, id: &str, secure: bool) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    set_if_absent(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // What is said to one caller is kept by nobody else, nor in a browser whose user may have left.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        set_if_absent(headers, header::CACHE_CONTROL, "no-store");
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        set_if_absent(headers, header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        set_if_absent(headers, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
        if secure {
            set_if_absent(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::routing::post;
    use futures_util::stream;
    use http_body_util::BodyExt;
    use store::Clock;
    use tower::ServiceExt;

    use super::*;
    use crate::boot::boot;
    use crate::config::Config;
    use crate::http::Params;

    async fn app() -> (App, tempfile::TempDir) {
        let data = tempfile::tempdir().expect("a folder");
        let mut config = Config::load(None, |_| None).expect("defaults");
        config.data_dir = data.path().to_owned();
        (boot(config, Clock::system()).await.expect("a server").0, data)
    }

    async fn panics() -> &'static str {
        panic!("on purpose")
    }

    async fn ask(router: Router, request: Request) -> (StatusCode, serde_json::Value) {
        let response = router.oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_in_the_form_of_every_error_and_is_counted() {
        let (app, _data) = app().await;
        let router = surround(Router::new().route("/panics/{id}", post(panics)), &app).with_state(app.clone());
        let request = Request::post("/panics/12?token=secret").body(Body::empty()).expect("a request");
        let (status, body) = ask(router, request).await;
        assert_eq!((status.as_u16(), &body["error"]), (500, &"internal_error".into()));
        let page = crate::http::api::figures::page(&app).await.expect("a page");
        assert!(page.contains(r#"{route="/panics/{id}",method="POST",code="500"} 1"#), "{page}");
        assert!(!page.contains("secret"), "{page}");
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_or_never_ends_is_the_callers_fault() {
        let first = Ok::<_, std::io::Error>(Bytes::from_static(b"{"));
        let stops = stream::StreamExt::chain(stream::iter([first]), stream::pending());
        let drips = stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        });
        for body in [Body::from_stream(stops), Body::from_stream(drips)] {
            let bodies = crate::state::bodies::Bodies::new(1 << 30);
            let allowed = body::Allowance::of(&bodies, body::Size::Bytes(1 << 30), 0, None);
            let request = Request::post("/reads").body(body).expect("a request");
            let (request, _) = body::lend(request, Duration::from_millis(50));
            let read = Params::read(request, allowed).await;
            assert!(matches!(read, Err(Error::BadParameter { field, .. }) if field == "body"));
        }
    }
}
