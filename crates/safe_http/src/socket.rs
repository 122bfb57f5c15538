//! Connections that speak something else than HTTP: to servers of mail that somebody has named. Names are resolved and
//! addresses refused as for every other call.

use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::address::is_public;
use crate::client::SafeClient;
use crate::error::Error;
use crate::resolver::addresses;

/// The longest that making a connection may take, through all addresses of a name.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest that beginning TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// A connection.
#[derive(Debug)]
pub enum Socket {
    /// In the clear.
    Plain(TcpStream),
    /// By TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Whether the other side stands in a private network, or on this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        };
        tcp.peer_addr().is_ok_and(|address| !is_public(address.ip()))
    }

    /// Begins TLS with the server that is called `host`; with `any` it may show any certificate.
    ///
    /// # Errors
    /// When its certificate is not accepted, or what comes is not TLS.
    pub async fn secure(self, host: &str, any: bool) -> Result<Self, Error> {
        let Self::Plain(tcp) = self else { return Ok(self) };
        let name = ServerName::try_from(host.to_owned()).map_err(|e| Error::Tls(format!("{host}: {e}")))?;
        let client = if any { tls::any() } else { tls::system() };
        let connector = TlsConnector::from(client.map_err(|e| Error::Tls(e.to_string()))?);
        let begun = timeout(HANDSHAKE, connector.connect(name, tcp)).await.map_err(|_| Error::Timeout(HANDSHAKE))?;
        begun.map(|tls| Self::Tls(Box::new(tls))).map_err(|e| Error::Tls(reason(&e)))
    }
}

impl SafeClient {
    /// Connects to a port of a host.
    ///
    /// # Errors
    /// When it has no address that may be reached, or none of them answers.
    pub async fn connect(&self, host: &str, port: u16) -> Result<Socket, Error> {
        let found = match host.parse::<IpAddr>() {
            Ok(address) if self.allows_private() || is_public(address) => vec![SocketAddr::new(address, port)],
            Ok(_) => return Err(Error::Refused(host.to_owned())),
            Err(_) => addresses(host, self.allows_private()).await?,
        };
        let connecting = async {
            let mut failure = Error::NoConnection;
            for mut address in found {
                address.set_port(port);
                match TcpStream::connect(address).await {
                    Ok(tcp) => {
                        // Short commands are to go out at once; without it everything works too.
                        let _ = tcp.set_nodelay(true);
                        return Ok(Socket::Plain(tcp));
                    }
                    Err(error) => failure = Error::Connect(error.to_string()),
                }
            }
            Err(failure)
        };
        timeout(CONNECT, connecting).await.map_err(|_| Error::NoConnection)?
    }
}

/// What went wrong, by the innermost cause.
fn reason(error: &std::io::Error) -> String {
    let mut inner: &dyn StdError = error;
    if let Some(carried) = error.get_ref() {
        inner = carried;
    }
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_hosts_are_reached_only_where_that_is_allowed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        for host in ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "169.254.169.254"] {
            let refused = SafeClient::new(false).connect(host, port).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{host}: {refused:?}");
        }
        let socket = SafeClient::new(true).connect("127.0.0.1", port).await.expect("connected");
        assert!(socket.is_private());
        drop(listener);
        let refused = SafeClient::new(true).connect("127.0.0.1", port).await;
        assert!(matches!(refused, Err(Error::Connect(_))), "{refused:?}");
    }
}
