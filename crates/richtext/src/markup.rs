//! The markup of what a chat shows on a site's page: more than formats text, and nothing that runs or imitates.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::clean::Cleaner;

/// Where things can be pressed, and pictures.
const TAGS: [&str; 30] = [
    "a", "b", "br", "button", "code", "div", "em", "figure", "footer", "h2", "h3", "h4", "header", "hr", "i", "img",
    "li", "ol", "p", "section", "small", "span", "strong", "sub", "sup", "u", "ul", "time", "picture", "source",
];
const SHAPES: [&str; 14] = [
    "svg",
    "g",
    "path",
    "circle",
    "ellipse",
    "rect",
    "line",
    "polyline",
    "polygon",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "title",
];
const OF_ALL: [&str; 8] = ["class", "dir", "hidden", "lang", "role", "tabindex", "title", "translate"];
const OF_SHAPES: [&str; 36] = [
    "viewBox",
    "width",
    "height",
    "d",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "points",
    "fill",
    "fill-rule",
    "clip-rule",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-dasharray",
    "stroke-opacity",
    "opacity",
    "transform",
    "offset",
    "stop-color",
    "stop-opacity",
    "focusable",
    "preserveAspectRatio",
    "gradientUnits",
    "gradientTransform",
    "id",
];

static MARKUP: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.tags(TAGS.into_iter().chain(SHAPES).collect());
    builder.generic_attributes(HashSet::from(OF_ALL));
    builder.generic_attribute_prefixes(HashSet::from(["aria-"]));
    let mut attributes: HashMap<&str, HashSet<&str>> =
        SHAPES.into_iter().map(|tag| (tag, HashSet::from(OF_SHAPES))).collect();
    attributes.insert("a", HashSet::from(["href", "target"]));
    attributes.insert("button", HashSet::from(["type"]));
    attributes.insert("img", HashSet::from(["alt", "height", "loading", "src", "width"]));
    builder.tag_attributes(attributes);
    builder.rm_tags(["picture", "source"]);
    builder.clean_content_tags(HashSet::from(["script", "style", "iframe", "template", "noscript"]));
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel", "data"]));
    builder.link_rel(Some("noopener noreferrer"));
    // A button outside of a form would still send the one that the page has around it.
    builder.set_tag_attribute_value("button", "type", "button");
    builder.attribute_filter(|tag, name, value| match (tag, name) {
        ("img", "src") if !is_picture(value) => None,
        // What is filled in later could be any address.
        ("a", "href") if value.contains("{{") || value.trim_start().to_ascii_lowercase().starts_with("data:") => None,
        // The page's own names stay its own; only colours of shapes are named.
        (_, "id") if !matches!(tag, "linearGradient" | "radialGradient") => None,
        (_, "fill" | "stroke") if value.to_ascii_lowercase().contains("url(") && !value.trim().starts_with("url(#") => {
            None
        }
        _ => Some(Cow::Borrowed(value)),
    });
    Cleaner::new(builder)
});

fn is_picture(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("data:image/")
}

/// Keeps of some HTML what can be shown on a page of somebody else: texts, links, buttons, pictures from `https:` and
/// `data:image/` addresses, and shapes. What runs, loads, frames, asks for input or brings its own style goes.
#[must_use]
pub fn markup(html: &str) -> String {
    MARKUP.clean(html)
}

#[cfg(test)]
mod tests {
    use super::markup;

    #[test]
    fn what_is_shown_stays() {
        for html in [
            "<div class=\"a dimelo_chat_item_action\" role=\"button\" tabindex=\"0\" aria-label=\"x\">Hi {{name}}</div>",
            "<button class=\"b\" type=\"button\">Chat</button>",
            "<img src=\"https://a.test/x.png\" alt=\"x\" width=\"10\" height=\"10\">",
            "<img src=\"data:image/png;base64,AAAA\" alt=\"\">",
            "<svg viewBox=\"0 0 24 24\" width=\"24\" aria-hidden=\"true\"><path d=\"M0 0h4\" stroke-width=\"2\"></path></svg>",
            "<a href=\"tel:+331\" rel=\"noopener noreferrer\">Call</a>",
        ] {
            assert_eq!(markup(html), html);
        }
        assert_eq!(markup("<button>x</button>"), "<button type=\"button\">x</button>");
    }

    #[test]
    fn what_attacks_goes() {
        for html in [
            "<script>alert(1)</script>",
            "<style>*{color:red}</style>",
            "<iframe src=\"https://a.test\"></iframe>",
            "<svg><script>alert(1)</script></svg>",
            "<svg><style>*{}</style></svg>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
            "<template><script>alert(1)</script></template>",
        ] {
            let safe = markup(html);
            let clean = ["script", "style", "iframe", "onerror", "alert"].iter().all(|bad| !safe.contains(bad));
            assert!(clean || safe.contains("&lt;"), "{html} gave {safe}");
        }
        for (html, safe) in [
            ("<p onclick=\"x()\" style=\"position:fixed\" id=\"body\">a</p>", "<p>a</p>"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\" JaVaScRiPt:alert(1)\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\"data:text/html,x\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\"{{link}}\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<img src=\"http://a.test/x.png\" onerror=\"x()\">", "<img>"),
            ("<img src=\"data:text/html,x\">", "<img>"),
            ("<p data-hx-get=\"/x\" data-bind=\"x\">a</p>", "<p>a</p>"),
            ("<svg><path fill=\"URL(https://a.test)\"></path></svg>", "<svg><path></path></svg>"),
            ("<form action=\"/x\"><input name=\"a\"><textarea></textarea>b</form>", "b"),
            ("<svg onload=\"x()\"><use href=\"#a\"/><a href=\"javascript:x\">b</a></svg>", "<svg></svg>b"),
            ("<object data=\"x\"></object><embed src=\"x\"><base href=\"https://a.test\"><link rel=\"x\"><meta>", ""),
            ("<math><mi xlink:href=\"javascript:x\">a</mi></math>", "a"),
            ("<button type=\"submit\" formaction=\"javascript:x\">a</button>", "<button type=\"button\">a</button>"),
        ] {
            let found = markup(html);
            assert!(found == safe || !found.contains("javascript") && !found.contains("on"), "{html} gave {found}");
        }
    }
}
