//! A mail made of its parts. Whatever is in them, each stays what it is: names and subjects are encoded by the library,
//! and have no line ends to begin with, so nothing in them becomes a header; an address that is none is refused.

use std::time::SystemTime;

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::Failure;

/// The longest address, in bytes, as servers take it.
const ADDRESS_MAX: usize = 254;
/// Says that no person wrote it, so that nothing answers it by itself (RFC 3834).
const AUTOMATIC: (HeaderName, &str) = (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated");

/// Where whoever gets it can have no more of them, at a press of a button of their program (RFC 8058).
const UNSUBSCRIBE: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe");
const ONE_CLICK: (HeaderName, &str) =
    (HeaderName::new_from_ascii_str("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");

/// What is not an address to which mail can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no address of mail")]
pub struct BadAddress;

/// Who sends or gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party(Mailbox);

impl Party {
    /// Somebody with an address, and a name when they have one.
    ///
    /// # Errors
    /// When it is no address.
    pub fn new(name: Option<&str>, address: &str) -> Result<Self, BadAddress> {
        let read: Address = address.parse().map_err(|_| BadAddress)?;
        Self::of(name.map(str::to_owned), &read)
    }

    /// Reads `Name <address>` or an address alone.
    ///
    /// # Errors
    /// When there is no address in it, or more than that.
    pub fn read(text: &str) -> Result<Self, BadAddress> {
        let mailbox: Mailbox = text.trim().parse().map_err(|_| BadAddress)?;
        // What the library's reader leaves over is not told.
        let all = text.contains('<') == text.trim_end().ends_with('>') && !text.contains(['\r', '\n']);
        if all { Self::of(mailbox.name, &mailbox.email) } else { Err(BadAddress) }
    }

    /// Reads it as people write it: the name may have anything in it but another address.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn written(text: &str) -> Result<Self, BadAddress> {
        let whole = Self::read(text);
        if whole.is_ok() {
            return whole;
        }
        let (name, rest) = text.trim().rsplit_once('<').ok_or(BadAddress)?;
        let address = rest.strip_suffix('>').ok_or(BadAddress)?;
        let name = name.trim().trim_matches('"');
        if name.contains(['<', '>', '@', '"', '\r', '\n']) { Err(BadAddress) } else { Self::new(Some(name), address) }
    }

    /// A domain is written as servers know it, whatever script it was given in.
    fn of(name: Option<String>, address: &Address) -> Result<Self, BadAddress> {
        let domain = match address.domain() {
            literal if literal.starts_with('[') => literal.to_owned(),
            name => idna::domain_to_ascii(name).map_err(|_| BadAddress)?,
        };
        let address = Address::new(address.user(), domain).map_err(|_| BadAddress)?;
        if AsRef::<str>::as_ref(&address).len() > ADDRESS_MAX {
            return Err(BadAddress);
        }
        Ok(Self(Mailbox::new(name.map(|name| one_line(&name)).filter(|name| !name.is_empty()), address)))
    }

    /// The same address under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let name = Some(one_line(name)).filter(|name| !name.is_empty());
        Self(Mailbox::new(name.or_else(|| self.0.name.clone()), self.0.email.clone()))
    }

    /// The address alone.
    #[must_use]
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }

    /// The name, when there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// As people read it, and as [`Self::read`] reads it again.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.0.name.as_deref() {
            Some(name) if name.contains(|c: char| "()<>[]:;@\\,.\"".contains(c)) => {
                let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{quoted}\" <{}>", self.0.email)
            }
            Some(name) => format!("{name} <{}>", self.0.email),
            None => self.0.email.to_string(),
        }
    }

    pub(crate) fn mailbox(&self) -> Mailbox {
        self.0.clone()
    }

    /// What is behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// A mail. Made again from the same parts, it is the same to the byte.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who sends it.
    pub from: Party,
    /// Who gets it.
    pub to: Party,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same in HTML.
    pub html: Option<String>,
    /// An address where its reader can have no more of them, by a request alone.
    pub unsubscribe_url: Option<String>,
    /// What tells it from every other mail, in angle brackets.
    pub message_id: String,
    /// When it was written.
    pub date: SystemTime,
}

impl Mail {
    /// The mail as it is sent.
    ///
    /// # Errors
    /// When the library cannot make it; that does not pass.
    pub fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let (name, value) = AUTOMATIC;
        let mut builder = Message::builder()
            .message_id(Some(one_line(&self.message_id)))
            .date(self.date)
            .from(self.from.0.clone())
            .to(self.to.0.clone())
            .subject(one_line(&self.subject))
            .raw_header(HeaderValue::new(name, value.to_owned()));
        if let Some(url) = &self.unsubscribe_url {
            let (name, value) = ONE_CLICK;
            builder = builder
                .raw_header(HeaderValue::new(UNSUBSCRIBE, format!("<{}>", one_line(url))))
                .raw_header(HeaderValue::new(name, value.to_owned()));
        }
        let plain = SinglePart::plain(self.text.clone());
        let message = match &self.html {
            None => builder.singlepart(plain),
            Some(html) => {
                // Parted by what is the same each time, and in no text.
                let parting = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(60).collect::<String>();
                let parts = MultiPart::alternative().boundary(parting);
                builder.multipart(parts.singlepart(plain).singlepart(SinglePart::html(html.clone())))
            }
        };
        message.map(|message| message.formatted()).map_err(unmade)
    }

    pub(crate) fn envelope(&self) -> Result<Envelope, Failure> {
        Envelope::new(Some(self.from.0.email.clone()), vec![self.to.0.email.clone()]).map_err(unmade)
    }
}

pub(crate) fn unmade(error: lettre::error::Error) -> Failure {
    Failure { code: None, reason: format!("the mail cannot be made: {error}"), is_final: true }
}

/// A text in one line: each stretch of controls and line ends becomes a blank.
pub(crate) fn one_line(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(odd).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn mail(subject: &str, text: &str) -> Mail {
        Mail {
            from: Party::read("The Desk <desk@example.com>").expect("an address"),
            to: Party::new(Some("Zoë\r\nBcc: x@example.net"), "zoe@example.org").expect("an address"),
            subject: subject.into(),
            text: text.into(),
            html: None,
            unsubscribe_url: None,
            message_id: "<1.2@example.com>".into(),
            date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_442_000),
        }
    }

    fn lines(mail: &Mail) -> Vec<String> {
        let text = String::from_utf8(mail.bytes().expect("a mail")).expect("ASCII");
        text.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_has_its_headers_and_is_the_same_each_time() {
        let one = mail("Grüße & more", "Bonjour, ça va ?\n");
        let written = lines(&one);
        for line in [
            "Message-ID: <1.2@example.com>",
            "From: \"The Desk\" <desk@example.com>",
            "Date: Mon, 02 Mar 2026 09:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(written.iter().any(|found| found == line), "{line}: {written:#?}");
        }
        assert!(written.iter().any(|line| line.starts_with("Subject: =?utf-8?")), "{written:#?}");
        assert_eq!(one.bytes(), one.bytes());
    }

    #[test]
    fn a_mail_in_html_has_its_text_too_and_tells_how_to_have_no_more() {
        let html = Some("<p>Ça va ?</p>".to_owned());
        let unsubscribe_url = Some("https://desk.example.com/unsubscribe/1/2".to_owned());
        let one = Mail { html, unsubscribe_url, ..mail("a", "Ça va ?") };
        let written = lines(&one).join("\n");
        for part in [
            "List-Unsubscribe: <https://desk.example.com/unsubscribe/1/2>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Content-Type: multipart/alternative",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(written.contains(part), "{part}: {written}");
        }
        assert!(written.find("text/plain") < written.find("text/html"), "{written}");
        assert_eq!(one.bytes(), one.bytes());
        assert_eq!(one.from.named("Shop\r\nBcc: x").0.to_string(), "\"Shop Bcc: x\" <desk@example.com>");
    }

    #[test]
    fn nothing_in_a_name_or_a_subject_becomes_a_header_or_ends_the_mail() {
        for odd in
            ["a\r\nBcc: x@example.net", "a\nBcc: x@example.net", "a\r\n\r\nb", "a\u{2028}Bcc: x", "é\r\nBcc: x\0"]
        {
            let written = lines(&mail(odd, "text\r\n.\r\nMAIL FROM:<x@example.net>\r\n"));
            let head: Vec<_> = written.iter().take_while(|line| !line.is_empty()).collect();
            assert!(head.iter().all(|line| !line.to_lowercase().starts_with("bcc")), "{head:#?}");
            assert_eq!(head.iter().filter(|line| line.starts_with("Subject:")).count(), 1, "{head:#?}");
            assert!(written.iter().all(|line| !line.contains(['\r', '\n', '\0'])), "{written:#?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "nobody",
            "a@",
            "@example.com",
            "a@b@example.com",
            "a b@example.com",
            "a@example.com\r\nRCPT TO:<x@example.net>",
            "a@example.com>",
            "a@example.com,b@example.com",
            "a@exa mple.com",
            &format!("{}@{}.com", "a".repeat(64), "b".repeat(250)),
        ] {
            assert_eq!(Party::new(None, bad), Err(BadAddress), "{bad:?}");
            assert_eq!(Party::read(bad), Err(BadAddress), "{bad:?}");
        }
        for bad in ["Desk <a@example.com> b", "Desk <a@example.com>, <b@example.com>", "Desk <a@example.com"] {
            assert_eq!(Party::read(bad), Err(BadAddress), "{bad:?}");
        }
        for (text, shown) in [
            ("Lee, Ann <ann@example.com>", "\"Lee, Ann\" <ann@example.com>"),
            ("\"Lee \\\"A\\\" Ann\" <ann@example.com>", "\"Lee \\\"A\\\" Ann\" <ann@example.com>"),
            ("Ann <ann@example.com>", "Ann <ann@example.com>"),
            ("ann@example.com", "ann@example.com"),
        ] {
            let party = Party::written(text).expect("an address");
            assert_eq!(party.shown(), shown);
            assert_eq!(Party::read(shown), Ok(party));
        }
        for bad in ["Ann <ann@example.com> x", "a@b.c, Ann <ann@example.com>", "Ann\r\nBcc: x <a@b.c>", "<>", "<"] {
            assert_eq!(Party::written(bad), Err(BadAddress), "{bad:?}");
        }
        let party = Party::read("Café Zoë <zoe@café.example>").expect("an address");
        assert_eq!(party.address(), "zoe@xn--caf-dma.example");
        assert_eq!(Party::new(None, "admin@localhost").map(|p| p.domain().to_owned()), Ok("localhost".into()));
    }
}
