//! What servers and programs report of a mail of ours: that it did not arrive (RFC 3464), that it was shown (RFC 8098),
//! that somebody complains of it (RFC 5965); and bounces that are no such report.

use super::address;
use super::body::decoded;
use super::charset;
use super::header::{Headers, Hint, text as header_text};
use super::ids;
use super::part::{Part, Parts};

/// How many recipients of a report are read.
const RECIPIENTS_MAX: usize = 500;

/// How many lines of a report's words for people are looked at.
const LINES_MAX: usize = 200;

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether a mail arrived.
    Delivery,
    /// What its reader's program did with it.
    Disposition,
    /// A complaint.
    Complaint,
    /// It did not arrive, in words that only people read.
    Unreadable,
}

/// What became of a mail for one who should get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It will not arrive.
    Failed,
    /// It has not arrived yet.
    Delayed,
    /// It has arrived.
    Delivered,
    /// It was handed to a server that will not say more.
    Relayed,
    /// It went on to several.
    Expanded,
    /// It was shown.
    Displayed,
    /// It was deleted without being shown, or something else.
    Other,
}

/// One who should have got a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their address, when the report has it.
    pub address: Option<String>,
    /// What became of it.
    pub action: Action,
    /// The code of RFC 3463, such as `5.1.1`.
    pub status: Option<String>,
    /// The words of the server.
    pub diagnostic: Option<String>,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it is about.
    pub kind: Kind,
    /// The `Message-ID` of the mail that it is about.
    pub original: Option<String>,
    /// What we had called that one's envelope (`ENVID`).
    pub envelope: Option<String>,
    /// Whom it tells of.
    pub recipients: Vec<Recipient>,
}

/// Reads the report that a mail is; none when it is none. `bounced`: it was sent by a server, or from nobody.
pub(crate) fn read(parts: &Parts<'_>, bounced: bool, hint: Hint<'_>) -> Option<Report> {
    let root = parts.all.first()?;
    // Somebody who passes a report on reports nothing.
    if !bounced && root.kind() != "multipart/report" {
        return None;
    }
    let of_kind = |kinds: &[&str]| parts.all.iter().find(|part| kinds.contains(&part.kind()));
    let mut report = Report { kind: Kind::Unreadable, original: None, envelope: None, recipients: Vec::new() };
    if let Some(part) = of_kind(&["message/delivery-status", "message/global-delivery-status"]) {
        report.kind = Kind::Delivery;
        deliveries(&mut report, &decoded(part), hint);
        say_why(&mut report, parts);
    } else if let Some(part) = of_kind(&["message/disposition-notification", "message/global-disposition-notification"])
    {
        report.kind = Kind::Disposition;
        disposition(&mut report, &decoded(part), hint);
    } else if let Some(part) = of_kind(&["message/feedback-report"]) {
        report.kind = Kind::Complaint;
        let bytes = decoded(part);
        let (fields, _) = Headers::read(&bytes);
        report.envelope = fields.text("Original-Envelope-Id", hint);
    }
    let copy = of_kind(&["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"]);
    report.original = report.original.or_else(|| copy.and_then(copied_id)).or_else(|| told_id(parts));
    if report.kind == Kind::Unreadable {
        unreadable(&mut report, parts, root, hint);
        if report.original.is_none() && report.recipients.is_empty() {
            return None;
        }
    }
    Some(report)
}

/// The `Message-ID` in a copy of a mail.
fn copied_id(part: &Part<'_>) -> Option<String> {
    let bytes = decoded(part);
    let (headers, _) = Headers::read(&bytes);
    ids::one(headers.first("Message-ID")?)
}

/// The `Message-ID` of a line in any text.
fn told_id(parts: &Parts<'_>) -> Option<String> {
    parts.all.iter().filter(|part| part.children.is_empty() && part.kind().starts_with("text/")).find_map(|part| {
        let bytes = decoded(part);
        let lines = bytes.split(|b| *b == b'\n').take(2000);
        lines.filter_map(|line| line.trim_ascii_start().split_at_checked(11)).find_map(|(name, rest)| {
            let id = name.eq_ignore_ascii_case(b"message-id:").then(|| ids::one(rest)).flatten();
            id.filter(|id| id.contains('@'))
        })
    })
}

fn deliveries(report: &mut Report, bytes: &[u8], hint: Hint<'_>) {
    let mut rest = bytes;
    while !rest.is_empty() && report.recipients.len() < RECIPIENTS_MAX {
        let (fields, length) = Headers::read(rest);
        // A line that is none of a head is passed over.
        let length = if length > 0 { length } else { memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1) };
        rest = &rest[length..];
        report.envelope = report.envelope.take().or_else(|| fields.text("Original-Envelope-Id", hint));
        let Some(action) = fields.word("Action") else { continue };
        let action = match action.as_str() {
            "failed" => Action::Failed,
            "delayed" => Action::Delayed,
            "delivered" => Action::Delivered,
            "relayed" => Action::Relayed,
            "expanded" => Action::Expanded,
            _ => Action::Other,
        };
        report.recipients.push(Recipient {
            address: recipient(&fields, hint),
            action,
            status: fields.word("Status").and_then(|status| status.split_whitespace().next().map(str::to_owned)),
            diagnostic: fields.text("Diagnostic-Code", hint).map(|told| after_type(&told)),
        });
    }
}

/// Adds the words for people where a server tells programs a code alone (Exim, of what it refuses itself): they stand below
/// the address, further in.
fn say_why(report: &mut Report, parts: &Parts<'_>) {
    let bare = |one: &&mut Recipient| one.action == Action::Failed && one.diagnostic.is_none();
    let mut bare = report.recipients.iter_mut().filter(bare).peekable();
    if bare.peek().is_none() {
        return;
    }
    let text = first_text(parts);
    for recipient in bare {
        let Some(address) = recipient.address.as_deref() else { continue };
        let indent = |line: &str| line.len() - line.trim_start().len();
        let mut lines = text.lines().take(LINES_MAX).skip_while(|line| {
            let told = line.trim().trim_end_matches(':');
            !told.trim_start_matches('<').trim_end_matches('>').eq_ignore_ascii_case(address)
        });
        let Some(named) = lines.next() else { continue };
        let below = lines.take_while(|line| !line.trim().is_empty() && indent(line) > indent(named));
        let why = below.map(str::trim).collect::<Vec<_>>().join(" ");
        recipient.diagnostic = Some(text::beginning(&why, 1000).to_owned()).filter(|why| !why.is_empty());
    }
}

/// The first text of a mail.
fn first_text(parts: &Parts<'_>) -> String {
    let text = parts.all.iter().find(|part| part.children.is_empty() && part.kind().starts_with("text/"));
    text.map(|part| charset::decode(&decoded(part), None, None)).unwrap_or_default()
}

fn disposition(report: &mut Report, bytes: &[u8], hint: Hint<'_>) {
    let (fields, _) = Headers::read(bytes);
    report.original = fields.first("Original-Message-ID").and_then(ids::one);
    report.envelope = fields.text("Original-Envelope-Id", hint);
    let told = fields.text("Disposition", hint).unwrap_or_default().to_ascii_lowercase();
    let word = told.rsplit(';').next().unwrap_or_default().trim();
    let action = if word.starts_with("displayed") { Action::Displayed } else { Action::Other };
    report.recipients.push(Recipient { address: recipient(&fields, hint), action, status: None, diagnostic: None });
}

/// Whom some fields tell of: as we had written it, when that is told.
fn recipient(fields: &Headers<'_>, hint: Hint<'_>) -> Option<String> {
    let original = fields.first("Original-Recipient").and_then(|value| address_of(value, hint));
    original.or_else(|| fields.first("Final-Recipient").and_then(|value| address_of(value, hint)))
}

fn address_of(value: &[u8], hint: Hint<'_>) -> Option<String> {
    let told = after_type(&header_text(value, hint));
    address::read(told.as_bytes(), hint).all.into_iter().next().map(|person| person.address)
}

/// A value behind its type, such as `rfc822;`.
fn after_type(told: &str) -> String {
    let told = told.split_once(';').filter(|(kind, _)| !kind.contains([' ', '@'])).map_or(told, |(_, rest)| rest);
    text::beginning(told.trim(), 1000).to_owned()
}

/// A bounce in words: whom it names, and the first lines that look like an answer of a server.
fn unreadable(report: &mut Report, parts: &Parts<'_>, root: &Part<'_>, hint: Hint<'_>) {
    let named = root.headers.first("X-Failed-Recipients").map(|value| address::read(value, hint).all);
    let text = first_text(parts);
    let lines: Vec<&str> = text.lines().take(LINES_MAX).collect();
    let told = lines.iter().filter_map(|line| line.trim().strip_prefix('<')?.strip_suffix(">:"));
    let mut addresses: Vec<String> = named.into_iter().flatten().map(|person| person.address).collect();
    addresses.extend(told.filter(|told| told.contains('@')).map(str::to_owned));
    addresses.sort_unstable();
    addresses.dedup();
    let answer = lines.iter().find_map(|line| status_in(line).map(|status| (status, line.trim())));
    for address in addresses.into_iter().take(RECIPIENTS_MAX) {
        report.recipients.push(Recipient {
            address: Some(address),
            action: Action::Failed,
            status: answer.as_ref().map(|(status, _)| status.clone()),
            diagnostic: answer.as_ref().map(|(_, line)| text::beginning(line, 1000).to_owned()),
        });
    }
}

/// A code such as `5.1.1` in a line.
fn status_in(line: &str) -> Option<String> {
    let parted = |c: char| !c.is_ascii_digit() && c != '.';
    line.split(parted).map(|word| word.trim_matches('.')).find_map(|word| {
        let numbers: Vec<&str> = word.split('.').collect();
        let fits = numbers.len() == 3 && matches!(numbers[0], "4" | "5");
        (fits && numbers.iter().all(|n| (1..=3).contains(&n.len()))).then(|| word.to_owned())
    })
}
