//! The figures follow the journal.

use std::time::Duration;

use store::statistics::FOLLOWER;

use super::driver;
use crate::app::App;
use crate::domain::count;

/// How long entries gather before they are counted together: nobody looks at figures by the moment, and messages come first.
const PACE: Duration = Duration::from_millis(250);

/// Starts the follower.
pub(super) fn start(app: &App) {
    driver::follow(app, FOLLOWER, PACE, driver::nothing, |tx, entries, ()| Box::pin(count::count(tx, entries)));
}
