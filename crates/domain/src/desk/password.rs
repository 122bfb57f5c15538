//! Passwords: what a new one must be, and those that a user has had.
//!
//! The rules are the domain's settings, and that a password takes many guesses. They hold for every new password: of a
//! new user, of an update, of an accepted invitation, of a sign-in with one that is too old, of the first administrator,
//! and of one that is set from the shell. Passwords that are in use already are not looked at again.

use model::{Timestamp, UserId};
use store::user::{self, User};
use store::{Tx, password_recovery, second_factor, user_password};

use crate::base::Result;
pub use crate::setup::password_rules::{PASSWORD_MAX, PasswordRules};
use crate::setup::settings;

/// What others know of a user.
pub async fn known_of(tx: &mut Tx, id: &UserId) -> Result<Vec<String>> {
    let Some(user) = user::find(tx, id).await? else { return Ok(Vec::new()) };
    Ok([Some(user.email), Some(user.firstname), Some(user.lastname), user.nickname].into_iter().flatten().collect())
}

/// The hashes of a user's last passwords, the newest first.
pub async fn archived(tx: &mut Tx, user: &UserId, count: i64) -> Result<Vec<String>> {
    let had = user_password::of_user(tx, user, count).await?;
    let mut hashes: Vec<String> = had.into_iter().map(|p| p.password_hash).collect();
    // The one in use may be from before they were kept.
    let in_use = user::find(tx, user).await?.and_then(|u| u.password_hash);
    hashes.extend(in_use.filter(|hash| !hashes.contains(hash)));
    Ok(hashes)
}

/// When a user's password was set: for one from before such times were kept, when the user was made.
pub async fn set_at(tx: &mut Tx, user: &User) -> Result<Timestamp> {
    let last = user_password::of_user(tx, &user.id, 1).await?.pop();
    Ok(last.map_or(user.created_at, |p| p.created_at))
}

/// Whether a user's password is so old that it must be changed now.
pub async fn is_expired(tx: &mut Tx, user: &User) -> Result<bool> {
    let rules = settings::load(tx).await?.password_rules();
    Ok(rules.is_expired(set_at(tx, user).await?, tx.now()))
}

/// Keeps the hash of a user's new password, for the rules on old ones; links for the lost one are over, and so is what
/// was begun by it.
pub async fn note(tx: &mut Tx, user: &UserId, password_hash: &str) -> Result<()> {
    password_recovery::end_all_of(tx, user).await?;
    second_factor::end_steps_of(tx, user).await?;
    Ok(user_password::add(tx, user, password_hash).await?)
}
