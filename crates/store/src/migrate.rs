//! Numbered migrations, the same on both databases but for a `.sqlite`/`.postgres` pair where they must differ.

use crate::Error;

#[derive(Clone, Copy)]
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
    Migration::same(12, &[include_str!("../../../migrations/0012_approval_epoch.sql")]),
    Migration {
        number: 13,
        sqlite: &[include_str!("../../../migrations/0013_people.sqlite.sql")],
        postgres: &[include_str!("../../../migrations/0013_people.postgres.sql")],
    },
    Migration::same(14, &[include_str!("../../../migrations/0014_lines.sql")]),
    Migration::same(17, &[include_str!("../../../migrations/0017_channels.sql")]),
    Migration {
        number: 18,
        sqlite: &[
            include_str!("../../../migrations/0018_threads.sql"),
            include_str!("../../../migrations/0018_threads.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0018_threads.sql"),
            include_str!("../../../migrations/0018_threads.postgres.sql"),
        ],
    },
    Migration::same(19, &[include_str!("../../../migrations/0019_programs.sql")]),
    Migration {
        number: 20,
        sqlite: &[
            include_str!("../../../migrations/0020_words.sqlite.sql"),
            include_str!("../../../migrations/0020_words.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0020_words.postgres.sql"),
            include_str!("../../../migrations/0020_words.sql"),
        ],
    },
    Migration {
        number: 21,
        sqlite: &[
            include_str!("../../../migrations/0021_timeline.sql"),
            include_str!("../../../migrations/0021_timeline.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0021_timeline.sql"),
            include_str!("../../../migrations/0021_timeline.postgres.sql"),
        ],
    },
    Migration::same(22, &[include_str!("../../../migrations/0022_order.sql")]),
    Migration::same(23, &[include_str!("../../../migrations/0023_uploads.sql")]),
    Migration::same(25, &[include_str!("../../../migrations/0025_leases.sql")]),
    Migration {
        number: 27,
        sqlite: &[
            include_str!("../../../migrations/0027_sight.sql"),
            include_str!("../../../migrations/0027_sight.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0027_sight.sql"),
            include_str!("../../../migrations/0027_sight.postgres.sql"),
        ],
    },
    Migration::same(28, &[include_str!("../../../migrations/0028_ends.sql")]),
    Migration::same(29, &[include_str!("../../../migrations/0029_givers.sql")]),
    Migration::same(30, &[include_str!("../../../migrations/0030_mail.sql")]),
    Migration::same(31, &[include_str!("../../../migrations/0031_exports.sql")]),
    Migration::same(32, &[include_str!("../../../migrations/0032_presence.sql")]),
    Migration {
        number: 33,
        sqlite: &[
            include_str!("../../../migrations/0033_lists.sql"),
            include_str!("../../../migrations/0033_lists.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0033_lists.sql"),
            include_str!("../../../migrations/0033_lists.postgres.sql"),
        ],
    },
    Migration {
        number: 34,
        sqlite: &[include_str!("../../../migrations/0034_people.sqlite.sql")],
        postgres: &[include_str!("../../../migrations/0034_people.postgres.sql")],
    },
    Migration::same(35, &[include_str!("../../../migrations/0035_targeting.sql")]),
    Migration {
        number: 36,
        sqlite: &[
            include_str!("../../../migrations/0036_live_chat.sql"),
            include_str!("../../../migrations/0036_live_chat.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0036_live_chat.sql"),
            include_str!("../../../migrations/0036_live_chat.postgres.sql"),
        ],
    },
    Migration::same(37, &[include_str!("../../../migrations/0037_capacity.sql")]),
    Migration::same(38, &[include_str!("../../../migrations/0038_visit_pages.sql")]),
    Migration {
        number: 39,
        sqlite: &[
            include_str!("../../../migrations/0039_chat_mail.sql"),
            include_str!("../../../migrations/0039_chat_mail.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0039_chat_mail.sql"),
            include_str!("../../../migrations/0039_chat_mail.postgres.sql"),
        ],
    },
    Migration::same(40, &[include_str!("../../../migrations/0040_chat_texts.sql")]),
    Migration {
        number: 41,
        sqlite: &[
            include_str!("../../../migrations/0041_agents_side.sql"),
            include_str!("../../../migrations/0041_agents_side.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0041_agents_side.sql"),
            include_str!("../../../migrations/0041_agents_side.postgres.sql"),
        ],
    },
    Migration {
        number: 42,
        sqlite: &[include_str!("../../../migrations/0042_welcome.sqlite.sql")],
        postgres: &[include_str!("../../../migrations/0042_welcome.postgres.sql")],
    },
    Migration::same(43, &[include_str!("../../../migrations/0043_departures.sql")]),
    Migration::same(44, &[include_str!("../../../migrations/0044_asked_sources.sql")]),
    Migration::same(45, &[include_str!("../../../migrations/0045_acts.sql")]),
    Migration::same(46, &[include_str!("../../../migrations/0046_mail.sql")]),
    Migration::same(47, &[include_str!("../../../migrations/0047_waiting_line.sql")]),
    Migration::same(48, &[include_str!("../../../migrations/0048_mail_out.sql")]),
    Migration::same(49, &[include_str!("../../../migrations/0049_thread_parts.sql")]),
    Migration::same(50, &[include_str!("../../../migrations/0050_attention.sql")]),
    Migration::same(51, &[include_str!("../../../migrations/0051_agent_threads.sql")]),
    Migration::same(52, &[include_str!("../../../migrations/0052_addresses.sql")]),
    Migration {
        number: 54,
        sqlite: &[
            include_str!("../../../migrations/0054_lines.sql"),
            include_str!("../../../migrations/0054_lines.sqlite.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0054_lines.sql"),
            include_str!("../../../migrations/0054_lines.postgres.sql"),
        ],
    },
    Migration::same(55, &[include_str!("../../../migrations/0055_undo.sql")]),
    Migration::same(59, &[include_str!("../../../migrations/0059_erasures.sql")]),
    Migration::same(60, &[include_str!("../../../migrations/0060_authorizations.sql")]),
    Migration::same(61, &[include_str!("../../../migrations/0061_forwarded.sql")]),
    Migration::same(62, &[include_str!("../../../migrations/0062_console_profiles.sql")]),
    Migration::same(63, &[include_str!("../../../migrations/0063_notifications.sql")]),
    Migration {
        number: 66,
        sqlite: &[include_str!("../../../migrations/0066_page_tokens.sqlite.sql")],
        postgres: &[include_str!("../../../migrations/0066_page_tokens.postgres.sql")],
    },
    Migration::same(67, &[include_str!("../../../migrations/0067_passed_over.sql")]),
    Migration::same(68, &[include_str!("../../../migrations/0068_erased_titles.sql")]),
    Migration::same(70, &[include_str!("../../../migrations/0070_sweeps.sql")]),
    Migration::same(71, &[include_str!("../../../migrations/0071_user_pictures.sql")]),
    Migration::same(73, &[include_str!("../../../migrations/0073_relisted.sql")]),
    Migration::same(74, &[include_str!("../../../migrations/0074_mail_told.sql")]),
    Migration::same(75, &[include_str!("../../../migrations/0075_bulk.sql")]),
    Migration::same(76, &[include_str!("../../../migrations/0076_thread_tags.sql")]),
    Migration::same(77, &[include_str!("../../../migrations/0077_drafts.sql")]),
    Migration::same(78, &[include_str!("../../../migrations/0078_password_recoveries.sql")]),
    Migration {
        number: 79,
        sqlite: &[
            include_str!("../../../migrations/0079_comments.sqlite.sql"),
            include_str!("../../../migrations/0079_comments.sql"),
        ],
        postgres: &[
            include_str!("../../../migrations/0079_comments.postgres.sql"),
            include_str!("../../../migrations/0079_comments.sql"),
        ],
    },
    Migration::same(80, &[include_str!("../../../migrations/0080_comment_search.sql")]),
    Migration::same(81, &[include_str!("../../../migrations/0081_second_factors.sql")]),
    Migration::same(82, &[include_str!("../../../migrations/0082_session_places.sql")]),
    Migration::same(83, &[include_str!("../../../migrations/0083_statistics.sql")]),
    Migration::same(84, &[include_str!("../../../migrations/0084_author_blocks.sql")]),
];

/// The schema that this program knows: the numbers of its migrations, in order.
#[must_use]
pub fn known() -> Vec<i64> {
    MIGRATIONS.iter().map(|m| m.number).collect()
}

/// Has the number of each migration that was applied.
const BOOK: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY)";

/// What a database does not have yet, by the numbers that its book has. A smaller number may come later than a greater
/// one: it was written at the same time by somebody else.
fn missing<'m>(all: &'m [Migration], book: &[i64]) -> Result<Vec<&'m Migration>, Error> {
    if let Some(unknown) = book.iter().find(|number| all.iter().all(|m| m.number != **number)) {
        return Err(Error::Unavailable(format!(
            "the database has schema {unknown}, which this program does not know: run the newer program"
        )));
    }
    Ok(all.iter().filter(|m| !book.contains(&m.number)).collect())
}

pub(crate) fn sqlite(conn: &mut rusqlite::Connection) -> Result<(), Error> {
    sqlite_to(conn, MIGRATIONS)
}

/// Applies the migrations with these numbers and no others.
pub(crate) fn sqlite_only(conn: &mut rusqlite::Connection, book: &[i64]) -> Result<(), Error> {
    missing(MIGRATIONS, book)?;
    let chosen: Vec<Migration> = MIGRATIONS.iter().filter(|m| book.contains(&m.number)).copied().collect();
    sqlite_to(conn, &chosen)
}

fn sqlite_to(conn: &mut rusqlite::Connection, all: &[Migration]) -> Result<(), Error> {
    conn.execute_batch(BOOK)?;
    let book = {
        let mut statement = conn.prepare("SELECT number FROM schema_migrations")?;
        statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?
    };
    for migration in missing(all, &book)? {
        let tx = conn.transaction()?;
        for sql in migration.sqlite {
            tx.execute_batch(sql)?;
        }
        tx.execute("INSERT INTO schema_migrations (number) VALUES (?1)", [migration.number])?;
        tx.commit()?;
    }
    Ok(())
}

pub(crate) async fn postgres(client: &mut tokio_postgres::Client) -> Result<(), Error> {
    let tx = client.transaction().await?;
    // Two processes may start at once: one migrates, the other waits here and finds nothing to do.
    tx.batch_execute("SELECT pg_advisory_xact_lock(4849684)").await?;
    tx.batch_execute(BOOK).await?;
    let book = tx.query("SELECT number FROM schema_migrations", &[]).await?;
    let book: Vec<i64> = book.iter().map(|row| row.get(0)).collect();
    for migration in missing(MIGRATIONS, &book)? {
        for sql in migration.postgres {
            tx.batch_execute(sql).await?;
        }
        tx.execute("INSERT INTO schema_migrations (number) VALUES ($1)", &[&migration.number]).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration::same(1, &["CREATE TABLE first (id TEXT)"]);
    const SECOND: Migration = Migration::same(2, &["CREATE TABLE second (id TEXT)"]);
    const THIRD: Migration = Migration::same(3, &["CREATE TABLE third (id TEXT)"]);

    fn tables(conn: &rusqlite::Connection) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_master WHERE name <> 'schema_migrations' AND type = 'table' ORDER BY name";
        let mut statement = conn.prepare(sql).expect("a statement");
        let names = statement.query_map([], |row| row.get(0)).expect("tables");
        names.collect::<Result<_, _>>().expect("names")
    }

    #[test]
    fn a_smaller_number_that_comes_later_is_applied_too() {
        let mut conn = rusqlite::Connection::open_in_memory().expect("a database");
        sqlite_to(&mut conn, &[FIRST, THIRD]).expect("migrated");
        assert_eq!(tables(&conn), ["first", "third"]);
        sqlite_to(&mut conn, &[FIRST, SECOND, THIRD]).expect("migrated");
        assert_eq!(tables(&conn), ["first", "second", "third"]);
        // Each once.
        sqlite_to(&mut conn, &[FIRST, SECOND, THIRD]).expect("nothing to do");
        // A program that does not know one of them leaves the database alone.
        let error = sqlite_to(&mut conn, &[FIRST, THIRD]).expect_err("an unknown schema");
        assert!(error.to_string().contains("schema 2"), "{error}");
    }

    #[test]
    fn what_was_said_loses_nul_and_nothing_else() {
        let mut conn = rusqlite::Connection::open_in_memory().expect("a database");
        sqlite_to(&mut conn, &MIGRATIONS[..MIGRATIONS.partition_point(|m| m.number < 20)]).expect("migrated");
        conn.pragma_update(None, "foreign_keys", false).expect("switched off");
        let said = ["a\0b", "\0", "plain", r"C:\u0000", "\\\0", "\0\\\\\0\"q\n\u{1}é😀\0"];
        for (id, body) in said.iter().enumerate() {
            let sql = "INSERT INTO intervention_comments VALUES (?1, '', '', '', '', '', ?2, 0, 0)";
            conn.execute(sql, rusqlite::params![format!("{id:02}"), body]).expect("kept");
            let sql = "INSERT INTO identities (id, community_id, kind, foreign_id, screenname, extra_values, user_ids, \
                       controlled, created_at, updated_at) VALUES (?1, '', '', ?1, ?2, '{}', '[]', 0, 0, 0)";
            conn.execute(sql, rusqlite::params![format!("{id:02}"), body]).expect("kept");
        }
        sqlite(&mut conn).expect("migrated");
        for sql in
            ["SELECT body FROM intervention_comments ORDER BY id", "SELECT screenname FROM identities ORDER BY id"]
        {
            let mut statement = conn.prepare(sql).expect("a statement");
            let found = statement.query_map([], |row| row.get(0)).expect("rows");
            let found: Vec<String> = found.collect::<Result<_, _>>().expect("texts");
            assert_eq!(found, said.map(|text| text.replace('\0', "")), "{sql}");
        }
    }

    #[test]
    fn numbers_grow() {
        assert!(MIGRATIONS.is_sorted_by(|a, b| a.number < b.number));
    }
}
