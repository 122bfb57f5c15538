//! Tells agents who has come to the sites, has gone, or looks at another page: together, now and then, so that it costs
//! little however many visitors there are. It is of the moment: whoever looks reads the list anew.

use std::time::Duration;

use tokio::time::Instant;

use super::frames::AgentTold;
use super::hub::of_the_moment;
use crate::app::App;

/// The pause between two tellings.
const PAUSE: Duration = Duration::from_secs(2);
/// Of more visitors than that only the source is named.
const NAMED: usize = 100;
/// How often it is looked whether other processes know of the visitors here.
const COMPARE: Duration = Duration::from_secs(30);

/// Tells them until the server stops.
pub(crate) async fn run(app: App) {
    let clock = app.db.clock();
    let (mut next, mut compared) = (None, Instant::now());
    loop {
        let turns = clock.turns();
        let gone = async {
            match next {
                Some(time) => clock.sleep_until(time, turns).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = app.cluster.visitors().changed() => {}
            () = gone => {}
            () = tokio::time::sleep_until(compared + COMPARE) => {}
            () = app.stopping.cancelled() => return,
        }
        next = app.cluster.visitors().sweep(clock.now());
        tell(&app);
        let compare = compared.elapsed() >= COMPARE;
        if compare {
            compared = Instant::now();
        }
        if let Err(error) = app.cluster.everybody().note(compare).await {
            tracing::warn!(%error, "which visitors are on the sites");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

fn tell(app: &App) {
    for (source_id, people) in app.cluster.visitors().news() {
        let identity_ids = (people.len() <= NAMED).then(|| people.into_iter().collect());
        let told = AgentTold::Visitors { source_id: source_id.clone(), identity_ids };
        app.hub.tell_agents(of_the_moment(&source_id, &told));
    }
}
