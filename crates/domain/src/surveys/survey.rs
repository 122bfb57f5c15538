//! Surveys: those of a third party behind a bridge (`docs/sdks/survey-sdk`), and plain links.
//!
//! What is asked comes from the bridge when a survey is made, and again when it is changed; the caller fetches it
//! before, because no transaction waits for the network.

use crypto::Keys;
use model::{CategoryId, SourceId, SurveyId, TeamId};
use serde_json::Value;
use store::survey::{self, Choice, Question, Survey};
use store::{Json, Listed, Page, Tx, category, team};

use crate::base::{
    Actor, Change, Error, Fault, Reason, Result, checked_name,
    checks::{distinct, still_there},
    note_change, sight,
};
use crate::setup::source_settings::check_url;

/// What can be added to a survey's link (`docs/sdks/survey-sdk/quick-start.md`).
pub const URL_PARAMETERS: &[&str] = &["c", "u", "a", "sc", "ac", "dc"];
/// What customers read where nobody has said it.
const MESSAGE: &str = "How did we do? {{link}}";
/// Ten years: longer is a mistake.
const LONGEST: i64 = 10 * 366 * 86_400;
/// Most questions of a survey, and most choices of a question.
const MANY: usize = 200;

/// What is said of a survey; what is absent stays as it is, or has its default. An empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct SurveyIn {
    /// Its name for agents.
    pub name: Option<String>,
    /// In use.
    pub active: Option<bool>,
    /// Where customers answer it; for a survey without a bridge.
    pub link: Option<String>,
    /// As whom it is sent.
    pub from_name: Option<String>,
    /// What customers read.
    pub message: Option<String>,
    /// Interventions shorter than this (seconds) have it sent at once; none takes it back.
    pub instant_send_threshold: Option<Option<i64>>,
    /// Not sent when the customer's last word is older than this (seconds); none takes it back.
    pub max_time_since_last_reply: Option<Option<i64>>,
    /// Seconds between the end of an intervention and its sending.
    pub send_delay: Option<i64>,
    /// Only for interventions with one of these categories.
    pub category_ids: Option<Vec<CategoryId>>,
    /// Only for interventions of users of these teams.
    pub team_ids: Option<Vec<TeamId>>,
    /// Only on these sources.
    pub source_ids: Option<Vec<SourceId>>,
    /// What is asked, in the form of a bridge; for a survey without one.
    pub questions: Option<Vec<Value>>,
    /// The root of the bridge.
    pub bridge_url: Option<String>,
    /// The key that both sides show each other.
    pub secret: Option<String>,
    /// The bridge must show the key.
    pub verify_secret: Option<bool>,
    /// Answers are fetched from the bridge.
    pub polling: Option<bool>,
    /// The bridge may bring answers.
    pub realtime: Option<bool>,
    /// What is added to the link.
    pub url_parameters: Option<Vec<String>>,
}

/// What a bridge says of its survey.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where customers answer it.
    pub link: String,
    /// What is asked.
    pub questions: Vec<Question>,
}

impl Configuration {
    /// Reads a bridge's answer (`docs/sdks/survey-sdk/configuration-fetching.md`).
    ///
    /// # Errors
    /// 422 on `bridge_url` when a mandatory field is missing.
    pub fn read(answer: &Value) -> Result<Self> {
        let refuse = |message: &'static str| Error::invalid("bridge_url", Reason::OtherSide.says(message));
        let link = answer.get("link").and_then(Value::as_str).unwrap_or("").trim().to_owned();
        check_url("bridge_url", &link).map_err(|_| refuse("answers without a link"))?;
        let questions = answer.get("questions").and_then(Value::as_array);
        let questions = questions.ok_or_else(|| refuse("answers without questions"))?;
        Ok(Self { link, questions: read_questions("bridge_url", questions)? })
    }
}

/// Reads questions; one without an id or a text is left out, and so is a choice without a text.
fn read_questions(field: &'static str, questions: &[Value]) -> Result<Vec<Question>> {
    let text = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let read = questions.iter().filter_map(|question| {
        let choices = question.get("choices").and_then(Value::as_array).into_iter().flatten();
        let choices = choices.filter_map(|c| Some(Choice { text: text(c, "text")?, value: text(c, "value") }));
        let main = question
            .get("main")
            .is_some_and(|m| *m == Value::Bool(true) || m.as_str().and_then(params::truth) == Some(true));
        let foreign_id = text(question, "id").or_else(|| text(question, "foreign_id"))?;
        Some(Question { foreign_id, text: text(question, "text")?, main, choices: choices.take(MANY).collect() })
    });
    let questions: Vec<Question> = read.take(MANY).collect();
    if questions.iter().filter(|q| q.main).count() > 1 {
        return Err(Error::invalid(field, Reason::OnlyOne.says("has more than one main question")));
    }
    Ok(questions)
}

/// Lists surveys, oldest first, but for those that are on sources alone that the actor may not read.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Survey>> {
    let mut all: Vec<Survey> = tx.select("ORDER BY created_at, id", Vec::new()).await?;
    all.retain(|survey| !sight::is_hidden(actor, &survey.source_ids));
    let listed = page.of(all);
    Ok(Listed { count: listed.count, records: listed.records.into_iter().map(|s| shown(actor, s)).collect() })
}

/// Finds one of these surveys.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &SurveyId) -> Result<Survey> {
    Ok(shown(actor, seen(actor, survey::find(tx, id).await?)?))
}

/// Finds the survey for which a bridge brings something.
///
/// # Errors
/// 404.
pub async fn of_bridge(tx: &mut Tx, id: &SurveyId) -> Result<Survey> {
    survey::find(tx, id).await?.ok_or(Error::NotFound("survey"))
}

fn seen(actor: &Actor, found: Option<Survey>) -> Result<Survey> {
    let seen = |survey: &Survey| !sight::is_hidden(actor, &survey.source_ids);
    found.filter(seen).ok_or(Error::NotFound("survey"))
}

/// A survey with the sources that the actor sees.
fn shown(actor: &Actor, survey: Survey) -> Survey {
    Survey { source_ids: Json(sight::seen(actor, &survey.source_ids)), ..survey }
}

/// Finds and holds a survey that the actor may change. It writes to the customers of its sources, so it is for those
/// alone who may read all of them.
async fn held(tx: &mut Tx, actor: &Actor, id: &SurveyId) -> Result<Survey> {
    let survey = seen(actor, survey::find_locked(tx, id).await?)?;
    if sight::is_whole(actor, &survey.source_ids) {
        return Ok(survey);
    }
    Err(Error::forbidden(Reason::MoreThanYou.says("this survey is on sources that you may not read")))
}

/// Makes a survey, with what its bridge said of it.
///
/// # Errors
/// 422 without a name or a key, or when a value is not acceptable.
pub async fn create(
    tx: &mut Tx,
    actor: &Actor,
    keys: &Keys,
    given: SurveyIn,
    fetched: Option<Configuration>,
) -> Result<Survey> {
    let now = tx.now();
    let mut survey = Survey {
        id: SurveyId::new(now),
        name: String::new(),
        kind: "sdk".into(),
        active: true,
        link: String::new(),
        from_name: None,
        message: MESSAGE.into(),
        instant_send_threshold: None,
        max_time_since_last_reply: None,
        send_delay: 0,
        category_ids: Json::default(),
        team_ids: Json::default(),
        source_ids: Json::default(),
        questions: Json::default(),
        bridge_url: None,
        secret: String::new(),
        verify_secret: true,
        polling: false,
        realtime: false,
        url_parameters: Json::default(),
        polled_since: None,
        next_poll_at: now,
        created_at: now,
        updated_at: now,
    };
    if given.name.is_none() {
        return Err(Error::missing("name"));
    }
    apply(tx, actor, keys, &mut survey, given, fetched).await?;
    tx.insert(&survey).await?;
    note_change(tx, Some(actor), "survey", survey.id.as_str(), Change::Created);
    Ok(survey)
}

/// Changes a survey; what its bridge said of it now takes the place of what it said before.
///
/// # Errors
/// 404; 403 when it is on a source that the actor may not read; 422 when a value is not acceptable.
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    keys: &Keys,
    id: &SurveyId,
    given: SurveyIn,
    fetched: Option<Configuration>,
) -> Result<Survey> {
    let mut survey = held(tx, actor, id).await?;
    apply(tx, actor, keys, &mut survey, given, fetched).await?;
    survey.updated_at = tx.now();
    tx.update(&survey).await?;
    note_change(tx, Some(actor), "survey", id.as_str(), Change::Updated);
    Ok(survey)
}

/// Removes a survey with its responses. Gives it as it was.
///
/// # Errors
/// 404; 403 when it is on a source that the actor may not read.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &SurveyId) -> Result<Survey> {
    let survey = held(tx, actor, id).await?;
    tx.delete::<Survey>(id.as_str()).await?;
    note_change(tx, Some(actor), "survey", id.as_str(), Change::Deleted);
    Ok(survey)
}

/// The survey in use whose responses are to be fetched next.
pub async fn next_to_poll(tx: &mut Tx) -> Result<Option<Survey>> {
    Ok(survey::next_to_poll(tx).await?)
}

/// The key that a survey's bridge shows.
#[must_use]
pub fn secret(keys: &Keys, survey: &Survey) -> Option<String> {
    if survey.secret.is_empty() { Some(String::new()) } else { keys.open(survey.id.as_str(), &survey.secret) }
}

async fn apply(
    tx: &mut Tx,
    actor: &Actor,
    keys: &Keys,
    survey: &mut Survey,
    given: SurveyIn,
    fetched: Option<Configuration>,
) -> Result<()> {
    apply_texts(keys, survey, &given)?;
    apply_times(survey, &given)?;
    survey.active = given.active.unwrap_or(survey.active);
    survey.verify_secret = given.verify_secret.unwrap_or(survey.verify_secret);
    survey.polling = given.polling.unwrap_or(survey.polling);
    survey.realtime = given.realtime.unwrap_or(survey.realtime);
    if let Some(ids) = given.category_ids.map(distinct) {
        if category::by_ids(tx, &ids).await?.len() != ids.len() {
            return Err(Error::invalid("category_ids", Fault::names_unknown("a category")));
        }
        survey.category_ids = Json(ids);
    }
    if let Some(ids) = given.team_ids {
        let known: Vec<TeamId> = team::all(tx).await?.into_iter().map(|team| team.id).collect();
        let unknown = |_| Error::invalid("team_ids", Fault::names_unknown("a team"));
        survey.team_ids = Json(still_there(ids, &survey.team_ids, &known).map_err(unknown)?);
    }
    if let Some(ids) = given.source_ids {
        survey.source_ids = Json(sight::kept(tx, actor, ids, &survey.source_ids).await?);
    }
    if !sight::is_whole(actor, &survey.source_ids) {
        return Err(Error::invalid("source_ids", Reason::Required.says("must name the sources: you may not read all")));
    }
    if let Some(names) = given.url_parameters.map(distinct) {
        if names.iter().any(|n| !URL_PARAMETERS.contains(&n.as_str())) {
            return Err(Error::invalid("url_parameters", Fault::one_of(URL_PARAMETERS)));
        }
        survey.url_parameters = Json(names);
    }
    if let Some(questions) = given.questions {
        survey.questions = Json(read_questions("questions", &questions)?);
    }
    if let Some(Configuration { link, questions }) = fetched {
        survey.link = link;
        survey.questions = Json(questions);
    }
    if survey.link.is_empty() {
        return Err(Error::invalid("bridge_url", Reason::Required.says("is required, or a link")));
    }
    let bridged = survey.bridge_url.is_some();
    if (survey.polling || survey.realtime || bridged) && survey.secret.is_empty() {
        return Err(Error::missing("secret"));
    }
    if survey.polling && !bridged {
        return Err(Error::invalid("polling", Reason::Required.says("needs a bridge_url")));
    }
    Ok(())
}

fn apply_texts(keys: &Keys, survey: &mut Survey, given: &SurveyIn) -> Result<()> {
    if let Some(name) = &given.name {
        survey.name = checked_name("name", name)?;
    }
    if let Some(name) = &given.from_name {
        survey.from_name = if name.trim().is_empty() { None } else { Some(checked_name("from_name", name)?) };
    }
    if let Some(message) = &given.message {
        let message = if message.trim().is_empty() { MESSAGE } else { message };
        if !message.contains("{{link}}") || message.chars().count() > 5000 {
            return Err(Error::invalid(
                "message",
                Reason::NoLink.says("must have {{link}} in it, and at most 5000 characters").with("max", 5000),
            ));
        }
        survey.message = message.to_owned();
    }
    if let Some(url) = &given.bridge_url {
        let url = url.trim().trim_end_matches('/');
        survey.bridge_url = if url.is_empty() { None } else { Some(url.to_owned()) };
        if !url.is_empty() {
            check_url("bridge_url", url)?;
        }
    }
    if let Some(link) = &given.link {
        check_url("link", link.trim())?;
        survey.link = link.trim().to_owned();
    }
    if let Some(secret) = &given.secret {
        let good = (1..=255).contains(&secret.len()) && secret.bytes().all(|b| (b' '..=b'~').contains(&b));
        if !good || secret.trim() != secret {
            return Err(Error::invalid(
                "secret",
                Reason::Characters.says("must be 1 to 255 printable ASCII characters").with("allowed", "ASCII"),
            ));
        }
        survey.secret = keys.seal(survey.id.as_str(), secret);
    }
    Ok(())
}

fn apply_times(survey: &mut Survey, given: &SurveyIn) -> Result<()> {
    let checked = |field: &'static str, seconds: i64| {
        let good = (0..=LONGEST).contains(&seconds);
        if good { Ok(seconds) } else { Err(Error::invalid(field, Fault::between(0, LONGEST))) }
    };
    if let Some(seconds) = given.send_delay {
        survey.send_delay = checked("send_delay", seconds)?;
    }
    if let Some(seconds) = given.instant_send_threshold {
        survey.instant_send_threshold = seconds.map(|s| checked("instant_send_threshold", s)).transpose()?;
    }
    if let Some(seconds) = given.max_time_since_last_reply {
        survey.max_time_since_last_reply = seconds.map(|s| checked("max_time_since_last_reply", s)).transpose()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bridge_s_answer_is_read_and_what_is_incomplete_is_left_out() {
        let answer = json!({"id": "12345", "link": "https://survey.example/1", "status": "Opened", "questions": [
            {"id": "main", "text": "Satisfied?", "main": true,
             "choices": [{"text": "Very", "value": "5"}, {"text": "No", "value": 1}, {"value": "3"}]},
            {"id": "free", "text": "Anything else?"},
            {"text": "Without an id"}, {"id": "without a text"}, "nonsense",
        ]});
        let read = Configuration::read(&answer).expect("readable");
        assert_eq!(read.link, "https://survey.example/1");
        let ids: Vec<_> = read.questions.iter().map(|q| (q.foreign_id.as_str(), q.main, q.choices.len())).collect();
        assert_eq!(ids, [("main", true, 2), ("free", false, 0)]);
        assert_eq!(read.questions[0].choices[1].value.as_deref(), Some("1"));
        for bad in [
            json!({"questions": []}),
            json!({"link": "https://survey.example"}),
            json!({"link": "ftp://survey.example", "questions": []}),
            json!({"link": "https://survey.example", "questions": [
                {"id": "a", "text": "A", "main": true}, {"id": "b", "text": "B", "main": true}]}),
            json!([]),
        ] {
            assert!(Configuration::read(&bad).is_err(), "{bad}");
        }
    }
}
