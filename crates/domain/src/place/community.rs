//! Communities and the keys that sign their identities (`docs/interactions/web-messaging/community.md`).

use crypto::Keys;
use jsonwebtoken::{Algorithm, DecodingKey};
use model::{CommunityId, JwtKeyId, SignedIdentities, SourceType};
use store::community::{self, Community};
use store::jwt_key::{self, JwtKey};
use store::{Filter, Listed, Page, Tx, source};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change_in};

/// The kind of communities whose people are known by a number, and imported: there are no sources of the kind.
const IMPORTED: &str = "phone";
/// Digits that a secret for HS256 has at the least.
const SECRET_MIN: usize = 24;
/// Characters that a key has at the most: an RSA key of 16384 bits is shorter.
const KEY_MAX: usize = 8192;

/// What can be said of a community; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct CommunityIn {
    /// Its name.
    pub name: Option<String>,
    /// Its kind, which never changes.
    pub kind: Option<String>,
    /// In use.
    pub active: Option<bool>,
    /// `required` or `rejected`.
    pub signed_identities: Option<String>,
}

/// Lists the communities that have a source that the actor may read, and those that nobody is on yet, oldest first.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Community>> {
    Ok(tx.list(community::within(actor.scope()), "created_at, id", page).await?)
}

/// Finds one of these communities.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &CommunityId) -> Result<Community> {
    community::find_within(tx, actor.scope(), id).await?.ok_or(Error::NotFound("community"))
}

/// Finds and holds a community that the actor may change: whoever decides who its visitors are can be any of them, on
/// all its sources.
async fn held(tx: &mut Tx, actor: &Actor, id: &CommunityId) -> Result<Community> {
    find(tx, actor, id).await?;
    let community = community::find_locked(tx, id).await?.ok_or(Error::NotFound("community"))?;
    let sources = source::ids_of_community(tx, id).await?;
    if sources.iter().all(|source| actor.scope().allows(source)) {
        return Ok(community);
    }
    Err(Error::forbidden(Reason::MoreThanYou.says("this community has sources that you may not read")))
}

/// Makes a community. One for messaging requires signed identities unless it is told otherwise.
///
/// # Errors
/// 422 when the name or type is missing or not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, given: CommunityIn) -> Result<Community> {
    let CommunityIn { name, kind, active, signed_identities } = given;
    let name = name.ok_or_else(|| Error::missing("name"))?;
    let kind = kind.ok_or_else(|| Error::missing("type"))?;
    if kind.parse::<SourceType>().is_err() && kind != IMPORTED {
        return Err(Error::invalid("type", Fault::one_of(&["engage_messaging", "sdk", "email", "phone"])));
    }
    let default = if vouched(&kind) { SignedIdentities::Required } else { SignedIdentities::Rejected };
    let now = tx.now();
    let community = Community {
        id: CommunityId::new(now),
        name: checked_name("name", &name)?,
        active: active.unwrap_or(true),
        signed_identities: signed(&kind, signed_identities.as_deref())?.unwrap_or(default),
        kind,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&community).await.map_err(|e| Error::taken(e, "name"))?;
    note_change_in(tx, &community.id, actor, ("community", community.id.as_str()), Change::Created);
    Ok(community)
}

/// Changes a community.
///
/// # Errors
/// 404; 403 when it has sources that the actor may not read; 422 when a value is not acceptable or the type would change.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &CommunityId, given: CommunityIn) -> Result<Community> {
    let CommunityIn { name, kind, active, signed_identities } = given;
    let mut community = held(tx, actor, id).await?;
    if kind.is_some_and(|kind| kind != community.kind) {
        return Err(Error::invalid("type", Fault::fixed("community")));
    }
    if let Some(name) = name {
        community.name = checked_name("name", &name)?;
    }
    if let Some(signed) = signed(&community.kind, signed_identities.as_deref())? {
        community.signed_identities = signed;
    }
    community.active = active.unwrap_or(community.active);
    community.updated_at = tx.now();
    tx.update(&community).await.map_err(|e| Error::taken(e, "name"))?;
    note_change_in(tx, id, actor, ("community", id.as_str()), Change::Updated);
    Ok(community)
}

/// Removes a community that no source and no identity belongs to, with its keys.
///
/// # Errors
/// 404; 403 when it has sources that the actor may not read; 422 `community_in_use`.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &CommunityId) -> Result<Community> {
    let community = held(tx, actor, id).await?;
    if community::is_used(tx, id).await? {
        let message = "sources or identities belong to this community: set active to false instead";
        return Err(Error::Unprocessable("community_in_use", message.into()));
    }
    tx.delete::<Community>(id.as_str()).await?;
    note_change_in(tx, id, actor, ("community", id.as_str()), Change::Deleted);
    Ok(community)
}

/// Whether somebody can vouch for the identities of a community.
fn vouched(kind: &str) -> bool {
    SourceType::caps_of(kind).is_some_and(|caps| caps.visitors)
}

fn signed(kind: &str, given: Option<&str>) -> Result<Option<SignedIdentities>> {
    let Some(text) = given else { return Ok(None) };
    let signed =
        text.parse().map_err(|_| Error::invalid("signed_identities", Fault::one_of(&["required", "rejected"])))?;
    if signed == SignedIdentities::Required && !vouched(kind) {
        return Err(Error::invalid(
            "signed_identities",
            Reason::NotForThis.says("can be required by engage_messaging communities alone"),
        ));
    }
    Ok(Some(signed))
}

/// A key as it is given.
#[derive(Clone, Debug)]
pub struct KeyIn {
    /// Its name: `a-z`, `0-9` and `_`.
    pub key_id: String,
    /// `HS256` or `RS256`.
    pub algorithm: String,
    /// At least 24 hex digits for HS256, a public key in PEM for RS256.
    pub key: String,
}

/// Lists the keys of a community, oldest first.
///
/// # Errors
/// 404.
pub async fn list_keys(tx: &mut Tx, actor: &Actor, id: &CommunityId, page: Page) -> Result<Listed<JwtKey>> {
    let community = find(tx, actor, id).await?;
    let mut filter = Filter::default();
    filter.and_value("community_id = ?", &community.id);
    Ok(tx.list(filter, "created_at, id", page).await?)
}

/// Adds a key to a community. Secrets are sealed; public keys are not secret.
///
/// # Errors
/// 404; 403 when it has sources that the actor may not read; 422 when a part is not acceptable or the name is taken.
pub async fn add_key(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &CommunityId, given: KeyIn) -> Result<JwtKey> {
    let community = held(tx, actor, id).await?;
    let KeyIn { key_id, algorithm, key } = given;
    if !is_key_id(&key_id) {
        return Err(Error::invalid(
            "key_id",
            Reason::Characters.says("must be 1 to 64 of the characters a-z, 0-9 and _").with("allowed", "a-z 0-9 _"),
        ));
    }
    let row_id = JwtKeyId::new(tx.now());
    let key = key.trim();
    let secret = match algorithm.as_str() {
        "HS256" => {
            check_secret(key)?;
            keys.seal(row_id.as_str(), key)
        }
        "RS256" => {
            check_public_key(key)?;
            key.to_owned()
        }
        _ => return Err(Error::invalid("algorithm", Fault::one_of(&["HS256", "RS256"]))),
    };
    let row = JwtKey { id: row_id, community_id: community.id, key_id, algorithm, secret, created_at: tx.now() };
    tx.insert(&row).await.map_err(|e| Error::taken(e, "key_id"))?;
    note_change_in(tx, id, actor, ("jwt_key", row.id.as_str()), Change::Created);
    Ok(row)
}

/// Removes a key of a community by its name: what it signed is refused from then on.
///
/// # Errors
/// 404; 403 when it has sources that the actor may not read.
pub async fn remove_key(tx: &mut Tx, actor: &Actor, id: &CommunityId, key_id: &str) -> Result<JwtKey> {
    held(tx, actor, id).await?;
    let row = jwt_key::find(tx, id, key_id).await?.ok_or(Error::NotFound("key"))?;
    tx.delete::<JwtKey>(row.id.as_str()).await?;
    note_change_in(tx, id, actor, ("jwt_key", row.id.as_str()), Change::Deleted);
    Ok(row)
}

/// Makes a stored key ready to check signatures with.
///
/// # Errors
/// 500 when it was sealed with another server key.
pub fn decoding_key(keys: &Keys, row: &JwtKey) -> Result<(Algorithm, DecodingKey)> {
    let unusable =
        || Error::Internal(format!("the key {} of community {} cannot be opened", row.key_id, row.community_id));
    if row.algorithm == "RS256" {
        let key = DecodingKey::from_rsa_pem(row.secret.as_bytes()).map_err(|_| unusable())?;
        return Ok((Algorithm::RS256, key));
    }
    let secret = keys.open(row.id.as_str(), &row.secret).ok_or_else(unusable)?;
    Ok((Algorithm::HS256, DecodingKey::from_secret(secret.as_bytes())))
}

fn is_key_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn check_secret(key: &str) -> Result<()> {
    let hex = key.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && (SECRET_MIN..=KEY_MAX).contains(&key.len()) {
        return Ok(());
    }
    Err(Error::invalid(
        "key",
        Reason::Characters
            .says(format!("must be at least {SECRET_MIN} of the characters 0-9 and a-f"))
            .with("allowed", "0-9 a-f")
            .with("min", SECRET_MIN),
    ))
}

fn check_public_key(key: &str) -> Result<()> {
    // Whoever pastes a private key has shown it to one party too many; say so rather than keep it.
    if key.contains("PRIVATE KEY") {
        return Err(Error::invalid(
            "key",
            Reason::PrivateKey.says("is a private key: give the public one, and keep this one to yourself"),
        ));
    }
    let public = key.starts_with("-----BEGIN PUBLIC KEY-----") || key.starts_with("-----BEGIN RSA PUBLIC KEY-----");
    if public && key.len() <= KEY_MAX && DecodingKey::from_rsa_pem(key.as_bytes()).is_ok() {
        return Ok(());
    }
    Err(Error::invalid("key", Reason::PublicKey.says("must be an RSA public key in PEM")))
}
