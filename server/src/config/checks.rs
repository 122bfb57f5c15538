//! Checks that several keys share.

use anyhow::bail;

pub(super) fn at_least<N: PartialOrd + std::fmt::Display>(
    key: &str,
    found: N,
    least: N,
    example: N,
) -> anyhow::Result<()> {
    if found < least {
        bail!("{key} must be {least} or more, found {found} (example: {example})");
    }
    Ok(())
}

pub(super) fn at_most<N: PartialOrd + std::fmt::Display>(
    key: &str,
    found: N,
    most: N,
    example: N,
) -> anyhow::Result<()> {
    if found > most {
        bail!("{key} must be {most} or less, found {found} (example: {example})");
    }
    Ok(())
}

/// A value that cannot be used: the key, what was found, what it must be, and one that works.
pub(super) fn wrong<T>(key: &str, found: &str, wanted: &str, example: &str) -> anyhow::Result<T> {
    bail!("{key} {wanted}, found {found:?} (example: {example:?})")
}
