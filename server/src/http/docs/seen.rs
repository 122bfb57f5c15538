//! Which parameters a handler has read: noted in debug builds alone, and held against the document.

use axum::http::{HeaderValue, Method};
use axum::response::Response;

/// The names that were read. Copies note into the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    #[cfg(debug_assertions)]
    names: Option<std::sync::Arc<std::sync::Mutex<std::collections::BTreeSet<String>>>>,
}

#[cfg(debug_assertions)]
impl Seen {
    /// An empty list that notes.
    pub(crate) fn noting() -> Self {
        Self { names: Some(std::sync::Arc::default()) }
    }

    /// Notes a name, where anybody wants to know.
    pub(crate) fn note(&self, name: &str) {
        if let Some(names) = &self.names
            && let Ok(mut names) = names.lock()
        {
            names.insert(name.to_owned());
        }
    }

    fn take(self) -> Vec<String> {
        let names = self.names.and_then(|names| Some(names.lock().ok()?.iter().cloned().collect()));
        names.unwrap_or_default()
    }
}

#[cfg(not(debug_assertions))]
impl Seen {
    pub(crate) fn noting() -> Self {
        Self::default()
    }

    pub(crate) fn note(&self, _: &str) {}
}

/// In debug builds: says what is missing in the document instead of answering, when the handler of a route
/// has read a parameter that is not listed there.
#[cfg(debug_assertions)]
pub(crate) fn refuse_unlisted(method: &Method, path: Option<&str>, seen: Seen, answer: Response) -> Response {
    let Some(path) = path else { return answer };
    let Some((noun, operation)) = super::table::operation(method, path) else { return answer };
    let Some(name) = seen.take().into_iter().find(|name| !operation.lists(name)) else { return answer };
    let message = format!("{method} {path} reads {name:?}, which server/src/http/docs/{noun}.toml does not list");
    crate::http::error::refusal(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "not_documented", &message)
}

#[cfg(not(debug_assertions))]
pub(crate) fn refuse_unlisted(_: &Method, _: Option<&str>, _: Seen, answer: Response) -> Response {
    answer
}

/// Parameters that every operation takes.
const GENERAL: &[&str] = &["access_token", "impersonated_user_id", "owner_epoch"];
/// How many unknown names are told at the most.
const TOLD: usize = 20;

/// The names among those given that an operation does not know, parted by commas; none when it knows all of them.
pub(crate) fn unknown<'a>(method: &Method, path: &str, given: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let mut given = given.filter(|name| !GENERAL.contains(name)).peekable();
    given.peek()?;
    let (_, operation) = super::table::operation(method, path)?;
    let names = given.filter(|name| !operation.lists(name));
    // A name can be anything; a header cannot.
    let plain = |c: char| if c.is_ascii_graphic() && c != ',' { c } else { '?' };
    let mut names: Vec<String> = names.map(|name| name.chars().take(64).map(plain).collect()).collect();
    names.sort_unstable();
    names.truncate(TOLD);
    if names.is_empty() { None } else { HeaderValue::from_str(&names.join(", ")).ok() }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;
    use crate::http::Params;

    #[test]
    fn a_parameter_that_is_read_must_be_listed() {
        for (read, code) in [("name", 200), ("colour", 500)] {
            let seen = Seen::noting();
            let params = Params::from_query("name=vip").expect("readable").noting(seen.clone());
            params.clone().text(read).expect("a text or nothing");
            let answer = StatusCode::OK.into_response();
            let answer = refuse_unlisted(&Method::POST, Some("/1.0/tags"), seen, answer);
            assert_eq!(answer.status(), code, "{read}");
        }
    }

    #[test]
    fn any_id_may_be_a_name_where_braces_say_so() {
        let seen = Seen::noting();
        seen.note("0123456789abcdef01234567");
        let path = Some("/1.0/users/{id}/sources_permissions");
        let answer = refuse_unlisted(&Method::PUT, path, seen, StatusCode::OK.into_response());
        assert_eq!(answer.status(), 200);
    }
}
