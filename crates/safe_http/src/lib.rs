//! Calls to addresses that somebody else has chosen: webhooks, Source SDK servers, and servers of mail.
//!
//! Such an address must not become a way into the network that the server stands in. So names are resolved here, and
//! an address that is not public is refused before a connection is made, whether the URL names it or a name leads to
//! it; redirects are answers, not followed; the environment's proxies are not used. Every call ends within
//! [`TOTAL`], and no more than [`LARGEST_BODY`] bytes of an answer are read unless the request asks for more.

mod address;
mod client;
mod error;
mod resolver;
mod socket;

pub use address::is_public;
pub use client::{Answer, LARGEST_BODY, Request, SafeClient, TOTAL, check_url};
pub use error::Error;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use socket::Socket;
