//! Handing things to others: requests to webhooks, agents' contents to their sources, and mails.

mod call;
pub(super) mod export;
mod lane;
pub(super) mod mail;
pub(super) mod webhook;

use std::convert::Infallible;

use model::Timestamp;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

use crate::app::App;
use crate::domain::Result;
use crate::domain::delivery::RENEWAL_SECONDS;

/// Waits until one of a lane's requests is finished, which is given, or its bell rings, or it is time (see
/// `Clock::sleep_until`).
async fn next_finished<T: 'static>(
    app: &App,
    requests: &mut JoinSet<T>,
    bell: &Notify,
    until: Option<Timestamp>,
    turns: u64,
) -> Option<std::result::Result<(Id, T), JoinError>> {
    let time = async {
        match until {
            Some(time) => app.db.clock().sleep_until(time, turns).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        Some(finished) = requests.join_next_with_id() => Some(finished),
        () = bell.notified() => None,
        () = time => None,
        () = app.stopping.cancelled() => None,
    }
}

/// Does what was leased, and has the lease renewed until it is done.
async fn while_leased<T, F>(app: &App, work: impl Future<Output = T>, renew: impl Fn() -> F) -> T
where
    F: Future<Output = Result<()>>,
{
    tokio::select! {
        done = work => done,
        never = renew_on(app, renew) => match never {},
    }
}

async fn renew_on<F>(app: &App, renew: impl Fn() -> F) -> Infallible
where
    F: Future<Output = Result<()>>,
{
    loop {
        let clock = app.db.clock();
        let turns = clock.turns();
        clock.sleep_until(clock.now().plus_seconds(RENEWAL_SECONDS), turns).await;
        if let Err(error) = renew().await {
            tracing::warn!(%error, "renewing the lease of what is under way");
        }
    }
}
