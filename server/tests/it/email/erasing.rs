//! Erasing a person: a word that they, and others of them, have left in every place is in none of them afterwards.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use store::{Backend, Tx};

use super::after::poison;
use super::inbound::{connected, contents, fetch, of};
use super::outbound::{answer, by, settled};
use crate::support::dovecot::{Owner, mail};
use crate::support::receiver::Receiver;
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::smtp::Smtp;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, eventually, id, send};

/// In every name, text and address of hers.
const WORD: &str = "Zwyxqual";
const ADDRESS: &str = "Zwyxqual@erase.test";

/// Where a word stands: tables with their columns, and files.
async fn places(t: &TestApp, word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let needle = word.clone();
    let read = t.app.db.read(move |tx| {
        let needle = needle.clone();
        Box::pin(async move { in_tables(tx, &needle).await })
    });
    let mut found = read.await.expect("a read");
    for path in files(t.data_dir()) {
        let bytes = std::fs::read(&path).expect("a file");
        if String::from_utf8_lossy(&bytes).to_lowercase().contains(&word) {
            found.push(path.display().to_string());
        }
    }
    found
}

async fn in_tables(tx: &mut Tx, word: &str) -> Result<Vec<String>, store::Error> {
    let columns = match tx.backend() {
        Backend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
             AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'content_words_%' \
             AND m.name NOT LIKE 'people_parts_%' AND m.name NOT LIKE 'content_search_before%'"
        }
        Backend::Postgres => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()"
        }
    };
    let mut found = Vec::new();
    let mut all = tx.rows(columns, Vec::new()).await?;
    assert!(all.len() > 500, "{} columns", all.len());
    for row in &mut all {
        let (table, column): (String, String) = (row.take()?, row.take()?);
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE LOWER(CAST({column} AS TEXT)) LIKE '%{word}%'");
        if tx.number(&sql, Vec::new()).await? > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    if tx.backend() == Backend::Sqlite {
        let sql = format!("SELECT COUNT(*) FROM content_words WHERE content_words MATCH '\"{word}\"*'");
        if tx.number(&sql, Vec::new()).await? > 0 {
            found.push("content_words".to_owned());
        }
    }
    Ok(found)
}

/// Every file of the data folder but the database's own.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in ["files", "avatars"] {
        let mut folders = vec![folder.join(name)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
    }
    found
}

/// Makes files as old as those that nobody is about to name.
#[expect(clippy::disallowed_methods, reason = "files have the times of their system")]
fn age(t: &TestApp) {
    for path in files(t.data_dir()) {
        let file = std::fs::File::options().append(true).open(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("aged");
    }
}

async fn erase(t: &TestApp, identity: &str) -> Value {
    age(t);
    let erased = t.delete(&format!("/1.0/identities/{identity}")).await.ok();
    eventually("nothing left to erase", || async {
        let open = t.app.db.read(|tx| Box::pin(store::erasure::open(tx))).await.expect("a read");
        open.is_empty().then_some(())
    })
    .await;
    erased
}

async fn author(t: &TestApp, content: &Value) -> String {
    let content = t.get(&format!("/1.0/contents/{}", id(content))).await.ok();
    content["author_id"].as_str().expect("an author").to_owned()
}

/// Her mails: one with a file, one that is parked; answers that were refused; one of somebody else with her address.
async fn by_mail(t: &TestApp, owner: &mut Owner, smtp: &Smtp) -> (Value, Value, Value) {
    let made = connected(t, owner, by(smtp)).await;
    let head = format!(
        "Cc: Bo <bo@b.test>\r\nX-{WORD}: {WORD}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    );
    let parts = format!(
        "--b\r\nContent-Type: text/html\r\n\r\n<p>I am {WORD}</p><img src=\"https://{WORD}.test/a.png\">\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename={WORD}.txt\r\n\r\nby {WORD}\r\n--b--\r\n"
    );
    let from = format!("{WORD} Doe <{ADDRESS}>");
    owner.append("INBOX", &mail("zwyxqual-1@erase.test", &from, &format!("{WORD}'s order"), &head, &parts)).await;
    let copy = format!("Cc: {ADDRESS}\r\n");
    let quote = format!("See what {ADDRESS} wrote.");
    owner.append("INBOX", &mail("bo@b.test", "Bo <bo@b.test>", "Other", &copy, &quote)).await;
    fetch(t, &made).await;
    let all = contents(t, &made).await;
    let (hers, other) = (of(&all, &format!("{WORD}'s order")).clone(), of(&all, "Other").clone());
    poison(t, true).await;
    owner.append("INBOX", &mail("zwyxqual-2@erase.test", &from, "Poison", "", &format!("{WORD} again"))).await;
    fetch(t, &made).await;
    poison(t, false).await;
    smtp.answer(&[("rcpt", &format!("550 5.1.1 <{ADDRESS}> {WORD} is nobody here"))]);
    let refused = answer(t, &hers, json!({"body": format!("Dear {WORD}")})).await;
    assert_eq!(settled(t, &refused).await["synchronization_status"], "error");
    let sent = answer(t, &hers, json!({"body": format!("Dear {WORD}, once more")})).await;
    assert_eq!(settled(t, &sent).await["synchronization_status"], "success");
    (made, hers, other)
}

/// What agents have said of her: a comment, a field of the case, and a person with notes.
async fn by_agents(t: &TestApp, content: &Value, identity: &str) {
    t.post("/1.0/custom_fields", json!({"label": "Note", "associated_type_name": "Intervention"})).await.ok();
    // Where an answer of theirs did not arrive, they have it already.
    let opened = t.post("/1.0/interventions", json!({"content_id": id(content)})).await.json;
    let case = json!({"id": opened.get("id").or(opened.get("intervention_id"))});
    let comment = json!({"intervention_id": id(&case), "body": format!("This is {WORD}")});
    t.post("/1.0/intervention_comments", comment).await.ok();
    let fields = json!({"custom_field_values": {"note": format!("{WORD}'s")}});
    t.put(&format!("/1.0/interventions/{}", id(&case)), fields).await.ok();
    let person =
        json!({"identity_id": identity, "notes": format!("Knows {WORD}"), "emails": [ADDRESS], "lastname": WORD});
    let group = t.post("/1.0/identity_groups", person).await.ok();
    t.put(&format!("/1.0/identity_groups/{}", id(&group)), json!({"company": WORD})).await.ok();
    let thread = content["thread_id"].as_str().expect("a thread");
    let act = t.request(Method::POST, &format!("/console/threads/{thread}/done"));
    let act = act.header("x-act", "1").header("idempotency-key", model::new_object_id(t.clock.now()));
    send(act.json(&json!({}))).await.ok();
}

/// What she said by a third party: a message, one that is parked, and an answer that was refused.
async fn by_program(t: &TestApp) -> (ThirdParty, Value, Value) {
    let blog = ThirdParty::with(t, "Blog", json!({"import_from": "all"})).await;
    let author = json!({"id": "zwyxqual-7", "screenname": WORD, "firstname": WORD});
    let message = |id: &str, body: String| {
        json!({"id": id, "thread_id": "thread-9", "title": format!("Of {WORD}"), "author": author, "body": body,
               "display_url": format!("https://blog.test/{WORD}"), "categories": [WORD],
               "context_data": {"told": WORD}})
    };
    let said = message("zwyxqual-message", format!("I am {WORD}"));
    assert_eq!(blog.send(t, "messages.create", said.clone()).await.text, "ok");
    let list = json!([message("3", WORD.repeat(3000))]);
    blog.answers(move |action, params| match (action, params.get("since_id")) {
        ("implementation.info", _) => {
            Reaction::Object(json!({"objects": {"messages": ["list", "create"]}, "options": ["messages.text"]}))
        }
        ("messages.list", None) => Reaction::Object(list.clone()),
        ("messages.list", _) => Reaction::Object(json!([])),
        _ => Reaction::Object(json!({})),
    });
    blog.script([Reaction::Error("Zwyxqual is not here", true)]);
    assert_eq!(blog.run(t).await["parked"], 1);
    let content = blog.content(t, "zwyxqual-message").await;
    let reply = blog.reply(t, &content, &format!("Hello {WORD}")).await;
    blog.synchronized(t, &reply, "error").await;
    (blog, content, said)
}

/// What she said in a chat, with a file that is nowhere yet.
async fn by_chat(t: &TestApp, shop: &World) -> (Visitor, Value) {
    let told = json!({"identity": {"screenname": WORD, "email": ADDRESS, "uuid": format!("{WORD}-9")},
                      "page": {"url": format!("https://shop.test/{WORD}"), "title": WORD}});
    let visitor = Visitor::with(t, &shop.chat, told).await;
    let part = Part::bytes(format!("{WORD}, not sent").into_bytes()).file_name(format!("{WORD}.txt"));
    let upload = visitor.request(t, Method::POST, "attachments").multipart(Form::new().part("file", part));
    send(upload).await.ok();
    let said = visitor.write(t, None, &format!("Here is {WORD}")).await;
    (visitor, said)
}

#[tokio::test]
async fn whoever_is_erased_is_nowhere_any_more() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({"registered_events": ["content.imported"]})).await;
    let (mailbox, mailed, other) = by_mail(&t, &mut owner, &smtp).await;
    let (blog, posted, again) = by_program(&t).await;
    let (visitor, chatted) = by_chat(&t, &shop).await;
    let identity = author(&t, &mailed).await;
    by_agents(&t, &mailed, &identity).await;
    for content in [&posted, &chatted["message"]] {
        let other_id = author(&t, content).await;
        t.put(&format!("/console/people/{identity}/merge"), json!({"other_id": other_id})).await.ok();
    }
    t.settled().await;
    let before = places(&t, WORD).await;
    for known in ["contents.body", "journal.metadata", "mails.headers", "inbound_items.payload", "act_threads.before"] {
        assert!(before.iter().any(|place| place == known), "{known} in {before:?}");
    }
    assert!(before.iter().filter(|place| place.contains("/files/")).count() >= 4, "{before:?}");

    // Who may not is told so, and nothing happens.
    let agent = t.token_of("Agent").await;
    let path = format!("/1.0/identities/{identity}");
    send(t.request_as(&agent, Method::DELETE, &path)).await.error(403);
    let erased = erase(&t, &identity).await;
    assert_eq!((&erased["anonymized"], &erased["email"]), (&json!(true), &Value::Null));
    t.settled().await;
    for word in [WORD, "erase.test"] {
        let left = places(&t, word).await;
        assert!(left.is_empty(), "{word}: {left:?}");
    }

    assert_eq!(t.get(&format!("/console/people?text={WORD}")).await.ok(), json!([]));
    frame_stays(&t, &mailed, &other).await;
    // Her browser is nobody's any more.
    assert_eq!(visitor.get(&t, "threads").await.status, 401);
    // What comes once more is not taken in once more; what is new is somebody new's.
    assert_eq!(blog.send(&t, "messages.create", again).await.text, "ok");
    assert_eq!(blog.contents(&t).await.len(), 2);
    assert!(places(&t, WORD).await.is_empty());
    owner.append("INBOX", &mail("3@erase.test", &format!("{WORD} <{ADDRESS}>"), "New", "", "Hello")).await;
    fetch(&t, &mailbox).await;
    let new = of(&contents(&t, &mailbox).await, "New").clone();
    assert_ne!(new["author_id"].as_str(), Some(identity.as_str()));
    t.leaves("mails were refused");
}

/// The frame stays: what there was, when, and under whom; and somebody else's mail, without her address.
async fn frame_stays(t: &TestApp, mailed: &Value, other: &Value) {
    let now = t.get(&format!("/1.0/contents/{}", id(mailed))).await.ok();
    assert_eq!(
        (&now["anonymized"], &now["body"], &now["created_at"]),
        (&json!(true), &json!(""), &mailed["created_at"])
    );
    let thread = t.get(&format!("/1.0/content_threads/{}", mailed["thread_id"].as_str().expect("a thread"))).await.ok();
    assert_eq!((&thread["contents_count"], &thread["title"]), (&json!(3), &Value::Null));
    let other = t.get(&format!("/1.0/contents/{}", id(other))).await.ok();
    assert_eq!((&other["body"], &other["mail"]["cc"]), (&json!("See what [erased] wrote."), &json!(["[erased]"])));
}

#[tokio::test]
async fn a_person_is_erased_by_those_who_see_all_of_them() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = shop.say(&t, "ann", None, "Hello").await;
    let blog = ThirdParty::new(&t, "Blog").await;
    blog.says(&t, "1", "42", "Hello").await;
    let content = blog.content(&t, "1").await;
    let other = author(&t, &content).await;
    let identity = ann.author.id.to_string();
    let (user, token) = crate::support::world::user(&t, "Nora", "Administrator").await;
    let only = json!({shop.chat.id.to_string(): "read", blog.id(): ""});
    t.put(&format!("/1.0/users/{}/sources_permissions", id(&user)), only).await.ok();
    t.put(&format!("/console/people/{identity}/merge"), json!({"other_id": other})).await.ok();
    let path = format!("/1.0/identities/{identity}");
    assert_eq!(send(t.request_as(&token, Method::DELETE, &path)).await.error(403), "person_not_seen");
    // The company's own are no customers.
    let own = t.get("/1.0/identities?limit=150").await.ok();
    let own = own["records"].as_array().expect("a list").iter().find(|one| one["controlled"] == true).cloned();
    let own = format!("/1.0/identities/{}", id(&own.expect("one of the company's")));
    assert_eq!(t.delete(&own).await.error(422), "not_a_customer");
    erase(&t, &identity).await;
    assert_eq!(t.get(&format!("/1.0/identities/{other}")).await.ok()["anonymized"], true);
}

#[tokio::test]
async fn what_somebody_has_only_said_of_themselves_erases_nothing_of_others() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut owner = Owner::new().await;
    let made = connected(&t, &owner, json!({})).await;
    let text = "Write to bo@b.test or joanna@b.test, please.";
    owner.append("INBOX", &mail("1@b.test", "Bo <bo@b.test>", "Question", "", text)).await;
    fetch(&t, &made).await;
    for said in ["bo@b.test", "e", "anna@b.test"] {
        let told = json!({"identity": {"screenname": "Eve", "email": said}});
        let visitor = Visitor::with(&t, &shop.chat, told).await;
        let word = visitor.write(&t, None, "Hello").await;
        let eve = author(&t, &word["message"]).await;
        erase(&t, &eve).await;
    }
    let all = contents(&t, &made).await;
    let left = of(&all, "Question");
    assert_eq!((left["body"].as_str(), left["mail"]["from"].as_str()), (Some(text), Some("Bo <bo@b.test>")));
    let raw = t.request(Method::GET, &format!("/1.0/contents/{}/raw", id(left))).send().await.expect("an answer");
    assert_eq!(raw.status(), 200);
}

/// Has the database refuse that one text goes, as what is broken in it would.
async fn stuck(t: &TestApp, on: bool) {
    let sql = match (t.app.db.backend(), on) {
        (Backend::Sqlite, true) => {
            "CREATE TRIGGER stuck BEFORE UPDATE ON contents WHEN OLD.body = 'Poison' AND NEW.body = '' \
             BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        }
        (Backend::Sqlite, false) => "DROP TRIGGER stuck",
        (Backend::Postgres, true) => {
            "CREATE FUNCTION stuck() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'stuck' USING ERRCODE = '22000'; END $$; \
             CREATE TRIGGER stuck BEFORE UPDATE ON contents FOR EACH ROW \
             WHEN (OLD.body = 'Poison' AND NEW.body = '') EXECUTE FUNCTION stuck()"
        }
        (Backend::Postgres, false) => "DROP TRIGGER stuck ON contents; DROP FUNCTION stuck()",
    };
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.batch(sql).await }));
    done.await.expect("written");
}

#[tokio::test]
async fn who_cannot_be_erased_now_keeps_nobody_else_waiting() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    for (id, body) in [("1", "Poison"), ("2", "Hello")] {
        let author = json!({"id": format!("p{id}"), "screenname": "Somebody"});
        let said = json!({"id": id, "thread_id": format!("t{id}"), "author": author, "body": body, "format": "text"});
        assert_eq!(blog.send(&t, "messages.create", said).await.text, "ok");
    }
    stuck(&t, true).await;
    let body = async |id: &str| blog.content(&t, id).await["body"].clone();
    let (first, second) = (blog.content(&t, "1").await, blog.content(&t, "2").await);
    for content in [&first, &second] {
        t.delete(&format!("/1.0/identities/{}", author(&t, content).await)).await.ok();
    }
    eventually("the second one is erased", || async {
        let now = t.get(&format!("/1.0/contents/{}", id(&second))).await.ok();
        (now["anonymized"] == true).then_some(())
    })
    .await;
    assert_eq!(body("1").await, "Poison");
    stuck(&t, false).await;
    eventually("and so is the first", || async {
        let now = t.get(&format!("/1.0/contents/{}", id(&first))).await.ok();
        (now["anonymized"] == true).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_title_that_was_erased_does_not_come_back() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let says = async |id: &str, who: &str| {
        let author = json!({"id": who, "screenname": who});
        let said = json!({"id": id, "thread_id": "t1", "title": "Of Ann's illness", "author": author, "body": id});
        assert_eq!(blog.send(&t, "messages.create", said).await.text, "ok");
        blog.content(&t, id).await
    };
    let ann = says("1", "ann").await;
    says("2", "bo").await;
    let path = format!("/1.0/content_threads/{}", ann["thread_id"].as_str().expect("an id"));
    assert_eq!(t.get(&path).await.ok()["title"], "Of Ann's illness");
    erase(&t, &author(&t, &ann).await).await;
    assert_eq!(t.get(&path).await.ok()["title"], Value::Null);
    says("3", "bo").await;
    let thread = json!({"id": "t1", "title": "Of Ann's illness"});
    blog.send(&t, "threads.create", thread).await;
    assert_eq!(t.get(&path).await.ok()["title"], Value::Null);
}
