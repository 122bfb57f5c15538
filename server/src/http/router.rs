//! Every route on one line: method, path, handler, and what it needs.

use axum::Router;
use axum::http::{Method, header};
use axum::routing::{MethodRouter, on};
use tower_http::cors::CorsLayer;

use super::api::*;
use super::auth::{Need, guard};
use super::observe::{method_not_allowed, surround};
use crate::app::App;
use crate::channels::sdk::inbound;
use crate::realtime::{agent, visitor};
use crate::web;

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
    use Need::{Nothing, Signature, User, Visitor};
    routes! {
        GET "/attachments/{id}/{signature}" => attachment::bytes, Nothing;
        GET "/1.0/access_tokens" => access_token::list, User;
        POST "/1.0/access_tokens" => access_token::create, User;
        GET "/1.0/access_tokens/{id}" => access_token::show, User;
        PUT "/1.0/access_tokens/{id}" => access_token::update, User;
        DELETE "/1.0/access_tokens/{id}" => access_token::delete, User;
        GET "/1.0/attachments" => attachment::list, User;
        POST "/1.0/attachments" => attachment::create, User;
        GET "/1.0/attachments/{id}" => attachment::show, User;
        POST "/1.0/bots/complete" => bot::complete, User;
        POST "/1.0/bots/engage" => bot::engage, User;
        POST "/1.0/bots/handover" => bot::handover, User;
        GET "/1.0/content_threads" => content_thread::list, User;
        GET "/1.0/content_threads/{id}" => content_thread::show, User;
        PUT "/1.0/content_threads/{id}/close" => content_thread::close, User;
        PUT "/1.0/content_threads/{id}/disable_text_input" => content_thread::disable_text_input, User;
        PUT "/1.0/content_threads/{id}/enable_text_input" => content_thread::enable_text_input, User;
        PUT "/1.0/content_threads/{id}/ignore" => content_thread::ignore, User;
        GET "/1.0/content_threads/{id}/open" => content_thread::open, User;
        PUT "/1.0/content_threads/{id}/open" => content_thread::open, User;
        PUT "/1.0/content_threads/{id}/update_categories" => content_thread::update_categories, User;
        GET "/1.0/contents" => content::list, User;
        POST "/1.0/contents" => content::create, User;
        GET "/1.0/contents/{id}" => content::show, User;
        PUT "/1.0/contents/{id}/ignore" => content::ignore, User;
        PUT "/1.0/contents/{id}/retry_export" => content::retry_export, User;
        PUT "/1.0/contents/{id}/update_categories" => content::update_categories, User;
        GET "/1.0/identities" => identity::list, User;
        GET "/1.0/identities/{id}" => identity::show, User;
        GET "/1.0/identity_groups" => identity_group::list, User;
        GET "/1.0/identity_groups/{id}" => identity_group::show, User;
        GET "/1.0/intervention_comments" => intervention_comment::list, User;
        POST "/1.0/intervention_comments" => intervention_comment::create, User;
        GET "/1.0/intervention_comments/{id}" => intervention_comment::show, User;
        DELETE "/1.0/intervention_comments/{id}" => intervention_comment::delete, User;
        GET "/1.0/interventions" => intervention::list, User;
        POST "/1.0/interventions" => intervention::create, User;
        GET "/1.0/interventions/{id}" => intervention::show, User;
        PUT "/1.0/interventions/{id}" => intervention::update, User;
        DELETE "/1.0/interventions/{id}/cancel" => intervention::cancel, User;
        PUT "/1.0/interventions/{id}/close" => intervention::close, User;
        PUT "/1.0/interventions/{id}/defer" => intervention::defer, User;
        PUT "/1.0/interventions/{id}/reassign" => intervention::reassign, User;
        PUT "/1.0/interventions/{id}/update_categories" => intervention::update_categories, User;
        GET "/1.0/categories" => category::list, User;
        POST "/1.0/categories" => category::create, User;
        GET "/1.0/categories/{id}" => category::show, User;
        PUT "/1.0/categories/{id}" => category::update, User;
        DELETE "/1.0/categories/{id}" => category::delete, User;
        GET "/1.0/channels" => channel::list, User;
        GET "/1.0/channels/{id}" => channel::show, User;
        GET "/1.0/communities" => community::list, User;
        POST "/1.0/communities" => community::create, User;
        GET "/1.0/communities/{id}" => community::show, User;
        PUT "/1.0/communities/{id}" => community::update, User;
        DELETE "/1.0/communities/{id}" => community::delete, User;
        GET "/1.0/communities/{id}/jwt_keys" => community::list_keys, User;
        POST "/1.0/communities/{id}/jwt_keys" => community::add_key, User;
        DELETE "/1.0/communities/{id}/jwt_keys/{key_id}" => community::remove_key, User;
        GET "/1.0/content_sources" => content_source::list, User;
        POST "/1.0/content_sources" => content_source::create, User;
        GET "/1.0/content_sources/{id}" => content_source::show, User;
        PUT "/1.0/content_sources/{id}" => content_source::update, User;
        PUT "/1.0/content_sources/{id}/email_credentials" => content_source::update_email_credentials, User;
        GET "/1.0/roles" => role::list, User;
        GET "/1.0/roles/{id}" => role::show, User;
        GET "/1.0/events" => event::list, User;
        GET "/1.0/events/{id}" => event::show, User;
        GET "/1.0/status" => agent_status::list, User;
        GET "/1.0/status/{id}" => agent_status::show, User;
        PUT "/1.0/status/{id}" => agent_status::update, User;
        GET "/1.0/tags" => tag::list, User;
        POST "/1.0/tags" => tag::create, User;
        GET "/1.0/tags/{id}" => tag::show, User;
        PUT "/1.0/tags/{id}" => tag::update, User;
        DELETE "/1.0/tags/{id}" => tag::delete, User;
        GET "/1.0/teams" => team::list, User;
        GET "/1.0/teams/{id}" => team::show, User;
        GET "/1.0/users" => user::list, User;
        POST "/1.0/users" => user::create, User;
        POST "/1.0/users/invite" => user::invite, User;
        GET "/1.0/users/{id}" => user::show, User;
        PUT "/1.0/users/{id}" => user::update, User;
        DELETE "/1.0/users/{id}" => user::delete, User;
        GET "/1.0/users/{id}/sources_permissions" => user::sources_permissions, User;
        PUT "/1.0/users/{id}/sources_permissions" => user::update_sources_permissions, User;

        GET "/chat/{token}/chat.js" => web::chat, Nothing;
        GET "/chat/{token}/config" => chat::config, Nothing;
        GET "/chat/{token}/loader.js" => web::loader, Nothing;
        POST "/chat/{token}/attachments" => chat::upload, Visitor;
        POST "/chat/{token}/messages" => chat::write, Visitor;
        POST "/chat/{token}/session" => chat::session, Nothing;
        GET "/chat/{token}/socket" => visitor::open, Visitor;
        GET "/chat/{token}/threads" => chat::threads, Visitor;
        GET "/chat/{token}/threads/{id}/messages" => chat::messages, Visitor;
        POST "/chat/{token}/threads/{id}/read" => chat::read, Visitor;
        GET "/chat/{token}/web" => web::chat_page, Nothing;
        GET "/demo" => web::demo, Nothing;
        GET "/healthz" => health::up, Nothing;
        GET "/metrics" => health::figures, Nothing;
        GET "/readyz" => health::ready, Nothing;

        GET "/console/folders" => inbox::folders, User;
        GET "/console/socket" => agent::open, User;
        GET "/console/threads" => inbox::list, User;
        GET "/console/threads/{id}" => inbox::show, User;
        POST "/console/threads/{id}/read" => inbox::read, User;
        POST "/console/invitation" => user::accept_invitation, Nothing;
        POST "/console/session" => session::begin, Nothing;
        GET "/console/session" => session::show, User;
        DELETE "/console/session" => session::end, User;
        GET "/1.0/webhooks" => webhook::list, User;
        POST "/1.0/webhooks" => webhook::create, User;
        GET "/1.0/webhooks/{id}" => webhook::show, User;
        PUT "/1.0/webhooks/{id}" => webhook::update, User;
        DELETE "/1.0/webhooks/{id}" => webhook::delete, User;
        GET "/1.0/webhooks/{id}/deliveries" => webhook::deliveries, User;
        GET "/1.0/webhooks/{id}/deliveries/{delivery_id}" => webhook::delivery, User;
        PUT "/1.0/webhooks/{id}/deliveries/{delivery_id}/resend" => webhook::resend, User;
        PUT "/1.0/webhooks/{id}/resend" => webhook::resend_since, User;
        PUT "/1.0/webhooks/{id}/verify" => webhook::verify, User;

        POST "/realtime/sdk/{source_id}" => inbound::receive, Signature;
    }
}

/// The router with every route and its guard.
pub fn router(app: App) -> Router {
    // Pages of any site hold the chat; its requests carry a key of their own and no cookie.
    let cors = CorsLayer::new()
        .allow_origin(tower_http::cors::Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
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
