//! One setting of the domain: its name, what its value can be, and what it is when nobody has set it, in one place. What
//! the server acts on is read through a [`Unit`], which knows the type.

use std::marker::PhantomData;

use serde_json::{Value, json};
use store::{Tx, setting};

use crate::base::checks::{checked_locale, checked_timezone, distinct};
use crate::base::{Error, Fault, Result};

/// What a setting's value is, and the value that it has when nobody has set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A truth value.
    Bool(bool),
    /// A whole number between two bounds, both included.
    Int(i64, i64, Option<i64>),
    /// A text of so many characters at the most, not blank.
    Text(usize, &'static str),
    /// One of these texts; the first one by default.
    OneOf(&'static [&'static str]),
    /// A language code such as `fr` or `pt-BR`.
    Locale,
    /// The IANA name of a time zone.
    Timezone,
    /// A list of language codes.
    Languages,
    /// A list of numbers of seconds, growing.
    Durations(&'static [i64]),
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in requests, answers and the database.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
}

pub(crate) const fn setting(name: &'static str, kind: Kind) -> Setting {
    Setting { name, kind }
}

/// A setting whose value has the type `T`.
#[derive(Debug)]
pub struct Unit<T> {
    pub(crate) line: Setting,
    kind: PhantomData<fn() -> T>,
}

impl<T> Unit<T> {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { line: setting(name, kind), kind: PhantomData }
    }
}

impl Unit<bool> {
    /// On or off.
    pub(crate) const fn switch(name: &'static str, default: bool) -> Self {
        Self::new(name, Kind::Bool(default))
    }
}

impl Unit<i64> {
    /// A whole number between two bounds.
    pub(crate) const fn number(name: &'static str, min: i64, max: i64, default: i64) -> Self {
        Self::new(name, Kind::Int(min, max, Some(default)))
    }
}

impl Unit<Option<i64>> {
    /// The same, or nothing.
    pub(crate) const fn optional(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Int(min, max, None))
    }
}

impl Unit<String> {
    /// A text of a kind.
    pub(crate) const fn text(name: &'static str, kind: Kind) -> Self {
        Self::new(name, kind)
    }
}

impl Unit<Vec<String>> {
    /// A list of texts of a kind.
    pub(crate) const fn list(name: &'static str, kind: Kind) -> Self {
        Self::new(name, kind)
    }
}

/// A type that settings have.
pub trait Typed {
    /// The value, which passed its check.
    fn of(value: &Value) -> Self;
}

impl Typed for bool {
    fn of(value: &Value) -> Self {
        value.as_bool().unwrap_or_default()
    }
}

impl Typed for i64 {
    fn of(value: &Value) -> Self {
        value.as_i64().unwrap_or_default()
    }
}

impl Typed for Option<i64> {
    fn of(value: &Value) -> Self {
        value.as_i64()
    }
}

impl Typed for String {
    fn of(value: &Value) -> Self {
        value.as_str().unwrap_or_default().to_owned()
    }
}

impl Typed for Vec<String> {
    fn of(value: &Value) -> Self {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

impl<T: Typed> Unit<T> {
    /// The value as it is now.
    pub async fn now(&self, tx: &mut Tx) -> Result<T> {
        let stored = setting::get(tx, self.line.name).await?;
        Ok(T::of(&self.line.value(stored.as_deref())))
    }
}

pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const YEAR: i64 = 366 * DAY;

impl Setting {
    /// The value under what the database holds.
    pub(crate) fn value(&self, stored: Option<&str>) -> Value {
        stored.and_then(|text| self.stored(text)).unwrap_or_else(|| self.default())
    }

    pub(crate) fn default(&self) -> Value {
        match self.kind {
            Kind::Bool(value) => json!(value),
            Kind::Int(_, _, value) => json!(value),
            Kind::Text(_, value) => json!(value),
            Kind::OneOf(names) => json!(names.first()),
            Kind::Locale => json!("en"),
            Kind::Timezone => json!("UTC"),
            Kind::Languages => json!([]),
            Kind::Durations(values) => json!(values),
        }
    }

    /// Reads what the database holds. What it cannot be any more counts as not set.
    fn stored(&self, text: &str) -> Option<Value> {
        match self.kind {
            Kind::Bool(_) => text.parse::<bool>().ok().map(Value::from),
            Kind::Int(min, max, _) => text.parse::<i64>().ok().filter(|n| (min..=max).contains(n)).map(Value::from),
            Kind::Languages | Kind::Durations(_) => serde_json::from_str(text).ok(),
            Kind::Text(..) | Kind::OneOf(_) | Kind::Locale | Kind::Timezone => Some(text.into()),
        }
    }

    /// Checks a value of the right type, and gives it in the form that is kept.
    pub(crate) fn checked(&self, value: Value) -> Result<Value> {
        let refuse = |fault: Fault| Err(Error::invalid(self.name, fault));
        let text = value.as_str().unwrap_or("");
        match self.kind {
            Kind::Bool(_) => Ok(value),
            Kind::Int(min, max, _) if value.as_i64().is_some_and(|n| (min..=max).contains(&n)) => Ok(value),
            Kind::Int(min, max, _) => refuse(Fault::between(min, max)),
            Kind::Text(max, _) => match text.trim() {
                "" => refuse(Fault::blank()),
                text if text.chars().count() > max => refuse(Fault::too_long(max)),
                text => Ok(text.into()),
            },
            Kind::OneOf(names) => match text.trim().to_lowercase() {
                text if names.contains(&text.as_str()) => Ok(text.into()),
                _ => refuse(Fault::one_of(names)),
            },
            Kind::Locale => Ok(checked_locale(self.name, text.trim())?.into()),
            Kind::Timezone => Ok(checked_timezone(self.name, text.trim())?.into()),
            Kind::Languages => {
                let codes = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                let codes: Result<Vec<String>> = codes.map(|c| checked_locale(self.name, c.trim())).collect();
                Ok(json!(distinct(codes?)))
            }
            Kind::Durations(_) => {
                let seconds: Vec<i64> = value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
                let good = (1..=20).contains(&seconds.len())
                    && seconds.iter().all(|s| (1..=10 * YEAR).contains(s))
                    && seconds.is_sorted_by(|a, b| a < b);
                if good { Ok(json!(seconds)) } else { refuse(Fault::form("1 to 20 numbers of seconds, growing")) }
            }
        }
    }
}
