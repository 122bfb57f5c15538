//! One lane for each webhook, so that a dead or slow receiver delays no other. This keeps the lanes: it starts one
//! when a webhook appears and rings its bell when there may be something to do.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::WebhookId;
use store::{Backend, setting};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::lane::Lane;
use crate::app::App;
use crate::worker::wakes::Wakes;

/// How often every lane looks, where another process may have made deliveries and died.
const ROUND: Duration = Duration::from_secs(5);
/// The pause before a failed start is tried again.
const PAUSE: Duration = Duration::from_secs(1);

struct Kept {
    bell: Arc<Notify>,
    task: JoinHandle<()>,
}

/// Starts the lanes and keeps them. `dispatched` tells how far the dispatcher's work is committed.
pub(in crate::worker) fn start(app: &App, wakes: &Wakes, dispatched: watch::Receiver<i64>) {
    let (tasks, app, wakes) = (app.tasks.clone(), app.clone(), wakes.clone());
    tasks.spawn(run(app, wakes, dispatched));
}

async fn run(app: App, wakes: Wakes, mut dispatched: watch::Receiver<i64>) {
    let Some(domain_id) = prepare(&app).await else { return };
    let mut lanes = HashMap::new();
    ring_all(&app, &domain_id, &mut lanes).await;
    loop {
        let round = async {
            match app.db.backend() {
                Backend::Sqlite => std::future::pending().await,
                Backend::Postgres => tokio::time::sleep(ROUND).await,
            }
        };
        tokio::select! {
            changed = dispatched.changed() => {
                if changed.is_err() {
                    return;
                }
                let position = *dispatched.borrow_and_update();
                for id in wakes.take_webhooks(position) {
                    ring(&app, &domain_id, &mut lanes, id);
                }
            }
            () = wakes.lanes.notified() => ring_all(&app, &domain_id, &mut lanes).await,
            () = round => ring_all(&app, &domain_id, &mut lanes).await,
            () = app.stopping.cancelled() => return,
        }
    }
}

/// Gives the domain's id, as soon as the database does; none when the server stops first. What an earlier process left
/// under way goes on at once, not only when its lease ends.
async fn prepare(app: &App) -> Option<Arc<str>> {
    loop {
        let process = app.process.clone();
        let prepared = app.db.write(move |tx| {
            Box::pin(async move {
                store::webhook::end_leases(tx, &process.name, process.former.as_deref()).await?;
                setting::get(tx, "domain_id").await
            })
        });
        match prepared.await {
            Ok(id) => return Some(id.unwrap_or_default().into()),
            Err(error) => tracing::error!(%error, "starting the webhooks: will try again"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = app.stopping.cancelled() => return None,
        }
    }
}

async fn ring_all(app: &App, domain_id: &Arc<str>, lanes: &mut HashMap<WebhookId, Kept>) {
    let active = app.db.read(|tx| Box::pin(store::webhook::active(tx))).await;
    match active {
        Ok(active) => active.into_iter().for_each(|webhook| ring(app, domain_id, lanes, webhook.id)),
        Err(error) => tracing::error!(%error, "looking for webhooks"),
    }
}

fn ring(app: &App, domain_id: &Arc<str>, lanes: &mut HashMap<WebhookId, Kept>, id: WebhookId) {
    // Lanes of removed webhooks have ended.
    lanes.retain(|_, kept| !kept.task.is_finished());
    let kept = lanes.entry(id).or_insert_with_key(|id| {
        let bell = Arc::<Notify>::default();
        let lane = Lane::new(app.clone(), id.clone(), domain_id.clone(), bell.clone());
        Kept { bell, task: app.tasks.spawn(lane.run()) }
    });
    kept.bell.notify_one();
}
