//! `/1.0/webhooks`; `name`, `ignore_ssl`, the source filter, the reason of a state and everything about deliveries
//! are extensions.

use axum::extract::State;
use model::{AccessTokenId, DeliveryId, DeliveryState, EventId, EventType, SourceId, Timestamp, WebhookId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::access_token::AccessToken;
use store::journal::Entry;
use store::webhook::{Attempt, Delivery, Webhook};

use crate::app::App;
use crate::domain::delivery::{self, Detail, envelope};
use crate::domain::webhook::{self, Owned, WebhookIn};
use crate::domain::{Error, Fault};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// The API token that a webhook belongs to, as the API shows it there.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookToken")]
struct TokenOut {
    created_at: Timestamp,
    id: AccessTokenId,
    updated_at: Timestamp,
}

/// Which positions of the journal are to be sent again.
#[derive(Serialize, JsonSchema)]
struct ReplayOut {
    /// The next one.
    next: i64,
    /// The last one.
    last: i64,
}

/// A webhook as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct WebhookOut {
    active: bool,
    api_access_token: Option<TokenOut>,
    created_at: Timestamp,
    /// How many deliveries are parked.
    deliveries_parked: i64,
    /// How many deliveries wait: those that are under way, and what came while it was off.
    deliveries_waiting: i64,
    /// Whether requests carry a secret, which is never shown.
    has_secret: bool,
    /// Whether the challenge carries a token.
    has_verify_token: bool,
    id: WebhookId,
    ignore_ssl: bool,
    name: String,
    registered_events: Vec<String>,
    /// What of the journal is still to be sent again; null when nothing is.
    replay: Option<ReplayOut>,
    source_ids: Vec<SourceId>,
    #[schemars(extend("enum" = ["all_except", "none_except"]))]
    sources_strategy: String,
    staging_use: bool,
    status_reason: Option<String>,
    suspended_until: Option<Timestamp>,
    updated_at: Timestamp,
    url: String,
    /// What the challenge carries, in the answer to its making alone.
    verify_token: Option<String>,
    #[schemars(extend("enum" = ["unverified", "active", "suspended", "inactive"]))]
    webhook_status: &'static str,
}

impl WebhookOut {
    fn new(Owned { webhook, token, waiting, parked }: Owned) -> Self {
        let Webhook { id, name, url, active, staging_use, ignore_ssl, verify_token, secret, .. } = webhook;
        Self {
            active,
            api_access_token: token.map(|AccessToken { id, created_at, updated_at, .. }| TokenOut {
                created_at,
                id,
                updated_at,
            }),
            created_at: webhook.created_at,
            deliveries_parked: parked,
            deliveries_waiting: waiting,
            has_secret: secret.is_some(),
            has_verify_token: verify_token.is_some(),
            verify_token: None,
            id,
            ignore_ssl,
            name,
            registered_events: webhook.registered_events.0,
            replay: webhook.replay_next.zip(webhook.replay_last).map(|(next, last)| ReplayOut { next, last }),
            source_ids: webhook.source_ids.0,
            sources_strategy: webhook.sources_strategy,
            staging_use,
            status_reason: webhook.status_reason,
            suspended_until: webhook.suspended_until,
            updated_at: webhook.updated_at,
            url,
            webhook_status: webhook.status.as_str(),
        }
    }
}

/// An event of a delivery.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryEvent")]
struct EventOut {
    id: EventId,
    r#type: EventType,
}

/// A delivery as a list shows it.
#[derive(Serialize, JsonSchema)]
pub struct DeliveryOut {
    attempts_count: i64,
    created_at: Timestamp,
    delivered_at: Option<Timestamp>,
    events: Vec<EventOut>,
    expires_at: Timestamp,
    id: DeliveryId,
    next_attempt_at: Option<Timestamp>,
    state: DeliveryState,
}

impl From<(Delivery, Vec<Entry>)> for DeliveryOut {
    fn from((delivery, entries): (Delivery, Vec<Entry>)) -> Self {
        let Delivery { id, state, attempts_count, next_attempt_at, expires_at, delivered_at, created_at, .. } =
            delivery;
        Self {
            attempts_count,
            created_at,
            delivered_at,
            events: entries.into_iter().map(|entry| EventOut { id: entry.id, r#type: entry.kind }).collect(),
            expires_at,
            id,
            next_attempt_at: Some(next_attempt_at).filter(|_| state == DeliveryState::Pending),
            state,
        }
    }
}

/// An attempt at a delivery.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryAttempt")]
struct AttemptOut {
    at: Timestamp,
    duration_ms: i64,
    error: Option<String>,
    response: Option<String>,
    status_code: Option<i64>,
}

impl From<Attempt> for AttemptOut {
    fn from(attempt: Attempt) -> Self {
        let Attempt { delivery_id: _, number: _, at, status_code, error, duration_ms, response } = attempt;
        Self { at, duration_ms, error, response, status_code }
    }
}

/// A delivery with its attempts and its body as it is sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryDetail")]
pub struct DetailOut {
    #[serde(flatten)]
    delivery: DeliveryOut,
    attempts: Vec<AttemptOut>,
    body: Value,
}

impl From<Detail> for DetailOut {
    fn from(Detail { delivery, entries, attempts, domain_id, timeline }: Detail) -> Self {
        let body = envelope(delivery.id.as_str(), &domain_id, &timeline, &entries);
        let attempts = attempts.into_iter().map(AttemptOut::from).collect();
        Self { delivery: (delivery, entries).into(), attempts, body }
    }
}

/// How many deliveries are sent again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resent")]
pub struct ResentOut {
    count: u64,
}

fn given(params: &Params) -> Result<WebhookIn> {
    // An empty text takes a secret away; `text` alone would not tell it from an absent one.
    let clearable =
        |name| Ok::<_, Error>(if params.has(name) { Some(params.text(name)?.unwrap_or_default()) } else { None });
    Ok(WebhookIn {
        access_token_id: params.id("access_token_id", AccessTokenId::parse)?,
        active: params.boolean("active")?,
        name: params.text("name")?.or(params.text("label")?),
        staging_use: params.boolean("staging_use")?,
        ignore_ssl: params.boolean("ignore_ssl")?,
        url: params.text("url")?,
        verify_token: clearable("verify_token")?,
        secret: clearable("secret")?,
        registered_events: params.texts("registered_events")?,
        sources_strategy: params.text("sources_strategy")?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
        send_waiting: params.boolean("send_waiting")?,
    })
}

/// The events that webhooks are told of.
#[derive(Serialize, JsonSchema)]
pub struct EventsOut {
    /// Their names.
    records: Vec<EventType>,
}

/// Getting the events that webhooks are told of.
pub async fn events() -> Result<Reply<EventsOut>> {
    Ok(Reply(EventsOut { records: EventType::told().collect() }))
}

/// Getting all webhooks, active ones first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<WebhookOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { webhook::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, WebhookOut::new))
}

/// Creating a webhook.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<WebhookOut>> {
    let given = given(&params)?;
    let verify_token = given.verify_token.clone().filter(|token| !token.is_empty());
    write(&app, move |app, tx| {
        Box::pin(async move {
            let owned = webhook::create(tx, &actor, &app.keys, given).await?;
            Ok(WebhookOut { verify_token, ..WebhookOut::new(owned) })
        })
    })
    .await
}

/// Getting a webhook from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<WebhookId>) -> Result<Reply<WebhookOut>> {
    let owned = app.db.read(move |tx| Box::pin(async move { webhook::find(tx, &actor, &id).await })).await?;
    Ok(Reply(WebhookOut::new(owned)))
}

/// Updating a webhook.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
    params: Params,
) -> Result<Written<WebhookOut>> {
    let given = given(&params)?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let owned = webhook::update(tx, &actor, &app.keys, &id, given).await?;
            Ok(WebhookOut::new(owned))
        })
    })
    .await
}

/// Deleting a webhook.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
) -> Result<Written<WebhookOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let owned = webhook::delete(tx, &actor, &id).await?;
            Ok(WebhookOut::new(owned))
        })
    })
    .await
}

/// Asking a webhook's endpoint to confirm again.
pub async fn verify(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
) -> Result<Written<WebhookOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let owned = webhook::verify(tx, &actor, &id).await?;
            Ok(WebhookOut::new(owned))
        })
    })
    .await
}

fn state(params: &Params) -> Result<Option<DeliveryState>> {
    let unknown = |_| Error::bad("state", Fault::one_of(&["pending", "delivered", "parked"]));
    Ok(params.text("state")?.map(|text| text.parse().map_err(unknown)).transpose()?)
}

/// Getting a webhook's deliveries, newest first.
pub async fn deliveries(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
    params: Params,
) -> Result<Paged<DeliveryOut>> {
    let page = page(&params)?;
    let state = state(&params)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { delivery::list(tx, &actor, &id, state, page).await })).await?;
    Ok(Paged::new(listed, page, DeliveryOut::from))
}

/// Getting a delivery from its id.
pub async fn delivery(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, name)): Id<(WebhookId, DeliveryId)>,
) -> Result<Reply<DetailOut>> {
    let detail = app.db.read(move |tx| Box::pin(async move { delivery::find(tx, &actor, &id, &name).await })).await?;
    Ok(Reply(detail.into()))
}

/// Sending a delivery again.
pub async fn resend(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, name)): Id<(WebhookId, DeliveryId)>,
) -> Result<Written<DetailOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(delivery::resend(tx, &actor, &id, &name).await?.into()) })).await
}

/// Sending every delivery again that was made since a time, of one state when given.
pub async fn resend_since(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
    params: Params,
) -> Result<Written<ResentOut>> {
    let since = params.time("since")?.ok_or_else(|| Error::bad("since", Fault::required()))?;
    let state = state(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let count = delivery::resend_since(tx, &actor, &id, since, state).await?;
            Ok(ResentOut { count })
        })
    })
    .await
}

/// Sending the journal again from a position on.
pub async fn replay(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<WebhookId>,
    params: Params,
) -> Result<Written<WebhookOut>> {
    let from = params.integer("from")?.ok_or_else(|| Error::bad("from", Fault::required()))?;
    let timeline = params.text("timeline")?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            delivery::replay(tx, &actor, &id, from, timeline).await?;
            Ok(WebhookOut::new(webhook::find(tx, &actor, &id).await?))
        })
    })
    .await
}
