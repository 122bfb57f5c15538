//! Text from anywhere: nothing panics or takes long, what is read is well-formed, and a text is found by its own words.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = text::json::<serde_json::Value>(bytes);
    let _ = text::form(bytes);
    let read = String::from_utf8_lossy(bytes);
    assert!(read.starts_with(text::beginning(&read, 20)));
    let plain = text::plain(&read);
    let _ = text::Number::parse(&read).map(|number| number.is_in(&plain));
    let folded = text::fold(&read);
    let words: Vec<&str> = folded.split(' ').collect();
    for clause in text::Search::of(&read).clauses {
        for word in clause.words {
            let is = |found: &&str| if word.prefix { found.starts_with(&word.text) } else { *found == word.text };
            assert!(words.iter().any(is), "{word:?} in {folded:?}");
        }
    }
});
