//! What customers answered to surveys (`docs/sdks/survey-sdk/realtime-responses-import.md`).

use model::{Deed, Event, EventType, NewLine, Resource, SurveyResponseId, Timestamp};
use serde_json::{Map, Value, json};
use store::survey::{self, Question, Survey};
use store::survey_response::{self, Answer, Answered, SurveyResponse};
use store::{Json, Scope, Tx, intervention, survey_invitation};

use crate::base::{Actor, Error, Result};

/// Seconds between two polls of a bridge (`docs/sdks/survey-sdk/responses-polling.md`).
pub(crate) const POLL_SECONDS: i64 = 15 * 60;
/// Most answers of a question that are kept, and characters of one.
const MANY: usize = 200;
const LONGEST: usize = 10_000;

/// A response as a bridge tells it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The provider's id of it.
    pub foreign_id: String,
    /// When the customer gave it.
    pub submitted_at: Timestamp,
    /// What the link carried.
    pub mapping_key: String,
    /// The provider's id of each question, and what was answered to it.
    pub answers: Vec<(String, Vec<String>)>,
}

impl Record {
    /// Reads a record; none when a mandatory field is missing, because such a response is ignored.
    #[must_use]
    pub fn read(record: &Value) -> Option<Self> {
        let answers = record.get("questions")?.as_array()?.iter().take(MANY).filter_map(|question| {
            let replies = question.get("replies")?.as_array()?.iter().take(MANY);
            let values = replies.filter_map(|r| text(r.get("value")?)).map(|v| text::beginning(&v, LONGEST).to_owned());
            Some((text(question.get("id")?)?, values.collect()))
        });
        Some(Self {
            foreign_id: text(record.get("id")?).filter(|id| id.len() <= 255)?,
            submitted_at: Timestamp::parse(record.get("submitted_at")?.as_str()?)?,
            mapping_key: text(record.get("mapping_key")?)?,
            answers: answers.collect(),
        })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Takes in a response; none when it is there already, or its key is none of this survey's.
pub async fn import(tx: &mut Tx, survey: &Survey, record: Record) -> Result<Option<SurveyResponse>> {
    let invitation = survey_invitation::find(tx, &record.mapping_key).await?;
    let Some(invitation) = invitation.filter(|i| i.survey_id == survey.id) else { return Ok(None) };
    let Some(case) = intervention::find(tx, &Scope::All, &invitation.intervention_id).await? else { return Ok(None) };
    let now = tx.now();
    let questions = answered(&survey.questions, record.answers);
    let (main_indicator, main_indicator_scaled) = indicators(&survey.questions, &questions);
    let response = SurveyResponse {
        id: SurveyResponseId::new(now),
        survey_id: survey.id.clone(),
        intervention_id: case.id.clone(),
        source_id: case.source_id.clone(),
        user_id: case.user_id.clone(),
        foreign_id: record.foreign_id,
        main_indicator,
        main_indicator_scaled,
        questions: Json(questions),
        submitted_at: record.submitted_at,
        created_at: now,
        updated_at: now,
    };
    if !tx.insert_if_new(&response).await? {
        return Ok(None);
    }
    tx.emit(Event {
        kind: EventType::SurveyResponseImported,
        user_id: None,
        source_id: Some(case.source_id),
        thread_id: Some(case.thread_id.clone()),
        resource: Resource { kind: "survey_response".into(), id: response.id.to_string() },
        metadata: metadata(&response),
    });
    let data = json!({"score": response.main_indicator, "score_max": highest(&survey.questions)});
    tx.lines().push(NewLine { thread_id: case.thread_id, kind: Deed::SurveyAnswered, user_id: None, data });
    Ok(Some(response))
}

/// Takes in what a poll of a bridge brought, and notes when the next one is due.
pub async fn import_all(tx: &mut Tx, polled: &Survey, records: Vec<Record>) -> Result<()> {
    // It may have been removed in the meantime.
    let Some(mut survey) = survey::find_locked(tx, &polled.id).await? else { return Ok(()) };
    for record in records {
        // A date far ahead, which no clock that is merely wrong gives, would keep all that comes from being asked for.
        let tomorrow = tx.now().plus_seconds(24 * 3600);
        survey.polled_since = survey.polled_since.max(Some(record.submitted_at.min(tomorrow)));
        import(tx, &survey, record).await?;
    }
    survey.next_poll_at = tx.now().plus_seconds(POLL_SECONDS);
    Ok(tx.update(&survey).await?)
}

/// Finds a response that the actor may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &SurveyResponseId) -> Result<SurveyResponse> {
    let found = survey_response::find(tx, id).await?.filter(|r| actor.scope().allows(&r.source_id));
    found.ok_or(Error::NotFound("survey response"))
}

/// What was answered, with the texts of the survey's questions and choices. Answers to unknown questions are left out.
fn answered(questions: &[Question], answers: Vec<(String, Vec<String>)>) -> Vec<Answered> {
    let one = |(id, values): (String, Vec<String>)| {
        let question = questions.iter().find(|q| q.foreign_id == id)?;
        let chosen = |value: String| {
            let choice = question.choices.iter().find(|c| c.value.as_deref() == Some(&value) || c.text == value);
            match choice {
                Some(choice) => Answer {
                    text: choice.text.clone(),
                    value: choice.value.clone().unwrap_or_else(|| choice.text.clone()),
                },
                None => Answer { text: value.clone(), value },
            }
        };
        let replies = values.into_iter().map(chosen).collect();
        Some(Answered { foreign_id: id, text: question.text.clone(), replies })
    };
    answers.into_iter().filter_map(one).collect()
}

/// The answer to the main question, and where it is between the lowest and the highest that could be chosen.
fn indicators(questions: &[Question], answered: &[Answered]) -> (Option<i64>, Option<f64>) {
    let Some(main) = questions.iter().find(|q| q.main) else { return (None, None) };
    let reply = answered.iter().find(|a| a.foreign_id == main.foreign_id).and_then(|a| a.replies.first());
    let Some(value) = reply.and_then(|r| r.value.trim().parse::<i32>().ok()) else { return (None, None) };
    let values = main.choices.iter().filter_map(|c| c.value.as_deref()?.trim().parse::<i32>().ok());
    let (low, high) = values.fold((i32::MAX, i32::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let span = f64::from(high) - f64::from(low);
    let scaled = (low..=high).contains(&value) && span > 0.0;
    (Some(value.into()), scaled.then(|| (f64::from(value) - f64::from(low)) / span))
}

/// The most that could be answered to the main question.
fn highest(questions: &[Question]) -> Option<i64> {
    let main = questions.iter().find(|q| q.main)?;
    main.choices.iter().filter_map(|c| c.value.as_deref()?.trim().parse().ok()).max()
}

fn metadata(response: &SurveyResponse) -> Value {
    let joined = |a: &Answered| a.replies.iter().map(|r| r.text.as_str()).collect::<Vec<_>>().join(", ");
    let answers: Map<String, Value> = response.questions.iter().map(|a| (a.text.clone(), joined(a).into())).collect();
    json!({
        "submitted_at": response.submitted_at.to_event(),
        "main_indicator": response.main_indicator,
        "main_indicator_scaled": response.main_indicator_scaled,
        "intervention_id": response.intervention_id,
        "survey_id": response.survey_id,
        "source_id": response.source_id,
        "user_id": response.user_id,
        "questions": response.questions.0,
        "response_foreign_id": response.foreign_id,
        "answers": answers,
        "foreign_id": response.id,
    })
}

#[cfg(test)]
mod tests {
    use store::survey::Choice;

    use super::*;

    fn question(values: &[(&str, Option<&str>)]) -> Vec<Question> {
        let choices = values.iter().map(|(text, value)| Choice { text: (*text).into(), value: value.map(Into::into) });
        vec![Question { foreign_id: "main".into(), text: "Satisfied?".into(), main: true, choices: choices.collect() }]
    }

    #[test]
    fn the_main_answer_is_scaled_within_what_could_be_chosen() {
        let five = question(&[("No", Some("1")), ("So so", Some("3")), ("Very", Some("5"))]);
        for (answer, indicators_wanted) in [
            ("5", (Some(5), Some(1.0))),
            ("Very", (Some(5), Some(1.0))),
            ("3", (Some(3), Some(0.5))),
            ("1", (Some(1), Some(0.0))),
            ("9", (Some(9), None)),
            ("well", (None, None)),
        ] {
            let answered = answered(&five, vec![("main".into(), vec![answer.into()]), ("x".into(), vec!["y".into()])]);
            assert_eq!(answered.len(), 1);
            assert_eq!(indicators(&five, &answered), indicators_wanted, "{answer}");
        }
        let texts = question(&[("Yes", None), ("No", None)]);
        let answered = answered(&texts, vec![("main".into(), vec!["Yes".into()])]);
        assert_eq!((answered[0].replies[0].value.as_str(), indicators(&texts, &answered)), ("Yes", (None, None)));
    }

    #[test]
    fn records_without_a_mandatory_field_are_ignored() {
        let whole = json!({"id": 7, "submitted_at": "2022-01-10T10:00:00.000Z", "mapping_key": "k", "questions": [
            {"id": "main", "replies": [{"value": 5}, {"value": "x"}, {}]}, {"replies": []}]});
        let read = Record::read(&whole).expect("whole");
        assert_eq!((read.foreign_id.as_str(), read.submitted_at.millis()), ("7", 1_641_808_800_000));
        assert_eq!(read.answers, [("main".to_owned(), vec!["5".to_owned(), "x".to_owned()])]);
        for name in ["id", "submitted_at", "mapping_key", "questions"] {
            let mut part = whole.clone();
            part.as_object_mut().expect("a map").remove(name);
            assert!(Record::read(&part).is_none(), "{name}");
        }
        assert!(Record::read(&json!("x")).is_none());
    }
}
