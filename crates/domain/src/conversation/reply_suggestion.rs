//! The reply assistant at work: which ready answers fit a content, and their texts with the variables filled in.
//!
//! Variables are `{{identity.…}}` for the customer, `{{user.…}}` for the agent, `{{source.name}}`, `{{thread.title}}`
//! and `{{domain.name}}`. As in the names of senders (`docs/interactions/web-messaging/source.md`), `{{firstname}}`,
//! `{{lastname}}` and `{{nickname}}` are the agent's.

use model::{BodyFormat, CategoryId, ContentId, ReplyVersionId, SourcePermission};
use rules::template::{self, Variable};
use store::content::Content;
use store::identity::{self, Identity};
use store::identity_group::{self, IdentityGroup};
use store::reply_assistant::{self as rows, ReplyEntry, ReplyGroup, ReplyVersion};
use store::source::{self, Source};
use store::thread::Thread;
use store::{Tx, intervention};

use crate::base::{Actor, Error, Result};
use crate::conversation::{content, thread};
use crate::setup::{reply_assistant, settings};

/// Most answers that are suggested at once.
const MOST: usize = 50;

/// A wording with its variables filled in.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The wording.
    pub version: ReplyVersion,
    /// Its text for this customer and this agent.
    pub body: String,
    /// The variables that have no value here.
    pub missing: Vec<String>,
}

/// A ready answer that fits.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The answer.
    pub entry: ReplyEntry,
    /// Its group.
    pub group: Option<ReplyGroup>,
    /// The wording that fits best.
    pub rendered: Rendered,
}

/// What an answer is for: a content, its customer, and who answers.
struct Occasion {
    content: Content,
    thread: Thread,
    source: Source,
    customer: Option<Identity>,
    person: Option<IdentityGroup>,
    domain: String,
}

impl Occasion {
    async fn of(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Self> {
        let content = content::find(tx, actor, id).await?;
        let thread = thread::find(tx, actor, &content.thread_id).await?;
        let source = source::find(tx, &content.source_id).await?.ok_or(Error::NotFound("source"))?;
        actor.require_on(&source.id, SourcePermission::Reply)?;
        let customer =
            if content.is_from_agent() { thread.identity_id.clone() } else { Some(content.author_id.clone()) };
        let customer = match customer {
            Some(id) => identity::find(tx, &id).await?,
            None => None,
        };
        let person = match customer.as_ref().and_then(|c| c.identity_group_id.clone()) {
            Some(id) => identity_group::find(tx, actor.scope(), &id).await?,
            None => None,
        };
        let domain = settings::NAME.now(tx).await?;
        Ok(Self { content, thread, source, customer, person, domain })
    }

    /// The categories of the content; where it has none, those of its intervention, else those of its thread.
    async fn categories(&self, tx: &mut Tx, actor: &Actor) -> Result<Vec<CategoryId>> {
        if !self.content.category_ids.is_empty() {
            return Ok(self.content.category_ids.0.clone());
        }
        if let Some(id) = &self.content.intervention_id
            && let Some(case) = intervention::find(tx, actor.scope(), id).await?
            && !case.category_ids.is_empty()
        {
            return Ok(case.category_ids.0);
        }
        Ok(self.thread.category_ids.0.clone())
    }

    fn value(&self, actor: &Actor, name: &str) -> Variable {
        let (customer, person, user) = (self.customer.as_ref(), self.person.as_ref(), &actor.user);
        let own = |field: fn(&Identity) -> &Option<String>| customer.and_then(|c| field(c).clone());
        let or = |one: Option<String>, other: Option<String>| one.filter(|t| !t.trim().is_empty()).or(other);
        let value = match name {
            "firstname" | "user.firstname" => Some(user.firstname.clone()),
            "lastname" | "user.lastname" => Some(user.lastname.clone()),
            "nickname" | "user.nickname" => or(user.nickname.clone(), Some(user.firstname.clone())),
            "user.name" => Some(user.name()),
            "user.email" => Some(user.email.clone()),
            "identity.firstname" => or(own(|c| &c.firstname), person.and_then(|p| p.firstname.clone())),
            "identity.lastname" => or(own(|c| &c.lastname), person.and_then(|p| p.lastname.clone())),
            "identity.company" => or(own(|c| &c.company), person.and_then(|p| p.company.clone())),
            "identity.email" => or(own(|c| &c.email), person.and_then(|p| p.emails.first().cloned())),
            "identity.mobile_phone" => {
                or(own(|c| &c.mobile_phone), person.and_then(|p| p.mobile_phones.first().cloned()))
            }
            "identity.home_phone" => or(own(|c| &c.home_phone), person.and_then(|p| p.home_phones.first().cloned())),
            "identity.screenname" => own(|c| &c.screenname),
            "identity.uuid" => own(|c| &c.uuid),
            "identity.name" => {
                let name = |first: Option<String>, last: Option<String>| {
                    let name = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
                    (!name.trim().is_empty()).then(|| name.trim().to_owned())
                };
                let whole = or(
                    name(own(|c| &c.firstname), own(|c| &c.lastname)),
                    person.and_then(|p| name(p.firstname.clone(), p.lastname.clone())),
                );
                or(whole, own(|c| &c.screenname))
            }
            "source.name" => Some(self.source.name.clone()),
            "thread.title" => self.thread.title.clone(),
            "domain.name" => Some(self.domain.clone()),
            _ => return Variable::Unknown,
        };
        value.filter(|text| !text.trim().is_empty()).map_or(Variable::Empty, Variable::Value)
    }

    fn render(&self, actor: &Actor, version: ReplyVersion) -> Rendered {
        let html = version.format == BodyFormat::Html;
        let filled = template::fill(&version.body, |name| match self.value(actor, name) {
            // What a customer is called is no markup.
            Variable::Value(text) if html => Variable::Value(richtext::escape(&text)),
            other => other,
        });
        Rendered { version, body: filled.text, missing: filled.missing }
    }

    /// How well a wording fits: none when it is not for this source; less is better.
    fn rank(&self, version: &ReplyVersion) -> Option<u8> {
        if !version.source_ids.is_empty() && !version.source_ids.contains(&self.source.id) {
            return None;
        }
        let wanted = self.content.language.as_deref().or_else(|| self.source.setting("default_content_language"));
        let base = |code: &str| code.split(['-', '_']).next().unwrap_or(code).to_lowercase();
        Some(match (wanted, version.language.as_deref()) {
            (Some(wanted), Some(code)) if wanted.eq_ignore_ascii_case(code) => 0,
            (Some(wanted), Some(code)) if base(wanted) == base(code) => 1,
            (_, None) => 2,
            _ => 3,
        })
    }
}

/// Fills in a wording for who wrote a content and who answers it.
///
/// # Errors
/// 404 when there is no such version, or the content cannot be seen; 403 without the permission to reply on its
/// source.
pub async fn render(tx: &mut Tx, actor: &Actor, id: &ReplyVersionId, content: &ContentId) -> Result<Rendered> {
    let version = reply_assistant::whole_version(tx, id).await?;
    let occasion = Occasion::of(tx, actor, content).await?;
    Ok(occasion.render(actor, version))
}

/// The ready answers that fit a content: for its source and its categories, each in the wording that fits best;
/// where words are given, those that have all of them. In the order of their groups, then by name.
///
/// # Errors
/// 404 when the content cannot be seen; 403 without the permission to reply on its source.
pub async fn suggest(tx: &mut Tx, actor: &Actor, content: &ContentId, words: &str) -> Result<Vec<Suggestion>> {
    let occasion = Occasion::of(tx, actor, content).await?;
    let categories = occasion.categories(tx, actor).await?;
    let groups = rows::groups(tx).await?;
    let versions = rows::versions(tx).await?;
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let mut suggestions = Vec::new();
    for entry in rows::entries(tx).await? {
        let here = entry.source_ids.is_empty() || entry.source_ids.contains(&occasion.source.id);
        let fits = entry.category_ids.is_empty() || entry.category_ids.iter().any(|id| categories.contains(id));
        let own = versions.iter().filter(|v| v.entry_id == entry.id);
        let ranked = own.filter_map(|v| Some((occasion.rank(v)?, v)));
        let Some((_, version)) = ranked.min_by_key(|(rank, _)| *rank).filter(|_| here && fits) else { continue };
        if !has_words(&entry, version, &words) {
            continue;
        }
        let group = groups.iter().find(|g| Some(&g.id) == entry.entry_group_id.as_ref()).cloned();
        suggestions.push(Suggestion { rendered: occasion.render(actor, version.clone()), entry, group });
    }
    // Those without a group come last; the sort keeps the names in order.
    suggestions.sort_by_key(|s| s.group.as_ref().map_or((true, 0, None), |g| (false, g.position, Some(g.id.clone()))));
    suggestions.truncate(MOST);
    Ok(suggestions)
}

fn has_words(entry: &ReplyEntry, version: &ReplyVersion, words: &[String]) -> bool {
    let foreign_id = entry.foreign_id.as_deref().unwrap_or("");
    let text = format!("{} {foreign_id} {} {}", entry.label, entry.shortcuts.join(" "), version.body).to_lowercase();
    words.iter().all(|word| text.contains(word))
}
