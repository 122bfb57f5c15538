//! How many values parameters may have, and how deep they may lie: counted before anything is built, as a value in
//! memory takes many times what it takes in a text.

use crate::{Error, Kind};

/// How many values a request may have, with each list and map that holds others.
pub const VALUES: usize = 10_000;
/// How deep values may lie in lists and maps.
pub const DEPTH: usize = 32;

/// Counts the values of a query string or form.
///
/// # Errors
/// When there are too many, or one lies too deep.
pub(crate) fn form(text: &[u8]) -> Result<(), Error> {
    let mut count = 0;
    for pair in text.split(|b| *b == b'&') {
        let name = pair.split(|b| *b == b'=').next().unwrap_or_default();
        let plain = name.iter().filter(|b| **b == b'[').count();
        let escaped = name.windows(3).filter(|part| part.eq_ignore_ascii_case(b"%5b")).count();
        deep(plain + escaped)?;
        count += 1 + plain + escaped;
        many(count)?;
    }
    Ok(())
}

/// Counts the values of JSON.
///
/// # Errors
/// When there are too many, or one lies too deep.
pub(crate) fn json(bytes: &[u8]) -> Result<(), Error> {
    let (mut count, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => {
                depth += 1;
                deep(depth)?;
                count += 1;
                many(count)?;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => {
                count += 1;
                many(count)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn many(count: usize) -> Result<(), Error> {
    if count <= VALUES {
        return Ok(());
    }
    let message = format!("are too many (at most {VALUES} values)");
    Err(Error { kind: Kind::TooMany, ..Error::new("parameters", message) })
}

fn deep(depth: usize) -> Result<(), Error> {
    if depth <= DEPTH {
        return Ok(());
    }
    let message = format!("lie too deep in each other (at most {DEPTH} levels)");
    Err(Error { kind: Kind::TooDeep, ..Error::new("parameters", message) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<T>(outcome: Result<T, Error>) -> Option<Kind> {
        outcome.err().map(|error| error.kind)
    }

    #[test]
    fn so_many_values_are_read_and_one_more_is_not() {
        let list = |count: usize| vec!["a"; count].join("&");
        assert_eq!(crate::form(list(VALUES).as_bytes()).map(|map| map.len()).ok(), Some(1));
        assert_eq!(kind(crate::form(list(VALUES + 1).as_bytes())), Some(Kind::TooMany));
        // Each bracket makes a list or a map, escaped or not.
        let nested = |brackets: &str| vec![format!("a{brackets}=1"); VALUES / 3].join("&");
        assert_eq!(kind(crate::form(nested("[][b]").as_bytes())), None);
        for brackets in ["[][b][c]", "%5B%5D%5bb%5d[c]"] {
            assert_eq!(kind(crate::form(nested(brackets).as_bytes())), Some(Kind::TooMany), "{brackets}");
        }
        // What is in a value is no bracket of a name.
        assert_eq!(kind(crate::form(format!("a={}", "[".repeat(VALUES)).as_bytes())), None);

        let array = |count: usize| format!("{{\"a\":[{}]}}", vec!["1"; count].join(","));
        assert_eq!(kind(crate::json(array(VALUES - 1).as_bytes())), None);
        assert_eq!(kind(crate::json(array(VALUES).as_bytes())), Some(Kind::TooMany));
        let maps = format!("{{\"a\":[{}]}}", vec!["{}"; VALUES].join(","));
        assert_eq!(kind(crate::json(maps.as_bytes())), Some(Kind::TooMany));
        let text = format!("{{\"a\":\"\\\"{}\"}}", "{[,".repeat(VALUES));
        assert_eq!(kind(crate::json(text.as_bytes())), None);
    }

    #[test]
    fn so_deep_is_read_and_deeper_is_not() {
        let form = |depth: usize| format!("a{}=1", "[b]".repeat(depth));
        assert_eq!(kind(crate::form(form(DEPTH).as_bytes())), None);
        assert_eq!(kind(crate::form(form(DEPTH + 1).as_bytes())), Some(Kind::TooDeep));
        let json = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert_eq!(kind(crate::json(json(DEPTH).as_bytes())), None);
        assert_eq!(kind(crate::json(json(DEPTH + 1).as_bytes())), Some(Kind::TooDeep));
        assert_eq!(kind(crate::value("[".repeat(100_000).as_bytes())), Some(Kind::TooDeep));
    }
}
