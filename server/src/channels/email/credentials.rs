//! `/1.0/content_sources/{id}/email_credentials` and `/mailboxes`: names and passwords are tried at the servers before they
//! are kept, and the server says which mailboxes there are.

use axum::extract::State;
use model::SourceId;
use schemars::JsonSchema;
use serde::Serialize;
use store::Tx;
use store::source::Source;

use super::door::Door;
use super::imap::{Session, Step, Trouble};
use super::smtp::{Smtp, Stage};
use super::{fetch, posts};
use crate::app::App;
use crate::domain::source::{self, Login, Logins};
use crate::domain::{Actor, Error, credential, mail_settings};
use crate::http::answer::write;
use crate::http::api::content_source::SourceOut;
use crate::http::{Caller, Id, Params, Reply, Result, Written};

/// Updating the credentials of an e-mail source.
pub(crate) async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
    params: Params,
) -> Result<Written<SourceOut>> {
    let logins = Logins { imap: login(&params, "imap")?, smtp: login(&params, "smtp")? };
    let Planned { source, imap, smtp } = planned(&app, &actor, &id, &logins).await?;
    let given = |login: &Login| login.username.is_some() || login.password.is_some();
    if given(&logins.imap) {
        open(&app, &source, logins.imap.password.clone().or(imap).unwrap_or_default()).await?.close().await;
    }
    if given(&logins.smtp) {
        knock(&app, &source, logins.smtp.password.clone().or(smtp).unwrap_or_default()).await?;
    }
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(source::keep_logins(tx, &actor, &app.keys, &id, &logins).await?.into()) })
    })
    .await
}

fn login(params: &Params, name: &str) -> Result<Login> {
    let Some(map) = params.map(name)? else { return Ok(Login::default()) };
    let inner = Params::from(map);
    Ok(Login { username: inner.text("username")?, password: inner.text("password")? })
}

/// The source as it would be, with the secrets that it signs in with now.
struct Planned {
    source: Source,
    imap: Option<String>,
    smtp: Option<String>,
}

async fn planned(app: &App, actor: &Actor, id: &SourceId, logins: &Logins) -> Result<Planned> {
    let (actor, id, logins, keys) = (actor.clone(), id.clone(), logins.clone(), app.clone());
    let planned = app.db.read(move |tx: &mut Tx| {
        Box::pin(async move {
            let source = source::with_logins(tx, &actor, &id, &logins).await?;
            let imap = credential::open(tx, &keys.keys, &source.id, mail_settings::login_secret(&source)).await?;
            let smtp = credential::open(tx, &keys.keys, &source.id, mail_settings::smtp_secret(&source)).await?;
            Ok::<_, Error>(Planned { source, imap, smtp })
        })
    });
    Ok(planned.await?)
}

/// Tries whether the server that mails go out by lets somebody in.
async fn knock(app: &App, source: &Source, secret: String) -> Result<()> {
    if source.setting("smtp_address").is_none() {
        return Err(Error::missing("smtp_address").into());
    }
    let opened = Smtp::open(&app.http, &Door::smtp(source, secret), &posts::greeting(source)).await;
    let session = opened.map_err(|broken| {
        let code = if broken.stage == Stage::Login { "smtp_login_failed" } else { "smtp_not_reached" };
        let text = broken.code.map_or_else(|| broken.text.clone(), |code| format!("{code} {}", broken.text));
        Error::Unprocessable(code, text.into())
    })?;
    session.close().await;
    Ok(())
}

async fn open(app: &App, source: &Source, secret: String) -> Result<Session> {
    if source.setting("imap_address").is_none() {
        return Err(Error::missing("imap_address").into());
    }
    if mail_settings::login_secret(source) == "imap_password" {
        return Ok(Session::open(&app.http, &Door::imap(source, secret)).await.map_err(refused)?);
    }
    let mut door = fetch::door(app, source).await.map_err(|stop| refused(stop.told()))?;
    Ok(fetch::enter(app, source, &mut door).await.map_err(|stop| refused(stop.told()))?)
}

/// What it means that a mailbox could not be opened.
pub(super) fn refused(trouble: Trouble) -> Error {
    let code = if trouble.step == Step::Login && (trouble.said || trouble.passing) {
        "imap_login_failed"
    } else {
        "imap_not_reached"
    };
    Error::Unprocessable(code, trouble.text.into())
}

/// The mailboxes of an e-mail source.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceMailboxes")]
pub(crate) struct MailboxesOut {
    /// Their names, the inbox first.
    mailboxes: Vec<String>,
}

/// Getting the mailboxes that a source's server has.
pub(crate) async fn mailboxes(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
) -> Result<Reply<MailboxesOut>> {
    let Planned { source, imap, .. } = planned(&app, &actor, &id, &Logins::default()).await?;
    let mut session = open(&app, &source, imap.unwrap_or_default()).await?;
    let found = session.mailboxes().await;
    session.close().await;
    Ok(Reply(MailboxesOut { mailboxes: found.map_err(refused)? }))
}
