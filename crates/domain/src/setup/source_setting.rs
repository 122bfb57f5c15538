//! What a setting of a source is: its name, the kind of its value, and what it is where nobody has set it.

use model::ChatMode;
use serde_json::{Map, Value, json};
use store::source::Source;

use crate::setup::{chat_look, welcome};

/// The automatic messages that settings are by.
pub(super) const TRIGGERS: &[&str] = &["first_message_from_user", "out_of_office_hours_message"];
/// A short text.
pub(super) const SHORT: Kind = Kind::Text(255);

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A truth value.
    Bool,
    /// A whole number between two bounds, both included.
    Int(i64, i64),
    /// A length of time, kept in seconds, 30 days at the most: as `2m 25s`, or a number of seconds. 0 is never.
    Duration,
    /// A number from 0 with two places at the most, up to so many hundredths.
    Hundredths(i64),
    /// A text of so many characters at the most.
    Text(usize),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A language code such as `fr` or `pt-BR`.
    Language,
    /// A time zone, or `visitor` for each visitor's own.
    Zone,
    /// An `http` or `https` address.
    Url,
    /// A text in which `{{firstname}}`, `{{lastname}}` and `{{nickname}}` stand for an agent's.
    SenderName,
    /// A list of texts.
    Texts,
    /// A list of these texts.
    SomeOf(&'static [&'static str]),
    /// A list of host names; `*.` before one is for all below it.
    Domains,
    /// A list of language codes.
    Languages,
    /// A list with the id of a time sheet at the most.
    TimeSheet,
    /// A list of ids of categories that exist.
    Categories,
    /// A list of ids of categories that can be set on the source's contents together.
    OwnCategories,
    /// A list of maps of texts with these names.
    Records(&'static [&'static str]),
    /// A map of truth values with these names.
    Bools(&'static [&'static str]),
    /// A map of numbers of seconds with these names.
    Seconds(&'static [&'static str]),
    /// A map of numbers of pixels with these names.
    Pixels(&'static [&'static str]),
    /// What a chat says first, in the source's language.
    Welcome,
    /// The same by language.
    Welcomes,
    /// E-mail addresses, or `@domain` for all of one: a list, or a text with white space or commas between them.
    Addresses,
    /// A password or key of an e-mail source.
    Secret,
}

/// A setting that nobody has set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unset {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'static str),
    List,
    Map,
    /// A map with this value under each name.
    Each(Option<i64>),
    /// This on chats of that mode. On others it is null, whatever was set.
    Of(ChatMode, Fixed),
    /// This on mailboxes, and nothing elsewhere.
    OfMail(Fixed),
    /// The mode of a chat.
    Mode,
    /// Where a chat stands.
    Offset,
}

/// A value that is neither a text nor a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fixed {
    Bool(bool),
    Int(i64),
    Text(&'static str),
}

/// One line of the table.
#[derive(Debug)]
pub struct Setting {
    /// Its name in requests, answers and the database.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    unset: Unset,
}

pub(super) const fn of_messaging(value: Fixed) -> Unset {
    Unset::Of(ChatMode::Messaging, value)
}

pub(super) const fn of_live_chat(value: Fixed) -> Unset {
    Unset::Of(ChatMode::LiveChat, value)
}

pub(super) const fn setting(name: &'static str, kind: Kind, unset: Unset) -> Setting {
    Setting { name, kind, unset }
}

impl Fixed {
    fn value(self) -> Value {
        match self {
            Self::Bool(b) => json!(b),
            Self::Int(i) => json!(i),
            Self::Text(text) => json!(text),
        }
    }
}

impl Setting {
    /// The value that it has when nobody has set it.
    pub(super) fn default(&self, source: &Source) -> Value {
        match self.unset {
            Unset::Null => Value::Null,
            Unset::Bool(b) => json!(b),
            Unset::Int(i) => json!(i),
            Unset::Text(text) => json!(text),
            Unset::List => json!([]),
            Unset::Map => json!({}),
            Unset::Of(mode, _) if source.chat_mode() != Some(mode) => Value::Null,
            Unset::OfMail(_) if !source.kind.caps().mail => Value::Null,
            Unset::Of(_, fixed) | Unset::OfMail(fixed) => fixed.value(),
            Unset::Mode => json!(source.chat_mode()),
            Unset::Offset => chat_look::Offset::default().into(),
            Unset::Each(value) => {
                let value = value.map_or(json!(false), |i| json!(i));
                TRIGGERS.iter().map(|name| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>().into()
            }
        }
    }

    /// Its value on a source: the one that was set, else the default.
    pub(super) fn of(&self, source: &Source) -> Value {
        match self.unset {
            Unset::Of(mode, _) if source.chat_mode() != Some(mode) => Value::Null,
            _ if self.kind == Kind::Welcome => json!(welcome::own(source)),
            _ => source.settings.get(self.name).cloned().unwrap_or_else(|| self.default(source)),
        }
    }

    /// The shortest of its lengths of time, in seconds.
    pub(super) fn least(&self) -> i64 {
        if self.name == "unread_email_delay" { 60 } else { 0 }
    }

    /// Whether answers show it: all but secrets.
    #[must_use]
    pub fn shown(&self) -> bool {
        self.kind != Kind::Secret
    }
}
