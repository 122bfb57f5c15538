//! The tags of threads, by the tag. What a thread has stands in its own row too.

use model::{TagId, ThreadId};

use crate::{Error, Tx, params};

/// Notes which tags a held thread has from now on.
pub async fn set(tx: &mut Tx, thread: &ThreadId, tags: &[TagId]) -> Result<(), Error> {
    tx.execute("DELETE FROM thread_tags WHERE thread_id = ?1", params![thread]).await?;
    for tag in tags {
        tx.execute("INSERT INTO thread_tags (tag_id, thread_id) VALUES (?1, ?2)", params![tag, thread]).await?;
    }
    Ok(())
}

/// Takes a tag off every thread that has it; its own rows go with the tag.
pub async fn forget(tx: &mut Tx, tag: &TagId) -> Result<(), Error> {
    // The list is compact JSON: an element goes with the comma after it, else with the one before it.
    let sql = "UPDATE content_threads SET tag_ids = REPLACE(REPLACE(REPLACE(tag_ids, ?1, ''), ?2, ''), ?3, '') \
               WHERE id IN (SELECT thread_id FROM thread_tags WHERE tag_id = ?4)";
    let quoted = format!("\"{tag}\"");
    let (after, before) = (format!("{quoted},"), format!(",{quoted}"));
    tx.execute(sql, params![after, before, quoted, tag]).await.map(drop)
}
