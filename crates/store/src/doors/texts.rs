//! Texts as they come out of either database.

/// A text of the database. What an older program kept may be none.
pub(super) fn text(bytes: &[u8]) -> String {
    // Nearly all are, and to ask that first is the quicker way.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), str::to_owned)
}
