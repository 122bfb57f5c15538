//! Erasing people: what was said goes step by step, each a transaction, so that others' writes come between. Every step is
//! safe to run twice: a process that dies at one begins anew, and finds less.

use std::time::Duration;

use model::{ContentId, InboundItemId, ThreadId, Timestamp};
use store::erasure::{self, Erasure};
use store::inbound_item::InboundItem;

use super::erasing_scan;
use crate::app::App;
use crate::crypto::token_hash;
use crate::domain::erasure::Cleared;
use crate::domain::{Error, Result, erasure as erasing, erasure_elsewhere as elsewhere};
use crate::files::Key;
use crate::uploads::failed as unread;

/// How many threads are gone through between two looks for more.
const THREADS: i64 = 20;
/// Bytes that are younger may be about to be somebody else's too: they are left for a later round.
const FRESH: Duration = Duration::from_secs(60);
/// When that is, in seconds.
const AGAIN: i64 = 60;
/// How many bytes of a parked mail are read at once.
const CHUNK: usize = 64 * 1024;

/// Erases who is to be erased, each by themselves: one who cannot be now delays no other. Runs again when something was left.
pub(super) async fn round(app: App) -> Result<Option<Timestamp>> {
    let (mut left, mut failed) = (false, Ok(()));
    let open = app.db.read(|tx| Box::pin(erasure::open(tx))).await.map_err(Error::Store)?;
    for id in open {
        if app.stopping.is_cancelled() {
            break;
        }
        let found = id.clone();
        let read = app.db.read(move |tx| {
            let id = found.clone();
            Box::pin(async move { erasure::find_open(tx, &id).await })
        });
        let Some(next) = read.await.map_err(Error::Store)? else { continue };
        match one(&app, &next).await {
            Ok(done) => left |= !done,
            Err(error) => {
                tracing::error!(erasure = %id, %error, "somebody is not erased yet");
                failed = Err(error);
            }
        }
    }
    failed?;
    Ok(left.then(|| app.db.clock().now().plus_seconds(AGAIN)))
}

/// Erases one person; tells whether nothing is left.
async fn one(app: &App, erasure: &Erasure) -> Result<bool> {
    let (mut after, mut gone): (Option<ThreadId>, Vec<ThreadId>) = (None, Vec::new());
    loop {
        let (people, from) = (erasure.identity_ids.0.clone(), after.clone());
        let read = app.db.read(move |tx| {
            let (people, from) = (people.clone(), from.clone());
            Box::pin(async move { erasure::threads(tx, &people, from.as_ref(), THREADS).await })
        });
        let threads = read.await.map_err(Error::Store)?;
        let Some(last) = threads.last().cloned() else { break };
        for id in &threads {
            clear(app, erasure, id).await?;
        }
        gone.extend(threads);
        after = Some(last);
    }
    let erasure = &erasing_scan::look_through(app, erasure, gone).await?;
    let row = erasure.clone();
    let addresses = app.db.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { elsewhere::strip_addresses(tx, &row).await })
    });
    addresses.await?;
    drop_parked(app, erasure).await?;
    leave_mentions(app, erasure).await?;
    remove_files(app, erasure).await
}

/// Erases what the person has in one thread, and what the journal tells of it.
async fn clear(app: &App, erasure: &Erasure, id: &ThreadId) -> Result<()> {
    let share = loop {
        let (row, thread) = (erasure.clone(), id.clone());
        let step = app.db.write(move |tx| {
            let (row, thread) = (row.clone(), thread.clone());
            Box::pin(async move { erasing::clear(tx, &row, &thread).await })
        });
        if let Cleared::Wholly(share) = step.await? {
            break share;
        }
    };
    let Some(share) = share else { return Ok(()) };
    let mut after = Some(0);
    while let Some(from) = after {
        let (row, thread) = (erasure.clone(), id.clone());
        let step = app.db.write(move |tx| {
            let (row, thread) = (row.clone(), thread.clone());
            Box::pin(async move { erasing::clear_journal(tx, &row, &thread, share, from).await })
        });
        after = step.await?;
    }
    Ok(())
}

/// Drops what is parked of the person: programs say whose it is, of mails their bytes do.
async fn drop_parked(app: &App, erasure: &Erasure) -> Result<()> {
    let mut after: Option<InboundItemId> = None;
    loop {
        let from = after.clone();
        let read = app.db.read(move |tx| {
            let from = from.clone();
            Box::pin(async move { elsewhere::parked(tx, from.as_ref()).await })
        });
        let items = read.await?;
        let Some(last) = items.last().map(|(item, _)| item.id.clone()) else { return Ok(()) };
        for (item, community) in items {
            let theirs = community.is_some_and(|community| elsewhere::is_of(erasure, &item, &community));
            if theirs || is_from(app, erasure, &item).await? {
                let row = erasure.clone();
                let dropped = app.db.write(move |tx| {
                    let (row, item) = (row.clone(), item.clone());
                    Box::pin(async move { elsewhere::drop_parked(tx, &row, &item).await })
                });
                dropped.await?;
            }
        }
        after = Some(last);
    }
}

/// Whether a parked mail is from the person.
async fn is_from(app: &App, erasure: &Erasure, item: &InboundItem) -> Result<bool> {
    let (source, name) = (item.source_id.clone(), item.dedupe.clone());
    let raw = app.db.read(move |tx| {
        let (source, name) = (source.clone(), name.clone());
        Box::pin(async move { store::mail::raw(tx, &source, &name).await })
    });
    let Some(raw) = raw.await.map_err(Error::Store)? else { return Ok(false) };
    let Some(mut opened) = app.files.read(&Key::attachment(&raw.sha256)).await.map_err(unread)? else {
        return Ok(false);
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = opened.next(CHUNK).await.map_err(unread)? {
        bytes.extend_from_slice(&chunk);
    }
    let letter = ::mail::Letter::read(&bytes, None);
    let mut senders = letter.from.iter().chain(&letter.reply_to);
    Ok(senders.any(|one| elsewhere::has_address(erasure, &one.address)))
}

/// Takes the person's addresses out of mails of others.
async fn leave_mentions(app: &App, erasure: &Erasure) -> Result<()> {
    let mut after: Option<ContentId> = None;
    loop {
        let (row, from) = (erasure.clone(), after.clone());
        let read = app.db.read(move |tx| {
            let (row, from) = (row.clone(), from.clone());
            Box::pin(async move { elsewhere::mentions(tx, &row, from.as_ref()).await })
        });
        let (found, upto) = read.await?;
        for id in found {
            let row = erasure.clone();
            let left = app.db.write(move |tx| {
                let (row, id) = (row.clone(), id.clone());
                Box::pin(async move { elsewhere::leave_out(tx, &row, &id).await })
            });
            left.await?;
        }
        if upto.is_none() {
            return Ok(());
        }
        after = upto;
    }
}

/// Removes the files that go with the person, and are nobody else's; tells whether none is left.
async fn remove_files(app: &App, erasure: &Erasure) -> Result<bool> {
    let id = erasure.id.clone();
    let read = app.db.write(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            let files = erasing::files(tx, &id).await?;
            let used = elsewhere::used(tx, &files).await?;
            Ok::<_, Error>(files.into_iter().filter(|file| !used.contains(file)).collect::<Vec<_>>())
        })
    });
    let mut left = Vec::new();
    for file in read.await? {
        let picture = file.contains("://");
        let key = if picture { Key::avatar(&token_hash(&file)) } else { Key::attachment(&file) };
        let Some((_, found)) = app.files.get(&key).await.map_err(unread)? else { continue };
        if picture || found.is_older_than(FRESH) {
            app.files.remove(&found).await.map_err(unread)?;
        } else {
            left.push(file);
        }
    }
    let (id, none) = (erasure.id.clone(), left.is_empty());
    let settle = app.db.write(move |tx| {
        let (id, left) = (id.clone(), left.clone());
        Box::pin(async move { erasing::settle(tx, &id, left).await })
    });
    settle.await?;
    Ok(none)
}
