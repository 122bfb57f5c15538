//! `/1.0/mail_deliveries`: what became of the mails that the server sends; all of it is an extension. What a mail says is
//! told to nobody but its recipient: it may hold what opens an account.

use axum::extract::State;
use mail::{Security, Server, Way};
use model::{DeliveryState, MailId, MailKind, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::mail_delivery::{MailAttempt, MailDelivery};

use crate::app::App;
use crate::domain::mail::{self as mails, Detail};
use crate::domain::{Error, Fault};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A try at a mail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailAttempt")]
struct AttemptOut {
    /// What the server answered when it took the mail.
    answer: Option<String>,
    at: Timestamp,
    /// The code of the server's refusal.
    code: Option<i64>,
    duration_ms: i64,
    error: Option<String>,
}

impl From<MailAttempt> for AttemptOut {
    fn from(attempt: MailAttempt) -> Self {
        let MailAttempt { mail_id: _, number: _, at, code, error, answer, duration_ms } = attempt;
        Self { answer, at, code, duration_ms, error }
    }
}

/// A mail as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailDelivery")]
pub struct MailOut {
    attempts: Vec<AttemptOut>,
    attempts_count: i64,
    created_at: Timestamp,
    delivered_at: Option<Timestamp>,
    expires_at: Timestamp,
    id: MailId,
    /// What it is sent for.
    kind: MailKind,
    next_attempt_at: Option<Timestamp>,
    /// The address that it goes to.
    recipient: String,
    /// Who has that address.
    recipient_name: Option<String>,
    state: DeliveryState,
    /// What it is about.
    subject: String,
    /// The user whom it is for; null when it is for nobody of the desk.
    user_id: Option<UserId>,
}

impl From<Detail> for MailOut {
    fn from(Detail { mail, attempts }: Detail) -> Self {
        let MailDelivery { id, kind, user_id, recipient, recipient_name, subject, state, attempts_count, .. } = mail;
        let MailDelivery { next_attempt_at, expires_at, delivered_at, created_at, .. } = mail;
        Self {
            attempts: attempts.into_iter().map(AttemptOut::from).collect(),
            attempts_count,
            created_at,
            delivered_at,
            expires_at,
            id,
            kind,
            next_attempt_at: Some(next_attempt_at).filter(|_| state == DeliveryState::Pending),
            recipient,
            recipient_name,
            state,
            subject,
            user_id,
        }
    }
}

/// How mails are sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailSender")]
pub struct SenderOut {
    /// The address that mails come from; null where none are sent.
    from: Option<String>,
    /// How the connection to the server is guarded.
    #[schemars(extend("enum" = ["none", "starttls", "tls", null]))]
    security: Option<&'static str>,
    /// The server that takes them, and its port.
    server: Option<String>,
    /// Where mails go; null where none are sent.
    #[schemars(extend("enum" = ["smtp", "folder", null]))]
    way: Option<&'static str>,
}

/// Getting how mails are sent.
pub async fn sender(State(app): State<App>) -> Result<Reply<SenderOut>> {
    let from = app.config.mail.as_ref().map(|mail| mail.from.address());
    let (way, server) = match app.config.mail.as_ref().map(|mail| &mail.way) {
        Some(Way::Smtp(server)) => (Some("smtp"), Some(server)),
        Some(Way::Folder(_)) => (Some("folder"), None),
        None => (None, None),
    };
    let security = server.map(|server| match server.security {
        Security::None => "none",
        Security::Starttls => "starttls",
        Security::Tls => "tls",
    });
    let server = server.map(|Server { host, port, .. }| format!("{host}:{port}"));
    Ok(Reply(SenderOut { from, security, server, way }))
}

/// Getting mails, newest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<MailOut>> {
    let page = page(&params)?;
    let unknown = |_| Error::bad("state", Fault::one_of(&["pending", "delivered", "parked"]));
    let state = params.text("state")?.map(|text| text.parse().map_err(unknown)).transpose()?;
    let listed = app.db.read(move |tx| Box::pin(async move { mails::list(tx, state, page).await })).await?;
    Ok(Paged::new(listed, page, MailOut::from))
}

/// Getting a mail from its id.
pub async fn show(State(app): State<App>, Id(id): Id<MailId>) -> Result<Reply<MailOut>> {
    let detail = app.db.read(move |tx| Box::pin(async move { mails::find(tx, &id).await })).await?;
    Ok(Reply(detail.into()))
}

/// Sending a mail to oneself.
pub async fn try_out(State(app): State<App>, Caller(actor): Caller) -> Result<Written<MailOut>> {
    write(&app, move |app, tx| Box::pin(async move { Ok(mails::try_out(tx, &actor, app.pen()).await?.into()) })).await
}

/// Sending a mail again.
pub async fn resend(State(app): State<App>, Caller(actor): Caller, Id(id): Id<MailId>) -> Result<Written<MailOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(mails::resend(tx, &actor, &id).await?.into()) })).await
}
