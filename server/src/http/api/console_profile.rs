//! `/console/profile`: how the caller has their console look, and tell them of what happens.

use axum::extract::State;
use model::{SignalLevel, SignalTone, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::console_profile::{ConsoleProfile, Signals};

use crate::app::App;
use crate::domain::console_profile::{self, ConsoleProfileIn, SignalsIn};
use crate::http::answer::write;
use crate::http::{Caller, Params, Reply, Result, Written};

/// How somebody wants to be told of what happens.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConsoleSignals")]
struct SignalsOut {
    /// What sounds.
    sound: SignalLevel,
    /// How.
    tone: SignalTone,
    /// How loudly, of a hundred.
    volume: i64,
    /// Of what the browser shows notices.
    notices: SignalLevel,
    /// Of these sources nothing is told aloud.
    muted_source_ids: Vec<SourceId>,
    /// On which weekdays quiet hours begin, from 1 for Monday; none where there are none.
    quiet_days: Vec<i64>,
    /// From when, such as `22:00`.
    quiet_from: String,
    /// Until when; where that is earlier, of the next day.
    quiet_to: String,
    /// In which time zone; null for that of the account, else of the browser.
    timezone: Option<String>,
    /// Until then nothing is told aloud.
    quiet_until: Option<Timestamp>,
}

impl From<Signals> for SignalsOut {
    fn from(signals: Signals) -> Self {
        let Signals {
            sound,
            tone,
            volume,
            notices,
            muted_source_ids,
            quiet_days,
            quiet_from,
            quiet_to,
            timezone,
            quiet_until,
        } = signals;
        let quiet_until = quiet_until.map(Timestamp::from_millis);
        Self { sound, tone, volume, notices, muted_source_ids, quiet_days, quiet_from, quiet_to, timezone, quiet_until }
    }
}

/// How somebody has their console look.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConsoleProfile")]
pub struct ProfileOut {
    /// Rows of lists have two lines, and no face.
    dense: bool,
    /// The navigation has icons alone.
    narrow_rail: bool,
    /// The person is not shown beside a conversation.
    person_hidden: bool,
    /// How they want to be told of what happens.
    signals: SignalsOut,
}

impl From<ConsoleProfile> for ProfileOut {
    fn from(profile: ConsoleProfile) -> Self {
        let ConsoleProfile { user_id: _, dense, narrow_rail, person_hidden, signals, updated_at: _ } = profile;
        Self { dense, narrow_rail, person_hidden, signals: signals.0.into() }
    }
}

/// Getting one's own.
pub async fn show(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<ProfileOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { console_profile::of(tx, &actor.user.id).await })).await?;
    Ok(Reply(found.into()))
}

/// Changing one's own; what is left out stays.
pub async fn update(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<ProfileOut>> {
    let given = ConsoleProfileIn {
        locale: params.text("locale")?,
        dense: params.boolean("dense")?,
        narrow_rail: params.boolean("narrow_rail")?,
        person_hidden: params.boolean("person_hidden")?,
    };
    write(&app, move |_, tx| Box::pin(async move { Ok(console_profile::update(tx, &actor, given).await?.into()) }))
        .await
}

/// Changing how one is told of what happens; what is left out stays.
pub async fn update_signals(
    State(app): State<App>,
    Caller(actor): Caller,
    params: Params,
) -> Result<Written<ProfileOut>> {
    let given = SignalsIn {
        sound: params.text("sound")?,
        tone: params.text("tone")?,
        volume: params.integer("volume")?,
        notices: params.text("notices")?,
        muted_source_ids: params.ids("muted_source_ids", SourceId::parse)?,
        quiet_days: params.integers("quiet_days")?,
        quiet_from: params.text("quiet_from")?,
        quiet_to: params.text("quiet_to")?,
        timezone: params.given("timezone")?,
        quiet_until: if params.has("quiet_until") { Some(params.time("quiet_until")?) } else { None },
    };
    write(&app, move |_, tx| {
        let given = given.clone();
        Box::pin(async move { Ok(console_profile::update_signals(tx, &actor, given).await?.into()) })
    })
    .await
}
