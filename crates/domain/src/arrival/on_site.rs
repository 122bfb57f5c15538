//! Who is on the sites now, as agents see them.

use std::collections::HashMap;

use model::{CreatedFrom, IdentityId, SourceId, SourcePermission, Timestamp};
use store::chat_variable::{self, ChatVariable};
use store::content::Content;
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::visitor::{self, Visitor};
use store::visitor_presence::Present;
use store::{Page, Scope, Tx};
use text::plain;

use crate::arrival::{filled, navigation};
use crate::base::{Actor, Error, Fault, Result, checks::distinct};
use crate::conversation::content::{self, NewContent};
use crate::conversation::variables::{self, Labelled};
use crate::setup::source_settings;

/// What was told so long before a visitor's chat connected belongs to the same visit, in seconds.
const BEFORE: i64 = 60;
/// So many of those who are there are looked at for a filter, those who came last.
pub const LOOKED_AT: i64 = 5000;
/// How many of them together.
const TOGETHER: usize = 200;
/// Characters of what they are filtered by.
const TEXT_MAX: usize = 200;
/// How many open conversations are looked through, of all whom one window shows.
const THREADS_MAX: i64 = 500;

/// A visitor whose chat is connected.
#[derive(Clone, Debug)]
pub struct OnSite {
    /// Who.
    pub identity: Identity,
    /// Where.
    pub source: Source,
    /// Since when they are there.
    pub since: Timestamp,
    /// What is known of the visit.
    pub visit: Option<Visitor>,
    /// The page was told in this visit, and may be shown.
    pub page_told: bool,
    /// Their custom variables, as far as they were told in this visit and are meant for agents.
    pub variables: Vec<Labelled>,
    /// The conversation that they are in.
    pub thread: Option<Thread>,
    /// The actor may begin a conversation with them.
    pub may_invite: bool,
}

/// The sources whose visitors the actor sees: all that they may read, or one of those.
#[must_use]
pub fn scope(actor: &Actor, source: Option<SourceId>) -> Scope {
    match source {
        None => actor.scope().clone(),
        Some(id) => Scope::Sources(Some(id).filter(|id| actor.scope().allows(id)).into_iter().collect()),
    }
}

/// Whom of those who are there one looks for: everybody where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// A part of the address or of the title of the page that they look at.
    pub page: Option<String>,
    /// Words that one of their variables has in its name, label or value; after `=` the value itself.
    pub variable: Option<String>,
}

impl Wanted {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.page.is_none() && self.variable.is_none()
    }

    fn is_on(&self, visit: &Visitor) -> bool {
        let Some(page) = &self.page else { return true };
        let wanted = plain(text::beginning(page.trim(), TEXT_MAX));
        let has = |text: &Option<String>| text.as_deref().is_some_and(|text| plain(text).contains(&*wanted));
        has(&visit.page_url) || has(&visit.page_title)
    }

    fn is_in(&self, all: &[Labelled]) -> bool {
        let Some(variable) = &self.variable else { return true };
        let wanted = plain(text::beginning(variable.trim(), TEXT_MAX));
        let (called, value) =
            wanted.split_once('=').map_or((&*wanted, None), |(name, value)| (name, Some(value.trim())));
        let has = |one: &Labelled| {
            let own = one.value.as_str().map_or_else(|| one.value.to_string(), str::to_owned);
            let own = plain(&own);
            let said = format!("{} {}", plain(&one.name), plain(&one.label));
            let is = |word: &str| said.contains(word) || (value.is_none() && own.contains(word));
            called.split_whitespace().all(is) && value.is_none_or(|value| own.trim() == value)
        };
        all.iter().any(has)
    }
}

/// Those of visitors who are there whom one looks for.
pub async fn matching(tx: &mut Tx, present: Vec<Present>, wanted: &Wanted) -> Result<Vec<Present>> {
    let mut found = Vec::new();
    for some in present.chunks(TOGETHER) {
        let known = Known::of(tx, some).await?;
        let is_wanted = |one: &&Present| {
            let visit = known.told(one);
            visit.is_some_and(|visit| wanted.is_on(visit) && wanted.is_in(&known.variables(one)))
        };
        found.extend(some.iter().filter(is_wanted).cloned());
    }
    Ok(found)
}

/// The window of a list.
#[must_use]
pub fn window(all: Vec<Present>, page: Page) -> Vec<Present> {
    let [from, most] = [page.offset, page.limit].map(|n| usize::try_from(n).unwrap_or(0));
    all.into_iter().skip(from).take(most).collect()
}

/// What is known of some who are there.
struct Known {
    people: HashMap<IdentityId, Identity>,
    visits: Vec<Visitor>,
    variables: Vec<ChatVariable>,
}

impl Known {
    async fn of(tx: &mut Tx, present: &[Present]) -> Result<Self> {
        let people: Vec<IdentityId> = present.iter().map(|one| one.identity_id.clone()).collect();
        let sources = distinct(present.iter().map(|one| one.source_id.clone()).collect());
        Ok(Self {
            people: identity::by_ids(tx, &people).await?.into_iter().map(|one| (one.id.clone(), one)).collect(),
            visits: visitor::of_identities(tx, &people).await?,
            variables: chat_variable::of_sources(tx, &sources).await?,
        })
    }

    fn visit(&self, one: &Present) -> Option<&Visitor> {
        self.visits.iter().find(|v| v.identity_id == one.identity_id && v.source_id == one.source_id)
    }

    /// The visit, where its page was told since they are there.
    fn told(&self, one: &Present) -> Option<&Visitor> {
        self.visit(one).filter(|visit| tells_page(visit, one.since))
    }

    fn variables(&self, one: &Present) -> Vec<Labelled> {
        let (Some(person), Some(visit)) = (self.people.get(&one.identity_id), self.told(one)) else {
            return Vec::new();
        };
        let defined: Vec<_> = self.variables.iter().filter(|variable| variable.source_id == one.source_id).collect();
        variables::of_person(&defined, &filled::among(visit.facts.filled.as_deref(), &person.extra_values))
    }
}

/// Adds to visitors who are there what agents see of them. Who is not known any more is left out.
pub async fn look(tx: &mut Tx, actor: &Actor, present: Vec<Present>) -> Result<Vec<OnSite>> {
    let people: Vec<IdentityId> = present.iter().map(|one| one.identity_id.clone()).collect();
    let known = Known::of(tx, &present).await?;
    let open = threads::open_of_identities(tx, actor.scope(), &people, THREADS_MAX).await?;
    let sources: HashMap<SourceId, Source> =
        source::all(tx).await?.into_iter().map(|one| (one.id.clone(), one)).collect();
    let now = tx.now();
    let one = |present: Present| {
        let (visit, page_told) = (known.visit(&present).cloned(), known.told(&present).is_some());
        let variables = known.variables(&present);
        let Present { source_id, identity_id, since } = present;
        let (identity, source) = (known.people.get(&identity_id)?.clone(), sources.get(&source_id)?.clone());
        let here = |t: &&Thread| t.identity_id.as_ref() == Some(&identity_id) && t.source_id == source_id;
        let thread = open.iter().find(here).filter(|t| navigation::goes_on(t, now)).cloned();
        let may_invite = thread.is_none()
            && source.active
            && !source.is_live_chat()
            && source_settings::begins_discussions(&source)
            && actor.can_on(&source_id, SourcePermission::InitiateDiscussion);
        // After a restart the page is older than what is known of the connection.
        let page_at = visit.as_ref().filter(|_| page_told).and_then(|visit| visit.page_at);
        let since = page_at.map_or(since, |at| at.min(since));
        Some(OnSite { identity, source, since, visit, page_told, variables, thread, may_invite })
    };
    Ok(present.into_iter().filter_map(one).collect())
}

/// Whether the page that is known of a visit is the one that its visitor looks at now: it was told since they are there,
/// or since their last page began. Whose connection was lost has the same page and tells nothing anew.
fn tells_page(visit: &Visitor, since: Timestamp) -> bool {
    visit.page_at.is_some_and(|at| at >= since.min(visit.seen_at).plus_seconds(-BEFORE))
}

/// Begins a conversation with a visitor of a source, for the actor, whose it is once the visitor answers.
///
/// # Errors
/// 404 when nobody is known by this id; 403 without the permission to begin discussions; 409 when a conversation goes on with
/// them, such as one that another agent has begun; as [`content::create`].
pub async fn invite(
    tx: &mut Tx,
    actor: &Actor,
    visitor: &IdentityId,
    source: &SourceId,
    body: String,
) -> Result<Content> {
    if !actor.scope().allows(source) {
        return Err(Error::invalid("source_id", Fault::not("a source that you may read")));
    }
    actor.require_on(source, SourcePermission::InitiateDiscussion)?;
    // Held: of two agents the second one finds what the first has begun, and so does what the visitor writes meanwhile.
    identity::lock(tx, visitor).await?.ok_or(Error::NotFound("identity"))?;
    let scope = Scope::Sources(vec![source.clone()]);
    let open = threads::open_of_identities(tx, &scope, std::slice::from_ref(visitor), 1).await?;
    if open.iter().any(|thread| navigation::goes_on(thread, tx.now())) {
        return Err(Error::Conflict("in_conversation", "this visitor is in a conversation already".into()));
    }
    let mut actor = actor.clone();
    actor.origin = CreatedFrom::Interface;
    let (source_id, to) = (Some(source.clone()), Some(visitor.to_string()));
    content::create(tx, &actor, NewContent { source_id, to, body, ..NewContent::default() }).await
}
