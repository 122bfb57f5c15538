//! How a mailbox's server is reached: what its source says of it, with what is usual where it says nothing.

use domain::mail_settings;
use serde_json::Value;
use store::source::Source;

/// How a connection is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// By TLS from the beginning.
    Tls,
    /// By TLS after `STARTTLS`, and never without.
    Starttls,
    /// Not at all; for private hosts alone.
    Plain,
}

/// How somebody signs in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// With a password.
    Password(String),
    /// With a token (XOAUTH2).
    Token(String),
}

/// A server, and how it lets us in. It holds a password, and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Door {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    /// Any certificate is taken.
    pub(super) any: bool,
    pub(super) user: String,
    pub(super) way: Way,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Door {
    /// The server that a source's mail comes from.
    pub(super) fn imap(source: &Source, secret: String) -> Self {
        let basic = mail_settings::login_secret(source) == "imap_password";
        Self::of(
            source,
            "imap",
            (993, 143),
            |port| port == Some(143),
            if basic { Way::Password(secret) } else { Way::Token(secret) },
        )
    }

    /// The server that a source's mails go out by. Where no user is named, nobody signs in.
    pub(super) fn smtp(source: &Source, secret: String) -> Self {
        let basic = mail_settings::smtp_secret(source) == "smtp_password";
        Self::of(
            source,
            "smtp",
            (465, 587),
            |port| port != Some(465),
            if basic { Way::Password(secret) } else { Way::Token(secret) },
        )
    }

    /// What a source says of a server. `usual` are the ports with TLS from the beginning and without, `plain_port` as in
    /// [`security`].
    fn of(source: &Source, server: &str, usual: (u16, u16), plain_port: fn(Option<u16>) -> bool, way: Way) -> Self {
        let name = |setting: &str| format!("{server}_{setting}");
        let flag = |setting: &str| source.settings.get(&name(setting)).and_then(Value::as_bool);
        let text = |setting: &str| source.setting(&name(setting)).unwrap_or_default().to_owned();
        let port = source.settings.get(&name("port")).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        let security = security(flag("use_ssl_tls"), flag("use_start_tls"), plain_port(port));
        Self {
            host: text("address"),
            port: port.unwrap_or(if security == Security::Tls { usual.0 } else { usual.1 }),
            security,
            any: text("ssl_verify_mode") == "NONE",
            user: text("username"),
            way,
        }
    }
}

/// What two switches mean together; where nobody has set any, `plain_port` says whether the port is one on which TLS is
/// asked for first.
fn security(tls: Option<bool>, starttls: Option<bool>, plain_port: bool) -> Security {
    match (tls, starttls) {
        (Some(true), _) => Security::Tls,
        (_, Some(true)) => Security::Starttls,
        (None, None) if plain_port => Security::Starttls,
        (None, None) => Security::Tls,
        _ => Security::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Security, security};

    #[test]
    fn both_switches_are_tls_and_neither_is_none() {
        assert_eq!(security(Some(true), Some(true), false), Security::Tls);
        assert_eq!(security(Some(false), Some(true), false), Security::Starttls);
        assert_eq!(security(None, None, true), Security::Starttls);
        assert_eq!(security(None, None, false), Security::Tls);
        assert_eq!(security(Some(false), Some(false), true), Security::Plain);
    }
}
