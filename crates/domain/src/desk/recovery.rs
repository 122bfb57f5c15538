//! Passwords that are lost: whoever asks gets a link by mail, by which they choose another one. What is answered never
//! tells whether anybody has the address. Signing in comes after it, with the second factor of whoever has one.

use model::{MailKind, UserId};
use store::password_recovery::{self, PasswordRecovery};
use store::user::{self, User};
use store::{Tx, ahead::Ahead};

use super::mail::{self, Letter, Pen};
use super::session::{may_enter, set_password};
use crate::base::{Error, Result};
use crate::setup::settings;

/// For how many seconds a link can be used.
const LASTS: i64 = 3600;
/// So many a user is sent in that time.
const MOST: i64 = 3;

/// The time of a link that is set ahead of the clock.
pub(crate) fn ahead() -> Ahead {
    Ahead::PasswordRecovery(LASTS)
}

/// Whoever has lost their password must ask an administrator.
pub fn unavailable() -> Error {
    let message = "this desk sends no mails for lost passwords: ask an administrator for a new one";
    Error::Unprocessable("recovery_unavailable", message.into())
}

fn over() -> Error {
    Error::Unprocessable("recovery_invalid", "this link has been used or is too old: ask for another one".into())
}

/// Has a link sent to the user of an address, where there is one who enters by a password. `token_hash` is that of the
/// token with which `link` ends.
///
/// # Errors
/// 422 where the setting `password_recovery_disabled` forbids it.
pub async fn offer(tx: &mut Tx, email: &str, token_hash: String, link: &str, pen: Pen<'_>) -> Result<()> {
    if settings::NO_PASSWORD_RECOVERY.now(tx).await? {
        return Err(unavailable());
    }
    let Some(found) = user::by_email(tx, email).await? else { return Ok(()) };
    // Of two who ask at once the second finds, behind the lock, what the first was sent.
    let user = user::find_locked(tx, &found.id).await?.filter(|u| may_enter(u) && !u.bot && u.email == found.email);
    let Some(user) = user else { return Ok(()) };
    if password_recovery::count(tx, &user.id).await? >= MOST {
        return Ok(());
    }
    let (created_at, expires_at) = (tx.now(), tx.now().plus_seconds(LASTS));
    tx.insert(&PasswordRecovery { token_hash, user_id: user.id.clone(), created_at, expires_at }).await?;
    let desk = settings::NAME.now(tx).await?;
    let (subject, text) = mail::recovery(&user, &desk, link, LASTS / 60);
    mail::write(tx, pen, None, Letter { kind: MailKind::Recovery, to: &user, subject, text }).await?;
    Ok(())
}

/// Whom a link is for that can still be used.
///
/// # Errors
/// 422 when it was used or is too old.
pub async fn whose(tx: &mut Tx, token_hash: &str) -> Result<UserId> {
    let recovery = password_recovery::find(tx, token_hash).await?.ok_or_else(over)?;
    let user = user::find(tx, &recovery.user_id).await?.filter(may_enter).ok_or_else(over)?;
    Ok(user.id)
}

/// Sets the password of whom a link is for; every session of theirs ends, and every other link. Gives the user.
///
/// # Errors
/// 422 when it was used or is too old.
pub async fn accept(tx: &mut Tx, token_hash: &str, password_hash: String) -> Result<User> {
    let recovery = password_recovery::find(tx, token_hash).await?.ok_or_else(over)?;
    let mut user = user::find_locked(tx, &recovery.user_id).await?.filter(may_enter).ok_or_else(over)?;
    // Of two who use it at once the second finds, behind the lock, that it is gone.
    password_recovery::find(tx, token_hash).await?.ok_or_else(over)?;
    set_password(tx, &mut user, password_hash).await?;
    Ok(user)
}

/// Removes links that cannot be used any more. Called now and then.
pub async fn forget_expired(tx: &mut Tx) -> Result<u64> {
    Ok(password_recovery::forget_expired(tx).await?)
}
