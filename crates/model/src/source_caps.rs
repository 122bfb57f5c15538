//! What each kind of source can. Everything asks here, and nothing else asks which kind a source is of, but the
//! channels' own code.

use crate::SourceType;

/// What sources of a kind can.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// The type of their contents, as events and answers name it.
    pub content_type: &'static str,
    /// The other side has a content as soon as it is stored: nobody has to be told.
    pub instant: bool,
    /// The other side knows a content that it gets twice by an id of ours: one that may have arrived can be sent again.
    pub knows_repeats: bool,
    /// Everything that is said there is between two, whatever is said of a content.
    pub private: bool,
    /// Visitors of sites and apps write there, by a public token, and their identities can be vouched for.
    pub visitors: bool,
    /// It is a third party that speaks the Source SDK: it has an address and signs with a secret.
    pub sdk: bool,
    /// It is asked for what is new, beside what it sends by itself.
    pub asked: bool,
    /// It is a mailbox: mails come from one server and go to another, each with a name to sign in with.
    pub mail: bool,
    /// A discussion can be begun with nobody, for everybody; its content then is a thread's own.
    pub publishes: bool,
    /// The customer's text input can be switched off.
    pub text_input: bool,
    /// Empty circumstances of a content are shown as none.
    pub bare_context: bool,
    /// The kinds of structured messages that can be shown there.
    pub structured: Structured,
    /// The endings of the files that can be sent there; none where every type is.
    pub files: Option<&'static [&'static str]>,
}

/// Where structured messages are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structured {
    /// On every source of the kind.
    Always,
    /// Nowhere.
    Never,
    /// Where the other side has this option.
    WithOption(&'static str),
}

/// The kinds of structured messages.
pub const STRUCTURED_TYPES: [&str; 4] = ["carousel", "rich_link", "select", "template"];

/// The endings that visitors and agents may send in a chat (`docs/interactions/web-messaging/attachments.md`).
const CHAT_FILES: &[&str] = &[
    "mp3", "bmp", "gif", "jpg", "jpeg", "png", "tif", "tiff", "eml", "pdf", "key", "odp", "otp", "pps", "ppt", "pptx",
    "pot", "csv", "numbers", "ods", "ots", "xls", "xlsm", "xlsx", "xlc", "xlt", "xltm", "xltx", "avi", "flv", "m4v",
    "mkv", "mov", "mp4", "mpg", "qt", "wmv", "doc", "docm", "docx", "dotm", "dotx", "pages", "odt", "ott",
    // What telephones send and people write; not in the guide.
    "heic", "heif", "webp", "m4a", "3gp", "txt", "ics", "vcf",
];

const MESSAGING: Caps = Caps {
    content_type: "message",
    instant: true,
    knows_repeats: false,
    private: true,
    visitors: true,
    sdk: false,
    asked: false,
    mail: false,
    publishes: false,
    text_input: true,
    bare_context: true,
    structured: Structured::Always,
    files: Some(CHAT_FILES),
};

const SDK: Caps = Caps {
    content_type: "sdk/content",
    instant: false,
    knows_repeats: true,
    private: false,
    visitors: false,
    sdk: true,
    asked: true,
    mail: false,
    publishes: true,
    text_input: false,
    bare_context: false,
    structured: Structured::WithOption("view.messaging"),
    files: None,
};

const EMAIL: Caps = Caps {
    content_type: "emails/email",
    instant: false,
    // By its Message-ID.
    knows_repeats: true,
    private: true,
    visitors: false,
    sdk: false,
    asked: true,
    mail: true,
    publishes: false,
    text_input: false,
    bare_context: false,
    structured: Structured::Never,
    files: None,
};

impl SourceType {
    /// What sources of this kind can.
    #[must_use]
    pub const fn caps(self) -> Caps {
        match self {
            Self::EngageMessaging => MESSAGING,
            Self::Sdk => SDK,
            Self::Email => EMAIL,
        }
    }

    /// The type of contents on such a source, as events and answers name it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        self.caps().content_type
    }

    /// What sources on a community of this type can; none for one that no source is on.
    #[must_use]
    pub fn caps_of(community: &str) -> Option<Caps> {
        community.parse::<Self>().ok().map(Self::caps)
    }
}
