//! Identities, identity groups, and the visitors' keys to them.

use model::{CommunityId, IdentityGroupId, IdentityId, SourceId, TagId, Timestamp, UserId};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Json, Tx, params, table};

table! {
    /// A person on one community.
    pub struct Identity in "identities" {
        /// Its id.
        id: IdentityId,
        /// Its community.
        community_id: CommunityId,
        /// The person, when identities were joined.
        identity_group_id: Option<IdentityGroupId>,
        /// Its kind: that of its community.
        kind: String,
        /// Its id on the other side.
        foreign_id: String,
        /// The company's own id of the person.
        uuid: Option<String>,
        /// The name that it shows.
        screenname: Option<String>,
        /// First name.
        firstname: Option<String>,
        /// Last name.
        lastname: Option<String>,
        /// Company.
        company: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// `man` or `woman`.
        gender: Option<String>,
        /// Phone at home.
        home_phone: Option<String>,
        /// Mobile phone.
        mobile_phone: Option<String>,
        /// Picture.
        avatar_url: Option<String>,
        /// Anything else that the source told.
        extra_values: Json<Map<String, JsonValue>>,
        /// The users who write as this identity.
        user_ids: Json<Vec<UserId>>,
        /// It belongs to the company, not to a customer.
        controlled: bool,
        /// When it was first seen.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Identity {
    /// A new identity with nothing but its place.
    #[must_use]
    pub fn new(community_id: CommunityId, kind: &str, foreign_id: String, now: Timestamp) -> Self {
        Self {
            id: IdentityId::new(now),
            community_id,
            identity_group_id: None,
            kind: kind.to_owned(),
            foreign_id,
            uuid: None,
            screenname: None,
            firstname: None,
            lastname: None,
            company: None,
            email: None,
            gender: None,
            home_phone: None,
            mobile_phone: None,
            avatar_url: None,
            extra_values: Json::default(),
            user_ids: Json::default(),
            controlled: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// The name to show: first and last name, else the screen name, else the e-mail address, else a part of the id.
    #[must_use]
    pub fn display_name(&self) -> String {
        let full = [self.firstname.as_deref(), self.lastname.as_deref()];
        let full: Vec<&str> = full.into_iter().flatten().filter(|n| !n.is_empty()).collect();
        if !full.is_empty() {
            return full.join(" ");
        }
        let other = self.screenname.as_deref().or(self.email.as_deref()).filter(|n| !n.is_empty());
        other.map_or_else(|| format!("Visitor {}", &self.id.as_str()[18..]), str::to_owned)
    }
}

table! {
    /// A person, joining identities.
    pub struct IdentityGroup in "identity_groups" {
        /// Its id.
        id: IdentityGroupId,
        /// First name.
        firstname: Option<String>,
        /// Last name.
        lastname: Option<String>,
        /// Company.
        company: Option<String>,
        /// `man` or `woman`.
        gender: Option<String>,
        /// Picture.
        avatar_url: Option<String>,
        /// Agents' notes.
        notes: Option<String>,
        /// E-mail addresses.
        emails: Json<Vec<String>>,
        /// Phones at home.
        home_phones: Json<Vec<String>>,
        /// Mobile phones.
        mobile_phones: Json<Vec<String>>,
        /// Tags.
        tag_ids: Json<Vec<TagId>>,
        /// Custom fields.
        custom_field_values: Json<Map<String, JsonValue>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A visitor's key to an identity on a messaging source. The key itself is not kept, only its hash.
    pub struct Visitor in "visitors" {
        /// The SHA-256 of the key, in hex.
        token_hash: String,
        /// The source that it was given for.
        source_id: SourceId,
        /// Who the visitor is.
        identity_id: IdentityId,
        /// Until when the signature of the identity holds; none when it was not signed.
        signed_until: Option<Timestamp>,
        /// When it was given.
        created_at: Timestamp,
        /// When it was last used.
        seen_at: Timestamp,
    }
}

/// Finds an identity by its id alone: the caller has checked what it belongs to.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &IdentityId) -> Result<Option<Identity>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds an identity by its id on the other side.
///
/// # Errors
/// As the database says.
pub async fn find_foreign(tx: &mut Tx, community: &CommunityId, foreign_id: &str) -> Result<Option<Identity>, Error> {
    tx.find("WHERE community_id = ?1 AND foreign_id = ?2", params![community, foreign_id.to_owned()]).await
}

/// Identities by their ids.
///
/// # Errors
/// As the database says.
pub async fn by_ids(tx: &mut Tx, ids: &[IdentityId]) -> Result<Vec<Identity>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE id IN ({})", crate::placeholders(1, ids.len()));
    tx.select(&clause, ids.iter().map(crate::Field::to_value).collect()).await
}

/// Notes on an identity that a user writes as it, or does so no more. Nothing happens when there is no such identity.
///
/// # Errors
/// As the database says.
pub async fn set_writer(tx: &mut Tx, id: &IdentityId, user: &UserId, writes: bool) -> Result<(), Error> {
    let Some(mut identity) = tx.find_locked::<Identity>("WHERE id = ?1", params![id]).await? else { return Ok(()) };
    identity.user_ids.retain(|other| other != user);
    if writes {
        identity.user_ids.push(user.clone());
    }
    identity.updated_at = tx.now();
    tx.update(&identity).await
}
