//! One accepted connection: what its place is among the others, what the heads of its requests say, and that its other
//! side takes what it is sent. Who takes nothing for too long is dropped, whether a page, a stream or a socket is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::state::connections::Place;

/// A connection, also after it has become a socket.
pub(crate) struct Wire {
    stream: TcpStream,
    place: Arc<Place>,
    heads: Heads,
    patience: Duration,
    /// Runs while the other side takes nothing.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// A connection whose other side may take nothing for `patience`.
    pub(crate) fn new(stream: TcpStream, place: Arc<Place>, patience: Duration) -> Self {
        Self { stream, place, heads: Heads::default(), patience, stuck: None }
    }

    fn watched<T>(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stuck = None;
            return sent;
        }
        let patience = self.patience;
        ready!(self.stuck.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes nothing")))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if self.heads.read(&buf.filled()[before..]) {
            self.place.doubt();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watched(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watched(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

const LENGTH: &[u8] = b"content-length:";
const CODING: &[u8] = b"transfer-encoding:";

/// Reads along with the requests that come in by one connection, however they are cut and how many come at once, as far
/// as to tell which of them says in two ways where its body ends: the parser keeps only one of the two.
#[derive(Default)]
struct Heads {
    /// How the line begins.
    begins: [u8; CODING.len()],
    /// How much of the line has come.
    came: usize,
    /// Whether a line has come before: empty ones may stand before a head.
    follows: bool,
    /// How long the head says that the body is.
    length: Option<u64>,
    /// Whether it says that the body is in chunks.
    chunked: bool,
    /// How much of the body is still to come.
    left: u64,
    /// Nothing is read any more: after chunks the connection ends.
    ended: bool,
}

impl Heads {
    /// Reads on; whether a head has come that says it in two ways.
    fn read(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && !self.ended {
            if self.left > 0 {
                let body = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= body as u64;
                bytes = &bytes[body..];
                continue;
            }
            let end = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| at + 1);
            let (part, rest) = bytes.split_at(end);
            bytes = rest;
            if self.add(part) {
                let (length, chunked) = (self.length, self.chunked);
                *self = Self { left: length.unwrap_or(0), ended: chunked, ..Self::default() };
                if chunked && length.is_some() {
                    return true;
                }
            }
        }
        false
    }

    /// Adds what ends with the line at the latest; whether the head ends with it.
    fn add(&mut self, part: &[u8]) -> bool {
        for byte in part {
            if let Some(place) = self.begins.get_mut(self.came) {
                *place = byte.to_ascii_lowercase();
            }
            self.came += 1;
            if self.came >= LENGTH.len() && self.begins.starts_with(LENGTH) {
                // The same length may come twice; what is no number is refused by the parser.
                let before = self.length.filter(|_| self.came > LENGTH.len()).unwrap_or(0);
                let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
                self.length = Some(digit.map_or(before, |digit| before.saturating_mul(10).saturating_add(digit)));
            }
        }
        if !part.ends_with(b"\n") {
            return false;
        }
        let empty = self.came == 1 || (self.came == 2 && self.begins[0] == b'\r');
        self.chunked |= self.begins == CODING;
        (self.came, self.begins) = (0, Default::default());
        let ends = empty && self.follows;
        self.follows |= !empty;
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_tell_where_bodies_end_however_they_are_cut_and_how_many_come() {
        let both = "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        let turned = "\r\n\nPOST / HTTP/1.1\nhost: x\ntransfer-encoding:chunked\nContent-length:  \t 5\n\n";
        let bare = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let length = "POST / HTTP/1.1\r\ncontent-length: 12\r\n\r\nhello\r\n\r\nyou";
        let chunked = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for (sent, says) in [
            (both.to_owned(), true),
            (turned.to_owned(), true),
            (format!("{bare}{both}"), true),
            (format!("{length}{bare}{length}{turned}"), true),
            (format!("POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello{both}"), true),
            (both.replace(": 5", ": no"), true),
            (format!("{length}{bare}\r\n{chunked}content-length: 5\r\n\r\n"), false),
            ("POST / HTTP/1.1\r\nx-content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n".into(), false),
            ("POST /content-length: HTTP/1.1\r\ntransfer-encodings: x\r\ncontent-length: 0\r\n\r\n".into(), false),
        ] {
            for size in [1, 3, 16, 1000] {
                let mut heads = Heads::default();
                let said = sent.as_bytes().chunks(size).fold(false, |said, part| said | heads.read(part));
                assert_eq!(said, says, "{sent} {size}");
            }
        }
    }
}
