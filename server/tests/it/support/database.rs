//! A database for each test: a copy of one that was migrated once for all tests of this process. A copy has nothing but
//! its schema: what is random at a first start comes to differ between copies, and so does the journal's timeline, which
//! a migration gives.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use store::{Clock, Db};
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// Makes an empty database on a PostgreSQL server and gives its address.
pub async fn new_database(server: &str) -> String {
    create(server, &new_name(), "template0").await
}

/// Makes a migrated database on a PostgreSQL server and gives its address.
pub async fn migrated_database(server: &str) -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(async || {
        let name = new_name();
        let url = create(server, &name, "template0").await;
        Db::postgres(&url, 1, None, Clock::system()).await.expect("a migrated database");
        name
    });
    let url = create(server, &new_name(), template.await).await;
    let sql = "UPDATE journal_timeline SET timeline = SUBSTR(MD5(CAST(gen_random_uuid() AS TEXT)), 1, 16)";
    execute(&url, sql).await;
    url
}

/// Makes a migrated SQLite file.
pub fn migrated_file(place: &Path) {
    static TEMPLATE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut template = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = template.get_or_insert_with(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("template");
        // The log is in the file once the database is closed.
        drop(Db::sqlite(&file, Clock::system()).expect("a migrated database"));
        std::fs::read(&file).expect("its bytes")
    });
    std::fs::write(place, bytes).expect("a copy");
    drop(template);
    let copy = rusqlite::Connection::open(place).expect("the copy");
    copy.pragma_update(None, "synchronous", "OFF").expect("no hurry");
    copy.execute("UPDATE journal_timeline SET timeline = LOWER(HEX(RANDOMBLOB(8)))", []).expect("a timeline");
}

fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

async fn create(server: &str, name: &str, template: &str) -> String {
    execute(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let mut url = server.to_owned();
    let base = url.rfind('/').unwrap_or(url.len());
    let query = url.find('?').map(|at| url[at..].to_owned()).unwrap_or_default();
    url.truncate(base);
    format!("{url}/{name}{query}")
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    client.batch_execute(sql).await.expect(sql);
}
