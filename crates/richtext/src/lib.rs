//! HTML from outside made safe, and text from HTML and back. Knows nothing of the product.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

static SAFE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    // Pictures from outside tell their sender who reads them and when: only those that are part of a mail stay.
    builder.rm_tags(["img", "map", "area", "details", "summary", "ruby", "rt", "rp"]);
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    builder.link_rel(Some("noopener noreferrer nofollow"));
    builder.add_tag_attributes("a", ["target"]);
    builder.set_tag_attribute_value("a", "target", "_blank");
    builder
});

static NOTHING: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(HashSet::from(["script", "style", "head", "title"]));
    builder
});

/// Keeps of some HTML what formats text, and drops everything that could run, load or imitate.
#[must_use]
pub fn sanitize(html: &str) -> String {
    SAFE.clean(html).to_string()
}

/// The text of some HTML: blocks and line breaks become new lines, everything else that is markup goes.
#[must_use]
pub fn text_of(html: &str) -> String {
    let broken = with_line_breaks(html);
    let bare = NOTHING.clean(&broken).to_string();
    let mut text = String::with_capacity(bare.len());
    let mut blank = 0;
    for line in unescape(&bare).lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

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
    // New lines of the source are spaces on a screen.
    let flat = html.replace(['\r', '\n'], " ");
    let mut out = String::with_capacity(flat.len() + 16);
    let mut rest = flat.as_str();
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>').map(|at| open + at) else { break };
        let name = rest[open + 1..close].trim().trim_end_matches('/').split_whitespace().next().unwrap_or("");
        out.push_str(&rest[..=close]);
        if BREAKING.contains(&name.to_ascii_lowercase().as_str()) {
            out.push('\n');
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
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
    fn html_of_text_shows_it_as_it_is() {
        assert_eq!(html_of("a <b>\nc\n\nd"), "<p>a &lt;b&gt;<br>c</p>\n\n<p>d</p>");
    }
}
