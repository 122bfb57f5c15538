//! The client.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};

use crate::address::is_public;
use crate::error::Error;
use crate::resolver::Filtered;

/// The longest that making a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest that a call may take, answer and all.
pub const TOTAL: Duration = Duration::from_secs(15);
/// How many bytes of an answer are read at the most; the rest is left.
pub const LARGEST_BODY: usize = 64 * 1024;
/// How many idle connections are kept to one host.
const IDLE: usize = 8;
/// How long an idle connection is kept.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// A request to make.
#[derive(Clone)]
pub struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    ignore_tls_validity: bool,
    largest_answer: usize,
    total: Duration,
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url, Bytes::new())
    }

    /// A POST with a body.
    #[must_use]
    pub fn post(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self::new(Method::POST, url, body.into())
    }

    fn new(method: Method, url: impl Into<String>, body: Bytes) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body,
            ignore_tls_validity: false,
            largest_answer: LARGEST_BODY,
            total: TOTAL,
        }
    }

    /// Adds parameters to the URL's query.
    #[must_use]
    pub fn query(mut self, parameters: &[(&str, &str)]) -> Self {
        if let Ok(mut url) = Url::parse(&self.url) {
            url.query_pairs_mut().extend_pairs(parameters);
            self.url = url.into();
        }
        // What is not a URL is refused when it is sent.
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Takes any certificate of the other side, an expired or self-signed one too.
    #[must_use]
    pub fn ignore_tls_validity(mut self, ignore: bool) -> Self {
        self.ignore_tls_validity = ignore;
        self
    }
}

impl Request {
    /// Reads so many bytes of the answer at the most, rather than [`LARGEST_BODY`].
    #[must_use]
    pub fn largest_answer(mut self, bytes: usize) -> Self {
        self.largest_answer = bytes;
        self
    }

    /// Waits so long for the whole answer at the most, rather than [`TOTAL`].
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }
}

impl fmt::Debug for Request {
    // Headers hold secrets and bodies hold what customers said: neither belongs into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of the body, at most [`LARGEST_BODY`] bytes unless the request says otherwise.
    pub body: Bytes,
    /// The body goes on beyond that.
    pub cut: bool,
}

/// The client. Connections are kept and used again.
#[derive(Debug)]
pub struct SafeClient {
    allow_private: bool,
    // Made when first needed: a server without webhooks does without them.
    checking: Mutex<Option<Client>>,
    trusting: Mutex<Option<Client>>,
}

impl SafeClient {
    /// A client; with `allow_private` it also reaches addresses that are not public.
    #[must_use]
    pub fn new(allow_private: bool) -> Self {
        Self { allow_private, checking: Mutex::default(), trusting: Mutex::default() }
    }

    /// Whether addresses may be reached that are not public.
    #[must_use]
    pub fn allows_private(&self) -> bool {
        self.allow_private
    }

    /// Makes a call. Any code is an answer, a redirect too.
    ///
    /// # Errors
    /// When there is no answer; see [`Error`].
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        let url = self.check(&request.url)?;
        let client = self.client(request.ignore_tls_validity)?;
        let total = request.total;
        let call = client.request(request.method, url).headers(request.headers).body(request.body).timeout(total);
        let mut response = call.send().await.map_err(|e| explain(&e, total))?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let (mut body, mut cut) = (BytesMut::new(), false);
        while let Some(chunk) = response.chunk().await.map_err(|e| explain(&e, total))? {
            let room = request.largest_answer - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                cut = true;
                break;
            }
        }
        Ok(Answer { status, headers, body: body.freeze(), cut })
    }

    /// Checks what can be seen before a name is resolved: the form, and an address in the place of a name.
    fn check(&self, text: &str) -> Result<Url, Error> {
        let url = parse(text)?;
        let host = url.host_str().unwrap_or_default();
        // Odd spellings of an address (2130706433, 0x7f.1) are the plain one by now; IPv6 stands in brackets.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            Ok(address) if !self.allow_private && !is_public(address) => Err(Error::Refused(host.to_owned())),
            _ => Ok(url),
        }
    }

    fn client(&self, trusting: bool) -> Result<Client, Error> {
        let slot = if trusting { &self.trusting } else { &self.checking };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*slot {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .user_agent(concat!("Hubbub/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .pool_max_idle_per_host(IDLE)
            .pool_idle_timeout(IDLE_TIME)
            .tls_danger_accept_invalid_certs(trusting)
            .dns_resolver(Filtered { allow_private: self.allow_private })
            .build()
            .map_err(|e| Error::Connect(cause(&e)))?;
        *slot = Some(client.clone());
        Ok(client)
    }
}

/// Checks that a URL has the form of one that can be called, http or https; gives its host.
///
/// # Errors
/// When it has not.
pub fn check_url(text: &str) -> Result<String, Error> {
    Ok(parse(text)?.host_str().unwrap_or_default().to_owned())
}

fn parse(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|e| Error::Url(e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Url(format!("its scheme is {}, not http or https", url.scheme())));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(url),
        _ => Err(Error::Url("it has no host".into())),
    }
}

/// Says what went wrong in words for operators; the URL, which may hold a secret, is left out.
fn explain(error: &reqwest::Error, total: Duration) -> Error {
    let mut inner: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(source) = inner {
        // The resolver's own words.
        match source.downcast_ref() {
            Some(Error::Refused(host)) => return Error::Refused(host.clone()),
            Some(Error::NotFound(host)) => return Error::NotFound(host.clone()),
            _ => {}
        }
        inner = source.source();
    }
    if error.is_timeout() {
        return if error.is_connect() { Error::NoConnection } else { Error::Timeout(total) };
    }
    if error.is_connect() { Error::Connect(cause(error)) } else { Error::Broken(cause(error)) }
}

/// The innermost cause, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn StdError = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that gives every connection the same bytes; tells its port.
    async fn server(answer: Vec<u8>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(&answer).await;
                });
            }
        });
        port
    }

    #[tokio::test]
    async fn private_addresses_are_refused_by_name_and_by_number() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let client = SafeClient::new(false);
        for host in ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "LOCALHOST"] {
            let outcome = client.send(Request::get(format!("http://{host}:{port}/"))).await;
            assert!(matches!(outcome, Err(Error::Refused(_))), "{host}: {outcome:?}");
        }
        let error = client.send(Request::get(format!("http://localhost:{port}/"))).await.unwrap_err();
        assert!(error.to_string().starts_with("refused: localhost "), "{error}");
        assert!(!format!("{error} {error:?}").contains("127.0.0.1") && !error.to_string().contains("::1"), "{error}");
        // A name that leads nowhere is answered alike.
        let nowhere = client.send(Request::get(format!("http://no-such-host.invalid:{port}/"))).await.unwrap_err();
        assert_eq!(nowhere.to_string(), error.to_string().replace("localhost", "no-such-host.invalid"));
        let allowed = SafeClient::new(true).send(Request::get(format!("http://localhost:{port}/"))).await;
        assert_eq!(allowed.unwrap().status, 200);
    }

    #[tokio::test]
    async fn only_http_is_spoken() {
        for url in ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com", "example.com", "http://"] {
            assert!(matches!(SafeClient::new(true).send(Request::get(url)).await, Err(Error::Url(_))), "{url}");
        }
    }

    #[tokio::test]
    async fn redirects_are_answers_and_bodies_are_cut() {
        let redirect =
            server(b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n".to_vec());
        let answer = SafeClient::new(true).send(Request::get(format!("http://127.0.0.1:{}/", redirect.await))).await;
        assert_eq!(answer.unwrap().status, 302);
        let mut long = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        long.resize(LARGEST_BODY * 3, b'x');
        let url = format!("http://127.0.0.1:{}/", server(long).await);
        let answer = SafeClient::new(true).send(Request::get(&url)).await.unwrap();
        assert_eq!((answer.body.len(), answer.cut), (LARGEST_BODY, true));
        let most = LARGEST_BODY * 4;
        let answer = SafeClient::new(true).send(Request::get(url).largest_answer(most)).await.unwrap();
        assert!(answer.body.len() > LARGEST_BODY * 2 && !answer.cut);
    }

    #[tokio::test]
    async fn failures_are_said_in_words() {
        let client = SafeClient::new(true);
        let started = Instant::now();
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let error = client.send(Request::get(format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
        assert!(matches!(error, Error::Connect(_)) && error.to_string().contains("refused"), "{error}");
        assert!(!error.may_have_arrived());
        let error = client.send(Request::get("http://no-such-host.invalid/")).await.unwrap_err();
        assert_eq!(error.to_string(), "the host no-such-host.invalid cannot be found");
        let error = client.send(Request::get(format!("http://127.0.0.1:{}/", server(b"hm".to_vec()).await)));
        let error = error.await.unwrap_err();
        assert!(matches!(error, Error::Broken(_)) && error.may_have_arrived(), "{error}");
        assert!(started.elapsed() < TOTAL);
    }
}
