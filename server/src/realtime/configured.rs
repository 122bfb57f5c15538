//! Tells open pages when the configuration of their chat has become another one. It is of the moment: whoever comes back
//! says which one they have.

use std::collections::HashMap;
use std::time::Duration;

use model::{EventType, SourceId};
use store::journal::Entry;
use tokio::sync::broadcast::error::RecvError;

use super::frames::VisitorTold;
use crate::app::App;
use crate::channels::chat::told;
use crate::domain::{Error, Result};
use crate::state::hub::VisitorFrame;

/// The pause between two looks: somebody who sets a chat up saves often.
const PAUSE: Duration = Duration::from_secs(2);

/// Tells them until the server stops.
pub(crate) async fn run(app: App) {
    let mut entries = app.hub.entries();
    let mut last = HashMap::new();
    loop {
        let changed = async {
            loop {
                match entries.recv().await {
                    Ok(entry) if changes(&entry) => return true,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        let goes_on = tokio::select! {
            goes_on = changed => goes_on,
            () = app.stopping.cancelled() => false,
        };
        if !goes_on {
            return;
        }
        look(&app, &mut last).await;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// Whether a chat may be configured in another way since.
fn changes(entry: &Entry) -> bool {
    let of_a_chat = entry.source_id.is_some() || ["community", "time_sheet"].contains(&entry.resource_kind.as_str());
    entry.kind == EventType::AdministrationChanged && of_a_chat
}

/// Looks at the chats that somebody has open, and tells their pages of another version than was told last.
async fn look(app: &App, last: &mut HashMap<SourceId, Option<String>>) {
    let visited = app.hub.visited();
    last.retain(|source, _| visited.contains(source));
    for source in visited {
        match version(app, source.clone()).await {
            Ok(version) if last.get(&source) != Some(&version) => {
                let frame = VisitorTold::Config { version: version.clone() };
                app.hub.tell_source(&source, &VisitorFrame { position: None, json: frame.json() });
                last.insert(source, version);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a chat's configuration"),
        }
    }
}

async fn version(app: &App, id: SourceId) -> Result<Option<String>> {
    let read = app.db.read(move |tx| Box::pin(async move { Ok::<_, Error>(store::source::find(tx, &id).await?) }));
    match read.await? {
        Some(source) => told::version(app, source.token).await,
        None => Ok(None),
    }
}
