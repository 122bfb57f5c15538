//! Words of one's own for the mails to visitors: one template for a language.

use model::MailTemplateId;
use store::mail_template::{self, MailTemplate};
use store::source::Source;
use store::{Filter, Listed, Page, Tx};

use crate::base::{Actor, Change, Error, Fault, Result, checks::checked_locale, note_change};
use crate::setup::mail_words::{self, BUILT_IN, Ready, Said, Wording};
use crate::setup::settings;

/// How many there are at the most.
const TEMPLATES_MAX: usize = 50;
/// What the journal calls one.
const RESOURCE: &str = "mobile_messaging.email_notifications.template";

/// What can be said of a template; what is absent stays as it is, or as it is built in.
#[derive(Clone, Debug, Default)]
pub struct TemplateIn {
    /// Its language.
    pub language: Option<String>,
    /// What a mail is about.
    pub subject: Option<String>,
    /// What it says, in HTML.
    pub html: Option<String>,
}

/// Lists the templates, by their languages.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<MailTemplate>> {
    Ok(tx.list(Filter::default(), "language, id", page).await?)
}

/// Finds a template.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &MailTemplateId) -> Result<MailTemplate> {
    mail_template::find(tx, id).await?.ok_or(Error::NotFound("template"))
}

/// Makes a template.
///
/// # Errors
/// 422 when a value is not acceptable, the language has one already, or there are too many.
pub async fn create(tx: &mut Tx, actor: &Actor, given: TemplateIn) -> Result<MailTemplate> {
    let words = words(given)?;
    mail_words::checked(&words)?;
    let known: Listed<MailTemplate> = list(tx, Page { offset: 0, limit: 1 }).await?;
    if known.count >= TEMPLATES_MAX as i64 {
        return Err(Error::invalid("language", Fault::too_many(TEMPLATES_MAX)));
    }
    let now = tx.now();
    let Wording { language, subject, html } = words;
    let id = MailTemplateId::new(now);
    let template = MailTemplate { id, language, subject, html, created_at: now, updated_at: now };
    tx.insert(&template).await.map_err(|e| Error::taken(e, "language"))?;
    note_change(tx, Some(actor), RESOURCE, template.id.as_str(), Change::Created);
    Ok(template)
}

/// Changes a template.
///
/// # Errors
/// 404; 422 when a value is not acceptable.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &MailTemplateId, given: TemplateIn) -> Result<MailTemplate> {
    let known = mail_template::lock(tx, id).await?.ok_or(Error::NotFound("template"))?;
    let language = given.language.unwrap_or(known.language);
    let Wording { language, subject, html } = words(TemplateIn {
        language: Some(language),
        subject: given.subject.or(Some(known.subject)),
        html: given.html.or(Some(known.html)),
    })?;
    let template = MailTemplate { language, subject, html, updated_at: tx.now(), ..known };
    mail_words::checked(&wording(&template))?;
    tx.update(&template).await.map_err(|e| Error::taken(e, "language"))?;
    note_change(tx, Some(actor), RESOURCE, template.id.as_str(), Change::Updated);
    Ok(template)
}

/// Removes a template: the built-in words are in use again.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &MailTemplateId) -> Result<MailTemplate> {
    let template = mail_template::lock(tx, id).await?.ok_or(Error::NotFound("template"))?;
    tx.delete::<MailTemplate>(id.as_str()).await?;
    note_change(tx, Some(actor), RESOURCE, template.id.as_str(), Change::Deleted);
    Ok(template)
}

/// What words say, with made-up values and a link to `url`.
///
/// # Errors
/// 422 when they are not acceptable.
pub async fn preview(tx: &mut Tx, given: TemplateIn, url: &str) -> Result<Said> {
    let words = words(given)?;
    let ready = mail_words::checked(&words)?;
    let settings = settings::load(tx).await?;
    let (now, zone) = (tx.now(), settings.zone());
    let desk = settings.get(&settings::NAME);
    Ok(ready.say(&mail_words::sample(&desk, url, now, &zone, language_of(&words.language))))
}

/// The words for somebody who speaks a language: the template of it, what is built in, the template of the source's
/// language, English.
pub(crate) async fn choose(tx: &mut Tx, source: &Source, language: &str) -> Result<Ready> {
    let wide = language_of(language);
    let fallback = source.setting("default_content_language").unwrap_or("en");
    let built_in = BUILT_IN.contains(&wide).then_some(wide);
    for (name, is_built_in) in [(language, false), (wide, built_in.is_some()), (fallback, false), ("en", true)] {
        let words = match mail_template::of_language(tx, name).await? {
            Some(template) => wording(&template),
            None if is_built_in => mail_words::built_in(name),
            None => continue,
        };
        // One from before a name was taken away would stop all mails.
        if let Ok(ready) = mail_words::checked(&words) {
            return Ok(ready);
        }
    }
    mail_words::checked(&mail_words::built_in("en"))
}

/// A language without its region.
fn language_of(code: &str) -> &str {
    code.split(['-', '_']).next().unwrap_or(code)
}

fn words(given: TemplateIn) -> Result<Wording> {
    let language = given.language.ok_or_else(|| Error::missing("language"))?;
    let language = checked_locale("language", &language)?;
    let built_in = mail_words::built_in(language_of(&language));
    let (subject, html) = (given.subject.unwrap_or(built_in.subject), given.html.unwrap_or(built_in.html));
    Ok(Wording { language, subject, html })
}

fn wording(template: &MailTemplate) -> Wording {
    let MailTemplate { language, subject, html, .. } = template.clone();
    Wording { language, subject, html }
}
