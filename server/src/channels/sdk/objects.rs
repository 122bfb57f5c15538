//! The objects of the Source SDK as they come in (`docs/sdks/source-sdk/objects.md`).
//!
//! A field that is null, empty or absent is the same. What must be there must have its form; anything else that has
//! not is taken as absent, since a field that nobody needs is no reason to lose what somebody said.

use model::{BodyFormat, Timestamp};
use serde_json::{Map, Value, json};
use store::source::Source;

use super::files::Given;
use super::structured;
use super::wire::Refusal;
use crate::domain::again::Retold;
use crate::domain::ingest::{Author, BODY_MAX, Incoming, Place};
use crate::domain::sdk::Told;
use crate::domain::source_settings::check_url;

/// Longest id in bytes: an index of PostgreSQL takes no more than some 2,700.
const ID_MAX: usize = 1024;
/// Longest short text in characters.
const TEXT_MAX: usize = 255;
/// Longest address in characters.
const URL_MAX: usize = 2048;
/// Longest name of an action.
const ACTION_MAX: usize = 63;
/// How many entries a list or map of circumstances has at the most.
const ENTRIES_MAX: usize = 50;
/// Longest of their values, as JSON in bytes.
const VALUE_MAX: usize = 4000;

/// What a request asks for.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it lives for one request")]
pub(super) enum Asked {
    /// To take in a content.
    Content(Box<Letter>),
    /// To take in a thread without content.
    Thread { id: String, title: Option<String> },
    /// To take in a user.
    User(Author),
    /// To note that a content was read.
    Read { id: String },
    /// To tell agents that somebody types.
    Typing(Typing),
}

/// A content, and its files before their bytes are here.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) told: Told,
    pub(super) files: Vec<Given>,
}

/// Somebody begins or ends to type.
#[derive(Debug)]
pub(super) struct Typing {
    pub(super) on: bool,
    pub(super) thread_id: Option<String>,
    pub(super) in_reply_to_id: Option<String>,
    pub(super) preview: Option<String>,
}

/// Reads a request's parameters.
pub(super) fn read(source: &Source, action: &str, params: Map<String, Value>) -> Result<Asked, Refusal> {
    read_fields(source, action, params, false)
}

fn read_fields(source: &Source, action: &str, params: Map<String, Value>, listed: bool) -> Result<Asked, Refusal> {
    let fields = Fields { params, listed };
    match action {
        "messages.create" => content(source, &fields, "message"),
        "private_messages.create" => content(source, &fields, "private_message"),
        "threads.create" if source.has_option("threads.no_content") => {
            Ok(Asked::Thread { id: fields.required_id("id")?, title: fields.short("title") })
        }
        "threads.create" => content(source, &fields, "thread"),
        "users.create" => Ok(Asked::User(author(&fields)?)),
        "status.mark_as_read" => Ok(Asked::Read { id: fields.required_id("id")? }),
        "typing.start" => typing(&fields, true),
        "typing.stop" => typing(&fields, false),
        _ => Err(Refusal::InvalidAction),
    }
}

/// Reads an object of a list, in which real servers differ more than in what they send by themselves.
pub(super) fn read_listed(source: &Source, action: &str, mut params: Map<String, Value>) -> Result<Asked, Refusal> {
    if params.get("author").is_none_or(Value::is_null) {
        params.insert("author".into(), json!({"id": "anonymous", "screenname": "Anonymous"}));
    }
    let nothing = |id: &Value| id.as_str() == Some("0") || id.as_i64() == Some(0);
    if params.get("in_reply_to_id").is_some_and(nothing) {
        params.remove("in_reply_to_id");
    }
    read_fields(source, action, params, true)
}

/// The id of an object.
pub(super) fn id_of(object: &Map<String, Value>) -> Option<String> {
    let id = match object.get("id")? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(id).filter(|id| fits_id(id))
}

fn fits_id(id: &str) -> bool {
    !id.trim().is_empty() && id.len() <= ID_MAX && !id.chars().any(char::is_control)
}

fn content(source: &Source, fields: &Fields, kind: &'static str) -> Result<Asked, Refusal> {
    let id = fields.required_id("id")?;
    let private = kind == "private_message";
    let threaded = kind == "message" && !source.has_option("messages.unthreaded");
    let thread_id = match kind {
        "thread" => Some(id.clone()),
        _ if threaded => Some(fields.required_id("thread_id")?),
        _ => None,
    };
    let author = author(&fields.required_map("author")?)?;
    let recipient = if private { Some(self::author(&fields.required_map("recipient")?)?) } else { None };
    let files = Given::all(fields.params.get("attachments"), fields.listed)?;
    let structured_content = structured::check(source, &author, fields.params.get("structured_content"))?;
    let body = fields.raw("body").unwrap_or_default();
    if body.trim().is_empty() && files.is_empty() && structured_content.is_none() {
        return Err(Refusal::InvalidResource);
    }
    let incoming = Incoming {
        foreign_id: Some(id),
        kind,
        format: if fields.raw("format").as_deref() == Some("text") { BodyFormat::Text } else { BodyFormat::Html },
        title: fields.short("title"),
        private,
        language: fields.short("language").filter(|code| code.len() <= 16),
        in_reply_to: fields.id("in_reply_to_id"),
        categories: fields.texts("categories"),
        context_data: circumstances(fields),
        extra_data: fields.entries("context_data"),
        source_url: fields.url("display_url"),
        structured_content,
        written_at: fields.time("created_at"),
        actions: fields.actions(),
        published: fields.said("published"),
        updated_at: fields.time("updated_at"),
        ..Incoming::text(source.clone(), author, Place::New, body)
    };
    let told = Told { incoming, thread_id, recipient, files: Vec::new() };
    Ok(Asked::Content(Box::new(Letter { told, files })))
}

/// What an object that answers tells of a content. `sent` is what was asked to be made of it, and in which format: a text
/// that comes back so says nothing.
pub(super) fn retold(object: &Map<String, Value>, sent: Option<(&str, BodyFormat)>) -> Retold {
    let fields = Fields { params: object.clone(), listed: false };
    let is_other = |body: &String| sent.is_none_or(|(text, _)| text != body);
    let fits = |body: &String| !body.trim().is_empty() && body.chars().count() <= BODY_MAX;
    let format = match fields.raw("format").as_deref() {
        Some("text") => BodyFormat::Text,
        Some("html") => BodyFormat::Html,
        _ => sent.map_or(BodyFormat::Html, |(_, format)| format),
    };
    Retold {
        body: fields.raw("body").filter(fits).filter(is_other).map(|body| (body, format)),
        title: fields.short("title"),
        categories: Some(fields.texts("categories")).filter(|categories| !categories.is_empty()),
        actions: fields.actions(),
        published: fields.said("published"),
        source_url: fields.url("display_url"),
        updated_at: fields.time("updated_at"),
    }
}

/// What is told of a content's circumstances, with what it has no field of its own for.
fn circumstances(fields: &Fields) -> Map<String, Value> {
    let mut data = fields.entries("context_data");
    if let Some(ip) = fields.short("ip") {
        data.entry("ip").or_insert(json!(ip));
    }
    // A bot looks here for which of its buttons was pressed.
    if let Some(reply @ Value::Object(_)) = fields.params.get("structured_reply")
        && reply.to_string().len() <= VALUE_MAX
    {
        data.entry("structured_reply").or_insert_with(|| reply.clone());
    }
    data
}

fn author(fields: &Fields) -> Result<Author, Refusal> {
    let author = Author {
        foreign_id: fields.required_id("id")?,
        uuid: None,
        screenname: fields.name("screenname"),
        firstname: fields.name("firstname"),
        lastname: fields.name("lastname"),
        company: fields.name("company"),
        email: fields.short("email").filter(|email| !text::has_invisible(email)),
        gender: fields.short("gender").filter(|gender| matches!(gender.as_str(), "man" | "woman")),
        home_phone: fields.short("home_phone"),
        mobile_phone: fields.short("mobile_phone"),
        avatar_url: fields.url("avatar_url"),
        extra_values: fields.entries("context_data"),
        controlled: fields.truth("puppetizable"),
    };
    // The guide asks for a screen name and two dates; its own examples leave dates out, and another name will do.
    let names = [&author.screenname, &author.firstname, &author.lastname];
    if names.iter().all(|name| name.is_none()) { Err(Refusal::InvalidResource) } else { Ok(author) }
}

fn typing(fields: &Fields, on: bool) -> Result<Asked, Refusal> {
    let (thread_id, in_reply_to_id) = (fields.id("thread_id"), fields.id("in_reply_to_id"));
    let preview = fields.raw("preview").map(|text| text::beginning(&text, 1000).to_owned());
    if (thread_id.is_none() && in_reply_to_id.is_none()) || (on && preview.is_none()) {
        return Err(Refusal::InvalidResource);
    }
    Ok(Asked::Typing(Typing { on, thread_id, in_reply_to_id, preview }))
}

/// The fields of an object.
#[derive(Debug)]
struct Fields {
    params: Map<String, Value>,
    /// They stand in a list: nobody sends them again in another form.
    listed: bool,
}

impl Fields {
    /// A text as it is; numbers are taken as their digits.
    fn raw(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text on one line.
    fn short(&self, name: &str) -> Option<String> {
        let text: String = self.raw(name)?.chars().filter(|c| !c.is_control()).collect();
        let text = text::beginning(&text, TEXT_MAX).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A part of somebody's name.
    fn name(&self, name: &str) -> Option<String> {
        let text = text::without_direction(&self.short(name)?);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn id(&self, name: &str) -> Option<String> {
        self.raw(name).filter(|id| fits_id(id))
    }

    fn required_id(&self, name: &str) -> Result<String, Refusal> {
        self.id(name).ok_or(Refusal::InvalidResource)
    }

    fn required_map(&self, name: &str) -> Result<Self, Refusal> {
        match self.params.get(name) {
            Some(Value::Object(map)) => Ok(Self { params: map.clone(), listed: self.listed }),
            _ => Err(Refusal::InvalidResource),
        }
    }

    fn url(&self, name: &str) -> Option<String> {
        self.raw(name).filter(|text| text.chars().count() <= URL_MAX && check_url(name, text).is_ok())
    }

    fn truth(&self, name: &str) -> bool {
        self.said(name) == Some(true)
    }

    fn said(&self, name: &str) -> Option<bool> {
        match self.params.get(name)? {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) => params::truth(text),
            Value::Number(number) => Some(number.as_i64() == Some(1)),
            _ => None,
        }
    }

    /// What can be done with a content; none when it does not say. The guide takes an empty list for one that is absent.
    fn actions(&self) -> Option<Vec<String>> {
        let names = self.texts("actions").into_iter().filter(|name| is_action(name)).collect::<Vec<_>>();
        Some(names).filter(|names| !names.is_empty())
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let list = self.params.get(name).and_then(Value::as_array).into_iter().flatten();
        let texts = list.filter_map(Value::as_str).map(|text| text::beginning(text.trim(), TEXT_MAX).to_owned());
        texts.filter(|text| !text.is_empty()).take(ENTRIES_MAX).collect()
    }

    /// A map without what is empty or too much.
    fn entries(&self, name: &str) -> Map<String, Value> {
        let map = self.params.get(name).and_then(Value::as_object).into_iter().flatten();
        let fits = |key: &str, value: &Value| {
            !key.is_empty() && key.len() <= TEXT_MAX && !value.is_null() && value.to_string().len() <= VALUE_MAX
        };
        let kept = map.filter(|(key, value)| fits(key, value));
        kept.map(|(key, value)| (key.clone(), value.clone())).take(ENTRIES_MAX).collect()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        match self.params.get(name)? {
            Value::String(text) => time(text),
            Value::Number(number) => number.as_i64().map(unix),
            _ => None,
        }
    }
}

/// Whether a text has the form of an action's name.
pub(super) fn is_action(name: &str) -> bool {
    let rest = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.len() <= ACTION_MAX && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(rest)
}

/// Seconds since 1970, or milliseconds: no message is from before 1973, or from after the year 5138.
fn unix(number: i64) -> Timestamp {
    if number.unsigned_abs() < 100_000_000_000 {
        Timestamp::from_millis(number * 1000)
    } else {
        Timestamp::from_millis(number)
    }
}

/// Reads ISO 8601, what Ruby prints (`2012-10-01 17:18:40 UTC`), and the dates of the guide's examples
/// (`06/11/2017`), day first as Ruby reads them, unless that is no date. Anything else is no time: the content counts
/// from when it comes.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(time) = Timestamp::parse(text) {
        return Some(time);
    }
    if let Some(bare) = text.strip_suffix(" UTC") {
        return Timestamp::parse(&bare.replacen(' ', "T", 1));
    }
    let mut parts = text.split('/');
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(a, 2) || !digits(b, 2) || year.len() != 4 || !digits(year, 4) {
        return None;
    }
    Timestamp::parse(&format!("{year}-{b:0>2}-{a:0>2}"))
        .or_else(|| Timestamp::parse(&format!("{year}-{a:0>2}-{b:0>2}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_kind() {
        let api = |text: &str| time(text).map(|t| t.to_api());
        for (text, expected) in [
            ("2012-02-10", "2012-02-10T00:00:00Z"),
            ("2012-10-01T17:18:40Z", "2012-10-01T17:18:40Z"),
            ("2012-10-01T17:18:40+02:00", "2012-10-01T15:18:40Z"),
            ("2012-10-01T17:18:40.123Z", "2012-10-01T17:18:40Z"),
            ("2012-10-01 17:18:40 UTC", "2012-10-01T17:18:40Z"),
            ("06/11/2017", "2017-11-06T00:00:00Z"),
            ("6/1/2017", "2017-01-06T00:00:00Z"),
            ("11/25/2017", "2017-11-25T00:00:00Z"),
        ] {
            assert_eq!(api(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "soon", "31/31/2017", "1/2", "1/2/3/4", "a/b/2017", "//", "99999-01-01"] {
            assert_eq!(api(text), None, "{text}");
        }
        assert_eq!(unix(1_349_111_920), unix(1_349_111_920_000));
        assert_eq!(unix(i64::MIN).millis(), i64::MIN);
    }
}
