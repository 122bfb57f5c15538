//! A domain goes into a file while the server runs, and comes out of it on either database.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use hubbub::backup;
use hubbub::config::Config;
use hubbub::lock::Lock;
use serde_json::{Value, json};
use store::{Claim, Clock};

use crate::support::derived::assert_derived;
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::world::World;
use crate::support::{TestApp, eventually, id, new_database};

/// The rows and files of a backup: everything between its head and its end, but for which key seals the secrets of the
/// place that it was made at.
fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a backup");
    let all: Vec<String> = text.lines().map(str::to_owned).collect();
    all[1..all.len() - 1].iter().filter(|line| !line.contains("\"key_check\"")).cloned().collect()
}

/// An empty place on SQLite, whatever the server under test uses.
fn elsewhere(t: &TestApp, folder: &Path) -> Config {
    Config { data_dir: folder.to_owned(), database_url: None, ..t.app.config.clone() }
}

async fn filled() -> TestApp {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Où est mon colis ?").await;
    let file = reqwest::multipart::Part::bytes(vec![7; 100_000]).file_name("label.pdf");
    let form = reqwest::multipart::Form::new().part("file", file);
    let upload = t.request(reqwest::Method::POST, "/1.0/attachments").multipart(form);
    let upload = crate::support::send(upload).await.ok();
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Here.", "attachment_ids": [upload["id"]]});
    t.post("/1.0/contents", reply).await.ok();
    let root = t.post("/1.0/categories", json!({"name": "Topic"})).await.ok();
    t.post("/1.0/categories", json!({"name": "Delivery", "parent_id": root["id"]})).await.ok();
    let blog = ThirdParty::new(&t, "Blog").await;
    blog.script([Reaction::Error("banned", true)]);
    let asked = blog.says(&t, "1", "42", "Hello?").await;
    let refused = blog.reply(&t, &asked, "Hello.").await;
    blog.synchronized(&t, &refused, "error").await;
    t
}

#[tokio::test]
async fn what_goes_into_a_backup_comes_out_of_it() {
    let t = filled().await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first.backup"), folder.path().join("second.backup"));
    backup::save(&t.app.config, &first, true).await.expect("saved");

    let other = elsewhere(&t, &folder.path().join("data"));
    backup::restore(&other, &first, false, true).await.expect("restored");
    backup::save(&other, &second, false).await.expect("saved again");
    assert_eq!(lines(&first), lines(&second));
    for table in ["content_exports", "content_export_parts", "content_export_attempts"] {
        let named = format!("\"name\":\"{table}\"");
        let at = lines(&first).iter().position(|line| line.contains(&named)).expect(table);
        assert!(lines(&first)[at + 1].starts_with("{\"row\""), "a row of {table}");
    }
    let key = |config: &Config| std::fs::read_to_string(config.data_dir.join("secret.key")).expect("a key");
    assert_eq!(key(&other), key(&t.app.config));
}

#[tokio::test]
async fn a_domain_is_replaced_only_when_asked_and_never_by_a_damaged_file() {
    let t = filled().await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.backup");
    backup::save(&t.app.config, &good, false).await.expect("saved");
    let other = elsewhere(&t, &folder.path().join("data"));
    backup::restore(&other, &good, false, true).await.expect("restored");

    let refused = |outcome: anyhow::Result<()>| outcome.expect_err("refused").to_string();
    let message = refused(backup::restore(&other, &good, false, true).await);
    assert!(message.contains("--replace"), "{message}");
    backup::restore(&other, &good, true, true).await.expect("replaced");

    let bytes = std::fs::read(&good).expect("a backup");
    let damaged = folder.path().join("damaged.backup");
    let mut flipped = bytes.clone();
    let at = String::from_utf8_lossy(&bytes).find("Here.").expect("the reply");
    flipped[at] = b'T';
    // What follows the end is no part of what was checked, whatever it is: here a token that nobody has made.
    let user = t.user_of("Administrator").await.1;
    let columns = r#"["id","label","user_id","token_hash","enabled","created_at","updated_at"]"#;
    let hash = hubbub::crypto::token_hash("slipped in");
    let token = format!("{{\"table\":{{\"name\":\"access_tokens\",\"columns\":{columns}}}}}\n");
    let token = token + &format!("{{\"row\":[\"{}\",\"x\",\"{user}\",\"{hash}\",true,0,0]}}\n", "a".repeat(24));
    let followed = |more: &[u8]| [bytes.as_slice(), more].concat();
    let half = bytes[..bytes.len() / 2].to_vec();
    let cut = bytes[..bytes.len() - 90].to_vec();
    let twice = followed(&bytes);
    for wrong in [flipped, half, cut, Vec::new(), followed(token.as_bytes()), twice, followed(b"\n")] {
        std::fs::write(&damaged, wrong).expect("written");
        backup::restore(&other, &damaged, true, true).await.expect_err("refused");
    }
    let after = folder.path().join("after.backup");
    backup::save(&other, &after, false).await.expect("saved");
    assert_eq!(lines(&after), lines(&good));
}

#[tokio::test]
async fn the_key_that_sealed_the_secrets_comes_back_with_them_or_is_asked_for() {
    let t = filled().await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (with, without) = (folder.path().join("with.backup"), folder.path().join("without.backup"));
    backup::save(&t.app.config, &with, true).await.expect("saved");
    backup::save(&t.app.config, &without, false).await.expect("saved");
    let key = |config: &Config, name: &str| std::fs::read_to_string(config.data_dir.join(name)).expect("a key");

    // A server has been started on the new machine, and has made a key of its own.
    let other = elsewhere(&t, &folder.path().join("data"));
    std::fs::create_dir_all(&other.data_dir).expect("a folder");
    hubbub::crypto::Keys::load(None, &other.data_dir).expect("a key");
    let made = key(&other, "secret.key");
    let refused = backup::restore(&other, &without, false, false).await.expect_err("refused").to_string();
    assert!(refused.contains("--forget-secrets"), "{refused}");
    backup::restore(&other, &with, false, false).await.expect("restored");
    assert_eq!(key(&other, "secret.key"), key(&t.app.config, "secret.key"));
    assert_eq!(key(&other, "secret.key.before-restore"), made);
    // Now it is the right one.
    backup::restore(&other, &without, true, false).await.expect("restored");

    let configured = Config { secret_key: Some("0".repeat(64)), ..other.clone() };
    let refused = backup::restore(&configured, &with, true, false).await.expect_err("refused").to_string();
    assert!(refused.contains("secret_key"), "{refused}");
}

#[tokio::test]
async fn a_backup_is_of_one_moment_while_others_write() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("busy.backup");
    let writing = async {
        for i in 0..60 {
            shop.say(&t, &format!("customer {}", i % 7), None, &format!("word {i}")).await;
        }
    };
    let saving = async {
        tokio::task::yield_now().await;
        backup::save(&t.app.config, &path, false).await.expect("saved");
    };
    tokio::join!(writing, saving);

    let (mut table, mut head, mut positions, mut imported, mut contents) = (String::new(), 0, Vec::new(), 0, 0);
    for line in lines(&path) {
        let line: Value = serde_json::from_str(&line).expect("JSON");
        if let Some(name) = line["table"]["name"].as_str() {
            name.clone_into(&mut table);
        }
        let row = &line["row"];
        match table.as_str() {
            _ if row.is_null() => {}
            "journal_head" => head = row[1].as_i64().expect("a position"),
            "journal" => {
                positions.push(row[0].as_i64().expect("a position"));
                imported += i32::from(row[2] == "content.imported");
            }
            "contents" => contents += 1,
            _ => {}
        }
    }
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    assert_eq!(imported, contents);
}

/// The same backup with another `schema` in its head.
fn with_schema(path: &Path, schema: Value) -> std::path::PathBuf {
    let text = std::fs::read_to_string(path).expect("a backup");
    let (head, rest) = text.split_once('\n').expect("a head");
    let (rows, end) = rest.trim_end().rsplit_once('\n').expect("an end");
    let mut head: Value = serde_json::from_str(head).expect("JSON");
    let mut end: Value = serde_json::from_str(end).expect("JSON");
    head["head"]["schema"] = schema;
    let body = format!("{head}\n{rows}\n");
    let sum: String = digest(&SHA256, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    end["end"]["sha256"] = json!(sum);
    let other = path.with_extension("other");
    std::fs::write(&other, format!("{body}{end}\n")).expect("written");
    other
}

#[tokio::test]
async fn a_backup_of_a_newer_program_or_with_rows_that_its_schema_has_not_is_refused() {
    let t = filled().await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("first.backup");
    backup::save(&t.app.config, &path, false).await.expect("saved");
    let other = elsewhere(&t, &folder.path().join("data"));
    let known = store::migrate::known();
    let last = *known.last().expect("a migration");
    let newer: Vec<i64> = known.iter().copied().chain([last + 1]).collect();
    let refused = backup::restore(&other, &with_schema(&path, json!(newer)), true, true).await;
    let refused = refused.expect_err("refused").to_string();
    assert!(refused.contains("schema") && refused.contains("newer program"), "{refused}");
    let without: Vec<i64> = known.iter().copied().filter(|number| *number != 7).collect();
    for schema in [json!(without), json!([]), json!(13)] {
        backup::restore(&other, &with_schema(&path, schema), true, true).await.expect_err("refused");
        assert!(!other.data_dir.join("restore").exists());
    }
    backup::restore(&other, &path, false, true).await.expect("restored");

    let lacks = "DELETE FROM schema_migrations WHERE number = 7";
    let write = t.app.db.write(move |tx| Box::pin(async move { tx.batch(lacks).await }));
    let outcome: Result<(), store::Error> = write.await;
    outcome.expect("a change");
    let refused = backup::save(&t.app.config, &path, false).await.expect_err("refused").to_string();
    assert!(refused.contains("schema"), "{refused}");
}

/// What the program wrote that knew the migrations up to 13 and no more: a visitor's question with a character that is
/// not kept any more, an agent's answer with a file, a category below another.
const OF_SCHEMA_13: &[u8] = include_bytes!("schema-13.hubbub");

/// A server on what was restored.
async fn serving(config: &Config) -> TestApp {
    let (data_dir, database_url) = (config.data_dir.clone(), config.database_url.clone());
    TestApp::start_with(|c| (c.data_dir, c.database_url) = (data_dir, database_url)).await
}

#[tokio::test]
async fn a_backup_of_an_older_program_is_brought_up_as_its_database_would_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = folder.path().join("old.backup");
    std::fs::write(&old, OF_SCHEMA_13).expect("written");
    let mut places = vec![None];
    if let Ok(server) = std::env::var("HUBBUB_TEST_DATABASE_URL") {
        places.push(Some(new_database(&server).await));
    }
    let mut restored = Vec::new();
    for (n, database_url) in places.into_iter().enumerate() {
        let data_dir = folder.path().join(format!("data {n}"));
        let place = Config { data_dir, database_url, ..Config::load(None, |_| None).expect("defaults") };
        backup::restore(&place, &old, false, true).await.expect("restored");
        // The head of still older programs, which had only the greatest number.
        backup::restore(&place, &with_schema(&old, json!(13)), true, true).await.expect("restored");
        assert!(!place.data_dir.join("restore").exists());
        let saved = folder.path().join(format!("{n}.backup"));
        backup::save(&place, &saved, false).await.expect("saved");
        restored.push(lines(&saved));

        let t = serving(&place).await;
        let found = t.get("/1.0/contents?q=xylophone").await.ok();
        let question = found["records"][0].clone();
        assert_eq!((&found["count"], &question["body"]), (&json!(1), &json!("Où est\nmon xylophone ? Je l'attends.")));
        assert_eq!(question["private_message"], true);
        let thread =
            t.get(&format!("/1.0/content_threads/{}", question["thread_id"].as_str().expect("an id"))).await.ok();
        assert_eq!(thread["first_content_id"], question["id"]);
        let categories = t.get("/1.0/categories").await.ok()["records"].clone();
        let named = |name: &str| categories.as_array().expect("a list").iter().find(|c| c["name"] == name).cloned();
        let (topic, delivery) = (named("Topic").expect("the parent"), named("Delivery").expect("the child"));
        assert_eq!((&delivery["parent_id"], &thread["thread_category_ids"]), (&topic["id"], &json!([delivery["id"]])));
        let answer = t.get("/1.0/contents?q=Here").await.ok()["records"][0].clone();
        let file = t.get(&format!("/1.0/attachments/{}", id(&answer["attachments"][0]))).await.ok();
        assert_eq!(file["filename"], "label.pdf");
        let reply = json!({"in_reply_to_id": question["id"], "body": "It comes."});
        t.post("/1.0/contents", reply).await.ok();
        assert_derived(&t).await;
        t.stop().await;
    }
    restored.dedup();
    assert_eq!(restored.len(), 1, "both databases hold the same");
}

/// What a server of these data holds while it lives, besides its database.
fn held(t: &TestApp) -> Lock {
    Lock::take(t.data_dir()).expect("nobody else has it")
}

#[tokio::test]
async fn a_restore_never_runs_beside_a_server_that_uses_the_data() {
    let t = filled().await;
    let lock = held(&t);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("good.backup");
    backup::save(&t.app.config, &path, false).await.expect("saved");
    let own = t.app.config.clone();
    // On PostgreSQL it may come from any machine.
    let elsewhere = own.database_url.is_some().then(|| Config { data_dir: folder.path().join("data"), ..own.clone() });
    for config in elsewhere.iter().chain([&own]) {
        let refused = backup::restore(config, &path, true, true).await.expect_err("refused").to_string();
        assert!(refused.contains("a server"), "{refused}");
    }
    t.stop().await;
    drop(lock);
    for config in elsewhere.iter().chain([&own]) {
        backup::restore(config, &path, true, true).await.expect("restored");
    }
}

/// Ends the session that holds the server's claim on its database.
async fn lose_claim(t: &TestApp) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4849685 \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let ended = t.app.db.read(move |tx| Box::pin(async move { tx.rows(sql, Vec::new()).await }));
    ended.await.expect("a read");
}

#[tokio::test]
async fn a_claim_on_the_database_comes_back_with_its_session_or_the_server_stops() {
    let t = TestApp::start().await;
    let Some(url) = t.app.config.database_url.clone() else { return };
    lose_claim(&t).await;
    // It is back once nobody else gets it; then it is lost while a restore begins.
    let others = async || Claim::alone(&url).await.expect("PostgreSQL").is_none().then_some(());
    eventually("the claim is back", others).await;
    let alone = eventually("nobody has it", async || {
        lose_claim(&t).await;
        Claim::alone(&url).await.expect("PostgreSQL")
    })
    .await;
    eventually("the server stops", async || t.app.closing.is_cancelled().then_some(())).await;
    let config = t.app.config.clone();
    let refused = hubbub::boot::boot(config.clone(), t.clock.clone()).await.err().expect("refused").to_string();
    assert!(refused.contains("restore"), "{refused}");
    t.stop_workers().await;
    drop(alone);
    eventually("a server starts", async || hubbub::boot::boot(config.clone(), Clock::system()).await.ok()).await;
}
