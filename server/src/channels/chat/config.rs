//! `/chat/{source_token}/config`: what the widget must know before a visitor does anything.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use model::{ChatMode, SignedIdentities, SourceId};
use schemars::JsonSchema;
use serde::Serialize;
use store::source::Source;

use super::greeting::{WelcomeOut, welcomes};
use super::targeting::{self, BuiltInOut, VersionOut};
use crate::crypto::to_hex;
use crate::domain::chat_look::Look;
use crate::domain::ingest::BODY_MAX;
use crate::domain::{Error, attachment, chat_look, source_settings, welcome};
use crate::http::{Refusal, Result};
use crate::state::targetings::{Configured, OwnButton, Spoken};

/// How many conversations a visitor may have open; none in a live chat.
pub(super) fn open_max(source: &Source) -> Option<i64> {
    (!source.is_live_chat()).then(|| source_settings::open_conversations_max(source))
}

/// A chat's source as its page sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatSource")]
struct SourceOut {
    id: SourceId,
    name: String,
    /// The language of the source; null when it has none.
    locale: Option<String>,
    /// The colour of the chat.
    color: &'static str,
    avatar_url: Option<String>,
    /// What the chat says first to whoever speaks none of the languages below.
    welcome_message: Option<String>,
    /// The same by language.
    welcome_messages: Vec<WelcomeOut>,
    /// How its conversations go.
    mode: ChatMode,
    /// How many conversations a visitor may have open; null in a live chat, which is one at a time.
    max_open_conversations: Option<i64>,
    /// Whether the page is told of a visitor who has not written yet.
    page_before_engaging: bool,
    /// Whether the browser keeps nothing until the page says that its visitor has allowed it.
    asks_consent: bool,
    /// What a visitor agrees to before they write; null where nothing is asked.
    consent: Option<ConsentOut>,
    /// Whether emojis can be picked where one writes.
    emoji_picker: bool,
    /// Whether visitors can switch on a sound for new messages.
    sounds: bool,
    /// Whether they can switch on notices of their browser.
    browser_notifications: bool,
    /// What of the page is told of the chat's events: `data_layer`, `google_analytics_4`.
    integrations: Vec<String>,
    /// Whether anything comes in.
    active: bool,
    /// What becomes of identities that the page signs.
    signed_identities: SignedIdentities,
    /// At which side of the window it stands: `right` or `left`.
    position: String,
    /// How far from that side and from the bottom.
    offset: OffsetOut,
    /// Its `z-index`; null for above all that the page has.
    z_index: Option<i64>,
    /// Its colours: `auto`, `light` or `dark`.
    color_scheme: String,
}

/// What a visitor agrees to before they write; its words are among the texts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatConsent")]
struct ConsentOut {
    /// It changes with the words and the link: what a message says that was agreed to.
    version: String,
    /// Where more is said of it.
    link: Option<String>,
}

/// How far a chat is from the sides of the window, in pixels.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatOffset")]
struct OffsetOut {
    /// From the side at which it stands.
    x: i64,
    /// From the bottom.
    y: i64,
}

/// Which files a visitor may send.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatAttachments")]
struct AttachmentsOut {
    /// The size of the largest.
    max_bytes: usize,
    /// The endings of their names.
    extensions: Vec<&'static str>,
}

/// The languages that a chat speaks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatLanguages")]
struct LanguagesOut {
    /// It changes with the texts, and with nothing else.
    version: String,
    /// What the chat is called, by language.
    titles: BTreeMap<String, String>,
    /// Whether English has texts of the source's own.
    english: bool,
}

impl From<&Spoken> for LanguagesOut {
    fn from(spoken: &Spoken) -> Self {
        let Spoken { version, titles, english } = spoken.clone();
        Self { version, titles, english }
    }
}

/// What the widget must know before a visitor does anything.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatConfig")]
pub struct ConfigOut {
    /// It changes with the rest, and with nothing else.
    version: String,
    /// The chat.
    source: SourceOut,
    /// Which files a visitor may send.
    attachments: AttachmentsOut,
    /// How many characters a message may have.
    max_characters: usize,
    /// The triggers that decide what is shown; null where the chat's own button is all.
    targeting: Option<VersionOut>,
    /// The chat's own button, where it is all that is shown.
    built_in: Option<BuiltInOut>,
    /// The languages that it speaks.
    texts: LanguagesOut,
    /// Whether anybody can be written to by mail: by the server itself, or from a mailbox.
    mails: bool,
}

/// What else of a chat its configuration is made of.
pub(super) struct Parts {
    pub(super) source: Source,
    pub(super) signed: SignedIdentities,
    /// The version of what visitors agree to.
    pub(super) consent: Option<String>,
    pub(super) spoken: Spoken,
    /// The version of its triggers.
    pub(super) targeting: String,
    /// Its own button, where that is all.
    pub(super) button: Option<OwnButton>,
    /// The size of the largest file.
    pub(super) max_bytes: usize,
    /// Whether anybody can be written to by mail.
    pub(super) mails: bool,
}

/// A chat's configuration, made once for all its pages.
pub(super) fn configure(parts: Parts) -> Result<Configured> {
    let Parts { source, signed, consent, spoken, targeting, button, max_bytes, mails } = parts;
    let extensions = attachment::endings(&source, true).unwrap_or_default();
    let (targeting, built_in) = targeting::told(&targeting, button);
    let mut out = ConfigOut {
        version: String::new(),
        targeting,
        built_in,
        texts: LanguagesOut::from(&spoken),
        attachments: AttachmentsOut { max_bytes, extensions },
        max_characters: BODY_MAX,
        mails,
        source: SourceOut::new(&source, signed, consent),
    };
    let json = |out: &ConfigOut| {
        serde_json::to_vec(out).map_err(|e| Refusal(Error::Internal(format!("a chat's configuration: {e}"))))
    };
    out.version = to_hex(digest(&SHA256, &json(&out)?).as_ref())[..16].to_owned();
    Ok(Configured { json: json(&out)?.into(), version: out.version, source })
}

impl SourceOut {
    /// A chat whose community takes signed identities so, with the version of what visitors agree to.
    fn new(source: &Source, signed_identities: SignedIdentities, consent: Option<String>) -> Self {
        let setting = |name: &str| source.setting(name).map(str::to_owned);
        let Look { position, offset, z_index, color_scheme } = chat_look::of_source(source);
        Self {
            locale: setting("default_content_language"),
            color: source_settings::color(source),
            avatar_url: setting("avatar_url"),
            welcome_message: welcome::usual(source),
            welcome_messages: welcomes(source),
            page_before_engaging: source_settings::is_on(source, "page_before_engaging"),
            asks_consent: source.setting("consent") == Some("before_storage"),
            consent: consent.map(|version| ConsentOut { version, link: setting("consent_link") }),
            emoji_picker: source_settings::is_on(source, "emoji_picker"),
            sounds: source_settings::is_on(source, "sounds"),
            browser_notifications: source_settings::is_on(source, "browser_notifications"),
            integrations: source_settings::list(source, "integrations").map(str::to_owned).collect(),
            active: source.active,
            mode: source.chat_mode().unwrap_or(ChatMode::Messaging),
            max_open_conversations: open_max(source),
            signed_identities,
            position,
            offset: OffsetOut { x: offset.x, y: offset.y },
            z_index,
            color_scheme,
            id: source.id.clone(),
            name: source.name.clone(),
        }
    }
}
