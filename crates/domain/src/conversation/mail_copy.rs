//! Copies of mails that went out, in the mailbox that a source names for those. A mail is sent whether it has one or not: what
//! becomes of its copy changes nothing of it; where one lies nowhere at last, the content and its source say so. The copies of a source go one after the other, and one that cannot be laid down
//! now stands back behind those that can.

use model::ExportState;
use store::Tx;
use store::export::{self, Export};
use store::source::Source;

use crate::base::Result;
use crate::place::source_health;

/// The setting that names the mailbox.
pub use crate::setup::mail_settings::SENT_MAILBOX as MAILBOX;

/// For how long it is tried, in seconds.
const KEPT_SECONDS: i64 = 24 * 3600;

/// Has a mail that went out get its copy, once, where its source keeps any.
pub(crate) async fn begin(tx: &mut Tx, sent: &Export, source: &Source) -> Result<()> {
    let keeps = source.kind.caps().mail && source.setting(MAILBOX).is_some();
    if !keeps || export::has_copy(tx, &sent.content_id).await? {
        return Ok(());
    }
    let now = tx.now();
    let mut copy = sent.beside(export::COPY, format!("{}:{}", export::COPY, source.id), now);
    copy.expires_at = now.plus_seconds(KEPT_SECONDS);
    stand_back(&mut copy);
    Ok(tx.insert(&copy).await?)
}

/// Has one stand in its lane where its next try is: those that are due sooner go before it.
pub(crate) fn stand_back(copy: &mut Export) {
    if copy.is_copy() {
        copy.ordinal = copy.next_attempt_at.millis();
    }
}

/// Ends one: it lies there, or it does not, and that is why.
pub(crate) async fn end(
    tx: &mut Tx,
    mut copy: Export,
    end: std::result::Result<(), (ExportState, &'static str, String)>,
) -> Result<()> {
    copy.state = ExportState::Delivered;
    (copy.reason_code, copy.last_error) = (None, None);
    if let Err((state, code, text)) = end {
        copy.state = state;
        (copy.reason_code, copy.last_error) = (Some(code.to_owned()), Some(text));
    }
    (copy.leased_by, copy.updated_at) = (None, tx.now());
    tx.update(&copy).await?;
    source_health::note_copy(tx, &copy.source_id, copy.last_error.as_deref()).await
}
