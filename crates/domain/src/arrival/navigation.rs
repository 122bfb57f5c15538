//! The pages that visitors look at while they are in a conversation: kept beside it for agents, for a while.

use model::{ThreadId, Timestamp, VisitPageId};
use store::source::Source;
use store::thread::{self, Thread};
use store::visit_page::{self, VisitPage};
use store::visitor::Visitor;
use store::{Listed, Page, Scope, Tx};

use crate::arrival::visitor::Known;
use crate::base::{Actor, Error, Result};
use crate::setup::source_settings;

/// So long after the last message or page a visitor is in their conversation, in seconds.
const ENGAGED: i64 = 24 * 3600;
/// So many pages of a conversation are kept.
const PAGES_MAX: i64 = 500;
/// And for so long, in seconds.
const KEPT: i64 = 30 * 24 * 3600;
/// How many are removed in one transaction.
const BATCH: i64 = 500;

/// Lists the pages of a conversation, the last one first.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn list(tx: &mut Tx, actor: &Actor, id: &ThreadId, page: Page) -> Result<Listed<VisitPage>> {
    let thread = thread::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("thread"))?;
    Ok(visit_page::list(tx, &thread.id, page).await?)
}

/// Whether a conversation that is open still goes on.
pub(super) fn goes_on(thread: &Thread, now: Timestamp) -> bool {
    now.seconds_since(thread.last_content_at) <= ENGAGED
}

/// Notes the page that a visitor is on now, when they are in a conversation. The page that it was noted of last is not
/// noted again, and its title is what it is called last.
pub(super) async fn follow(tx: &mut Tx, source: &Source, visitor: &Visitor) -> Result<()> {
    let Some(url) = visitor.page_url.clone().filter(|_| source_settings::is_on(source, "enable_navigation_contents"))
    else {
        return Ok(());
    };
    let scope = Scope::Sources(vec![source.id.clone()]);
    let Some(thread) = thread::last_open_of(tx, &scope, &visitor.identity_id).await? else { return Ok(()) };
    let last = visit_page::last(tx, &thread.id).await?;
    let moved = last.as_ref().map_or(thread.last_content_at, |page| page.created_at.max(thread.last_content_at));
    if tx.now().seconds_since(moved) > ENGAGED {
        return Ok(());
    }
    match last {
        Some(page) if page.url == url => {
            if page.title != visitor.page_title {
                tx.update(&VisitPage { title: visitor.page_title.clone(), ..page }).await?;
            }
        }
        _ => {
            visit_page::keep_last(tx, &thread.id, PAGES_MAX - 1).await?;
            insert(tx, thread.id, thread.last_ordinal, url, visitor.page_title.clone()).await?;
        }
    }
    Ok(())
}

/// Notes the page on which a conversation has begun, before all that was said.
pub(super) async fn begin(tx: &mut Tx, known: &Known, thread: &Thread) -> Result<()> {
    let kept = source_settings::is_on(&known.source, "enable_navigation_contents");
    match known.page_url.clone().filter(|_| kept) {
        Some(url) => insert(tx, thread.id.clone(), 0, url, known.page_title.clone()).await,
        None => Ok(()),
    }
}

async fn insert(
    tx: &mut Tx,
    thread_id: ThreadId,
    after_ordinal: i64,
    url: String,
    title: Option<String>,
) -> Result<()> {
    let (id, created_at) = (VisitPageId::new(tx.now()), tx.now());
    Ok(tx.insert(&VisitPage { id, thread_id, after_ordinal, url, title, created_at }).await?)
}

/// Forgets pages that were kept for long enough; tells whether there may be more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    let before: Timestamp = tx.now().plus_seconds(-KEPT);
    Ok(visit_page::remove_before(tx, before, BATCH).await? > 0)
}
