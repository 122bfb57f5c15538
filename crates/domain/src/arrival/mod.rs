//! Each channel's way in: visitors of a chat, third parties.

pub mod contact;
pub mod navigation;
pub mod on_site;
pub mod sdk;
pub mod visit;
pub mod visit_facts;
pub mod visitor;
pub mod written;
