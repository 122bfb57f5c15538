//! Channels: routing groups of sources.

use model::{ChannelId, SourceId};
use store::source::{self, Channel};
use store::{Filter, Listed, Page, Tx};

use super::{Actor, Error, Result};

/// A channel with the sources of it that the actor may see.
#[derive(Debug)]
pub struct Shown {
    /// The row.
    pub channel: Channel,
    /// Its sources, oldest first.
    pub source_ids: Vec<SourceId>,
}

/// Lists channels, oldest first.
///
/// # Errors
/// As the store says.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Shown>> {
    let Listed { count, records } = tx.list::<Channel>(Filter::default(), "created_at, id", page).await?;
    let mut shown = Vec::with_capacity(records.len());
    for channel in records {
        let source_ids = source::ids_of_channel(tx, actor.scope(), &channel.id).await?;
        shown.push(Shown { channel, source_ids });
    }
    Ok(Listed { count, records: shown })
}

/// Finds a channel.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ChannelId) -> Result<Shown> {
    let channel = source::channel(tx, id).await?.ok_or(Error::NotFound("channel"))?;
    let source_ids = source::ids_of_channel(tx, actor.scope(), id).await?;
    Ok(Shown { channel, source_ids })
}
