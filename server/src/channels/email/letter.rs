//! A mail read: what of it a content is made of, with its files kept.

use bytes::Bytes;
use mail::{Action, Letter as Read, Note, ReportKind};
use model::{ContentId, MailState, ThreadId, Timestamp};
use serde_json::{Map, Value, json};
use store::source::Source;

use crate::app::App;
use crate::domain::attachment::NewAttachment;
use crate::domain::mail_copy::MAILBOX as SENT_MAILBOX;
use crate::domain::mail_report::{Report, Reported};
use crate::domain::mailed::{Enclosed, LeftOut, Letter, Party};
use crate::domain::{Error, Result};
use crate::uploads;

/// A mail as it came.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) mailbox: String,
    pub(super) uid: u32,
    pub(super) validity: u32,
    /// Whose mailbox it is in, as a number; none where nobody has noted it.
    pub(super) account: Option<u32>,
    /// When the server got it.
    pub(super) at: Option<Timestamp>,
    /// It was there before the source was connected.
    pub(super) old: bool,
    /// There is more of it than was fetched, which is its beginning.
    pub(super) cut: bool,
    /// The parts that were not fetched.
    pub(super) left_out: Vec<LeftOut>,
}

/// Why a mail was not read.
pub(super) enum Unread {
    Mail(String),
    Ours(Error),
}

/// Reads a mail, and keeps its files.
pub(super) async fn read(
    app: &App,
    source: &Source,
    came: &Came,
    bytes: Bytes,
    raw: (String, i64),
) -> std::result::Result<Letter, Unread> {
    // A large one takes a while: nothing else waits for it.
    let trusted = source.setting("authserv_id").map(str::to_owned);
    let reading = tokio::task::spawn_blocking(move || Read::read(&bytes, trusted.as_deref()));
    let mut read = reading.await.map_err(|error| Unread::Mail(format!("it cannot be read: {error}")))?;
    let sent = source.setting(SENT_MAILBOX).is_some_and(|name| name == came.mailbox);
    let mut notes = noted(&read);
    if came.cut {
        notes.push("mail_cut".into());
    }
    let mut files = Vec::new();
    let mut left_out = came.left_out.clone();
    for file in std::mem::take(&mut read.files) {
        let (name, size) = (file.name.clone(), i64::try_from(file.bytes.len()).unwrap_or(i64::MAX));
        let content_id = file.content_id.filter(|_| file.inline);
        match kept(app, source, file.name, file.content_type, file.bytes).await {
            Ok(file) => files.push(Enclosed { file, content_id }),
            Err(Error::TooLarge(_)) => left_out.push(LeftOut { name, size }),
            Err(Error::Unprocessable(..)) => notes.push("file_empty".into()),
            Err(error) => return Err(Unread::Ours(error)),
        }
    }
    Ok(Letter { sent, left_out, ..letter(app, read, came, files, notes, raw) })
}

async fn kept(app: &App, source: &Source, filename: String, kind: String, bytes: Vec<u8>) -> Result<NewAttachment> {
    let (sha256, size) = uploads::take_in(app, Bytes::from(bytes)).await?;
    let known = uploads::media_type(&filename);
    let content_type = if known == "application/octet-stream" { kind } else { known.to_owned() };
    let uploader = format!("source:{}", source.id);
    Ok(NewAttachment { uploader, filename, content_type, size, sha256, private: true })
}

/// What people have to know of a mail, by keys of words.
fn noted(read: &Read) -> Vec<String> {
    let of = |note: &Note| match note {
        Note::TextCut => Some("text_cut"),
        Note::FilesCut | Note::PartsCut => Some("files_cut"),
        Note::Repeated(_) | Note::HeadersCut | Note::AddressesCut | Note::FilesAlone => None,
    };
    let guard = read.guard.as_ref().filter(|guard| matches!(guard, mail::Guard::Encrypted)).map(|_| "encrypted");
    let forged = (read.genuine == Some(false)).then_some("forged");
    let all = read.notes.iter().filter_map(of).chain(guard).chain(forged);
    all.map(str::to_owned).collect()
}

fn letter(app: &App, read: Read, came: &Came, files: Vec<Enclosed>, notes: Vec<String>, raw: (String, i64)) -> Letter {
    let keys = mail::Keys(&app.keys);
    let party = |person: mail::Person| Party { name: person.name, address: person.address };
    let parties = |all: Vec<mail::Person>| all.into_iter().map(party).collect::<Vec<_>>();
    let recipients = read.to.iter().chain(&read.cc);
    let thread_id = recipients.filter_map(|to| keys.thread(&to.address)).find_map(|id| ThreadId::parse(&id));
    let reports = read.report.as_ref().and_then(|report| report.original.clone());
    let named = read.in_reply_to.iter().chain(&read.references).chain(&reports);
    let ours = named.filter_map(|id| Some((id.clone(), ContentId::parse(&keys.content(id)?)?))).collect();
    let named = |id: &str| ContentId::parse(&keys.content(id)?);
    let traced = read.trace.as_deref().and_then(|trace| keys.traced(trace));
    let itself = read.message_id.as_deref().and_then(named).or_else(|| ContentId::parse(&traced.as_ref()?.0));
    let enveloped = |name: &str| ContentId::parse(&keys.enveloped(name)?);
    let reported = read.report.as_ref().map(|report| reported(report, read.from.as_ref(), named, enveloped));
    let quote_from = read.quote_from.and_then(|at| i64::try_from(read.body[..at].chars().count()).ok());
    Letter {
        key: read.key(),
        other_key: read.other_key(),
        print: read.print().to_owned(),
        thread_id,
        ours,
        is_report: matches!(read.report.as_ref().map(|report| report.kind), Some(ReportKind::Delivery)),
        itself,
        traced: traced.map(|(_, count)| count),
        reports,
        reported,
        quote_from,
        headers: headers(&read.headers),
        automatic: read.automatic.is_some() || read.report.is_some(),
        spam: (read.spam.score, read.spam.flagged),
        genuine: read.genuine,
        sent: false,
        came_at: came.at,
        message_id: read.message_id,
        in_reply_to: read.in_reply_to,
        references: read.references,
        from: read.from.map(party),
        reply_to: parties(read.reply_to),
        forwarded_from: read.forwarded_from.map(party),
        to: parties(read.to),
        cc: parties(read.cc),
        subject: read.subject,
        written_at: read.date.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))).or(came.at),
        body: read.body,
        html: read.html,
        notes,
        files,
        left_out: Vec::new(),
        raw,
        old: came.old,
        wanted: false,
    }
}

/// What a report says, and the content of ours that it is about where it names that as we did.
fn reported(
    report: &mail::Report,
    from: Option<&mail::Person>,
    named: impl Fn(&str) -> Option<ContentId>,
    enveloped: impl Fn(&str) -> Option<ContentId>,
) -> (Option<ContentId>, Report) {
    let envelope = || enveloped(report.envelope.as_deref()?.trim());
    let about = report.original.as_deref().and_then(named).or_else(envelope);
    let state = |action: Action| match action {
        Action::Failed => Some(MailState::Failed),
        Action::Delivered => Some(MailState::Delivered),
        Action::Displayed => Some(MailState::Read),
        Action::Delayed | Action::Relayed | Action::Expanded | Action::Other => None,
    };
    let mut recipients: Vec<Reported> = report
        .recipients
        .iter()
        .map(|one| Reported {
            // What was shown was shown to whoever says so.
            address: one.address.as_deref().or(from.map(|from| from.address.as_str())).map(str::to_lowercase),
            state: state(one.action),
            code: one.status.clone(),
            reason: one.diagnostic.clone(),
        })
        .collect();
    if report.kind == ReportKind::Unreadable && recipients.is_empty() {
        let reason = Some("a report that only people can read".to_owned());
        recipients.push(Reported { address: None, state: Some(MailState::Failed), code: None, reason });
    }
    (about, Report { recipients })
}

/// Lists of values by name.
fn headers(all: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in all {
        if let Value::Array(values) = map.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(value.clone().into());
        }
    }
    map
}
