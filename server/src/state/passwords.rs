//! Passwords, hashed and checked beside the requests: two at once, so that a flood of tries leaves the server its
//! processors and its memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::crypto;
use crate::domain::password::PASSWORD_MAX;
use crate::domain::password::PasswordRules;
use crate::domain::{Error, Result};

/// How many passwords are worked on at once.
const AT_ONCE: usize = 2;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// The hash of a random password that nobody knows: checked where there is no hash, so that the time an answer takes
/// does not tell which users exist.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Xrhf2rT92AMm5bQBimPSYg$07pTTqRrXlDvF2J5wThM5egWuvC0IDeeNi92qrDxfLk";

/// The place where passwords are hashed and checked.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// Refuses a password that the rules forbid: see [`PasswordRules::check`].
    ///
    /// # Errors
    /// 422 on `field`; 429 when too many wait already.
    pub async fn check(&self, rules: PasswordRules, field: &str, password: &str, known: Vec<String>) -> Result<()> {
        let (field, password) = (field.to_owned(), password.to_owned());
        self.run(move || rules.check(&field, &password, &known)).await?
    }

    /// Hashes a password that has passed the rules of `domain::password`.
    ///
    /// # Errors
    /// 429 when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String> {
        let hashed = self.run(move || crypto::hash_password(&password)).await?;
        hashed.map_err(|e| Error::Internal(e.to_string()))
    }

    /// Whether a password is the one of `hash`; as slow when there is no hash.
    ///
    /// # Errors
    /// 429 when too many wait already.
    pub async fn verify(&self, mut password: String, hash: Option<String>) -> Result<bool> {
        let possible = hash.is_some() && password.len() <= PASSWORD_MAX;
        if password.len() > PASSWORD_MAX {
            password.clear();
        }
        self.run(move || crypto::verify_password(&password, hash.as_deref().unwrap_or(NOBODY)) && possible).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.turn().await?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let busy = || Error::TooMany("too_many_attempts", "too many people are signing in: try again".into(), None);
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await.map_err(|_| busy())?;
        turn.map_err(|_| busy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_signs_in_without_a_hash_and_the_work_is_the_same() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.expect("a hash");
        let cost = |hash: &str| hash.split('$').nth(3).map(str::to_owned);
        assert_eq!(cost(&hash), cost(NOBODY));
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODY).is_ok());
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.expect("checked"));
        assert!(!passwords.verify("battery".into(), Some(hash.clone())).await.expect("checked"));
        assert!(!passwords.verify("battery".into(), None).await.expect("checked"));
        assert!(!passwords.verify("x".repeat(2000), Some(hash)).await.expect("checked"));
    }
}
