//! Where a request comes from: the peer of the connection, or whom a trusted proxy names.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::app::App;
use crate::domain::Error;
use crate::domain::Result;
use crate::http::Refusal;
use crate::network::Network;

impl Network {
    /// That of whoever sent a request with these headers and extensions.
    ///
    /// # Errors
    /// When the listener has not said who the peer is.
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions, app: &App) -> Result<Self> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.ok_or_else(|| Error::Internal("the listener must say who the peer is".into()))?.0.ip();
        Ok(client(peer, headers, &app.config.trusted_proxies).into())
    }
}

impl FromRequestParts<App> for Network {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(Self::of(&parts.headers, &parts.extensions, app)?)
    }
}

/// Whether an address is that of a proxy which is believed.
pub(crate) fn is_proxy(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address.to_canonical()))
}

/// The nearest address that is not a trusted proxy's. What stands further left in `X-Forwarded-For` is only the word
/// of somebody whom nobody vouches for.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer;
    let lines = headers.get_all("x-forwarded-for").into_iter().rev().filter_map(|v| v.to_str().ok());
    for hop in lines.flat_map(|line| line.rsplit(',')) {
        if !is_proxy(nearest, trusted) {
            break;
        }
        let hop = hop.trim();
        let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|a| a.ip()));
        let Ok(address) = address else { break };
        nearest = address;
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|t| t.parse().expect("a network")).collect();
        Network::from(client(peer.parse().expect("an address"), &headers, &trusted)).0
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_for_the_hop_before_them() {
        let proxies = &["10.0.0.0/8", "127.0.0.1/32"];
        assert_eq!(seen("198.51.100.7", &["203.0.113.9"], proxies), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], proxies), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], &[]), "127.0.0.1");
        // The client made up the first one; the proxies added the others.
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.9", "10.0.0.4"], proxies), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["nonsense"], proxies), "127.0.0.1");
        assert_eq!(seen("::ffff:127.0.0.1", &["203.0.113.9:4711"], proxies), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["2001:db8:1:2:3::4"], proxies), "2001:db8:1:2::/64");
    }
}
