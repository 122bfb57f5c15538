//! The page of figures: gauges are read from the database and the server's parts when somebody asks.

use model::Timestamp;
use store::health::Waiting;
use store::{Tx, health, journal};
use tokio::time::Instant;

use crate::app::App;
use crate::domain::Result;
use crate::state::disk::Room;
use crate::state::meters::FRESH;

struct Figures {
    head: i64,
    cursors: Vec<(String, i64)>,
    deliveries: Waiting,
    parked: i64,
    exports: Waiting,
    now: Timestamp,
}

async fn figures(tx: &mut Tx) -> Result<Figures> {
    let (deliveries, parked) = health::deliveries(tx).await?;
    Ok(Figures {
        // Cursors first: a follower cannot be ahead of the head that is read after them.
        cursors: journal::cursors(tx).await?,
        head: journal::head(tx).await?,
        deliveries,
        parked,
        exports: health::exports(tx).await?,
        now: tx.now(),
    })
}

/// The figures as a page for Prometheus. Gauges are read from the database when somebody asks.
pub(crate) async fn page(app: &App) -> Result<String> {
    let mut kept = app.meters.kept().await;
    if let Some((at, page)) = &*kept
        && at.elapsed() < FRESH
    {
        return Ok(page.clone());
    }
    let figures = app.db.read(|tx| Box::pin(figures(tx))).await?;
    gauge(app, figures);
    let page = app.meters.render(app.db.slow_writes());
    *kept = Some((Instant::now(), page.clone()));
    Ok(page)
}

fn gauge(app: &App, figures: Figures) {
    let Figures { head, cursors, deliveries, parked, exports, now } = figures;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let set = |name, label, value: i64| app.meters.set(name, label, value as f64);
    let age = |waiting: Waiting| waiting.since.map_or(0, |since| (now.millis() - since.millis()).max(0) / 1000);
    set("hubbub_info", Some(("version", env!("CARGO_PKG_VERSION").into())), 1);
    set("hubbub_journal_position", None, head);
    for (follower, position) in cursors {
        set("hubbub_follower_lag", Some(("follower", follower)), (head - position).max(0));
    }
    set("hubbub_follower_lag", Some(("follower", "sockets".into())), (head - app.hub.position()).max(0));
    set("hubbub_webhook_deliveries", Some(("state", "pending".into())), deliveries.count);
    set("hubbub_webhook_deliveries", Some(("state", "parked".into())), parked);
    set("hubbub_webhook_queue_age_seconds", None, age(deliveries));
    set("hubbub_exports", Some(("state", "pending".into())), exports.count);
    set("hubbub_export_queue_age_seconds", None, age(exports));
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (open, refused) = app.connections.count();
    set("hubbub_connections", None, whole(open));
    set("hubbub_connections_refused", None, whole(refused));
    set("hubbub_body_bytes", None, whole(app.bodies.held()));
    if let Some(Room { free, reserve }) = app.disk.room() {
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        set("hubbub_disk_free_bytes", None, bytes(free));
        set("hubbub_disk_reserve_bytes", None, bytes(reserve));
    }
    let (agents, visitors) = app.hub.sockets();
    set("hubbub_sockets", Some(("kind", "agent".into())), agents);
    set("hubbub_sockets", Some(("kind", "visitor".into())), visitors);
}
