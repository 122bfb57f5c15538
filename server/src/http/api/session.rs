//! `/console/session`: signing in to the console, and out of it.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Permission, RoleId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::user::Session;

use super::new_password;
use crate::app::App;
use crate::crypto;
use crate::domain::session::Place;
use crate::domain::{Actor, Error, Result, session};
use crate::http::auth::{SESSION_COOKIE, cookie, same_site};
use crate::http::{Caller, Network, Params, Reply};

/// How long a browser keeps the cookie, in seconds: as long as browsers do at most. The server ends the session.
const COOKIE_AGE: i64 = 400 * 24 * 3600;

/// The role of who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionRole")]
struct RoleOut {
    id: RoleId,
    label: String,
    /// What it allows.
    permissions: Vec<Permission>,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionUser")]
struct UserOut {
    id: UserId,
    email: String,
    firstname: String,
    lastname: String,
    /// Both names.
    name: String,
    /// The language of the console for them.
    locale: String,
    /// Their role.
    role: RoleOut,
}

/// The desk.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionDomain")]
struct DomainOut {
    id: String,
    name: String,
}

/// A session as the console sees it.
#[derive(Serialize, JsonSchema)]
pub struct SessionOut {
    /// Who is signed in.
    user: UserOut,
    /// What the header `X-CSRF-Token` of each write must say.
    csrf: String,
    /// The desk.
    domain: DomainOut,
}

impl SessionOut {
    fn new(actor: Actor, csrf: String, place: Place) -> Self {
        let Place { domain_id, domain_name } = place;
        let name = actor.user.name();
        let (user, role) = (actor.user, actor.role);
        let role = RoleOut { id: role.id, label: role.label, permissions: role.permissions.0 };
        let user = UserOut {
            id: user.id,
            email: user.email,
            firstname: user.firstname,
            lastname: user.lastname,
            name,
            locale: user.locale,
            role,
        };
        Self { user, csrf, domain: DomainOut { id: domain_id, name: domain_name } }
    }
}

/// Signs in: checks the password, gives the cookie. With `new_password` the password is changed on the way, which a
/// password that is too old needs.
pub async fn begin(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<([(HeaderName, String); 2], Reply<SessionOut>)> {
    same_site(&headers)?;
    let (email, password) = (params.required("email")?, params.required("password")?);
    let address = session::address(&email);
    let attempt = app.tries.begin(&network, address.as_deref())?;
    let email = address.ok_or_else(session::refused)?;
    let known = app.db.read(move |tx| Box::pin(async move { session::credentials(tx, &email).await })).await?;
    let fits = app.passwords.verify(password, known.password_hash.clone()).await?;
    let user_id = known.user_id.clone().filter(|_| fits).ok_or_else(session::refused)?;
    app.tries.succeeded(attempt);
    let whose = user_id.clone();
    let expired = app.db.read(move |tx| Box::pin(async move { session::is_expired(tx, &whose).await })).await?;
    let changed = match params.text("new_password")? {
        Some(new) => Some(new_password::accept(&app, Some(&user_id), Vec::new(), "new_password", new).await?),
        None if expired => return Err(session::must_change()),
        None => None,
    };
    let (id, csrf) = (crypto::random_hex(32), crypto::random_hex(32));
    let earlier = cookie(&headers, SESSION_COOKIE).map(|id| crypto::token_hash(&id));
    let now = app.db.clock().now();
    let new = Session {
        id_hash: crypto::token_hash(&id),
        user_id,
        csrf: csrf.clone(),
        created_at: now,
        expires_at: now.plus_seconds(app.session_seconds().await?),
    };
    let (actor, place) = app
        .db
        .write(move |tx| Box::pin(async move { session::begin(tx, &known, changed, new, earlier.as_deref()).await }))
        .await?;
    let cookie = set_cookie(&app, &id, COOKIE_AGE);
    Ok((private(cookie), Reply(SessionOut::new(actor, csrf, place))))
}

/// Who is signed in.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], Reply<SessionOut>)> {
    let id_hash = id_hash(&headers)?;
    let (actor, session, place) =
        app.db.read(move |tx| Box::pin(async move { session::show(tx, &id_hash).await })).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Reply(SessionOut::new(actor, session.csrf, place))))
}

/// Signs out: the session ends on the server too.
pub async fn end(State(app): State<App>, Caller(actor): Caller, headers: HeaderMap) -> Result<Response> {
    let id_hash = id_hash(&headers)?;
    app.db.write(move |tx| Box::pin(async move { session::end(tx, &actor, &id_hash).await })).await?;
    Ok((StatusCode::NO_CONTENT, private(set_cookie(&app, "", 0))).into_response())
}

fn id_hash(headers: &HeaderMap) -> Result<String> {
    let missing = || Error::Unauthorized("unauthorized", "this needs the console's cookie".into());
    cookie(headers, SESSION_COOKIE).map(|id| crypto::token_hash(&id)).ok_or_else(missing)
}

fn set_cookie(app: &App, id: &str, age: i64) -> String {
    let secure = if app.config.public_url.starts_with("https://") { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

fn private(cookie: String) -> [(HeaderName, String); 2] {
    [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".into())]
}
