//! Mails that came: bytes in, values out. No input makes it fail or panic; what it costs grows with the bytes.

mod address;
mod automatic;
mod body;
mod charset;
mod date;
mod flowed;
mod header;
mod ids;
mod letter;
mod name;
mod part;
mod report;
mod transfer;
mod work;

pub use address::Person;
pub use automatic::{Automatic, Spam, is_machine};
pub use body::TEXT_MAX;
pub use body::{File, Guard};
pub use letter::{HTML_MAX, Letter, Note};
pub use report::{Action, Kind as ReportKind, Recipient, Report};
pub(crate) use work::looked_at;

/// The ids that a header refers to, without angles.
#[must_use]
pub fn ids(header: &str) -> Vec<String> {
    ids::all(header.as_bytes())
}
