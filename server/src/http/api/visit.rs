//! What the console shows of a chat's visitor beside a conversation.

use model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::visitor::{Facts, Visitor};

use crate::domain::variables::Labelled;

/// The page that a visitor looked at last.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VisitedPage")]
pub struct PageOut {
    /// Its address.
    url: String,
    title: Option<String>,
    /// Since when they are on it, as far as that is known.
    since: Option<Timestamp>,
}

impl PageOut {
    /// The page of a visit; none where it was not told.
    pub fn of(visit: &Visitor) -> Option<Self> {
        Some(Self { url: visit.page_url.clone()?, title: visit.page_title.clone(), since: visit.page_at })
    }
}

/// A custom variable of the chat.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LabelledVariable")]
pub struct VariableOut {
    /// By which pages name it.
    name: String,
    /// What people call it.
    label: String,
    /// What it holds: a text, a number or a truth value.
    value: Value,
}

impl From<Labelled> for VariableOut {
    fn from(variable: Labelled) -> Self {
        let Labelled { name, label, value } = variable;
        Self { name, label, value }
    }
}

/// What is known of a visit, by the word of the visitor's browser.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxVisit")]
pub struct VisitOut {
    /// Whether their chat is connected now.
    connected: bool,
    /// When they opened a page with the chat last.
    seen_at: Timestamp,
    /// The browser with its version.
    browser: Option<String>,
    /// What it runs on.
    system: Option<String>,
    /// Whether that is a `phone`, a `tablet` or a `computer`.
    device: Option<String>,
    /// The language that it prefers.
    locale: Option<String>,
    /// By how many minutes the visitor's zone is behind UTC.
    offset: Option<i64>,
    /// The page from which they came to the site.
    referrer: Option<String>,
    /// How many visits there were, this one included.
    visits: Option<i64>,
    /// How many pages this one has.
    pages: Option<i64>,
    /// When it began.
    visit_at: Option<Timestamp>,
}

impl VisitOut {
    /// A visit, and whether its chat is connected.
    pub fn new(visit: Visitor, connected: bool) -> Self {
        let Facts { browser, system, device, locale, offset, referrer, visits, pages, filled: _ } = visit.facts.0;
        let (seen_at, visit_at) = (visit.seen_at, visit.visit_at);
        Self { connected, seen_at, browser, system, device, locale, offset, referrer, visits, pages, visit_at }
    }
}
