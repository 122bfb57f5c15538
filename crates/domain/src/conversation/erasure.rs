//! Erasing a person: what they said, what was said to them, and by what they were known.
//!
//! Who they were goes at once, in the transaction of whoever asks ([`begin`]); the rest follows in steps, each a transaction
//! of its own and each safe to run twice, led by a worker. What stays is the frame: that there was a conversation, when, how
//! long it took, who answered, under which categories. It cannot be taken back.
//!
//! A conversation that is private, and in which no other customer has written, is theirs as a whole. Of others goes what they
//! wrote and what was answered to them.

use model::{CloseCause, ContentStatus, ErasureId, EventType, IdentityId, Permission, SyncStatus, ThreadId};
use serde_json::json;
use store::content::{self, Content, erased_id};
use store::erasure::{self as erasures, Erasure, Names};
use store::identity::{self, Identity};
use store::identity_group::{self, IdentityGroup};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Scope, Tx, intervention as cases, source};

use crate::base::checks::checked_email;
use crate::base::{Actor, Change, Error, Reason, Result, journal, note_change};
use crate::conversation::erased_text::{scrubbed, without_title};
use crate::conversation::{intervention, thread};
use crate::customers::block;
use crate::setup::mail_settings;

/// How many contents, or entries of the journal, go in one step.
const AT_ONCE: i64 = 200;

/// Erases a person: whoever is behind an identity, with all identities that were joined to it. Gives the identity as it is
/// then.
///
/// # Errors
/// 404; 403 when the actor does not see all of the person's identities; 422 when it is the company's own.
pub async fn begin(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Identity> {
    actor.require(Permission::AnonymizeIdentity)?;
    let seen = identity::find_within(tx, actor.scope(), id).await?.ok_or(Error::NotFound("identity"))?;
    if seen.controlled {
        return Err(Error::Unprocessable("not_a_customer", "this identity is the company's own".into()));
    }
    // Who is joined to whom is read while nobody joins or parts them.
    let mut group = match &seen.identity_group_id {
        Some(group) => identity_group::lock(tx, group).await?,
        None => None,
    };
    let ids = all_of(tx, actor, &seen).await?;
    let mut people = Vec::with_capacity(ids.len());
    for id in &ids {
        people.extend(identity::lock(tx, id).await?);
    }
    if people.iter().any(|one| one.identity_group_id != seen.identity_group_id) {
        return Err(Error::Conflict("changed_meanwhile", Reason::Stale.says("somebody else has changed it meanwhile")));
    }
    let (names, mut files) = known_by(tx, &people, group.as_ref()).await?;
    files.extend(erasures::strip_uploads(tx, &ids).await?);
    if erasures::strip_blocks(tx, &ids).await? {
        note_change(tx, Some(actor), block::KIND, id.as_str(), Change::Deleted);
    }
    erasures::strip_people(tx, &ids, seen.identity_group_id.as_ref()).await?;
    for identity in &mut people {
        forget(identity);
        identity.updated_at = tx.now();
        tx.update(identity).await?;
    }
    if let Some(group) = &mut group {
        *group = IdentityGroup::new(group.id.clone(), group.created_at);
        group.updated_at = tx.now();
        tx.update(group).await?;
    }
    let now = tx.now();
    let row = Erasure {
        id: ErasureId::new(now),
        identity_ids: Json(ids),
        names: Json(names),
        files: Json(files),
        user_id: actor.user.id.clone(),
        created_at: now,
        done_at: None,
    };
    tx.insert(&row).await?;
    tell(tx, actor, &people);
    people.into_iter().find(|one| one.id == *id).ok_or(Error::NotFound("identity"))
}

/// All identities of the person behind one, in the order in which they are held.
async fn all_of(tx: &mut Tx, actor: &Actor, one: &Identity) -> Result<Vec<IdentityId>> {
    let Some(group) = &one.identity_group_id else { return Ok(vec![one.id.clone()]) };
    let group = [group.clone()];
    let all = identity_group::identities_of(tx, &Scope::All, &group).await?;
    if identity_group::identities_of(tx, actor.scope(), &group).await?.len() < all.len() {
        return Err(Error::Forbidden("person_not_seen", "this person has identities that you may not see".into()));
    }
    let mut ids: Vec<IdentityId> = all.into_iter().map(|(_, id)| id).collect();
    ids.sort();
    Ok(ids)
}

/// By what people are known, and the pictures of them, which are files. An address is theirs where mail came from it, or where
/// an agent has noted it, and where nobody else, nor the company, is known by it: what somebody has only said of themselves in a
/// chat may be anybody's. Whether somebody else is known by it is looked up later (`erasure_scan`).
async fn known_by(tx: &mut Tx, people: &[Identity], group: Option<&IdentityGroup>) -> Result<(Names, Vec<String>)> {
    let mut names = Names::default();
    let mut pictures: Vec<String> = Vec::new();
    for one in people {
        if one.kind == "email" {
            names.addresses.push(one.foreign_id.clone());
        }
        names.foreign_ids.push((one.community_id.clone(), one.foreign_id.clone()));
        pictures.extend(one.avatar_url.clone());
    }
    names.addresses.extend(group.into_iter().flat_map(|group| group.emails.0.clone()));
    pictures.extend(group.and_then(|group| group.avatar_url.clone()));
    for one in &mut names.addresses {
        *one = one.to_lowercase();
    }
    names.addresses.sort();
    names.addresses.dedup();
    let own = source::all(tx).await?;
    names.addresses.retain(|one| checked_email(one).is_ok() && !own.iter().any(|s| mail_settings::is_own(s, one)));
    Ok((names, pictures))
}

/// Takes everything from an identity but that it is there.
fn forget(one: &mut Identity) {
    let empty =
        Identity::new(one.community_id.clone(), &one.kind, Identity::erased_foreign_id(&one.id), one.created_at);
    *one = Identity {
        id: one.id.clone(),
        identity_group_id: one.identity_group_id.clone(),
        user_ids: one.user_ids.clone(),
        ..empty
    };
}

fn tell(tx: &mut Tx, actor: &Actor, people: &[Identity]) {
    let ids: Vec<&IdentityId> = people.iter().map(|one| &one.id).collect();
    for one in people {
        let metadata = json!({"identity_group_id": one.identity_group_id, "identity_ids": ids});
        let resource = ("identity", one.id.as_str());
        let kind = EventType::IdentityAnonymized;
        journal::person(tx, kind, &actor.user.id, resource, vec![one.community_id.clone()], metadata);
    }
}

/// What of a thread goes with people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// It is a conversation with them: what it is called goes.
    own: bool,
    /// All of it goes.
    whole: bool,
}

/// What of a thread goes with people: all where it is theirs, private, and nobody else has written in it.
async fn share(tx: &mut Tx, held: &Thread, people: &[IdentityId]) -> Result<Share> {
    let own = held.identity_id.as_ref().is_some_and(|id| people.contains(id));
    let whole = own && held.private && !erasures::has_others(tx, &held.id, people).await?;
    Ok(Share { own, whole })
}

/// How far a thread is with what goes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleared {
    /// There is more.
    InPart,
    /// Nothing is left; this is what went. None where there is no such thread.
    Wholly(Option<Share>),
}

/// Erases a part of what people have in a thread.
pub async fn clear(tx: &mut Tx, erasure: &Erasure, id: &ThreadId) -> Result<Cleared> {
    store::journal::hold_index(tx).await?;
    let Some(mut held) = threads::lock(tx, &Scope::All, id).await? else { return Ok(Cleared::Wholly(None)) };
    let Some(source) = source::find(tx, &held.source_id).await? else { return Ok(Cleared::Wholly(None)) };
    let people = &erasure.identity_ids.0;
    let share = share(tx, &held, people).await?;
    let Share { own, whole } = share;
    let mut contents = erasures::contents(tx, id, people, whole, AT_ONCE).await?;
    if !contents.is_empty() {
        let files = erasures::strip(tx, &contents).await?;
        remember(tx, erasure, files).await?;
        for content in &mut contents {
            silence(content);
            content.updated_at = tx.now();
        }
        tx.update_all(&contents).await?;
        return Ok(Cleared::InPart);
    }
    end(tx, erasure, &mut held, &source, own).await?;
    erasures::strip_thread(tx, id, people, whole).await?;
    for mut line in erasures::lines(tx, id).await? {
        line.data = Json(scrubbed(&line.data));
        erasures::rewrite_line(tx, &line).await?;
    }
    if whole {
        let erased = |known: String| match known.starts_with("erased:") {
            true => known,
            false => erased_id(&held.source_id, &known),
        };
        held.foreign_id = held.foreign_id.take().map(erased);
    }
    if own {
        held.title = None;
        held.title_erased = true;
        held.opening = None;
        held.extra_data = Json::default();
    }
    held.visitor_unread = content::count_unread(tx, id).await?;
    thread::recount(tx, &mut held).await?;
    let erased = json!({"identity_ids": erasure.identity_ids.0});
    journal::thread(tx, EventType::ContentAnonymized, Some(&erasure.user_id), &held, erased);
    Ok(Cleared::Wholly(Some(share)))
}

/// Nobody waits for an answer any more.
async fn end(tx: &mut Tx, erasure: &Erasure, held: &mut Thread, source: &Source, own: bool) -> Result<()> {
    let by = Some(&erasure.user_id);
    for id in erasures::open_cases(tx, &held.id, &erasure.identity_ids).await? {
        if let Some(mut case) = cases::find(tx, &Scope::All, &id).await? {
            intervention::end_unasked(tx, by, &mut case, json!({})).await?;
        }
    }
    if own {
        thread::end_live(tx, by, held, source, CloseCause::Intervention).await?;
    }
    Ok(())
}

/// Takes all that it says from a content.
fn silence(content: &mut Content) {
    content.foreign_id = content.foreign_id.take().map(|id| erased_id(&content.source_id, &id));
    content.title = None;
    content.body = String::new();
    content.html = None;
    content.foreign_categories = Json::default();
    content.context_data = Json::default();
    content.structured_content = None;
    content.source_url = None;
    content.sender_name = None;
    content.remote_actions = None;
    content.attachments_count = 0;
    content.synchronization_error = None;
    content.approval_required = false;
    content.synchronization_status =
        content.synchronization_status.take().filter(|status| *status == SyncStatus::Success);
    if matches!(content.status, ContentStatus::New | ContentStatus::Assigned) {
        content.status = ContentStatus::Ignored;
    }
    content.anonymized = true;
}

/// Erases what the journal tells of a thread after a position, of which this goes; gives the next one, as long as there may be
/// more.
pub async fn clear_journal(
    tx: &mut Tx,
    erasure: &Erasure,
    id: &ThreadId,
    Share { own, whole }: Share,
    after: i64,
) -> Result<Option<i64>> {
    let gone = erasures::anonymous(tx, id).await?;
    let entries = erasures::entries(tx, id, after, AT_ONCE).await?;
    let last = entries.last().map(|entry| entry.position);
    for mut entry in entries {
        let named = |name: &str| entry.metadata.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let of_them = named("identity_id").is_some_and(|id| erasure.identity_ids.iter().any(|one| one.as_str() == id));
        let is_gone = |id: &str| gone.iter().any(|one| one.as_str() == id);
        let told = if whole || of_them || is_gone(&entry.resource_id) {
            scrubbed(&entry.metadata)
        } else if own {
            without_title(&entry.metadata)
        } else {
            continue;
        };
        if told != entry.metadata.0 {
            entry.metadata = Json(told);
            erasures::rewrite(tx, &entry).await?;
        }
    }
    Ok(last)
}

/// Notes files that go with a person.
pub(super) async fn remember(tx: &mut Tx, erasure: &Erasure, files: Vec<String>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let Some(mut held) = erasures::lock(tx, &erasure.id).await? else { return Ok(()) };
    held.files.0.extend(files);
    held.files.0.sort();
    held.files.0.dedup();
    Ok(tx.update(&held).await?)
}

/// Notes which files of an erasure are still there; when none is, it is done, and what was looked for is forgotten.
pub async fn settle(tx: &mut Tx, id: &ErasureId, left: Vec<String>) -> Result<()> {
    let Some(mut held) = erasures::lock(tx, id).await? else { return Ok(()) };
    if left.is_empty() {
        held.names = Json(Names::default());
        held.done_at = Some(tx.now());
    }
    held.files = Json(left);
    Ok(tx.update(&held).await?)
}

/// The files of an erasure.
///
/// # Errors
/// 404.
pub async fn files(tx: &mut Tx, id: &ErasureId) -> Result<Vec<String>> {
    Ok(erasures::lock(tx, id).await?.map(|held| held.files.0).unwrap_or_default())
}
