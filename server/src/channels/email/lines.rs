//! Sessions between two runs: each waits at its server until something comes, then rings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::SourceId;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::door::Door;
use super::imap::Session;
use crate::app::App;

/// How long a session waits at the most; servers end those that say nothing for half an hour.
const WAIT: Duration = Duration::from_secs(9 * 60);
/// How long it is kept after that, if nobody asks for it: its source is switched off, or another process asks by now.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// How long a line has lasted that is worth to be opened again at once.
const LASTS: Duration = Duration::from_secs(60);

/// The sessions of this process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<HashMap<SourceId, Waiting>>>);

struct Waiting {
    door: Door,
    stop: CancellationToken,
    task: JoinHandle<Option<Session>>,
}

impl Lines {
    /// The session of a source that was kept, when it leads through the same door and still works.
    pub(super) async fn take(&self, source: &SourceId, door: &Door) -> Option<Session> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(source)?;
        waiting.stop.cancel();
        let mut session = waiting.task.await.ok().flatten()?;
        if waiting.door != *door {
            session.close().await;
            return None;
        }
        let open = session.open.clone()?;
        session.examine(&open).await.ok()?;
        Some(session)
    }

    /// Keeps a session. `wake` is called when something comes, when it has waited long enough, and when a line breaks that has lasted.
    pub(super) fn keep(
        &self,
        app: &App,
        source: SourceId,
        door: Door,
        session: Session,
        wake: impl FnOnce() + Send + 'static,
    ) {
        let stop = app.stopping.child_token();
        let (stopped, all, owner) = (stop.clone(), self.clone(), source.clone());
        let task = app.tasks.spawn(async move {
            let mut kept = Some(session);
            if let Some(session) = kept.take_if(|session| session.idles) {
                let began = Instant::now();
                kept = session.idle(WAIT, stopped.cancelled()).await.ok();
                // A line that breaks again and again is left to the next look that is due: each would sign in anew.
                if !stopped.is_cancelled() && (kept.is_some() || began.elapsed() >= LASTS) {
                    wake();
                }
            }
            if kept.is_none() || timeout(KEPT, stopped.cancelled()).await.is_err() {
                all.forget(&owner, &stopped);
                if let Some(session) = kept.take() {
                    session.close().await;
                }
            }
            kept
        });
        let waiting = Waiting { door, stop, task };
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(source, waiting);
        if let Some(before) = before {
            before.stop.cancel();
        }
    }

    /// Lets go of a session that nobody has asked for, with what it was signed in by.
    fn forget(&self, source: &SourceId, stopped: &CancellationToken) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !stopped.is_cancelled() {
            all.remove(source);
        }
    }
}
