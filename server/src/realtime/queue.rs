//! Tells the visitors of live chats who wait where they stand, when that has changed. It is of the moment: whoever comes
//! back is told anew.

use std::collections::HashMap;
use std::time::Duration;

use model::{EventType, ThreadId};
use tokio::sync::broadcast::error::RecvError;

use super::frames::VisitorTold;
use crate::app::App;
use crate::domain::live_chat::{self, Stands};
use crate::state::hub::VisitorFrame;

/// The pause between two looks: nobody is told more often.
const PAUSE: Duration = Duration::from_secs(5);

/// What each was told, and by which connection they had come then.
type Told = HashMap<ThreadId, (Stands, u64)>;

/// Tells them until the server stops.
pub(crate) async fn run(app: App) {
    let mut entries = app.hub.entries();
    let mut told: Told = HashMap::new();
    let mut waits = true;
    loop {
        let moved = async {
            loop {
                match entries.recv().await {
                    Ok(entry) if moves(entry.kind) => return true,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        // While somebody waits, they come and go, and the line moves by what other channels' sources have too.
        let goes_on = tokio::select! {
            goes_on = moved => goes_on,
            () = tokio::time::sleep(PAUSE), if waits => true,
            () = app.stopping.cancelled() => false,
        };
        if !goes_on {
            return;
        }
        waits = look(&app, &mut told).await;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// Whether the line moves by it.
fn moves(kind: EventType) -> bool {
    matches!(kind, EventType::ChatQueued | EventType::ChatConnected | EventType::ContentThreadClosed)
}

/// Looks where they stand, and tells whoever is here and stands elsewhere than they were told, or has come back. Tells
/// whether anybody waits.
async fn look(app: &App, told: &mut Told) -> bool {
    let line = match app.db.read(|tx| Box::pin(live_chat::line(tx))).await {
        Ok(line) => line,
        Err(error) => {
            tracing::warn!(%error, "where visitors stand");
            return true;
        }
    };
    let waits = !line.is_empty();
    let mut now = HashMap::new();
    for stands in line {
        let who = (stands.source_id.clone(), stands.identity_id.clone());
        let Some(connection) = app.hub.newest(&who) else { continue };
        let (id, news) = (stands.thread_id.clone(), (stands, connection));
        if told.get(&id) != Some(&news) {
            let Stands { thread_id, place, estimated_wait_seconds, .. } = news.0.clone();
            let frame = VisitorTold::Queue { thread_id, place, estimated_wait_seconds };
            app.hub.tell_visitor(&who, &VisitorFrame { position: None, json: frame.json() });
        }
        now.insert(id, news);
    }
    *told = now;
    waits
}
