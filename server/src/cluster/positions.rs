//! How far the journal has come, and that the administration changed: what others write to the same database is news
//! here too, to followers, sockets and caches. Others are the other processes that serve it, and commands from the shell.

use std::time::Duration;

use store::{Db, Error, journal};
use tokio_util::sync::CancellationToken;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Looks each second, until the server stops.
pub(super) async fn watch(db: Db, stopping: CancellationToken) {
    let mut known = *db.positions().borrow();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stopping.cancelled() => return,
        }
        match look(&db, known).await {
            Ok(position) => known = position,
            Err(error) => tracing::warn!(%error, "looking for what other processes wrote"),
        }
    }
}

async fn look(db: &Db, known: i64) -> Result<i64, Error> {
    let head = db.read_ahead(move |tx| Box::pin(journal::head(tx))).await?;
    if head > known {
        let changed = db.read_ahead(move |tx| Box::pin(journal::administration_changed(tx, known, head))).await?;
        // Caches first: whoever is woken by the position must not find a stale one.
        if changed {
            db.note_administration();
        }
        db.refresh_position().await?;
    }
    Ok(head)
}
