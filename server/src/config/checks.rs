//! Checks that several keys share.

use std::net::IpAddr;

use anyhow::bail;
use ipnet::IpNet;

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

/// Refuses a filter that would silence everything because of a misspelled level: the filter's own reader takes any
/// lonely word that is no level for the name of a part of the program.
pub(super) fn check_log(filter: &str) -> anyhow::Result<()> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    const EXAMPLE: &str = "info,hubbub::request=warn";
    let level = |word: &str| LEVELS.iter().any(|level| word.trim().eq_ignore_ascii_case(level));
    let good = |directive: &str| match directive.rsplit_once('=') {
        Some((target, word)) => !target.trim().is_empty() && level(word),
        None => level(directive),
    };
    if filter.split(',').all(good) {
        return Ok(());
    }
    wrong("log", filter, "must be levels (off, error, warn, info, debug, trace), alone or after a target", EXAMPLE)
}

/// Refuses an address that is not PostgreSQL's.
pub(super) fn check_database(url: Option<&str>) -> anyhow::Result<()> {
    if url.is_some_and(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
        // The address may hold a password: it is not shown.
        let example = "postgres://user:password@host/name";
        bail!("database_url must begin with postgres://, or be empty for SQLite (example: {example:?})");
    }
    Ok(())
}

/// Addresses and networks parted by commas.
pub(super) fn networks(text: &str) -> anyhow::Result<Vec<IpNet>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let read = |word: &str| word.parse::<IpNet>().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from));
    let needed = "must be addresses or networks parted by commas";
    words
        .map(|word| read(word).map_or_else(|| wrong("trusted_proxies", word, needed, "127.0.0.1, 10.0.0.0/8"), Ok))
        .collect()
}
