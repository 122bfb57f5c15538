//! What the console talks to, beside the REST API; documented as that is.

use super::Route;
use crate::http::api::{avatar, inbox, inbox_thread, on_site, people, session, user};
use crate::http::auth::{NOTHING, USER, role};
use crate::realtime::agent;

/// Its routes.
pub(super) fn routes() -> Vec<Route> {
    use model::Permission::{ReadIdentity, UpdateIdentity};
    use model::SourcePermission::Read;
    routes! { documented
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
        GET "/console/visitors" => on_site::list, USER;
        PUT "/console/password" => session::change_password, USER;
    }
}

/// Its pictures.
pub(super) fn files() -> Vec<Route> {
    routes! {
        GET "/console/avatars/{signature}" => avatar::show, USER;
    }
}
