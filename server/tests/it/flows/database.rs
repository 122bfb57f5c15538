//! How a server finds its PostgreSQL, and what it says when it does not. Where the suite runs on SQLite there is no
//! server to find.

use store::{Clock, Db};
use tokio_postgres::NoTls;

/// The server under test as `user@host:port`, parted, with a user of each of these names on it.
async fn server(users: &[&str]) -> Option<(String, u16)> {
    let url = std::env::var("HUBBUB_TEST_DATABASE_URL").ok()?;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("the test server");
    tokio::spawn(connection);
    for user in users {
        let made = client.batch_execute(&format!("CREATE ROLE {user} LOGIN SUPERUSER PASSWORD 'right'")).await;
        // Another test may have made it.
        assert!(made.is_ok() || made.is_err_and(|e| e.to_string().contains("exists")));
    }
    let config: tokio_postgres::Config = url.parse().expect("an address");
    Some((format!("127.0.0.1:{}", config.get_ports()[0]), config.get_ports()[0]))
}

/// What is said when there is no way; nothing when there is one.
async fn failure(url: &str) -> Option<String> {
    Db::postgres(url, 2, None, Clock::system()).await.err().map(|e| e.to_string())
}

async fn new_database(name: &str) {
    let url = std::env::var("HUBBUB_TEST_DATABASE_URL").expect("a server");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("the test server");
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
}

#[tokio::test]
async fn each_sslmode_means_what_it_means_in_libpq() {
    let Some((place, port)) = server(&["encrypted", "in_the_clear"]).await else { return };
    new_database("tls_modes").await;
    let certificate = std::env::var("HUBBUB_TEST_DATABASE_CERTIFICATE").expect("its certificate");
    // The server's certificate is its own, and for the name localhost: as Debian ships it.
    for good in [
        format!("postgres://postgres@{place}/tls_modes"),
        format!("postgres://in_the_clear@{place}/tls_modes?sslmode=disable"),
        format!("postgres://in_the_clear@{place}/tls_modes?sslmode=allow"),
        format!("postgres://encrypted@{place}/tls_modes?sslmode=allow"),
        format!("postgres://encrypted@{place}/tls_modes?sslmode=prefer"),
        format!("postgres://in_the_clear@{place}/tls_modes?sslmode=prefer"),
        format!("postgres://encrypted@{place}/tls_modes?sslmode=require"),
        format!("postgres://encrypted@{place}/tls_modes?sslmode=require&sslrootcert={certificate}"),
        format!("postgres://encrypted@{place}/tls_modes?sslmode=verify-ca&sslrootcert={certificate}"),
        format!("postgres://encrypted@localhost:{port}/tls_modes?sslmode=verify-full&sslrootcert={certificate}"),
    ] {
        assert_eq!(failure(&good).await, None, "{good}");
    }
    for (bad, part) in [
        (format!("postgres://encrypted@{place}/tls_modes?sslmode=disable"), "encrypted"),
        (format!("postgres://in_the_clear@{place}/tls_modes?sslmode=require"), "in_the_clear"),
        (format!("postgres://encrypted@{place}/tls_modes?sslmode=verify-ca"), "sslrootcert="),
        (
            format!("postgres://encrypted@localhost:{port}/tls_modes?sslmode=verify-full&sslrootcert=system"),
            "certificate",
        ),
        (
            format!("postgres://encrypted@{place}/tls_modes?sslmode=verify-full&sslrootcert={certificate}"),
            "another name",
        ),
    ] {
        let said = failure(&bad).await.unwrap_or_default();
        assert!(said.contains(part), "{bad}: {said}");
    }
}

#[tokio::test]
async fn what_fails_on_the_way_to_the_database_is_named() {
    let Some((place, _)) = server(&["guarded"]).await else { return };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    for (url, part) in [
        (format!("postgres://postgres@127.0.0.1:{closed}/postgres"), "nothing listens"),
        ("postgres://postgres@no-such-host.invalid/postgres".to_owned(), "name"),
        (format!("postgres://guarded:wrong@{place}/postgres"), "password"),
        (format!("postgres://guarded@{place}/postgres"), "password"),
        (format!("postgres://postgres@{place}/no_such_database"), "no database \"no_such_database\""),
        (format!("postgres://nobody_at_all@{place}/postgres"), "nobody_at_all"),
    ] {
        let said = failure(&url).await.unwrap_or_default();
        assert!(said.contains(part), "{url}: {said}");
        assert!(!said.contains("wrong"), "a password is shown: {said}");
    }
}
