//! The edges to the channels: each folder translates between one kind of source and the domain. Whoever wants something of
//! a source asks here, by a verb; each verb names every kind, so that a new one does not compile before it has them all.
//! What a kind can is data: `SourceType::caps` in `crates/model/src/source_caps.rs`.

pub mod chat;
pub mod sdk;

use model::{IdentityId, SourceType};
use store::source::Source;
use store::thread::Thread;

use crate::app::App;
use crate::cluster::Moment;
use crate::domain::export::{Outgoing, Tried};

/// An agent who types, or has stopped, as the customer is told of them.
pub(crate) struct Typist<'a> {
    /// Where.
    pub(crate) source: &'a Source,
    /// In which thread.
    pub(crate) thread: &'a Thread,
    /// Who sees it.
    pub(crate) customer: &'a IdentityId,
    /// As whom the agent writes.
    pub(crate) name: &'a str,
    /// Whether they type.
    pub(crate) on: bool,
}

/// The requests that a content takes, in order, each by a name for people.
pub(crate) fn plan(outgoing: &Outgoing) -> Vec<String> {
    match outgoing.source.kind {
        // Nothing waits to be sent to a chat, which has what is said in it.
        SourceType::EngageMessaging | SourceType::Sdk => sdk::outbound::plan(outgoing),
    }
}

/// Sends the next part of a content that has not arrived to its source, and tells how that ended.
pub(crate) async fn send(app: &App, outgoing: &Outgoing) -> Tried {
    match outgoing.source.kind {
        // Nothing waits to be sent to a chat: without an address, it is not sent.
        SourceType::EngageMessaging | SourceType::Sdk => sdk::outbound::send(app, outgoing).await,
    }
}

/// Tells the other side that an agent types. Nobody waits for it, and what is lost is not sent again.
pub(crate) fn tell_typing(app: &App, typist: &Typist<'_>) {
    let &Typist { source, thread, customer, name, on } = typist;
    match source.kind {
        SourceType::EngageMessaging => app.cluster.tell(Moment::AgentTypes {
            source_id: source.id.clone(),
            identity_id: customer.clone(),
            thread_id: thread.id.clone(),
            name: name.to_owned(),
            on,
        }),
        SourceType::Sdk => sdk::typing::tell(app, source, thread, on),
    }
}
