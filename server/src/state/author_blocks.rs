//! Whose words are kept out, asked before they come to the database.

use std::sync::Arc;

use model::BlockId;
use store::Db;

use crate::domain::Result;
use crate::domain::block::{self, Blocks, Writer};
use crate::state::administration_cache::AdministrationCache;

/// The blocks, kept until the administration changes.
#[derive(Default)]
pub struct AuthorBlocks(AdministrationCache<Blocks>);

impl AuthorBlocks {
    /// The blocks as they are now.
    ///
    /// # Errors
    /// As the database says.
    pub async fn get(&self, db: &Db) -> Result<Arc<Blocks>> {
        self.0.get(db, String::new(), |tx| Box::pin(Blocks::load(tx))).await
    }

    /// Whether the words of somebody are kept out, which is counted.
    pub(crate) async fn keep_out(&self, db: &Db, writer: Writer<'_>) -> Result<bool> {
        match self.get(db).await?.of(writer, db.clock().now()).cloned() {
            Some(id) => self.count(db, id).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Counts words that a block has kept out.
    pub(crate) async fn count(&self, db: &Db, id: BlockId) -> Result<()> {
        db.write(move |tx| {
            let id = id.clone();
            Box::pin(async move { block::note_refused(tx, &id, 1).await })
        })
        .await
    }
}
