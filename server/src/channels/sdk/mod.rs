//! The Source SDK: third parties send us what their users say, and take what agents answer
//! (`docs/sdks/source-sdk/`).
//!
//! Both ways the bodies are JSON, signed over their exact bytes with the source's key: the hex HMAC-SHA512 stands in
//! the header `X-SMCCSDK-SIGNATURE`, on the way in else in the query parameter `signature`.

pub mod act;
mod ask;
mod files;
pub mod inbound;
mod info;
mod objects;
pub mod outbound;
pub mod poll;
mod structured;
pub mod typing;
pub(crate) mod wire;
