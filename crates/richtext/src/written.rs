//! HTML that agents and programs write for mails, with pictures in it: `<img src="cid:…">` names a file that goes along.
//! It is kept as HTML of mails that came is, with `data-cid`.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

use crate::clean::Cleaner;
use crate::pieces::{Piece, attribute, pieces};

static WRITTEN: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.rm_tags(["map", "area", "details", "summary", "ruby", "rt", "rp"]);
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]));
    builder.link_rel(Some("noopener noreferrer nofollow"));
    builder.add_tag_attributes("a", ["target"]);
    builder.set_tag_attribute_value("a", "target", "_blank");
    builder.attribute_filter(|name, attribute, value| {
        let named = value.trim_start().get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"));
        match (name, attribute) {
            ("img", "src") if !named => None,
            (_, "src" | "href" | "cite") if named && name != "img" => None,
            _ => Some(value.into()),
        }
    });
    Cleaner::new(builder)
});

/// The name of a picture by which its tag places it.
fn cid_of(attributes: &str) -> Option<&str> {
    attribute(attributes, "src")?.trim_start().get(4..).filter(|id| !id.is_empty())
}

/// The names of the pictures that some HTML places, each once, in their order; none where it has a picture from elsewhere.
#[must_use]
pub fn placed(html: &str) -> Option<Vec<String>> {
    let clean = WRITTEN.clean(html);
    let mut all: Vec<String> = Vec::new();
    for piece in pieces(&clean) {
        if let Piece::Open("img", attributes) = piece {
            let id = crate::unescape(cid_of(attributes)?);
            if !all.contains(&id) {
                all.push(id);
            }
        }
    }
    Some(all)
}

/// What was written, made safe as [`crate::sanitize`] does, with its own pictures in it.
#[must_use]
pub fn written(html: &str) -> String {
    let clean = WRITTEN.clean(html);
    let mut out = String::with_capacity(clean.len() + 16);
    for piece in pieces(&clean) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Close(name) => out.push_str(&format!("</{name}>")),
            Piece::Open("img", attributes) => {
                let Some(id) = cid_of(attributes) else { continue };
                let alt = attribute(attributes, "alt").map(|alt| format!(" alt=\"{alt}\"")).unwrap_or_default();
                out.push_str(&format!("<img data-cid=\"{id}\"{alt}>"));
            }
            Piece::Open(name, attributes) => out.push_str(&format!("<{name}{attributes}>")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_ones_own_stay_and_others_do_not() {
        let html = "<p>See <img src=\"cid:a&amp;b\" onerror=x() width=9 alt='a \"map\"'><img src='CID:c'><b>it</b></p>";
        assert_eq!(placed(html), Some(vec!["a&b".to_owned(), "c".to_owned()]));
        let kept = written(html);
        assert_eq!(
            kept,
            "<p>See <img data-cid=\"a&amp;b\" alt=\"a &quot;map&quot;\"><img data-cid=\"c\"><b>it</b></p>"
        );
        let named = |id: &str| Some(format!("cid:{id}@x"));
        assert!(crate::shown(&kept, named).contains("<img src=\"cid:a&amp;b@x\" alt="), "{kept}");
        for other in ["<img src=https://spy.test/1.png>", "<img>", "<img src=\"cid:\">", "<img src=data:image/png,x>"] {
            assert_eq!((placed(other), written(other)), (None, String::new()), "{other}");
        }
        let bare = written("<a href=\"cid:x\">a</a><script>x</script>");
        assert!(bare.ends_with(">a</a>") && !bare.contains("cid:"), "{bare}");
        assert_eq!(placed("a <3 b"), Some(Vec::new()));
    }
}
