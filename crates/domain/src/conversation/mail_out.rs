//! Mails that agents, programs and sources themselves write: to whom they go, under which subject, and what stands below
//! them. All of it is written down with the content, so that each try sends the same; `mail_post` has what comes then.

use model::{AttachmentId, ContentId, IdentityId, MailState, SourceId, SourcePermission};
use serde_json::Value;
use store::attachment::Attachment;
use store::content::{self as contents, Content};
use store::mail::{self as rows, Mail, MailRecipient};
use store::source::{self as sources, Source};
use store::thread::{self as threads, Thread};
use store::user::User;
use store::{Json, Scope, Tx, identity, signature};

use crate::base::checks::checked_email;
use crate::base::{Actor, Error, Fault, Reason, Result};
use crate::conversation::body::MAIL_BODY_MAX;
use crate::conversation::{mail_from, mail_links};
use crate::desk::user::sender_name;
use crate::setup::{mail_settings, source_settings};

/// The type of contents that are mails.
pub const KIND: &str = "mail";
/// The code of what cannot be sent from a mailbox.
pub const CANNOT_SEND: &str = "create_not_supported";
/// Recipients of one mail at the most.
pub const RECIPIENTS_MAX: usize = 100;
/// Longest subject that is given, in characters.
const TITLE_MAX: usize = 500;

/// What is said of a mail beside its text.
#[derive(Clone, Debug, Default)]
pub struct MailIn {
    /// To whom it goes; none for those whom an answer goes to by itself.
    pub to: Option<Vec<String>>,
    /// Who gets it as well.
    pub cc: Option<Vec<String>>,
    /// Who gets it without the others knowing.
    pub bcc: Option<Vec<String>>,
    /// Where nobody is named, it goes to everybody who has got what it answers.
    pub reply_all: bool,
    /// What it answers stands below it; none for as the source says.
    pub quotes: Option<bool>,
    /// No signature stands below it.
    pub unsigned: bool,
    /// From which of the mailbox's addresses it goes; none for the usual one.
    pub from: Option<String>,
}

impl MailIn {
    /// What is named of it that nothing but a mail has.
    pub(crate) fn alone(&self) -> Option<&'static str> {
        let named = [("cc", &self.cc), ("bcc", &self.bcc)];
        let list = named.into_iter().find(|(_, all)| all.as_ref().is_some_and(|all| !all.is_empty()));
        list.map(|(field, _)| field).or(self.from.as_ref().map(|_| "from"))
    }
}

/// To whom an answer goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// Those it is written to, as people read them.
    pub to: Vec<String>,
    /// Those who get a copy.
    pub cc: Vec<String>,
}

/// A mail that is about to be written with its content.
#[derive(Debug)]
pub(crate) struct Draft {
    title: String,
    mail: Mail,
    recipients: Vec<MailRecipient>,
}

/// What a composer is told of an answer, or of a new mail.
#[derive(Clone, Debug)]
pub struct Composer {
    /// Why nothing can be sent.
    pub refused: Option<Fault>,
    /// Whom it is from.
    pub from: Option<String>,
    /// The addresses of the mailbox itself: it may go from each of them.
    pub own_addresses: Vec<String>,
    /// The subject of an answer.
    pub subject: Option<String>,
    /// Whom an answer goes to.
    pub reply: Option<Addressed>,
    /// Whom one to all goes to.
    pub reply_all: Option<Addressed>,
    /// What stands below it.
    pub signature: Option<String>,
    /// What it answers stands below it.
    pub quote_answered: bool,
    /// How large it may be, in bytes.
    pub max_bytes: i64,
    /// Files that do not fit into that go as links.
    pub link_large_files: bool,
    /// How long its text may be, in characters.
    pub max_text: usize,
}

/// Tells a composer what an answer to a content would be.
///
/// # Errors
/// 404; 403 without the permission to reply; 422 when it is no mailbox's.
pub async fn answering(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Composer> {
    let content = contents::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let thread = threads::find(tx, actor.scope(), &content.thread_id).await?.ok_or(Error::NotFound("thread"))?;
    let source = sources::find(tx, &content.source_id).await?.ok_or(Error::NotFound("source"))?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    composer(tx, &actor.user, ("content_id", &source), Some((&content, &thread))).await
}

/// Tells a composer what a new mail from a source would be.
///
/// # Errors
/// 404; 403 without the permission to begin discussions; 422 when it is no mailbox.
pub async fn beginning(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Composer> {
    let source = sources::find(tx, id).await?.filter(|source| actor.scope().allows(&source.id));
    let source = source.ok_or(Error::NotFound("source"))?;
    actor.require_on(&source.id, SourcePermission::InitiateDiscussion)?;
    composer(tx, &actor.user, ("source_id", &source), None).await
}

async fn composer(
    tx: &mut Tx,
    user: &User,
    (field, source): (&str, &Source),
    answered: Option<(&Content, &Thread)>,
) -> Result<Composer> {
    if !source.kind.caps().mail {
        return Err(Error::invalid(field, Reason::NotForThis.says("is of no e-mail source")));
    }
    let (mut reply, mut reply_all, mut subject) = (None, None, None);
    if let Some((content, thread)) = answered {
        reply = Some(addressed(tx, source, content, false).await?);
        reply_all = Some(addressed(tx, source, content, true).await?);
        subject = Some(subject_of(thread));
    }
    let language = answered.and_then(|(content, _)| content.language.clone());
    let own = mail_from::address(tx, source, answered.map(|(content, _)| content), None).await?;
    let from = mail::Party::new(Some(&from_name(source, Some(user))), &own).ok();
    Ok(Composer {
        refused: cannot_send(source),
        from: from.map(|party| party.shown()),
        own_addresses: mail_settings::addresses(source),
        subject,
        reply,
        reply_all,
        signature: signed_as(tx, source, Some(user), language.as_deref()).await?,
        quote_answered: source_settings::is_on(source, "quote_answered"),
        max_bytes: max_bytes(source),
        link_large_files: links_files(source),
        max_text: MAIL_BODY_MAX,
    })
}

/// Why nothing can be sent from a mailbox.
fn cannot_send(source: &Source) -> Option<Fault> {
    let fault = || Reason::SwitchedOff.says("this mailbox has no server that mails go out by");
    (!mail_settings::sends(source)).then(fault)
}

/// How large a mail may be, in bytes.
pub(crate) fn max_bytes(source: &Source) -> i64 {
    source_settings::number(source, "smtp_max_bytes").unwrap_or(i64::MAX)
}

/// Under which name mails of a user go out, or those that the source writes by itself.
fn from_name(source: &Source, user: Option<&User>) -> String {
    user.map_or_else(|| source.name.clone(), |user| sender_name(user, source))
}

fn subject_of(thread: &Thread) -> String {
    mail::answer_subject(thread.title.as_deref().unwrap_or_default())
}

/// Prepares the mail of what a user writes with these files, and gives it its subject.
///
/// # Errors
/// 422 when nothing can be sent from here, what is said of it is not acceptable, or it is too large.
pub(crate) async fn draft(
    tx: &mut Tx,
    actor: &Actor,
    source: &Source,
    content: &mut Content,
    about: (&Thread, Option<&Content>),
    given: &MailIn,
    files: &[Attachment],
) -> Result<Draft> {
    let mut draft = prepare(tx, source, Some(&actor.user), content, about, given).await?;
    draft.mail.linked = linked(source, &content.body, files)?.map(Json);
    content.title = Some(draft.title.clone());
    Ok(draft)
}

/// Prepares the mail of what a source says by itself in answer to a content; none when nothing can be sent, or to nobody.
pub(crate) async fn automatic(
    tx: &mut Tx,
    source: &Source,
    content: &mut Content,
    thread: &Thread,
) -> Result<Option<Draft>> {
    let answered = match &content.in_reply_to_id {
        Some(id) => contents::find(tx, &Scope::All, id).await?,
        None => None,
    };
    // One address gets it, and nothing of what was written under a name that may be somebody else's.
    let to = match &answered {
        Some(answered) => match answers_to(tx, source, answered).await? {
            Some(to) => Some(vec![to]),
            None => return Ok(None),
        },
        None => None,
    };
    let given = MailIn { to, quotes: Some(false), ..MailIn::default() };
    match prepare(tx, source, None, content, (thread, answered.as_ref()), &given).await {
        Ok(draft) => {
            content.title = Some(draft.title.clone());
            Ok(Some(draft))
        }
        Err(Error::Unprocessable(..) | Error::Invalid { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Prepares the mail of a content that is about to be written: an answer to `answered`, or one that begins a conversation.
///
/// # Errors
/// 422 when nothing can be sent from here, or what is said of it is not acceptable.
async fn prepare(
    tx: &mut Tx,
    source: &Source,
    user: Option<&User>,
    content: &Content,
    (thread, answered): (&Thread, Option<&Content>),
    given: &MailIn,
) -> Result<Draft> {
    if let Some(fault) = cannot_send(source) {
        return Err(Error::Unprocessable(CANNOT_SEND, fault));
    }
    let title = match (content.title.as_deref().filter(|title| !title.trim().is_empty()), answered) {
        (Some(title), _) if title.chars().count() > TITLE_MAX => {
            return Err(Error::invalid("title", Fault::too_long(TITLE_MAX)));
        }
        (Some(title), _) => title.to_owned(),
        (None, Some(_)) => subject_of(thread),
        (None, None) => return Err(Error::missing("title")),
    };
    let [to, cc, hidden] = recipients(tx, source, answered, given).await?;
    let own = mail_from::address(tx, source, answered, given.from.as_deref()).await?;
    let name = from_name(source, user);
    let sender = mail::Party::new(Some(&name), &own).map_err(|_| not_an_address("imap_smtp_email", &own))?;
    let shown = |all: &[mail::Party]| Json(all.iter().map(mail::Party::shown).collect::<Vec<_>>());
    let signature = match given.unsigned {
        true => None,
        false => signed_as(tx, source, user, content.language.as_deref()).await?,
    };
    let quotes = given.quotes.unwrap_or_else(|| source_settings::is_on(source, "quote_answered"));
    let (content_id, now) = (content.id.clone(), tx.now());
    let fields = [("to", &to), ("cc", &cc), ("bcc", &hidden)];
    let all = fields.into_iter().flat_map(|(field, all)| all.iter().map(move |party| (field, party)));
    let recipients = (0..).zip(all).map(|(ordinal, (field, party))| MailRecipient {
        content_id: content_id.clone(),
        ordinal,
        field: field.to_owned(),
        address: party.address().to_lowercase(),
        state: MailState::Waiting,
        code: None,
        reason: None,
        updated_at: now,
    });
    Ok(Draft {
        title,
        recipients: recipients.collect(),
        mail: Mail {
            content_id: content.id.clone(),
            source_id: source.id.clone(),
            fingerprint: String::new(),
            headers: Json::default(),
            sender: Some(sender.shown()),
            reply_to: Json::default(),
            recipients: shown(&to),
            copied: shown(&cc),
            thread_reason: String::new(),
            quote_from: None,
            notes: Json::default(),
            hidden: shown(&hidden),
            signature,
            quotes: quotes && answered.is_some(),
            linked: None,
            forwarded_from: None,
            left_out: None,
        },
    })
}

/// The files of a mail that it has as links, so that the others fit into it; none where its source sends no links.
///
/// # Errors
/// 422 `mail_too_large` when it does not fit all the same.
fn linked(source: &Source, body: &str, files: &[Attachment]) -> Result<Option<Vec<AttachmentId>>> {
    let (most, links) = (max_bytes(source), links_files(source));
    match mail_links::chosen(files, body, most, &[]) {
        Some(linked) if links => Ok(Some(linked)),
        Some(linked) if linked.is_empty() => Ok(None),
        _ => {
            let message = format!("the mail would be larger than the {most} bytes that its server takes");
            Err(Error::Unprocessable("mail_too_large", Reason::TooLarge.says(message).with("max", most)))
        }
    }
}

/// Whether files that are too large for a mail go as links.
fn links_files(source: &Source) -> bool {
    source_settings::is_on(source, "link_large_files")
}

/// Writes what a content has that goes out as a mail.
pub(crate) async fn keep(tx: &mut Tx, draft: &Draft) -> Result<()> {
    tx.insert(&draft.mail).await?;
    for recipient in &draft.recipients {
        tx.insert(recipient).await?;
    }
    Ok(())
}

/// With whom a conversation is begun: the first of those that its first mail is written to.
///
/// # Errors
/// 422 when nobody is named, or what is named is no address.
pub(crate) fn begun_with(given: &MailIn) -> Result<mail::Party> {
    let first = given.to.as_deref().unwrap_or_default().iter().find(|text| !text.trim().is_empty());
    read("to", first.ok_or_else(|| Error::missing("to"))?)
}

/// Who gets a mail: those who are named, or whom an answer goes to by itself; each once.
async fn recipients(
    tx: &mut Tx,
    source: &Source,
    answered: Option<&Content>,
    given: &MailIn,
) -> Result<[Vec<mail::Party>; 3]> {
    let usual = match answered {
        Some(answered) => addressed(tx, source, answered, given.reply_all).await?,
        None => Addressed::default(),
    };
    let to = given.to.clone().unwrap_or(usual.to);
    let cc = given.cc.clone().unwrap_or(if given.to.is_none() { usual.cc } else { Vec::new() });
    let bcc = given.bcc.clone().unwrap_or_default();
    let (mut seen, mut all) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
    for (place, (field, texts)) in [("to", to), ("cc", cc), ("bcc", bcc)].into_iter().enumerate() {
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            let party = read(field, text)?;
            let address = party.address().to_lowercase();
            if seen.contains(&address) {
                continue;
            }
            if seen.len() == RECIPIENTS_MAX {
                return Err(Error::invalid(field, Fault::too_many(RECIPIENTS_MAX)));
            }
            seen.push(address);
            all[place].push(party);
        }
    }
    if all[0].is_empty() {
        return Err(Error::missing("to"));
    }
    Ok(all)
}

fn read(field: &str, text: &str) -> Result<mail::Party> {
    let party = mail::Party::written(text).map_err(|_| not_an_address(field, text))?;
    checked_email(&party.address()).map_err(|_| not_an_address(field, text))?;
    Ok(party)
}

fn not_an_address(field: &str, text: &str) -> Error {
    let bad = text::beginning(text.trim(), 100);
    Error::invalid(field, Reason::Email.says(format!("{bad} is not an e-mail address")).with("name", bad))
}

/// The address that a machine's answer to a content goes to, in lower case; none where it would be the company's own, or a
/// machine's.
pub(crate) async fn answers_to(tx: &mut Tx, source: &Source, said: &Content) -> Result<Option<String>> {
    if rows::find(tx, &said.id).await?.as_ref().is_some_and(is_of_machine) {
        return Ok(None);
    }
    let to = addressed(tx, source, said, false).await?.to.into_iter().next();
    let address = to.and_then(|to| mail::Party::written(&to).ok()).map(|party| party.address().to_lowercase());
    let Some(address) = address else { return Ok(None) };
    Ok(Some(address).filter(|address| !mail::is_machine(address) && !mail_settings::is_own(source, address)))
}

/// Whether a machine's address has sent a mail, and names nobody else to be answered.
fn is_of_machine(mail: &Mail) -> bool {
    let sender = mail.sender.as_deref().and_then(|text| ::mail::Party::written(text).ok());
    mail.reply_to.is_empty() && sender.is_some_and(|party| ::mail::is_machine(&party.address().to_lowercase()))
}

/// Whom the answer to a content goes to by itself.
async fn addressed(tx: &mut Tx, source: &Source, answered: &Content, all: bool) -> Result<Addressed> {
    let Some(mail) = rows::find(tx, &answered.id).await? else { return of_person(tx, &answered.author_id).await };
    // A machine that reports reads no answer: the customer of its conversation is meant.
    if is_of_machine(&mail)
        && let Some(thread) = threads::find(tx, &Scope::All, &answered.thread_id).await?
        && let Some(customer) = thread.identity_id.filter(|id| *id != answered.author_id)
    {
        let meant = of_person(tx, &customer).await?;
        if !meant.to.is_empty() {
            return Ok(meant);
        }
    }
    let address = |text: &String| mail::Party::written(text).ok().map(|party| party.address().to_lowercase());
    let own = |text: &String| address(text).is_none_or(|address| mail_settings::is_own(source, &address));
    let listed = source.settings.get("cc_blacklist").and_then(Value::as_array);
    let never: Vec<String> =
        listed.into_iter().flatten().filter_map(Value::as_str).map(|one| one.trim().to_lowercase()).collect();
    // What the company wrote goes to those whom that went to.
    let ours = mail.sender.as_ref().is_some_and(own) && mail.reply_to.iter().all(own);
    // A form that names us as the one to be answered means its sender.
    let sender = match mail.reply_to.iter().all(own) {
        true => mail.sender.iter().cloned().collect(),
        false => mail.reply_to.0.clone(),
    };
    let mut to: Vec<String> = if ours { mail.recipients.0.clone() } else { sender };
    to = to.iter().filter_map(|text| mail::Party::written(text).ok()).map(|party| party.shown()).collect();
    if to.iter().any(|text| !own(text)) {
        to.retain(|text| !own(text));
    }
    if !all {
        return Ok(Addressed { to, cc: Vec::new() });
    }
    let mut seen: Vec<String> = to.iter().filter_map(address).collect();
    let mut new = |text: &String| {
        let Some(address) = address(text) else { return false };
        let fits = !mail_settings::is_own(source, &address) && !never.contains(&address) && !seen.contains(&address);
        seen.extend(fits.then_some(address));
        fits
    };
    if !ours {
        to.extend(mail.recipients.iter().filter(|text| new(text)).cloned().collect::<Vec<_>>());
    }
    let cc = mail.copied.iter().filter(|text| new(text)).cloned().collect();
    Ok(Addressed { to, cc })
}

/// Whom one answers who wrote otherwise than by mail.
async fn of_person(tx: &mut Tx, id: &IdentityId) -> Result<Addressed> {
    let author = identity::find(tx, id).await?.filter(|author| !author.controlled);
    let to = author
        .and_then(|author| author.email.or(Some(author.foreign_id)))
        .filter(|to| mail::Party::written(to).is_ok());
    Ok(Addressed { to: to.into_iter().collect(), cc: Vec::new() })
}

/// What stands below a mail: the user's signature for the source and the language, else that of the source.
async fn signed_as(
    tx: &mut Tx,
    source: &Source,
    user: Option<&User>,
    language: Option<&str>,
) -> Result<Option<String>> {
    let language = language.or_else(|| source.setting("default_content_language"));
    if let Some(user) = user {
        let mut own = signature::of_user(tx, &user.id).await?;
        own.retain(|one| one.source_ids.is_empty() || one.source_ids.contains(&source.id));
        let fit = |one: &signature::Signature| {
            let speaks = one.language.as_deref().map(|spoken| Some(spoken) == language);
            (speaks != Some(false), !one.source_ids.is_empty(), speaks == Some(true))
        };
        // Of those that fit as well, the newest.
        if let Some(best) = own.iter().rev().max_by_key(|one| fit(one)) {
            return Ok(Some(best.body.clone()));
        }
    }
    let listed = source.settings.get("signatures").and_then(Value::as_array);
    let all: Vec<(Option<&str>, &str)> = listed
        .into_iter()
        .flatten()
        .filter_map(|one| Some((one.get("language").and_then(Value::as_str), one.get("body")?.as_str()?)))
        .filter(|(_, body)| !body.trim().is_empty())
        .collect();
    let best = all.iter().find(|(spoken, _)| language.is_some() && *spoken == language).or_else(|| all.first());
    Ok(best.map(|(_, body)| (*body).to_owned()))
}
