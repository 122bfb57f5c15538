//! Each channel's way in: visitors of a chat, third parties.

pub mod contact;
pub mod navigation;
pub mod sdk;
pub mod visit;
pub mod visitor;
pub mod written;
