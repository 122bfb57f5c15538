//! `/console/session` and `/console/password`: signing in to the console and out of it, and one's own password.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use model::{Permission, RoleId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::session::Session;

use super::console_profile::ProfileOut;
use super::new_password;
use crate::app::App;
use crate::crypto;
use crate::domain::session::{Credentials, Place};
use crate::domain::{Actor, Error, Reason, session};
use crate::http::answer::write;
use crate::http::auth::{cookie, from_own_page, session_cookie};
use crate::http::caller::OwnSession;
use crate::http::{Done, Network, Params, Reply, Result, Written};

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
    /// Their time zone; null for the desk's.
    timezone: Option<String>,
    /// Their role.
    role: RoleOut,
}

/// The desk.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionDomain")]
struct DomainOut {
    id: String,
    name: String,
    /// Whether the console may show notices of the browser's.
    notices: bool,
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
    /// How they have the console look.
    profile: ProfileOut,
}

impl SessionOut {
    fn new(actor: Actor, csrf: String, place: Place) -> Self {
        let Place { domain_id, domain_name, notices, profile } = place;
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
            timezone: user.timezone,
            role,
        };
        Self { user, csrf, domain: DomainOut { id: domain_id, name: domain_name, notices }, profile: profile.into() }
    }
}

/// Signs in: checks the password, gives the cookie. With `new_password` the password is changed on the way, which a
/// password that is too old needs.
pub async fn begin(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<([(HeaderName, String); 2], Written<SessionOut>)> {
    from_own_page(&app, &headers)?;
    let (email, password) = (params.required("email")?, params.required("password")?);
    let address = session::address(&email);
    let attempt = app.tries.begin(&network, address.as_deref())?;
    let email = address.ok_or_else(session::refused)?;
    let (known, user_id) = app.tries.judge(attempt, known_by(&app, email, password).await.map_err(Error::from))?;
    let whose = user_id.clone();
    let expired = app.db.read(move |tx| Box::pin(async move { session::is_expired(tx, &whose).await })).await?;
    let changed = match params.text("new_password")? {
        Some(new) => Some(new_password::accept(&app, Some(&user_id), Vec::new(), "new_password", new).await?),
        None if expired => return Err(session::must_change().into()),
        None => None,
    };
    let (id, new) = new_session(&app, user_id, crypto::random_hex(32)).await?;
    let earlier = cookie(&headers, session_cookie(&app)).map(|id| crypto::token_hash(&id));
    let begun = write(&app, move |_, tx| {
        Box::pin(async move {
            let csrf = new.csrf.clone();
            let (actor, place) = session::begin(tx, &known, changed, new, earlier.as_deref()).await?;
            Ok(SessionOut::new(actor, csrf, place))
        })
    });
    let begun = begun.await?;
    Ok((private(set_cookie(&app, &id, COOKIE_AGE)), begun))
}

/// Whose address and password these are.
async fn known_by(app: &App, email: String, password: String) -> Result<(Credentials, UserId)> {
    let known = app.db.read(move |tx| Box::pin(async move { session::credentials(tx, &email).await })).await?;
    let fits = app.passwords.verify(password, known.password_hash.clone()).await?;
    let user_id = known.user_id.clone().filter(|_| fits).ok_or_else(session::refused)?;
    Ok((known, user_id))
}

/// A session that begins now, and its id.
async fn new_session(app: &App, user_id: UserId, csrf: String) -> Result<(String, Session)> {
    let (id, now) = (crypto::random_hex(32), app.db.clock().now());
    let expires_at = app.session_ages().await?.end(now, now);
    let id_hash = crypto::token_hash(&id);
    Ok((id, Session { id_hash, user_id, csrf, created_at: now, expires_at }))
}

/// Who is signed in.
pub async fn show(
    State(app): State<App>,
    OwnSession(own): OwnSession,
) -> Result<([(HeaderName, &'static str); 1], Reply<SessionOut>)> {
    let (actor, session, place) =
        app.db.read(move |tx| Box::pin(async move { session::show(tx, &own.id_hash).await })).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Reply(SessionOut::new(actor, session.csrf, place))))
}

/// Signs out, in every browser if that is asked for: the sessions end on the server too.
pub async fn end(
    State(app): State<App>,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<([(HeaderName, String); 2], Done)> {
    let everywhere = params.boolean("everywhere")?.unwrap_or(false);
    let ended =
        write(&app, move |_, tx| Box::pin(async move { Ok(session::end(tx, &own, everywhere).await?) })).await?;
    Ok((private(set_cookie(&app, "", 0)), ended.into()))
}

/// Changes one's own password. The session goes on under a new id, the other ones end.
pub async fn change_password(
    State(app): State<App>,
    Network(network): Network,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<([(HeaderName, String); 2], Written<SessionOut>)> {
    let (password, wanted) = (params.required("password")?, params.required("new_password")?);
    let known = own.id_hash.clone();
    let (email, known) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let email = session::show(tx, &known).await?.0.user.email;
                let known = session::credentials(tx, &email).await?;
                Ok::<_, Error>((email, known))
            })
        })
        .await?;
    let attempt = app.tries.begin(&network, Some(&email))?;
    let fits = app.passwords.verify(password, known.password_hash.clone()).await;
    let wrong = || Error::invalid("password", Reason::WrongPassword.says("is not the present one"));
    app.tries.judge(attempt, fits.and_then(|fits| fits.then_some(()).ok_or_else(wrong)))?;
    let changed = new_password::accept(&app, Some(&own.user_id), Vec::new(), "new_password", wanted).await?;
    // Its other tabs have the same token, and go on.
    let (id, new) = new_session(&app, own.user_id.clone(), own.csrf.clone()).await?;
    let gone_on = write(&app, move |_, tx| {
        Box::pin(async move {
            let (actor, place) = session::change_password(tx, &own, &known, changed, new).await?;
            Ok(SessionOut::new(actor, own.csrf, place))
        })
    });
    let gone_on = gone_on.await?;
    Ok((private(set_cookie(&app, &id, COOKIE_AGE)), gone_on))
}

fn set_cookie(app: &App, id: &str, age: i64) -> String {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    format!("{}={id}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", session_cookie(app))
}

fn private(cookie: String) -> [(HeaderName, String); 2] {
    [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".into())]
}
