//! Every route on one line: method, path, handler, and what it needs.

use axum::Router;
use axum::http::Method;
use axum::routing::{MethodRouter, on};

use super::api::{community, tag};
use super::auth::{Need, guard};
use crate::app::App;

/// A line of the route table.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for its parameters.
    pub path: &'static str,
    /// What it needs before its handler runs.
    pub need: Need,
    handler: MethodRouter<App>,
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path, $need:expr;)*) => {
        vec![$(Route {
            method: Method::$method,
            path: $path,
            need: $need,
            handler: on(axum::routing::MethodFilter::$method, $handler),
        }),*]
    };
}

/// The route table. `User` means any enabled user; what they may see or do is then for the domain to decide.
#[must_use]
pub fn table() -> Vec<Route> {
    use Need::User;
    routes! {
        GET "/1.0/communities" => community::list, User;
        POST "/1.0/communities" => community::create, User;
        GET "/1.0/communities/{id}" => community::show, User;
        PUT "/1.0/communities/{id}" => community::update, User;
        DELETE "/1.0/communities/{id}" => community::delete, User;
        GET "/1.0/communities/{id}/jwt_keys" => community::list_keys, User;
        POST "/1.0/communities/{id}/jwt_keys" => community::add_key, User;
        DELETE "/1.0/communities/{id}/jwt_keys/{key_id}" => community::remove_key, User;
        GET "/1.0/tags" => tag::list, User;
        POST "/1.0/tags" => tag::create, User;
        GET "/1.0/tags/{id}" => tag::show, User;
        PUT "/1.0/tags/{id}" => tag::update, User;
        DELETE "/1.0/tags/{id}" => tag::delete, User;
    }
}

/// The router with every route and its guard.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in table() {
        let guard = axum::middleware::from_fn_with_state((app.clone(), route.need), guard);
        router = router.route(route.path, route.handler.layer(guard));
    }
    router.with_state(app)
}
