//! Work that has its time: each timer does what is due, says when it wants to run next, and can be woken early.

use std::time::Duration;

use model::Timestamp;
use tokio::sync::Notify;

use super::chats;
use super::erasing;
use super::wakes::{Bells, Wakes};
use crate::app::App;
use crate::bridge as bridges;
use crate::domain::{
    Error, Result, ahead, attachment, delivery, draft, event, export, intervention, mail, mail_sender, mailed,
    navigation, notification, ownership, recovery, second_factor, session, source_health, survey, survey_question,
    survey_response, thread, undo, unread_mail, upload,
};
use crate::{avatars, uploads};

/// The pause before a timer that failed is tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// Seconds between two rounds of tidying.
const TIDY_SECONDS: i64 = 60;
/// How many idempotency keys are forgotten in one transaction.
const KEYS_AT_ONCE: i64 = 500;
/// Seconds between two looks for files that nobody uses.
const TIDY_FILES_SECONDS: i64 = 6 * 3600;

/// Seconds between two looks for times that lie too far ahead.
const AHEAD_SECONDS: i64 = 60;

/// Who does the work of a timer where several processes serve one database.
#[derive(Clone, Copy)]
enum Who {
    /// One at a time: whoever leases it (`cluster`). When it dies, the lease ends with it.
    One,
    /// Any, and two at once do nothing twice: the transaction holds each row that is due, and looks again behind the
    /// lock. What a process that died was woken for is found by the others' next round.
    Any,
    /// Each its own: what is in its memory and in its data folder.
    Each,
}

/// Starts every timer, each on one line.
pub(super) fn start(app: &App, wakes: &Wakes) {
    let bells = wakes.clone();
    repeat(app, wakes, ("ahead", Who::One), None, move |app| set_ahead_again(app, bells.clone()));
    repeat(app, wakes, ("memory", Who::Each), None, tidy_memory);
    repeat(app, wakes, ("tidy", Who::One), None, tidy);
    repeat(app, wakes, ("journal", Who::One), None, shorten_journal);
    repeat(app, wakes, ("leases", Who::Any), Some(|bells| &bells.leases), leases);
    let noted = chats::Noted::default();
    repeat(app, wakes, ("chats", Who::Any), Some(|bells| &bells.chats), move |app| chats::round(app, noted.clone()));
    repeat(app, wakes, ("unread", Who::One), Some(|bells| &bells.unread), tell_readers);
    repeat(app, wakes, ("tidy files", Who::Each), None, tidy_files);
    repeat(app, wakes, ("index", Who::Any), None, index_earlier);
    repeat(app, wakes, ("reactivate", Who::Any), Some(|bells| &bells.deferred), reactivate);
    repeat(app, wakes, ("surveys", Who::Any), Some(|bells| &bells.surveys), ask_customers);
    repeat(app, wakes, ("erasures", Who::One), Some(|bells| &bells.erasures), erasing::round);
    repeat(app, wakes, ("bridges", Who::One), Some(|bells| &bells.bridges), poll_bridges);
}

/// Runs `work` at once, then at each time that it asks for (none: only when woken), when its bell rings, or when the
/// clock has moved back. What another process may have been woken for, or is at, is looked at each few seconds. Times are
/// those of the database's clock. Work that fails is tried again soon.
fn repeat<W, F>(
    app: &App,
    wakes: &Wakes,
    (name, who): (&'static str, Who),
    bell: Option<fn(&Bells) -> &Notify>,
    work: W,
) where
    W: Fn(App) -> F + Send + 'static,
    F: Future<Output = Result<Option<Timestamp>>> + Send,
{
    let (tasks, app, wakes) = (app.tasks.clone(), app.clone(), wakes.clone());
    tasks.spawn(async move {
        while !app.stopping.is_cancelled() {
            let turns = app.db.clock().turns();
            let done = match who {
                Who::One => app.cluster.leased(name, work(app.clone())).await,
                Who::Any | Who::Each => work(app.clone()).await.map(Some),
            };
            // Another process may be at it, or be woken and die.
            let looks = bell.is_some() || matches!(done, Ok(None));
            let sleep = async {
                match done.map(Option::flatten) {
                    Ok(Some(time)) => app.db.clock().sleep_until(time, turns).await,
                    Ok(None) => std::future::pending().await,
                    Err(error) => {
                        tracing::error!(timer = name, %error, "timer: will try again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            };
            let rung = async {
                match bell {
                    Some(bell) => bell(&wakes).notified().await,
                    None => std::future::pending().await,
                }
            };
            let round = async { if looks { app.cluster.round().await } else { std::future::pending().await } };
            tokio::select! {
                () = sleep => {}
                () = rung => {}
                () = round => {}
                () = app.stopping.cancelled() => {}
            }
        }
    });
}

/// Sets times again that a clock which was ahead has left behind, and wakes whoever waits for them. On PostgreSQL it may
/// have been another server's.
async fn set_ahead_again(app: App, wakes: Wakes) -> Result<Option<Timestamp>> {
    let next = app.db.clock().now().plus_seconds(AHEAD_SECONDS);
    let session = app.session_ages().await?.idle;
    let mut times = 0;
    for kind in ahead::kinds(session) {
        loop {
            let kind = kind.clone();
            let set = app.db.write(move |tx| Box::pin(async move { ahead::set_again(tx, &kind).await })).await?;
            if set == 0 {
                break;
            }
            times += set;
        }
    }
    if times > 0 {
        tracing::warn!(times, "a clock was ahead: what waited for a time far ahead goes by the clock as it is");
        wakes.ring_all();
        app.cluster.wake();
    }
    Ok(Some(next))
}

/// Forgets callers who have been quiet.
async fn tidy_memory(app: App) -> Result<Option<Timestamp>> {
    app.limits.tidy();
    app.tries.tidy();
    app.meters.tidy();
    // Looked at here too, so that the log tells of a disk that fills up before anybody sends a file.
    app.disk.takes_files();
    Ok(Some(app.db.clock().now().plus_seconds(TIDY_SECONDS)))
}

/// Ends and forgets what is over: sessions that have ended, deliveries, and anything else that is kept only for a time.
async fn tidy(app: App) -> Result<Option<Timestamp>> {
    let next = app.db.clock().now().plus_seconds(TIDY_SECONDS);
    app.db.write(|tx| Box::pin(session::forget_expired(tx))).await?;
    app.db.write(|tx| Box::pin(recovery::forget_expired(tx))).await?;
    app.db.write(|tx| Box::pin(second_factor::forget_expired(tx))).await?;
    while app
        .db
        .write(|tx| Box::pin(store::idempotency::forget_expired(tx, KEYS_AT_ONCE)))
        .await
        .map_err(Error::Store)?
        > 0
    {}
    // In small steps, so that other writes come between.
    while app.db.write(|tx| Box::pin(upload::forget_ended(tx))).await? {}
    while app.db.write(|tx| Box::pin(delivery::park_expired(tx))).await? {}
    while app.db.write(|tx| Box::pin(delivery::forget_old(tx))).await? {}
    let days = app.config.export_attempt_retention_days;
    while app.db.write(move |tx| Box::pin(export::forget_old(tx, days))).await? {}
    while app.db.write(|tx| Box::pin(mail::park_expired(tx))).await? {}
    while app.db.write(|tx| Box::pin(mail::forget_old(tx))).await? {}
    while app.db.write(|tx| Box::pin(thread::archive_old(tx))).await? {}
    while app.db.write(|tx| Box::pin(thread::close_quiet(tx))).await? {}
    while app.db.write(|tx| Box::pin(navigation::forget_old(tx))).await? {}
    while app.db.write(|tx| Box::pin(undo::forget_old(tx))).await? {}
    while app.db.write(|tx| Box::pin(notification::forget_old(tx))).await? {}
    while app.db.write(|tx| Box::pin(draft::forget_old(tx))).await? {}
    app.db.write(|tx| Box::pin(source_health::tell_of_silent(tx))).await?;
    Ok(Some(next))
}

/// Removes what the journal has kept for long enough, where it does not keep it for ever.
async fn shorten_journal(app: App) -> Result<Option<Timestamp>> {
    let days = app.config.journal_retention_days;
    if days == 0 {
        return Ok(None);
    }
    let next = app.db.clock().now().plus_seconds(TIDY_SECONDS);
    // In small steps, so that other writes come between.
    while !app.stopping.is_cancelled()
        && app.db.write(move |tx| Box::pin(async move { event::forget_old(tx, days).await })).await?
    {}
    Ok(Some(next))
}

/// Indexes the contents and the people of an index that an upgrade or a restore made anew, and the people who changed
/// beside the journal. Only one adds entries at a time, so that their numbers grow in the order of commits: the follower
/// that indexes what is new is held off meanwhile.
async fn index_earlier(app: App) -> Result<Option<Timestamp>> {
    let next = app.db.clock().now().plus_seconds(TIDY_SECONDS);
    while !app.stopping.is_cancelled() && app.db.write(index_some).await.map_err(Error::Store)? {}
    Ok(Some(next))
}

fn index_some(tx: &mut store::Tx) -> store::TxFuture<'_, bool, store::Error> {
    Box::pin(async move {
        store::journal::hold_index(tx).await?;
        let people = store::people_index::bring_up(tx).await?;
        Ok(store::search_index::index_earlier(tx).await? || people)
    })
}

/// Removes bytes that no attachment names any more, and what uploads that were cut off have left.
async fn tidy_files(app: App) -> Result<Option<Timestamp>> {
    let next = app.db.clock().now().plus_seconds(TIDY_FILES_SECONDS);
    uploads::tidy(&app).await?;
    avatars::tidy(&app).await.map_err(uploads::failed)?;
    // Their bytes go next time: a backup that runs now may still name them.
    while app.db.write(|tx| Box::pin(attachment::forget_free(tx))).await? {}
    app.db.write(|tx| Box::pin(mailed::forget_old_raw(tx))).await?;
    while app.db.write(|tx| Box::pin(mail_sender::forget_old(tx))).await? {}
    Ok(Some(next))
}

/// Wakes the deferred interventions that are due; runs again when the next one is.
async fn reactivate(app: App) -> Result<Option<Timestamp>> {
    loop {
        let (woken, next) = app.db.write(|tx| Box::pin(intervention::reactivate_due(tx))).await?;
        if woken == 0 {
            return Ok(next);
        }
    }
}

/// Gives threads to people whose bot did not answer in time; runs again when the next lease ends.
async fn leases(app: App) -> Result<Option<Timestamp>> {
    loop {
        let (ended, next) = app.db.write(|tx| Box::pin(ownership::end_leases(tx))).await?;
        if ended == 0 {
            return Ok(next);
        }
    }
}

/// Writes mails to the visitors who have not read what agents wrote; runs again when the next one is due.
async fn tell_readers(app: App) -> Result<Option<Timestamp>> {
    loop {
        let worker = app.clone();
        let write = app.db.write(move |tx| {
            let worker = worker.clone();
            Box::pin(async move { unread_mail::write_due(tx, worker.pen()).await })
        });
        let (looked, next) = write.await?;
        if looked == 0 {
            return Ok(next);
        }
    }
}

/// Asks the customers who are due to answer a survey; runs again when the next one is.
async fn ask_customers(app: App) -> Result<Option<Timestamp>> {
    loop {
        let (done, next) = app.db.write(|tx| Box::pin(survey_question::send_next(tx))).await?;
        if !done {
            return Ok(next);
        }
    }
}

/// Fetches the responses of the surveys that are due; runs again when the next one is.
async fn poll_bridges(app: App) -> Result<Option<Timestamp>> {
    loop {
        let Some(survey) = app.db.read(|tx| Box::pin(survey::next_to_poll(tx))).await? else { return Ok(None) };
        if survey.next_poll_at > app.db.clock().now() {
            return Ok(Some(survey.next_poll_at));
        }
        let records = bridges::responses(&app, &survey).await.unwrap_or_else(|why| {
            tracing::warn!(survey = %survey.id, why, "fetching the responses of a survey");
            Vec::new()
        });
        app.db
            .write(move |tx| Box::pin(async move { survey_response::import_all(tx, &survey, records).await }))
            .await?;
    }
}
