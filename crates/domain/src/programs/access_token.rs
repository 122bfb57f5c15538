//! Keys to the API (`docs/basics/access-token.md`). Each acts as one user.

use crypto;
use model::{AccessTokenId, Permission, UserId};
use store::access_token::AccessToken;
use store::{Filter, Listed, Page, Tx, params, team, user};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change};
use crate::desk::{gifts, user::require_in_my_teams};
use crate::programs::webhook;

/// Lists tokens, oldest first: every user's with `manage_api_access_tokens`, else the actor's own.
pub async fn list(tx: &mut Tx, actor: &Actor, user_id: Option<UserId>, page: Page) -> Result<Listed<AccessToken>> {
    let mut filter = Filter::default();
    if !actor.can(Permission::ManageApiAccessTokens) {
        filter.and_value("user_id = ?", &actor.user.id);
    }
    filter.and_some("user_id = ?", user_id.as_ref());
    Ok(tx.list(filter, "created_at, id", page).await?)
}

/// Finds a token that the actor may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &AccessTokenId) -> Result<AccessToken> {
    let found: Option<AccessToken> = tx.find("WHERE id = ?1", params![id]).await?;
    let may = |t: &AccessToken| t.user_id == actor.user.id || actor.can(Permission::ManageApiAccessTokens);
    found.filter(may).ok_or(Error::NotFound("access token"))
}

/// Finds a token that the actor may change: their own, or one of a user who may do no more than they.
async fn held(tx: &mut Tx, actor: &Actor, id: &AccessTokenId) -> Result<AccessToken> {
    let token = find(tx, actor, id).await?;
    if token.user_id != actor.user.id
        && let Some(owner) = user::find(tx, &token.user_id).await?
        && !gifts::opens(tx, actor, &owner).await?
    {
        return Err(Error::forbidden(
            Reason::MoreThanYou.says("the user of this token may do more than you: you cannot change it"),
        ));
    }
    Ok(token)
}

/// Makes a token that acts as a user, by default the actor. The second part of the answer is the token itself, which
/// is not kept.
///
/// # Errors
/// 403 when the user is another and the actor lacks `manage_api_access_tokens`, or a permission that the user has; 404
/// for a user out of the actor's reach; 422 when the label is blank or there is no such user.
pub async fn create(tx: &mut Tx, actor: &Actor, label: &str, user_id: Option<UserId>) -> Result<(AccessToken, String)> {
    let user_id = user_id.unwrap_or_else(|| actor.user.id.clone());
    if user_id != actor.user.id {
        actor.require(Permission::ManageApiAccessTokens)?;
        require_in_my_teams(actor, &team::all(tx).await?, &user_id)?;
        let user = user::find(tx, &user_id).await?.filter(|u| u.deleted_at.is_none());
        let user = user.ok_or_else(|| Error::invalid("user_id", Fault::unknown()))?;
        if !gifts::opens(tx, actor, &user).await? {
            return Err(Error::forbidden(
                Reason::MoreThanYou.says("this user may do more than you: you cannot make a token that acts as them"),
            ));
        }
    }
    let (now, secret) = (tx.now(), crypto::random_hex(32));
    let token = AccessToken {
        id: AccessTokenId::new(now),
        label: checked_name("label", label)?,
        user_id,
        token_hash: crypto::token_hash(&secret),
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&token).await?;
    note_change(tx, Some(actor), "access_token", token.id.as_str(), Change::Created);
    Ok((token, secret))
}

/// Changes a token's label, or switches it on or off. Its webhooks stop with it: they hand out what it could read.
///
/// # Errors
/// 404; 403 when the token's user may do more than the actor; 422 when the label is blank.
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    id: &AccessTokenId,
    label: Option<String>,
    enabled: Option<bool>,
) -> Result<AccessToken> {
    let mut token = held(tx, actor, id).await?;
    if let Some(label) = label {
        token.label = checked_name("label", &label)?;
    }
    if token.enabled && enabled == Some(false) {
        webhook::stop_those_of(tx, actor, id, "its API token was switched off").await?;
    }
    token.enabled = enabled.unwrap_or(token.enabled);
    token.updated_at = tx.now();
    tx.update(&token).await?;
    note_change(tx, Some(actor), "access_token", id.as_str(), Change::Updated);
    Ok(token)
}

/// Removes a token and stops its webhooks.
///
/// # Errors
/// 404; 403 when the token's user may do more than the actor.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &AccessTokenId) -> Result<AccessToken> {
    let token = held(tx, actor, id).await?;
    webhook::stop_those_of(tx, actor, id, "its API token was removed").await?;
    tx.delete::<AccessToken>(id.as_str()).await?;
    note_change(tx, Some(actor), "access_token", id.as_str(), Change::Deleted);
    Ok(token)
}
