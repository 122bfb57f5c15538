//! HTML from anywhere, written anew so that whoever builds a tree of it has no more work than the text is long.
//!
//! Trees of HTML can be far larger than it: an element of form (`<b>`) that is never closed is opened again in every
//! paragraph, and each look at what is open goes through all of it. Here elements stand no deeper in each other than some, few
//! of form are open at once, and what they cost is counted: behind a bound only text stays. What this drops is markup, and
//! never words.

use std::collections::{HashMap, HashSet};

/// How deep elements stand in each other, and how many of form are open at once.
const DEPTH_MAX: usize = 100;
const FORM_MAX: usize = 24;
/// How many attributes of an element are kept, and how long each may be.
const ATTRIBUTES_MAX: usize = 40;
const VALUE_MAX: usize = 8 * 1024;
/// How many bytes the elements may take once those of form are opened again in every other one; an element is so many.
pub(crate) const COST_MAX: usize = 4 * 1024 * 1024;
const ELEMENT: usize = 32;

/// Elements that show nothing of what is in them.
const UNSEEN: [&str; 15] = [
    "script", "style", "title", "textarea", "iframe", "noscript", "noembed", "noframes", "template", "svg", "math",
    "object", "select", "audio", "video",
];
/// Elements that are opened again where another one has closed them.
const FORM: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u", "nobr"];
/// Elements of drawings, which end with a slash.
const SHAPES: [&str; 12] = [
    "g",
    "path",
    "circle",
    "ellipse",
    "rect",
    "line",
    "polyline",
    "polygon",
    "defs",
    "lineargradient",
    "radialgradient",
    "stop",
];
/// Elements that end by themselves where the next of their kind begins.
const ENDING: [&str; 13] = ["p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "html", "head", "body"];

/// Writes some HTML anew. `known`: which elements are of use.
pub(crate) fn tame(html: &str, known: impl Fn(&str) -> bool) -> String {
    let mut tamer = Tamer { out: String::with_capacity(html.len()), ..Tamer::default() };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        tamer.out.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let closes = inside.starts_with('/');
        let named = &inside[usize::from(closes)..];
        rest = if let Some(comment) = inside.strip_prefix("!--") {
            behind(comment, "-->")
        } else if inside.starts_with(['!', '?']) || closes && !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            behind(inside, ">")
        } else if named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let Some(tag) = Tag::read(named) else { break };
            tamer.take(&tag, closes, &known);
            match is_unseen(&tag.name, &known) && !closes {
                true => tamer.behind_element(&tag),
                false => tag.rest,
            }
        } else {
            tamer.out.push_str("&lt;");
            inside
        };
    }
    // Behind a tag that never ends there is nothing.
    if !rest.contains('<') {
        tamer.out.push_str(rest);
    }
    tamer.out
}

/// What is behind the next of these; nothing when there is none.
fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// Whether an element is left out with all that is in it.
fn is_unseen(name: &str, known: &impl Fn(&str) -> bool) -> bool {
    UNSEEN.contains(&name) && !known(name)
}

/// A tag, read as browsers do.
pub(crate) struct Tag<'a> {
    name: String,
    attributes: Vec<(&'a str, &'a str)>,
    /// It ends with a slash, which is an element's end among shapes alone.
    ended: bool,
    /// What is behind it.
    pub(crate) rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads what is behind the bracket of a tag. None when it never ends.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let (name, mut rest) = text.split_at(end);
        let mut attributes = Vec::new();
        loop {
            let from = rest;
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let ended = from[..from.len() - rest.len()].ends_with('/');
            if let Some(rest) = rest.strip_prefix('>') {
                return Some(Self { name: name.to_ascii_lowercase(), attributes, ended, rest });
            }
            let first = rest.chars().next()?.len_utf8();
            let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
            let (name, after) = rest.split_at(first + rest[first..].find(ends)?);
            let after = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
            let (value, after) = match value.chars().next()? {
                quote @ ('"' | '\'') => value[1..].split_once(quote)?,
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
            };
            if attributes.len() < ATTRIBUTES_MAX && value.len() <= VALUE_MAX {
                attributes.push((name, value));
            }
            rest = after;
        }
    }
}

#[derive(Default)]
struct Tamer {
    out: String,
    open: Vec<String>,
    /// Elements of form that are open, with their bytes.
    form: Vec<(String, usize)>,
    form_bytes: usize,
    /// Elements that were dropped, so that their ends are too.
    dropped: HashMap<String, usize>,
    /// Elements that are not seen, and have no more ends.
    endless: HashSet<String>,
    cost: usize,
}

impl Tamer {
    /// What is behind the end of an element whose content is not looked at. One that never ends takes nothing with it, but
    /// for those whose content is no words.
    fn behind_element<'a>(&mut self, tag: &Tag<'a>) -> &'a str {
        let mut rest = tag.rest;
        while !self.endless.contains(&tag.name)
            && let Some((_, after)) = rest.split_once("</")
        {
            if after.get(..tag.name.len()).is_some_and(|found| found.eq_ignore_ascii_case(&tag.name)) {
                return behind(after, ">");
            }
            rest = after;
        }
        self.endless.insert(tag.name.clone());
        if matches!(tag.name.as_str(), "script" | "style") { "" } else { tag.rest }
    }

    fn take(&mut self, tag: &Tag<'_>, closes: bool, known: &impl Fn(&str) -> bool) {
        let name = tag.name.as_str();
        let ending = ENDING.contains(&name);
        if !known(name) && !ending {
            return;
        }
        self.cost += ELEMENT + self.form_bytes;
        if self.cost > COST_MAX {
            // Words stay apart.
            self.out.push(' ');
        } else if closes {
            self.close(name, ending);
        } else {
            self.begin(tag, ending);
        }
    }

    fn begin(&mut self, tag: &Tag<'_>, ending: bool) {
        let name = tag.name.as_str();
        let form = FORM.contains(&name);
        if name == "a" || name == "nobr" {
            self.end_form(name);
        }
        let fits = if form { self.form.len() < FORM_MAX } else { self.open.len() < DEPTH_MAX };
        if !fits && !ending && !crate::pieces::is_void(name) {
            *self.dropped.entry(name.to_owned()).or_default() += 1;
            return;
        }
        let from = self.out.len();
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in &tag.attributes {
            if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                self.out.push_str(&format!(" {name}=\"{}\"", value.replace('"', "&quot;")));
            }
        }
        self.out.push('>');
        if tag.ended && SHAPES.contains(&name) {
            self.out.push_str(&format!("</{name}>"));
            return;
        }
        let length = self.out.len() - from;
        if form {
            self.form.push((name.to_owned(), length));
            self.form_bytes += length;
        } else if !ending && !crate::pieces::is_void(name) {
            self.open.push(name.to_owned());
        }
    }

    fn close(&mut self, name: &str, ending: bool) {
        if let Some(count) = self.dropped.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        let was_open = if ending {
            true
        } else if FORM.contains(&name) {
            self.end_form(name)
        } else if let Some(at) = self.open.iter().rposition(|open| open == name) {
            self.open.truncate(at);
            true
        } else {
            name == "br"
        };
        if was_open {
            self.out.push_str(&format!("</{name}>"));
        }
    }

    fn end_form(&mut self, name: &str) -> bool {
        let Some(at) = self.form.iter().rposition(|(open, _)| open == name) else { return false };
        self.form_bytes -= self.form.remove(at).1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_tags_are_those_that_browsers_see() {
        for (html, expected) in [
            ("a <b>b</b> <P CLASS=x>c", "a <b>b</b> <p CLASS=\"x\">c"),
            ("<p a\"b>c", "<p>c"),
            ("<p title='a\"b' x = y/z>c", "<p title=\"a&quot;b\" x=\"y/z\">c"),
            ("1 < 2 <!-- <b> --> 3 <![if x]>4", "1 &lt; 2  3 4"),
            ("<script>a</b></script >b<style>", "b"),
            ("a<b title=\"never ends", "a"),
            ("<o:p>x</o:p></div>", "x"),
        ] {
            assert_eq!(tame(html, |name| ["b", "p", "div"].contains(&name)), expected);
        }
    }

    #[test]
    fn what_is_not_seen_and_never_ends_takes_no_words_with_it() {
        let known = |name: &str| name == "p";
        assert_eq!(tame("Choose <select> or <textarea><p>then</p>", known), "Choose  or <p>then</p>");
        assert_eq!(tame("<select>a</select>b<select>c", known), "bc");
        assert_eq!(tame(&("<select></b>".repeat(100_000) + "x"), known), "x");
    }
}
