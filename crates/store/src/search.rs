//! Text search by the database's own index, fed from the journal.
//!
//! Both databases index and are asked for words as `text` cuts and folds them, so that they find the same: SQLite in
//! the FTS5 table `content_words`, whose entries `content_search` names; PostgreSQL in a `tsvector` of
//! `content_search`. Neither cuts anything itself. A word of a title weighs more than one of a body.

use std::time::Instant;

use model::SourceId;
pub use text::fold;
use text::{Search, Word};

use crate::doors::Known;
use crate::{Backend, Error, Field, Filter, Page, Scope, Table, Tx, Value};

/// Among whose words is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    /// Those of contents.
    Contents,
    /// Those of private comments too.
    All,
}

impl Among {
    /// With comments or without.
    pub(crate) fn of(comments: bool) -> Self {
        if comments { Self::All } else { Self::Contents }
    }

    /// What an entry must be besides, as more of a condition; `entry` is what comes before the names of its columns.
    fn limit(self, entry: &str) -> String {
        match self {
            Self::Contents => format!(" AND NOT {entry}of_comment"),
            Self::All => String::new(),
        }
    }
}

/// Up to so many matches are sorted; of more, the first ones are looked for in order.
pub(crate) const FEW: i64 = 1500;

/// What a list with words costs, estimated in microseconds.
pub(crate) struct Cost {
    /// To look for the words in one row.
    pub(crate) look: i64,
    /// To gather one match.
    pub(crate) gather: i64,
}

impl Cost {
    /// Whether the first rows up to the end of a window are found sooner by looking for the words in one after the
    /// other, of `all` of which `count` match, than by gathering so many.
    pub(crate) fn favours_walk(&self, page: Page, count: i64, all: i64, gathered: i64) -> bool {
        let steps = (page.offset + page.limit).saturating_mul(all) / count.max(1);
        steps.saturating_mul(self.look) < gathered.saturating_mul(self.gather)
    }
}

/// The parts of a list by relevance.
pub(crate) struct Ranked {
    /// What all of them is made with.
    pub(crate) params: Vec<Value>,
    /// `matched (of_thread, of_content, rank)`, for a `WITH`.
    pub(crate) matched: String,
    /// What the rows that are joined to it must pass.
    pub(crate) rest: String,
}

/// Of more contents with the words than so many, those that came last into the index are weighed.
pub(crate) const WEIGHED: i64 = 2000;

/// What has these words within the scope and passes what `others` adds, with what it weighs. Where `some` says so, the
/// last [`WEIGHED`] alone are weighed.
pub(crate) fn by_relevance(
    backend: Backend,
    scope: &Scope,
    (text, among, some): (&str, Among, bool),
    others: impl FnOnce(&mut Filter),
) -> Ranked {
    let mut filter = Filter::default();
    let words = filter.bind(Value::Text(query(backend, text)));
    let matched = ranked(backend, &words, among, some);
    if *scope != Scope::All {
        let condition = scope.condition("source_id", &mut filter.params);
        filter.and(&condition);
    }
    others(&mut filter);
    Ranked { matched, rest: filter.all(), params: filter.params }
}

/// Of these texts the one that fewest contents have, and how many have it.
pub(crate) async fn rarest<'t>(
    tx: &mut Tx,
    texts: &[(&'t str, Among)],
) -> Result<Option<(&'t str, Among, i64)>, Error> {
    let mut rarest: Option<(&str, Among, i64)> = None;
    for (text, among) in texts {
        let count = count(tx, Counted::Contents, text, None).await?;
        if rarest.is_none_or(|(_, _, least)| count < least) {
            rarest = Some((text, *among, count));
        }
    }
    Ok(rarest)
}

/// The rows of a page of what was weighed, in its order.
pub(crate) async fn weighed_page<T: Table, I: Field + PartialEq>(
    tx: &mut Tx,
    weighed: Vec<I>,
    page: Page,
    id: fn(&T) -> &I,
) -> Result<Vec<T>, Error> {
    let [from, most] = [page.offset, page.limit].map(|n| usize::try_from(n).unwrap_or(0));
    let ids: Vec<I> = weighed.into_iter().skip(from).take(most).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("id", &ids);
    let mut records = tx.select::<T>(&filter.clause(), filter.params).await?;
    records.sort_by_key(|record| ids.iter().position(|one| one == id(record)));
    Ok(records)
}

/// What of a page stands behind so many that were weighed, where some of it does.
pub(crate) fn behind_weighed(page: Page, ahead: i64, shown: usize, count: i64) -> Option<Page> {
    let shown = i64::try_from(shown).unwrap_or(0);
    let rest = Page { offset: (page.offset - ahead).max(0), limit: page.limit - shown };
    (rest.limit > 0 && ahead < count).then_some(rest)
}

/// Adds that a row is none of the last [`WEIGHED`] with the words of `text`: what it is stands in `column` of their entries.
pub(crate) fn leave_out_weighed(backend: Backend, filter: &mut Filter, (text, among): (&str, Among), column: &str) {
    let words = filter.bind(Value::Text(query(backend, text)));
    let (last, limit) = (last(backend, &words), among.limit(""));
    filter.and(&format!("id NOT IN (SELECT {column} FROM content_search WHERE doc IN ({last}){limit})"));
}

/// The last entries that have the words in `placeholder`.
fn last(backend: Backend, placeholder: &str) -> String {
    match backend {
        Backend::Sqlite => format!(
            "SELECT rowid FROM content_words WHERE content_words MATCH {placeholder} ORDER BY rowid DESC LIMIT {WEIGHED}"
        ),
        Backend::Postgres => {
            let words = tsquery(placeholder);
            format!("SELECT doc FROM content_search WHERE body @@ {words} ORDER BY doc DESC LIMIT {WEIGHED}")
        }
    }
}

/// How a database writes a search.
pub(crate) struct Grammar {
    /// Between two that must both be there.
    pub(crate) and: &'static str,
    /// Between two of which one must be there.
    pub(crate) or: &'static str,
    beginning: &'static str,
    quote: char,
}

impl Grammar {
    /// That of this database.
    pub(crate) fn of(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self { and: " AND ", or: " OR ", beginning: "*", quote: '"' },
            Backend::Postgres => Self { and: " & ", or: " | ", beginning: ":*", quote: '\'' },
        }
    }

    /// A word, or the beginning of one.
    pub(crate) fn word(&self, word: &Word) -> String {
        let Self { quote, beginning, .. } = self;
        format!("{quote}{}{quote}{}", word.text, if word.prefix { beginning } else { "" })
    }
}

/// The database's own form of a search for `text`.
pub(crate) fn query(backend: Backend, text: &str) -> String {
    let grammar = Grammar::of(backend);
    let Grammar { and, or, quote, .. } = grammar;
    let word = |word: &Word| grammar.word(word);
    let clauses = Search::of(text).clauses.into_iter().map(|clause| {
        let words = clause.words.iter().map(word).collect::<Vec<_>>().join(and);
        match &clause.number {
            Some(number) => format!("(({words}){or}{})", word(number)),
            None => words,
        }
    });
    let query = clauses.collect::<Vec<_>>().join(and);
    // Nothing is found. Both databases take an impossible word better than an empty query.
    if query.is_empty() { format!("{quote}☎{quote}") } else { query }
}

/// What [`is_matched`] asks for: PostgreSQL looks at its index, SQLite at the texts themselves.
pub(crate) fn asked(backend: Backend, text: &str) -> Value {
    Value::Text(match backend {
        Backend::Sqlite => text.to_owned(),
        Backend::Postgres => query(backend, text),
    })
}

/// A search of PostgreSQL from the text in `placeholder`, taken word for word.
fn tsquery(placeholder: &str) -> String {
    format!("CAST(CAST({placeholder} AS TEXT) AS tsquery)")
}

/// What `SELECT thread_id FROM …` or `SELECT content_id FROM …` gives the matches of the words in `placeholder` with.
pub(crate) fn matches(backend: Backend, placeholder: &str, among: Among) -> String {
    let limit = among.limit("");
    match backend {
        Backend::Sqlite => format!(
            "content_words CROSS JOIN content_search ON doc = content_words.rowid \
             WHERE content_words MATCH {placeholder}{limit}"
        ),
        Backend::Postgres => format!("content_search WHERE body @@ {}{limit}", tsquery(placeholder)),
    }
}

/// Whether there is a match of what is [`asked`] in `placeholder` among the entries for which `which` holds, looked up
/// for one row after the other: the entry is `entry`.
pub(crate) fn is_matched(backend: Backend, placeholder: &str, which: &str, among: Among) -> String {
    let said = || {
        format!(
            "EXISTS (SELECT 1 FROM contents found WHERE found.id = entry.content_id \
             AND has_words({placeholder}, found.title, found.body))"
        )
    };
    let matched = match (backend, among) {
        (Backend::Sqlite, Among::Contents) => said(),
        (Backend::Sqlite, Among::All) => format!(
            "CASE WHEN entry.of_comment THEN EXISTS (SELECT 1 FROM intervention_comments noted \
             WHERE noted.id = entry.content_id AND has_words({placeholder}, NULL, noted.body)) ELSE {} END",
            said()
        ),
        (Backend::Postgres, _) => format!("entry.body @@ {}{}", tsquery(placeholder), among.limit("entry.")),
    };
    format!("COALESCE((SELECT 1 FROM content_search entry WHERE {which} AND {matched} LIMIT 1), 0) = 1")
}

/// The same where many rows are asked about: the matches are gathered once for all of them. `placeholder` is a [`query`].
fn is_among(backend: Backend, placeholder: &str, which: &str, among: Among) -> String {
    let limit = among.limit("entry.");
    match backend {
        // With its sign the entry is found by what it is of, and as a value it is looked up rather than joined.
        Backend::Sqlite => format!(
            "COALESCE((SELECT 1 FROM content_search entry WHERE {which}{limit} AND +entry.doc IN \
             (SELECT rowid FROM content_words WHERE content_words MATCH {placeholder}) LIMIT 1), 0) = 1"
        ),
        // It knows how many there are of each, and joins them by the sooner way.
        Backend::Postgres => {
            format!(
                "EXISTS (SELECT 1 FROM content_search entry WHERE {which}{limit} AND entry.body @@ {})",
                tsquery(placeholder)
            )
        }
    }
}

/// How many matches are gathered in the time that one row is looked at.
fn gathered(backend: Backend) -> i64 {
    match backend {
        Backend::Sqlite => 256,
        Backend::Postgres => 3,
    }
}

/// Adds that a row has the words of `text`, looked up for each of about so many rows; `matches` is how many have them.
pub(crate) fn look_up(
    backend: Backend,
    filter: &mut Filter,
    (text, among): (&str, Among),
    which: &str,
    (rows, matches): (i64, i64),
) {
    if rows.saturating_mul(gathered(backend)) < matches {
        let words = filter.bind(asked(backend, text));
        filter.and(&is_matched(backend, &words, which, among));
    } else {
        let words = filter.bind(Value::Text(query(backend, text)));
        filter.and(&is_among(backend, &words, which, among));
    }
}

/// How many rows there are at the most that pass a filter of a table, as far as they are counted: [`MANY`] stands for
/// more.
pub(crate) async fn size(tx: &mut Tx, of: &str, filter: Filter) -> Result<i64, Error> {
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {of} LIMIT {MANY}) AS some_rows");
    tx.number(&sql, filter.params).await
}

/// Where the number of rows is not known, so many are counted.
pub(crate) const MANY: i64 = 3000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Threads(Among),
    Contents,
}

/// How many threads or contents match the words of `text`, on some sources or on all.
pub(crate) async fn count(tx: &mut Tx, what: Counted, text: &str, sources: Option<&[SourceId]>) -> Result<i64, Error> {
    let words = query(tx.backend(), text);
    let sql = "SELECT epoch, (SELECT COALESCE(MAX(doc), 0) FROM content_search) FROM search_state WHERE id = 1";
    let (epoch, upto) = match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => (row.take::<i64>()?, row.take::<i64>()?),
        None => (0, 0),
    };
    let search = format!("{what:?} {sources:?} {words}");
    let known = tx.counts().get(&search, epoch).filter(|known| known.upto <= upto);
    let mut now = match known {
        Some(known) if known.upto == upto => return Ok(known.count),
        Some(known) => known,
        None => Known { count: 0, upto: 0, epoch, since: Instant::now() },
    };
    now.count += count_between(tx, what, text, sources, (now.upto, upto)).await?;
    now.upto = upto;
    if now.count >= WORTH_KEEPING {
        tx.counts().put(search, now);
    }
    Ok(now.count)
}

/// Smaller counts are found anew each time.
pub(crate) const WORTH_KEEPING: i64 = 200;

/// How many match that did not before the entry `after`, up to the entry `upto`.
async fn count_between(
    tx: &mut Tx,
    what: Counted,
    text: &str,
    sources: Option<&[SourceId]>,
    (after, upto): (i64, i64),
) -> Result<i64, Error> {
    let backend = tx.backend();
    let mut filter = Filter::default();
    let words = filter.bind(Value::Text(query(backend, text)));
    let (from, to) = (filter.bind(Value::Int(after)), filter.bind(Value::Int(upto)));
    let among = match what {
        Counted::Threads(among) => among,
        Counted::Contents => Among::Contents,
    };
    let mut found = format!("{} AND doc <= {to} AND doc > {from}", matches(backend, &words, among));
    if backend == Backend::Sqlite {
        found.push_str(&format!(" AND content_words.rowid > {from}"));
    }
    let table = if what == Counted::Contents { "contents" } else { "content_threads" };
    let of_sources =
        sources.map(|ids| format!("IN (SELECT id FROM {table} WHERE source_id IN ({}))", filter.bind_all(ids)));
    let sql = match (what, of_sources) {
        // An entry has the number of its words: the words alone tell, but for the few that are of comments.
        (Counted::Contents, None) if backend == Backend::Sqlite => {
            let these = format!("content_words WHERE content_words MATCH {words} AND rowid > {from} AND rowid <= {to}");
            format!(
                "SELECT (SELECT COUNT(*) FROM {these}) - (SELECT COUNT(*) FROM content_search \
                 WHERE of_comment AND doc > {from} AND doc <= {to} AND doc IN (SELECT rowid FROM {these}))"
            )
        }
        (Counted::Contents, None) => format!("SELECT COUNT(*) FROM {found}"),
        (Counted::Contents, Some(these)) => format!("SELECT COUNT(*) FROM {found} AND content_id {these}"),
        (Counted::Threads(_), these) => {
            let mut rest = Vec::new();
            if after > 0 {
                let before = format!("entry.thread_id = new.thread_id AND entry.doc <= {from}");
                let asked = filter.bind(asked(backend, text));
                rest.push(format!("NOT {}", is_matched(backend, &asked, &before, among)));
            }
            rest.extend(these.map(|these| format!("thread_id {these}")));
            let rest = if rest.is_empty() { "TRUE".to_owned() } else { rest.join(" AND ") };
            format!("SELECT COUNT(*) FROM (SELECT DISTINCT thread_id FROM {found}) AS new WHERE {rest}")
        }
    };
    tx.number(&sql, filter.params).await
}

/// The matches of the words in `placeholder` as `matched (of_thread, of_content, rank)`, the best with the least rank; the
/// last [`WEIGHED`] where there are more and `some` are enough.
fn ranked(backend: Backend, placeholder: &str, among: Among, some: bool) -> String {
    match backend {
        Backend::Sqlite => {
            let last = if some { format!("ORDER BY rowid DESC LIMIT {WEIGHED}") } else { String::new() };
            format!(
                "found (doc, rank) AS MATERIALIZED \
                 (SELECT rowid, rank FROM content_words WHERE content_words MATCH {placeholder} {last}), \
                 matched (of_thread, of_content, rank) AS MATERIALIZED \
                 (SELECT s.thread_id, s.content_id, f.rank FROM found f JOIN content_search s ON s.doc = f.doc{})",
                among.limit("s.")
            )
        }
        Backend::Postgres => {
            let words = tsquery(placeholder);
            let which =
                if some { format!("doc IN ({})", last(backend, placeholder)) } else { format!("body @@ {words}") };
            format!(
                "matched (of_thread, of_content, rank) AS MATERIALIZED \
                 (SELECT thread_id, content_id, -ts_rank(body, {words}) FROM content_search WHERE {which}{})",
                among.limit("")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_have_the_form_of_the_database() {
        for (text, sqlite, postgres) in [
            ("Crème brû", r#""creme" AND "bru"*"#, "'creme' & 'bru':*"),
            ("par* est-ce late", r#""par"* AND "est" AND "ce" AND "late"*"#, "'par':* & 'est' & 'ce' & 'late':*"),
            ("東京 x", r#""東京"* AND "x"*"#, "'東京':* & 'x':*"),
            // Too few digits for a number.
            ("0612 345", r#""0612" AND "345"*"#, "'0612' & '345':*"),
            ("!!!", r#""☎""#, "'☎'"),
        ] {
            assert_eq!(
                (query(Backend::Sqlite, text).as_str(), query(Backend::Postgres, text).as_str()),
                (sqlite, postgres)
            );
        }
        let number = r#"(("0612" AND "345" AND "678"*) OR "☎612345678")"#;
        assert_eq!(query(Backend::Sqlite, "0612 345 678"), number);
    }
}
