//! What is said of every operation: the files beside this one, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::Method;

use super::noun::{Noun, Operation};

/// What was read, or what is wrong with the files.
pub type Read<T> = std::result::Result<T, String>;

macro_rules! nouns {
    ($($file:literal)*) => {
        /// Every noun's file, in the order of the document.
        const FILES: &[(&str, &str)] = &[$(($file, include_str!(concat!($file, ".toml")))),*];
    };
}

nouns! {
    "content_thread"
    "content"
    "attachment"
    "intervention"
    "intervention_comment"
    "bot"
    "identity"
    "identity_group"
    "custom_field"
    "folder"
    "tag"
    "category"
    "content_source"
    "community"
    "channel"
    "messaging_trigger"
    "messaging_item"
    "messaging_variable"
    "messaging_email_template"
    "reply_assistant"
    "user"
    "signature"
    "role"
    "team"
    "agent_status"
    "presence_status"
    "user_capacity"
    "survey"
    "time_sheet"
    "settings"
    "locale"
    "event"
    "webhook"
    "mail_delivery"
    "access_token"
    "console"
    "chat"
}

static NOUNS: LazyLock<Read<Vec<Noun>>> =
    LazyLock::new(|| FILES.iter().map(|(file, text)| Noun::parse(file, text)).collect());
/// What is said of every noun.
///
/// # Errors
/// When a file cannot be read; a test sees to it that this does not happen.
pub fn nouns() -> Read<&'static [Noun]> {
    NOUNS.as_deref().map_err(Clone::clone)
}

/// The operation of a route, with the name of its noun's file; none where nothing is said of it.
pub(crate) fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Operation)> {
    static ALL: LazyLock<HashMap<&'static str, (&'static str, &'static Operation)>> = LazyLock::new(|| {
        let nouns = nouns().unwrap_or_default().iter();
        nouns
            .flat_map(|n| n.operations.iter().map(|(route, operation)| (route.as_str(), (n.file, operation))))
            .collect()
    });
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ALL.get(format!("{method} {path}").as_str()).copied()
}
