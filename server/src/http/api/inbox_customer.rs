//! The customer of a thread as the console shows them.

use model::{IdentityId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::identity::Identity;

use crate::app::App;
use crate::avatars;
use crate::domain::block::{Blocks, Writer};

/// The customer with everything that is known of them.
#[derive(Serialize, JsonSchema)]
pub(super) struct CustomerView {
    id: IdentityId,
    /// How the person is called on the screen.
    display_name: String,
    /// The name that the source shows.
    screenname: Option<String>,
    firstname: Option<String>,
    lastname: Option<String>,
    company: Option<String>,
    email: Option<String>,
    /// The address that they gave in the chat, where that of the identity is the company's word.
    given_email: Option<String>,
    /// Those of these addresses, and of the person's, that do not work: a server has said that they do not exist.
    dead_addresses: Vec<String>,
    /// A telephone at home.
    home_phone: Option<String>,
    /// A telephone to carry.
    mobile_phone: Option<String>,
    avatar_url: Option<String>,
    /// The id that the site knows the person by.
    uuid: Option<String>,
    foreign_id: String,
    /// What they write is kept out.
    blocked: bool,
    /// The person was erased: nothing is known of them any more.
    anonymized: bool,
    /// What else is known of the person, by name.
    extra_values: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl CustomerView {
    pub(super) fn new(
        app: &App,
        identity: &Identity,
        given_email: Option<String>,
        dead_addresses: Vec<String>,
        blocks: &Blocks,
    ) -> Self {
        let known = identity.clone();
        Self {
            blocked: blocks.of(Writer::of(identity), app.db.clock().now()).is_some(),
            display_name: known.display_name(),
            anonymized: known.is_erased(),
            id: known.id,
            screenname: known.screenname,
            firstname: known.firstname,
            lastname: known.lastname,
            company: known.company,
            email: known.email,
            given_email,
            dead_addresses,
            home_phone: known.home_phone,
            mobile_phone: known.mobile_phone,
            avatar_url: avatars::address(app, known.avatar_url.as_deref()),
            uuid: known.uuid,
            foreign_id: known.foreign_id,
            extra_values: known.extra_values.0,
            created_at: known.created_at,
            updated_at: known.updated_at,
        }
    }
}
