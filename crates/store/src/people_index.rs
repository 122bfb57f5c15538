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
    filter.and_in("i.id", ids);
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
    for id in &ids {
        take_out(tx, id).await?;
        match told.iter().find(|told| told.id == *id) {
            Some(told) => put(tx, told).await?,
            None => {
                tx.execute("DELETE FROM people_search WHERE identity_id = ?1", params![id]).await?;
            }
        }
    }
    // Just these: others may have been noted before them and committed since.
    let mut filter = Filter::default();
    filter.and_in("seq", &places);
    tx.execute(&format!("DELETE FROM people_changed {}", filter.clause()), filter.params).await?;
    Ok(i64::try_from(places.len()).unwrap_or(i64::MAX) == AT_ONCE)
}

/// Takes the parts of an entry away.
async fn take_out(tx: &mut Tx, id: &IdentityId) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        let sql = "DELETE FROM people_parts WHERE rowid = (SELECT doc FROM people_search WHERE identity_id = ?1)";
        tx.execute(sql, params![id]).await?;
    }
    Ok(())
}

/// Writes an entry whose parts are away. One that has changed itself, and not its person alone, comes after all others.
async fn put(tx: &mut Tx, told: &Told) -> Result<(), Error> {
    let mut all = parts(&plain(&told.texts));
    all.insert(whole(COMMUNITY, told.community.as_str()));
    let emails: Vec<String> = crate::Json::from_value(Value::Text(told.emails.clone()))?.0;
    all.extend(emails.iter().map(|email| whole(EMAIL, &plain(email))));
    let all: Vec<String> = all.into_iter().collect();
    let (columns, values, set) = match tx.backend() {
        Backend::Sqlite => ("", "", ""),
        Backend::Postgres => (", parts", ", CAST(CAST(?3 AS TEXT) AS tsvector)", ", parts = excluded.parts"),
    };
    let sql = format!(
        "INSERT INTO people_search (doc, identity_id, changed_at{columns}) \
         VALUES ((SELECT COALESCE(MAX(doc), 0) + 1 FROM people_search), ?1, ?2{values}) \
         ON CONFLICT (identity_id) DO UPDATE SET \
         doc = CASE WHEN people_search.changed_at = excluded.changed_at THEN people_search.doc ELSE excluded.doc END, \
         changed_at = excluded.changed_at{set} RETURNING doc"
    );
    match tx.backend() {
        Backend::Sqlite => {
            let doc = tx.number(&sql, params![told.id, told.changed_at]).await?;
            let sql = "INSERT INTO people_parts (rowid, parts) VALUES (?1, ?2)";
            tx.execute(sql, params![doc, all.join(" ")]).await.map(drop)
        }
        Backend::Postgres => {
            let vector = format!("'{}'", all.join("' '"));
            tx.execute(&sql, params![told.id, told.changed_at, vector]).await.map(drop)
        }
    }
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
