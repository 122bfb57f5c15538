//! The yardstick on PostgreSQL: a loop over tokio-postgres with the same statements, one transaction a message on as
//! many connections as the server has, and one connection that follows the journal.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

use super::rows::{Message, Row, at, dollars};

/// Entries that the follower works on in one transaction.
const CHUNK: usize = 256;

/// Connections with prepared statements.
pub(super) struct Yardstick {
    writers: Vec<Writer>,
    follower: Option<Follower>,
}

struct Writer {
    client: Client,
    find_identity: Statement,
    insert_identity: Statement,
    find_content: Statement,
    lock_thread: Statement,
    insert_thread: Statement,
    insert_content: Statement,
    update_thread: Statement,
    take_position: Statement,
    insert_entry: Statement,
}

struct Follower {
    client: Client,
    done: i64,
    read_journal: Statement,
    find_content: Statement,
    index: Statement,
    find_delivery: Statement,
    insert_delivery: Statement,
    set_cursor: Statement,
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn refs<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<&'v (dyn ToSql + Sync)> {
    values.into_iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Writer {
    async fn new(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        let find = |table: &str, clause: &str| format!("{table} {clause}");
        let identity = find(Identity::select_sql(), "WHERE community_id = $1 AND foreign_id = $2");
        let content = find(Content::select_sql(), "WHERE source_id = $1 AND kind = $2 AND foreign_id = $3");
        let thread = find(Thread::select_sql(), "WHERE source_id = $1 AND foreign_id = $2 FOR UPDATE");
        let position = "UPDATE journal_head SET position = position + $1 WHERE id = 1 RETURNING position";
        Ok(Self {
            find_identity: client.prepare(&identity).await?,
            insert_identity: client.prepare(&dollars(Identity::insert_sql())).await?,
            find_content: client.prepare(&content).await?,
            lock_thread: client.prepare(&thread).await?,
            insert_thread: client.prepare(&dollars(Thread::insert_sql())).await?,
            insert_content: client.prepare(&dollars(Content::insert_sql())).await?,
            update_thread: client.prepare(&dollars(Thread::update_sql())).await?,
            take_position: client.prepare(position).await?,
            insert_entry: client.prepare(&dollars(Entry::insert_sql())).await?,
            client,
        })
    }

    async fn write(&self, message: &Message, author: &Row) -> anyhow::Result<()> {
        let Message { identity: _, thread, new_thread: _, content, entry, delivery: _ } = message;
        let client = &self.client;
        client.batch_execute("BEGIN").await?;
        let (community, person) = (at::<Identity>(author, "community_id"), at::<Identity>(author, "foreign_id"));
        if client.query(&self.find_identity, &refs([community, person])).await?.is_empty() {
            client.execute(&self.insert_identity, &refs(author)).await?;
        }
        let key = ["source_id", "kind", "foreign_id"].map(|name| at::<Content>(content, name));
        client.query(&self.find_content, &refs(key)).await?;
        let key = ["source_id", "foreign_id"].map(|name| at::<Thread>(thread, name));
        if client.query(&self.lock_thread, &refs(key)).await?.is_empty() {
            client.execute(&self.insert_thread, &refs(thread)).await?;
        }
        client.execute(&self.insert_content, &refs(content)).await?;
        client.execute(&self.update_thread, &refs(thread)).await?;
        let position: i64 = client.query_one(&self.take_position, &[&1_i64]).await?.get(0);
        let mut entry = entry.clone();
        entry[0] = Value::Int(position);
        client.execute(&self.insert_entry, &refs(&entry)).await?;
        client.batch_execute("COMMIT").await?;
        Ok(())
    }
}

impl Follower {
    async fn new(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        let done = client.query_one("SELECT position FROM journal_head", &[]).await?.get(0);
        let journal = format!("{} WHERE position > $1 ORDER BY position LIMIT $2", Entry::select_sql());
        let delivery = "SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND order_key = $2 \
                        AND state = 'pending' ORDER BY first_position LIMIT 1";
        let cursor = "INSERT INTO cursors (follower, position) VALUES ('dispatch', $1) \
                      ON CONFLICT (follower) DO UPDATE SET position = excluded.position";
        Ok(Self {
            read_journal: client.prepare(&journal).await?,
            find_content: client.prepare(&format!("{} WHERE id = $1", Content::select_sql())).await?,
            index: client.prepare(super::SEARCH_POSTGRES).await?,
            find_delivery: client.prepare(delivery).await?,
            insert_delivery: client.prepare(&dollars(Delivery::insert_sql())).await?,
            set_cursor: client.prepare(cursor).await?,
            client,
            done,
        })
    }

    /// Follows the journal until `count` more entries are worked on.
    async fn follow(&mut self, work: &Work, count: usize) -> anyhow::Result<()> {
        let until = self.done + i64::try_from(count)?;
        while self.done < until {
            let chunk: i64 = CHUNK.try_into()?;
            let entries = self.client.query(&self.read_journal, &[&self.done, &chunk]).await?;
            let Some(last) = entries.last().map(|row| row.get::<_, i64>(0)) else {
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            };
            self.client.batch_execute("BEGIN").await?;
            for entry in &entries {
                let content: String = entry.get("resource_id");
                let message = &work.messages[*work.places.get(&content).context("a content of ours")?];
                self.client.query(&self.find_content, &[&content]).await?;
                self.client
                    .execute(&self.index, &refs(&message.searched(|folded| store::search::vector("", &folded))))
                    .await?;
                if let Some(delivery) = &message.delivery {
                    let key = ["webhook_id", "order_key"].map(|name| at::<Delivery>(delivery, name));
                    self.client.query(&self.find_delivery, &refs(key)).await?;
                    self.client.execute(&self.insert_delivery, &refs(delivery)).await?;
                }
            }
            self.client.execute(&self.set_cursor, &[&last]).await?;
            self.client.batch_execute("COMMIT").await?;
            self.done = last;
        }
        Ok(())
    }
}

/// Messages of a round and where each is.
struct Work {
    messages: Vec<Message>,
    places: HashMap<String, usize>,
    authors: HashMap<String, Row>,
}

impl Yardstick {
    /// Connections to a database that has the server's tables and indexes.
    pub(super) async fn new(url: &str, connections: usize) -> anyhow::Result<Self> {
        let mut writers = Vec::new();
        for _ in 0..connections {
            writers.push(Writer::new(url).await?);
        }
        Ok(Self { writers, follower: Some(Follower::new(url).await?) })
    }

    /// Commits the rows of these messages, and what follows from the journal; tells how long that took. `authors` are
    /// all identities that have been seen.
    pub(super) async fn commit(
        &mut self,
        messages: Vec<Message>,
        authors: HashMap<String, Row>,
    ) -> anyhow::Result<Duration> {
        let id = |message: &Message| match at::<Content>(&message.content, "id") {
            Value::Text(id) => id.clone(),
            _ => String::new(),
        };
        let places = messages.iter().enumerate().map(|(place, message)| (id(message), place)).collect();
        let count = messages.len();
        let work = Arc::new(Work { messages, places, authors });
        let next = Arc::new(AtomicUsize::new(0));
        let mut follower = self.follower.take().context("a follower")?;
        let began = Instant::now();
        let tasks: Vec<_> = std::mem::take(&mut self.writers)
            .into_iter()
            .map(|writer| {
                let (work, next) = (work.clone(), next.clone());
                tokio::spawn(async move {
                    while let Some(message) = work.messages.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Value::Text(author) = at::<Content>(&message.content, "author_id") else { continue };
                        writer.write(message, work.authors.get(author).context("an author")?).await?;
                    }
                    anyhow::Ok(writer)
                })
            })
            .collect();
        let of_follower = work.clone();
        let following = tokio::spawn(async move {
            follower.follow(&of_follower, count).await?;
            anyhow::Ok(follower)
        });
        for task in tasks {
            self.writers.push(task.await??);
        }
        self.follower = Some(following.await??);
        Ok(began.elapsed())
    }
}
