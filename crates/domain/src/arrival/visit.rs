//! Visits to a messaging source: how one begins and goes on, whom it belongs to, and which page it is on.

use model::{JwtKeyId, SignedIdentities, SourceId, Timestamp};
use serde_json::{Map, Value};
use store::community::Community;
use store::identity::{self, Identity};
use store::source::Source;
use store::visitor::{self, Visitor};
use store::{Json, Tx};

use crate::arrival::page_address;
use crate::arrival::visit_facts::Told;
use crate::arrival::visitor::{Known, community, unknown};
use crate::arrival::{filled, navigation, page_told};
use crate::base::{Error, Result};
use crate::conversation::ingest::{self, Author};
use crate::conversation::live_chat;
use crate::customers::identity_import;

/// Who a visitor says to be.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Somebody without a name, or with one that nobody vouches for.
    Unsigned(Option<Author>),
    /// Somebody whom the company vouches for.
    Signed {
        /// Who.
        author: Author,
        /// Until when.
        until: Timestamp,
        /// By which key.
        key: JwtKeyId,
    },
}

/// What the widget tells of the page that it is on.
#[derive(Clone, Debug, Default)]
pub struct PageNow {
    /// Its address.
    pub url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Custom variables (`_fillCustomVariable`): nobody vouches for them, so they never replace what is signed.
    pub custom: Map<String, Value>,
    /// Those that it had before, by their names.
    pub cleared: Vec<String>,
    /// A document begins, with these variables and none of those before it.
    pub begins: bool,
    /// What it tells of the browser and of the visit.
    pub told: Told,
}

/// What of a page was news.
struct News {
    /// The page is another one, or has another title.
    moved: bool,
    /// Something of it, or of the visit.
    any: bool,
}

impl PageNow {
    fn note(self, visitor: &mut Visitor, now: Timestamp) -> News {
        let (before, told) = (visitor.page_url.clone(), self.url.is_some());
        let mut changed = false;
        let line = |text: String| text.chars().filter(|c| !c.is_control()).collect::<String>();
        let url = self.url.map(|url| page_address::kept(&url));
        let title = self.title.map(|title| text::beginning(&line(title), TITLE_MAX).to_owned());
        for (told, known) in [(url, &mut visitor.page_url), (title, &mut visitor.page_title)] {
            if told.is_some() && told != *known {
                *known = told;
                changed = true;
            }
        }
        // The same page in another visit is looked at anew.
        let stale = visitor.page_at.is_none_or(|at| visitor.seen_at.seconds_since(at) > SAME_VISIT);
        let any = self.told.note(visitor, told && (stale || visitor.page_url != before), now) || changed;
        News { moved: changed, any }
    }
}

/// What was noted so long before a session began was of an earlier visit, in seconds.
const SAME_VISIT: i64 = 60;
/// Longest title of a page that is kept, in characters.
const TITLE_MAX: usize = 255;

/// The person of a visitor's key on a source, if the key is known.
pub async fn holder(tx: &mut Tx, source: &SourceId, token_hash: &str) -> Result<Option<Identity>> {
    match visitor::find(tx, source, token_hash).await? {
        Some(visitor) => Ok(identity::find(tx, &visitor.identity_id).await?),
        None => Ok(None),
    }
}

/// Whether a claim that nobody vouches for names somebody else than the person of the browser's key. Their `uuid` says
/// so: names and addresses may change, and who had no `uuid` is given one.
#[must_use]
pub fn is_another(person: &Identity, claim: &Claim) -> bool {
    match claim {
        Claim::Unsigned(Some(told)) => told.uuid.is_some() && person.uuid.is_some() && told.uuid != person.uuid,
        Claim::Unsigned(None) | Claim::Signed { .. } => false,
    }
}

/// Begins or continues a visit: gives the visitor of `token_hash` when it is known and fits the claim, else makes
/// one under `new_hash`. With `single_thread` the app shows one conversation alone. The last value tells whether the new
/// one was used.
///
/// # Errors
/// 403 when the community requires signed identities or rejects them.
pub async fn begin(
    tx: &mut Tx,
    source: &Source,
    token_hash: Option<String>,
    new_hash: String,
    mut claim: Claim,
    page: PageNow,
    single_thread: bool,
) -> Result<(Identity, bool)> {
    check_claim(&community(tx, source).await?, &claim)?;
    let signed_keys: Vec<String> = match &claim {
        Claim::Signed { author, .. } => author.extra_values.keys().cloned().collect(),
        Claim::Unsigned(_) => Vec::new(),
    };
    let told = !page.custom.is_empty();
    let custom_keys = add_custom(&mut claim, &page.custom);
    let filled = told_by(&claim);
    let now = tx.now();
    let known = match token_hash {
        Some(hash) => visitor::find(tx, &source.id, &hash).await?,
        None => None,
    };
    let identity = claimed(tx, source, known.as_ref(), &claim).await?;
    let known = known.filter(|v| v.identity_id == identity.id);
    let is_new = known.is_none();
    let mut visitor = known.unwrap_or_else(|| new(source, &identity, new_hash, now));
    (visitor.signed_until, visitor.jwt_key_id) = match claim {
        Claim::Signed { until, key, .. } => (Some(until), Some(key)),
        Claim::Unsigned(_) => (None, None),
    };
    let mut gone = page.cleared.clone();
    if visitor.signed_until.is_some() {
        gone.retain(|key| visitor.custom_keys.contains(key) && !signed_keys.contains(key));
    }
    visitor.custom_keys.retain(|key| !signed_keys.contains(key) && !custom_keys.contains(key));
    visitor.custom_keys.extend(custom_keys);
    visitor.custom_keys.truncate(CUSTOM_MAX);
    filled::note(&mut visitor, is_new || page.begins, filled, &gone);
    (visitor.seen_at, visitor.single_thread) = (now, single_thread);
    let News { moved, .. } = page.note(&mut visitor, now);
    if is_new {
        tx.insert(&visitor).await?
    } else {
        tx.update(&visitor).await?
    }
    if source.is_live_chat() {
        live_chat::note_visitor(tx, &source.id, &visitor.identity_id).await?;
    }
    if moved {
        navigation::follow(tx, source, &visitor).await?;
    }
    if told {
        page_told::keep(tx, &Known::new(source.clone(), identity.clone(), visitor)).await?;
    }
    page_told::forget(tx, source, &identity.id, &gone).await?;
    Ok((identity, is_new))
}

/// A visitor who was never there.
fn new(source: &Source, identity: &Identity, token_hash: String, now: Timestamp) -> Visitor {
    Visitor {
        token_hash,
        source_id: source.id.clone(),
        identity_id: identity.id.clone(),
        signed_until: None,
        jwt_key_id: None,
        custom_keys: Json::default(),
        page_url: None,
        page_title: None,
        visit_at: None,
        page_at: None,
        facts: Json::default(),
        single_thread: false,
        created_at: now,
        seen_at: now,
    }
}

/// Who a visitor is, by what is claimed and by what their browser had before.
async fn claimed(tx: &mut Tx, source: &Source, known: Option<&Visitor>, claim: &Claim) -> Result<Identity> {
    let told = match claim {
        Claim::Signed { author, .. } => return ingest::find_or_make_author(tx, source, &signed(author)).await,
        Claim::Unsigned(told) => told,
    };
    if let Some(visitor) = known.filter(|visitor| visitor.signed_until.is_none()) {
        let person = identity::find(tx, &visitor.identity_id).await?.ok_or(Error::NotFound("identity"))?;
        if !is_another(&person, claim) {
            let Some(told) = told else { return Ok(person) };
            let author = Author { foreign_id: person.foreign_id, ..told.clone() };
            return ingest::find_or_make_author(tx, source, &author).await;
        }
    }
    // A name that nobody vouches for never opens somebody else's history: every browser is its own person.
    let author = Author { foreign_id: model::new_object_id(tx.now()), ..told.clone().unwrap_or_default() };
    ingest::find_or_make_author(tx, source, &author).await
}

/// Adds custom variables to a claim, and names those of a signed one that the signature does not cover.
fn add_custom(claim: &mut Claim, custom: &Map<String, Value>) -> Vec<String> {
    if custom.is_empty() {
        return Vec::new();
    }
    let told = custom.iter().map(|(key, value)| (key.clone(), value.clone()));
    match claim {
        Claim::Unsigned(author) => {
            author.get_or_insert_default().extra_values.extend(told);
            Vec::new()
        }
        Claim::Signed { author, .. } => {
            let free: Map<_, _> = told.filter(|(key, _)| !author.extra_values.contains_key(key)).collect();
            let names = free.keys().cloned().collect();
            author.extra_values.extend(free);
            names
        }
    }
}

/// What a claim tells beside who somebody is, by its names.
fn told_by(claim: &Claim) -> Vec<String> {
    let author = match claim {
        Claim::Unsigned(author) => author.as_ref(),
        Claim::Signed { author, .. } => Some(author),
    };
    author.map(|author| author.extra_values.keys().cloned().collect()).unwrap_or_default()
}

/// Notes the page that a visitor is on now, and its custom variables. Tells whether anything changed.
///
/// # Errors
/// 401 when the visitor is gone.
pub async fn note_page(tx: &mut Tx, known: &Known, page: PageNow) -> Result<bool> {
    Ok(moved(tx, known, page).await?.1)
}

/// As [`note_page`]; tells the visitor as they are since as well.
pub(super) async fn moved(tx: &mut Tx, known: &Known, mut page: PageNow) -> Result<(Known, bool)> {
    let source = &known.source;
    let found = visitor::find(tx, &source.id, &known.token_hash).await?;
    let mut visitor = found.ok_or_else(unknown)?;
    let identity = identity::find(tx, &visitor.identity_id).await?.ok_or_else(unknown)?;
    let (mut custom, mut gone) = (std::mem::take(&mut page.custom), std::mem::take(&mut page.cleared));
    let filled = custom.keys().cloned().collect();
    if visitor.signed_until.is_some() {
        // What a signature may have covered stays; what this browser has told before, it may tell again.
        custom.retain(|key, _| visitor.custom_keys.contains(key) || !identity.extra_values.contains_key(key));
        gone.retain(|key| visitor.custom_keys.contains(key));
    }
    let fills = filled::note(&mut visitor, false, filled, &gone);
    custom.retain(|key, value| identity.extra_values.get(key) != Some(value));
    let told = !custom.is_empty();
    let new: Vec<_> = custom.keys().filter(|key| !visitor.custom_keys.contains(key)).cloned().collect();
    let names = visitor.signed_until.is_some() && !new.is_empty();
    if names {
        visitor.custom_keys.extend(new);
        visitor.custom_keys.truncate(CUSTOM_MAX);
    }
    let News { moved, any } = page.note(&mut visitor, tx.now());
    if any || names || fills {
        tx.update(&visitor).await?;
    } else if !told {
        let changed = page_told::forget(tx, source, &identity.id, &gone).await?;
        return Ok((Known::new(source.clone(), identity, visitor), changed));
    }
    if moved {
        navigation::follow(tx, source, &visitor).await?;
    }
    let identity = match told {
        false => identity,
        true => {
            let author = Author { foreign_id: identity.foreign_id, extra_values: custom, ..Author::default() };
            ingest::find_or_make_author(tx, source, &author).await?
        }
    };
    let known = Known::new(source.clone(), identity, visitor);
    page_told::keep(tx, &known).await?;
    page_told::forget(tx, source, &known.identity.id, &gone).await?;
    Ok((known, true))
}

/// Names of custom variables that are kept for a visitor at the most.
const CUSTOM_MAX: usize = 200;

fn check_claim(community: &Community, claim: &Claim) -> Result<()> {
    match (community.signed_identities, claim) {
        (SignedIdentities::Required, Claim::Unsigned(_)) => {
            let message = "this chat needs a signed identity";
            Err(Error::Forbidden("signed_identity_required", message.into()))
        }
        (SignedIdentities::Rejected, Claim::Signed { .. }) => {
            let message = "this chat takes no signed identities";
            Err(Error::Forbidden("signed_identity_rejected", message.into()))
        }
        _ => Ok(()),
    }
}

/// A signed person is the same on every device: the company's id of them is theirs on the community.
fn signed(author: &Author) -> Author {
    let foreign_id = identity_import::foreign_id_of(author.uuid.as_deref().unwrap_or_default());
    Author { foreign_id, ..author.clone() }
}
