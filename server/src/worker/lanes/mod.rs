//! Handing things to others, each receiver in a lane of its own: requests to webhooks, agents' contents to their
//! sources, mails to the server that sends them, and questions for what is new to sources. What they have in common is the engine's.

mod engine;
mod export;
mod mail;
mod poll;
mod webhook;

use tokio::sync::watch;

use super::wakes::Wakes;
use crate::app::App;

/// Starts every kind of lane, each on one line. `dispatched` tells how far the dispatcher's work is committed.
pub(super) fn start(app: &App, wakes: &Wakes, dispatched: watch::Receiver<i64>) {
    engine::start::<webhook::Webhooks>(app, wakes);
    engine::start::<export::Exports>(app, wakes);
    engine::start::<mail::Mails>(app, wakes);
    engine::start::<poll::Polls>(app, wakes);
    wakes.ring_when_committed(app, dispatched);
}
