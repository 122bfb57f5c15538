use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::dovecot::{Owner, mail, settings, source};
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, eventually_later, id, send};

/// Has a source fetched once: from now on what comes is taken in.
pub(super) async fn connected(t: &TestApp, owner: &Owner, more: Value) -> Value {
    let mut given = settings(owner);
    given.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    let made = source(t, given).await;
    runs(t, &made, 1).await;
    made
}

pub(super) async fn report(t: &TestApp, source: &Value) -> Value {
    t.get(&format!("/1.0/content_sources/{}/health", id(source))).await.ok()
}

/// Waits until so many runs have ended; gives the last.
pub(super) async fn runs(t: &TestApp, source: &Value, least: i64) -> Value {
    eventually("a run", || async {
        let last = report(t, source).await["runs"][0].clone();
        last["number"].as_i64().is_some_and(|number| number >= least).then_some(last)
    })
    .await
}

/// Has a source look for mail now, and waits until it has; gives that run.
pub(super) async fn fetch(t: &TestApp, source: &Value) -> Value {
    // One that is under way began before this moment, and may have passed what has come since.
    t.clock.advance(Duration::from_secs(1));
    let asked = t.clock.now().to_api();
    t.post(&format!("/1.0/content_sources/{}/run", id(source)), json!({})).await.ok();
    t.clock.advance(Duration::from_secs(11));
    eventually("a run that began after this was asked", || async {
        let all = report(t, source).await["runs"].as_array().cloned().unwrap_or_default();
        // The first of them has found what was there.
        all.into_iter().rev().find(|run| run["started_at"].as_str().is_some_and(|began| *began >= *asked))
    })
    .await
}

pub(super) async fn contents(t: &TestApp, source: &Value) -> Vec<Value> {
    let list = t.get(&format!("/1.0/contents?q=source:{}&limit=150", id(source))).await.ok();
    list["records"].as_array().cloned().unwrap_or_default()
}

pub(super) fn of<'a>(all: &'a [Value], title: &str) -> &'a Value {
    all.iter().find(|content| content["title"] == title).unwrap_or_else(|| panic!("no {title} in {all:#?}"))
}

#[tokio::test]
async fn a_mail_becomes_a_conversation_and_its_answers_join_it() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    owner.append("INBOX", &mail("old@a.test", "Old <old@a.test>", "Before", "", "I was there before.")).await;
    let made = connected(&t, &owner, json!({})).await;
    let more = "Cc: Bo <bo@b.test>\r\n";
    owner.append("INBOX", &mail("1@a.test", "Ann <Ann@a.test>", "Order 12", more, "Where is it?")).await;
    fetch(&t, &made).await;
    let answer = "In-Reply-To: <1@a.test>\r\nReferences: <1@a.test>\r\n";
    owner.append("INBOX", &mail("2@a.test", "Ann <ann@a.test>", "Re: Order 12", answer, "Still waiting.")).await;
    // It answers a mail that never came, as another one does.
    let absent = "References: <never@a.test>\r\n";
    owner.append("INBOX", &mail("3@a.test", "Cy <cy@c.test>", "Fair", absent, "One")).await;
    owner.append("INBOX", &mail("4@a.test", "Cy <cy@c.test>", "Re: Fair", absent, "Two")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!(all.len(), 4, "{all:#?}");
    let (first, second) = (of(&all, "Order 12"), of(&all, "Re: Order 12"));
    assert_eq!(first["thread_id"], second["thread_id"]);
    assert_eq!(
        (&first["mail"]["thread_reason"], &second["mail"]["thread_reason"]),
        (&json!("new"), &json!("reference"))
    );
    assert_eq!(first["type"], "emails/email");
    assert_eq!(first["body"], "Where is it?");
    assert_eq!(first["mail"]["from"], "Ann <Ann@a.test>");
    assert_eq!(first["mail"]["cc"], json!(["Bo <bo@b.test>"]));
    assert_eq!(first["headers"]["Message-ID"], json!(["<1@a.test>"]));
    assert_eq!(first["status"], "new");
    assert_eq!(first["author_id"], second["author_id"]);
    assert_eq!(of(&all, "Fair")["thread_id"], of(&all, "Re: Fair")["thread_id"]);
    assert_eq!(of(&all, "Re: Fair")["mail"]["thread_reason"], "ancestor");
    // Nothing on the server has changed.
    assert!(!owner.say("STATUS INBOX (UNSEEN)").await.contains("UNSEEN 0"));
}

#[tokio::test]
async fn whose_mail_a_colleague_has_passed_on_is_made_the_customer() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let text = "Please help her.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Ann Lee <Ann@a.test>\r\n\
                Date: Mon, 2 Mar 2026\r\nSubject: Order 12\r\nTo: Nora <nora@shop.test>\r\n\r\nWhere is it?";
    owner.append("INBOX", &mail("1@shop.test", "Nora <nora@shop.test>", "Fwd: Order 12", "", text)).await;
    owner.append("INBOX", &mail("2@b.test", "Bo <bo@b.test>", "Fwd: Other", "", text)).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let (passed, other) = (of(&all, "Fwd: Order 12"), of(&all, "Fwd: Other"));
    assert_eq!(passed["mail"]["forwarded_from"], "Ann Lee <Ann@a.test>");
    assert_eq!(other["mail"]["forwarded_from"], Value::Null, "he is no colleague");
    let path = |content: &Value| format!("/1.0/contents/{}/forwarded_customer", id(content));
    assert_eq!(t.put(&path(other), json!({})).await.error(422), "not_forwarded");
    t.post("/1.0/interventions", json!({"content_id": id(passed)})).await.ok();
    let changed = t.put(&path(passed), json!({})).await.ok();
    let author = t.get(&format!("/1.0/identities/{}", changed["author_id"].as_str().expect("an id"))).await.ok();
    assert_eq!((&author["email"], &author["display_name"]), (&json!("ann@a.test"), &json!("Ann Lee")));
    assert_eq!(
        (&changed["mail"]["forwarded_from"], &changed["mail"]["reply_to"]),
        (&Value::Null, &json!(["Ann Lee <Ann@a.test>"]))
    );
    let view = t.get(&format!("/console/threads/{}", changed["thread_id"].as_str().expect("a thread"))).await.ok();
    assert_eq!(view["identity"]["id"], author["id"]);
    assert_eq!(view["interventions"][0]["identity_id"], author["id"], "{view}");
}

#[tokio::test]
async fn a_mail_that_came_to_two_mailboxes_leads_from_one_to_the_other() {
    let t = TestApp::start().await;
    let (mut first, mut second) = (Owner::new().await, Owner::new().await);
    let (one, two) = (connected(&t, &first, json!({})).await, connected(&t, &second, json!({})).await);
    let text = mail("1@a.test", "Ann <ann@a.test>", "Order 12", "", "Where is it?");
    first.append("INBOX", &text).await;
    second.append("INBOX", &text).await;
    fetch(&t, &one).await;
    fetch(&t, &two).await;
    let (here, there) = (contents(&t, &one).await.remove(0), contents(&t, &two).await.remove(0));
    let thread = |content: &Value| content["thread_id"].as_str().expect("a thread").to_owned();
    assert_ne!(thread(&here), thread(&there));
    let path = format!("/console/threads/{}", thread(&here));
    let also = json!([{"source_id": id(&two), "thread_id": thread(&there)}]);
    assert_eq!(t.get(&path).await.ok()["contents"][0]["also_in"], also);
    // Who may not read the other mailbox is not told of it.
    let (who, token) = user(&t, "Nora", "Agent").await;
    let permissions = json!({id(&one): "read", id(&two): ""});
    t.put(&format!("/1.0/users/{}/sources_permissions", id(&who)), permissions).await.ok();
    let seen = send(t.request_as(&token, Method::GET, &path)).await.ok();
    assert_eq!(seen["contents"][0]["also_in"], json!([]));
}

#[tokio::test]
async fn each_mail_is_taken_in_once() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    for name in ["Box", "Caf&AOk-"] {
        owner.say(&format!("CREATE {name}")).await;
    }
    let made = connected(&t, &owner, json!({"imap_mailboxes_to_import": ["INBOX", "Box", "Café"]})).await;
    let one = mail("1@a.test", "Ann <ann@a.test>", "One", "", "a");
    owner.append("INBOX", &one).await;
    owner.append("Box", &one).await;
    // The id of another mail, used once more.
    owner.append("Box", &mail("1@a.test", "Eve <eve@e.test>", "Other", "", "b")).await;
    // Without an id: the same text twice is one mail.
    let bare = "From: Bo <bo@b.test>\r\nSubject: Bare\r\nDate: Mon, 2 Mar 2026 08:00:00 +0000\r\n\r\nc\r\n";
    owner.append("Caf&AOk-", bare).await;
    owner.append("INBOX", bare).await;
    owner.append_with("INBOX", "(\\Deleted)", mail("d@a.test", "x@a.test", "Deleted", "", "d").as_bytes()).await;
    owner.append_with("INBOX", "(\\Draft)", mail("e@a.test", "x@a.test", "Draft", "", "e").as_bytes()).await;
    let titles = |all: &[Value]| all.iter().filter_map(|c| c["title"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    fetch(&t, &made).await;
    let mut found = titles(&contents(&t, &made).await);
    found.sort();
    assert_eq!(found, ["Bare", "One", "Other"]);
    // All mails get other numbers, and one more comes.
    owner.say("DELETE Box").await;
    owner.say("CREATE Box").await;
    owner.append("Box", &one).await;
    owner.append("Box", &mail("2@a.test", "Ann <ann@a.test>", "Two", "", "f")).await;
    fetch(&t, &made).await;
    let mut found = titles(&contents(&t, &made).await);
    found.sort();
    assert_eq!(found, ["Bare", "One", "Other", "Two"]);
    // One is gone: the others go on, and people are told.
    owner.say("DELETE Box").await;
    owner.append("INBOX", &mail("3@a.test", "Ann <ann@a.test>", "Three", "", "g")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 5);
    assert_eq!(report(&t, &made).await["health"]["code"], "imap_mailboxes");
}

/// The `UIDVALIDITY` of somebody's inbox.
async fn validity(owner: &mut Owner) -> String {
    let told = owner.say("STATUS INBOX (UIDVALIDITY)").await;
    let (_, rest) = told.split_once("UIDVALIDITY ").expect("a number");
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn another_account_is_not_read_by_the_numbers_of_the_one_before() {
    let t = TestApp::start().await;
    let (mut first, mut second) = (Owner::new().await, Owner::new().await);
    let made = connected(&t, &first, json!({})).await;
    for n in 0..3 {
        first.append("INBOX", &mail(&format!("{n}@a.test"), "ann@a.test", &format!("First {n}"), "", "x")).await;
    }
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 3);
    second.append("INBOX", &mail("b@b.test", "bo@b.test", "Second", "", "x")).await;
    // Many servers tell the same for each mailbox.
    let [before, now] =
        [validity(&mut first).await, validity(&mut second).await].map(|n| format!("\"uidvalidity\":{n}"));
    t.put(&format!("/1.0/content_sources/{}", id(&made)), settings(&second)).await.ok();
    let same = t.app.db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE source_cursors SET position = REPLACE(position, ?1, ?2)";
            tx.execute(sql, store::params![before, now]).await
        })
    });
    same.await.expect("a position");
    fetch(&t, &made).await;
    of(&contents(&t, &made).await, "Second");
    // And from there on it is read as any other.
    second.append("INBOX", &mail("c@b.test", "bo@b.test", "Third", "", "x")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 5);
}

#[tokio::test]
async fn a_mail_that_comes_is_taken_in_at_once() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    // Long before the next look.
    t.clock.advance(Duration::from_secs(11));
    for n in 1..4 {
        owner.append("INBOX", &mail(&format!("{n}@a.test"), "ann@a.test", "Now", "", "x")).await;
        let mut looks = 0;
        eventually("the mail", || {
            looks += 1;
            // Its server may have been looked at a moment ago: ten seconds later that is no reason any more.
            if looks == 100 {
                t.clock.advance(Duration::from_secs(11));
            }
            async { (known(&t, &made).await.len() == n).then_some(()) }
        })
        .await;
        t.clock.advance(Duration::from_secs(11));
    }
}

#[tokio::test]
async fn a_mail_is_had_as_it_came_by_those_who_may_read_it() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let came = mail("1@a.test", "Ann <ann@a.test>", "One", "X-Odd: \u{e9}\r\n", "<script>alert(1)</script>");
    owner.append("INBOX", &came).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let path = format!("/1.0/contents/{}/raw", id(of(&all, "One")));
    let raw = t.request(Method::GET, &path).send().await.expect("an answer");
    assert_eq!(raw.status(), 200);
    for (name, value) in [
        ("content-type", "message/rfc822"),
        ("content-disposition", format!("attachment; filename=\"{}.eml\"", id(of(&all, "One"))).as_str()),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
    ] {
        assert_eq!(raw.headers()[name], value, "{name}");
    }
    assert_eq!(raw.bytes().await.expect("bytes"), came.as_bytes());
    // Who may not read the content, or has no account, does not have it either.
    let (nobody, stranger) = user(&t, "Stranger", "Agent").await;
    let given = json!({id(&made): ""});
    t.put(&format!("/1.0/users/{}/sources_permissions", id(&nobody)), given).await.ok();
    assert_eq!(send(t.request_as(&stranger, Method::GET, &path)).await.status, 404);
    assert_eq!(t.anonymous(Method::GET, &path).send().await.expect("an answer").status(), 401);
    // It is forgotten after a time, and what is no mail never was one.
    t.clock.advance(Duration::from_secs(31 * 86_400));
    eventually("the mail is forgotten", || async { (t.get(&path).await.status == 404).then_some(()) }).await;
    let shop = World::new(&t).await;
    let said = Visitor::new(&t, &shop.chat).await.write(&t, None, "Hello").await;
    assert_eq!(t.get(&format!("/1.0/contents/{}/raw", id(&said["message"]))).await.status, 404);
}

/// The ids of all mails of a source.
pub(super) async fn known(t: &TestApp, source: &Value) -> Vec<String> {
    let source = id(source).to_owned();
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT foreign_id FROM contents WHERE source_id = ?1 AND kind = 'mail'";
            let mut rows = tx.rows(sql, vec![store::Value::Text(source)]).await?;
            rows.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, store::Error>>()
        })
    });
    read.await.expect("a read")
}

#[tokio::test]
async fn two_thousand_mails_come_in_once_each_while_they_are_moved_and_flagged() {
    const MAILS: usize = 2000;
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    owner.say("CREATE Away").await;
    let made = connected(&t, &owner, json!({"imap_mailboxes_to_import": ["INBOX", "Away"]})).await;
    for n in 0..MAILS {
        let one = mail(&format!("{n}@m.test"), &format!("p{}@m.test", n % 50), &format!("Mail {n}"), "", "x");
        owner.append("INBOX", &one).await;
    }
    owner.say("SELECT INBOX").await;
    t.post(&format!("/1.0/content_sources/{}/run", id(&made)), json!({})).await.ok();
    t.clock.advance(Duration::from_secs(11));
    owner.say("UID STORE 1:500 +FLAGS.SILENT (\\Seen \\Flagged)").await;
    for n in 0..20 {
        owner.say(&format!("UID MOVE {}:{} Away", n * 50 + 1, n * 50 + 25)).await;
    }
    let all = eventually_later(&[&t], "every mail", || async {
        let all = known(&t, &made).await;
        (all.len() >= MAILS).then_some(all)
    })
    .await;
    fetch(&t, &made).await;
    assert_eq!(known(&t, &made).await.len(), MAILS);
    let different: BTreeSet<String> = all.into_iter().collect();
    assert_eq!(different.len(), MAILS);
}

#[tokio::test]
async fn a_server_that_ends_in_between_goes_on_where_it_was() {
    const MAILS: usize = 400;
    let mut t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    for n in 0..MAILS {
        let from = format!("p{}@m.test", n % 10);
        owner.append("INBOX", &mail(&format!("{n}@m.test"), &from, &format!("Mail {n}"), "", "x")).await;
    }
    t.clock.advance(Duration::from_secs(70));
    for part in 1..4 {
        eventually_later(&[&t], "a part of the mails", || async {
            (known(&t, &made).await.len() >= part * MAILS / 5).then_some(())
        })
        .await;
        t.restart().await;
    }
    eventually_later(&[&t], "every mail", || async { (known(&t, &made).await.len() >= MAILS).then_some(()) }).await;
    fetch(&t, &made).await;
    let all = known(&t, &made).await;
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (MAILS, MAILS));
}

#[tokio::test]
async fn two_servers_take_in_each_mail_once() {
    const MAILS: usize = 200;
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    for n in 0..MAILS {
        owner
            .append(
                "INBOX",
                &mail(&format!("{n}@m.test"), &format!("p{}@a.test", n % 8), &format!("Mail {n}"), "", "x"),
            )
            .await;
    }
    eventually_later(&[&t, &other], "every mail", || async { (known(&t, &made).await.len() >= MAILS).then_some(()) })
        .await;
    let all = known(&t, &made).await;
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (MAILS, MAILS));
    // A second mail of each would have been known by its id; that nobody had to look is told by the runs.
    let report = report(&t, &made).await;
    let received: i64 = report["runs"].as_array().expect("runs").iter().filter_map(|r| r["received"].as_i64()).sum();
    assert!(received <= i64::try_from(MAILS).expect("a number"), "{report}");
}

#[tokio::test]
async fn what_machines_and_forms_write_is_known_for_what_it_is() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({"whitelisted_emails": "form@shop.test"})).await;
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Question", "", "a")).await;
    let auto = "Auto-Submitted: auto-replied\r\n";
    owner.append("INBOX", &mail("2@a.test", "Ann <ann@a.test>", "Away", auto, "b")).await;
    let form = "Reply-To: Bo <bo@b.test>\r\n";
    owner.append("INBOX", &mail("3@a.test", "Site <form@shop.test>", "Form", form, "c")).await;
    let answer = "In-Reply-To: <1@a.test>\r\n";
    owner.append("INBOX", &mail("4@a.test", "Desk <desk@shop.test>", "Re: Question", answer, "d")).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    assert_eq!((&of(&all, "Away")["status"], &of(&all, "Away")["auto_submitted"]), (&json!("ignored"), &json!(true)));
    let author = of(&all, "Form")["author_id"].as_str().expect("an id");
    assert_eq!(t.get(&format!("/1.0/identities/{author}")).await.ok()["email"], "bo@b.test");
    assert_eq!(of(&all, "Re: Question")["status"], "user_reply");
    // Anybody may write in the company's name: that answers nobody.
    assert_eq!(of(&all, "Question")["status"], "new");
}

#[tokio::test]
async fn files_and_pictures_of_a_mail_come_with_it() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let body = format!(
        "--m\r\nContent-Type: text/html\r\n\r\n<p>Look <img src=\"cid:p@a\"><img src=\"http://spy.test/x.png\" \
         width=\"40\" height=\"40\"></p><script>alert(1)</script>\r\n--m\r\nContent-Type: image/png; name=p.png\r\n\
         Content-ID: <p@a>\r\nContent-Transfer-Encoding: base64\r\n\r\n{png}\r\n--m\r\n\
         Content-Type: text/plain; name=note.txt\r\nContent-Disposition: attachment; filename=note.txt\r\n\r\n\
         remember\r\n--m--"
    );
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=m\r\n";
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Files", more, &body)).await;
    fetch(&t, &made).await;
    let all = contents(&t, &made).await;
    let content = of(&all, "Files");
    let html = content["body_formatted"]["html"].as_str().expect("html");
    assert!(html.contains("/attachments/") && !html.contains("cid:") && !html.contains("script"), "{html}");
    assert!(!html.contains("src=\"http://spy"), "{html}");
    let names: Vec<_> = content["attachments"].as_array().expect("files").iter().map(|f| &f["filename"]).collect();
    assert_eq!(names, ["p.png", "note.txt"]);
}

/// A server that lets anybody in, and then does as it is told with what is asked of it.
async fn odd(then: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = line.write_all(b"* OK ready\r\n").await;
                let mut heard = vec![0; 4096];
                loop {
                    let count = line.read(&mut heard).await.unwrap_or(0);
                    if count == 0 {
                        return;
                    }
                    let text = String::from_utf8_lossy(&heard[..count]).into_owned();
                    let tag = text.split(' ').next().unwrap_or("*").to_owned();
                    let word = text.split_whitespace().nth(1).unwrap_or_default();
                    let answer = match word {
                        "CAPABILITY" => format!("* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"),
                        "LOGIN" => format!("{tag} OK in\r\n"),
                        _ if then == "hang" => continue,
                        _ if then == "half" => "* 1 FETCH (UID 1 BODY[] {5000}\r\nhalf".to_owned(),
                        _ => then.to_owned(),
                    };
                    let _ = line.write_all(answer.as_bytes()).await;
                    if then == "half" && word != "CAPABILITY" && word != "LOGIN" {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_hangs_or_talks_nonsense_delays_no_other_source() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let mut bad = Vec::new();
    for then in ["hang", "half", "* )(( nonsense\r\n\u{1}\r\n"] {
        let mut given = settings(&owner);
        given["imap_port"] = json!(odd(then).await);
        bad.push(source(&t, given).await);
    }
    for one in &bad[1..] {
        let run = runs(&t, one, 1).await;
        assert!(run["reason_code"].is_string(), "{run}");
    }
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Through", "", "a")).await;
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 1);
    assert_eq!(report(&t, &bad[0]).await["runs"], json!([]));
}

#[tokio::test]
async fn a_password_that_is_refused_is_said_on_the_source_and_mail_waits() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let path = format!("/1.0/content_sources/{}", id(&made));
    t.put(&path, json!({"imap_password": "wrong"})).await.ok();
    owner.append("INBOX", &mail("1@a.test", "Ann <ann@a.test>", "Waits", "", "a")).await;
    fetch(&t, &made).await;
    assert_eq!(report(&t, &made).await["health"]["state"], "needs_reauth");
    let steps = t.post(&format!("{path}/test"), json!({})).await.ok()["steps"].clone();
    let last = steps.as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    assert_eq!((&last["step"], &last["ok"]), (&json!("imap_login"), &json!(false)));
    let login = json!({"imap": {"password": crate::support::dovecot::PASSWORD}});
    t.put(&format!("{path}/email_credentials"), login).await.ok();
    fetch(&t, &made).await;
    assert_eq!(contents(&t, &made).await.len(), 1);
    assert_eq!(report(&t, &made).await["health"]["state"], "ok");
    assert_eq!(t.post(&format!("{path}/test"), json!({})).await.ok()["ok"], true);
}
