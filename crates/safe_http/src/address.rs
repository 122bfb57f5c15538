//! Which addresses are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{Ipv4Net, Ipv6Net};

/// What the IANA registry of special-purpose addresses says is not globally reachable, and multicast.
const NOT_PUBLIC_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// Parts of the global unicast block that are not public, or that carry an IPv4 address inside (6to4, Teredo).
const NOT_PUBLIC_V6: &[&str] = &["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// The global unicast block: everything else (loopback, mapped IPv4, NAT64, ULA, link-local, multicast) is refused.
const UNICAST_V6: &str = "2000::/3";

fn v4() -> &'static [Ipv4Net] {
    static NETS: LazyLock<Vec<Ipv4Net>> =
        LazyLock::new(|| NOT_PUBLIC_V4.iter().filter_map(|net| net.parse().ok()).collect());
    &NETS
}

fn v6() -> &'static (Vec<Ipv6Net>, Option<Ipv6Net>) {
    static NETS: LazyLock<(Vec<Ipv6Net>, Option<Ipv6Net>)> =
        LazyLock::new(|| (NOT_PUBLIC_V6.iter().filter_map(|net| net.parse().ok()).collect(), UNICAST_V6.parse().ok()));
    &NETS
}

/// Whether an address is one that anybody on the internet could reach.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !v4().iter().any(|net| net.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let (refused, unicast) = v6();
    unicast.is_some_and(|net| net.contains(&address)) && !refused.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_whole() {
        assert_eq!(v4().len(), NOT_PUBLIC_V4.len());
        assert_eq!((v6().0.len(), v6().1.is_some()), (NOT_PUBLIC_V6.len(), true));
    }

    #[test]
    fn only_public_addresses_pass() {
        for public in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for refused in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
    }
}
