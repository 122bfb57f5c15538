//! A socket of a visitor or an agent.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::visitor::Visitor;
use super::{TestApp, eventually, in_time, schema};

/// An open socket. Every frame that the server tells is held against the API's document.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    path: String,
}

impl Socket {
    /// Opens a socket with these headers; the HTTP code when it is refused.
    pub async fn open(t: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let address = format!("{}{path}", t.url.replace("http://", "ws://"));
        let mut request = address.into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream, path: path.split('?').next().unwrap_or(path).to_owned() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// What a socket is told when it has said hello: `welcome` or `reload`, with a position of the server's timeline.
    pub async fn told(t: &TestApp, kind: &str, position: i64) -> Value {
        json!({"type": kind, "position": position, "timeline": timeline(t).await})
    }

    /// A visitor's socket that has said hello, and the answer to that.
    pub async fn visitor(t: &TestApp, visitor: &Visitor, position: Option<i64>) -> (Self, Value) {
        let mut socket = Self::open(t, &format!("/chat/{}/socket", visitor.chat), &[]).await.expect("a socket");
        socket.send(json!({"type": "hello", "visitor": visitor.key, "position": position})).await;
        let welcome = socket.next().await;
        (socket, welcome)
    }

    /// An agent's socket that has said hello, and the answer to that.
    pub async fn agent(t: &TestApp, token: &str, position: Option<i64>) -> (Self, Value) {
        let bearer = format!("Bearer {token}");
        let mut socket = Self::open(t, "/console/socket", &[("authorization", &bearer)]).await.expect("a socket");
        socket.send(json!({"type": "hello", "position": position})).await;
        let welcome = socket.next().await;
        (socket, welcome)
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    /// The next frame but for what only tells numbers and marks; none when the socket has ended.
    pub async fn try_next(&mut self) -> Option<Value> {
        loop {
            let frame = self.any_next().await?;
            if !["active", "counts", "mine", "noted"].contains(&frame["type"].as_str().unwrap_or_default()) {
                return Some(frame);
            }
        }
    }

    /// The next frame; none when the socket has ended.
    async fn any_next(&mut self) -> Option<Value> {
        loop {
            let next = in_time("a frame", self.stream.next()).await;
            match next? {
                Ok(Message::Text(text)) => {
                    let frame = serde_json::from_str(&text).expect("JSON");
                    schema::check_frame(&self.path, "told", &frame);
                    return Some(frame);
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> Value {
        self.try_next().await.expect("the socket is open")
    }

    /// The next frame of a type; those before it are left out.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.any_next().await.expect("the socket is open");
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Every frame up to now: what is committed when this is called is in it.
    pub async fn drain(&mut self, t: &TestApp) -> Vec<Value> {
        let head = t.app.db.refresh_position().await.expect("a position");
        eventually("the frames", async || (t.app.hub.position() >= head).then_some(())).await;
        self.send(json!({"type": "ping"})).await;
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await;
            if frame["type"] == "pong" {
                return frames;
            }
            frames.push(frame);
        }
    }

    /// Waits for the end of the socket; gives the frames before it.
    pub async fn end(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(frame) = self.try_next().await {
            frames.push(frame);
        }
        frames
    }

    /// Cuts the connection, without a goodbye.
    pub fn cut(self) {
        drop(self.stream);
    }
}

/// The timeline of a server's journal.
pub async fn timeline(t: &TestApp) -> String {
    t.app.db.read(|tx| Box::pin(store::journal::end(tx))).await.expect("the end").timeline
}
