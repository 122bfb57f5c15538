//! The front ends inside the binary: the console at `/`, the chat's scripts, the demo page.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::app::App;
use crate::channels::chat::told;
use crate::crypto::to_hex;
use crate::demo::MARK;
use crate::domain::{Error, allowed_domains, settings};
use crate::http::{Id, Refusal, Result};

#[derive(RustEmbed)]
#[folder = "../web/console/dist"]
#[allow_missing = true]
struct Console;

#[derive(RustEmbed)]
#[folder = "../web/widget/dist"]
#[allow_missing = true]
struct Widget;

#[derive(RustEmbed)]
#[folder = "../web/demo"]
#[allow_missing = true]
struct Demo;

/// Scripts, styles and pictures of our own alone: what an agent's browser loads, its sender hears of. Files have the
/// public address (`{public}`), which need not be the one that the console was opened at.
const CONSOLE_POLICY: &str = "default-src 'self'; img-src 'self' data: blob: {public}; media-src 'self' blob: {public}; \
    style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; \
    form-action 'self'";
/// No other site may show the console in a frame, unless the setting `deny_iframe_integration` is off.
const NO_FRAMES: &str = "; frame-ancestors 'none'";
/// The chat as a page of its own may stand in any frame, unless the source names its sites.
const WEB_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob: https: http:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'";

/// A page that only the console shows.
const IN_CONSOLE: &str = "; frame-ancestors 'self'";
/// The shop is as strict as a site can be: nothing inline, nothing from elsewhere.
const DEMO_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; \
    trusted-types hubbub";

/// A file of a front end, compressed where the build has compressed it and the browser takes it.
fn file<Files: RustEmbed>(path: &str, headers: &HeaderMap, immutable: bool) -> Response {
    let Some(file) = Files::get(path) else { return Refusal(Error::NotFound("page")).into_response() };
    let compressed = if takes_gzip(headers) { Files::get(&format!("{path}.gz")) } else { None };
    let data = compressed.as_ref().unwrap_or(&file);
    let tag = format!("\"{}\"", &to_hex(&data.metadata.sha256_hash())[..16]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut kind = file.metadata.mimetype().to_owned();
    if kind.starts_with("text/") || kind.ends_with("javascript") || kind.ends_with("json") {
        kind.push_str("; charset=utf-8");
    }
    // Names with a hash in them never change; all else is asked for again, which a tag makes cheap.
    let cache = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let encoded = compressed.is_some();
    let mut response = compressed.unwrap_or(file).data.into_owned().into_response();
    let set = |headers: &mut HeaderMap, name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, &kind);
    set(headers, header::CACHE_CONTROL, cache);
    set(headers, header::ETAG, &tag);
    set(headers, header::VARY, "accept-encoding");
    if encoded {
        set(headers, header::CONTENT_ENCODING, "gzip");
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Whether a browser takes gzip: all do; what refuses it by `q=0` is no browser.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    given.any(|list| list.split(',').any(|coding| coding.trim().split(';').eq(["gzip"])))
}

fn with_policy(mut response: Response, policy: &str) -> Response {
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The chat's loader, the same for every source, but for those that have their events told to what counts visits on the
/// page: it finds its source by its own address.
pub async fn loader(State(app): State<App>, Id(token): Id<String>, headers: HeaderMap) -> Response {
    let name = if told::tells(&app, token).await { "telling.js" } else { "loader.js" };
    for_any_site(file::<Widget>(name, &headers, false))
}

/// The chat itself.
pub async fn chat(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("chat.js", &headers, false))
}

/// What only live chats have.
pub async fn live(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("live.js", &headers, false))
}

/// How a chat asks for an e-mail address.
pub async fn email(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("email.js", &headers, false))
}

/// What decides which visitors are offered the chat, for sources with triggers of their own.
pub async fn manager(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("manager.js", &headers, false))
}

/// What shows the buttons and invitations of a source's catalogue.
pub async fn catalog(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("catalog.js", &headers, false))
}

/// The commands of a page that few pages give.
pub async fn commands(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("commands.js", &headers, false))
}

/// What shows structured messages and files.
pub async fn cards(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("cards.js", &headers, false))
}

/// Sounds and notices of the browser.
pub async fn alerts(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("alerts.js", &headers, false))
}

/// What asks a visitor to agree before they write.
pub async fn consent(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("consent.js", &headers, false))
}

/// What emojis are picked from.
pub async fn emoji(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("emoji.js", &headers, false))
}

/// What sends files.
pub async fn files(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("files.js", &headers, false))
}

/// The list of a visitor's conversations.
pub async fn list(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("list.js", &headers, false))
}

/// What is said of messages that were refused.
pub async fn refused(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("refused.js", &headers, false))
}

/// What takes up another configuration on a page that is open.
pub async fn renew(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("renew.js", &headers, false))
}

/// What says everything in other languages than English, or in a site's own words.
pub async fn words(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("words.js", &headers, false))
}

/// The toolbar that shows why a chat is offered or not.
pub async fn debug(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("debug.js", &headers, false))
}

/// Lets in pages that are isolated (`Cross-Origin-Embedder-Policy`): their browsers ask each file whether it may come.
fn for_any_site(mut response: Response) -> Response {
    let anywhere = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert(HeaderName::from_static("cross-origin-resource-policy"), anywhere);
    response
}

/// The chat as a page of its own, for frames (`docs/interactions/web-messaging/integration.md`) on the sites that the chat
/// stands on. Its address says who the visitor is, so that nobody keeps it or hears of it.
///
/// # Errors
/// 404.
pub async fn chat_page(State(app): State<App>, Id(token): Id<String>, mut headers: HeaderMap) -> Result<Response> {
    let find = app.db.read(move |tx| Box::pin(async move { crate::domain::visitor::source(tx, &token).await }));
    let sites = allowed_domains::hosts(&find.await?);
    // Where a source allows HTTP, browsers take HTTPS as well.
    let sites: String = sites.iter().map(|host| format!(" http://{host}:*")).collect();
    let framed = if sites.is_empty() { String::new() } else { format!("; frame-ancestors 'self'{sites}") };
    // One that a browser has kept from before may have another policy.
    headers.remove(header::IF_NONE_MATCH);
    let mut response = with_policy(file::<Widget>("web.html", &headers, false), &format!("{WEB_POLICY}{framed}"));
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    own.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// The chat's window in the administration, with texts and a look that are not saved yet.
pub async fn preview_page(State(app): State<App>, Id(token): Id<String>, headers: HeaderMap) -> Result<Response> {
    let find = app.db.read(move |tx| Box::pin(async move { crate::domain::visitor::source(tx, &token).await }));
    find.await?;
    Ok(with_policy(file::<Widget>("preview.html", &headers, false), &format!("{WEB_POLICY}{IN_CONSOLE}")))
}

/// What that page runs.
pub async fn preview(headers: HeaderMap) -> Response {
    for_any_site(file::<Widget>("preview.js", &headers, false))
}

/// The first page of the demo's shop.
///
/// # Errors
/// As [`shop`].
pub async fn demo(state: State<App>, headers: HeaderMap) -> Result<Response> {
    shop(state, Id("home".to_owned()), headers).await
}

/// A page of the demo's shop with the chat of the first active messaging source, or with the live chat where the page is
/// for that; or one of their files.
///
/// # Errors
/// 404 where the domain is no demo, or there is no such page.
pub async fn shop(State(app): State<App>, Id(name): Id<String>, headers: HeaderMap) -> Result<Response> {
    let read = app.db.read(|tx| {
        Box::pin(async move { Ok::<_, Error>((store::setting::get(tx, MARK).await?, store::source::all(tx).await?)) })
    });
    let (mark, sources) = read.await?;
    mark.ok_or(Error::NotFound("page"))?;
    if name.ends_with(".js") || name.ends_with(".css") {
        return Ok(file::<Demo>(&name, &headers, false));
    }
    let text = |path: &str| Demo::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    let (Some(frame), Some(page)) = (text("frame.html"), text(&format!("pages/{name}.html"))) else {
        return Err(Error::NotFound("page").into());
    };
    let mut chats: Vec<_> = sources.into_iter().filter(|s| s.active && s.kind.caps().visitors).collect();
    chats.sort_by_key(|s| s.is_live_chat() != page.contains("{{live}}"));
    let token = chats.into_iter().next().map(|s| s.token).unwrap_or_default();
    // Its first line is what it is called.
    let (title, body) = page.split_once('\n').unwrap_or(("", &page));
    let html = frame.replace("{{title}}", title).replace("{{page}}", body);
    let html = html.replace("{{live}}", "").replace("{{source_token}}", &token);
    let response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    Ok(with_policy(response, DEMO_POLICY))
}

/// Addresses below which everything answers in the API's form.
const PROGRAMS: [&str; 6] = ["1.0", "console", "chat", "realtime", "attachments", "pictures"];
/// What the console's own addresses begin with (`web/console/src/lib/router.svelte.ts`).
const CONSOLE: [&str; 10] =
    ["", "admin", "figures", "inbox", "invitation", "me", "oauth", "people", "recovery", "visitors"];

/// Everything that no route has: the console's files, and its page for its own addresses; a page that says so for all
/// other addresses that people come to, and errors in the API's form for programs.
pub async fn fallback(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let area = path.split('/').next().unwrap_or_default();
    if PROGRAMS.contains(&area) || !matches!(method, Method::GET | Method::HEAD) {
        return Refusal(Error::NotFound("path")).into_response();
    }
    if !path.is_empty() && Console::get(path).is_some() {
        return file::<Console>(path, &headers, path.starts_with("assets/"));
    }
    let policy = CONSOLE_POLICY.replace("{public}", &app.config.public_url);
    if !CONSOLE.contains(&area) {
        return not_found(&headers, &policy);
    }
    // Where the settings cannot be read the stricter answer is right.
    let framed = app.settings().await.is_ok_and(|s| !s.get(&settings::DENY_IFRAME));
    let policy = if framed { policy } else { policy + NO_FRAMES };
    with_policy(file::<Console>("index.html", &headers, false), &policy)
}

/// The page for addresses that nothing has, in the reader's language.
fn not_found(headers: &HeaderMap, policy: &str) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (language, title, text, back) = if wanted.trim_start().to_ascii_lowercase().starts_with("fr") {
        ("fr", "Rien à cette adresse", "Vérifiez l’adresse, ou revenez à la console.", "Ouvrir la console")
    } else {
        ("en", "Nothing at this address", "Check the address, or go back to the console.", "Open the console")
    };
    let page = include_str!("not_found.html");
    let page = page.replace("{{language}}", language).replace("{{title}}", title);
    let page = page.replace("{{text}}", text).replace("{{back}}", back);
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    let varied = [(header::VARY, "accept-language")];
    with_policy((StatusCode::NOT_FOUND, kind, varied, page).into_response(), policy)
}
