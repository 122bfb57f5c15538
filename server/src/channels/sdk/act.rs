//! Acts on contents that a third party has (`docs/sdks/source-sdk/action-details.md`): the request, and what its answer means.

use model::Timestamp;
use safe_http::Answer;
use serde_json::{Value, json};

use super::objects::retold;
use super::outbound::{exchange, foreign_id, meaning};
use crate::app::App;
use crate::domain::act::{self, DELETE};
use crate::domain::export::{Answered, Outcome, Reason, Tried};
use crate::domain::export_act::Deed;

/// What those say of whom a content is asked that is not there any more.
const GONE: &[&str] = &["not found", "not exist", "n't exist", "no longer", "no such", "already", "gone"];

/// Has something done with a content, and tells how that ended.
pub async fn act(app: &App, deed: &Deed) -> Tried {
    let Deed { name, content, source, identity } = deed;
    let mut params = json!({"id": content.foreign_id});
    if !act::is_standard(name) {
        params["user_id"] = json!(identity.foreign_id);
    }
    let action = format!("{}.{}", act::object(source, &content.kind), act::wire(source, content, name));
    let body = json!({"action": action, "params": params, "time": app.db.clock().now()});
    let id = content.foreign_id.as_deref().unwrap_or_default();
    exchange(app, source, &body, |answer, now| outcome(name, id, answer, now)).await
}

/// Asks what a content is by now, where nobody knows whether something was done with it. It was, when it is no longer offered
/// though other things are. None when that is not said.
pub async fn verify(app: &App, deed: &Deed) -> Option<Answered> {
    let Deed { name, content, source, .. } = deed;
    let object = act::object(source, &content.kind);
    let told = source.implementation.as_ref()?;
    if !told.objects.get(object)?.iter().any(|one| one == "show") {
        return None;
    }
    let id = content.foreign_id.as_deref()?;
    let params = json!({"id": id});
    let body = json!({"action": format!("{object}.show"), "params": params, "time": app.db.clock().now()});
    let shown = |value: Option<&Value>| match value {
        Some(Value::Object(object)) if foreign_id(object).is_some_and(|told| told == id) => {
            Some(Answered { told: retold(object, None), ..Answered::default() })
        }
        _ => None,
    };
    match exchange(app, source, &body, |answer, now| meaning(answer, now, shown)).await.outcome {
        Outcome::Done(answered) if is_done(name, answered.told.actions.as_deref()) => Some(answered),
        _ => None,
    }
}

/// Whether an act was done, by what is offered for its content afterwards.
fn is_done(name: &str, offered: Option<&[String]>) -> bool {
    offered.is_some_and(|offered| offered.iter().all(|one| one != name))
}

/// What an answer means. Whoever has a content no more that is to be taken away has done that.
fn outcome(name: &str, id: &str, answer: &Answer, now: Timestamp) -> Outcome {
    let gone = matches!(answer.status, 404 | 410);
    match meaning(answer, now, |value| taken(name, id, value)) {
        Outcome::Refused(reason) | Outcome::Failed(reason) | Outcome::Unknown(reason)
            if name == DELETE && (gone || reason.code == "refused") && says_gone(answer) =>
        {
            Outcome::Done(Answered::default())
        }
        Outcome::Failed(reason) if gone => Outcome::Refused(Reason { code: "refused", ..reason }),
        other => other,
    }
}

fn says_gone(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body).trim().to_lowercase();
    // A page of a web server says that there is nobody to ask.
    !text.starts_with('<') && GONE.iter().any(|words| text.contains(words))
}

/// What is taken over of an answer that is no error; none when it is no answer to such a request.
fn taken(name: &str, id: &str, value: Option<&Value>) -> Option<Answered> {
    let nothing = || Some(Answered::default());
    match value {
        // What it tells of another content is nothing of this one.
        Some(Value::Object(object)) if foreign_id(object).is_none_or(|told| told == id) => {
            Some(Answered { told: retold(object, None), ..Answered::default() })
        }
        Some(Value::Object(_)) => nothing(),
        Some(Value::Bool(true) | Value::Null) => nothing(),
        Some(Value::String(text)) if text.is_empty() => nothing(),
        // Nothing at all, where nothing is left.
        None if name == DELETE => nothing(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::again::Retold;

    const NOW: Timestamp = Timestamp::from_millis(1_445_412_000_000);

    #[test]
    fn what_is_no_longer_offered_was_done() {
        let offered = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(is_done("pin", Some(&offered(&["unpin", "delete"]))));
        assert!(!is_done("pin", Some(&offered(&["pin"]))));
        assert!(!is_done("pin", None));
    }

    #[test]
    fn answers_mean_what_the_act_makes_of_them() {
        let done = || Outcome::Done(Answered::default());
        let failed = |code, text: &str| Outcome::Failed(Reason::new(code, text));
        let refused = |text: &str| Outcome::Refused(Reason::new("refused", text));
        let not_json = || failed("not_json", "answered 200, but not with a JSON object");
        for (name, status, body, expected) in [
            ("delete", 200, "{}", done()),
            ("delete", 200, "true", done()),
            ("delete", 204, "", done()),
            ("delete", 200, "\"\"", done()),
            ("delete", 200, "<html>", not_json()),
            ("delete", 404, "Message not found", done()),
            ("delete", 410, r#"{"error":"no longer there"}"#, done()),
            ("delete", 404, "<html>Not found</html>", refused("answered 404: <html>Not found</html>")),
            ("delete", 404, "", refused("answered 404")),
            ("delete", 200, r#"{"error":{"fatal":true,"message":"does not exist"}}"#, done()),
            ("delete", 200, r#"{"error":{"fatal":true,"message":"no"}}"#, refused("answered 200: no")),
            ("delete", 500, r#"{"error":"not found"}"#, failed("error", "answered 500: not found")),
            ("pin", 404, "not found", refused("answered 404: not found")),
            ("pin", 200, "{}", done()),
            ("pin", 200, "", not_json()),
            ("publish", 200, "[]", not_json()),
            ("publish", 200, r#"{"id":"2","published":false}"#, done()),
        ] {
            let answer = Answer { status, headers: Default::default(), body: body.to_owned().into(), cut: false };
            assert_eq!(outcome(name, "1", &answer, NOW), expected, "{name} {status} {body}");
        }
        let body = r#"{"id":1,"published":true,"actions":["unpublish"]}"#;
        let answer = Answer { status: 200, headers: Default::default(), body: body.to_owned().into(), cut: false };
        let told = Retold { published: Some(true), actions: Some(vec!["unpublish".into()]), ..Retold::default() };
        let expected = Outcome::Done(Answered { told, ..Answered::default() });
        assert_eq!(outcome("publish", "1", &answer, NOW), expected);
    }
}
