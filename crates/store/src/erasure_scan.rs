//! What of a person who is erased stands in large tables that have no index by which it could be found: they are gone through
//! by reads, so many rows at a time in the order of their keys, and what is found is taken away by its keys.

use model::{DeliveryId, EventType, IdentityGroupId, IdentityId, MailId, ThreadId, Timestamp};

use crate::erasure::Erasure;
use crate::erasure_elsewhere::names;
use crate::{Error, Field, Filter, Json, Row, Tx, params};

/// How many rows are looked at in one read.
const LOOKED: i64 = 2000;
/// The kinds of entries that are about people themselves.
pub const ABOUT_PEOPLE: [EventType; 6] = [
    EventType::IdentityMerged,
    EventType::IdentityUnmerged,
    EventType::IdentityImported,
    EventType::IdentityUpdated,
    EventType::IdentityGroupCreated,
    EventType::IdentityGroupUpdated,
];

/// What was found, and the last key that was looked at; none at the end.
pub type Found<T, K> = (Vec<T>, Option<K>);

/// The next rows of a table after a key, with some of their columns.
async fn some<K: Field>(tx: &mut Tx, of: &str, columns: &str, after: Option<&K>) -> Result<Vec<Row>, Error> {
    let mut filter = Filter::default();
    filter.and_some("id > ?", after);
    tx.rows(&format!("SELECT id, {columns} FROM {of} {} ORDER BY id LIMIT {LOOKED}", filter.clause()), filter.params)
        .await
}

/// Of the next deliveries of all webhooks those of events in some threads, which are sorted.
pub async fn deliveries(
    tx: &mut Tx,
    threads: &[ThreadId],
    after: Option<&DeliveryId>,
) -> Result<Found<DeliveryId, DeliveryId>, Error> {
    let (mut found, mut last) = (Vec::new(), None);
    for row in &mut some(tx, "webhook_deliveries", "order_key", after).await? {
        let (id, key): (DeliveryId, String) = (row.take()?, row.take()?);
        if threads.binary_search_by(|thread| thread.as_str().cmp(&key)).is_ok() {
            found.push(id.clone());
        }
        last = Some(id);
    }
    Ok((found, last))
}

/// Takes away what was answered to some deliveries.
pub async fn strip_answers(tx: &mut Tx, deliveries: &[DeliveryId]) -> Result<(), Error> {
    let mut filter = Filter::default();
    filter.and_in("delivery_id", deliveries);
    filter.and("(response IS NOT NULL OR error IS NOT NULL)");
    let sql = format!("UPDATE webhook_attempts SET response = NULL, error = NULL {}", filter.clause());
    tx.execute(&sql, filter.params).await.map(drop)
}

/// Of the next entries of a kind the positions of those about some people: identities, and the persons behind them.
pub async fn entries(tx: &mut Tx, kind: EventType, people: &[String], after: i64) -> Result<Found<i64, i64>, Error> {
    let sql = format!(
        "SELECT position, resource_id FROM journal WHERE kind = ?1 AND position > ?2 ORDER BY position LIMIT {LOOKED}"
    );
    let (mut found, mut last) = (Vec::new(), None);
    for row in &mut tx.rows(&sql, params![kind, after]).await? {
        let (position, about): (i64, String) = (row.take()?, row.take()?);
        if people.contains(&about) {
            found.push(position);
        }
        last = Some(position);
    }
    Ok((found, last))
}

/// Of the next mails that the server itself has written those to one of some addresses.
pub async fn mails(tx: &mut Tx, addresses: &[String], after: Option<&MailId>) -> Result<Found<MailId, MailId>, Error> {
    let (mut found, mut last) = (Vec::new(), None);
    for row in &mut some(tx, "mail_deliveries", "source_id IS NOT NULL, recipient", after).await? {
        let (id, of_source, recipient): (MailId, bool, String) = (row.take()?, row.take()?, row.take()?);
        if of_source && addresses.contains(&recipient.to_lowercase()) {
            found.push(id.clone());
        }
        last = Some(id);
    }
    Ok((found, last))
}

/// Removes mails.
pub async fn forget_mails(tx: &mut Tx, mails: &[MailId]) -> Result<(), Error> {
    let mut filter = Filter::default();
    filter.and_in("id", mails);
    tx.execute(&format!("DELETE FROM mail_deliveries {}", filter.clause()), filter.params).await.map(drop)
}

/// Of the tries at the next mails those of which a server has named one of some addresses: by the mail and the number.
pub async fn tries(
    tx: &mut Tx,
    addresses: &[String],
    after: Option<&MailId>,
) -> Result<Found<(MailId, i64), MailId>, Error> {
    let mut rows = some(tx, "mail_deliveries", "kind", after).await?;
    let Some(upto) = rows.last_mut().map(Row::take::<MailId>).transpose()? else { return Ok((Vec::new(), None)) };
    let mut filter = Filter::default();
    filter.and_some("mail_id > ?", after);
    filter.and_value("mail_id <= ?", &upto);
    let named = names(&mut filter, &["error", "answer"], addresses);
    filter.and(&named);
    let sql = format!("SELECT mail_id, number FROM mail_attempts {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    let found = rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect::<Result<_, Error>>()?;
    Ok((found, Some(upto)))
}

/// Takes away what of some tries names one of some addresses.
pub async fn strip_tries(tx: &mut Tx, addresses: &[String], tries: &[(MailId, i64)]) -> Result<(), Error> {
    for (mail, number) in tries {
        for column in ["error", "answer"] {
            let mut filter = Filter::default();
            filter.and_value("mail_id = ?", mail);
            filter.and_value("number = ?", number);
            let named = names(&mut filter, &[column], addresses);
            filter.and(&named);
            let sql = format!("UPDATE mail_attempts SET {column} = NULL {}", filter.clause());
            tx.execute(&sql, filter.params).await?;
        }
    }
    Ok(())
}

/// Of the addresses of a person who is erased those by which one of the next identities is known as well that was there then.
pub async fn shared(
    tx: &mut Tx,
    erasure: &Erasure,
    after: Option<&IdentityId>,
) -> Result<Found<String, IdentityId>, Error> {
    let Erasure { identity_ids, names, created_at, .. } = erasure;
    let (mut found, mut last) = (Vec::new(), None);
    for row in &mut some(tx, "identities", "created_at, foreign_id, email", after).await? {
        let (id, at): (IdentityId, Timestamp) = (row.take()?, row.take()?);
        let known: [Option<String>; 2] = [row.take()?, row.take()?];
        if at <= *created_at && !identity_ids.contains(&id) {
            let known = known.into_iter().flatten().map(|one| one.to_lowercase());
            found.extend(known.filter(|one| names.addresses.contains(one)));
        }
        last = Some(id);
    }
    Ok((found, last))
}

/// Of the addresses those by which one of the next persons is known as well, but for their own.
pub async fn shared_by_groups(
    tx: &mut Tx,
    erasure: &Erasure,
    own: &[IdentityGroupId],
    after: Option<&IdentityGroupId>,
) -> Result<Found<String, IdentityGroupId>, Error> {
    let addresses = &erasure.names.addresses;
    let (mut found, mut last) = (Vec::new(), None);
    for row in &mut some(tx, "identity_groups", "emails", after).await? {
        let (id, emails): (IdentityGroupId, Json<Vec<String>>) = (row.take()?, row.take()?);
        if !own.contains(&id) {
            let known = emails.0.into_iter().map(|one| one.to_lowercase());
            found.extend(known.filter(|one| addresses.contains(one)));
        }
        last = Some(id);
    }
    Ok((found, last))
}
