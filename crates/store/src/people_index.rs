//! The index by which customers are found (`people`): the parts of what is known of each, as `text` cuts and folds them,
//! in the FTS5 table `people_parts` on SQLite, in a `tsvector` on PostgreSQL. Entries are numbered in the order of
//! changes, so that the last ones are found first.
//!
//! Triggers note in `people_changed` who is not in it as they are now (`migrations/0034_people.*`), in the transaction
//! of the change; the follower of the journal brings their entries up. Until then, whoever searches looks at these
//! people themselves.

use model::{CommunityId, IdentityGroupId, IdentityId, Timestamp};
use text::{parts, plain, whole};

use crate::identity::{nameless, within};
use crate::{Backend, Error, Field, Filter, Scope, Tx, Value, params};

/// How many entries are brought up in one transaction: other writes come between.
const AT_ONCE: i64 = 256;
/// At how many people searches look themselves, while an upgrade or a restore waits for its entries.
const LOOKED_AT: i64 = 20_000;
/// Marks a community among the parts.
pub(crate) const COMMUNITY: char = '☎';
/// Marks a whole e-mail address among them.
pub(crate) const EMAIL: char = '✉';

/// What is searched of an identity and of its person.
const TEXTS: &str = "COALESCE(i.firstname, '') || ' ' || COALESCE(i.lastname, '') || ' ' || \
     COALESCE(i.screenname, '') || ' ' || COALESCE(i.company, '') || ' ' || COALESCE(i.email, '') || ' | ' || \
     COALESCE(i.home_phone, '') || ' | ' || COALESCE(i.mobile_phone, '') || ' | ' || COALESCE(i.uuid, '') || ' ' || \
     COALESCE(g.firstname, '') || ' ' || COALESCE(g.lastname, '') || ' ' || COALESCE(g.company, '') || ' ' || \
     COALESCE(g.emails, '') || ' | ' || COALESCE(g.home_phones, '') || ' | ' || COALESCE(g.mobile_phones, '')";

/// Whether an identity has no name: it is found by what [`crate::identity::Identity::display_name`] calls it.
const NAMELESS: &str =
    "COALESCE(i.firstname, '') || COALESCE(i.lastname, '') || COALESCE(i.screenname, i.email, '') = ''";

/// What is known of a customer.
pub(crate) struct Told {
    pub(crate) id: IdentityId,
    pub(crate) group: Option<IdentityGroupId>,
    /// All that is searched.
    pub(crate) texts: String,
    /// The addresses of its person, as JSON.
    pub(crate) emails: String,
    community: CommunityId,
    changed_at: Timestamp,
}

/// What is known of those of some identities that are customers and seen within the scope.
pub(crate) async fn told_of(tx: &mut Tx, scope: &Scope, ids: &[IdentityId]) -> Result<Vec<Told>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = within(scope);
    filter.and("NOT controlled");
    filter.and_in("i.id", &padded(ids));
    let sql = format!(
        "SELECT i.id, i.identity_group_id, {TEXTS}, {NAMELESS}, COALESCE(g.emails, '[]'), i.community_id, i.updated_at \
         FROM identities i LEFT JOIN identity_groups g ON g.id = i.identity_group_id {}",
        filter.clause()
    );
    let mut found = Vec::new();
    for row in &mut tx.rows(&sql, filter.params).await? {
        let (id, group, mut texts): (IdentityId, _, String) = (row.take()?, row.take()?, row.take()?);
        if row.take()? {
            texts.push(' ');
            texts.push_str(&nameless(&id));
        }
        let (emails, community, changed_at) = (row.take()?, row.take()?, row.take()?);
        found.push(Told { id, group, texts, emails, community, changed_at });
    }
    Ok(found)
}

/// Those whose entries are not as they are, the last change first.
pub(crate) async fn waiting(tx: &mut Tx) -> Result<Vec<IdentityId>, Error> {
    let sql = "SELECT identity_id FROM people_changed ORDER BY seq DESC LIMIT ?1";
    tx.rows(sql, params![LOOKED_AT]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Brings up some of the entries that are not as their people are; tells whether there may be more. Whoever does this
/// beside it must be held off.
pub async fn bring_up(tx: &mut Tx) -> Result<bool, Error> {
    let sql = "SELECT seq, identity_id FROM people_changed ORDER BY seq LIMIT ?1";
    let (mut places, mut ids) = (Vec::new(), Vec::<IdentityId>::new());
    for row in &mut tx.rows(sql, params![AT_ONCE]).await? {
        places.push(row.take::<i64>()?);
        let id = row.take()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Ok(false);
    }
    let told = told_of(tx, &Scope::All, &ids).await?;
    let known = take_out(tx, &ids).await?;
    put(tx, &ids, &told, &known).await?;
    // Just these: others may have been noted before them and committed since.
    let mut filter = Filter::default();
    filter.and_in("seq", &padded(&places));
    tx.execute(&format!("DELETE FROM people_changed {}", filter.clause()), filter.params).await?;
    Ok(i64::try_from(places.len()).unwrap_or(i64::MAX) == AT_ONCE)
}

/// The entries of some people.
struct Known {
    entries: Vec<(IdentityId, i64, Timestamp)>,
    /// The last entry of all.
    last: i64,
}

/// Takes the entries of some people out; gives what they were.
async fn take_out(tx: &mut Tx, ids: &[IdentityId]) -> Result<Known, Error> {
    let mut known = Known { entries: Vec::new(), last: tx.number("SELECT MAX(doc) FROM people_search", vec![]).await? };
    let mut filter = Filter::default();
    filter.and_in("identity_id", &padded(ids));
    let these = filter.clause();
    let sql = format!("SELECT identity_id, doc, changed_at FROM people_search {these}");
    for row in &mut tx.rows(&sql, filter.params.clone()).await? {
        known.entries.push((row.take()?, row.take()?, row.take()?));
    }
    if known.entries.is_empty() {
        return Ok(known);
    }
    if tx.backend() == Backend::Sqlite {
        for (_, doc, _) in &known.entries {
            tx.execute("DELETE FROM people_parts WHERE rowid = ?1", params![*doc]).await?;
        }
    }
    tx.execute(&format!("DELETE FROM people_search {these}"), filter.params).await?;
    Ok(known)
}

/// Writes the entries of people in the order in which they changed. One who has not changed, but whose person has, stays
/// where they were.
async fn put(tx: &mut Tx, ids: &[IdentityId], told: &[Told], known: &Known) -> Result<(), Error> {
    let mut last = known.last;
    let mut entries = Vec::with_capacity(told.len());
    for told in ids.iter().filter_map(|id| told.iter().find(|told| told.id == *id)) {
        let place = known.entries.iter().find(|(id, _, changed_at)| *id == told.id && *changed_at == told.changed_at);
        let doc = place.map_or(last + 1, |(_, doc, _)| *doc);
        last = last.max(doc);
        entries.push((doc, told, parts_of(told)?));
    }
    for some in in_sizes(&entries) {
        let mut values = Vec::with_capacity(4 * some.len());
        for (doc, told, parts) in some {
            values.extend(params![*doc, told.id, told.changed_at]);
            if tx.backend() == Backend::Postgres {
                values.push(Value::Text(format!("'{}'", parts.join("' '"))));
            }
        }
        let (columns, row) = match tx.backend() {
            Backend::Sqlite => ("doc, identity_id, changed_at", "(?, ?, ?)"),
            Backend::Postgres => {
                ("doc, identity_id, changed_at, parts", "(?, ?, ?, CAST(CAST(? AS TEXT) AS tsvector))")
            }
        };
        let rows = numbered(&vec![row; some.len()].join(", "));
        tx.execute(&format!("INSERT INTO people_search ({columns}) VALUES {rows}"), values).await?;
    }
    if tx.backend() == Backend::Sqlite {
        for (doc, _, parts) in entries {
            let sql = "INSERT INTO people_parts (rowid, parts) VALUES (?1, ?2)";
            tx.execute(sql, params![doc, parts.join(" ")]).await?;
        }
    }
    Ok(())
}

/// What the index keeps of somebody.
fn parts_of(told: &Told) -> Result<Vec<String>, Error> {
    let mut all = parts(&plain(&told.texts));
    all.insert(whole(COMMUNITY, told.community.as_str()));
    let emails: Vec<String> = crate::Json::from_value(Value::Text(told.emails.clone()))?.0;
    all.extend(emails.iter().map(|email| whole(EMAIL, &plain(email))));
    Ok(all.into_iter().collect())
}

/// In how many rows or values statements come: each text of a statement is planned, and kept, for itself.
const SIZES: [usize; 4] = [256, 64, 8, 1];

/// The values in as few pieces as there are sizes for.
fn in_sizes<T>(values: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = values;
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rest.len())?;
        let (some, after) = rest.split_at(size);
        rest = after;
        Some(some)
    })
}

/// The values with the last one so often that there is a size for them.
fn padded<T: Clone>(values: &[T]) -> Vec<T> {
    let size = SIZES.into_iter().rev().find(|size| *size >= values.len()).unwrap_or(values.len());
    let mut padded = values.to_vec();
    if let Some(last) = values.last() {
        padded.resize(size, last.clone());
    }
    padded
}

/// A text with each `?` numbered.
fn numbered(text: &str) -> String {
    let mut pieces = text.split('?');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.enumerate().fold(first, |all, (n, piece)| format!("{all}?{}{piece}", n + 1))
}

/// Empties the index.
pub(crate) async fn clear(tx: &mut Tx) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        tx.execute("INSERT INTO people_parts (people_parts) VALUES ('delete-all')", Vec::new()).await?;
    }
    tx.batch("DELETE FROM people_search; DELETE FROM people_changed").await
}

/// Has the server bring up an empty index, those that changed last at the end.
pub(crate) async fn begin_anew(tx: &mut Tx) -> Result<(), Error> {
    tx.batch(
        "DELETE FROM people_changed; \
         INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE NOT controlled ORDER BY updated_at, id",
    )
    .await
}
