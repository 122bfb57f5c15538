//! The HTML of a mail that came: what it shows, its text, and where it quotes an earlier one.
//!
//! Pictures load nothing. Those of the mail itself are `data-cid` until [`shown`] says where they are; those from outside
//! are `data-remote`. What is quoted stands in elements with `data-quoted`, so that it can be folded.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::clean::{Cleaner, OF_MAILS};
use crate::pieces::{Piece, attribute, each_attribute, is_void, pieces};
use crate::quoted::{Mark, Text, is_block, mark_of};

const OF_ALL: [&str; 11] =
    ["align", "bgcolor", "class", "dir", "height", "id", "lang", "style", "title", "valign", "width"];
/// Properties that move nothing out of its place and load nothing.
const PROPERTIES: [&str; 11] = [
    "color",
    "direction",
    "display",
    "height",
    "letter-spacing",
    "line-height",
    "max-width",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];
const PROPERTY_FAMILIES: [&str; 6] = ["background-color", "border", "font", "list-style-type", "margin", "padding"];
/// The longest style of an element, in bytes.
const STYLE_MAX: usize = 4000;

static LETTER: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.tags(HashSet::from(OF_MAILS));
    builder.generic_attributes(HashSet::from(OF_ALL));
    builder.tag_attributes(HashMap::from([
        ("a", HashSet::from(["href", "target"])),
        ("blockquote", HashSet::from(["type"])),
        ("div", HashSet::from(["name"])),
        ("col", HashSet::from(["span"])),
        ("font", HashSet::from(["color", "face", "size"])),
        ("img", HashSet::from(["alt", "border", "src"])),
        ("ol", HashSet::from(["start", "type"])),
        ("table", HashSet::from(["border", "cellpadding", "cellspacing"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan"])),
    ]));
    builder.clean_content_tags(HashSet::from([
        "script", "style", "iframe", "template", "noscript", "title", "svg", "math", "object", "textarea", "select",
    ]));
    builder.url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]));
    builder.url_relative(ammonia::UrlRelative::Deny);
    builder.link_rel(Some("noopener noreferrer nofollow"));
    builder.set_tag_attribute_value("a", "target", "_blank");
    builder.attribute_filter(|tag, name, value| match (tag, name) {
        (_, "style") => harmless(value).map(Cow::Owned),
        (_, "class" | "id") | ("div", "name") | ("blockquote", "type") => {
            mark_of(tag, name, value).map(|mark| Cow::Borrowed(mark.word()))
        }
        ("a", "href") if value.trim_start().get(..4).is_some_and(|s| s.eq_ignore_ascii_case("cid:")) => None,
        ("img", "src") if !is_picture(value) => None,
        _ => Some(Cow::Borrowed(value)),
    });
    Cleaner::new(builder)
});

fn is_picture(address: &str) -> bool {
    let lower = address.trim().get(..8).unwrap_or(address.trim()).to_ascii_lowercase();
    ["cid:", "http://", "https://"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Of a style, what neither loads nor hides nor moves anything out of its place.
fn harmless(style: &str) -> Option<String> {
    let kept: Vec<String> = style
        .get(..STYLE_MAX)
        .unwrap_or(style)
        .split(';')
        .filter_map(|one| {
            let (name, value) = one.split_once(':')?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            let of_family =
                |family: &&str| name.strip_prefix(*family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            let known = PROPERTIES.contains(&name.as_str())
                || PROPERTY_FAMILIES.iter().any(of_family)
                || name.starts_with("text-");
            let bare = value.to_ascii_lowercase().replace("rgba(", "").replace("rgb(", "").replace("hsl(", "");
            let odd = ["(", "@", "\\", "/*", "<", "\""].iter().any(|part| bare.contains(part));
            (known && !odd && !value.is_empty() && !is_negative(value)).then(|| format!("{name}:{value}"))
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join(";"))
}

/// Whether a value has a length below nought, by which things are moved over others.
fn is_negative(value: &str) -> bool {
    let number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    value.split_whitespace().any(|word| word.strip_prefix('-').is_some_and(number))
}

/// The HTML of a mail that came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// What can be shown, without pictures: [`shown`] puts them in.
    pub html: String,
    /// Its text, in lines.
    pub text: String,
    /// Where in the text (in bytes) what is quoted at the end begins.
    pub quote_from: Option<usize>,
    /// Pictures from outside are left out.
    pub remote: bool,
}

/// Reads the HTML of a mail. `find` is given the text and where the markup says that the quote at its end begins, and says
/// where it does: it may know more by the words.
pub fn letter(html: &str, find: impl FnOnce(&str, Option<usize>) -> Option<usize>) -> Letter {
    let clean = LETTER.clean(html);
    let all: Vec<Piece<'_>> = pieces(&clean).collect();
    let read = Text::of(&all);
    let quote_from = find(&read.text, read.marked());
    let (folds, own) = (quote_from.map(|at| read.piece_at(at)), !read.is_all_quoted());
    let mut writer = Writer { out: String::with_capacity(clean.len() + 64), ..Writer::default() };
    for (n, piece) in all.iter().enumerate() {
        writer.folding |= folds == Some(n);
        writer.write(*piece, own);
    }
    if writer.top {
        writer.out.push_str("</div>");
    }
    Letter { html: writer.out, text: read.text, quote_from, remote: writer.remote }
}

/// Puts the pictures of a mail in their places: `address` gives where the one of a `Content-ID` is. One that is not there
/// stays as its words.
pub fn shown(html: &str, address: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(" data-cid=\"") {
        let Some((cid, after)) = after.split_once('"') else { break };
        out.push_str(before);
        match address(&crate::unescape(cid)) {
            Some(address) => out.push_str(&format!(" src=\"{}\"", crate::escape(&address))),
            None => out.push_str(" data-missing=\"\""),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What is new in the HTML of a mail, as [`letter`] gives it: without what is quoted.
#[must_use]
pub fn unquoted(html: &str) -> String {
    let (mut out, mut open, mut quoted) = (String::with_capacity(html.len()), 0_usize, None);
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) if quoted.is_none() => out.push_str(text),
            Piece::Open(name, attributes) => {
                if attribute(attributes, "data-quoted").is_some() {
                    quoted.get_or_insert(open);
                }
                if quoted.is_none() {
                    out.push_str(&format!("<{name}{attributes}>"));
                }
                open += usize::from(!is_void(name));
            }
            Piece::Close(name) => {
                open = open.saturating_sub(1);
                match quoted {
                    Some(level) if level == open => quoted = None,
                    Some(_) => {}
                    None => out.push_str(&format!("</{name}>")),
                }
            }
            Piece::Text(_) => {}
        }
    }
    out
}

/// The `Content-ID`s of the pictures in some HTML, as [`letter`] gives it.
pub fn cids(html: &str) -> impl Iterator<Item = String> {
    html.split(" data-cid=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(crate::unescape)
}

/// The addresses of pictures from outside in some HTML, as [`letter`] gives it, in their order.
pub fn remotes(html: &str) -> impl Iterator<Item = String> {
    html.split(" data-remote=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(crate::unescape)
}

/// Writes the pieces again, with what is quoted in elements of its own.
#[derive(Default)]
struct Writer {
    out: String,
    /// From here on all is quoted.
    folding: bool,
    /// The elements that are open: their names, and whether one for what is quoted was opened around or within each.
    open: Vec<Level>,
    remote: bool,
    /// Within how many elements that are quoted.
    quoted: usize,
    /// Of what is open outside of every element, one for what is quoted.
    top: bool,
}

struct Level {
    name: String,
    around: bool,
    within: Option<&'static str>,
}

impl Writer {
    fn write(&mut self, piece: Piece<'_>, own: bool) {
        match piece {
            Piece::Text(text) => {
                if !text.trim().is_empty() {
                    self.fold();
                }
                self.out.push_str(text);
            }
            Piece::Open(name, attributes) => {
                self.fold();
                let marked = Mark::of(attributes) == Some(Mark::Element);
                let around = marked && own && self.quoted == 0 && !is_inner(name) && !is_void(name);
                if around {
                    self.out.push_str("<div data-quoted=\"\">");
                    self.quoted += 1;
                }
                self.open(name, attributes);
                if !is_void(name) {
                    self.open.push(Level { name: name.to_owned(), around, within: None });
                }
            }
            Piece::Close(_) => {
                let Some(level) = self.open.pop() else { return };
                if let Some(name) = level.within {
                    self.out.push_str(&format!("</{name}>"));
                    self.quoted -= 1;
                }
                self.out.push_str("</");
                self.out.push_str(&level.name);
                self.out.push('>');
                if level.around {
                    self.out.push_str("</div>");
                    self.quoted -= 1;
                }
            }
        }
    }

    /// Opens an element for what is quoted, where all is from here on and one can stand.
    fn fold(&mut self) {
        if !self.folding || self.quoted > 0 {
            return;
        }
        let name = match self.open.last_mut() {
            Some(level) if is_list_or_table(&level.name) => return,
            Some(level) => *level.within.insert(if is_phrase(&level.name) { "span" } else { "div" }),
            None => {
                self.top = true;
                "div"
            }
        };
        self.out.push_str(&format!("<{name} data-quoted=\"\">"));
        self.quoted += 1;
    }

    fn open(&mut self, name: &str, attributes: &str) {
        if name == "img" {
            self.picture(attributes);
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        let ours = |found: &str| matches!(found, "class" | "id" | "name") || name == "blockquote" && found == "type";
        for (found, value) in each_attribute(attributes).filter(|(found, _)| !ours(found)) {
            self.out.push_str(&format!(" {found}=\"{value}\""));
        }
        self.out.push('>');
    }

    fn picture(&mut self, attributes: &str) {
        if is_spy(attributes) {
            return;
        }
        self.out.push_str("<img");
        for (found, value) in each_attribute(attributes) {
            let name = match found {
                "class" | "id" => continue,
                "src" if value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:")) => {
                    self.out.push_str(&format!(" data-cid=\"{}\"", &value[4..]));
                    continue;
                }
                "src" => {
                    self.remote = true;
                    "data-remote"
                }
                found => found,
            };
            self.out.push_str(&format!(" {name}=\"{value}\""));
        }
        self.out.push('>');
    }
}

/// Elements that stand in some others alone.
fn is_inner(name: &str) -> bool {
    matches!(name, "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" | "li" | "dt" | "dd" | "colgroup")
}

/// Elements in which only some others may stand.
fn is_list_or_table(name: &str) -> bool {
    matches!(name, "table" | "tbody" | "thead" | "tfoot" | "tr" | "colgroup" | "ul" | "ol" | "dl")
}

/// Elements in which no block stands.
fn is_phrase(name: &str) -> bool {
    !is_block(name) || matches!(name, "p" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Whether a picture is there to tell that the mail is read: it has no size.
fn is_spy(attributes: &str) -> bool {
    let style = attribute(attributes, "style").unwrap_or_default();
    let of_style = |name: &str| {
        style.split(';').filter_map(|one| one.split_once(':')).find_map(|(n, value)| (n == name).then_some(value))
    };
    let size = |name: &str| {
        let value = attribute(attributes, name).or_else(|| of_style(name))?;
        value.trim().trim_end_matches("px").parse::<f64>().ok()
    };
    let small = |name: &str| size(name).is_some_and(|size| size <= 1.0);
    small("width") && small("height") || of_style("display") == Some("none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(html: &str) -> String {
        letter(html, |_, marked| marked).html
    }

    #[test]
    fn pictures_load_nothing() {
        let read = letter(
            "<img src=cid:a@b alt=x><img src=\"https://spy.test/a.png\" width=40><img src=data:image/png;base64,AA>",
            |_, _| None,
        );
        assert_eq!(
            read.html,
            "<img data-cid=\"a@b\" alt=\"x\"><img data-remote=\"https://spy.test/a.png\" width=\"40\"><img>"
        );
        assert!(read.remote);
        assert_eq!(remotes(&read.html).collect::<Vec<_>>(), ["https://spy.test/a.png"]);
        assert_eq!(cids(&read.html).collect::<Vec<_>>(), ["a@b"]);
        let placed = shown(&read.html, |cid| (cid == "a@b").then(|| "/attachments/1?a&\"b".into()));
        assert!(placed.starts_with("<img src=\"/attachments/1?a&amp;&quot;b\" alt"), "{placed}");
        assert!(shown(&read.html, |_| None).starts_with("<img data-missing=\"\" alt"));
        for spy in [
            "<img src=https://a.test width=1 height=1>",
            "<img src=https://a.test style=\"width:1px;height:1px\">",
            "<img src=https://a.test style=\"display:none\">",
            "<img src=https://a.test width=0 height=0>",
        ] {
            assert_eq!(safe(spy), "");
        }
    }

    #[test]
    fn what_attacks_goes() {
        for (html, expected) in [
            ("<script>x</script><style>*{}</style>a", "a"),
            (
                "<p style=\"color:red;position:fixed;background:url(x);margin:-9px;font-size:12px\">a</p>",
                "<p style=\"color:red;font-size:12px\">a</p>",
            ),
            (
                "<p style=\"background-color:rgb(1, 2, 3);width:expression(x)\">a</p>",
                "<p style=\"background-color:rgb(1, 2, 3)\">a</p>",
            ),
            ("<form action=x><input><button>b</button></form>", "b"),
            ("<svg onload=x><a>b</a></svg>c", "c"),
            ("<p class=\"top\" id=\"console\" onclick=x>a</p>", "<p>a</p>"),
            ("<iframe src=x></iframe><meta http-equiv=refresh content=\"0;url=x\"><base href=x><link rel=x>", ""),
            ("<div data-quoted=x data-cid=y>a</div>", "<div>a</div>"),
            ("<p>a <!-- <img src=x onerror=y> --> b</p>", "<p>a  b</p>"),
        ] {
            assert_eq!(safe(html), expected, "{html}");
        }
        for html in ["<a href=\"javascript:x\">a</a>", "<a href=\"data:text/html,x\">a</a>", "<a href=\"cid:x\">a</a>"]
        {
            assert!(!safe(html).contains("href"), "{}", safe(html));
        }
    }

    #[test]
    fn what_is_quoted_is_marked() {
        for (html, expected) in [
            (
                "<div>new</div><div class=\"gmail_quote x\">On Monday:<blockquote>old</blockquote></div>",
                "<div>new</div><div data-quoted=\"\"><div>On Monday:<blockquote>old</blockquote></div></div>",
            ),
            (
                "<body><p>new</p><hr id=x><div id=\"x_divRplyFwdMsg\">From: a</div><p>old</p></body>",
                "<p>new</p><hr><div data-quoted=\"\"><div>From: a</div><p>old</p></div>",
            ),
            // An answer within is not folded.
            (
                "<blockquote type=cite>one</blockquote>yes<blockquote type=cite>two</blockquote>no",
                "<div data-quoted=\"\"><blockquote>one</blockquote></div>yes<div data-quoted=\"\"><blockquote>two</blockquote></div>no",
            ),
            // Nothing else is there.
            ("<blockquote type=cite>one</blockquote>", "<blockquote>one</blockquote>"),
            (
                "<table><tr><td>new</td></tr><tr><td><div id=appendonsend></div>old</td></tr></table>",
                "<table><tbody><tr><td>new</td></tr><tr><td><div data-quoted=\"\"><div></div>old</div></td></tr></tbody></table>",
            ),
        ] {
            assert_eq!(safe(html), expected);
        }
        let whole = "<p>a<br><img data-cid=\"x\"></p><div data-quoted=\"\"><div>b</div><br></div><p>c</p>";
        assert_eq!(unquoted(whole), "<p>a<br><img data-cid=\"x\"></p><p>c</p>");
        let read = letter("<p>new<br>On Monday:<br>old</p><div>more</div>", |text, marked| {
            assert_eq!((text, marked), ("new\nOn Monday:\nold\nmore", None));
            Some(4)
        });
        assert_eq!(
            read.html,
            "<p>new<br><span data-quoted=\"\">On Monday:<br>old</span></p><div data-quoted=\"\"><div>more</div></div>"
        );
    }
}
