//! Files that are too large for their mail: where its source wants that, links to them stand in it instead.

use mail::Said;
use model::AttachmentId;
use store::attachment::Attachment;

/// What the headers and the text of a mail take, beside its files.
const FRAME: i64 = 4096;
/// What a link to a file takes, in the text and in HTML.
const LINK: i64 = 2048;

/// A file that a mail has as a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub name: String,
    /// How many bytes it has.
    pub size: i64,
    /// Where it is read.
    pub url: String,
}

/// What a file takes as files go by mail: four bytes for three, and the ends of lines.
fn weight(file: &Attachment) -> i64 {
    file.size.saturating_add(FRAME) / 57 * 78
}

/// The files that go as links, the largest first, so that a mail with this text takes `most` bytes at the most; none when
/// it takes more even so. Those of `already` go as links in any case.
#[must_use]
pub fn chosen(files: &[Attachment], text: &str, most: i64, already: &[AttachmentId]) -> Option<Vec<AttachmentId>> {
    let text = i64::try_from(text.len()).unwrap_or(i64::MAX).saturating_mul(3);
    let (mut linked, mut whole) = (already.to_vec(), files.iter().collect::<Vec<_>>());
    whole.retain(|file| !linked.contains(&file.id));
    // A picture in the text goes with it: those stand first.
    whole.sort_by_key(|file| (!file.embed, file.size));
    loop {
        let links = i64::try_from(linked.len()).unwrap_or(i64::MAX).saturating_mul(LINK);
        let files: i64 = whole.iter().map(|file| weight(file)).sum();
        if files.saturating_add(links).saturating_add(text).saturating_add(FRAME) <= most {
            return Some(linked);
        }
        linked.push(whole.pop().filter(|file| !file.embed)?.id.clone());
    }
}

/// What somebody said, with links to files below it.
#[must_use]
pub fn add(mut said: Said, links: &[Link], language: &str) -> Said {
    if links.is_empty() {
        return said;
    }
    let lines = links.iter().map(|link| format!("{} ({}): {}", link.name, shown(link.size, language), link.url));
    said.text = format!("{}\n\n{}", said.text.trim_end(), lines.collect::<Vec<_>>().join("\n"));
    if let Some(html) = &mut said.html {
        for Link { name, size, url } in links {
            let (name, url) = (richtext::escape(name), richtext::escape(url));
            html.push_str(&format!("<p><a href=\"{url}\">{name}</a> ({})</p>", shown(*size, language)));
        }
    }
    said
}

/// A size as people read it.
fn shown(bytes: i64, language: &str) -> String {
    let (kilo, mega, point) = if language.starts_with("fr") { ("Ko", "Mo", ",") } else { ("KB", "MB", ".") };
    let tenths = bytes.saturating_mul(10) / 1_000_000;
    match tenths {
        0..10 => format!("{} {kilo}", (bytes / 1000).max(1)),
        10..100 => format!("{}{point}{} {mega}", tenths / 10, tenths % 10),
        _ => format!("{} {mega}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_language_of_the_mail() {
        for (bytes, english, french) in [
            (1, "1 KB", "1 Ko"),
            (99_999, "99 KB", "99 Ko"),
            (1_250_000, "1.2 MB", "1,2 Mo"),
            (26_214_400, "26 MB", "26 Mo"),
        ] {
            assert_eq!((shown(bytes, "en"), shown(bytes, "fr")), (english.to_owned(), french.to_owned()));
        }
    }

    #[test]
    fn links_stand_below_the_text_and_are_only_text() {
        let link = Link { name: "a <b>.zip".into(), size: 30_000_000, url: "https://desk.test/a?b&c".into() };
        let said = Said { text: "See there.\n".into(), html: Some("<p>See there.</p>".into()) };
        let all = add(said.clone(), std::slice::from_ref(&link), "en");
        assert_eq!(all.text, "See there.\n\na <b>.zip (30 MB): https://desk.test/a?b&c");
        let html = "<p>See there.</p><p><a href=\"https://desk.test/a?b&amp;c\">a &lt;b&gt;.zip</a> (30 MB)</p>";
        assert_eq!(all.html.as_deref(), Some(html));
        assert_eq!(add(said.clone(), &[], "en"), said);
    }
}
