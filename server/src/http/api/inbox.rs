//! `/console/…`: the folders of the inbox and their rows.

use std::sync::Arc;

use axum::extract::State;
use model::{FolderId, SourceId};
use schemars::JsonSchema;
use serde::Serialize;
use store::folder::Folder as SmartFolder;
use store::journal::End;

use super::journal::EndOut;
use crate::app::App;
use crate::domain::inbox::{self, Folder, Found};
use crate::domain::search_box::Asked;
use crate::domain::{Actor, Error, Reason, folder as smart};
use crate::http::{Caller, Paged, Params, Reply, Result, page};
use crate::views::row::RowOut;

/// A folder that somebody made, in the inbox.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxFolder")]
struct SmartFolderOut {
    id: FolderId,
    label: String,
    /// The folder that it is in.
    parent_id: Option<FolderId>,
    /// Where it stands among its neighbours.
    position: i64,
    /// The search whose threads it has.
    query: Option<String>,
    /// Whether it is the caller's alone.
    own: bool,
    /// How many threads it has; null where no number is shown.
    count: Option<i64>,
}

/// How many threads each folder has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxFolders")]
pub struct FoldersOut {
    /// Threads that wait for somebody.
    new: i64,
    /// Threads of which the caller has the intervention.
    mine: i64,
    /// Those of the caller whose customer waits for an answer.
    mine_waiting: i64,
    /// Those of the caller with something that nobody has seen.
    mine_unread: i64,
    /// Threads of which anybody has the intervention.
    everyone: i64,
    /// Threads in which nothing is to be done.
    closed: i64,
    /// Threads with contents that wait for approval.
    to_approve: i64,
    /// The folders that somebody made.
    folders: Vec<SmartFolderOut>,
}

/// How many threads each folder has; the smart ones are under `folders`.
pub async fn folders(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<FoldersOut>> {
    let who = actor.clone();
    let (counts, found) = app
        .db
        .read(move |tx| {
            Box::pin(async move { Ok::<_, Error>((inbox::counts(tx, &who).await?, smart::inbox(tx, &who).await?)) })
        })
        .await?;
    let mut shown = Vec::with_capacity(found.len());
    for folder in found {
        let count = app.folder_counts.of(&app.db, &actor, folder.clone()).await?;
        let SmartFolder { id, label, parent_id, position, query, user_id, .. } = folder;
        shown.push(SmartFolderOut { id, label, parent_id, position, query, own: user_id.is_some(), count });
    }
    let inbox::Counts { new, mine, mine_waiting, mine_unread, everyone, closed, to_approve } = counts;
    let folders = shown;
    Ok(Reply(FoldersOut { new, mine, mine_waiting, mine_unread, everyone, closed, to_approve, folders }))
}

/// A window of a folder.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxPage")]
pub struct Rows {
    #[serde(flatten)]
    paged: Paged<RowOut>,
    #[serde(flatten)]
    end: EndOut,
    /// The conditions of `q` that were not understood, and searched for as words.
    as_words: Vec<String>,
}

impl Rows {
    fn new(app: &App, found: Found, page: store::Page, end: End) -> Self {
        let paged = Paged::new(found.listed, page, |row| RowOut::new(app, row));
        Self { paged, end: end.into(), as_words: found.as_words }
    }
}

fn asked(params: &Params) -> Result<Asked> {
    let source = params.id("source_id", SourceId::parse)?;
    Ok(Asked { source, text: params.text("text")?, typed: params.text("q")? })
}

/// The rows of a folder, newest activity first; `q` is what was typed into the search box.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Rows>> {
    let page = page(&params)?;
    let folder = match params.text("folder")?.as_deref() {
        None | Some("all") => None,
        Some("new") => Some(Folder::New),
        Some("mine") => Some(Folder::Mine),
        Some("everyone") => Some(Folder::Everyone),
        Some("closed") => Some(Folder::Closed),
        Some("to_approve") => Some(Folder::ToApprove),
        Some(other) => {
            let id = FolderId::parse(other).ok_or_else(|| {
                Error::bad(
                    "folder",
                    Reason::Form.says("must be new, mine, everyone, closed, to_approve or the id of a folder"),
                )
            })?;
            return list_smart(&app, actor, id, &params, page).await;
        }
    };
    let asked = asked(&params)?;
    let (found, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                Ok::<_, Error>((inbox::list(tx, &actor, folder, asked, page).await?, end))
            })
        })
        .await?;
    Ok(Reply(Rows::new(&app, found, page, end)))
}

async fn list_smart(
    app: &App,
    actor: Arc<Actor>,
    id: FolderId,
    params: &Params,
    page: store::Page,
) -> Result<Reply<Rows>> {
    let asked = asked(params)?;
    let (found, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                Ok::<_, Error>((inbox::list_folder(tx, &actor, &id, asked, page).await?, end))
            })
        })
        .await?;
    Ok(Reply(Rows::new(app, found, page, end)))
}
