//! Lists of a third party (`docs/sdks/source-sdk/{polling,objects}.md`): which there are, what a page of one has, and how it
//! is looked whether the third party works.
//!
//! Objects are read as the Send API reads them, and more leniently where real servers differ. One that cannot be read is left
//! out and counted; one of which a part is wrong is kept for people to look at.

use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use model::Implementation;
use serde::Deserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use store::export;
use store::inbound_item::InboundItem;
use store::source::Source;
use tokio::time::Instant;

use super::ask::ask;
use super::objects::{self, Asked, Letter};
use super::wire::Refusal;
use super::{files, info};
use crate::app::App;
use crate::channels::asked::{Failed, Finding, Findings, Page};
use crate::domain::listed::{Item, Piece};
use crate::domain::source_health::{NOT_TOLD, Trouble};
use crate::domain::{Error, sdk};

/// How many objects of a page are taken at the most.
const MOST: usize = 50_000;
/// How many objects of a page are read at once, as their files come.
const AT_ONCE: usize = 8;
/// How long the files of a page are waited for.
const FILES: Duration = Duration::from_secs(300);
/// How long a page waits for the answers to what is on its way, at the most; and how often it is looked for them.
const NAMED: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

/// Asks a third party what it can do.
pub(crate) async fn info(app: &App, source: &Source) -> Result<Implementation, Failed> {
    info::fetch(app, source).await.map_err(|mut failed| {
        // It may be one that only sends by itself, and takes what agents write: that goes on.
        if failed.status.is_some() && failed.trouble.code != "signature" && source.implementation.is_none() {
            let text = format!("it has not told what it can do (implementation.info): {}", failed.trouble.text);
            failed.trouble = Trouble::new(NOT_TOLD, text);
        }
        failed
    })
}

/// The lists that a third party has, in the order in which they are asked for.
pub(crate) fn streams(source: &Source) -> Vec<&'static str> {
    let unthreaded = source.has_option("messages.unthreaded");
    let lists = |object: &str| source.implementation.as_ref().is_some_and(|told| told.can(object, "list"));
    let all = ["threads", "messages", "private_messages"];
    all.into_iter().filter(|object| lists(object) && !(*object == "threads" && unthreaded)).collect()
}

/// Asks for the page of a list that comes after a position, or for its first.
pub(crate) async fn page(app: &App, source: &Source, stream: &str, after: Option<&str>) -> Result<Page, Failed> {
    let params = after.map_or_else(|| json!({}), |id| json!({"since_id": id}));
    let body = ask(app, source, &format!("{stream}.list"), Some(params)).await?;
    let wrong = |code, text: &str| Failed { trouble: Trouble::new(code, text), status: Some(200), wait: None };
    let list: List = text::json(&body).map_err(|_| {
        let code = if text::json::<IgnoredAny>(&body).is_ok() { "not_a_list" } else { "not_json" };
        let says = String::from_utf8_lossy(&body[..body.len().min(800)]).chars().take(200).collect::<String>();
        wrong(code, &format!("{stream}.list was answered with something else than a list: {says}"))
    })?;
    drop(body);
    let mut page = Page { cut: list.cut, ..Page::default() };
    let mut objects = Vec::with_capacity(list.items.len());
    for raw in list.items {
        match text::json::<Value>(raw.get().as_bytes()) {
            Ok(Value::Object(object)) => objects.push((object, raw)),
            _ => page.skipped += 1,
        }
    }
    page.next = objects.iter().find_map(|(object, _)| objects::id_of(object));
    // Files may be slow to come: what has waited long enough is taken in without them.
    let most = Instant::now() + FILES;
    let reading = objects
        .into_iter()
        .map(|(object, raw)| async move { item(app, source, stream, object, raw.get(), Some(most)).await });
    let mut items = futures_util::stream::iter(reading).buffered(AT_ONCE);
    while let Some(item) = items.try_next().await.map_err(|error| ours(&error))? {
        match item {
            Some(item) => page.items.push(item),
            None => page.skipped += 1,
        }
    }
    page.items.reverse();
    if !page.items.is_empty() {
        named(app, source).await.map_err(|error| ours(&error))?;
    }
    Ok(page)
}

/// Waits for the answers to what is on its way to the third party: it may have listed that already, and in other words, by
/// which nobody would know it before its name is told.
async fn named(app: &App, source: &Source) -> Result<(), Error> {
    let under_way = async || {
        let source = source.id.clone();
        app.db.read(move |tx| Box::pin(async move { Ok::<_, Error>(export::under_way(tx, &source).await?) })).await
    };
    let sent = under_way().await?;
    let most = Instant::now() + NAMED;
    while !sent.is_empty() && Instant::now() < most {
        if under_way().await?.iter().all(|id| !sent.contains(id)) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// What of our own stops a run.
fn ours(error: &Error) -> Failed {
    Failed::by(Trouble::new("ours", error.to_string()))
}

/// Reads an object of a list; none when it lacks what every such object has. Its files are fetched.
async fn item(
    app: &App,
    source: &Source,
    stream: &str,
    object: Map<String, Value>,
    payload: &str,
    most: Option<Instant>,
) -> Result<Option<Item>, Error> {
    let kind = match stream {
        "threads" => "thread",
        "private_messages" => "private_message",
        _ => "message",
    };
    let Some(foreign_id) = objects::id_of(&object) else { return Ok(None) };
    let piece = match objects::read_listed(source, &format!("{stream}.create"), object) {
        Ok(Asked::Content(letter)) => match gathered(app, *letter, most).await {
            Ok(piece) => Ok(piece),
            Err(Refusal::Ours(error)) => return Err(error),
            Err(refusal) => Err(format!("its files cannot be read: {refusal:?}")),
        },
        Ok(Asked::Thread { title, .. }) => Ok(Piece::Thread { title }),
        Err(Refusal::Structured(text)) => Err(text),
        Ok(_) | Err(_) => return Ok(None),
    };
    Ok(Some(Item { kind, foreign_id, payload: payload.to_owned(), piece }))
}

async fn gathered(app: &App, letter: Letter, most: Option<Instant>) -> Result<Piece, Refusal> {
    let Letter { mut told, files } = letter;
    if !files.is_empty() {
        let (source, kind) = (told.incoming.source.id.clone(), told.incoming.kind);
        let id = told.incoming.foreign_id.clone().unwrap_or_default();
        let known = app.db.read(move |tx| Box::pin(async move { sdk::is_known(tx, &source, kind, &id).await }));
        if !known.await? {
            files::gather(app, &mut told, files, most).await?;
        }
    }
    Ok(Piece::Content(Box::new(told)))
}

/// Reads once more what was parked.
///
/// # Errors
/// Why it still cannot be taken in, in words.
pub(crate) async fn again(app: &App, source: &Source, parked: &InboundItem) -> Result<Item, String> {
    let stream = match parked.kind.as_str() {
        "thread" => "threads",
        "private_message" => "private_messages",
        _ => "messages",
    };
    let Ok(Value::Object(object)) = text::json::<Value>(parked.payload.as_bytes()) else {
        return Err("it is not an object".into());
    };
    match item(app, source, stream, object, &parked.payload, None).await {
        Ok(Some(item)) => Ok(item),
        Ok(None) => Err("it lacks what every such object has".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Looks step by step whether a third party works: its address, the signature, what it can do, and whether its options fit
/// together. Nothing is sent to customers.
pub(crate) async fn test(app: &App, source: &Source) -> Findings {
    let began = Instant::now();
    let told = info::fetch(app, source).await;
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let step = |step, trouble: Option<(String, String)>, took_ms| {
        let (ok, (code, message)) = (trouble.is_none(), trouble.unzip());
        Finding { step, ok, code, message, took_ms }
    };
    let mut steps = Vec::new();
    let failed = told.as_ref().err();
    let trouble = failed.map(|failed| (failed.trouble.code.to_owned(), failed.trouble.text.clone()));
    let answered = failed.is_none_or(|failed| failed.status.is_some());
    steps.push(step("address", trouble.clone().filter(|_| !answered), took_ms));
    if answered {
        let signature = trouble.clone().filter(|(code, _)| code == "signature");
        let fits = signature.is_none();
        steps.push(step("signature", signature, 0));
        if fits {
            steps.push(step("info", trouble, 0));
        }
    }
    let told = told.ok();
    if let Some(told) = &told {
        let conflicts = (!told.conflicts.is_empty()).then(|| {
            (
                "conflicts".to_owned(),
                format!("these options do not fit what else it has told: {}", told.conflicts.join(", ")),
            )
        });
        steps.push(step("options", conflicts, 0));
    }
    Findings { steps, told }
}

/// A list of which the beginning is kept, each as it came.
struct List {
    items: Vec<Box<RawValue>>,
    cut: bool,
}

impl<'de> serde::Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Begin;
        impl<'de> Visitor<'de> for Begin {
            type Value = List;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    match list.next_element::<Box<RawValue>>()? {
                        Some(item) => items.push(item),
                        None => return Ok(List { items, cut: false }),
                    }
                }
                let mut cut = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    cut = true;
                }
                Ok(List { items, cut })
            }
        }
        deserializer.deserialize_seq(Begin)
    }
}
