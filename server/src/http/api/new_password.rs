//! A new password, wherever it comes in: checked by the domain's rules and hashed outside of any transaction, because
//! that takes long.

use model::UserId;

use crate::app::App;
use crate::domain::{Error, Reason, Result, password};

/// Checks a new password of a user (none: of a new one) and gives its hash.
///
/// # Errors
/// 422 on `field` when the rules forbid it; 429 when too many passwords are worked on.
pub(super) async fn accept(app: &App, user: Option<&UserId>, field: &str, text: String) -> Result<String> {
    let rules = app.settings().await?.password_rules();
    rules.check(field, &text)?;
    if let Some(user) = user.cloned().filter(|_| rules.archived > 0) {
        let count = rules.archived;
        let had = app.db.read(move |tx| Box::pin(async move { password::archived(tx, &user, count).await })).await?;
        for hash in had {
            if app.passwords.verify(text.clone(), Some(hash)).await? {
                let fault = Reason::UsedBefore.says(format!("is one of the last {count} passwords"));
                return Err(Error::invalid(field, fault.with("count", count)));
            }
        }
    }
    app.passwords.hash(text).await
}
