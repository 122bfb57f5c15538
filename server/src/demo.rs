//! The filled demo: a plant shop with agents, a bot, and three weeks of conversations.
//!
//! It is made by the same use cases as everything else, on a clock that runs through those weeks, so that the
//! journal, the marks and the statistics are those of a desk that was really used.

mod chats;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use model::{TagId, Timestamp, UserId};
use serde::Deserialize;
use serde_json::json;
use store::category::Category;
use store::content::Content;
use store::role::Role;
use store::source::Source;
use store::tag::Tag;
use store::thread::Thread;
use store::user::User;
use store::{Clock, Db, Json, Scope, Tx};

use crate::config::Config;
use crate::crypto::{self, Keys};
use crate::domain::bootstrap;
use crate::domain::content::{self, NewContent};
use crate::domain::ingest::{self, Author, Incoming, Place};
use crate::domain::user::new_user;
use crate::domain::{Actor, Error, Result, access, comment, intervention, thread};

/// The sign-in that a demo has when the configuration names no other. Its server listens on this machine alone.
pub const EMAIL: &str = "admin@fern.example";
/// The demo's password.
pub const PASSWORD: &str = "three tulips on the sill";
/// The demo's API token.
pub const TOKEN: &str = "demo-token-for-this-machine-only";

/// The setting that only a demo has.
pub const MARK: &str = "demo";

/// How many conversations there are.
const THREADS: u64 = 240;
/// Over how many days.
const DAYS: i64 = 21;

#[derive(Deserialize)]
struct Shop {
    customers: Vec<String>,
    plants: Vec<String>,
    cities: Vec<String>,
    scripts: Vec<Script>,
}

#[derive(Clone, Deserialize)]
struct Script {
    weight: u64,
    lang: String,
    topic: Option<String>,
    disposition: Option<String>,
    end: String,
    turns: Vec<(String, i64, String)>,
}

/// A small generator of numbers: the demo is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's constants; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.roll(list.len() as u64);
        &list[usize::try_from(at).unwrap_or(0) % list.len()]
    }
}

/// Fills an empty domain; does nothing to one that is there.
pub async fn fill(config: &mut Config) -> anyhow::Result<()> {
    config.admin_email.get_or_insert_with(|| EMAIL.into());
    config.admin_password.get_or_insert_with(|| PASSWORD.into());
    config.admin_token.get_or_insert_with(|| TOKEN.into());
    crate::lock::make_folder(&config.data_dir)?;
    let end = Clock::system().now();
    let clock = Clock::manual(end.plus_seconds(-DAYS * 24 * 3600));
    let db = match &config.database_url {
        Some(url) => Db::postgres(url, config.database_connections, None, clock.clone()).await?,
        None => Db::sqlite(&config.data_dir.join("hubbub.sqlite3"), clock.clone())?,
    };
    let keys = Arc::new(crate::secret_key::open(config, &db).await?);
    let first = bootstrap::first_start(&db, config.wishes(), &keys).await?.is_some();
    db.write(move |tx| Box::pin(mark(tx, first))).await?;
    if !first {
        return Ok(());
    }
    println!("Filling the demo…");
    let shop: Shop = serde_json::from_str(include_str!("../demo/shop.json")).context("the demo's script")?;
    let hash = tokio::task::spawn_blocking(|| crypto::hash_password(PASSWORD)).await??;
    let admin = config.admin_email.clone().unwrap_or_default();
    let desk = db.write(move |tx| Box::pin(async move { furnish(tx, hash, admin, &keys).await })).await?;
    let mut dice = Dice(7);
    let mut plan: Vec<(i64, Script)> = (0..THREADS).map(|_| plan_one(&shop, &mut dice)).collect();
    plan.sort_by_key(|(at, _)| *at);
    let start = clock.now();
    let pool = shop;
    for (at, script) in plan {
        let cast = Cast::new(&pool, &desk, &mut dice, &script);
        play(&db, &clock, &cast, script, start.plus_seconds(at), end).await?;
    }
    Ok(())
}

/// Marks a domain as a demo, which has the shop's page: a new one, or one that was filled before there was such a mark.
async fn mark(tx: &mut Tx, first: bool) -> Result<()> {
    if first || store::user::by_email(tx, EMAIL).await?.is_some() {
        store::setting::set(tx, MARK, "true").await?;
    }
    Ok(())
}

/// One conversation: when it begins, in seconds from the start, and what is said.
fn plan_one(shop: &Shop, dice: &mut Dice) -> (i64, Script) {
    let all: u64 = shop.scripts.iter().map(|s| s.weight).sum();
    let mut at = dice.roll(all);
    let mut chosen = &shop.scripts[0];
    for script in &shop.scripts {
        if at < script.weight {
            chosen = script;
            break;
        }
        at -= script.weight;
    }
    let open = chosen.end != "closed";
    let day = if open {
        DAYS - 1 - i64::try_from(dice.roll(2)).unwrap_or(0)
    } else {
        i64::try_from(dice.roll(20)).unwrap_or(0)
    };
    let second = 8 * 3600 + i64::try_from(dice.roll(11 * 3600)).unwrap_or(0);
    (day * 24 * 3600 + second, chosen.clone())
}

/// What a demo stands on.
#[derive(Clone)]
struct Desk {
    sources: Vec<Source>,
    agents: Vec<UserId>,
    bot: UserId,
    categories: Vec<Category>,
}

/// Who and what one conversation is about.
struct Cast {
    source: Source,
    agent: UserId,
    bot: UserId,
    author: Author,
    topic: Option<Category>,
    disposition: Option<Category>,
    plant: String,
    city: String,
    order: String,
    first: String,
}

impl Cast {
    fn new(shop: &Shop, desk: &Desk, dice: &mut Dice, script: &Script) -> Self {
        let name = dice.pick(&shop.customers).clone();
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        let mail = format!("{}@example.com", store::search::fold(&name).replace(' ', "."));
        let named = |name: &Option<String>| {
            let name = name.as_ref()?;
            desk.categories.iter().find(|c| c.name == *name && c.parent_id.is_some()).cloned()
        };
        let extra = json!({"customer_id": format!("F-{}", 1000 + dice.roll(9000)), "language": script.lang});
        Self {
            source: dice.pick(&desk.sources).clone(),
            agent: dice.pick(&desk.agents).clone(),
            bot: desk.bot.clone(),
            author: Author {
                foreign_id: format!("demo-{}", store::search::fold(&name).replace(' ', "-")),
                screenname: Some(name.clone()),
                firstname: Some(first.to_owned()),
                lastname: Some(last.to_owned()),
                email: Some(mail),
                extra_values: extra.as_object().cloned().unwrap_or_default(),
                ..Author::default()
            },
            topic: named(&script.topic),
            disposition: named(&script.disposition),
            plant: dice.pick(&shop.plants).clone(),
            city: dice.pick(&shop.cities).clone(),
            order: format!("FF-{}", 20_000 + dice.roll(9999)),
            first: first.to_owned(),
        }
    }

    fn say(&self, text: &str) -> String {
        let text = text.replace("{plant}", &self.plant).replace("{city}", &self.city);
        text.replace("{order}", &self.order).replace("{first}", &self.first)
    }
}

fn move_to(clock: &Clock, time: Timestamp, end: Timestamp) {
    let time = time.min(end.plus_seconds(-30));
    let ahead = u64::try_from(time.millis() - clock.now().millis()).unwrap_or(0);
    clock.advance(Duration::from_millis(ahead));
}

/// Plays one conversation to where its script ends.
async fn play(
    db: &Db,
    clock: &Clock,
    cast: &Cast,
    script: Script,
    at: Timestamp,
    end: Timestamp,
) -> anyhow::Result<()> {
    let mut time = at;
    let mut place = Place::New;
    let mut last = None;
    let mut case = None;
    for (who, minutes, text) in &script.turns {
        time = time.plus_seconds(minutes * 60 + 20);
        move_to(clock, time, end);
        let body = cast.say(text);
        if who == "c" {
            let mut incoming = Incoming::text(cast.source.clone(), cast.author.clone(), place.clone(), body);
            incoming.language = Some(script.lang.clone());
            let received = db.write(move |tx| Box::pin(ingest::receive(tx, incoming))).await?;
            place = Place::Known(received.thread.id.clone());
            last = Some(received);
            continue;
        }
        let Some(said) = last.clone() else { continue };
        let user = if who == "b" { cast.bot.clone() } else { cast.agent.clone() };
        let known = case.take();
        let private = who == "p";
        case = db
            .write(move |tx| {
                Box::pin(async move {
                    let actor = access::actor(tx, &user, None, model::CreatedFrom::Interface).await?;
                    answer(tx, &actor, &said, known, body, private).await.map(Some)
                })
            })
            .await?;
    }
    let (Some(said), script) = (last, script) else { return Ok(()) };
    time = time.plus_seconds(240);
    move_to(clock, time, end);
    let (topic, disposition) = (cast.topic.clone(), cast.disposition.clone());
    let user = cast.agent.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let actor = access::actor(tx, &user, None, model::CreatedFrom::Interface).await?;
            if let Some(topic) = topic {
                thread::update_categories(tx, &actor, &said.thread.id, vec![topic.id]).await?;
            }
            finish(tx, &actor, &said, case, disposition, &script.end).await
        })
    })
    .await?;
    Ok(())
}

type Case = Option<store::intervention::Intervention>;

/// An agent or bot writes: engages first when nobody has the customer; takes over from the bot.
async fn answer(
    tx: &mut Tx,
    actor: &Actor,
    said: &ingest::Received,
    known: Case,
    body: String,
    private: bool,
) -> Result<store::intervention::Intervention> {
    let case = match known {
        Some(case) if case.user_id == actor.user.id => case,
        Some(case) => {
            // The one who has it hands it over.
            let owner = access::actor(tx, &case.user_id, None, actor.origin).await?;
            intervention::reassign(tx, &owner, &case.id, &actor.user.id).await?
        }
        None => intervention::open(tx, actor, &said.content.id).await?,
    };
    if private {
        comment::create(tx, actor, &case.id, body).await?;
    } else {
        let new = NewContent { in_reply_to_id: Some(said.content.id.clone()), body, ..NewContent::default() };
        let reply = content::create(tx, actor, new).await?;
        let (now, thread_id) = (Some(tx.now()), reply.thread_id.clone());
        tx.update(&Content { delivered_at: now, read_at: now, ..reply }).await?;
        if let Some(thread) = store::thread::lock(tx, &Scope::All, &thread_id).await? {
            tx.update(&Thread { visitor_unread: 0, ..thread }).await?;
        }
    }
    Ok(case)
}

async fn finish(
    tx: &mut Tx,
    actor: &Actor,
    said: &ingest::Received,
    case: Case,
    disposition: Option<Category>,
    end: &str,
) -> Result<()> {
    match (end, case) {
        ("closed", Some(case)) => {
            let actor = access::actor(tx, &case.user_id, None, model::CreatedFrom::Interface).await?;
            if let Some(disposition) = disposition {
                intervention::update_categories(tx, &actor, &case.id, vec![disposition.id]).await?;
            }
            intervention::close(tx, &actor, &case.id).await?;
        }
        ("deferred", Some(case)) => {
            let until = tx.now().plus_seconds(5 * 24 * 3600);
            intervention::defer(tx, actor, &case.id, until).await?;
        }
        ("ignored", _) => drop(thread::ignore(tx, actor, &said.thread.id).await?),
        _ => {}
    }
    Ok(())
}

/// Makes the shop: its people, sources, categories and tags.
async fn furnish(tx: &mut Tx, password_hash: String, admin: String, keys: &Keys) -> Result<Desk> {
    let now = tx.now();
    store::setting::set(tx, "name", "Fern & Fable").await?;
    let roles: Vec<Role> = tx.select("ORDER BY id", Vec::new()).await?;
    let role = |label: &str| {
        let found = roles.iter().find(|r| r.label == label).map(|r| r.id.clone());
        found.ok_or_else(|| Error::Internal(format!("there is no role {label}")))
    };
    let mut agents = Vec::new();
    for (first, last, label) in [
        ("Nora", "Lindholm", "Agent"),
        ("Omar", "Diallo", "Agent"),
        ("Alicia", "Johnson", "Agent"),
        ("Luc", "Perrin", "Team leader"),
    ] {
        let email = format!("{}@fern.example", first.to_lowercase());
        let hash = Some(password_hash.clone());
        let user = User { password_hash: hash, ..new_user(email, first, last, role(label)?, now) };
        tx.insert(&user).await?;
        agents.push(user.id);
    }
    let bot = new_user("fernbot@fern.example".into(), "Fernbot", "", role("Bot")?, now);
    let bot = User { bot: true, no_password: true, ..bot };
    tx.insert(&bot).await?;
    for name in ["regular", "wholesale", "press"] {
        tx.insert(&Tag { id: TagId::new(now), name: name.into(), created_at: now, updated_at: now }).await?;
    }
    let admin = store::user::by_email(tx, &admin).await?.ok_or(Error::NotFound("user"))?;
    let actor = access::actor(tx, &admin.id, None, model::CreatedFrom::Interface).await?;
    let sources = chats::make(tx, &actor, keys).await?;
    Ok(Desk { sources, agents, bot: bot.id, categories: categories(tx).await? })
}

async fn categories(tx: &mut Tx) -> Result<Vec<Category>> {
    let now = tx.now();
    let mut made = Vec::new();
    let trees: [(&str, i64, bool, &[&str]); 2] = [
        ("Topic", 1, false, &["Delivery", "Returns", "Plant care", "Payment", "Orders"]),
        ("Disposition", 3, true, &["Solved", "Refunded", "Replacement sent", "No answer needed"]),
    ];
    for (name, color, post, children) in trees {
        let root = Category {
            id: model::CategoryId::new(now),
            name: name.into(),
            parent_id: None,
            color,
            mandatory: false,
            multiple: false,
            post_qualification: post,
            unselectable: true,
            source_ids: Json::default(),
            created_at: now,
            updated_at: now,
        };
        tx.insert(&root).await?;
        for (child, color) in children.iter().zip([1, 2, 3, 4, 5, 6]) {
            let id = model::CategoryId::new(now);
            let child = Category {
                id,
                name: (*child).into(),
                parent_id: Some(root.id.clone()),
                color,
                post_qualification: false,
                unselectable: false,
                ..root.clone()
            };
            tx.insert(&child).await?;
            made.push(child);
        }
        made.push(root);
    }
    Ok(made)
}
