//! The HTTP edge: routes, parameters, callers, answers.

pub mod api;
pub(crate) mod auth;
pub(crate) mod body;
mod client;
pub mod docs;
mod error;
pub mod idempotency;
mod observe;
mod params;
mod paths;
mod reply;
pub mod router;

pub use crate::network::Network;
pub use auth::{Caller, CallerKind, Need};
pub use body::Bodies;
pub(crate) use client::{client, is_proxy};
pub use error::{Refusal, Result, TRY_AGAIN_SECONDS, respond};
use params::within;
pub(crate) use params::{LIST_MAX, unreadable};
pub use params::{Params, Upload};
pub(crate) use paths::plain_uri;
pub use reply::{Id, Named, Paged, Reply, Socket, page};
