//! Finding threads: tests of the search language and of the inbox as SQL.
//!
//! What is asked most (statuses, assigned or not, categorized or not, sources, folders) stands in the `marks` of a
//! thread and is counted in `thread_tallies`, both kept by triggers (`migrations/0006_search.*`). Their counts are sums
//! of a few rows, and their lists come from the ends of index ranges, so that neither grows with the number of threads.
//! Everything else is a set of threads in another table, found by an index of it.

use model::{SourceId, ThreadId, ThreadTest};

use crate::doors::Far;
use crate::search::{Among, Cost, FEW, Ranked, WEIGHED, WORTH_KEEPING};
use crate::thread::Thread;
use crate::thread_sides::{BY_ID, Sides, term, term_count};
use crate::thread_test::{add, among, look};
pub use crate::thread_wanted::{ThreadOrder, Wanted};
use crate::thread_wanted::{is_about_source, is_tallied, tallies};
use crate::{Backend, Error, Field, Filter, Listed, Page, Row, Scope, Table, Tx, Value, agent_thread, search};

/// What it costs to look for words in one thread, and to gather one match.
const COST: Cost = Cost { look: 80, gather: 5 };
/// The most index ranges that one list is put together from.
const STREAMS: usize = 48;
/// The same where something is looked up for each thread: every range has as many of them walked as a whole list.
const LOOKED_STREAMS: usize = 4;

/// How many threads within the scope pass the tests; where these are many, the number may be some seconds old.
pub async fn count(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<i64, Error> {
    count_for(tx, scope, wanted, false).await
}

/// The same; where it need not be `exact`, a large count may be some seconds old. Far pages are skipped to from the end that is
/// nearer, unless it is known where they begin.
async fn count_for(tx: &mut Tx, scope: &Scope, wanted: &Wanted, exact: bool) -> Result<i64, Error> {
    let others: Vec<&(ThreadTest, bool)> = wanted.tests.iter().filter(|(test, _)| !is_tallied(test)).collect();
    match others.as_slice() {
        [] => Ok(tallies(tx, scope, wanted).await?.iter().map(|(_, n)| n).sum()),
        // Words, on some sources or on all.
        [(test @ (ThreadTest::Text(text) | ThreadTest::Said(text)), false)] if limits_sources_alone(wanted) => {
            let sources = sources(scope, wanted);
            search::count(tx, search::Counted::Threads(among(test)), text, sources.as_deref()).await
        }
        // One that must not hold: all less those for which it does.
        [(test, true)] => {
            let all: i64 = tallies(tx, scope, wanted).await?.iter().map(|(_, n)| n).sum();
            let tests = wanted.tests.iter().map(|(test, not)| (test.clone(), *not && is_tallied(test))).collect();
            let those = match term(test) {
                Some(term) if wanted.tests.len() == 1 && *scope == Scope::All => term_count(tx, term).await?,
                _ => scan_count(tx, scope, &Wanted { tests, ..Wanted::default() }, exact).await?,
            };
            Ok(all - those)
        }
        [(test, false)] if wanted.tests.len() == 1 && *scope == Scope::All => match term(test) {
            Some(term) => term_count(tx, term).await,
            None => scan_count(tx, scope, wanted, exact).await,
        },
        _ => scan_count(tx, scope, wanted, exact).await,
    }
}

/// Whether a large count that some seconds are over may stand behind it that there is nothing at a page.
fn may_be_old(wanted: &Wanted, page: Page) -> bool {
    page.offset >= WORTH_KEEPING || wanted.tests.iter().any(|(test, not)| *not && !is_tallied(test))
}

/// Whether, words aside, the tests only say on which sources.
fn limits_sources_alone(wanted: &Wanted) -> bool {
    let of_sources = wanted.tests.iter().filter(|(test, not)| is_about_source(test) && !not).count();
    of_sources <= 1 && wanted.tests.iter().all(|(test, not)| (test.words().is_some() || is_about_source(test)) && !not)
}

async fn scan_count(tx: &mut Tx, scope: &Scope, wanted: &Wanted, exact: bool) -> Result<i64, Error> {
    let sides = Sides::of(tx, scope, wanted).await?;
    let (filter, hint) = (sides.filter(tx, scope, wanted), sides.hint(tx, wanted));
    let sql = format!("SELECT COUNT(*) FROM content_threads {hint} {}", filter.clause());
    tx.count_as(exact, &sql, filter.params).await
}

/// How many threads within the scope each folder has, but for what is done.
pub async fn count_folders(tx: &mut Tx, scope: &Scope) -> Result<Vec<(String, i64)>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and("folder <> 'closed'");
    let clause = filter.clause();
    let sql = format!("SELECT folder, CAST(SUM(n) AS BIGINT) FROM thread_tallies {clause} GROUP BY folder");
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Live chats whose visitors wait for somebody or for an answer, as far as they stand at the head of a list: an end of an
/// index, however many threads there are.
const PRESSING: &str = "(SELECT thread_id FROM chat_threads WHERE pressing_since IS NOT NULL \
     ORDER BY pressing_since, thread_id LIMIT 200)";

/// Lists threads within the scope that pass the tests: first the live chats whose visitors wait for somebody or for an
/// answer, those who wait longest ahead; then the others in an order.
pub async fn list_pressing_first(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ThreadOrder,
    page: Page,
) -> Result<Listed<Thread>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and(&format!("id IN {PRESSING}"));
    for (test, not) in &wanted.tests {
        look(tx, &mut filter, test, *not);
    }
    let by = "(SELECT pressing_since FROM chat_threads WHERE thread_id = content_threads.id), id";
    // SQLite knows no sizes: it would look through all that a folder has.
    let hint = if tx.backend() == Backend::Sqlite { BY_ID } else { "" };
    let head: Vec<Thread> = tx.select(&format!("{hint} {} ORDER BY {by}", filter.clause()), filter.params).await?;
    let ahead = i64::try_from(head.len()).unwrap_or(i64::MAX);
    let [from, most] = [page.offset, page.limit].map(|n| usize::try_from(n).unwrap_or(0));
    let mut records: Vec<Thread> = head.into_iter().skip(from).take(most).collect();
    let shown = i64::try_from(records.len()).unwrap_or(0);
    let rest = Page { offset: (page.offset - ahead).max(0), limit: page.limit - shown };
    let others = list(tx, scope, &Wanted { ahead, ..wanted.clone() }, order, rest).await?;
    records.extend(others.records);
    Ok(Listed { count: others.count + ahead, records })
}

/// Lists threads within the scope that pass the tests.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ThreadOrder,
    page: Page,
) -> Result<Listed<Thread>, Error> {
    let far = far(tx, scope, wanted, order, page);
    let known = Far::is_known(far.as_ref());
    if wanted.tests.is_empty() && wanted.ahead == 0 && *scope == Scope::All && page.offset <= FEW && !known {
        return list_all(tx, order, page, far).await;
    }
    let exact = page.is_far() && !known;
    let mut count = count_for(tx, scope, wanted, exact).await? - wanted.ahead;
    if count <= page.offset && !exact && may_be_old(wanted, page) {
        count = count_for(tx, scope, wanted, true).await? - wanted.ahead;
    }
    if count <= page.offset && !known {
        return Ok(Listed { count, records: Vec::new() });
    }
    let records = match order {
        ThreadOrder::Attention => by_attention(tx, scope, wanted, page).await?,
        ThreadOrder::Relevance if wanted.has_text() => by_relevance(tx, scope, wanted, page, count).await?,
        _ if wanted.tests.iter().all(|(test, _)| is_tallied(test)) => {
            by_streams(tx, scope, wanted, order, page, count).await?
        }
        _ => by_sets(tx, scope, wanted, order, page, count).await?,
    };
    Ok(Listed { count, records })
}

/// A window near the begin of all threads there are: to walk so far needs no count of them.
async fn list_all(tx: &mut Tx, order: ThreadOrder, page: Page, far: Option<Far>) -> Result<Listed<Thread>, Error> {
    let mut filter = Filter::default();
    let (hint, by, window) = (order.hint(tx.backend()), order.sql(""), filter.window(page));
    let count = "SELECT CAST(SUM(n) AS BIGINT) FROM thread_tallies".to_owned();
    let rows = format!("{} {hint} ORDER BY {by} {window}", Thread::select_sql());
    let [mut count, mut rows] = tx.both([(count, Vec::new()), (rows, filter.params)]).await?;
    let count = count.first_mut().map_or(Ok(None), Row::take::<Option<i64>>)?.unwrap_or(0);
    let records: Vec<Thread> = rows.iter_mut().map(Thread::from_row).collect::<Result<_, _>>()?;
    if let Some(far) = far {
        far.note(tx, &records);
    }
    Ok(Listed { count, records })
}

/// Threads of which every test is a column's: the ends of some index ranges, put together.
async fn by_streams(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ThreadOrder,
    page: Page,
    count: i64,
) -> Result<Vec<Thread>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    for (test, not) in &wanted.tests {
        add(tx, &mut filter, test, *not);
    }
    leave_out(tx, &mut filter, wanted);
    only_ordered(&mut filter, order);
    let ranges = if order.column() == "last_content_at" || count <= FEW {
        ranges(tx, scope, wanted, &mut filter, (count, STREAMS)).await?
    } else {
        Vec::new()
    };
    let far = far(tx, scope, wanted, order, page);
    let (turned, near) = nearer(far.as_ref(), order, page, count);
    if let Some(far) = &far {
        far.go_on(&mut filter);
    }
    let (clause, hint, by) = (filter.clause(), order.hint(tx.backend()), turned.sql(""));
    let these = match (ranges.is_empty(), page.is_far()) {
        (true, false) => {
            let sql = format!("{hint} {clause} ORDER BY {by} {}", filter.window(page));
            let records = tx.select(&sql, filter.params).await?;
            if let Some(far) = far {
                far.note(tx, &records);
            }
            return Ok(records);
        }
        (true, true) => {
            format!("SELECT id FROM content_threads {hint} {clause} ORDER BY {by} {}", filter.window(near))
        }
        (false, _) => ends(&mut filter, &ranges, turned, near),
    };
    these_of(tx, &these, order, filter, far).await
}

/// Reads the threads of a page whose ids a query gives.
async fn these_of(
    tx: &mut Tx,
    these: &str,
    order: ThreadOrder,
    filter: Filter,
    far: Option<Far>,
) -> Result<Vec<Thread>, Error> {
    let sql = format!("WHERE id IN ({these}) ORDER BY {}", order.sql("+"));
    let records = tx.select(&sql, filter.params).await?;
    if let Some(far) = far {
        far.note(tx, &records);
    }
    Ok(records)
}

/// A page of these threads, when it is far.
fn far(tx: &Tx, scope: &Scope, wanted: &Wanted, order: ThreadOrder, page: Page) -> Option<Far> {
    Far::of(tx, format!("threads {scope:?} {wanted:?}"), &order.sql(""), page)
}

/// The page as it is counted from where one before it was, else from the nearer end.
fn nearer(far: Option<&Far>, order: ThreadOrder, page: Page, count: i64) -> (ThreadOrder, Page) {
    let left = far.and_then(Far::left).map(|left| (order, left));
    left.unwrap_or_else(|| order.counted_from_nearer_end(page, count))
}

/// Leaves those out that stand at the head of the list.
fn leave_out(tx: &Tx, filter: &mut Filter, wanted: &Wanted) {
    match &wanted.weighed {
        _ if wanted.ahead == 0 => {}
        Some((text, among)) => search::leave_out_weighed(tx.backend(), filter, (text.as_str(), *among), "thread_id"),
        None => filter.and(&format!("id NOT IN {PRESSING}")),
    }
}

/// Limits a filter to what an order is of, as its index is.
fn only_ordered(filter: &mut Filter, order: ThreadOrder) {
    if let column @ ("waiting_since" | "deferred_at" | "done_at") = order.column() {
        filter.and(&format!("{column} IS NOT NULL"));
    }
}

/// Threads that somebody has, in the order in which they wait for them: nobody has so many that they could not be sorted.
async fn by_attention(tx: &mut Tx, scope: &Scope, wanted: &Wanted, page: Page) -> Result<Vec<Thread>, Error> {
    let sides = Sides::of(tx, scope, wanted).await?;
    let (mut filter, hint) = (sides.filter(tx, scope, wanted), sides.hint(tx, wanted));
    leave_out(tx, &mut filter, wanted);
    let clause = filter.clause();
    let by = match &wanted.asker {
        Some((user, from)) => {
            let asker = [filter.bind(user.to_value()), filter.bind(from.to_value())];
            agent_thread::attention_order(&asker[0], &asker[1])
        }
        None => ThreadOrder::Attention.sql("+"),
    };
    let these = format!("SELECT id FROM content_threads {hint} {clause} ORDER BY {by} {}", filter.window(page));
    tx.select(&format!("WHERE id IN ({these}) ORDER BY {by}"), filter.params).await
}

/// The threads of a window, out of the ends of some index ranges, put together.
fn ends(filter: &mut Filter, ranges: &[String], order: ThreadOrder, page: Page) -> String {
    let (rest, by, column) = (filter.all(), order.sql(""), order.column());
    let end = filter.bind(Value::Int(page.offset + page.limit));
    let one = |range: &String| {
        let sql =
            format!("SELECT id, {column} FROM content_threads WHERE {range} AND {rest} ORDER BY {by} LIMIT {end}");
        format!("SELECT * FROM ({sql}) AS one")
    };
    let all: Vec<String> = ranges.iter().map(one).collect();
    format!("SELECT id FROM ({}) AS ends ORDER BY {by} {}", all.join(" UNION ALL "), filter.window(page))
}

/// At most so many index ranges that hold all matches, of which tallies count `count`, and the least beside them; none when
/// walking all threads is as good.
async fn ranges(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    filter: &mut Filter,
    (count, streams): (i64, usize),
) -> Result<Vec<String>, Error> {
    let sources = sources(scope, wanted);
    let marked = wanted.tests.iter().any(|(test, _)| matches!(test, ThreadTest::Marks(_)));
    if sources.is_none() && !marked {
        return Ok(Vec::new());
    }
    let all: i64 = tallies(tx, &Scope::All, &Wanted::default()).await?.iter().map(|(_, n)| n).sum();
    let mut best = (all, Vec::new());
    if let Some(sources) = sources
        && sources.len() <= streams
    {
        let these = Wanted::default().with(ThreadTest::Source(sources.clone()));
        let size: i64 = tallies(tx, &Scope::All, &these).await?.iter().map(|(_, n)| n).sum();
        if size < best.0 {
            best = (size, sources.iter().map(|id| ("source_id", id.to_value())).collect());
        }
    }
    let values: Vec<i64> = tallies(tx, scope, wanted).await?.into_iter().map(|(marks, _)| marks).collect();
    if marked && values.len() <= streams {
        let size = if wanted.tests.iter().any(|(test, _)| is_about_source(test)) || *scope != Scope::All {
            size_of(tx, &values).await?
        } else {
            count
        };
        if size < best.0 {
            best = (size, values.into_iter().map(|marks| ("marks", Value::Int(marks))).collect());
        }
    }
    // Where most threads match, walking them in order ends soon.
    if best.1.is_empty() || all <= count.saturating_mul(4) {
        return Ok(Vec::new());
    }
    Ok(best.1.into_iter().map(|(column, value)| format!("{column} = {}", filter.bind(value))).collect())
}

/// How many threads have one of these values of `marks`.
async fn size_of(tx: &mut Tx, values: &[i64]) -> Result<i64, Error> {
    let mut filter = Filter::default();
    filter.and_in("marks", values);
    let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM thread_tallies {}", filter.clause());
    tx.number(&sql, filter.params).await
}

/// The sources that a list is limited to, when it is.
fn sources(scope: &Scope, wanted: &Wanted) -> Option<Vec<SourceId>> {
    let asked = wanted.tests.iter().find_map(|(test, not)| match test {
        ThreadTest::Source(ids) if !not => Some(ids),
        _ => None,
    });
    let mut sources = match (scope, asked) {
        (_, Some(asked)) => asked.iter().filter(|id| scope.allows(id)).cloned().collect(),
        (Scope::Sources(ids), None) => ids.clone(),
        (Scope::All, None) => return None,
    };
    sources.sort();
    sources.dedup();
    Some(sources)
}

/// Threads that are found through other tables: few are sorted, many are walked in order.
async fn by_sets(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ThreadOrder,
    page: Page,
    count: i64,
) -> Result<Vec<Thread>, Error> {
    let backend = tx.backend();
    let sides = Sides::of(tx, scope, wanted).await?;
    let asked = order;
    let far = far(tx, scope, wanted, order, page);
    let (order, near) = nearer(far.as_ref(), order, page, count);
    let walk = if wanted.has_text() {
        // What is walked ends with the dates that it is ordered by, and may be no more than some ranges of an index.
        let all: i64 = tallies(tx, &Scope::All, &Wanted::default()).await?.iter().map(|(_, n)| n).sum();
        COST.favours_walk(near, count, sides.walked(order, all, LOOKED_STREAMS), sides.least())
    } else {
        count > FEW
    };
    let mut filter = Filter::scoped(scope, "source_id");
    if !walk {
        filter = sides.filter(tx, scope, wanted);
    } else {
        for (test, not) in &wanted.tests {
            look(tx, &mut filter, test, *not);
        }
    }
    leave_out(tx, &mut filter, wanted);
    only_ordered(&mut filter, order);
    if let Some(far) = &far {
        far.go_on(&mut filter);
    }
    let ranges = if walk && order.column() == "last_content_at" {
        ranges(tx, scope, wanted, &mut filter, (sides.tallied(), LOOKED_STREAMS)).await?
    } else {
        Vec::new()
    };
    let these = if ranges.is_empty() {
        let clause = filter.clause();
        let (by, hint) =
            if walk { (order.sql(""), order.hint(backend)) } else { (order.sql("+"), sides.hint(tx, wanted)) };
        // The order is found on narrow rows; only those of the window are read whole.
        format!("SELECT id FROM content_threads {hint} {clause} ORDER BY {by} {}", filter.window(near))
    } else {
        ends(&mut filter, &ranges, order, near)
    };
    these_of(tx, &these, asked, filter, far).await
}

/// Those whose words weigh most first. Where many have the words, the last ones are weighed, and the others come after
/// them, newest activity first.
async fn by_relevance(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    page: Page,
    count: i64,
) -> Result<Vec<Thread>, Error> {
    let Some((text, among, matches)) = search::rarest(tx, &wanted.texts()).await? else { return Ok(Vec::new()) };
    let many = matches > WEIGHED;
    let weighed = weighed(tx, scope, wanted, (text, among, many)).await?;
    let ahead = i64::try_from(weighed.len()).unwrap_or(i64::MAX);
    let mut records = search::weighed_page(tx, weighed, page, |thread: &Thread| &thread.id).await?;
    if many && let Some(rest) = search::behind_weighed(page, ahead, records.len(), count) {
        let others = Wanted { ahead, weighed: Some((text.to_owned(), among)), ..wanted.clone() };
        records.extend(by_sets(tx, scope, &others, ThreadOrder::default(), rest, count - ahead).await?);
    }
    Ok(records)
}

/// All that are weighed, in their order.
async fn weighed(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    words @ (text, among, many): (&str, Among, bool),
) -> Result<Vec<ThreadId>, Error> {
    let Ranked { params, matched, rest } = search::by_relevance(tx.backend(), scope, words, |filter| {
        // The words that rank are looked up already; a folder may have others.
        let ranking = |test: &ThreadTest| test.words() == Some((text, among == Among::All));
        for (test, not) in wanted.tests.iter().filter(|(test, _)| !ranking(test)) {
            if many { look(tx, filter, test, *not) } else { add(tx, filter, test, *not) }
        }
    });
    let sql = format!(
        "WITH {matched}, best AS (SELECT of_thread, MIN(rank) AS rank FROM matched GROUP BY of_thread) \
         SELECT id FROM best JOIN content_threads ON id = of_thread WHERE {rest} \
         ORDER BY rank, last_content_at DESC, id DESC"
    );
    tx.rows(&sql, params).await?.iter_mut().map(Row::take).collect()
}
