//! Texts with variables: `Hello {{identity.firstname|there}}`.
//!
//! A variable is a dotted name of letters, digits and `_` between double braces, with or without white space. Behind
//! a bar stands the text for the case that there is no value. What is not a variable stays as it is written.

/// A text whose variables were filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// The variables without a value, each once, in the order of their first appearance.
    pub missing: Vec<String>,
}

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// A value.
    Value(String),
    /// It is known and has no value: the text behind the bar stands for it, or nothing.
    Empty,
    /// It is not known: it stays as it is written.
    Unknown,
}

/// Fills in the variables of a text.
pub fn fill(text: &str, mut value: impl FnMut(&str) -> Variable) -> Filled {
    let mut filled = Filled::default();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        filled.text.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((whole, name, other)) = variable(rest) else {
            // One brace further: the next two may begin a variable.
            filled.text.push('{');
            rest = &rest[1..];
            continue;
        };
        let missing = |filled: &mut Filled| {
            if !filled.missing.iter().any(|known| known == name) {
                filled.missing.push(name.to_owned());
            }
        };
        match value(name) {
            Variable::Value(value) => filled.text.push_str(&value),
            Variable::Empty => match other {
                Some(other) => filled.text.push_str(other.trim()),
                None => missing(&mut filled),
            },
            Variable::Unknown => {
                missing(&mut filled);
                filled.text.push_str(whole);
            }
        }
        rest = &rest[whole.len()..];
    }
    filled.text.push_str(rest);
    filled
}

/// The variable that a text begins with: as it is written, its name, and the text behind the bar.
fn variable(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")?;
    let (name, other) = match inner[..end].split_once('|') {
        Some((name, other)) => (name, Some(other)),
        None => (&inner[..end], None),
    };
    let name = name.trim();
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let whole = &text[..end + 4];
    (name.split('.').all(good) && other.is_none_or(|o| !o.contains('{'))).then_some((whole, name, other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(name: &str) -> Variable {
        match name {
            "identity.firstname" => Variable::Value("Mia".into()),
            "identity.lastname" => Variable::Empty,
            _ => Variable::Unknown,
        }
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, filled, missing) in [
            ("Hello {{identity.firstname}}!", "Hello Mia!", vec![]),
            ("Hello {{ identity.firstname | there }}!", "Hello Mia!", vec![]),
            ("Dear {{identity.lastname|customer}},", "Dear customer,", vec![]),
            ("Dear {{identity.lastname}},", "Dear ,", vec!["identity.lastname"]),
            ("{{order.id}} {{order.id|none}}", "{{order.id}} {{order.id|none}}", vec!["order.id"]),
            ("{{{identity.firstname}}}", "{Mia}", vec![]),
            ("{{}} {{a b}} {{é}} {{identity.firstname", "{{}} {{a b}} {{é}} {{identity.firstname", vec![]),
            ("{{ {{identity.firstname}} }}", "{{ Mia }}", vec![]),
        ] {
            let done = fill(text, known);
            assert_eq!((done.text.as_str(), done.missing), (filled, missing.into_iter().map(String::from).collect()));
        }
    }

    #[test]
    fn values_are_not_filled_in_themselves() {
        let done = fill("{{a}}", |_| Variable::Value("{{a}}".into()));
        assert_eq!(done.text, "{{a}}");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_without_values_nothing_changes(text in "[{}|a.é ]{0,40}") {
            prop_assert_eq!(fill(&text, |_| Variable::Unknown).text, text);
        }
    }
}
