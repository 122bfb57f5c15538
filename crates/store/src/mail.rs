//! Mails: what their contents have beside what every content has, the ids by which they find their conversations, to whom
//! ours go and how that fares, and the bytes of those that came in.

use model::{AttachmentId, ContentId, MailState, SourceId, ThreadId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Field, Filter, Json, Row, Scope, Tx, params, table};

table! {
    /// What a content has that came as a mail, or goes out as one.
    pub struct Mail in "mails" {
        /// The content.
        content_id: ContentId,
        /// Its source.
        source_id: SourceId,
        /// What tells it from another mail with the same Message-ID; empty for ours.
        fingerprint: String,
        /// Its headers: lists of values by name. Ours have some of them, once they are sent.
        headers: Json<Map<String, JsonValue>>,
        /// Whom it is from, as people read it.
        sender: Option<String>,
        /// Where answers go.
        reply_to: Json<Vec<String>>,
        /// To whom it was written.
        recipients: Json<Vec<String>>,
        /// Who got a copy.
        copied: Json<Vec<String>>,
        /// By what it joined its conversation; empty for ours.
        thread_reason: String,
        /// Where in its text quoted text begins, in characters.
        quote_from: Option<i64>,
        /// What people have to know of it, by keys of words.
        notes: Json<Vec<String>>,
        /// Who gets ours without the others knowing.
        hidden: Json<Vec<String>>,
        /// What stands below ours.
        signature: Option<String>,
        /// Below ours stands what it answers.
        quotes: bool,
        /// The files of ours that it has as links; none where none may be one.
        linked: Option<Json<Vec<AttachmentId>>>,
        /// Whose mail somebody of the company passes on in it, as people read it.
        forwarded_from: Option<String>,
        /// What of one that came was too large, and is not here.
        left_out: Option<Json<Vec<LeftOut>>>,
    }
}

/// A part of a mail that was too large.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// About how many bytes it has.
    pub size: i64,
}

table! {
    /// Somebody to whom a mail of ours goes. Its key is the content and the place.
    pub struct MailRecipient in "mail_recipients" {
        /// The content.
        content_id: ContentId,
        /// Its place among those of its content: 0 for the first.
        ordinal: i64,
        /// Where the address stands: `to`, `cc` or `bcc`.
        field: String,
        /// The address, in lower case.
        address: String,
        /// How it fares.
        state: MailState,
        /// The code of the server that said so.
        code: Option<String>,
        /// What that said.
        reason: Option<String>,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// The bytes of a mail as it came. Its key is the source and the name.
    pub struct RawMail in "raw_mails" {
        /// The source.
        source_id: SourceId,
        /// Its content's id, or what tells a parked one from others.
        name: String,
        /// Where its bytes are kept.
        sha256: String,
        /// How many there are.
        size: i64,
        /// They are not forgotten by themselves.
        kept: bool,
        /// When it came.
        created_at: Timestamp,
    }
}

/// What the id of a mail belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailId {
    /// Its hash.
    pub hash: String,
    /// The conversation.
    pub thread_id: ThreadId,
    /// The content that has the id; none where mails only refer to it.
    pub content_id: Option<ContentId>,
}

/// What some ids of mails belong to, where their contents are now; those that are not known are left out.
pub async fn ids(tx: &mut Tx, source: &SourceId, hashes: &[String]) -> Result<Vec<MailId>, Error> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT m.hash, COALESCE(c.thread_id, m.thread_id), m.content_id FROM mail_ids m \
         LEFT JOIN contents c ON c.id = m.content_id WHERE m.source_id = ?1 AND m.hash IN ({})",
        crate::placeholders(2, hashes.len())
    );
    let mut values = params![source];
    values.extend(hashes.iter().map(Field::to_value));
    let mut rows = tx.rows(&sql, values).await?;
    let read = |row: &mut Row| Ok(MailId { hash: row.take()?, thread_id: row.take()?, content_id: row.take()? });
    rows.iter_mut().map(read).collect()
}

/// Keeps which content has an id. The first one that has it stays.
pub async fn put_id(
    tx: &mut Tx,
    source: &SourceId,
    hash: &str,
    thread: &ThreadId,
    content: &ContentId,
) -> Result<(), Error> {
    let sql = "INSERT INTO mail_ids (source_id, hash, thread_id, content_id) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (source_id, hash) DO UPDATE SET thread_id = ?3, content_id = ?4 \
               WHERE mail_ids.content_id IS NULL";
    tx.execute(sql, params![source, hash.to_owned(), thread, content]).await.map(drop)
}

/// Keeps in which conversation some ids were referred to first.
pub async fn put_referred(tx: &mut Tx, source: &SourceId, thread: &ThreadId, hashes: &[String]) -> Result<(), Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = (0..hashes.len()).map(|n| format!("(?1, ?{}, ?2, NULL)", n + 3)).collect();
    let sql = format!(
        "INSERT INTO mail_ids (source_id, hash, thread_id, content_id) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    let mut values = params![source, thread];
    values.extend(hashes.iter().map(Field::to_value));
    tx.execute(&sql, values).await.map(drop)
}

/// What a content has that came as a mail.
pub async fn find(tx: &mut Tx, content: &ContentId) -> Result<Option<Mail>, Error> {
    tx.find("WHERE content_id = ?1", params![content]).await
}

/// What a content has that is a mail, with those to whom it goes where it is one of ours.
#[derive(Clone, Debug)]
pub struct Posted {
    /// What it has.
    pub mail: Mail,
    /// To whom it goes, in order.
    pub recipients: Vec<MailRecipient>,
    /// Why its copy does not lie in the mailbox for those; none where it does, is to, or there is none.
    pub copy_missing: Option<String>,
}

/// The same of some contents.
pub async fn of_contents(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Posted>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let ids = |ids: &[ContentId]| ids.iter().map(Field::to_value).collect();
    let clause = format!("WHERE content_id IN ({})", crate::placeholders(1, contents.len()));
    let mails: Vec<Mail> = tx.select(&clause, ids(contents)).await?;
    let ours = mails.iter().filter(|mail| mail.fingerprint.is_empty()).map(|mail| mail.content_id.clone());
    let ours: Vec<ContentId> = ours.collect();
    let mut recipients: Vec<MailRecipient> = Vec::new();
    let missing = crate::export::copies_missing(tx, &ours).await?;
    if !ours.is_empty() {
        let clause = format!("WHERE content_id IN ({}) ORDER BY ordinal", crate::placeholders(1, ours.len()));
        recipients = tx.select(&clause, ids(&ours)).await?;
    }
    let all = mails.into_iter().map(|mail| {
        let recipients = recipients.iter().filter(|one| one.content_id == mail.content_id).cloned().collect();
        let copy_missing = missing.iter().find(|(content, _)| *content == mail.content_id).map(|(_, why)| why.clone());
        Posted { mail, recipients, copy_missing }
    });
    Ok(all.collect())
}

/// Where else mails of a mailbox have come: by their ids, the other mailboxes within the scope, and the conversations there.
pub async fn elsewhere(
    tx: &mut Tx,
    scope: &Scope,
    source: &SourceId,
    ids: &[String],
) -> Result<Vec<(String, SourceId, ThreadId)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    let own = filter.bind(source.to_value());
    filter.and(&format!("source_id IN (SELECT id FROM content_sources WHERE kind = 'email' AND id <> {own})"));
    filter.and("kind = 'mail'");
    filter.and_in("foreign_id", ids);
    let seen = scope.condition("source_id", &mut filter.params);
    filter.and(&seen);
    let sql = format!("SELECT foreign_id, source_id, thread_id FROM contents {} ORDER BY source_id", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

/// To whom a mail of ours goes, in order.
pub async fn recipients(tx: &mut Tx, content: &ContentId) -> Result<Vec<MailRecipient>, Error> {
    tx.select("WHERE content_id = ?1 ORDER BY ordinal", params![content]).await
}

/// Writes how it fares with a recipient.
pub async fn update_recipient(tx: &mut Tx, recipient: &MailRecipient) -> Result<(), Error> {
    let sql = "UPDATE mail_recipients SET state = ?3, code = ?4, reason = ?5, updated_at = ?6 \
               WHERE content_id = ?1 AND ordinal = ?2";
    let MailRecipient { content_id, ordinal, state, code, reason, .. } = recipient;
    let now = tx.now();
    tx.execute(sql, params![content_id, ordinal, state, code, reason, now]).await.map(drop)
}

/// The bytes of a mail, by its content's id or what tells a parked one from others.
pub async fn raw(tx: &mut Tx, source: &SourceId, name: &str) -> Result<Option<RawMail>, Error> {
    tx.find("WHERE source_id = ?1 AND name = ?2", params![source, name.to_owned()]).await
}

/// Keeps the bytes of a mail, in the place of those that were kept under the name.
pub async fn put_raw(tx: &mut Tx, raw: &RawMail) -> Result<(), Error> {
    let sql = "INSERT INTO raw_mails (source_id, name, sha256, size, kept, created_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (source_id, name) DO UPDATE SET \
               sha256 = ?3, size = ?4, kept = ?5, created_at = ?6";
    let RawMail { source_id, name, sha256, size, kept, created_at } = raw;
    tx.execute(sql, params![source_id, name, sha256, size, kept, created_at]).await.map(drop)
}

/// Forgets the bytes of a mail.
pub async fn forget_raw(tx: &mut Tx, source: &SourceId, name: &str) -> Result<(), Error> {
    let sql = "DELETE FROM raw_mails WHERE source_id = ?1 AND name = ?2";
    tx.execute(sql, params![source, name.to_owned()]).await.map(drop)
}

/// Forgets those that came before a moment and are not to be kept; the bytes follow when the folder is tidied.
pub async fn forget_old_raw(tx: &mut Tx, before: Timestamp) -> Result<(), Error> {
    tx.execute("DELETE FROM raw_mails WHERE NOT kept AND created_at < ?1", params![before]).await.map(drop)
}
