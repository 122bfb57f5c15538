//! `/1.0/content_threads/{id}/navigation`: the pages that a visitor looked at between messages.

use axum::extract::State;
use model::{ThreadId, Timestamp, VisitPageId};
use schemars::JsonSchema;
use serde::Serialize;
use store::visit_page::VisitPage;

use crate::app::App;
use crate::domain::navigation;
use crate::http::{Caller, Id, Paged, Params, Result, page};

/// A page that a visitor looked at between messages.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VisitPage")]
pub struct VisitPageOut {
    /// The place of the content before it.
    after: i64,
    /// When they came to it.
    created_at: Timestamp,
    id: VisitPageId,
    /// Its title.
    title: Option<String>,
    /// Its address.
    url: String,
}

impl From<VisitPage> for VisitPageOut {
    fn from(page: VisitPage) -> Self {
        let VisitPage { id, thread_id: _, after_ordinal, url, title, created_at } = page;
        Self { after: after_ordinal, created_at, id, title, url }
    }
}

/// Getting the pages that a visitor looked at in a conversation, the last one first.
pub async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Paged<VisitPageOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { navigation::list(tx, &actor, &id, page).await })).await?;
    Ok(Paged::new(listed, page, VisitPageOut::from))
}
