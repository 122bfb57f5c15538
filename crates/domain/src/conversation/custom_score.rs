//! Custom scores: what an analysis outside of Hubbub says of a content's sentiment.

use model::{ContentId, EventType};
use store::Tx;
use store::content::Content;

use crate::base::{Actor, Error, Result, journal};
use crate::conversation::held;
use crate::setup::settings;

/// Sets the score of a content.
///
/// # Errors
/// 404 when it cannot be seen; 403 when the domain does not take such scores.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ContentId, score: f64) -> Result<Content> {
    let (mut content, thread, source) = held::lock(tx, actor, id).await?;
    if !settings::SENTIMENT.now(tx).await? {
        let message = "the setting custom_sentiment_analysis is off";
        return Err(Error::Forbidden("custom_sentiment_analysis_disabled", message.into()));
    }
    content.custom_score = Some(score);
    content.updated_at = tx.now();
    tx.update(&content).await?;
    journal::content(tx, EventType::ContentScored, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}
