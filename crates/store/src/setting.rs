//! Settings of the domain, by name.

use std::collections::BTreeMap;

use crate::{Error, Tx, params};

/// Reads a setting.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>, Error> {
    let mut rows = tx.rows("SELECT value FROM settings WHERE name = ?1", params![name.to_owned()]).await?;
    rows.first_mut().map(crate::Row::take).transpose()
}

/// Writes a setting.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), Error> {
    let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, params![name.to_owned(), value.to_owned()]).await.map(drop)
}

/// Every setting that is set, by its name.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<String, String>, Error> {
    let mut rows = tx.rows("SELECT name, value FROM settings", Vec::new()).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Takes a setting back.
pub async fn clear(tx: &mut Tx, name: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM settings WHERE name = ?1", params![name.to_owned()]).await.map(drop)
}
