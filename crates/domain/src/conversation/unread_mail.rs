//! Mails to visitors who have not read what agents wrote: one for a conversation, once what waits there longest is as old as
//! the source says. Each content is mailed once, whoever stops in between: what a mail has is written down with it.

use std::collections::HashMap;

use model::{ChatMode, MailKind, ThreadId, Timestamp};
use store::attachment::{self, Attachment};
use store::chat_mail::{self, ChatMail, Mailed};
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::user::{self, User};
use store::{Scope, Tx, chat_contact, visitor};
use url::Url;

use crate::base::{Actor, Error, Pace, Reason, Result, checks::checked_email};
use crate::conversation::structured;
use crate::desk::mail::{self, LADDER_SECONDS, Outgoing, Pen, not_configured};
use crate::setup::mail_template::{self, TemplateIn};
use crate::setup::mail_words::{Said, Values, row, timestamp};
use crate::setup::{allowed_domains, source_settings, time_sheet};

/// Messages in one mail at the most.
const MESSAGES_MAX: usize = 50;
/// Mails of a source to one address in a day at the most.
const MAILS_A_DAY: usize = 10;
/// Mails in a day with which words are tried out, of the whole desk.
const PREVIEWS_A_DAY: i64 = 50;
const DAY: i64 = 24 * 3600;
/// How many conversations are looked at in one transaction.
const BATCH: i64 = 20;

/// Notes that an agent's content is there for the visitor of a chat to read. The thread is held.
pub(crate) async fn await_reader(tx: &mut Tx, content: &Content, thread: &Thread, source: &Source) -> Result<()> {
    // What a machine says by itself is nobody's wait.
    if content.auto_submitted { Ok(()) } else { look_later(tx, thread, source).await }
}

/// Has a conversation looked at, once what may wait in it is old enough. The thread is held.
pub(crate) async fn look_later(tx: &mut Tx, thread: &Thread, source: &Source) -> Result<()> {
    let over_days = thread.chat_mode == Some(ChatMode::Messaging);
    match source_settings::number(source, "unread_email_delay") {
        Some(delay) if over_days && source_settings::is_on(source, "unread_email") => {
            Ok(chat_mail::await_look(tx, &thread.id, delay).await?)
        }
        _ => Ok(()),
    }
}

/// Looks at the conversations whose time has come, some at the most, and writes the mails that are due; tells how many were
/// looked at, and when the next time comes. Where no mails are sent, nobody waits for one. Safe to do twice.
pub async fn write_due(tx: &mut Tx, pen: Option<Pen<'_>>) -> Result<(usize, Option<Timestamp>)> {
    let mut due = chat_mail::due(tx, BATCH).await?;
    // Held in the order in which everybody holds several.
    due.sort();
    let count = due.len();
    for id in due {
        let Some(thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        let now = tx.now();
        // Somebody else may have looked while it was awaited.
        let known = chat_mail::find(tx, &id).await?;
        let Some(mut known) = known.filter(|row| row.due_at.is_some_and(|at| at <= now)) else { continue };
        known.due_at = match pen {
            Some(pen) if known.unsubscribed_at.is_none() => look(tx, pen, &thread, &mut known).await?,
            _ => None,
        };
        known.due_after = known.due_at.map_or(0, |at| at.seconds_since(now) + 1);
        tx.update(&known).await?;
    }
    Ok((count, chat_mail::next_due(tx).await?))
}

/// Writes the mail of a held thread, if there is one to write; tells when to look again.
async fn look(tx: &mut Tx, pen: Pen<'_>, thread: &Thread, known: &mut ChatMail) -> Result<Option<Timestamp>> {
    let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
    let sends = source.active && source_settings::is_on(&source, "unread_email");
    let Some(delay) = source_settings::number(&source, "unread_email_delay").filter(|_| sends) else { return Ok(None) };
    let mut waits = chat_mail::unread(tx, &thread.id, MESSAGES_MAX as i64 + 1).await?;
    let Some(first) = waits.iter().find(|content| !content.auto_submitted) else { return Ok(None) };
    let due = first.created_at.plus_seconds(delay);
    if due > tx.now() {
        return Ok(Some(due));
    }
    let Some(reader) = thread.identity_id.clone() else { return Ok(None) };
    let Some(address) = chat_contact::address_of(tx, &reader).await? else { return Ok(None) };
    let sent = chat_mail::sent_since(tx, &source.id, &address, tx.now().plus_seconds(-DAY)).await?;
    if let Some(first) = sent.len().checked_sub(MAILS_A_DAY).and_then(|over| sent.get(over)) {
        return Ok(Some(first.plus_seconds(DAY)));
    }
    let reader = identity::find(tx, &reader).await?.ok_or(Error::NotFound("identity"))?;
    let rest = waits.split_off(waits.len().min(MESSAGES_MAX)).into_iter().next();
    known.batches += 1;
    let Said { subject, text, html } = compose(tx, pen, thread, &source, &reader, &address, &waits).await?;
    let name = source.setting("email_sender_name").unwrap_or(&source.name).to_owned();
    let mail = Outgoing {
        recipient_name: Some(name_of(&reader)).filter(|name| !name.is_empty()),
        sender_name: Some(name),
        about: Some((source.id.clone(), thread.id.clone())),
        html: Some(html),
        named: Some(format!("{}.{}", thread.id, known.batches)),
        kept: LADDER_SECONDS,
        ..Outgoing::new(MailKind::Unread, address, subject, text)
    };
    let mail = mail::send(tx, pen, None, mail).await?;
    for content in waits {
        tx.insert(&Mailed { content_id: content.id, mail_id: mail.id.clone() }).await?;
    }
    Ok(rest.map(|content| content.created_at.plus_seconds(delay)))
}

/// What a mail says.
async fn compose(
    tx: &mut Tx,
    pen: Pen<'_>,
    thread: &Thread,
    source: &Source,
    reader: &Identity,
    address: &str,
    waits: &[Content],
) -> Result<Said> {
    let spoken = content::last_said(tx, &thread.id, &reader.id).await?.and_then(|said| said.language);
    let spoken = spoken.or_else(|| source.setting("default_content_language").map(str::to_owned));
    let language = spoken.as_deref().unwrap_or("en");
    let words = mail_template::choose(tx, source, language).await?;
    let zone = time_sheet::calendar_of_source(tx, source).await?.zone().clone();
    let ids: Vec<_> = waits.iter().map(|content| content.id.clone()).collect();
    let files = attachment::of_contents(tx, &ids).await?;
    let rows = waits.iter().map(|content| {
        let name = content.sender_name.as_deref().unwrap_or(&source.name);
        row(timestamp(content.created_at, &zone, words.language()), name, &told(content, &files))
    });
    let messages = rows.collect();
    let writers = waits.iter().rev().find_map(|content| content.creator_id.clone());
    let writer = match writers {
        Some(id) => user::ever(tx, &[id]).await?.pop(),
        None => None,
    };
    let agent = waits.last().and_then(|content| content.sender_name.clone());
    let link = back(tx, thread, source, reader).await?;
    let mut texts = of_reader(reader, address);
    texts.extend(of_writer(writer));
    texts.extend([
        ("title", thread.shown_title().unwrap_or_default().to_owned()),
        ("source", source.name.clone()),
        ("agent", agent.unwrap_or_else(|| source.name.clone())),
        ("back_to_chat_link", link.unwrap_or_default()),
        ("unsubscribe_link", unsubscribe_url(pen, &thread.id)),
    ]);
    Ok(words.say(&Values { texts, lists: HashMap::from([("messages", messages)]) }))
}

/// A message as a mail tells it: its text, or the title of what stands for it, and the names of its files.
fn told(content: &Content, files: &[Attachment]) -> String {
    let text = Some(content.body.clone()).filter(|body| !body.trim().is_empty()).or_else(|| structured::line(content));
    let files = files.iter().filter(|file| file.content_id.as_ref() == Some(&content.id));
    text.into_iter().chain(files.map(|file| format!("📎 {}", file.filename))).collect::<Vec<_>>().join("\n")
}

/// How a visitor is called; nothing for one without a name.
fn name_of(reader: &Identity) -> String {
    let names = [&reader.firstname, &reader.lastname].into_iter().flatten().map(String::as_str);
    let name = names.collect::<Vec<_>>().join(" ");
    if name.trim().is_empty() { reader.screenname.clone().unwrap_or_default() } else { name }
}

fn of_reader(reader: &Identity, address: &str) -> HashMap<&'static str, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    HashMap::from([
        ("identity", name_of(reader)),
        ("identity_company", text(&reader.company)),
        ("identity_email", address.to_owned()),
        ("identity_emails", address.to_owned()),
        ("identity_firstname", text(&reader.firstname)),
        ("identity_lastname", text(&reader.lastname)),
        ("identity_gender", text(&reader.gender)),
        ("identity_home_phone", text(&reader.home_phone)),
        ("identity_home_phones", text(&reader.home_phone)),
        ("identity_mobile_phone", text(&reader.mobile_phone)),
        ("identity_mobile_phones", text(&reader.mobile_phone)),
        ("identity_screenname", text(&reader.screenname)),
        ("identity_uuid", text(&reader.uuid)),
    ])
}

/// The agent who wrote last; nothing where no person did.
fn of_writer(writer: Option<User>) -> HashMap<&'static str, String> {
    let Some(writer) = writer.filter(|user| user.deleted_at.is_none()) else { return HashMap::new() };
    HashMap::from([
        ("firstname_upcase", writer.firstname.to_uppercase()),
        ("lastname_upcase", writer.lastname.to_uppercase()),
        ("firstname", writer.firstname),
        ("lastname", writer.lastname),
        ("nickname", writer.nickname.unwrap_or_default()),
        ("email", writer.email),
    ])
}

/// Where a reader gets back to the conversation: the source's page for that, else the one that they were on last, if that is
/// on one of the chat's sites: whoever names another one would have us send people there.
async fn back(tx: &mut Tx, thread: &Thread, source: &Source, reader: &Identity) -> Result<Option<String>> {
    let page = match source.setting("back_to_chat_link") {
        Some(page) => Some(page.to_owned()),
        None => visitor::last_of(tx, &source.id, &reader.id)
            .await?
            .and_then(|visit| visit.page_url)
            .filter(|page| allowed_domains::has(source, page)),
    };
    Ok(page.and_then(|page| link(&page, &thread.id)))
}

/// A page that opens a conversation; one that has a fragment of its own keeps that.
fn link(page: &str, thread: &ThreadId) -> Option<String> {
    let mut url = Url::parse(page).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if url.fragment().is_none() {
        url.set_fragment(Some(&format!("hubbub-chat={thread}")));
    }
    Some(url.into())
}

/// What is signed of the address where the visitor of a conversation has no more mails.
fn unsubscribing(thread: &ThreadId) -> String {
    format!("unsubscribe:{thread}")
}

/// The address where the visitor of a conversation has no more mails of it.
#[must_use]
pub fn unsubscribe_url(pen: Pen<'_>, thread: &ThreadId) -> String {
    format!("{}/unsubscribe/{thread}/{}", pen.url, pen.keys.signature(&unsubscribing(thread)))
}

/// The name of the source that somebody with such an address has no more mails of.
///
/// # Errors
/// 404 when the signature is none, or the conversation is gone.
pub async fn unsubscribing_from(
    tx: &mut Tx,
    keys: &crypto::Keys,
    thread: &ThreadId,
    signature: &str,
) -> Result<String> {
    let gone = || Error::NotFound("conversation");
    if !keys.verifies(&unsubscribing(thread), signature) {
        return Err(gone());
    }
    let thread = threads::find(tx, &Scope::All, thread).await?.ok_or_else(gone)?;
    Ok(source::find(tx, &thread.source_id).await?.ok_or_else(gone)?.name)
}

/// Sends no more mails about a conversation; those on their way are taken back. Gives the name of its source.
///
/// # Errors
/// As [`unsubscribing_from`].
pub async fn unsubscribe(tx: &mut Tx, keys: &crypto::Keys, thread: &ThreadId, signature: &str) -> Result<String> {
    let name = unsubscribing_from(tx, keys, thread, signature).await?;
    threads::lock(tx, &Scope::All, thread).await?;
    chat_mail::unsubscribe(tx, thread).await?;
    Ok(name)
}

/// Sends words with made-up values to an address, to look at how they arrive.
///
/// # Errors
/// 422 where no mails are sent, or when words or address are not acceptable; 429 when it was done too often today.
pub async fn try_out(
    tx: &mut Tx,
    actor: &Actor,
    pen: Option<Pen<'_>>,
    given: TemplateIn,
    to: &str,
) -> Result<mail::Detail> {
    let pen = pen.ok_or_else(not_configured)?;
    let recipient = checked_email(to).map_err(|error| match error {
        Error::Invalid { fault, .. } => Error::invalid("to", fault),
        other => other,
    })?;
    let Said { subject, text, html } = mail_template::preview(tx, given, pen.url).await?;
    let since = tx.now().plus_seconds(-DAY);
    if store::mail_delivery::count_since(tx, MailKind::Preview, since).await? >= PREVIEWS_A_DAY {
        let pace = Pace { per_minute: None, wait: 3600 };
        let fault = Reason::TooMany.says(format!("at most {PREVIEWS_A_DAY} a day")).with("max", PREVIEWS_A_DAY);
        return Err(Error::TooMany("too_many_previews", fault, Some(pace)));
    }
    let mail = Outgoing { html: Some(html), ..Outgoing::new(MailKind::Preview, recipient, subject, text) };
    let mail = mail::send(tx, pen, Some(actor), mail).await?;
    Ok(mail::Detail { mail, attempts: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_conversation_and_keeps_what_the_page_has() {
        let id = ThreadId::parse("0123456789abcdef01234567").expect("an id");
        let there = "#hubbub-chat=0123456789abcdef01234567";
        for (page, found) in [
            ("https://shop.test/cart?a=1", Some(format!("https://shop.test/cart?a=1{there}"))),
            ("https://shop.test", Some(format!("https://shop.test/{there}"))),
            ("https://shop.test/#/cart", Some("https://shop.test/#/cart".into())),
            ("https://shop.test/\"><b>", Some(format!("https://shop.test/%22%3E%3Cb%3E{there}"))),
            ("javascript:alert(1)", None),
            ("/cart", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(link(page, &id), found, "{page}");
        }
    }
}
