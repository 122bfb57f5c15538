//! Sockets that come back, whenever they are cut, with the last position that they had.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{ADMIN_TOKEN, eventually};

/// How long a client pauses before it comes back: longer each time that there is nobody.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(320);

/// One who follows, across every kill.
pub(super) struct Follower {
    heard: Arc<Heard>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    frames: Mutex<Vec<Value>>,
    opened: AtomicUsize,
}

impl Follower {
    /// An agent at the console, from now on.
    pub(super) async fn agent(url: &str) -> Self {
        Self::begin(format!("{url}/console/socket"), Some(format!("Bearer {ADMIN_TOKEN}")), json!({"type": "hello"}))
            .await
    }

    /// A visitor by their key, from a position on, or from now.
    pub(super) async fn visitor(chat: &str, key: &str, position: Option<i64>) -> Self {
        let hello = json!({"type": "hello", "visitor": key, "position": position});
        Self::begin(format!("{chat}/socket"), None, hello).await
    }

    async fn begin(address: String, bearer: Option<String>, hello: Value) -> Self {
        let heard = Arc::<Heard>::default();
        let address = address.replace("http://", "ws://");
        let task = tokio::spawn(follow(address, bearer, hello, heard.clone()));
        eventually("a socket", async || (heard.opened.load(Ordering::SeqCst) > 0).then_some(())).await;
        Self { heard, task }
    }

    /// How often it was opened.
    pub(super) fn opened(&self) -> usize {
        self.heard.opened.load(Ordering::SeqCst)
    }

    /// The frames of a kind, as what `of` makes of them, once there are so many.
    async fn all<T>(&self, count: usize, of: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        eventually("every frame", async || {
            assert!(!self.task.is_finished(), "the socket was told to reload, or a position came twice");
            let frames = self.heard.frames.lock().expect("not poisoned");
            Some(frames.iter().filter_map(&of).collect::<Vec<T>>()).filter(|all| all.len() >= count)
        })
        .await
    }

    /// Asserts that a visitor was told these messages, each once and in order; but for what they were told to read anew.
    pub(super) async fn has_heard(&self, bodies: &[String]) {
        let heard = eventually("the last message", async || {
            assert!(!self.task.is_finished(), "a position came twice");
            let frames = self.heard.frames.lock().expect("not poisoned");
            let news = |frame: &Value| frame["type"] == "reload" || frame["type"] == "message";
            let body = |frame: &Value| frame["message"]["body"].as_str().map(str::to_owned);
            let heard: Vec<Option<String>> = frames.iter().filter(|frame| news(frame)).map(body).collect();
            let last = heard.last()?.as_ref().is_none_or(|body| Some(body) == bodies.last());
            last.then_some(heard)
        })
        .await;
        let (mut next, mut anew) = (0, false);
        for body in heard {
            let Some(body) = body else {
                anew = true;
                continue;
            };
            let at = bodies[next..].iter().position(|wanted| *wanted == body).expect("a message that was not told yet");
            assert!(at == 0 || anew, "{body} came before {}", bodies[next]);
            (next, anew) = (next + at + 1, false);
        }
        assert!(next == bodies.len() || anew, "told each once, in order");
    }

    /// Where in the journal the events of a type were that an agent was told, once there are so many.
    pub(super) async fn has_seen(&self, kind: &str, count: usize) -> Vec<i64> {
        self.all(count, |frame| frame["position"].as_i64().filter(|_| frame["event"]["type"] == kind)).await
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(address: String, bearer: Option<String>, mut hello: Value, heard: Arc<Heard>) {
    let mut last = i64::MIN;
    let mut pause = SHORTEST;
    loop {
        let mut request = address.as_str().into_client_request().expect("a request");
        if let Some(bearer) = &bearer {
            request.headers_mut().insert("authorization", bearer.parse().expect("a header"));
        }
        let Ok((mut socket, _)) = tokio_tungstenite::connect_async(request).await else {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
            continue;
        };
        pause = SHORTEST;
        if socket.send(Message::text(hello.to_string())).await.is_err() {
            continue;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            let position = frame["position"].as_i64();
            match frame["type"].as_str() {
                Some("welcome") => {
                    heard.opened.fetch_add(1, Ordering::SeqCst);
                    if hello["position"].is_null() {
                        hello["position"] = json!(position);
                    }
                }
                // Too much of what is others' has happened since its last word: what it missed is for it to read anew.
                Some("reload") if bearer.is_none() => {
                    heard.opened.fetch_add(1, Ordering::SeqCst);
                    hello["position"] = json!(position);
                    heard.frames.lock().expect("not poisoned").push(frame);
                }
                Some("reload") => panic!("{address} {hello}: {frame}"),
                _ => {
                    let Some(position) = position else { continue };
                    assert!(position > last, "{position} after {last}");
                    last = position;
                    hello["position"] = json!(position);
                    heard.frames.lock().expect("not poisoned").push(frame);
                }
            }
        }
    }
}
