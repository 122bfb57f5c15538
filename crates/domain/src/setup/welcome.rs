//! What a chat says first: a text for each language, with variables of the visitor.

use std::collections::BTreeMap;

use rules::template::{self, Variable};
use serde_json::{Map, Value};
use store::identity::Identity;
use store::source::Source;

use crate::base::{Error, Fault, Reason, Result};

/// The most characters of a welcome, and how many there may be.
const LONGEST: usize = 2000;
const MOST: usize = 100;
/// The setting that has all of them.
const ALL: &str = "welcome_messages";
/// The language of the one for whoever speaks none of the others.
const OTHERS: &str = "und";
/// What a source is taken to speak that does not say it.
const USUAL: &str = "en";

/// A chat's welcomes, by language.
#[must_use]
pub fn all(source: &Source) -> BTreeMap<String, String> {
    let set = source.settings.get(ALL).and_then(Value::as_object).into_iter().flatten();
    set.filter_map(|(language, text)| Some((language.clone(), text.as_str()?.to_owned()))).collect()
}

fn own_language(source: &Source) -> &str {
    source.setting("default_content_language").unwrap_or(USUAL)
}

/// The welcome in the language of the source.
#[must_use]
pub fn own(source: &Source) -> Option<String> {
    all(source).remove(own_language(source))
}

/// The welcome for whoever speaks none of its languages, with its own one: that for all others, that of the source, the
/// English one, the first.
fn for_others(source: &Source) -> Option<(String, String)> {
    let mut all = all(source);
    let known = [OTHERS, own_language(source), USUAL].into_iter().find_map(|code| all.remove_entry(code));
    known.or_else(|| all.pop_first())
}

/// The welcome for whoever speaks none of its languages.
#[must_use]
pub fn usual(source: &Source) -> Option<String> {
    for_others(source).map(|(_, text)| text)
}

/// The welcome for somebody who speaks a language, or for a near one (`pt` for `pt-BR`), with the language that it is in.
#[must_use]
pub fn spoken(source: &Source, wanted: &str) -> Option<(String, String)> {
    let same = |code: &str| code.replace('_', "-").eq_ignore_ascii_case(&wanted.replace('_', "-"));
    let base = |code: &str| code.split(['-', '_']).next().unwrap_or(code).to_ascii_lowercase();
    let all = all(source);
    let near = || all.iter().find(|(code, _)| base(code) == base(wanted));
    let found = all.iter().find(|(code, _)| same(code)).or_else(near);
    found.map(|(code, text)| (code.clone(), text.clone())).or_else(|| for_others(source))
}

/// Changes welcomes: the languages that are given, and no others; a blank text takes one away. Null takes them all away,
/// or with `welcome_message` that of the source's language.
///
/// # Errors
/// 422 for a language or text that cannot be, and for too many.
pub fn set(source: &mut Source, field: &'static str, given: Value) -> Result<()> {
    let changes = match (field == ALL, given) {
        (true, Value::Null) => {
            source.settings.remove(ALL);
            return Ok(());
        }
        (true, Value::Object(changes)) => changes,
        (true, _) => return Err(Error::invalid(field, Fault::form("a map of texts by language"))),
        (false, text) => Map::from_iter([(own_language(source).to_owned(), text)]),
    };
    let mut kept = all(source);
    for (language, text) in changes {
        if !is_language(&language) {
            return Err(Error::invalid(field, Reason::Language.says("must be language codes such as en")));
        }
        let text = text.as_str().unwrap_or("");
        if text.chars().count() > LONGEST {
            return Err(Error::invalid(field, Fault::too_long(LONGEST)));
        }
        match text.trim().is_empty() {
            true => kept.remove(&language),
            false => kept.insert(language, text.to_owned()),
        };
    }
    if kept.len() > MOST {
        return Err(Error::invalid(field, Fault::too_many(MOST)));
    }
    let kept: Map<String, Value> = kept.into_iter().map(|(language, text)| (language, text.into())).collect();
    source.settings.insert(ALL.to_owned(), kept.into());
    Ok(())
}

/// Whether a text has the form of a language code such as `fr` or `pt-BR`.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let first = parts.next().unwrap_or("");
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && text.len() <= 11
        && parts.all(|part| (2..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// What stands for the variables of a person in what a chat says, by their names without `identity_`; only what is known.
#[must_use]
pub fn variables(person: &Identity) -> BTreeMap<&'static str, String> {
    let Identity { company, email, firstname, lastname, gender, home_phone, mobile_phone, screenname, uuid, .. } =
        person;
    let told = [
        ("company", company),
        ("email", email),
        ("emails", email),
        ("firstname", firstname),
        ("lastname", lastname),
        ("gender", gender),
        ("home_phone", home_phone),
        ("home_phones", home_phone),
        ("mobile_phone", mobile_phone),
        ("mobile_phones", mobile_phone),
        ("screenname", screenname),
        ("uuid", uuid),
    ];
    let filled = |text: &&String| !text.trim().is_empty();
    told.into_iter().filter_map(|(name, text)| Some((name, text.as_ref().filter(filled)?.clone()))).collect()
}

/// A text with the variables of a person. Of one that nobody knows nothing is left, nor the space before it.
#[must_use]
pub fn fill(text: &str, person: &Identity) -> String {
    /// No text has it.
    const NOTHING: &str = "\0";
    let known = variables(person);
    let value = |name: &str| {
        let bare = name.strip_prefix("identity").and_then(|rest| rest.strip_prefix(['_', '.'])).unwrap_or(name);
        Variable::Value(known.get(bare).cloned().unwrap_or_else(|| NOTHING.to_owned()))
    };
    let filled = template::fill(text, value).text;
    filled.replace(&format!(" {NOTHING}"), "").replace(NOTHING, "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use model::{CommunityId, Timestamp};

    use super::*;

    #[test]
    fn variables_of_a_person_are_filled_in_and_leave_no_gap() {
        let now = Timestamp::from_millis(0);
        let mut ann = Identity::new(CommunityId::new(now), "engage_messaging", "x".into(), now);
        ann.firstname = Some("Ann".into());
        ann.email = Some(" ".into());
        for (text, said) in [
            ("Hello {{firstname}}!", "Hello Ann!"),
            ("Hello {{ identity_firstname }} {{lastname}}, welcome", "Hello Ann, welcome"),
            ("Hello {{identity.lastname}}!", "Hello!"),
            ("Bonjour {{lastname}} !", "Bonjour !"),
            ("{{email}} {{what}}{{firstname}}", "Ann"),
            ("{{firstname}} {{ not a name }}", "Ann {{ not a name }}"),
        ] {
            assert_eq!(fill(text, &ann), said, "{text}");
        }
    }
}
