//! What a test leaves over: deliveries, exports, mails and looks for unread messages that are due, or under way, and that
//! nobody brings to an end.

use domain::delivery::{self, Plan};
use hubbub::app::App;
use hubbub::domain::{Error, export, mail};
use store::{Tx, journal, params, webhook};

use super::Patience;

/// Waits for the end of what is under way; gives what does not come to one.
pub(super) async fn end(app: App) -> Vec<String> {
    let mut patience = Patience::new();
    loop {
        let left = now(&app).await;
        if left.is_empty() || !patience.pause().await {
            return left;
        }
    }
}

/// What is due or under way now.
pub(super) async fn now(app: &App) -> Vec<String> {
    app.db.read(|tx| Box::pin(left(tx))).await.expect("a read")
}

async fn left(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let mut left = Vec::new();
    let webhooks = webhook::at_work(tx).await?;
    if !webhooks.is_empty() && journal::cursor(tx, "dispatch").await? < journal::head(tx).await? {
        left.push("entries of the journal that were not dispatched".into());
    }
    for webhook in webhooks {
        let leased = "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = ?1 AND leased_until IS NOT NULL";
        if tx.number(leased, params![webhook.id]).await? > 0 {
            left.push(format!("deliveries to {} that are under way", webhook.url));
        }
        match delivery::plan(tx, &webhook.id).await? {
            Plan::Ask(_) => left.push(format!("{} is to be asked to confirm", webhook.url)),
            Plan::Replay | Plan::Turn => left.push(format!("deliveries to {} that are due", webhook.url)),
            Plan::Sweep => left.push(format!("deliveries to {} that are to be gone through", webhook.url)),
            Plan::End | Plan::Wait(_) => {}
        }
    }
    let leased = "SELECT COUNT(*) FROM content_exports WHERE state = 'pending' AND leased_by IS NOT NULL";
    if tx.number(leased, Vec::new()).await? > 0 {
        left.push("exports that are under way".into());
    }
    for source in store::export::sources(tx).await? {
        if let export::Plan::Due(Some(due)) = export::plan(tx, &source).await?
            && due <= tx.now()
        {
            left.push(format!("exports to the source {source} that are due"));
        }
    }
    if !store::chat_mail::due(tx, 1).await?.is_empty() {
        left.push("unread messages that are to be looked for".into());
    }
    // Those under way count from the end of their lease.
    let leased = "SELECT COUNT(*) FROM mail_deliveries WHERE leased_until IS NOT NULL";
    if tx.number(leased, Vec::new()).await? > 0 || mail::next_due(tx).await?.is_some_and(|due| due <= tx.now()) {
        left.push("mails that are due or under way".into());
    }
    Ok(left)
}
