//! The server as a process of its own: started on a new folder, asked over HTTP, looked at from outside.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::http::Client;

/// The API token of every server that is started here. They listen on the loopback address and live for minutes.
pub(crate) const TOKEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    process: Process,
    /// Its folder.
    pub(crate) data: PathBuf,
}

/// A child process that listens on a loopback port.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a command; `address` is where it will listen. Waits until it does.
    pub(crate) async fn start(mut command: Command, address: SocketAddr) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("{command:?}"))?;
        let mut process = Self { child, address };
        let until = tokio::time::Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(address).await.is_err() {
            if let Some(status) = process.child.try_wait()? {
                bail!("{command:?} ended with {status}");
            }
            if tokio::time::Instant::now() > until {
                bail!("{command:?} does not listen");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(process)
    }

    /// The memory that it has resident, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        memory(self.child.id(), "VmRSS:")
    }

    /// The most memory that it has had resident so far, in MB.
    pub(crate) fn most(&self) -> anyhow::Result<f64> {
        most_memory(self.child.id())
    }

    /// The processor time that it has taken so far.
    pub(crate) fn processor(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks: u64 =
            fields.get(11).context("utime")?.parse::<u64>()? + fields.get(12).context("stime")?.parse::<u64>()?;
        // USER_HZ is 100 on every Linux.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

fn memory(process: u32, name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a line of its memory")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// The most memory that a process has had resident so far, in MB.
pub(crate) fn most_memory(process: u32) -> anyhow::Result<f64> {
    #[expect(clippy::cast_precision_loss)]
    Ok(memory(process, "VmHWM:")? as f64 / 1_048_576.0)
}

/// A free port of the loopback address.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

impl Server {
    /// Starts the server on a folder, with its defaults but for the limits that would refuse the load.
    pub(crate) async fn start(program: &Path, data: &Path, database_url: Option<&str>) -> anyhow::Result<Self> {
        let limits =
            ["HUBBUB_RATE_LIMIT_PER_MINUTE", "HUBBUB_NEW_VISITORS_PER_MINUTE", "HUBBUB_CONNECTIONS_PER_ADDRESS"];
        Self::start_without(program, data, database_url, &limits).await
    }

    /// Starts the server on a folder with all that bounds visitors; only an API token may ask as often as it likes.
    pub(crate) async fn start_bounded(program: &Path, data: &Path) -> anyhow::Result<Self> {
        Self::start_without(program, data, None, &["HUBBUB_RATE_LIMIT_PER_MINUTE"]).await
    }

    async fn start_without(
        program: &Path,
        data: &Path,
        database_url: Option<&str>,
        limits: &[&str],
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)?;
        let address = free_address()?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("log"))?;
        let mut command = Command::new(program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HUBBUB_")) {
            command.env_remove(name);
        }
        command.arg("serve").stdout(Stdio::null()).stderr(log);
        command.env("HUBBUB_LISTEN", address.to_string()).env("HUBBUB_DATA_DIR", data);
        command.env("HUBBUB_ADMIN_EMAIL", "admin@example.com").env("HUBBUB_ADMIN_PASSWORD", "a long password");
        command.env("HUBBUB_ADMIN_TOKEN", TOKEN).envs(limits.iter().map(|limit| (limit, "0")));
        command.env("HUBBUB_ALLOW_PRIVATE_TARGETS", "true");
        if let Some(url) = database_url {
            command.env("HUBBUB_DATABASE_URL", url);
        }
        let process = Process::start(command, address).await?;
        Ok(Self { process, data: data.to_owned() })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// Its process.
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    /// A new connection to it.
    pub(crate) async fn client(&self) -> anyhow::Result<Client> {
        Client::connect(self.address()).await
    }

    /// Its embedded database.
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.data.join("hubbub.sqlite3")
    }

    /// Asks it to stop, and waits until it has written everything.
    pub(crate) fn stop(self) -> anyhow::Result<PathBuf> {
        let Self { process, data } = self;
        process.stop()?;
        Ok(data)
    }

    /// Makes a source of this type with a community of its own; gives it as the API shows it.
    pub(crate) async fn add_source(&self, kind: &str, name: &str) -> anyhow::Result<Value> {
        let mut client = self.client().await?;
        let mut community = json!({"type": kind, "name": format!("{name} people")});
        if kind == "engage_messaging" {
            community["signed_identities"] = json!("rejected");
        }
        let community = client.post("/1.0/communities", TOKEN, &community).await?;
        let mut source = json!({"type": kind, "name": name, "community_id": community["id"]});
        if kind == "sdk" {
            // Nothing is sent there: no agent writes.
            source["endpoint_url"] = json!("http://127.0.0.1:9/");
        }
        client.post("/1.0/content_sources", TOKEN, &source).await
    }
}

/// A text of an answer.
pub(crate) fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    value[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {value}"))
}
