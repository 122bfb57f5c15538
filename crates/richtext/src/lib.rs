//! HTML and style from outside made safe, and text from HTML and back. Knows nothing of the product.

mod clean;
pub mod css;
mod letter;
mod mail;
mod markup;
mod pieces;
mod quoted;
mod selector;
mod tame;
mod written;

pub use letter::{Letter, cids, letter, remotes, shown, unquoted};
pub use mail::mail;
pub use markup::markup;
pub use selector::is_selector;
pub use written::{placed, written};

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

use crate::clean::Cleaner;
use crate::pieces::{Piece, attribute, pieces};
use crate::tame::Tag;

static SAFE: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::default();
    // Pictures from outside tell their sender who reads them and when: only those that are part of a mail stay.
    builder.rm_tags(["img", "map", "area", "details", "summary", "ruby", "rt", "rp"]);
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    builder.link_rel(Some("noopener noreferrer nofollow"));
    builder.add_tag_attributes("a", ["target"]);
    builder.set_tag_attribute_value("a", "target", "_blank");
    Cleaner::new(builder)
});

/// The tags that agents and programs may write.
pub const WRITABLE: [&str; 13] =
    ["a", "b", "blockquote", "br", "code", "em", "i", "li", "ol", "p", "pre", "strong", "ul"];

static NOTHING: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(HashSet::from(["script", "style", "head", "title"]));
    Cleaner::new(builder)
});

/// Keeps of some HTML what formats text, and drops everything that could run, load or imitate.
#[must_use]
pub fn sanitize(html: &str) -> String {
    SAFE.clean(html)
}

/// The names of the tags in some HTML that may not be written, each once, in their order; comments do not count.
#[must_use]
pub fn refused_tags(html: &str) -> Vec<String> {
    let mut refused = Vec::new();
    each_tag(html, |tag| {
        let name = name_of(tag.trim_start_matches('/'));
        if !name.is_empty() && !WRITABLE.contains(&name.as_str()) && !refused.contains(&name) {
            refused.push(name);
        }
        String::new()
    });
    refused
}

/// The text of some HTML for those who see text alone: as [`text_of`] gives it, with a dash before each item of a list and
/// the address behind each link that does not show it.
#[must_use]
pub fn plain_of(html: &str) -> String {
    let (mut marked, mut link) = (String::with_capacity(html.len()), None);
    let clean = sanitize(html);
    for piece in pieces(&clean) {
        match piece {
            Piece::Text(text) => marked.push_str(text),
            Piece::Open(name, attributes) => {
                marked.push_str(&format!("<{name}>"));
                match name {
                    "li" => marked.push_str("- "),
                    "a" => link = attribute(attributes, "href").map(|address| (address, marked.len())),
                    _ => {}
                }
            }
            Piece::Close(name) => {
                if name == "a"
                    && let Some((address, from)) = link.take()
                    && marked[from..] != *address
                {
                    marked.push_str(&format!(" ({address})"));
                }
                marked.push_str(&format!("</{name}>"));
            }
        }
    }
    text_of(&marked)
}

/// The text of some HTML: blocks and line breaks become new lines, everything else that is markup goes.
#[must_use]
pub fn text_of(html: &str) -> String {
    let broken = with_line_breaks(html);
    let bare = NOTHING.clean(&broken);
    let mut text = String::with_capacity(bare.len());
    let mut blank = 0;
    for line in unescape(&bare).lines() {
        let parts = line.split(BEGINS).map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            parts.push(String::new());
        }
        for line in parts {
            blank = if line.is_empty() { blank + 1 } else { 0 };
            if blank < 2 {
                text.push_str(&line);
                text.push('\n');
            }
        }
    }
    text.trim().to_owned()
}

/// Stands where what comes next begins a line, be it after another one or at the beginning.
const BEGINS: char = '\u{1d}';

/// HTML that shows a text as it is: paragraphs at empty lines, breaks at single ones.
#[must_use]
pub fn html_of(text: &str) -> String {
    let paragraphs = text.replace("\r\n", "\n");
    let paragraphs = paragraphs.split("\n\n").map(|p| p.trim_matches('\n')).filter(|p| !p.trim().is_empty());
    paragraphs
        .map(|p| format!("<p>{}</p>", p.split('\n').map(escape).collect::<Vec<_>>().join("<br>")))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Text in which nothing is markup.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Puts a new line after every tag that ends a line on a screen. The markup is thrown away afterwards, so that it
/// does not matter when broken markup gets one too many.
fn with_line_breaks(html: &str) -> String {
    const BREAKING: [&str; 12] =
        ["br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/blockquote", "/pre", "hr"];
    const BEGINNING: [&str; 7] = ["ul", "ol", "li", "blockquote", "pre", "p", "div"];
    // New lines of the source are spaces on a screen.
    let flat = html.replace(['\r', '\n', BEGINS], " ");
    each_tag(&flat, |tag| match name_of(tag).as_str() {
        name if BREAKING.contains(&name) => "\n".into(),
        name if BEGINNING.contains(&name) => BEGINS.into(),
        _ => String::new(),
    })
}

/// Copies some HTML, with what `after` gives for each tag behind it. A tag comes without its brackets.
fn each_tag(html: &str, mut after: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(html.len() + 16);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let inside = &rest[open + 1..];
        let named = inside.strip_prefix('/').unwrap_or(inside);
        let behind = if let Some(comment) = inside.strip_prefix("!--") {
            comment.split_once("-->").map(|(_, behind)| behind)
        } else if named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            Tag::read(named).map(|tag| tag.rest)
        } else {
            // A lone bracket is text.
            Some(inside)
        };
        let Some(behind) = behind else { break };
        let upto = rest.len() - behind.len();
        out.push_str(&rest[..upto]);
        if behind.len() < named.len() && !inside.starts_with('!') {
            out.push_str(&after(&rest[open + 1..upto - 1]));
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The name of a tag in lower case, with the slash of one that closes.
fn name_of(tag: &str) -> String {
    let end =
        tag.char_indices().find(|(at, c)| c.is_whitespace() || (*c == '/' && *at > 0)).map_or(tag.len(), |(at, _)| at);
    tag[..end].to_ascii_lowercase()
}

fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace('\u{a0}', " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_loads_is_dropped() {
        let html = "<p onclick=\"x()\">Hi <b>you</b><script>alert(1)</script><img src=http://spy/1.gif></p>\
                    <a href=\"javascript:alert(1)\">a</a><a href=\"https://b.test\">b</a>";
        let safe = sanitize(html);
        assert!(!safe.contains("script") && !safe.contains("onclick") && !safe.contains("img"), "{safe}");
        assert!(safe.contains("<b>you</b>") && safe.contains("noopener"), "{safe}");
    }

    #[test]
    fn text_of_html_keeps_lines() {
        let html = "<style>p{}</style><p>Hello,</p><p>a &lt;b&gt; &amp;amp; c<br/>next</p><div>\n\nend</div>";
        assert_eq!(text_of(html), "Hello,\na <b> &amp; c\nnext\nend");
    }

    #[test]
    fn tags_that_may_not_be_written_are_named_once() {
        let html =
            "<p>1 < 2 <B>x</B> <!-- <i> <video> --> <img src='a>b'><TABLE><tr/></table><br/><a href=\"x\">y</a> <";
        assert_eq!(refused_tags(html), ["img", "table", "tr"]);
        assert_eq!(refused_tags("a <3 b </> &lt;script&gt;"), Vec::<String>::new());
        assert_eq!(refused_tags("<svg/onload=x></unknown-tag>"), ["svg", "unknown-tag"]);
    }

    #[test]
    fn plain_text_says_where_links_lead() {
        let html = "<p>See <a href=\"https://b.test/?a=1&amp;b\">this</a>, <a href=\"https://b.test\">https://b.test</a></p>\
                    <ul><li>one</li><li>two</li></ul>";
        assert_eq!(plain_of(html), "See this (https://b.test/?a=1&b), https://b.test\n- one\n- two");
        let lines = "Take:<ul><li>one</li><li>two<ol><li>three</li></ol></li></ul>or <b>none</b><blockquote>a<br>b</blockquote>c";
        assert_eq!(plain_of(lines), "Take:\n- one\n- two\n- three\n\nor none\na\nb\nc");
    }

    #[test]
    fn html_of_text_shows_it_as_it_is() {
        assert_eq!(html_of("a <b>\nc\n\nd"), "<p>a &lt;b&gt;<br>c</p>\n\n<p>d</p>");
    }
}
