//! The search language at work: what a query asks for, found within what the actor may read. Lists of threads,
//! contents and events use it, and so do smart folders, whose query is a text of this language.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use model::{CategoryId, Mandatory, ThreadTest, Timestamp, UserId};
use query::date::BusinessUnit;
use query::{Asked, EventTest, Is, Locale, Mine, Moment, Order, OrderBy, Query, Threads};
use rules::Calendar;
use store::category::{self, Category};
use store::content::Content;
use store::content_search::{self, ContentOrder};
use store::journal::{self, Entry, EventFilter};
use store::thread::Thread;
use store::thread_search::{self, ThreadOrder, Wanted};
use store::{Listed, Page, Tx, tag, team, user};

use crate::base::{Actor, Error, Result};
use crate::setup::{settings, time_sheet};

/// The same as tests.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// Every one of them must hold.
    pub wanted: Wanted,
    /// The order, when what was typed says one.
    pub order: Option<ThreadOrder>,
    /// The conditions that were not understood, and are searched for as words.
    pub as_words: Vec<String>,
}

/// Reads a query's text; `field` is the parameter that it came in.
///
/// # Errors
/// 400 that points at the place.
pub fn parse(text: &str, field: &str) -> Result<Query> {
    Query::parse(text).map_err(|e| Error::bad(field, e))
}

/// Checks the query of a smart folder before it is kept.
///
/// # Errors
/// 422 on `field`, pointing at the place.
pub async fn check_threads(tx: &mut Tx, actor: &Actor, text: &str, field: &'static str) -> Result<()> {
    let invalid = |e: query::Error| Error::invalid(field, e);
    let query = Query::parse(text).map_err(invalid)?;
    let asker = Asker::of(tx, actor, &query).await?;
    asker.understand(|moment| query::threads(&query, moment)).map(drop).map_err(invalid)
}

/// Lists the threads that a query asks for.
///
/// # Errors
/// 400 on `q` when it cannot be understood.
pub async fn threads(tx: &mut Tx, actor: &Actor, query: &Query, page: Page) -> Result<Listed<Thread>> {
    let (wanted, order) = wanted(tx, actor, query).await?;
    Ok(thread_search::list(tx, actor.scope(), &wanted, order, page).await?)
}

/// Lists the threads that a query asks for and that are also among those that somebody looks for in the console.
///
/// # Errors
/// 400 on `q` when it cannot be understood.
pub async fn threads_also(
    tx: &mut Tx,
    actor: &Actor,
    query: &Query,
    narrowed: Narrowed,
    page: Page,
) -> Result<Listed<Thread>> {
    let (wanted, order) = wanted(tx, actor, query).await?;
    let wanted = narrowed.wanted.joined(wanted);
    Ok(thread_search::list(tx, actor.scope(), &wanted, narrowed.order.unwrap_or(order), page).await?)
}

/// Counts the threads that a query asks for.
///
/// # Errors
/// 400 on `q` when it cannot be understood.
pub async fn count_threads(tx: &mut Tx, actor: &Actor, query: &Query) -> Result<i64> {
    let (wanted, _) = wanted(tx, actor, query).await?;
    Ok(thread_search::count(tx, actor.scope(), &wanted).await?)
}

/// Lists the contents that a query asks for.
///
/// # Errors
/// 400 on `q` when it cannot be understood.
pub async fn contents(tx: &mut Tx, actor: &Actor, query: &Query, page: Page) -> Result<Listed<Content>> {
    let asked = query::contents(query).map_err(misread)?;
    let wanted = asked
        .tests
        .into_iter()
        .fold(content_search::Wanted::default(), |wanted, Is { not, test }| wanted.and(test, not));
    let order = match asked.order {
        Some(Order { by: OrderBy::Relevance, .. }) => ContentOrder::Relevance,
        Some(Order { ascending: true, .. }) => ContentOrder::CreatedAsc,
        _ => ContentOrder::CreatedDesc,
    };
    Ok(content_search::list(tx, actor.scope(), &wanted, order, page).await?)
}

/// Lists the events that a query asks for, of the sources that the actor may read and those without a source.
///
/// # Errors
/// 400 on `q` when it cannot be understood.
pub async fn events(tx: &mut Tx, actor: &Actor, query: &Query, page: Page) -> Result<Listed<Entry>> {
    let asker = Asker::of(tx, actor, query).await?;
    let asked = asker.understand(|moment| query::events(query, moment)).map_err(misread)?;
    let mut filter = EventFilter::default();
    for test in asked.tests {
        match test {
            EventTest::Content(ids) => filter.contents.extend(ids),
            EventTest::Thread(ids) => filter.threads.extend(ids),
            EventTest::Name(names) => filter.names.extend(names),
            EventTest::User(ids) => filter.users.extend(ids),
            EventTest::Before(time) => filter.before = Some(filter.before.map_or(time, |known| known.min(time))),
            EventTest::After(time) => filter.after = Some(filter.after.map_or(time, |known| known.max(time))),
        }
    }
    let ascending = asked.order.is_some_and(|order| order.ascending);
    Ok(journal::list(tx, actor.scope(), &filter, ascending, page).await?)
}

fn misread(error: query::Error) -> Error {
    Error::bad("q", error)
}

/// What a query of threads asks for, with everything that depends on who asks put in its place.
async fn wanted(tx: &mut Tx, actor: &Actor, query: &Query) -> Result<(Wanted, ThreadOrder)> {
    let asker = Asker::of(tx, actor, query).await?;
    let asked = asker.understand(|moment| query::threads(query, moment)).map_err(misread)?;
    let Threads { tests, text, order } = asked;
    let mut wanted = Wanted::default().asked_by(&actor.user.id, actor.user.unread_from);
    for Is { not, test } in tests {
        wanted = wanted.and(resolve(tx, actor, test).await?, not);
    }
    if let Some(text) = text {
        wanted = wanted.with(ThreadTest::Text(text));
    }
    Ok((wanted, order.map(ordered).unwrap_or_default()))
}

pub(crate) fn ordered(order: Order) -> ThreadOrder {
    match order {
        Order { by: OrderBy::Relevance, .. } => ThreadOrder::Relevance,
        Order { by: OrderBy::LastContent, ascending: true } => ThreadOrder::LastContentAsc,
        Order { by: OrderBy::LastContent, ascending: false } => ThreadOrder::LastContentDesc,
        Order { by: OrderBy::Created, ascending: true } => ThreadOrder::CreatedAsc,
        Order { by: OrderBy::Created, ascending: false } => ThreadOrder::CreatedDesc,
        Order { by: OrderBy::Waiting, ascending: true } => ThreadOrder::WaitingAsc,
        Order { by: OrderBy::Waiting, ascending: false } => ThreadOrder::WaitingDesc,
        Order { by: OrderBy::Deferred, ascending: true } => ThreadOrder::DeferredAsc,
        Order { by: OrderBy::Deferred, ascending: false } => ThreadOrder::DeferredDesc,
        Order { by: OrderBy::Done, ascending: true } => ThreadOrder::DoneAsc,
        Order { by: OrderBy::Done, ascending: false } => ThreadOrder::DoneDesc,
        Order { by: OrderBy::Attention, .. } => ThreadOrder::Attention,
    }
}

/// What a test comes to for the actor.
pub(crate) async fn resolve(tx: &mut Tx, actor: &Actor, asked: Asked) -> Result<ThreadTest> {
    Ok(match asked {
        Asked::Plain(test) => test,
        Asked::AssignedToMe(how) => ThreadTest::AssignedTo(how, vec![actor.user.id.clone()]),
        Asked::AssignedToTeam(how, ids) => {
            // A team that is not there has nobody in it.
            let teams = team::all(tx).await?.into_iter().filter(|team| ids.contains(&team.id));
            let mut users: Vec<UserId> = teams.flat_map(|team| team.user_ids.0).collect();
            users.sort();
            users.dedup();
            ThreadTest::AssignedTo(how, users)
        }
        Asked::Categories(which) => ThreadTest::Categories(mine(tx, actor, which).await?),
        Asked::ForwardedInto(which) => ThreadTest::ForwardedInto(mine(tx, actor, which).await?),
        Asked::HolderIsMe => ThreadTest::Holder(vec![actor.user.id.clone()]),
        Asked::HolderIsBot => ThreadTest::Holder(user::bots(tx).await?),
        Asked::Drafted => ThreadTest::Drafted(actor.user.id.clone()),
        Asked::MentionsMe => ThreadTest::Mentioned(actor.user.id.clone()),
        Asked::Tags(names) => ThreadTest::Tags(tag::called(tx, &names).await?),
        Asked::Unread => ThreadTest::Unread(actor.user.id.clone(), actor.user.unread_from),
        Asked::NeedsManualCategorization => ThreadTest::Lacks(mandatory(&category::all(tx).await?)),
    })
}

/// The actor's categories that a test is about.
async fn mine(tx: &mut Tx, actor: &Actor, which: Mine) -> Result<Vec<CategoryId>> {
    let all = actor.user.category_ids.0.clone();
    let Mine::Of(roots) = which else { return Ok(all) };
    let tree = category::all(tx).await?;
    let below: HashSet<CategoryId> = roots.iter().flat_map(|root| branch(&tree, root)).collect();
    Ok(all.into_iter().filter(|id| below.contains(id)).collect())
}

/// A category and all below it.
fn branch(all: &[Category], root: &CategoryId) -> Vec<CategoryId> {
    let mut found = vec![root.clone()];
    let mut at = 0;
    while at < found.len() {
        let children = all.iter().filter(|c| c.parent_id.as_ref() == Some(&found[at])).map(|c| c.id.clone());
        let new: Vec<CategoryId> = children.filter(|id| !found.contains(id)).collect();
        found.extend(new);
        at += 1;
    }
    found
}

/// What contents must have a category of: mandatory trees, but for those that are for the end of an intervention.
fn mandatory(all: &[Category]) -> Vec<Mandatory> {
    let roots = all.iter().filter(|c| c.parent_id.is_none() && c.mandatory && !c.post_qualification);
    roots.map(|c| Mandatory { sources: c.source_ids.0.clone(), categories: branch(all, &c.id) }).collect()
}

/// In whose words and hours dates are given.
pub(crate) struct Asker {
    now: Timestamp,
    zone: TimeZone,
    locale: Locale,
    calendar: Calendar,
}

impl Asker {
    pub(crate) async fn of(tx: &mut Tx, actor: &Actor, query: &Query) -> Result<Self> {
        let (now, locale) = (tx.now(), Locale::of(&actor.user.locale));
        // Most queries have no date.
        if !query.terms.iter().any(|term| term.keyword.ends_with("_after") || term.keyword.ends_with("_before")) {
            let zone = TimeZone::UTC;
            return Ok(Self { now, zone: zone.clone(), locale, calendar: Calendar::usual(zone) });
        }
        let own = actor.user.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let zone = match own {
            Some(zone) => zone,
            None => settings::load(tx).await?.zone(),
        };
        Ok(Self { now, zone, locale, calendar: time_sheet::calendar(tx).await? })
    }

    pub(crate) fn understand<T>(&self, read: impl FnOnce(&Moment<'_>) -> T) -> T {
        let business = |from, amount, unit| match unit {
            BusinessUnit::Minutes => self.calendar.shift_minutes(from, amount),
            BusinessUnit::Days => self.calendar.shift_days(from, amount),
        };
        read(&Moment { now: self.now, zone: self.zone.clone(), locale: self.locale, business: &business })
    }
}
