//! The yardstick on PostgreSQL: a loop over tokio-postgres that commits the same rows, 64 messages to a transaction, with
//! one statement for all rows of a table. The tables have their indexes and triggers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use store::content::Content;
use store::identity::Identity;
use store::journal::Entry;
use store::thread::Thread;
use store::webhook::Delivery;
use store::{Table, Value};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use super::rows::{Message, Row};

/// Messages in one commit.
const GROUP: usize = 64;

/// A connection to a database with the server's tables, and its statements.
pub(super) struct Yardstick {
    client: Client,
    identities: Statement,
    threads: Statement,
    changed_threads: Statement,
    contents: Statement,
    entries: Statement,
    deliveries: Statement,
    words: Statement,
    end: Statement,
    cursor: Statement,
}

/// How the server puts contents' words into its index.
const WORDS: &str = "INSERT INTO content_search (content_id, thread_id, body) \
     SELECT id, thread, CAST(words AS tsvector) FROM unnest($1::text[], $2::text[], $3::text[]) AS e (id, thread, words) \
     ON CONFLICT (content_id) DO UPDATE SET body = excluded.body";

impl Yardstick {
    /// A connection to a database that has the server's tables and indexes.
    pub(super) async fn new(url: &str) -> anyhow::Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let cursor = "INSERT INTO cursors (follower, position) VALUES ('dispatch', $1) \
                      ON CONFLICT (follower) DO UPDATE SET position = excluded.position";
        Ok(Self {
            identities: client.prepare(&insert::<Identity>(&client).await?).await?,
            threads: client.prepare(&insert::<Thread>(&client).await?).await?,
            changed_threads: client.prepare(&update::<Thread>(&client).await?).await?,
            contents: client.prepare(&insert::<Content>(&client).await?).await?,
            entries: client.prepare(&insert::<Entry>(&client).await?).await?,
            deliveries: client.prepare(&insert::<Delivery>(&client).await?).await?,
            words: client.prepare(WORDS).await?,
            end: client.prepare("UPDATE journal_head SET position = $1").await?,
            cursor: client.prepare(cursor).await?,
            client,
        })
    }

    /// Has PostgreSQL learn how many rows there are.
    pub(super) async fn analyze(&self) -> anyhow::Result<()> {
        Ok(self.client.batch_execute("ANALYZE").await?)
    }

    /// Commits the rows of these messages, and what follows from the journal; tells how long that took.
    pub(super) async fn commit(&mut self, messages: &[Message]) -> anyhow::Result<Duration> {
        let form = |folded: String| store::search_index::vector("", &folded);
        let searched: Vec<Row> = messages.iter().map(|message| message.searched(form)).collect();
        let began = Instant::now();
        for (messages, searched) in messages.chunks(GROUP).zip(searched.chunks(GROUP)) {
            self.client.batch_execute("BEGIN").await?;
            self.write(messages, searched).await?;
            self.client.batch_execute("COMMIT").await?;
        }
        Ok(began.elapsed())
    }

    async fn write(&self, messages: &[Message], searched: &[Row]) -> anyhow::Result<()> {
        let (new, changed): (Vec<_>, Vec<_>) = messages.iter().partition(|message| message.new_thread);
        self.all(&self.identities, messages.iter().filter_map(|m| m.identity.as_ref())).await?;
        self.all(&self.threads, new.iter().map(|m| &m.thread)).await?;
        self.all(&self.contents, messages.iter().map(|m| &m.content)).await?;
        self.all(&self.changed_threads, changed.iter().map(|m| &m.thread)).await?;
        self.all(&self.entries, messages.iter().map(|m| &m.entry)).await?;
        self.all(&self.words, searched.iter()).await?;
        self.all(&self.deliveries, messages.iter().filter_map(|m| m.delivery.as_ref())).await?;
        if let Some(Value::Int(position)) = messages.last().map(|message| &message.entry[0]) {
            self.client.execute(&self.end, &[position]).await?;
            self.client.execute(&self.cursor, &[position]).await?;
        }
        Ok(())
    }

    /// Runs a statement on the columns of these rows.
    async fn all<'r>(&self, statement: &Statement, rows: impl Iterator<Item = &'r Row>) -> anyhow::Result<()> {
        let mut columns: Vec<Vec<&Value>> = vec![Vec::new(); statement.params().len()];
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        if columns.first().is_some_and(|column| !column.is_empty()) {
            let params: Vec<_> = columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect();
            self.client.execute(statement, &params).await?;
        }
        Ok(())
    }
}

/// `unnest` of a list for each column of a table.
async fn lists<T: Table>(client: &Client) -> anyhow::Result<String> {
    let sql = "SELECT column_name, data_type FROM information_schema.columns \
               WHERE table_schema = current_schema() AND table_name = $1";
    let rows = client.query(sql, &[&T::TABLE]).await?;
    let kinds: HashMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let lists = T::COLUMNS.split(", ").enumerate().map(|(at, name)| {
        let kind = kinds.get(name).with_context(|| format!("{}.{name}", T::TABLE))?;
        anyhow::Ok(format!("${}::{kind}[]", at + 1))
    });
    Ok(format!("unnest({})", lists.collect::<anyhow::Result<Vec<_>>>()?.join(", ")))
}

async fn insert<T: Table>(client: &Client) -> anyhow::Result<String> {
    Ok(format!("INSERT INTO {} ({}) SELECT * FROM {}", T::TABLE, T::COLUMNS, lists::<T>(client).await?))
}

async fn update<T: Table>(client: &Client) -> anyhow::Result<String> {
    let columns: Vec<_> = T::COLUMNS.split(", ").skip(1).map(|name| format!("{name} = e.{name}")).collect();
    let (table, lists) = (T::TABLE, lists::<T>(client).await?);
    let (set, names) = (columns.join(", "), T::COLUMNS);
    Ok(format!("UPDATE {table} SET {set} FROM {lists} AS e ({names}) WHERE {table}.id = e.id"))
}
