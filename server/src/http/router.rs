//! Every route on one line: method, path, handler, and what it needs.

use axum::Router;
use axum::http::Method;
use axum::routing::{MethodRouter, on};
use tower_http::cors::CorsLayer;

use super::api::*;
use super::auth::{NOTHING, Need, PROBE, SIGNATURE, USER, VISITOR, guard, role};
use super::body::Size::{Bytes, File};
use super::docs::{self, AnswerSchema, answer_of};
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
    /// The module and the name of its handler.
    pub name: &'static str,
    /// What it answers with, where the API's document says it.
    pub answer: Option<AnswerSchema>,
    handler: MethodRouter<App>,
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path, $need:expr;)*) => {
        vec![$(routes!(@route $method $path, $handler, $need, None)),*]
    };
    (documented $($method:ident $path:literal => $handler:path, $need:expr;)*) => {
        vec![$(routes!(@route $method $path, $handler, $need, Some(answer_of(&$handler)))),*]
    };
    (@route $method:ident $path:literal, $handler:path, $need:expr, $answer:expr) => {
        Route {
            method: Method::$method,
            path: $path,
            need: $need,
            name: stringify!($handler),
            answer: $answer,
            handler: on(axum::routing::MethodFilter::$method, $handler),
        }
    };
}

/// The route table: the one place that says who may call what. What depends on the thing itself (whose it is, on which
/// source) is for the use case to decide.
#[must_use]
pub fn table() -> Vec<Route> {
    let mut all = api();
    all.extend(front_ends());
    all.extend(others());
    all
}

/// The REST API. Each of its operations has its words in `docs/<noun>.toml`.
fn api() -> Vec<Route> {
    use model::Permission::*;
    use model::SourcePermission::*;
    routes! { documented
        GET "/1.0/access_tokens" => access_token::list, USER;
        POST "/1.0/access_tokens" => access_token::create, USER;
        GET "/1.0/access_tokens/{id}" => access_token::show, USER;
        PUT "/1.0/access_tokens/{id}" => access_token::update, USER;
        DELETE "/1.0/access_tokens/{id}" => access_token::delete, USER;
        GET "/1.0/attachments" => attachment::list, USER;
        POST "/1.0/attachments" => attachment::create, USER.takes(File);
        GET "/1.0/attachments/{id}" => attachment::show, USER.on(Read);
        POST "/1.0/bots/complete" => bot::complete, USER.on(Read);
        POST "/1.0/bots/engage" => bot::engage, USER.on(Reply);
        POST "/1.0/bots/handover" => bot::handover, USER;
        GET "/1.0/content_threads" => content_thread::list, USER.on(Read);
        GET "/1.0/content_threads/{id}" => content_thread::show, USER.on(Read);
        PUT "/1.0/content_threads/{id}/close" => content_thread::close, role(&[CloseContentThread]).on(Read);
        PUT "/1.0/content_threads/{id}/disable_text_input" => content_thread::disable_text_input, USER.on(Reply);
        PUT "/1.0/content_threads/{id}/enable_text_input" => content_thread::enable_text_input, USER.on(Reply);
        PUT "/1.0/content_threads/{id}/give_to_bot" => content_thread::give_to_bot, USER.on(Reply);
        PUT "/1.0/content_threads/{id}/ignore" => content_thread::ignore, USER.on(Read);
        GET "/1.0/content_threads/{id}/open" => content_thread::open, role(&[OpenContentThread]).on(Read);
        PUT "/1.0/content_threads/{id}/open" => content_thread::open, role(&[OpenContentThread]).on(Read);
        PUT "/1.0/content_threads/{id}/update_categories" => content_thread::update_categories, USER.on(Read);
        GET "/1.0/contents" => content::list, USER.on(Read);
        POST "/1.0/contents" => content::create, USER.on(Reply).words();
        GET "/1.0/contents/{id}" => content::show, USER.on(Read);
        PUT "/1.0/contents/{id}/approve" => content::approve, role(&[ApproveContent]).on(Read).words();
        PUT "/1.0/contents/{id}/refuse" => content::refuse, role(&[ApproveContent]).on(Read).words();
        PUT "/1.0/contents/{id}/ignore" => content::ignore, USER.on(Read);
        PUT "/1.0/contents/{id}/retry_export" => content::retry_export, USER.on(Reply);
        PUT "/1.0/contents/{id}/update_categories" => content::update_categories, USER.on(Read);
        PUT "/1.0/contents/{id}/update_custom_score" => custom_score::update, USER.on(Read);
        GET "/1.0/custom_fields" => custom_field::list, role(&[ManageCustomFields]);
        POST "/1.0/custom_fields" => custom_field::create, role(&[ManageCustomFields]);
        GET "/1.0/custom_fields/{id}" => custom_field::show, role(&[ManageCustomFields]);
        PUT "/1.0/custom_fields/{id}" => custom_field::update, role(&[ManageCustomFields]);
        DELETE "/1.0/custom_fields/{id}" => custom_field::delete, role(&[ManageCustomFields]);
        GET "/1.0/folders" => folder::list, USER;
        POST "/1.0/folders" => folder::create, USER;
        GET "/1.0/folders/{id}" => folder::show, USER;
        PUT "/1.0/folders/{id}" => folder::update, USER;
        DELETE "/1.0/folders/{id}" => folder::delete, USER;
        GET "/1.0/identities" => identity::list, role(&[ReadIdentity]).on(Read);
        POST "/1.0/identities/import" => identity::import, role(&[UpdateIdentity, ManageIdentities]).on(Read);
        GET "/1.0/identities/{id}" => identity::show, role(&[ReadIdentity]).on(Read);
        GET "/1.0/identity_groups" => identity_group::list, role(&[ReadIdentity]).on(Read);
        POST "/1.0/identity_groups" => identity_group::create, role(&[UpdateIdentity]).on(Read);
        GET "/1.0/identity_groups/{id}" => identity_group::show, role(&[ReadIdentity]).on(Read);
        PUT "/1.0/identity_groups/{id}" => identity_group::update, role(&[ReadIdentity]).on(Read);
        PUT "/1.0/identity_groups/{id}/merge" => identity_group::merge, role(&[UpdateIdentity]).on(Read);
        PUT "/1.0/identity_groups/{id}/unmerge" => identity_group::unmerge, role(&[UpdateIdentity]).on(Read);
        GET "/1.0/intervention_comments" => intervention_comment::list, USER.on(Read);
        POST "/1.0/intervention_comments" => intervention_comment::create, USER.on(Read).words();
        GET "/1.0/intervention_comments/{id}" => intervention_comment::show, USER.on(Read);
        DELETE "/1.0/intervention_comments/{id}" => intervention_comment::delete, USER.on(Read);
        GET "/1.0/interventions" => intervention::list, USER.on(Read);
        POST "/1.0/interventions" => intervention::create, USER.on(Reply);
        GET "/1.0/interventions/{id}" => intervention::show, USER.on(Read);
        PUT "/1.0/interventions/{id}" => intervention::update, USER.on(Read);
        DELETE "/1.0/interventions/{id}/cancel" => intervention::cancel, USER.on(Read);
        PUT "/1.0/interventions/{id}/close" => intervention::close, USER.on(Read);
        PUT "/1.0/interventions/{id}/defer" => intervention::defer, role(&[UpdateIntervention, UpdateOwnIntervention]).on(Read);
        PUT "/1.0/interventions/{id}/reassign" => intervention::reassign, role(&[UpdateIntervention, UpdateOwnIntervention]).on(Read);
        PUT "/1.0/interventions/{id}/update_categories" => intervention::update_categories, USER.on(Read);
        GET "/1.0/categories" => category::list, USER;
        POST "/1.0/categories" => category::create, role(&[ManageCategories]);
        GET "/1.0/categories/{id}" => category::show, USER;
        PUT "/1.0/categories/{id}" => category::update, role(&[ManageCategories]);
        DELETE "/1.0/categories/{id}" => category::delete, role(&[ManageCategories]);
        GET "/1.0/channels" => channel::list, USER;
        GET "/1.0/channels/{id}" => channel::show, USER;
        PUT "/1.0/channels/{id}" => channel::update, role(&[ManageTopologies]);
        GET "/1.0/communities" => community::list, role(&[ReadCommunity]);
        POST "/1.0/communities" => community::create, role(&[CreateCommunity]);
        GET "/1.0/communities/{id}" => community::show, role(&[ReadCommunity]);
        PUT "/1.0/communities/{id}" => community::update, role(&[UpdateCommunity]);
        DELETE "/1.0/communities/{id}" => community::delete, role(&[UpdateCommunity]);
        GET "/1.0/communities/{id}/jwt_keys" => community::list_keys, role(&[ReadCommunity]);
        POST "/1.0/communities/{id}/jwt_keys" => community::add_key, role(&[UpdateCommunity]);
        DELETE "/1.0/communities/{id}/jwt_keys/{key_id}" => community::remove_key, role(&[UpdateCommunity]);
        GET "/1.0/content_sources" => content_source::list, USER.on(Read);
        POST "/1.0/content_sources" => content_source::create, role(&[CreateContentSource]);
        GET "/1.0/content_sources/{id}" => content_source::show, USER.on(Read);
        PUT "/1.0/content_sources/{id}" => content_source::update, role(&[UpdateContentSource]).on(Read);
        PUT "/1.0/content_sources/{id}/email_credentials" => content_source::update_email_credentials, role(&[UpdateContentSource]).on(Read);
        GET "/1.0/roles" => role::list, USER;
        POST "/1.0/roles" => role::create, role(&[ManageRoles]);
        GET "/1.0/roles/{id}" => role::show, USER;
        PUT "/1.0/roles/{id}" => role::update, role(&[ManageRoles]);
        DELETE "/1.0/roles/{id}" => role::delete, role(&[ManageRoles]);
        GET "/1.0/events" => event::list, role(&[SearchEvent]);
        GET "/1.0/events/journal" => journal::list, role(&[SearchEvent, ReadEvent]);
        GET "/1.0/events/stream" => journal::stream, role(&[SearchEvent, ReadEvent]);
        GET "/1.0/events/{id}" => event::show, role(&[SearchEvent]);
        GET "/1.0/interface_locales" => locale::interface, USER;
        GET "/1.0/locales" => locale::list, USER;
        GET "/1.0/mail_deliveries" => mail_delivery::list, role(&[UpdateSettings]);
        GET "/1.0/mail_deliveries/sender" => mail_delivery::sender, role(&[UpdateSettings]);
        POST "/1.0/mail_deliveries/test" => mail_delivery::try_out, role(&[UpdateSettings]);
        GET "/1.0/mail_deliveries/{id}" => mail_delivery::show, role(&[UpdateSettings]);
        PUT "/1.0/mail_deliveries/{id}/resend" => mail_delivery::resend, role(&[UpdateSettings]);
        GET "/1.0/reply_assistant/entries" => reply_assistant::list_entries, role(&[ManageReplyAssistant]);
        POST "/1.0/reply_assistant/entries" => reply_assistant::create_entry, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/entries/{id}" => reply_assistant::show_entry, role(&[ManageReplyAssistant]);
        PUT "/1.0/reply_assistant/entries/{id}" => reply_assistant::update_entry, role(&[ManageReplyAssistant]);
        DELETE "/1.0/reply_assistant/entries/{id}" => reply_assistant::delete_entry, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/groups" => reply_assistant::list_groups, role(&[ManageReplyAssistant]);
        POST "/1.0/reply_assistant/groups" => reply_assistant::create_group, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/groups/{id}" => reply_assistant::show_group, role(&[ManageReplyAssistant]);
        PUT "/1.0/reply_assistant/groups/{id}" => reply_assistant::update_group, role(&[ManageReplyAssistant]);
        DELETE "/1.0/reply_assistant/groups/{id}" => reply_assistant::delete_group, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/suggestions" => reply_assistant::suggest, role(&[ReplyWithAssistant]).on(Reply);
        GET "/1.0/reply_assistant/versions" => reply_assistant::list_versions, role(&[ManageReplyAssistant]);
        POST "/1.0/reply_assistant/versions" => reply_assistant::create_version, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/versions/{id}" => reply_assistant::show_version, role(&[ManageReplyAssistant]);
        PUT "/1.0/reply_assistant/versions/{id}" => reply_assistant::update_version, role(&[ManageReplyAssistant]);
        DELETE "/1.0/reply_assistant/versions/{id}" => reply_assistant::delete_version, role(&[ManageReplyAssistant]);
        GET "/1.0/reply_assistant/versions/{id}/render" => reply_assistant::render, role(&[ReplyWithAssistant]).on(Reply);
        GET "/1.0/settings" => settings::show, USER;
        PUT "/1.0/settings" => settings::update, role(&[UpdateSettings]);
        GET "/1.0/time_sheets" => time_sheet::list, USER;
        POST "/1.0/time_sheets" => time_sheet::create, role(&[UpdateTimeSheet]);
        GET "/1.0/time_sheets/{id}" => time_sheet::show, role(&[UpdateTimeSheet]);
        PUT "/1.0/time_sheets/{id}" => time_sheet::update, role(&[UpdateTimeSheet]);
        DELETE "/1.0/time_sheets/{id}" => time_sheet::delete, role(&[UpdateTimeSheet]);
        GET "/1.0/timezones" => locale::timezones, USER;
        GET "/1.0/status" => agent_status::list, role(&[MonitorTasks]);
        GET "/1.0/status/{id}" => agent_status::show, USER;
        PUT "/1.0/status/{id}" => agent_status::update, USER;
        GET "/1.0/survey_responses/{id}" => survey::response, role(&[ReadSurveys, ManageSurveys]).on(Read);
        GET "/1.0/surveys" => survey::list, role(&[ReadSurveys, ManageSurveys]);
        POST "/1.0/surveys" => survey::create, role(&[ManageSurveys]);
        GET "/1.0/surveys/{id}" => survey::show, role(&[ReadSurveys, ManageSurveys]);
        PUT "/1.0/surveys/{id}" => survey::update, role(&[ManageSurveys]);
        DELETE "/1.0/surveys/{id}" => survey::delete, role(&[ManageSurveys]);
        GET "/1.0/tags" => tag::list, USER;
        POST "/1.0/tags" => tag::create, role(&[ManageTags]);
        GET "/1.0/tags/{id}" => tag::show, USER;
        PUT "/1.0/tags/{id}" => tag::update, role(&[ManageTags]);
        DELETE "/1.0/tags/{id}" => tag::delete, role(&[ManageTags]);
        GET "/1.0/teams" => team::list, USER;
        POST "/1.0/teams" => team::create, role(&[ManageTeams]);
        GET "/1.0/teams/{id}" => team::show, USER;
        PUT "/1.0/teams/{id}" => team::update, role(&[ManageTeams]);
        DELETE "/1.0/teams/{id}" => team::delete, role(&[ManageTeams]);
        GET "/1.0/users" => user::list, role(&[ReadUser]);
        POST "/1.0/users" => user::create, role(&[CreateUser]);
        POST "/1.0/users/invite" => user::invite, role(&[InviteUser]);
        GET "/1.0/users/me" => user::me, USER;
        GET "/1.0/users/{id}" => user::show, USER;
        PUT "/1.0/users/{id}" => user::update, role(&[UpdateUser]);
        DELETE "/1.0/users/{id}" => user::delete, role(&[UpdateUser]);
        GET "/1.0/users/{id}/signatures" => signature::list, USER;
        POST "/1.0/users/{id}/signatures" => signature::create, role(&[UpdateUser]);
        GET "/1.0/users/{id}/signatures/{signature_id}" => signature::show, USER;
        PUT "/1.0/users/{id}/signatures/{signature_id}" => signature::update, role(&[UpdateUser]);
        DELETE "/1.0/users/{id}/signatures/{signature_id}" => signature::delete, role(&[UpdateUser]);
        GET "/1.0/users/{id}/sources_permissions" => user::sources_permissions, USER;
        PUT "/1.0/users/{id}/sources_permissions" => user::update_sources_permissions, role(&[UpdateUser]);
        GET "/1.0/webhooks" => webhook::list, USER;
        POST "/1.0/webhooks" => webhook::create, USER;
        GET "/1.0/webhooks/events" => webhook::events, USER;
        GET "/1.0/webhooks/{id}" => webhook::show, USER;
        PUT "/1.0/webhooks/{id}" => webhook::update, USER;
        DELETE "/1.0/webhooks/{id}" => webhook::delete, USER;
        GET "/1.0/webhooks/{id}/deliveries" => webhook::deliveries, USER;
        GET "/1.0/webhooks/{id}/deliveries/{delivery_id}" => webhook::delivery, USER;
        PUT "/1.0/webhooks/{id}/deliveries/{delivery_id}/resend" => webhook::resend, USER;
        PUT "/1.0/webhooks/{id}/replay" => webhook::replay, USER;
        PUT "/1.0/webhooks/{id}/resend" => webhook::resend_since, USER;
        PUT "/1.0/webhooks/{id}/verify" => webhook::verify, USER;
    }
}

/// What the chat and the console talk to; documented as the REST API is.
fn front_ends() -> Vec<Route> {
    use model::Permission::{ReadIdentity, UpdateIdentity};
    use model::SourcePermission::Read;
    routes! { documented
        GET "/chat/{token}/config" => chat::config, NOTHING;
        POST "/chat/{token}/attachments" => chat::upload, VISITOR.words().takes(File);
        POST "/chat/{token}/messages" => chat::write, VISITOR.words();
        POST "/chat/{token}/session" => chat::session, NOTHING.words();
        GET "/chat/{token}/socket" => visitor::open, VISITOR;
        GET "/chat/{token}/threads" => chat::threads, VISITOR;
        GET "/chat/{token}/threads/{id}/messages" => chat::messages, VISITOR.words();
        POST "/chat/{token}/threads/{id}/read" => chat::read, VISITOR.words();

        GET "/console/folders" => inbox::folders, USER;
        GET "/console/people" => people::list, role(&[ReadIdentity]).on(Read);
        PUT "/console/people/{id}/merge" => people::merge, role(&[UpdateIdentity]).on(Read);
        GET "/console/socket" => agent::open, USER;
        GET "/console/threads" => inbox::list, USER;
        GET "/console/threads/{id}" => inbox_thread::show, USER;
        POST "/console/threads/{id}/read" => inbox_thread::read, USER;
        POST "/console/invitation" => user::accept_invitation, NOTHING;
        POST "/console/session" => session::begin, NOTHING;
        GET "/console/session" => session::show, USER;
        DELETE "/console/session" => session::end, USER;
        PUT "/console/password" => session::change_password, USER;
    }
}

/// Everything else: scripts and pages, what operators and third parties call.
fn others() -> Vec<Route> {
    routes! {
        GET "/attachments/{id}/{signature}" => attachment::bytes, NOTHING;
        GET "/console/avatars/{signature}" => avatar::show, USER;
        GET "/chat/{token}/chat.js" => web::chat, NOTHING;
        GET "/chat/{token}/loader.js" => web::loader, NOTHING;
        GET "/chat/{token}/web" => web::chat_page, NOTHING;
        GET "/demo" => web::demo, NOTHING;
        GET "/docs/api" => docs::reference, NOTHING;
        GET "/healthz" => health::up, PROBE;
        GET "/metrics" => health::figures, PROBE;
        GET "/openapi.json" => docs::openapi, NOTHING;
        GET "/readyz" => health::ready, PROBE;

        POST "/realtime/surveys/{id}" => survey::receive, SIGNATURE.takes(Bytes(survey::BODY_MAX));
        POST "/realtime/sdk/{source_id}" => inbound::receive, SIGNATURE.takes(Bytes(inbound::BODY_MAX));
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
