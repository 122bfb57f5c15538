//! What is wanted of threads: tests and an order, and what their tallies say of it.

use model::ThreadTest;

use crate::thread_test::add;
use crate::{Backend, Error, Filter, Page, Scope, Tx};

/// The order of a list of threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThreadOrder {
    /// Newest activity first.
    #[default]
    LastContentDesc,
    /// Oldest activity first.
    LastContentAsc,
    /// Newest first.
    CreatedDesc,
    /// Oldest first.
    CreatedAsc,
    /// Those whose text matches best first.
    Relevance,
}

impl ThreadOrder {
    /// The columns, with `mark` before the first: a `+` keeps the databases from walking an index for the order.
    pub(crate) fn sql(self, mark: &str) -> String {
        match self {
            Self::LastContentDesc | Self::Relevance => format!("{mark}last_content_at DESC, id DESC"),
            Self::LastContentAsc => format!("{mark}last_content_at, id"),
            Self::CreatedDesc => format!("{mark}created_at DESC, id DESC"),
            Self::CreatedAsc => format!("{mark}created_at, id"),
        }
    }

    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::CreatedDesc | Self::CreatedAsc => "created_at",
            _ => "last_content_at",
        }
    }

    /// The same window from the end of the list with the order turned round, where that is nearer.
    pub(crate) fn counted_from_nearer_end(self, page: Page, count: i64) -> (Self, Page) {
        match (page.counted_from_nearer_end(count), self) {
            (None, _) => (self, page),
            (Some(near), Self::LastContentAsc) => (Self::LastContentDesc, near),
            (Some(near), Self::CreatedDesc) => (Self::CreatedAsc, near),
            (Some(near), Self::CreatedAsc) => (Self::CreatedDesc, near),
            (Some(near), Self::LastContentDesc | Self::Relevance) => (Self::LastContentAsc, near),
        }
    }

    /// What keeps SQLite, which knows no sizes, from sorting all matches where walking an index ends sooner.
    pub(crate) fn hint(self, backend: Backend) -> &'static str {
        match (backend, self.column()) {
            (Backend::Postgres, _) => "",
            (Backend::Sqlite, "created_at") => "INDEXED BY threads_created",
            (Backend::Sqlite, _) => "INDEXED BY threads_activity",
        }
    }
}

/// Which threads to find: those that pass every test, each with whether it must not hold.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub(crate) tests: Vec<(ThreadTest, bool)>,
    /// How many of those that pass are left out, as they stand at the head of the list.
    pub(crate) ahead: i64,
}

impl Wanted {
    /// Adds a test that must hold.
    #[must_use]
    pub fn with(self, test: ThreadTest) -> Self {
        self.and(test, false)
    }

    /// Adds a test that must not hold.
    #[must_use]
    pub fn without(self, test: ThreadTest) -> Self {
        self.and(test, true)
    }

    /// Adds a test that must hold, or must not when `not`.
    #[must_use]
    pub fn and(mut self, test: ThreadTest, not: bool) -> Self {
        self.tests.push((test, not));
        self
    }

    /// The tests of both: all of them must hold.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.tests.extend(other.tests);
        self
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.tests.iter().find_map(|(test, _)| match test {
            ThreadTest::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// The columns of `thread_tallies`: what a count can be taken from.
pub(crate) fn is_tallied(test: &ThreadTest) -> bool {
    matches!(test, ThreadTest::Marks(_) | ThreadTest::Source(_) | ThreadTest::Folder(_))
}

pub(crate) fn is_about_source(test: &ThreadTest) -> bool {
    matches!(test, ThreadTest::Source(_))
}

/// Each value of `marks` with how many threads have it, of those within the scope that pass the tests which tallies
/// know.
pub(crate) async fn tallies(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<Vec<(i64, i64)>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    for (test, not) in wanted.tests.iter().filter(|(test, _)| is_tallied(test)) {
        add(tx, &mut filter, test, *not);
    }
    let sql = format!(
        "SELECT marks, CAST(SUM(n) AS BIGINT) FROM thread_tallies {} GROUP BY marks HAVING SUM(n) > 0",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}
