//! `/1.0/surveys`, `/1.0/survey_responses`, and `/realtime/surveys/{id}`, where bridges bring answers.

use axum::extract::State;
use axum::http::request::Parts;
use model::{CategoryId, InterventionId, SourceId, SurveyId, SurveyResponseId, TeamId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::survey::{Choice, Question, Survey};
use store::survey_response::{Answer, Answered, SurveyResponse};

use crate::app::App;
use crate::channels::survey as bridge;
use crate::domain::survey::{self, SurveyIn};
use crate::domain::survey_response::{self, Record};
use crate::domain::{Error, Fault, Reason};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Refusal, Reply, Result, Signed, Signer, Written, page, unreadable};

/// Longest body that a bridge may bring.
pub(in crate::http) const BODY_MAX: usize = 1024 * 1024;

/// An answer to choose.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SurveyChoice")]
pub struct ChoiceOut {
    /// What customers read.
    text: String,
    /// What it stands for.
    value: Option<String>,
}

/// A question of a survey.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SurveyQuestion")]
pub struct QuestionOut {
    /// The answers to choose from; none for a free text.
    choices: Vec<ChoiceOut>,
    /// The provider's id of it.
    foreign_id: String,
    /// The one whose answer is the survey's result.
    main: bool,
    /// The question.
    text: String,
}

impl From<Question> for QuestionOut {
    fn from(Question { foreign_id, text, main, choices }: Question) -> Self {
        let choices = choices.into_iter().map(|Choice { text, value }| ChoiceOut { text, value }).collect();
        Self { choices, foreign_id, main, text }
    }
}

/// A survey as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct SurveyOut {
    /// In use.
    active: bool,
    /// The root of its bridge: an extension.
    bridge_url: Option<String>,
    /// Only for interventions with one of these categories; all when empty.
    category_ids: Vec<CategoryId>,
    created_at: Timestamp,
    /// As whom it is sent.
    from_name: Option<String>,
    id: SurveyId,
    /// Interventions shorter than this (seconds) have it sent at once.
    instant_send_threshold: Option<i64>,
    /// Where customers answer it.
    link: String,
    /// Not sent when the customer's last word is older than this (seconds).
    max_time_since_last_reply: Option<i64>,
    /// What customers read, with `{{link}}` where the link stands: an extension.
    message: String,
    /// Its name for agents.
    name: String,
    /// Answers are fetched from the bridge: an extension.
    polling: bool,
    /// What is asked.
    questions: Vec<QuestionOut>,
    /// The bridge may bring answers: an extension.
    realtime: bool,
    /// Where it brings them; null when it may not: an extension.
    realtime_url: Option<String>,
    /// Seconds between the end of an intervention and its sending.
    send_delay: i64,
    /// Only on these sources; all when empty.
    source_ids: Vec<SourceId>,
    /// Only for interventions of users of these teams; all when empty.
    team_ids: Vec<TeamId>,
    /// Which kind of provider: `sdk`.
    r#type: String,
    updated_at: Timestamp,
    /// What is added to the link: an extension.
    url_parameters: Vec<String>,
    /// The bridge must show the key: an extension.
    verify_secret: bool,
}

impl SurveyOut {
    fn new(app: &App, survey: Survey) -> Self {
        let realtime_url = format!("{}/realtime/surveys/{}", app.config.public_url, survey.id);
        let Survey { id, name, kind, active, link, from_name, message, instant_send_threshold, .. } = survey;
        let Survey { max_time_since_last_reply, send_delay, category_ids, team_ids, source_ids, questions, .. } =
            survey;
        let Survey { bridge_url, verify_secret, polling, realtime, url_parameters, created_at, updated_at, .. } =
            survey;
        Self {
            active,
            bridge_url,
            category_ids: category_ids.0,
            created_at,
            from_name,
            id,
            instant_send_threshold,
            link,
            max_time_since_last_reply,
            message,
            name,
            polling,
            questions: questions.0.into_iter().map(QuestionOut::from).collect(),
            realtime,
            realtime_url: realtime.then_some(realtime_url),
            send_delay,
            source_ids: source_ids.0,
            team_ids: team_ids.0,
            r#type: kind,
            updated_at,
            url_parameters: url_parameters.0,
            verify_secret,
        }
    }
}

/// What a customer answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SurveyAnswer")]
pub struct AnswerOut {
    /// What the customer read or wrote.
    text: String,
    /// What it stands for.
    value: String,
}

/// A question with what a customer answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SurveyAnswered")]
pub struct AnsweredOut {
    /// The provider's id of the question.
    foreign_id: String,
    /// The answers.
    replies: Vec<AnswerOut>,
    /// The question.
    text: String,
}

/// A customer's answers as the API shows them.
#[derive(Serialize, JsonSchema)]
pub struct SurveyResponseOut {
    created_at: Timestamp,
    id: SurveyResponseId,
    /// The intervention that it is about.
    intervention_id: InterventionId,
    /// The answer to the main question, when it is a whole number.
    main_indicator: Option<i64>,
    /// The same from 0 to 1 within what could be chosen.
    main_indicator_scaled: Option<f64>,
    /// Everything that was answered.
    questions: Vec<AnsweredOut>,
    /// The provider's id of it.
    response_foreign_id: String,
    /// The intervention's source.
    source_id: SourceId,
    /// When the customer gave it: an extension.
    submitted_at: Timestamp,
    /// The survey.
    survey_id: SurveyId,
    updated_at: Timestamp,
    /// The intervention's agent.
    user_id: UserId,
}

impl From<SurveyResponse> for SurveyResponseOut {
    fn from(response: SurveyResponse) -> Self {
        let SurveyResponse { id, survey_id, intervention_id, source_id, user_id, foreign_id, main_indicator, .. } =
            response;
        let SurveyResponse { main_indicator_scaled, questions, submitted_at, created_at, updated_at, .. } = response;
        let answer = |Answer { text, value }: Answer| AnswerOut { text, value };
        let answered = |Answered { foreign_id, text, replies }: Answered| AnsweredOut {
            foreign_id,
            replies: replies.into_iter().map(answer).collect(),
            text,
        };
        Self {
            created_at,
            id,
            intervention_id,
            main_indicator,
            main_indicator_scaled,
            questions: questions.0.into_iter().map(answered).collect(),
            response_foreign_id: foreign_id,
            source_id,
            submitted_at,
            survey_id,
            updated_at,
            user_id,
        }
    }
}

fn read(params: &Params) -> Result<SurveyIn> {
    let seconds = |name: &str| -> Result<Option<Option<i64>>> {
        let value = params.integer(name)?;
        Ok(params.has(name).then_some(value))
    };
    let questions = params.maps("questions")?;
    Ok(SurveyIn {
        name: params.given("name")?,
        active: params.boolean("active")?,
        link: params.text("link")?,
        from_name: params.given("from_name")?,
        message: params.given("message")?,
        instant_send_threshold: seconds("instant_send_threshold")?,
        max_time_since_last_reply: seconds("max_time_since_last_reply")?,
        send_delay: params.integer("send_delay")?,
        category_ids: params.ids("category_ids", CategoryId::parse)?,
        team_ids: params.ids("team_ids", TeamId::parse)?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
        questions: questions.map(|list| list.into_iter().map(Value::Object).collect()),
        bridge_url: params.given("bridge_url")?,
        secret: params.text("secret")?,
        verify_secret: params.boolean("verify_secret")?,
        polling: params.boolean("polling")?,
        realtime: params.boolean("realtime")?,
        url_parameters: params.texts("url_parameters")?,
    })
}

/// Getting all surveys, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<SurveyOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { survey::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, |survey| SurveyOut::new(&app, survey)))
}

/// Getting a survey from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SurveyId>) -> Result<Reply<SurveyOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { survey::find(tx, &actor, &id).await })).await?;
    Ok(Reply(SurveyOut::new(&app, found)))
}

/// Creating a survey: an extension. Its bridge is asked what it asks.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<SurveyOut>> {
    params.required("name")?;
    let given = read(&params)?;
    let fetched = match (&given.bridge_url, &given.secret) {
        (Some(url), _) if url.trim().is_empty() => None,
        (Some(_), None) => return Err(Error::missing("secret").into()),
        (Some(url), Some(secret)) => {
            Some(bridge::configuration(&app, url, secret, given.verify_secret.unwrap_or(true)).await?)
        }
        (None, _) => None,
    };
    write(&app, move |app, tx| {
        Box::pin(async move {
            let made = survey::create(tx, &actor, &app.keys, given, fetched).await?;
            Ok(SurveyOut::new(app, made))
        })
    })
    .await
}

/// Updating a survey: an extension. Its bridge is asked again what it asks.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SurveyId>,
    params: Params,
) -> Result<Written<SurveyOut>> {
    let given = read(&params)?;
    let (by, wanted) = (actor.clone(), id.clone());
    let known = app.db.read(move |tx| Box::pin(async move { survey::find(tx, &by, &wanted).await })).await?;
    let url = given.bridge_url.clone().or_else(|| known.bridge_url.clone()).filter(|url| !url.trim().is_empty());
    let fetched = match url {
        Some(url) => {
            // The key that is kept goes to the address that it was given for, and to no other.
            let same = known.bridge_url.as_deref() == Some(url.as_str());
            let kept = if same { survey::secret(&app.keys, &known) } else { None };
            let moved = || Error::invalid("secret", Reason::Required.says("is required with another bridge_url"));
            let secret = match given.secret.clone().or(kept) {
                None if !same && known.bridge_url.is_some() => return Err(moved().into()),
                secret => secret.unwrap_or_default(),
            };
            let verify = given.verify_secret.unwrap_or(known.verify_secret);
            Some(bridge::configuration(&app, &url, &secret, verify).await?)
        }
        None => None,
    };
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = survey::update(tx, &actor, &app.keys, &id, given, fetched).await?;
            Ok(SurveyOut::new(app, changed))
        })
    })
    .await
}

/// Deleting a survey: an extension.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SurveyId>) -> Result<Written<SurveyOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let gone = survey::delete(tx, &actor, &id).await?;
            Ok(SurveyOut::new(app, gone))
        })
    })
    .await
}

/// Getting a survey response from its id.
pub async fn response(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SurveyResponseId>,
) -> Result<Reply<SurveyResponseOut>> {
    let read = app.db.read(move |tx| Box::pin(async move { survey_response::find(tx, &actor, &id).await }));
    Ok(Reply(read.await?.into()))
}

/// What became of a response that a bridge has brought.
#[derive(Serialize)]
pub struct ReceivedOut {
    imported: bool,
    /// The response, when it could be matched.
    id: Option<SurveyResponseId>,
}

impl Signer for Survey {
    type Name = SurveyId;
    type Refusal = Refusal;

    async fn find(app: &App, name: Option<SurveyId>) -> Result<Self> {
        let not_found = || Error::NotFound("survey");
        let id = name.ok_or_else(not_found)?;
        let found = app.db.read(move |tx| Box::pin(async move { survey::of_bridge(tx, &id).await })).await?;
        if found.active && found.realtime { Ok(found) } else { Err(not_found().into()) }
    }

    fn check_head(&self, app: &App, head: &Parts) -> Result<()> {
        Ok(bridge::check(app, self, &head.headers)?)
    }

    fn check_body(&self, _: &App, _: &Parts, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Takes a response that a bridge brings (`docs/sdks/survey-sdk/realtime-responses-import.md`). What cannot be
/// matched is ignored, and answered like what can: the bridge need not try again.
pub(crate) async fn receive(State(app): State<App>, signed: Signed<Survey>) -> Result<Written<ReceivedOut>> {
    let mut value = params::value(&signed.body).map_err(unreadable)?;
    text::take_nul_out(&mut value);
    let record = value.get("record").ok_or_else(|| Error::bad("record", Fault::required()))?;
    let record = Record::read(record);
    write(&app, move |_, tx| {
        Box::pin(async move {
            let imported = match record {
                Some(record) => survey_response::import(tx, &signed.by, record).await?,
                None => None,
            };
            Ok(ReceivedOut { imported: imported.is_some(), id: imported.map(|r| r.id) })
        })
    })
    .await
}
