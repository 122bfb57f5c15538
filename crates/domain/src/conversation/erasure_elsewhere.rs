//! What names a person who is erased and is somebody else's, or nobody's: their address leaves mails of others, what is
//! parked of them is dropped. See `erasure`.

use std::collections::HashMap;

use model::{CommunityId, ContentId, ExportState, IdentityGroupId, IdentityId, InboundItemId, ThreadId};
use serde_json::Value;
use store::content::{self, Content};
use store::erasure::{self as erasures, Erasure};
use store::erasure_elsewhere as elsewhere;
use store::inbound_item::{self, InboundItem};
use store::mail::{self, Mail};
use store::thread as threads;
use store::{Json, Scope, Tx, identity, journal, search_index, source};

use crate::base::{Error, Result};
use crate::conversation::erased_text::{names, scrubbed, without, without_in};
use crate::conversation::erasure::remember;
use crate::place::source_health;

/// Through how many mails is looked in one step.
const MAILS: i64 = 500;
/// How many parked items are looked at in one step.
const PARKED: i64 = 100;
/// How many entries of the journal of one thread are looked at in one step.
const ENTRIES: i64 = 1000;

/// Where the address of the person stands in the next mails after one, and the last of those that were looked at.
pub type Mentions = (Vec<ContentId>, Option<ContentId>);

/// Looks for the person's addresses in some mails after one.
pub async fn mentions(tx: &mut Tx, erasure: &Erasure, after: Option<&ContentId>) -> Result<Mentions> {
    let addresses = &erasure.names.addresses;
    if addresses.is_empty() {
        return Ok((Vec::new(), None));
    }
    let Some(upto) = elsewhere::mails_upto(tx, after, MAILS).await? else { return Ok((Vec::new(), None)) };
    Ok((elsewhere::mails_with(tx, addresses, after, &upto).await?, Some(upto)))
}

/// Takes the person's addresses out of a mail of somebody else, and forgets how it came.
pub async fn leave_out(tx: &mut Tx, erasure: &Erasure, id: &ContentId) -> Result<()> {
    let addresses = &erasure.names.addresses;
    journal::hold_index(tx).await?;
    let Some(found) = content::find(tx, &Scope::All, id).await? else { return Ok(()) };
    let Some(mut thread) = threads::lock(tx, &Scope::All, &found.thread_id).await? else { return Ok(()) };
    let (Some(mut said), Some(mut mail)) = (content::find(tx, &Scope::All, id).await?, mail::find(tx, id).await?)
    else {
        return Ok(());
    };
    // What is on its way needs its recipients.
    let waits = store::export::find(tx, id).await?.is_some_and(|export| export.state == ExportState::Pending);
    if waits || !is_named(&said, &mail, addresses) {
        return Ok(());
    }
    let told = |text: &mut Option<String>| *text = text.take().map(|text| without(&text, addresses));
    said.body = without(&said.body, addresses);
    for text in [&mut said.title, &mut said.html, &mut said.sender_name, &mut said.synchronization_error] {
        told(text);
    }
    said.updated_at = tx.now();
    tx.update(&said).await?;
    mail.headers =
        Json(without_in(&Value::Object(mail.headers.0.clone()), addresses).as_object().cloned().unwrap_or_default());
    for list in [&mut mail.reply_to, &mut mail.recipients, &mut mail.copied, &mut mail.hidden] {
        list.0.iter_mut().for_each(|one| *one = without(one, addresses));
    }
    told(&mut mail.sender);
    told(&mut mail.signature);
    told(&mut mail.forwarded_from);
    let mut recipients = mail::recipients(tx, id).await?;
    for one in &mut recipients {
        one.address = without(&one.address, addresses);
        told(&mut one.reason);
    }
    elsewhere::rewrite_mail(tx, &mail, &recipients).await?;
    let files = elsewhere::forget_raw(tx, &said.source_id, id.as_str()).await?;
    remember(tx, erasure, files).await?;
    search_index::index(tx, id, &thread.id, said.title.as_deref(), &said.body).await?;
    told(&mut thread.title);
    told(&mut thread.opening);
    tx.update(&thread).await?;
    leave_out_of_history(tx, addresses, &thread.id).await
}

/// Whether one of some addresses stands in a mail by itself: what was found may be a part of a longer one.
fn is_named(said: &Content, mail: &Mail, addresses: &[String]) -> bool {
    let texts = [&said.title, &said.html, &mail.sender, &mail.signature, &mail.forwarded_from].map(Option::as_deref);
    let lists = [&mail.reply_to, &mail.recipients, &mail.copied, &mail.hidden].into_iter().flat_map(|all| all.iter());
    let headers = Value::Object(mail.headers.0.clone()).to_string();
    let all =
        texts.into_iter().flatten().chain(lists.map(String::as_str)).chain([said.body.as_str(), headers.as_str()]);
    all.into_iter().any(|text| names(text, addresses))
}

async fn leave_out_of_history(tx: &mut Tx, addresses: &[String], id: &ThreadId) -> Result<()> {
    let mut after = 0;
    loop {
        let entries = erasures::entries(tx, id, after, ENTRIES).await?;
        let Some(last) = entries.last().map(|entry| entry.position) else { break };
        for mut entry in entries {
            if names(&entry.metadata.to_string(), addresses) {
                entry.metadata = Json(without_in(&entry.metadata, addresses));
                erasures::rewrite(tx, &entry).await?;
            }
        }
        after = last;
    }
    for mut line in erasures::lines(tx, id).await? {
        if names(&line.data.to_string(), addresses) {
            line.data = Json(without_in(&line.data, addresses));
            erasures::rewrite_line(tx, &line).await?;
        }
    }
    Ok(())
}

/// The next parked items after one, each with the community of its source.
pub async fn parked(tx: &mut Tx, after: Option<&InboundItemId>) -> Result<Vec<(InboundItem, Option<CommunityId>)>> {
    let items = elsewhere::parked(tx, after, PARKED).await?;
    let sources: HashMap<_, _> = source::all(tx).await?.into_iter().map(|one| (one.id, one.community_id)).collect();
    let with = |item: InboundItem| {
        let community = sources.get(&item.source_id).cloned();
        (item, community)
    };
    Ok(items.into_iter().map(with).collect())
}

/// Whether what is parked on a source of a community, as it came, is by the person or to them.
#[must_use]
pub fn is_of(erasure: &Erasure, item: &InboundItem, community: &CommunityId) -> bool {
    let all = &erasure.names.foreign_ids;
    let known: Vec<&str> = all.iter().filter(|(of, _)| of == community).map(|(_, id)| id.as_str()).collect();
    serde_json::from_str::<Value>(&item.payload).is_ok_and(|payload| names_one(&payload, &known))
}

/// Whether a program names one of some ids as the author or the recipient of something.
fn names_one(told: &Value, known: &[&str]) -> bool {
    let is_known = |id: &Value| match id {
        Value::String(id) => known.contains(&id.as_str()),
        Value::Number(id) => known.contains(&id.to_string().as_str()),
        _ => false,
    };
    let own = ["author", "recipient", "user"].iter().any(|name| is_known(&told[*name]["id"]) || is_known(&told[*name]));
    own || told.get("params").is_some_and(|params| names_one(params, known))
}

/// Whether an address is one of the person's.
#[must_use]
pub fn has_address(erasure: &Erasure, address: &str) -> bool {
    erasure.names.addresses.iter().any(|one| *one == address.to_lowercase())
}

/// Drops what is parked of the person.
pub async fn drop_parked(tx: &mut Tx, erasure: &Erasure, item: &InboundItem) -> Result<()> {
    inbound_item::forget(tx, &item.source_id, &item.dedupe).await?;
    let files = elsewhere::forget_raw(tx, &item.source_id, &item.dedupe).await?;
    remember(tx, erasure, files).await?;
    source_health::refresh(tx, &item.source_id).await
}

/// Forgets what is kept by the person's addresses.
pub async fn strip_addresses(tx: &mut Tx, erasure: &Erasure) -> Result<()> {
    Ok(elsewhere::strip_addresses(tx, &erasure.names).await?)
}

/// Everything by which the journal names the person: their identities, and the persons behind them; these by themselves too.
pub async fn of_person(tx: &mut Tx, erasure: &Erasure) -> Result<(Vec<String>, Vec<IdentityGroupId>)> {
    let people = identity::by_ids(tx, &erasure.identity_ids).await?;
    let groups: Vec<IdentityGroupId> = people.into_iter().filter_map(|one| one.identity_group_id).collect();
    let ids = erasure.identity_ids.iter().map(IdentityId::to_string);
    Ok((ids.chain(groups.iter().map(IdentityGroupId::to_string)).collect(), groups))
}

/// Notes by which of the person's addresses somebody else is known as well: they are not looked for. Gives the erasure as it
/// is then.
pub async fn leave_shared(tx: &mut Tx, erasure: &Erasure, shared: &[String]) -> Result<Erasure> {
    let mut held = erasures::lock(tx, &erasure.id).await?.ok_or(Error::NotFound("erasure"))?;
    held.names.addresses.retain(|one| !shared.contains(one));
    tx.update(&held).await?;
    Ok(held)
}

/// Erases what the journal tells of people at some positions.
pub async fn clear_entries(tx: &mut Tx, positions: &[i64]) -> Result<()> {
    for mut entry in journal::at(tx, positions).await? {
        entry.metadata = Json(scrubbed(&entry.metadata));
        erasures::rewrite(tx, &entry).await?;
    }
    Ok(())
}

/// Which files of an erasure are somebody else's too: bytes by their SHA-256, pictures by their addresses.
pub async fn used(tx: &mut Tx, files: &[String]) -> Result<Vec<String>> {
    let mut used = store::attachment::in_use(tx, files).await?;
    used.extend(elsewhere::pictures(tx, files).await?);
    Ok(used)
}
