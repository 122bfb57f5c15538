//! `/unsubscribe/…`: where the reader of a mail about a conversation has no more of them. To look at it changes nothing, as
//! programs that check links do; the button does, and so do programs for mail that ask by themselves (RFC 8058).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::ThreadId;

use crate::app::App;
use crate::domain::{Error, Result as Done, unread_mail};
use crate::http::{Id, Network, Result};

/// Its own style and its own button alone.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// What the page is to say.
enum Says {
    /// Whether there are to be no more.
    Asks,
    /// There are no more.
    Done,
    /// The link leads nowhere.
    Wrong,
}

/// The page that asks.
pub async fn page(
    State(app): State<App>,
    Id((thread, signature)): Id<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let Some(id) = ThreadId::parse(&thread) else { return Ok(shown(&headers, &Says::Wrong, "")) };
    let worker = app.clone();
    let name = app.db.read(move |tx| {
        Box::pin(async move { unread_mail::unsubscribing_from(tx, &worker.keys, &id, &signature).await })
    });
    answered(&headers, Says::Asks, name.await)
}

/// Doing it.
pub async fn act(
    State(app): State<App>,
    Network(network): Network,
    Id((thread, signature)): Id<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    app.limits.check_question(&network)?;
    let Some(id) = ThreadId::parse(&thread) else { return Ok(shown(&headers, &Says::Wrong, "")) };
    let worker = app.clone();
    let name = app.db.write(move |tx| {
        let (worker, id, signature) = (worker.clone(), id.clone(), signature.clone());
        Box::pin(async move { unread_mail::unsubscribe(tx, &worker.keys, &id, &signature).await })
    });
    answered(&headers, Says::Done, name.await)
}

fn answered(headers: &HeaderMap, says: Says, name: Done<String>) -> Result<Response> {
    match name {
        Ok(name) => Ok(shown(headers, &says, &name)),
        Err(Error::NotFound(_)) => Ok(shown(headers, &Says::Wrong, "")),
        Err(error) => Err(error.into()),
    }
}

/// The page in the reader's language.
fn shown(headers: &HeaderMap, says: &Says, name: &str) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let french = wanted.trim_start().to_ascii_lowercase().starts_with("fr");
    let (title, text) = match (says, french) {
        (Says::Asks, false) => (
            "No more mails about this conversation?",
            format!("{name} will send you no more mails when you have not read an answer. The conversation stays."),
        ),
        (Says::Asks, true) => (
            "Ne plus recevoir d’e-mails sur cette conversation ?",
            format!(
                "{name} ne vous enverra plus d’e-mails quand vous n’avez pas lu une réponse. La conversation reste."
            ),
        ),
        (Says::Done, false) => ("Done", format!("{name} sends you no more mails about this conversation.")),
        (Says::Done, true) => ("C’est fait", format!("{name} ne vous envoie plus d’e-mails sur cette conversation.")),
        (Says::Wrong, false) => ("This link does not work", "Open it from the mail once more, as a whole.".into()),
        (Says::Wrong, true) => ("Ce lien ne fonctionne pas", "Ouvrez-le de nouveau depuis l’e-mail, en entier.".into()),
    };
    let button = if french { "Ne plus recevoir d’e-mails" } else { "No more mails" };
    let form = match says {
        Says::Asks => format!("<form method=\"post\"><button>{button}</button></form>"),
        Says::Done | Says::Wrong => String::new(),
    };
    let html = include_str!("unsubscribe.html");
    let html = html.replace("{{language}}", if french { "fr" } else { "en" }).replace("{{form}}", &form);
    let html = html.replace("{{title}}", title).replace("{{text}}", &richtext::escape(&text));
    let code = if matches!(says, Says::Wrong) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let told = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-language"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    let mut response = (code, told, html).into_response();
    // The address is as good as a signature.
    let nowhere = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(HeaderName::from_static("referrer-policy"), nowhere);
    response
}
