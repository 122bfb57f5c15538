//! The HTML of a mail that somebody in the house has written: what programs for mail show, and nothing that runs.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::clean::{Cleaner, OF_MAILS};

const OF_ALL: [&str; 10] = ["align", "bgcolor", "class", "dir", "height", "lang", "style", "title", "valign", "width"];

static MAIL: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.tags(HashSet::from(OF_MAILS));
    builder.generic_attributes(HashSet::from(OF_ALL));
    builder.tag_attributes(HashMap::from([
        ("a", HashSet::from(["href"])),
        ("font", HashSet::from(["color", "face", "size"])),
        ("img", HashSet::from(["alt", "border", "src"])),
        ("ol", HashSet::from(["start"])),
        ("table", HashSet::from(["border", "cellpadding", "cellspacing", "role"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan", "scope"])),
    ]));
    builder.clean_content_tags(HashSet::from(["script", "style", "iframe", "template", "noscript", "title"]));
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    builder.url_relative(ammonia::UrlRelative::Deny);
    builder.link_rel(None);
    builder.attribute_filter(|_, name, value| match name {
        // What a style loads tells its sender who reads the mail.
        "style" if is_loading(value) => None,
        "src" if !value.trim().to_ascii_lowercase().starts_with("https://") => None,
        _ => Some(Cow::Borrowed(value)),
    });
    Cleaner::new(builder)
});

fn is_loading(style: &str) -> bool {
    let lower = style.to_ascii_lowercase().replace("rgba(", "").replace("rgb(", "");
    // A backslash could write any of these otherwise.
    ["(", "@", "\\", "/*", "behavior", "-moz-binding"].iter().any(|part| lower.contains(part))
}

/// Keeps of some HTML what a mail may have: texts, tables, links, pictures from `https:` addresses, and styles of elements
/// that load nothing. What runs, loads, frames or asks for input goes.
#[must_use]
pub fn mail(html: &str) -> String {
    MAIL.clean(html)
}

#[cfg(test)]
mod tests {
    use super::mail;

    #[test]
    fn what_a_mail_shows_stays() {
        for html in [
            "<table role=\"presentation\" cellpadding=\"8\" width=\"100%\"><tbody><tr><td bgcolor=\"#fff\">a</td></tr></tbody></table>",
            "<p style=\"color: #333; margin: 0 0 8px\" class=\"message\">a<br>b</p>",
            "<a href=\"https://a.test/?x=1#hubbub-chat=2\">a</a>",
            "<img src=\"https://a.test/x.png\" alt=\"x\" width=\"10\">",
        ] {
            assert_eq!(mail(html), html);
        }
    }

    #[test]
    fn what_attacks_goes() {
        for (html, safe) in [
            ("<script>alert(1)</script>a", "a"),
            ("<style>*{}</style>a", "a"),
            ("<p onclick=\"x()\" id=\"a\">a</p>", "<p>a</p>"),
            ("<p style=\"background:url(https://a.test/x)\">a</p>", "<p>a</p>"),
            ("<p style=\"background:\\75rl\">a</p>", "<p>a</p>"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a>a</a>"),
            ("<a href=\"data:text/html,x\">a</a>", "<a>a</a>"),
            ("<a href=\"/x\">a</a>", "<a>a</a>"),
            ("<img src=\"http://a.test/x.png\">", "<img>"),
            ("<img src=\"data:image/svg+xml,x\" onerror=\"x()\">", "<img>"),
            ("<form action=\"https://a.test\"><input name=\"a\"><button>b</button></form>", "b"),
            (
                "<iframe src=\"https://a.test\"></iframe><object data=\"x\"></object><link rel=\"x\"><meta><base href=\"x\">",
                "",
            ),
            ("<svg onload=\"x()\"><a>b</a></svg>", ""),
        ] {
            assert!(
                mail(html) == safe || !mail(html).contains("on") && mail(html).contains(safe),
                "{html} gave {}",
                mail(html)
            );
        }
    }
}
