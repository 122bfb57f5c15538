//! A lane for each webhook: asks its endpoint to confirm, takes the deliveries that are due, sends them, and notes how they
//! went when it takes more. What is to be done to many deliveries it does some at a time, before it takes any. A delivery that was sent before its process died is sent again with the same ids.

use std::sync::Arc;
use std::time::Instant;

use model::{DeliveryId, WebhookId, WebhookStatus};
use safe_http::{HeaderName, HeaderValue, Request};
use store::journal::{self, Entry};
use store::webhook::{Delivery, Webhook};
use store::{Json, setting};

use super::engine::{Kind, Next};
use crate::app::App;
use crate::crypto;
use crate::domain::delivery::{self, Outcome, Plan, Taker, envelope};
use crate::domain::webhook::opened;
use crate::domain::{Error, Result};
use crate::worker::wakes::{Bell, Wakes};

/// The header that carries a webhook's secret.
const SECRET: HeaderName = HeaderName::from_static("x-dimelo-secret");
/// How many bytes of an answer are kept.
const KEPT: usize = 1024;

/// The lanes of webhooks.
#[derive(Clone)]
pub(super) struct Webhooks {
    app: App,
    wakes: Wakes,
    domain_id: Arc<str>,
}

/// A delivery to send.
#[derive(Clone)]
pub(super) struct Item {
    webhook: Arc<Webhook>,
    delivery: Delivery,
    /// It is the one try of a suspended webhook.
    probe: bool,
}

impl Kind for Webhooks {
    type Key = WebhookId;
    type Item = Item;
    type Id = DeliveryId;
    type Outcome = Outcome;
    const NAME: &'static str = "webhooks";
    const AT_ONCE: usize = 8;

    async fn begin(app: App, wakes: Wakes) -> Result<Self> {
        let process = app.process.clone();
        let prepared = app.db.write(move |tx| {
            Box::pin(async move {
                store::webhook::end_leases(tx, &process.name, process.former.as_deref()).await?;
                Ok::<_, Error>(setting::get(tx, "domain_id").await?)
            })
        });
        let domain_id = prepared.await?.unwrap_or_default().into();
        Ok(Self { app, wakes, domain_id })
    }

    fn app(&self) -> &App {
        &self.app
    }

    fn bell(&self) -> &Bell<WebhookId> {
        &self.wakes.webhooks
    }

    async fn keys(&self) -> Result<Vec<WebhookId>> {
        let all = self.app.db.read(|tx| Box::pin(store::webhook::at_work(tx))).await.map_err(Error::Store)?;
        Ok(all.into_iter().map(|webhook| webhook.id).collect())
    }

    async fn next(&self, id: &WebhookId) -> Result<Next> {
        let key = id.clone();
        let plan = self.app.db.read(move |tx| Box::pin(async move { delivery::plan(tx, &key).await })).await?;
        Ok(match plan {
            Plan::End => Next::End,
            Plan::Ask(webhook) => {
                self.ask(*webhook).await?;
                Next::Again
            }
            Plan::Sweep => {
                let id = id.clone();
                self.app.db.write(move |tx| Box::pin(async move { delivery::sweep_on(tx, &id).await })).await?;
                Next::Again
            }
            Plan::Replay => {
                let id = id.clone();
                self.app.db.write(move |tx| Box::pin(async move { delivery::replay_on(tx, &id).await })).await?;
                Next::Again
            }
            Plan::Turn => Next::Turn,
            Plan::Wait(until) => Next::Wait(until),
        })
    }

    async fn take(
        &self,
        id: &WebhookId,
        outcomes: Vec<Outcome>,
        busy: Vec<DeliveryId>,
        room: usize,
    ) -> Result<Option<Vec<Item>>> {
        let (id, taker) = (id.clone(), Taker { process: self.app.process.name.clone(), busy });
        let turn = self
            .app
            .db
            .write(move |tx| Box::pin(async move { delivery::take_turn(tx, &id, &taker, outcomes, room).await }));
        let taken = turn.await?;
        let Some(webhook) = taken.webhook else { return Ok(None) };
        if taken.changed {
            tell(&webhook);
        }
        let webhook = Arc::new(webhook);
        let item = |delivery| Item { webhook: webhook.clone(), delivery, probe: taken.probe };
        Ok(Some(taken.deliveries.into_iter().map(item).collect()))
    }

    fn id(item: &Item) -> DeliveryId {
        item.delivery.id.clone()
    }

    async fn work(&self, item: Item) -> Option<Outcome> {
        deliver(&self.app, &item.webhook, &self.domain_id, item.delivery, item.probe).await
    }

    async fn renew(&self, item: &Item) -> Result<()> {
        let (id, process) = (item.delivery.id.clone(), self.app.process.name.clone());
        self.app.db.write(move |tx| Box::pin(async move { delivery::renew(tx, &id, &process).await })).await
    }
}

impl Webhooks {
    async fn ask(&self, webhook: Webhook) -> Result<()> {
        let outcome = ask(&self.app, &webhook).await;
        if let Err(reason) = &outcome {
            tracing::warn!(webhook = %webhook.id, reason, "the endpoint did not confirm: the webhook is switched off");
        }
        self.app.db.write(move |tx| Box::pin(async move { delivery::note_answer(tx, &webhook, outcome).await })).await
    }
}

/// Says in the log that a webhook begins or ceases to rest.
fn tell(webhook: &Webhook) {
    if webhook.status == WebhookStatus::Suspended {
        let reason = webhook.status_reason.as_deref().unwrap_or_default();
        tracing::warn!(webhook = %webhook.id, reason, "the webhook is suspended: its deliveries wait");
    } else {
        tracing::info!(webhook = %webhook.id, "the webhook takes deliveries again");
    }
}

/// Asks an endpoint to confirm (`docs/webhooks/create.md`): it must answer 200 with the challenge as its body.
async fn ask(app: &App, webhook: &Webhook) -> std::result::Result<(), String> {
    let challenge = crypto::random_hex(16);
    let token = opened(&app.keys, webhook.id.as_str(), webhook.verify_token.as_deref()).unwrap_or_default();
    let query = [("hub.mode", "subscribe"), ("hub.challenge", &challenge), ("hub.verify_token", &token)];
    let request = Request::get(&webhook.url).query(&query);
    let answer = app.http.send(with_headers(app, webhook, request)?).await.map_err(|e| e.to_string())?;
    if answer.status != 200 {
        return Err(format!("the endpoint answered the challenge with {}, not 200", answer.status));
    }
    if String::from_utf8_lossy(&answer.body).trim() != challenge {
        return Err("the endpoint answered 200, but its body is not the challenge".into());
    }
    Ok(())
}

/// Sends a delivery; any 2xx acknowledges it. Only what the webhook's user may still read is sent: a delivery of which
/// nothing is left is over without a request. Gives nothing when the database does not give its events: the lease
/// ends then, and it is tried again.
async fn deliver(app: &App, webhook: &Webhook, domain_id: &str, delivery: Delivery, probe: bool) -> Option<Outcome> {
    let Delivery { id: delivery_id, positions, .. } = delivery;
    let read = entries_of(app, webhook, positions).await;
    let read = read.inspect_err(|error| tracing::error!(%error, "reading the events of a delivery"));
    let (entries, timeline) = read.ok()?;
    let body = envelope(delivery_id.as_str(), domain_id, &timeline, &entries).to_string();
    let (at, started) = (app.db.clock().now(), Instant::now());
    if entries.is_empty() {
        let (status_code, error, response) = (None, None, None);
        return Some(Outcome { delivery_id, probe, at, status_code, error, duration_ms: 0, response });
    }
    let answer = match with_headers(app, webhook, Request::post(&webhook.url, body)) {
        Ok(request) => app.http.send(request).await.map_err(|e| e.to_string()),
        Err(error) => Err(error),
    };
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (status_code, error, response) = match answer {
        Ok(answer) => {
            let error = (!(200..300).contains(&answer.status)).then(|| format!("answered {}, not 2xx", answer.status));
            let kept = &answer.body[..answer.body.len().min(KEPT)];
            (Some(answer.status), error, Some(String::from_utf8_lossy(kept).into_owned()))
        }
        Err(error) => (None, Some(error), None),
    };
    app.meters.delivery(error.is_none());
    if let Some(error) = &error {
        tracing::warn!(webhook = %webhook.id, delivery = %delivery_id, error, "a delivery failed");
    }
    Some(Outcome { delivery_id, probe, at, status_code, error, duration_ms, response })
}

/// The entries at these positions that the webhook's user may read now, and the journal's timeline.
async fn entries_of(app: &App, webhook: &Webhook, positions: Json<Vec<i64>>) -> Result<(Vec<Entry>, String)> {
    // Kept until the administration changes, as those behind tokens are.
    let (key, asked) = (format!("reader {}", webhook.user_id), webhook.clone());
    let load = app.access.get(&app.db, key, move |tx| Box::pin(async move { delivery::reader(tx, &asked).await }));
    let reader = load.await?;
    let read = app.db.read(move |tx| {
        Box::pin(async move { Ok::<_, Error>((journal::at(tx, &positions).await?, journal::end(tx).await?)) })
    });
    let (mut entries, end) = read.await?;
    entries.retain(|entry| reader.sees_entry(entry));
    Ok((entries, end.timeline))
}

fn with_headers(app: &App, webhook: &Webhook, request: Request) -> std::result::Result<Request, String> {
    let json = HeaderValue::from_static("application/json");
    let request = request.header(HeaderName::from_static("content-type"), json).ignore_tls_validity(webhook.ignore_ssl);
    let Some(sealed) = &webhook.secret else { return Ok(request) };
    let secret = opened(&app.keys, webhook.id.as_str(), Some(sealed));
    let value = secret.and_then(|secret| HeaderValue::from_str(&secret).ok());
    match value {
        Some(mut value) => {
            value.set_sensitive(true);
            Ok(request.header(SECRET, value))
        }
        // Better no request than one that the receiver cannot tell from a stranger's.
        None => Err("the secret of this webhook cannot be read with the server's key: set it again".into()),
    }
}
