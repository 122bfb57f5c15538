//! How long what a worker has taken is its own.

/// After how many seconds without a word whoever took a delivery or an export is taken for dead.
pub const LEASE_SECONDS: i64 = 10;

/// After how many seconds that word is given again.
pub const RENEWAL_SECONDS: i64 = 3;
