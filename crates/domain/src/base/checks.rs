//! Checks of what people enter, the same wherever they enter it.

use std::collections::HashSet;
use std::hash::Hash;

use crate::base::{
    error::{Error, Result},
    fault::{Fault, Reason},
};

/// Bytes of an e-mail address at the most.
pub(crate) const EMAIL_MAX: usize = 254;

/// A name of 1 to 255 characters, without white space around it.
///
/// # Errors
/// 422 when it is empty, nothing of it is seen, or it is too long.
pub fn checked_name(field: &'static str, text: &str) -> Result<String> {
    let name = text.trim();
    match name.chars().count() {
        _ if name.chars().all(text::is_invisible) => Err(Error::invalid(field, Fault::blank())),
        ..=255 => Ok(name.to_owned()),
        _ => Err(Error::invalid(field, Fault::too_long(255))),
    }
}

/// An e-mail address as it is kept.
///
/// # Errors
/// 422 on `email`.
pub(crate) fn checked_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    if email.is_empty() {
        return Err(Error::invalid("email", Fault::blank()));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || text::is_invisible(c) || "<>()[],;:\\\"".contains(c);
    let good = email.len() <= EMAIL_MAX
        && !email.contains(odd)
        && email.split_once('@').is_some_and(|(local, domain)| {
            let labels = domain.split('.').all(|label| !label.is_empty());
            !local.is_empty() && local.len() <= 64 && !domain.contains('@') && labels
        });
    if good { Ok(email) } else { Err(Error::invalid("email", Reason::Email.says("is not an e-mail address"))) }
}

/// A language code, with or without a region: `fr`, `pt-BR`.
pub(crate) fn checked_locale(field: &'static str, text: &str) -> Result<String> {
    let (language, region) = text.split_once(['-', '_']).map_or((text, None), |(l, r)| (l, Some(r)));
    let language = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
    let region = region.is_none_or(|r| (2..=4).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphanumeric()));
    if language && region {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, Reason::Language.says("must be a code such as fr or pt-BR")))
    }
}

pub(crate) fn checked_timezone(field: &'static str, name: &str) -> Result<String> {
    // A machine may have no list of time zones at all; then the name can only be looked at.
    let known = match jiff::tz::TimeZone::get(name) {
        Ok(_) => true,
        Err(_) => {
            jiff::tz::db().is_definitively_empty()
                && name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
        }
    };
    if known {
        Ok(name.to_owned())
    } else {
        Err(Error::invalid(field, Reason::TimeZone.says("is not the name of a time zone")))
    }
}

/// Each value once, in the order of their first appearance.
pub(crate) fn distinct<T: Clone + Eq + Hash>(mut values: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(values.len());
    values.retain(|value| seen.insert(value.clone()));
    values
}

/// Values that are not among others, in their order.
pub(crate) fn without<T: Clone + PartialEq>(values: &[T], others: &[T]) -> Vec<T> {
    values.iter().filter(|value| !others.contains(value)).cloned().collect()
}

/// A list as a set, to look things up in.
pub(crate) fn set<T: Eq + Hash>(values: &[T]) -> HashSet<&T> {
    values.iter().collect()
}

/// Which of the ids that something is restricted to are kept, each once: those that exist. What it was restricted to
/// before and is gone since may be said again, as forms do, and is dropped; unless nothing would be left by that, and
/// the restriction be no more.
///
/// # Errors
/// The id that does not exist and was not there before.
pub(crate) fn still_there<T: Clone + Eq + Hash>(
    ids: Vec<T>,
    before: &[T],
    known: &[T],
) -> std::result::Result<Vec<T>, T> {
    let ids = distinct(ids);
    let (known, before) = (set(known), set(before));
    let (there, gone): (Vec<T>, Vec<T>) = ids.into_iter().partition(|id| known.contains(id));
    match gone.iter().find(|id| !before.contains(id)) {
        Some(unknown) => Err(unknown.clone()),
        None if there.is_empty() => Ok(gone),
        None => Ok(there),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_dropped_and_never_the_last() {
        let keep = |ids: &[u8], before: &[u8]| still_there(ids.to_vec(), before, &[1, 2, 3]);
        assert_eq!(keep(&[2, 1, 2], &[]), Ok(vec![2, 1]));
        assert_eq!(keep(&[8, 1, 9], &[9, 8]), Ok(vec![1]));
        assert_eq!(keep(&[8, 9, 8], &[9, 8]), Ok(vec![8, 9]));
        assert_eq!(keep(&[], &[9, 8]), Ok(vec![]));
        assert_eq!(keep(&[1, 9], &[8]), Err(9));
    }

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(checked_email(" Alicia@Shop.Example ").expect("an address"), "alicia@shop.example");
        for bad in ["", "alicia", "@shop.example", "alicia@", "a b@shop.example", "a@b@c", "a@shop..example", "<a@b>"] {
            assert!(checked_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn locales_are_codes() {
        for good in ["en", "fil", "pt-BR", "zh_Hans"] {
            assert!(checked_locale("locale", good).is_ok(), "{good}");
        }
        for bad in ["e", "English", "fr-", "fr-FRANCE", "FR"] {
            assert!(checked_locale("locale", bad).is_err(), "{bad}");
        }
    }
}
