//! What becomes of mails beside conversations: those that cannot be taken in, those of a flood, and what is done with them on
//! the server.

use std::sync::{Arc, Mutex};

use hubbub::domain::Error;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use store::Backend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::inbound::{connected, contents, fetch, known, of, report};
use crate::support::dovecot::{Owner, mail};
use crate::support::world::user;
use crate::support::{TestApp, id, send};

/// Has the database refuse contents of one title, as it does what is too much for it.
pub(super) async fn poison(t: &TestApp, on: bool) {
    let backend = t.app.db.backend();
    let sql = match (backend, on) {
        (Backend::Sqlite, true) => {
            "CREATE TRIGGER poison BEFORE INSERT ON contents WHEN NEW.title = 'Poison' \
             BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        }
        (Backend::Sqlite, false) => "DROP TRIGGER poison",
        (Backend::Postgres, true) => {
            "CREATE FUNCTION poison() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'poisoned' USING ERRCODE = '22000'; END $$; \
             CREATE TRIGGER poison BEFORE INSERT ON contents FOR EACH ROW WHEN (NEW.title = 'Poison') \
             EXECUTE FUNCTION poison()"
        }
        (Backend::Postgres, false) => "DROP TRIGGER poison ON contents; DROP FUNCTION poison()",
    };
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.batch(sql).await.map_err(Error::Store) }));
    done.await.expect("written");
}

async fn parked(t: &TestApp, source: &Value) -> Value {
    t.get(&format!("/1.0/content_sources/{}/parked_items", id(source))).await.ok()
}

#[tokio::test]
async fn a_bad_mail_is_parked_and_delays_no_other() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    poison(&t, true).await;
    for (n, title) in ["One", "Poison", "Two", "Poison", "Three"].iter().enumerate() {
        owner.append("INBOX", &mail(&format!("{n}@a.test"), "ann@a.test", title, "", &format!("body {n}"))).await;
    }
    let run = fetch(&t, &made).await;
    assert_eq!((&run["received"], &run["parked"]), (&json!(3), &json!(2)), "{run}");
    let health = report(&t, &made).await["health"].clone();
    assert_eq!((&health["code"], &health["parked_items"]), (&json!("parked_items"), &json!(2)));
    let all = parked(&t, &made).await;
    let items = all["records"].as_array().expect("a list");
    assert!(items[0]["last_error"].as_str().is_some_and(|why| why.contains("poisoned")), "{all}");
    let item =
        |n: usize, what: &str| format!("/1.0/content_sources/{}/parked_items/{}{what}", id(&made), id(&items[n]));
    assert_eq!(t.put(&item(0, "/retry"), json!({})).await.error(422), "not_taken_in");
    // Once it can be, it is; the other one is dropped.
    poison(&t, false).await;
    t.put(&item(0, "/retry"), json!({})).await.ok();
    t.delete(&item(1, "")).await.ok();
    let contents = contents(&t, &made).await;
    assert_eq!((contents.len(), &of(&contents, "Poison")["body"]), (4, &json!("body 1")));
    assert_eq!(parked(&t, &made).await["count"], 0);
    assert_eq!(report(&t, &made).await["health"]["state"], "ok");
    // Neither comes again.
    fetch(&t, &made).await;
    assert_eq!(known(&t, &made).await.len(), 4);
}

#[tokio::test]
async fn what_was_taken_in_is_marked_or_moved_where_the_source_says_so() {
    let t = TestApp::start().await;
    for (way, unseen, rest) in [("none", 1, 1), ("seen", 0, 1), ("move:Done & so", 0, 0)] {
        let mut owner = Owner::new().await;
        owner.say("CREATE \"Done &- so\"").await;
        let made = connected(&t, &owner, json!({"imap_after_import": way})).await;
        owner.append("INBOX", &mail("1@a.test", "ann@a.test", "One", "", "x")).await;
        let run = fetch(&t, &made).await;
        assert_eq!((&run["received"], &run["reason"]), (&json!(1), &Value::Null), "{way}: {run}");
        let told = owner.say("STATUS INBOX (MESSAGES UNSEEN)").await;
        assert!(told.contains(&format!("MESSAGES {rest} UNSEEN {unseen}")), "{way}: {told}");
        let told = owner.say("STATUS \"Done &- so\" (MESSAGES)").await;
        assert!(told.contains(&format!("MESSAGES {}", 1 - rest)), "{way}: {told}");
        // What comes next is taken in as before.
        owner.append("INBOX", &mail("2@a.test", "ann@a.test", "Two", "", "x")).await;
        fetch(&t, &made).await;
        assert_eq!(contents(&t, &made).await.len(), 2, "{way}");
    }
    // Where that cannot be, people are told, and the mail is there.
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({"imap_after_import": "move:Nowhere"})).await;
    owner.append("INBOX", &mail("1@a.test", "ann@a.test", "One", "", "x")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 1);
    assert_eq!(report(&t, &made).await["health"]["code"], "imap_after_import");
    let path = format!("/1.0/content_sources/{}", id(&made));
    for bad in ["gone", "move:", "move:inbox"] {
        let refused = t.put(&path, json!({"imap_after_import": bad})).await;
        assert_eq!(refused.json["field"], "imap_after_import", "{bad}");
        refused.error(422);
    }
}

#[tokio::test]
async fn what_is_quoted_is_left_out_where_the_source_says_so() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({"email_parser": true})).await;
    let quoting = "Still waiting.\r\n\r\nOn Mon, 2 Mar 2026 at 08:00, Desk <desk@shop.test> wrote:\r\n> Soon.";
    owner.append("INBOX", &mail("1@a.test", "ann@a.test", "Plain", "", quoting)).await;
    let html = "<p>Yes</p><div class=\"gmail_quote\">On Monday:<blockquote>Shall we?</blockquote></div>";
    let more = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n";
    owner.append("INBOX", &mail("2@a.test", "ann@a.test", "Rich", more, html)).await;
    owner.append("INBOX", &mail("3@a.test", "ann@a.test", "Quote alone", "", "> Soon.")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!(of(&all, "Plain")["body_formatted"]["text"], "Still waiting.");
    assert_eq!(of(&all, "Plain")["mail"]["quote_from"], Value::Null);
    assert_eq!(of(&all, "Rich")["body_formatted"], json!({"html": "<p>Yes</p>", "text": "Yes"}));
    assert_eq!(of(&all, "Quote alone")["body_formatted"]["text"], "> Soon.");
    let raw = t.get(&format!("/1.0/contents/{}/raw", id(of(&all, "Plain")))).await;
    assert!(raw.text.contains("> Soon."), "{}", raw.text);
}

/// A server outside that has one thing at each path, and notes what it is asked for.
async fn outside(things: &'static [(&'static str, &'static str, &'static [u8])]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let notes: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = notes.clone();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut heard = [0; 4096];
            let count = line.read(&mut heard).await.unwrap_or(0);
            let path = String::from_utf8_lossy(&heard[..count]).split(' ').nth(1).unwrap_or_default().to_owned();
            seen.lock().expect("not poisoned").push(path.clone());
            let found = things.iter().find(|(name, _, _)| *name == path);
            let (head, body) = found.map_or(("404 Not Found", &b""[..]), |(_, head, body)| (*head, *body));
            let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = line.write_all(&[head.as_bytes(), body].concat()).await;
            let _ = line.shutdown().await;
        }
    });
    (port, notes)
}

#[tokio::test]
async fn pictures_from_outside_are_fetched_by_the_server_once_somebody_wants_them() {
    const GIF: &[u8] =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let (port, asked) = outside(&[
        ("/a.gif", "200 OK\r\nContent-Type: text/html", GIF),
        ("/b.svg", "200 OK\r\nContent-Type: image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        ("/moved", "302 Found\r\nLocation: /a.gif", b""),
    ])
    .await;
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let img = |path: &str| format!("<img src=\"http://127.0.0.1:{port}{path}\" width=40 height=40>");
    let html = ["/a.gif", "/b.svg", "/moved", "/gone"].map(img).concat();
    let more = "MIME-Version: 1.0\r\nContent-Type: text/html\r\n";
    owner.append("INBOX", &mail("1@a.test", "ann@a.test", "Shop", more, &html)).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let path = format!("/1.0/contents/{}/pictures", id(of(&all, "Shop")));
    assert!(asked.lock().expect("not poisoned").is_empty(), "nobody has looked");
    let shown = t.request(Method::GET, &path).send().await.expect("an answer");
    assert_eq!(
        (shown.status().as_u16(), &shown.headers()["content-type"]),
        (200, &HeaderValue::from_static("image/gif"))
    );
    assert_eq!(shown.headers()["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(shown.bytes().await.expect("bytes"), GIF);
    // What is no picture, is not there, or is not in the mail.
    for (number, code) in [("1", 404), ("2", 200), ("3", 404), ("4", 404), ("-1", 404)] {
        assert_eq!(t.get(&format!("{path}?picture={number}")).await.status, code, "{number}");
    }
    assert_eq!(asked.lock().expect("not poisoned")[..], ["/a.gif", "/b.svg", "/moved", "/a.gif", "/gone"]);
    let (nobody, stranger) = user(&t, "Stranger", "Agent").await;
    let given = json!({id(&made): ""});
    t.put(&format!("/1.0/users/{}/sources_permissions", id(&nobody)), given).await.ok();
    assert_eq!(send(t.request_as(&stranger, Method::GET, &path)).await.status, 404);
}

#[tokio::test]
async fn a_very_large_mail_comes_whole() {
    let t = TestApp::start_with(|config| config.attachment_max_bytes = 40 << 20).await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let line = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx\r\n";
    let file = line.repeat(30 * 1024 * 1024 / line.len());
    let body = format!(
        "--m\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--m\r\nContent-Type: application/x-odd\r\n\
         Content-Disposition: attachment; filename=large.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n--m--"
    );
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n";
    owner.append("INBOX", &mail("1@a.test", "ann@a.test", "Large", more, &body)).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let large = of(&all, "Large");
    assert_eq!(large["body_formatted"]["text"], "See the file.");
    let sizes: Vec<&Value> = large["attachments"].as_array().expect("files").iter().map(|file| &file["size"]).collect();
    let bytes = (30 * 1024 * 1024 / line.len()) * (line.len() - 2) / 4 * 3;
    assert_eq!(sizes, [&json!(bytes)]);
}
