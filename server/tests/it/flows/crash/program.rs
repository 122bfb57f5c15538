//! The program as it is killed and started again, and a client that asks until there is an answer.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;
use store::{Clock, Db};

use crate::support::{ADMIN_TOKEN, new_database};

/// The program on a data folder of its own, started again at the same address after each kill.
pub(super) struct Program {
    child: Child,
    listen: String,
    pub(super) url: String,
    pub(super) data: tempfile::TempDir,
    pub(super) database: Option<String>,
}

impl Program {
    pub(super) async fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = free.local_addr().expect("an address").to_string();
        drop(free);
        let database = match std::env::var("HUBBUB_TEST_DATABASE_URL") {
            Ok(server) => Some(new_database(&server).await),
            Err(_) => None,
        };
        let data = tempfile::tempdir().expect("a folder");
        let url = format!("http://{listen}");
        let child = spawn(&listen, data.path(), database.as_deref());
        let program = Self { child, listen, url, data, database };
        program.ready().await;
        program
    }

    async fn ready(&self) {
        let client = client();
        for _ in 0..3000 {
            if client.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|r| r.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the program does not start");
    }

    /// SIGKILL: no chance to say goodbye.
    pub(super) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// The database of the program, which is not running.
    pub(super) async fn database(&self) -> Db {
        let db = match &self.database {
            Some(url) => Db::postgres(url, 2, None, Clock::system()).await,
            None => Db::sqlite(&self.data.path().join("hubbub.sqlite3"), Clock::system()),
        };
        db.expect("the database")
    }

    pub(super) async fn kill_and_start(&mut self) {
        self.kill();
        self.child = spawn(&self.listen, self.data.path(), self.database.as_deref());
        self.ready().await;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(listen: &str, data: &std::path::Path, database: Option<&str>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_hubbub"))
        .arg("serve")
        .env("HUBBUB_LISTEN", listen)
        .env("HUBBUB_DATA_DIR", data)
        .env("HUBBUB_DATABASE_URL", database.unwrap_or(""))
        .env("HUBBUB_ADMIN_PASSWORD", "a long passphrase")
        .env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN)
        .env("HUBBUB_ALLOW_PRIVATE_TARGETS", "true")
        .env("HUBBUB_RATE_LIMIT_PER_MINUTE", "0")
        .env("HUBBUB_NEW_VISITORS_PER_MINUTE", "0")
        .env("HUBBUB_CONNECTIONS_PER_ADDRESS", "0")
        .env("HUBBUB_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .expect("the program")
}

/// Asks until there is an answer, as a client on a bad line does.
pub(super) async fn ask(client: &Client, method: Method, url: &str, token: &str, body: Option<&Value>) -> Value {
    ask_with_key(client, method, url, token, body, None).await
}

/// The same, under an idempotency key.
pub(super) async fn ask_with_key(
    client: &Client,
    method: Method,
    url: &str,
    token: &str,
    body: Option<&Value>,
    key: Option<&str>,
) -> Value {
    for _ in 0..3000 {
        let mut request = client.request(method.clone(), url).bearer_auth(token);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let status = answer.status();
        match answer.json::<Value>().await {
            Ok(json) if status.is_success() => return json,
            // A server that is stopping says so; everything else is an answer that must not come.
            Ok(json) => assert!(status.as_u16() == 503, "{status}: {json}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no answer from {url}");
}

/// A client of its own, without a proxy.
pub(super) fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}
