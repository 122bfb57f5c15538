//! The text of a mail's HTML, and where its markup says that an earlier mail is quoted.

use crate::pieces::{Piece, attribute, is_void};

/// What programs for mail call that in which they put an earlier one: its beginning is enough.
const ELEMENTS: [&str; 10] = [
    "gmail_quote",
    "gmail_extra",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "reply-intro",
    "mail-editor-reference-message-container",
    "olk_src_body_section",
];
/// That behind which there is nothing else.
const BEFORE_ALL: [&str; 3] = ["divrplyfwdmsg", "appendonsend", "outlookmessageheader"];

/// What an element says of what is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It holds it.
    Element,
    /// It is before it.
    After,
}

impl Mark {
    /// What stands in the place of its class, once the rest of these are gone.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Element => "quote",
            Self::After => "quote-after",
        }
    }

    /// The mark among the attributes of an element.
    pub(crate) fn of(attributes: &str) -> Option<Self> {
        ["class", "id", "name", "type"].into_iter().find_map(|name| match attribute(attributes, name) {
            Some("quote") => Some(Self::Element),
            Some("quote-after") => Some(Self::After),
            _ => None,
        })
    }
}

/// What an attribute says of what is quoted.
pub(crate) fn mark_of(tag: &str, name: &str, value: &str) -> Option<Mark> {
    let lower = value.to_ascii_lowercase();
    if name == "type" || name == "name" {
        let quote = tag == "blockquote" && lower == "cite" || tag == "div" && lower == "quote";
        return quote.then_some(Mark::Element);
    }
    lower.split_whitespace().find_map(|word| {
        // Some put a letter before each when they quote it themselves.
        let word = word.trim_start_matches("x_");
        let begins = |known: &str| word.starts_with(known) || known == "yahoo_quoted" && word.ends_with(known);
        if BEFORE_ALL.contains(&word) {
            Some(Mark::After)
        } else {
            ELEMENTS.iter().any(|known| begins(known)).then_some(Mark::Element)
        }
    })
}

/// Whether an element begins and ends a line.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "blockquote"
            | "caption"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "li"
            | "ol"
            | "p"
            | "pre"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// The text of some pieces.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// Where in it what is quoted begins and ends.
    quoted: Vec<(usize, usize)>,
    /// Where each of its lines begins, and with which piece.
    lines: Vec<(usize, usize)>,
}

/// What is known while it is read.
#[derive(Default)]
struct Reading {
    /// The piece with which the line begins.
    begins: Option<usize>,
    blank: bool,
    /// The line has a blank that stays, and nothing else.
    kept_blank: bool,
    /// Elements that are open: whether each ends a line, is quoted, not seen, or as it stands.
    open: Vec<Level>,
    quoted_from: Option<usize>,
    /// How many of what is open are not seen, or stand as they are.
    hidden: usize,
    as_is: usize,
    /// All is quoted from here on.
    after: bool,
}

struct Level {
    block: bool,
    cell: bool,
    quoted: bool,
    hidden: bool,
    as_is: bool,
}

impl Text {
    pub(crate) fn of(all: &[Piece<'_>]) -> Self {
        let (mut text, mut reading) = (Self::default(), Reading::default());
        for (n, piece) in all.iter().enumerate() {
            match *piece {
                Piece::Text(_) if reading.hidden > 0 => {}
                Piece::Text(told) => text.say(told, n, &mut reading),
                Piece::Open(name, attributes) => text.open(name, attributes, n, &mut reading),
                Piece::Close(_) => text.close(&mut reading),
            }
        }
        let end = text.text.trim_end().len();
        text.text.truncate(end);
        if let Some(from) = reading.quoted_from {
            text.quoted.push((from.min(end), end));
        }
        for (from, to) in &mut text.quoted {
            (*from, *to) = ((*from).min(end), (*to).min(end));
        }
        text
    }

    fn open(&mut self, name: &str, attributes: &str, n: usize, reading: &mut Reading) {
        match name {
            "br" => return self.line(reading),
            "hr" => return self.end_line(reading),
            name if is_void(name) => return,
            _ => {}
        }
        let cell = matches!(name, "td" | "th");
        let block = is_block(name) && !cell;
        if block {
            self.end_line(reading);
        }
        if self.text.is_empty() || self.text.ends_with('\n') {
            reading.begins.get_or_insert(n);
        }
        let mark = Mark::of(attributes);
        let quoted = mark == Some(Mark::Element) && reading.quoted_from.is_none();
        reading.after |= mark == Some(Mark::After);
        if mark.is_some() {
            reading.quoted_from.get_or_insert(self.text.len());
        }
        let style = attribute(attributes, "style").unwrap_or_default();
        let hidden = style.split(';').any(|one| one.replace(' ', "") == "display:none");
        let as_is = name == "pre";
        reading.hidden += usize::from(hidden);
        reading.as_is += usize::from(as_is);
        reading.open.push(Level { block, cell, quoted, hidden, as_is });
        if name == "li" && reading.hidden == 0 {
            self.say("- ", n, reading);
        }
    }

    fn close(&mut self, reading: &mut Reading) {
        let Some(level) = reading.open.pop() else { return };
        reading.hidden -= usize::from(level.hidden);
        reading.as_is -= usize::from(level.as_is);
        reading.blank |= level.cell;
        if level.block {
            self.end_line(reading);
        }
        if level.quoted
            && !reading.after
            && let Some(from) = reading.quoted_from.take()
        {
            self.quoted.push((from, self.text.len()));
        }
    }

    /// A line ends, unless one has just begun.
    fn end_line(&mut self, reading: &mut Reading) {
        if reading.kept_blank || !self.text.is_empty() && !self.text.ends_with('\n') {
            self.line(reading);
        }
    }

    /// A line ends; of empty ones no more than one stays.
    fn line(&mut self, reading: &mut Reading) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        (reading.begins, reading.blank, reading.kept_blank) = (None, false, false);
    }

    fn say(&mut self, told: &str, n: usize, reading: &mut Reading) {
        let kept = told.contains("&nbsp;") && (self.text.is_empty() || self.text.ends_with('\n'));
        let told = crate::unescape(told);
        if reading.as_is > 0 {
            for (at, line) in told.split('\n').enumerate() {
                if at > 0 {
                    self.line(reading);
                }
                self.push(line.trim_end(), n, reading);
            }
            return;
        }
        reading.kept_blank |= kept && told.trim().is_empty();
        for (at, word) in told.split(char::is_whitespace).enumerate() {
            reading.blank |= at > 0;
            self.push(word, n, reading);
        }
    }

    fn push(&mut self, word: &str, n: usize, reading: &mut Reading) {
        if word.is_empty() {
            return;
        }
        if self.text.is_empty() || self.text.ends_with('\n') {
            self.lines.push((self.text.len(), reading.begins.unwrap_or(n)));
        } else if reading.blank {
            self.text.push(' ');
        }
        (reading.blank, reading.kept_blank) = (false, false);
        self.text.push_str(word);
    }

    /// Where the quote at the end begins, by its markup. None when nothing else is said.
    pub(crate) fn marked(&self) -> Option<usize> {
        if self.is_all_quoted() {
            return None;
        }
        let mut end = self.text.len();
        let mut found = None;
        for (from, to) in self.quoted.iter().rev() {
            if !self.text[*to..end].trim().is_empty() {
                break;
            }
            end = *from;
            if !self.text[*from..*to].trim().is_empty() {
                found = Some(*from);
            }
        }
        found.map(|from| self.text.len() - self.text[from..].trim_start().len())
    }

    /// Whether nothing is said but what is quoted.
    pub(crate) fn is_all_quoted(&self) -> bool {
        let mut at = 0;
        let between = self.quoted.iter().all(|(from, to)| {
            let blank = self.text[at..*from].trim().is_empty();
            at = *to;
            blank
        });
        between && self.text[at..].trim().is_empty()
    }

    /// The piece with which the line at this place in the text begins.
    pub(crate) fn piece_at(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(from, _)| *from <= at);
        line.checked_sub(1).map_or(0, |line| self.lines[line].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::pieces;

    fn text(html: &str) -> String {
        Text::of(&pieces(html).collect::<Vec<_>>()).text
    }

    #[test]
    fn lines_are_those_on_a_screen() {
        for (html, expected) in [
            ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
            ("<p>a<br></p>\n<p>&nbsp;</p><p>b\n c</p>", "a\n\nb c"),
            ("a<ul><li>one</li><li>two</li></ul>b", "a\n- one\n- two\nb"),
            ("<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>", "a b\nc"),
            ("<pre>a\n  b\n</pre>c", "a\n  b\nc"),
            ("<div style=\"display:none\">x</div>a&amp;lt; &lt;", "a&lt; <"),
            ("<p> </p>", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
