//! Asking for figures: what waits now, and by day, source and agent what came in, was answered and was done.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{Metric, Permission, SourceId, ThreadId, Timestamp, UserId, bucket_seconds};
use store::journal;
use store::source::{self, Source};
use store::statistics::{self, FOLLOWER, Fact};
use store::statistics_report::{self as report, By, Window};
pub use store::statistics_report::{COUNTED, Place};
use store::user::{self, User};
use store::{Scope, Tx};

use crate::base::{Actor, Error, Fault, Reason, Result};
use crate::conversation::inbox::{self, ThreadRow};
use crate::setup::{settings, source_settings};

/// The most days that are asked for at once.
const DAYS_MAX: i32 = 92;
/// How many days there are without a word of which.
const DAYS: i32 = 7;
/// How many conversations a page of those behind a figure has.
const PAGE: i64 = 50;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The first day, `2026-11-30` in the domain's time zone.
    pub from: Option<String>,
    /// The last day; else today.
    pub to: Option<String>,
    /// Without a first day: so many of them; else a week.
    pub days: Option<i64>,
    /// On one source alone.
    pub source: Option<SourceId>,
    /// Of one user alone.
    pub user: Option<UserId>,
    /// With sources that are hidden from figures.
    pub hidden: bool,
}

/// The figures of one place, time or person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What customers came with.
    pub new: i64,
    /// Conversations that somebody got.
    pub taken: i64,
    /// First answers.
    pub answered: i64,
    /// Half of them came within so many seconds of business hours; none without any.
    pub median: Option<i64>,
    /// Nine of ten came within so many.
    pub p90: Option<i64>,
    /// Conversations that somebody was done with.
    pub closed: i64,
}

/// How it stands at this moment.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// Waiting for somebody to take them; none of one user's.
    pub unassigned: Option<i64>,
    /// Waiting for somebody, or under an open intervention.
    pub open: i64,
    /// Put aside.
    pub deferred: i64,
    /// Whose customers wait for an answer, [`COUNTED`] at the most.
    pub waiting: i64,
    /// Who waits for the longest time, and since when.
    pub longest: Option<(ThreadId, Timestamp)>,
}

/// All figures of a time.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The domain's time zone, of which its days are.
    pub zone: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Whose alone, where these are one user's.
    pub user: Option<User>,
    /// How many entries of the journal are not counted yet.
    pub behind: i64,
    /// How it stands.
    pub now: Now,
    /// All together.
    pub total: Cell,
    /// The same in as many days before.
    pub before: Cell,
    /// Each day.
    pub days: Vec<(Date, Cell)>,
    /// Each source on which there is something, by name.
    pub sources: Vec<(Source, Cell)>,
    /// Each user who did something, by name; none but themselves where one may see no others.
    pub agents: Vec<(User, Cell)>,
}

/// A conversation that a figure counts.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Its row.
    pub row: ThreadRow,
    /// What counts.
    pub fact: Fact,
    /// Whose doing.
    pub agent: Option<User>,
}

/// What is asked for, understood.
struct Span {
    zone: TimeZone,
    from: Date,
    to: Date,
    window: Window,
}

/// Whether the actor may see figures, their own at least.
#[must_use]
pub fn may_read(actor: &Actor) -> bool {
    actor.can(Permission::ReadStats) || actor.can(Permission::ReadOwnStats)
}

/// The figures of some days, of the sources that the actor may read; with `read_own_stats` alone their own.
///
/// # Errors
/// 403 without either permission; 404 for a source that is not seen; 422 for days that are none, or too many.
pub async fn show(tx: &mut Tx, actor: &Actor, asked: &Asked) -> Result<Figures> {
    let Span { zone, from, to, window } = understand(tx, actor, asked).await?;
    // The cursor first: it cannot be ahead of the end that is read after it.
    let cursor = journal::cursor(tx, FOLLOWER).await?;
    let cursor = if statistics::is_resetting(tx).await? { 0 } else { cursor };
    let behind = (journal::end(tx).await?.position - cursor).max(0);
    let now = now(tx, &window).await?;
    let days = from.until(to).map_or(0, |span| span.get_days()) + 1;
    let earlier = from.saturating_sub(days.days());
    let before = Window { from: begin(earlier, &zone), to: window.from, ..window.clone() };
    let before = Heaps::of(tx, &before, By::Source).await?.together();
    let by_quarter = Heaps::of(tx, &window, By::Quarter).await?;
    let by_day = by_quarter.joined(|quarter| {
        let at = quarter.parse().map(Timestamp::from_millis).unwrap_or(window.from);
        day(at, &zone).to_string()
    });
    let by_source = Heaps::of(tx, &window, By::Source).await?;
    let others = Window { user: window.user.clone().filter(|_| !actor.can(Permission::ReadStats)), ..window.clone() };
    let by_user = Heaps::of(tx, &others, By::User).await?;
    let ids: Vec<SourceId> = by_source.0.keys().filter_map(|id| SourceId::parse(id)).collect();
    let mut sources = source::by_ids(tx, &ids).await?;
    sources.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let ids: Vec<UserId> = by_user.0.keys().filter_map(|who| UserId::parse(who)).collect();
    let mut agents = user::ever(tx, &ids).await?;
    agents.sort_by(|a, b| (a.bot, a.name(), &a.id).cmp(&(b.bot, b.name(), &b.id)));
    let user = match &window.user {
        Some(id) => user::find(tx, id).await?,
        None => None,
    };
    Ok(Figures {
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        from,
        to,
        user,
        behind,
        now,
        total: by_source.together().cell(),
        before: before.cell(),
        days: from
            .series(1.day())
            .take_while(|date| *date <= to)
            .map(|date| (date, by_day.cell(&date.to_string())))
            .collect(),
        sources: sources.into_iter().map(|one| (one.clone(), by_source.cell(one.id.as_str()))).collect(),
        agents: agents.into_iter().map(|one| (one.clone(), by_user.cell(one.id.as_str()))).collect(),
    })
}

/// The conversations behind a figure, newest first, and where they go on.
///
/// # Errors
/// As [`show`].
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    metric: Metric,
    asked: &Asked,
    before: Option<&Place>,
) -> Result<(Vec<Counted>, Option<Place>)> {
    let Span { window, .. } = understand(tx, actor, asked).await?;
    let mut facts = report::facts(tx, &window, metric, before, PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = facts.len() > page;
    facts.truncate(page);
    let end = facts.last().filter(|_| more).map(|last| Place { at: last.at, id: last.id.clone() });
    let ids: Vec<ThreadId> = facts.iter().map(|fact| fact.thread_id.clone()).collect();
    let threads = store::thread::by_ids(tx, &ids).await?;
    let rows = inbox::rows_for(tx, actor, threads).await?;
    let rows: HashMap<&ThreadId, &ThreadRow> = rows.iter().map(|row| (&row.thread.id, row)).collect();
    let agents: Vec<UserId> = facts.iter().filter_map(|fact| fact.agent_id.clone()).collect();
    let agents = user::ever(tx, &agents).await?;
    let counted = |fact: Fact| {
        let row = (*rows.get(&fact.thread_id)?).clone();
        let agent = agents.iter().find(|agent| Some(&agent.id) == fact.agent_id.as_ref()).cloned();
        Some(Counted { row, fact, agent })
    };
    Ok((facts.into_iter().filter_map(counted).collect(), end))
}

/// When a day begins.
fn begin(day: Date, zone: &TimeZone) -> Timestamp {
    let begins = day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp().as_millisecond());
    Timestamp::from_millis(begins.unwrap_or_default())
}

/// The day of a moment.
fn day(at: Timestamp, zone: &TimeZone) -> Date {
    let instant = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    instant.to_zoned(zone.clone()).date()
}

async fn understand(tx: &mut Tx, actor: &Actor, asked: &Asked) -> Result<Span> {
    if !actor.can(Permission::ReadStats) {
        actor.require(Permission::ReadOwnStats)?;
    }
    let zone = settings::load(tx).await?.zone();
    let date = |field: &str, text: &str| {
        let none = || Error::invalid(field, Reason::Date.says("must be a day such as 2026-11-30"));
        text.trim().parse::<Date>().map_err(|_| none()).and_then(|date| match date.year() {
            1970..=9000 => Ok(date),
            _ => Err(none()),
        })
    };
    let to = match &asked.to {
        Some(text) => date("to", text)?,
        None => day(tx.now(), &zone),
    };
    let from = match &asked.from {
        Some(text) => date("from", text)?,
        None => {
            let days = asked.days.unwrap_or(i64::from(DAYS));
            if !(1..=i64::from(DAYS_MAX)).contains(&days) {
                return Err(Error::invalid("days", Fault::between(1, DAYS_MAX)));
            }
            to.saturating_sub((days - 1).days())
        }
    };
    let days = from.until(to).map_or(DAYS_MAX, |span| span.get_days());
    if !(0..DAYS_MAX).contains(&days) {
        return Err(Error::invalid(
            "from",
            Fault::between(to.saturating_sub((DAYS_MAX - 1).days()).to_string(), to.to_string()),
        ));
    }
    let mut scope = actor.scope().clone();
    if !asked.hidden {
        scope = without(tx, scope).await?;
    }
    if let Some(id) = &asked.source {
        source::find(tx, id).await?.filter(|one| actor.scope().allows(&one.id)).ok_or(Error::NotFound("source"))?;
        scope = Scope::Sources(vec![id.clone()]);
    }
    let own = !actor.can(Permission::ReadStats);
    let user = if own { Some(actor.user.id.clone()) } else { asked.user.clone() };
    let end = begin(to.saturating_add(1.day()), &zone);
    let window = Window { from: begin(from, &zone), to: end, scope, user };
    Ok(Span { zone, from, to, window })
}

/// A scope without the sources that are hidden from figures.
async fn without(tx: &mut Tx, scope: Scope) -> Result<Scope> {
    let all = source::all(tx).await?;
    let (hidden, shown): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|source| source_settings::is_on(source, "hidden_from_stats"));
    if hidden.is_empty() {
        return Ok(scope);
    }
    Ok(Scope::Sources(shown.into_iter().map(|source| source.id).filter(|id| scope.allows(id)).collect()))
}

async fn now(tx: &mut Tx, window: &Window) -> Result<Now> {
    let (waiting, longest) = report::waiting(tx, &window.scope, window.user.as_ref()).await?;
    if let Some(user) = &window.user {
        let (open, deferred) = report::held(tx, &window.scope, user).await?;
        return Ok(Now { unassigned: None, open, deferred, waiting, longest });
    }
    let counts = inbox::counts(tx, &window.scope).await?;
    Ok(Now { unassigned: Some(counts.unassigned), open: counts.open, deferred: counts.deferred, waiting, longest })
}

/// What is summed for one cell.
#[derive(Clone, Default)]
struct Heap {
    counts: BTreeMap<&'static str, i64>,
    spread: BTreeMap<i64, i64>,
}

impl Heap {
    fn add(&mut self, other: &Self) {
        for (metric, n) in &other.counts {
            *self.counts.entry(metric).or_insert(0) += n;
        }
        for (bucket, n) in &other.spread {
            *self.spread.entry(*bucket).or_insert(0) += n;
        }
    }

    fn cell(&self) -> Cell {
        let of = |metric: Metric| self.counts.get(metric.as_str()).copied().unwrap_or(0);
        Cell {
            new: of(Metric::ConversationsNew),
            taken: of(Metric::ConversationsTaken),
            answered: of(Metric::FirstResponse),
            median: self.within(50),
            p90: self.within(90),
            closed: of(Metric::ConversationsClosed),
        }
    }

    /// The time within which so many of a hundred came.
    fn within(&self, percent: i64) -> Option<i64> {
        let all: i64 = self.spread.values().sum();
        let place = (all * percent + 99) / 100;
        let mut passed = 0;
        self.spread.iter().find_map(|(bucket, n)| {
            passed += n;
            (all > 0 && passed >= place).then(|| bucket_seconds(*bucket))
        })
    }
}

/// What is summed, by what it is told apart.
struct Heaps(BTreeMap<String, Heap>);

impl Heaps {
    async fn of(tx: &mut Tx, window: &Window, by: By) -> Result<Self> {
        let mut heaps: BTreeMap<String, Heap> = BTreeMap::new();
        for (key, metric, n) in report::counts(tx, window, by).await? {
            heaps.entry(key).or_default().counts.insert(metric.as_str(), n);
        }
        for (key, bucket, n) in report::spreads(tx, window, by).await? {
            heaps.entry(key).or_default().spread.insert(bucket, n);
        }
        Ok(Self(heaps))
    }

    /// The same with other keys.
    fn joined(&self, key: impl Fn(&str) -> String) -> Self {
        let mut heaps: BTreeMap<String, Heap> = BTreeMap::new();
        for (known, heap) in &self.0 {
            heaps.entry(key(known)).or_default().add(heap);
        }
        Self(heaps)
    }

    fn together(&self) -> Heap {
        let mut all = Heap::default();
        self.0.values().for_each(|heap| all.add(heap));
        all
    }

    fn cell(&self, key: &str) -> Cell {
        self.0.get(key).map(Heap::cell).unwrap_or_default()
    }
}
