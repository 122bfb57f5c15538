//! Lists of a desk that is large enough for every way in which they are found: whatever is asked, they have what a look
//! at each row would find, in its order, on every page.

use std::time::Duration;

use model::{
    ContentId, ContentStatus, Event, EventType, InterventionId, InterventionStatus, Resource, SourceId, ThreadId,
    Timestamp, UserId,
};
use reqwest::Method;
use serde_json::{Value, json};
use store::content::Content;
use store::intervention::Intervention;
use store::thread::Thread;
use store::{Scope, Tx};

use crate::support::derived::assert_derived;
use crate::support::world::{World, user, user_id};
use crate::support::{ADMIN_TOKEN, TestApp, id, send};

/// More than are sorted rather than walked, and than are counted before they pass for many.
const ALL: usize = 3600;
/// So many matches are weighed where relevance orders.
const WEIGHED: usize = 2000;
/// Events beside those that made the desk.
const EVENTS: usize = 1800;

/// What is known of a thread, its one content, its case and an event about it.
#[derive(Clone)]
struct Known {
    n: usize,
    at: i64,
    source: SourceId,
    new: bool,
    words: &'static str,
    language: &'static str,
    user: Option<(UserId, InterventionStatus)>,
}

fn thread_id(n: usize) -> ThreadId {
    ThreadId::parse(&format!("{n:024x}")).expect("an id")
}

fn case_id(n: usize) -> InterventionId {
    InterventionId::parse(&format!("{n:024x}")).expect("an id")
}

fn known(n: usize, begin: Timestamp, sources: &[SourceId], users: &[UserId]) -> Known {
    let status = match n % 50 {
        0 | 1 => InterventionStatus::Open,
        2 => InterventionStatus::Deferred,
        _ => InterventionStatus::Closed,
    };
    let owner = match n % 9 {
        0..=4 => Some(users[0].clone()),
        5 | 6 => Some(users[1].clone()),
        7 if n % 63 == 7 => Some(users[2].clone()),
        _ => None,
    };
    Known {
        n,
        // Some are of one moment.
        at: begin.millis() + i64::try_from(n / 3 * 3000).expect("a time"),
        source: sources[usize::from(n.is_multiple_of(4))].clone(),
        new: n.is_multiple_of(7),
        words: match n % 30 {
            0..=17 => "where is my parcel",
            18..=26 => "the parcel has a broken box",
            27 => "nothing but a xylograph",
            _ => "thanks",
        },
        language: match n % 40 {
            0 => "eo",
            1..=19 => "fr",
            _ => "en",
        },
        user: owner.map(|owner| (owner, status)),
    }
}

async fn fill(t: &TestApp, thread: Thread, content: Content, case: Intervention, all: Vec<Known>) {
    let fill = t.app.db.write(move |tx| Box::pin(async move { write(tx, &thread, &content, &case, &all).await }));
    let filled: Result<(), store::Error> = fill.await;
    filled.expect("filled");
}

async fn write(
    tx: &mut Tx,
    thread: &Thread,
    content: &Content,
    case: &Intervention,
    all: &[Known],
) -> Result<(), store::Error> {
    for one in all {
        let at = Timestamp::from_millis(one.at);
        let thread_id = thread_id(one.n);
        let mut thread = thread.clone();
        (thread.id, thread.source_id, thread.foreign_id) = (thread_id.clone(), one.source.clone(), None);
        (thread.created_at, thread.last_content_at) = (at, at);
        tx.insert(&thread).await?;
        let mut content = content.clone();
        content.id = ContentId::parse(&format!("{:024x}", one.n)).expect("an id");
        (content.thread_id, content.source_id, content.foreign_id) = (thread_id.clone(), one.source.clone(), None);
        (content.created_at, content.body) = (at, one.words.to_owned());
        content.status = if one.new { ContentStatus::New } else { ContentStatus::Replied };
        content.language = Some(one.language.to_owned());
        tx.insert(&content).await?;
        store::search_index::index(tx, &content.id, &thread_id, None, one.words).await?;
        if let Some((user, status)) = &one.user {
            let mut case = case.clone();
            (case.id, case.thread_id, case.source_id) = (case_id(one.n), thread_id.clone(), one.source.clone());
            (case.user_id, case.status, case.created_at) = (user.clone(), *status, at);
            (case.updated_at, case.reopened) = (Timestamp::from_millis(-one.at), one.n.is_multiple_of(10));
            tx.insert(&case).await?;
        }
        if one.n <= EVENTS {
            let kind = if one.n.is_multiple_of(5) { EventType::InterventionClosed } else { EventType::ThreadIgnored };
            tx.emit(Event {
                kind,
                user_id: one.user.as_ref().map(|(user, _)| user.clone()),
                source_id: Some(one.source.clone()),
                thread_id: Some(thread_id.clone()),
                resource: Resource { kind: "content_thread".into(), id: thread_id.to_string() },
                metadata: json!({}),
            });
        }
    }
    Ok(())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n).expect("a number")).expect("a number")
    }
}

/// A term of a query and which threads pass it.
type Term = (String, Box<dyn Fn(&Known) -> bool>);

fn term(dice: &mut Dice, all: &[Known], sources: &[SourceId], users: &[UserId]) -> Term {
    let (who, which) = (users[dice.below(3)].clone(), sources[dice.below(2)].clone());
    let moment = all[dice.below(ALL)].at;
    let time = Timestamp::from_millis(moment);
    let has = |word: &'static str| move |one: &Known| one.words.split(' ').any(|w| w == word);
    match dice.below(16) {
        0 => ("status_in:new".into(), Box::new(|one| one.new)),
        1 => ("-status_in:new".into(), Box::new(|one| !one.new)),
        2 => (format!("source:{which}"), Box::new(move |one| one.source == which)),
        3 => (format!("-source:{which}"), Box::new(move |one| one.source != which)),
        4 => ("text:parcel".into(), Box::new(has("parcel"))),
        5 => ("text:box".into(), Box::new(has("box"))),
        6 => ("text:xylograph".into(), Box::new(has("xylograph"))),
        7 => ("language:fr".into(), Box::new(|one| one.language == "fr")),
        8 => ("-language:fr".into(), Box::new(|one| one.language != "fr")),
        9 => ("language:eo".into(), Box::new(|one| one.language == "eo")),
        10 => (format!("assigned_to:{who}"), Box::new(move |one| one.user.as_ref().is_some_and(|u| u.0 == who))),
        11 => (format!("-assigned_to:{who}"), Box::new(move |one| one.user.as_ref().is_none_or(|u| u.0 != who))),
        12 => (
            format!("opened_and_assigned_to:{who}"),
            Box::new(move |one| one.user.as_ref().is_some_and(|u| u.0 == who && u.1 != InterventionStatus::Closed)),
        ),
        13 => (format!("last_content_after:{time}"), Box::new(move |one| one.at > moment)),
        14 => (format!("last_content_before:{time}"), Box::new(move |one| one.at < moment)),
        _ => (format!("first_content_after:{time}"), Box::new(move |one| one.at > moment)),
    }
}

/// Asks for a page and compares it with the whole list as it must be.
async fn is_page(t: &TestApp, path: &str, query: &[(&str, String)], expected: &[String], dice: &mut Dice) {
    let (limit, last) = (1 + dice.below(30), expected.len());
    let offsets = [0, last / 2, last.saturating_sub(limit + 3), last.saturating_sub(2), last + 5];
    let offset = offsets[dice.below(5)];
    let page = [("offset", offset.to_string()), ("limit", limit.to_string())];
    let asked = t.request_as(ADMIN_TOKEN, Method::GET, path).query(query).query(&page);
    let answer = send(asked).await.ok();
    let ids = |records: &Value| {
        records.as_array().expect("a list").iter().map(|record| id(record).to_owned()).collect::<Vec<_>>()
    };
    let window: Vec<String> = expected.iter().skip(offset).take(limit).cloned().collect();
    assert_eq!((answer["count"].as_u64(), ids(&answer["records"])), (Some(last as u64), window), "{path} {query:?}");
}

struct Desk {
    t: TestApp,
    all: Vec<Known>,
    sources: Vec<SourceId>,
    users: Vec<UserId>,
}

async fn desk() -> Desk {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = shop.another_chat(&t, "Other").await;
    let mut users = Vec::new();
    for name in ["Ann", "Bob", "Cid"] {
        users.push(user_id(&user(&t, name, "Agent").await.0));
    }
    let said = shop.say(&t, "customer", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let case = InterventionId::parse(id(&case)).expect("an id");
    let pattern = t.app.db.write(move |tx| {
        Box::pin(async move {
            let scope = Scope::All;
            let thread = store::thread::find(tx, &scope, &said.thread.id).await?.expect("a thread");
            let content = store::content::find(tx, &scope, &said.content.id).await?.expect("a content");
            let case = store::intervention::find(tx, &scope, &case).await?.expect("a case");
            // What the rows are made after is not on the desk itself.
            tx.delete::<Intervention>(case.id.as_str()).await?;
            tx.delete::<Content>(content.id.as_str()).await?;
            tx.delete::<Thread>(thread.id.as_str()).await?;
            Ok::<_, store::Error>((thread, content, case))
        })
    });
    let (thread, content, case) = pattern.await.expect("a pattern");
    let sources = vec![shop.chat.id.clone(), other.id.clone()];
    t.clock.advance(Duration::from_secs(10 * 3600));
    let begin = t.clock.now().plus_seconds(-8 * 3600);
    let all: Vec<Known> = (1..=ALL).map(|n| known(n, begin, &sources, &users)).collect();
    fill(&t, thread, content, case, all.clone()).await;
    Desk { t, all, sources, users }
}

#[tokio::test]
async fn threads_and_contents_are_those_that_pass_every_test_on_every_page() {
    let Desk { t, all, sources, users } = desk().await;
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for _ in 0..160 {
        let terms: Vec<Term> = (0..=dice.below(4)).map(|_| term(&mut dice, &all, &sources, &users)).collect();
        // Several of one keyword are alternatives, and two texts are all their words.
        let keyword = |term: &Term| term.0.split(':').next().unwrap_or_default().to_owned();
        let passes = |one: &Known| {
            terms.iter().all(|term| {
                let alike = terms.iter().filter(|other| keyword(other) == keyword(term));
                let all_of = keyword(term) == "text" || keyword(term).contains("content_");
                if all_of || keyword(term).starts_with('-') { term.1(one) } else { alike.into_iter().any(|t| t.1(one)) }
            })
        };
        let (order, newest) = [
            ("", true),
            ("order:last_content_at.asc", false),
            ("order:created_at.desc", true),
            ("order:created_at.asc", false),
        ][dice.below(4)];
        let mut found: Vec<&Known> = all.iter().filter(|one| passes(one)).collect();
        if newest {
            found.reverse();
        }
        let q = terms.iter().map(|term| term.0.as_str()).chain([order]).collect::<Vec<_>>().join(" ");
        let expected: Vec<String> = found.iter().map(|one| thread_id(one.n).to_string()).collect();
        is_page(&t, "/1.0/content_threads", &[("q", q.clone())], &expected, &mut dice).await;
        // Contents have the same ids here, and fewer keywords.
        let of_contents = |word: &str| ["status_in", "-status_in", "source", "-source", "text"].contains(&word);
        if terms.iter().all(|term| of_contents(&keyword(term))) && !order.contains("last") {
            is_page(&t, "/1.0/contents", &[("q", q)], &expected, &mut dice).await;
        }
    }
    assert_derived(&t).await;
}

#[tokio::test]
async fn interventions_are_those_that_pass_every_filter_on_every_page() {
    let Desk { t, all, users, .. } = desk().await;
    let mut dice = Dice(0x0fed_cba9_8765_4321);
    for _ in 0..80 {
        let mut query = Vec::new();
        let who = users[dice.below(3)].clone();
        let of_one = dice.below(2) == 0;
        if of_one {
            query.push(("user_id", who.to_string()));
        }
        let status = ["active", "closed", "deferred", "opened", "reopened", ""][dice.below(6)];
        if !status.is_empty() {
            query.push(("status", status.to_owned()));
        }
        let by_update = dice.below(2) == 0;
        if by_update {
            query.push(("sort", "updated_at".to_owned()));
        }
        let passes = |one: &&Known| {
            one.user.as_ref().is_some_and(|(user, state)| {
                let open = *state != InterventionStatus::Closed;
                (!of_one || *user == who)
                    && match status {
                        "active" => *state == InterventionStatus::Open,
                        "closed" => !open,
                        "deferred" => *state == InterventionStatus::Deferred,
                        "opened" => open,
                        "reopened" => open && one.n.is_multiple_of(10),
                        _ => true,
                    }
            })
        };
        let mut found: Vec<&Known> = all.iter().filter(passes).collect();
        // The one that began last changed first, and of one moment the greater id comes first either way.
        found.sort_by_key(|one| (if by_update { one.at } else { -one.at }, std::cmp::Reverse(one.n)));
        let expected: Vec<String> = found.iter().map(|one| case_id(one.n).to_string()).collect();
        is_page(&t, "/1.0/interventions", &query, &expected, &mut dice).await;
    }
}

#[tokio::test]
async fn events_are_counted_by_name_and_user_and_so_are_those_that_come_later() {
    let Desk { t, all, users, .. } = desk().await;
    for (q, passes) in [
        ("name_in:content_thread.ignored".to_owned(), None),
        ("name_in:intervention.closed".to_owned(), None),
        (format!("user:{}", users[0]), Some(&users[0])),
        (format!("user:{} name_in:content_thread.ignored", users[0]), Some(&users[0])),
    ] {
        let named = |n: usize| match (q.contains("ignored"), q.contains("closed")) {
            (true, _) => !n.is_multiple_of(5),
            (_, true) => n.is_multiple_of(5),
            _ => true,
        };
        let by = |one: &Known| passes.is_none_or(|who| one.user.as_ref().is_some_and(|(user, _)| user == who));
        let expected = all.iter().take(EVENTS).filter(|one| named(one.n) && by(one)).count();
        for more in 0..3 {
            let path = t.request(Method::GET, "/1.0/events").query(&[("q", q.as_str()), ("limit", "5")]);
            let answer = send(path).await.ok();
            let count = usize::try_from(answer["count"].as_u64().expect("a count")).expect("a number");
            let told = expected + if q.starts_with("name_in:content_thread") { more } else { 0 };
            assert_eq!(count, told, "{q}");
            // What comes later is counted too.
            let ignored = Event {
                kind: EventType::ThreadIgnored,
                user_id: Some(users[1].clone()),
                source_id: None,
                thread_id: None,
                resource: Resource { kind: "content_thread".into(), id: thread_id(1).to_string() },
                metadata: json!({}),
            };
            let write = t.app.db.write(move |tx| {
                Box::pin(async move {
                    tx.emit(ignored);
                    Ok::<_, store::Error>(())
                })
            });
            write.await.expect("an event");
        }
    }
}

#[tokio::test]
async fn by_relevance_nobody_is_missing_and_nobody_comes_twice() {
    let Desk { t, all, sources, .. } = desk().await;
    let has = |one: &Known, word: &str| one.words.split(' ').any(|w| w == word);
    let at = sources[1].clone();
    type Fits = Box<dyn Fn(&Known) -> bool>;
    let queries: [(String, Fits); 4] = [
        ("text:parcel".into(), Box::new(|_| true)),
        ("text:parcel status_in:new".into(), Box::new(|one| one.new)),
        (format!("text:parcel source:{at}"), Box::new(move |one| one.source == at)),
        ("text:parcel text:box".into(), Box::new(move |one| has(one, "box"))),
    ];
    for (q, passes) in queries {
        let parcels: Vec<&Known> = all.iter().rev().filter(|one| has(one, "parcel")).collect();
        // So many are weighed of what came last; the others stand behind them, the newest first.
        let ids = |some: &[&Known]| -> Vec<String> {
            some.iter().filter(|one| passes(one)).map(|one| thread_id(one.n).to_string()).collect()
        };
        let rarest_is_weighed = q.ends_with("box");
        let weighed = ids(&parcels[..if rarest_is_weighed { parcels.len() } else { WEIGHED }]);
        let behind = if rarest_is_weighed { Vec::new() } else { ids(&parcels[WEIGHED..]) };
        let paths: &[&str] = match q.as_str() {
            "text:parcel" => &["/1.0/content_threads", "/1.0/contents"],
            _ => &["/1.0/content_threads"],
        };
        for path in paths {
            let mut found = Vec::new();
            loop {
                let offset = found.len().to_string();
                let query = [("q", format!("{q} order:relevance")), ("offset", offset), ("limit", "149".into())];
                let (some, count) = send(t.request(Method::GET, path).query(&query)).await.ids();
                assert_eq!(usize::try_from(count).expect("a count"), weighed.len() + behind.len(), "{path} {q}");
                if some.is_empty() {
                    break;
                }
                found.extend(some);
            }
            let rest = found.split_off(weighed.len());
            found.sort();
            let mut first = weighed.clone();
            first.sort();
            assert!(found == first, "{path} {q}: {} weighed", found.len());
            assert!(rest == behind, "{path} {q}: {} behind them", rest.len());
        }
    }
}

#[tokio::test]
async fn every_page_of_the_journal_is_where_it_belongs() {
    let t = desk().await.t;
    let entries = t.app.db.read(|tx| Box::pin(store::journal::after(tx, 0, 10_000))).await.expect("the journal");
    let mut all: Vec<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
    let mut dice = Dice(0x5555_aaaa_1234_0001);
    for order in ["order:created_at.asc", "order:created_at.desc"] {
        for _ in 0..20 {
            is_page(&t, "/1.0/events", &[("q", order.to_owned())], &all, &mut dice).await;
        }
        all.reverse();
    }
}
