//! Acts: what can be done on the other side with a content that it has (`docs/sdks/source-sdk/{actions,action-details}.md`),
//! by whom, and what keeps one from being asked for.
//!
//! Offered is what the third party can do with such contents at all and says of this one; of one of which it says nothing,
//! all of that.

use std::collections::HashMap;

use model::{ContentId, ExportState, Permission, SourceId, SourcePermission, SyncStatus, Timestamp};
use store::Tx;
use store::content::Content;
use store::export::{self, Export};
use store::source::Source;

use crate::base::{Actor, Error, Result};

/// Takes a content away.
pub const DELETE: &str = "delete";
/// Makes a content visible.
pub const PUBLISH: &str = "publish";
/// Hides it again.
pub const UNPUBLISH: &str = "unpublish";
/// What some implementations call taking away.
pub const DESTROY: &str = "destroy";

/// What is not done: it only says that there may be an answer.
const REPLY: &str = "reply";
/// What an implementation does without a content to do it with.
const OF_COLLECTIONS: &[&str] = &["create", "list", "show", REPLY];

/// An act that is offered for a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its name.
    pub name: String,
    /// How it is called in the language of whoever asks.
    pub label: String,
    /// Why it cannot be asked for now; none when it can.
    pub reason: Option<&'static str>,
}

/// An act that was asked for, and is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// How it is called in the language of whoever asks.
    pub label: String,
    /// Where it stands.
    pub state: ExportState,
    /// Why it was not done.
    pub reason: Option<String>,
}

/// What is to be said of acts on a content.
#[derive(Clone, Debug, Default)]
pub struct Acts {
    /// Those that are offered, in their order.
    pub capabilities: Vec<Capability>,
    /// Those that are not done.
    pub asked: Vec<Asked>,
    /// It may have arrived.
    pub may_have_arrived: bool,
    /// Why it has not gone out yet, and when it is tried next.
    pub waits: Option<Waits>,
}

/// Why a content has not gone out yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// What went wrong last.
    pub reason: String,
    /// When it is tried again.
    pub next_attempt_at: Timestamp,
}

/// Looks up what is to be said of acts on these contents, whose sources are given. Contents of those that nobody has to be
/// told have none.
pub async fn of<'s>(
    tx: &mut Tx,
    actor: &Actor,
    source: impl Fn(&SourceId) -> Option<&'s Source>,
    contents: &[Content],
) -> Result<HashMap<ContentId, Acts>> {
    let is_told = |content: &Content| source(&content.source_id).is_some_and(|source| !source.kind.caps().instant);
    let ids: Vec<ContentId> = contents.iter().filter(|c| is_told(c)).map(|c| c.id.clone()).collect();
    let is_out = |c: &&Content| matches!(c.synchronization_status, Some(SyncStatus::Pending | SyncStatus::Error));
    let out: Vec<ContentId> = contents.iter().filter(is_out).map(|c| c.id.clone()).collect();
    let creates = export::creates_of(tx, &out).await?;
    let asked = export::acts_of(tx, &ids).await?;
    let mut all = HashMap::new();
    for content in contents.iter().filter(|c| ids.contains(&c.id) || out.contains(&c.id)) {
        let Some(source) = source(&content.source_id) else { continue };
        let create = creates.iter().find(|export| export.content_id == content.id);
        let asked: Vec<&Export> = asked.iter().filter(|export| export.content_id == content.id).collect();
        all.insert(content.id.clone(), said(actor, source, content, create, &asked));
    }
    Ok(all)
}

fn said(actor: &Actor, source: &Source, content: &Content, create: Option<&Export>, asked: &[&Export]) -> Acts {
    let label = |name: &str| label(source, &actor.user.locale, name);
    let is_pending = |name: &str| asked.iter().any(|one| one.operation == name && one.state == ExportState::Pending);
    let why_not = |name: &str| {
        if !may(actor, source, name) {
            return Some("permission");
        }
        if is_pending(name) { Some("pending") } else { stands(content, create).err().filter(|why| *why != TAKEN_BACK) }
    };
    let names = if is_on_its_way(create) { vec![DELETE.to_owned()] } else { offered(source, content) };
    let capabilities = names.into_iter().map(|name| Capability { label: label(&name), reason: why_not(&name), name });
    // Of each the last one counts.
    let last = |at: usize| !asked[at + 1..].iter().any(|later| later.operation == asked[at].operation);
    let open = |export: &Export| !matches!(export.state, ExportState::Delivered | ExportState::Cancelled);
    let asked = asked.iter().enumerate().filter(|(at, export)| last(*at) && open(export)).map(|(_, export)| Asked {
        name: export.operation.clone(),
        label: label(&export.operation),
        state: export.state,
        reason: export.last_error.clone(),
    });
    Acts {
        capabilities: capabilities.collect(),
        asked: asked.collect(),
        may_have_arrived: create.is_some_and(|create| create.state == ExportState::Unknown),
        waits: create.and_then(waits),
    }
}

fn waits(create: &Export) -> Option<Waits> {
    let reason = create.last_error.clone().filter(|_| is_on_its_way(Some(create)) && create.leased_by.is_none())?;
    Some(Waits { reason, next_attempt_at: create.next_attempt_at })
}

/// What stands for a content that can be taken back.
const TAKEN_BACK: &str = "unsent";

fn is_on_its_way(create: Option<&Export>) -> bool {
    create.is_some_and(|create| create.state == ExportState::Pending)
}

/// Whether the other side has a content, so that something can be done with it there.
///
/// # Errors
/// Why not, for programs.
pub(crate) fn stands(content: &Content, create: Option<&Export>) -> std::result::Result<(), &'static str> {
    match (content.synchronization_status, create) {
        (Some(SyncStatus::Pending), Some(create)) if is_on_its_way(Some(create)) => {
            Err(if create.attempts_count == 0 { TAKEN_BACK } else { "being_sent" })
        }
        (Some(SyncStatus::Pending | SyncStatus::Error), _) => Err("not_exported_yet"),
        _ if content.foreign_id.is_none() => Err("no_remote_id"),
        _ => Ok(()),
    }
}

/// The acts that the other side offers for a content as it is now: what makes it visible or hides it first, what takes it away
/// last.
#[must_use]
pub(crate) fn offered(source: &Source, content: &Content) -> Vec<String> {
    let own = content.remote_actions.as_deref().map(Vec::as_slice);
    let mut names: Vec<String> = Vec::new();
    for name in named(collection(source, content), own) {
        let name = ours(name);
        let moot = match name {
            PUBLISH => content.published,
            UNPUBLISH => !content.published,
            _ => false,
        };
        if !moot && !names.iter().any(|one| one == name) {
            names.push(name.to_owned());
        }
    }
    if content.remotely_deleted || content.approval_required {
        names.clear();
    }
    let place = |name: &String| match name.as_str() {
        PUBLISH | UNPUBLISH => 0,
        DELETE => 2,
        _ => 1,
    };
    names.sort_by_key(place);
    names
}

/// What can be done with one of a collection: what both name, or the one of the two that says anything.
fn named<'a>(collection: Option<&'a [String]>, own: Option<&'a [String]>) -> Vec<&'a str> {
    let both =
        |name: &&String| own.zip(collection).is_none_or(|(_, all)| all.iter().any(|one| ours(one) == ours(name)));
    let names = own.or(collection).unwrap_or_default().iter().filter(both).map(String::as_str);
    names.filter(|name| !OF_COLLECTIONS.contains(name)).collect()
}

/// An act's name here.
#[must_use]
pub fn ours(name: &str) -> &str {
    if name == DESTROY { DELETE } else { name }
}

/// What a content of a kind is to a third party: one of its objects. A source without threads is told of no thread, only of
/// messages.
#[must_use]
pub fn object(source: &Source, kind: &str) -> &'static str {
    match kind {
        "private_message" => "private_messages",
        "thread" if !source.has_option("messages.unthreaded") => "threads",
        _ => "messages",
    }
}

/// Of which kind an answer is: what opens a thread is answered by messages in it.
pub(crate) fn kind_of_answer(answered: &Content) -> String {
    if answered.kind == "thread" { "message".into() } else { answered.kind.clone() }
}

/// Whether the other side takes a new content of a kind, as far as it has told.
pub(crate) fn takes(source: &Source, kind: &str) -> bool {
    let object = object(source, kind);
    let told = source.implementation.as_ref();
    told.is_none_or(|told| told.can(object, "create"))
        && !(object == "threads" && source.has_option("threads.no_content"))
}

/// Whether the other side takes an answer to a content: where it says of contents like this one that there may be answers, it
/// has to say so of this one, too.
#[must_use]
pub fn is_answerable(source: &Source, content: &Content) -> bool {
    let says = |actions: &[String]| actions.iter().any(|one| one == REPLY);
    let said = match (collection(source, content), content.remote_actions.as_deref()) {
        (Some(all), Some(own)) if says(all) => says(own),
        _ => true,
    };
    said && takes(source, &kind_of_answer(content))
}

/// What the third party can do with contents like this one, where it has told.
fn collection<'s>(source: &'s Source, content: &Content) -> Option<&'s [String]> {
    let objects = &source.implementation.as_ref()?.objects;
    Some(objects.get(object(source, &content.kind)).map_or(&[], Vec::as_slice))
}

/// How an act is called in a language: as the third party says, in that language or by default, else by its name.
fn label(source: &Source, language: &str, name: &str) -> String {
    let locales = source.implementation.as_ref().map(|told| &told.locales);
    let bare = language.split(['-', '_']).next().unwrap_or_default();
    let given = |language: &str| locales?.get(language)?.get(name).cloned();
    [language, bare, "default"].into_iter().find_map(given).unwrap_or_else(|| humanized(name))
}

/// A name as words: `mark_as_spam` is "Mark as spam".
fn humanized(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Whether the guide says what an act does: nobody asks then as whom it is done.
#[must_use]
pub fn is_standard(name: &str) -> bool {
    is_same_twice(name)
}

/// An act's name on the other side: taking away is `destroy` where only that is listed.
#[must_use]
pub fn wire<'n>(source: &Source, content: &Content, name: &'n str) -> &'n str {
    let own = content.remote_actions.as_deref().map(Vec::as_slice);
    let listed = own.or_else(|| collection(source, content)).unwrap_or_default();
    let lists = |name: &str| listed.iter().any(|one| one == name);
    if name == DELETE && !lists(DELETE) && lists(DESTROY) { DESTROY } else { name }
}

/// Whether an act that was done may be done again without anybody noticing.
#[must_use]
pub(crate) fn is_same_twice(name: &str) -> bool {
    matches!(name, DELETE | PUBLISH | UNPUBLISH)
}

fn may(actor: &Actor, source: &Source, name: &str) -> bool {
    require(actor, source, name).is_ok()
}

/// Asks whether the actor may have an act done on a source.
///
/// # Errors
/// 403.
pub(crate) fn require(actor: &Actor, source: &Source, name: &str) -> Result<(), Error> {
    match name {
        PUBLISH | UNPUBLISH => actor.require(Permission::PublishContent),
        DELETE => actor.require_on(&source.id, SourcePermission::Destroy),
        _ => actor.require_on(&source.id, SourcePermission::Reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_offered_is_what_both_name() {
        for (collection, own, expected) in [
            (None, None, ""),
            (None, Some("show delete pin"), "delete pin"),
            (Some("create list delete pin"), None, "delete pin"),
            (Some("create list delete pin"), Some("pin reply hide"), "pin"),
            (Some("create destroy"), Some("delete"), "delete"),
        ] {
            let (collection, own) = (collection.map(list), own.map(list));
            assert_eq!(named(collection.as_deref(), own.as_deref()), list(expected), "{collection:?} {own:?}");
        }
    }
}
