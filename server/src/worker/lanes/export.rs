//! Handing agents' contents to their sources, and having something done there with contents, a lane for each source. Each turn
//! of an export sends one of its parts. One that was
//! sent before its process died is sent again, marked as a retry and under the same `content_id`, by which the third party
//! can tell that it has it already.

use std::convert::Infallible;

use model::{ExportId, ExportOutcome, SourceId};
use store::export as rows;

use super::engine::{self, Kind, Next};
use crate::app::App;
use crate::channels;
use crate::domain::export::{self, Outcome, Outgoing, Plan, Reason, Taken, Tried};
use crate::domain::{Error, Result, act, export_act};
use crate::worker::wakes::{Bell, Wakes};

/// The lanes of sources.
#[derive(Clone)]
pub(super) struct Exports {
    app: App,
    wakes: Wakes,
    posts: channels::email::Posts,
}

impl Kind for Exports {
    type Key = SourceId;
    type Item = Taken;
    type Id = ExportId;
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
        Ok(Self { app, wakes, posts: channels::email::Posts::default() })
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
        let plan = self.app.db.read(move |tx| Box::pin(async move { export::plan(tx, &source).await })).await?;
        let now = self.app.db.clock().now();
        Ok(match plan {
            Plan::End => Next::End,
            Plan::Due(time) => Next::due(time, now),
        })
    }

    async fn take(
        &self,
        source: &SourceId,
        _: Vec<Infallible>,
        busy: Vec<ExportId>,
        room: usize,
    ) -> Result<Option<Vec<Taken>>> {
        let (source, process) = (source.clone(), self.app.process.name.clone());
        let take = self
            .app
            .db
            .write(move |tx| Box::pin(async move { export::take(tx, &source, &process, &busy, room).await }));
        take.await.map(Some)
    }

    fn id(taken: &Taken) -> ExportId {
        taken.export.id.clone()
    }

    /// Sends one part and writes down how that ended.
    async fn work(&self, taken: Taken) -> Option<Infallible> {
        let content = taken.export.content_id.clone();
        let (planned, tried) = self.try_once(&taken).await;
        tell(&self.app, &taken, &tried.outcome);
        let note = || {
            let (taken, planned, tried) = (taken.clone(), planned.clone(), tried.clone());
            self.app.db.write(move |tx| Box::pin(async move { export::note(tx, &taken, &planned, tried).await }))
        };
        if let Err(error) = engine::note(&self.app, note).await {
            tracing::error!(%content, %error, "a content was handed over, but that is not written down");
        }
        None
    }

    async fn renew(&self, taken: &Taken) -> Result<()> {
        let taken = taken.clone();
        self.app.db.write(move |tx| Box::pin(async move { export::renew(tx, &taken).await })).await
    }
}

impl Exports {
    /// Sends a part; gives the parts of the content, where they are not known yet, and how that ended.
    async fn try_once(&self, taken: &Taken) -> (Vec<String>, Tried) {
        if taken.lost {
            let reason = Reason::new("no_end", "the server stopped before the end of this try was written down");
            let unknown = Tried::from(Outcome::Unknown(reason));
            let looked = if taken.export.is_sending() { None } else { self.look(taken).await };
            return (Vec::new(), looked.unwrap_or(unknown));
        }
        let tried = match taken.export.is_sending() {
            true => self.send(taken).await,
            false => self.act(taken).await.map(|tried| (Vec::new(), tried)),
        };
        match tried {
            Ok(tried) => tried,
            Err(error @ Error::NotFound(_)) => {
                (Vec::new(), Outcome::Refused(Reason::new("gone", error.to_string())).into())
            }
            Err(error) => {
                tracing::error!(content = %taken.export.content_id, %error, "preparing a content to hand over");
                (Vec::new(), Outcome::Failed(Reason::new("not_read", "the content could not be read")).into())
            }
        }
    }

    async fn send(&self, taken: &Taken) -> Result<(Vec<String>, Tried)> {
        let (planned, outgoing) = self.prepare(taken).await?;
        Ok((planned, channels::send(&self.app, &self.posts, &outgoing).await))
    }

    async fn act(&self, taken: &Taken) -> Result<Tried> {
        let read = taken.clone();
        let deed = self.app.db.read(move |tx| Box::pin(async move { export_act::load(tx, &read).await })).await?;
        let tried = channels::act(&self.app, &deed).await;
        if matches!(tried.outcome, Outcome::Unknown(_)) && !act::is_standard(&deed.name) {
            let done = channels::verify(&self.app, &deed).await;
            return Ok(done.map_or(tried, |answered| Outcome::Done(answered).into()));
        }
        Ok(tried)
    }

    /// Looks whether an act was done whose try has no end.
    async fn look(&self, taken: &Taken) -> Option<Tried> {
        let read = taken.clone();
        let deed = self.app.db.read(move |tx| Box::pin(async move { export_act::load(tx, &read).await })).await.ok()?;
        channels::verify(&self.app, &deed).await.map(|answered| Outcome::Done(answered).into())
    }

    /// Reads what is sent; gives its parts too, where they are not known yet. They are written down first where the other
    /// side would show twice what it gets twice.
    async fn prepare(&self, taken: &Taken) -> Result<(Vec<String>, Outgoing)> {
        let read = taken.clone();
        let load = self.app.db.read(move |tx| Box::pin(async move { export::load(tx, &read).await }));
        let outgoing = load.await?;
        let planned = if outgoing.parts.is_empty() { channels::plan(&outgoing) } else { Vec::new() };
        if planned.len() > 1 && !outgoing.source.kind.caps().knows_repeats {
            let (taken, parts) = (taken.clone(), planned.clone());
            let keep =
                self.app.db.write(move |tx| Box::pin(async move { export::keep_parts(tx, &taken, &parts).await }));
            keep.await?;
        }
        Ok((planned, outgoing))
    }
}

/// Counts a try, and says in the log how it went. What the other side said stays with the content: it may give the
/// content back, which is not for the log.
fn tell(app: &App, taken: &Taken, outcome: &Outcome) {
    let (content, source, outcome) = (&taken.export.content_id, &taken.export.source_id, outcome.name());
    app.meters.export(outcome.as_str());
    match outcome {
        ExportOutcome::Done => {}
        ExportOutcome::Locked => {
            tracing::warn!(%content, %source, "the source's key cannot be used: its contents wait")
        }
        other => tracing::info!(%content, %source, outcome = other.as_str(), "the source did not take a content"),
    }
}
