//! Resolving names, without the addresses that are not public.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::is_public;

/// The refusal of an address, inside the errors of the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
pub(crate) struct Refused(pub(crate) String);

/// The failure to find a name, inside the errors of the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error("the host {0} cannot be found")]
pub(crate) struct NotFound(pub(crate) String);

/// Asks the system, then leaves out what may not be reached. Where private addresses are refused, a name that leads
/// nowhere is refused like one that leads inside: whoever asks learns nothing of the names of a private network.
pub(crate) struct Filtered {
    pub(crate) allow_private: bool,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let all: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            if all.is_empty() && allow_private {
                return Err(NotFound(host).into());
            }
            let passed: Vec<SocketAddr> = all.into_iter().filter(|a| allow_private || is_public(a.ip())).collect();
            if passed.is_empty() {
                return Err(Refused(host).into());
            }
            let addresses: Addrs = Box::new(passed.into_iter());
            Ok(addresses)
        })
    }
}
