//! `format=flowed` (RFC 3676): lines that end with a blank go on in the next one.

/// A text with its paragraphs in one line each. `delsp`: the blank at the end of a line is none of the text's.
pub(crate) fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // How deep the paragraph is quoted that goes on.
    let mut going_on: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let said = &line[depth..];
        let said = said.strip_prefix(' ').unwrap_or(said);
        let signature = said == "-- ";
        if going_on != Some(depth) || signature {
            if going_on.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.extend(std::iter::repeat_n('>', depth));
                out.push(' ');
            }
        }
        let flows = said.ends_with(' ') && !signature;
        out.push_str(if flows && delsp { &said[..said.len() - 1] } else { said });
        going_on = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn paragraphs_are_put_together() {
        for (text, delsp, expected) in [
            ("a \nb\nc\n", false, "a b\nc\n"),
            ("日本 \n語\n", true, "日本語\n"),
            ("> a \n> b\n>> c\nd\n", false, "> a b\n>> c\nd\n"),
            ("> a \nb\n", false, "> a \nb\n"),
            ("a\n-- \nBob\n", false, "a\n-- \nBob\n"),
            ("a \n-- \nBob\n", false, "a \n-- \nBob\n"),
            (" >x\n From\n", false, ">x\nFrom\n"),
        ] {
            assert_eq!(unflow(text, delsp), expected, "{text:?}");
        }
    }
}
