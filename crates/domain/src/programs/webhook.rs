//! Webhooks: who is told of what (`docs/webhooks/create.md`). How the telling goes is in `delivery`.

use crypto::Keys;
use model::{AccessTokenId, DeliveryState, EventType, Permission, SourceId, UserId, WebhookId, WebhookStatus};
use safe_http::check_url;
use store::access_token::AccessToken;
use store::webhook::{self, Webhook};
use store::{Json, Listed, Page, Tx, journal, params, webhook_sweep};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change, sight};
use crate::desk::gifts;

/// What a caller may set of a webhook; `None` leaves it as it is. An empty secret or token takes it away.
#[derive(Clone, Debug, Default)]
pub struct WebhookIn {
    /// The API token that it belongs to.
    pub access_token_id: Option<AccessTokenId>,
    /// Switched on.
    pub active: Option<bool>,
    /// Its name.
    pub name: Option<String>,
    /// Of a staging environment.
    pub staging_use: Option<bool>,
    /// Certificates are not checked.
    pub ignore_ssl: Option<bool>,
    /// Where events are sent.
    pub url: Option<String>,
    /// What the challenge carries.
    pub verify_token: Option<String>,
    /// What every request carries.
    pub secret: Option<String>,
    /// The events that it is told of.
    pub registered_events: Option<Vec<String>>,
    /// `all_except` or `none_except`.
    pub sources_strategy: Option<String>,
    /// The sources of the strategy.
    pub source_ids: Option<Vec<SourceId>>,
    /// What has waited is sent when this switches it on, or is parked.
    pub send_waiting: Option<bool>,
}

/// A webhook with the API token that it belongs to.
#[derive(Clone, Debug)]
pub struct Owned {
    /// The webhook.
    pub webhook: Webhook,
    /// Its token; none when it was made in the console, or when the token was removed.
    pub token: Option<AccessToken>,
    /// How many of its deliveries wait.
    pub waiting: i64,
    /// How many are parked.
    pub parked: i64,
}

/// Lists the webhooks that the caller may see, active ones first: just those that [`find`] finds.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Owned>> {
    let mut owners = vec![actor.user.id.clone()];
    if actor.can(Permission::ManageApiAccessTokens) {
        let all = webhook::owners(tx).await?;
        owners = gifts::opened_of(tx, actor, all).await?;
    }
    let listed = webhook::list(tx, &owners, page).await?;
    let mut records = Vec::with_capacity(listed.records.len());
    for webhook in listed.records {
        records.push(owned(tx, actor, webhook).await?);
    }
    Ok(Listed { count: listed.count, records })
}

/// Finds a webhook that the caller may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &WebhookId) -> Result<Owned> {
    let found = webhook::find(tx, id).await?;
    let webhook = permitted(tx, actor, found).await?;
    owned(tx, actor, webhook).await
}

/// Makes a webhook. The worker then asks its endpoint to confirm.
///
/// # Errors
/// 403 without an API token; 422 without a URL or events, when a value is not acceptable or the token has this
/// URL already.
pub async fn create(tx: &mut Tx, actor: &Actor, keys: &Keys, given: WebhookIn) -> Result<Owned> {
    let missing = |field: &'static str| move || Error::missing(field);
    given.url.as_ref().ok_or_else(missing("url"))?;
    if given.registered_events.is_none() {
        return Err(no_events());
    }
    let token = token_for(tx, actor, given.access_token_id.as_ref()).await?;
    let now = tx.now();
    let active = given.active.unwrap_or(true);
    let own = token.as_ref().filter(|_| given.access_token_id.is_some());
    let mut webhook = Webhook {
        id: WebhookId::new(now),
        name: String::new(),
        url: String::new(),
        access_token_id: token.as_ref().map(|t| t.id.clone()),
        user_id: own.map_or_else(|| actor.user.id.clone(), |t| t.user_id.clone()),
        active,
        staging_use: false,
        ignore_ssl: false,
        verify_token: None,
        secret: None,
        registered_events: Json::default(),
        sources_strategy: ALL_EXCEPT.into(),
        source_ids: Json::default(),
        status: if active { WebhookStatus::Unverified } else { WebhookStatus::Inactive },
        status_reason: None,
        recent_results: String::new(),
        suspended_until: None,
        suspensions: 0,
        replay_next: None,
        replay_last: None,
        listens_after: if active { Some(journal::head(tx).await?) } else { None },
        created_at: now,
        updated_at: now,
    };
    apply(tx, actor, keys, &mut webhook, given).await?;
    if webhook.name.is_empty() {
        let label = token.as_ref().map_or_else(|| actor.user.name(), |t| t.label.clone());
        webhook.name = text::beginning(&format!("{} {label}", host(&webhook.url)), 255).to_owned();
    }
    tx.insert(&webhook).await.map_err(|e| Error::taken(e, "url"))?;
    note_change(tx, Some(actor), "webhook", webhook.id.as_str(), Change::Created);
    owned(tx, actor, webhook).await
}

/// Changes a webhook. A new URL, token or secret, or switching it on, has its endpoint asked again. What came while it
/// was off is sent once the endpoint has confirmed; with `send_waiting` false it is parked.
///
/// # Errors
/// 404; 422 as for a new one.
pub async fn update(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &WebhookId, given: WebhookIn) -> Result<Owned> {
    let found = webhook::lock(tx, id).await?;
    let mut webhook = permitted(tx, actor, found).await?;
    let (switch, park) = (given.active, given.send_waiting == Some(false));
    let mut ask = apply(tx, actor, keys, &mut webhook, given).await?;
    match switch {
        Some(true) if !webhook.active => {
            ask = true;
            if park {
                webhook_sweep::park_all(tx, id).await?;
            }
        }
        Some(false) => {
            webhook.active = false;
            (webhook.status, webhook.status_reason) = (WebhookStatus::Inactive, None);
        }
        _ => {}
    }
    if ask && switch.unwrap_or(webhook.active) {
        ask_again(tx, &mut webhook).await?;
    }
    save(tx, actor, webhook).await
}

/// Has a webhook's endpoint asked again, and switches it on when it confirms.
///
/// # Errors
/// 404.
pub async fn verify(tx: &mut Tx, actor: &Actor, id: &WebhookId) -> Result<Owned> {
    let found = webhook::lock(tx, id).await?;
    let mut webhook = permitted(tx, actor, found).await?;
    ask_again(tx, &mut webhook).await?;
    save(tx, actor, webhook).await
}

/// Removes a webhook and what waits for it: nobody finds it any more. Its lane removes its deliveries.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &WebhookId) -> Result<Owned> {
    let found = webhook::lock(tx, id).await?;
    let webhook = permitted(tx, actor, found).await?;
    let owned = owned(tx, actor, webhook).await?;
    webhook::remove(tx, id).await?;
    note_change(tx, Some(actor), "webhook", id.as_str(), Change::Deleted);
    Ok(owned)
}

/// Stops the webhooks that belong to a token. They stay with their deliveries, for an operator to see.
pub(crate) async fn stop_those_of(tx: &mut Tx, actor: &Actor, token: &AccessTokenId, reason: &str) -> Result<()> {
    for mut webhook in webhook::active_of_token(tx, token).await? {
        webhook.active = false;
        (webhook.status, webhook.status_reason) = (WebhookStatus::Inactive, Some(reason.to_owned()));
        save(tx, actor, webhook).await?;
    }
    Ok(())
}

/// A webhook that the caller may see: their own, or with `manage_api_access_tokens` that of anybody who may not do
/// more than they may, because a webhook tells what its owner may read.
pub(crate) async fn permitted(tx: &mut Tx, actor: &Actor, found: Option<Webhook>) -> Result<Webhook> {
    let found = found.ok_or(Error::NotFound("webhook"))?;
    if found.user_id == actor.user.id || manages_for(tx, actor, &found.user_id).await? {
        return Ok(found);
    }
    Err(Error::NotFound("webhook"))
}

/// Whether the actor may look after what belongs to another user.
async fn manages_for(tx: &mut Tx, actor: &Actor, owner: &UserId) -> Result<bool> {
    if !actor.can(Permission::ManageApiAccessTokens) {
        return Ok(false);
    }
    Ok(!gifts::opened_of(tx, actor, vec![owner.clone()]).await?.is_empty())
}

/// How far waiting and parked deliveries are counted for whoever looks at a webhook.
const COUNTED_MAX: i64 = 10_000;

async fn owned(tx: &mut Tx, actor: &Actor, mut webhook: Webhook) -> Result<Owned> {
    webhook.source_ids = Json(sight::seen(actor, &webhook.source_ids));
    let token = match &webhook.access_token_id {
        Some(id) => tx.find("WHERE id = ?1", params![id]).await?,
        None => None,
    };
    let waiting = webhook::backlog(tx, &webhook.id, DeliveryState::Pending, COUNTED_MAX).await?;
    let parked = webhook::backlog(tx, &webhook.id, DeliveryState::Parked, COUNTED_MAX).await?;
    Ok(Owned { webhook, token, waiting, parked })
}

async fn save(tx: &mut Tx, actor: &Actor, mut webhook: Webhook) -> Result<Owned> {
    webhook.updated_at = tx.now();
    tx.update(&webhook).await.map_err(|e| Error::taken(e, "url"))?;
    note_change(tx, Some(actor), "webhook", webhook.id.as_str(), Change::Updated);
    owned(tx, actor, webhook).await
}

/// Nothing is sent until the endpoint has confirmed; the worker asks it as soon as this is committed.
async fn ask_again(tx: &mut Tx, webhook: &mut Webhook) -> Result<()> {
    webhook.active = true;
    if webhook.listens_after.is_none() {
        webhook.listens_after = Some(journal::head(tx).await?);
    }
    (webhook.status, webhook.status_reason) = (WebhookStatus::Unverified, None);
    webhook.suspended_until = None;
    Ok(())
}

/// The token that a new webhook belongs to: the one named, the caller's, or their oldest.
async fn token_for(tx: &mut Tx, actor: &Actor, named: Option<&AccessTokenId>) -> Result<Option<AccessToken>> {
    let manages = actor.can(Permission::ManageApiAccessTokens);
    if let Some(id) = named {
        let found = tx.find::<AccessToken>("WHERE id = ?1", params![id]).await?;
        let refused = || Error::invalid("access_token_id", Fault::not("one of your API access tokens"));
        let token = found.ok_or_else(refused)?;
        let may = token.user_id == actor.user.id || manages_for(tx, actor, &token.user_id).await?;
        return if may { Ok(Some(token)) } else { Err(refused()) };
    }
    if let Some(id) = &actor.token_id {
        return Ok(tx.find("WHERE id = ?1", params![id]).await?);
    }
    let clause = "WHERE user_id = ?1 AND enabled = ?2 ORDER BY id LIMIT 1";
    match tx.find::<AccessToken>(clause, params![actor.user.id, true]).await? {
        None if !manages => {
            Err(Error::forbidden(Reason::NoToken.says("a webhook belongs to an API access token, and you have none")))
        }
        found => Ok(found),
    }
}

/// Takes over what was given, checked; tells whether the endpoint must be asked again.
async fn apply(tx: &mut Tx, actor: &Actor, keys: &Keys, webhook: &mut Webhook, given: WebhookIn) -> Result<bool> {
    let WebhookIn { access_token_id: _, active: _, name, staging_use, ignore_ssl, url, .. } = &given;
    let mut ask = false;
    if let Some(name) = name {
        webhook.name = checked_name("name", name)?;
    }
    webhook.staging_use = staging_use.unwrap_or(webhook.staging_use);
    webhook.ignore_ssl = ignore_ssl.unwrap_or(webhook.ignore_ssl);
    if let Some(url) = url {
        let url = checked_url(url)?;
        ask |= url != webhook.url;
        webhook.url = url;
    }
    let owner = webhook.id.as_str();
    for (field, text, sealed) in [
        ("verify_token", &given.verify_token, &mut webhook.verify_token),
        ("secret", &given.secret, &mut webhook.secret),
    ] {
        let Some(text) = text else { continue };
        let text = checked_secret(field, text)?;
        if text != opened(keys, owner, sealed.as_deref()) {
            ask = true;
            *sealed = text.map(|t| keys.seal(owner, &t));
        }
    }
    if let Some(events) = given.registered_events {
        webhook.registered_events = Json(checked_events(events)?);
    }
    if let Some(strategy) = given.sources_strategy {
        webhook.sources_strategy = checked_strategy(strategy)?;
    }
    if let Some(ids) = given.source_ids {
        webhook.source_ids = Json(sight::kept(tx, actor, ids, &webhook.source_ids).await?);
    }
    Ok(ask)
}

/// A sealed text of a webhook, in plain.
#[must_use]
pub fn opened(keys: &Keys, owner: &str, sealed: Option<&str>) -> Option<String> {
    keys.open(owner, sealed?)
}

/// Every source but those named.
const ALL_EXCEPT: &str = "all_except";
/// No source but those named.
const NONE_EXCEPT: &str = "none_except";

/// Whether a webhook's strategy lets events of a source through; events without a source belong to none.
#[must_use]
pub fn lets_through(webhook: &Webhook, source: Option<&SourceId>) -> bool {
    let named = source.is_some_and(|id| webhook.source_ids.contains(id));
    if webhook.sources_strategy == NONE_EXCEPT { named } else { !named }
}

fn checked_strategy(text: String) -> Result<String> {
    match text.as_str() {
        ALL_EXCEPT | NONE_EXCEPT => Ok(text),
        _ => Err(Error::invalid("sources_strategy", Fault::form("all_except or none_except"))),
    }
}

fn checked_events(names: Vec<String>) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !EventType::registrable().contains(&name.as_str()) {
            let message = format!("{name:?} is not an event that can be registered; there are {}", names_of_events());
            let fault = Reason::Unknown.says(message).with("id", name.as_str());
            return Err(Error::invalid("registered_events", fault));
        }
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    if kept.is_empty() {
        return Err(no_events());
    }
    Ok(kept)
}

fn no_events() -> Error {
    let message = format!("must name at least one event: {}", names_of_events());
    Error::invalid("registered_events", Reason::Required.says(message))
}

fn names_of_events() -> String {
    EventType::told().map(EventType::as_str).collect::<Vec<_>>().join(", ")
}

/// The longest URL.
const LONGEST_URL: usize = 2000;

fn checked_url(text: &str) -> Result<String> {
    let text = text.trim();
    if text.len() > LONGEST_URL {
        return Err(Error::invalid("url", Reason::TooLarge.says("is too long (at most 2000 bytes)").with("max", 2000)));
    }
    check_url(text).map_err(|e| Error::invalid("url", Reason::Url.says(e.to_string())))?;
    Ok(text.to_owned())
}

/// What a header or the challenge can carry: printable ASCII, fewer than 256 characters.
fn checked_secret(field: &'static str, text: &str) -> Result<Option<String>> {
    if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Error::invalid(
            field,
            Reason::Characters.says("must contain only printable ASCII characters").with("allowed", "ASCII"),
        ));
    }
    if text.len() > 255 {
        return Err(Error::invalid(field, Fault::too_long(255)));
    }
    Ok(Some(text.to_owned()).filter(|t| !t.is_empty()))
}

fn host(url: &str) -> String {
    check_url(url).unwrap_or_default()
}
