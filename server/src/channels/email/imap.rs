//! One session with a server that mail comes from (RFC 3501). Every step has its time, and what comes has its limit, so
//! that a server which hangs, breaks off or talks nonsense costs its own source a run and nobody else anything.
//!
//! Mailboxes are opened to be read alone, and mails are looked at without a mark.

use std::future::Future;
use std::time::Duration;

use async_imap::{Client, Session as Imap};
use safe_http::SafeClient;
use tokio::time::timeout;

use super::door::{Door, Security, Way};
use super::line::{ANSWER, Line, QUIET};

/// The longest that a command may take.
pub(super) const COMMAND: Duration = Duration::from_secs(60);
/// Why a session does not go on: which step failed, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) step: Step,
    pub(super) text: String,
    /// The server asks for patience; nobody has to do anything.
    pub(super) passing: bool,
    /// It is the server's answer to what was asked: the line has not failed.
    pub(super) said: bool,
}

/// The steps of a session, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Connect,
    Tls,
    Login,
    Mailboxes,
    Mail,
}

impl Step {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Connect => "imap_connect",
            Self::Tls => "imap_tls",
            Self::Login => "imap_login",
            Self::Mailboxes => "imap_mailboxes",
            Self::Mail => "imap_mail",
        }
    }
}

impl Trouble {
    pub(super) fn new(step: Step, text: impl Into<String>) -> Self {
        let text = text.into();
        let lower = text.to_lowercase();
        let patience = ["unavailable", "inuse", "[limit", "too many", "try again", "temporar"];
        Self { step, passing: patience.iter().any(|word| lower.contains(word)), said: false, text }
    }

    /// The same as an answer of the server.
    pub(super) fn said(step: Step, text: impl Into<String>) -> Self {
        Self { said: true, ..Self::new(step, text) }
    }

    /// Whether nobody gets in before somebody signs in anew.
    pub(super) fn is_refused(&self) -> bool {
        self.step == Step::Login && self.said && !self.passing
    }
}

/// A session.
pub(super) struct Session {
    pub(super) imap: Imap<Line>,
    /// The mailbox that is open.
    pub(super) open: Option<String>,
    /// The server tells by itself when something comes.
    pub(super) idles: bool,
    /// It takes mails from one mailbox to another.
    pub(super) moves: bool,
}

impl Session {
    /// Connects, begins TLS and signs in.
    pub(super) async fn open(http: &SafeClient, door: &Door) -> Result<Self, Trouble> {
        let mut line = connect(http, door).await?;
        let offered = greet(&mut line, door).await?;
        let (line, offered) = match door.security {
            Security::Starttls => starttls(line, door, &offered).await?,
            Security::Plain if !line.is_private() => {
                return Err(Trouble::new(Step::Tls, "without TLS only private hosts are spoken to"));
            }
            Security::Tls | Security::Plain => (line, offered),
        };
        let mut imap = sign_in(line, door, &offered).await?;
        let known = limited(Step::Connect, COMMAND, imap.capabilities()).await?;
        if known.has_str("ID") {
            let ours = [("name", Some("Hubbub")), ("version", Some(env!("CARGO_PKG_VERSION")))];
            // Whoever is in need not be known to go on.
            match limited(Step::Connect, COMMAND, imap.id(ours)).await {
                Err(broken) if !broken.said => return Err(broken),
                _ => {}
            }
        }
        let idles = known.has_str("IDLE");
        let moves = known.has_str("MOVE");
        Ok(Self { imap, open: None, idles, moves })
    }

    /// Takes leave. What comes of that changes nothing.
    pub(super) async fn close(mut self) {
        let _ = timeout(QUIET, self.imap.logout()).await;
    }
}

async fn connect(http: &SafeClient, door: &Door) -> Result<Line, Trouble> {
    let reached = http.connect(&door.host, door.port).await;
    let line = Line::new(reached.map_err(|e| Trouble::new(Step::Connect, e.to_string()))?);
    if door.security == Security::Tls {
        return line.secure(&door.host, door.any).await.map_err(|e| Trouble::new(Step::Tls, e.to_string()));
    }
    Ok(line)
}

/// Hears the greeting, and what the server can before somebody has signed in.
async fn greet(line: &mut Line, door: &Door) -> Result<Vec<String>, Trouble> {
    let hearing = async {
        let greeting = line.hear().await?;
        if greeting.starts_with("* OK") { Ok(None) } else { std::io::Result::Ok(Some(greeting)) }
    };
    match within(Step::Connect, hearing).await? {
        None => capabilities(line).await,
        Some(other) if other.starts_with("* BYE") => Err(Trouble::new(Step::Connect, bare(&other))),
        Some(_) => {
            let text = format!("what answers at port {} is no IMAP server that lets one sign in", door.port);
            Err(Trouble::new(Step::Connect, text))
        }
    }
}

async fn capabilities(line: &mut Line) -> Result<Vec<String>, Trouble> {
    let asking = async {
        line.say("h1 CAPABILITY").await?;
        let mut all = Vec::new();
        loop {
            let answer = line.hear().await?;
            if let Some(words) = answer.strip_prefix("* CAPABILITY ") {
                all.extend(words.split(' ').map(str::to_uppercase));
            }
            if answer.starts_with("h1 ") {
                return std::io::Result::Ok(all);
            }
        }
    };
    within(Step::Connect, asking).await
}

async fn starttls(mut line: Line, door: &Door, offered: &[String]) -> Result<(Line, Vec<String>), Trouble> {
    if !offered.iter().any(|word| word == "STARTTLS") {
        return Err(Trouble::new(Step::Tls, "the server does not offer STARTTLS"));
    }
    let asking = async {
        line.say("h2 STARTTLS").await?;
        loop {
            let answer = line.hear().await?;
            if answer.starts_with("h2 ") {
                return std::io::Result::Ok(answer);
            }
        }
    };
    let answer = within(Step::Tls, asking).await?;
    if !answer.starts_with("h2 OK") {
        return Err(Trouble::new(Step::Tls, bare(&answer)));
    }
    let mut line = line.secure(&door.host, door.any).await.map_err(|e| Trouble::new(Step::Tls, e.to_string()))?;
    // What was told in the clear counts for nothing.
    let offered = capabilities(&mut line).await?;
    Ok((line, offered))
}

/// Says what signs one in, once it is asked for, and nothing to any further question.
struct Said(Option<String>);

impl async_imap::Authenticator for Said {
    type Response = String;
    fn process(&mut self, _: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

async fn sign_in(mut line: Line, door: &Door, offered: &[String]) -> Result<Imap<Line>, Trouble> {
    line.allow(ANSWER, QUIET);
    let client = Client::new(line);
    let offers = |word: &str| offered.iter().any(|one| one == word);
    let user = &door.user;
    let signing = async {
        match &door.way {
            Way::Token(token) => {
                let said = Said(Some(format!("user={user}\x01auth=Bearer {token}\x01\x01")));
                client.authenticate("XOAUTH2", said).await
            }
            Way::Password(password) if offers("AUTH=PLAIN") => {
                client.authenticate("PLAIN", Said(Some(format!("\0{user}\0{password}")))).await
            }
            Way::Password(password) => client.login(user, password).await,
        }
        .map_err(|(error, _)| error)
    };
    limited(Step::Login, COMMAND, signing).await
}

async fn within<T>(step: Step, work: impl Future<Output = std::io::Result<T>>) -> Result<T, Trouble> {
    limited(step, COMMAND, async { work.await.map_err(async_imap::error::Error::Io) }).await
}

pub(super) async fn limited<T>(
    step: Step,
    most: Duration,
    work: impl Future<Output = async_imap::error::Result<T>>,
) -> Result<T, Trouble> {
    match timeout(most, work).await {
        Ok(done) => done.map_err(|error| explain(step, &error)),
        Err(_) => Err(Trouble::new(step, format!("no answer within {} seconds", most.as_secs()))),
    }
}

pub(super) fn explain(step: Step, error: &async_imap::error::Error) -> Trouble {
    use async_imap::error::Error as E;
    match error {
        E::No(told) | E::Bad(told) => Trouble::said(step, words(told)),
        E::ConnectionLost => Trouble::new(step, "the server ended the connection"),
        // What came is not repeated: it may be anything.
        E::Parse(_) => Trouble::new(step, "what the server said cannot be read"),
        E::Io(error) if error.kind() == std::io::ErrorKind::Other => {
            Trouble::new(step, "what the server said cannot be read")
        }
        other => Trouble::new(step, other.to_string().trim_start_matches("io: ")),
    }
}

/// The server's own words in what the library makes of them.
fn words(told: &str) -> String {
    let (code, info) = told.split_once(", info: ").unwrap_or(("", told));
    let info = info.strip_prefix("Some(\"").and_then(|text| text.strip_suffix("\")")).unwrap_or(info);
    let info = info.replace("\\\"", "\"");
    let code = code.strip_prefix("code: Some(").and_then(|code| code.strip_suffix(')')).unwrap_or_default();
    let text = if info == "None" { code.to_owned() } else { info };
    if text.is_empty() { "the server said no".into() } else { text }
}

/// A line of a server without its tag.
fn bare(line: &str) -> String {
    let rest = line.split_once(' ').map_or(line, |(_, rest)| rest);
    rest.split_once(' ').map_or(rest, |(_, text)| text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_words_are_told() {
        assert_eq!(
            words("code: None, info: Some(\"[AUTHENTICATIONFAILED] Authentication failed.\")"),
            "[AUTHENTICATIONFAILED] Authentication failed."
        );
        assert_eq!(words("code: Some(Alert), info: None"), "Alert");
        assert_eq!(bare("* BYE Too many connections"), "Too many connections");
        assert!(Trouble::new(Step::Login, "[UNAVAILABLE] later").passing);
        assert!(!Trouble::new(Step::Login, "[AUTHENTICATIONFAILED] no").passing);
    }
}
