//! What a third party's implementation of the Source SDK can do (`docs/sdks/source-sdk/{action-details,options,locales}.md`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a third party's implementation can do, as it has told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Implementation {
    /// What it does with each of its objects: `{"messages": ["create", "list"]}`.
    pub objects: BTreeMap<String, Vec<String>>,
    /// Its options.
    pub options: Vec<String>,
    /// How it calls its own actions, by language; `default` for all others.
    pub locales: BTreeMap<String, BTreeMap<String, String>>,
    /// What it has told beside that, and nobody knows.
    pub unknown: Vec<String>,
    /// Options that do not fit together, and are left out.
    pub conflicts: Vec<String>,
}

impl Implementation {
    /// Whether it does something with an object.
    #[must_use]
    pub fn can(&self, object: &str, action: &str) -> bool {
        self.objects.get(object).is_some_and(|actions| actions.iter().any(|one| one == action))
    }
}
