//! Which of a mail's parts is what it says, and which are files.

use super::charset;
use super::flowed::unflow;
use super::header::{Headers, Hint, Value};
use super::name;
use super::part::{Part, Parts};
use super::transfer;

/// The longest text, in characters; what is longer is a file as well.
pub const TEXT_MAX: usize = 262_144;
/// How many files of a mail are kept as such.
pub(crate) const FILES_MAX: usize = 100;
/// How many bytes of HTML are looked at for the charset that it names.
const META_WITHIN: usize = 4096;

/// A file of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name: without folders and controls, at most 200 characters.
    pub name: String,
    /// Its type, such as `image/png`, as the mail says.
    pub content_type: String,
    /// What its pictures are called in the HTML, without angles.
    pub content_id: Option<String>,
    /// It is shown within the HTML.
    pub inline: bool,
    /// The file itself.
    pub bytes: Vec<u8>,
}

/// What guards a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Only who has the key reads it.
    Encrypted,
    /// It has a signature, of which nothing is said here.
    Signed,
}

/// A text that comes in one form or in both.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    pub(crate) plain: Option<String>,
    pub(crate) html: Option<String>,
}

/// What was found in a mail.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) files: Vec<File>,
    pub(crate) guard: Option<Guard>,
    /// What an invitation asks for, such as `REQUEST`.
    pub(crate) calendar: Option<String>,
    /// There were more files than are kept.
    pub(crate) cut: bool,
}

/// Where a part stands.
#[derive(Clone, Copy)]
enum Place {
    /// Among others, one after the other.
    Among,
    /// One of several forms of the same.
    Form,
    /// It is a file, whatever it looks like.
    File,
}

/// Goes through the parts of a mail.
pub(crate) fn find(parts: &Parts<'_>, hint: Hint<'_>) -> Found {
    let mut found = Found::default();
    let mut pieces = Vec::new();
    if !parts.all.is_empty() {
        Finder { parts, hint, found: &mut found }.part(0, Place::Among, &mut pieces);
    }
    found.pieces = pieces;
    found
}

struct Finder<'f> {
    parts: &'f Parts<'f>,
    hint: Hint<'f>,
    found: &'f mut Found,
}

impl Finder<'_> {
    fn part(&mut self, at: usize, place: Place, pieces: &mut Vec<Piece>) {
        let part = &self.parts.all[at];
        if part.children.is_empty() {
            self.leaf(part, place, pieces);
            return;
        }
        match (part.kind(), place) {
            (_, Place::File) => part.children.iter().for_each(|child| self.part(*child, Place::File, pieces)),
            ("multipart/alternative", _) => self.forms(part, pieces),
            ("multipart/encrypted", _) => {
                self.found.guard = Some(Guard::Encrypted);
                part.children.iter().for_each(|child| self.part(*child, Place::File, pieces));
            }
            ("multipart/signed", _) => {
                self.found.guard.get_or_insert(Guard::Signed);
                for (n, child) in part.children.iter().enumerate() {
                    self.part(*child, if n == 0 { place } else { Place::File }, pieces);
                }
            }
            _ => part.children.iter().for_each(|child| self.part(*child, Place::Among, pieces)),
        }
    }

    /// Of several forms of the same, the plain one and the richest.
    fn forms(&mut self, part: &Part<'_>, pieces: &mut Vec<Piece>) {
        let (mut plain, mut html) = (None, None);
        for child in &part.children {
            let mut form = Vec::new();
            self.part(*child, Place::Form, &mut form);
            let rich = form.iter().any(|piece| piece.html.is_some());
            if form.is_empty() {
                continue;
            }
            let joined = join(form);
            match rich {
                true => html = joined.html,
                false => plain = plain.or(joined.plain),
            }
        }
        if plain.is_some() || html.is_some() {
            pieces.push(Piece { plain, html });
        }
    }

    fn leaf(&mut self, part: &Part<'_>, place: Place, pieces: &mut Vec<Piece>) {
        let kind = if part.value.main.starts_with("multipart/") { "text/plain" } else { part.kind() };
        let attached = part.headers.word("Content-Disposition").is_some_and(|word| word == "attachment");
        let named = name::of(part, self.hint).is_some();
        let text = matches!(kind, "text/plain" | "text/html") && !attached;
        match place {
            // The same for programs that run it.
            _ if kind == "text/x-amp-html" || kind == "application/applefile" => {}
            Place::Form if text => self.text(part, kind, pieces),
            Place::Among if text && (!named || pieces.is_empty()) => self.text(part, kind, pieces),
            _ => self.file(part, kind),
        }
    }

    fn text(&mut self, part: &Part<'_>, kind: &str, pieces: &mut Vec<Piece>) {
        let mut bytes = decoded(part);
        let label = part.value.plain("charset");
        let label = label.as_deref().filter(|label| charset::is_known(label));
        if kind == "text/html" {
            let label = label.map(str::to_owned).or_else(|| meta(&bytes));
            let html = charset::decode(&bytes, label.as_deref(), self.hint.domain);
            pieces.push(Piece { plain: None, html: Some(html) });
            return;
        }
        while self.found.files.len() < FILES_MAX
            && let Some(file) = transfer::uuencoded(&bytes)
        {
            let name = charset::decode(&file.name, label, self.hint.domain);
            self.keep(name::clean(&name), "application/octet-stream".to_owned(), None, file.bytes);
            bytes.drain(file.from..file.to);
        }
        let mut text = charset::decode(&bytes, label, self.hint.domain);
        if part.value.plain("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")) {
            let delsp = part.value.plain("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
            text = unflow(&text, delsp);
        }
        if text.contains("-----BEGIN PGP MESSAGE-----") {
            self.found.guard.get_or_insert(Guard::Encrypted);
        }
        pieces.push(Piece { plain: Some(text), html: None });
    }

    fn file(&mut self, part: &Part<'_>, kind: &str) {
        let bytes = decoded(part);
        let named = name::of(part, self.hint);
        let named = named.or_else(|| if kind == "message/rfc822" { inner_subject(&bytes, self.hint) } else { None });
        match kind {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                let signed =
                    part.value.plain("smime-type").is_some_and(|kind| kind.eq_ignore_ascii_case("signed-data"));
                self.found.guard = Some(if signed { Guard::Signed } else { Guard::Encrypted });
            }
            "text/calendar" if self.found.calendar.is_none() => self.found.calendar = method(&part.value, &bytes),
            _ => {}
        }
        let id = part.headers.text("Content-ID", self.hint);
        let id = id.map(|id| id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty());
        self.keep(named, name::kind_of(part), id, bytes);
    }

    fn keep(&mut self, name: Option<String>, content_type: String, content_id: Option<String>, bytes: Vec<u8>) {
        let files = &mut self.found.files;
        if files.len() == FILES_MAX {
            self.found.cut = true;
            return;
        }
        let name = name.unwrap_or_else(|| name::by_type(files.len() + 1, &content_type));
        files.push(File { name, content_type, content_id, inline: false, bytes });
    }
}

/// The bytes of a part, as they were before they were made fit for mail.
pub(crate) fn decoded(part: &Part<'_>) -> Vec<u8> {
    transfer::decode(part.body, &part.headers.word("Content-Transfer-Encoding").unwrap_or_default())
}

/// Several texts as one. It has HTML when one of them has.
pub(crate) fn join(pieces: Vec<Piece>) -> Piece {
    let rich = pieces.iter().any(|piece| piece.html.is_some());
    let all_plain = pieces.iter().all(|piece| piece.plain.is_some());
    let mut whole = Piece { plain: all_plain.then(String::new), html: rich.then(String::new) };
    let single = pieces.len() == 1;
    for piece in pieces {
        if let Some(html) = &mut whole.html {
            match (&piece.html, &piece.plain) {
                (Some(more), _) => html.push_str(more),
                (None, Some(plain)) => html.push_str(&richtext::html_of(text::beginning(plain, TEXT_MAX))),
                (None, None) => {}
            }
        }
        if let (Some(text), Some(plain)) = (&mut whole.plain, piece.plain) {
            if single {
                *text = plain;
                continue;
            }
            let more = plain.trim_matches(['\r', '\n']);
            if !text.is_empty() && !more.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(more);
        }
    }
    whole
}

/// The charset that some HTML names at its beginning.
fn meta(html: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&html[..html.len().min(META_WITHIN)]).to_ascii_lowercase();
    let label = head.split("<meta").skip(1).find_map(|rest| rest.split('>').next()?.split_once("charset="))?.1;
    let label = label.trim_start_matches(['"', '\'', ' ']);
    let label = label.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | ':')).next()?;
    (!label.is_empty()).then(|| label.to_owned())
}

/// What a mail within a mail is called: by its subject.
fn inner_subject(bytes: &[u8], hint: Hint<'_>) -> Option<String> {
    let (headers, _) = Headers::read(bytes);
    let subject = headers.text("Subject", hint)?;
    name::clean(&format!("{}.eml", text::beginning(&subject.replace(['/', '\\'], "_"), 100)))
}

/// What an invitation asks for.
fn method(value: &Value, bytes: &[u8]) -> Option<String> {
    let named = value.plain("method").or_else(|| {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(META_WITHIN)]);
        text.lines().find_map(|line| line.strip_prefix("METHOD:")).map(|method| method.trim().to_owned())
    })?;
    let fits = (1..=20).contains(&named.len()) && named.bytes().all(|b| b.is_ascii_alphabetic());
    fits.then(|| named.to_ascii_uppercase())
}
