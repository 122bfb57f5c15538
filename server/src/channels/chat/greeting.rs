//! How a chat greets a visitor, and what it knows of them.

use std::collections::BTreeMap;

use model::IdentityId;
use schemars::JsonSchema;
use serde::Serialize;
use store::identity::Identity;
use store::source::Source;

use crate::domain::welcome;

/// What the chat says first in a language.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatWelcome")]
pub(super) struct WelcomeOut {
    language: String,
    body: String,
}

/// What a chat says first, by language.
pub(super) fn welcomes(source: &Source) -> Vec<WelcomeOut> {
    welcome::all(source).into_iter().map(|(language, body)| WelcomeOut { language, body }).collect()
}

/// A visitor as their page sees them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatVisitor")]
pub(super) struct VisitorOut {
    id: IdentityId,
    /// The name that agents see.
    screenname: Option<String>,
    /// The id that the site knows the person by.
    uuid: Option<String>,
    /// What stands for the variables in what the chat says first, by their names.
    variables: BTreeMap<&'static str, String>,
    /// Whether an address is known by which they can be written to.
    reachable: bool,
}

impl VisitorOut {
    pub(super) fn new(person: Identity, reachable: bool) -> Self {
        let variables = welcome::variables(&person);
        let Identity { id, screenname, uuid, .. } = person;
        Self { id, screenname, uuid, variables, reachable }
    }
}
