//! `/console/changes`: who changed what of the administration, from the journal.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use model::{EventId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::Page;

use crate::app::App;
use crate::domain::change_log::{self, Changed, Wanted};
use crate::http::csv;
use crate::http::{Caller, Paged, Params, Result, page};

/// How many changes one file has at the most.
const FILE_MAX: i64 = 10_000;

/// A change of the administration.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AdministrationChange")]
pub struct ChangeOut {
    id: EventId,
    /// When.
    at: Timestamp,
    /// Who; null where the server did it by itself.
    user_id: Option<UserId>,
    /// How they are called.
    user_name: Option<String>,
    /// What kind of thing.
    kind: String,
    /// Which one.
    resource_id: String,
    /// How it is called now; null when it is gone, or has no name.
    name: Option<String>,
    /// What was done with it.
    #[schemars(extend("enum" = ["created", "updated", "deleted"]))]
    change: String,
}

impl From<Changed> for ChangeOut {
    fn from(Changed { entry, by, name }: Changed) -> Self {
        let change = entry.metadata.get("change").and_then(|change| change.as_str()).unwrap_or("updated");
        Self {
            change: change.to_owned(),
            id: entry.id,
            at: entry.issued_at,
            user_id: entry.user_id,
            user_name: by,
            kind: entry.resource_kind,
            resource_id: entry.resource_id,
            name,
        }
    }
}

fn wanted(params: &Params) -> Result<Wanted> {
    Ok(Wanted {
        users: params.ids("user_ids", UserId::parse)?.unwrap_or_default(),
        kinds: params.texts("kinds")?.unwrap_or_default(),
        after: params.time("after")?,
        before: params.time("before")?,
    })
}

/// Who changed what, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<ChangeOut>> {
    let (page, wanted) = (page(&params)?, wanted(&params)?);
    let read = app.db.read(move |tx| Box::pin(async move { change_log::list(tx, &actor, wanted, page).await }));
    Ok(Paged::new(read.await?, page, ChangeOut::from))
}

/// The same as a file of lines with commas, the newest [`FILE_MAX`].
pub async fn file(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Response> {
    let (wanted, page) = (wanted(&params)?, Page { offset: 0, limit: FILE_MAX });
    let read = app.db.read(move |tx| Box::pin(async move { change_log::list(tx, &actor, wanted, page).await }));
    let mut lines = String::from("at,user_id,user_name,kind,resource_id,name,change\r\n");
    for one in read.await?.records.into_iter().map(ChangeOut::from) {
        let user_id = one.user_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let (user_name, name) = (one.user_name.unwrap_or_default(), one.name.unwrap_or_default());
        let at = one.at.to_string();
        let cells = [&at, &user_id, &user_name, &one.kind, &one.resource_id, &name, &one.change];
        lines.push_str(&csv::line(cells));
    }
    Ok((csv::headers("attachment; filename=\"changes.csv\""), lines).into_response())
}
