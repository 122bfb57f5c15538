//! Names and values out of query strings, forms and JSON, with Rails brackets (`category_ids[]=…`,
//! `custom_field_values[key]=…`, `channels[][channel_id]=…`). No I/O, and nothing of what the names mean. Text that is
//! not well-formed is read as `text` reads it. How many values there are, and how deep they lie, is bounded.

mod bounds;

pub use bounds::{DEPTH, VALUES};

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::{Map, Value};

/// Why parameters cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The parameter at fault, or `body` or `parameters` for all of them.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
    /// Of which kind that is.
    pub kind: Kind,
}

/// Of which kind an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It has not the form that it must have.
    Form,
    /// There are more than [`VALUES`] values.
    TooMany,
    /// A value lies deeper than [`DEPTH`].
    TooDeep,
}

impl Error {
    fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), kind: Kind::Form }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl std::error::Error for Error {}

/// A truth value as clients write it: `true`, `1`, `on`, `yes` or `false`, `0`, `off`, `no`, in any case.
#[must_use]
pub fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// The name of a parameter that has a list or a map of more than `most` entries, at any depth; `parameters` when there
/// are more of those.
#[must_use]
pub fn too_long(map: &Map<String, Value>, most: usize) -> Option<&str> {
    fn fits(value: &Value, most: usize) -> bool {
        match value {
            Value::Array(list) => list.len() <= most && list.iter().all(|value| fits(value, most)),
            Value::Object(map) => map.len() <= most && map.values().all(|value| fits(value, most)),
            _ => true,
        }
    }
    if map.len() > most {
        return Some("parameters");
    }
    map.iter().find(|(_, value)| !fits(value, most)).map(|(name, _)| name.as_str())
}

/// Reads a JSON body.
///
/// # Errors
/// When it is not an object, or has too many values.
pub fn json(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    match value(bytes)? {
        Value::Object(map) => unbracket(map),
        _ => Err(Error::new("body", "must be a JSON object")),
    }
}

/// Reads any JSON within the bounds.
///
/// # Errors
/// When it is not JSON, or has too many values.
pub fn value(bytes: &[u8]) -> Result<Value, Error> {
    bounds::json(bytes)?;
    text::json(bytes).map_err(|e| Error::new("body", format!("is not JSON: {e}")))
}

/// JSON clients sometimes keep the brackets of the documented names: `{"category_ids[]": […]}`,
/// `{"custom_field_values[key]": "x"}`.
fn unbracket(map: Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut read = Map::new();
    for (name, value) in map {
        let name = name.strip_suffix("[]").unwrap_or(&name);
        match name.strip_suffix(']').and_then(|start| start.split_once('[')) {
            Some((outer, key)) if !key.contains(['[', ']']) => {
                let inner = read.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                let inner = inner.as_object_mut().ok_or_else(|| Error::new(outer, "is given twice"))?;
                inner.insert(key.to_owned(), value);
            }
            _ => drop(read.insert(name.to_owned(), value)),
        }
    }
    Ok(read)
}

/// Reads a query string or form body with Rails brackets.
///
/// # Errors
/// When brackets or escapes have no meaning, or there are too many values.
pub fn form(text: &[u8]) -> Result<Map<String, Value>, Error> {
    if text.is_empty() {
        return Ok(Map::new());
    }
    bounds::form(text)?;
    let config = serde_qs::Config::new().use_form_encoding(true);
    let value: Value = config
        .deserialize_bytes(&numbered(&text::form(text)))
        .map_err(|e| Error::new("parameters", format!("cannot be read: {e}")))?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// Gives the maps of a list their numbers: `h[][a]=1&h[][b]=2&h[][a]=3` is `h[0][a]=1&h[0][b]=2&h[1][a]=3`. As in
/// Rails, a key that comes again begins the next map.
fn numbered(text: &[u8]) -> Cow<'_, [u8]> {
    let plain = |key: &str| key.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]");
    let Some(text_in) = std::str::from_utf8(text).ok().filter(|t| plain(t).contains("[][")) else { return text.into() };
    let mut lists: HashMap<String, (usize, HashSet<String>)> = HashMap::new();
    let pairs = text_in.split('&').map(|pair| {
        let (key, value) = pair.split_once('=').map_or((pair, ""), |(key, value)| (key, value));
        let key = plain(key);
        let Some((list, rest)) = key.split_once("[][") else { return pair.to_owned() };
        let (number, seen) = lists.entry(list.to_owned()).or_default();
        // A list within the map goes on with each of its values.
        if !rest.ends_with("[]") && !seen.insert(rest.to_owned()) {
            *number += 1;
            *seen = HashSet::from([rest.to_owned()]);
        }
        format!("{list}[{number}][{rest}={value}")
    });
    pairs.collect::<Vec<_>>().join("&").into_bytes().into()
}
