//! The edges to the channels: each folder translates between one kind of source and the domain. Whoever wants something of
//! a source asks here, by a verb; each verb names every kind, so that a new one does not compile before it has them all.
//! What a kind can is data: `SourceType::caps` in `crates/model/src/source_caps.rs`.

pub(crate) mod asked;
pub mod chat;
pub mod email;
pub mod looked;
pub mod sdk;

use model::{IdentityId, Implementation, SourceType};
use store::inbound_item::InboundItem;
use store::source::Source;
use store::thread::Thread;

use crate::app::App;
use crate::channels::asked::{Failed, Findings, Page};
use crate::cluster::Moment;
use crate::domain::export::{Answered, Outgoing, Tried};
use crate::domain::export_act::Deed;
use crate::domain::listed::Item;
use crate::domain::source_run::{Ended, Taken};

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
    /// Their picture, as the customer sees it.
    pub(crate) avatar_url: Option<&'a str>,
    /// Whether they type.
    pub(crate) on: bool,
}

/// The requests that a content takes, in order, each by a name for people.
pub(crate) fn plan(outgoing: &Outgoing) -> Vec<String> {
    match outgoing.source.kind {
        // Nothing waits to be sent to a chat, which has what is said in it.
        SourceType::EngageMessaging | SourceType::Sdk => sdk::outbound::plan(outgoing),
        SourceType::Email => email::outbound::plan(outgoing),
    }
}

/// Sends the next part of a content that has not arrived to its source, and tells how that ended.
pub(crate) async fn send(app: &App, posts: &email::Posts, outgoing: &Outgoing) -> Tried {
    match outgoing.source.kind {
        // Nothing waits to be sent to a chat: without an address, it is not sent.
        SourceType::EngageMessaging | SourceType::Sdk => sdk::outbound::send(app, outgoing).await,
        SourceType::Email => email::outbound::send(app, posts, outgoing).await,
    }
}

/// Asks the other side what it can do, where its kind tells that; the first question of a run.
pub(crate) async fn greet(app: &App, source: &Source) -> Result<Option<Implementation>, Failed> {
    match source.kind {
        SourceType::EngageMessaging | SourceType::Email => Ok(None),
        SourceType::Sdk => sdk::poll::info(app, source).await.map(Some),
    }
}

/// Takes in what is new on a source whose kind has a way of its own for that, instead of lists; none of other kinds. `wake`
/// is called when there is something again.
pub(crate) async fn fetch(
    app: &App,
    run: &Taken,
    lines: &email::Lines,
    wake: impl FnOnce() + Send + 'static,
) -> Option<Ended> {
    match run.source.kind {
        SourceType::EngageMessaging | SourceType::Sdk => None,
        SourceType::Email => Some(email::fetch::run(app, run, lines, wake).await),
    }
}

/// The lists of a source, in the order in which they are asked for.
pub(crate) fn streams(source: &Source) -> Vec<&'static str> {
    match source.kind {
        SourceType::EngageMessaging | SourceType::Email => Vec::new(),
        SourceType::Sdk => sdk::poll::streams(source),
    }
}

/// Asks for the page of a list that comes after a position, or for its first.
pub(crate) async fn poll(app: &App, source: &Source, stream: &str, after: Option<&str>) -> Result<Page, Failed> {
    match source.kind {
        SourceType::EngageMessaging | SourceType::Email => Ok(Page::default()),
        SourceType::Sdk => sdk::poll::page(app, source, stream, after).await,
    }
}

/// Reads once more what was parked.
///
/// # Errors
/// Why it still cannot be taken in, in words.
pub(crate) async fn again(app: &App, source: &Source, parked: &InboundItem) -> Result<Item, String> {
    match source.kind {
        SourceType::EngageMessaging => Err("nothing of a chat is parked".into()),
        SourceType::Email => email::again::again(app, source, parked).await,
        SourceType::Sdk => sdk::poll::again(app, source, parked).await,
    }
}

/// Looks step by step whether a source works. Nothing is sent to customers.
pub(crate) async fn test(app: &App, source: &Source) -> Findings {
    match source.kind {
        SourceType::EngageMessaging => Findings { steps: Vec::new(), told: None },
        SourceType::Email => email::trial::test(app, source).await,
        SourceType::Sdk => sdk::poll::test(app, source).await,
    }
}

/// Has something done with a content that its source has, and tells how that ended.
pub(crate) async fn act(app: &App, deed: &Deed) -> Tried {
    match deed.source.kind {
        // Nothing is offered in a chat or a mailbox, and nothing asked for there.
        SourceType::EngageMessaging | SourceType::Email | SourceType::Sdk => sdk::act::act(app, deed).await,
    }
}

/// Asks what a content is by now, where it is not known whether something was done with it; gives what is told when it was.
pub(crate) async fn verify(app: &App, deed: &Deed) -> Option<Answered> {
    match deed.source.kind {
        SourceType::EngageMessaging | SourceType::Email => None,
        SourceType::Sdk => sdk::act::verify(app, deed).await,
    }
}

/// Tells the other side that an agent types. Nobody waits for it, and what is lost is not sent again.
pub(crate) fn tell_typing(app: &App, typist: &Typist<'_>) {
    let &Typist { source, thread, customer, name, avatar_url, on } = typist;
    match source.kind {
        SourceType::EngageMessaging => app.cluster.tell(Moment::AgentTypes {
            source_id: source.id.clone(),
            identity_id: customer.clone(),
            thread_id: thread.id.clone(),
            name: name.to_owned(),
            avatar_url: avatar_url.map(str::to_owned),
            on,
        }),
        SourceType::Sdk => sdk::typing::tell(app, source, thread, on),
        // Nobody sees how a mail is written.
        SourceType::Email => {}
    }
}
