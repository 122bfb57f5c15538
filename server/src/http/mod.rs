//! The HTTP edge: routes, parameters, callers, answers.

pub mod api;
pub(crate) mod auth;
mod client;
pub mod docs;
mod error;
pub mod idempotency;
mod observe;
mod params;
mod paths;
mod reply;
pub mod router;

pub use auth::{Caller, CallerKind, Need};
pub use client::Network;
pub use error::{TRY_AGAIN_SECONDS, respond};
pub(crate) use params::LIST_MAX;
use params::within;
pub use params::{Params, Upload};
pub(crate) use paths::plain_uri;
pub use reply::{Id, Named, Paged, Reply, Socket, page};
