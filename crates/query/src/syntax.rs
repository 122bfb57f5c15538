//! The form of a query: terms, quotes, negation. See the crate's page for the grammar.

use std::fmt;

use crate::Error;

/// The longest text of a query, in bytes.
pub(crate) const LONGEST: usize = 16 * 1024;

/// The most terms of a query.
pub(crate) const MOST_TERMS: usize = 500;

/// A part of the query's text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
}

/// One condition as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether it has a `-`.
    pub negated: bool,
    /// Its keyword in lower case; `text` for a word without one.
    pub keyword: String,
    /// Its value without quotes.
    pub value: String,
    /// Where all of it stands.
    pub span: Span,
    /// Where its value stands, with its quotes.
    pub value_span: Span,
}

/// A query as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Its text.
    pub text: String,
    /// Its terms, in order.
    pub terms: Vec<Term>,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// A quote that is not closed or has something right after it, a keyword without a value, a text that is too long.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::at(text, 0, format!("the query is longer than {LONGEST} bytes")));
        }
        let mut terms = Vec::new();
        let mut at = 0;
        loop {
            at += text[at..].len() - text[at..].trim_start().len();
            if at == text.len() {
                return Ok(Self { text: text.to_owned(), terms });
            }
            if terms.len() == MOST_TERMS {
                return Err(Error::at(text, at, format!("a query has at most {MOST_TERMS} words and conditions")));
            }
            let term = term(text, at)?;
            at = term.span.end;
            terms.push(term);
        }
    }

    /// An error at a term's value.
    pub(crate) fn wrong(&self, term: &Term, message: impl fmt::Display) -> Error {
        Error::at(&self.text, term.value_span.start, format!("{}: {message}", term.keyword))
    }

    /// An error at a term as a whole.
    pub(crate) fn refused(&self, term: &Term, message: impl Into<String>) -> Error {
        Error::at(&self.text, term.span.start, message)
    }
}

/// Reads the term that begins at a byte.
pub(crate) fn term(text: &str, start: usize) -> Result<Term, Error> {
    let negated = text[start..].starts_with('-') && !text[start + 1..].starts_with(char::is_whitespace);
    let negated = negated && text.len() > start + 1;
    let begin = start + usize::from(negated);
    let (keyword, from) = match keyword(&text[begin..]) {
        Some(keyword) => (keyword.to_ascii_lowercase(), begin + keyword.len() + 1),
        None => ("text".to_owned(), begin),
    };
    // Single quotes are letters of a text, and quotes around all other values, where they are closed.
    let single = keyword != "text" && text[from..].starts_with('\'');
    let single = if single { quoted(text, from, '\'').ok() } else { None };
    let (value, end) = match (single, text[from..].starts_with('"')) {
        (Some(single), _) => single,
        (None, true) => quoted(text, from, '"')?,
        (None, false) => {
            let end = text[from..].find(char::is_whitespace).map_or(text.len(), |length| from + length);
            (text[from..end].to_owned(), end)
        }
    };
    if value.is_empty() && end == from {
        return Err(Error::at(text, from, format!("expected a value after {keyword}:")));
    }
    Ok(Term { negated, keyword, value, span: Span { start, end }, value_span: Span { start: from, end } })
}

/// The keyword at the beginning of a text, when there is one with its colon.
fn keyword(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?;
    let after = text[end..].strip_prefix(':')?;
    (end > 0 && !after.starts_with("//")).then_some(&text[..end])
}

/// The value of the quotes that open at a byte, and where they end.
fn quoted(text: &str, open: usize, quote: char) -> Result<(String, usize), Error> {
    let mut value = String::new();
    let mut characters = text[open + 1..].char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == quote => {
                let end = open + 1 + at + 1;
                if text[end..].starts_with(|c: char| !c.is_whitespace()) {
                    return Err(Error::at(text, end, "expected a space after the closing quote"));
                }
                return Ok((value, end));
            }
            '\\' if characters.peek().is_some_and(|(_, next)| *next == quote || *next == '\\') => {
                value.extend(characters.next().map(|(_, c)| c));
            }
            c => value.push(c),
        }
    }
    Err(Error::at(text, open, "this quote is not closed: expected another \" at the end of the value"))
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Before `//` the keyword would be read as the beginning of an address.
        let quoted = self.value.is_empty() || self.value.starts_with(['"', '\'']) || self.value.starts_with("//");
        let plain = !quoted && !self.value.contains(char::is_whitespace);
        write!(f, "{}{}:", if self.negated { "-" } else { "" }, self.keyword)?;
        if plain {
            return f.write_str(&self.value);
        }
        write!(f, "\"{}\"", self.value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// The query in its full form: every keyword, quotes only where they are needed, one space between terms.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, term) in self.terms.iter().enumerate() {
            write!(f, "{}{term}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
