//! Asking sources for what is new, a lane for each: what the other side can do, then its lists one after the other, page by
//! page. A page is fetched without a transaction and taken in with the position that it leads to, so that a crash between
//! the two has it fetched again, and nothing is passed over.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use model::SourceId;
use store::source::Source;
use store::source_state as rows;
use tokio::time::Instant;

use super::engine::{self, Kind, Next};
use crate::app::App;
use crate::channels::{self, asked::Failed, asked::Page};
use crate::domain::listed::{self, Done, Link, Slice, Stopped};
use crate::domain::source_health::Trouble;
use crate::domain::source_run::{self, Ended, Plan, Taken};
use crate::domain::{Error, Result};
use crate::worker::wakes::{Bell, Wakes};

/// How many objects are taken in by one transaction.
const SLICE: usize = 200;
/// How many pages of a list one run takes.
const PAGES: usize = 1000;
/// How long one run takes: then the next one goes on.
const LONGEST: Duration = Duration::from_secs(600);
/// How often a slice is tried that crosses others.
const TRIES: usize = 3;
/// After how many runs in a row in which a position was not known an earlier one is taken.
const REFUSALS: i64 = 3;

/// The lanes of sources that are asked.
#[derive(Clone)]
pub(super) struct Polls {
    app: App,
    wakes: Wakes,
    /// Sessions with servers of mail, between two runs.
    lines: channels::email::Lines,
}

impl Kind for Polls {
    type Key = SourceId;
    type Item = Taken;
    type Id = SourceId;
    type Outcome = Infallible;
    const NAME: &'static str = "polls";
    const AT_ONCE: usize = 1;

    async fn begin(app: App, wakes: Wakes) -> Result<Self> {
        let process = app.process.clone();
        let ended = app.db.write(move |tx| {
            Box::pin(async move { rows::end_leases(tx, &process.name, process.former.as_deref()).await })
        });
        ended.await.map_err(Error::Store)?;
        Ok(Self { app, wakes, lines: channels::email::Lines::default() })
    }

    fn app(&self) -> &App {
        &self.app
    }

    fn bell(&self) -> &Bell<SourceId> {
        &self.wakes.polls
    }

    async fn keys(&self) -> Result<Vec<SourceId>> {
        self.app.db.read(|tx| Box::pin(rows::asked(tx))).await.map_err(Error::Store)
    }

    async fn next(&self, source: &SourceId) -> Result<Next> {
        let source = source.clone();
        let plan = self.app.db.read(move |tx| Box::pin(async move { source_run::plan(tx, &source).await })).await?;
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
        _: Vec<SourceId>,
        _: usize,
    ) -> Result<Option<Vec<Taken>>> {
        let (source, process) = (source.clone(), self.app.process.name.clone());
        let take = self.app.db.write(move |tx| Box::pin(async move { source_run::take(tx, &source, &process).await }));
        Ok(Some(take.await?.into_iter().collect()))
    }

    fn id(run: &Taken) -> SourceId {
        run.source.id.clone()
    }

    /// Asks, and writes down how that ended.
    async fn work(&self, run: Taken) -> Option<Infallible> {
        let ended = tokio::select! {
            ended = self.ask(&run) => ended,
            // Its lease ends with the process, or a little later.
            () = self.app.stopping.cancelled() => return None,
        };
        let source = &run.source.id;
        if let Some(Trouble { code, text }) = &ended.trouble {
            tracing::info!(%source, code, text, "a source was asked in vain");
        }
        let note = || {
            let (run, ended) = (run.clone(), ended.clone());
            self.app.db.write(move |tx| Box::pin(async move { source_run::end(tx, &run, ended).await }))
        };
        if let Err(error) = engine::note(&self.app, note).await {
            tracing::error!(%source, %error, "a source was asked, but that is not written down");
        }
        None
    }

    async fn renew(&self, run: &Taken) -> Result<()> {
        let run = run.clone();
        self.app.db.write(move |tx| Box::pin(async move { source_run::renew(tx, &run).await })).await.map(drop)
    }
}

impl Polls {
    /// A whole run, in the way of its kind.
    async fn ask(&self, run: &Taken) -> Ended {
        let (app, wakes, source) = (self.app.clone(), self.wakes.clone(), run.source.clone());
        let wake = move || {
            let (tasks, id) = (app.tasks.clone(), source.id.clone());
            tasks.spawn(async move {
                let want = app.db.write(move |tx| Box::pin(async move { source_run::want(tx, &source).await }));
                match want.await {
                    Ok(_) => wakes.polls.ring([id]),
                    Err(error) => tracing::warn!(source = %id, %error, "what came is looked for at the next run"),
                }
            });
        };
        match channels::fetch(&self.app, run, &self.lines, wake).await {
            Some(ended) => ended,
            None => asked(&self.app, run).await,
        }
    }
}

/// A whole run through lists.
async fn asked(app: &App, run: &Taken) -> Ended {
    let mut ended = Ended::default();
    let source = match greeted(app, run).await {
        Ok(source) => source,
        Err(failed) => {
            (ended.trouble, ended.wait) = (Some(failed.trouble), failed.wait);
            return ended;
        }
    };
    let until = Instant::now() + LONGEST;
    let streams = channels::streams(&source);
    ended.lists = !streams.is_empty();
    let mut failures: Vec<Failed> = Vec::new();
    for stream in &streams {
        match (List { app, run, source: &source, stream, until }).take_in(&mut ended).await {
            Ok(()) => {}
            Err(failed) => {
                let over = failed.is_unreached();
                failures.push(failed);
                if over {
                    break;
                }
            }
        }
    }
    let all = failures.len() == streams.len() || failures.iter().any(Failed::is_unreached);
    if let Some(first) = failures.into_iter().next() {
        ended.wait = first.wait;
        *(if all { &mut ended.trouble } else { &mut ended.warning }) = Some(first.trouble);
    }
    ended
}

/// Asks what the other side can do, and keeps it; gives the source as it is then.
async fn greeted(app: &App, run: &Taken) -> Result<Source, Failed> {
    let Some(told) = channels::greet(app, &run.source).await? else { return Ok(run.source.clone()) };
    if run.source.implementation.as_ref().is_some_and(|known| known.0 == told) {
        return Ok(run.source.clone());
    }
    let id = run.source.id.clone();
    let keep = app.db.write(move |tx| Box::pin(async move { source_run::keep_told(tx, &id, told).await }));
    keep.await.map_err(|error| ours(&error))
}

fn ours(error: &Error) -> Failed {
    tracing::error!(%error, "asking a source");
    Failed::by(Trouble::new("ours", error.to_string()))
}

/// A list of a source on its way in.
struct List<'a> {
    app: &'a App,
    run: &'a Taken,
    source: &'a Source,
    stream: &'static str,
    until: Instant,
}

impl List<'_> {
    /// Takes in what is new of it: until there is nothing, or nothing new, or it goes round in a circle.
    async fn take_in(&self, ended: &mut Ended) -> Result<(), Failed> {
        let mut at = self.at().await?;
        let (mut seen, mut links) = (HashSet::new(), Vec::new());
        for _ in 0..PAGES {
            let (page, from) = self.page(&at, ended).await?;
            at.position = from;
            ended.skipped += page.skipped;
            if page.cut {
                let text = format!("{}.list has more on a page than is taken", self.stream);
                ended.warning = Some(Trouble::new("page_too_long", text));
            }
            let Some(next) = page.next.clone() else { return self.caught_up().await };
            let round = !seen.insert(next.clone()) || at.position.as_ref() == Some(&next);
            let fresh = self.enter(&page, &next, at.first, &mut links, ended).await?;
            at.position = Some(next);
            // At the first look what is known may stand before what is not: the whole list is looked through.
            if round || fresh == 0 && !at.first {
                return self.caught_up().await;
            }
            if Instant::now() >= self.until {
                break;
            }
        }
        ended.more = true;
        Ok(())
    }

    async fn at(&self) -> Result<listed::At, Failed> {
        let (id, stream) = (self.source.id.clone(), self.stream);
        let read = self.app.db.read(move |tx| Box::pin(async move { listed::at(tx, &id, stream).await }));
        read.await.map_err(|error| ours(&error))
    }

    async fn caught_up(&self) -> Result<(), Failed> {
        let (run, stream) = (self.run.clone(), self.stream);
        let write = self.app.db.write(move |tx| Box::pin(async move { listed::caught_up(tx, &run, stream).await }));
        write.await.map_err(|error| ours(&error))
    }

    /// Fetches the page after a position; gives the position that it was at last asked from. Where the other side has not
    /// known it for some runs, it goes back from one to the one before, at last to the beginning.
    async fn page(&self, at: &listed::At, ended: &mut Ended) -> Result<(Page, Option<String>), Failed> {
        let mut position = at.position.clone();
        loop {
            let failed = match channels::poll(self.app, self.source, self.stream, position.as_deref()).await {
                Ok(page) => return Ok((page, position)),
                Err(failed) => failed,
            };
            let Some(lost) = position.filter(|_| failed.may_be_lost()) else { return Err(failed) };
            let back = at.refusals + 1 >= REFUSALS;
            let (id, stream) = (self.source.id.clone(), self.stream);
            let write = self.app.db.write(move |tx| {
                Box::pin(async move {
                    listed::refused(tx, &id, stream, back).await?;
                    listed::at(tx, &id, stream).await
                })
            });
            let now = write.await.map_err(|error| ours(&error))?;
            if !back {
                return Err(failed);
            }
            position = now.position;
            let text = format!("the other side no longer knows {lost:?}, up to which {} was taken in", self.stream);
            ended.warning = Some(Trouble::new("position_lost", text));
        }
    }

    /// Takes in a page; tells how much of it was not known before.
    async fn enter(
        &self,
        page: &Page,
        next: &str,
        first: bool,
        links: &mut Vec<Link>,
        ended: &mut Ended,
    ) -> Result<i64, Failed> {
        let mut fresh = 0;
        // A page of which nothing could be read moves the position all the same.
        let parts = page.items.len().div_ceil(SLICE).max(1);
        for part in 0..parts {
            let end = page.items.len().min((part + 1) * SLICE);
            let items = &page.items[part * SLICE..end];
            let position = (part + 1 == parts).then(|| next.to_owned());
            let done = self.slice(items.to_vec(), position, first, links).await?;
            fresh += done.fresh;
            ended.received += done.received;
            ended.parked += done.parked;
            *links = done.links;
        }
        Ok(fresh)
    }

    /// Takes in a part of a page. What of it cannot be is parked, and the rest is taken in.
    async fn slice(
        &self,
        items: Vec<listed::Item>,
        position: Option<String>,
        first: bool,
        links: &[Link],
    ) -> Result<Done, Failed> {
        let mut bad: Vec<(usize, String)> = Vec::new();
        let items: std::sync::Arc<[listed::Item]> = items.into();
        let links: std::sync::Arc<[Link]> = links.into();
        let mut tries = 0;
        let blocks = self.app.author_blocks.get(&self.app.db).await.map_err(|error| ours(&error))?;
        loop {
            let blocks = blocks.clone();
            let (run, source, stream) = (self.run.clone(), self.source.clone(), self.stream);
            let (items, links, position, wrong) = (items.clone(), links.clone(), position.clone(), bad.clone());
            let write = self.app.db.write(move |tx| {
                Box::pin(async move {
                    let position = position.as_deref();
                    let slice =
                        Slice { stream, items: &items, bad: &wrong, position, first, links: &links, blocks: &blocks };
                    listed::take_in(tx, &run, &source, &slice).await
                })
            });
            let error = match write.await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match error {
                // The same came by another way at the same moment: it is found now.
                Stopped::At(_, Error::Store(store::Error::Unique(_)))
                | Stopped::By(Error::Store(store::Error::Unique(_)))
                    if tries < TRIES =>
                {
                    tries += 1;
                }
                Stopped::At(at, error) if !error.is_passing() => bad.push((at, error.to_string())),
                Stopped::At(_, error) | Stopped::By(error) => return Err(ours(&error)),
                Stopped::Lost => {
                    return Err(Failed::by(Trouble::new("lost", "another process has taken this source over")));
                }
                Stopped::Full => {
                    let text = "too much of what came in could not be taken in: it has to be looked at first";
                    return Err(Failed::by(Trouble::new("parked_full", text)));
                }
            }
        }
    }
}
