//! What a chat is on a page: its scripts, and what they talk to, which is documented as the REST API is.

use super::Route;
use crate::channels::chat::{availability, email, inbound as chat, leaving, texts, told, unread};
use crate::http::auth::{HELLO, NOTHING, VISITOR};
use crate::http::body::Size::File;
use crate::realtime::visitor;
use crate::web;

/// Its routes.
pub(super) fn routes() -> Vec<Route> {
    routes! { documented
        GET "/chat/{token}/config" => told::configuration, NOTHING;
        POST "/chat/{token}/attachments" => chat::upload, VISITOR.words().takes(File);
        POST "/chat/{token}/availability" => availability::ask, NOTHING;
        POST "/chat/{token}/email" => email::give, VISITOR.words();
        POST "/chat/{token}/forget" => leaving::forget, NOTHING.words();
        POST "/chat/{token}/messages" => chat::write, VISITOR.words();
        GET "/chat/{token}/messages/{id}" => texts::show, NOTHING;
        POST "/chat/{token}/session" => chat::session, NOTHING.words();
        GET "/chat/{token}/targeting" => told::triggers, NOTHING;
        GET "/chat/{token}/socket" => visitor::open, HELLO;
        GET "/chat/{token}/threads" => chat::threads, VISITOR;
        POST "/chat/{token}/threads/{id}/end" => chat::end, VISITOR.words();
        GET "/chat/{token}/threads/{id}/messages" => chat::messages, VISITOR.words();
        POST "/chat/{token}/threads/{id}/read" => chat::read, VISITOR.words();
        GET "/chat/{token}/unread" => unread::show, VISITOR;
    }
}

/// Its pages and scripts.
pub(super) fn files() -> Vec<Route> {
    routes! {
        GET "/chat/{token}/alerts.js" => web::alerts, NOTHING;
        GET "/chat/{token}/cards.js" => web::cards, NOTHING;
        GET "/chat/{token}/catalog.js" => web::catalog, NOTHING;
        GET "/chat/{token}/chat.js" => web::chat, NOTHING;
        GET "/chat/{token}/commands.js" => web::commands, NOTHING;
        GET "/chat/{token}/consent.js" => web::consent, NOTHING;
        GET "/chat/{token}/debug.js" => web::debug, NOTHING;
        GET "/chat/{token}/email.js" => web::email, NOTHING;
        GET "/chat/{token}/emoji.js" => web::emoji, NOTHING;
        GET "/chat/{token}/files.js" => web::files, NOTHING;
        GET "/chat/{token}/list.js" => web::list, NOTHING;
        GET "/chat/{token}/live.js" => web::live, NOTHING;
        GET "/chat/{token}/loader.js" => web::loader, NOTHING;
        GET "/chat/{token}/manager.js" => web::manager, NOTHING;
        GET "/chat/{token}/preview" => web::preview_page, NOTHING;
        GET "/chat/{token}/preview.js" => web::preview, NOTHING;
        GET "/chat/{token}/refused.js" => web::refused, NOTHING;
        GET "/chat/{token}/renew.js" => web::renew, NOTHING;
        GET "/chat/{token}/words.js" => web::words, NOTHING;
        GET "/chat/{token}/web" => web::chat_page, NOTHING;
        GET "/demo" => web::demo, NOTHING;
        GET "/demo/{page}" => web::shop, NOTHING;
    }
}
