//! The page of figures: gauges are read from the database and the server's parts when somebody asks.

use model::{SourceHealth, Timestamp};
use store::health::Waiting;
use store::source_state::{self, State};
use store::{Tx, health, inbound_item, journal};
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
    sources: Vec<State>,
    inbound: i64,
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
        sources: source_state::all(tx).await?,
        inbound: inbound_item::count_all(tx).await?,
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

/// How each source fares: one of all ways is 1.
fn gauge_sources(app: &App, sources: &[State], now: Timestamp) {
    for state in sources {
        let source = ("source", state.source_id.to_string());
        for health in SourceHealth::ALL {
            let is = if *health == state.health { 1.0 } else { 0.0 };
            app.meters.set("hubbub_source_health", [source.clone(), ("state", health.as_str().into())], is);
        }
        if let Some(last) = state.last_ok_at.filter(|_| state.health != SourceHealth::Paused) {
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let lag = now.seconds_since(last).max(0) as f64;
            app.meters.set("hubbub_source_lag_seconds", [source], lag);
        }
    }
}

fn gauge(app: &App, figures: Figures) {
    let Figures { head, cursors, deliveries, parked, exports, sources, inbound, now } = figures;
    gauge_sources(app, &sources, now);
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
    set("hubbub_inbound_items", Some(("state", "parked".into())), inbound);
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
