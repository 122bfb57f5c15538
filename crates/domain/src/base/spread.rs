//! Times that differ a little, so that what failed together does not come back together.

/// 900 to 1100, by an id and how often it has failed before.
pub(crate) fn per_mille(id: &str, retries: i64) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.bytes().chain(retries.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // The low bits of this hash are its weakest.
    900 + i64::try_from((hash >> 32) % 201).unwrap_or(100)
}
