//! How much one caller may ask: requests a minute for each API token, and tries at passwords.

use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::domain::{Actor, Error, Result};

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock>;

/// The limits of one server.
pub struct Limits {
    tokens: Option<Keyed>,
    logins: Keyed,
    visitors: Keyed,
    frames: Keyed,
    visits: Keyed,
    newcomers: Option<Keyed>,
}

/// Tries at a password a minute, for each e-mail address and for each caller's address.
const LOGINS: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// New visitors a minute on one source.
const VISITS: NonZeroU32 = NonZeroU32::new(6000).expect("not zero");
/// Messages and files of a visitor a minute.
const VISITOR_WRITES: NonZeroU32 = NonZeroU32::new(120).expect("not zero");
/// What else a visitor's widget tells, a minute: what was typed, received and read, and which page is open.
const VISITOR_FRAMES: NonZeroU32 = NonZeroU32::new(240).expect("not zero");

impl Limits {
    /// Limits with this many requests a minute for each token, and this many new visitors a minute from one network;
    /// 0 is off.
    #[must_use]
    pub fn new(per_minute: u32, new_visitors: u32) -> Self {
        let keyed = |n| RateLimiter::keyed(Quota::per_minute(n));
        Self {
            tokens: NonZeroU32::new(per_minute).map(keyed),
            logins: keyed(LOGINS),
            visitors: keyed(VISITOR_WRITES),
            frames: keyed(VISITOR_FRAMES),
            visits: keyed(VISITS),
            newcomers: NonZeroU32::new(new_visitors).map(keyed),
        }
    }

    /// Counts a request of an API token; the console is not limited.
    ///
    /// # Errors
    /// 429 in the reference's form (`docs/basics/responses.md`).
    pub fn check(&self, actor: &Actor) -> Result<()> {
        let (Some(tokens), Some(token)) = (&self.tokens, &actor.token_id) else { return Ok(()) };
        let refused = |_| Error::TooMany("rate_limit_exceeded", "Rate limit exceeded".into());
        tokens.check_key(&token.to_string()).map_err(refused)
    }

    /// Counts a try at a password under a key.
    ///
    /// # Errors
    /// 429.
    pub fn check_login(&self, key: &str) -> Result<()> {
        let refused = |_| Error::TooMany("too_many_attempts", "too many attempts: wait a minute and try again".into());
        self.logins.check_key(&key.to_owned()).map_err(refused)
    }

    /// Counts a write of a visitor.
    ///
    /// # Errors
    /// 429.
    pub fn check_visitor(&self, key: &str) -> Result<()> {
        let refused = |_| Error::TooMany("rate_limit_exceeded", "Rate limit exceeded".into());
        self.visitors.check_key(&key.to_owned()).map_err(refused)
    }

    /// Counts what a visitor's widget tells beside messages.
    ///
    /// # Errors
    /// 429.
    pub fn check_frames(&self, key: &str) -> Result<()> {
        let refused = |_| Error::TooMany("rate_limit_exceeded", "Rate limit exceeded".into());
        self.frames.check_key(&key.to_owned()).map_err(refused)
    }

    /// Counts a new visitor of a source: for the network that they come from, then for the source. Everybody shares
    /// the second limit, so it is wide, and one network alone cannot use it up.
    ///
    /// # Errors
    /// 429.
    pub fn check_visit(&self, network: &str, source_token: &str) -> Result<()> {
        let refused = |_| Error::TooMany("rate_limit_exceeded", "Rate limit exceeded".into());
        if let Some(newcomers) = &self.newcomers {
            newcomers.check_key(&network.to_owned()).map_err(refused)?;
        }
        self.visits.check_key(&source_token.to_owned()).map_err(refused)
    }

    /// Forgets callers who have been quiet; called now and then so that the maps stay small.
    pub fn tidy(&self) {
        let always = [&self.logins, &self.visitors, &self.frames, &self.visits];
        for keyed in self.tokens.iter().chain(&self.newcomers).chain(always) {
            keyed.retain_recent();
        }
    }
}
