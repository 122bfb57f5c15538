//! What every use case needs: who acts, errors and their codes, checks, notes of changes. It knows no other room.

pub mod access;
pub(crate) mod change;
pub(crate) mod checks;
pub(crate) mod error;
pub(crate) mod fault;
pub mod journal;
pub(crate) mod lease;
mod line;
pub(crate) mod notice;
pub(crate) mod sight;
pub(crate) mod spread;

pub use access::Actor;
pub use change::{Change, note_change};
pub(crate) use change::{note_change_in, note_change_on};
pub use checks::checked_name;
pub(crate) use error::Because;
pub use error::{Error, Pace, Result};
pub use fault::{Fault, Reason};
