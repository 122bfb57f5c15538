//! What the console talks to, beside the REST API; documented as that is.

use super::Route;
use crate::http::api::{
    avatar, block, bulk, change, console_profile, draft, inbox, inbox_act, inbox_comment, inbox_thread, mail_composer,
    notification, on_site, people, people_file, picture, recovery, second_factor, session, statistics, user,
};
use crate::http::auth::{NOTHING, USER, role};
use crate::http::body::Size::File;
use crate::realtime::agent;

/// Its routes.
pub(super) fn routes() -> Vec<Route> {
    use model::Permission::{
        AuthorBlockContent, ExportIdentity, ManageIdentities, ReadIdentity, ReadOwnStats, ReadStats, SearchEvent,
        UpdateIdentity,
    };
    use model::SourcePermission::{InitiateDiscussion, Read, Reply};
    routes! { documented
        GET "/console/attention" => inbox::attention, USER;
        GET "/console/blocks" => block::list, role(&[AuthorBlockContent]);
        POST "/console/blocks" => block::create, role(&[AuthorBlockContent]);
        DELETE "/console/blocks/{id}" => block::lift, role(&[AuthorBlockContent]);
        DELETE "/console/comments/{id}" => inbox_comment::delete, USER;
        GET "/console/customers" => people::all, role(&[ReadIdentity]).on(Read);
        GET "/console/customers/{id}" => people::show, role(&[ReadIdentity]).on(Read);
        GET "/console/dead_addresses" => mail_composer::dead, USER;
        GET "/console/drafts" => draft::list, USER;
        GET "/console/figures" => statistics::show, role(&[ReadOwnStats, ReadStats]);
        GET "/console/figures/threads" => statistics::list, role(&[ReadOwnStats, ReadStats]);
        GET "/console/folders" => inbox::folders, USER;
        GET "/console/mail_composer" => mail_composer::show, USER;
        GET "/console/notifications" => notification::list, USER;
        POST "/console/notifications/seen" => notification::see, USER;
        GET "/console/people" => people::list, role(&[ReadIdentity]).on(Read);
        GET "/console/people.csv" => people_file::export, role(&[ExportIdentity]).on(Read);
        POST "/console/people/import" => people_file::import, role(&[UpdateIdentity, ManageIdentities]).on(Read);
        PUT "/console/people/{id}/merge" => people::merge, role(&[UpdateIdentity]).on(Read);
        PUT "/console/people/{id}/not_same" => people::keep_apart, role(&[UpdateIdentity]).on(Read);
        GET "/console/socket" => agent::open, USER;
        GET "/console/threads" => inbox::list, USER;
        GET "/console/threads/{id}" => inbox_thread::show, USER;
        POST "/console/threads/{id}/read" => inbox_act::read, USER;
        POST "/console/threads/{id}/unread" => inbox_act::unread, USER;
        GET "/console/threads/{id}/callable" => inbox_comment::callable, USER;
        POST "/console/threads/{id}/comments" => inbox_comment::create, USER.words();
        PUT "/console/threads/{id}/draft" => draft::keep, USER.words();
        POST "/console/threads/{id}/done" => inbox_act::done, USER;
        POST "/console/threads/{id}/let_go" => inbox_act::let_go, USER;
        POST "/console/threads/{id}/ask_email" => inbox_act::ask_email, USER.on(Reply);
        POST "/console/acts/{id}/undo" => inbox_act::take_back, USER;
        POST "/console/bulk" => bulk::act, USER;
        POST "/console/bulk/{id}/undo" => bulk::take_back, USER;
        POST "/console/invitation" => user::accept_invitation, NOTHING;
        POST "/console/session" => session::begin, NOTHING;
        POST "/console/session/code" => session::step, NOTHING;
        GET "/console/session" => session::show, USER.before_second_factor();
        DELETE "/console/session" => session::end, USER.before_second_factor();
        GET "/console/sessions" => session::list, USER;
        DELETE "/console/sessions" => session::end_others, USER;
        DELETE "/console/sessions/{id}" => session::end_one, USER;
        GET "/console/second_factor" => second_factor::show, USER.before_second_factor();
        POST "/console/second_factor" => second_factor::begin, USER.before_second_factor();
        POST "/console/second_factor/code" => second_factor::prove, USER.before_second_factor();
        POST "/console/second_factor/on" => second_factor::turn_on, USER.before_second_factor();
        POST "/console/second_factor/off" => second_factor::turn_off, USER;
        POST "/console/second_factor/recovery_codes" => second_factor::renew_codes, USER;
        GET "/console/changes" => change::list, role(&[SearchEvent]);
        GET "/console/changes.csv" => change::file, role(&[SearchEvent]);
        GET "/console/visitors" => on_site::list, USER;
        POST "/console/visitors/{id}/invitation" => on_site::invite, USER.on(InitiateDiscussion).words();
        GET "/console/profile" => console_profile::show, USER;
        PUT "/console/profile" => console_profile::update, USER;
        GET "/console/profile/picture" => picture::own, USER;
        PUT "/console/profile/picture" => picture::keep, USER.takes(File);
        DELETE "/console/profile/picture" => picture::remove, USER;
        PUT "/console/profile/notifications" => console_profile::update_signals, USER;
        PUT "/console/password" => session::change_password, USER;
        POST "/console/password/forgotten" => recovery::forgotten, NOTHING;
        POST "/console/password/recovered" => recovery::recovered, NOTHING;
    }
}

/// Its pictures.
pub(super) fn files() -> Vec<Route> {
    routes! {
        GET "/console/avatars/{signature}" => avatar::show, USER;
    }
}
