//! How a PostgreSQL server is reached: `sslmode` and `sslrootcert` of its address mean what they mean in libpq
//! (PostgreSQL's manual, "SSL Support"), and what fails is said in words.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use tokio_postgres::config::{Host, SslMode as Wire};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// How long a server may take to let somebody in.
pub(super) const CONNECT: Duration = Duration::from_secs(15);

/// What libpq's `sslmode` can be, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: &[(&str, Mode)] = &[
    ("disable", Mode::Disable),
    ("allow", Mode::Allow),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

/// A server's address, read.
struct Address {
    config: Config,
    mode: Mode,
    roots: Option<String>,
}

/// One way to reach a server.
pub(super) struct Way {
    pub(super) config: Config,
    /// None for a connection in the clear.
    pub(super) tls: Option<MakeRustlsConnect>,
}

/// Finds the way to a server that its address asks for, by trying.
///
/// # Errors
/// When the address cannot be read, or no way leads there; the message says which thing failed.
pub(super) async fn find_way(url: &str) -> Result<Way, Error> {
    let address = read(url).map_err(|e| Error::Unavailable(format!("database_url: {e}")))?;
    let ways = address.ways().map_err(Error::Unavailable)?;
    let mut failure = None;
    for way in ways {
        let tried = tokio::time::timeout(CONNECT, way.knock()).await;
        let error = match tried {
            Ok(Ok(())) => return Ok(way),
            Ok(Err(error)) => explain(&error, &address),
            Err(_) => format!("{} did not answer within {} seconds", address.place(), CONNECT.as_secs()),
        };
        // The first way is the one that was asked for.
        failure.get_or_insert(error);
    }
    Err(Error::Unavailable(failure.unwrap_or_default()))
}

impl Way {
    /// Connects once.
    async fn knock(&self) -> Result<(), tokio_postgres::Error> {
        match &self.tls {
            Some(tls) => self.config.connect(tls.clone()).await.map(drop),
            None => self.config.connect(NoTls).await.map(drop),
        }
    }
}

/// Takes `sslmode` and `sslrootcert` out of an address, since the driver knows only three of the modes.
fn read(url: &str) -> Result<Address, String> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut roots, mut rest) = (Mode::Prefer, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        match name {
            "sslmode" => {
                let known = MODES.iter().find(|(word, _)| *word == value);
                let all: Vec<&str> = MODES.iter().map(|(word, _)| *word).collect();
                mode = known.ok_or_else(|| format!("sslmode is {value:?} and can be {}", all.join(", ")))?.1;
            }
            "sslrootcert" => roots = Some(value.into_owned()).filter(|path| !path.is_empty()),
            _ => rest.push(pair),
        }
    }
    let plain = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
    // The driver's message says what is wrong and not what was found, which may hold a password.
    let config: Config = plain.parse().map_err(|e: tokio_postgres::Error| e.to_string())?;
    // A socket in the file system is never encrypted.
    if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
        mode = Mode::Disable;
    }
    Ok(Address { config, mode, roots })
}

impl Address {
    /// The ways in the order in which they are tried.
    fn ways(&self) -> Result<Vec<Way>, String> {
        let way = |wire, tls| {
            let mut config = self.config.clone();
            config.ssl_mode(wire);
            Way { config, tls }
        };
        let clear = || way(Wire::Disable, None);
        Ok(match self.mode {
            Mode::Disable => vec![clear()],
            Mode::Allow => vec![clear(), way(Wire::Require, Some(self.tls()?))],
            Mode::Prefer => vec![way(Wire::Prefer, Some(self.tls()?)), clear()],
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => vec![way(Wire::Require, Some(self.tls()?))],
        })
    }

    fn tls(&self) -> Result<MakeRustlsConnect, String> {
        let roots = self.root_file()?;
        if roots.as_deref() == Some("system") {
            let config = tls::system().map_err(|e| e.to_string())?;
            return Ok(MakeRustlsConnect::new((*config).clone()));
        }
        let check = match roots {
            Some(path) => Check::Chain { roots: Roots::read(&path)?, name: self.mode == Mode::VerifyFull },
            None => Check::Nothing,
        };
        Ok(MakeRustlsConnect::new(tls::checked(check).map_err(|e| e.to_string())?))
    }

    /// The certificates that a server's must come from. As in libpq, `require` checks them where there are any, and the
    /// weaker modes never do.
    fn root_file(&self) -> Result<Option<String>, String> {
        if self.mode < Mode::Require {
            return Ok(None);
        }
        let usual = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".postgresql/root.crt"));
        let found = || usual().filter(|path| path.exists()).map(|path| path.to_string_lossy().into_owned());
        match self.roots.clone().or_else(found) {
            Some(roots) if roots == "system" && self.mode < Mode::VerifyFull => {
                Err("sslrootcert=system goes with sslmode=verify-full alone".into())
            }
            None if self.mode > Mode::Require => {
                let word = MODES.iter().find(|(_, mode)| *mode == self.mode).map_or("", |(word, _)| word);
                Err(format!(
                    "sslmode={word} needs the certificates to trust: add sslrootcert=/path/to/root.crt, or \
                     sslmode=verify-full&sslrootcert=system for those of this machine"
                ))
            }
            roots => Ok(roots),
        }
    }

    /// The server as people name it.
    fn place(&self) -> String {
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        let name = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(at, host)| format!("{}:{}", name(host), port(at)))
            .collect();
        format!("PostgreSQL at {}", hosts.join(", "))
    }
}

/// What is asked of a server's certificate.
#[derive(Debug)]
enum Check {
    Nothing,
    Chain { roots: Roots, name: bool },
}

#[derive(Debug)]
struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    chain: Arc<WebPkiServerVerifier>,
}

impl Roots {
    fn read(path: &str) -> Result<Self, String> {
        let unread = |e: &dyn std::fmt::Display| format!("sslrootcert={path} cannot be read: {e}");
        let read = CertificateDer::pem_file_iter(path).map_err(|e| unread(&e))?;
        let certificates = read.collect::<Result<Vec<_>, _>>().map_err(|e| unread(&e))?;
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), tls::provider());
        let chain = builder.build().map_err(|e| unread(&e))?;
        Ok(Self { certificates, chain })
    }

    /// Checks that a certificate comes from these, whatever name it is for.
    fn vouch(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        use CertificateError as C;
        match self.chain.verify_server_cert(end, between, name, &[], now) {
            Ok(_) => Ok(()),
            // The name is asked about apart from the chain.
            Err(rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. })) => Ok(()),
            // One that has signed itself, and is trusted as it is.
            Err(rustls::Error::InvalidCertificate(C::UnknownIssuer | C::Other(_)))
                if self.certificates.iter().any(|root| root.as_ref() == end.as_ref()) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl tls::Check for Check {
    fn check(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        if let Self::Chain { roots, name: named } = self {
            roots.vouch(end, between, name, now)?;
            if *named {
                rustls::client::verify_server_name(&ParsedCertificate::try_from(end)?, name)?;
            }
        }
        Ok(())
    }
}

/// Says which thing failed: the name, the address, TLS, the certificate, the user, the password or the database.
fn explain(error: &tokio_postgres::Error, address: &Address) -> String {
    let place = address.place();
    let user = address.config.get_user().unwrap_or("");
    if let Some(refusal) = error.as_db_error() {
        let code = refusal.code();
        let message = refusal.message();
        return match () {
            () if *code == SqlState::INVALID_PASSWORD => {
                format!("{place} does not accept the password of the user {user:?}")
            }
            () if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                format!("{place} does not let the user {user:?} in: {message}")
            }
            () if *code == SqlState::UNDEFINED_DATABASE => {
                let name = address.config.get_dbname().unwrap_or(user);
                format!("{place} has no database {name:?}: create it first (createdb {name})")
            }
            () => format!("{place}: {message}"),
        };
    }
    let causes = causes(error);
    let tls = causes.iter().find_map(|cause| tls_error(*cause));
    if let Some(rustls::Error::InvalidCertificate(why)) = tls {
        return format!("the certificate of {place} is not accepted: {}", certificate(why));
    }
    if let Some(why) = tls {
        return format!("TLS with {place} failed: {why}");
    }
    if let Some(why) = causes.iter().find_map(|cause| cause.downcast_ref::<std::io::Error>()) {
        return match why.kind() {
            std::io::ErrorKind::ConnectionRefused => format!("nothing listens at the address of {place}"),
            std::io::ErrorKind::TimedOut => format!("{place} does not answer"),
            _ if why.to_string().contains("lookup") => format!("the name of {place} is not known: {why}"),
            _ => format!("{place} cannot be reached: {why}"),
        };
    }
    let last = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    match last.as_str() {
        "server does not support TLS" => format!("{place} does not offer TLS, which sslmode asks for"),
        "password missing" => format!("{place} asks for the password of the user {user:?}, and database_url has none"),
        _ => format!("{place}: {last}"),
    }
}

/// An error with what lies behind it.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> Vec<&'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source()).collect()
}

/// The TLS error that a cause is, or that an error of the line carries.
fn tls_error<'e>(cause: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    let carried = || cause.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>();
    cause.downcast_ref::<rustls::Error>().or_else(carried)
}

fn certificate(why: &CertificateError) -> String {
    use CertificateError as C;
    match why {
        C::UnknownIssuer => "it does not come from one that sslrootcert names".into(),
        C::Expired | C::ExpiredContext { .. } => "it has expired".into(),
        C::NotValidYet | C::NotValidYetContext { .. } => "it is not valid yet".into(),
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            "it is for another name than the one in database_url".into()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Mode {
        read(url).unwrap_or_else(|e| panic!("{url}: {e}")).mode
    }

    #[test]
    fn every_mode_of_libpq_is_read_and_prefer_is_the_default() {
        assert_eq!(mode("postgres://a@h/d"), Mode::Prefer);
        for (word, expected) in MODES {
            assert_eq!(mode(&format!("postgres://a@h/d?connect_timeout=3&sslmode={word}")), *expected);
        }
        assert_eq!(mode("postgres://a@%2Frun%2Fpostgresql/d?sslmode=require"), Mode::Disable);
        let odd = read("postgres://a:secret@h/d?sslmode=yes").err().unwrap_or_default();
        assert!(odd.contains("verify-full") && !odd.contains("secret"), "{odd}");
    }

    #[test]
    fn a_check_needs_something_to_check_against() {
        let ways = |url: &str| read(url).expect("an address").ways().map(|ways| ways.len());
        assert_eq!(ways("postgres://a@h/d?sslmode=prefer&sslrootcert=/none"), Ok(2));
        let missing = ways("postgres://a@h/d?sslmode=verify-ca&sslrootcert=/no/such%20file").expect_err("refused");
        assert!(missing.contains("/no/such file"), "{missing}");
        assert!(ways("postgres://a@h/d?sslmode=require&sslrootcert=system").is_err());
    }
}
