//! What can be set on a mailbox: which servers mail comes from and goes to, what of it is taken in, and how threads are
//! made of it. The names are those of the reference's source object; the last one is an extension.

use serde_json::Value;
use store::source::Source;

use crate::base::{Error, Fault, Reason, Result, checks::checked_email};
use crate::setup::source_setting::{Fixed, Kind, SHORT, Setting, Unset, setting};

const VERIFY_MODES: Kind = Kind::OneOf(&["NONE", "PEER", "CLIENT_ONCE", "FAIL_IF_NO_PEER_CERT"]);
const LOGIN: Kind = Kind::OneOf(&["basic", "microsoft_identity_platform", "google"]);
const PORT: Kind = Kind::Int(1, 65_535);
const BASIC: Unset = Unset::OfMail(Fixed::Text("basic"));
const PEER: Unset = Unset::OfMail(Fixed::Text("PEER"));
const ON: Unset = Unset::OfMail(Fixed::Bool(true));
const OFF: Unset = Unset::OfMail(Fixed::Bool(false));

/// The setting that names the further addresses of the mailbox.
const FROM: &str = "from_addresses";

/// The largest mail that is fetched whole from any mailbox, in bytes: it is held in memory.
const MAIL_MOST: i64 = 52_428_800;

/// How large a mail may be that is fetched whole.
#[must_use]
pub fn mail_max_bytes(source: &Source) -> usize {
    let set = source.settings.get("mail_max_bytes").and_then(Value::as_i64).unwrap_or(MAIL_MOST);
    usize::try_from(set).unwrap_or(usize::MAX)
}

/// The setting that names the mailbox for copies of mails that went out.
pub const SENT_MAILBOX: &str = "imap_mailbox_used_for_sent_mail";

/// Every setting of a mailbox.
pub(super) const SETTINGS: &[Setting] = &[
    setting("cc_blacklist", Kind::Texts, Unset::Null),
    setting("common_ancestors_threading", Kind::Bool, ON),
    setting("email_parser", Kind::Bool, OFF),
    setting("imap_address", SHORT, Unset::Null),
    // An extension.
    setting("imap_after_import", SHORT, Unset::OfMail(Fixed::Text("none"))),
    setting("imap_authentication_type", LOGIN, BASIC),
    setting(SENT_MAILBOX, SHORT, Unset::Null),
    setting("imap_mailboxes_to_import", Kind::Texts, Unset::Null),
    setting("imap_oauth_refresh_token", Kind::Secret, Unset::Null),
    setting("imap_password", Kind::Secret, Unset::Null),
    setting("imap_port", PORT, Unset::Null),
    setting("imap_smtp_email", SHORT, Unset::Null),
    setting("imap_ssl_verify_mode", VERIFY_MODES, PEER),
    setting("imap_use_ssl_tls", Kind::Bool, Unset::Null),
    setting("imap_use_start_tls", Kind::Bool, Unset::Null),
    setting("imap_username", SHORT, Unset::Null),
    setting("smtp_address", SHORT, Unset::Null),
    setting("smtp_authentication_type", LOGIN, BASIC),
    setting("smtp_helo_domain", SHORT, Unset::Null),
    setting("smtp_oauth_refresh_token", Kind::Secret, Unset::Null),
    setting("smtp_password", Kind::Secret, Unset::Null),
    setting("smtp_port", PORT, Unset::Null),
    setting("smtp_ssl_verify_mode", VERIFY_MODES, PEER),
    setting("smtp_use_ssl_tls", Kind::Bool, Unset::Null),
    setting("smtp_use_start_tls", Kind::Bool, Unset::Null),
    setting("smtp_username", SHORT, Unset::Null),
    setting("spam_assassin_level", Kind::OneOf(&["disabled", "relaxed", "strict"]), Unset::Null),
    setting("threading_heuristics", Kind::Bool, OFF),
    setting("whitelisted_emails", Kind::Addresses, Unset::Null),
    // Extensions.
    setting("authserv_id", SHORT, Unset::Null),
    setting("automatic_mail", Kind::OneOf(&["ignore", "import"]), Unset::OfMail(Fixed::Text("ignore"))),
    setting(FROM, Kind::Addresses, Unset::Null),
    setting("link_large_files", Kind::Bool, OFF),
    setting("mail_max_bytes", Kind::Int(65_536, MAIL_MOST), Unset::OfMail(Fixed::Int(MAIL_MOST))),
    setting("mails_per_minute", Kind::Int(1, 600), Unset::OfMail(Fixed::Int(30))),
    setting("oauth_authorize_url", Kind::Url, Unset::Null),
    setting("oauth_client_id", SHORT, Unset::Null),
    setting("oauth_client_secret", Kind::Secret, Unset::Null),
    setting("oauth_tenant", SHORT, Unset::Null),
    setting("oauth_token_url", Kind::Url, Unset::Null),
    setting("quote_answered", Kind::Bool, ON),
    setting("reopen_failed", Kind::Bool, ON),
    setting("reply_address", Kind::Bool, OFF),
    setting("resend_unknown", Kind::Bool, OFF),
    setting("smtp_max_bytes", Kind::Int(65_536, 1_073_741_824), Unset::OfMail(Fixed::Int(26_214_400))),
];

/// For how many seconds a subject goes on where nobody says: a week.
const INCLUSION: i64 = 7 * 86_400;
/// Mailboxes of one source at the most.
const MAILBOXES_MAX: usize = 50;
/// The mailbox that every server has.
pub const INBOX: &str = "INBOX";

/// The names of the secrets of a mailbox.
pub const SECRETS: [&str; 5] =
    ["imap_password", "smtp_password", "imap_oauth_refresh_token", "smtp_oauth_refresh_token", "oauth_client_secret"];

/// The secrets that now go to another server than before.
#[must_use]
pub fn moved(before: &Source, now: &Source) -> Vec<&'static str> {
    let changed = |name: &str| {
        let lower = |source: &Source| source.setting(name).map(str::to_lowercase);
        lower(now).is_some() && lower(now) != lower(before)
    };
    let mut all = Vec::new();
    // Each refresh token may let in to both.
    let tokens = ["imap_oauth_refresh_token", "smtp_oauth_refresh_token"];
    for (server, password) in [("imap_address", "imap_password"), ("smtp_address", "smtp_password")] {
        if changed(server) {
            all.push(password);
            all.extend(tokens);
        }
    }
    if changed("oauth_token_url") {
        all.push("oauth_client_secret");
        all.extend(tokens);
    }
    all
}

/// The mailbox's own address, in lower case.
#[must_use]
pub fn own_address(source: &Source) -> Option<String> {
    source.setting("imap_smtp_email").map(str::to_lowercase)
}

/// The addresses that mails may go out from, in lower case: the mailbox's own first.
#[must_use]
pub fn addresses(source: &Source) -> Vec<String> {
    let more = source.setting(FROM).into_iter().flat_map(parted).map(str::to_lowercase);
    let mut all: Vec<String> = Vec::new();
    for address in own_address(source).into_iter().chain(more) {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

/// Whether an address is the mailbox's own, or one of those below it that answers go to.
#[must_use]
pub fn is_own(source: &Source, address: &str) -> bool {
    let address = address.to_lowercase();
    let plain = match address.split_once("+h.") {
        Some((local, rest)) => format!("{local}@{}", rest.split_once('@').map_or("", |(_, domain)| domain)),
        None => address.clone(),
    };
    let own = ["imap_smtp_email", "imap_username"].into_iter().filter_map(|name| source.setting(name));
    let own = own.map(str::to_lowercase).chain(addresses(source));
    own.into_iter().any(|own| own == address || own == plain)
}

/// Whether a mailbox has a server that its mails go out by.
#[must_use]
pub fn sends(source: &Source) -> bool {
    source.setting("smtp_address").is_some() && source.setting("imap_smtp_email").is_some()
}

/// The mailboxes that mail is taken from: the first is watched.
#[must_use]
pub fn mailboxes(source: &Source) -> Vec<String> {
    let set = source.settings.get("imap_mailboxes_to_import").and_then(Value::as_array);
    let mut all: Vec<String> = Vec::new();
    for name in set.into_iter().flatten().filter_map(Value::as_str).map(str::trim).filter(|name| !name.is_empty()) {
        let name = if name.eq_ignore_ascii_case(INBOX) { INBOX } else { name };
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    if all.is_empty() { vec![INBOX.to_owned()] } else { all }
}

/// What is done on the server with a mail that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterImport<'a> {
    /// It stays as it is.
    Nothing,
    /// It is marked as read.
    Seen,
    /// It goes to another mailbox.
    Move(&'a str),
}

/// What a source says of that.
#[must_use]
pub fn after_import(source: &Source) -> AfterImport<'_> {
    match source.setting("imap_after_import") {
        Some("seen") => AfterImport::Seen,
        Some(text) => text.strip_prefix("move:").map(str::trim).map_or(AfterImport::Nothing, AfterImport::Move),
        None => AfterImport::Nothing,
    }
}

fn check_after_import(source: &Source) -> Result<()> {
    let name = "imap_after_import";
    let fits = match (source.setting(name), after_import(source)) {
        (None | Some("none" | "seen"), _) => true,
        (Some(_), AfterImport::Move(mailbox)) => {
            // One that is taken in itself would have it come again and again.
            let taken = mailboxes(source).iter().any(|known| known.eq_ignore_ascii_case(mailbox));
            !mailbox.is_empty() && !taken
        }
        _ => false,
    };
    let form = "none, seen, or move: and a mailbox that mail is not taken from";
    if fits { Ok(()) } else { Err(Error::invalid(name, Fault::form(form))) }
}

/// After how many seconds a subject no longer goes on.
#[must_use]
pub fn subject_seconds(source: &Source) -> i64 {
    let set = source.settings.get("time_for_thread_inclusion").and_then(Value::as_i64);
    set.filter(|n| *n > 0).unwrap_or(INCLUSION)
}

/// Whether an address is one of those that a setting names, or of a domain that it names.
#[must_use]
pub fn names(source: &Source, setting: &str, address: &str) -> bool {
    let address = address.to_lowercase();
    let fits = |name: &str| {
        let name = name.to_lowercase();
        name == address || name.starts_with('@') && address.ends_with(&name)
    };
    match source.settings.get(setting) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).any(fits),
        Some(Value::String(text)) => parted(text).any(fits),
        _ => false,
    }
}

fn parted(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|part| !part.is_empty())
}

/// Checks addresses and domains.
pub(super) fn check_addresses(field: &str, value: &Value) -> Result<()> {
    let text = value.as_str().unwrap_or_default();
    if text.chars().count() > 5000 {
        return Err(Error::invalid(field, Fault::too_long(5000)));
    }
    let good = |one: &str| {
        let whole = if one.starts_with('@') && field != FROM { format!("x{one}") } else { one.to_owned() };
        checked_email(&whole).is_ok()
    };
    match parted(text).find(|one| !good(one)) {
        Some(bad) => Err(wrong_address(field, bad)),
        None => Ok(()),
    }
}

fn wrong_address(field: &str, bad: &str) -> Error {
    let message = format!("{} is not an e-mail address", text::beginning(bad, 100));
    Error::invalid(field, Reason::Email.says(message).with("name", text::beginning(bad, 100)))
}

/// Checks what has been set on a mailbox as a whole. One that is in use must say where its mail comes from, and whose it
/// is.
pub(crate) fn check(source: &Source, has_secret: bool) -> Result<()> {
    for name in ["imap_address", "smtp_address"] {
        if let Some(host) = source.setting(name)
            && !is_host(host)
        {
            return Err(Error::invalid(name, Fault::form("the name or address of a server, without a port")));
        }
    }
    if let Some(own) = source.setting("imap_smtp_email")
        && checked_email(own).is_err()
    {
        return Err(wrong_address("imap_smtp_email", own));
    }
    check_after_import(source)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if source.setting("oauth_tenant").is_some_and(|tenant| !tenant.chars().all(plain)) {
        return Err(Error::invalid("oauth_tenant", Fault::form("the name or the id of a directory")));
    }
    if mailboxes(source).len() > MAILBOXES_MAX {
        return Err(Error::invalid("imap_mailboxes_to_import", Fault::too_many(MAILBOXES_MAX)));
    }
    let copied = source.settings.get("cc_blacklist").and_then(Value::as_array).into_iter().flatten();
    if let Some(bad) = copied.filter_map(Value::as_str).find(|one| checked_email(one).is_err()) {
        return Err(wrong_address("cc_blacklist", bad));
    }
    if !source.active {
        return Ok(());
    }
    if let Some(name) = missing(source, has_secret) {
        return Err(Error::invalid(name, Reason::Required.says("is needed before the source can be active")));
    }
    Ok(())
}

/// What a mailbox still needs before its mail can be taken in.
fn missing(source: &Source, has_secret: bool) -> Option<&'static str> {
    let set = ["imap_smtp_email", "imap_address", "imap_username"];
    let set = set.into_iter().find(|name| source.setting(name).is_none());
    set.or_else(|| (!has_secret).then_some(login_secret(source)))
}

/// The secret that mail is fetched with.
#[must_use]
pub fn login_secret(source: &Source) -> &'static str {
    match source.setting("imap_authentication_type") {
        None | Some("basic") => "imap_password",
        Some(_) => "imap_oauth_refresh_token",
    }
}

/// The secret that mails go out with.
#[must_use]
pub fn smtp_secret(source: &Source) -> &'static str {
    match source.setting("smtp_authentication_type") {
        None | Some("basic") => "smtp_password",
        Some(_) => "smtp_oauth_refresh_token",
    }
}

/// The refresh tokens that a token may be asked for by, in order. Providers change one with each use, so what somebody
/// signed in with once counts for both ways; only where another user sends, that one's own goes first.
#[must_use]
pub fn sign_ins(source: &Source, wanted: &'static str) -> [&'static str; 2] {
    const BOTH: [&str; 2] = ["imap_oauth_refresh_token", "smtp_oauth_refresh_token"];
    let same = source.setting("smtp_username") == source.setting("imap_username");
    if wanted == BOTH[1] && !same { [BOTH[1], BOTH[0]] } else { BOTH }
}

/// Whether a text can be the name or the address of a server.
pub(super) fn is_host(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = !text.starts_with(['.', '-']) && text.chars().all(fits) && !text.is_empty();
    name || text.parse::<std::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{check_addresses, is_host, parted};

    #[test]
    fn addresses_and_domains_stand_in_a_text() {
        let all: Vec<_> = parted("a@b.test, @c.test\n d@e.test;").collect();
        assert_eq!(all, ["a@b.test", "@c.test", "d@e.test"]);
        assert!(check_addresses("whitelisted_emails", &"a@b.test @c.test".into()).is_ok());
        assert!(check_addresses("whitelisted_emails", &"a@b.test nobody".into()).is_err());
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for good in ["imap.example.com", "127.0.0.1", "::1", "mail_1", "münchen.example"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "https://a.test", "a.test:993", "a b", ".a", "-a", "a/b", "a@b"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
