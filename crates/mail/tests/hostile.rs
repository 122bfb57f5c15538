//! Mails that nobody would write: very large ones, cut ones, and bytes of any kind. Reading bounds what it keeps of them, and
//! what it gives is sound.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use mail::{HTML_MAX, Letter, Note, TEXT_MAX};
use proptest::prelude::*;

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let folders = fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()));
    let mut mails: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
    mails.sort();
    mails.into_iter().map(|path| fs::read(path).expect("a mail")).collect()
});

/// Reads a mail, and looks whether what it is read to be can be kept and shown.
fn sound(bytes: &[u8]) -> Letter {
    let letter = Letter::read(bytes, Some("mx.example.com"));
    let fit = |text: &str| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    assert!(fit(&letter.body) && letter.body.chars().count() <= TEXT_MAX);
    assert!(letter.quote_from.is_none_or(|from| from < letter.body.len() && letter.body.is_char_boundary(from)));
    let one_line = |text: &str| !text.contains(char::is_control);
    assert!(one_line(&letter.subject) && letter.headers.iter().all(|(_, value)| one_line(value)));
    let people = letter.from.iter().chain(&letter.to).chain(&letter.cc).chain(&letter.reply_to);
    assert!(
        people
            .into_iter()
            .all(|p| p.address.contains('@') && one_line(&p.address) && p.name.iter().all(|n| one_line(n)))
    );
    for file in &letter.files {
        assert!(one_line(&file.name) && !file.name.is_empty() && !file.name.contains(['/', '\\']), "{:?}", file.name);
        assert!(file.name.chars().count() <= 200 && file.content_type.contains('/'));
    }
    let html = letter.html.as_deref().unwrap_or_default();
    for tag in tags(html) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        assert!(!["script", "style", "iframe", "form", "svg", "object"].contains(&name), "{html}");
        assert!(!tag.contains(" on") && !tag.contains(" src="), "{html}");
    }
    assert!(!letter.key().is_empty());
    letter
}

/// The tags of some HTML, without what their values say.
fn tags(html: &str) -> impl Iterator<Item = String> {
    html.split('<').skip(1).map(|rest| {
        let tag = rest.split('>').next().unwrap_or_default();
        tag.split('"').step_by(2).collect::<Vec<_>>().join("")
    })
}

fn with_head(head: &str, body: &str) -> Vec<u8> {
    format!("From: a@x.test\r\n{head}\r\n{body}").into_bytes()
}

#[test]
fn a_long_text_is_cut_and_kept_whole_as_a_file() {
    let letter = sound(&with_head("Content-Type: text/plain; charset=utf-8\r\n", &"é ".repeat(200_000)));
    assert_eq!((letter.body.chars().count(), letter.notes.as_slice()), (TEXT_MAX, &[Note::TextCut][..]));
    assert_eq!((letter.files[0].name.as_str(), letter.files[0].bytes.len()), ("message.txt", 599_999));
    let line = sound(&with_head("", &"x".repeat(1024 * 1024)));
    assert_eq!(line.body.len(), TEXT_MAX);
    let html = format!("<p>{}</p>", "words ".repeat(HTML_MAX / 5));
    let letter = sound(&with_head("Content-Type: text/html\r\n", &html));
    assert!(letter.html.is_some_and(|shown| shown.len() <= HTML_MAX + 10));
    assert!(letter.files.iter().any(|file| file.name == "message.html" && file.bytes.len() == html.len()));
}

#[test]
fn what_there_is_very_much_of_is_read_in_part() {
    let parts = |part: &str, count: usize| {
        with_head("Content-Type: multipart/mixed; boundary=b\r\n", &format!("{}--b--\r\n", part.repeat(count)))
    };
    let letter = sound(&parts("--b\r\n\r\none\r\n", 10_000));
    assert!(letter.notes.contains(&Note::PartsCut) && letter.body.starts_with("one\n\none"));
    let letter = sound(&parts("--b\r\nContent-Type: image/png\r\n\r\none\r\n", 300));
    assert!(letter.notes.contains(&Note::FilesCut) && letter.files.len() == 100);
    let letter = sound(&with_head(&format!("To: {}\r\n", "a@b.test, ".repeat(200_000)), "Hi"));
    assert!(letter.notes.contains(&Note::HeadersCut) && letter.to.len() == 500 && letter.body == "Hi");
    let letter = sound(&with_head(&format!("To: {}\r\n", "a@b.test,\r\n ".repeat(2000)), "Hi"));
    assert!(letter.notes.contains(&Note::AddressesCut) && letter.to.len() == 500);
    let letter = sound(&with_head(&"X-More: 1\r\n".repeat(5000), "Hi"));
    assert!(letter.notes.contains(&Note::HeadersCut) && letter.headers.len() == 1000 && letter.body == "Hi");
    let deep: String =
        (0..100).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    assert!(sound(format!("From: a@x.test\r\n{deep}\r\nHi").as_bytes()).notes.contains(&Note::PartsCut));
}

#[test]
fn one_mail_has_one_key_and_two_have_two() {
    let read = |head: &str, body: &str| Letter::read(&with_head(head, body), None);
    let (head, date) = ("Message-ID: <same@x>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n", "Received: by y\r\n");
    let (one, moved) = (read(head, "Hi"), read(&format!("{date}{head}"), "Hi\r\n\r\nA list's words"));
    assert_eq!((one.key(), one.print()), (moved.key(), moved.print()));
    let other = read("Message-ID: <same@x>\r\nDate: Tue, 03 Mar 2026 09:00:00 +0000\r\n", "Hi");
    assert_eq!(one.key(), other.key());
    assert!(one.print() != other.print() && other.other_key().starts_with("same@x#"));
    let (none, again, more) = (read("", "Hi"), read("", "Hi\r\n"), read("", "Ho"));
    assert!(none.key() == again.key() && none.key() != more.key());
}

fn any_mail() -> impl Strategy<Value = Vec<u8>> {
    (0..CORPUS.len()).prop_map(|at| CORPUS[at].clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        sound(&bytes);
    }

    #[test]
    fn any_words_of_mails_are_read(words in prop::collection::vec(prop::sample::select(vec![
        "From:", "To: a@b", "Subject: =?utf-8?q?", "?=", "=?", "Content-Type: multipart/mixed; boundary=b", "\r\n", "\n", "\r",
        "--b", "--b--", " ", "<", ">", "\"", "(", ")", ";", "Content-Type: text/html", "Content-Transfer-Encoding: base64", "=",
        "<blockquote type=cite>", "<p>", "</div>", "&nbsp;", "> old", "On 2 Mar 2026 a@b wrote:", "-- ", "begin 644 a", "end",
        "\u{e9}", "\0", "format=flowed", "filename*0*=utf-8''%", "+AOk-", "\u{1b}$B", "message/delivery-status", "Action: failed",
    ]), 0..60)) {
        sound(words.concat().as_bytes());
    }

    #[test]
    fn cut_mails_are_read(mail in any_mail(), from in 0.0..1.0_f64, to in 0.0..1.0_f64) {
        let place = |part: f64| (mail.len() as f64 * part) as usize;
        let (from, to) = (place(from.min(to)), place(from.max(to)));
        sound(&mail[from..to]);
        sound(&mail[..to]);
        sound(&[&mail[..from], &mail[to..]].concat());
    }

    #[test]
    fn spliced_mails_are_read(one in any_mail(), two in any_mail(), at in 0.0..1.0_f64, change in any::<u8>()) {
        let place = |mail: &[u8]| (mail.len() as f64 * at) as usize;
        let mut whole = [&one[..place(&one)], &two[place(&two)..]].concat();
        sound(&whole);
        if let Some(last) = whole.len().checked_sub(1) {
            let at = (last as f64 * at) as usize;
            whole[at] = change;
            sound(&whole);
        }
    }
}

#[test]
fn what_is_left_out_before_a_quote_moves_it() {
    let letter = sound(&with_head(
        "Content-Type: text/html\r\n",
        "<p>\u{7}\u{7}</p><p>Yes.</p><blockquote type=cite><p>Ready?</p></blockquote>",
    ));
    assert_eq!(letter.quote_from.map(|from| letter.body[from..].trim()), Some("Ready?"));
}
