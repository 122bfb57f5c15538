//! Characters that are not seen, and what they can make a text look like.

/// The text without the characters that turn the direction of what follows: with one of them `holiday_<U+202E>gpj.docm`
/// reads as a picture's name.
#[must_use]
pub fn without_direction(text: &str) -> String {
    text.chars().filter(|c| !is_direction(*c)).collect()
}

/// Marks, embeddings, overrides and isolates (`Bidi_Control`).
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the text has a character that is not seen: then it may look like another one.
#[must_use]
pub fn has_invisible(text: &str) -> bool {
    text.chars().any(is_invisible)
}

/// Characters that nothing is shown for by default (`Default_Ignorable_Code_Point`): soft hyphens, joiners, spaces of
/// no width, variation selectors, tags, and those that turn the direction.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_leaves_and_joiners_stay() {
        assert_eq!(without_direction("holiday_\u{202e}gpj.docm"), "holiday_gpj.docm");
        assert_eq!(without_direction("\u{2067}שלום\u{2069}\u{200f}"), "שלום");
        for kept in ["👩‍👩‍👧 ❤️", "می‌خواهم", "plain"] {
            assert_eq!(without_direction(kept), kept);
        }
        assert!(has_invisible("a@b.test\u{200b}") && has_invisible("par\u{ad}cel") && has_invisible("\u{202e}"));
        assert!(!has_invisible("née @ naïve 東京 Ελλάδα"));
    }
}
