//! How much one caller may ask: requests a minute for each API token, and what visitors do.

use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::domain::{Actor, Error, Pace, Result};

/// So many for each key.
struct Keyed {
    limiter: RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock>,
    /// How many a minute, where that is the measure.
    per_minute: Option<NonZeroU32>,
}

impl Keyed {
    fn new(per_minute: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(per_minute)), per_minute: Some(per_minute) }
    }

    fn per_hour(count: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_hour(count)), per_minute: None }
    }

    /// Counts one under a key; gives the pace to keep to where that was one too many.
    fn count(&self, key: &str) -> std::result::Result<(), Pace> {
        self.limiter.check_key(&key.to_owned()).map_err(|early| {
            let wait = early.wait_time_from(self.limiter.clock().now());
            Pace { per_minute: self.per_minute.map(NonZeroU32::get), wait: wait.as_secs() + 1 }
        })
    }
}

fn exceeded(pace: Pace) -> Error {
    let text = format!("Rate limit exceeded ({} requests per minute max)", pace.per_minute.unwrap_or_default());
    Error::TooMany("rate_limit_exceeded", text.into(), Some(pace))
}

/// The limits of one server.
pub struct Limits {
    tokens: Option<Keyed>,
    visitors: Keyed,
    frames: Keyed,
    visits: Keyed,
    questions: Keyed,
    counts: Keyed,
    recoveries: Keyed,
    newcomers: Option<Keyed>,
}

/// New visitors a minute on one source.
const VISITS: NonZeroU32 = NonZeroU32::new(6000).expect("not zero");
/// Messages and files of a visitor a minute.
const VISITOR_WRITES: NonZeroU32 = NonZeroU32::new(120).expect("not zero");
/// What else a visitor's widget tells, a minute: what was typed, received and read, and which page is open.
const VISITOR_FRAMES: NonZeroU32 = NonZeroU32::new(240).expect("not zero");

/// Questions a minute from one network whether agents are free.
const QUESTIONS: NonZeroU32 = NonZeroU32::new(600).expect("not zero");

/// How often a minute a visitor's page or app asks how much is unread, without opening the chat.
const COUNTS: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// How often an hour one network asks for the mail with which a lost password is changed.
const RECOVERIES: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

impl Limits {
    /// Limits with this many requests a minute for each token, and this many new visitors a minute from one network;
    /// 0 is off.
    #[must_use]
    pub fn new(per_minute: u32, new_visitors: u32) -> Self {
        Self {
            tokens: NonZeroU32::new(per_minute).map(Keyed::new),
            visitors: Keyed::new(VISITOR_WRITES),
            frames: Keyed::new(VISITOR_FRAMES),
            visits: Keyed::new(VISITS),
            questions: Keyed::new(QUESTIONS),
            counts: Keyed::new(COUNTS),
            recoveries: Keyed::per_hour(RECOVERIES),
            newcomers: NonZeroU32::new(new_visitors).map(Keyed::new),
        }
    }

    /// Counts a request of an API token; the console is not limited.
    ///
    /// # Errors
    /// 429 in the reference's form (`docs/basics/responses.md`).
    pub fn check(&self, actor: &Actor) -> Result<()> {
        let (Some(tokens), Some(token)) = (&self.tokens, &actor.token_id) else { return Ok(()) };
        tokens.count(token.as_str()).map_err(exceeded)
    }

    /// Counts a write of a visitor.
    ///
    /// # Errors
    /// 429.
    pub fn check_visitor(&self, key: &str) -> Result<()> {
        self.visitors.count(key).map_err(exceeded)
    }

    /// Counts what a visitor's widget tells beside messages.
    ///
    /// # Errors
    /// 429.
    pub fn check_frames(&self, key: &str) -> Result<()> {
        self.frames.count(key).map_err(exceeded)
    }

    /// Counts a new visitor of a source: for the network that they come from, then for the source. Everybody shares
    /// the second limit, so it is wide, and one network alone cannot use it up.
    ///
    /// # Errors
    /// 429.
    pub fn check_visit(&self, network: &str, source_token: &str) -> Result<()> {
        if let Some(newcomers) = &self.newcomers {
            newcomers.count(network).map_err(exceeded)?;
        }
        self.visits.count(source_token).map_err(exceeded)
    }

    /// Counts a question of somebody whom nobody knows.
    ///
    /// # Errors
    /// 429.
    pub fn check_question(&self, network: &str) -> Result<()> {
        self.questions.count(network).map_err(exceeded)
    }

    /// Counts a question of a visitor how much they have not read.
    ///
    /// # Errors
    /// 429.
    pub fn check_count(&self, key: &str) -> Result<()> {
        self.counts.count(key).map_err(exceeded)
    }

    /// Counts somebody who says that their password is lost.
    ///
    /// # Errors
    /// 429.
    pub fn check_recovery(&self, network: &str) -> Result<()> {
        let said = "too many passwords were asked for from here: try again later";
        self.recoveries.count(network).map_err(|pace| Error::TooMany("too_many_attempts", said.into(), Some(pace)))
    }

    /// Forgets callers who have been quiet; called now and then so that the maps stay small.
    pub fn tidy(&self) {
        let always = [&self.visitors, &self.frames, &self.visits, &self.questions, &self.counts, &self.recoveries];
        for keyed in self.tokens.iter().chain(&self.newcomers).chain(always) {
            keyed.limiter.retain_recent();
        }
    }
}
