//! Mails: written in the transaction of what causes them, sent by the worker after its commit, and kept for a look. Each
//! kind of mail is written by the use case that it belongs to; from there on all are alike.
//!
//! A mail that is not taken is tried for a day, then parked, where an operator can send it on its way again. One that the
//! server refuses for good is parked at once. It keeps its `Message-ID` and its date: a second try after a crash is the
//! same mail to whoever has the first.

mod operate;
mod words;
mod writing;

pub use operate::{Detail, find, forget_old, list, park_expired, resend, try_out};
pub(crate) use words::{invitation, recovery, second_factor_changed, second_factor_reset};
pub(crate) use writing::{LADDER_SECONDS, Letter, Outgoing, not_configured, send, write};
pub use writing::{Outcome, Pen, Went, ahead, next_due, note, renew, take};
