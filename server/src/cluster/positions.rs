//! How far the journal has come, and that the administration changed: what others write to the same database is news
//! here too, to followers, sockets and caches. Others are the other processes that serve it, and commands from the shell.

use std::time::Duration;

use store::journal;

use crate::app::App;
use crate::domain::Result;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Looks each second, until the server stops.
pub(super) async fn watch(app: App) {
    let mut known = *app.db.positions().borrow();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.stopping.cancelled() => return,
        }
        match look(&app, known).await {
            Ok(position) => known = position,
            Err(error) => tracing::warn!(%error, "looking for what other processes wrote"),
        }
    }
}

async fn look(app: &App, known: i64) -> Result<i64> {
    let head = app.db.read(move |tx| Box::pin(journal::head(tx))).await?;
    if head > known {
        let changed = app.db.read(move |tx| Box::pin(journal::administration_changed(tx, known, head))).await?;
        // Caches first: whoever is woken by the position must not find a stale one.
        if changed {
            app.db.note_administration();
        }
        app.db.refresh_position().await?;
    }
    Ok(head)
}
