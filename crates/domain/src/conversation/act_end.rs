//! The end of an act on a content: what the other side has done is so here too, and not before.

use model::{EventType, ExportState, SyncStatus};
use serde_json::json;
use store::Tx;
use store::content::Content;
use store::export::Export;
use store::source::Source;
use store::thread::Thread;

use crate::base::{Result, journal};
use crate::conversation::act::{DELETE, PUBLISH, UNPUBLISH};
use crate::conversation::again::{self, Retold, Texts};

/// Ends an act: it was done, and the other side tells so of the content; or it is in another state, and that is why: for
/// programs, and in words.
pub(crate) async fn settle(
    tx: &mut Tx,
    mut export: Export,
    mut content: Content,
    thread: &mut Thread,
    source: &Source,
    end: std::result::Result<Retold, (ExportState, &'static str, String)>,
) -> Result<Content> {
    let now = tx.now();
    export.leased_by = None;
    export.updated_at = now;
    let (status, told) = match end {
        Ok(told) => (SyncStatus::Success, Some(told)),
        Err((state, code, text)) => {
            export.state = state;
            export.reason_code = Some(code.to_owned());
            export.last_error = Some(text);
            (SyncStatus::Error, None)
        }
    };
    let mut changed = None;
    if let Some(mut told) = told {
        export.state = ExportState::Delivered;
        export.reason_code = None;
        export.last_error = None;
        match export.operation.as_str() {
            DELETE => content.remotely_deleted = true,
            PUBLISH => content.published = told.published.take().unwrap_or(true),
            UNPUBLISH => content.published = told.published.take().unwrap_or(false),
            _ => {}
        }
        changed = Some(again::take_over(&mut content, &told, Texts::All, now));
        content.updated_at = now;
        tx.update(&content).await?;
    }
    tx.update(&export).await?;
    let more = json!({"operation": export.operation, "synchronization_status": status});
    let kind = EventType::ContentUpdateExported;
    journal::content_with(tx, kind, export.user_id.as_ref(), &content, thread, source, more);
    if let Some(changed) = changed {
        again::note(tx, &mut content, thread, source, changed).await?;
    }
    Ok(content)
}
