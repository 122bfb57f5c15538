//! The worker: everything that happens after a commit. It reads what is stored, talks to others, and writes down how
//! that went; it decides nothing that a use case could decide.

mod chats;
mod dispatch;
mod driver;
mod erasing;
mod erasing_scan;
mod lanes;
mod statistics;
mod timers;
mod wakes;

use crate::app::App;

/// Starts every task of the worker. They end when `app.stopping` is cancelled; `app.tasks` waits for them.
pub(crate) fn start(app: &App) {
    let wakes = wakes::Wakes::default();
    let dispatched = dispatch::start(app, &wakes);
    lanes::start(app, &wakes, dispatched);
    timers::start(app, &wakes);
    statistics::start(app);
}
