//! What goes wrong.

use std::time::Duration;

/// Why a call has no answer. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL cannot be called.
    #[error("the URL cannot be called: {0}")]
    Url(String),
    /// The host has no address that may be reached from here. Which it has is not said, nor whether it has any: who asks
    /// need not know what a private network holds.
    #[error("refused: {0} has no public address")]
    Refused(String),
    /// The name of the host leads nowhere; said where private addresses may be reached.
    #[error("the host {0} cannot be found")]
    NotFound(String),
    /// No connection could be made in time.
    #[error("no connection within 5 seconds")]
    NoConnection,
    /// The other side took too long.
    #[error("no answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// No connection could be made; certificates that are not valid come here too.
    #[error("no connection: {0}")]
    Connect(String),
    /// A certificate is not accepted, or what came is not TLS.
    #[error("{0}")]
    Tls(String),
    /// The connection broke, or what came is not HTTP.
    #[error("no answer: {0}")]
    Broken(String),
}

impl Error {
    /// Whether the other side may have got the request all the same.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Broken(_) => true,
            Self::Url(_)
            | Self::Refused(_)
            | Self::NotFound(_)
            | Self::NoConnection
            | Self::Connect(_)
            | Self::Tls(_) => false,
        }
    }
}
