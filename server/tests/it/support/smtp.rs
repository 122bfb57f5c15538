//! A real server of mails beside the test (aiosmtpd, `server/tests/smtp`): it notes what it is handed, and answers as it
//! is told.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use hubbub::config::{self, Config};
use mail::{Party, Security, Server, Way};
use serde_json::{Value, json};

use super::eventually;
use crate::architecture::root;

/// Who signs in at a server that asks for it.
pub const LOGIN: (&str, &str) = ("desk", "canary-password-of-the-mail-server");

/// A mail that the server was handed.
#[derive(Clone, Debug)]
pub struct Received {
    /// From whom, to whom and how it came, as the server tells it.
    pub told: Value,
    /// Its bytes.
    pub text: String,
}

impl Received {
    /// A header, unfolded.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    }

    /// What it is about and says, decoded by Python's own library.
    pub fn read(&self) -> (String, String) {
        self.part("plain")
    }

    /// What it is about, and what it says in HTML.
    pub fn read_html(&self) -> (String, String) {
        self.part("html")
    }

    fn part(&self, kind: &str) -> (String, String) {
        let program = "import sys, email, email.policy as p\n\
                       m = email.message_from_bytes(sys.stdin.buffer.read(), policy=p.default)\n\
                       print(m['subject']); print(m.get_body((sys.argv[1],)).get_content())";
        let mut child =
            python().args(["-c", program, kind]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("run");
        child.stdin.take().expect("an input").write_all(self.text.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("an output");
        let text = String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n");
        let (subject, body) = text.split_once('\n').expect("a subject and a text");
        (subject.to_owned(), body.to_owned())
    }
}

/// The server.
pub struct Smtp {
    child: Child,
    input: Mutex<ChildStdin>,
    heard: Mutex<mpsc::Receiver<()>>,
    received: Arc<Mutex<Vec<Received>>>,
    hangs: Arc<Mutex<Vec<String>>>,
    port: u16,
    security: Security,
    login: bool,
    roots: Vec<u8>,
    _folder: tempfile::TempDir,
}

impl Smtp {
    /// One that takes mails from everybody, in the clear.
    pub fn open() -> Self {
        Self::start(Security::None, false)
    }

    /// The same with what it offers beside that (`utf8`, `size`).
    pub fn offering(more: Value) -> Self {
        Self::start_with(Security::None, false, more)
    }

    /// One that is reached so, and asks who is there or does not.
    pub fn start(security: Security, login: bool) -> Self {
        Self::start_with(security, login, json!({}))
    }

    fn start_with(security: Security, login: bool, more: Value) -> Self {
        let tls = match security {
            Security::None => "none",
            Security::Starttls => "starttls",
            Security::Tls => "tls",
        };
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = certify(folder.path());
        let roots = std::fs::read(&certificate).expect("a certificate");
        let who = login.then(|| json!([LOGIN.0, LOGIN.1]));
        let mut options = json!({"tls": tls, "login": who, "certificate": certificate, "key": key});
        options.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        let mut command = python();
        command.arg(root().join("server/tests/smtp/server.py")).arg(options.to_string());
        // It tells of each connection that fails, as some tests mean it to.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("python3");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let port = lines.next().expect("a port").expect("a line").parse().expect("a number");
        let input = Mutex::new(child.stdin.take().expect("an input"));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let hangs: Arc<Mutex<Vec<String>>> = Arc::default();
        let (note, heard) = mpsc::channel();
        let (into, hanging) = (received.clone(), hangs.clone());
        std::thread::spawn(move || {
            for told in lines.map_while(Result::ok).map(|line| serde_json::from_str::<Value>(&line).expect("JSON")) {
                match (told["text"].as_str(), told["hangs"].as_str()) {
                    (Some(text), _) => into.lock().expect("a lock").push(Received { text: text.to_owned(), told }),
                    (None, Some(step)) => hanging.lock().expect("a lock").push(step.to_owned()),
                    (None, None) => drop(note.send(())),
                }
            }
        });
        Self { child, input, heard: Mutex::new(heard), received, hangs, port, security, login, roots, _folder: folder }
    }

    /// Answers these steps (`mail`, `rcpt`, `data`) so, the next time that each comes.
    pub fn answer(&self, answers: &[(&str, &str)]) {
        for (step, answer) in answers {
            writeln!(self.input.lock().expect("a lock"), "{}", json!([step, answer])).expect("told");
            self.heard.lock().expect("a lock").recv_timeout(Duration::from_secs(10)).expect("heard");
        }
    }

    /// What it was handed so far, whatever it answered.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("a lock").clone()
    }

    /// Whether it has let somebody wait for ever at a step.
    pub fn hangs(&self, step: &str) -> bool {
        self.hangs.lock().expect("a lock").iter().any(|known| known == step)
    }

    /// Waits until it was handed so many.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        eventually("mails", || async { Some(self.received()).filter(|mails| mails.len() >= count) }).await
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server as the program knows it.
    pub fn server(&self) -> Server {
        Server {
            host: "127.0.0.1".into(),
            port: self.port,
            security: self.security,
            login: self.login.then(|| (LOGIN.0.to_owned(), LOGIN.1.to_owned())),
            timeout: Duration::from_secs(10),
            roots: Some(self.roots.clone()),
            greeting: "desk.test".into(),
        }
    }

    /// Has a program send its mails here.
    pub fn used(&self, config: &mut Config) {
        send_by(config, Way::Smtp(self.server()));
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a program send its mails this way.
pub fn send_by(config: &mut Config, way: Way) {
    let from = Party::read("Zoë's Desk <desk@hubbub.test>").expect("an address");
    config.mail = Some(config::Mail { from, way });
}

/// Python with the packages of the server, which are installed when they are not there.
fn python() -> Command {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let folder = root().join("server/tests/smtp");
        let installed = Command::new(root().join("scripts/python-packages")).arg(&folder).status().expect("a script");
        assert!(installed.success(), "scripts/python-packages {}", folder.display());
        folder.join(".packages")
    });
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", packages).env("PYTHONIOENCODING", "utf-8").current_dir(root());
    command
}

/// A certificate for 127.0.0.1 that vouches for itself, and its key, in a folder.
fn certify(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("server.crt"), folder.join("server.key"));
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hubbub-test \
                 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let mut command = Command::new("openssl");
    command.args(words.split_whitespace()).arg("-out").arg(&certificate).arg("-keyout").arg(&key);
    assert!(command.output().expect("openssl").status.success());
    (certificate, key)
}
