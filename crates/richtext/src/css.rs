//! Style that somebody wrote, read and written anew: CSS with native nesting, and lines `$name: value;` of the documented
//! variables (`docs/interactions/web-messaging/customization.md`). Nothing else of SCSS.
//!
//! What comes out is made of the tokens that were read, so that each block is closed and nothing is hidden by escapes.
//! It loads nothing but from `https:` and `data:image/` addresses, and takes in no other sheet.

use std::collections::BTreeMap;
use std::fmt;

use cssparser::{Delimiter, ParseError, ParseErrorKind, Parser, SourceLocation, ToCss, Token, TokenSerializationType};

use crate::selector;

/// The variables that can be set, each with what it is where nobody has: `$gray900` in it is that variable.
pub const VARIABLES: &[(&str, &str)] = &[
    ("gray900", "#212121"),
    ("gray800", "#757575"),
    ("gray700", "#a1a1a1"),
    ("gray400", "#d1d1d1"),
    ("gray300", "#e0e0e0"),
    ("gray200", "#e7e7e7"),
    ("gray100", "#efeff0"),
    ("gray50", "#f6f7f8"),
    ("highlight-color", "#4481eb"),
    ("background-color", "#fff"),
    ("highlight-text-color", "#fff"),
    ("text-color", "$gray900"),
    ("secondary-text-color", "$gray700"),
    ("placeholder-color", "$gray700"),
    ("error-color", "#f44336"),
    ("global-notification-color", "#f0512a"),
    ("end-conversation-option-color", "$highlight-color"),
    ("leave-conversation-color", "#f0512a"),
    ("status-color", "color-mix(in srgb, $highlight-color 20%, $gray100)"),
    ("thread-closure-color", "$gray800"),
    ("send-icon-color", "#fff"),
    ("bubble-icon-color", "#fff"),
    ("header-color", "$highlight-color"),
    ("header-text-color", "$highlight-text-color"),
    ("header-icon-color", "#fff"),
    ("message-background-color", "#ecf0f6"),
    ("message-text-color", "$text-color"),
    ("message-self-background-color", "$highlight-color"),
    ("message-self-text-color", "$highlight-text-color"),
    ("cobrowsing-status-color", "#667080"),
    ("cobrowsing-status-button-bg-color", "$gray100"),
    ("webview-header-background-color", "$background-color"),
    ("webview-header-text-color", "$text-color"),
];

const AT_RULES: [&str; 8] =
    ["media", "supports", "keyframes", "-webkit-keyframes", "font-face", "layer", "container", "starting-style"];
/// Functions whose texts are addresses.
const PICTURES: [&str; 2] = ["image-set", "-webkit-image-set"];
/// Functions that load, run or say something that this cannot look at.
const NO_FUNCTIONS: [&str; 5] = ["src", "image", "expression", "element", "-moz-element"];
/// Functions that stand for something which is not there yet.
const LATE: [&str; 4] = ["var", "env", "attr", "if"];

/// How many bytes are written at the most once variables are in their places.
const WRITTEN_MAX: usize = 128 * 1024;

/// Style that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CssError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is wrong there, in English.
    pub what: String,
}

impl CssError {
    fn at(location: SourceLocation, what: impl Into<String>) -> Self {
        Self { line: location.line + 1, column: location.column, what: what.into() }
    }
}

impl fmt::Display for CssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// Reads some style and writes it as plain CSS, with the values of its variables in their places. `highlight` is what
/// `$highlight-color` is where the style does not set it.
///
/// # Errors
/// The first thing that is not CSS, or not allowed, and where.
pub fn read(style: &str, highlight: &str) -> Result<String, CssError> {
    let mut sheet = Sheet { set: BTreeMap::from([("highlight-color", highlight.to_owned())]), ..Sheet::default() };
    let mut parser = Parser::new(style);
    match sheet.items(&mut parser, Inside::Sheet) {
        // The end of an element that the style may stand in: no CSS has it outside of texts.
        Ok(()) => Ok(sheet.out.replace("</", "<\\/")),
        Err(ParseError { kind: ParseErrorKind::Custom(error), .. }) => Err(error),
        // Too many brackets in each other.
        Err(_) => Err(CssError::at(parser.current_source_location(), "this is not CSS")),
    }
}

type Read<T> = Result<T, ParseError<CssError>>;

/// Where something stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// At the top.
    Sheet,
    /// In a block of rules.
    Rules,
    /// In an animation, which has steps.
    Steps,
    /// In a block of declarations, and rules among them.
    Declarations,
}

#[derive(Default)]
struct Sheet {
    out: String,
    set: BTreeMap<&'static str, String>,
    /// Where the last block was closed.
    closed: Option<usize>,
}

fn refuse<T>(location: SourceLocation, what: impl Into<String>) -> Read<T> {
    Err(ParseError { kind: ParseErrorKind::Custom(CssError::at(location, what)) })
}

impl Sheet {
    fn items(&mut self, parser: &mut Parser<'_>, inside: Inside) -> Read<()> {
        loop {
            parser.skip_whitespace();
            let (start, location) = (parser.state(), parser.current_source_location());
            let Ok(token) = parser.next().cloned() else { return Ok(()) };
            match token {
                Token::Semicolon => {}
                Token::AtKeyword(name) => self.at_rule(parser, &name, location, inside)?,
                Token::Delim('$') if inside == Inside::Sheet => self.variable(parser, location)?,
                Token::Delim('$') => return refuse(location, "variables are set outside of rules"),
                Token::Delim('<') => return refuse(location, "this is not CSS"),
                Token::Delim('/') => return refuse(location, "comments are written /* … */"),
                _ => {
                    parser.reset(&start);
                    self.rule_or_declaration(parser, location, inside)?;
                }
            }
        }
    }

    fn at_rule(&mut self, parser: &mut Parser<'_>, name: &str, location: SourceLocation, inside: Inside) -> Read<()> {
        let name = name.to_ascii_lowercase();
        if !AT_RULES.contains(&name.as_str()) {
            return refuse(location, format!("@{name} cannot be used; there are @{}", AT_RULES.join(", @")));
        }
        self.out.push('@');
        self.out.push_str(&name);
        let before = self.out.len();
        self.out.push(' ');
        parser.parse_until_before(Delimiter::Semicolon | Delimiter::CurlyBracketBlock, |inner| {
            self.tokens(inner, false)
        })?;
        self.trim(before + 1);
        match parser.next() {
            Ok(Token::CurlyBracketBlock) => {
                let inside = match name.as_str() {
                    "font-face" => Inside::Declarations,
                    "keyframes" | "-webkit-keyframes" => Inside::Steps,
                    _ if inside == Inside::Declarations => Inside::Declarations,
                    _ => Inside::Rules,
                };
                self.block(parser, location, inside)
            }
            _ if name == "layer" => {
                self.out.push(';');
                Ok(())
            }
            _ => refuse(location, format!("@{name} needs a block")),
        }
    }

    /// `$name: value;`
    fn variable(&mut self, parser: &mut Parser<'_>, location: SourceLocation) -> Read<()> {
        let name = known_variable(parser, location)?;
        if parser.expect_colon().is_err() {
            return refuse(location, format!("${name} is set as ${name}: value;"));
        }
        let before = self.out.len();
        parser.parse_until_before(Delimiter::Semicolon, |inner| self.tokens(inner, false))?;
        let value = self.out.split_off(before).trim().to_owned();
        if value.is_empty() {
            return refuse(location, format!("${name} has no value"));
        }
        self.set.insert(name, value);
        Ok(())
    }

    fn rule_or_declaration(&mut self, parser: &mut Parser<'_>, location: SourceLocation, inside: Inside) -> Read<()> {
        let start = parser.state();
        let named = parser.next().is_ok_and(|token| matches!(token, Token::Ident(_))) && parser.expect_colon().is_ok();
        parser.reset(&start);
        let (before, custom) = (self.out.len(), parser.next().is_ok_and(is_custom));
        parser.reset(&start);
        let until = Delimiter::Semicolon | Delimiter::CurlyBracketBlock;
        parser.parse_until_before(until, |inner| self.tokens(inner, false))?;
        self.trim(before);
        match parser.next() {
            Ok(Token::CurlyBracketBlock) if custom || self.out.len() == before => {
                refuse(location, "a block needs a selector")
            }
            Ok(Token::CurlyBracketBlock) => {
                let begun = &self.out[before..];
                let fits = match inside {
                    Inside::Steps => selector::is_step(begun),
                    _ => selector::begins_rule(begun, inside == Inside::Declarations),
                };
                if !fits {
                    return refuse(location, "this is not a selector");
                }
                self.block(parser, location, Inside::Declarations)
            }
            _ if named && inside == Inside::Declarations => {
                self.out.push(';');
                Ok(())
            }
            _ => refuse(location, "this is neither a rule nor, inside of one, a declaration"),
        }
    }

    /// What is between two brackets, of which the first has been read.
    fn block(&mut self, parser: &mut Parser<'_>, location: SourceLocation, inside: Inside) -> Read<()> {
        self.out.push('{');
        let from = parser.position();
        parser.parse_nested_block(|inner| self.items(inner, inside))?;
        let end = parser.position().byte_index();
        // A sheet that ends too early is closed by browsers; who wrote it has forgotten something.
        if !parser.slice_from(from).ends_with('}') || self.closed == Some(end) {
            return refuse(location, "this block is not closed");
        }
        self.closed = Some(end);
        self.out.push('}');
        Ok(())
    }

    /// Writes tokens up to the end of what is being read. In a picture, texts are addresses.
    fn tokens(&mut self, parser: &mut Parser<'_>, picture: bool) -> Read<()> {
        let mut before = TokenSerializationType::default();
        loop {
            let location = parser.current_source_location();
            let Ok(token) = parser.next_including_whitespace().cloned() else { return Ok(()) };
            let kind = token.serialization_type();
            if before.needs_separator_when_before(kind) {
                self.out.push_str("/**/");
            }
            before = kind;
            match &token {
                Token::WhiteSpace(_) => {
                    self.out.push(' ');
                    continue;
                }
                Token::Delim('$') => {
                    let name = known_variable(parser, location)?;
                    let value = self.value(name);
                    // A value of ten values of ten values grows without an end.
                    if self.out.len() + value.len() > WRITTEN_MAX {
                        return refuse(location, "with its variables in their places, this is too long");
                    }
                    self.out.push_str(&value);
                    continue;
                }
                Token::Delim('!') if parser.try_parse(|p| p.expect_ident_matching("important")).is_ok() => {
                    self.out.push_str("!important");
                    continue;
                }
                other => check_token(other, location, picture)?,
            }
            // Texts fail to be written to nowhere.
            let _ = token.to_css(&mut self.out);
            let close = match &token {
                Token::Function(name) => {
                    self.function(parser, &name.to_ascii_lowercase(), location, picture)?;
                    ")"
                }
                Token::ParenthesisBlock => {
                    parser.parse_nested_block(|inner| self.tokens(inner, picture))?;
                    ")"
                }
                Token::SquareBracketBlock => {
                    parser.parse_nested_block(|inner| self.tokens(inner, picture))?;
                    "]"
                }
                _ => continue,
            };
            self.out.push_str(close);
            before = TokenSerializationType::default();
        }
    }

    /// What is between a function's brackets, of which the first has been read.
    fn function(&mut self, parser: &mut Parser<'_>, name: &str, location: SourceLocation, picture: bool) -> Read<()> {
        if NO_FUNCTIONS.contains(&name) || (picture && LATE.contains(&name)) {
            return refuse(location, format!("{name}() cannot be used here"));
        }
        let address = name == "url";
        let from = self.out.len();
        parser.parse_nested_block(|inner| self.tokens(inner, address || PICTURES.contains(&name)))?;
        if address && !self.out[from..].trim().starts_with(['"', '\'']) {
            return refuse(location, "url() needs an address");
        }
        Ok(())
    }

    /// What a variable is now, with the variables in it in their places.
    fn value(&self, name: &str) -> String {
        if let Some(value) = self.set.get(name) {
            return value.clone();
        }
        let default = VARIABLES.iter().find(|(known, _)| *known == name).map_or("", |(_, default)| *default);
        let mut value = String::new();
        for (n, part) in default.split('$').enumerate() {
            let end = part.find([' ', ',', ')']).unwrap_or(part.len());
            let (name, rest) = if n == 0 { ("", part) } else { part.split_at(end) };
            if !name.is_empty() {
                value.push_str(&self.value(name));
            }
            value.push_str(rest);
        }
        value
    }

    /// Takes the white space around what was written since.
    fn trim(&mut self, since: usize) {
        let written = self.out.split_off(since);
        self.out.push_str(written.trim());
    }
}

fn is_custom(token: &Token<'_>) -> bool {
    matches!(token, Token::Ident(name) if name.starts_with("--"))
}

/// The name of a variable whose `$` has been read.
fn known_variable(parser: &mut Parser<'_>, location: SourceLocation) -> Read<&'static str> {
    let told = match parser.next_including_whitespace() {
        Ok(Token::Ident(name)) => name.to_string(),
        _ => return refuse(location, "a variable has a name, such as $highlight-color"),
    };
    // The reference spells one of them wrongly in places.
    let name = if told == "higlight-color" { "highlight-color" } else { &told };
    match VARIABLES.iter().find(|(known, _)| *known == name) {
        Some((known, _)) => Ok(known),
        None => refuse(location, format!("there is no variable ${told}")),
    }
}

/// Whether a token can stand within a value or a selector. In a picture, texts are addresses.
fn check_token(token: &Token<'_>, location: SourceLocation, picture: bool) -> Read<()> {
    match token {
        Token::UnquotedUrl(address) => checked_address(address, location),
        Token::QuotedString(address) if picture => checked_address(address, location),
        Token::BadUrl(_) | Token::BadString(_) => refuse(location, "this text or address has no end"),
        Token::AtKeyword(_)
        | Token::CDO
        | Token::CDC
        | Token::Delim('#' | '%' | '!' | '\\')
        | Token::CurlyBracketBlock
        | Token::CloseCurlyBracket
        | Token::CloseParenthesis
        | Token::CloseSquareBracket => refuse(location, "this cannot stand here"),
        _ => Ok(()),
    }
}

fn checked_address(address: &str, location: SourceLocation) -> Read<()> {
    let lower = address.trim().to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("data:image/") {
        return Ok(());
    }
    refuse(location, "addresses begin with https:// or data:image/")
}

#[cfg(test)]
mod tests {
    fn read(style: &str) -> String {
        super::read(style, "#53cca4").expect("style")
    }

    fn refused(style: &str) -> (u32, u32) {
        let error = super::read(style, "#53cca4").expect_err(style);
        (error.line, error.column)
    }

    #[test]
    fn style_is_written_as_it_was_meant() {
        for (style, written) in [
            (".a { color: red; margin: 0 auto }", ".a{color: red;margin: 0 auto;}"),
            (".a, .b > i::before { content: '\\201C' }", ".a, .b > i::before{content: \"\u{201c}\";}"),
            ("a { &:hover { color: #FFF } .b & { top: -1px } }", "a{&:hover{color: #FFF;}.b &{top: -1px;}}"),
            ("a { b:hover { left: calc(1px + (2px * 3)) } }", "a{b:hover{left: calc(1px + (2px * 3));}}"),
            ("@media (width < 600px) { a { top: 0 } }", "@media (width < 600px){a{top: 0;}}"),
            ("a { @media print { top: 0 } }", "a{@media print{top: 0;}}"),
            ("@keyframes x { from { top: 0 } 50.5% { top: 1px } }", "@keyframes x{from{top: 0;}50.5%{top: 1px;}}"),
            ("@layer a, b; @layer a { a { top: 0 } }", "@layer a, b;@layer a{a{top: 0;}}"),
            ("a { --x: 1px; top: var(--x) !important }", "a{--x: 1px;top: var(--x) !important;}"),
            ("a[href$=\"x\"] { z-index: 2147483647 }", "a[href$=\"x\"]{z-index: 2147483647;}"),
            ("a { font: 12px/1.5 \"A B\", serif /* c */ }", "a{font: 12px/1.5 \"A B\", serif;}"),
            ("a { background: url(https://a.test/b.png) }", "a{background: url(https://a.test/b.png);}"),
            ("a { background: url('DATA:image/png;base64,AA') }", "a{background: url(\"DATA:image/png;base64,AA\");}"),
            ("a { content: '</style>' }", "a{content: \"<\\/style>\";}"),
            ("a/**/b { margin: 1px/**/2px }", "a/**/b{margin: 1px/**/2px;}"),
            ("", ""),
        ] {
            assert_eq!(read(style), written);
        }
    }

    #[test]
    fn variables_stand_for_their_values() {
        assert_eq!(read(".a { color: $highlight-color }"), ".a{color: #53cca4;}");
        assert_eq!(
            read("$higlight-color: rgb(1 2 3);\n$header-color: $highlight-color;\n.a { color: $header-color }"),
            ".a{color: rgb(1 2 3);}"
        );
        assert_eq!(read(".a { color: $status-color }"), ".a{color: color-mix(in srgb, #53cca4 20%, #efeff0);}");
        assert_eq!(read("$text-color: #111; .a { color: $message-text-color; }"), ".a{color: #111;}");
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        for (style, at) in [
            ("@import 'https://a.test/x.css';", (1, 1)),
            ("a {}\n  @use 'x';", (2, 3)),
            ("a { color: $unheard-of }", (1, 12)),
            ("$nothing: 1px;", (1, 1)),
            ("$text-color: ;", (1, 1)),
            ("a { $text-color: red }", (1, 5)),
            ("a { background: url(http://a.test/x) }", (1, 17)),
            ("a { background: url(//a.test/x) }", (1, 17)),
            ("a { background: \\75rl('javascript:x') }", (1, 23)),
            ("a { background: image-set('http://a.test/x' 1x) }", (1, 27)),
            ("a { --u: 'http://a.test'; background: image-set(var(--u) 1x) }", (1, 49)),
            ("a { background: url(var(--u)) }", (1, 17)),
            ("a { background: src('https://a.test/x') }", (1, 17)),
            ("a { width: expression(alert(1)) }", (1, 12)),
            ("a { @include x; }", (1, 5)),
            ("a { color: red", (1, 1)),
            ("a { b { color: red }", (1, 1)),
            ("a { color: red } }", (1, 18)),
            ("color: red;", (1, 1)),
            ("// a\na {}", (1, 1)),
            ("a-#{$x} { top: 0 }", (1, 3)),
            ("a { content: 'x\n }", (1, 14)),
            ("{ top: 0 }", (1, 1)),
            ("a {}\n ..b { top: 0 }", (2, 2)),
            ("a { > > b { top: 0 } }", (1, 5)),
            ("> a { top: 0 }", (1, 1)),
            ("@keyframes x { a { top: 0 } }", (1, 16)),
            ("@media print;", (1, 1)),
            ("<style> a {}", (1, 1)),
        ] {
            let found = refused(style);
            assert_eq!(found, at, "{style}");
        }
        assert!(super::read(&"a{".repeat(5000), "red").is_err());
        let names: Vec<_> = super::VARIABLES.iter().map(|(name, _)| name).take(9).collect();
        let grows = names.windows(2).map(|pair| format!("${}: {};\n", pair[1], format!("${} ", pair[0]).repeat(10)));
        assert_eq!(refused(&format!("{}a {{ top: ${} }}", grows.collect::<String>(), names[8])).0, 5);
        assert!(super::read(&format!("a{{top:{}", "(".repeat(50_000)), "red").is_err());
    }
}
