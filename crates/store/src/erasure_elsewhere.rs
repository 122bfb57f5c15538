//! What names a person who is erased, and is not theirs: mails to others that have their address, what is parked, and what
//! servers have said. It is looked through in small steps.

use model::{ContentId, InboundItemId, SourceId};

use crate::erasure::Names;
use crate::inbound_item::InboundItem;
use crate::mail::{Mail, MailRecipient};
use crate::{Error, Field, Filter, Row, Tx, Value, params};

/// A pattern that finds a text within others.
fn within(text: &str) -> Value {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Value::Text(format!("%{escaped}%"))
}

/// The condition that one of some columns has one of some texts in it, in any case.
pub(crate) fn names(filter: &mut Filter, columns: &[&str], texts: &[String]) -> String {
    let all = columns.iter().map(|column| format!("COALESCE({column}, '')")).collect::<Vec<_>>().join(" || ' ' || ");
    let each = texts.iter().map(|text| format!("LOWER({all}) LIKE {} ESCAPE '!'", filter.bind(within(text))));
    let each: Vec<String> = each.collect();
    if each.is_empty() { "FALSE".into() } else { format!("({})", each.join(" OR ")) }
}

/// Up to where mails are looked through in one step.
pub async fn mails_upto(tx: &mut Tx, after: Option<&ContentId>, limit: i64) -> Result<Option<ContentId>, Error> {
    let mut filter = Filter::default();
    filter.and_some("content_id > ?", after);
    let sql = format!(
        "SELECT MAX(content_id) FROM (SELECT content_id FROM mails {} ORDER BY content_id LIMIT {limit}) AS some_mails",
        filter.clause()
    );
    tx.rows(&sql, filter.params).await?.first_mut().map_or(Ok(None), Row::take)
}

/// The contents of the mails between two of them in whose head, body or recipients an address stands.
pub async fn mails_with(
    tx: &mut Tx,
    addresses: &[String],
    after: Option<&ContentId>,
    upto: &ContentId,
) -> Result<Vec<ContentId>, Error> {
    let mut filter = Filter::default();
    filter.and_some("m.content_id > ?", after);
    filter.and_value("m.content_id <= ?", upto);
    filter.and("NOT c.anonymized");
    let columns = [
        "m.headers",
        "m.sender",
        "m.reply_to",
        "m.recipients",
        "m.copied",
        "m.hidden",
        "m.signature",
        "m.forwarded_from",
        "c.title",
        "c.body",
        "c.html",
        "c.synchronization_error",
    ];
    let named = names(&mut filter, &columns, addresses);
    let those = filter.bind_all(addresses);
    filter.and(&format!(
        "({named} OR EXISTS (SELECT 1 FROM mail_recipients r WHERE r.content_id = m.content_id AND r.address IN ({those})))"
    ));
    let sql = format!(
        "SELECT m.content_id FROM mails m JOIN contents c ON c.id = m.content_id {} ORDER BY m.content_id",
        filter.clause()
    );
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}

/// Writes a mail of somebody else without an address that was in it.
pub async fn rewrite_mail(tx: &mut Tx, mail: &Mail, recipients: &[MailRecipient]) -> Result<(), Error> {
    tx.update(mail).await?;
    for one in recipients {
        let sql = "UPDATE mail_recipients SET address = ?3, reason = ?4 WHERE content_id = ?1 AND ordinal = ?2";
        tx.execute(sql, params![one.content_id, one.ordinal, one.address, one.reason]).await?;
    }
    let attempts = "UPDATE content_export_attempts SET text = NULL WHERE export_id IN \
                    (SELECT id FROM content_exports WHERE content_id = ?1)";
    tx.execute(attempts, params![mail.content_id]).await?;
    let sql = "UPDATE content_exports SET last_error = NULL WHERE content_id = ?1 AND state <> 'parked'";
    tx.execute(sql, params![mail.content_id]).await.map(drop)
}

/// Forgets the bytes of a mail as it came; gives where they are kept.
pub async fn forget_raw(tx: &mut Tx, source: &SourceId, name: &str) -> Result<Vec<String>, Error> {
    let sql = "DELETE FROM raw_mails WHERE source_id = ?1 AND name = ?2 RETURNING sha256";
    tx.rows(sql, params![source, name.to_owned()]).await?.iter_mut().map(Row::take).collect()
}

/// The next parked items after one, in the order of their ids.
pub async fn parked(tx: &mut Tx, after: Option<&InboundItemId>, limit: i64) -> Result<Vec<InboundItem>, Error> {
    let mut filter = Filter::default();
    filter.and_some("id > ?", after);
    tx.select(&format!("{} ORDER BY id LIMIT {limit}", filter.clause()), filter.params).await
}

/// Takes away what is kept by an address: that it does not work, and how much was written from it; and what servers have said
/// of it to sources.
pub async fn strip_addresses(tx: &mut Tx, found: &Names) -> Result<(), Error> {
    let addresses = &found.addresses;
    if addresses.is_empty() {
        return Ok(());
    }
    let mut filter = Filter::default();
    let these = filter.bind_all(addresses);
    for sql in [
        format!("DELETE FROM dead_addresses WHERE address IN ({these})"),
        format!("DELETE FROM mail_senders WHERE address IN ({these})"),
    ] {
        tx.execute(&sql, filter.params.clone()).await?;
    }
    for (table, columns) in
        [("source_states", &["reason", "run_reason", "send_reason", "warning"][..]), ("source_runs", &["reason"])]
    {
        for column in columns {
            let mut filter = Filter::default();
            let named = names(&mut filter, &[column], addresses);
            tx.execute(&format!("UPDATE {table} SET {column} = NULL WHERE {named}"), filter.params).await?;
        }
    }
    Ok(())
}

/// Which of some pictures, by their addresses, somebody still has.
pub async fn pictures(tx: &mut Tx, addresses: &[String]) -> Result<Vec<String>, Error> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let places = crate::placeholders(1, addresses.len());
    let sql = format!(
        "SELECT avatar_url FROM identities WHERE avatar_url IN ({places}) \
         UNION SELECT avatar_url FROM identity_groups WHERE avatar_url IN ({places})"
    );
    tx.rows(&sql, addresses.iter().map(Field::to_value).collect()).await?.iter_mut().map(Row::take).collect()
}
