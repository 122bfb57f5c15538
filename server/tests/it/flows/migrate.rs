//! Databases that older programs left: one that lacks a migration though it has one with a greater number, and one with
//! rows that newer migrations bring up to date.

use hubbub::domain::ingest::{self, Author, Incoming, Place};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::thread_line::order;
use crate::support::receiver::Receiver;
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::visitor::{Visitor, session};
use crate::support::world::World;
use crate::support::{TestApp, eventually, id, send};

/// Takes back what migration 7 did, but for a column that a later one has replaced.
const BACK: &str = "
    ALTER TABLE content_threads ADD COLUMN agent_read_at BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE visitors DROP COLUMN jwt_key_id;
    ALTER TABLE visitors DROP COLUMN custom_keys;
    ALTER TABLE visitors DROP COLUMN page_url;
    ALTER TABLE visitors DROP COLUMN page_title;
    DROP INDEX attachments_free;
    DROP INDEX attachments_sha256;
    DELETE FROM schema_migrations WHERE number = 7;
";

#[tokio::test]
async fn a_migration_that_is_missing_in_between_is_applied_at_the_next_start() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let back = t.app.db.write(|tx| Box::pin(async move { tx.batch(BACK).await }));
    let back: Result<(), store::Error> = back.await;
    back.expect("taken back");
    t.restart().await;
    let said = Visitor::new(&t, &shop.chat).await.write(&t, None, "Hello").await;
    assert_eq!(t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok()["body"], "Hello");
}

/// Takes back what the migrations after 13 did, and leaves rows as the program before them wrote them.
const BACK_TO_13: &str = "
    DELETE FROM schema_migrations WHERE number > 13;
    DROP TABLE author_blocks;
    DROP TABLE statistics_rounds;
    DROP TABLE statistics_facts;
    DROP TABLE statistics_quarters;
    DROP TABLE statistics_spreads;
    DROP TABLE statistics_hours;
    DELETE FROM cursors WHERE follower = 'statistics';
    DROP TABLE second_factors;
    DROP TABLE recovery_codes;
    DROP TABLE second_steps;
    ALTER TABLE roles DROP COLUMN second_factor_required;
    DROP INDEX sessions_id;
    ALTER TABLE sessions DROP COLUMN id;
    ALTER TABLE sessions DROP COLUMN browser;
    ALTER TABLE sessions DROP COLUMN system;
    ALTER TABLE sessions DROP COLUMN network;
    ALTER TABLE sessions DROP COLUMN used_at;
    DROP INDEX content_search_comments;
    ALTER TABLE content_search DROP COLUMN of_comment;
    ALTER TABLE search_state DROP COLUMN comments_to_index;
    DROP TABLE comment_mentions;
    ALTER TABLE intervention_comments DROP COLUMN mention_ids;
    DROP TABLE password_recoveries;
    DROP TABLE drafts;
    DROP TABLE thread_tags;
    ALTER TABLE content_threads DROP COLUMN tag_ids;
    DROP TABLE user_pictures;
    DROP TABLE webhook_sweeps;
    ALTER TABLE webhooks DROP COLUMN deleted_at;
    DROP TABLE notifications;
    DROP TABLE console_profiles;
    DROP TABLE authorizations;
    DROP TABLE erasures;
    ALTER TABLE contents DROP COLUMN anonymized;
    DROP TABLE dead_addresses;
    DROP TABLE people_not_same;
    DROP TABLE source_credentials;
    DROP TABLE mail_ids;
    DROP TABLE mails;
    DROP TABLE mail_recipients;
    DROP TABLE mail_senders;
    DROP TABLE raw_mails;
    DROP TABLE thread_lines;
    DROP TABLE act_threads;
    DROP TABLE acts;
    DROP INDEX journal_notices;
    ALTER TABLE content_sources DROP COLUMN implementation;
    DROP TABLE source_states;
    DROP TABLE source_cursors;
    DROP TABLE passed_over;
    DROP TABLE source_runs;
    DROP TABLE inbound_items;
    DROP INDEX threads_quiet;
    ALTER TABLE content_threads DROP COLUMN chat_mode;
    DROP TABLE chat_threads;
    ALTER TABLE visitors DROP COLUMN single_thread;
    ALTER TABLE visitors DROP COLUMN facts;
    ALTER TABLE visitors DROP COLUMN visit_at;
    ALTER TABLE visitors DROP COLUMN page_at;
    DROP TABLE visitor_presence;
    UPDATE content_threads SET folder = 'new' WHERE closed;
    ALTER TABLE channels DROP COLUMN soft_capability;
    ALTER TABLE channels DROP COLUMN hard_capability;
    ALTER TABLE channels DROP COLUMN task_timeout_seconds;
    ALTER TABLE channels DROP COLUMN agent_sla;
    ALTER TABLE channels DROP COLUMN agent_sla_threshold;
    ALTER TABLE channels DROP COLUMN task_auto_complete_seconds;
    ALTER TABLE channels DROP COLUMN auto_complete_category_ids;
    ALTER TABLE channels DROP COLUMN away_by_default;
    ALTER TABLE channels DROP COLUMN silent_timeout_seconds;
    ALTER TABLE content_threads DROP COLUMN title_erased;
    ALTER TABLE content_threads DROP COLUMN opening;
    ALTER TABLE content_threads DROP COLUMN first_content_id;
    ALTER TABLE content_threads DROP COLUMN first_content_author_id;
    ALTER TABLE content_threads DROP COLUMN first_categorization_at;
    ALTER TABLE content_threads DROP COLUMN intervention_user_ids;
    ALTER TABLE content_threads DROP COLUMN opened_intervention_user_ids;
    ALTER TABLE content_threads DROP COLUMN handed_over_by;
    ALTER TABLE content_threads DROP COLUMN bot_streak;
    UPDATE contents SET private = FALSE;
    ALTER TABLE webhook_deliveries DROP COLUMN leased_by;
    ALTER TABLE webhooks DROP COLUMN listens_after;
    CREATE INDEX contents_thread ON contents (thread_id, id);
    DROP INDEX contents_order;
    ALTER TABLE content_threads ADD COLUMN agent_read_id TEXT;
    UPDATE content_threads SET agent_read_id = (
        SELECT id FROM contents WHERE thread_id = content_threads.id AND ordinal = agent_read_ordinal);
    ALTER TABLE content_threads DROP COLUMN agent_read_ordinal;
    ALTER TABLE content_threads DROP COLUMN last_ordinal;
    ALTER TABLE contents DROP COLUMN ordinal;
    ALTER TABLE intervention_comments DROP COLUMN after_ordinal;
    ALTER TABLE contents DROP COLUMN remote_actions;
    ALTER TABLE contents DROP COLUMN edited_at;
    ALTER TABLE contents DROP COLUMN remote_updated_at;
    DROP TABLE content_export_parts;
    DROP TABLE content_export_attempts;
    ALTER TABLE content_exports RENAME TO content_exports_after;
    CREATE TABLE content_exports (
        content_id TEXT PRIMARY KEY, source_id TEXT NOT NULL, thread_id TEXT NOT NULL, state TEXT NOT NULL,
        attempts_count BIGINT NOT NULL, failures_count BIGINT NOT NULL, next_attempt_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL, last_error TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
    );
    INSERT INTO content_exports SELECT content_id, source_id, thread_id, state, attempts_count, failures_count,
        next_attempt_at, expires_at, last_error, created_at, updated_at FROM content_exports_after;
    DROP TABLE content_exports_after;
    CREATE INDEX exports_due ON content_exports (source_id, next_attempt_at) WHERE state = 'pending';
    CREATE INDEX exports_order ON content_exports (thread_id, created_at, content_id) WHERE state = 'pending';
    DROP INDEX deliveries_parked;
    DROP INDEX deliveries_place;
    DROP TABLE journal_timeline;
    DROP INDEX identities_controlled;
    UPDATE roles SET permissions = REPLACE(permissions, ',\"read_event\"', '') WHERE label = 'Bot';
    ALTER TABLE search_state DROP COLUMN to_index;
    DROP TABLE upload_counts;
    ALTER TABLE attachments DROP COLUMN place;
    ALTER TABLE invitations DROP COLUMN giver_id;
    DROP TABLE chat_mails;
    DROP TABLE chat_mailed;
    DROP TABLE chat_contacts;
    DROP TABLE mail_templates;
    DROP TABLE mail_attempts;
    DROP TABLE mail_deliveries;
    ALTER TABLE journal DROP COLUMN community_ids;
    DROP TABLE chat_triggers;
    DROP TABLE chat_items;
    DROP TABLE chat_variables;
    DROP TABLE chat_texts;
    DROP TABLE timer_leases;
    DROP TABLE agent_availability;
    DROP TABLE agent_presence;
    DROP TABLE agent_connections;
    DROP TABLE nodes;
    DROP INDEX interventions_user_created;
    DROP INDEX interventions_updated;
    DROP INDEX interventions_pending;
    DROP INDEX comments_user;
    DROP INDEX comments_identity;
    DROP TABLE people_search;
    DROP TABLE people_changed;
    DROP TABLE group_tallies;
    DROP INDEX identity_groups_updated;
    DROP INDEX identity_groups_firstname;
    DROP INDEX identity_groups_lastname;
    ALTER TABLE identity_groups DROP COLUMN communities;
    DROP TABLE presence_statuses;
    DROP TABLE visit_pages;
    DROP TABLE user_capacities;
    ALTER TABLE users DROP COLUMN user_capacity_id;
    DROP INDEX threads_waiting;
    DROP INDEX source_permissions_source;
    DROP INDEX threads_waits;
    DROP INDEX threads_deferred;
    DROP INDEX threads_done;
    DROP INDEX threads_locked;
    DROP INDEX threads_trouble;
    UPDATE content_threads SET folder = 'open' WHERE folder = 'deferred';
    ALTER TABLE content_threads DROP COLUMN waiting_since;
    ALTER TABLE content_threads DROP COLUMN deferred_at;
    ALTER TABLE content_threads DROP COLUMN done_at;
    ALTER TABLE content_threads DROP COLUMN attention_ordinal;
    ALTER TABLE content_threads DROP COLUMN trouble;
    DROP TABLE agent_threads;
    ALTER TABLE users DROP COLUMN unread_from;
";
/// What the triggers of tallies are, which the databases write in forms of their own.
const TALLIES_SQLITE: &str = "
    DROP TRIGGER case_tallied; DROP TRIGGER case_retallied; DROP TRIGGER case_untallied;
    DROP TRIGGER case_of_user; DROP TRIGGER case_of_another; DROP TRIGGER case_of_none;
    DROP TRIGGER term_tallied; DROP TRIGGER term_untallied;
    DROP TABLE intervention_tallies; DROP TABLE term_tallies;
";
const TALLIES_POSTGRES: &str = "
    DROP FUNCTION tally_cases CASCADE; DROP FUNCTION tally_terms CASCADE;
    DROP FUNCTION tally_case; DROP FUNCTION tally_term;
    DROP TABLE intervention_tallies; DROP TABLE term_tallies;
";
/// And the words, which only the embedded database keeps in another form.
const WORDS_OF_13: &str = "
    DROP TABLE content_words;
    CREATE VIRTUAL TABLE content_words USING fts5 (
        title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
    );
";

/// What keeps the index of people up, which each database writes in its own way.
const PEOPLE_ON_SQLITE: &str = "
    DROP TRIGGER person_added;
    DROP TRIGGER person_changed;
    DROP TRIGGER person_removed;
    DROP TRIGGER group_changed;
    DROP TRIGGER group_added;
    DROP TRIGGER group_moved;
    DROP TRIGGER group_removed;
    DROP TRIGGER person_joins;
    DROP TRIGGER person_moves;
    DROP TRIGGER person_goes;
    DROP TABLE people_parts;
";
const PEOPLE_ON_POSTGRES: &str = "
    DROP FUNCTION note_person, forget_person, note_people, note_group, note_member CASCADE;
    DROP FUNCTION tally_group;
";

/// What programs and agents see of some threads.
async fn views(t: &TestApp, threads: &[&str]) -> Vec<(Value, Value)> {
    let mut views = Vec::new();
    for thread in threads {
        let mut row = t.get(&format!("/console/threads/{thread}")).await.ok()["thread"].clone();
        // What everybody has read by themselves is not known of older programs, and places are given anew, without lines.
        for name in ["unread", "read_ordinal", "marked", "last_ordinal", "attention_ordinal"] {
            row[name].take();
        }
        views.push((t.get(&format!("/1.0/content_threads/{thread}")).await.ok(), row));
    }
    views
}

/// A thread that an agent has read and commented on before something came that was written earlier.
async fn answered_late(t: &TestApp, shop: &World) -> String {
    let first = shop.say(t, "eve", None, "Any news?").await;
    let thread = first.thread.id.to_string();
    let case = t.post("/1.0/interventions", json!({"content_id": first.content.id})).await.ok();
    let comment = json!({"intervention_id": id(&case), "body": "I look into it"});
    t.post("/1.0/intervention_comments", comment).await.ok();
    t.post(&format!("/console/threads/{thread}/read"), json!({})).await.ok();
    let author = Author { foreign_id: "eve".into(), ..Author::default() };
    let place = Place::Known(first.thread.id);
    let mut late = Incoming::text(shop.chat.clone(), author, place, "Hello".into());
    late.written_at = Some(t.clock.now().plus_seconds(-3600));
    t.app.db.write(move |tx| Box::pin(ingest::receive(tx, late))).await.expect("received");
    thread
}

/// Whether bots may.
async fn reads_events(t: &TestApp) -> Value {
    let roles = t.get("/1.0/roles").await.ok()["records"].clone();
    roles.as_array().expect("a list").iter().find(|role| role["label"] == "Bot").expect("a role")["read_event"].clone()
}

/// Stops the program and leaves its database as schema 13 has it.
async fn go_back(t: &TestApp) {
    t.stop_workers().await;
    let embedded = t.app.config.database_url.is_none();
    let back = t.app.db.write(move |tx| {
        Box::pin(async move {
            tx.batch(if embedded { PEOPLE_ON_SQLITE } else { PEOPLE_ON_POSTGRES }).await?;
            tx.batch(BACK_TO_13).await?;
            tx.batch(if embedded { TALLIES_SQLITE } else { TALLIES_POSTGRES }).await?;
            if embedded { tx.batch(WORDS_OF_13).await } else { Ok(()) }
        })
    });
    let back: Result<(), store::Error> = back.await;
    back.expect("taken back");
}

#[tokio::test]
async fn chats_that_an_older_program_had_begin_with_what_new_ones_do() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.another_chat(&t, "Help").await;
    let seen = async |t: &TestApp| {
        let path = format!("/chat/{}/config", shop.chat.token);
        let config = send(t.anonymous(Method::GET, &path)).await.ok();
        let without_ids = |list: Value| {
            let records = list["records"].as_array().cloned().expect("a list");
            let kept = records.into_iter().map(|mut one| {
                for name in ["id", "actions", "created_at", "updated_at"] {
                    one[name] = Value::Null;
                }
                one
            });
            kept.collect::<Vec<_>>()
        };
        let triggers = t.get("/1.0/messaging_triggers").await.ok();
        let items = t.get("/1.0/messaging_items").await.ok();
        let shown = triggers["records"][0]["actions"][0]["item_ids"][0].clone();
        assert!(items["records"].as_array().expect("a list").iter().any(|item| item["id"] == shown), "{shown}");
        (config["built_in"]["trigger"]["active"].clone(), without_ids(triggers), without_ids(items))
    };
    let before = seen(&t).await;
    go_back(&t).await;
    t.restart().await;
    let after = seen(&t).await;
    assert_eq!(after, before);
    assert_eq!((after.0, after.1.len(), after.2.len()), (json!(true), 2, 12));
}

#[tokio::test]
async fn chats_that_an_older_program_had_go_on_as_they_were() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    // None of what came later is set.
    let none = json!({"max_open_conversations": null, "auto_close_threads": null, "welcome_message": "Good day"});
    let as_made_now = t.put(&path, none).await.ok();
    assert_eq!((&as_made_now["max_open_conversations"], &as_made_now["auto_close_threads"]), (&json!(3), &json!(true)));
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Where is my parcel?").await;
    let thread = id(&said["thread"]).to_owned();
    t.post("/1.0/contents", json!({"in_reply_to_id": id(&said["message"]), "body": "On its way"})).await.ok();
    let held = ann.get(&t, &format!("threads/{thread}/messages")).await.ok()["messages"].clone();
    go_back(&t).await;
    t.restart().await;

    let source = t.get(&path).await.ok();
    assert_eq!((&source["mode"], &source["live_chat"]), (&json!("messaging"), &json!(false)));
    assert_eq!((&source["max_open_conversations"], &source["auto_close_threads"]), (&json!(20), &json!(false)));
    let config = send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok();
    assert_eq!(config["source"]["welcome_message"], "Good day");
    // Its visitors are who they were, with what was said, and as many conversations as they like.
    let again = session(&t, &shop.chat, json!({"visitor": ann.key})).await.ok();
    assert_eq!((&again["visitor"], &again["identity"]), (&json!(ann.key), &ann.session["identity"]));
    assert_eq!((&again["unread"], &again["open_threads"], &again["live"]), (&json!(1), &json!(1), &Value::Null));
    assert_eq!(ann.get(&t, &format!("threads/{thread}/messages")).await.ok()["messages"], held);
    ann.write(&t, Some(&thread), "Thank you").await;
    for _ in 1..20 {
        ann.write(&t, None, "And another thing").await;
    }
    // The company begins conversations, and none ends by itself.
    let to = json!({"source_id": shop.chat.id, "to": ann.session["identity"]["id"], "body": "Hello"});
    t.post("/1.0/contents", to).await.ok();
    t.clock.advance(std::time::Duration::from_secs(30 * 86_400));
    t.settled().await;
    let threads = ann.get(&t, "threads").await.ok()["threads"].clone();
    let all = threads.as_array().expect("a list");
    assert_eq!((all.len(), all.iter().filter(|one| one["closed"] == true).count()), (21, 0));
}

#[tokio::test]
async fn what_chats_of_an_older_program_say_first_is_kept_by_language() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let list = r#"[{"language": "fr", "body": "Bonjour"}]"#;
    let cases = [
        (r#"{"welcome_message": "Hello"}"#.to_owned(), json!({"en": "Hello"})),
        (r#"{"welcome_message": "Ciao", "default_content_language": "it"}"#.to_owned(), json!({"it": "Ciao"})),
        (format!(r#"{{"welcome_message": null, "welcome_messages": {list}}}"#), json!({"fr": "Bonjour"})),
        (
            format!(r#"{{"welcome_message": "It's me", "welcome_messages": {list}}}"#),
            json!({"en": "It's me", "fr": "Bonjour"}),
        ),
        (
            format!(r#"{{"welcome_message": "Salut", "default_content_language": "fr", "welcome_messages": {list}}}"#),
            json!({"fr": "Bonjour", "und": "Salut"}),
        ),
        (r#"{"color": 3}"#.to_owned(), json!({})),
    ];
    go_back(&t).await;
    let mut ids = Vec::new();
    for (n, (settings, _)) in cases.iter().enumerate() {
        let (id, settings) = (format!("{n:024}"), settings.replace('\'', "''"));
        let sql = format!(
            "INSERT INTO content_sources (id, community_id, name, kind, active, token, settings, created_at, updated_at)
             SELECT '{id}', community_id, 'Old {n}', kind, active, 'old-{n}', '{settings}', created_at, updated_at
             FROM content_sources WHERE id = '{}'",
            shop.chat.id
        );
        let made = t.app.db.write(move |tx| Box::pin(async move { tx.batch(&sql).await })).await;
        let made: Result<(), store::Error> = made;
        made.expect("a source of an older program");
        ids.push(id);
    }
    t.restart().await;
    for (id, (settings, expected)) in ids.iter().zip(&cases) {
        let source = t.get(&format!("/1.0/content_sources/{id}")).await.ok();
        assert_eq!(source["welcome_messages"], *expected, "{settings}");
    }
}

#[tokio::test]
async fn histories_that_an_older_program_had_are_told_as_before() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = said.thread.id.to_string();
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let case = format!("/1.0/interventions/{}", id(&case));
    let until = t.clock.now().plus_seconds(3600);
    t.put(&format!("{case}/defer"), json!({"deferred_at": until})).await.ok();
    shop.say(&t, "ann", Some(&thread), "Anybody?").await;
    t.post("/1.0/contents", json!({"in_reply_to_id": said.content.id, "body": "Yes"})).await.ok();
    t.put(&format!("{case}/close"), json!({})).await.ok();
    shop.say(&t, "ann", Some(&thread), "Thank you").await;
    t.post(&format!("/console/threads/{thread}/done"), json!({})).await.ok();
    t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    let view = async |t: &TestApp| t.get(&format!("/console/threads/{thread}")).await.ok();
    let told = |view: &Value| {
        let lines = view["lines"].as_array().expect("lines").clone();
        lines.into_iter().map(|l| [l["by"].clone(), l["holder"].clone(), l["until"].clone()]).collect::<Vec<_>>()
    };
    let before = view(&t).await;
    let expected = "Hello? opened deferred Anybody? came_back Yes closed Thank you reopened closed locked";
    assert_eq!(order(&before).join(" "), expected);
    go_back(&t).await;
    t.restart().await;
    let after = view(&t).await;
    assert_eq!((order(&after), told(&after)), (order(&before), told(&before)));
    // What comes stands behind it.
    t.put(&format!("/1.0/content_threads/{thread}/open"), json!({})).await.ok();
    shop.say(&t, "ann", Some(&thread), "Still there?").await;
    assert_eq!(order(&view(&t).await)[11..], ["unlocked", "Still there?", "reopened"]);
}

#[tokio::test]
async fn contents_that_an_older_program_had_on_their_way_go_on() {
    let mut t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let (one, two) = (blog.says(&t, "1", "42", "a").await, blog.says(&t, "2", "43", "b").await);
    blog.script([Reaction::Id("sent"), Reaction::Error("banned", true), Reaction::Status(503, "down")]);
    let sent = blog.reply(&t, &one, "sent").await;
    blog.synchronized(&t, &sent, "success").await;
    let refused = blog.reply(&t, &one, "refused").await;
    blog.synchronized(&t, &refused, "error").await;
    let (waits, behind) = (blog.reply(&t, &two, "waits").await, blog.reply(&t, &two, "behind").await);
    blog.tried(&t, &waits, 1).await;
    go_back(&t).await;
    t.restart().await;

    let kept = blog.export(&t, &waits).await;
    assert_eq!((&kept["state"], &kept["attempts_count"]), (&json!("pending"), &json!(1)));
    assert_eq!((&kept["reason"], &kept["attempts"]), (&json!("answered 503: down"), &json!([])));
    t.clock.advance(std::time::Duration::from_secs(10));
    blog.synchronized(&t, &waits, "success").await;
    blog.synchronized(&t, &behind, "success").await;
    assert_eq!(blog.export(&t, &sent).await["state"], "delivered");
    let export = blog.export(&t, &refused).await;
    assert_eq!((&export["state"], &export["reason"]), (&json!("parked"), &json!("answered 200: banned")));
    t.put(&format!("/1.0/contents/{}/retry_export", id(&refused)), json!({})).await.ok();
    blog.synchronized(&t, &refused, "success").await;
    let got: Vec<_> =
        blog.got().iter().map(|got| (got.params["content_id"].clone(), got.params["retry"] == true)).collect();
    let of = |content: &Value, retry| (content["id"].clone(), retry);
    let first = [of(&sent, false), of(&refused, false), of(&waits, false)];
    assert_eq!(got, [first.to_vec(), vec![of(&waits, true), of(&behind, false), of(&refused, true)]].concat());
}

#[tokio::test]
async fn what_an_older_program_left_reads_like_what_this_one_writes() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let category = t.post("/1.0/categories", json!({"name": "Parcels"})).await.ok();
    let [on, off, never, sits] = [0, 1, 2, 3].map(|_| Receiver::start());
    let (on, off, never, sits) = (on.await, off.await, never.await, sits.await);
    on.register(&t, json!({})).await;
    let paused = off.register(&t, json!({})).await;
    let unused = json!({"url": never.url, "registered_events": ["content.imported"], "active": false});
    let unused = t.post("/1.0/webhooks", unused).await.ok();
    sits.confirm(false);
    let failed = json!({"url": sits.url, "registered_events": ["content.imported"]});
    let failed = t.post("/1.0/webhooks", failed).await.ok();
    let path = |webhook: &Value| format!("/1.0/webhooks/{}", id(webhook));
    let check = || async { Some(t.get(&path(&failed)).await.ok()).filter(|webhook| webhook["active"] == false) };
    eventually("a refusal", check).await;

    let long = format!("Où est\nmon xylophone ? {}", "é".repeat(200));
    let one = shop.say(&t, "ann", None, &long).await;
    let two = shop.say(&t, "bob", None, "Hello").await;
    let three = shop.say(&t, "cid", None, "Done").await;
    shop.say(&t, "ann", Some(one.thread.id.as_str()), "And now?").await;
    for receiver in [&on, &off] {
        eventually("four events", async || (receiver.bodies().len() == 4).then_some(())).await;
    }
    t.put(&path(&paused), json!({"active": false})).await.ok();
    let case = t.post("/1.0/interventions", json!({"content_id": one.content.id})).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": one.content.id, "body": "Soon"})).await.ok();
    t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    t.post("/1.0/interventions", json!({"content_id": two.content.id})).await.ok();
    let categorize = format!("/1.0/content_threads/{}/update_categories", two.thread.id);
    t.put(&categorize, json!({"thread_category_ids": [id(&category)]})).await.ok();
    t.put(&format!("/1.0/content_threads/{}/close", three.thread.id), json!({})).await.ok();
    let late = answered_late(&t, &shop).await;
    let threads = [one.thread.id.as_str(), two.thread.id.as_str(), three.thread.id.as_str(), late.as_str()];
    let before = views(&t, &threads).await;
    assert_eq!(reads_events(&t).await, true);

    go_back(&t).await;
    t.restart().await;

    assert_eq!(views(&t, &threads).await, before);
    assert_eq!(before[2].1["state"], "done");
    let unread = t.get("/console/threads").await.ok()["records"].clone();
    assert!(
        unread.as_array().expect("a list").iter().all(|row| row["unread"] == false),
        "what is older counts as read"
    );
    let comment = t.get(&format!("/console/threads/{late}")).await.ok()["comments"][0].clone();
    assert_eq!(comment["after"], 1);
    assert_eq!(reads_events(&t).await, true);
    assert_eq!(t.get(&format!("/1.0/contents/{}", one.content.id)).await.ok()["private_message"], true);
    let words = async || (t.get("/1.0/contents?q=xylophone").await.ok()["count"] == 1).then_some(());
    eventually("the old content in the index", words).await;
    for name in ["ann", "bo"] {
        assert_eq!(
            t.get(&format!("/console/people?text={name}")).await.ok().as_array().map(Vec::len),
            Some(1),
            "{name}"
        );
    }
    // What is said now waits for a webhook that was on once, or was asked and refused; not for one that never was on.
    shop.say(&t, "dan", None, "New").await;
    eventually("the new event", async || on.bodies().contains(&"New".to_owned()).then_some(())).await;
    for (webhook, waits) in [(&paused, true), (&failed, true), (&unused, false)] {
        let waiting = t.get(&path(webhook)).await.ok()["deliveries_waiting"].as_i64().expect("a number");
        assert_eq!(waiting > 0, waits, "{webhook}");
    }
}
