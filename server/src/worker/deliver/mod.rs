//! Handing things to others: requests to webhooks.

mod call;
mod lane;
pub(super) mod webhook;
