//! A line to a server of mail on which nobody waits for ever, and nobody is told more than they asked for.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use safe_http::Socket;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long nothing may come while something is awaited.
pub(super) const QUIET: Duration = Duration::from_secs(30);
/// How many bytes one answer may have, unless more was asked for.
pub(super) const ANSWER: usize = 8 * 1024 * 1024;
/// The longest line before somebody has signed in.
const GREETING: usize = 16 * 1024;

/// A command goes out in one piece, however it was put together.
const COMMAND: usize = 512;

/// A connection with its limits.
#[derive(Debug)]
pub(super) struct Line {
    socket: BufWriter<Socket>,
    quiet: Duration,
    waits: Option<Pin<Box<Sleep>>>,
    room: usize,
    /// What came and was not read yet, before the library takes over.
    ahead: Vec<u8>,
}

impl Line {
    pub(super) fn new(socket: Socket) -> Self {
        let socket = BufWriter::with_capacity(COMMAND, socket);
        Self { socket, quiet: QUIET, waits: None, room: ANSWER, ahead: Vec::new() }
    }

    /// Lets this much come before the next call, and so long nothing.
    pub(super) fn allow(&mut self, room: usize, quiet: Duration) {
        (self.room, self.quiet, self.waits) = (room, quiet, None);
    }

    pub(super) fn is_private(&self) -> bool {
        self.socket.get_ref().is_private()
    }

    /// Begins TLS. What came before it was said by whoever stands between, and is thrown away.
    pub(super) async fn secure(self, host: &str, any: bool) -> Result<Self, safe_http::Error> {
        Ok(Self::new(self.socket.into_inner().secure(host, any).await?))
    }

    /// Says one line.
    pub(super) async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.flush().await
    }

    /// Reads one line.
    pub(super) async fn hear(&mut self) -> std::io::Result<String> {
        loop {
            if let Some(end) = self.ahead.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.ahead.len() > GREETING {
                return Err(Error::new(ErrorKind::InvalidData, "what came is not IMAP"));
            }
            let mut buffer = [0; 2048];
            let count = self.read(&mut buffer).await?;
            if count == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the server ended the connection"));
            }
            self.ahead.extend_from_slice(&buffer[..count]);
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let line = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut line.socket).poll_read(cx, buf) {
            Poll::Ready(outcome) => {
                line.waits = None;
                let came = buf.filled().len() - before;
                let Some(room) = line.room.checked_sub(came) else {
                    return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, "the server says more than was asked")));
                };
                line.room = room;
                Poll::Ready(outcome)
            }
            Poll::Pending => {
                let quiet = line.quiet;
                let waits = line.waits.get_or_insert_with(|| Box::pin(sleep(quiet)));
                waits.as_mut().poll(cx).map(|()| {
                    let text = format!("nothing came for {} seconds", quiet.as_secs());
                    Err(Error::new(ErrorKind::TimedOut, text))
                })
            }
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
