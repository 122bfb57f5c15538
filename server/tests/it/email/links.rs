//! Files that are too large for a mail: links to them stand in it, where the source wants that.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::outbound::{answer, asked, attempts, by, read, settled, upload};
use crate::support::dovecot::Owner;
use crate::support::smtp::{Received, Smtp};
use crate::support::{TestApp, id, send};

/// The addresses of the files that a mail has as links.
fn links(received: &Received) -> Vec<String> {
    let body = read(received).body;
    let words = body.split_whitespace().filter(|word| word.contains("/attachments/"));
    words.map(str::to_owned).collect()
}

fn files(received: &Received) -> Vec<(String, usize)> {
    read(received).files.iter().map(|file| (file.name.clone(), file.bytes.len())).collect()
}

#[tokio::test]
async fn what_does_not_fit_into_a_mail_is_a_link_in_it() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let mut more = by(&smtp);
    more["smtp_max_bytes"] = json!(65_536);
    more["link_large_files"] = json!(true);
    more["signatures"] = json!([{"language": "en", "name": "s", "body": "The shop"}]);
    let (_, asked) = asked(&t, &mut owner, more).await;
    let told = t.get(&format!("/console/mail_composer?content_id={}", id(&asked))).await.ok();
    assert_eq!((&told["max_bytes"], &told["link_large_files"]), (&json!(65_536), &json!(true)));
    let large = vec![b'x'; 250_000];
    let ids = [
        upload(&t, "plan.txt", &[b'a'; 20_000]).await,
        upload(&t, "film é.bin", &large).await,
        upload(&t, "note.txt", b"small").await,
    ];
    // At each try it is the same mail.
    smtp.answer(&[("data", "drop")]);
    let given: Vec<&str> = ids.iter().map(id).collect();
    let sent = answer(&t, &asked, json!({"attachment_ids": given, "body": "See there."})).await;
    attempts(&t, &sent, 1).await;
    t.clock.advance(Duration::from_secs(11));
    assert_eq!(settled(&t, &sent).await["synchronization_status"], "success");
    let all = smtp.received();
    assert_eq!((all.len(), &all[0].text), (2, &all[1].text));
    assert!(all[0].text.len() < 65_536, "{}", all[0].text.len());
    assert_eq!(files(&all[0]), [("plan.txt".to_owned(), 20_000), ("note.txt".to_owned(), 5)]);
    let letter = read(&all[0]);
    assert!(letter.body.starts_with("See there.\n\nfilm é.bin (250 KB): http"), "{}", letter.body);
    assert!(letter.html.expect("html").contains("film é.bin</a> (250 KB)"));
    // Whoever has the mail reads the file, signed in or not, for as long as they keep it.
    t.clock.advance(Duration::from_secs(400 * 86_400));
    let links = links(&all[0]);
    let path = &links[0][links[0].find("/attachments/").expect("a path")..];
    assert_eq!(send(t.anonymous(Method::GET, path)).await.text.len(), large.len());
    // Whoever looks at the content has them all.
    assert_eq!(sent["attachments"].as_array().map(Vec::len), Some(3));
    // A text that does not fit is refused as before.
    let body = json!({"in_reply_to_id": id(&asked), "body": "x".repeat(30_000)});
    assert_eq!(t.post("/1.0/contents", body).await.error(422), "mail_too_large");
}

#[tokio::test]
async fn a_server_that_takes_less_than_the_source_says_gets_links_too() {
    let t = TestApp::start().await;
    for (on, end) in [(true, "success"), (false, "error")] {
        let (mut owner, smtp) = (Owner::new().await, Smtp::offering(json!({"size": 100_000})));
        let mut more = by(&smtp);
        more["link_large_files"] = json!(on);
        let (_, asked) = asked(&t, &mut owner, more).await;
        let ids = [upload(&t, "a.txt", &[b'a'; 60_000]).await, upload(&t, "b.txt", &[b'b'; 50_000]).await];
        let given: Vec<&str> = ids.iter().map(id).collect();
        let sent = answer(&t, &asked, json!({"attachment_ids": given})).await;
        let sent = settled(&t, &sent).await;
        assert_eq!(sent["synchronization_status"], end, "{sent}");
        let all = smtp.received();
        if on {
            assert_eq!((files(&all[0]), links(&all[0]).len()), (vec![("b.txt".to_owned(), 50_000)], 1));
        } else {
            let why = sent["synchronization_error"].as_str().unwrap_or_default();
            assert_eq!((all.len(), why), (0, "the server takes mails of 100000 bytes at the most"));
        }
    }
}
