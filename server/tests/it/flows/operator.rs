//! The first days of an operator: the program as it is started from a shell, and what the shell can do for a desk.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;
use serde_json::json;

use crate::support::world::user;
use crate::support::{ADMIN, Browser, TestApp, eventually, id, new_database, send};

/// The program with its data in a folder, on the database of the suite.
pub(super) struct Desk {
    data: tempfile::TempDir,
    listen: String,
    database: String,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let database = match std::env::var("HUBBUB_TEST_DATABASE_URL") {
            Ok(server) => new_database(&server).await,
            Err(_) => String::new(),
        };
        let listen = free.local_addr().expect("an address").to_string();
        Self { data: tempfile::tempdir().expect("a folder"), listen, database }
    }

    /// Where its data is.
    pub(super) fn path(&self) -> &Path {
        self.data.path()
    }

    /// Its address, without a slash at its end.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The program, not started yet.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = command(self.data.path(), &self.database, words);
        command.env("HUBBUB_LISTEN", &self.listen);
        command
    }

    /// Starts the server, asks it something once it is ready, stops it by a signal, and gives all that it printed.
    async fn serve(&self, change: impl FnOnce(&mut Command)) -> Output {
        let mut command = self.command(&["serve"]);
        change(&mut command);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let url = format!("http://{}/readyz", self.listen);
        eventually("the server is ready", || {
            let url = url.clone();
            async move { reqwest::get(url).await.ok().filter(|answer| answer.status().is_success()).map(drop) }
        })
        .await;
        let stopped = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill");
        assert!(stopped.success());
        tokio::task::spawn_blocking(|| child.wait_with_output()).await.expect("waited").expect("an output")
    }

    /// What the server says when it does not start.
    fn refusal(&self, change: impl FnOnce(&mut Command)) -> String {
        let mut command = self.command(&["serve"]);
        change(&mut command);
        let output = command.output().expect("the program");
        assert!(!output.status.success(), "it started and stopped well");
        String::from_utf8(output.stderr).expect("a text")
    }
}

/// The program with only what these tests set of its environment.
fn command(data: &Path, database: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HUBBUB_")) {
        command.env_remove(name);
    }
    command.args(words).env("HUBBUB_DATA_DIR", data).env("HUBBUB_DATABASE_URL", database);
    command
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").permissions().mode() & 0o777
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("a text")
}

#[tokio::test]
async fn a_first_start_without_a_terminal_leaves_its_secrets_in_a_file_for_its_owner() {
    let desk = Desk::new().await;
    std::fs::set_permissions(desk.data.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let kept = desk.data.path().join("first-start.txt");
    // An earlier domain was taken away and has left its file; and the environment has what is not UTF-8.
    std::fs::write(&kept, "of an earlier domain").expect("written");
    let odd = |command: &mut Command| {
        command.env("ODD", std::ffi::OsStr::from_bytes(b"\xff"));
    };
    let output = desk.serve(odd).await;
    let (out, log) = (text(output.stdout), text(output.stderr));
    let secrets = std::fs::read_to_string(&kept).expect("the file");
    let password = secrets.lines().find_map(|line| line.strip_prefix("Password:")).expect("a password").trim();
    assert!(out.contains(&kept.display().to_string()), "{out}");
    assert!(!out.contains(password) && !log.contains(password), "{out}{log}");
    assert_eq!((mode(&kept), mode(desk.data.path())), (0o600, 0o700));
    assert!(log.contains("others could read the data folder"), "{log}");
    // Started, with what and where; stopped; and no codes of colours in what is no terminal.
    assert!(log.contains("started") && log.contains(env!("CARGO_PKG_VERSION")) && log.contains(&desk.listen), "{log}");
    assert!(log.contains("stopped") && !log.contains('\u{1b}'), "{log}");
    assert!(!log.contains("readyz"), "probes are not the work of the server: {log}");
    assert!(out.contains(&format!("listens on {}", desk.listen)), "{out}");
}

#[tokio::test]
async fn a_key_is_never_made_beside_data_that_another_one_opens() {
    let desk = Desk::new().await;
    desk.serve(|_| {}).await;
    let key = desk.data.path().join("secret.key");
    let kept = std::fs::read(&key).expect("a key");
    std::fs::remove_file(&key).expect("removed");
    let missing = desk.refusal(|_| {});
    assert!(missing.contains("secret.key is missing") && missing.contains("renew-key"), "{missing}");
    assert!(!key.exists());
    let other = desk.refusal(|command| {
        command.env("HUBBUB_SECRET_KEY", "ab".repeat(32));
    });
    assert!(other.contains("not the one that sealed"), "{other}");
    std::fs::write(&key, kept).expect("put back");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    desk.serve(|_| {}).await;
    // Lost for good: a new one, when that is asked for.
    std::fs::remove_file(&key).expect("removed");
    let renewed = desk.command(&["renew-key"]).output().expect("the program");
    assert!(renewed.status.success(), "{}", text(renewed.stderr));
    desk.serve(|_| {}).await;
}

#[tokio::test]
async fn the_first_administrator_is_held_to_the_rules_of_everybody() {
    let desk = Desk::new().await;
    for (name, value, part) in [
        ("HUBBUB_ADMIN_EMAIL", "x", "admin_email"),
        ("HUBBUB_ADMIN_PASSWORD", "a", "admin_password"),
        ("HUBBUB_ADMIN_PASSWORD", "password", "admin_password: is one of those that are tried first"),
        ("HUBBUB_ADMIN_PASSWORD", "Hubbub-Admin-1", "admin_password: is little more than a name"),
        ("HUBBUB_ADMIN_TOKEN", "short", "admin_token"),
        ("HUBBUB_ADMIN_TOKEN", "a token with blanks in it", "admin_token"),
        ("HUBBUB_LISTN", "127.0.0.1:1", "HUBBUB_LISTN"),
        ("HUBBUB_LOG", "loud", "log"),
    ] {
        let said = desk.refusal(|command| {
            command.env(name, value);
        });
        assert!(said.contains(part), "{name}={value}: {said}");
    }
    // Nothing was made by those: the next start is a first one.
    desk.serve(|_| {}).await;
    assert!(desk.data.path().join("first-start.txt").exists());
}

#[tokio::test]
async fn who_is_locked_out_comes_in_again_by_the_shell_while_the_server_runs() {
    let t = TestApp::start().await;
    let database = t.app.config.database_url.clone().unwrap_or_default();
    let shell = |words: &[&str]| {
        let output = command(t.data_dir(), &database, words).output().expect("the program");
        assert!(output.status.success(), "{words:?}: {}", text(output.stderr));
        text(output.stdout)
    };
    let earlier = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let listed = shell(&["user", "list"]);
    assert!(listed.contains(&format!("{}\tAdmin Hubbub\tAdministrator", ADMIN.0)), "{listed}");

    let password = shell(&["user", "reset-password", ADMIN.0]).trim().to_owned();
    Browser::sign_in(&t, ADMIN.0, &password).await;
    let old = json!({"email": ADMIN.0, "password": ADMIN.1});
    send(t.anonymous(Method::POST, "/console/session").json(&old)).await.error(401);
    send(earlier.request(&t, Method::GET, "/console/session")).await.error(401);

    let token = shell(&["token", "create", "--user", ADMIN.0, "--label", "Lost and found"]).trim().to_owned();
    let labels = send(t.request_as(&token, Method::GET, "/1.0/access_tokens")).await.ok();
    assert!(labels["records"].as_array().expect("records").iter().any(|one| one["label"] == "Lost and found"));
    // The journal has both, and whoever follows it is told.
    let head = t.get("/1.0/events/journal?after=0").await.ok();
    eventually("the server learns of what the shell wrote", || {
        let known = *t.app.db.positions().borrow();
        let head = head["head"].as_i64();
        async move { (Some(known) >= head).then_some(()) }
    })
    .await;

    let bad = |words: &[&str]| {
        let output = command(t.data_dir(), &database, words).output().expect("the program");
        assert!(!output.status.success(), "{words:?}");
        text(output.stderr)
    };
    // Whatever was taken from somebody comes back, when that is asked for.
    let (agent, _) = user(&t, "Nora", "Agent").await;
    let email = agent["email"].as_str().expect("an address");
    t.put(&format!("/1.0/users/{}", id(&agent)), json!({"enabled": false})).await.ok();
    assert!(bad(&["user", "reset-password", email]).contains("--administrator"));
    let password = shell(&["user", "reset-password", email, "--administrator"]).trim().to_owned();
    let nora = Browser::sign_in(&t, email, &password).await;
    send(nora.request(&t, Method::GET, "/1.0/roles")).await.ok();
    t.delete(&format!("/1.0/users/{}", id(&agent))).await.ok();
    assert!(bad(&["user", "reset-password", "nobody@hubbub.test"]).contains("not found"));
    assert!(bad(&["token", "create", "--user", ADMIN.0, "--label", " "]).contains("label"));
    let weak = t.data_dir().join("weak");
    std::fs::write(&weak, "12345678\n").expect("written");
    let mut reset = command(t.data_dir(), &database, &["user", "reset-password", ADMIN.0, "--stdin"]);
    let output = reset.stdin(std::fs::File::open(&weak).expect("a file")).output().expect("the program");
    assert!(text(output.stderr).contains("tried first") && !output.status.success());
    assert_eq!(t.get("/1.0/users").await.ok()["count"], 1, "the token that was there goes on");
}

#[tokio::test]
async fn the_log_says_that_the_disk_is_nearly_full() {
    let desk = Desk::new().await;
    let full = |command: &mut Command| {
        command.env("HUBBUB_DISK_RESERVE_PERCENT", "100");
    };
    let output = desk.serve(full).await;
    let log = text(output.stderr);
    assert_eq!(log.matches("the disk is nearly full").count(), 1, "{log}");
}

#[tokio::test]
async fn figures_have_an_address_and_a_token_of_their_own() {
    let desk = Desk::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let mut command = desk.command(&["serve"]);
    command.env("HUBBUB_METRICS_LISTEN", free.to_string()).env("HUBBUB_METRICS_TOKEN", "a token for figures");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let get = async |url: String, token: &str| {
        let request = reqwest::Client::new().get(url).bearer_auth(token);
        request.send().await.map(|answer| answer.status().as_u16()).unwrap_or_default()
    };
    let (figures, desk_url) = (format!("http://{free}/metrics"), desk.url());
    eventually("figures", || async { (get(figures.clone(), "a token for figures").await == 200).then_some(()) }).await;
    assert_eq!(get(figures.clone(), "another").await, 401);
    assert_eq!(get(format!("{desk_url}/metrics"), "a token for figures").await, 404);
    assert_eq!(get(format!("http://{free}/1.0/tags"), "").await, 404);
    assert_eq!(get(format!("{desk_url}/healthz"), "").await, 200);
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill").success());
    tokio::task::spawn_blocking(move || child.wait()).await.expect("waited").expect("an end");
    for (address, part) in [("9091", "metrics_listen"), (desk.listen.as_str(), "metrics_listen")] {
        let said = desk.refusal(|command| {
            command.env("HUBBUB_METRICS_LISTEN", address);
        });
        assert!(said.contains(part), "{said}");
    }
}
