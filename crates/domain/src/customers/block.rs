//! Whose words are kept out: they are counted and not stored. Who may read on a source of somebody's community may block
//! them there; an address or a network is blocked on the whole desk.

use std::collections::HashMap;

use ipnet::IpNet;
use model::{BlockId, BlockKind, CommunityId, IdentityId, Timestamp};
pub use store::block::Block;
use store::block::{self as rows, BlockFilter};
use store::identity::{self, Identity};
use store::user::{self, User};
use store::{Listed, Page, Scope, Tx};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checks::checked_email, note_change, note_change_in};
use crate::customers::people;

/// What the journal calls a block.
pub(crate) const KIND: &str = "author_block";
/// The longest a block may hold when it says until when: five years, in seconds.
const LONGEST: i64 = 5 * 366 * 86_400;
/// Longest reason in characters.
const REASON_MAX: usize = 500;
/// The widest networks that are blocked, in bits: more would be whole countries.
const WIDEST: (u8, u8) = (16, 32);
/// Customers of IPv6 have a /64: nobody is known by less of an address.
const NARROWEST_V6: u8 = 64;

/// What is to be blocked.
#[derive(Clone, Debug)]
pub enum Whom {
    /// A customer, by one of their identities.
    Identity(IdentityId),
    /// An e-mail address.
    Email(String),
    /// A network, `203.0.113.7` or `203.0.113.0/24`.
    Network(String),
}

/// A block to be made.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// On whom.
    pub whom: Whom,
    /// Until when; none for as long as nobody takes it back.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// A block with what is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its row.
    pub block: Block,
    /// It keeps words out at this moment.
    pub holds: bool,
    /// The customer, where it is on one.
    pub identity: Option<Identity>,
    /// Who has blocked.
    pub by: Option<User>,
    /// Who has taken it back.
    pub lifted_by: Option<User>,
}

/// Blocks somebody.
///
/// # Errors
/// 422 when there is nobody such, or it is the company itself; when an address or a network is none, or too wide; when it
/// is blocked already; when the time is not in the next five years.
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewBlock) -> Result<Known> {
    let now = tx.now();
    if new.until.is_some_and(|until| until <= now || until > now.plus_seconds(LONGEST)) {
        return Err(Error::invalid("until", Reason::Future.says("must be in the future, within five years")));
    }
    let reason = new.reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if reason.as_ref().is_some_and(|text| text.chars().count() > REASON_MAX) {
        return Err(Error::invalid("reason", Fault::too_long(REASON_MAX)));
    }
    let mut community = None;
    let (field, kind, value, identity_id) = match new.whom {
        Whom::Identity(id) => {
            let found = identity::find_within(tx, actor.scope(), &id).await?;
            let found = found.filter(|identity| !identity.controlled && !identity.is_erased());
            let found =
                found.ok_or_else(|| Error::invalid("identity_id", Fault::not("a customer that you may see")))?;
            require_whole(tx, actor, &id).await?;
            community = Some(found.community_id);
            ("identity_id", BlockKind::Identity, id.to_string(), Some(id))
        }
        Whom::Email(address) => {
            let address = checked_email(&address)?;
            if address.contains('*') {
                return Err(Error::invalid("email", Reason::Email.says("must be one address")));
            }
            ("email", BlockKind::Email, address.to_lowercase(), None)
        }
        Whom::Network(text) => ("network", BlockKind::Network, network(&text)?.to_string(), None),
    };
    rows::end_past(tx, now).await?;
    let block = Block {
        id: BlockId::new(now),
        kind,
        value,
        identity_id,
        reason,
        until: new.until,
        user_id: actor.user.id.clone(),
        refused_count: 0,
        last_refused_at: None,
        lifted_at: None,
        lifted_by: None,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&block).await.map_err(|error| Error::taken(error, field))?;
    match community {
        Some(community) => note_change_in(tx, &community, actor, (KIND, block.id.as_str()), Change::Created),
        None => note_change(tx, Some(actor), KIND, block.id.as_str(), Change::Created),
    }
    one(tx, block).await
}

/// Refuses where the person behind an identity has others that the actor does not see: they would be blocked, too.
async fn require_whole(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<()> {
    for other in people::whole(tx, actor, id).await? {
        if identity::find_within(tx, actor.scope(), &other).await?.is_none() {
            return Err(Error::Forbidden("person_not_seen", "this person has identities that you may not see".into()));
        }
    }
    Ok(())
}

/// The community of an identity, where the actor sees the person behind it by any of theirs.
async fn seen(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Option<CommunityId>> {
    let Some(identity) = identity::find(tx, id).await? else { return Ok(None) };
    let all = match &identity.identity_group_id {
        Some(group) => store::identity_group::identities_of(tx, &Scope::All, std::slice::from_ref(group)).await?,
        None => Vec::new(),
    };
    for other in all.into_iter().map(|(_, other)| other).chain([identity.id.clone()]) {
        if identity::find_within(tx, actor.scope(), &other).await?.is_some() {
            return Ok(Some(identity.community_id));
        }
    }
    Ok(None)
}

/// A network that may be blocked.
fn network(text: &str) -> Result<IpNet> {
    let text = text.trim();
    let none =
        || Error::invalid("network", Reason::Form.says("must be an address or a network such as 203.0.113.0/24"));
    let address = || text.parse().map(|address: std::net::IpAddr| IpNet::from(address.to_canonical()));
    let net = unmapped(text.parse::<IpNet>().or_else(|_| address()).map_err(|_| none())?).trunc();
    let (widest, narrowest) = match net {
        IpNet::V4(_) => (WIDEST.0, 32),
        IpNet::V6(_) => (WIDEST.1, NARROWEST_V6),
    };
    if net.prefix_len() < widest {
        let wide = Reason::Form.says(format!("must not be wider than /{widest}")).with("max", i64::from(widest));
        return Err(Error::invalid("network", wide));
    }
    let narrowed = IpNet::new(net.addr(), net.prefix_len().min(narrowest)).map_err(|_| none())?;
    Ok(narrowed.trunc())
}

/// What is written as IPv6 and is of IPv4: callers are known by that.
fn unmapped(net: IpNet) -> IpNet {
    let IpNet::V6(mapped) = net else { return net };
    let address = mapped.addr().to_ipv4_mapped().zip(mapped.prefix_len().checked_sub(96));
    address.and_then(|(address, bits)| IpNet::new(address.into(), bits).ok()).unwrap_or(net)
}

/// Takes a block back.
///
/// # Errors
/// 404, also when it holds no more.
pub async fn lift(tx: &mut Tx, actor: &Actor, id: &BlockId) -> Result<Known> {
    let now = tx.now();
    rows::end_past(tx, now).await?;
    let held = rows::lock(tx, id).await?.filter(|block| block.lifted_at.is_none());
    let mut block = held.ok_or(Error::NotFound("block"))?;
    let community = match &block.identity_id {
        Some(identity) => Some(seen(tx, actor, identity).await?.ok_or(Error::NotFound("block"))?),
        None => None,
    };
    block.lifted_at = Some(now);
    block.lifted_by = Some(actor.user.id.clone());
    block.updated_at = now;
    tx.update(&block).await?;
    match community {
        Some(community) => note_change_in(tx, &community, actor, (KIND, block.id.as_str()), Change::Deleted),
        None => note_change(tx, Some(actor), KIND, block.id.as_str(), Change::Deleted),
    }
    one(tx, block).await
}

/// Lists blocks, newest first: those that hold or do not; those on a customer, each of their identities and addresses.
///
/// # Errors
/// 404 when the customer is not seen.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    holds: Option<bool>,
    of: Option<&IdentityId>,
    page: Page,
) -> Result<Listed<Known>> {
    let of = match of {
        Some(id) => {
            let all = people::whole(tx, actor, id).await?;
            let known = identity::by_ids(tx, &all).await?;
            Some((all, known.into_iter().filter_map(|one| one.email).map(|email| email.to_lowercase()).collect()))
        }
        None => None,
    };
    let wanted = BlockFilter { holds: holds.map(|holds| (holds, tx.now())), of };
    let Listed { count, records } = rows::list(tx, actor.scope(), &wanted, page).await?;
    Ok(Listed { count, records: known(tx, records).await? })
}

async fn one(tx: &mut Tx, block: Block) -> Result<Known> {
    known(tx, vec![block]).await?.pop().ok_or(Error::NotFound("block"))
}

async fn known(tx: &mut Tx, blocks: Vec<Block>) -> Result<Vec<Known>> {
    let ids: Vec<IdentityId> = blocks.iter().filter_map(|block| block.identity_id.clone()).collect();
    let mut identities = identity::by_ids(tx, &ids).await?;
    people::lend_names(tx, &mut identities).await?;
    let users = blocks.iter().flat_map(|block| std::iter::once(block.user_id.clone()).chain(block.lifted_by.clone()));
    let users: Vec<_> = users.collect();
    let users = user::by_ids(tx, &users).await?;
    let now = tx.now();
    let of = |block: Block| Known {
        holds: holds(&block, now),
        identity: identities.iter().find(|one| Some(&one.id) == block.identity_id.as_ref()).cloned(),
        by: users.iter().find(|user| user.id == block.user_id).cloned(),
        lifted_by: users.iter().find(|user| Some(&user.id) == block.lifted_by.as_ref()).cloned(),
        block,
    };
    Ok(blocks.into_iter().map(of).collect())
}

fn holds(block: &Block, now: Timestamp) -> bool {
    block.lifted_at.is_none() && block.until.is_none_or(|until| until > now)
}

/// Counts words that a block has kept out.
pub async fn note_refused(tx: &mut Tx, id: &BlockId, count: i64) -> Result<()> {
    let now = tx.now();
    Ok(rows::note_refused(tx, id, now, count).await?)
}

/// Who writes, as far as it is known before their words are taken in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writer<'a> {
    /// By which identity.
    pub identity: Option<&'a IdentityId>,
    /// Under which id in which community.
    pub known_as: Option<(&'a CommunityId, &'a str)>,
    /// From which address.
    pub email: Option<&'a str>,
    /// From which network.
    pub network: Option<IpNet>,
}

impl<'a> Writer<'a> {
    /// Somebody who is known, by what their identity tells; from no network.
    #[must_use]
    pub fn of(identity: &'a Identity) -> Self {
        Self { identity: Some(&identity.id), email: identity.email.as_deref(), ..Self::default() }
    }
}

/// The blocks that nobody has taken back, to be asked of each word.
#[derive(Debug, Default)]
pub struct Blocks {
    identities: HashMap<IdentityId, Vec<BlockId>>,
    known_as: HashMap<(CommunityId, String), Vec<BlockId>>,
    emails: HashMap<String, Vec<BlockId>>,
    networks: Vec<(IpNet, BlockId)>,
    ends: HashMap<BlockId, Timestamp>,
}

impl Blocks {
    /// Reads them.
    pub async fn load(tx: &mut Tx) -> Result<Self> {
        let mut blocks = Self::default();
        for block in rows::held(tx).await? {
            blocks.ends.extend(block.until.map(|until| (block.id.clone(), until)));
            match block.kind {
                BlockKind::Identity => {}
                BlockKind::Email => blocks.emails.entry(block.value).or_default().push(block.id),
                BlockKind::Network => blocks.networks.extend(block.value.parse().ok().map(|net| (net, block.id))),
            }
        }
        for (id, identity, community, foreign_id) in rows::persons(tx).await? {
            blocks.identities.entry(identity).or_default().push(id.clone());
            blocks.known_as.entry((community, foreign_id)).or_default().push(id);
        }
        Ok(blocks)
    }

    /// Whether nobody is blocked who could be met elsewhere than in a chat.
    #[must_use]
    pub fn is_of_networks_alone(&self) -> bool {
        self.known_as.is_empty() && self.emails.is_empty()
    }

    /// The block that keeps out what somebody writes whom a third party names by an id, and perhaps by an address; none for the
    /// company's own. What is known of them here counts beside what is told.
    pub async fn of_named(
        &self,
        tx: &mut Tx,
        community: &CommunityId,
        foreign_id: &str,
        email: Option<&str>,
    ) -> Result<Option<&BlockId>> {
        if self.is_of_networks_alone() {
            return Ok(None);
        }
        let known = identity::find_foreign(tx, community, foreign_id).await?;
        if known.as_ref().is_some_and(|known| known.controlled) {
            return Ok(None);
        }
        let writer = Writer {
            identity: known.as_ref().map(|known| &known.id),
            known_as: Some((community, foreign_id)),
            email: email.or(known.as_ref().and_then(|known| known.email.as_deref())),
            network: None,
        };
        Ok(self.of(writer, tx.now()))
    }

    /// The block that keeps somebody's words out at a moment.
    #[must_use]
    pub fn of(&self, writer: Writer<'_>, now: Timestamp) -> Option<&BlockId> {
        let Writer { identity, known_as, email, network } = writer;
        let by_identity = identity.and_then(|id| self.identities.get(id));
        let known_as = known_as.filter(|_| !self.known_as.is_empty());
        let by_name = known_as.and_then(|(community, id)| self.known_as.get(&(community.clone(), id.to_owned())));
        let email = email.filter(|_| !self.emails.is_empty());
        let by_email = email.and_then(|email| self.emails.get(&email.trim().to_lowercase()));
        let networks = self.networks.iter().filter(|(blocked, _)| network.is_some_and(|net| blocked.contains(&net)));
        let listed = [by_identity, by_name, by_email].into_iter().flatten().flatten();
        let mut all = listed.chain(networks.map(|(_, id)| id));
        all.find(|id| self.ends.get(*id).is_none_or(|until| *until > now))
    }
}
