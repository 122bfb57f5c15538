//! Configuration: defaults, then a file, then the environment, checked once.

mod checks;
mod mail;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use checks::{at_least, at_most, check_database, check_log, networks, wrong};
use domain::bootstrap::Wishes;
use ipnet::IpNet;
use serde::Deserialize;
use store::Patience;

pub use self::mail::Mail;

/// The commented defaults; also what `hubbub config` prints.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// The longest time for which the journal can be kept otherwise than for ever: a hundred years.
const RETENTION_MAX: i64 = 36_500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    data_dir: PathBuf,
    database_url: String,
    database_connections: usize,
    database_timeout_seconds: u64,
    database_lock_seconds: u64,
    journal_retention_days: i64,
    export_attempt_retention_days: i64,
    public_url: String,
    admin_email: String,
    admin_password: String,
    admin_token: String,
    trusted_proxies: String,
    allow_private_targets: bool,
    rate_limit_per_minute: u32,
    new_visitors_per_minute: u32,
    connections_per_address: usize,
    stalled_seconds: u64,
    metrics_listen: String,
    metrics_token: String,
    secret_key: String,
    log_format: String,
    log: String,
    session_hours: i64,
    session_max_hours: i64,
    attachment_max_bytes: usize,
    bodies_memory_bytes: usize,
    body_seconds: u64,
    attachment_url_days: i64,
    visitor_upload_bytes_per_day: i64,
    network_upload_bytes_per_hour: i64,
    disk_reserve_bytes: u64,
    disk_reserve_percent: u64,
    mail: mail::Raw,
}

/// The checked configuration.
#[derive(Clone)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Folder of the embedded database, uploaded files and the secret key.
    pub data_dir: PathBuf,
    /// PostgreSQL's address; none for SQLite.
    pub database_url: Option<String>,
    /// Connections to PostgreSQL.
    pub database_connections: usize,
    /// Seconds that PostgreSQL may take for a statement.
    pub database_timeout_seconds: u64,
    /// Seconds that a statement waits for what somebody else holds.
    pub database_lock_seconds: u64,
    /// Days that entries of the journal are kept; 0 is for ever.
    pub journal_retention_days: i64,
    /// Days that tries at handing contents to their sources are kept; 0 is for ever.
    pub export_attempt_retention_days: i64,
    /// The public address, without a slash at its end.
    pub public_url: String,
    /// E-mail address of the first administrator.
    pub admin_email: Option<String>,
    /// Password of the first administrator.
    pub admin_password: Option<String>,
    /// API token of the first administrator.
    pub admin_token: Option<String>,
    /// The proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether outbound calls may reach private addresses.
    pub allow_private_targets: bool,
    /// Requests a minute for each token; 0 is off.
    pub rate_limit_per_minute: u32,
    /// New visitors of chats a minute from one network; 0 is off.
    pub new_visitors_per_minute: u32,
    /// Connections of one network whose callers are not known; 0 is off.
    pub connections_per_address: usize,
    /// How long the other side of a connection may take nothing of what it is sent, in seconds.
    pub stalled_seconds: u64,
    /// Address and port of `/metrics`; none where it is told with all else.
    pub metrics_listen: Option<SocketAddr>,
    /// The token that `/metrics` asks for.
    pub metrics_token: Option<String>,
    /// The key for secrets at rest; none for the file in the data folder.
    pub secret_key: Option<String>,
    /// Log lines as JSON.
    pub log_json: bool,
    /// The filter of log lines.
    pub log: String,
    /// Hours of a console session without use.
    pub session_hours: i64,
    /// Hours of a console session from its beginning, however much it is used.
    pub session_max_hours: i64,
    /// The largest attachment in bytes.
    pub attachment_max_bytes: usize,
    /// What the bodies of all requests may hold in memory, in bytes.
    pub bodies_memory_bytes: usize,
    /// How long the body of a request may take to come, in seconds.
    pub body_seconds: u64,
    /// Days for which the address of a file opens it.
    pub attachment_url_days: i64,
    /// Bytes of files that one visitor may send in a day; 0 is no limit.
    pub visitor_upload_bytes_per_day: i64,
    /// Bytes of files that may come from one network in an hour; 0 is no limit.
    pub network_upload_bytes_per_hour: i64,
    /// Bytes that must stay free on the disk of the data folder.
    pub disk_reserve_bytes: u64,
    /// The part of that disk that must stay free, in per cent.
    pub disk_reserve_percent: u64,
    /// How mails are sent; none where nothing sends any.
    pub mail: Option<Mail>,
}

impl Config {
    /// Whether browsers reach the server over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Reads the defaults, then `file`, then the environment through `env`.
    ///
    /// # Errors
    /// When a key is unknown or a value has the wrong form; the message names the key.
    pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut table: toml::Table = DEFAULTS.parse().context("the built-in defaults")?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            let given: toml::Table = text.parse().with_context(|| format!("reading {}", path.display()))?;
            replace(&mut table, given);
        }
        from_environment("HUBBUB", &mut table, &env)?;
        Self::check(toml::Value::Table(table).try_into().context("configuration")?)
    }

    fn check(raw: Raw) -> anyhow::Result<Self> {
        check_ranges(&raw)?;
        let Ok(listen) = raw.listen.parse::<SocketAddr>() else {
            return wrong("listen", &raw.listen, "must be an IP address and a port", "127.0.0.1:8080");
        };
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        let metrics_listen = match some(raw.metrics_listen) {
            Some(text) => match text.parse::<SocketAddr>() {
                Ok(address) if address != listen => Some(address),
                Ok(_) => return wrong("metrics_listen", &text, "must not be the one of listen", "127.0.0.1:9091"),
                Err(_) => return wrong("metrics_listen", &text, "must be an IP address and a port", "127.0.0.1:9091"),
            },
            None => None,
        };
        let public_url = match some(raw.public_url) {
            Some(text) => origin(&text)?,
            None => format!("http://{listen}"),
        };
        let log_json = match raw.log_format.as_str() {
            "json" => true,
            "text" => false,
            other => return wrong("log_format", other, "must be text or json", "text"),
        };
        let database_url = some(raw.database_url);
        check_database(database_url.as_deref())?;
        if raw.data_dir.as_os_str().is_empty() {
            return wrong("data_dir", "", "must be a folder", "/var/lib/hubbub");
        }
        check_log(&raw.log)?;
        Ok(Self {
            listen,
            data_dir: raw.data_dir,
            database_url,
            database_connections: raw.database_connections,
            database_timeout_seconds: raw.database_timeout_seconds,
            database_lock_seconds: raw.database_lock_seconds,
            journal_retention_days: raw.journal_retention_days,
            export_attempt_retention_days: raw.export_attempt_retention_days,
            admin_email: some(raw.admin_email),
            admin_password: some(raw.admin_password),
            admin_token: some(raw.admin_token),
            trusted_proxies: networks(&raw.trusted_proxies)?,
            allow_private_targets: raw.allow_private_targets,
            rate_limit_per_minute: raw.rate_limit_per_minute,
            new_visitors_per_minute: raw.new_visitors_per_minute,
            connections_per_address: raw.connections_per_address,
            stalled_seconds: raw.stalled_seconds,
            metrics_listen,
            metrics_token: some(raw.metrics_token),
            secret_key: some(raw.secret_key),
            log_json,
            log: raw.log,
            session_hours: raw.session_hours,
            session_max_hours: raw.session_max_hours,
            attachment_max_bytes: raw.attachment_max_bytes,
            bodies_memory_bytes: raw.bodies_memory_bytes,
            body_seconds: raw.body_seconds,
            attachment_url_days: raw.attachment_url_days,
            visitor_upload_bytes_per_day: raw.visitor_upload_bytes_per_day,
            network_upload_bytes_per_hour: raw.network_upload_bytes_per_hour,
            disk_reserve_bytes: raw.disk_reserve_bytes,
            disk_reserve_percent: raw.disk_reserve_percent,
            mail: mail::check(raw.mail, &host_of(&public_url))?,
            public_url,
        })
    }

    /// What the operator wants for the first administrator.
    #[must_use]
    pub fn wishes(&self) -> Wishes<'_> {
        let (email, password) = (self.admin_email.as_deref(), self.admin_password.as_deref());
        Wishes { email, password, token: self.admin_token.as_deref() }
    }

    /// How long PostgreSQL is waited for.
    #[must_use]
    pub fn patience(&self) -> Patience {
        let (statement, lock) = (self.database_timeout_seconds, self.database_lock_seconds);
        Patience { statement: Duration::from_secs(statement), lock: Duration::from_secs(lock) }
    }
}

/// Puts what a file gives in the place of the defaults, key by key in its tables too.
fn replace(table: &mut toml::Table, given: toml::Table) {
    for (key, value) in given {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(known)), toml::Value::Table(given)) => replace(known, given),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

/// Puts what the environment gives in the place of that. A key of a table has the table's name before its own.
fn from_environment(
    prefix: &str,
    table: &mut toml::Table,
    env: &impl Fn(&str) -> Option<String>,
) -> anyhow::Result<()> {
    for (key, value) in table {
        let name = format!("{prefix}_{}", key.to_uppercase());
        if let toml::Value::Table(inner) = value {
            from_environment(&name, inner, env)?;
        } else if let Some(text) = env(&name) {
            *value = read_as(value, &text).with_context(|| format!("{name}={text:?}"))?;
        }
    }
    Ok(())
}

/// The host in the public address.
fn host_of(public_url: &str) -> String {
    let url = url::Url::parse(public_url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The least that all bodies may hold in memory: callers whom nobody knows have five eighths of it, which are two bodies
/// of the Send API, and what is made of one holds as much again.
const BODIES_LEAST: usize = 64 << 20;

/// Refuses numbers that are out of their range.
fn check_ranges(raw: &Raw) -> anyhow::Result<()> {
    at_least("database_connections", raw.database_connections, 2, 24)?;
    at_least("database_timeout_seconds", raw.database_timeout_seconds, 1, 8)?;
    at_least("database_lock_seconds", raw.database_lock_seconds, 1, 5)?;
    at_least("journal_retention_days", raw.journal_retention_days, 0, 90)?;
    at_most("journal_retention_days", raw.journal_retention_days, RETENTION_MAX, 90)?;
    at_least("export_attempt_retention_days", raw.export_attempt_retention_days, 0, 90)?;
    at_most("export_attempt_retention_days", raw.export_attempt_retention_days, RETENTION_MAX, 90)?;
    at_least("session_hours", raw.session_hours, 1, 72)?;
    at_least("session_max_hours", raw.session_max_hours, 1, 336)?;
    at_least("attachment_max_bytes", raw.attachment_max_bytes, 1, 10_485_760)?;
    // Two files of callers whom nobody knows must fit into their five eighths: one network may have one of them.
    let least = raw.attachment_max_bytes.saturating_mul(16).div_ceil(5).saturating_add(1 << 20).max(BODIES_LEAST);
    at_least("bodies_memory_bytes", raw.bodies_memory_bytes, least, least)?;
    at_least("body_seconds", raw.body_seconds, 1, 120)?;
    at_least("stalled_seconds", raw.stalled_seconds, 1, 60)?;
    at_least("attachment_url_days", raw.attachment_url_days, 1, 7)?;
    at_most("attachment_url_days", raw.attachment_url_days, 3650, 7)?;
    at_least("visitor_upload_bytes_per_day", raw.visitor_upload_bytes_per_day, 0, 104_857_600)?;
    at_least("network_upload_bytes_per_hour", raw.network_upload_bytes_per_hour, 0, 1_073_741_824)?;
    at_most("disk_reserve_percent", raw.disk_reserve_percent, 100, 5)
}

/// The address under which browsers reach the server: scheme, host and port alone, as links and cookies are made of it.
fn origin(text: &str) -> anyhow::Result<String> {
    const KEY: &str = "public_url";
    const EXAMPLE: &str = "https://support.example.com";
    let Some(url) = url::Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
    else {
        return wrong(KEY, text, "must begin with http:// or https:// and name a host", EXAMPLE);
    };
    let more = url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    if more || url.password().is_some() {
        return wrong(KEY, text, "must be a scheme, a host and a port, without a path", EXAMPLE);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Variables that begin as ours do, and are no key: a misspelled one would be passed over in silence. What tests set
/// (`HUBBUB_TEST_…`), and what Kubernetes sets for a service of this name, is not meant for the configuration.
#[must_use]
pub fn unknown_variables(names: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let known: toml::Table = DEFAULTS.parse().unwrap_or_default();
    let foreign = |name: &str, value: &str| {
        name.starts_with("TEST_")
            || name.starts_with("SERVICE_")
            || name.starts_with("PORT_")
            || (name == "PORT" && value.contains("://"))
    };
    let unknown = |(name, value): (String, String)| {
        let key = name.strip_prefix("HUBBUB_")?;
        let ours = key.chars().all(|c| !c.is_lowercase()) && has_key(&known, &key.to_lowercase());
        (!ours && !foreign(key, &value)).then_some(name)
    };
    let mut found: Vec<String> = names.into_iter().filter_map(unknown).collect();
    found.sort();
    found
}

/// Whether there is a key of that name, or one in a table after the table's name.
fn has_key(table: &toml::Table, name: &str) -> bool {
    table.iter().any(|(key, value)| match value {
        toml::Value::Table(inner) => name
            .strip_prefix(key.as_str())
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|rest| has_key(inner, rest)),
        _ => key == name,
    })
}

/// Reads an environment variable as the type that the default has.
fn read_as(default: &toml::Value, text: &str) -> anyhow::Result<toml::Value> {
    Ok(match default {
        toml::Value::Boolean(_) => match text {
            "true" | "1" | "yes" | "on" => toml::Value::Boolean(true),
            "false" | "0" | "no" | "off" | "" => toml::Value::Boolean(false),
            _ => bail!("wanted true or false"),
        },
        toml::Value::Integer(_) => toml::Value::Integer(text.parse().context("wanted a whole number")?),
        _ => toml::Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a configuration with one variable set.
    fn refused(name: &str, value: &str) -> String {
        let env = |asked: &str| (asked == name).then(|| value.to_owned());
        Config::load(None, env).err().map(|e| format!("{e:#}")).unwrap_or_default()
    }

    #[test]
    fn environment_replaces_defaults() {
        let env = |name: &str| (name == "HUBBUB_LISTEN").then(|| "127.0.0.1:9".to_owned());
        assert_eq!(Config::load(None, env).expect("valid").listen.port(), 9);
        let env = |name: &str| (name == "HUBBUB_PUBLIC_URL").then(|| "https://desk.example.com:8443/".to_owned());
        assert_eq!(Config::load(None, env).expect("valid").public_url, "https://desk.example.com:8443");
        let env = |name: &str| (name == "HUBBUB_LOG").then(|| "warn, store=DEBUG,hubbub::request=off".to_owned());
        assert!(Config::load(None, env).is_ok());
    }

    #[test]
    fn a_value_that_cannot_be_used_is_an_error_with_key_value_and_example() {
        for (key, value) in [
            ("listen", "localhost:8145"),
            ("listen", "8145"),
            ("public_url", "desk.example.com"),
            ("public_url", "https://desk.example.com/support"),
            ("public_url", "https://desk.example.com/?a=b"),
            ("log", "loud"),
            ("log", "hubbub"),
            ("log", "info,=debug"),
            ("log_format", "xml"),
            ("database_connections", "0"),
            ("database_timeout_seconds", "0"),
            ("database_lock_seconds", "0"),
            ("session_hours", "0"),
            ("bodies_memory_bytes", "1000000"),
            ("body_seconds", "0"),
            ("session_max_hours", "0"),
            ("journal_retention_days", "-1"),
            ("export_attempt_retention_days", "-1"),
            ("journal_retention_days", "9223372036854775807"),
            ("trusted_proxies", "10.0.0.0/33"),
        ] {
            let error = refused(&format!("HUBBUB_{}", key.to_uppercase()), value);
            for part in [key, value, "example"] {
                assert!(error.contains(part), "{key}={value}: {error}");
            }
        }
        assert!(refused("HUBBUB_RATE_LIMIT_PER_MINUTE", "many").contains("HUBBUB_RATE_LIMIT_PER_MINUTE"));
        let secret = refused("HUBBUB_DATABASE_URL", "mysql://root:hunter2@host/name");
        assert!(secret.contains("postgres://") && !secret.contains("hunter2"), "{secret}");
    }

    #[test]
    fn a_table_is_replaced_key_by_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("hubbub.toml");
        let text = "listen = \"127.0.0.1:9\"\n[mail]\nhost = \"smtp.example.com\"\nfrom = \"desk@example.com\"\n\
                    user = \"desk\"\npassword = \"from the file\"";
        std::fs::write(&file, text).expect("written");
        let env = |name: &str| match name {
            "HUBBUB_MAIL_PASSWORD" => Some("from the environment".to_owned()),
            "HUBBUB_MAIL_TIMEOUT_SECONDS" => Some("5".to_owned()),
            _ => None,
        };
        let config = Config::load(Some(&file), env).expect("valid");
        let Some(Mail { from, way: ::mail::Way::Smtp(server) }) = config.mail else { panic!("no server") };
        assert_eq!((from.address().as_str(), server.host.as_str()), ("desk@example.com", "smtp.example.com"));
        assert_eq!((server.port, server.security), (587, ::mail::Security::Starttls));
        assert_eq!(server.login, Some(("desk".into(), "from the environment".into())));
        assert_eq!((server.timeout, server.greeting.as_str()), (Duration::from_secs(5), "127.0.0.1"));
        assert!(Config::load(None, |_| None).expect("valid").mail.is_none());
        std::fs::write(&file, "[mail]\nhosts = \"x\"").expect("written");
        let error = Config::load(Some(&file), |_| None).err().map(|e| format!("{e:#}")).unwrap_or_default();
        assert!(error.contains("hosts"), "{error}");
    }

    #[test]
    fn a_mail_server_that_cannot_be_used_is_an_error() {
        let refused = |pairs: &[(&str, &str)]| {
            let found = |name: &str| pairs.iter().find(|(key, _)| format!("HUBBUB_MAIL_{key}") == name);
            let env = |name: &str| found(name).map(|(_, value)| (*value).to_owned());
            Config::load(None, env).err().map(|e| format!("{e:#}")).unwrap_or_default()
        };
        let good = [("HOST", "smtp.example.com"), ("FROM", "Support <support@example.com>")];
        assert_eq!(refused(&good), "");
        for (key, value) in [
            ("HOST", "smtp.example.com:25"),
            ("HOST", "smtp://example.com"),
            ("FROM", "nobody"),
            ("SECURITY", "ssl"),
            ("PORT", "0"),
            ("TIMEOUT_SECONDS", "0"),
            ("CA_FILE", "Cargo.toml"),
        ] {
            let mut pairs = good.to_vec();
            pairs.insert(0, (key, value));
            let error = refused(&pairs);
            for part in [&format!("mail.{}", key.to_lowercase()), value, "example"] {
                assert!(error.contains(part), "{key}={value}: {error}");
            }
        }
        let secret = refused(&[good[0], good[1], ("PASSWORD", "hunter2")]);
        assert!(secret.contains("mail.user") && !secret.contains("hunter2"), "{secret}");
        assert!(refused(&[good[0], good[1], ("FOLDER", "/tmp/mails")]).contains("mail.folder"));
        assert!(refused(&[("HOST", "smtp.example.com")]).contains("mail.from"));
    }

    #[test]
    fn a_misspelled_variable_is_named_and_those_of_others_are_left_alone() {
        let set = |pairs: &[(&str, &str)]| {
            unknown_variables(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        assert_eq!(set(&[("HUBBUB_LISTN", "x"), ("HUBBUB_LISTEN", "x"), ("PATH", "x")]), ["HUBBUB_LISTN"]);
        assert_eq!(set(&[("HUBBUB_PORT", "9000"), ("HUBBUB_listen", "x")]), ["HUBBUB_PORT", "HUBBUB_listen"]);
        assert_eq!(set(&[("HUBBUB_URL", "https://desk.example.com")]), ["HUBBUB_URL"]);
        let mail = [("HUBBUB_MAIL_HOST", "x"), ("HUBBUB_MAIL_HOSTS", "x"), ("HUBBUB_MAIL", "x"), ("HUBBUB_HOST", "x")];
        assert_eq!(set(&mail), ["HUBBUB_HOST", "HUBBUB_MAIL", "HUBBUB_MAIL_HOSTS"]);
        let kubernetes = [("HUBBUB_PORT", "tcp://10.0.0.1:80"), ("HUBBUB_PORT_80_TCP_ADDR", "10.0.0.1")];
        assert!(set(&kubernetes).is_empty());
        assert!(set(&[("HUBBUB_SERVICE_HOST", "10.0.0.1"), ("HUBBUB_TEST_DATABASE_URL", "postgres://")]).is_empty());
    }
}
