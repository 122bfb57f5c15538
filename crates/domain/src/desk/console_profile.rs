//! How an agent has their console look, and tell them of what happens: wherever they sign in, it is as they left it.

use std::str::FromStr;

use model::{SignalLevel, SignalTone, SourceId, Timestamp, UserId};
use store::console_profile::{self as rows, ConsoleProfile, Signals};
use store::{Json, Tx, user};

use crate::base::checks::{checked_locale, checked_timezone, distinct};
use crate::base::{Actor, Change, Error, Fault, Reason, Result, note_change};

/// How many sources can be left out.
const MUTED_MAX: usize = 500;
/// How far ahead nothing can be told, in seconds.
const QUIET_MAX: i64 = 7 * 24 * 3600;

/// What is to be kept from now on; none for what stays.
#[derive(Clone, Debug, Default)]
pub struct ConsoleProfileIn {
    /// The language that it speaks, which is their account's.
    pub locale: Option<String>,
    /// Rows of lists have two lines, and no face.
    pub dense: Option<bool>,
    /// The navigation has icons alone.
    pub narrow_rail: Option<bool>,
    /// The person is not beside a conversation.
    pub person_hidden: Option<bool>,
}

/// What a user has chosen; else what everybody begins with.
pub async fn of(tx: &mut Tx, user: &UserId) -> Result<ConsoleProfile> {
    let found = rows::find(tx, user).await?;
    Ok(found.unwrap_or_else(|| fresh(tx, user)))
}

fn fresh(tx: &Tx, user: &UserId) -> ConsoleProfile {
    ConsoleProfile {
        user_id: user.clone(),
        dense: false,
        narrow_rail: false,
        person_hidden: false,
        signals: Json(Signals::default()),
        updated_at: tx.now(),
    }
}

/// Keeps what the actor has chosen.
///
/// # Errors
/// 422 on `locale` when it is no language.
pub async fn update(tx: &mut Tx, actor: &Actor, given: ConsoleProfileIn) -> Result<ConsoleProfile> {
    let ConsoleProfileIn { locale, dense, narrow_rail, person_hidden } = given;
    if let Some(locale) = locale {
        speak(tx, actor, checked_locale("locale", &locale)?).await?;
    }
    let known = rows::find_locked(tx, &actor.user.id).await?;
    let known = known.unwrap_or_else(|| fresh(tx, &actor.user.id));
    let profile = ConsoleProfile {
        dense: dense.unwrap_or(known.dense),
        narrow_rail: narrow_rail.unwrap_or(known.narrow_rail),
        person_hidden: person_hidden.unwrap_or(known.person_hidden),
        updated_at: tx.now(),
        ..known
    };
    rows::keep(tx, &profile).await?;
    Ok(profile)
}

/// Has the actor's account speak a language from now on: the console, and mails to them.
async fn speak(tx: &mut Tx, actor: &Actor, locale: String) -> Result<()> {
    let Some(mut user) = user::find_locked(tx, &actor.user.id).await? else { return Ok(()) };
    if user.locale != locale {
        user.locale = locale;
        user.updated_at = tx.now();
        tx.update(&user).await?;
        note_change(tx, Some(actor), "user", user.id.as_str(), Change::Updated);
    }
    Ok(())
}

/// How somebody wants to be told from now on; none for what stays.
#[derive(Clone, Debug, Default)]
pub struct SignalsIn {
    /// What sounds.
    pub sound: Option<String>,
    /// How.
    pub tone: Option<String>,
    /// How loudly, of a hundred.
    pub volume: Option<i64>,
    /// Of what the browser shows notices.
    pub notices: Option<String>,
    /// Of these sources nothing is told aloud.
    pub muted_source_ids: Option<Vec<SourceId>>,
    /// On which weekdays quiet hours begin, from 1 for Monday.
    pub quiet_days: Option<Vec<i64>>,
    /// From when.
    pub quiet_from: Option<String>,
    /// Until when.
    pub quiet_to: Option<String>,
    /// In which time zone; an empty one for that of the account, else of the browser.
    pub timezone: Option<String>,
    /// Until then nothing is told aloud; an empty one for no longer.
    pub quiet_until: Option<Option<Timestamp>>,
}

fn named<T: FromStr>(field: &'static str, text: &str, all: &[&str]) -> Result<T> {
    text.parse().map_err(|_| Error::invalid(field, Fault::one_of(all)))
}

/// A time of day such as `07:30`.
fn clock(field: &'static str, text: &str) -> Result<String> {
    let parts = text.split_once(':').filter(|(hour, minute)| (hour.len(), minute.len()) == (2, 2));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str, below: u8| digits(text) && text.parse::<u8>().is_ok_and(|n| n < below);
    match parts {
        Some((hour, minute)) if number(hour, 24) && number(minute, 60) => Ok(text.to_owned()),
        _ => Err(Error::invalid(field, Reason::Hours.says("must be a time of day such as 07:30"))),
    }
}

fn within(tx: &Tx, until: Timestamp) -> Result<i64> {
    if until > tx.now().plus_seconds(QUIET_MAX) {
        return Err(Error::invalid("quiet_until", Reason::Future.says("must be within a week")));
    }
    Ok(until.millis())
}

/// What a profile's signals become.
fn changed(tx: &Tx, signals: &mut Signals, given: SignalsIn) -> Result<()> {
    if let Some(sound) = given.sound {
        signals.sound = named("sound", &sound, &SignalLevel::ALL.iter().map(|l| l.as_str()).collect::<Vec<_>>())?;
    }
    if let Some(notices) = given.notices {
        signals.notices = named("notices", &notices, &SignalLevel::ALL.iter().map(|l| l.as_str()).collect::<Vec<_>>())?;
    }
    if let Some(tone) = given.tone {
        signals.tone = named("tone", &tone, &SignalTone::ALL.iter().map(|t| t.as_str()).collect::<Vec<_>>())?;
    }
    if let Some(volume) = given.volume {
        let loud = (0..=100).contains(&volume);
        signals.volume = loud.then_some(volume).ok_or_else(|| Error::invalid("volume", Fault::between(0, 100)))?;
    }
    if let Some(sources) = given.muted_source_ids {
        if sources.len() > MUTED_MAX {
            return Err(Error::invalid("muted_source_ids", Fault::too_many(MUTED_MAX)));
        }
        signals.muted_source_ids = distinct(sources);
    }
    if let Some(days) = given.quiet_days {
        if days.iter().any(|day| !(1..=7).contains(day)) {
            return Err(Error::invalid("quiet_days", Fault::between(1, 7)));
        }
        signals.quiet_days = distinct(days);
        signals.quiet_days.sort_unstable();
    }
    if let Some(from) = given.quiet_from {
        signals.quiet_from = clock("quiet_from", &from)?;
    }
    if let Some(to) = given.quiet_to {
        signals.quiet_to = clock("quiet_to", &to)?;
    }
    if let Some(zone) = given.timezone {
        signals.timezone = if zone.is_empty() { None } else { Some(checked_timezone("timezone", &zone)?) };
    }
    if let Some(until) = given.quiet_until {
        signals.quiet_until = until.map(|until| within(tx, until)).transpose()?;
    }
    Ok(())
}

/// Keeps how the actor wants to be told.
///
/// # Errors
/// 422 that names what cannot be.
pub async fn update_signals(tx: &mut Tx, actor: &Actor, given: SignalsIn) -> Result<ConsoleProfile> {
    let known = rows::find_locked(tx, &actor.user.id).await?;
    let mut profile = known.unwrap_or_else(|| fresh(tx, &actor.user.id));
    changed(tx, &mut profile.signals.0, given)?;
    profile.updated_at = tx.now();
    rows::keep(tx, &profile).await?;
    Ok(profile)
}
