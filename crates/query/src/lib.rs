//! The search language of the parameter `q` and of smart folders (`docs/basics/pagination.md`): from text to what is
//! asked for. No I/O, and nothing of how it is found.
//!
//! ```text
//! query    = { space } [ term { space { space } term } { space } ]
//! term     = [ "-" ] keyword ":" value          a condition; with "-" its opposite
//!          | value                              the same as text:value
//! keyword  = ( letter | "_" ) { letter | "_" }  ASCII, in either case; not before "//", so that addresses are text
//! value    = bare | quoted
//! bare     = character { character }            up to the next space; a bare value has no quote at its beginning
//! quoted   = '"' { character | '\"' | '\\' } '"'
//! ```
//!
//! A lone `-` is a bare text. Dates are values with a grammar of their own: see [`date`].
//!
//! Two steps: [`Query::parse`] knows the form alone, and keeps for every term where it stands; [`threads`],
//! [`contents`] and [`events`] know which keywords a list takes and what their values mean. Errors of both name the
//! place.

mod contents;
pub mod date;
mod error;
mod events;
mod loose;
mod syntax;
#[cfg(test)]
mod tests;
mod threads;
mod values;

pub use contents::{Contents, contents};
pub use date::{BusinessUnit, Locale, Moment};
pub use error::Error;
pub use events::{EventTest, Events, events};
pub use loose::{Loose, loosely};
pub use syntax::{Query, Span, Term};
pub use threads::{Asked, Mine, Threads, threads};
pub use values::{Is, Order, OrderBy};
