//! One session with the server that takes mails (RFC 5321): connecting, TLS and signing in, then mails one after the
//! other. Each step has its time. What fails before a mail is handed over says nothing of the mail, so it may be tried
//! again; a server that refuses the mail itself for good (5xx) is not asked again.

use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::lines::Lines;
use crate::{Failure, Mail};

/// A mail is looked at before it is taken: its answer may take so many times as long as others.
const LAST_ANSWER: u32 = 5;
/// Codes that ask for another way in, and say nothing of the mail.
const WAY_IN: [u16; 4] = [530, 534, 535, 538];

/// How a connection is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// By TLS after `STARTTLS`, and never without.
    Starttls,
    /// By TLS from the beginning.
    Tls,
}

/// The server that takes mails, and how it is spoken to. It holds a password, and is never shown.
#[derive(Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is guarded.
    pub security: Security,
    /// The user and the password; none to send without signing in.
    pub login: Option<(String, String)>,
    /// How long it may take for each answer.
    pub timeout: Duration,
    /// Certificates to trust beside those of this machine, as PEM.
    pub roots: Option<Vec<u8>>,
    /// As whom we greet it: a host's name or address.
    pub greeting: String,
}

/// A session with a server.
pub struct Session {
    connection: AsyncSmtpConnection,
    timeout: Duration,
}

impl Session {
    /// Connects, begins TLS and signs in, as the server's description says.
    ///
    /// # Errors
    /// When a step fails. None of them is final: they say nothing of any mail.
    pub async fn open(server: &Server) -> Result<Self, Failure> {
        let place = format!("{}:{}", server.host, server.port);
        let (host, name) = ((server.host.as_str(), server.port), client_id(&server.greeting));
        let connecting = format!("connecting to {place}");
        let connection = match server.security {
            Security::Tls => {
                let (tls, time) = (server.tls()?, Some(server.timeout));
                // The library's own time is for each of the server's addresses, and not for TLS.
                let connected = AsyncSmtpConnection::connect_tokio1(host, time, &name, Some(tls), None);
                within(server.timeout * 2, &connecting, connected).await?
            }
            Security::None | Security::Starttls => {
                let connected = TcpStream::connect(host);
                let stream = timeout(server.timeout, connected).await.map_err(|_| late(&connecting))?;
                let stream = stream.map_err(|e| passing(None, format!("{connecting}: {e}")))?;
                let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(Lines::new(stream)), &name);
                within(server.timeout, &connecting, greeted).await?
            }
        };
        let mut session = Self { connection, timeout: server.timeout };
        if server.security == Security::Starttls {
            let (tls, started) = (server.tls()?, format!("STARTTLS with {place}"));
            within(session.timeout, &started, session.connection.starttls(tls, &name)).await?;
        }
        if let Some((user, password)) = &server.login {
            let (credentials, signing_in) =
                (Credentials::new(user.clone(), password.clone()), format!("signing in at {place}"));
            let ways = [Mechanism::Plain, Mechanism::Login];
            within(session.timeout, &signing_in, session.connection.auth(&ways, &credentials)).await?;
        }
        Ok(session)
    }

    /// Hands one mail over; gives the server's answer.
    ///
    /// # Errors
    /// When it was not taken. When the connection broke after all was said, the server may have it.
    pub async fn send(&mut self, mail: &Mail) -> Result<String, Failure> {
        let (envelope, bytes) = (mail.envelope()?, mail.bytes()?);
        let mut options = Vec::new();
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !envelope.from().into_iter().chain(envelope.to()).all(ascii) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let reason = "the server takes no addresses beyond ASCII".to_owned();
                return Err(Failure { code: None, reason, is_final: true });
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = MailFrom::new(envelope.from().cloned(), options);
        self.say("the sender", from).await?;
        for to in envelope.to() {
            self.say("the recipient", Rcpt::new(to.clone(), Vec::new())).await?;
        }
        self.say("the mail", Data).await?;
        let time = self.timeout * LAST_ANSWER;
        let taken = timeout(time, self.connection.message(&bytes)).await.map_err(|_| late("the mail"))?;
        taken.map(|answer| told(&answer)).map_err(|error| judged("the mail", &error))
    }

    /// Takes leave. What comes of that changes nothing.
    pub async fn close(mut self) {
        let _ = timeout(self.timeout, self.connection.quit()).await;
    }

    async fn say(&mut self, step: &str, command: impl std::fmt::Display) -> Result<(), Failure> {
        let said = timeout(self.timeout, self.connection.command(command)).await.map_err(|_| late(step))?;
        said.map(drop).map_err(|error| judged(step, &error))
    }
}

impl Server {
    fn tls(&self) -> Result<TlsParameters, Failure> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(roots) = &self.roots {
            let roots =
                Certificate::from_pem(roots).map_err(|e| passing(None, format!("certificates to trust: {e}")))?;
            builder = builder.add_root_certificate(roots);
        }
        builder.build().map_err(|e| passing(None, format!("preparing TLS: {e}")))
    }
}

/// As whom the server is greeted: an address stands in brackets.
fn client_id(greeting: &str) -> ClientId {
    match greeting.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(greeting.to_owned()),
    }
}

/// Waits for a step of the session that says nothing of a mail.
async fn within<T>(time: Duration, step: &str, work: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Failure> {
    let done = timeout(time, work).await.map_err(|_| late(step))?;
    done.map_err(|error| Failure { is_final: false, ..judged(step, &error) })
}

fn passing(code: Option<u16>, reason: String) -> Failure {
    Failure { code, reason, is_final: false }
}

fn late(step: &str) -> Failure {
    passing(None, format!("{step}: no answer in time"))
}

/// What an error says, and whether it will say the same again.
fn judged(step: &str, error: &SmtpError) -> Failure {
    let code: Option<u16> = error.status().and_then(|code| code.to_string().parse().ok());
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let reason = match (code, cause) {
        (Some(code), cause) => format!("{step}: {code} {}", cause.unwrap_or_default()),
        (None, Some(cause)) => format!("{step}: {cause}"),
        (None, None) => format!("{step}: {error}"),
    };
    let is_final = error.is_permanent() && code.is_none_or(|code| !WAY_IN.contains(&code));
    Failure { code, reason: reason.trim_end().to_owned(), is_final }
}

/// An answer as people read it.
fn told(answer: &Response) -> String {
    let lines: Vec<&str> = answer.message().collect();
    format!("{} {}", answer.code(), lines.join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_a_name_or_an_address() {
        assert_eq!(client_id("desk.example.com").to_string(), "desk.example.com");
        assert_eq!(client_id("127.0.0.1").to_string(), "[127.0.0.1]");
        assert_eq!(client_id("[::1]").to_string(), "[IPv6:::1]");
    }
}
