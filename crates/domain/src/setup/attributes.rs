//! What is known of a person, and how it moves when identities are joined and parted again.
//!
//! On a conflict the group's own attributes stay. What a group takes over is noted, so that it can be taken away again
//! as long as nobody has changed it since.

use serde_json::Value;
use store::identity::Identity;
use store::identity_group::IdentityGroup;
use store::identity_merge::Attributes;

/// What an identity tells of its person.
pub(crate) fn of_identity(identity: &Identity) -> Attributes {
    let list = |value: &Option<String>| value.iter().filter(|v| !v.is_empty()).cloned().collect();
    Attributes {
        firstname: identity.firstname.clone(),
        lastname: identity.lastname.clone(),
        company: identity.company.clone(),
        gender: identity.gender.clone(),
        avatar_url: identity.avatar_url.clone(),
        emails: list(&identity.email),
        home_phones: list(&identity.home_phone),
        mobile_phones: list(&identity.mobile_phone),
        ..Attributes::default()
    }
}

/// What a group knows of its person.
pub(crate) fn of_group(group: &IdentityGroup) -> Attributes {
    Attributes {
        firstname: group.firstname.clone(),
        lastname: group.lastname.clone(),
        company: group.company.clone(),
        gender: group.gender.clone(),
        avatar_url: group.avatar_url.clone(),
        notes: group.notes.clone(),
        emails: group.emails.0.clone(),
        home_phones: group.home_phones.0.clone(),
        mobile_phones: group.mobile_phones.0.clone(),
        tag_ids: group.tag_ids.0.clone(),
        custom_field_values: group.custom_field_values.0.clone(),
    }
}

/// Lets a group know just this of its person.
pub(crate) fn put(group: &mut IdentityGroup, known: Attributes) {
    let Attributes { firstname, lastname, company, gender, avatar_url, notes, .. } = known;
    let Attributes { emails, home_phones, mobile_phones, tag_ids, custom_field_values, .. } = known;
    group.firstname = firstname;
    group.lastname = lastname;
    group.company = company;
    group.gender = gender;
    group.avatar_url = avatar_url;
    group.notes = notes;
    group.emails.0 = emails;
    group.home_phones.0 = home_phones;
    group.mobile_phones.0 = mobile_phones;
    group.tag_ids.0 = tag_ids;
    group.custom_field_values.0 = custom_field_values;
}

/// The names of the attributes in which two differ, as the API calls them.
pub(crate) fn differences(one: &Attributes, other: &Attributes) -> Vec<&'static str> {
    let pairs = [
        ("firstname", one.firstname != other.firstname),
        ("lastname", one.lastname != other.lastname),
        ("company", one.company != other.company),
        ("gender", one.gender != other.gender),
        ("avatar_url", one.avatar_url != other.avatar_url),
        ("notes", one.notes != other.notes),
        ("emails", one.emails != other.emails),
        ("home_phones", one.home_phones != other.home_phones),
        ("mobile_phones", one.mobile_phones != other.mobile_phones),
        ("tag_ids", one.tag_ids != other.tag_ids),
        ("custom_field_values", one.custom_field_values != other.custom_field_values),
    ];
    pairs.into_iter().filter(|(_, differ)| *differ).map(|(name, _)| name).collect()
}

fn texts(of: &mut Attributes) -> [&mut Option<String>; 6] {
    let Attributes { firstname, lastname, company, gender, avatar_url, notes, .. } = of;
    [firstname, lastname, company, gender, avatar_url, notes]
}

fn lists(of: &mut Attributes) -> [&mut Vec<String>; 3] {
    [&mut of.emails, &mut of.home_phones, &mut of.mobile_phones]
}

/// Adds to what is known; what is known already stays. Gives what was added.
pub(crate) fn add(known: &mut Attributes, brought: &Attributes) -> Attributes {
    let (mut brought, mut added) = (brought.clone(), Attributes::default());
    // A first name of one and a last name of the other would be nobody's.
    if known.firstname.is_some() || known.lastname.is_some() {
        (brought.firstname, brought.lastname) = (None, None);
    }
    for ((known, brought), added) in texts(known).into_iter().zip(texts(&mut brought)).zip(texts(&mut added)) {
        if known.is_none() && brought.is_some() {
            known.clone_from(brought);
            *added = brought.take();
        }
    }
    for ((known, brought), added) in lists(known).into_iter().zip(lists(&mut brought)).zip(lists(&mut added)) {
        for text in brought.drain(..) {
            if !known.iter().any(|k| k.to_lowercase() == text.to_lowercase()) {
                known.push(text.clone());
                added.push(text);
            }
        }
    }
    for tag in brought.tag_ids {
        if !known.tag_ids.contains(&tag) {
            known.tag_ids.push(tag.clone());
            added.tag_ids.push(tag);
        }
    }
    for (key, value) in brought.custom_field_values {
        if !value.is_null() && known.custom_field_values.get(&key).is_none_or(Value::is_null) {
            known.custom_field_values.insert(key.clone(), value.clone());
            added.custom_field_values.insert(key, value);
        }
    }
    added
}

/// Takes away what was added before and is still the same. Gives what was taken.
pub(crate) fn remove(known: &mut Attributes, added: &Attributes) -> Attributes {
    let (mut added, mut removed) = (added.clone(), Attributes::default());
    for ((known, added), removed) in texts(known).into_iter().zip(texts(&mut added)).zip(texts(&mut removed)) {
        if added.is_some() && known == added {
            *removed = known.take();
        }
    }
    for ((known, added), removed) in lists(known).into_iter().zip(lists(&mut added)).zip(lists(&mut removed)) {
        removed.extend(known.extract_if(.., |text| added.contains(text)));
    }
    removed.tag_ids.extend(known.tag_ids.extract_if(.., |tag| added.tag_ids.contains(tag)));
    for (key, value) in added.custom_field_values {
        if known.custom_field_values.get(&key) == Some(&value) {
            known.custom_field_values.insert(key.clone(), Value::Null);
            removed.custom_field_values.insert(key, value);
        }
    }
    removed
}

/// What somebody brought of the attributes that another one took away: of texts their own, of lists the same.
pub(crate) fn instead(brought: &Attributes, removed: &Attributes) -> Attributes {
    let (mut kept, mut removed) = (brought.clone(), removed.clone());
    for (kept, removed) in texts(&mut kept).into_iter().zip(texts(&mut removed)) {
        if removed.is_none() {
            *kept = None;
        }
    }
    for (kept, removed) in lists(&mut kept).into_iter().zip(lists(&mut removed)) {
        kept.retain(|text| removed.iter().any(|r| r.to_lowercase() == text.to_lowercase()));
    }
    kept.tag_ids.retain(|tag| removed.tag_ids.contains(tag));
    kept.custom_field_values.retain(|key, _| removed.custom_field_values.contains_key(key));
    kept
}

/// What an identity that goes away could bring again: not what was added of it and somebody has changed since.
pub(crate) fn keep(brought: &mut Attributes, added: &Attributes, removed: &Attributes) {
    let (mut added, mut removed) = (added.clone(), removed.clone());
    for ((kept, added), removed) in texts(brought).into_iter().zip(texts(&mut added)).zip(texts(&mut removed)) {
        if added.is_some() && removed.is_none() {
            *kept = None;
        }
    }
    for ((kept, added), removed) in lists(brought).into_iter().zip(lists(&mut added)).zip(lists(&mut removed)) {
        kept.retain(|text| !added.contains(text) || removed.contains(text));
    }
    brought.tag_ids.retain(|tag| !added.tag_ids.contains(tag) || removed.tag_ids.contains(tag));
    let (added, removed) = (&added.custom_field_values, &removed.custom_field_values);
    brought.custom_field_values.retain(|key, _| !added.contains_key(key) || removed.contains_key(key));
}

/// Puts what is in lists into the order in which it was known before; what is new comes last.
pub(crate) fn reorder(known: &mut Attributes, before: &Attributes) {
    let mut before = before.clone();
    for (known, before) in lists(known).into_iter().zip(lists(&mut before)) {
        known.sort_by_key(|text| before.iter().position(|b| b == text).unwrap_or(usize::MAX));
    }
    known.tag_ids.sort_by_key(|tag| before.tag_ids.iter().position(|b| b == tag).unwrap_or(usize::MAX));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn attributes() -> impl Strategy<Value = Attributes> {
        let text = || proptest::option::of("[ab]");
        let list = || proptest::collection::vec("[a-c]", 0..3);
        (text(), text(), text(), text(), list(), list(), proptest::option::of(0..2)).prop_map(
            |(firstname, lastname, company, notes, mut emails, mut phones, field)| {
                emails.dedup();
                phones.dedup();
                let mut known = Attributes { firstname, lastname, company, notes, ..Attributes::default() };
                emails.sort();
                emails.dedup();
                phones.sort();
                phones.dedup();
                (known.emails, known.mobile_phones) = (emails, phones);
                if let Some(value) = field {
                    known.custom_field_values.insert("n".into(), json!(value));
                }
                known
            },
        )
    }

    /// Null and absent are the same.
    fn plain(mut known: Attributes) -> Attributes {
        known.custom_field_values.retain(|_, value| !value.is_null());
        known
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away_again(known in attributes(), brought in attributes()) {
            let mut both = known.clone();
            let added = add(&mut both, &brought);
            prop_assert_eq!(add(&mut both.clone(), &brought), Attributes::default());
            prop_assert_eq!(remove(&mut both, &added), added);
            prop_assert_eq!(plain(both), known);
        }

        #[test]
        fn who_comes_back_finds_it_as_it_was(known in attributes(), brought in attributes(), more in attributes()) {
            let mut whole = known;
            let added = add(&mut whole, &brought);
            add(&mut whole, &more);
            let before = whole.clone();
            let removed = remove(&mut whole, &added);
            let mut again = brought;
            keep(&mut again, &added, &removed);
            add(&mut whole, &again);
            reorder(&mut whole, &before);
            prop_assert_eq!(plain(whole), before);
        }

        #[test]
        fn what_is_known_wins_over_what_is_brought(known in attributes(), brought in attributes()) {
            let mut both = known.clone();
            add(&mut both, &brought);
            prop_assert!(known.company.is_none() || both.company == known.company);
            prop_assert!(known.emails.iter().all(|email| both.emails.contains(email)));
            prop_assert!(brought.emails.iter().all(|email| both.emails.contains(email)));
            let named = known.firstname.is_some() || known.lastname.is_some();
            let name = if named { &known } else { &brought };
            prop_assert_eq!((&both.firstname, &both.lastname), (&name.firstname, &name.lastname));
        }

        #[test]
        fn what_was_changed_since_stays(known in attributes(), brought in attributes()) {
            let mut both = known;
            let added = add(&mut both, &brought);
            both.notes = Some("changed".into());
            both.emails.push("new".into());
            remove(&mut both, &added);
            prop_assert_eq!(both.notes.as_deref(), Some("changed"));
            prop_assert!(both.emails.contains(&"new".to_owned()));
        }
    }
}
