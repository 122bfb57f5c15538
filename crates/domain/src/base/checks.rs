//! Checks of what people enter, the same wherever they enter it.

use crate::base::error::{Error, Result};
use crate::base::fault::Fault;

/// A name of 1 to 255 characters, without white space around it.
///
/// # Errors
/// 422 when it is empty, nothing of it is seen, or it is too long.
pub fn checked_name(field: &'static str, text: &str) -> Result<String> {
    let name = text.trim();
    match name.chars().count() {
        _ if name.chars().all(text::is_invisible) => Err(Error::invalid(field, Fault::blank())),
        ..=255 => Ok(name.to_owned()),
        _ => Err(Error::invalid(field, Fault::too_long(255))),
    }
}
