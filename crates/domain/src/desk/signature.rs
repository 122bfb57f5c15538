//! Signatures: texts that a user signs with, in general or on some sources.

use model::{Permission, SignatureId, SourceId, UserId};
use store::signature::{self, Signature};
use store::{Json, Listed, Page, Tx, role, team, user};

use crate::base::{Actor, Change, Error, Fault, Result, checked_name, checks::checked_locale, note_change, sight};
use crate::desk::user::{require_in_my_teams, require_reach};

/// Longest text in characters.
const BODY_MAX: usize = 5000;

/// What is said of a signature; what is absent stays as it is, or has its default. An empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct SignatureIn {
    /// The text.
    pub body: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// For these sources; for all when empty.
    pub source_ids: Option<Vec<SourceId>>,
}

/// Lists a user's signatures, newest first.
///
/// # Errors
/// 403 without `read_user`, except for the actor; 404, also out of the actor's reach.
pub async fn list(tx: &mut Tx, actor: &Actor, user: &UserId, page: Page) -> Result<Listed<Signature>> {
    require_sight(tx, actor, user).await?;
    let Listed { count, records } = signature::list(tx, user, page).await?;
    Ok(Listed { count, records: records.into_iter().map(|signature| shown(actor, signature)).collect() })
}

/// Finds a signature of a user.
///
/// # Errors
/// 403 without `read_user`, except for the actor; 404, also out of the actor's reach.
pub async fn find(tx: &mut Tx, actor: &Actor, user: &UserId, id: &SignatureId) -> Result<Signature> {
    require_sight(tx, actor, user).await?;
    let found = signature::find(tx, user, id).await?.ok_or(Error::NotFound("signature"))?;
    Ok(shown(actor, found))
}

/// Makes a signature of a user.
///
/// # Errors
/// 403 when the user may do more than the actor; 404, also out of reach; 422 when a value is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, owner: &UserId, given: SignatureIn) -> Result<Signature> {
    require_change(tx, actor, owner).await?;
    let now = tx.now();
    let mut new = Signature {
        id: SignatureId::new(now),
        user_id: owner.clone(),
        body: String::new(),
        name: None,
        language: None,
        source_ids: Json::default(),
        created_at: now,
        updated_at: now,
    };
    apply(tx, actor, &mut new, given).await?;
    tx.insert(&new).await?;
    note_change(tx, Some(actor), "user", owner.as_str(), Change::Updated);
    Ok(shown(actor, new))
}

/// Changes a signature of a user.
///
/// # Errors
/// 403 when the user may do more than the actor; 404, also out of reach; 422 when a value is not acceptable.
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    owner: &UserId,
    id: &SignatureId,
    given: SignatureIn,
) -> Result<Signature> {
    require_change(tx, actor, owner).await?;
    let mut known = signature::find(tx, owner, id).await?.ok_or(Error::NotFound("signature"))?;
    apply(tx, actor, &mut known, given).await?;
    known.updated_at = tx.now();
    tx.update(&known).await?;
    note_change(tx, Some(actor), "user", owner.as_str(), Change::Updated);
    Ok(shown(actor, known))
}

/// Removes a signature of a user. Gives it as it was.
///
/// # Errors
/// 403 when the user may do more than the actor; 404, also out of reach.
pub async fn delete(tx: &mut Tx, actor: &Actor, owner: &UserId, id: &SignatureId) -> Result<Signature> {
    require_change(tx, actor, owner).await?;
    let known = signature::find(tx, owner, id).await?.ok_or(Error::NotFound("signature"))?;
    tx.delete::<Signature>(id.as_str()).await?;
    note_change(tx, Some(actor), "user", owner.as_str(), Change::Updated);
    Ok(shown(actor, known))
}

/// A signature with the sources that the actor sees.
fn shown(actor: &Actor, signature: Signature) -> Signature {
    Signature { source_ids: Json(sight::seen(actor, &signature.source_ids)), ..signature }
}

async fn require_sight(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<()> {
    if *id != actor.user.id {
        actor.require(Permission::ReadUser)?;
        require_in_my_teams(actor, &team::all(tx).await?, id)?;
    }
    let found = user::find(tx, id).await?.filter(|u| u.deleted_at.is_none());
    found.map(drop).ok_or(Error::NotFound("user"))
}

async fn require_change(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<()> {
    let roles = role::all_locked(tx).await?;
    let found = user::find_locked(tx, id).await?.ok_or(Error::NotFound("user"))?;
    require_reach(actor, &roles, &team::all(tx).await?, &found)
}

async fn apply(tx: &mut Tx, actor: &Actor, signature: &mut Signature, given: SignatureIn) -> Result<()> {
    let SignatureIn { body, name, language, source_ids } = given;
    if let Some(body) = body {
        signature.body = body;
    }
    if signature.body.trim().is_empty() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if signature.body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    if let Some(name) = name {
        signature.name = if name.trim().is_empty() { None } else { Some(checked_name("name", &name)?) };
    }
    if let Some(code) = language {
        signature.language = if code.is_empty() { None } else { Some(checked_locale("language", &code)?) };
    }
    if let Some(ids) = source_ids {
        signature.source_ids = Json(sight::kept(tx, actor, ids, &signature.source_ids).await?);
    }
    Ok(())
}
