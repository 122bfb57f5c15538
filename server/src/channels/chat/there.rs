//! That a visitor is there, as far as requests tell. Sockets tell it by themselves (`realtime/visitor.rs`).

use crate::app::App;
use crate::domain::visitor::Conversation;
use crate::domain::{Error, live_chat};
use crate::http::Result;

/// Notes that the visitor of these conversations is there: where no socket comes through, their page asks for them now
/// and then.
pub(super) async fn note(app: &App, found: &[Conversation]) -> Result<()> {
    let now = app.db.clock().now();
    let chats = found.iter().filter_map(|conversation| Some(&conversation.live.as_ref()?.chat));
    let unseen: Vec<_> = chats.filter(|chat| live_chat::is_unseen(chat, now)).map(|c| c.thread_id.clone()).collect();
    if !unseen.is_empty() {
        let keep = app.db.write(move |tx| Box::pin(async move { live_chat::keep(tx, &unseen).await }));
        keep.await.map_err(|error: Error| error)?;
    }
    Ok(())
}
