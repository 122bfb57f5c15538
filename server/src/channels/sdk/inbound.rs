//! The Send API: `POST /realtime/sdk/{source_id}` (`docs/sdks/source-sdk/send-api.md`).
//!
//! The answer is `ok`, or a code and a text of the guide's table. The signature is checked before anything in the
//! body is looked at, so that a body that cannot be read and is not signed has an invalid signature.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use model::SourceId;
use serde_json::{Map, Value};
use store::source::Source;

use super::objects::{self, Asked, Letter};
use super::wire::{Refusal, SIGNATURE, plain};
use super::{files, typing};
use crate::app::App;
use crate::crypto;
use crate::domain::ingest::Incoming;
use crate::domain::{Error, sdk, source as sources};
use crate::http::body::aside;
use crate::http::{Signed, Signer};

/// How often a content is written that came twice at the same moment.
const TRIES: usize = 3;

impl Signer for Source {
    type Name = SourceId;
    type Refusal = Refusal;

    async fn find(app: &App, name: Option<SourceId>) -> Result<Self, Refusal> {
        let id = name.ok_or(Refusal::SourceNotFound)?;
        let key = id.as_str().to_owned();
        let load = app.sdk_sources.get(&app.db, key, move |tx| Box::pin(async move { sdk::source(tx, &id).await }));
        match load.await {
            Ok(source) => Ok((*source).clone()),
            Err(Error::NotFound(_)) => Err(Refusal::SourceNotFound),
            Err(other) => Err(Refusal::Ours(other)),
        }
    }

    /// Another server may have given them another secret a moment ago.
    async fn find_anew(app: &App, known: &Self) -> Option<Self> {
        let id = known.id.clone();
        let found = app.db.read(move |tx| Box::pin(async move { sdk::source(tx, &id).await })).await.ok()?;
        let secret = |source: &Self| sources::sdk_secret(&app.keys, source).ok();
        (secret(&found) != secret(known)).then_some(found)
    }

    fn check_head(&self, _: &App, head: &Parts) -> Result<(), Refusal> {
        if signatures(head).is_empty() { Err(Refusal::InvalidSignature) } else { Ok(()) }
    }

    fn check_body(&self, app: &App, head: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let expected = crypto::sdk_signature(&sources::sdk_secret(&app.keys, self)?, body);
        let fits = signatures(head).iter().any(|given| crypto::same(given.as_bytes(), expected.as_bytes()));
        if fits { Ok(()) } else { Err(Refusal::InvalidSignature) }
    }
}

/// Takes one request of a third party.
pub(crate) async fn receive(State(app): State<App>, signed: Signed<Source>) -> Result<Response, Refusal> {
    let Signed { by: source, body, share } = signed;
    // What is made of it holds about as much again.
    share.grow(body.len())?;
    let (action, params) = aside(body.len(), move || envelope(&body)).await?;
    act(&app, source, &action, params).await?;
    Ok(plain(StatusCode::OK, "ok".into()))
}

/// The signatures that came: in the header, in the query, or both.
fn signatures(head: &Parts) -> Vec<String> {
    let header = head.headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let query = head.uri.query().unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("signature="));
    let given = [header, query].into_iter().flatten().map(|text| text.trim().to_ascii_lowercase());
    given.filter(|text| !text.is_empty()).collect()
}

fn envelope(body: &[u8]) -> Result<(String, Map<String, Value>), Refusal> {
    let mut value = params::value(body).map_err(|_| Refusal::BadRequest)?;
    text::take_nul_out(&mut value);
    let Value::Object(mut map) = value else { return Err(Refusal::InvalidFormat) };
    match (map.remove("action"), map.remove("params")) {
        (Some(Value::String(action)), Some(Value::Object(params))) => Ok((action, params)),
        _ => Err(Refusal::InvalidFormat),
    }
}

async fn act(app: &App, source: Source, action: &str, params: Map<String, Value>) -> Result<(), Refusal> {
    match objects::read(&source, action, params)? {
        Asked::Content(letter) => receive_content(app, *letter).await,
        Asked::Thread { id, title } => {
            let work =
                app.db.write(move |tx| Box::pin(async move { sdk::receive_thread(tx, &source, id, title).await }));
            Ok(work.await?)
        }
        Asked::User(author) => {
            let work = app.db.write(move |tx| Box::pin(async move { sdk::receive_user(tx, &source, &author).await }));
            Ok(work.await?)
        }
        Asked::Read { id } => {
            Ok(app.db.write(move |tx| Box::pin(async move { sdk::mark_read(tx, &source, &id).await })).await?)
        }
        Asked::Typing(typing) => typing::note(app, source.id, typing).await,
    }
}

/// Whether what somebody says is kept out, which is counted.
async fn is_kept_out(app: &App, incoming: &Incoming) -> Result<bool, Error> {
    let blocks = app.author_blocks.get(&app.db).await?;
    if blocks.is_of_networks_alone() {
        return Ok(false);
    }
    let incoming = incoming.clone();
    let read = app.db.read(move |tx| {
        Box::pin(async move { Ok::<_, Error>(sdk::kept_out_by(tx, &incoming, &blocks).await?.cloned()) })
    });
    match read.await? {
        Some(id) => app.author_blocks.count(&app.db, id).await.map(|()| true),
        None => Ok(false),
    }
}

async fn receive_content(app: &App, letter: Letter) -> Result<(), Refusal> {
    let Letter { mut told, files } = letter;
    if is_kept_out(app, &told.incoming).await? {
        return Ok(());
    }
    if !files.is_empty() {
        let (source, kind) = (told.incoming.source.id.clone(), told.incoming.kind);
        let id = told.incoming.foreign_id.clone().unwrap_or_default();
        if !app.db.read(move |tx| Box::pin(async move { sdk::is_known(tx, &source, kind, &id).await })).await? {
            files::gather(app, &mut told, files, None).await?;
        }
    }
    // Each statement would be a way there and back for each of them.
    if app.db.is_elsewhere()
        && let Some(incoming) = sdk::along(&told)
        && app.letters.take(&app.db, incoming).await.map_err(Error::Store)?
    {
        return Ok(());
    }
    for _ in 1..TRIES {
        let copy = told.clone();
        match app.db.write(move |tx| Box::pin(sdk::receive(tx, copy))).await {
            // The same content came twice at once, and the other one was first: it is found now.
            Err(Error::Store(store::Error::Unique(_))) => {}
            other => return Ok(other?),
        }
    }
    Ok(app.db.write(move |tx| Box::pin(sdk::receive(tx, told))).await?)
}
