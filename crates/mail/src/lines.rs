//! A connection that gives no more than a line at a time.
//!
//! Who reads ahead keeps what came behind the answer to STARTTLS, and takes it for an answer of the server under TLS,
//! which somebody on the way may have put there. What is not read stays here, and is read as the beginning of TLS, which
//! it is not.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// How many bytes a server may say without being asked again. Who reads its answers looks through all of one after each
/// of its lines.
const ANSWER_MAX: usize = 32 * 1024;

#[derive(Debug)]
pub(crate) struct Lines {
    stream: BufReader<TcpStream>,
    /// How much it has said since it was asked last.
    said: usize,
}

impl Lines {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream), said: 0 }
    }
}

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().peer_addr()
    }
}

impl AsyncRead for Lines {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.said > ANSWER_MAX {
            return Poll::Ready(Err(io::Error::other("the server's answer does not end")));
        }
        let found = ready!(Pin::new(&mut self.stream).poll_fill_buf(cx))?;
        let line = found.iter().position(|byte| *byte == b'\n').map_or(found.len(), |at| at + 1);
        let count = line.min(into.remaining());
        into.put_slice(&found[..count]);
        Pin::new(&mut self.stream).consume(count);
        self.said += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lines {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.said = 0;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
