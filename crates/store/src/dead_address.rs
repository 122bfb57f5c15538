//! Addresses of mail that servers have said do not exist.

use model::Timestamp;

use crate::{Error, Filter, Row, Tx, params, table};

table! {
    /// An address that does not work.
    pub struct DeadAddress in "dead_addresses" {
        /// The address, in lower case.
        address: String,
        /// The code of the server that said so.
        code: String,
        /// When.
        since: Timestamp,
    }
}

/// Keeps that an address does not work. What said so first stays.
pub async fn put(tx: &mut Tx, address: &str, code: &str) -> Result<(), Error> {
    let sql = "INSERT INTO dead_addresses (address, code, since) VALUES (?1, ?2, ?3) ON CONFLICT (address) DO NOTHING";
    let now = tx.now();
    tx.execute(sql, params![address.to_owned(), code.to_owned(), now]).await.map(drop)
}

/// Forgets that one did not work.
pub async fn forget(tx: &mut Tx, address: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM dead_addresses WHERE address = ?1", params![address.to_owned()]).await.map(drop)
}

/// Those of some addresses that do not work.
pub async fn among(tx: &mut Tx, addresses: &[String]) -> Result<Vec<String>, Error> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("address", addresses);
    let sql = format!("SELECT address FROM dead_addresses {} ORDER BY address", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}
