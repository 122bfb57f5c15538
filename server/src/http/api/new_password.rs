//! A new password, wherever it comes in: checked by the domain's rules and hashed outside of any transaction, because
//! that takes long.

use model::UserId;

use crate::app::App;
use crate::domain::{Error, Reason, password, settings};
use crate::http::Result;

/// Checks a new password of a user (none: of a new one, of whom this is `told`) and gives its hash.
///
/// # Errors
/// 422 on `field` when the rules forbid it; 429 when too many passwords are worked on.
pub(super) async fn accept(
    app: &App,
    user: Option<&UserId>,
    told: Vec<String>,
    field: &str,
    text: String,
) -> Result<String> {
    let settings = app.settings().await?;
    let rules = settings.password_rules();
    let (whose, count) = (user.cloned(), rules.archived);
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let Some(user) = whose else { return Ok((Vec::new(), Vec::new())) };
            let had = if count > 0 { password::archived(tx, &user, count).await? } else { Vec::new() };
            Ok::<_, Error>((password::known_of(tx, &user).await?, had))
        })
    });
    let (mut known, had) = read.await?;
    known.extend(told);
    known.push(settings.get(&settings::NAME));
    app.passwords.check(rules, field, &text, known).await?;
    for hash in had {
        if app.passwords.verify(text.clone(), Some(hash)).await? {
            let fault = Reason::UsedBefore.says(format!("is one of the last {count} passwords"));
            return Err(Error::invalid(field, fault.with("count", count)).into());
        }
    }
    Ok(app.passwords.hash(text).await?)
}
