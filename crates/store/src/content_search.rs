//! Finding contents: tests of the search language as SQL. `content_tallies` counts them by source and status, kept by
//! triggers (`migrations/0006_search.*`). Those of one thread stand in its order, others in that of their times.

use model::{ContentId, ContentTest};

use crate::content::Content;
use crate::doors::Far;
use crate::search::{Among, Cost, FEW, Ranked, WEIGHED};
use crate::{Backend, Error, Filter, Listed, Page, Row, Scope, Tx, Value, search};

/// The order of a list of contents. In a list of one thread's, newest is last in the thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentOrder {
    /// Newest first.
    #[default]
    CreatedDesc,
    /// Oldest first.
    CreatedAsc,
    /// Those whose text matches best first.
    Relevance,
}

impl ContentOrder {
    fn sql(self, wanted: &Wanted, mark: &str) -> String {
        match self {
            Self::CreatedAsc if wanted.is_of_one_thread() => format!("{mark}ordinal"),
            Self::CreatedDesc if wanted.is_of_one_thread() => format!("{mark}ordinal DESC"),
            Self::CreatedAsc => format!("{mark}created_at, id"),
            Self::CreatedDesc | Self::Relevance => format!("{mark}created_at DESC, id DESC"),
        }
    }
}

impl ContentOrder {
    /// The same window from the end of the list with the order turned round, where that is nearer.
    fn counted_from_nearer_end(self, page: Page, count: i64) -> (Self, Page) {
        match (page.counted_from_nearer_end(count), self) {
            (None, _) => (self, page),
            (Some(near), Self::CreatedAsc) => (Self::CreatedDesc, near),
            (Some(near), Self::CreatedDesc | Self::Relevance) => (Self::CreatedAsc, near),
        }
    }
}

/// Which contents to find: those that pass every test, each with whether it must not hold.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    tests: Vec<(ContentTest, bool)>,
    /// The words of which the last entries are left out, as they stand at the head of the list.
    weighed: Option<String>,
}

impl Wanted {
    /// Adds a test that must hold, or must not when `not`.
    #[must_use]
    pub fn and(mut self, test: ContentTest, not: bool) -> Self {
        self.tests.push((test, not));
        self
    }

    fn text(&self) -> Option<&str> {
        self.tests.iter().find_map(|(test, _)| match test {
            ContentTest::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Whether they are all of one thread; an intervention is on one.
    fn is_of_one_thread(&self) -> bool {
        self.tests.iter().any(|(test, not)| match test {
            ContentTest::Thread(ids) => ids.len() == 1 && !not,
            ContentTest::Intervention(ids) => ids.len() == 1 && !not,
            _ => false,
        })
    }

    /// Whether a source alone limits them.
    fn is_of_sources(&self) -> bool {
        self.tests.iter().any(|(test, not)| matches!(test, ContentTest::Source(_)) && !not)
    }
}

/// What it costs to look for words in one content, and to gather one match.
const COST: Cost = Cost { look: 25, gather: 6 };

fn is_tallied(test: &ContentTest) -> bool {
    matches!(test, ContentTest::Source(_) | ContentTest::Status(_))
}

fn add(tx: &Tx, filter: &mut Filter, test: &ContentTest, not: bool) {
    let condition = match test {
        ContentTest::Id(ids) => format!("id IN ({})", filter.bind_all(ids)),
        ContentTest::Thread(ids) => format!("thread_id IN ({})", filter.bind_all(ids)),
        ContentTest::Intervention(ids) => format!("intervention_id IN ({})", filter.bind_all(ids)),
        ContentTest::Identity(ids) => format!("author_id IN ({})", filter.bind_all(ids)),
        ContentTest::IdentityGroup(ids) => {
            let list = filter.bind_all(ids);
            format!("author_id IN (SELECT id FROM identities WHERE identity_group_id IN ({list}))")
        }
        ContentTest::Source(ids) => format!("source_id IN ({})", filter.bind_all(ids)),
        ContentTest::Status(statuses) => format!("status IN ({})", filter.bind_all(statuses)),
        ContentTest::Text(text) => {
            let words = filter.bind(Value::Text(search::query(tx.backend(), text)));
            format!("id IN (SELECT content_id FROM {})", search::matches(tx.backend(), &words, Among::Contents))
        }
    };
    filter.and(&if not { format!("NOT {condition}") } else { condition });
}

/// The tests as conditions; when `looked` says about how many rows and matches, words are looked up for each row.
fn conditions(tx: &Tx, scope: &Scope, wanted: &Wanted, looked: Option<(i64, i64)>) -> Filter {
    let mut filter = Filter::scoped(scope, "source_id");
    for (test, not) in &wanted.tests {
        match (test, looked) {
            (ContentTest::Text(text), Some(sizes)) => {
                let words = (text.as_str(), Among::Contents);
                search::look_up(tx.backend(), &mut filter, words, "entry.content_id = contents.id", sizes);
            }
            _ => add(tx, &mut filter, test, *not),
        }
    }
    if let Some(text) = &wanted.weighed {
        search::leave_out_weighed(tx.backend(), &mut filter, (text.as_str(), Among::Contents), "content_id");
    }
    filter
}

/// How many contents pass the tests beside the words, as far as they are counted, and how many have the words; none when
/// the words are asked for alone or not at all.
async fn sides(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<Option<(i64, i64)>, Error> {
    let Some(text) = wanted.text().filter(|_| wanted.tests.len() > 1) else { return Ok(None) };
    let matches = search::count(tx, search::Counted::Contents, text, None).await?;
    let mut tallied = Filter::scoped(scope, "source_id");
    let mut others = Filter::default();
    for (test, not) in &wanted.tests {
        match test {
            ContentTest::Text(_) => {}
            _ if is_tallied(test) => add(tx, &mut tallied, test, *not),
            _ if !not => add(tx, &mut others, test, *not),
            _ => {}
        }
    }
    let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM content_tallies {}", tallied.clause());
    let mut rows = tx.number(&sql, tallied.params).await?;
    if !others.params.is_empty() {
        let size = search::size(tx, &format!("contents {}", others.clause()), others).await?;
        rows = if size < search::MANY { rows.min(size) } else { rows };
    }
    Ok(Some((rows, matches)))
}

/// How many there are; where it need not be `exact`, a large count may be some seconds old.
async fn count(tx: &mut Tx, scope: &Scope, wanted: &Wanted, exact: bool) -> Result<i64, Error> {
    if let [(ContentTest::Text(text), false)] = wanted.tests.as_slice() {
        let sources = match scope {
            Scope::All => None,
            Scope::Sources(ids) => Some(ids.as_slice()),
        };
        return search::count(tx, search::Counted::Contents, text, sources).await;
    }
    let looked = sides(tx, scope, wanted).await?.filter(|(rows, matches)| rows < matches);
    let filter = conditions(tx, scope, wanted, looked);
    let clause = filter.clause();
    let sql = if wanted.tests.iter().all(|(test, _)| is_tallied(test)) {
        format!("SELECT CAST(SUM(n) AS BIGINT) FROM content_tallies {clause}")
    } else {
        format!("SELECT COUNT(*) FROM contents {clause}")
    };
    tx.count_as(exact, &sql, filter.params).await
}

/// Lists contents within the scope that pass the tests.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ContentOrder,
    page: Page,
) -> Result<Listed<Content>, Error> {
    let known = Far::is_known(far(tx, scope, wanted, order, page).as_ref());
    let count = count(tx, scope, wanted, page.is_far() && !known).await?;
    if count <= page.offset && !known {
        return Ok(Listed { count, records: Vec::new() });
    }
    let records = match order {
        ContentOrder::Relevance if wanted.text().is_some() => by_relevance(tx, scope, wanted, page, count).await?,
        _ => by_time(tx, scope, wanted, order, page, count).await?,
    };
    Ok(Listed { count, records })
}

/// A page of these contents, when it is far.
fn far(tx: &Tx, scope: &Scope, wanted: &Wanted, order: ContentOrder, page: Page) -> Option<Far> {
    Far::of(tx, format!("contents {scope:?} {wanted:?}"), &order.sql(wanted, ""), page)
}

async fn by_time(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    order: ContentOrder,
    page: Page,
    count: i64,
) -> Result<Vec<Content>, Error> {
    let backend = tx.backend();
    let sides = sides(tx, scope, wanted).await?;
    let far = far(tx, scope, wanted, order, page);
    let left = far.as_ref().and_then(Far::left).map(|left| (order, left));
    let (turned, near) = left.unwrap_or_else(|| order.counted_from_nearer_end(page, count));
    let walk = if wanted.text().is_some() {
        let all = tx.number("SELECT CAST(SUM(n) AS BIGINT) FROM content_tallies", Vec::new()).await?;
        COST.favours_walk(near, count, all, sides.map_or(count, |(rows, matches)| rows.min(matches)))
    } else {
        count > FEW
    };
    // While they are walked, few are looked at.
    let looked = if walk { Some((0, i64::MAX)) } else { sides.filter(|(rows, matches)| rows < matches) };
    let mut filter = conditions(tx, scope, wanted, looked);
    if let Some(far) = &far {
        far.go_on(&mut filter);
    }
    let clause = filter.clause();
    let window = filter.window(near);
    // Few are sorted. Many are walked in order, those of one source or thread by its own index.
    let (by, hint) = match backend {
        _ if !walk => (turned.sql(wanted, "+"), ""),
        Backend::Sqlite if !wanted.is_of_sources() && !wanted.is_of_one_thread() => {
            (turned.sql(wanted, ""), "INDEXED BY contents_created")
        }
        _ => (turned.sql(wanted, ""), ""),
    };
    let sql = format!(
        "WHERE id IN (SELECT id FROM contents {hint} {clause} ORDER BY {by} {window}) ORDER BY {}",
        order.sql(wanted, "+")
    );
    let records = tx.select(&sql, filter.params).await?;
    if let Some(far) = far {
        far.note(tx, &records);
    }
    Ok(records)
}

/// Those whose words weigh most first. Where many have the words, the last ones are weighed, and the others come after
/// them, newest first.
async fn by_relevance(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    page: Page,
    count: i64,
) -> Result<Vec<Content>, Error> {
    let texts = wanted.tests.iter().filter_map(|(test, _)| match test {
        ContentTest::Text(text) => Some((text.as_str(), Among::Contents)),
        _ => None,
    });
    let texts: Vec<_> = texts.collect();
    let Some((text, among, matches)) = search::rarest(tx, &texts).await? else { return Ok(Vec::new()) };
    let many = matches > WEIGHED;
    let Ranked { params, matched, rest } = search::by_relevance(tx.backend(), scope, (text, among, many), |filter| {
        let ranking = |test: &ContentTest| matches!(test, ContentTest::Text(words) if words == text);
        for (test, not) in wanted.tests.iter().filter(|(test, _)| !ranking(test)) {
            add(tx, filter, test, *not);
        }
    });
    let sql = format!(
        "WITH {matched} SELECT id FROM matched JOIN contents ON id = of_content WHERE {rest} \
         ORDER BY rank, created_at DESC, id DESC"
    );
    let mut rows = tx.rows(&sql, params).await?;
    let weighed: Vec<ContentId> = rows.iter_mut().map(Row::take).collect::<Result<_, _>>()?;
    let ahead = i64::try_from(weighed.len()).unwrap_or(i64::MAX);
    let mut records = search::weighed_page(tx, weighed, page, |content: &Content| &content.id).await?;
    if many && let Some(rest) = search::behind_weighed(page, ahead, records.len(), count) {
        let others = Wanted { weighed: Some(text.to_owned()), ..wanted.clone() };
        records.extend(by_time(tx, scope, &others, ContentOrder::default(), rest, count - ahead).await?);
    }
    Ok(records)
}
