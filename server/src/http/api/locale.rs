//! `/1.0/locales`, `/1.0/interface_locales` and `/1.0/timezones`: what can be chosen. Whole lists, without pages.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::locale::{self, CONTENT, INTERFACE, Locale};
use crate::http::{Reply, Result};

/// A language of contents.
#[derive(Serialize, JsonSchema)]
pub struct LocaleOut {
    /// Its code.
    code: &'static str,
    /// The console speaks it too.
    interface: bool,
    /// Its name, in English.
    name: &'static str,
}

/// A language of the console.
#[derive(Serialize, JsonSchema)]
pub struct UiLocaleOut {
    /// Its code.
    code: &'static str,
    /// Its own name.
    name: &'static str,
}

/// A time zone.
#[derive(Serialize, JsonSchema)]
pub struct TimezoneOut {
    /// Its IANA name.
    name: String,
    /// Seconds ahead of UTC, without summer time.
    utc_offset: i32,
}

/// Getting all languages of contents.
pub async fn list() -> Result<Reply<Vec<LocaleOut>>> {
    let out = |Locale { code, name }: &Locale| LocaleOut { code, interface: locale::is_interface(code), name };
    Ok(Reply(CONTENT.iter().map(out).collect()))
}

/// Getting all languages of the console.
pub async fn interface() -> Result<Reply<Vec<UiLocaleOut>>> {
    Ok(Reply(INTERFACE.iter().map(|Locale { code, name }| UiLocaleOut { code, name }).collect()))
}

/// Getting all time zones.
pub async fn timezones(State(app): State<App>) -> Result<Reply<Vec<TimezoneOut>>> {
    let zones = locale::timezones(app.db.clock().now());
    Ok(Reply(zones.into_iter().map(|(name, utc_offset)| TimezoneOut { name, utc_offset }).collect()))
}
