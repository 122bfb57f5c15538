//! `/console/figures`: what waits now, and by day, source and agent what came in, was answered and was done; and the
//! conversations behind each figure.

use axum::extract::State;
use model::{Metric, SourceId, ThreadId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::figures::{self, Asked, Cell, Counted, Figures, Now, Place};
use crate::domain::{Error, Fault};
use crate::http::{Caller, Params, Reply, Result};
use crate::views::row::{RowOut, SourceOut};

/// How it stands at this moment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FiguresNow")]
struct NowOut {
    /// Conversations that wait for somebody to take them; null where one user is asked for.
    unassigned: Option<i64>,
    /// Conversations that wait for somebody, or that somebody has; of one user, those that they have.
    open: i64,
    /// Conversations that were put aside.
    deferred: i64,
    /// Conversations whose customers wait for an answer.
    waiting: i64,
    /// Whether more of them wait than are counted one by one.
    waiting_more: bool,
    /// Since when the customer who waits longest does.
    longest_since: Option<Timestamp>,
    /// In which conversation.
    longest_thread_id: Option<ThreadId>,
}

impl From<Now> for NowOut {
    fn from(Now { unassigned, open, deferred, waiting, longest }: Now) -> Self {
        let (longest_thread_id, longest_since) = longest.unzip();
        let waiting_more = waiting >= figures::COUNTED;
        Self { unassigned, open, deferred, waiting, waiting_more, longest_since, longest_thread_id }
    }
}

/// The figures of one time, place or user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Figures")]
struct CellOut {
    /// What customers came with: their first words, and those after all was done.
    conversations_new: i64,
    /// Conversations that somebody took, was given, or got back.
    conversations_taken: i64,
    /// First answers to what customers came with.
    first_response: i64,
    /// Half of the first answers came within so many seconds of business hours; null without any.
    first_response_median: Option<i64>,
    /// Nine of ten came within so many; null without any.
    first_response_p90: Option<i64>,
    /// Conversations that somebody was done with.
    conversations_closed: i64,
}

impl From<Cell> for CellOut {
    fn from(Cell { new, taken, answered, median, p90, closed }: Cell) -> Self {
        Self {
            conversations_new: new,
            conversations_taken: taken,
            first_response: answered,
            first_response_median: median,
            first_response_p90: p90,
            conversations_closed: closed,
        }
    }
}

/// The figures of a day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FiguresOfDay")]
struct DayOut {
    /// The day, in the domain's time zone.
    date: String,
    #[serde(flatten)]
    figures: CellOut,
}

/// The figures of a source.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FiguresOfSource")]
struct SourceFigures {
    /// The source.
    source: SourceOut,
    #[serde(flatten)]
    figures: CellOut,
}

/// The figures of a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FiguresOfUser")]
struct UserFigures {
    /// Who.
    user_id: UserId,
    /// How they are called.
    name: String,
    /// Whether they are a program; those count for nobody else.
    bot: bool,
    #[serde(flatten)]
    figures: CellOut,
}

/// All figures of some days.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FiguresOfDays")]
pub struct FiguresOut {
    /// The domain's time zone.
    time_zone: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// Whose alone; null where they are everybody's.
    user_id: Option<UserId>,
    /// How they are called.
    user_name: Option<String>,
    /// How many entries of the journal are not counted yet: more than a few just after an upgrade, or while all is counted anew.
    behind: i64,
    /// How it stands at this moment.
    now: NowOut,
    /// All days together.
    total: CellOut,
    /// As many days before them.
    before: CellOut,
    /// Day by day.
    days: Vec<DayOut>,
    /// Source by source, those on which there was something.
    sources: Vec<SourceFigures>,
    /// User by user, whoever did something; programs come last.
    users: Vec<UserFigures>,
}

impl From<Figures> for FiguresOut {
    fn from(Figures { zone, from, to, user, behind, now, total, before, days, sources, agents }: Figures) -> Self {
        Self {
            time_zone: zone,
            from: from.to_string(),
            to: to.to_string(),
            user_name: user.as_ref().map(store::user::User::name),
            user_id: user.map(|user| user.id),
            behind,
            now: now.into(),
            total: total.into(),
            before: before.into(),
            days: days
                .into_iter()
                .map(|(date, cell)| DayOut { date: date.to_string(), figures: cell.into() })
                .collect(),
            sources: sources
                .into_iter()
                .map(|(source, cell)| SourceFigures { source: SourceOut::from(source), figures: cell.into() })
                .collect(),
            users: agents
                .into_iter()
                .map(|(user, cell)| UserFigures {
                    name: user.name(),
                    user_id: user.id,
                    bot: user.bot,
                    figures: cell.into(),
                })
                .collect(),
        }
    }
}

fn asked(params: &Params) -> Result<Asked> {
    Ok(Asked {
        from: params.text("from")?,
        to: params.text("to")?,
        days: params.integer("days")?,
        source: params.id("source_id", SourceId::parse)?,
        user: params.id("user_id", UserId::parse)?,
        hidden: params.boolean("hidden")?.unwrap_or(false),
    })
}

/// The figures.
pub async fn show(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<FiguresOut>> {
    let asked = asked(&params)?;
    let read = app.db.read(move |tx| Box::pin(async move { figures::show(tx, &actor, &asked).await }));
    Ok(Reply(read.await?.into()))
}

/// A conversation that a figure counts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CountedThread")]
struct CountedOut {
    /// What makes it count, and that once.
    id: String,
    /// When.
    at: Timestamp,
    /// Seconds that the customer had waited for a first answer; else 1.
    value: i64,
    /// The same in business hours.
    value_bh: i64,
    /// How whoever did it is called; null where nobody in particular did.
    user_name: Option<String>,
    /// The conversation as it is now.
    thread: RowOut,
}

/// A page of the conversations behind a figure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CountedThreads")]
pub struct CountedPage {
    /// The newest first.
    records: Vec<CountedOut>,
    /// What to give as `before` for those that come next; null when these are the last.
    next: Option<String>,
}

/// Where a page ended, as it is told: a time in milliseconds and what makes it count.
fn place(text: &str) -> Option<Place> {
    let (millis, id) = text.split_once('-')?;
    Some(Place { at: Timestamp::from_millis(millis.parse().ok()?), id: id.to_owned() })
}

/// The conversations behind a figure.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<CountedPage>> {
    let asked = asked(&params)?;
    let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.as_str()).collect();
    let metric = params.required("metric")?;
    let metric: Metric = metric.parse().map_err(|_| Error::invalid("metric", Fault::one_of(&names)))?;
    let not = || Error::invalid("before", Fault::not("a place that a page before has told"));
    let before = params.text("before")?.map(|text| place(&text).ok_or_else(not)).transpose()?;
    let read = app
        .db
        .read(move |tx| Box::pin(async move { figures::list(tx, &actor, metric, &asked, before.as_ref()).await }));
    let (all, end) = read.await?;
    let out = |Counted { row, fact, agent }: Counted| CountedOut {
        id: fact.id,
        at: fact.at,
        value: fact.value,
        value_bh: fact.value_bh,
        user_name: agent.map(|agent| agent.name()),
        thread: RowOut::new(&app, row),
    };
    let next = end.map(|Place { at, id }| format!("{}-{id}", at.millis()));
    Ok(Reply(CountedPage { records: all.into_iter().map(out).collect(), next }))
}
