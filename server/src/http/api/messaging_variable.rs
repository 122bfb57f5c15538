//! `/1.0/messaging_variables`: what sites tell of their visitors. An extension.

use axum::extract::State;
use model::{ChatVariableId, SourceId, Timestamp, VariableKind};
use schemars::JsonSchema;
use serde::Serialize;
use store::chat_variable::{ChatVariable, InPage};

use crate::app::App;
use crate::domain::chat_source;
use crate::domain::chat_variable::{self, VariableIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// Where a variable is found in a page.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingInPage")]
pub struct InPageOut {
    /// How: `selector`, `meta`, `js_path`, `cookie` or `url_parameter`.
    by: String,
    /// Where.
    expression: String,
    /// Of which attribute of an element; null for its value or text.
    attribute: Option<String>,
    /// A regular expression whose first group is the value; null for all of it.
    pattern: Option<String>,
}

impl From<InPage> for InPageOut {
    fn from(InPage { by, expression, attribute, pattern }: InPage) -> Self {
        Self { by, expression, attribute, pattern }
    }
}

/// A custom variable of a chat as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingVariable")]
pub struct VariableOut {
    created_at: Timestamp,
    id: ChatVariableId,
    /// Where it is found in a page; null where the page tells it.
    in_page: Option<InPageOut>,
    kind: VariableKind,
    label: String,
    name: String,
    personal: bool,
    /// Its place among the others.
    position: i64,
    show_to_agents: bool,
    source_id: SourceId,
    updated_at: Timestamp,
    /// Grows with each change.
    version: i64,
}

impl From<ChatVariable> for VariableOut {
    fn from(variable: ChatVariable) -> Self {
        let ChatVariable { id, source_id, name, label, kind, position, in_page, .. } = variable;
        let ChatVariable { show_to_agents, personal, created_at, updated_at, .. } = variable;
        Self {
            created_at,
            id,
            in_page: in_page.map(|found| found.0.into()),
            kind,
            label,
            name,
            personal,
            position,
            show_to_agents,
            source_id,
            version: chat_source::version(updated_at),
            updated_at,
        }
    }
}

fn read(params: &Params) -> Result<VariableIn> {
    // Null and an empty text say that the page tells it.
    let told = params.value("in_page").is_none_or(|value| value == "");
    let in_page = if told { params.has("in_page").then_some(None) } else { Some(params.map("in_page")?) };
    let found = |map| -> Result<InPage> {
        let one = Params::from(map);
        Ok(InPage {
            by: one.text("by")?.unwrap_or_default(),
            expression: one.text("expression")?.unwrap_or_default(),
            attribute: one.text("attribute")?,
            pattern: one.text("pattern")?,
        })
    };
    Ok(VariableIn {
        id: None,
        source_id: params.id("source_id", SourceId::parse)?,
        version: None,
        name: params.given("name")?,
        label: params.given("label")?,
        kind: params.text("kind")?,
        in_page: in_page
            .map(|map| map.map(found).transpose())
            .transpose()
            .map_err(|refusal| refusal.within("in_page"))?,
        show_to_agents: params.boolean("show_to_agents")?,
        personal: params.boolean("personal")?,
    })
}

/// Getting the variables of a chat, or of all chats that the caller sets up, in their order.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<VariableOut>> {
    let page = page(&params)?;
    let of = params.id("source_id", SourceId::parse)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { chat_variable::list(tx, &actor, of, page).await })).await?;
    Ok(Paged::new(listed, page, VariableOut::from))
}

/// Getting a variable from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatVariableId>,
) -> Result<Reply<VariableOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { chat_variable::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a variable.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<VariableOut>> {
    let mut given = read(&params)?;
    given.id = params.id("id", ChatVariableId::parse)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_variable::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a variable.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatVariableId>,
    params: Params,
) -> Result<Written<VariableOut>> {
    let mut given = read(&params)?;
    given.version = params.integer("version")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_variable::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a variable.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatVariableId>,
) -> Result<Written<VariableOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_variable::delete(tx, &actor, &id).await?.into()) })).await
}

/// Putting the variables of a chat into another order.
pub async fn sort(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<Vec<VariableOut>>> {
    let ids = params.ids("ids", ChatVariableId::parse)?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let sorted = chat_variable::sort(tx, &actor, ids).await?;
            Ok(sorted.into_iter().map(VariableOut::from).collect())
        })
    })
    .await
}
