//! `/console/session`, `/console/sessions` and `/console/password`: signing in to the console and out of it, where one is
//! signed in, and one's own password.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use model::{Permission, RoleId, SessionId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::session::Session;

use super::console_profile::ProfileOut;
use super::new_password;
use crate::app::App;
use crate::crypto;
use crate::domain::second_factor::{Half, Shown};
use crate::domain::session::{Credentials, Place};
use crate::domain::{Actor, Error, Reason, second_factor, session};
use crate::http::answer::{write, write_aside};
use crate::http::auth::{cookie, from_own_page, session_cookie};
use crate::http::caller::OwnSession;
use crate::http::device::Device;
use crate::http::{Done, Id, Network, Params, Reply, Result, Written};

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
    /// Whether they must set up a second factor before anything else: all else is refused until then.
    awaits_second_factor: bool,
}

/// What comes of a password that fits.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "SignIn")]
pub enum SignInOut {
    /// A session.
    Session(Box<SessionOut>),
    /// The other half, for whoever has a second factor.
    SecondStep(StepOut),
}

/// What is left to do for whoever has a second factor.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecondStep")]
pub struct StepOut {
    /// What goes with the code to `/console/session/code`.
    token: String,
    /// Until when.
    expires_at: Timestamp,
    /// Whether the password is too old, so that `new_password` goes with the code.
    password_expired: bool,
}

/// A session as its user sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnSession")]
pub struct OneOut {
    id: SessionId,
    /// The browser; null where it is none that is known.
    browser: Option<String>,
    /// On which system; null where it is none that is known.
    system: Option<String>,
    /// From which address, or network of IPv6, it was used last.
    network: Option<String>,
    created_at: Timestamp,
    /// When it was used last, but for five minutes.
    used_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

/// Where one is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnSessions")]
pub struct ListOut {
    /// Those that were used last first.
    sessions: Vec<OneOut>,
}

impl SessionOut {
    fn new(actor: Actor, csrf: String, place: Place) -> Self {
        let Place { domain_id, domain_name, notices, profile } = place;
        let (name, awaits_second_factor) = (actor.user.name(), actor.awaits_second_factor);
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
        let domain = DomainOut { id: domain_id, name: domain_name, notices };
        Self { user, csrf, domain, profile: profile.into(), awaits_second_factor }
    }
}

/// Signs in: checks the password, gives the cookie; to whoever has a second factor, what is left to do. With
/// `new_password` the password is changed on the way, which a password that is too old needs.
pub async fn begin(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<(HeaderMap, Written<SignInOut>)> {
    from_own_page(&app, &headers)?;
    let (email, password) = (params.required("email")?, params.required("password")?);
    let address = session::address(&email);
    let attempt = app.tries.begin(&network, address.as_deref())?;
    let email = address.ok_or_else(session::refused)?;
    let known = known_by(&app, email, password).await.map_err(Error::from);
    if let Ok((known, user_id)) = &known
        && has_second_factor(&app, user_id).await?
    {
        // Half of it forgives nothing, or whoever has a password would have as many tries at the code as they like.
        app.tries.take_back(attempt);
        return Ok((never_kept(None)?, half(&app, known).await?));
    }
    let (known, user_id) = app.tries.judge(attempt, known)?;
    let whose = user_id.clone();
    let expired = app.db.read(move |tx| Box::pin(async move { session::is_expired(tx, &whose).await })).await?;
    let changed = changed_password(&app, &user_id, &params, expired).await?;
    let told = |session| SignInOut::Session(Box::new(session));
    let (cookie, begun) = enter(&app, (network, &headers), (user_id, known), changed, told).await?;
    Ok((never_kept(Some(cookie))?, begun))
}

/// Ends signing in with a second factor: a code of an app, or one to recover with.
pub async fn step(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<([(HeaderName, String); 2], Written<SessionOut>)> {
    from_own_page(&app, &headers)?;
    let token = crypto::token_hash(&params.required("token")?);
    let shown = match params.text("recovery_code")? {
        Some(code) => Shown::Recovery(code),
        None => Shown::Code(params.required("code")?),
    };
    let known = token.clone();
    let whose = app.db.read(move |tx| Box::pin(async move { second_factor::whose(tx, &known).await })).await;
    let email = whose.as_ref().ok().map(|(user, _)| user.email.clone());
    let attempt = app.tries.begin(&network, email.as_deref())?;
    let (user, expired) = whose?;
    let changed = changed_password(&app, &user.id, &params, expired).await?;
    let checked = write_aside(&app, {
        let app = app.clone();
        move |tx| Box::pin(async move { second_factor::check(tx, &app.keys, &token, &shown).await })
    });
    let checked = checked.await.and_then(|fits| fits.ok_or_else(second_factor::does_not_fit));
    let known = app.tries.judge(attempt, checked)?;
    let told = |session| session;
    let (cookie, begun) = enter(&app, (network, &headers), (user.id, known), changed, told).await?;
    Ok((private(cookie), begun))
}

/// Begins a session for whoever has shown all that is asked for, and ends the one that their browser has already. Gives its
/// cookie, and what the caller is `told`.
async fn enter<T: Serialize + Send + 'static>(
    app: &App,
    (network, headers): (String, &HeaderMap),
    (user_id, known): (UserId, Credentials),
    changed: Option<String>,
    told: fn(SessionOut) -> T,
) -> Result<(String, Written<T>)> {
    let (id, new) = new_session(app, user_id, crypto::random_hex(32), headers, network).await?;
    let earlier = cookie(headers, session_cookie(app)).map(|id| crypto::token_hash(&id));
    let begun = write(app, move |_, tx| {
        Box::pin(async move {
            let csrf = new.csrf.clone();
            let (actor, place) = session::begin(tx, &known, changed, new, earlier.as_deref()).await?;
            Ok(told(SessionOut::new(actor, csrf, place)))
        })
    });
    Ok((set_cookie(app, &id, COOKIE_AGE), begun.await?))
}

/// Whose address and password these are.
async fn known_by(app: &App, email: String, password: String) -> Result<(Credentials, UserId)> {
    let known = app.db.read(move |tx| Box::pin(async move { session::credentials(tx, &email).await })).await?;
    let fits = app.passwords.verify(password, known.password_hash.clone()).await?;
    let user_id = known.user_id.clone().filter(|_| fits).ok_or_else(session::refused)?;
    Ok((known, user_id))
}

async fn has_second_factor(app: &App, user: &UserId) -> Result<bool> {
    let user = user.clone();
    Ok(app.db.read(move |tx| Box::pin(async move { second_factor::is_on(tx, &user).await })).await?)
}

/// What is left to do for somebody whose password fits.
async fn half(app: &App, known: &Credentials) -> Result<Written<SignInOut>> {
    let (token, known) = (crypto::random_hex(32), known.clone());
    write(app, move |_, tx| {
        Box::pin(async move {
            let half = second_factor::offer(tx, &known, crypto::token_hash(&token)).await?;
            let Half { until: expires_at, password_expired } = half.ok_or_else(session::refused)?;
            Ok(SignInOut::SecondStep(StepOut { token, expires_at, password_expired }))
        })
    })
    .await
}

/// The hash of the new password that comes with signing in; one that is too old needs it.
async fn changed_password(app: &App, user: &UserId, params: &Params, expired: bool) -> Result<Option<String>> {
    match params.text("new_password")? {
        Some(new) => Ok(Some(new_password::accept(app, Some(user), Vec::new(), "new_password", new).await?)),
        None if expired => Err(session::must_change().into()),
        None => Ok(None),
    }
}

/// A session that begins now, and its id.
async fn new_session(
    app: &App,
    user_id: UserId,
    csrf: String,
    headers: &HeaderMap,
    network: String,
) -> Result<(String, Session)> {
    let (secret, now) = (crypto::random_hex(32), app.db.clock().now());
    let expires_at = app.session_ages().await?.end(now, now);
    let Device { browser, system } = Device::of(headers);
    let new = Session {
        id_hash: crypto::token_hash(&secret),
        user_id,
        csrf,
        created_at: now,
        expires_at,
        id: SessionId::new(now),
        browser: browser.map(str::to_owned),
        system: system.map(str::to_owned),
        network: Some(network),
        used_at: now,
    };
    Ok((secret, new))
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
    headers: HeaderMap,
    params: Params,
) -> Result<([(HeaderName, String); 2], Written<SessionOut>)> {
    let (password, wanted) = (params.required("password")?, params.required("new_password")?);
    let known = own_password(&app, &network, &own, password).await?;
    let changed = new_password::accept(&app, Some(&own.user_id), Vec::new(), "new_password", wanted).await?;
    // Its other tabs have the same token, and go on.
    let (id, new) = new_session(&app, own.user_id.clone(), own.csrf.clone(), &headers, network).await?;
    let gone_on = write(&app, move |_, tx| {
        Box::pin(async move {
            let (actor, place) = session::change_password(tx, &own, &known, changed, new).await?;
            Ok(SessionOut::new(actor, own.csrf, place))
        })
    });
    let gone_on = gone_on.await?;
    Ok((private(set_cookie(&app, &id, COOKIE_AGE)), gone_on))
}

/// Checks the password of whoever a session is of, before what asks for it once more.
///
/// # Errors
/// 422 on `password` when it does not fit; 429 after many such tries.
pub(super) async fn own_password(app: &App, network: &str, own: &Session, password: String) -> Result<Credentials> {
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
    let attempt = app.tries.begin(network, Some(&email))?;
    let fits = app.passwords.verify(password, known.password_hash.clone()).await;
    let wrong = || Error::invalid("password", Reason::WrongPassword.says("is not the present one"));
    app.tries.judge(attempt, fits.and_then(|fits| fits.then_some(()).ok_or_else(wrong)))?;
    Ok(known)
}

/// Where one is signed in.
pub async fn list(State(app): State<App>, OwnSession(own): OwnSession) -> Result<Reply<ListOut>> {
    let asks = own.id.clone();
    let found = app.db.read(move |tx| Box::pin(async move { session::list(tx, &own).await })).await?;
    let shown = |one: Session| {
        let Session { id, browser, system, network, created_at, used_at, .. } = one;
        OneOut { current: id == asks, id, browser, system, network, created_at, used_at }
    };
    Ok(Reply(ListOut { sessions: found.into_iter().map(shown).collect() }))
}

/// Signs out somewhere else.
pub async fn end_one(State(app): State<App>, OwnSession(own): OwnSession, Id(id): Id<SessionId>) -> Result<Done> {
    let ended = write(&app, move |_, tx| Box::pin(async move { Ok(session::end_one(tx, &own, &id).await?) }));
    Ok(ended.await?.into())
}

/// Signs out everywhere else.
pub async fn end_others(State(app): State<App>, OwnSession(own): OwnSession) -> Result<Done> {
    let ended = write(&app, move |_, tx| Box::pin(async move { Ok(session::end_others(tx, &own).await?) }));
    Ok(ended.await?.into())
}

fn set_cookie(app: &App, id: &str, age: i64) -> String {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    format!("{}={id}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", session_cookie(app))
}

fn private(cookie: String) -> [(HeaderName, String); 2] {
    [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".into())]
}

/// Headers that keep an answer from being kept, with a cookie where there is one.
fn never_kept(cookie: Option<String>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::Internal(error.to_string()))?;
        headers.insert(header::SET_COOKIE, cookie);
    }
    Ok(headers)
}
