//! What counts as one caller for limits that go by where somebody comes from.

use std::net::IpAddr;

use ipnet::IpNet;

/// The network of a caller: one address of IPv4, or the /64 that a customer of IPv6 has whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network(pub String);

impl Network {
    /// The same as a range of addresses.
    #[must_use]
    pub fn range(&self) -> Option<IpNet> {
        self.0.parse().or_else(|_| self.0.parse::<IpAddr>().map(IpNet::from)).ok()
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_string()),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }
}
