//! An HTTP client that costs little, so that what is measured is the server: one kept connection, requests made
//! beforehand, no more of the answer read than is needed to find its end.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One kept connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The answer to one request.
pub(crate) struct Answer<'c> {
    /// Its code.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: &'c [u8],
}

impl Answer<'_> {
    /// The body as JSON, of an answer that is a success.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        let text = String::from_utf8_lossy(self.body);
        ensure!(self.status < 300, "{}: {text}", self.status);
        serde_json::from_slice(self.body).with_context(|| text.into_owned())
    }
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Connects from one of this machine's addresses.
    pub(crate) async fn connect_from(from: std::net::IpAddr, address: SocketAddr) -> anyhow::Result<Self> {
        let stream = crate::crowd::connect_from(from, address).await?;
        Ok(Self { stream, buffer: Vec::with_capacity(4 * 1024) })
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn call(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut whole = None;
        loop {
            if whole.is_none() {
                whole = end_of_answer(&self.buffer)?;
            }
            if whole.is_some_and(|(_, end)| self.buffer.len() >= end) {
                break;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
        let (head, end) = whole.context("an answer")?;
        let status = std::str::from_utf8(self.buffer.get(9..12).unwrap_or_default())?.parse()?;
        Ok(Answer { status, body: &self.buffer[head..end] })
    }

    /// Gets a path as JSON.
    pub(crate) async fn get(&mut self, path: &str, token: &str) -> anyhow::Result<Value> {
        self.call(&get(path, token)).await?.json().with_context(|| path.to_owned())
    }

    /// Posts JSON to a path and reads the answer as JSON.
    pub(crate) async fn post(&mut self, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        self.send("POST", path, token, body).await
    }

    /// Puts JSON somewhere.
    pub(crate) async fn put(&mut self, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        self.send("PUT", path, token, body).await
    }

    async fn send(&mut self, method: &str, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        let headers = format!("authorization: Bearer {token}\r\n");
        let request = with_body(method, path, &headers, body.to_string().as_bytes());
        self.call(&request).await?.json().with_context(|| path.to_owned())
    }
}

/// Where the head ends and where the body ends, once the head is there.
fn end_of_answer(buffer: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|i| i + 4) else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..head])?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    Ok(Some((head, head + length.context("an answer without a length")??)))
}

/// A GET request.
pub(crate) fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A POST request with a JSON body; `headers` are whole lines.
pub(crate) fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    with_body("POST", path, headers, body)
}

fn with_body(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
