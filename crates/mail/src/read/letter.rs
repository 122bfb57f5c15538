//! A mail that came, read. Reading never fails: what cannot be read is left out, and noted.

use std::borrow::Cow;

use super::address::{self, Person};
use super::automatic::{self, Automatic, Spam};
use super::body::{self, File, Guard, Piece, TEXT_MAX};
use super::header::{self, Headers, Hint};
use super::part::Parts;
use super::report::{self, Report};
use super::{date, ids};
use crate::quote;

/// The longest HTML, in bytes; what is longer is a file as well.
pub const HTML_MAX: usize = 1024 * 1024;
/// How many `Received` are kept.
const RECEIVED_MAX: usize = 5;
/// The longest subject, in characters.
const SUBJECT_MAX: usize = 1000;

/// A mail that came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Letter {
    /// Its `Message-ID`, without angles. None when it has none.
    pub message_id: Option<String>,
    /// What it answers, and what that answered, oldest first; without angles.
    pub in_reply_to: Vec<String>,
    /// The mails before it, oldest first; without angles.
    pub references: Vec<String>,
    /// Who wrote it.
    pub from: Option<Person>,
    /// Where answers go, when that is told.
    pub reply_to: Vec<Person>,
    /// To whom it was written.
    pub to: Vec<Person>,
    /// Who got it as well.
    pub cc: Vec<Person>,
    /// When it was written, as it says: seconds since 1970.
    pub date: Option<i64>,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// Where in `body` (in bytes) that begins which was said before.
    pub quote_from: Option<usize>,
    /// What can be shown of its HTML, as [`richtext::letter`] gives it.
    pub html: Option<String>,
    /// Pictures from outside were left out of it.
    pub remote_pictures: bool,
    /// Its files.
    pub files: Vec<File>,
    /// Its headers in their order: of `Received` the first five, of `Authentication-Results` those of the trusted server.
    pub headers: Vec<(String, String)>,
    /// Why it counts as written by no person.
    pub automatic: Option<Automatic>,
    /// Its subject reads as that of somebody who is away. Decides nothing by itself.
    pub looks_away: bool,
    /// What it reports of another one.
    pub report: Option<Report>,
    /// Who wrote the mail that is passed on in it, with a subject that says so.
    pub forwarded_from: Option<Person>,
    /// It is encrypted or signed.
    pub guard: Option<Guard>,
    /// What an invitation in it asks for: `REQUEST`, `REPLY`, `CANCEL`.
    pub calendar: Option<String>,
    /// What filters said of it.
    pub spam: Spam,
    /// What the trusted server says of whether it is from whom it names.
    pub genuine: Option<bool>,
    /// What a server of this kind has written into it: [`crate::Keys`] reads it.
    pub trace: Option<String>,
    /// What was left out, and what is odd.
    pub notes: Vec<Note>,
    /// A print of sender, date, subject and bytes, in hex.
    print: String,
}

/// What was left out of a mail, or is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A header that may come once came again; the first counts.
    Repeated(&'static str),
    /// There were more headers, or longer ones, than are read.
    HeadersCut,
    /// There were more addresses than are read.
    AddressesCut,
    /// There were more parts, or deeper ones, than are read.
    PartsCut,
    /// There were more files than are kept.
    FilesCut,
    /// The text or the HTML was cut; a file has all of it.
    TextCut,
    /// It says nothing but by a file.
    FilesAlone,
}

/// Headers that come once.
const ONCE: [&str; 5] = ["From", "Subject", "Date", "Message-ID", "In-Reply-To"];

impl Letter {
    /// Reads a mail as it came. `trusted` is the server whose `Authentication-Results` count.
    #[must_use]
    pub fn read(bytes: &[u8], trusted: Option<&str>) -> Self {
        let bytes = with_line_ends(bytes);
        let parts = Parts::read(&bytes);
        let Some(root) = parts.all.first() else { return Self::default() };
        let headers = &root.headers;
        let charset = parts.all.iter().find_map(|part| part.value.plain("charset"));
        let bare = Hint { charset: charset.as_deref(), domain: None };
        let mut letter = Self::default();
        letter.from = letter.persons(headers, "From", bare).into_iter().next();
        if letter.from.is_none() {
            letter.from = letter.persons(headers, "Sender", bare).into_iter().next();
        }
        let domain = letter.from.as_ref().and_then(|from| from.address.rsplit_once('@')).map(|(_, d)| d.to_owned());
        let hint = Hint { domain: domain.as_deref(), ..bare };
        letter.read_head(headers, hint, trusted);
        letter.read_body(&parts, hint);
        let address = letter.from.as_ref().map(|from| from.address.as_str());
        let bounced = automatic::is_from_nobody(headers) || address.is_some_and(automatic::is_from_server);
        let report = report::read(&parts, bounced, hint);
        let is_report = report.is_some() || root.value.main == "multipart/report";
        letter.automatic = automatic::read(headers, address, is_report);
        (letter.report, letter.print) = (report, letter.print_of(headers, root.body));
        letter.note(parts.cut, Note::PartsCut);
        letter
    }

    fn note(&mut self, holds: bool, note: Note) {
        if holds && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn persons(&mut self, headers: &Headers<'_>, name: &str, hint: Hint<'_>) -> Vec<Person> {
        let Some(value) = headers.first(name) else { return Vec::new() };
        let found = address::read(value, hint);
        self.note(found.cut, Note::AddressesCut);
        found.all
    }

    fn read_head(&mut self, headers: &Headers<'_>, hint: Hint<'_>, trusted: Option<&str>) {
        self.note(headers.cut, Note::HeadersCut);
        for name in ONCE {
            self.note(headers.all(name).nth(1).is_some(), Note::Repeated(name));
        }
        self.message_id = headers.first("Message-ID").and_then(ids::one);
        self.in_reply_to = headers.first("In-Reply-To").map(ids::all).unwrap_or_default();
        self.references = headers.first("References").map(ids::all).unwrap_or_default();
        self.reply_to = self.persons(headers, "Reply-To", hint);
        self.to = self.persons(headers, "To", hint);
        self.cc = self.persons(headers, "Cc", hint);
        self.date = headers.text("Date", hint).and_then(|told| date::read(&told));
        let subject = headers.text("Subject", hint).unwrap_or_default();
        self.subject = text::beginning(&subject, SUBJECT_MAX).to_owned();
        self.looks_away = automatic::looks_away(&self.subject);
        self.spam = automatic::spam(headers);
        self.genuine = trusted.and_then(|trusted| automatic::is_genuine(headers, trusted));
        self.trace = headers.text(crate::TRACE, hint);
        let mut received = 0;
        for header in headers.iter() {
            let kept = match header.name {
                name if name.eq_ignore_ascii_case("Received") => {
                    received += 1;
                    received <= RECEIVED_MAX
                }
                name if name.eq_ignore_ascii_case("Authentication-Results") => {
                    trusted.is_some_and(|trusted| automatic::is_of(header.value, trusted))
                }
                _ => true,
            };
            if kept {
                self.headers.push((header.name.to_owned(), header::text(header.value, hint)));
            }
        }
    }

    fn read_body(&mut self, parts: &Parts<'_>, hint: Hint<'_>) {
        let found = body::find(parts, hint);
        (self.files, self.guard, self.calendar) = (found.files, found.guard, found.calendar);
        self.note(found.cut, Note::FilesCut);
        let Piece { plain, html } = body::join(found.pieces);
        let html = html.map(|html| self.cut_html(html));
        let shown = html.map(|html| richtext::letter(&html, quote::find));
        let mut plain = plain.map(|plain| tidy(&plain));
        // What is too long is cut before anything is looked for in it.
        let whole = plain.as_mut().and_then(|plain| {
            let cut = text::beginning(plain, TEXT_MAX).len();
            let whole = (cut < plain.len()).then(|| plain.clone());
            plain.truncate(cut);
            whole
        });
        let of_html = shown.as_ref().is_some_and(|shown| is_poor(plain.as_deref(), &shown.text));
        if let Some(shown) = shown {
            self.remote_pictures = shown.remote;
            self.mark_inline(&shown.html);
            if of_html {
                self.body = tidy(&shown.text);
                // What is left out before it moves it; the end is the same.
                let end = shown.quote_from.map(|from| kept(&shown.text[from..]).trim_end().len());
                let from = end.map(|end| self.body.len().saturating_sub(end));
                self.quote_from = from.filter(|from| *from < self.body.len());
            }
            self.html = Some(shown.html);
        }
        if !of_html {
            self.body = plain.unwrap_or_default();
            self.quote_from = quote::find(&self.body, None);
            if let Some(whole) = whole {
                self.keep_whole("message.txt", "text/plain", whole);
            }
        }
        if crate::keys::is_passed_on(&self.subject) {
            let told = quote::passed_on(&self.body).map(|told| address::read(told.as_bytes(), hint).all);
            self.forwarded_from = told.and_then(|told| told.into_iter().next());
        }
        self.cut_body();
        let silent = self.body.is_empty() && self.html.as_deref().is_none_or(|html| !html.contains("<img"));
        self.note(silent && !self.files.is_empty(), Note::FilesAlone);
    }

    /// What the HTML names is shown within it; of two with one name, the first.
    fn mark_inline(&mut self, html: &str) {
        let mut named: Vec<String> = richtext::cids(html).collect();
        for file in &mut self.files {
            file.inline = file.content_id.as_ref().is_some_and(|id| named.contains(id));
            if file.inline {
                named.retain(|name| Some(name) != file.content_id.as_ref());
            }
        }
    }

    fn cut_html(&mut self, html: String) -> String {
        if html.len() <= HTML_MAX {
            return html;
        }
        let end = html[..html.floor_char_boundary(HTML_MAX)].rfind('<').unwrap_or(0);
        let cut = html[..end].to_owned();
        self.keep_whole("message.html", "text/html", html);
        cut
    }

    fn cut_body(&mut self) {
        let cut = text::beginning(&self.body, TEXT_MAX).len();
        if cut < self.body.len() {
            let whole = self.body.clone();
            self.body.truncate(cut);
            self.quote_from = self.quote_from.filter(|from| *from < cut);
            self.keep_whole("message.txt", "text/plain", whole);
        }
    }

    fn keep_whole(&mut self, name: &str, kind: &str, text: String) {
        self.note(true, Note::TextCut);
        let (name, content_type) = (name.to_owned(), kind.to_owned());
        self.files.push(File { name, content_type, content_id: None, inline: false, bytes: text.into_bytes() });
    }

    fn print_of(&self, headers: &Headers<'_>, body: &[u8]) -> String {
        let from = self.from.as_ref().map_or("", |from| from.address.as_str());
        let date = headers.first("Date").unwrap_or_default().trim_ascii();
        match self.message_id {
            Some(_) => crypto::digest(&[from.as_bytes(), b"\0", date]),
            None => {
                let subject = self.subject.as_bytes();
                crypto::digest(&[from.as_bytes(), b"\0", date, b"\0", subject, b"\0", body.trim_ascii_end()])
            }
        }
    }

    /// What tells the mail from every other one of its source: its `Message-ID`, or a print of it where it has none.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.message_id {
            Some(id) => id.clone(),
            None => format!("{}@no-message-id", &self.print[..16.min(self.print.len())]),
        }
    }

    /// Two mails with the same [`Letter::key`] are one, when this is the same as well: it came by two ways, or lies in two
    /// mailboxes.
    #[must_use]
    pub fn print(&self) -> &str {
        &self.print
    }

    /// The key of a mail whose `Message-ID` another one has already.
    #[must_use]
    pub fn other_key(&self) -> String {
        format!("{}#{}", self.key(), &self.print[..8.min(self.print.len())])
    }
}

/// A mail whose lines end with carriage returns alone is read as if they ended as they should.
fn with_line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.contains(&b'\n') || !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
}

/// A text with the line ends of its house, without controls, and without empty lines around it.
fn tidy(text: &str) -> String {
    let kept = kept(text);
    let from = kept.len() - kept.trim_start().len();
    let from = kept[..from].rfind('\n').map_or(0, |at| at + 1);
    kept[from..].trim_end().to_owned()
}

/// A text in lines, without what is no character.
fn kept(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Whether the plain form says much less than the HTML: then it only says that there is some.
fn is_poor(plain: Option<&str>, of_html: &str) -> bool {
    let said = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    plain.is_none_or(|plain| said(plain) * 5 < said(of_html))
}
