//! What the log never holds, at any level: what people say, and what opens doors.

use std::process::{Command, Stdio};

use futures_util::{SinkExt, StreamExt};
use hubbub::crypto::sdk_signature;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::operator::Desk;
use crate::support::receiver::{Receiver, Says};
use crate::support::sdk::SIGNATURE;
use crate::support::{eventually, id, send};

const PASSWORD: &str = "canary-password-of-the-first";
const WRONG: &str = "canary-password-that-is-wrong";
const TOKEN: &str = "canary-token-of-the-first";

/// A desk that runs as a process.
struct Running<'a> {
    url: &'a str,
    client: reqwest::Client,
}

impl Running<'_> {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        send(self.ask(Method::POST, path).bearer_auth(TOKEN).json(&body)).await.ok()
    }

    /// A socket that has said hello, and heard the answer.
    async fn socket(&self, path: &str, hello: Value) -> impl SinkExt<Message> + StreamExt + Unpin + use<> {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let address = format!("{}{path}", self.url.replace("http://", "ws://"));
        let mut request = address.into_client_request().expect("a request");
        request.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse().expect("a header"));
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
        socket.send(Message::text(hello.to_string())).await.expect("sent");
        socket.next().await.expect("a frame").expect("a frame");
        socket
    }

    /// People sign in, or do not.
    async fn sign_in(&self) {
        for (password, code) in [(WRONG, 401), (PASSWORD, 200)] {
            let body = json!({"email": "canary@hubbub.test", "password": password});
            let answer = send(self.ask(Method::POST, "/console/session").json(&body)).await;
            assert_eq!(answer.status, code, "{}", answer.text);
        }
        // Tokens come in addresses too, and what cannot be read is no less secret.
        send(self.ask(Method::GET, &format!("/1.0/tags?access_token={TOKEN}"))).await.ok();
        let broken = self.ask(Method::POST, "/1.0/tags").bearer_auth(TOKEN).header("content-type", "application/json");
        send(broken.body("{\"name\": \"canary-broken\", ")).await.error(400);
        let user = json!({"firstname": "canary-first", "lastname": "x", "email": "canary-taken@hubbub.test",
                          "password": "canary-another-password", "role_id": self.role().await});
        self.post("/1.0/users", user.clone()).await;
        send(self.ask(Method::POST, "/1.0/users").bearer_auth(TOKEN).json(&user)).await.error(422);
    }

    async fn role(&self) -> Value {
        let roles = send(self.ask(Method::GET, "/1.0/roles").bearer_auth(TOKEN)).await.ok();
        roles["records"][0]["id"].clone()
    }

    /// A visitor and an agent talk, by requests and by sockets, with a webhook that fails; gives what the server made
    /// that is secret.
    async fn talk(&self, receiver: &Receiver) -> Vec<String> {
        let community = json!({"type": "engage_messaging", "name": "Visitors", "signed_identities": "rejected"});
        let community = self.post("/1.0/communities", community).await;
        let chat = json!({"type": "engage_messaging", "name": "Chat", "community_id": community["id"]});
        let chat = self.post("/1.0/content_sources", chat).await;
        let hook = json!({"url": format!("{}?key=canary-key-of-the-address", receiver.url), "secret": "canary-hook-secret",
                          "registered_events": ["content.imported"], "verify_token": "canary-verify"});
        let hook = self.post("/1.0/webhooks", hook).await;
        eventually("an active webhook", || async {
            let path = format!("/1.0/webhooks/{}", id(&hook));
            let found = send(self.ask(Method::GET, &path).bearer_auth(TOKEN)).await.ok();
            (found["webhook_status"] == "active").then_some(())
        })
        .await;
        let at = format!("/chat/{}", chat["token"].as_str().expect("a token"));
        let signed = send(self.ask(Method::POST, &format!("{at}/session")).json(&json!({"jwt": "canary.jwt.canary"})));
        assert!(signed.await.status.is_client_error());
        let person = json!({"screenname": "canary-name", "email": "canary-mail@hubbub.test"});
        let session =
            send(self.ask(Method::POST, &format!("{at}/session")).json(&json!({"identity": person}))).await.ok();
        let key = session["visitor"].as_str().expect("a key").to_owned();
        let hello = json!({"type": "hello", "visitor": key, "position": null});
        let mut theirs = self.socket(&format!("{at}/socket"), hello).await;
        let mut ours = self.socket("/console/socket", json!({"type": "hello", "position": null})).await;

        let part = Part::bytes(b"canary-bytes".to_vec()).file_name("canary-file.png");
        let upload = self.ask(Method::POST, &format!("{at}/attachments")).bearer_auth(&key);
        let file = send(upload.multipart(Form::new().part("file", part))).await.ok();
        let said = json!({"client_id": "12345678", "body": "canary-said", "attachment_ids": [file["id"]]});
        let said = send(self.ask(Method::POST, &format!("{at}/messages")).bearer_auth(&key).json(&said)).await.ok();
        let thread = said["thread"]["id"].clone();
        let typing = json!({"type": "typing", "thread_id": thread, "on": true, "preview": "canary-preview"});
        assert!(theirs.send(Message::text(typing.to_string())).await.is_ok());
        assert!(theirs.send(Message::text("canary-nonsense")).await.is_ok());
        assert!(ours.next().await.is_some());
        receiver.wait(1).await;
        let reply = json!({"in_reply_to_id": said["message"]["id"], "body": "canary-reply"});
        self.post("/1.0/contents", reply).await;
        for path in ["/1.0/contents?q=canary-search", "/console/people?text=canary-people"] {
            send(self.ask(Method::GET, path).bearer_auth(TOKEN)).await.ok();
        }
        let url = file["url"].as_str().expect("an address").to_owned();
        assert_eq!(reqwest::get(&url).await.expect("an answer").status(), 200);
        vec![key, url.rsplit('-').next().expect("a signature").to_owned()]
    }

    /// A third party sends, and is sent; gives the key that both sign with.
    async fn third_party(&self, receiver: &Receiver) -> String {
        let community = self.post("/1.0/communities", json!({"type": "sdk", "name": "Users"})).await;
        let source =
            json!({"type": "sdk", "name": "Blog", "community_id": community["id"], "endpoint_url": receiver.url});
        let source = self.post("/1.0/content_sources", source).await;
        let secret = source["access_token"].as_str().expect("a key").to_owned();
        let author = json!({"id": "canary-id", "screenname": "canary-screenname"});
        for params in [
            json!({"id": "1", "thread_id": "42", "author": author, "body": "canary-told", "format": "text",
                   "attachments": [{"url": "http://127.0.0.1:1/canary-path?canary-query"}]}),
            json!({"id": "2", "author": "canary-author", "body": "canary-odd"}),
        ] {
            let body = json!({"action": "messages.create", "params": params}).to_string();
            let request = self.ask(Method::POST, &format!("/realtime/sdk/{}", id(&source)));
            send(request.header(SIGNATURE, sdk_signature(&secret, body.as_bytes())).body(body)).await;
        }
        let told = send(self.ask(Method::GET, "/1.0/contents?limit=150").bearer_auth(TOKEN)).await.ok();
        let told = told["records"].as_array().expect("records").iter().find(|one| one["foreign_id"] == "1").cloned();
        let reply = json!({"in_reply_to_id": told.expect("a content")["id"], "body": "canary-answer"});
        let reply = self.post("/1.0/contents", reply).await;
        eventually("a try to hand it over", || async {
            let all = receiver.deliveries();
            all.iter().any(|one| one.body["params"]["content_id"] == reply["id"]).then_some(())
        })
        .await;
        secret
    }
}

#[tokio::test]
async fn no_words_and_no_secrets_are_in_the_log_at_its_finest_level() {
    let desk = Desk::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(|_| Says::Code(500));
    let mut command = desk.command(&["serve"]);
    for (name, value) in [
        ("HUBBUB_LOG", "trace"),
        ("HUBBUB_ADMIN_EMAIL", "canary@hubbub.test"),
        ("HUBBUB_ADMIN_PASSWORD", PASSWORD),
        ("HUBBUB_ADMIN_TOKEN", TOKEN),
        ("HUBBUB_ALLOW_PRIVATE_TARGETS", "true"),
    ] {
        command.env(name, value);
    }
    let log = desk.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let mut child = command.stdout(Stdio::null()).stderr(file).spawn().expect("the program");
    let url = desk.url();
    eventually("the server is ready", || async {
        reqwest::get(format!("{url}/readyz")).await.ok().filter(|answer| answer.status().is_success()).map(drop)
    })
    .await;
    let running = Running { url: &url, client: reqwest::Client::builder().no_proxy().build().expect("a client") };
    running.sign_in().await;
    let mut secrets = running.talk(&receiver).await;
    secrets.push(running.third_party(&receiver).await);
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill").success());
    tokio::task::spawn_blocking(move || child.wait()).await.expect("waited").expect("an end");
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(log.contains("hubbub::request") && log.contains("a delivery failed"), "it is a log: {log}");
    let found: Vec<&str> = log.lines().filter(|line| line.contains("canary")).collect();
    assert!(found.is_empty(), "{found:#?}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}: {log}");
    }
}
