//! Passwords: what a new one must be, and those that a user has had.
//!
//! The rules are the domain's settings. They hold for every new password: of a new user, of an update, of an accepted
//! invitation, of a sign-in with one that is too old.

use model::{Timestamp, UserId};
use store::user::{self, User};
use store::{Tx, user_password};

use super::user_fields::PASSWORD_MAX;
use super::{Error, Fault, Reason, Result};

/// What a new password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// Characters at the least.
    pub min_length: usize,
    /// At least one digit.
    pub numbers: bool,
    /// At least one character that is neither a letter nor a digit.
    pub non_word: bool,
    /// How many of the user's last passwords it must not be; 0 for any.
    pub archived: i64,
    /// After how many seconds a password must be changed.
    pub expires_after: Option<i64>,
}

impl PasswordRules {
    /// Refuses passwords that the rules forbid, or that are too long to hash.
    ///
    /// # Errors
    /// 422 on `field`.
    pub fn check(&self, field: &str, password: &str) -> Result<()> {
        let least = self.min_length;
        let refuse = |fault: Fault| Err(Error::invalid(field, fault));
        if password.chars().count() < least {
            return refuse(
                Reason::TooShort.says(format!("is too short (at least {least} characters)")).with("min", least),
            );
        }
        if password.len() > PASSWORD_MAX {
            return refuse(Fault::too_large(PASSWORD_MAX));
        }
        if self.numbers && !password.chars().any(|c| c.is_ascii_digit()) {
            return refuse(Reason::NoDigit.says("must have a digit"));
        }
        if self.non_word && password.chars().all(char::is_alphanumeric) {
            return refuse(Reason::NoSymbol.says("must have a character that is neither a letter nor a digit"));
        }
        Ok(())
    }

    /// Whether a password that was set at this time must be changed.
    #[must_use]
    pub fn is_expired(&self, set_at: Timestamp, now: Timestamp) -> bool {
        self.expires_after.is_some_and(|seconds| now >= set_at.plus_seconds(seconds))
    }
}

/// The hashes of a user's last passwords, the newest first.
///
/// # Errors
/// As the store says.
pub async fn archived(tx: &mut Tx, user: &UserId, count: i64) -> Result<Vec<String>> {
    let had = user_password::of_user(tx, user, count).await?;
    let mut hashes: Vec<String> = had.into_iter().map(|p| p.password_hash).collect();
    // The one in use may be from before they were kept.
    let in_use = user::find(tx, user).await?.and_then(|u| u.password_hash);
    hashes.extend(in_use.filter(|hash| !hashes.contains(hash)));
    Ok(hashes)
}

/// When a user's password was set: for one from before such times were kept, when the user was made.
///
/// # Errors
/// As the store says.
pub async fn set_at(tx: &mut Tx, user: &User) -> Result<Timestamp> {
    let last = user_password::of_user(tx, &user.id, 1).await?.pop();
    Ok(last.map_or(user.created_at, |p| p.created_at))
}

/// Keeps the hash of a user's new password, for the rules on old ones.
///
/// # Errors
/// As the store says.
pub async fn note(tx: &mut Tx, user: &UserId, password_hash: &str) -> Result<()> {
    Ok(user_password::add(tx, user, password_hash).await?)
}
