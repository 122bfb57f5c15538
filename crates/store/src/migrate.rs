//! Numbered migrations, the same on both databases but for a `.sqlite`/`.postgres` pair where they must differ.

use crate::Error;

struct Migration {
    number: i64,
    sqlite: &'static [&'static str],
    postgres: &'static [&'static str],
}

impl Migration {
    /// One that is the same on both databases.
    const fn same(number: i64, sql: &'static [&'static str]) -> Self {
        Self { number, sqlite: sql, postgres: sql }
    }
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sqlite: &[
            include_str!("../../../migrations/0001_init.sql"),
            include_str!("../../../migrations/0001_search.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0001_init.sql"),
            include_str!("../../../migrations/0001_search.postgres.sql"),
        ],
    },
    Migration::same(2, &[include_str!("../../../migrations/0002_people.sql")]),
    Migration::same(3, &[include_str!("../../../migrations/0003_desk.sql")]),
    Migration::same(4, &[include_str!("../../../migrations/0004_approval.sql")]),
    Migration::same(5, &[include_str!("../../../migrations/0005_ownership.sql")]),
    Migration {
        number: 6,
        sqlite: &[
            include_str!("../../../migrations/0006_search.sql"),
            include_str!("../../../migrations/0006_search.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0006_search.sql"),
            include_str!("../../../migrations/0006_search.postgres.sql"),
        ],
    },
    Migration::same(7, &[include_str!("../../../migrations/0007_chat.sql")]),
];

/// The newest schema's number.
#[must_use]
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |m| m.number)
}

const BOOK: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY)";

fn check(found: i64) -> Result<(), Error> {
    if found > newest() {
        let newest = newest();
        return Err(Error::Unavailable(format!(
            "the database has schema {found}, newer than this program's {newest}: run the newer program"
        )));
    }
    Ok(())
}

pub(crate) fn sqlite(conn: &mut rusqlite::Connection) -> Result<(), Error> {
    conn.execute_batch(BOOK)?;
    let found: i64 = conn.query_row("SELECT COALESCE(MAX(number), 0) FROM schema_migrations", [], |r| r.get(0))?;
    check(found)?;
    for migration in MIGRATIONS.iter().filter(|m| m.number > found) {
        let tx = conn.transaction()?;
        for sql in migration.sqlite {
            tx.execute_batch(sql)?;
        }
        tx.execute("INSERT INTO schema_migrations (number) VALUES (?1)", [migration.number])?;
        tx.commit()?;
    }
    Ok(())
}

pub(crate) async fn postgres(pool: &deadpool_postgres::Pool) -> Result<(), Error> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    // Two processes may start at once: one migrates, the other waits here and finds nothing to do.
    tx.batch_execute("SELECT pg_advisory_xact_lock(4849684)").await?;
    tx.batch_execute(BOOK).await?;
    let found: i64 = tx.query_one("SELECT COALESCE(MAX(number), 0) FROM schema_migrations", &[]).await?.get(0);
    check(found)?;
    for migration in MIGRATIONS.iter().filter(|m| m.number > found) {
        for sql in migration.postgres {
            tx.batch_execute(sql).await?;
        }
        tx.execute("INSERT INTO schema_migrations (number) VALUES ($1)", &[&migration.number]).await?;
    }
    tx.commit().await?;
    Ok(())
}
