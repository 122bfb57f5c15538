//! Object ids: twelve bytes, shown as 24 lower-case hex digits, growing with time.
//!
//! Layout: four bytes of Unix seconds, two of the second's fraction, two of a counter, four random bytes drawn once
//! for each process. The first eight never repeat or go back within a process, also while the clock stands still.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Timestamp;

/// Makes the text of a new id. `now` gives the leading bytes.
///
/// # Panics
/// When the system has no source of randomness: nothing else in the server is safe then either.
#[must_use]
pub fn new_object_id(now: Timestamp) -> String {
    static PROCESS: OnceLock<[u8; 4]> = OnceLock::new();
    static LAST: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).expect("the system has a source of randomness");
        bytes
    });
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let (seconds, fraction) = (millis / 1000, (millis % 1000) * 65_536 / 1000);
    let time = (seconds & 0xffff_ffff) << 32 | fraction << 16;
    let next = |last: u64| Some(time.max(last + 1));
    let head = match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) | Err(last) => time.max(last + 1),
    };
    let mut text = String::with_capacity(24);
    for byte in head.to_be_bytes().iter().chain(process) {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// Tells whether a text has the form of an id: 24 lower-case hex digits.
#[must_use]
pub fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Makes a new id that sorts after the ids made before it.
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                Self(new_object_id(now))
            }

            /// Reads an id; `None` when the text does not have its form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_object_id(text).then(|| Self(text.to_owned()))
            }

            /// Takes a text that the store holds as an id.
            #[must_use]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The 24 digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{24}$"})
            }
        }
    )*};
}

ids! {
    /// What somebody did in the console, under the id that it gave it.
    ActId,
    /// An API access token (its row, not its secret).
    AccessTokenId,
    /// A page of an agent's console that is open.
    AgentConnectionId,
    /// An uploaded file.
    AttachmentId,
    /// Whose words are kept out.
    BlockId,
    /// A skill, analytics or disposition label.
    CategoryId,
    /// A routing group of sources.
    ChannelId,
    /// A button, invitation or automatic message of a chat.
    ChatItemId,
    /// What a chat shows to whom.
    ChatTriggerId,
    /// What a site tells of its visitors.
    ChatVariableId,
    /// An agent's private comment on an intervention.
    CommentId,
    /// A set of identities of one kind.
    CommunityId,
    /// One message in a thread.
    ContentId,
    /// A request to a webhook, stable over its attempts.
    DeliveryId,
    /// A mail, stable over its tries.
    MailId,
    /// A field that the administration adds to persons or interventions.
    CustomFieldId,
    /// The installation itself.
    DomainId,
    /// That a person was erased.
    ErasureId,
    /// One line of the journal.
    EventId,
    /// A content on its way to its source.
    ExportId,
    /// A smart folder of threads.
    FolderId,
    /// A person on one community.
    IdentityId,
    /// A person, joining identities.
    IdentityGroupId,
    /// How an identity came into its group.
    IdentityMergeId,
    /// What came in and could not be taken in.
    InboundItemId,
    /// An agent's case on a thread.
    InterventionId,
    /// A key that signs identities of a community.
    JwtKeyId,
    /// A line of a thread's history.
    LineId,
    /// The words of the mails that visitors get, in a language.
    MailTemplateId,
    /// Something that an agent is told of their conversations.
    NotificationId,
    /// A reason for being away.
    PresenceStatusId,
    /// A ready answer of the reply assistant.
    ReplyEntryId,
    /// A group of ready answers.
    ReplyGroupId,
    /// One wording of a ready answer.
    ReplyVersionId,
    /// A set of permissions that users share.
    RoleId,
    /// A session of the console, as its user sees it.
    SessionId,
    /// A text that a user signs with.
    SignatureId,
    /// One connected origin of interactions.
    SourceId,
    /// A survey that customers are asked to answer.
    SurveyId,
    /// A customer's answers to a survey.
    SurveyResponseId,
    /// A label on identity groups.
    TagId,
    /// A set of users with leaders.
    TeamId,
    /// A conversation on a source.
    ThreadId,
    /// A desk's business hours.
    TimeSheetId,
    /// An agent, a bot or an administrator.
    UserId,
    /// How much some users take on channels.
    UserCapacityId,
    /// A page that a visitor looked at.
    VisitPageId,
    /// A registered receiver of events.
    WebhookId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_parse_back() {
        let now = Timestamp::from_millis(1_337_832_044_000);
        let first = ThreadId::new(now);
        let second = ThreadId::new(now);
        assert!(first < second);
        assert!(first.as_str().starts_with("4fbdb26c"));
        assert_eq!(ThreadId::parse(first.as_str()), Some(first));
        assert_eq!(ThreadId::parse("4FBDB22C0000000000000000"), None);
        assert_eq!(ThreadId::parse("4fbd"), None);
    }
}
