//! Takes a backup in, into either database: all of it at once, or nothing.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as JsonValue;
use store::backup::{self, BackedUp, TABLES};
use store::{Claim, Clock, Db, Tx, Value, migrate};

use super::file::{FORMAT, In, Line, PAGE, verify};
use crate::config::Config;
use crate::crypto::{self, KEY_FILE, Keys, to_hex};
use crate::files::{Files, Key};
use crate::lock::Lock;
use crate::secret_key;

/// Restores what [`save`](super::save) wrote, also an older program's. The whole file is checked first; then everything comes in at
/// once, or nothing does.
///
/// # Errors
/// When a server uses the data folder or the database, the file is damaged or a newer program's, there is a domain
/// already and `replace` is not set, or the secrets in it were sealed with another key than the one here and
/// `forget_secrets` is not set.
pub async fn restore(config: &Config, path: &Path, replace: bool, forget_secrets: bool) -> anyhow::Result<()> {
    let _lock = Lock::take(&config.data_dir)?;
    let _claim = alone(config).await?;
    let Line::Head { format, schema, secret_key, key_check, .. } = verify(path)? else {
        bail!("the backup has no head")
    };
    let (schema, known) = (schema.book(), migrate::known());
    if format != FORMAT || schema.iter().any(|number| !known.contains(number)) {
        bail!(
            "the backup has format {format} and schema {schema:?}, this program reads format {FORMAT} and schema \
             {known:?}: use the newer program"
        );
    }
    let key = KeyChange::plan(config, secret_key, key_check.filter(|_| !forget_secrets))?;
    let clock = Clock::system();
    let db = match &config.database_url {
        Some(url) => Db::postgres(url, 2, None, clock.clone()).await?,
        None => Db::sqlite(&config.data_dir.join("hubbub.sqlite3"), clock.clone())?,
    };
    let older = if schema == known { None } else { Some(Older::take_in(config, path, &schema, &clock).await?) };
    let from = older.as_ref().map_or_else(|| Rows::File(path.to_owned()), |older| Rows::Older(older.file(), clock));
    db.read(move |tx| Box::pin(async move { check_room(tx, replace).await.map_err(Refused) })).await?;
    // First: rows name them. Those that no row names in the end are removed some day.
    take_files(&Files::open(&config.data_dir)?, path).await?;
    db.write(move |tx| Box::pin(async move { load(tx, from, replace).await.map_err(Refused) })).await?;
    key.make(&config.data_dir)?;
    // The key that is here now is the one that seals from now on, whether it opens what came or that was forgotten.
    secret_key::note(&db, &Keys::load(config.secret_key.as_deref(), &config.data_dir)?).await
}

/// Claims a PostgreSQL database for this program alone. An embedded one lies in the data folder, whose lock is enough.
///
/// # Errors
/// When a server uses it, on whichever machine.
pub async fn alone(config: &Config) -> anyhow::Result<Option<Claim>> {
    let Some(url) = &config.database_url else { return Ok(None) };
    let claim = Claim::alone(url).await?;
    claim.map(Some).context("a server or a restore is using the database: stop every server of it first")
}

/// Where rows come from, in the schema of this program.
#[derive(Clone)]
enum Rows {
    /// The backup itself.
    File(PathBuf),
    /// The database that an older backup was brought up in.
    Older(PathBuf, Clock),
}

/// The database, aside, of an older backup. It is removed in the end.
struct Older(PathBuf);

impl Older {
    /// Takes the rows of a backup in and brings them up.
    async fn take_in(config: &Config, path: &Path, schema: &[i64], clock: &Clock) -> anyhow::Result<Self> {
        let folder = config.data_dir.join("restore");
        // One may have been left by a restore that was killed.
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => std::fs::create_dir(&folder)?,
        }
        let older = Self(folder);
        let mut tx = backup::aside(&older.file(), clock, schema)?;
        backup::clear_rows(&mut tx).await?;
        read_rows(&mut tx, path).await?;
        backup::bring_up(tx)?;
        Ok(older)
    }

    fn file(&self) -> PathBuf {
        self.0.join("older.sqlite3")
    }
}

impl Drop for Older {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
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

/// Whether the database is to be filled.
async fn check_room(tx: &mut Tx, replace: bool) -> anyhow::Result<()> {
    if backup::is_filled(tx).await? && !replace {
        bail!("there is a domain already: --replace puts the backup in its place");
    }
    Ok(())
}

async fn load(tx: &mut Tx, from: Rows, replace: bool) -> anyhow::Result<()> {
    check_room(tx, replace).await?;
    backup::clear(tx).await?;
    match from {
        Rows::File(path) => read_rows(tx, &path).await?,
        Rows::Older(path, clock) => copy_rows(tx, &mut backup::snapshot_sqlite(&path, &clock)?).await?,
    }
    // What follows takes positions that others may know as something else.
    store::journal::begin_timeline(tx).await?;
    Ok(backup::index_all(tx).await?)
}

/// Takes the rows of a file into a database of its schema.
async fn read_rows(tx: &mut Tx, path: &Path) -> anyhow::Result<()> {
    let mut table: Option<Place> = None;
    let mut links = Vec::new();
    let mut file = In::open(path)?;
    while let Some(line) = file.next()? {
        match line {
            Line::Head { .. } | Line::End { .. } | Line::File { .. } | Line::Bytes(_) => {}
            Line::Table { name, columns } => table = Some(Place::find(tx, &name, &columns).await?),
            Line::Row(values) => {
                let table = table.as_ref().context("a row without a table")?;
                let row = values.into_iter().map(from_json).collect::<anyhow::Result<Vec<_>>>()?;
                table.insert(tx, row, &mut links).await?;
            }
        }
    }
    Ok(backup::link_parents(tx, links).await?)
}

/// Takes the attached files of a file into their places.
async fn take_files(files: &Files, path: &Path) -> anyhow::Result<()> {
    let mut incoming: Option<(String, Vec<u8>)> = None;
    let mut file = In::open(path)?;
    while let Some(line) = file.next()? {
        match line {
            Line::Head { .. } | Line::End { .. } | Line::Table { .. } | Line::Row(_) => {}
            Line::File { sha256 } => {
                take_file(files, incoming.take()).await?;
                incoming = Some((sha256, Vec::new()));
            }
            Line::Bytes(text) => {
                let (_, bytes) = incoming.as_mut().context("bytes without a file")?;
                STANDARD.decode_vec(text, bytes)?;
            }
        }
    }
    take_file(files, incoming).await
}

/// Takes an attached file in, when its bytes are those that its name says.
async fn take_file(files: &Files, incoming: Option<(String, Vec<u8>)>) -> anyhow::Result<()> {
    let Some((sha256, bytes)) = incoming else { return Ok(()) };
    if to_hex(digest::digest(&SHA256, &bytes).as_ref()) != sha256 {
        bail!("the attached file {sha256} is damaged");
    }
    Ok(files.put(&Key::attachment(&sha256), bytes.into(), None).await?)
}

/// Takes the rows of another database of this schema in.
async fn copy_rows(tx: &mut Tx, from: &mut Tx) -> anyhow::Result<()> {
    let mut links = Vec::new();
    for table in TABLES {
        let columns: Vec<String> = backup::columns(from, *table).await?.into_iter().map(|(name, _)| name).collect();
        let into = Place::find(tx, table.name, &columns).await?;
        let mut after = None;
        loop {
            let rows = backup::page(from, *table, &columns, after.take(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(backup::key(*table, &columns, last));
            for row in rows {
                into.insert(tx, row, &mut links).await?;
            }
        }
    }
    Ok(backup::link_parents(tx, links).await?)
}

/// A table that rows go into, with the columns that they have.
struct Place {
    table: BackedUp,
    columns: Vec<(String, bool)>,
}

impl Place {
    async fn find(tx: &mut Tx, name: &str, columns: &[String]) -> anyhow::Result<Self> {
        let known = TABLES.iter().find(|t| t.name == name).copied();
        let table = known.with_context(|| format!("the backup has an unknown table {name}"))?;
        let types = backup::columns(tx, table).await?;
        let column = |name: &String| types.iter().find(|(c, _)| c == name).cloned();
        let columns: Option<Vec<_>> = columns.iter().map(column).collect();
        Ok(Self { table, columns: columns.with_context(|| format!("the backup has an unknown column of {name}"))? })
    }

    /// Writes a row, and keeps for the end which parent it has.
    async fn insert(&self, tx: &mut Tx, row: Vec<Value>, links: &mut Vec<Link>) -> anyhow::Result<()> {
        if row.len() != self.columns.len() {
            bail!("a row of {} has another width", self.table.name);
        }
        if backup::TREES.contains(&self.table.name) {
            let at = |name: &str| self.columns.iter().position(|(c, _)| c == name).map(|i| row[i].clone());
            let link = at("id").zip(at("parent_id")).filter(|(_, parent)| *parent != Value::Null);
            links.extend(link.map(|(id, parent)| (self.table.name, id, parent)));
        }
        Ok(backup::insert(tx, self.table, &self.columns, row).await?)
    }
}

/// A row of a tree and its parent: the table and both ids.
type Link = (&'static str, Value, Value);

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
