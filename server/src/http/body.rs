//! Bodies as they come in: how large each may be, how long it may take, and what all of them may hold in memory at one
//! moment. What nobody has read of a body is read and thrown away before the answer, so that its sender gets to hear it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use futures_util::{Stream, StreamExt};
use hyper::body::{Frame, SizeHint};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::domain::{Error, Fault, Reason};
use crate::network::Network;
use crate::state::bodies::{Bodies, Share, Stopped};

/// Largest body of a caller whom nobody knows, unless the route says otherwise: a sign-in, a visit.
pub(super) const SMALL: usize = 64 * 1024;
/// Largest body of what people write.
pub(super) const WORDS: usize = 256 * 1024;
/// Largest body of a call of the API, and of all in a multipart body that is no file.
pub(super) const CALL: usize = 1024 * 1024;
/// What the envelope of a file may have beside it.
const ENVELOPE: usize = 64 * 1024;
/// How long a caller may pause while it sends a body.
const PAUSE: Duration = Duration::from_secs(30);
/// At most so much of a body is read only to be thrown away.
const DRAINED: usize = 96 * 1024 * 1024;

/// From so many bytes on a body is worked on aside.
const LARGE: usize = 256 * 1024;

/// What does not stand for itself in a form; brackets in names do.
const IN_A_FORM: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'[').remove(b']');

/// Does what takes as long as a body is large: a large one on a thread where that holds no socket up.
pub(crate) async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes < LARGE {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and with it this task.
            Err(_) => std::future::pending().await,
        },
    }
}

/// How large a body a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many bytes.
    Bytes(usize),
    /// A file that is attached, with its envelope; of anything but a file as much as any call.
    File,
}

/// A file of a multipart body.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The part's name.
    pub name: String,
    /// The file's name, as the sender gave it.
    pub filename: String,
    /// The media type, as the sender gave it.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Bytes,
}

/// What a caller may send, and out of which room.
pub(super) struct Allowance<'a> {
    /// Bytes of the whole body, where it has files.
    whole: usize,
    /// Bytes of a body without files, and of what is no file in one with files.
    text: usize,
    bodies: &'a Bodies,
    /// The network of a caller whom nobody knows.
    stranger: Option<Network>,
}

impl<'a> Allowance<'a> {
    /// What a caller may send to a route; `stranger` as in [`Bodies::share`].
    pub(super) fn of(bodies: &'a Bodies, size: Size, file_max: usize, stranger: Option<Network>) -> Self {
        let (whole, text) = match size {
            Size::Bytes(bytes) => (bytes, bytes),
            Size::File => (file_max + ENVELOPE, CALL),
        };
        Self { whole, text, bodies, stranger }
    }

    /// The same with no more than so many bytes.
    #[must_use]
    pub(super) fn at_most(self, bytes: usize) -> Self {
        Self { whole: self.whole.min(bytes), text: self.text.min(bytes), ..self }
    }

    /// A body that is no multipart one, whole, and what it holds.
    ///
    /// # Errors
    /// When it is too large, has no room, or does not come whole.
    pub(super) async fn text(&self, body: Body) -> Result<(Vec<u8>, Share), Stopped> {
        let share = self.bodies.share(self.stranger.clone(), self.text);
        Ok((whole(body, self.text, &share).await?, share))
    }

    /// The files of a multipart body, everything else in it as a form, and what both hold.
    ///
    /// # Errors
    /// 400 when it cannot be read, and as [`Self::text`].
    pub(super) async fn multipart(&self, request: Request) -> crate::domain::Result<(Vec<Upload>, String, Share)> {
        let share = self.bodies.share(self.stranger.clone(), self.whole);
        let (parts, body) = request.into_parts();
        declared(&body, self.whole)?;
        let body = Body::from_stream(metered(body, self.whole, share.clone()));
        let mut request = Request::from_parts(parts, body);
        // The limit holds for the whole body, so that many small parts cannot pass where one large one does not.
        DefaultBodyLimit::apply(DefaultBodyLimit::disable(), &mut request);
        let bad = |text: String| Error::bad("body", Reason::Form.says(text));
        let mut multipart = Multipart::from_request(request, &()).await.map_err(|e| bad(e.body_text()))?;
        let broken = |e: axum::extract::multipart::MultipartError| stopped(&e).unwrap_or_else(|| bad(e.body_text()));
        let (mut files, mut form, mut said) = (Vec::new(), String::new(), 0);
        while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or("file").to_owned();
            let filename = field.file_name().map(text::without_direction);
            let content_type = field.content_type().map(str::to_owned);
            let mut bytes = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                bytes.extend_from_slice(&chunk);
                if filename.is_none() && said + bytes.len() > self.text {
                    return Err(Stopped::TooLarge(self.text).into());
                }
            }
            match filename {
                Some(filename) if files.len() < params::VALUES => {
                    files.push(Upload { name, filename, content_type, bytes: bytes.into() });
                }
                Some(_) => return Err(Error::bad("body", Fault::too_many(params::VALUES))),
                None => {
                    said += name.len() + bytes.len();
                    let (name, value) = (percent_encode(name.as_bytes(), IN_A_FORM), percent_encode(&bytes, IN_A_FORM));
                    form.push_str(&format!("&{name}={value}"));
                }
            }
        }
        Ok((files, form, share))
    }
}

/// Why the server itself has stopped reading, where that is behind an error.
fn stopped(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<Stopped>() {
            Some(Stopped::TooLarge(limit)) => return Some(Stopped::TooLarge(*limit).into()),
            Some(Stopped::Full) => return Some(Stopped::Full.into()),
            _ => next = error.source(),
        }
    }
    None
}

/// A body, whole, up to `limit` bytes, counted in `share`.
///
/// # Errors
/// When it is too large, has no room, or does not come whole.
pub(crate) async fn whole(body: Body, limit: usize, share: &Share) -> Result<Vec<u8>, Stopped> {
    let mut bytes = Vec::with_capacity(declared(&body, limit)?);
    let mut chunks = pin!(metered(body, limit, share.clone()));
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

/// How long a body says that it is; one that says that it is too long need not be read.
fn declared(body: &Body, limit: usize) -> Result<usize, Stopped> {
    let length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if length > limit { Err(Stopped::TooLarge(limit)) } else { Ok(length) }
}

fn metered(body: Body, limit: usize, share: Share) -> impl Stream<Item = Result<Bytes, Stopped>> {
    let mut left = limit;
    body.into_data_stream().map(move |chunk| {
        let chunk = chunk.map_err(Stopped::Cut)?;
        left = left.checked_sub(chunk.len()).ok_or(Stopped::TooLarge(limit))?;
        share.grow(chunk.len())?;
        Ok(chunk)
    })
}

/// A body that must come in time.
struct Timed {
    body: Body,
    /// When it must be there.
    until: Instant,
    /// When its sender has paused for too long.
    late: Pin<Box<Sleep>>,
}

impl Timed {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let late = || axum::Error::new(std::io::Error::new(std::io::ErrorKind::TimedOut, "it took too long"));
        let frame = match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => {
                ready!(self.late.as_mut().poll(cx));
                return Poll::Ready(Some(Err(late())));
            }
            Poll::Ready(frame) => frame,
        };
        let now = Instant::now();
        if now >= self.until && frame.is_some() {
            return Poll::Ready(Some(Err(late())));
        }
        self.late.as_mut().reset(self.until.min(now + PAUSE));
        Poll::Ready(frame)
    }
}

/// A body in the hands of a handler. What is left of it comes back when it is dropped.
struct Lent {
    body: Option<Timed>,
    back: Option<oneshot::Sender<Timed>>,
    /// Whether its sender sends it already: who waits to be told to go on (`Expect`) is not told so for nothing.
    begun: bool,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.begun = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(body.poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|timed| timed.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), |timed| timed.body.size_hint())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (true, Some(body), Some(back)) = (self.begun, self.body.take(), self.back.take()) {
            // Nobody waits for it when the connection is gone.
            let _ = back.send(body);
        }
    }
}

/// What is left of a body that was lent.
pub(super) struct Rest(oneshot::Receiver<Timed>);

/// Lends the body of a request to its handler, for `total` at the most. None for a request without one.
pub(super) fn lend(request: Request, total: Duration) -> (Request, Option<Rest>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let begun = !request.headers().contains_key(header::EXPECT);
    let (back, rest) = oneshot::channel();
    let request = request.map(|body| {
        let until = Instant::now() + total;
        let late = Box::pin(sleep_until(until.min(Instant::now() + PAUSE)));
        Body::new(Lent { body: Some(Timed { body, until, late }), back: Some(back), begun })
    });
    (request, Some(Rest(rest)))
}

impl Rest {
    /// Reads on and throws away: many programs send all of a body before they listen.
    pub(super) async fn drain(mut self) {
        let Ok(mut body) = self.0.try_recv() else { return };
        let mut count = 0;
        while let Some(Ok(frame)) = poll_fn(|cx| body.poll_frame(cx)).await {
            count += frame.data_ref().map_or(0, Bytes::len);
            if count > DRAINED {
                return;
            }
        }
    }
}
