//! `/chat/{source_token}/…`: what the widget on a page talks to. The reference documents the page's side of it
//! (`docs/interactions/web-messaging`); this protocol between widget and server is Hubbub's own.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use model::{AttachmentId, ContentId, CreatedFrom, SignedIdentities, ThreadId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::attachment::Attachment;
use store::source::JwtKey;

use super::attachment::{store_upload, url};
use crate::app::App;
use crate::channels::chat::identity;
use crate::crypto;
use crate::domain::attachment::{self, CHAT_EXTENSIONS, is_for_chat};
use crate::domain::ingest::BODY_MAX;
use crate::domain::visit::{self, Claim, PageNow};
use crate::domain::visitor::{self, Added, Conversation, Known, Message, Written};
use crate::domain::{Error, Fault, Reason, Result, locale, source_settings, structured};
use crate::http::{Network, Params, Reply, auth};

/// A file as a visitor sees it.
#[derive(Serialize)]
pub struct FileOut {
    content_type: String,
    filename: String,
    id: AttachmentId,
    size: i64,
    url: String,
}

impl FileOut {
    /// A file with its signed address.
    pub fn new(app: &App, file: Attachment) -> Self {
        let url = url(app, &file);
        Self { content_type: file.content_type, filename: file.filename, id: file.id, size: file.size, url }
    }
}

/// A message as a visitor sees it.
#[derive(Serialize)]
pub struct MessageOut {
    id: ContentId,
    client_id: Option<String>,
    thread_id: ThreadId,
    from: &'static str,
    sender_name: Option<String>,
    avatar_url: Option<String>,
    body: String,
    html: Option<String>,
    created_at: Timestamp,
    attachments: Vec<FileOut>,
    structured_content: Option<Value>,
    delivered: bool,
    read: bool,
}

impl MessageOut {
    /// A message with what stands beside it.
    pub fn new(app: &App, message: Message) -> Self {
        let Message { content, attachments, pictures, seen, avatar_url } = message;
        let address = |id: &str| pictures.iter().find(|p| p.id.as_str() == id).map(|p| url(app, p));
        let structured_content = structured::shown(&content, address);
        let from_agent = content.is_from_agent();
        let read = if from_agent { content.read_at.is_some() } else { seen };
        Self {
            // What the page said has an id of the visitor's side, whoever's name it bears.
            client_id: content.foreign_id.filter(|_| !from_agent || content.created_from == CreatedFrom::Automatic),
            from: if from_agent { "agent" } else { "visitor" },
            sender_name: content.sender_name,
            avatar_url,
            structured_content,
            body: content.body,
            html: content.html,
            created_at: content.created_at,
            attachments: attachments.into_iter().map(|a| FileOut::new(app, a)).collect(),
            delivered: !from_agent || content.delivered_at.is_some(),
            read,
            id: content.id,
            thread_id: content.thread_id,
        }
    }
}

/// A conversation as a visitor sees it.
#[derive(Serialize)]
pub struct ConversationOut {
    id: ThreadId,
    title: Option<String>,
    closed: bool,
    text_input_disabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    unread: i64,
    last_message: Option<MessageOut>,
}

impl ConversationOut {
    /// A conversation with its newest message.
    pub fn new(app: &App, conversation: Conversation) -> Self {
        let Conversation { thread, last } = conversation;
        Self {
            id: thread.id,
            title: thread.title,
            closed: thread.closed,
            text_input_disabled: thread.text_input_disabled,
            created_at: thread.created_at,
            updated_at: thread.last_content_at,
            unread: thread.visitor_unread,
            last_message: last.map(|m| MessageOut::new(app, m)),
        }
    }
}

type Parts = HashMap<String, String>;

fn part<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts.get(name).map_or("", String::as_str)
}

/// What the widget must know before a visitor does anything.
pub async fn config(State(app): State<App>, Path(parts): Path<Parts>) -> Result<Reply<Value>> {
    let token = part(&parts, "token").to_owned();
    let (source, community) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let source = visitor::source(tx, &token).await?;
                let community = visitor::community(tx, &source).await?;
                Ok::<_, Error>((source, community))
            })
        })
        .await?;
    let signed = community.signed_identities;
    let taken = |ending: &&str| attachment::is_taken(&source, &format!("file.{ending}"));
    let extensions: Vec<&str> = CHAT_EXTENSIONS.iter().copied().filter(taken).collect();
    Ok(Reply(json!({
        "source": {
            "id": source.id,
            "name": source.name,
            "locale": source.setting("default_content_language"),
            "color": source_settings::color(&source),
            "avatar_url": source.setting("avatar_url"),
            "welcome_message": source.setting("welcome_message"),
            "welcome_messages": source.settings.get("welcome_messages").cloned().unwrap_or_else(|| json!([])),
            "active": source.active,
            "signed_identities": signed,
        },
        "attachments": {"max_bytes": app.config.attachment_max_bytes, "extensions": extensions},
        "max_characters": BODY_MAX,
    })))
}

/// Beginning or continuing a visit.
pub async fn session(
    State(app): State<App>,
    Network(network): Network,
    Path(parts): Path<Parts>,
    params: Params,
) -> Result<Reply<Value>> {
    let token = part(&parts, "token").to_owned();
    let visitor_token = params.text("visitor")?.filter(|v| v.len() <= 128);
    let known_hash = visitor_token.as_deref().map(crypto::token_hash);
    let (chat, hash) = (token.clone(), known_hash.clone());
    let (source, keys, signed, holder) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let source = visitor::source(tx, &chat).await?;
                let keys = visitor::jwt_keys(tx, &source).await?;
                let signed = visitor::community(tx, &source).await?.signed_identities;
                let holder = match hash {
                    Some(hash) => visit::holder(tx, &source.id, &hash).await?,
                    None => None,
                };
                Ok::<_, Error>((source, keys, signed, holder))
            })
        })
        .await?;
    let claim = claim(&app, &params, &keys, signed)?;
    // A key that nobody knows is no key: whoever makes them up is a new visitor each time, and so is another person.
    match known_hash.as_ref().filter(|_| holder.is_some_and(|person| !visit::is_another(&person, &claim))) {
        Some(hash) => app.limits.check_visitor(hash)?,
        None => app.limits.check_visit(&network, &token)?,
    }
    let page = page_now(params.map("page")?.unwrap_or_default(), params.map("custom")?.unwrap_or_default())?;
    let new_token = crypto::random_hex(24);
    let new_hash = crypto::token_hash(&new_token);
    let (identity, is_new, (unread, open_threads), position) = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Read first: what happens meanwhile is then told again by the socket, rather than never.
                let position = store::journal::head(tx).await?;
                let (identity, is_new) = visit::begin(tx, &source, known_hash, new_hash, claim, page).await?;
                let counts = visitor::count(tx, &source.id, &identity.id).await?;
                Ok::<_, Error>((identity, is_new, counts, position))
            })
        })
        .await?;
    let visitor = if is_new { new_token } else { visitor_token.unwrap_or(new_token) };
    Ok(Reply(json!({
        "visitor": visitor,
        "identity": {"id": identity.id, "screenname": identity.screenname, "uuid": identity.uuid},
        "unread": unread,
        "open_threads": open_threads,
        "position": position,
    })))
}

fn claim(app: &App, params: &Params, keys: &[JwtKey], signed: SignedIdentities) -> Result<Claim> {
    if let Some(jwt) = params.text("jwt")? {
        if signed == SignedIdentities::Rejected {
            let message = "this chat takes no signed identities";
            return Err(Error::Forbidden("signed_identity_rejected", message.into()));
        }
        let ready = identity::signing_keys(&app.keys, keys);
        let signed = identity::verify_signed(&ready, &jwt, app.db.clock().now())?;
        let key = keys.iter().find(|key| key.key_id == signed.key_id);
        let key = key.ok_or_else(|| Error::Internal("a key that was not there has signed".into()))?.id.clone();
        return Ok(Claim::Signed { author: signed.author, until: signed.expires_at, key });
    }
    let told = params.map("identity")?.filter(|map| !map.is_empty());
    Ok(Claim::Unsigned(told.map(|map| identity::unsigned(&map)).transpose()?))
}

/// The page that a visitor is on, with custom variables cut as an identity's extra values are.
///
/// # Errors
/// As [`identity::unsigned`].
pub fn page_now(page: Map<String, Value>, custom: Map<String, Value>) -> Result<PageNow> {
    let text = |name: &str| page.get(name).and_then(Value::as_str).map(str::to_owned);
    let custom = match custom.is_empty() {
        true => Map::new(),
        false => identity::unsigned(&Map::from_iter([("extra_values".into(), custom.into())]))?.extra_values,
    };
    Ok(PageNow { url: text("url"), title: text("title"), custom })
}

/// The key that a visitor's request carries, hashed.
fn visitor_hash(headers: &HeaderMap) -> Result<String> {
    let missing = || Error::Unauthorized("unknown_visitor", "begin a session first".into());
    Ok(crypto::token_hash(&auth::bearer(headers).ok_or_else(missing)?))
}

async fn known(app: &App, parts: &Parts, headers: &HeaderMap) -> Result<Known> {
    let hash = visitor_hash(headers)?;
    find_known(app, part(parts, "token").to_owned(), hash).await
}

/// Finds the visitor behind a hashed key on the source of a token.
///
/// # Errors
/// 404 for the source, 401 for the visitor.
pub async fn find_known(app: &App, token: String, hash: String) -> Result<Known> {
    app.db
        .read(move |tx| {
            Box::pin(async move {
                let source = visitor::source(tx, &token).await?;
                visitor::find(tx, source, &hash).await
            })
        })
        .await
}

/// The visitor's conversations.
pub async fn threads(State(app): State<App>, Path(parts): Path<Parts>, headers: HeaderMap) -> Result<Reply<Value>> {
    let known = known(&app, &parts, &headers).await?;
    let (found, position) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let position = store::journal::head(tx).await?;
                let found = visitor::conversations(tx, &known.source.id, &known.identity.id).await?;
                Ok::<_, Error>((found, position))
            })
        })
        .await?;
    let threads: Vec<_> = found.into_iter().map(|c| ConversationOut::new(&app, c)).collect();
    Ok(Reply(json!({"threads": threads, "position": position})))
}

fn thread_id(parts: &Parts) -> Result<ThreadId> {
    ThreadId::parse(part(parts, "id")).ok_or(Error::NotFound("thread"))
}

/// A window of a conversation's messages, oldest first.
pub async fn messages(
    State(app): State<App>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    params: Params,
) -> Result<Reply<Value>> {
    let known = known(&app, &parts, &headers).await?;
    let id = thread_id(&parts)?;
    let before = params.id("before", ContentId::parse)?;
    let limit = params.integer("limit")?.unwrap_or(30).clamp(1, 100);
    let (found, more, position) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let position = store::journal::head(tx).await?;
                let scope = store::Scope::Sources(vec![known.source.id.clone()]);
                let thread = store::thread::find(tx, &scope, &id).await?;
                let own = thread.filter(|t| t.identity_id.as_ref() == Some(&known.identity.id));
                let thread = own.ok_or(Error::NotFound("thread"))?;
                let mut found = store::content::page_back(tx, &id, before.as_ref(), limit + 1).await?;
                let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                found.reverse();
                Ok::<_, Error>((visitor::messages(tx, &thread, found).await?, more, position))
            })
        })
        .await?;
    let messages: Vec<_> = found.into_iter().map(|m| MessageOut::new(&app, m)).collect();
    Ok(Reply(json!({"messages": messages, "more": more, "position": position})))
}

/// Writing a message.
pub async fn write(
    State(app): State<App>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    params: Params,
) -> Result<Reply<Value>> {
    let hash = visitor_hash(&headers)?;
    app.limits.check_visitor(&hash)?;
    let written = Written {
        client_id: params.required("client_id")?,
        thread_id: params.id("thread_id", ThreadId::parse)?,
        body: params.text("body")?.unwrap_or_default(),
        language: language(&params, &headers)?,
        attachment_ids: params.ids("attachment_ids", AttachmentId::parse)?.unwrap_or_default(),
        reply_to: reply_to(&params)?,
        before: added(&params)?,
    };
    check_client_id("client_id", &written.client_id)?;
    let token = part(&parts, "token").to_owned();
    // The same message sent twice at the same moment: one of them meets the other's row, and finds it on its
    // second try.
    let mut outcome = take_in(&app, token.clone(), hash.clone(), written.clone()).await;
    if matches!(outcome, Err(Error::Store(store::Error::Unique(_)))) {
        outcome = take_in(&app, token, hash, written).await;
    }
    let (message, conversation) = outcome?;
    Ok(Reply(json!({
        "message": MessageOut::new(&app, message),
        "thread": ConversationOut::new(&app, conversation),
    })))
}

/// The language that a visitor writes in: as the page says, else as the browser prefers.
fn language(params: &Params, headers: &HeaderMap) -> Result<Option<String>> {
    let told = params.text("language")?;
    let preferred = || headers.get("accept-language")?.to_str().ok()?.split([',', ';']).next();
    Ok(told.as_deref().or_else(preferred).and_then(locale::of_tag).map(str::to_owned))
}

fn check_client_id(field: &str, id: &str) -> Result<()> {
    if (8..=64).contains(&id.len()) {
        return Ok(());
    }
    Err(Error::bad(field, Reason::Length.says("must have 8 to 64 characters").with("min", 8).with("max", 64)))
}

/// The button that was pressed.
fn reply_to(params: &Params) -> Result<Option<(ContentId, Option<String>)>> {
    let Some(map) = params.map("reply_to")? else { return Ok(None) };
    let map = Params::from(map);
    let wrong = |_| Error::bad("reply_to", Reason::Form.says("must have a message_id, and may have a payload"));
    let id = map.required_id("message_id", ContentId::parse).map_err(wrong)?;
    Ok(Some((id, map.text("payload").map_err(wrong)?)))
}

/// What the page said before a message.
fn added(params: &Params) -> Result<Vec<Added>> {
    let list = match params.value("before") {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Error::bad("before", Fault::form("a list of messages"))),
    };
    let read = |value: &Value| {
        let map = value.as_object().cloned().ok_or_else(|| Error::bad("before", Fault::form("a list of messages")))?;
        let one = Params::from(map);
        let named = |e| match e {
            Error::BadParameter { field, fault } => Error::bad("before", fault.of(&field)),
            other => other,
        };
        let client_id = one.required("client_id").map_err(named)?;
        check_client_id("before", &client_id)?;
        let body = one.text("body").map_err(named)?.unwrap_or_default();
        let agent = one.boolean("agent").map_err(named)?.unwrap_or(false);
        Ok(Added { client_id, body, agent })
    };
    list.iter().map(read).collect()
}

async fn take_in(app: &App, token: String, hash: String, written: Written) -> Result<(Message, Conversation)> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let source = visitor::source(tx, &token).await?;
                let known = visitor::find(tx, source, &hash).await?;
                let received = visitor::write(tx, &known, written).await?;
                let content = vec![received.content];
                let message = visitor::messages(tx, &received.thread, content).await?.pop();
                let message = message.ok_or(Error::NotFound("message"))?;
                Ok::<_, Error>((message, visitor::conversation(tx, received.thread).await?))
            })
        })
        .await
}

/// Sending a file, to be used in a message afterwards.
pub async fn upload(
    State(app): State<App>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    params: Params,
) -> Result<Reply<FileOut>> {
    let known = known(&app, &parts, &headers).await?;
    app.limits.check_visitor(known.identity.id.as_str())?;
    for file in &params.files {
        let ending = file.filename.rsplit_once('.').map_or("", |(_, e)| e).to_lowercase();
        if !is_for_chat(&file.filename) {
            let message = format!("files of the type {ending:?} are not taken");
            return Err(Error::Unprocessable("attachment_type_refused", message.into()));
        }
        if !attachment::is_taken(&known.source, &file.filename) {
            let message = format!("this chat takes no files of the type {ending:?}");
            return Err(Error::Unprocessable("attachment_type_refused", message.into()));
        }
    }
    let stored = store_upload(&app, params, format!("identity:{}", known.identity.id), true).await?;
    Ok(Reply(FileOut::new(&app, stored)))
}

/// Noting that a conversation was read up to a message.
pub async fn read(
    State(app): State<App>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    params: Params,
) -> Result<Reply<ConversationOut>> {
    let known = known(&app, &parts, &headers).await?;
    app.limits.check_frames(known.identity.id.as_str())?;
    let id = thread_id(&parts)?;
    let up_to = params.required_id("message_id", ContentId::parse)?;
    let conversation = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let thread = visitor::mark_read(tx, &known, &id, &up_to).await?;
                visitor::conversation(tx, thread).await
            })
        })
        .await?;
    Ok(Reply(ConversationOut::new(&app, conversation)))
}
