//! What is wanted of threads: tests and an order, and what their tallies say of it.

use model::{ThreadTest, Timestamp, UserId};

use crate::search::Among;
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
    /// Those whose customers wait longest first; of threads that wait.
    WaitingAsc,
    /// The same turned round.
    WaitingDesc,
    /// Those that come back soonest first; of threads that are put aside.
    DeferredAsc,
    /// The same turned round.
    DeferredDesc,
    /// Those that were done first, first; of threads in which nothing is to be done.
    DoneAsc,
    /// Those that were done last first.
    DoneDesc,
    /// What waits for whoever asks first: what they have not read, then who waits longest; of threads that they have.
    Attention,
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
            Self::WaitingAsc | Self::DeferredAsc | Self::DoneAsc => format!("{mark}{}, id", self.column()),
            Self::WaitingDesc | Self::DeferredDesc | Self::DoneDesc => {
                format!("{mark}{} DESC, id DESC", self.column())
            }
            // [`crate::agent_thread`] has what comes before that.
            Self::Attention => format!("{mark}last_content_at DESC, id DESC"),
        }
    }

    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::CreatedDesc | Self::CreatedAsc => "created_at",
            Self::WaitingAsc | Self::WaitingDesc => "waiting_since",
            Self::DeferredAsc | Self::DeferredDesc => "deferred_at",
            Self::DoneAsc | Self::DoneDesc => "done_at",
            _ => "last_content_at",
        }
    }

    /// The same window from the end of the list with the order turned round, where that is nearer.
    pub(crate) fn counted_from_nearer_end(self, page: Page, count: i64) -> (Self, Page) {
        match (page.counted_from_nearer_end(count), self) {
            (None, _) | (_, Self::Attention) => (self, page),
            (Some(near), Self::WaitingAsc) => (Self::WaitingDesc, near),
            (Some(near), Self::WaitingDesc) => (Self::WaitingAsc, near),
            (Some(near), Self::DeferredAsc) => (Self::DeferredDesc, near),
            (Some(near), Self::DeferredDesc) => (Self::DeferredAsc, near),
            (Some(near), Self::DoneAsc) => (Self::DoneDesc, near),
            (Some(near), Self::DoneDesc) => (Self::DoneAsc, near),
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
            (Backend::Sqlite, "waiting_since") => "INDEXED BY threads_waits",
            (Backend::Sqlite, "deferred_at") => "INDEXED BY threads_deferred",
            (Backend::Sqlite, "done_at") => "INDEXED BY threads_done",
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
    /// Whether these are the ones with the last entries of these words; else live chats that press.
    pub(crate) weighed: Option<(String, Among)>,
    /// Who asks, and since when they have an account: for an order that is theirs.
    pub(crate) asker: Option<(UserId, Timestamp)>,
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

    /// For whom it is.
    #[must_use]
    pub fn asked_by(mut self, user: &UserId, unread_from: Timestamp) -> Self {
        self.asker = Some((user.clone(), unread_from));
        self
    }

    /// The tests of both: all of them must hold.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.tests.extend(other.tests);
        self.asker = self.asker.or(other.asker);
        self
    }

    pub(crate) fn texts(&self) -> Vec<(&str, Among)> {
        let words = self.tests.iter().filter_map(|(test, _)| test.words());
        words.map(|(text, comments)| (text, Among::of(comments))).collect()
    }

    /// Whether words are asked for.
    pub(crate) fn has_text(&self) -> bool {
        self.tests.iter().any(|(test, _)| test.words().is_some())
    }
}

/// The columns of `thread_tallies`: what a count can be taken from.
pub(crate) fn is_tallied(test: &ThreadTest) -> bool {
    matches!(test, ThreadTest::Marks(_) | ThreadTest::Source(_) | ThreadTest::State(_))
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
