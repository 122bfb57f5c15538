//! Resolving names, without the addresses that are not public.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;
use crate::error::Error;

/// The addresses of a name, by the system, without those that may not be reached. Where private addresses are refused, a
/// name that leads nowhere is refused like one that leads inside: whoever asks learns nothing of the names of a private
/// network.
pub(crate) async fn addresses(host: &str, allow_private: bool) -> Result<Vec<SocketAddr>, Error> {
    let found = tokio::net::lookup_host((host, 0)).await;
    let all: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
    if all.is_empty() && allow_private {
        return Err(Error::NotFound(host.to_owned()));
    }
    let passed: Vec<SocketAddr> = all.into_iter().filter(|a| allow_private || is_public(a.ip())).collect();
    if passed.is_empty() { Err(Error::Refused(host.to_owned())) } else { Ok(passed) }
}

/// Resolves names for the HTTP library.
pub(crate) struct Filtered {
    pub(crate) allow_private: bool,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = addresses(&host, allow_private).await?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
