//! Mails that somebody of the company has passed on to a mailbox: the one whose mail it was can be made the customer, so that the
//! answer goes to them.

use mail::Party;
use model::{ContentId, EventType, SourcePermission};
use serde_json::json;
use store::content::Content;
use store::{Json, Tx, intervention, mail as mails};

use crate::base::{Actor, Error, Result, checks::checked_email, journal};
use crate::conversation::ingest::{self, Author};
use crate::conversation::{held, thread};

/// Makes whose mail was passed on the author of the mail, and the customer of its conversation where the one who passed it on
/// was that.
///
/// # Errors
/// 404; 403 without the right to reply there; 422 when nobody's mail was passed on, or that has no address.
pub async fn make_customer(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (mut content, mut thread, source) = held::lock(tx, actor, id).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    let not = || Error::Unprocessable("not_forwarded", "nobody's mail was passed on in this".into());
    let mut mail = mails::find(tx, id).await?.ok_or_else(not)?;
    let party = mail.forwarded_from.as_deref().and_then(|from| Party::written(from).ok()).ok_or_else(not)?;
    let address = party.address();
    let author = Author {
        foreign_id: address.to_lowercase(),
        screenname: Some(party.name().map_or_else(|| address.clone(), str::to_owned)),
        email: checked_email(&address).ok(),
        ..Author::default()
    };
    let customer = ingest::find_or_make_author(tx, &source, &author).await?;
    let before = std::mem::replace(&mut content.author_id, customer.id.clone());
    if before == customer.id {
        return Ok(content);
    }
    content.updated_at = tx.now();
    tx.update(&content).await?;
    mail.reply_to = Json(mail.forwarded_from.take().into_iter().collect());
    tx.update(&mail).await?;
    if intervention::find_open(tx, &thread.id, &customer.id).await?.is_none()
        && let Some(mut case) = intervention::find_open(tx, &thread.id, &before).await?
    {
        case.identity_id = customer.id.clone();
        case.updated_at = tx.now();
        tx.update(&case).await?;
    }
    for known in [&mut thread.identity_id, &mut thread.first_content_author_id] {
        if known.as_ref() == Some(&before) {
            *known = Some(customer.id.clone());
        }
    }
    thread::recount(tx, &mut thread).await?;
    let more = json!({"previous_author_id": before});
    let by = Some(&actor.user.id);
    journal::content_with(tx, EventType::ContentEdited, by, &content, &thread, &source, more);
    Ok(content)
}
