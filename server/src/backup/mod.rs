//! `hubbub backup` and `hubbub restore`: the whole domain in one file, whichever database it is in.
//!
//! The file has one JSON value a line: a head, the tables with their rows, the attached files, and an end with the
//! count of lines and the SHA-256 of everything before it. Nothing is replaced before the end has been read and found
//! right, so a file that was cut or changed leaves what was there; and what is taken in is read by the same reader, so
//! that it is what was found right.
//!
//! A backup of an older program goes into a database of its own schema first, aside, which the migrations then bring up
//! to the schema of this one.

mod file;
mod restore;

use std::path::Path;
use std::pin::pin;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, stream};
use serde_json::Value as JsonValue;
use store::backup::{self, TABLES};
use store::{Clock, Tx, Value, migrate};

use crate::config::Config;
use crate::crypto::{self, KEY_FILE, Keys};
use crate::files::{Files, Key, Opened};

use file::{FORMAT, Line, Out, PAGE, Schema};
pub use restore::{alone, restore};

/// Bytes of a file on one line.
const CHUNK: usize = 48 * 1024;

/// Files that are opened beside the one that is written: most are small.
const AHEAD: usize = 8;

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
    let mut out = Out::create(part)?;
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
                if matches!(table.name, "attachments" | "raw_mails") {
                    let at = columns.iter().position(|c| c == "sha256");
                    files.extend(at.and_then(|i| if let Value::Text(t) = &row[i] { Some(t.clone()) } else { None }));
                }
                out.put(&Line::Row(row.into_iter().zip(&truths).map(to_json).collect()))?;
            }
        }
    }
    files.sort();
    files.dedup();
    let kept = Files::open(&config.data_dir)?;
    let open = async |sha256: String| (kept.read(&Key::attachment(&sha256)).await, sha256);
    let mut opened = pin!(stream::iter(files).map(open).buffered(AHEAD));
    while let Some((opened, sha256)) = opened.next().await {
        let opened = opened?.with_context(|| format!("the attached file {sha256} is not there"))?;
        put_file(&mut out, opened, sha256).await?;
    }
    out.end()
}

async fn put_file(out: &mut Out, mut opened: Opened, sha256: String) -> anyhow::Result<()> {
    out.put(&Line::File { sha256 })?;
    while let Some(chunk) = opened.next(CHUNK).await? {
        out.put(&Line::Bytes(STANDARD.encode(&chunk)))?;
    }
    Ok(())
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
