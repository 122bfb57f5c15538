//! Every route on one line: method, path, handler, and what it needs.

use axum::Router;
use axum::http::Method;
use axum::routing::on;
use tower_http::cors::CorsLayer;

use crate::app::App;
use crate::channels::chat::unsubscribe;
use crate::http::api::{attachment, health, picture};
use crate::http::auth::{NOTHING, PROBE, guard};
use crate::http::docs::{answer_of, written_by};
use crate::http::observe::{method_not_allowed, surround};
pub use crate::http::route::Route;
use crate::http::route::handled;
use crate::http::signed::signed_by;
use crate::web;

/// Routes, line by line. Of those that are `documented`, a handler that writes answers with what it has written, and its
/// answer is kept; of those that are `signed`, a handler takes what somebody has signed.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path, $need:expr;)*) => {
        vec![$(routes!(@route $method $path, $handler, $need, None)),*]
    };
    (documented $($method:ident $path:literal => $handler:path, $need:expr;)*) => {
        vec![$(routes!(@route $method $path, $handler, $need, Some(routes!(@answer $method $handler)))),*]
    };
    (signed $($path:literal => $handler:path, $need:expr;)*) => {
        vec![$({
            $crate::router::signed_by(&$handler);
            routes!(@route POST $path, $handler, $need, None)
        }),*]
    };
    (@answer GET $handler:path) => { $crate::router::answer_of(&$handler) };
    (@answer $method:ident $handler:path) => { $crate::router::written_by(&$handler) };
    (@route $method:ident $path:literal, $handler:path, $need:expr, $answer:expr) => {
        $crate::router::Route {
            method: axum::http::Method::$method,
            path: $path,
            need: $need,
            name: stringify!($handler),
            answer: $answer,
            handler: $crate::router::handled(axum::routing::MethodFilter::$method, |request, app| {
                axum::handler::Handler::call($handler, request, app)
            }),
        }
    };
}

mod api;
mod chat;
mod console;
pub mod document;
mod hooks;

/// The route table: the one place that says who may call what. What depends on the thing itself (whose it is, on which
/// source) is for the use case to decide.
#[must_use]
pub fn table() -> Vec<Route> {
    let documented = [api::routes(), chat::routes(), console::routes()];
    documented.into_iter().chain([chat::files(), console::files(), others(), hooks::routes()]).flatten().collect()
}

/// Everything else: what browsers, readers and operators ask for.
fn others() -> Vec<Route> {
    routes! {
        GET "/attachments/{id}/{signature}" => attachment::bytes, NOTHING;
        GET "/docs/api" => document::reference, NOTHING;
        GET "/healthz" => health::up, PROBE;
        GET "/metrics" => health::figures, PROBE;
        GET "/openapi.json" => document::openapi, NOTHING;
        GET "/pictures/{name}" => picture::show, NOTHING;
        GET "/readyz" => health::ready, PROBE;
        GET "/unsubscribe/{id}/{signature}" => unsubscribe::page, NOTHING;
        POST "/unsubscribe/{id}/{signature}" => unsubscribe::act, NOTHING;
    }
}

/// The router of the figures, for an address of their own.
pub fn figures(app: App) -> Router {
    let router = Router::new().route("/metrics", on(axum::routing::MethodFilter::GET, health::figures_alone));
    surround(router, &app).with_state(app)
}

/// The router with every route and its guard.
pub fn router(app: App) -> Router {
    // Pages of any site hold the chat; its requests carry a key of their own and no cookie.
    let cors = CorsLayer::new()
        .allow_origin(tower_http::cors::Any)
        .allow_methods([Method::GET, Method::POST])
        // Monitoring on a page adds headers of its own to every request; they do no harm.
        .allow_headers(tower_http::cors::AllowHeaders::mirror_request())
        .max_age(std::time::Duration::from_secs(3600));
    let (mut chat, mut rest) = (Router::new(), Router::new());
    for route in table() {
        let guard = axum::middleware::from_fn_with_state((app.clone(), route.need), guard);
        let handler = route.handler.layer(guard);
        if route.path.starts_with("/chat/") {
            chat = chat.route(route.path, handler);
        } else {
            rest = rest.route(route.path, handler);
        }
    }
    // Set inside of what answers other origins: outside it would take the place of that, and refuse their browsers.
    let chat = chat.method_not_allowed_fallback(method_not_allowed).layer(cors);
    let rest = rest.method_not_allowed_fallback(method_not_allowed);
    surround(rest.merge(chat).fallback(web::fallback), &app).with_state(app)
}
