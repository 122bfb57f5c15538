//! Mails that are larger than their source takes.

use serde_json::{Value, json};

use super::inbound::{connected, contents, fetch, of};
use crate::support::dovecot::{Owner, mail};
use crate::support::{TestApp, id};

/// So many bytes as base64 in lines.
fn base64(bytes: usize) -> String {
    vec!["QUFB".repeat(19); bytes.div_ceil(57)].join("\r\n")
}

/// A mail of many parts: texts, a small picture in them, a small file, and two that are large.
fn varied() -> String {
    let picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let name = "=?utf-8?Q?=C3=A9t=C3=A9=2Emp4?=";
    let (film, pages) = (base64(570_000), base64(114_000));
    let text = format!(
        "--out\r\nContent-Type: multipart/related; boundary=\"rel\"\r\n\r\n\
         --rel\r\nContent-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n\
         --alt\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Voil=C3=A0 the film that we made.\r\n\
         --alt\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Here is the film.<img src=\"cid:p1\"></p>\r\n--alt--\r\n\
         --rel\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <p1>\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {picture}\r\n--rel--\r\n\
         --out\r\nContent-Type: video/mp4; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{film}\r\n\
         --out\r\nContent-Type: text/plain; name=list.txt\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n\
         One thing\r\n\
         --out\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{pages}\r\n--out--"
    );
    mail("1@a.test", "Ann <ann@a.test>", "A film", "Content-Type: multipart/mixed; boundary=out\r\n", &text)
}

/// The name and about the size of what was left out.
fn left_out(content: &Value) -> Vec<(&str, i64)> {
    let all = content["mail"]["left_out"].as_array().expect("a list").iter();
    let size = |one: &Value| one["size"].as_i64().expect("a size") / 1000;
    all.map(|one| (one["name"].as_str().expect("a name"), size(one))).collect()
}

#[tokio::test]
async fn of_a_mail_that_is_too_large_the_text_and_the_small_parts_come() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({"mail_max_bytes": 65_536, "imap_after_import": "seen"})).await;
    assert_eq!(made["mail_max_bytes"], 65_536);
    owner.append("INBOX", &varied()).await;
    // One file alone, one text alone, and one that fits.
    let file = "Content-Type: application/zip; name=all.zip\r\nContent-Transfer-Encoding: base64\r\n";
    owner.append("INBOX", &mail("2@a.test", "Bo <bo@b.test>", "A file", file, &base64(570_000))).await;
    owner.append("INBOX", &mail("3@a.test", "Cy <cy@c.test>", "A text", "", &"Many words.\r\n".repeat(10_000))).await;
    owner.append("INBOX", &mail("4@a.test", "Di <di@d.test>", "A word", "", "Hello")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!(all.len(), 4, "{all:#?}");
    let film = of(&all, "A film");
    assert_eq!(film["body_formatted"]["text"], "Voil\u{e0} the film that we made.");
    assert!(film["body_formatted"]["html"].as_str().expect("HTML").contains("/attachments/"), "{film}");
    let names: Vec<&Value> =
        film["attachments"].as_array().expect("files").iter().map(|one| &one["filename"]).collect();
    assert_eq!(names, ["p.png", "list.txt"]);
    assert_eq!(left_out(film), [("\u{e9}t\u{e9}.mp4", 570), ("file-1.pdf", 114)]);
    assert_eq!((&film["mail"]["notes"], &film["mail"]["from"]), (&json!([]), &json!("Ann <ann@a.test>")));
    let view = t.get(&format!("/console/threads/{}", film["thread_id"].as_str().expect("an id"))).await.ok();
    assert_eq!(left_out(&view["contents"][0]), left_out(film));
    assert_eq!(left_out(of(&all, "A file")), [("all.zip", 570)]);
    // Of a text there is no smaller part.
    let text = of(&all, "A text");
    assert_eq!((&text["mail"]["notes"], &text["mail"]["left_out"]), (&json!(["mail_cut"]), &json!([])));
    assert!(text["body_formatted"]["text"].as_str().expect("a text").starts_with("Many words.\nMany"));
    assert_eq!(left_out(of(&all, "A word")), []);
    // Only the server has the whole of those: they stay as they are there.
    assert!(owner.say("STATUS INBOX (UNSEEN)").await.contains("UNSEEN 3"));
    assert_eq!(t.get(&format!("/1.0/content_sources/{}/parked_items", id(&made))).await.ok()["count"], 0);
}
