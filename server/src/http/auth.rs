//! Who calls: the API token (header or parameter) or the console's cookie; and what each route needs.
//!
//! A browser sends the cookie by itself, whoever made the page that asks. So what changes something and is known by the
//! cookie must come from a page of this server, and carry the session's token too.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::{ActId, Permission, SourcePermission};
use store::session::Session;

use super::body::{Allowance, CALL, SMALL, Size, WORDS};
use super::caller::{Caller, OwnSession};
use super::docs::{Seen, refuse_unlisted, unknown};
use super::{Network, Params, Visitor, idempotency};
use crate::app::App;
use crate::crypto;
use crate::domain::{Actor, Error, Result, access, second_factor, session};
use crate::http::Refusal;
use crate::state::connections::Place;

/// Who may call a route at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// Anybody.
    Anybody,
    /// A visitor with a key.
    Visitor,
    /// A visitor who says who they are in the first frame: browsers put no header of a page's choice on a socket.
    Hello,
    /// Whoever signs the body: its handler takes nothing but [`super::Signed`].
    Signature,
    /// Any enabled user.
    User,
}

/// What a route needs. The guard checks the caller and the role before the handler runs; the source's permission
/// depends on the thing that the handler loads, so the use case asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Who.
    pub caller: CallerKind,
    /// The user's role has at least one of these, where there are any.
    pub role: &'static [Permission],
    /// What the user must be allowed on the source of the thing.
    pub source: Option<SourcePermission>,
    /// Asked by those who only look whether the server is well: answered also when there are too many connections.
    pub probe: bool,
    /// What comes is what people say: a U+0000 in it is taken out and not refused.
    pub words: bool,
    /// It is part of setting up a second factor: open to a session whose user has yet to do so.
    pub set_up: bool,
    /// How large a body it takes.
    pub body: Size,
}

impl Need {
    const fn of(caller: CallerKind, body: Size) -> Self {
        Self { caller, role: &[], source: None, probe: false, words: false, set_up: false, body }
    }

    /// And on the source of the thing this permission.
    #[must_use]
    pub(crate) const fn on(self, permission: SourcePermission) -> Self {
        Self { source: Some(permission), ..self }
    }

    /// And what comes is what people say.
    #[must_use]
    pub(crate) const fn words(self) -> Self {
        Self { words: true, ..self }
    }

    /// And nothing else is left to do first.
    #[must_use]
    pub(crate) const fn before_second_factor(self) -> Self {
        Self { set_up: true, ..self }
    }

    /// And what comes may be so large.
    #[must_use]
    pub(crate) const fn takes(self, body: Size) -> Self {
        Self { body, ..self }
    }
}

/// Nothing.
pub(crate) const NOTHING: Need = Need::of(CallerKind::Anybody, Size::Bytes(SMALL));
/// Nothing, also when there are too many connections: for those who only look whether the server is well.
pub(crate) const PROBE: Need = Need { probe: true, ..NOTHING };
/// A visitor's key.
pub(crate) const VISITOR: Need = Need::of(CallerKind::Visitor, Size::Bytes(WORDS));
/// A visitor's key, in the first frame.
pub(crate) const HELLO: Need = Need::of(CallerKind::Hello, Size::Bytes(SMALL));
/// A signature over the body.
pub(crate) const SIGNATURE: Need = Need::of(CallerKind::Signature, Size::Bytes(SMALL));
/// Any enabled user.
pub(crate) const USER: Need = Need::of(CallerKind::User, Size::Bytes(CALL));

/// A user whose role has at least one of these permissions.
#[must_use]
pub(crate) const fn role(permissions: &'static [Permission]) -> Need {
    Need { role: permissions, ..USER }
}

/// How long a handler of the REST API may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest wait for something new.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(60);

/// Names the parameters that had no effect, since the operation does not know them.
const UNKNOWN: HeaderName = HeaderName::from_static("x-unknown-parameters");

impl FromRequest<App> for Params {
    type Rejection = Refusal;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Refusal> {
        let seen = request.extensions_mut().remove::<Seen>().unwrap_or_default();
        match request.extensions_mut().remove::<Self>() {
            Some(read) => Ok(read),
            None => {
                let need = request.extensions().get::<Need>().copied().unwrap_or(NOTHING);
                let network = Network::of(request.headers(), request.extensions(), app)?;
                let allowed = Allowance::of(&app.bodies, need.body, app.config.attachment_max_bytes, Some(network));
                Ok(Self::read(request, allowed).await?.without_nul(need.words)?.noting(seen))
            }
        }
    }
}

/// Runs before every handler: finds the caller, checks what the route needs, counts the request.
pub(crate) async fn guard(State((app, need)): State<(App, Need)>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/1.0/");
    let keyed = request.uri().path().starts_with("/console/") && idempotency::has_key(request.headers());
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let seen = Seen::noting();
    let path = path.as_ref().map(MatchedPath::as_str);
    let response = match admit(&app, need, request, seen.clone()).await {
        // The body has been read: a slow caller is not what takes the time.
        Ok(request) if api => {
            let polls = request.uri().path() == "/1.0/events/journal";
            let limit = if polls { ANSWER + WAIT_MAX } else { ANSWER };
            let params = request.extensions().get::<Params>();
            let unknown = path.zip(params).and_then(|(path, params)| unknown(&method, path, params.names()));
            let mut response = idempotency::run(&app, request, next, limit).await;
            if let Some(names) = unknown {
                response.headers_mut().insert(UNKNOWN, names);
            }
            response
        }
        Ok(request) if keyed => idempotency::run(&app, request, next, ANSWER).await,
        Ok(request) => next.run(request).await,
        Err(error) => Refusal(error).into_response(),
    };
    refuse_unlisted(&method, path, seen, response)
}

/// Lets a request in: finds out who asks, as far as the route needs to know.
async fn admit(app: &App, need: Need, mut request: Request, seen: Seen) -> Result<Request> {
    request.extensions_mut().insert(need);
    if need.caller == CallerKind::User {
        return admit_user(app, need, request, seen).await;
    }
    let place = request.extensions().get::<Arc<Place>>().cloned();
    place.filter(|_| !need.probe).map_or(Ok(()), |place| place.let_in())?;
    request.extensions_mut().insert(seen);
    if need.caller != CallerKind::Visitor {
        return Ok(request);
    }
    // What a stranger sends is not read.
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::find(app, bearer(&parts.headers), &mut parts).await?;
    parts.extensions.insert(visitor);
    Ok(Request::from_parts(parts, body))
}

async fn admit_user(app: &App, need: Need, mut request: Request, seen: Seen) -> Result<Request> {
    let place = request.extensions().get::<Arc<Place>>().cloned();
    let bearer = bearer(request.headers());
    let cookie = cookie(request.headers(), session_cookie(app));
    let safe = !idempotency::is_write(request.method(), request.uri().path());
    let query = request.uri().query().filter(|q| q.contains("access_token="));
    let in_query = query.map(Params::from_query).transpose()?;
    // A caller who is known by header, query or cookie is checked before the body is read.
    let early = match (&bearer, &in_query, &cookie) {
        (Some(token), ..) => Some(by_token(app, token).await?),
        (None, Some(query), _) => match query.access_token() {
            Some(token) => Some(by_token(app, &token).await?),
            None => None,
        },
        (None, None, Some(id)) => {
            let Network(network) = Network::of(request.headers(), request.extensions(), app)?;
            let (actor, session) = by_cookie(app, id, safe, request.headers(), network).await?;
            if actor.awaits_second_factor && !need.set_up {
                return Err(second_factor::set_up_first());
            }
            request.extensions_mut().insert(OwnSession(session));
            Some(actor)
        }
        (None, None, None) => None,
    };
    let known = |actor: &Actor| {
        place.iter().for_each(|place| place.stand());
        app.limits.check(actor)
    };
    early.as_deref().map_or(Ok(()), known)?;
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts.clone(), body);
    let stranger = match early {
        Some(_) => None,
        None => Some(Network::of(&parts.headers, &parts.extensions, app)?),
    };
    let allowed = Allowance::of(&app.bodies, need.body, app.config.attachment_max_bytes, stranger);
    // Whose token is in the body is known only when that is read.
    let allowed = if early.is_some() { allowed } else { allowed.at_most(WORDS) };
    let mut params = Params::read(head, allowed).await?.without_nul(need.words)?;
    let actor = match early {
        Some(actor) => actor,
        None => {
            let missing = || Error::Unauthorized("unauthorized", "an access token is required".into());
            let actor = by_token(app, &params.text("access_token")?.ok_or_else(missing)?).await?;
            known(&actor)?;
            actor
        }
    };
    let actor = acting(app, need, actor, &parts.headers, &mut params).await?;
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(params.noting(seen));
    request.extensions_mut().insert(Caller(actor));
    Ok(request)
}

/// As whom a caller acts, and under which epoch: somebody whose role lets them.
async fn acting(
    app: &App,
    need: Need,
    mut actor: Arc<Actor>,
    headers: &HeaderMap,
    params: &mut Params,
) -> Result<Arc<Actor>> {
    if let Some(user_id) = params.text("impersonated_user_id")? {
        let read = app.db.read(move |tx| Box::pin(async move { session::impersonate(tx, &actor, &user_id).await }));
        actor = Arc::new(read.await?);
    }
    actor.require_any(need.role)?;
    if let Some(epoch) = owner_epoch(headers, params)? {
        Arc::make_mut(&mut actor).owner_epoch = Some(epoch);
    }
    if let Some(act) = act(headers) {
        Arc::make_mut(&mut actor).act = Some(act);
    }
    Ok(actor)
}

/// The epoch of a thread under which the caller composed a write: the parameter `owner_epoch`, else the header.
fn owner_epoch(headers: &HeaderMap, params: &mut Params) -> Result<Option<i64>> {
    if let Some(value) = headers.get("x-owner-epoch") {
        params.give("owner_epoch", value.to_str().unwrap_or("?").into());
    }
    params.integer("owner_epoch")
}

/// Under which id the caller may take back what they ask for: `X-Act: 1` says that they may want to, and the idempotency key
/// is the id.
fn act(headers: &HeaderMap) -> Option<ActId> {
    headers.get("x-act").filter(|value| *value == "1")?;
    ActId::parse(headers.get("idempotency-key")?.to_str().ok()?)
}

/// The name of the console's cookie where the server is reached without TLS.
pub(crate) const SESSION_COOKIE: &str = "hubbub_session";

/// The name of the console's cookie. Browsers take one that begins with `__Host-` from this host alone, over TLS: no
/// other server of the same domain can put a session of its choice in its place.
pub(crate) fn session_cookie(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-hubbub_session" } else { SESSION_COOKIE }
}

async fn by_token(app: &App, token: &str) -> Result<Arc<Actor>> {
    let hash = crypto::token_hash(token);
    app.access.get(&app.db, hash.clone(), move |tx| Box::pin(async move { access::by_token(tx, &hash).await })).await
}

async fn by_cookie(
    app: &App,
    id: &str,
    safe: bool,
    headers: &HeaderMap,
    network: String,
) -> Result<(Arc<Actor>, Session)> {
    let hash = crypto::token_hash(id);
    let (actor, session) = app.db.read(move |tx| Box::pin(async move { access::by_session(tx, &hash).await })).await?;
    if !safe {
        from_own_page(app, headers)?;
        let csrf = headers.get("x-csrf-token");
        if !csrf.is_some_and(|given| crypto::same(given.as_bytes(), session.csrf.as_bytes())) {
            return Err(Error::Forbidden("csrf", "the header X-CSRF-Token is missing or wrong".into()));
        }
    }
    if let Some(end) = session::slide(&session, app.db.clock().now(), app.session_ages().await?) {
        let hash = session.id_hash.clone();
        let noted = app.db.write(move |tx| {
            let (hash, network) = (hash.clone(), network.clone());
            Box::pin(async move { session::note_use(tx, &hash, &network, end).await })
        });
        match noted.await {
            // The next request tries again; this one asks for something else.
            Err(error) if error.is_passing() => tracing::debug!(%error, "a session is not moved on"),
            outcome => outcome?,
        }
    }
    Ok((Arc::new(actor), session))
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned()).filter(|t| !t.is_empty())
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Refuses a request that a browser sent for a page of another origin, be it on the same site: for what changes
/// something and is known by a cookie, or makes one. Who is no browser says nothing of pages.
///
/// # Errors
/// 403.
pub(crate) fn from_own_page(app: &App, headers: &HeaderMap) -> Result<()> {
    let own = match headers.get("sec-fetch-site").map(|v| v.as_bytes()) {
        // The browser's own word, which no proxy and no port stand between.
        Some(site) => matches!(site, b"same-origin" | b"none"),
        None => is_own_origin(app, headers),
    };
    if own { Ok(()) } else { Err(Error::Forbidden("other_origin", "this must come from the console itself".into())) }
}

/// Whether the page that asks, where a browser says which, is of this server.
pub(crate) fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let (origin, host) = (text(origin), headers.get(header::HOST).map(text).unwrap_or_default());
    let same_host = match origin.split_once("://") {
        Some((scheme, place)) => place == host && (scheme == "https" || !app.config.is_https()),
        None => false,
    };
    same_host || origin == app.config.public_url
}
