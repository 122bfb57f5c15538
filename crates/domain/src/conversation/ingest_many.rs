//! Several contents at once, as they come in streams: what is known of them is looked up together, and what is new is
//! written together. On PostgreSQL each statement is a way to another process and back.
//!
//! Only what asks for nothing else is done here, in the same way as [`ingest`] does it. Whatever needs more (a case that it
//! falls under, a person who has changed, a thread that somebody holds at this moment) is left to be taken in by itself.

use std::collections::{BTreeMap, HashSet};

use model::{ContentStatus, SourceId};
use store::Tx;
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::thread::{self as threads, Thread};

use crate::base::Result;
use crate::conversation::auto_response;
use crate::conversation::ingest::{self, Incoming, Place};
use crate::setup::source_settings;

/// Whether a content whose thread has an id on the other side may be taken in together with others: it has one too, and
/// brings nothing but words.
#[must_use]
pub fn may_go_along(incoming: &Incoming) -> bool {
    let bare = incoming.attachments.is_empty() && incoming.answers.is_none() && incoming.in_reply_to.is_none();
    let usual = incoming.category_ids.is_empty() && !incoming.automatic && !incoming.author.controlled;
    let quiet = !auto_response::is_on(&incoming.source);
    incoming.foreign_id.is_some()
        && bare
        && usual
        && quiet
        && !source_settings::has_default_categories(&incoming.source)
}

/// Takes in the contents of these that need no more than that, each once. Tells of each whether it is in; of the others
/// nothing was done.
///
/// # Errors
/// As the database says, of any of them: nothing was done then.
pub async fn receive_all(tx: &mut Tx, all: &[Incoming]) -> Result<Vec<bool>> {
    let mut kinds: Vec<(&SourceId, &str)> = Vec::new();
    for incoming in all {
        let kind = (&incoming.source.id, incoming.kind);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut taken = vec![false; all.len()];
    for kind in kinds {
        let of_kind = |incoming: &Incoming| (&incoming.source.id, incoming.kind) == kind;
        let these: Vec<&Incoming> = all.iter().filter(|incoming| of_kind(incoming)).collect();
        let mut known = Known::look_up(tx, &these).await?;
        for (incoming, taken) in all.iter().zip(&mut taken).filter(|(incoming, _)| of_kind(incoming)) {
            *taken = known.take(tx, incoming);
        }
        known.write(tx).await?;
    }
    Ok(taken)
}

/// A row, and what is to be written of it.
struct Found<T> {
    row: T,
    new: bool,
    changed: bool,
}

impl<T> Found<T> {
    fn known(row: T) -> Self {
        Self { row, new: false, changed: false }
    }

    fn new(row: T) -> Self {
        Self { row, new: true, changed: false }
    }
}

/// What is known of contents of one kind on one source, by ids on the other side. What is new is written in the order of
/// these ids, so that two who tell of the same people or threads at the same moment never wait for each other.
#[derive(Default)]
struct Known {
    contents: HashSet<String>,
    authors: BTreeMap<String, Found<Identity>>,
    /// They are held.
    threads: BTreeMap<String, Found<Thread>>,
    /// The threads that are left alone.
    apart: HashSet<String>,
    new: Vec<Content>,
}

fn thread_id(incoming: &Incoming) -> Option<&String> {
    match &incoming.place {
        Place::Foreign(id) => Some(id),
        Place::Known(_) | Place::New => None,
    }
}

impl Known {
    async fn look_up(tx: &mut Tx, these: &[&Incoming]) -> Result<Self> {
        let Some(first) = these.first() else { return Ok(Self::default()) };
        let (source, kind) = (&first.source, first.kind);
        let ids: Vec<String> = these.iter().filter_map(|incoming| incoming.foreign_id.clone()).collect();
        let authors: Vec<String> = these.iter().map(|incoming| incoming.author.foreign_id.clone()).collect();
        let places: Vec<String> = these.iter().filter_map(|incoming| thread_id(incoming).cloned()).collect();
        // The threads come first: what has come into one that is held, nobody adds to any more.
        let held = threads::lock_free_foreign(tx, &source.id, &places).await?;
        let apart = threads::known_foreign(tx, &source.id, &places).await?;
        let contents = content::known_of_kind(tx, &source.id, kind, &ids).await?.into_iter().collect();
        let authors = identity::all_foreign(tx, &source.community_id, &authors).await?;
        let mut known = Self { contents, apart: apart.into_iter().collect(), ..Self::default() };
        known.authors = authors.into_iter().map(|row| (row.foreign_id.clone(), Found::known(row))).collect();
        for row in held {
            let Some(id) = row.foreign_id.clone() else { continue };
            known.apart.remove(&id);
            known.threads.insert(id, Found::known(row));
        }
        Ok(known)
    }

    /// Takes in one of them; tells whether it is in.
    fn take(&mut self, tx: &mut Tx, incoming: &Incoming) -> bool {
        let (Some(id), Some(place)) = (&incoming.foreign_id, thread_id(incoming)) else { return false };
        // It may be otherwise than before.
        if self.contents.contains(id) {
            return false;
        }
        let taken = !self.apart.contains(place) && self.enter(tx, incoming, place);
        if taken {
            self.contents.insert(id.clone());
        } else {
            // What is said after it in its thread comes after it.
            self.apart.insert(place.clone());
        }
        taken
    }

    fn enter(&mut self, tx: &mut Tx, incoming: &Incoming, place: &str) -> bool {
        let known = self.threads.get(place);
        if ingest::check(incoming).is_err() || known.is_some_and(|known| needs_more(&known.row)) {
            return false;
        }
        let now = tx.now();
        let (source, name) = (&incoming.source, &incoming.author.foreign_id);
        let author = self.authors.entry(name.clone()).or_insert_with(|| {
            Found::new(Identity::new(source.community_id.clone(), source.kind.as_str(), name.clone(), now))
        });
        let mut told = author.row.clone();
        if ingest::apply(&mut told, &incoming.author) {
            if !author.new {
                return false;
            }
            author.row = told;
        }
        if author.row.controlled {
            return false;
        }
        let thread = self.threads.entry(place.to_owned()).or_insert_with(|| {
            Found::new(Thread { foreign_id: Some(place.to_owned()), ..ingest::new_thread(incoming, now) })
        });
        thread.changed = true;
        let thread = &mut thread.row;
        thread.entitle(incoming.title.as_ref());
        let first = thread.contents_count == 0;
        let categories = if first { Vec::new() } else { thread.thread_category_ids.0.clone() };
        let mut content = ingest::compose(incoming, &author.row, thread, None, categories, now);
        content.status = if incoming.quiet { ContentStatus::Ignored } else { ContentStatus::New };
        ingest::join(tx, incoming, &author.row, thread, &content);
        self.new.push(content);
        true
    }

    /// Writes what is new.
    async fn write(self, tx: &mut Tx) -> Result<()> {
        let authors: Vec<Identity> =
            self.authors.into_values().filter(|found| found.new).map(|found| found.row).collect();
        let changed = self.threads.into_values().filter(|found| found.changed);
        let (new, old): (Vec<_>, Vec<_>) = changed.partition(|found| found.new);
        let rows = |found: Vec<Found<Thread>>| found.into_iter().map(|found| found.row).collect::<Vec<_>>();
        tx.insert_all(&authors).await?;
        tx.insert_all(&rows(new)).await?;
        tx.insert_all(&self.new).await?;
        Ok(tx.update_all(&rows(old)).await?)
    }
}

/// Whether what is said in a thread may fall under a case, or takes over categories that somebody gave a content of it.
fn needs_more(thread: &Thread) -> bool {
    thread.interventions_count > 0 || (thread.thread_category_ids.is_empty() && !thread.category_ids.is_empty())
}
