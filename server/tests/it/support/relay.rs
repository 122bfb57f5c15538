//! A relay before a server on this machine: it is asked what becomes of each of our words.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a word.
pub enum Then {
    /// The server hears it.
    Pass,
    /// The server never hears it; this is answered in its place.
    Answer(String),
    /// Both lines end.
    End,
    /// Nothing comes back any more.
    Silence {
        /// Whether the server hears the word, and what comes after it: a word may come in several pieces.
        heard: bool,
    },
}

/// Starts one before a port; gives its own.
pub async fn relay(before: u16, decide: impl Fn(&str) -> Then + Clone + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(pass_on(near, before, decide.clone()));
        }
    });
    port
}

async fn pass_on(mut near: TcpStream, before: u16, decide: impl Fn(&str) -> Then) {
    let mut far = TcpStream::connect(("127.0.0.1", before)).await.expect("the server");
    let ((mut from, mut to), (mut back, mut forth)) = (near.split(), far.split());
    let (mut ours, mut theirs) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            count = from.read(&mut ours) => {
                let count = count.unwrap_or(0);
                if count == 0 {
                    return;
                }
                let then = decide(&String::from_utf8_lossy(&ours[..count]));
                if matches!(then, Then::Pass | Then::Silence { heard: true }) {
                    let _ = forth.write_all(&ours[..count]).await;
                }
                match then {
                    Then::Pass => {}
                    Then::Answer(text) => drop(to.write_all(text.as_bytes()).await),
                    Then::End => return,
                    Then::Silence { heard: true } => drop(tokio::io::copy(&mut from, &mut forth).await),
                    Then::Silence { heard: false } => std::future::pending::<()>().await,
                }
            }
            count = back.read(&mut theirs) => {
                let count = count.unwrap_or(0);
                if count == 0 || to.write_all(&theirs[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
