//! The one way from HTML that anybody wrote to HTML that is safe: tamed first, so that no tree of it is much larger than
//! its text, then what is not on the list of a place is left out.

use std::collections::HashSet;

use ammonia::Builder;

use crate::tame::tame;

/// The elements of mails: texts, lists, tables and pictures.
pub(crate) const OF_MAILS: [&str; 55] = [
    "a",
    "abbr",
    "address",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "wbr",
];

/// What a place keeps of HTML.
pub(crate) struct Cleaner {
    builder: Builder<'static>,
    /// The elements that it keeps, in lower case.
    known: HashSet<String>,
}

impl Cleaner {
    pub(crate) fn new(builder: Builder<'static>) -> Self {
        let known = builder.clone_tags().iter().map(|tag| tag.to_ascii_lowercase()).collect();
        Self { builder, known }
    }

    #[expect(clippy::disallowed_methods, reason = "this is what tames it first")]
    pub(crate) fn clean(&self, html: &str) -> String {
        self.builder.clean(&tame(html, |name| self.known.contains(name))).to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::tame::COST_MAX;

    type Way = (&'static str, fn(&str) -> String);

    const WAYS: [Way; 7] = [
        ("sanitize", crate::sanitize),
        ("mail", crate::mail),
        ("markup", crate::markup),
        ("letter", |html| crate::letter(html, |_, marked| marked).html),
        ("text_of", crate::text_of),
        ("plain_of", crate::plain_of),
        ("refused_tags", |html| crate::refused_tags(html).join(" ")),
    ];

    fn many(count: usize, one: fn(usize) -> String) -> String {
        (0..count).map(one).collect()
    }

    #[test]
    fn no_tree_is_much_larger_than_its_text() {
        for (name, html) in [
            ("never closed", "<b>".repeat(22_000)),
            ("form in paragraphs", many(20_000, |n| format!("<b title={n}><p>"))),
            ("form of many bytes", many(200, |n| format!("<i title={n}{}>", "x".repeat(4000))) + &"<p>y".repeat(5000)),
            ("deep", "<div>".repeat(20_000)),
            ("deep lists", "<ul><li>".repeat(20_000)),
            ("deep links", "<a href=x><div>".repeat(20_000)),
            ("deep buttons", "<button><b><section>".repeat(20_000)),
            ("deep shapes", format!("<svg>{}", "<g id=x><b>".repeat(20_000))),
            ("deep tables", "<table>x".repeat(20_000)),
            ("attributes", format!("<p {}>", many(20_000, |n| format!("a{n}=1 ")))),
            ("quotes", "<a '>'".repeat(20_000)),
            ("quotes that never end", "<a b='".repeat(50_000)),
            ("comments", "<!-".repeat(100_000)),
            ("links", many(5_000, |n| format!("<a href=\"https://b.test/{n}\">x</a>"))),
            ("not seen", "<select></".repeat(50_000)),
        ] {
            for (way, clean) in WAYS {
                let found = clean(&html).len();
                assert!(found < html.len() * 5 + 5 * COST_MAX / 4, "{name}, {way}: {found} of {}", html.len());
            }
        }
    }

    #[test]
    fn words_stay_where_there_are_too_many_tags() {
        let html = "<b>".repeat(500_000) + "<p>still</p><p>here</p>";
        let words = crate::letter(&html, |_, marked| marked);
        assert_eq!(words.text, "still here");
        assert!(crate::sanitize(&html).contains("still") && crate::text_of(&html).contains("here"));
    }

    #[test]
    fn shapes_end_with_their_slash() {
        let drawn = crate::markup(
            "<svg viewBox=\"0 0 4 4\"><title>Go</title><path d=\"M0 0\"/><line x1=\"1\" x2=\"2\"/></svg>",
        );
        assert_eq!(
            drawn,
            "<svg viewBox=\"0 0 4 4\"><title>Go</title><path d=\"M0 0\"></path><line x1=\"1\" x2=\"2\"></line></svg>"
        );
    }

    /// How deep elements stand in each other.
    fn depth(html: &str) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for piece in crate::pieces::pieces(html) {
            match piece {
                crate::pieces::Piece::Open(name, _) if !crate::pieces::is_void(name) => now += 1,
                crate::pieces::Piece::Close(_) => now = now.saturating_sub(1),
                _ => {}
            }
            most = most.max(now);
        }
        most
    }

    fn fragment() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            "a", "b", "p", "div", "td", "table", "ul", "li", "button", "svg", "g", "select", "script", "h1", "font",
            "pre", "title", "x",
        ]);
        let after = prop::sample::select(vec!["", " href='", " title=\">", "/", " a=b", "'", "<!--", "-->"]);
        let times = prop_oneof![Just(1_usize), Just(1), Just(1), Just(300)];
        (prop::sample::select(vec!["<", "</", "", "<!", "&lt;"]), name, after, times, any::<bool>()).prop_map(
            |(open, name, after, times, closed)| {
                format!("{open}{name}{after}{}", if closed { ">" } else { "" }).repeat(times)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn whatever_is_written_its_tree_has_a_bound(html in prop::collection::vec(fragment(), 0..60)) {
            let html = html.concat();
            for (way, clean) in WAYS {
                let found = clean(&html);
                prop_assert!(found.len() < html.len() * 5 + 5 * COST_MAX / 4, "{}: {}", way, found.len());
                if ["sanitize", "mail", "markup", "letter"].contains(&way) {
                    prop_assert!(depth(&found) < 300, "{}: {} deep", way, depth(&found));
                    prop_assert!(!found.to_ascii_lowercase().contains("<script"), "{}", way);
                }
            }
        }
    }
}
