//! The rows that the server wrote for what came in, read back so that the yardstick writes the same ones.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use store::content::Content;
use store::identity::Identity;
use store::journal::Entry;
use store::thread::Thread;
use store::webhook::Delivery;
use store::{Table, Value};

/// The values of one row, in the order of its table's columns.
pub(super) type Row = Vec<Value>;

/// What one message became.
pub(super) struct Message {
    /// Its author, when this was their first word.
    pub(super) identity: Option<Row>,
    /// Its thread, as it is in the end.
    pub(super) thread: Row,
    /// The thread was made for it.
    pub(super) new_thread: bool,
    /// The content.
    pub(super) content: Row,
    /// Its line in the journal.
    pub(super) entry: Row,
    /// The delivery that begins with it.
    pub(super) delivery: Option<Row>,
}

impl Message {
    /// What the index of search is told: the content, its thread, and the folded text in the database's form.
    pub(super) fn searched(&self, form: fn(String) -> String) -> Row {
        let text = |name| match at::<Content>(&self.content, name) {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        };
        let folded = store::search::fold(&format!("{} {}", text("title"), text("body")));
        vec![
            at::<Content>(&self.content, "id").clone(),
            at::<Content>(&self.content, "thread_id").clone(),
            Value::Text(form(folded)),
        ]
    }
}

/// The value of a column.
pub(super) fn at<'r, T: Table>(row: &'r Row, column: &str) -> &'r Value {
    let place = T::COLUMNS.split(", ").position(|name| name == column);
    place.and_then(|place| row.get(place)).unwrap_or(&Value::Null)
}

/// A statement of the store for a driver that numbers its parameters with a dollar.
fn dollars(sql: &str) -> String {
    sql.replace('?', "$")
}

/// Reads rows of a table with two whole numbers as parameters.
pub(super) trait Reads {
    async fn rows(&mut self, sql: &str, from: i64, to: i64) -> anyhow::Result<Vec<Row>>;
}

impl Reads for rusqlite::Connection {
    async fn rows(&mut self, sql: &str, from: i64, to: i64) -> anyhow::Result<Vec<Row>> {
        use rusqlite::types::ValueRef;
        let mut statement = self.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([from, to])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(width);
            for i in 0..width {
                values.push(match row.get_ref(i)? {
                    ValueRef::Integer(i) => Value::Int(i),
                    ValueRef::Real(r) => Value::Real(r),
                    ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                    ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                });
            }
            found.push(values);
        }
        Ok(found)
    }
}

impl Reads for tokio_postgres::Client {
    async fn rows(&mut self, sql: &str, from: i64, to: i64) -> anyhow::Result<Vec<Row>> {
        let found = self.query(&dollars(sql), &[&from, &to]).await?;
        found.iter().map(|row| (0..row.len()).map(|i| Ok(row.try_get(i)?)).collect()).collect()
    }
}

async fn by_id<T: Table>(
    reads: &mut impl Reads,
    clause: &str,
    from: i64,
    to: i64,
) -> anyhow::Result<HashMap<String, Row>> {
    let rows = reads.rows(&format!("{} {clause}", T::select_sql()), from, to).await?;
    Ok(rows.into_iter().map(|row| (key(&row[0]), row)).collect())
}

fn key(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// The messages whose lines in the journal come after one position and up to another. `known` holds the ids of the
/// authors and threads that were there before, and gets those that are new.
pub(super) async fn read(
    reads: &mut impl Reads,
    (from, to): (i64, i64),
    known: &mut HashSet<String>,
) -> anyhow::Result<Vec<Message>> {
    const OF: &str = "(SELECT resource_id FROM journal WHERE position > ?1 AND position <= ?2 \
                      AND kind = 'content.imported')";
    let journal = "WHERE position > ?1 AND position <= ?2 AND kind = 'content.imported' ORDER BY position";
    let entries = reads.rows(&format!("{} {journal}", Entry::select_sql()), from, to).await?;
    let contents = by_id::<Content>(reads, &format!("WHERE id IN {OF}"), from, to).await?;
    let of_threads = format!("WHERE id IN (SELECT thread_id FROM contents WHERE id IN {OF})");
    let threads = by_id::<Thread>(reads, &of_threads, from, to).await?;
    let of_authors = format!("WHERE id IN (SELECT author_id FROM contents WHERE id IN {OF})");
    let identities = by_id::<Identity>(reads, &of_authors, from, to).await?;
    let deliveries = format!("{} WHERE first_position > ?1 AND first_position <= ?2", Delivery::select_sql());
    let mut deliveries: HashMap<String, Row> = reads
        .rows(&deliveries, from, to)
        .await?
        .into_iter()
        .map(|row| (key(at::<Delivery>(&row, "first_position")), row))
        .collect();
    let mut messages = Vec::with_capacity(entries.len());
    for entry in entries {
        let content = contents.get(&key(at::<Entry>(&entry, "resource_id"))).context("the content")?.clone();
        let (thread, author) = (key(at::<Content>(&content, "thread_id")), key(at::<Content>(&content, "author_id")));
        messages.push(Message {
            delivery: deliveries.remove(&key(&entry[0])),
            identity: known.insert(author.clone()).then(|| identities.get(&author).cloned()).flatten(),
            thread: threads.get(&thread).context("the thread")?.clone(),
            new_thread: known.insert(thread),
            content,
            entry,
        });
    }
    Ok(messages)
}
