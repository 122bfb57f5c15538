//! The HTTP edge: routes, parameters, callers, answers.

pub mod answer;
pub mod api;
pub(crate) mod auth;
pub(crate) mod body;
mod client;
pub mod docs;
mod error;
mod id;
pub mod idempotency;
mod observe;
mod params;
mod paths;
mod reply;
pub mod router;
mod signed;
mod visitor;

pub use crate::network::Network;
pub use answer::{Done, Written};
use auth::NOTHING;
pub use auth::{Caller, CallerKind, Need};
pub use body::Bodies;
pub(crate) use client::{client, is_proxy};
pub use error::{Refusal, Result, TRY_AGAIN_SECONDS, respond};
pub use id::Id;
use params::within;
pub(crate) use params::{LIST_MAX, unreadable};
pub use params::{Params, Upload};
pub(crate) use paths::plain_uri;
pub use reply::{Paged, Reply, Socket, page};
pub(crate) use signed::{Signed, Signer};
pub use visitor::Visitor;
