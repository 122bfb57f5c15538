//! Up to where a mailbox was taken in, as it is kept.

use model::SourceId;
use store::source_state;

use crate::app::App;
use crate::domain::source_run::Taken;
use crate::domain::{Error, Result, listed, source_run};

/// The position of a mailbox; none before it was taken in for the first time.
pub(super) async fn read(app: &App, source: &SourceId, mailbox: &str) -> Result<Option<String>> {
    let (source, stream) = (source.clone(), mailbox.to_owned());
    let read = app.db.read(move |tx| Box::pin(async move { source_state::cursor(tx, &source, &stream).await }));
    Ok(read.await.map_err(Error::Store)?.map(|cursor| cursor.position))
}

/// Moves it, where nothing else is to be written.
pub(super) async fn write(app: &App, run: &Taken, mailbox: &str, position: String) -> Result<()> {
    let (run, stream) = (run.clone(), mailbox.to_owned());
    let write = app.db.write(move |tx| Box::pin(async move { step(tx, &run, &stream, &position).await }));
    write.await
}

/// The same within a transaction.
///
/// # Errors
/// When another process has the run by now: it takes in what this one has found.
pub(super) async fn step(tx: &mut store::Tx, run: &Taken, mailbox: &str, position: &str) -> Result<()> {
    listed::move_to(tx, &run.source.id, mailbox, position).await?;
    if source_run::renew(tx, run).await? {
        return Ok(());
    }
    Err(Error::Internal("another process has taken this source over".into()))
}
