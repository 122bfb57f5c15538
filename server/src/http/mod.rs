//! The HTTP edge: routes, parameters, callers, answers.

pub mod answer;
pub mod api;
pub(crate) mod auth;
pub(crate) mod body;
mod caller;
mod client;
mod device;
pub mod docs;
pub(crate) mod door;
mod error;
mod id;
pub mod idempotency;
mod lists;
pub(crate) mod observe;
mod params;
pub(crate) mod part;
mod paths;
mod qr;
mod reply;
pub mod route;
pub(crate) mod signed;
mod visitor;

pub use crate::network::Network;
pub use answer::{Done, Written};
pub use auth::{CallerKind, Need};
pub use body::Upload;
pub use caller::Caller;
pub(crate) use client::{client, is_proxy};
pub use error::{Refusal, Result, TRY_AGAIN_SECONDS, respond};
pub use id::Id;
pub use params::Params;
pub(crate) use params::unreadable;
pub(crate) use paths::plain_uri;
pub use reply::{Paged, Reply, Socket, Tagged, page};
pub(crate) use signed::{Signed, Signer};
pub use visitor::Visitor;
