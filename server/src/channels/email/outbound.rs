//! Agents' contents on their way to somebody by mail: each is one mail, the same to the byte and under the same
//! `Message-ID` at every try, handed to the mailbox's own server. Only that server's last word is "sent".

use std::time::{Duration, Instant, UNIX_EPOCH};

use mail::{Keys, Party, Post, Said, TRACE};
use model::{AttachmentId, Timestamp};
use serde_json::{Map, Value, json};
use store::attachment::Attachment;

use super::posts::Posts;
use super::smtp::{Broken, Envelope, Unwanted};
use super::{refusals, sent_copy};
use crate::app::App;
use crate::domain::export::{Answered, Outcome, Outgoing, Reason, Tried};
use crate::domain::mail_links::{self, Link};
use crate::domain::mail_post::{Posted, Posting, Refused, first_header};
use crate::domain::source_settings;
use crate::files::Key;
use crate::views::attachment::lasting_url;

/// How long a server that is told to stop waits for the answer to a mail.
const PATIENCE: Duration = Duration::from_secs(3);
/// Mails in a minute, where nobody says.
const PACE: i64 = 30;
/// The longest part of an address before its `@`.
const LOCAL_MAX: usize = 64;
/// How many bytes of a file are read at once.
const CHUNK: usize = 256 * 1024;

/// The requests that a content takes, in order: it is one mail.
#[must_use]
pub(crate) fn plan(_: &Outgoing) -> Vec<String> {
    vec!["mail".into()]
}

/// Hands a content over to the server that its mailbox's mails go out by, and tells how that ended.
pub(crate) async fn send(app: &App, posts: &Posts, outgoing: &Outgoing) -> Tried {
    let (started, mut heard) = (Instant::now(), Heard::default());
    if let Some(posting) = outgoing.mail.as_ref().filter(|mail| mail.copy) {
        let outcome = lay_copy(app, outgoing, posting).await;
        return Tried { took_ms: took_ms(started), ..Tried::from(outcome) };
    }
    let handed = tokio::select! {
        handed = hand_over(app, posts, outgoing, &mut heard) => Some(handed),
        () = stopped(app) => None,
    };
    let handed = handed.unwrap_or_else(|| Err(Stop::stopped(app, heard.begun)));
    let refused = told(&heard.unwanted);
    let (outcome, code) = match handed {
        Ok((mut answered, code)) => {
            answered.posted.iter_mut().for_each(|posted| posted.refused.clone_from(&refused));
            (Outcome::Done(answered), Some(code))
        }
        Err(Stop::Early(outcome)) => (*outcome, None),
        Err(Stop::Broken(broken)) => (refusals::meaning(&broken, app.db.clock().now()), broken.code),
    };
    Tried { outcome, http_status: code, took_ms: took_ms(started), refused }
}

fn took_ms(started: Instant) -> i64 {
    i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// Lays the copy of a mail that went out where its source keeps those.
async fn lay_copy(app: &App, outgoing: &Outgoing, posting: &Posting) -> Outcome {
    let laying = async {
        let linked = posting.mail.linked.as_ref().map_or(&[][..], |linked| &linked.0);
        let post = made(app, outgoing, posting, linked).await?;
        let before = outgoing.retry.then(|| post.message_id.clone());
        let bytes = written(post).await?;
        let laid = sent_copy::lay(app, &outgoing.source, before.as_deref(), &bytes).await;
        laid.map_err(|trouble| Stop::Early(Box::new(Outcome::Failed(Reason::new("sent_copy", trouble.text)))))
    };
    let laid = tokio::select! {
        laid = laying => laid,
        () = stopped(app) => Err(Stop::stopped(app, true)),
    };
    match laid {
        Ok(()) => Outcome::Done(Answered::default()),
        // Whoever lays it next looks first whether it is there.
        Err(Stop::Early(outcome)) => match *outcome {
            Outcome::Unknown(reason) => Outcome::Failed(reason),
            other => other,
        },
        Err(Stop::Broken(broken)) => Outcome::Failed(Reason::new("sent_copy", broken.text)),
    }
}

/// Ends a short while after the server is told to stop: what takes longer is not waited for.
async fn stopped(app: &App) {
    app.stopping.cancelled().await;
    tokio::time::sleep(PATIENCE).await;
}

/// What the server has heard of a mail and said.
#[derive(Default)]
struct Heard {
    /// It may have heard of it.
    begun: bool,
    unwanted: Unwanted,
}

/// Why a mail was not taken.
enum Stop {
    Early(Box<Outcome>),
    Broken(Broken),
}

impl Stop {
    /// The server is stopped. A mail of which nothing was said yet only waits for the next one.
    fn stopped(app: &App, begun: bool) -> Self {
        let reason = Reason::new("stopped", "the server was stopped");
        Self::Early(Box::new(match begun {
            true => Outcome::Unknown(reason),
            false => Outcome::Wait(app.db.clock().now(), reason),
        }))
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

fn refused(code: &'static str, text: impl AsRef<str>) -> Stop {
    Stop::Early(Box::new(Outcome::Refused(Reason::new(code, text))))
}

async fn hand_over(app: &App, posts: &Posts, outgoing: &Outgoing, heard: &mut Heard) -> Result<(Answered, u16), Stop> {
    let source = &outgoing.source;
    let posting = outgoing.mail.as_ref().ok_or_else(|| refused("recipients", "it is written to nobody"))?;
    // One mail of a source at a time: its server has one connection of us, and memory one mail.
    let mut seat = posts.seat(&source.id).await;
    let pace = source_settings::number(source, "mails_per_minute").unwrap_or(PACE);
    seat.pace(pace, app.db.clock().now()).map_err(Stop::Early)?;
    let linked = posting.mail.linked.as_ref().map(|linked| linked.0.clone());
    let post = made(app, outgoing, posting, linked.as_deref().unwrap_or_default()).await?;
    let mut to: Vec<String> = envelope(&post)?;
    let mut others = None;
    if let Some(only) = &posting.only {
        to.retain(|address| only.contains(&address.to_lowercase()));
        if to.is_empty() {
            return Err(Stop::Early(Box::new(Outcome::Done(Answered::default()))));
        }
    }
    let (from, id, headers) = (post.from.address(), post.message_id.clone(), headers(&post));
    let mut bytes = written(post).await?;
    let mut session = seat.session(app, source).await?;
    if let Some(most) = session.size().filter(|most| *most < bytes.len()) {
        let fits = fitted(app, outgoing, posting, (linked, most)).await;
        match fits {
            Ok((fits, chosen)) => (bytes, others) = (fits, Some(chosen)),
            Err(stop) => {
                seat.keep(app, session);
                return Err(stop);
            }
        }
    }
    let name = Keys(&app.keys).envelope(outgoing.content.id.as_str());
    let envelope = Envelope { from: &from, to: &to, id: &name, bytes: &bytes };
    heard.begun = true;
    let sent = session.send(&envelope, &mut heard.unwanted).await;
    seat.count(app.db.clock().now());
    let code = match sent {
        Ok(code) => code,
        Err(broken) => {
            seat.end(app, session, &broken);
            return Err(broken.into());
        }
    };
    seat.keep(app, session);
    let posted = Posted { headers, refused: Vec::new(), linked: others };
    Ok((Answered { foreign_id: Some(id), posted: Some(posted), ..Answered::default() }, code))
}

/// A mail as it is sent.
async fn written(post: Post) -> Result<Vec<u8>, Stop> {
    let making = tokio::task::spawn_blocking(move || post.bytes()).await;
    let bytes = making.map_err(|error| refused("not_made", error.to_string()))?;
    bytes.map_err(|failure| refused("not_made", failure.reason))
}

/// The mail of a content with more of its files as links, so that a server takes it which takes `most` bytes. As long as
/// that says the same, it is the same at every try.
async fn fitted(
    app: &App,
    outgoing: &Outgoing,
    posting: &Posting,
    (linked, most): (Option<Vec<AttachmentId>>, usize),
) -> Result<(Vec<u8>, Vec<AttachmentId>), Stop> {
    let too_large = || refused("mail_too_large", format!("the server takes mails of {most} bytes at the most"));
    let bytes = i64::try_from(most).unwrap_or(i64::MAX);
    let said = posting.said(&outgoing.content, outgoing.answered.as_ref(), &[]);
    let text = [said.text, said.html.unwrap_or_default()].concat();
    let chosen = linked.and_then(|linked| mail_links::chosen(&outgoing.attachments, &text, bytes, &linked));
    let chosen = chosen.ok_or_else(too_large)?;
    let fits = written(made(app, outgoing, posting, &chosen).await?).await?;
    if fits.len() > most { Err(too_large()) } else { Ok((fits, chosen)) }
}

fn told(unwanted: &Unwanted) -> Vec<Refused> {
    let refused = |(address, broken): &(String, Broken)| Refused {
        address: address.to_lowercase(),
        code: broken.status().map(str::to_owned).or_else(|| broken.code.map(|code| code.to_string())),
        reason: broken.text.clone(),
    };
    unwanted.iter().map(refused).collect()
}

fn envelope(post: &Post) -> Result<Vec<String>, Stop> {
    let all = post.envelope().map_err(|failure| refused("recipients", failure.reason))?;
    Ok(all.to().iter().map(ToString::to_string).collect())
}

/// The headers by which others name a mail.
fn headers(post: &Post) -> Map<String, Value> {
    let angles = |id: &String| format!("<{id}>");
    let mut all = Map::new();
    all.insert("Message-ID".into(), json!([angles(&post.message_id)]));
    if let Some(id) = &post.in_reply_to {
        all.insert("In-Reply-To".into(), json!([angles(id)]));
    }
    if !post.references.is_empty() {
        let named: Vec<String> = post.references.iter().map(angles).collect();
        all.insert("References".into(), json!([named.join(" ")]));
    }
    all.insert(TRACE.into(), json!([post.trace]));
    all
}

/// The mail of a content, with its files; those of `linked` are links in it.
async fn made(app: &App, outgoing: &Outgoing, posting: &Posting, linked: &[AttachmentId]) -> Result<Post, Stop> {
    let (links, whole): (Vec<&Attachment>, Vec<&Attachment>) =
        outgoing.attachments.iter().partition(|file| linked.contains(&file.id));
    let link = |file: &&Attachment| Link { name: file.filename.clone(), size: file.size, url: lasting_url(app, file) };
    let links: Vec<Link> = links.iter().map(link).collect();
    let (keys, content) = (Keys(&app.keys), &outgoing.content);
    let party = |text: &str| Party::written(text).map_err(|_| refused("recipients", format!("{text} is no address")));
    let all = |texts: &[String]| texts.iter().map(|text| party(text)).collect::<Result<Vec<_>, Stop>>();
    let mail = &posting.mail;
    let from = party(mail.sender.as_deref().unwrap_or_default())?;
    let (in_reply_to, references) = posting.before();
    let answers_below = outgoing.source.settings.get("reply_address") == Some(&Value::Bool(true));
    let below = keys.address(outgoing.thread.id.as_str(), &from.address()).filter(|_| answers_below);
    // An address may be too long for a mark: answers are known by their heads then.
    let below = below.filter(|address| address.find('@').is_some_and(|at| at <= LOCAL_MAX));
    let trace = posting.answered.as_ref().and_then(|answered| first_header(answered, TRACE));
    let before = trace.and_then(|trace| keys.traced(trace)).map_or(0, |(_, count)| count.saturating_add(1));
    let count = if content.auto_submitted { before } else { 0 };
    Ok(Post {
        to: all(&mail.recipients)?,
        cc: all(&mail.copied)?,
        bcc: all(&mail.hidden)?,
        reply_to: below.map(|address| party(&address)).transpose()?,
        subject: content.title.clone().unwrap_or_default(),
        message_id: keys.message_id(content.id.as_str(), from.domain()),
        in_reply_to,
        references,
        date: UNIX_EPOCH + Duration::from_secs(seconds(content.created_at)),
        said: placed(posting.said(content, outgoing.answered.as_ref(), &links), &whole, from.domain()),
        files: files(app, &whole, from.domain()).await?,
        trace: keys.trace(content.id.as_str(), count),
        automatic: content.auto_submitted,
        from,
    })
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.millis() / 1000).unwrap_or_default()
}

/// What a picture in the text is called in its mail.
fn content_id(file: &Attachment, domain: &str) -> Option<String> {
    file.embed.then(|| format!("{}@{domain}", file.id))
}

/// What is said, with its pictures by the names that they have in the mail.
fn placed(mut said: Said, files: &[&Attachment], domain: &str) -> Said {
    let named = |id: &str| {
        let file = files.iter().find(|file| file.foreign_id.as_deref() == Some(id))?;
        content_id(file, domain).map(|id| format!("cid:{id}"))
    };
    said.html = said.html.map(|html| richtext::shown(&html, named));
    said
}

async fn files(app: &App, attachments: &[&Attachment], domain: &str) -> Result<Vec<mail::File>, Stop> {
    let mut files = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let bytes = read(app, &attachment.sha256).await.map_err(|error| {
            let text = format!("the file {} cannot be read: {error}", attachment.filename);
            Stop::Early(Box::new(Outcome::Failed(Reason::new("not_read", text))))
        })?;
        files.push(mail::File {
            name: attachment.filename.clone(),
            content_type: attachment.content_type.clone(),
            content_id: content_id(attachment, domain),
            inline: attachment.embed,
            bytes,
        });
    }
    Ok(files)
}

async fn read(app: &App, sha256: &str) -> std::io::Result<Vec<u8>> {
    let opened = app.files.read(&Key::attachment(sha256)).await?;
    let mut opened = opened.ok_or_else(|| std::io::Error::other("its bytes are gone"))?;
    let mut bytes = Vec::with_capacity(usize::try_from(opened.size).unwrap_or_default());
    while let Some(chunk) = opened.next(CHUNK).await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
