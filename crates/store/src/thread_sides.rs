//! From which side threads are looked for that must pass several tests: the rarest one is gathered, and the others are
//! looked up for each of its threads.

use model::{How, ThreadTest};

use crate::search::{Counted, MANY};
use crate::thread_test::{add, among, in_state, look, set};
use crate::thread_wanted::{ThreadOrder, Wanted, is_tallied, tallies};
use crate::{Backend, Error, Filter, Scope, Tx, Value, params, search};

/// Has SQLite look threads up by their ids.
pub(crate) const BY_ID: &str = "INDEXED BY sqlite_autoindex_content_threads_1";

/// How many threads pass each test, at the most.
pub(crate) struct Sides {
    /// Those of the scope that pass the tests which tallies know.
    tallied: i64,
    /// The values of `marks` that they have.
    marks: Vec<i64>,
    /// Those with a date that is asked for, as far as they were counted; none when no date is.
    dated: Option<(i64, &'static str)>,
    /// The sizes of the others by their places among the tests.
    others: Vec<(usize, i64)>,
}

/// What a test is in `term_tallies`, when it is about one term or all cases of one user.
pub(crate) fn term(test: &ThreadTest) -> Option<String> {
    match test {
        ThreadTest::Categories(ids) if ids.len() == 1 => Some(format!("c:{}", ids[0])),
        ThreadTest::ForwardedInto(ids) if ids.len() == 1 => Some(format!("f:{}", ids[0])),
        ThreadTest::Languages(names) if names.len() == 1 => Some(format!("l:{}", names[0])),
        ThreadTest::AssignedTo(How::Ever, users) if users.len() == 1 => Some(format!("u:{}", users[0])),
        _ => None,
    }
}

/// How many threads have a term.
pub(crate) async fn term_count(tx: &mut Tx, term: String) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM term_tallies WHERE term = ?1";
    tx.number(sql, params![term]).await
}

/// The column of the dates that a test is about.
fn date(test: &ThreadTest) -> Option<&'static str> {
    match test {
        ThreadTest::FirstAfter(_) | ThreadTest::FirstBefore(_) => Some("first_content_at"),
        ThreadTest::LastAfter(_) | ThreadTest::LastBefore(_) => Some("last_content_at"),
        _ => None,
    }
}

impl Sides {
    /// Looks how large each side is.
    pub(crate) async fn of(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<Self, Error> {
        let mut sides = Self { tallied: 0, marks: Vec::new(), dated: None, others: Vec::new() };
        let dates = wanted.tests.iter().find_map(|(test, not)| date(test).filter(|_| !not));
        let others = wanted.tests.iter().enumerate();
        let others = others.filter(|(_, (test, not))| !not && !is_tallied(test) && date(test).is_none());
        let alone = wanted.tests.len() == 1;
        for (marks, n) in tallies(tx, scope, wanted).await? {
            sides.tallied += n;
            sides.marks.push(marks);
        }
        for (at, (test, _)) in others {
            // Alone it is gathered, however many there are.
            let size = if alone && test.words().is_none() { 0 } else { size(tx, test).await? };
            sides.others.push((at, size));
        }
        if let (Some(column), false) = (dates, sides.others.is_empty()) {
            let mut filter = Filter::default();
            for (test, not) in wanted.tests.iter().filter(|(test, _)| date(test) == Some(column)) {
                add(tx, &mut filter, test, *not);
            }
            let (clause, least) = (filter.clause(), sides.least());
            let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM content_threads {clause} LIMIT {least}) AS dated");
            sides.dated = Some((tx.large_count(&sql, filter.params).await?, column));
        }
        Ok(sides)
    }

    /// How many threads pass the tests that tallies know.
    pub(crate) fn tallied(&self) -> i64 {
        self.tallied
    }

    /// The size of the rarest side.
    pub(crate) fn least(&self) -> i64 {
        let others = self.others.iter().map(|(_, size)| *size).min().unwrap_or(i64::MAX);
        self.tallied.min(others).min(self.dated.map_or(i64::MAX, |(size, _)| size))
    }

    /// How many threads there are to be walked in an order: `all`, those of a date, or those of a few `ranges`.
    pub(crate) fn walked(&self, order: ThreadOrder, all: i64, ranges: usize) -> i64 {
        let dated = self.dated.filter(|(_, column)| *column == order.column()).map_or(all, |(size, _)| size);
        let ranged = order.column() == "last_content_at" && self.marks.len() <= ranges;
        let tallied = if ranged { self.tallied } else { all };
        dated.min(tallied)
    }

    /// The place of the rarest test, where it is none that tallies know.
    fn rarest(&self) -> Option<usize> {
        let least = self.least();
        self.others.iter().find(|(_, size)| *size == least).map(|(at, _)| *at)
    }

    /// What follows the table where the tests are conditions. SQLite knows no sizes: rather than to have what is gathered
    /// looked up by its ids it would walk the index of a folder.
    pub(crate) fn hint(&self, tx: &Tx, wanted: &Wanted) -> &'static str {
        let rarest = self.rarest().and_then(|at| wanted.tests.get(at));
        let gathered = rarest.is_some_and(|(test, _)| set(tx, &mut Filter::default(), test, false).is_some());
        if gathered && tx.backend() == Backend::Sqlite { BY_ID } else { "" }
    }

    /// The tests as conditions: the rarest one is gathered, the others are looked up.
    pub(crate) fn filter(&self, tx: &Tx, scope: &Scope, wanted: &Wanted) -> Filter {
        let (least, rarest) = (self.least(), self.rarest());
        let mut filter = Filter::scoped(scope, "source_id");
        let marked = wanted.tests.iter().any(|(test, _)| matches!(test, ThreadTest::Marks(_)));
        if marked && rarest.is_none() && self.tallied == least {
            // An index has them by their marks.
            let marks: Vec<String> = self.marks.iter().map(|marks| filter.bind(Value::Int(*marks))).collect();
            filter.and(&if marks.is_empty() { "FALSE".into() } else { format!("marks IN ({})", marks.join(", ")) });
        }
        for (at, (test, not)) in wanted.tests.iter().enumerate() {
            match test {
                _ if rarest == Some(at) || *not => add(tx, &mut filter, test, *not),
                ThreadTest::Text(text) | ThreadTest::Said(text) => {
                    let matches = self.others.iter().find(|(other, _)| *other == at).map_or(0, |(_, size)| *size);
                    let which = "entry.thread_id = content_threads.id";
                    search::look_up(tx.backend(), &mut filter, (text.as_str(), among(test)), which, (least, matches));
                }
                _ => look(tx, &mut filter, test, *not),
            }
        }
        filter
    }
}

/// How many threads pass a test, at the most.
async fn size(tx: &mut Tx, test: &ThreadTest) -> Result<i64, Error> {
    if let Some(term) = term(test) {
        return term_count(tx, term).await;
    }
    let mut filter = Filter::default();
    match test {
        ThreadTest::Text(text) | ThreadTest::Said(text) => {
            search::count(tx, Counted::Threads(among(test)), text, None).await
        }
        ThreadTest::AssignedTo(how, users) => {
            filter.and_in("user_id", users);
            filter.and(in_state(*how));
            let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM intervention_tallies {}", filter.clause());
            tx.number(&sql, filter.params).await
        }
        ThreadTest::Foreign(ids) => Ok(i64::try_from(ids.len()).unwrap_or(MANY)),
        _ => match set(tx, &mut filter, test, false) {
            Some(set) => search::size(tx, &set, filter).await,
            None => Ok(MANY),
        },
    }
}
