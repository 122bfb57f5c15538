//! What a source lists when it is asked for what is new: each page is taken in with the position that it leads to, in one
//! transaction, oldest first. So nothing is passed over, and what came before changes nothing.
//!
//! What cannot be taken in is parked: it is kept as it came, and the rest goes on.

use std::collections::HashSet;

use model::{InboundItemId, SourceId, Timestamp};
use store::inbound_item::{self, InboundItem};
use store::source::Source;
use store::source_state::{self, Cursor, PassedOver};
use store::{Backend, Json, Tx, content};

use crate::arrival::mailed::{self, Letter};
use crate::arrival::relisted::{self, Before};
use crate::arrival::sdk::{self, Told};
use crate::base::{Error, Result};
use crate::conversation::ingest::Incoming;
use crate::conversation::ingest_many;
use crate::customers::block::{self, Blocks};
use crate::place::source_health;
use crate::place::source_run::{self, Taken};
use crate::setup::source_settings;

/// How many former positions of a list are kept.
const FORMER: usize = 5;
/// How much of a source is parked at the most: beyond that it is not asked before somebody has looked.
const PARKED: i64 = 1000;
/// How many contents of a run wait at once for what they answer.
const LINKS: usize = 1000;
/// The longest reason, in characters.
const REASON_MAX: usize = 1000;
/// Seconds for which the clock of the other side may be behind.
const SLACK: i64 = 300;
const DAY: i64 = 86_400;

/// Something that was listed.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is, by the name that its channel has for it.
    pub kind: &'static str,
    /// Its id on the other side.
    pub foreign_id: String,
    /// As it came.
    pub payload: String,
    /// What was read of it; else why it cannot be taken in.
    pub piece: std::result::Result<Piece, String>,
}

/// What an item is.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A content.
    Content(Box<Told>),
    /// A mail.
    Mail(Box<Letter>),
    /// A thread without content.
    Thread {
        /// Its title.
        title: Option<String>,
    },
}

impl Item {
    fn dedupe(&self) -> String {
        format!("{}:{}", self.kind, self.foreign_id)
    }
}

/// A part of a page on its way in.
#[derive(Clone, Debug)]
pub struct Slice<'a> {
    /// The list that it is of.
    pub stream: &'a str,
    /// What it has, oldest first.
    pub items: &'a [Item],
    /// Those that cannot be taken in, by their place, and why.
    pub bad: &'a [(usize, String)],
    /// The position that the page leads to; none before its last part.
    pub position: Option<&'a str>,
    /// The list is taken in for the first time.
    pub first: bool,
    /// What has come in this run and waits for what it answers.
    pub links: &'a [Link],
    /// Whose words are kept out.
    pub blocks: &'a Blocks,
}

/// What a content answers that has not come yet: it may come later in the same run. All by their ids on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    kind: &'static str,
    foreign_id: String,
    answers: String,
}

/// What became of a part of a page.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// What still waits for what it answers.
    pub links: Vec<Link>,
    /// How much of it was not known before.
    pub fresh: i64,
    /// How much is new here.
    pub received: i64,
    /// How much is parked.
    pub parked: i64,
}

/// Why nothing of it was taken in.
#[derive(Debug)]
pub enum Stopped {
    /// The item at this place is at fault.
    At(usize, Error),
    /// Something else is.
    By(Error),
    /// Another process has the run.
    Lost,
    /// Too much of the source is parked.
    Full,
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Self {
        Self::By(error.into())
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

/// Takes in a part of a page, and moves the position when it is the last one. `source` is as the run knows it by now.
///
/// # Errors
/// See [`Stopped`]; nothing was done then.
pub async fn take_in(
    tx: &mut Tx,
    run: &Taken,
    source: &Source,
    slice: &Slice<'_>,
) -> std::result::Result<Done, Stopped> {
    let mut done = Done::default();
    let known = known(tx, source, slice.items).await?;
    let undated = slice.items.iter().filter(|item| item.piece.as_ref().is_ok_and(is_undated));
    let undated = undated.map(|item| item.foreign_id.clone()).collect();
    let mut before = Before::read(tx, source, slice.stream, slice.first, undated).await?;
    let kept_out = kept_out(tx, source, slice.items).await?;
    let mut together = Vec::new();
    for (at, item) in slice.items.iter().enumerate() {
        let bad = slice.bad.iter().find(|(bad, _)| *bad == at).map(|(_, why)| why);
        let piece = match (&item.piece, bad) {
            (Ok(piece), None) => piece,
            (Err(why), _) | (_, Some(why)) => {
                park(tx, source, item, why).await?;
                done.parked += 1;
                continue;
            }
        };
        let fresh = !known.contains(&(item.kind, item.foreign_id.as_str()));
        if let Piece::Content(told) = piece {
            before.meet(tx, told, !fresh).await?;
        }
        let passed = || is_undated(piece) && before.has(item.kind, &item.foreign_id);
        if fresh && (kept_out.contains(&(item.kind.to_owned(), item.foreign_id.clone())) || passed()) {
            continue;
        }
        done.fresh += i64::from(fresh);
        let Some(piece) = dated(run.connected_at, source, piece, before.is_first(), fresh) else {
            if let (Piece::Content(told), true) = (piece, is_undated(piece)) {
                relisted::pass_over(tx, told, &item.foreign_id).await?;
            }
            continue;
        };
        if is_kept_out(tx, item, &piece, slice.blocks, fresh).await? {
            continue;
        }
        done.received += i64::from(fresh);
        match piece {
            Piece::Content(told) => together.push((at, *told)),
            Piece::Mail(letter) => {
                mailed::receive(tx, source, *letter).await.map_err(|error| Stopped::At(at, error))?;
            }
            Piece::Thread { title } => {
                let new = sdk::receive_thread(tx, source, item.foreign_id.clone(), title).await;
                new.map_err(|error| Stopped::At(at, error))?;
            }
        }
    }
    let mut links = slice.links.to_vec();
    links.extend(together.iter().filter_map(|(_, told)| open_link(told)));
    contents(tx, together).await?;
    done.links = tie(tx, source, slice.items, links).await?;
    if done.parked == 0 {
        forget_parked(tx, source, slice.items).await?;
    } else if inbound_item::count(tx, &source.id).await? > PARKED {
        return Err(Stopped::Full);
    }
    if before.is_found() {
        recognise(tx, &source.id, slice.stream).await?;
    }
    if let Some(position) = slice.position {
        move_to(tx, &source.id, slice.stream, position).await?;
    }
    if source_run::renew(tx, run).await? { Ok(done) } else { Err(Stopped::Lost) }
}

/// What is noted of listed words that were kept out, in the place of what tells one from another.
const KEPT_OUT: &str = "blocked";

/// Whether the words of whoever has written a piece are kept out. What is new is counted, and not listed as new again. Mails are
/// looked at as they are fetched.
async fn is_kept_out(tx: &mut Tx, item: &Item, piece: &Piece, blocks: &Blocks, fresh: bool) -> Result<bool> {
    let Piece::Content(told) = piece else { return Ok(false) };
    let Some(block) = sdk::kept_out_by(tx, &told.incoming, blocks).await? else { return Ok(false) };
    if fresh {
        block::note_refused(tx, block, 1).await?;
        let (kind, foreign_id) = (item.kind.to_owned(), item.foreign_id.clone());
        let one = PassedOver { kind, foreign_id, print: Some(KEPT_OUT.into()) };
        source_state::pass_over(tx, &told.incoming.source.id, &one).await?;
    }
    Ok(true)
}

/// Those of the items that were kept out before, by their kinds and ids.
async fn kept_out(tx: &mut Tx, source: &Source, items: &[Item]) -> Result<HashSet<(String, String)>> {
    let ids: Vec<String> = items.iter().map(|item| item.foreign_id.clone()).collect();
    let passed = source_state::passed_over(tx, &source.id, &ids).await?;
    let blocked = passed.into_iter().filter(|one| one.print.as_deref() == Some(KEPT_OUT));
    Ok(blocked.map(|one| (one.kind, one.foreign_id)).collect())
}

fn open_link(told: &Told) -> Option<Link> {
    let Incoming { kind, foreign_id, in_reply_to, .. } = &told.incoming;
    Some(Link { kind, foreign_id: foreign_id.clone()?, answers: in_reply_to.clone()? })
}

/// Ties contents to what they answer, where that has come with these items; gives the rest, as far as it is kept.
async fn tie(tx: &mut Tx, source: &Source, items: &[Item], links: Vec<Link>) -> Result<Vec<Link>> {
    let here: HashSet<&str> = items.iter().map(|item| item.foreign_id.as_str()).collect();
    let (now, mut later): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| here.contains(link.answers.as_str()));
    for link in now {
        if let Some(answered) = content::find_answered(tx, &source.id, link.kind, &link.answers).await? {
            content::link(tx, &source.id, link.kind, &link.foreign_id, &answered).await?;
        }
    }
    let too_many = later.len().saturating_sub(LINKS);
    later.drain(..too_many);
    Ok(later)
}

/// Takes in contents in their order. Where each statement is a way there and back, those that need nothing else go together.
async fn contents(tx: &mut Tx, all: Vec<(usize, Told)>) -> std::result::Result<(), Stopped> {
    let elsewhere = tx.backend() == Backend::Postgres;
    let mut all = all.into_iter().peekable();
    while let Some((at, told)) = all.next() {
        let mut group = vec![(at, told)];
        let bare = |told: &Told| elsewhere && sdk::along(told).is_some();
        if bare(&group[0].1) {
            while let Some(next) = all.next_if(|(_, told)| bare(told)) {
                group.push(next);
            }
            let incoming: Vec<_> = group.iter().filter_map(|(_, told)| sdk::along(told)).collect();
            let mut taken = ingest_many::receive_all(tx, &incoming).await?.into_iter();
            group.retain(|_| !taken.next().unwrap_or(false));
        }
        for (at, told) in group {
            sdk::receive(tx, told).await.map_err(|error| Stopped::At(at, error))?;
        }
    }
    Ok(())
}

/// Those of the items that came before.
async fn known<'a>(tx: &mut Tx, source: &Source, items: &'a [Item]) -> Result<HashSet<(&'static str, &'a str)>> {
    let mut known = HashSet::new();
    for item in items {
        let id = item.foreign_id.as_str();
        let is = match &item.piece {
            Ok(Piece::Thread { .. }) => store::thread::find_foreign(tx, &source.id, id).await?.is_some(),
            _ => sdk::is_known(tx, &source.id, item.kind, id).await?,
        };
        if is {
            known.insert((item.kind, id));
        }
    }
    Ok(known)
}

/// When a content was written, or changed, as far as it says so.
fn date_of(told: &Told) -> Option<Timestamp> {
    told.incoming.written_at.or(told.incoming.updated_at)
}

/// Whether nothing in it says when it was written.
fn is_undated(piece: &Piece) -> bool {
    matches!(piece, Piece::Content(told) if date_of(told).is_none())
}

/// What is taken in of a piece by its age: none when it is from before what the source is to begin with; what is from before
/// the connection is nothing that anybody waits for.
fn dated(connected_at: Timestamp, source: &Source, piece: &Piece, first: bool, fresh: bool) -> Option<Piece> {
    let from = source.setting("import_from").unwrap_or("now");
    let (Piece::Content(told), true) = (piece, fresh && from != "all") else { return Some(piece.clone()) };
    let border = connected_at.plus_seconds(-SLACK);
    let written = date_of(told).map(end_of_day);
    let days = from.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()).unwrap_or(0);
    let earlier = written.map_or(first, |written| written < border);
    let too_old = match written {
        Some(written) => written < border.plus_seconds(-days * DAY),
        None => days == 0,
    };
    // Who does not look at where a list was read to gives all of it each time.
    if earlier && too_old && (first || written.is_some()) {
        return None;
    }
    let mut told = told.clone();
    told.incoming.quiet = earlier && !source_settings::is_on(source, "import_open");
    Some(Piece::Content(told))
}

/// The end of the day of what names no more than a day.
fn end_of_day(time: Timestamp) -> Timestamp {
    if time.millis() % (DAY * 1000) == 0 { time.plus_seconds(DAY) } else { time }
}

async fn park(tx: &mut Tx, source: &Source, item: &Item, why: &str) -> Result<()> {
    let now = tx.now();
    let row = InboundItem {
        id: InboundItemId::new(now),
        source_id: source.id.clone(),
        kind: item.kind.to_owned(),
        dedupe: item.dedupe(),
        payload: item.payload.clone(),
        attempts_count: 1,
        last_error: text::beginning(why, REASON_MAX).to_owned(),
        received_at: now,
        updated_at: now,
    };
    Ok(inbound_item::keep(tx, &row).await?)
}

/// Forgets those that were parked before and are taken in now.
async fn forget_parked(tx: &mut Tx, source: &Source, items: &[Item]) -> Result<()> {
    if inbound_item::count(tx, &source.id).await? > 0 {
        for item in items {
            inbound_item::forget(tx, &source.id, &item.dedupe()).await?;
        }
    }
    Ok(())
}

/// Takes in something that was parked, as it was read once more, by itself.
///
/// # Errors
/// 422 when it still cannot be taken in.
pub async fn take_parked(tx: &mut Tx, source: &Source, item: Item) -> Result<()> {
    let connected_at = source_state::find(tx, &source.id).await?.and_then(|state| state.connected_at);
    let dedupe = item.dedupe();
    let refused = |why: String| Error::Unprocessable("not_taken_in", why.into());
    let piece = item.piece.map_err(refused)?;
    let fresh = !sdk::is_known(tx, &source.id, item.kind, &item.foreign_id).await?;
    let taken = match dated(connected_at.unwrap_or(tx.now()), source, &piece, false, fresh) {
        Some(Piece::Content(told)) => sdk::receive(tx, *told).await,
        Some(Piece::Mail(letter)) => mailed::take_parked(tx, source, *letter, &dedupe).await,
        Some(Piece::Thread { title }) => sdk::receive_thread(tx, source, item.foreign_id, title).await,
        None => Ok(()),
    };
    taken.map_err(|error| if error.is_passing() { error } else { refused(error.to_string()) })?;
    inbound_item::forget(tx, &source.id, &dedupe).await?;
    source_health::refresh(tx, &source.id).await
}

/// Where a list of a source goes on.
#[derive(Clone, Debug, Default)]
pub struct At {
    /// The position; none at its beginning.
    pub position: Option<String>,
    /// The list is taken in for the first time.
    pub first: bool,
    /// How many runs in a row the other side did not know the position.
    pub refusals: i64,
}

/// Looks where a list of a source goes on.
pub async fn at(tx: &mut Tx, source: &SourceId, stream: &str) -> Result<At> {
    let Some(cursor) = source_state::cursor(tx, source, stream).await? else {
        return Ok(At { position: None, first: true, refusals: 0 });
    };
    let position = Some(cursor.position).filter(|position| !position.is_empty());
    Ok(At { position, first: !cursor.caught_up, refusals: cursor.refusals })
}

async fn own(tx: &mut Tx, source: &SourceId, stream: &str) -> Result<Cursor> {
    let found = source_state::cursor(tx, source, stream).await?;
    Ok(found.unwrap_or_else(|| Cursor {
        source_id: source.clone(),
        stream: stream.to_owned(),
        position: String::new(),
        former: Json(Vec::new()),
        refusals: 0,
        caught_up: false,
        recognised: None,
        updated_at: tx.now(),
    }))
}

/// Moves the position of a list.
pub async fn move_to(tx: &mut Tx, source: &SourceId, stream: &str, position: &str) -> Result<()> {
    let mut cursor = own(tx, source, stream).await?;
    cursor.refusals = 0;
    if cursor.position != position {
        let before = std::mem::replace(&mut cursor.position, position.to_owned());
        cursor.former.retain(|one| one != position);
        if !before.is_empty() {
            cursor.former.insert(0, before);
        }
        cursor.former.truncate(FORMER);
    }
    cursor.updated_at = tx.now();
    Ok(source_state::put_cursor(tx, &cursor).await?)
}

/// Notes that a list which begins anew is the one from before.
async fn recognise(tx: &mut Tx, source: &SourceId, stream: &str) -> Result<()> {
    let mut cursor = own(tx, source, stream).await?;
    cursor.recognised = Some(true);
    Ok(source_state::put_cursor(tx, &cursor).await?)
}

/// Notes that a run has taken in all of a list: what comes from now on is new.
pub async fn caught_up(tx: &mut Tx, run: &Taken, stream: &str) -> Result<()> {
    let source = &run.source.id;
    // The source may have another address by now.
    if !source_run::renew(tx, run).await? {
        return Ok(());
    }
    let mut cursor = own(tx, source, stream).await?;
    if cursor.caught_up && cursor.refusals == 0 {
        return Ok(());
    }
    (cursor.caught_up, cursor.recognised, cursor.refusals) = (true, None, 0);
    Ok(source_state::put_cursor(tx, &cursor).await?)
}

/// Notes that the other side does not know the position of a list. With `back` it goes on from the one before, at last from
/// the beginning.
pub async fn refused(tx: &mut Tx, source: &SourceId, stream: &str, back: bool) -> Result<()> {
    let mut cursor = own(tx, source, stream).await?;
    cursor.refusals += 1;
    if back {
        cursor.position = if cursor.former.is_empty() { String::new() } else { cursor.former.remove(0) };
    }
    cursor.updated_at = tx.now();
    Ok(source_state::put_cursor(tx, &cursor).await?)
}
