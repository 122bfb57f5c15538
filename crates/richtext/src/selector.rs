//! Whether a text is a selector, as a page may be asked for what it finds, or as rules of style begin.

use cssparser::{ParseError, ParseErrorKind, Parser, Token, parse_nth};

/// Pseudo-classes without brackets that all browsers know, of what is in a page.
const CLASSES: [&str; 34] = [
    "active",
    "any-link",
    "autofill",
    "checked",
    "default",
    "defined",
    "disabled",
    "empty",
    "enabled",
    "first-child",
    "first-of-type",
    "focus",
    "focus-visible",
    "focus-within",
    "hover",
    "in-range",
    "indeterminate",
    "invalid",
    "last-child",
    "last-of-type",
    "link",
    "only-child",
    "only-of-type",
    "optional",
    "out-of-range",
    "placeholder-shown",
    "read-only",
    "read-write",
    "required",
    "root",
    "scope",
    "target",
    "valid",
    "visited",
];

/// Whether browsers take a text as the selector of elements in a page (`querySelector`).
#[must_use]
pub fn is_selector(text: &str) -> bool {
    let mut parser = Parser::new(text);
    list(&mut parser, Of { style: false }, false).is_ok()
}

/// Whether a rule of style may begin so; within another rule also with what joins the two.
pub(crate) fn begins_rule(text: &str, nested: bool) -> bool {
    let mut parser = Parser::new(text);
    list(&mut parser, Of { style: true }, nested).is_ok()
}

/// Whether a step of an animation may begin so.
pub(crate) fn is_step(text: &str) -> bool {
    let mut parser = Parser::new(text);
    let step = |one: &mut Parser<'_>| match one.next()? {
        Token::Percentage { .. } => Ok(()),
        Token::Ident(name) if name.eq_ignore_ascii_case("from") || name.eq_ignore_ascii_case("to") => Ok(()),
        _ => refuse(),
    };
    parser.parse_comma_separated(step).is_ok()
}

type Read = Result<(), ParseError<()>>;

/// Where a selector stands: rules know `&`, what is no element, and what only some browsers know.
#[derive(Clone, Copy)]
struct Of {
    style: bool,
}

fn refuse() -> Read {
    Err(ParseError { kind: ParseErrorKind::Custom(()) })
}

fn list(parser: &mut Parser<'_>, of: Of, relative: bool) -> Read {
    parser.parse_comma_separated(|one| complex(one, of, relative)).map(drop)
}

fn complex(parser: &mut Parser<'_>, of: Of, relative: bool) -> Read {
    parser.skip_whitespace();
    if relative {
        joined(parser);
    }
    loop {
        compound(parser, of)?;
        let before = parser.position();
        parser.skip_whitespace();
        let spaced = parser.position() != before;
        if parser.is_exhausted() {
            return Ok(());
        }
        if !joined(parser) && !spaced {
            return refuse();
        }
    }
}

/// Takes what joins two elements, where it stands.
fn joined(parser: &mut Parser<'_>) -> bool {
    let found = parser.try_parse(|p| match p.next()? {
        Token::Delim('>' | '+' | '~') => Ok(()),
        _ => refuse(),
    });
    parser.skip_whitespace();
    found.is_ok()
}

/// What is said of one element, without spaces.
fn compound(parser: &mut Parser<'_>, of: Of) -> Read {
    let mut parts = 0;
    loop {
        let start = parser.state();
        match parser.next_including_whitespace().cloned() {
            Ok(Token::Ident(_) | Token::Delim('*')) if parts == 0 => {}
            Ok(Token::Delim('&')) if of.style => {}
            Ok(Token::IDHash(_)) => {}
            Ok(Token::Delim('.')) => match parser.next_including_whitespace() {
                Ok(Token::Ident(_)) => {}
                _ => return refuse(),
            },
            Ok(Token::SquareBracketBlock) => parser.parse_nested_block(attribute)?,
            Ok(Token::Colon) => pseudo(parser, of)?,
            _ => {
                parser.reset(&start);
                return if parts == 0 { refuse() } else { Ok(()) };
            }
        }
        parts += 1;
    }
}

/// `[name]`, `[name="value"]` and its like.
fn attribute(parser: &mut Parser<'_>) -> Read {
    parser.expect_ident()?;
    if parser.is_exhausted() {
        return Ok(());
    }
    match parser.next()? {
        Token::Delim('=')
        | Token::IncludeMatch
        | Token::DashMatch
        | Token::PrefixMatch
        | Token::SuffixMatch
        | Token::SubstringMatch => {}
        _ => return refuse(),
    }
    parser.expect_ident_or_string()?;
    let flag =
        |p: &mut Parser<'_>| p.expect_ident().map(|flag| ["i", "s"].iter().any(|f| flag.eq_ignore_ascii_case(f)));
    match parser.is_exhausted() || parser.try_parse(flag).unwrap_or(false) {
        true => Ok(parser.expect_exhausted()?),
        false => refuse(),
    }
}

/// What comes after a colon.
fn pseudo(parser: &mut Parser<'_>, of: Of) -> Read {
    let mut token = parser.next_including_whitespace().cloned()?;
    let element = of.style && token == Token::Colon;
    if element {
        token = parser.next_including_whitespace().cloned()?;
    }
    match token {
        Token::Ident(name) if of.style || CLASSES.contains(&name.to_ascii_lowercase().as_str()) => Ok(()),
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            parser.parse_nested_block(|inner| match name.as_str() {
                "not" | "is" | "where" if !element => list(inner, of, false),
                "has" if !element => list(inner, of, true),
                "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" if !element => {
                    parse_nth(inner)?;
                    if name.ends_with("child") && inner.try_parse(|p| p.expect_ident_matching("of")).is_ok() {
                        return list(inner, of, false);
                    }
                    Ok(inner.expect_exhausted()?)
                }
                "lang" | "dir" if !element => {
                    inner.expect_ident_or_string()?;
                    Ok(inner.expect_exhausted()?)
                }
                _ if of.style => {
                    inner.next()?;
                    while inner.next().is_ok() {}
                    Ok(())
                }
                _ => refuse(),
            })
        }
        _ => refuse(),
    }
}

#[cfg(test)]
mod tests {
    use super::{begins_rule, is_selector, is_step};

    #[test]
    fn what_browsers_find_elements_by_is_a_selector() {
        for text in [
            "#cart .count",
            "a",
            "*",
            "main > ul li + li ~ li, .total",
            "[data-total]",
            "[data-name='x' i]",
            "a[href^=\"https:\"].b#c",
            "li:nth-child(2n + 1):not(.a, .b)",
            "li:nth-child(2 of .a)",
            "div:has(> img)",
            "p:first-child:hover",
            ".\\31 a",
            "  .padded  ",
        ] {
            assert!(is_selector(text), "{text}");
        }
    }

    #[test]
    fn what_browsers_throw_at_is_none() {
        for text in [
            "",
            " ",
            "..x",
            ".",
            "#",
            "#1a",
            ".1a",
            "a,,b",
            "a,",
            "a > > b",
            "> a",
            "a >",
            "a[",
            "a[=x]",
            "a[b=]",
            "a[b='c' z]",
            "a[b='c']d",
            "a)",
            "a { }",
            "a:unheard-of",
            "a:nth-child()",
            "a:nth-child(x)",
            "a:not()",
            "a: hover",
            "a::before",
            "svg|a",
            "$x",
            "&",
            "a;b",
            "1",
        ] {
            assert!(!is_selector(text), "{text}");
        }
        assert!(!is_selector(&":not(".repeat(100)));
    }

    #[test]
    fn rules_begin_with_more_than_that() {
        for text in ["a::before", "&:hover", ".b &", "a:-moz-any-link", "::part(x)", "a::-webkit-scrollbar", "&.x&"] {
            assert!(begins_rule(text, false), "{text}");
        }
        assert!(begins_rule("> a", true) && !begins_rule("> a", false));
        assert!(!begins_rule("..x", true) && !begins_rule("a > > b", true) && !begins_rule("50%", false));
        assert!(is_step("from, 50.5%") && !is_step("a") && !is_step(""));
    }
}
