//! Every route on one line: method, path, handler, and what it needs.

use axum::Router;
use axum::http::{Method, header};
use axum::routing::{MethodRouter, on};
use tower_http::cors::CorsLayer;

use super::api::*;
use super::auth::{NOTHING, Need, SIGNATURE, USER, VISITOR, guard, role};
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

/// The route table: the one place that says who may call what. What depends on the thing itself (whose it is, on which
/// source) is for the use case to decide.
#[must_use]
pub fn table() -> Vec<Route> {
    use model::Permission::*;
    use model::SourcePermission::*;
    routes! {
        GET "/attachments/{id}/{signature}" => attachment::bytes, NOTHING;
        GET "/1.0/access_tokens" => access_token::list, USER;
        POST "/1.0/access_tokens" => access_token::create, USER;
        GET "/1.0/access_tokens/{id}" => access_token::show, USER;
        PUT "/1.0/access_tokens/{id}" => access_token::update, USER;
        DELETE "/1.0/access_tokens/{id}" => access_token::delete, USER;
        GET "/1.0/attachments" => attachment::list, USER;
        POST "/1.0/attachments" => attachment::create, USER;
        GET "/1.0/attachments/{id}" => attachment::show, USER;
        POST "/1.0/bots/complete" => bot::complete, USER;
        POST "/1.0/bots/engage" => bot::engage, USER;
        POST "/1.0/bots/handover" => bot::handover, USER;
        GET "/1.0/content_threads" => content_thread::list, USER.on(Read);
        GET "/1.0/content_threads/{id}" => content_thread::show, USER.on(Read);
        PUT "/1.0/content_threads/{id}/close" => content_thread::close, USER;
        PUT "/1.0/content_threads/{id}/disable_text_input" => content_thread::disable_text_input, USER;
        PUT "/1.0/content_threads/{id}/enable_text_input" => content_thread::enable_text_input, USER;
        PUT "/1.0/content_threads/{id}/give_to_bot" => content_thread::give_to_bot, USER;
        PUT "/1.0/content_threads/{id}/ignore" => content_thread::ignore, USER;
        GET "/1.0/content_threads/{id}/open" => content_thread::open, USER;
        PUT "/1.0/content_threads/{id}/open" => content_thread::open, USER;
        PUT "/1.0/content_threads/{id}/update_categories" => content_thread::update_categories, USER;
        GET "/1.0/contents" => content::list, USER;
        POST "/1.0/contents" => content::create, USER;
        GET "/1.0/contents/{id}" => content::show, USER;
        PUT "/1.0/contents/{id}/ignore" => content::ignore, USER;
        PUT "/1.0/contents/{id}/retry_export" => content::retry_export, USER;
        PUT "/1.0/contents/{id}/update_categories" => content::update_categories, USER;
        GET "/1.0/identities" => identity::list, USER;
        GET "/1.0/identities/{id}" => identity::show, USER;
        GET "/1.0/identity_groups" => identity_group::list, USER;
        GET "/1.0/identity_groups/{id}" => identity_group::show, USER;
        GET "/1.0/intervention_comments" => intervention_comment::list, USER;
        POST "/1.0/intervention_comments" => intervention_comment::create, USER;
        GET "/1.0/intervention_comments/{id}" => intervention_comment::show, USER;
        DELETE "/1.0/intervention_comments/{id}" => intervention_comment::delete, USER;
        GET "/1.0/interventions" => intervention::list, USER;
        POST "/1.0/interventions" => intervention::create, USER;
        GET "/1.0/interventions/{id}" => intervention::show, USER;
        PUT "/1.0/interventions/{id}" => intervention::update, USER;
        DELETE "/1.0/interventions/{id}/cancel" => intervention::cancel, USER;
        PUT "/1.0/interventions/{id}/close" => intervention::close, USER;
        PUT "/1.0/interventions/{id}/defer" => intervention::defer, USER;
        PUT "/1.0/interventions/{id}/reassign" => intervention::reassign, USER;
        PUT "/1.0/interventions/{id}/update_categories" => intervention::update_categories, USER;
        GET "/1.0/categories" => category::list, USER;
        POST "/1.0/categories" => category::create, USER;
        GET "/1.0/categories/{id}" => category::show, USER;
        PUT "/1.0/categories/{id}" => category::update, USER;
        DELETE "/1.0/categories/{id}" => category::delete, USER;
        GET "/1.0/channels" => channel::list, USER;
        GET "/1.0/channels/{id}" => channel::show, USER;
        GET "/1.0/communities" => community::list, USER;
        POST "/1.0/communities" => community::create, USER;
        GET "/1.0/communities/{id}" => community::show, USER;
        PUT "/1.0/communities/{id}" => community::update, USER;
        DELETE "/1.0/communities/{id}" => community::delete, USER;
        GET "/1.0/communities/{id}/jwt_keys" => community::list_keys, USER;
        POST "/1.0/communities/{id}/jwt_keys" => community::add_key, USER;
        DELETE "/1.0/communities/{id}/jwt_keys/{key_id}" => community::remove_key, USER;
        GET "/1.0/content_sources" => content_source::list, USER;
        POST "/1.0/content_sources" => content_source::create, USER;
        GET "/1.0/content_sources/{id}" => content_source::show, USER;
        PUT "/1.0/content_sources/{id}" => content_source::update, USER;
        PUT "/1.0/content_sources/{id}/email_credentials" => content_source::update_email_credentials, USER;
        GET "/1.0/roles" => role::list, USER;
        GET "/1.0/roles/{id}" => role::show, USER;
        GET "/1.0/events" => event::list, USER;
        GET "/1.0/events/journal" => journal::list, USER;
        GET "/1.0/events/stream" => journal::stream, USER;
        GET "/1.0/events/{id}" => event::show, USER;
        GET "/1.0/status" => agent_status::list, USER;
        GET "/1.0/status/{id}" => agent_status::show, USER;
        PUT "/1.0/status/{id}" => agent_status::update, USER;
        GET "/1.0/tags" => tag::list, USER;
        POST "/1.0/tags" => tag::create, role(&[ManageTags]);
        GET "/1.0/tags/{id}" => tag::show, USER;
        PUT "/1.0/tags/{id}" => tag::update, role(&[ManageTags]);
        DELETE "/1.0/tags/{id}" => tag::delete, role(&[ManageTags]);
        GET "/1.0/teams" => team::list, USER;
        GET "/1.0/teams/{id}" => team::show, USER;
        GET "/1.0/users" => user::list, USER;
        POST "/1.0/users" => user::create, USER;
        POST "/1.0/users/invite" => user::invite, USER;
        GET "/1.0/users/{id}" => user::show, USER;
        PUT "/1.0/users/{id}" => user::update, USER;
        DELETE "/1.0/users/{id}" => user::delete, USER;
        GET "/1.0/users/{id}/sources_permissions" => user::sources_permissions, USER;
        PUT "/1.0/users/{id}/sources_permissions" => user::update_sources_permissions, USER;

        GET "/chat/{token}/chat.js" => web::chat, NOTHING;
        GET "/chat/{token}/config" => chat::config, NOTHING;
        GET "/chat/{token}/loader.js" => web::loader, NOTHING;
        POST "/chat/{token}/attachments" => chat::upload, VISITOR;
        POST "/chat/{token}/messages" => chat::write, VISITOR;
        POST "/chat/{token}/session" => chat::session, NOTHING;
        GET "/chat/{token}/socket" => visitor::open, VISITOR;
        GET "/chat/{token}/threads" => chat::threads, VISITOR;
        GET "/chat/{token}/threads/{id}/messages" => chat::messages, VISITOR;
        POST "/chat/{token}/threads/{id}/read" => chat::read, VISITOR;
        GET "/chat/{token}/web" => web::chat_page, NOTHING;
        GET "/demo" => web::demo, NOTHING;
        GET "/healthz" => health::up, NOTHING;
        GET "/metrics" => health::figures, NOTHING;
        GET "/readyz" => health::ready, NOTHING;

        GET "/console/folders" => inbox::folders, USER;
        GET "/console/socket" => agent::open, USER;
        GET "/console/threads" => inbox::list, USER;
        GET "/console/threads/{id}" => inbox::show, USER;
        POST "/console/threads/{id}/read" => inbox::read, USER;
        POST "/console/invitation" => user::accept_invitation, NOTHING;
        POST "/console/session" => session::begin, NOTHING;
        GET "/console/session" => session::show, USER;
        DELETE "/console/session" => session::end, USER;
        GET "/1.0/webhooks" => webhook::list, USER;
        POST "/1.0/webhooks" => webhook::create, USER;
        GET "/1.0/webhooks/{id}" => webhook::show, USER;
        PUT "/1.0/webhooks/{id}" => webhook::update, USER;
        DELETE "/1.0/webhooks/{id}" => webhook::delete, USER;
        GET "/1.0/webhooks/{id}/deliveries" => webhook::deliveries, USER;
        GET "/1.0/webhooks/{id}/deliveries/{delivery_id}" => webhook::delivery, USER;
        PUT "/1.0/webhooks/{id}/deliveries/{delivery_id}/resend" => webhook::resend, USER;
        PUT "/1.0/webhooks/{id}/replay" => webhook::replay, USER;
        PUT "/1.0/webhooks/{id}/resend" => webhook::resend_since, USER;
        PUT "/1.0/webhooks/{id}/verify" => webhook::verify, USER;

        POST "/realtime/sdk/{source_id}" => inbound::receive, SIGNATURE;
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
