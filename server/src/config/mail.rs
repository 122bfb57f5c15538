//! `[mail]`: who takes mails to send.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use mail::{Party, Security, Server, Way};
use serde::Deserialize;

use super::checks::{at_least, at_most, wrong};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    host: String,
    port: u16,
    security: String,
    user: String,
    password: String,
    ca_file: PathBuf,
    from: String,
    timeout_seconds: u64,
    folder: PathBuf,
}

/// How mails are sent. It holds the server's password, and is never shown.
#[derive(Clone)]
pub struct Mail {
    /// Who mails come from.
    pub from: Party,
    /// Where they go.
    pub way: Way,
}

/// Checks the table; none when it names neither a server nor a folder. `host` is as whom servers are greeted.
pub(super) fn check(raw: Raw, greeting: &str) -> anyhow::Result<Option<Mail>> {
    const SERVER: &str = "smtp.example.com";
    at_least("mail.timeout_seconds", raw.timeout_seconds, 1, 60)?;
    at_most("mail.timeout_seconds", raw.timeout_seconds, 600, 60)?;
    at_least("mail.port", raw.port, 1, 587)?;
    let security = match raw.security.as_str() {
        "starttls" => Security::Starttls,
        "tls" => Security::Tls,
        "none" => Security::None,
        other => return wrong("mail.security", other, "must be starttls, tls or none", "starttls"),
    };
    if raw.user.is_empty() != raw.password.is_empty() {
        // What was found is left out: it may be the password.
        bail!("mail.user and mail.password go together: one of them is empty (example: \"desk@example.com\")");
    }
    let folder = Some(raw.folder).filter(|path| !path.as_os_str().is_empty());
    if raw.host.is_empty() && folder.is_none() {
        return Ok(None);
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']');
    if raw.host.contains(odd) || (raw.host.contains(':') && raw.host.parse::<std::net::Ipv6Addr>().is_err()) {
        return wrong("mail.host", &raw.host, "must be a name or an address, without a port", SERVER);
    }
    let from = match Party::read(&raw.from) {
        Ok(from) => from,
        Err(_) => return wrong("mail.from", &raw.from, "must be an address", "Support <support@example.com>"),
    };
    let way = match folder {
        Some(_) if !raw.host.is_empty() => {
            return wrong("mail.folder", &raw.host, "must be empty where mail.host names a server", "");
        }
        Some(folder) => Way::Folder(folder),
        None => Way::Smtp(Server {
            host: raw.host,
            port: raw.port,
            security,
            login: Some((raw.user, raw.password)).filter(|(user, _)| !user.is_empty()),
            timeout: Duration::from_secs(raw.timeout_seconds),
            roots: roots(raw.ca_file)?,
            greeting: greeting.to_owned(),
        }),
    };
    Ok(Some(Mail { from, way }))
}

/// The certificates in a file that is named.
fn roots(path: PathBuf) -> anyhow::Result<Option<Vec<u8>>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let read = std::fs::read(&path).with_context(|| format!("mail.ca_file: reading {}", path.display()))?;
    if !read.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
        let found = path.display().to_string();
        return wrong("mail.ca_file", &found, "must be a file of certificates in PEM", "/etc/ssl/our-ca.pem");
    }
    Ok(Some(read))
}
