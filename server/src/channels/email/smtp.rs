//! One session with the server that a mailbox's mails go out by (RFC 5321), stage by stage: whoever sends has to know which
//! one failed, since up to the last nothing was taken, and after it nobody can tell.
//!
//! Every stage has its time, and every answer its limit, so that a server which hangs or talks nonsense costs its own
//! source a try and nobody else anything.

use std::fmt::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use safe_http::SafeClient;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::door::{Door, Security, Way};
use super::line::{ANSWER, Line};

/// How long the server may take for its first word, and for the names of what it can.
const GREETING: Duration = Duration::from_secs(30);
/// For letting somebody in, and for a sender.
const COMMAND: Duration = Duration::from_secs(60);
/// For saying that the mail may come, and for each part of it.
const DATA: Duration = Duration::from_secs(120);
/// For looking at the mail.
const END: Duration = Duration::from_secs(300);
/// Lines of one answer at the most.
const LINES: usize = 200;
/// How much is handed over at once.
const CHUNK: usize = 64 * 1024;

/// The stages of a session, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Connect,
    Tls,
    Login,
    Sender,
    Recipient,
    Data,
    /// All was said.
    End,
}

impl Stage {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Connect => "smtp_connect",
            Self::Tls => "smtp_tls",
            Self::Login => "smtp_login",
            Self::Sender | Self::Recipient => "smtp_from",
            Self::Data | Self::End => "smtp_data",
        }
    }
}

/// Why a stage was not passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) stage: Stage,
    /// The server's code; none where it has not answered.
    pub(super) code: Option<u16>,
    /// The server's words, or what happened.
    pub(super) text: String,
}

impl Broken {
    pub(super) fn new(stage: Stage, text: impl Into<String>) -> Self {
        Self { stage, code: None, text: text.into() }
    }

    /// The code of the answer that says more (RFC 3463), where it begins with one.
    pub(super) fn status(&self) -> Option<&str> {
        let word = self.text.split([' ', '-']).find(|word| !word.is_empty())?;
        let parts: Vec<&str> = word.split('.').collect();
        let digits = |part: &&str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        (parts.len() == 3 && parts.iter().all(digits)).then_some(word)
    }
}

/// What a server said.
struct Said {
    code: u16,
    lines: Vec<String>,
}

impl Said {
    fn text(&self) -> String {
        let all: Vec<&str> = self.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        text::beginning(&all.join(" "), 1000).to_owned()
    }
}

/// A mail as servers take it.
pub(super) struct Envelope<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a [String],
    /// By what reports name the mail.
    pub(super) id: &'a str,
    pub(super) bytes: &'a [u8],
}

/// The recipients that a server did not want, and why.
pub(super) type Unwanted = Vec<(String, Broken)>;

/// A session in which mails can be handed over.
#[derive(Debug)]
pub(super) struct Smtp {
    line: Line,
    /// What the server can, in upper case.
    offers: Vec<String>,
    /// How many mails it was handed.
    pub(super) mails: u32,
}

impl Smtp {
    /// Connects, begins TLS and signs in.
    pub(super) async fn open(http: &SafeClient, door: &Door, greeting: &str) -> Result<Self, Broken> {
        let reached = http.connect(&door.host, door.port).await;
        let mut line = Line::new(reached.map_err(|error| Broken::new(Stage::Connect, error.to_string()))?);
        if door.security == Security::Tls {
            line = secured(line, door).await?;
        }
        if door.security == Security::Plain && !line.is_private() {
            return Err(Broken::new(Stage::Tls, "without TLS only private hosts are spoken to"));
        }
        let mut session = Self { line, offers: Vec::new(), mails: 0 };
        session.yes(Stage::Connect, None, GREETING).await?;
        session.greet(greeting).await?;
        if door.security == Security::Starttls {
            if !session.offers("STARTTLS") {
                return Err(Broken::new(Stage::Tls, "the server does not offer STARTTLS"));
            }
            session.yes(Stage::Tls, Some("STARTTLS"), GREETING).await?;
            session.line = secured(session.line, door).await?;
            // What was told in the clear counts for nothing.
            session.greet(greeting).await?;
        }
        if !door.user.is_empty() {
            session.sign_in(door).await?;
        }
        Ok(session)
    }

    async fn greet(&mut self, greeting: &str) -> Result<(), Broken> {
        let said = self.yes(Stage::Connect, Some(&format!("EHLO {greeting}")), GREETING).await?;
        self.offers = said.lines.iter().skip(1).map(|line| line.trim().to_uppercase()).collect();
        Ok(())
    }

    fn offers(&self, word: &str) -> bool {
        self.offers.iter().any(|line| line.split(' ').next() == Some(word))
    }

    /// The largest mail that it takes, where it tells.
    pub(super) fn size(&self) -> Option<usize> {
        let told = self.offers.iter().find_map(|line| line.strip_prefix("SIZE ")?.trim().parse().ok());
        told.filter(|size| *size > 0)
    }

    async fn sign_in(&mut self, door: &Door) -> Result<(), Broken> {
        let ways: Vec<&str> = self.offers.iter().filter_map(|line| line.strip_prefix("AUTH")).collect();
        let ways: Vec<&str> = ways.iter().flat_map(|line| line.split([' ', '='])).collect();
        let offered = |way: &str| ways.contains(&way);
        let user = &door.user;
        match &door.way {
            Way::Token(token) => {
                let said = STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
                let answer = self.ask(Stage::Login, Some(&format!("AUTH XOAUTH2 {said}")), COMMAND).await?;
                // The reason comes as a question, and the refusal after an empty answer.
                let answer = if answer.code == 334 { self.ask(Stage::Login, Some(""), COMMAND).await? } else { answer };
                accepted(Stage::Login, answer).map(drop)
            }
            Way::Password(password) if offered("PLAIN") || !offered("LOGIN") => {
                let said = STANDARD.encode(format!("\0{user}\0{password}"));
                self.yes(Stage::Login, Some(&format!("AUTH PLAIN {said}")), COMMAND).await.map(drop)
            }
            Way::Password(password) => {
                let answer = self.ask(Stage::Login, Some("AUTH LOGIN"), COMMAND).await?;
                if answer.code != 334 {
                    return accepted(Stage::Login, answer).map(drop);
                }
                let answer = self.ask(Stage::Login, Some(&STANDARD.encode(user)), COMMAND).await?;
                if answer.code != 334 {
                    return accepted(Stage::Login, answer).map(drop);
                }
                self.yes(Stage::Login, Some(&STANDARD.encode(password)), COMMAND).await.map(drop)
            }
        }
    }

    /// Looks whether mails of an address are taken. Nothing is sent.
    pub(super) async fn try_sender(&mut self, from: &str) -> Result<(), Broken> {
        self.yes(Stage::Sender, Some(&format!("MAIL FROM:<{from}>")), COMMAND).await?;
        self.yes(Stage::Recipient, Some(&format!("RCPT TO:<{from}>")), COMMAND).await?;
        self.reset().await
    }

    /// Forgets what was begun.
    pub(super) async fn reset(&mut self) -> Result<(), Broken> {
        self.yes(Stage::Sender, Some("RSET"), COMMAND).await.map(drop)
    }

    /// Hands a mail over; gives the code of the server's last word. Where some of its recipients are not wanted, which are
    /// noted, the others get it.
    pub(super) async fn send(&mut self, envelope: &Envelope<'_>, unwanted: &mut Unwanted) -> Result<u16, Broken> {
        self.mails += 1;
        let command = self.sender(envelope)?;
        self.yes(Stage::Sender, Some(&command), COMMAND).await?;
        for to in envelope.to {
            match self.yes(Stage::Recipient, Some(&format!("RCPT TO:<{to}>")), COMMAND).await {
                Ok(_) => {}
                Err(broken) if broken.code.is_none() || broken.code == Some(421) => return Err(broken),
                Err(broken) => unwanted.push((to.clone(), broken)),
            }
        }
        if unwanted.len() == envelope.to.len() {
            // One that may be taken later counts for all.
            let passing = unwanted.iter().position(|(_, broken)| broken.code.is_some_and(|code| code < 500));
            return Err(unwanted[passing.unwrap_or(0)].1.clone());
        }
        let answer = self.ask(Stage::Data, Some("DATA"), DATA).await?;
        if answer.code != 354 {
            return Err(refusal(Stage::Data, &answer));
        }
        self.hand_over(envelope.bytes).await?;
        Ok(self.yes(Stage::End, None, END).await?.code)
    }

    fn sender(&self, envelope: &Envelope<'_>) -> Result<String, Broken> {
        let mut command = format!("MAIL FROM:<{}>", envelope.from);
        if self.offers("SIZE") {
            let _ = write!(command, " SIZE={}", envelope.bytes.len());
        }
        if self.offers("DSN") {
            let _ = write!(command, " RET=HDRS ENVID={}", envelope.id);
        }
        let odd = envelope.to.iter().map(String::as_str).chain([envelope.from]).find(|address| !address.is_ascii());
        match odd {
            None => {}
            Some(_) if self.offers("SMTPUTF8") => command.push_str(" SMTPUTF8"),
            Some(odd) => {
                let text = format!("the server takes no addresses such as {odd}");
                return Err(Broken { stage: Stage::Recipient, code: Some(553), text });
            }
        }
        if !envelope.bytes.is_ascii() && self.offers("8BITMIME") {
            command.push_str(" BODY=8BITMIME");
        }
        Ok(command)
    }

    /// Says all of a mail, and that it has ended. Until the last of it is written, nothing can have been taken.
    async fn hand_over(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let said = stuffed(bytes);
        let (last, most) = (said.len() - 5, said.len());
        for chunk in said[..last].chunks(CHUNK) {
            self.write(Stage::Data, chunk).await?;
        }
        self.write(Stage::End, &said[last..most]).await
    }

    async fn write(&mut self, stage: Stage, bytes: &[u8]) -> Result<(), Broken> {
        let writing = async {
            self.line.write_all(bytes).await?;
            self.line.flush().await
        };
        match timeout(DATA, writing).await {
            Ok(written) => written.map_err(|error| Broken::new(stage, error.to_string())),
            Err(_) => Err(late(stage, DATA)),
        }
    }

    /// Takes leave. What comes of that changes nothing.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(5), self.ask(Stage::Connect, Some("QUIT"), COMMAND)).await;
    }

    async fn yes(&mut self, stage: Stage, command: Option<&str>, time: Duration) -> Result<Said, Broken> {
        accepted(stage, self.ask(stage, command, time).await?)
    }

    /// Says a command, and hears the answer.
    async fn ask(&mut self, stage: Stage, command: Option<&str>, time: Duration) -> Result<Said, Broken> {
        self.line.allow(ANSWER, time);
        let asking = async {
            if let Some(command) = command {
                self.line.say(command).await?;
            }
            hear(&mut self.line).await
        };
        match timeout(time, asking).await {
            Ok(heard) => heard.map_err(|error| Broken::new(stage, error.to_string())),
            Err(_) => Err(late(stage, time)),
        }
    }
}

async fn secured(line: Line, door: &Door) -> Result<Line, Broken> {
    line.secure(&door.host, door.any).await.map_err(|error| Broken::new(Stage::Tls, error.to_string()))
}

async fn hear(line: &mut Line) -> std::io::Result<Said> {
    let odd = || std::io::Error::other("what answers is no server that takes mails");
    let mut lines = Vec::new();
    loop {
        let heard = line.hear().await?;
        let code: u16 = heard.get(..3).and_then(|code| code.parse().ok()).filter(|c| *c >= 200).ok_or_else(odd)?;
        lines.push(heard.get(4..).unwrap_or_default().to_owned());
        if heard.as_bytes().get(3) != Some(&b'-') {
            return Ok(Said { code, lines });
        }
        if lines.len() > LINES {
            return Err(std::io::Error::other("the server's answer does not end"));
        }
    }
}

fn accepted(stage: Stage, said: Said) -> Result<Said, Broken> {
    if (200..300).contains(&said.code) { Ok(said) } else { Err(refusal(stage, &said)) }
}

fn refusal(stage: Stage, said: &Said) -> Broken {
    Broken { stage, code: Some(said.code), text: said.text() }
}

fn late(stage: Stage, time: Duration) -> Broken {
    Broken::new(stage, format!("no answer within {} seconds", time.as_secs()))
}

/// A mail as it is said: every line has its end, one that begins with a dot another one before it, and a dot ends all.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut said = Vec::with_capacity(bytes.len() + bytes.len() / 64 + 8);
    let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() && line.is_empty() {
            break;
        }
        if line.first() == Some(&b'.') {
            said.push(b'.');
        }
        said.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        said.extend_from_slice(b"\r\n");
    }
    if said.is_empty() {
        said.extend_from_slice(b"\r\n");
    }
    said.extend_from_slice(b".\r\n");
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_mail_ends_it() {
        for (mail, said) in [
            ("", "\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            ("a\n.\nb\r\n..c\r\n\r\n", "a\r\n..\r\nb\r\n...c\r\n\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8_lossy(&stuffed(mail.as_bytes())), said);
        }
    }

    #[test]
    fn a_refusal_says_more_by_its_second_code() {
        let status = |text: &str| Broken::new(Stage::Sender, text).status().map(str::to_owned);
        assert_eq!(status("5.7.60 SMTP; Client does not have permissions").as_deref(), Some("5.7.60"));
        assert_eq!(status("no such user"), None);
        assert_eq!(status("5.7 x"), None);
    }
}
