//! Pure decisions: what follows from what, without I/O.
//!
//! Nothing here reads a clock, a file or a database: everything that a decision needs comes in as a value.

pub mod business_hours;
mod calendar_text;
pub mod duration;
pub mod holidays;
pub mod mustache;
pub mod template;
pub mod waiting;

pub use business_hours::{Calendar, Hours};
