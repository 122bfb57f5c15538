//! `/console/…`: the folders of the inbox and their rows.

use std::sync::Arc;

use axum::extract::State;
use model::{FolderId, SourceId, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::agent_thread::Attention;
use store::folder::Folder as SmartFolder;
use store::journal::End;

use super::journal::EndOut;
use crate::app::App;
use crate::domain::inbox::{self, Folder, Found};
use crate::domain::search_box::Asked;
use crate::domain::{Actor, Error, Reason, attention, folder as smart};
use crate::http::{Caller, Paged, Params, Reply, Result, page};
use crate::views::counts::CountsOut;
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
    #[serde(flatten)]
    counts: CountsOut,
    /// The folders that somebody made.
    folders: Vec<SmartFolderOut>,
}

/// How many threads each folder has; the smart ones are under `folders`. What is done is not counted.
pub async fn folders(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<FoldersOut>> {
    let who = actor.clone();
    let (counts, found) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let counts = (inbox::counts(tx, who.scope()).await?, inbox::count_mine(tx, &who).await?);
                Ok::<_, Error>((CountsOut::new(&who, counts.0, counts.1), smart::inbox(tx, &who).await?))
            })
        })
        .await?;
    let mut shown = Vec::with_capacity(found.len());
    for folder in found {
        let count = app.folder_counts.of(&app.db, &actor, folder.clone()).await?;
        let SmartFolder { id, label, parent_id, position, query, user_id, .. } = folder;
        shown.push(SmartFolderOut { id, label, parent_id, position, query, own: user_id.is_some(), count });
    }
    Ok(Reply(FoldersOut { counts, folders: shown }))
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

/// The rows of a folder, in its order; `q` is what was typed into the search box.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Rows>> {
    let page = page(&params)?;
    let folder = match params.text("folder")?.as_deref() {
        None | Some("all") => None,
        Some("mine") => Some(Folder::Mine),
        Some("unassigned") => Some(Folder::Unassigned),
        Some("open") => Some(Folder::Open),
        Some("deferred") => Some(Folder::Deferred),
        Some("done") => Some(Folder::Done),
        Some("to_approve") => Some(Folder::ToApprove),
        Some(other) => {
            let id = FolderId::parse(other).ok_or_else(|| {
                Error::bad(
                    "folder",
                    Reason::Form
                        .says("must be mine, unassigned, open, deferred, done, to_approve or the id of a folder"),
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

/// A thread that the caller has, as far as it may wait for them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxAttention")]
struct WaitsOut {
    id: ThreadId,
    /// The place of the last word in it that is not the company's.
    attention_ordinal: i64,
    /// The place up to which the caller has read it.
    read_ordinal: i64,
    /// Whether it is marked for them, read or not.
    marked: bool,
    /// Since when its customer waits.
    waiting_since: Option<Timestamp>,
    /// Whether the last answer in it came to nothing.
    failed: bool,
    /// Whether it waits for the caller.
    waits: bool,
}

/// What the caller has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxAttentions")]
pub struct AttentionOut {
    #[serde(flatten)]
    end: EndOut,
    /// In the order in which they wait for the caller; a thousand at the most.
    threads: Vec<WaitsOut>,
}

/// The threads that the caller has, in the order in which they wait for them.
pub async fn attention(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<AttentionOut>> {
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let end = store::journal::end(tx).await?;
            Ok::<_, Error>((end, attention::list(tx, &actor).await?))
        })
    });
    let (end, threads) = read.await?;
    let one = |thread: Attention| {
        let Attention { thread_id: id, attention_ordinal, read_ordinal, marked, waiting_since, failed, waits } = thread;
        WaitsOut { id, attention_ordinal, read_ordinal, marked, waiting_since, failed, waits }
    };
    Ok(Reply(AttentionOut { end: end.into(), threads: threads.into_iter().map(one).collect() }))
}
