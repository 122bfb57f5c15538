//! Configuration: defaults, then a file, then the environment, checked once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ipnet::IpNet;
use serde::Deserialize;

/// The commented defaults; also what `hubbub config` prints.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    data_dir: PathBuf,
    database_url: String,
    database_connections: usize,
    public_url: String,
    admin_email: String,
    admin_password: String,
    admin_token: String,
    trusted_proxies: String,
    allow_private_targets: bool,
    rate_limit_per_minute: u32,
    new_visitors_per_minute: u32,
    secret_key: String,
    log_format: String,
    log: String,
    session_hours: i64,
    attachment_max_bytes: usize,
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
    /// The key for secrets at rest; none for the file in the data folder.
    pub secret_key: Option<String>,
    /// Log lines as JSON.
    pub log_json: bool,
    /// The filter of log lines.
    pub log: String,
    /// Hours of a console session without use.
    pub session_hours: i64,
    /// The largest attachment in bytes.
    pub attachment_max_bytes: usize,
}

impl Config {
    /// Reads the defaults, then `file`, then the environment through `env`.
    ///
    /// # Errors
    /// When a key is unknown or a value has the wrong form; the message names the key.
    pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut table: toml::Table = DEFAULTS.parse().context("the built-in defaults")?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            let given: toml::Table = text.parse().with_context(|| format!("reading {}", path.display()))?;
            table.extend(given);
        }
        for (key, value) in &mut table {
            let name = format!("HUBBUB_{}", key.to_uppercase());
            if let Some(text) = env(&name) {
                *value = read_as(value, &text).with_context(|| format!("{name}={text:?}"))?;
            }
        }
        Self::check(toml::Value::Table(table).try_into().context("configuration")?)
    }

    fn check(raw: Raw) -> anyhow::Result<Self> {
        let listen: SocketAddr = raw.listen.parse().with_context(|| format!("listen = {:?}", raw.listen))?;
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        let public_url = some(raw.public_url).unwrap_or_else(|| format!("http://{listen}"));
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
            bail!("public_url must begin with http:// or https://, found {public_url:?}");
        }
        let log_json = match raw.log_format.as_str() {
            "json" => true,
            "text" => false,
            other => bail!("log_format must be \"text\" or \"json\", found {other:?}"),
        };
        let database_url = some(raw.database_url);
        if let Some(url) = &database_url
            && !url.starts_with("postgres://")
            && !url.starts_with("postgresql://")
        {
            bail!("database_url must begin with postgres://, or be empty for SQLite");
        }
        Ok(Self {
            listen,
            data_dir: raw.data_dir,
            database_url,
            database_connections: raw.database_connections.max(2),
            public_url: public_url.trim_end_matches('/').to_owned(),
            admin_email: some(raw.admin_email),
            admin_password: some(raw.admin_password),
            admin_token: some(raw.admin_token),
            trusted_proxies: networks(&raw.trusted_proxies)?,
            allow_private_targets: raw.allow_private_targets,
            rate_limit_per_minute: raw.rate_limit_per_minute,
            new_visitors_per_minute: raw.new_visitors_per_minute,
            secret_key: some(raw.secret_key),
            log_json,
            log: raw.log,
            session_hours: raw.session_hours.max(1),
            attachment_max_bytes: raw.attachment_max_bytes,
        })
    }
}

/// Addresses and networks parted by commas.
fn networks(text: &str) -> anyhow::Result<Vec<IpNet>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let read = |word: &str| word.parse::<IpNet>().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from));
    words
        .map(|word| read(word).with_context(|| format!("trusted_proxies: {word:?} is no address or network")))
        .collect()
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

    #[test]
    fn environment_replaces_defaults_and_names_the_key_at_fault() {
        let env = |name: &str| (name == "HUBBUB_LISTEN").then(|| "127.0.0.1:9".to_owned());
        assert_eq!(Config::load(None, env).expect("valid").listen.port(), 9);
        let bad = |name: &str| (name == "HUBBUB_RATE_LIMIT_PER_MINUTE").then(|| "many".to_owned());
        let error = Config::load(None, bad).err().map(|e| format!("{e:#}")).unwrap_or_default();
        assert!(error.contains("HUBBUB_RATE_LIMIT_PER_MINUTE"), "{error}");
        let proxies = |name: &str| (name == "HUBBUB_TRUSTED_PROXIES").then(|| "127.0.0.1, 10.0.0.0/33".to_owned());
        let error = Config::load(None, proxies).err().map(|e| format!("{e:#}")).unwrap_or_default();
        assert!(error.contains("10.0.0.0/33"), "{error}");
    }
}
