//! Each channel's way in: visitors of a chat, third parties.

pub mod contact;
mod filled;
pub mod listed;
pub mod mailed;
pub mod navigation;
pub mod on_site;
mod own_words;
mod page_address;
mod page_told;
pub mod parked;
mod relisted;
pub mod sdk;
pub mod visit;
pub mod visit_facts;
pub mod visitor;
pub mod written;
