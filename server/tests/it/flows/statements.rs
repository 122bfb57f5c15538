//! What a connection to PostgreSQL keeps.

use store::Backend;

use crate::support::TestApp;

#[tokio::test]
async fn a_connection_keeps_only_so_many_statements() {
    let t = TestApp::start().await;
    if t.app.db.backend() != Backend::Postgres {
        return;
    }
    let kept = t.app.db.read(|tx| {
        Box::pin(async move {
            for n in 0..1200 {
                tx.rows(&format!("SELECT {n}"), Vec::new()).await?;
            }
            tx.number("SELECT COUNT(*) FROM pg_prepared_statements", Vec::new()).await
        })
    });
    let kept: Result<i64, store::Error> = kept.await;
    let kept = kept.expect("a count");
    assert!((1..=512).contains(&kept), "{kept}");
}
