//! How identities came into their groups.

use model::{IdentityGroupId, IdentityId, IdentityMergeId, TagId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Json, Tx, params, table};

table! {
    /// How an identity came into a group.
    pub struct IdentityMerge in "identity_merges" {
        /// Its id.
        id: IdentityMergeId,
        /// The identity.
        identity_id: IdentityId,
        /// The group that it came into.
        identity_group_id: IdentityGroupId,
        /// The group that it was in before.
        old_identity_group_id: Option<IdentityGroupId>,
        /// The group was made for it.
        founding: bool,
        /// What was known of it.
        brought: Json<Attributes>,
        /// What the group took over of that.
        added: Json<Attributes>,
        /// What the group knew when the identity went on to another one.
        known: Json<Attributes>,
        /// Who did it.
        user_id: Option<UserId>,
        /// When.
        created_at: Timestamp,
    }
}

/// What is known of a person: what a merge brings along and takes away again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// `man` or `woman`.
    pub gender: Option<String>,
    /// Picture.
    pub avatar_url: Option<String>,
    /// Agents' notes.
    pub notes: Option<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Phones at home.
    pub home_phones: Vec<String>,
    /// Mobile phones.
    pub mobile_phones: Vec<String>,
    /// Tags.
    pub tag_ids: Vec<TagId>,
    /// Custom fields.
    pub custom_field_values: Map<String, JsonValue>,
}

/// How the identity came into a group; the last time, when it was there before.
pub async fn of(tx: &mut Tx, identity: &IdentityId, group: &IdentityGroupId) -> Result<Option<IdentityMerge>, Error> {
    let clause = "WHERE identity_id = ?1 AND identity_group_id = ?2 ORDER BY id DESC LIMIT 1";
    tx.find(clause, params![identity, group]).await
}

/// How the identities that are in a group now, without one of them, came into it the last time, oldest first.
pub async fn into(tx: &mut Tx, group: &IdentityGroupId, without: &IdentityId) -> Result<Vec<IdentityMerge>, Error> {
    let clause = "WHERE identity_group_id = ?1 AND identity_id <> ?2 AND identity_id IN \
                  (SELECT id FROM identities WHERE identity_group_id = ?1) AND NOT EXISTS \
                  (SELECT 1 FROM identity_merges n WHERE n.identity_id = identity_merges.identity_id \
                  AND n.identity_group_id = ?1 AND n.id > identity_merges.id) ORDER BY id";
    tx.select(clause, params![group, without]).await
}
