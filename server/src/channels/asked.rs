//! What sources tell when they are asked for what is new, for every kind.

use model::{Implementation, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::listed::Item;
use crate::domain::source_health::Trouble;

/// A question without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    /// Why.
    pub(crate) trouble: Trouble,
    /// The code of what was answered all the same.
    pub(crate) status: Option<u16>,
    /// The other side asks for no question before this time.
    pub(crate) wait: Option<Timestamp>,
}

impl Failed {
    /// One that nothing was answered to.
    pub(crate) fn by(trouble: Trouble) -> Self {
        Self { trouble, status: None, wait: None }
    }

    /// Whether the other side was not reached, so that asking for something else is of no use now.
    pub(crate) fn is_unreached(&self) -> bool {
        self.status.is_none() || self.wait.is_some()
    }

    /// Whether the other side may not know the position that was asked from.
    pub(crate) fn may_be_lost(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 403 | 429))
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// What is on it, oldest first.
    pub(crate) items: Vec<Item>,
    /// Where the next one begins; none of an empty page.
    pub(crate) next: Option<String>,
    /// How much could not be read.
    pub(crate) skipped: i64,
    /// There was more on it than is taken.
    pub(crate) cut: bool,
}

/// A step of looking whether a source works.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SourceFinding")]
pub(crate) struct Finding {
    /// Which.
    pub(crate) step: &'static str,
    /// Whether it worked.
    pub(crate) ok: bool,
    /// What is wrong, for programs.
    pub(crate) code: Option<String>,
    /// What is wrong or was found, in words.
    pub(crate) message: Option<String>,
    /// How many milliseconds it took.
    pub(crate) took_ms: i64,
}

/// What looking at a source found.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    /// The steps, to the first that did not work.
    pub(crate) steps: Vec<Finding>,
    /// What the other side can do, where it has told.
    pub(crate) told: Option<Implementation>,
}
