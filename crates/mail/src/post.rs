//! A mail of a conversation: to several people, with files, and with what makes it an answer. [`crate::Mail`] is what the
//! server writes by itself.

use std::time::SystemTime;

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, MultiPart, SinglePart};

use crate::keys::{TRACE, has_prefix};
use crate::message::{Party, one_line, unmade};
use crate::{Failure, File};

/// How many of the mails before it an answer names at the most, beside the first.
const REFERENCES_MAX: usize = 30;
/// How many bytes of an answered mail are quoted.
const QUOTED_MAX: usize = 64 * 1024;

/// A mail of a conversation. Made again from the same parts, it is the same to the byte.
#[derive(Clone, Debug)]
pub struct Post {
    /// Who sends it.
    pub from: Party,
    /// Who gets it.
    pub to: Vec<Party>,
    /// Who gets it as well.
    pub cc: Vec<Party>,
    /// Who gets it without the others knowing.
    pub bcc: Vec<Party>,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<Party>,
    /// What it is about.
    pub subject: String,
    /// What tells it from every other mail, without angles.
    pub message_id: String,
    /// What it answers, without angles.
    pub in_reply_to: Option<String>,
    /// The mails before it, oldest first, without angles: [`references`].
    pub references: Vec<String>,
    /// When it was written.
    pub date: SystemTime,
    /// What it says.
    pub said: Said,
    /// Its files: those that are `inline` stand in the HTML as `cid:`.
    pub files: Vec<File>,
    /// What [`TRACE`] says.
    pub trace: String,
    /// No person wrote it, so that nothing answers it by itself.
    pub automatic: bool,
}

/// A text, and the same in HTML where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// The HTML.
    pub html: Option<String>,
}

impl Post {
    /// The mail as it is sent: the text and the HTML as two forms of the same, with pictures beside the HTML and files
    /// beside both. Levels that would hold one thing are left out.
    ///
    /// # Errors
    /// When the library cannot make it; that does not pass.
    pub fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let angles = |id: &str| format!("<{}>", one_line(id).replace(['<', '>'], ""));
        let mut builder = Message::builder()
            .message_id(Some(angles(&self.message_id)))
            .date(self.date)
            .from(self.from.mailbox())
            .subject(one_line(&self.subject))
            .envelope(self.envelope()?)
            .raw_header(header(TRACE, &self.trace));
        builder = self.to.iter().fold(builder, |builder, party| builder.to(party.mailbox()));
        builder = self.cc.iter().fold(builder, |builder, party| builder.cc(party.mailbox()));
        builder = self.reply_to.iter().fold(builder, |builder, party| builder.reply_to(party.mailbox()));
        if let Some(id) = &self.in_reply_to {
            builder = builder.in_reply_to(angles(id));
        }
        if !self.references.is_empty() {
            builder = builder.references(self.references.iter().map(|id| angles(id)).collect::<Vec<_>>().join(" "));
        }
        if self.automatic {
            builder = builder
                .raw_header(header("Auto-Submitted", "auto-replied"))
                .raw_header(header("X-Auto-Response-Suppress", "All"))
                .raw_header(header("Precedence", "auto_reply"));
        }
        let made = match self.body() {
            Body::One(part) => builder.singlepart(part),
            Body::Many(parts) => builder.multipart(parts),
        };
        made.map(|message| message.formatted()).map_err(unmade)
    }

    /// From whom and to whom servers take it; those who get it unseen, too.
    ///
    /// # Errors
    /// When nobody gets it.
    pub fn envelope(&self) -> Result<Envelope, Failure> {
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc).map(|party| party.mailbox().email);
        Envelope::new(Some(self.from.mailbox().email), all.collect()).map_err(unmade)
    }

    fn body(&self) -> Body {
        let plain = SinglePart::plain(self.said.text.clone());
        let (inline, files): (Vec<&File>, Vec<&File>) = self.files.iter().partition(|file| file.inline);
        let mut body = match &self.said.html {
            None => Body::One(plain),
            Some(html) => {
                let html = SinglePart::html(html.clone());
                let forms = MultiPart::alternative().boundary(self.boundary('a')).singlepart(plain).singlepart(html);
                Body::Many(forms)
            }
        };
        for (kind, letter, some) in [(MultiPart::related(), 'r', inline), (MultiPart::mixed(), 'm', files)] {
            if !some.is_empty() {
                let kind = kind.boundary(self.boundary(letter));
                let first = match body {
                    Body::One(part) => kind.singlepart(part),
                    Body::Many(parts) => kind.multipart(parts),
                };
                body = Body::Many(some.into_iter().fold(first, |parts, file| parts.singlepart(enclosed(file))));
            }
        }
        body
    }

    /// What parts the mail: the same each time, and in no text that was written before it.
    fn boundary(&self, level: char) -> String {
        let id: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        format!("{level}-{id}")
    }
}

enum Body {
    One(SinglePart),
    Many(MultiPart),
}

fn header(name: &str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii(name.to_owned()).unwrap_or(HeaderName::new_from_ascii_str("X-Odd"));
    HeaderValue::new(name, one_line(value))
}

fn enclosed(file: &File) -> SinglePart {
    let kind = ContentType::parse(&file.content_type).or_else(|_| ContentType::parse("application/octet-stream"));
    let kind = kind.unwrap_or(ContentType::TEXT_PLAIN);
    let name = one_line(&file.name);
    let made = match (&file.content_id, file.inline) {
        (Some(id), true) => Attachment::new_inline_with_name(one_line(id), name),
        _ => Attachment::new(name),
    };
    made.body(file.bytes.clone(), kind)
}

/// The subject of an answer in a thread of this title.
#[must_use]
pub fn answer_subject(title: &str) -> String {
    let title = one_line(title);
    if has_prefix(&title) { title } else { format!("Re: {title}").trim_end().to_owned() }
}

/// The mails that the answer to one names: those that it names, and itself. Of very many, the first and the last.
#[must_use]
pub fn references(of: &[String], id: Option<&str>) -> Vec<String> {
    let mut all: Vec<String> = of.iter().map(String::as_str).chain(id).map(str::to_owned).collect();
    if all.len() > REFERENCES_MAX + 1 {
        all.drain(1..all.len() - REFERENCES_MAX);
    }
    all
}

/// A mail that is quoted below its answer.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a> {
    /// Who wrote it and when: [`attribution`].
    pub attribution: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The same in HTML that can be shown.
    pub html: Option<&'a str>,
}

/// The line that leads to a quote, in a language of those that have one, else in English.
#[must_use]
pub fn attribution(language: &str, date: &str, name: &str) -> String {
    match language.get(..2).unwrap_or_default() {
        "fr" => format!("Le {date}, {name} a écrit :"),
        "de" => format!("Am {date} schrieb {name}:"),
        "es" => format!("El {date}, {name} escribió:"),
        "ja" => format!("{date}、{name}のメール:"),
        _ => format!("On {date}, {name} wrote:"),
    }
}

/// What somebody said, with a signature below, and what they answer below that. It has HTML when it had.
#[must_use]
pub fn signed(said: &Said, signature: Option<&Said>, quoted: Option<Quoted<'_>>) -> Said {
    let mut all = said.clone();
    if let Some(signature) = signature.filter(|signature| !signature.text.trim().is_empty()) {
        all.text = format!("{}\n\n-- \n{}", all.text.trim_end(), signature.text.trim_end());
        if let Some(html) = &mut all.html {
            let own = signature.html.clone().unwrap_or_else(|| richtext::html_of(&signature.text));
            html.push_str(&format!("<div>-- <br>{own}</div>"));
        }
    }
    let Some(quoted) = quoted else { return all };
    let text = &quoted.text[..quoted.text.floor_char_boundary(QUOTED_MAX)];
    let lines: Vec<String> =
        text.lines().map(|line| if line.starts_with('>') { format!(">{line}") } else { format!("> {line}") }).collect();
    all.text = format!("{}\n\n{}\n{}", all.text.trim_end(), quoted.attribution, lines.join("\n"));
    if let Some(html) = &mut all.html {
        // A part of some HTML could leave open what it opens: a long one goes as text.
        let own = quoted.html.filter(|html| html.len() <= QUOTED_MAX).map(str::to_owned);
        let own = own.unwrap_or_else(|| richtext::html_of(text));
        let leads = richtext::escape(quoted.attribution);
        html.push_str(&format!("<div>{leads}</div><blockquote type=\"cite\">{own}</blockquote>"));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Letter;

    fn party(text: &str) -> Party {
        Party::read(text).expect("an address")
    }

    fn post(html: Option<&str>, files: Vec<File>) -> Post {
        Post {
            from: party("The Desk <desk@example.com>"),
            to: vec![party("Zoë Lee <zoe@shop.test>"), party("b@shop.test")],
            cc: vec![party("c@shop.test")],
            bcc: vec![party("hidden@shop.test")],
            reply_to: Some(party("desk+h.1.2@example.com")),
            subject: answer_subject("Où est\r\nBcc: x@y ?"),
            message_id: "h.66a0.0123@example.com".into(),
            in_reply_to: Some("q@shop.test".into()),
            references: (0..40).map(|n| format!("a-long-name-of-a-mail-{n}@shop.test")).collect(),
            date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_442_000),
            said: Said { text: "Grüße\n\n-- \nBob".into(), html: html.map(str::to_owned) },
            files,
            trace: "abc 0".into(),
            automatic: false,
        }
    }

    fn file(name: &str, kind: &str, id: Option<&str>) -> File {
        let (content_id, inline) = (id.map(str::to_owned), id.is_some());
        File { name: name.into(), content_type: kind.into(), content_id, inline, bytes: vec![0, 255, 10, 13] }
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let files = vec![file("café.png", "image/png", Some("p@x")), file("a \"b\".pdf", "application/pdf", None)];
        let one = post(Some("<p>Grüße <img src=\"cid:p@x\"></p>"), files);
        let bytes = one.bytes().expect("a mail");
        assert_eq!(bytes, one.bytes().expect("a mail"));
        assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() < 998));
        assert!(!String::from_utf8_lossy(&bytes).contains("hidden@"));
        assert_eq!(one.envelope().expect("an envelope").to().len(), 4);
        let read = Letter::read(&bytes, None);
        assert_eq!(read.subject, "Re: Où est Bcc: x@y ?");
        assert_eq!(
            (read.message_id.as_deref(), read.in_reply_to.as_slice()),
            (Some("h.66a0.0123@example.com"), &["q@shop.test".to_owned()][..])
        );
        assert_eq!((read.references.len(), read.date), (40, Some(1_772_442_000)));
        assert_eq!(read.to.iter().map(|p| p.address.as_str()).collect::<Vec<_>>(), ["zoe@shop.test", "b@shop.test"]);
        assert_eq!((read.body.as_str(), read.quote_from.is_some()), ("Grüße\n\n-- \nBob", true));
        assert_eq!(read.html.as_deref(), Some("<p>Grüße <img data-cid=\"p@x\"></p>"));
        let told: Vec<_> = read.files.iter().map(|f| (f.name.as_str(), f.inline, f.bytes.as_slice())).collect();
        assert_eq!(told, [("café.png", true, &[0, 255, 10, 13][..]), ("a _b_.pdf", false, &[0, 255, 10, 13])]);
        assert_eq!((read.trace.as_deref(), read.automatic, read.reply_to.len()), (Some("abc 0"), None, 1));
    }

    #[test]
    fn levels_that_hold_one_thing_are_left_out() {
        let kinds = |one: &Post| {
            let text = String::from_utf8(one.bytes().expect("a mail")).expect("ASCII");
            text.lines()
                .filter_map(|line| line.strip_prefix("Content-Type: multipart/"))
                .map(|line| line[..5].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&post(None, vec![])), Vec::<String>::new());
        assert_eq!(kinds(&post(Some("<p>a</p>"), vec![])), ["alter"]);
        assert_eq!(kinds(&post(None, vec![file("a.pdf", "application/pdf", None)])), ["mixed"]);
        assert_eq!(kinds(&post(Some("a"), vec![file("a.png", "image/png", Some("i"))])), ["relat", "alter"]);
        let automatic = Post { automatic: true, ..post(None, vec![]) };
        assert_eq!(
            Letter::read(&automatic.bytes().expect("a mail"), None).automatic,
            Some(crate::Automatic::Submitted)
        );
        assert!(Post { to: vec![], cc: vec![], bcc: vec![], ..post(None, vec![]) }.bytes().is_err());
    }

    #[test]
    fn an_answer_names_and_quotes_what_it_answers() {
        assert_eq!(
            (answer_subject("Order 12"), answer_subject("AW: Order 12")),
            ("Re: Order 12".into(), "AW: Order 12".into())
        );
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let named = references(&many, Some("100"));
        assert_eq!((named.len(), named[0].as_str(), named[1].as_str(), named[30].as_str()), (31, "0", "71", "100"));
        let signature = Said { text: "Bob".into(), html: None };
        for language in ["en", "fr", "de", "es", "ja"] {
            let line = attribution(language, "2026-03-02 10:00", "Ann <ann@shop.test>");
            let quoted = Quoted { attribution: &line, text: "Where?\n> old", html: Some("<p>Where?</p>") };
            let said = Said { text: "There.".into(), html: Some("<p>There.</p>".into()) };
            let all = signed(&said, Some(&signature), Some(quoted));
            assert_eq!(all.text, format!("There.\n\n-- \nBob\n\n{line}\n> Where?\n>> old"));
            let one = Post { said: all, ..post(None, vec![]) };
            let read = Letter::read(&one.bytes().expect("a mail"), None);
            assert_eq!(read.quote_from.map(|from| &read.body[..from]), Some("There.\n\n"), "{language}");
            let html = read.html.unwrap_or_default();
            assert!(html.starts_with("<p>There.</p><div data-quoted=\"\"><div>-- <br><p>Bob</p></div>"), "{html}");
        }
    }
}
