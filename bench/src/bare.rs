//! The yardsticks that are servers: each runs as a process of its own, as Hubbub does.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

/// The query that lists threads, and nothing else.
const QUERY: &str = "SELECT category_ids, closed, contents_count, created_at, extra_data, foreign_id, id, \
                     interventions_count, source_id, thread_category_ids, title, updated_at, text_input_disabled, owner, owner_epoch, \
                     first_categorization_at, first_content_author_id, first_content_id, handed_over_by, \
                     intervention_user_ids, last_content_at, last_content_id, opened_intervention_user_ids, tag_ids \
                     FROM content_threads ORDER BY last_content_at DESC, id DESC LIMIT 30";
const COUNT: &str = "SELECT COUNT(*) FROM content_threads";

#[derive(Serialize)]
struct Record {
    category_ids: Box<RawValue>,
    closed: bool,
    contents_count: i64,
    created_at: Timestamp,
    extra_data: Box<RawValue>,
    foreign_id: Option<String>,
    id: String,
    interventions_count: i64,
    source_id: String,
    owner: Option<Box<RawValue>>,
    owner_epoch: i64,
    thread_category_ids: Box<RawValue>,
    title: Option<String>,
    updated_at: Timestamp,
    disable_text_input: bool,
    first_categorization_at: Option<Timestamp>,
    first_content_author_id: Option<String>,
    first_content_id: Option<String>,
    handed_over: bool,
    intervention_user_ids: Box<RawValue>,
    last_content_at: Timestamp,
    last_content_id: Option<String>,
    opened_intervention_user_ids: Box<RawValue>,
    tag_ids: Box<RawValue>,
}

#[derive(Serialize)]
struct Page {
    count: i64,
    limit: i64,
    offset: i64,
    records: Vec<Record>,
}

fn answer(count: i64, records: anyhow::Result<Vec<Record>>) -> Response {
    let body = records.and_then(|records| Ok(serde_json::to_vec(&Page { count, limit: 30, offset: 0, records })?));
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn raw(text: String) -> anyhow::Result<Box<RawValue>> {
    Ok(RawValue::from_string(text)?)
}

struct Files {
    idle: Mutex<Vec<rusqlite::Connection>>,
    count: i64,
}

fn from_sqlite(conn: &rusqlite::Connection) -> anyhow::Result<Vec<Record>> {
    let mut statement = conn.prepare_cached(QUERY)?;
    let mut rows = statement.query([])?;
    let mut records = Vec::with_capacity(30);
    while let Some(row) = rows.next()? {
        records.push(Record {
            category_ids: raw(row.get(0)?)?,
            closed: row.get(1)?,
            contents_count: row.get(2)?,
            created_at: Timestamp::from_millis(row.get(3)?),
            extra_data: raw(row.get(4)?)?,
            foreign_id: row.get(5)?,
            id: row.get(6)?,
            interventions_count: row.get(7)?,
            source_id: row.get(8)?,
            thread_category_ids: raw(row.get(9)?)?,
            title: row.get(10)?,
            updated_at: Timestamp::from_millis(row.get(11)?),
            disable_text_input: row.get(12)?,
            owner: row.get::<_, Option<String>>(13)?.map(raw).transpose()?,
            owner_epoch: row.get(14)?,
            first_categorization_at: row.get::<_, Option<i64>>(15)?.map(Timestamp::from_millis),
            first_content_author_id: row.get(16)?,
            first_content_id: row.get(17)?,
            handed_over: row.get::<_, Option<String>>(18)?.is_some(),
            intervention_user_ids: raw(row.get(19)?)?,
            last_content_at: Timestamp::from_millis(row.get(20)?),
            last_content_id: row.get(21)?,
            opened_intervention_user_ids: raw(row.get(22)?)?,
            tag_ids: raw(row.get(23)?)?,
        });
    }
    Ok(records)
}

async fn list_sqlite(State(files): State<Arc<Files>>) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        let lock = || files.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(conn) = lock().pop() else { return answer(0, Err(anyhow::anyhow!("no connection is free"))) };
        let records = from_sqlite(&conn);
        lock().push(conn);
        answer(files.count, records)
    });
    read.await.unwrap_or_else(|error| answer(0, Err(error.into())))
}

struct Servers {
    clients: Vec<(tokio_postgres::Client, tokio_postgres::Statement)>,
    next: AtomicUsize,
    count: i64,
}

async fn from_postgres(servers: &Servers) -> anyhow::Result<Vec<Record>> {
    let (client, statement) = &servers.clients[servers.next.fetch_add(1, Ordering::Relaxed) % servers.clients.len()];
    let rows = client.query(statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Record {
                category_ids: raw(row.get(0))?,
                closed: row.get(1),
                contents_count: row.get(2),
                created_at: Timestamp::from_millis(row.get(3)),
                extra_data: raw(row.get(4))?,
                foreign_id: row.get(5),
                id: row.get(6),
                interventions_count: row.get(7),
                source_id: row.get(8),
                thread_category_ids: raw(row.get(9))?,
                title: row.get(10),
                updated_at: Timestamp::from_millis(row.get(11)),
                disable_text_input: row.get(12),
                owner: row.get::<_, Option<String>>(13).map(raw).transpose()?,
                owner_epoch: row.get(14),
                first_categorization_at: row.get::<_, Option<i64>>(15).map(Timestamp::from_millis),
                first_content_author_id: row.get(16),
                first_content_id: row.get(17),
                handed_over: row.get::<_, Option<String>>(18).is_some(),
                intervention_user_ids: raw(row.get(19))?,
                last_content_at: Timestamp::from_millis(row.get(20)),
                last_content_id: row.get(21),
                opened_intervention_user_ids: raw(row.get(22))?,
                tag_ids: raw(row.get(23))?,
            })
        })
        .collect()
}

async fn list_postgres(State(servers): State<Arc<Servers>>) -> Response {
    answer(servers.count, from_postgres(&servers).await)
}

/// Serves the list of threads from a file that a server has filled.
pub(crate) async fn read_sqlite(listen: SocketAddr, path: &Path) -> anyhow::Result<()> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || rusqlite::Connection::open_with_flags(path, flags);
    let count = open()?.query_row(COUNT, [], |row| row.get(0))?;
    // As many as requests are under way at once, so that none has to wait.
    let idle = Mutex::new((0..64).map(|_| open()).collect::<Result<_, _>>()?);
    let router = Router::new().route("/1.0/content_threads", get(list_sqlite));
    serve(listen, router.with_state(Arc::new(Files { idle, count }))).await
}

/// Serves the list of threads from a database that a server has filled.
pub(crate) async fn read_postgres(listen: SocketAddr, url: &str) -> anyhow::Result<()> {
    let mut clients = Vec::new();
    let mut count = 0;
    for _ in 0..16 {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        count = client.query_one(COUNT, &[]).await?.get(0);
        let statement = client.prepare(QUERY).await?;
        clients.push((client, statement));
    }
    let router = Router::new().route("/1.0/content_threads", get(list_postgres));
    serve(listen, router.with_state(Arc::new(Servers { clients, next: AtomicUsize::new(0), count }))).await
}

/// Serves sockets that say again what they hear, tuned as the server's: small buffers, one task, one short queue.
pub(crate) async fn echo(listen: SocketAddr) -> anyhow::Result<()> {
    serve(listen, Router::new().route("/socket", get(open_socket))).await
}

async fn open_socket(upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.read_buffer_size(1024).write_buffer_size(0).max_write_buffer_size(256 * 1024);
    upgrade.on_upgrade(say_again)
}

async fn say_again(mut socket: WebSocket) {
    let (_sender, mut told) = mpsc::channel::<Message>(16);
    loop {
        tokio::select! {
            Some(message) = told.recv() => if socket.send(message).await.is_err() { return },
            heard = socket.recv() => match heard {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}

async fn serve(listen: SocketAddr, router: Router) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    Ok(axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router).await?)
}
