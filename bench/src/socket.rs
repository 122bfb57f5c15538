//! The client's side of a socket.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::server::{Server, TOKEN, text};

/// An open socket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens a socket at this path. With small buffers: there are thousands of them in this process too.
    pub(crate) async fn open(address: SocketAddr, path: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Self::over(stream, address, path, token).await
    }

    /// Opens a socket at this path from one of this machine's addresses.
    pub(crate) async fn open_from(from: IpAddr, address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        Self::over(crate::crowd::connect_from(from, address).await?, address, path, None).await
    }

    async fn over(stream: TcpStream, address: SocketAddr, path: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        if let Some(token) = token {
            request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {token}"))?);
        }
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self(socket))
    }

    /// Opens a visitor's socket and waits for the welcome.
    pub(crate) async fn visitor(server: &Server, source_token: &str, visitor: &str) -> anyhow::Result<Self> {
        let mut socket = Self::open(server.address(), &format!("/chat/{source_token}/socket"), None).await?;
        socket.say(&json!({"type": "hello", "visitor": visitor}).to_string()).await?;
        socket.hear().await?;
        Ok(socket)
    }

    /// Opens an agent's socket and waits for the welcome.
    pub(crate) async fn agent(server: &Server) -> anyhow::Result<Self> {
        let mut socket = Self::open(server.address(), "/console/socket", Some(TOKEN)).await?;
        socket.say(&json!({"type": "hello"}).to_string()).await?;
        socket.hear().await?;
        Ok(socket)
    }

    /// Says something.
    pub(crate) async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// Waits for the next text.
    pub(crate) async fn hear(&mut self) -> anyhow::Result<String> {
        loop {
            match self.0.next().await.context("the socket was closed")?? {
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                Message::Close(_) => bail!("the socket was closed"),
                _ => {}
            }
        }
    }
}

/// Begins a visit; gives the visitor's key.
pub(crate) async fn begin_visit(server: &Server, source_token: &str) -> anyhow::Result<String> {
    let mut client = server.client().await?;
    let visit: Value = client.post(&format!("/chat/{source_token}/session"), "", &json!({})).await?;
    text(&visit, "visitor")
}
