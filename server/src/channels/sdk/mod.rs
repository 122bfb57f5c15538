//! The Source SDK: third parties send us what their users say, and take what agents answer
//! (`docs/sdks/source-sdk/`).
//!
//! Both ways the bodies are JSON, signed over their exact bytes with the source's key: the hex HMAC-SHA512 stands in
//! the header `X-SMCCSDK-SIGNATURE`, on the way in else in the query parameter `signature`.

mod files;
pub mod inbound;
mod objects;
pub mod outbound;
mod structured;
pub mod typing;
pub(crate) mod wire;
