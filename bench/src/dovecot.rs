//! A real IMAP server beside the bench (`scripts/dovecot`), whose mailboxes are filled as files.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The password of everybody there.
const PASSWORD: &str = "secret";

/// The server. It ends when its input does.
pub(crate) struct Dovecot {
    port: u16,
    home: PathBuf,
    input: Option<ChildStdin>,
    child: Child,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

impl Dovecot {
    /// Starts one in a folder of its own.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut command = Command::new("scripts/dovecot");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("scripts/dovecot")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("an output")?).read_line(&mut line)?;
        let told: Vec<&str> = line.split_whitespace().collect();
        let [port, _, _, home] = told[..] else { bail!("no Dovecot (scripts/install-test-tools): {line:?}") };
        Ok(Self { port: port.parse()?, home: home.into(), input: child.stdin.take(), child })
    }

    /// Lays mails into a user's inbox.
    pub(crate) fn fill(&self, user: &str, mails: impl Iterator<Item = Vec<u8>>) -> anyhow::Result<()> {
        let theirs = std::fs::metadata(&self.home)?;
        let folder = self.home.join(user).join("Maildir");
        let make = |path: &Path| -> anyhow::Result<()> {
            std::fs::create_dir_all(path)?;
            Ok(chown(path, Some(theirs.uid()), Some(theirs.gid()))?)
        };
        make(&self.home.join(user))?;
        for part in ["", "cur", "new", "tmp"] {
            make(&folder.join(part))?;
        }
        for (n, mail) in mails.enumerate() {
            let path = folder.join("cur").join(format!("{}.M{n}.bench:2,", 1_700_000_000 + n));
            std::fs::write(&path, mail)?;
            chown(&path, Some(theirs.uid()), Some(theirs.gid()))?;
        }
        Ok(())
    }

    /// What of a source leads to a user's inbox.
    pub(crate) fn settings(&self, user: &str) -> Value {
        json!({
            "imap_smtp_email": "desk@shop.test", "imap_address": "127.0.0.1", "imap_port": self.port,
            "imap_use_ssl_tls": false, "imap_use_start_tls": false, "imap_username": user,
            "imap_password": PASSWORD, "import_from": "all", "active": true,
        })
    }

    /// Fetches all mails of a user's inbox one by one, and hands each over.
    pub(crate) async fn fetch(&self, user: &str, count: usize, mut take: impl FnMut(&[u8])) -> anyhow::Result<()> {
        let mut line = Line(tokio::io::BufReader::new(TcpStream::connect(("127.0.0.1", self.port)).await?));
        line.0.get_ref().set_nodelay(true)?;
        line.read().await?;
        line.say(&format!("LOGIN {user} {PASSWORD}")).await?;
        line.say("EXAMINE INBOX").await?;
        for uid in 1..=count {
            let mail = line.say(&format!("UID FETCH {uid} BODY.PEEK[]")).await?;
            take(&mail.with_context(|| format!("mail {uid}"))?);
        }
        Ok(())
    }
}

struct Line(tokio::io::BufReader<TcpStream>);

impl Line {
    async fn read(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(self.0.read_line(&mut line).await? > 0, "the IMAP server went away");
        Ok(line)
    }

    /// Says a command; gives the literal of its answer.
    async fn say(&mut self, command: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.0.get_mut().write_all(format!("a {command}\r\n").as_bytes()).await?;
        let mut literal = None;
        loop {
            let line = self.read().await?;
            if let Some(answer) = line.strip_prefix("a ") {
                ensure!(answer.starts_with("OK"), "{command}: {answer}");
                return Ok(literal);
            }
            if let Some((_, size)) = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit_once('{')) {
                let mut text = vec![0; size.parse()?];
                self.0.read_exact(&mut text).await?;
                literal = Some(text);
            }
        }
    }
}
