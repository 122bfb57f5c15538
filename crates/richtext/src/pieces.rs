//! HTML that the sanitizer has written, piece by piece: each element is closed, and each value is in double quotes.

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text with its entities.
    Text(&'a str),
    /// The beginning of an element: its name, and its attributes as they stand.
    Open(&'a str, &'a str),
    /// An element's end.
    Close(&'a str),
}

/// The pieces, in their order.
pub(crate) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(inside) = rest.strip_prefix('<') else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            rest = after;
            return Some(Piece::Text(text));
        };
        let end = end_of_tag(inside);
        let tag = &inside[..end];
        rest = inside.get(end + 1..).unwrap_or_default();
        Some(match tag.strip_prefix('/') {
            Some(name) => Piece::Close(name),
            None => {
                let (name, attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
                Piece::Open(name, attributes)
            }
        })
    })
}

fn end_of_tag(inside: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    inside.len()
}

/// The value of an attribute, with its entities.
pub(crate) fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    each_attribute(attributes).find_map(|(found, value)| (found == name).then_some(value))
}

/// The attributes, in their order.
pub(crate) fn each_attribute(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        let (name, after) = rest.trim_start().split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some((name, value))
    })
}

/// Whether an element has no end.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "wbr" | "col")
}
