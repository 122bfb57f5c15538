//! Who somebody has said are not the same person, though much of what is known of them is the same.

use model::{IdentityId, UserId};

use crate::{Error, Field, Tx, params, placeholders};

/// Keeps that two identities are not the same person.
pub async fn put(tx: &mut Tx, one: &IdentityId, other: &IdentityId, user: &UserId) -> Result<(), Error> {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    let sql = "INSERT INTO people_not_same (identity_id, other_id, user_id, created_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (identity_id, other_id) DO NOTHING";
    let now = tx.now();
    tx.execute(sql, params![first, second, user, now]).await.map(drop)
}

/// The identities of which it was said beside one of these.
pub async fn beside(tx: &mut Tx, identities: &[IdentityId]) -> Result<Vec<IdentityId>, Error> {
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, identities.len());
    let sql = format!(
        "SELECT other_id FROM people_not_same WHERE identity_id IN ({list}) \
         UNION SELECT identity_id FROM people_not_same WHERE other_id IN ({list})"
    );
    let mut rows = tx.rows(&sql, identities.iter().map(Field::to_value).collect()).await?;
    rows.iter_mut().map(crate::Row::take).collect()
}
