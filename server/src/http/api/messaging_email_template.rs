//! `/1.0/messaging_email_templates`: the words of the mails to visitors. An extension.

use axum::extract::State;
use model::{MailTemplateId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::mail_template::MailTemplate;

use crate::app::App;
use crate::domain::mail_template::{self, TemplateIn};
use crate::domain::mail_words::{self, BUILT_IN, NAMES, ROW, Said, Wording};
use crate::domain::unread_mail;
use crate::http::answer::{asked, write};
use crate::http::api::mail_delivery::MailOut;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A template as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingEmailTemplate")]
pub struct TemplateOut {
    created_at: Timestamp,
    html: String,
    id: MailTemplateId,
    language: String,
    subject: String,
    updated_at: Timestamp,
}

impl From<MailTemplate> for TemplateOut {
    fn from(template: MailTemplate) -> Self {
        let MailTemplate { id, language, subject, html, created_at, updated_at } = template;
        Self { created_at, html, id, language, subject, updated_at }
    }
}

/// Words in a language.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingEmailWords")]
struct WordsOut {
    /// What a mail says.
    html: String,
    language: String,
    /// What it is about.
    subject: String,
}

impl From<Wording> for WordsOut {
    fn from(Wording { language, subject, html }: Wording) -> Self {
        Self { html, language, subject }
    }
}

/// What templates are made of.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingEmailBasis")]
pub struct BasisOut {
    /// The words where there is no template.
    built_in: Vec<WordsOut>,
    /// The names that can stand in subject and HTML.
    placeholders: Vec<&'static str>,
    /// Those that can stand for each of the `messages`.
    message_placeholders: Vec<&'static str>,
    /// Whether this server sends mails.
    sends: bool,
}

/// A mail with made-up values.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingEmailPreview")]
pub struct PreviewOut {
    /// The whole of it in HTML, made safe.
    html: String,
    subject: String,
    /// The same without HTML.
    text: String,
}

impl From<Said> for PreviewOut {
    fn from(Said { subject, text, html }: Said) -> Self {
        Self { html, subject, text }
    }
}

fn read(params: &Params) -> Result<TemplateIn> {
    Ok(TemplateIn {
        language: params.given("language")?,
        subject: params.given("subject")?,
        html: params.given("html")?,
    })
}

/// Getting the templates, by their languages.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<TemplateOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { mail_template::list(tx, page).await })).await?;
    Ok(Paged::new(listed, page, TemplateOut::from))
}

/// Getting what templates are made of.
pub async fn basis(State(app): State<App>) -> Result<Reply<BasisOut>> {
    Ok(Reply(BasisOut {
        built_in: BUILT_IN.iter().map(|language| mail_words::built_in(language).into()).collect(),
        placeholders: NAMES.values.to_vec(),
        message_placeholders: ROW.values.to_vec(),
        sends: app.config.mail.is_some(),
    }))
}

/// Getting a template from its id.
pub async fn show(State(app): State<App>, Id(id): Id<MailTemplateId>) -> Result<Reply<TemplateOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { mail_template::find(tx, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a template.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TemplateOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(mail_template::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a template.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<MailTemplateId>,
    params: Params,
) -> Result<Written<TemplateOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(mail_template::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a template.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<MailTemplateId>,
) -> Result<Written<TemplateOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(mail_template::delete(tx, &actor, &id).await?.into()) })).await
}

/// Looking at words with made-up values.
pub async fn preview(State(app): State<App>, params: Params) -> Result<Written<PreviewOut>> {
    let (given, url) = (read(&params)?, app.config.public_url.clone());
    let said = app.db.read(move |tx| Box::pin(async move { mail_template::preview(tx, given, &url).await })).await?;
    Ok(asked(said.into()))
}

/// Sending words with made-up values to an address.
pub async fn try_out(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<MailOut>> {
    let (given, to): (TemplateIn, String) = (read(&params)?, params.required("to")?);
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(unread_mail::try_out(tx, &actor, app.pen(), given, &to).await?.into()) })
    })
    .await
}
