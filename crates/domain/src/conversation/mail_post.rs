//! Mails of ours on their way: what one is made of, and what the servers said of it.

use mail::{Quoted, Said};
use model::{AttachmentId, ContentId, MailState, Timestamp};
use serde_json::{Map, Value};
use store::content::Content;
use store::mail::{self as rows, Mail};
use store::source::Source;
use store::{Json, Tx};

use crate::base::Result;
use crate::conversation::mail_links::{self, Link};
use crate::conversation::mail_out;
use crate::setup::time_sheet;

/// What a mail of ours is made of, beside its content and files.
#[derive(Clone, Debug)]
pub struct Posting {
    /// What was written down of it.
    pub mail: Mail,
    /// What is known of the mail that it answers.
    pub answered: Option<Mail>,
    /// Who wrote that, and when, as the quote below it begins.
    pub attribution: Option<String>,
    /// The addresses that it goes to now; none when it goes to all.
    pub only: Option<Vec<String>>,
    /// It is for the mailbox of those that were sent.
    pub copy: bool,
}

/// What became of a mail that a server has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Those of its headers by which others name it.
    pub headers: Map<String, Value>,
    /// Those of its recipients that the server has refused.
    pub refused: Vec<Refused>,
    /// The files that it had as links, where these are others than was meant.
    pub linked: Option<Vec<AttachmentId>>,
}

/// A recipient whom a server does not deliver to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The address, in lower case.
    pub address: String,
    /// The server's code.
    pub code: Option<String>,
    /// What it said.
    pub reason: String,
}

/// Reads what the mail of a content is made of; none for what is no mail.
pub(crate) async fn load(
    tx: &mut Tx,
    source: &Source,
    content: &Content,
    answered: Option<&Content>,
) -> Result<Option<Posting>> {
    if !source.kind.caps().mail {
        return Ok(None);
    }
    let Some(mail) = rows::find(tx, &content.id).await? else { return Ok(None) };
    let (mut known, mut attribution) = (None, None);
    if let Some(answered) = answered {
        known = rows::find(tx, &answered.id).await?;
        let zone = time_sheet::calendar_of_source(tx, source).await?.zone().clone();
        let language = content.language.as_deref().or_else(|| source.setting("default_content_language"));
        let language = language.unwrap_or("en");
        let date = written_at(answered.created_at, &zone, language);
        let name = known.as_ref().and_then(|mail| mail.sender.clone()).or_else(|| answered.sender_name.clone());
        attribution = Some(mail::attribution(language, &date, &name.unwrap_or_else(|| source.name.clone())));
    }
    Ok(Some(Posting { mail, answered: known, attribution, only: None, copy: false }))
}

/// When a mail was written, as its answer names that in a language.
fn written_at(at: Timestamp, zone: &jiff::tz::TimeZone, language: &str) -> String {
    let form = match language.get(..2).unwrap_or_default() {
        "fr" => "%d/%m/%Y à %H:%M",
        "de" => "%d.%m.%Y um %H:%M",
        "es" => "%d/%m/%Y a las %H:%M",
        "ja" => "%Y年%-m月%-d日 %H:%M",
        _ => "%a, %b %-d, %Y at %H:%M",
    };
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

impl Posting {
    /// All that the mail of a content says: its text in both forms, links to files, the signature, and what it answers.
    #[must_use]
    pub fn said(&self, content: &Content, answered: Option<&Content>, links: &[Link]) -> Said {
        let html = content.html.clone().unwrap_or_else(|| richtext::html_of(&content.body));
        let text = if content.html.is_some() { richtext::plain_of(&html) } else { content.body.clone() };
        let signature = self.mail.signature.as_ref().map(|text| Said { text: text.clone(), html: None });
        // What others sent may have pictures that are not theirs to show.
        let quoted_html = answered.and_then(|content| content.html.as_deref()).map(richtext::sanitize);
        let quoted = match (self.mail.quotes, answered, &self.attribution) {
            (true, Some(answered), Some(attribution)) => {
                Some(Quoted { attribution, text: &answered.body, html: quoted_html.as_deref() })
            }
            _ => None,
        };
        let language = content.language.as_deref().unwrap_or("en");
        let said = mail_links::add(Said { text, html: Some(html) }, links, language);
        mail::signed(&said, signature.as_ref(), quoted)
    }

    /// The ids of the mail that it answers and of those before that, oldest first.
    #[must_use]
    pub fn before(&self) -> (Option<String>, Vec<String>) {
        let Some(answered) = &self.answered else { return (None, Vec::new()) };
        let id = header(answered, "Message-ID").into_iter().next();
        let mut named = header(answered, "References");
        if named.is_empty() {
            named = header(answered, "In-Reply-To").into_iter().take(1).collect();
        }
        let references = mail::references(&named, id.as_deref());
        (id, references)
    }
}

/// The ids that a header of a mail names.
fn header(mail: &Mail, name: &str) -> Vec<String> {
    first_header(mail, name).map(mail::ids).unwrap_or_default()
}

/// The first header of a name.
#[must_use]
pub fn first_header<'a>(mail: &'a Mail, name: &str) -> Option<&'a str> {
    let found = mail.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.and_then(|(_, values)| values.as_array()?.first()?.as_str())
}

impl Refused {
    /// Whether the server has only asked to wait (`4…`).
    fn is_passing(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with('4'))
    }
}

/// The addresses that a mail of ours has not gone to yet, where it has gone to others; none where it goes to all.
pub(crate) async fn rest(tx: &mut Tx, content: &Content) -> Result<Option<Vec<String>>> {
    let (waiting, gone): (Vec<_>, Vec<_>) =
        rows::recipients(tx, &content.id).await?.into_iter().partition(|one| one.state == MailState::Waiting);
    Ok((!gone.is_empty()).then(|| waiting.into_iter().map(|one| one.address).collect()))
}

/// Writes down what became of the rest of those to whom a mail goes: whom the server has refused, or why it has taken nothing.
/// Tells whether some of them are to be tried again, where there is `more` time.
pub(crate) async fn note_rest(
    tx: &mut Tx,
    content: &Content,
    said: std::result::Result<&[Refused], &str>,
    more: bool,
) -> Result<bool> {
    let mut again = false;
    for mut recipient in rows::recipients(tx, &content.id).await? {
        if recipient.state != MailState::Waiting {
            continue;
        }
        (recipient.state, recipient.code, recipient.reason) = match said {
            Err(why) => (MailState::Failed, recipient.code.take(), Some(why.to_owned())),
            Ok(refused) => match refused.iter().find(|refused| refused.address == recipient.address) {
                Some(refused) => (left(refused, more), refused.code.clone(), Some(refused.reason.clone())),
                None => (MailState::Sent, None, None),
            },
        };
        again |= recipient.state == MailState::Waiting;
        rows::update_recipient(tx, &recipient).await?;
    }
    Ok(again)
}

/// Writes down whom a server has refused of a mail that goes to nobody, with its word to each.
pub(crate) async fn refuse(tx: &mut Tx, content: &ContentId, refused: &[Refused]) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    for mut recipient in rows::recipients(tx, content).await? {
        let found = refused.iter().find(|refused| refused.address == recipient.address);
        if let Some(refused) = found.filter(|_| recipient.state == MailState::Waiting) {
            recipient.state = MailState::Failed;
            (recipient.code, recipient.reason) = (refused.code.clone(), Some(refused.reason.clone()));
            rows::update_recipient(tx, &recipient).await?;
        }
    }
    Ok(())
}

/// Where a recipient is left whom a server does not deliver to.
fn left(refused: &Refused, more: bool) -> MailState {
    if refused.is_passing() && more { MailState::Waiting } else { MailState::Failed }
}

/// Writes down what became of the mail of a content that a server has taken. Tells whether it asks to wait with some of its
/// recipients.
pub(crate) async fn note(tx: &mut Tx, content: &Content, posted: Posted) -> Result<bool> {
    let Some(mut mail) = rows::find(tx, &content.id).await? else { return Ok(false) };
    let mut rest = false;
    mail.headers.0 = posted.headers;
    if let Some(linked) = posted.linked {
        mail.linked = Some(Json(linked));
    }
    tx.update(&mail).await?;
    for mut recipient in rows::recipients(tx, &content.id).await? {
        if !matches!(recipient.state, MailState::Waiting | MailState::Sent) {
            continue;
        }
        let refused = posted.refused.iter().find(|refused| refused.address == recipient.address);
        recipient.state = refused.map_or(MailState::Sent, |refused| left(refused, true));
        rest |= recipient.state == MailState::Waiting;
        recipient.code = refused.and_then(|refused| refused.code.clone());
        recipient.reason = refused.map(|refused| refused.reason.clone());
        rows::update_recipient(tx, &recipient).await?;
    }
    Ok(rest)
}

/// Forgets who did not get the mail of a content: it is sent once more.
pub(crate) async fn begin_anew(tx: &mut Tx, content: &Content) -> Result<()> {
    if content.kind != mail_out::KIND {
        return Ok(());
    }
    for mut recipient in rows::recipients(tx, &content.id).await? {
        if recipient.state == MailState::Failed {
            (recipient.state, recipient.code, recipient.reason) = (MailState::Waiting, None, None);
            rows::update_recipient(tx, &recipient).await?;
        }
    }
    Ok(())
}
