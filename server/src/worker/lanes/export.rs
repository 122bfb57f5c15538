//! Handing agents' contents to their sources, a lane for each. A content that was sent before its process died is sent
//! again, marked as a retry and under the same `content_id`, by which the third party can tell that it has it already.

use std::convert::Infallible;

use model::{ContentId, SourceId};
use store::export as rows;
use store::export::Export;

use super::engine::{self, Kind, Next};
use crate::app::App;
use crate::channels::sdk::outbound;
use crate::domain::{Error, Result, export};
use crate::worker::wakes::{Bell, Wakes};

/// The lanes of sources.
#[derive(Clone)]
pub(super) struct Exports {
    app: App,
    wakes: Wakes,
}

impl Kind for Exports {
    type Key = SourceId;
    type Item = Export;
    type Id = ContentId;
    type Outcome = Infallible;
    const NAME: &'static str = "exports";
    /// Each for another thread.
    const AT_ONCE: usize = 8;

    async fn begin(app: App, wakes: Wakes) -> Result<Self> {
        let process = app.process.clone();
        let ended = app.db.write(move |tx| {
            Box::pin(async move { rows::end_leases(tx, &process.name, process.former.as_deref()).await })
        });
        ended.await.map_err(Error::Store)?;
        Ok(Self { app, wakes })
    }

    fn app(&self) -> &App {
        &self.app
    }

    fn bell(&self) -> &Bell<SourceId> {
        &self.wakes.exports
    }

    async fn keys(&self) -> Result<Vec<SourceId>> {
        self.app.db.read(|tx| Box::pin(rows::sources(tx))).await.map_err(Error::Store)
    }

    async fn next(&self, source: &SourceId) -> Result<Next> {
        let source = source.clone();
        let due = self.app.db.read(move |tx| Box::pin(async move { export::next_due(tx, &source).await })).await?;
        let now = self.app.db.clock().now();
        Ok(if due.is_some_and(|time| time <= now) { Next::Turn } else { Next::Wait(due) })
    }

    async fn take(
        &self,
        source: &SourceId,
        _: Vec<Infallible>,
        busy: Vec<ContentId>,
        room: usize,
    ) -> Result<Option<Vec<Export>>> {
        let (source, process) = (source.clone(), self.app.process.name.clone());
        let take = self
            .app
            .db
            .write(move |tx| Box::pin(async move { export::take(tx, &source, &process, &busy, room).await }));
        take.await.map(Some)
    }

    fn id(taken: &Export) -> ContentId {
        taken.content_id.clone()
    }

    /// Sends one content and writes down how that ended.
    async fn work(&self, export: Export) -> Option<Infallible> {
        let (app, taken) = (&self.app, export.clone());
        let outgoing = match app.db.read(move |tx| Box::pin(async move { export::load(tx, &taken).await })).await {
            Ok(outgoing) => outgoing,
            Err(error) => {
                tracing::error!(content = %export.content_id, %error, "reading a content to hand over");
                return None;
            }
        };
        let outcome = outbound::send(app, &outgoing).await;
        tell(app, &export.content_id, &outcome);
        let note = || {
            let (taken, outcome) = (export.clone(), outcome.clone());
            app.db.write(move |tx| Box::pin(async move { export::note(tx, &taken, outcome).await }))
        };
        if let Err(error) = engine::note(app, note).await {
            let content = &export.content_id;
            tracing::error!(%content, %error, "a content was handed over, but that is not written down");
        }
        None
    }

    async fn renew(&self, taken: &Export) -> Result<()> {
        let taken = taken.clone();
        self.app.db.write(move |tx| Box::pin(async move { export::renew(tx, &taken).await })).await
    }
}

/// Counts a try, and says in the log how it went. What the other side said stays with the content: it may give the
/// content back, which is not for the log.
fn tell(app: &App, content: &ContentId, outcome: &export::Outcome) {
    app.meters.export(match outcome {
        export::Outcome::Done(_) => "done",
        export::Outcome::Refused(_) => "refused",
        export::Outcome::Failed(_) => "failed",
    });
    match outcome {
        export::Outcome::Done(_) => {}
        export::Outcome::Refused(_) => tracing::info!(%content, "the source refused a content"),
        export::Outcome::Failed(_) => tracing::info!(%content, "the source did not take a content"),
    }
}
