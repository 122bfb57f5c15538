//! What is sent to webhooks: forming deliveries from the journal, taking them in turn, noting how they went
//! (`docs/webhooks/receive.md`). The worker sends; everything that is decided about it is decided here.
//!
//! Deliveries of one thread go out in order: only the first that waits is ready. Whoever makes, takes or ends
//! deliveries of a webhook holds its row, so that this stays true with several processes.

mod envelope;
mod form;
mod ladder;
mod operate;
mod replay;
mod turn;

pub use envelope::{envelope, event};
pub use form::{form, reader};
pub use operate::{Detail, find, forget_old, list, park_expired, resend, resend_since};
pub use replay::{replay, replay_on};
pub use turn::{Outcome, Plan, Taken, Taker, ahead, note_answer, plan, renew, sweep_on, take_turn};

pub use crate::base::lease::{LEASE_SECONDS, RENEWAL_SECONDS};
