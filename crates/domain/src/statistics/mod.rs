//! Figures: what is counted of the journal, and what is asked of that.

mod archiving;
mod book;
mod business_time;
pub mod count;
mod entry;
pub mod figures;
mod moving;
