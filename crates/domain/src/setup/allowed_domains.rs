//! The sites that a chat stands on. Where none are named, it works on any; only mails lead to none then, since anybody can
//! tell the chat of a page.

use serde_json::Value;
use store::source::Source;
use url::Url;

use crate::base::{Error, Fault, Reason, Result};
use crate::setup::mail_settings::is_host;

const MOST: usize = 100;

/// Checks a list of host names.
///
/// # Errors
/// 422 on `field` that names what is none.
pub(super) fn check<'v>(field: &str, all: impl Iterator<Item = &'v str>) -> Result<()> {
    for (at, one) in all.enumerate() {
        if at == MOST {
            return Err(Error::invalid(field, Fault::too_many(MOST)));
        }
        let name = one.strip_prefix("*.").unwrap_or(one);
        if !is_host(name) || ascii(name).is_none() {
            let bad = text::beginning(one, 100);
            let fault = Reason::Form.says(format!("{bad} is not a host name such as www.example.com or *.example.com"));
            return Err(Error::invalid(field, fault.with("name", bad)));
        }
    }
    Ok(())
}

/// Whether the chat stands on the site of an address, as far as somebody has named its sites.
#[must_use]
pub fn has(source: &Source, address: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_lowercase));
    host.is_some_and(|host| named(source).any(|name| fits(name, &host)))
}

/// Whether somebody has named the sites of a chat.
#[must_use]
pub fn are_named(source: &Source) -> bool {
    named(source).next().is_some()
}

/// The names of those sites as browsers tell them; a star stands for all below.
#[must_use]
pub fn hosts(source: &Source) -> Vec<String> {
    let host = |name: &str| match name.strip_prefix("*.") {
        Some(above) => ascii(above).map(|above| format!("*.{above}")),
        None => ascii(name),
    };
    named(source).filter_map(host).collect()
}

fn named(source: &Source) -> impl Iterator<Item = &str> {
    source.settings.get("allowed_domains").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A host's name as browsers tell it.
fn ascii(name: &str) -> Option<String> {
    Url::parse(&format!("https://{name}")).ok().and_then(|url| url.host_str().map(str::to_owned))
}

fn fits(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(above) => ascii(above)
            .is_some_and(|above| host.strip_suffix(above.as_str()).is_some_and(|below| below.ends_with('.'))),
        None => ascii(name).is_some_and(|name| name == host),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_all_below() {
        for (name, host, expected) in [
            ("shop.test", "shop.test", true),
            ("Shop.test", "shop.test", true),
            ("shop.test", "www.shop.test", false),
            ("*.shop.test", "www.shop.test", true),
            ("*.shop.test", "a.b.shop.test", true),
            ("*.shop.test", "shop.test", false),
            ("*.shop.test", "evilshop.test", false),
            ("shop.test", "shop.test.evil.test", false),
            ("café-lyon.fr", "xn--caf-lyon-d1a.fr", true),
            ("*.café-lyon.fr", "www.xn--caf-lyon-d1a.fr", true),
        ] {
            assert_eq!(fits(name, host), expected, "{name} {host}");
        }
    }
}
