//! `hubbub backup` and `hubbub restore`: the whole domain in one file, whichever database it is in.
//!
//! The file has one JSON value a line: a head, the tables with their rows, the attached files, and an end with the
//! count of lines and the SHA-256 of everything before it. Nothing is replaced before the end has been read and found
//! right, so a file that was cut or changed leaves what was there.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;
use store::backup::{self, BackedUp, TABLES};
use store::{Clock, Db, Tx, Value, migrate};

use crate::config::Config;
use crate::crypto::{self, KEY_FILE, Keys, to_hex};
use crate::lock::Lock;
use crate::secret_key;

/// The form of the file.
const FORMAT: u32 = 1;
/// Rows that are read at once.
const PAGE: usize = 500;
/// Bytes of a file on one line.
const CHUNK: usize = 48 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Head {
        format: u32,
        schema: Schema,
        created_at: String,
        secret_key: Option<String>,
        /// Tells which key sealed the secrets, without giving it away.
        #[serde(default)]
        key_check: Option<String>,
    },
    Table {
        name: String,
        columns: Vec<String>,
    },
    Row(Vec<JsonValue>),
    File {
        sha256: String,
    },
    Bytes(String),
    End {
        lines: u64,
        sha256: String,
    },
}

/// The migrations of the database that was saved.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Schema {
    /// Their numbers.
    Book(Vec<i64>),
    /// The greatest of them, as earlier programs wrote it.
    Newest(i64),
}

/// What there was while a backup had only the greatest number.
const WITHOUT_BOOK: &[i64] = &[1, 2, 3, 4, 5, 6, 7, 12, 13];

impl Schema {
    fn book(self) -> Vec<i64> {
        match self {
            Self::Book(book) => book,
            Self::Newest(newest) => WITHOUT_BOOK.iter().copied().filter(|number| *number <= newest).collect(),
        }
    }
}

/// Writes lines and counts and digests them.
struct Out {
    file: BufWriter<File>,
    digest: digest::Context,
    lines: u64,
}

impl Out {
    fn put(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.lines += 1;
        Ok(self.file.write_all(&text)?)
    }
}

/// Writes the whole domain, as it is at one moment, to `path`. The server may go on meanwhile.
///
/// # Errors
/// When the database or the disk refuses; nothing is left at `path` then.
pub async fn save(config: &Config, path: &Path, with_key: bool) -> anyhow::Result<()> {
    let clock = Clock::system();
    let mut tx = match &config.database_url {
        Some(url) => backup::snapshot_postgres(url, &clock).await?,
        None => backup::snapshot_sqlite(&config.data_dir.join("hubbub.sqlite3"), &clock)?,
    };
    let part = path.with_extension("part");
    let outcome = write_all(&mut tx, config, &part, with_key, clock.now().to_api()).await;
    match outcome {
        Ok(()) => Ok(std::fs::rename(&part, path)?),
        Err(error) => {
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    }
}

async fn write_all(tx: &mut Tx, config: &Config, part: &Path, with_key: bool, now: String) -> anyhow::Result<()> {
    let file = private_file(part)?;
    let mut out = Out { file: BufWriter::new(file), digest: digest::Context::new(&SHA256), lines: 0 };
    let schema = store::health::schema(tx).await?;
    let known = migrate::known();
    if schema != known {
        bail!("the database has schema {schema:?}, this program knows {known:?}: use the program that serves it");
    }
    let schema = Schema::Book(schema);
    let key = crypto::key_text(config.secret_key.as_deref(), &config.data_dir)?;
    if with_key && key.is_none() {
        bail!("there is no secret key to add: {} is not there", config.data_dir.join(KEY_FILE).display());
    }
    let key_check = key.as_deref().map(Keys::from_text).transpose()?.map(|keys| keys.check());
    let secret_key = key.filter(|_| with_key);
    out.put(&Line::Head { format: FORMAT, schema, created_at: now, secret_key, key_check })?;
    let mut files = Vec::new();
    for table in TABLES {
        let (columns, truths): (Vec<String>, Vec<bool>) = backup::columns(tx, *table).await?.into_iter().unzip();
        out.put(&Line::Table { name: table.name.into(), columns: columns.clone() })?;
        let mut after = None;
        loop {
            let rows = backup::page(tx, *table, &columns, after.take(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(backup::key(*table, &columns, last));
            for row in rows {
                if table.name == "attachments" {
                    let at = columns.iter().position(|c| c == "sha256");
                    files.extend(at.and_then(|i| if let Value::Text(t) = &row[i] { Some(t.clone()) } else { None }));
                }
                out.put(&Line::Row(row.into_iter().zip(&truths).map(to_json).collect()))?;
            }
        }
    }
    files.sort();
    files.dedup();
    for sha256 in files {
        put_file(&mut out, &config.data_dir, sha256)?;
    }
    let Out { mut file, digest, lines } = out;
    let end = Line::End { lines, sha256: to_hex(digest.finish().as_ref()) };
    serde_json::to_writer(&mut file, &end)?;
    file.write_all(b"\n")?;
    Ok(file.into_inner()?.sync_all()?)
}

/// A backup holds everything: only its owner may read it.
fn private_file(path: &Path) -> anyhow::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.with_context(|| format!("creating {}", path.display()))
}

fn place(data_dir: &Path, sha256: &str) -> PathBuf {
    data_dir.join("files").join(sha256.get(..2).unwrap_or("00")).join(sha256)
}

fn put_file(out: &mut Out, data_dir: &Path, sha256: String) -> anyhow::Result<()> {
    let path = place(data_dir, &sha256);
    let mut file = File::open(&path).with_context(|| format!("reading the attached file {}", path.display()))?;
    out.put(&Line::File { sha256 })?;
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        if (&mut file).take(CHUNK as u64).read_to_end(&mut chunk)? == 0 {
            return Ok(());
        }
        out.put(&Line::Bytes(STANDARD.encode(&chunk)))?;
    }
}

/// SQLite keeps truth values as numbers; the file has them as what they are.
fn to_json((value, truth): (Value, &bool)) -> JsonValue {
    match value {
        Value::Int(i) if *truth => (i != 0).into(),
        Value::Null => JsonValue::Null,
        Value::Bool(b) => b.into(),
        Value::Int(i) => i.into(),
        Value::Real(r) => r.into(),
        Value::Text(t) => t.into(),
    }
}

fn from_json(value: JsonValue) -> anyhow::Result<Value> {
    Ok(match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(b) => Value::Bool(b),
        JsonValue::String(t) => Value::Text(t),
        JsonValue::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Real(n.as_f64().context("a number out of range")?),
        },
        _ => bail!("a row holds a list or a map"),
    })
}

/// Reads the file once and checks its form, its count and its digest; gives its head.
fn verify(path: &Path) -> anyhow::Result<Line> {
    let mut file = BufReader::new(File::open(path).with_context(|| format!("opening {}", path.display()))?);
    let (mut digest, mut lines, mut text, mut head) = (digest::Context::new(&SHA256), 0, Vec::new(), None);
    loop {
        text.clear();
        if file.read_until(b'\n', &mut text)? == 0 {
            bail!("the backup has no end: it was cut");
        }
        let line: Line = serde_json::from_slice(&text).with_context(|| format!("line {} is damaged", lines + 1))?;
        if let Line::End { lines: counted, sha256 } = line {
            let found = to_hex(digest.clone().finish().as_ref());
            if counted != lines || sha256 != found {
                bail!("the backup is damaged: its digest is not the one at its end");
            }
            return head.context("the backup has no head");
        }
        digest.update(&text);
        lines += 1;
        head.get_or_insert(line);
    }
}

/// Restores what [`save`] wrote. The whole file is checked first; then everything comes in at once, or nothing does.
///
/// # Errors
/// When a server uses the data folder, the file is damaged, there is a domain already and `replace` is not set, or the
/// secrets in it were sealed with another key than the one here and `forget_secrets` is not set.
pub async fn restore(config: &Config, path: &Path, replace: bool, forget_secrets: bool) -> anyhow::Result<()> {
    let _lock = Lock::take(&config.data_dir)?;
    let Line::Head { format, schema, secret_key, key_check, .. } = verify(path)? else {
        bail!("the backup has no head")
    };
    let (schema, known) = (schema.book(), migrate::known());
    if format != FORMAT || schema != known {
        bail!(
            "the backup has format {format} and schema {schema:?}, this program reads format {FORMAT} and schema \
             {known:?}"
        );
    }
    let key = KeyChange::plan(config, secret_key, key_check.filter(|_| !forget_secrets))?;
    let clock = Clock::system();
    let db = match &config.database_url {
        Some(url) => Db::postgres(url, 2, None, clock).await?,
        None => Db::sqlite(&config.data_dir.join("hubbub.sqlite3"), clock)?,
    };
    let (file, data_dir) = (path.to_owned(), config.data_dir.clone());
    db.write(move |tx| Box::pin(async move { load(tx, &file, &data_dir, replace).await.map_err(Refused) })).await?;
    key.make(&config.data_dir)?;
    // The key that is here now is the one that seals from now on, whether it opens what came or that was forgotten.
    secret_key::note(&db, &Keys::load(config.secret_key.as_deref(), &config.data_dir)?).await
}

/// Carries an error out of the transaction.
#[derive(Debug)]
struct Refused(anyhow::Error);

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self(error.into())
    }
}

impl From<Refused> for anyhow::Error {
    fn from(refused: Refused) -> Self {
        refused.0
    }
}

/// What becomes of the key in the data folder once the domain is restored.
enum KeyChange {
    Keep,
    /// The backup's own key lies beside the other one already.
    Take(PathBuf),
}

impl KeyChange {
    /// Compares the key here with the one in the backup, or with what its head says of the one that sealed its secrets.
    fn plan(config: &Config, theirs: Option<String>, check: Option<String>) -> anyhow::Result<Self> {
        let ours = crypto::key_text(config.secret_key.as_deref(), &config.data_dir)?;
        match (theirs, ours) {
            (Some(theirs), Some(ours)) if theirs.trim() == ours => Ok(Self::Keep),
            (Some(_), Some(_)) if config.secret_key.is_some() => {
                bail!("the backup holds another key than `secret_key` of the configuration: set that to the backup's")
            }
            (Some(theirs), _) => {
                let waiting = config.data_dir.join(format!("{KEY_FILE}.restored"));
                let _ = std::fs::remove_file(&waiting);
                crypto::write_key(&waiting, theirs.trim())?;
                Ok(Self::Take(waiting))
            }
            (None, ours) => {
                let same = match (&check, &ours) {
                    (None, _) => true,
                    (Some(check), Some(ours)) => Keys::from_text(ours)?.check() == *check,
                    (Some(_), None) => false,
                };
                if !same {
                    bail!(
                        "the secrets in the backup were sealed with another key: put its {KEY_FILE} into {} first, or \
                         add --forget-secrets to restore everything but them",
                        config.data_dir.display()
                    );
                }
                Ok(Self::Keep)
            }
        }
    }

    /// Puts the backup's key into its place; the one that was there is kept beside it.
    fn make(self, data_dir: &Path) -> anyhow::Result<()> {
        let Self::Take(waiting) = self else { return Ok(()) };
        let place = data_dir.join(KEY_FILE);
        if place.exists() {
            std::fs::rename(&place, data_dir.join(format!("{KEY_FILE}.before-restore")))?;
        }
        std::fs::rename(waiting, place)?;
        Ok(File::open(data_dir)?.sync_all()?)
    }
}

async fn load(tx: &mut Tx, path: &Path, data_dir: &Path, replace: bool) -> anyhow::Result<()> {
    if backup::is_filled(tx).await? && !replace {
        bail!("there is a domain already: --replace puts the backup in its place");
    }
    backup::clear(tx).await?;
    let mut table: Option<(BackedUp, Vec<(String, bool)>)> = None;
    let mut links = Vec::new();
    let mut incoming: Option<Incoming> = None;
    for line in BufReader::new(File::open(path)?).lines() {
        match serde_json::from_str(&line?)? {
            Line::Head { .. } | Line::End { .. } => {}
            Line::Table { name, columns } => table = Some(known_table(tx, &name, &columns).await?),
            Line::Row(values) => {
                let (table, columns) = table.as_ref().context("a row without a table")?;
                let row = values.into_iter().map(from_json).collect::<anyhow::Result<Vec<_>>>()?;
                if row.len() != columns.len() {
                    bail!("a row of {} has another width", table.name);
                }
                if backup::TREES.contains(&table.name) {
                    let at = |name: &str| columns.iter().position(|(c, _)| c == name).map(|i| row[i].clone());
                    let link = at("id").zip(at("parent_id")).filter(|(_, parent)| *parent != Value::Null);
                    links.extend(link.map(|(id, parent)| (table.name, id, parent)));
                }
                backup::insert(tx, *table, columns, row).await?;
            }
            Line::File { sha256 } => {
                finish_file(incoming.take(), data_dir)?;
                incoming = Some(Incoming::begin(data_dir, sha256)?);
            }
            Line::Bytes(text) => incoming.as_mut().context("bytes without a file")?.add(&STANDARD.decode(text)?)?,
        }
    }
    finish_file(incoming, data_dir)?;
    backup::link_parents(tx, links).await?;
    Ok(backup::index_all(tx).await?)
}

async fn known_table(tx: &mut Tx, name: &str, columns: &[String]) -> anyhow::Result<(BackedUp, Vec<(String, bool)>)> {
    let known = TABLES.iter().find(|t| t.name == name).copied();
    let table = known.with_context(|| format!("the backup has an unknown table {name}"))?;
    let types = backup::columns(tx, table).await?;
    let column = |name: &String| types.iter().find(|(c, _)| c == name).cloned();
    let columns: Option<Vec<_>> = columns.iter().map(column).collect();
    Ok((table, columns.with_context(|| format!("the backup has an unknown column of {name}"))?))
}

/// An attached file on its way to its place. It has its name only when its bytes are those that the name says.
struct Incoming {
    sha256: String,
    part: PathBuf,
    file: File,
    digest: digest::Context,
}

impl Incoming {
    fn begin(data_dir: &Path, sha256: String) -> anyhow::Result<Self> {
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            bail!("the backup names a file that is not a SHA-256");
        }
        let part = place(data_dir, &sha256).with_extension("restore");
        std::fs::create_dir_all(part.parent().unwrap_or(data_dir))?;
        Ok(Self { file: File::create(&part)?, sha256, part, digest: digest::Context::new(&SHA256) })
    }

    fn add(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.digest.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }
}

fn finish_file(incoming: Option<Incoming>, data_dir: &Path) -> anyhow::Result<()> {
    let Some(Incoming { sha256, part, file, digest }) = incoming else { return Ok(()) };
    if to_hex(digest.finish().as_ref()) != sha256 {
        let _ = std::fs::remove_file(&part);
        bail!("the attached file {sha256} is damaged");
    }
    file.sync_all()?;
    Ok(std::fs::rename(&part, place(data_dir, &sha256))?)
}
