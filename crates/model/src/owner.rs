//! Who has a thread.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{UserId, named_enum};

named_enum! {
    /// What has a thread: a program or a person.
    OwnerType {
        /// A program.
        Bot = "bot",
        /// A person.
        Agent = "agent",
    }
}

/// Who has a thread: the user of its newest open or deferred intervention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// A program or a person.
    pub r#type: OwnerType,
    /// Which user.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

impl Owner {
    /// Whether it is a program.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        self.r#type == OwnerType::Bot
    }
}
