//! Texts with variables and sections, as mails to visitors have them: `{{name}}` is filled in and escaped, `{{{name}}}` as
//! it is, `{{#name}}…{{/name}}` stands once for each row of a list, or where a value is not empty. Which names there are is
//! told, and nothing else is taken: what is wrong with a text is found before anybody gets it.

use std::collections::HashMap;

/// The names that a text may use.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Values.
    pub values: &'static [&'static str],
    /// Those of them that may stand as they are.
    pub raw: &'static [&'static str],
    /// Lists, each with what its rows have beside all others.
    pub lists: &'static [(&'static str, &'static Names)],
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no such name here.
    Unknown(String),
    /// This one may not stand as it is.
    NotRaw(String),
    /// This section does not end, or ends without a beginning.
    Unpaired(String),
    /// Braces that do not close.
    Open,
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Value { name: String, raw: bool },
    Section { name: String, inside: Vec<Part> },
}

/// What stands for the names.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Values by their names; what is missing is empty.
    pub texts: HashMap<&'static str, String>,
    /// The rows of lists by their names.
    pub lists: HashMap<&'static str, Vec<Values>>,
}

/// Reads a text.
///
/// # Errors
/// What is wrong with it, the first thing.
pub fn read(text: &str, names: &Names) -> Result<Template, Wrong> {
    let (parts, rest) = parts(text, &[names], None)?;
    debug_assert!(rest.is_empty(), "all was read");
    Ok(Template(parts))
}

/// Reads up to the end of a section, or of the text; gives what comes behind it.
fn parts<'t>(text: &'t str, names: &[&Names], within: Option<&str>) -> Result<(Vec<Part>, &'t str), Wrong> {
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find("{{") {
        if at > 0 {
            all.push(Part::Text(rest[..at].to_owned()));
        }
        let raw = rest[at..].starts_with("{{{");
        let (open, close) = if raw { (3, "}}}") } else { (2, "}}") };
        let inside = &rest[at + open..];
        let end = inside.find(close).ok_or(Wrong::Open)?;
        let tag = inside[..end].trim();
        rest = &inside[end + close.len()..];
        if raw {
            check(tag, names)?;
            if !names.iter().any(|known| known.raw.contains(&tag)) {
                return Err(Wrong::NotRaw(tag.to_owned()));
            }
            all.push(Part::Value { name: tag.to_owned(), raw });
        } else if let Some(name) = tag.strip_prefix('#') {
            let name = name.trim();
            let list = names.iter().flat_map(|known| known.lists).find(|(list, _)| *list == name);
            let mut known = names.to_vec();
            match list {
                Some((_, rows)) => known.push(rows),
                None => check(name, names)?,
            }
            let (inside, behind) = parts(rest, &known, Some(name))?;
            all.push(Part::Section { name: name.to_owned(), inside });
            rest = behind;
        } else if let Some(name) = tag.strip_prefix('/') {
            let name = name.trim();
            return if within == Some(name) { Ok((all, rest)) } else { Err(Wrong::Unpaired(name.to_owned())) };
        } else {
            check(tag, names)?;
            all.push(Part::Value { name: tag.to_owned(), raw });
        }
    }
    if let Some(name) = within {
        return Err(Wrong::Unpaired(name.to_owned()));
    }
    if !rest.is_empty() {
        all.push(Part::Text(rest.to_owned()));
    }
    Ok((all, ""))
}

fn check(name: &str, names: &[&Names]) -> Result<(), Wrong> {
    let known = names.iter().any(|known| known.values.contains(&name));
    if known { Ok(()) } else { Err(Wrong::Unknown(name.to_owned())) }
}

impl Template {
    /// The text with everything filled in; `escape` makes a value fit to stand in it.
    #[must_use]
    pub fn fill(&self, values: &Values, escape: fn(&str) -> String) -> String {
        let mut out = String::new();
        fill(&self.0, &[values], escape, &mut out);
        out
    }
}

fn fill(parts: &[Part], values: &[&Values], escape: fn(&str) -> String, out: &mut String) {
    let text = |name: &str| values.iter().rev().find_map(|known| known.texts.get(name)).map_or("", String::as_str);
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Value { name, raw: true } => out.push_str(text(name)),
            Part::Value { name, raw: false } => out.push_str(&escape(text(name))),
            Part::Section { name, inside } => {
                match values.iter().rev().find_map(|known| known.lists.get(name.as_str())) {
                    Some(rows) => rows.iter().for_each(|row| {
                        let known: Vec<&Values> = values.iter().copied().chain([row]).collect();
                        fill(inside, &known, escape, out);
                    }),
                    None if text(name).is_empty() => {}
                    None => fill(inside, values, escape, out),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROWS: Names = Names { values: &["body"], raw: &["body"], lists: &[] };
    const NAMES: Names = Names { values: &["name", "link"], raw: &["link"], lists: &[("messages", &ROWS)] };

    fn shout(text: &str) -> String {
        text.replace('<', "&lt;")
    }

    fn filled(text: &str) -> Result<String, Wrong> {
        let row = |body: &str| Values { texts: HashMap::from([("body", body.to_owned())]), ..Values::default() };
        let texts = HashMap::from([("name", "<Zoë>".to_owned()), ("link", "<l>".to_owned())]);
        let lists = HashMap::from([("messages", vec![row("{{name}}"), row("b")])]);
        Ok(read(text, &NAMES)?.fill(&Values { texts, lists }, shout))
    }

    #[test]
    fn what_is_known_is_filled_in() {
        for (text, done) in [
            ("Hello {{ name }}!", "Hello &lt;Zoë>!"),
            ("{{{link}}} {{link}}", "<l> &lt;l>"),
            ("{{#messages}}[{{{body}}} {{name}}]{{/messages}}", "[{{name}} &lt;Zoë>][b &lt;Zoë>]"),
            ("{{#name}}Dear {{name}}{{/name}}", "Dear &lt;Zoë>"),
            ("a { b } c }} d", "a { b } c }} d"),
            ("", ""),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(done), "{text}");
        }
        let none = read("{{#name}}Dear {{name}}{{/name}}{{#messages}}x{{/messages}}", &NAMES).expect("a text");
        assert_eq!(none.fill(&Values::default(), shout), "");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let name = |name: &str| name.to_owned();
        for (text, wrong) in [
            ("{{who}}", Wrong::Unknown(name("who"))),
            ("{{}}", Wrong::Unknown(name(""))),
            ("{{{name}}}", Wrong::NotRaw(name("name"))),
            ("{{body}}", Wrong::Unknown(name("body"))),
            ("{{#messages}}", Wrong::Unpaired(name("messages"))),
            ("{{#messages}}{{#name}}{{/messages}}{{/name}}", Wrong::Unpaired(name("messages"))),
            ("{{/name}}", Wrong::Unpaired(name("name"))),
            ("{{#who}}{{/who}}", Wrong::Unknown(name("who"))),
            ("{{name", Wrong::Open),
            ("{{{link}}", Wrong::Open),
            ("{{messages}}", Wrong::Unknown(name("messages"))),
        ] {
            assert_eq!(filled(text), Err(wrong), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_has_no_braces_stays(text in "[{}#/ a-zë]{0,60}") {
            let done = filled(&text);
            if !text.contains("{{") {
                prop_assert_eq!(done, Ok(text));
            }
        }
    }
}
