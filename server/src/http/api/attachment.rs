//! `/1.0/attachments`, and the signed addresses of files.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::{AttachmentId, IdentityId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::attachment::{Attachment, AttachmentFilter};

use crate::app::App;
use crate::domain::attachment::{self, NewAttachment};
use crate::domain::upload::{self, Quota};
use crate::domain::{Actor, Error, Reason};
use crate::files::Key;
use crate::http::answer::{write, write_aside};
use crate::http::{Caller, Id, Network, Paged, Params, Reply, Result, Written, page, part};
use crate::uploads;
use crate::views::attachment::{AttachmentOut, Opens, opens};

/// What does not stand for itself in the name of a file, in a header.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Whether third parties keep the addresses of a file: it belongs to a source that is no chat.
async fn is_kept(tx: &mut Tx, attachment: &Attachment) -> Result<bool> {
    let Some(id) = &attachment.source_id else { return Ok(false) };
    let source = store::source::find(tx, id).await?;
    Ok(source.is_some_and(|source| !source.kind.caps().instant))
}

/// Getting all attachments, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<AttachmentOut>> {
    let page = page(&params)?;
    let filter = AttachmentFilter {
        extension: params.text("extension")?,
        created_before: params.time("created_before")?,
        created_after: params.time("created_after")?,
    };
    let listed =
        app.db.read(move |tx| Box::pin(async move { attachment::list(tx, &actor, &filter, page).await })).await?;
    Ok(Paged::new(listed, page, |a| AttachmentOut::new(&app, a)))
}

/// Creating an attachment from the part `file` of a multipart body.
pub async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    network: Network,
    params: Params,
) -> Result<Written<AttachmentOut>> {
    let private = params.boolean("private")?.unwrap_or(false);
    store_upload(&app, params, network, Sender::User(&actor), private, AttachmentOut::new).await
}

/// Who sends a file.
#[derive(Clone, Copy)]
pub enum Sender<'a> {
    /// An agent or a program.
    User(&'a Actor),
    /// A visitor of a chat.
    Visitor(&'a IdentityId),
}

/// Stores the one file of a multipart body, and answers with what `out` makes of it.
///
/// # Errors
/// 422 without a file, or when it is empty; 413 when it is too large; 429 when the sender or the network has sent too
/// much lately; 507 when the disk is nearly full.
pub(crate) async fn store_upload<T: Serialize + Send + 'static>(
    app: &App,
    mut params: Params,
    network: Network,
    sender: Sender<'_>,
    private: bool,
    out: fn(&App, Attachment) -> T,
) -> Result<Written<T>> {
    let at = params.files.iter().position(|f| f.name == "file" || f.name == "file[]").unwrap_or(0);
    if params.files.is_empty() {
        return Err(Error::invalid("file", Reason::Required.says("is required, as a file of a multipart body")).into());
    }
    let upload = params.files.swap_remove(at);
    uploads::check(app, &upload.bytes)?;
    count(app, &network, sender, upload.bytes.len()).await?;
    let uploader = match sender {
        Sender::User(actor) => attachment::uploader(actor),
        Sender::Visitor(id) => format!("identity:{id}"),
    };
    let (sha256, size) = uploads::take_in(app, upload.bytes).await?;
    let new = NewAttachment {
        uploader,
        content_type: uploads::media_type(&upload.filename).into(),
        filename: upload.filename,
        size,
        sha256,
        private,
    };
    let stored = write(app, move |app, tx| Box::pin(async move { Ok(out(app, attachment::create(tx, new).await?)) }));
    let stored = stored.await?;
    app.meters.upload("taken");
    Ok(stored)
}

/// Counts a file before its bytes are stored, so that many at once cannot pass where one after the other would not.
async fn count(app: &App, Network(network): &Network, sender: Sender<'_>, bytes: usize) -> Result<()> {
    let mut quotas = vec![Quota::of_network(network, app.config.network_upload_bytes_per_hour)];
    if let Sender::Visitor(id) = sender {
        quotas.push(Quota::of_visitor(id, app.config.visitor_upload_bytes_per_day));
    }
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let counted = write_aside(app, move |tx| Box::pin(async move { upload::count(tx, &quotas, bytes).await }));
    Ok(counted.await.inspect_err(|error| {
        if matches!(error, Error::TooMany(..)) {
            app.meters.upload("over_quota");
        }
    })?)
}

/// Getting an attachment from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<AttachmentId>,
) -> Result<Reply<AttachmentOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { attachment::find(tx, &actor, &id).await })).await?;
    Ok(Reply(AttachmentOut::new(&app, found)))
}

/// Whether a file is shown or saved.
#[derive(Deserialize)]
pub struct Download {
    download: Option<String>,
}

/// Only what a browser shows without running anything is shown; all else is saved.
const SHOWN: [&str; 9] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "audio/mpeg",
    "audio/mp4",
    "video/mp4",
    "video/3gpp",
];

/// The bytes behind a signed address: the whole file, or the range that a player asks for.
pub async fn bytes(
    State(app): State<App>,
    Id((id, signature)): Id<(AttachmentId, String)>,
    Query(query): Query<Download>,
    headers: HeaderMap,
) -> Result<Response> {
    let not_found = || Error::NotFound("attachment");
    let opens = opens(&app, &id, &signature).ok_or_else(not_found)?;
    let found = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let found = store::attachment::find(tx, &id).await?.ok_or_else(not_found)?;
                match opens {
                    Opens::IfKept if !is_kept(tx, &found).await? => Err(not_found()),
                    _ => Ok(found),
                }
            })
        })
        .await?;
    let served = part::answer(&app.files, &Key::attachment(&found.sha256), &found.sha256, &headers).await?;
    let shown = query.download.is_none() && SHOWN.contains(&found.content_type.as_str());
    let disposition = if shown { "inline" } else { "attachment" };
    let name = utf8_percent_encode(&found.filename, NAME);
    let headers = [
        (header::CONTENT_TYPE, value(&found.content_type)),
        (header::CONTENT_DISPOSITION, value(&format!("{disposition}; filename*=UTF-8''{name}"))),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (header::CONTENT_SECURITY_POLICY, value("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, value("private, max-age=86400, immutable")),
        (header::HeaderName::from_static("cross-origin-resource-policy"), value("cross-origin")),
    ];
    Ok((headers, served).into_response())
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
