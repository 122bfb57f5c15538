//! Where others bring what they have signed.

use super::Route;
use crate::channels::sdk::{inbound, wire};
use crate::http::api::survey;
use crate::http::auth::SIGNATURE;
use crate::http::body::Size::Bytes;

/// Its routes.
pub(super) fn routes() -> Vec<Route> {
    routes! { signed
        "/realtime/surveys/{id}" => survey::receive, SIGNATURE.takes(Bytes(survey::BODY_MAX));
        "/realtime/sdk/{source_id}" => inbound::receive, SIGNATURE.takes(Bytes(wire::BODY_MAX));
    }
}
