//! The file of a backup: its lines, who writes them and who reads them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use aws_lc_rs::digest::{self, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::crypto::to_hex;

/// Rows that are read at once.
pub(super) const PAGE: usize = 500;

/// The form of the file.
pub(super) const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
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
pub(super) enum Schema {
    /// Their numbers.
    Book(Vec<i64>),
    /// The greatest of them, as earlier programs wrote it.
    Newest(i64),
}

/// What there was while a backup had only the greatest number: those that a program had had then.
const WITHOUT_BOOK: &[i64] = &[1, 2, 3, 4, 5, 6, 7, 12, 13];

impl Schema {
    pub(super) fn book(self) -> Vec<i64> {
        match self {
            Self::Book(book) => book,
            Self::Newest(newest) => WITHOUT_BOOK.iter().copied().filter(|number| *number <= newest).collect(),
        }
    }
}

/// Writes lines and counts and digests them.
pub(super) struct Out {
    file: BufWriter<File>,
    digest: digest::Context,
    lines: u64,
}

impl Out {
    /// A file that only its owner may read: it holds everything.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path);
        let file = BufWriter::new(file.with_context(|| format!("creating {}", path.display()))?);
        Ok(Self { file, digest: digest::Context::new(&SHA256), lines: 0 })
    }

    pub(super) fn put(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.lines += 1;
        Ok(self.file.write_all(&text)?)
    }

    /// Writes the end, and waits until everything is on disk.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        let end = Line::End { lines: self.lines, sha256: to_hex(self.digest.finish().as_ref()) };
        serde_json::to_writer(&mut self.file, &end)?;
        self.file.write_all(b"\n")?;
        Ok(self.file.into_inner()?.sync_all()?)
    }
}

/// Reads lines, and counts and digests them.
pub(super) struct In {
    file: BufReader<File>,
    digest: digest::Context,
    lines: u64,
    text: Vec<u8>,
}

impl In {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        Ok(Self { file: BufReader::new(file), digest: digest::Context::new(&SHA256), lines: 0, text: Vec::new() })
    }

    /// The next line; none at the end, once the count and the digest are found right and nothing follows.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        self.text.clear();
        if self.file.read_until(b'\n', &mut self.text)? == 0 {
            bail!("the backup has no end: it was cut");
        }
        let damaged = || format!("line {} is damaged", self.lines + 1);
        let line: Line = serde_json::from_slice(&self.text).with_context(damaged)?;
        if matches!(line, Line::Head { .. }) != (self.lines == 0) {
            bail!("the backup has no head, or has it in another place than at its begin");
        }
        if let Line::End { lines, sha256 } = line {
            if lines != self.lines || sha256 != to_hex(self.digest.clone().finish().as_ref()) {
                bail!("the backup is damaged: its digest is not the one at its end");
            }
            if !self.file.fill_buf()?.is_empty() {
                bail!("the backup is damaged: something follows its end");
            }
            return Ok(None);
        }
        self.digest.update(&self.text);
        self.lines += 1;
        Ok(Some(line))
    }
}

/// Reads the file once, to its end; gives its head.
pub(super) fn verify(path: &Path) -> anyhow::Result<Line> {
    let mut file = In::open(path)?;
    let head = file.next()?;
    while file.next()?.is_some() {}
    head.context("the backup is empty")
}
