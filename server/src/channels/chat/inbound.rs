//! `/chat/{source_token}/…`: what the widget on a page talks to. The reference documents the page's side of it
//! (`docs/interactions/web-messaging`); this protocol between widget and server is Hubbub's own.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderMap;
use model::{AttachmentId, ChatMode, ChatTriggerId, ContentId, SignedIdentities, ThreadId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::identity::Identity;
use store::jwt_key::JwtKey;
use store::source::Source;

use crate::app::App;
use crate::channels::chat::config::open_max;
use crate::channels::chat::greeting::VisitorOut;
use crate::channels::chat::site::require_own_site;
use crate::channels::chat::{identity, page, there};
use crate::crypto;
use crate::domain::attachment;
use crate::domain::block::Writer;
use crate::domain::visit::{self, Claim, PageNow};
use crate::domain::visitor::{self, Known};
use crate::domain::written::{self, Added};
use crate::domain::{Error, Fault, Reason, contact, live_notice, locale};
use crate::http::api::attachment::{Sender, store_upload};
use crate::http::api::journal::EndOut;
use crate::http::{Id, Network, Params, Refusal, Reply, Result, Visitor, Written, answer};
use crate::views::message::{ConversationOut, FileOut, MessageOut, NoticeOut};

/// A visit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatSession")]
pub struct SessionOut {
    /// The visitor's key: what the other requests carry, and the next visit names.
    visitor: String,
    /// The visitor.
    identity: VisitorOut,
    /// How many messages the visitor has not read.
    unread: i64,
    /// How many conversations are open.
    open_threads: i64,
    /// How the chat's conversations go.
    mode: ChatMode,
    /// The live chat that has not ended.
    live: Option<ConversationOut>,
    /// How many conversations the visitor may have open; null in a live chat, which is one at a time.
    max_open_conversations: Option<i64>,
    #[serde(flatten)]
    end: EndOut,
}

/// Beginning or continuing a visit.
pub async fn session(
    State(app): State<App>,
    Network(network): Network,
    Id(token): Id<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<SessionOut>> {
    let visitor_token = params.text("visitor")?.filter(|v| v.len() <= 128);
    let known_hash = visitor_token.as_deref().map(crypto::token_hash);
    let Met { source, keys, signed, holder } = met(&app, token.clone(), known_hash.clone()).await?;
    require_own_site(&app, &source, &headers)?;
    let claim = claim(&app, &params, &keys, signed)?;
    // A key that nobody knows is no key: whoever makes them up is a new visitor each time, and so is another person.
    match known_hash.as_ref().filter(|_| holder.is_some_and(|person| !visit::is_another(&person, &claim))) {
        Some(hash) => app.limits.check_visitor(hash)?,
        None => app.limits.check_visit(&network, &token)?,
    }
    let (page, custom) = (params.map("page")?.unwrap_or_default(), params.map("custom")?);
    // Whoever says nothing of variables is on the same page still.
    let (begins, custom) = (custom.is_some(), custom.unwrap_or_default());
    let told = page::with_browser(&headers, page::visit(&page));
    let page = PageNow { begins, ..page::page_now(page, custom, told)? };
    let single_thread = single_thread(&params)?;
    let new_token = crypto::random_hex(24);
    let new_hash = crypto::token_hash(&new_token);
    answer::write(&app, move |app, tx| {
        Box::pin(async move {
            // Read first: what happens meanwhile is then told again by the socket, rather than never.
            let end = store::journal::end(tx).await?.into();
            let (identity, is_new) =
                visit::begin(tx, &source, known_hash, new_hash, claim, page, single_thread).await?;
            let (unread, open_threads) = visitor::count(tx, &source.id, &identity.id).await?;
            let visitor = if is_new { new_token } else { visitor_token.unwrap_or(new_token) };
            let live = visitor::live(tx, &source, &identity.id).await?.map(|live| ConversationOut::new(app, live));
            let max_open_conversations = open_max(&source).filter(|_| !single_thread);
            let mode = source.chat_mode().unwrap_or(ChatMode::Messaging);
            let reachable = contact::is_reachable(tx, &identity.id).await?;
            let identity = VisitorOut::new(identity, reachable);
            Ok(SessionOut { visitor, identity, unread, open_threads, mode, live, max_open_conversations, end })
        })
    })
    .await
}

/// The chat that somebody comes to, and who they have been there.
struct Met {
    source: Source,
    keys: Vec<JwtKey>,
    signed: SignedIdentities,
    holder: Option<Identity>,
}

async fn met(app: &App, token: String, hash: Option<String>) -> Result<Met> {
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let source = visitor::source(tx, &token).await?;
            let keys = visitor::jwt_keys(tx, &source).await?;
            let signed = visitor::community(tx, &source).await?.signed_identities;
            let holder = match hash {
                Some(hash) => visit::holder(tx, &source.id, &hash).await?,
                None => None,
            };
            Ok::<_, Error>(Met { source, keys, signed, holder })
        })
    });
    Ok(read.await?)
}

/// Whether the app shows one conversation alone.
fn single_thread(params: &Params) -> Result<bool> {
    match params.text("thread_mode")?.as_deref() {
        None | Some("multiple") => Ok(false),
        Some("single") => Ok(true),
        Some(_) => Err(Error::bad("thread_mode", Fault::one_of(&["multiple", "single"])).into()),
    }
}

fn claim(app: &App, params: &Params, keys: &[JwtKey], signed: SignedIdentities) -> Result<Claim> {
    if let Some(jwt) = params.text("jwt")? {
        if signed == SignedIdentities::Rejected {
            let message = "this chat takes no signed identities";
            return Err(Error::Forbidden("signed_identity_rejected", message.into()).into());
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

/// The visitor's conversations.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatThreads")]
pub struct ConversationsOut {
    /// All of them, newest activity first.
    threads: Vec<ConversationOut>,
    #[serde(flatten)]
    end: EndOut,
}

/// The visitor's conversations.
pub async fn threads(State(app): State<App>, Visitor(known): Visitor) -> Result<Reply<ConversationsOut>> {
    let (found, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                let found = visitor::conversations(tx, &known.source, &known.identity.id).await?;
                Ok::<_, Error>((found, end))
            })
        })
        .await?;
    there::note(&app, &found).await?;
    let threads = found.into_iter().map(|c| ConversationOut::new(&app, c)).collect();
    Ok(Reply(ConversationsOut { threads, end: end.into() }))
}

/// A window of a conversation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatMessages")]
pub struct MessagesOut {
    /// The messages, oldest first.
    messages: Vec<MessageOut>,
    /// Whether there are older ones.
    more: bool,
    /// What the visitor is told between them.
    notices: Vec<NoticeOut>,
    #[serde(flatten)]
    end: EndOut,
}

/// A window of a conversation's messages, oldest first.
pub async fn messages(
    State(app): State<App>,
    Visitor(known): Visitor,
    Id((_, id)): Id<(String, ThreadId)>,
    params: Params,
) -> Result<Reply<MessagesOut>> {
    let before = params.id("before", ContentId::parse)?;
    let limit = params.integer("limit")?.unwrap_or(30).clamp(1, 100);
    let (found, more, notices, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                let scope = store::Scope::Sources(vec![known.source.id.clone()]);
                let thread = store::thread::find(tx, &scope, &id).await?;
                let own = thread.filter(|t| t.identity_id.as_ref() == Some(&known.identity.id));
                let thread = own.ok_or(Error::NotFound("thread"))?;
                let mut found = store::content::page_back(tx, &id, before.as_ref(), limit + 1).await?;
                let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                found.reverse();
                let notices = live_notice::of_thread(tx, &id).await?;
                Ok::<_, Error>((visitor::messages(tx, &thread, found).await?, more, notices, end))
            })
        })
        .await?;
    let messages = found.into_iter().map(|m| MessageOut::new(&app, m)).collect();
    let notices = notices.into_iter().map(NoticeOut::from).collect();
    Ok(Reply(MessagesOut { messages, more, notices, end: end.into() }))
}

/// A message that was taken in, and its conversation since.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatWritten")]
pub struct WrittenOut {
    /// The message.
    message: MessageOut,
    /// Its conversation.
    thread: ConversationOut,
}

/// Writing a message.
pub async fn write(
    State(app): State<App>,
    Visitor(known): Visitor,
    network: Network,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<WrittenOut>> {
    app.limits.check_visitor(&known.token_hash)?;
    require_heard(&app, &known, &network).await?;
    let written = written::Written {
        client_id: params.required("client_id")?,
        thread_id: params.id("thread_id", ThreadId::parse)?,
        body: params.text("body")?.unwrap_or_default(),
        language: language(&params, &headers)?,
        attachment_ids: params.ids("attachment_ids", AttachmentId::parse)?.unwrap_or_default(),
        trigger_id: origin(&params)?,
        reply_to: reply_to(&params)?,
        before: added(&params)?,
        asked: asked(&params)?,
        page: began_on(&params, &headers)?,
        consent: params.text("consent")?,
        mails: app.config.mail.is_some(),
    };
    check_client_id("client_id", &written.client_id)?;
    // The same message sent twice at the same moment: one of them meets the other's row, and finds it on its
    // second try.
    match take_in(&app, known.clone(), written.clone()).await {
        Err(Refusal(Error::Store(store::Error::Unique(_)))) => take_in(&app, known, written).await,
        outcome => outcome,
    }
}

/// Refuses what somebody says whose words are kept out. Nobody is told that they are.
async fn require_heard(app: &App, known: &Known, network: &Network) -> Result<()> {
    let writer = Writer { network: network.range(), ..Writer::of(&known.identity) };
    if app.author_blocks.keep_out(&app.db, writer).await? {
        return Err(Error::Forbidden("not_taken_in", "this message cannot be taken in".into()).into());
    }
    Ok(())
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
    Err(Error::bad(field, Reason::Length.says("must have 8 to 64 characters").with("min", 8).with("max", 64)).into())
}

/// The button that was pressed.
fn reply_to(params: &Params) -> Result<Option<(ContentId, Option<String>)>> {
    let Some(map) = params.map("reply_to")? else { return Ok(None) };
    let map = Params::from(map);
    let wrong = |_| Error::bad("reply_to", Reason::Form.says("must have a message_id, and may have a payload"));
    let id = map.required_id("message_id", ContentId::parse).map_err(wrong)?;
    Ok(Some((id, map.text("payload").map_err(wrong)?)))
}

/// Whether the visitor asked for a new conversation, rather than a trigger, an item or the page.
fn asked(params: &Params) -> Result<bool> {
    let origin = Params::from(params.map("origin")?.unwrap_or_default());
    Ok(origin.text("by")?.as_deref() == Some("user"))
}

/// The trigger that showed the chat. What is no id is none: a visitor is not refused for what a page says.
fn origin(params: &Params) -> Result<Option<ChatTriggerId>> {
    let Some(map) = params.map("origin")? else { return Ok(None) };
    Ok(map.get("trigger_id").and_then(Value::as_str).and_then(ChatTriggerId::parse))
}

/// The page on which a conversation begins.
fn began_on(params: &Params, headers: &HeaderMap) -> Result<Option<PageNow>> {
    Ok(params.map("origin")?.and_then(|origin| page::began_on(headers, origin)))
}

/// What the page said before a message.
fn added(params: &Params) -> Result<Vec<Added>> {
    let list = match params.value("before") {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Error::bad("before", Fault::form("a list of messages")).into()),
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
        let welcome = one.text("welcome").map_err(named)?;
        Ok(Added { client_id, body, agent, welcome })
    };
    list.iter().map(read).collect()
}

async fn take_in(app: &App, known: Arc<Known>, written: written::Written) -> Result<Written<WrittenOut>> {
    answer::write(app, move |app, tx| {
        Box::pin(async move {
            let received = written::write(tx, &known, written).await?;
            let message = visitor::messages(tx, &received.thread, vec![received.content]).await?.pop();
            let message = MessageOut::new(app, message.ok_or(Error::NotFound("message"))?);
            let conversation = visitor::conversation(tx, received.thread).await?;
            Ok(WrittenOut { message, thread: ConversationOut::new(app, conversation) })
        })
    })
    .await
}

/// Ending a live chat.
pub async fn end(
    State(app): State<App>,
    Visitor(known): Visitor,
    Id((_, id)): Id<(String, ThreadId)>,
) -> Result<Written<ConversationOut>> {
    app.limits.check_visitor(&known.token_hash)?;
    answer::write(&app, move |app, tx| {
        Box::pin(async move {
            let thread = written::end(tx, &known, &id).await?;
            Ok(ConversationOut::new(app, visitor::conversation(tx, thread).await?))
        })
    })
    .await
}

/// Sending a file, to be used in a message afterwards.
pub async fn upload(
    State(app): State<App>,
    Visitor(known): Visitor,
    network: Network,
    request: Request,
) -> Result<Written<FileOut>> {
    app.limits.check_visitor(known.identity.id.as_str())?;
    require_heard(&app, &known, &network).await?;
    let params = Params::from_request(request, &app).await?;
    if let Some(file) = params.files.iter().find(|file| !attachment::takes(&known.source, &file.filename, true)) {
        let ending = attachment::ending(&file.filename);
        let message = format!("this chat takes no files of the type {ending:?}");
        return Err(Error::Unprocessable("attachment_type_refused", message.into()).into());
    }
    store_upload(&app, params, network, Sender::Visitor(&known.identity.id), true, FileOut::new).await
}

/// Noting that a conversation was read up to a message.
pub async fn read(
    State(app): State<App>,
    Visitor(known): Visitor,
    Id((_, id)): Id<(String, ThreadId)>,
    params: Params,
) -> Result<Written<ConversationOut>> {
    app.limits.check_frames(known.identity.id.as_str())?;
    let up_to = params.required_id("message_id", ContentId::parse)?;
    answer::write(&app, move |app, tx| {
        Box::pin(async move {
            let thread = visitor::mark_read(tx, &known, &id, &up_to).await?;
            Ok(ConversationOut::new(app, visitor::conversation(tx, thread).await?))
        })
    })
    .await
}
