//! Handing things to others: requests to webhooks, and agents' contents to their sources.

mod call;
pub(super) mod export;
mod lane;
pub(super) mod webhook;
