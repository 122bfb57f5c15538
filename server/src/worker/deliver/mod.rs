//! Handing things to others: requests to webhooks, and agents' contents to their sources.

mod call;
pub(super) mod export;
mod lane;
pub(super) mod webhook;

use std::convert::Infallible;

use crate::app::App;
use crate::domain::Result;
use crate::domain::delivery::RENEWAL_SECONDS;

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
