//! Sources: the connected origins of interactions.

use crypto::{self, Keys};
use model::{ChannelId, CommunityId, SignedIdentities, SourceId, SourcePermission, SourceType};
use serde_json::Value;
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::{Filter, Json, Listed, Page, Scope, Tx, channel, chat_thread, community, thread};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change};
use crate::setup::chat_item;
use crate::setup::source_settings::{self, Setting, check_url};

/// What can be said of a source; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct SourceIn {
    /// Its name.
    pub name: Option<String>,
    /// Its type, which never changes.
    pub kind: Option<String>,
    /// Its community, which never changes.
    pub community_id: Option<CommunityId>,
    /// In use.
    pub active: Option<bool>,
    /// Its channel; the oldest channel when none is named.
    pub channel_id: Option<ChannelId>,
    /// Where a third party takes requests; an empty one takes it away.
    pub endpoint_url: Option<String>,
    /// Everything else.
    pub settings: Vec<(&'static Setting, Value)>,
    /// Make a new key for the Source SDK: the old one is worth nothing from then on.
    pub rotate_access_token: bool,
}

/// A source with what is shown beside its row.
#[derive(Debug)]
pub struct Shown {
    /// The row.
    pub source: Source,
    /// Whether its community takes signed identities.
    pub signed_identities: SignedIdentities,
    /// The key of the Source SDK, at the moment when it was made and never again.
    pub access_token: Option<String>,
}

/// Lists the sources on which the actor may do what `permission` says (read, when it says nothing), oldest first.
///
/// # Errors
/// 422 when the permission is not one to filter by.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    permission: Option<String>,
    active: Option<bool>,
    page: Page,
) -> Result<Listed<Shown>> {
    let scope = match permission.as_deref() {
        None | Some("read") => actor.scope().clone(),
        Some("initiate_discussion") => {
            let all = source::all(tx).await?.into_iter().map(|s| s.id);
            let may =
                |id: &SourceId| actor.scope().allows(id) && actor.can_on(id, SourcePermission::InitiateDiscussion);
            Scope::Sources(all.filter(may).collect())
        }
        Some(_) => return Err(Error::invalid("permission", Fault::one_of(&["read", "initiate_discussion"]))),
    };
    let mut filter = Filter::scoped(&scope, "id");
    filter.and_some("active = ?", active.as_ref());
    let Listed { count, records } = tx.list::<Source>(filter, "created_at, id", page).await?;
    let communities = community::all(tx).await?;
    let signed = |id: &CommunityId| communities.iter().find(|c| c.id == *id).map(|c| c.signed_identities);
    let records = records.into_iter().map(|source| Shown {
        signed_identities: signed(&source.community_id).unwrap_or(SignedIdentities::Required),
        source,
        access_token: None,
    });
    Ok(Listed { count, records: records.collect() })
}

/// Finds a source that the actor may see.
///
/// # Errors
/// 404 when there is none, or it is outside the actor's scope.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Shown> {
    let source = source::find(tx, id).await?.filter(|s| actor.scope().allows(&s.id));
    shown(tx, source.ok_or(Error::NotFound("source"))?, None).await
}

async fn shown(tx: &mut Tx, source: Source, access_token: Option<String>) -> Result<Shown> {
    let community = community::find(tx, &source.community_id).await?;
    let community = community.ok_or_else(|| Error::Internal("a source without a community".into()))?;
    Ok(Shown { source, signed_identities: community.signed_identities, access_token })
}

/// Makes a source, with an identity of its own that agents write as, and for the Source SDK with a key.
///
/// # Errors
/// 422 when a part is missing or not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, keys: &Keys, given: SourceIn) -> Result<Shown> {
    let name = given.name.clone().ok_or_else(|| Error::missing("name"))?;
    let kind = given.kind.as_deref().ok_or_else(|| Error::missing("type"))?;
    let kind: SourceType =
        kind.parse().map_err(|_| Error::invalid("type", Fault::one_of(&["engage_messaging", "sdk"])))?;
    let community_id = given.community_id.clone().ok_or_else(|| Error::missing("community_id"))?;
    let unknown = || Error::invalid("community_id", Fault::unknown());
    // Whoever has a source there sees the people of the community.
    community::find_within(tx, actor.scope(), &community_id).await?.ok_or_else(unknown)?;
    let community = community::find_locked(tx, &community_id).await?.ok_or_else(unknown)?;
    if community.kind != kind.as_str() {
        return Err(Error::invalid(
            "community_id",
            Reason::Unfit.says(format!("is of type {}, not {kind}", community.kind)),
        ));
    }
    let now = tx.now();
    let mut source = Source {
        id: SourceId::new(now),
        community_id,
        channel_id: None,
        name: checked_name("name", &name)?,
        kind,
        active: true,
        token: crypto::random_hex(12),
        secret: None,
        endpoint_url: None,
        identity_id: None,
        settings: Json::default(),
        created_at: now,
        updated_at: now,
    };
    let access_token = kind.caps().sdk.then(|| seal_new_secret(keys, &mut source));
    change(tx, &mut source, given).await?;
    if source.channel_id.is_none() {
        source.channel_id = first_channel(tx, &source).await?;
    }
    let own = own_identity(&source, Identity::new(community.id, &community.kind, source.id.to_string(), now));
    source.identity_id = Some(own.id.clone());
    tx.insert(&own).await?;
    tx.insert(&source).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "content_source", source.id.as_str(), Change::Created);
    if kind.caps().visitors {
        chat_item::create_first(tx, &source).await?;
    }
    Ok(Shown { source, signed_identities: community.signed_identities, access_token })
}

/// The channel of a source that names none: the one for live chats where it is one, else the oldest.
async fn first_channel(tx: &mut Tx, source: &Source) -> Result<Option<ChannelId>> {
    let all = channel::all(tx).await?;
    let live = all.iter().find(|channel| source.is_live_chat() && channel.name == channel::LIVE);
    Ok(live.or(all.first()).map(|channel| channel.id.clone()))
}

/// Changes a source.
///
/// # Errors
/// 404 when the actor may not see it; 422 when a value is not acceptable, or
/// what never changes would.
pub async fn update(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &SourceId, given: SourceIn) -> Result<Shown> {
    let mut source = editable(tx, actor, id).await?;
    if given.kind.as_deref().is_some_and(|kind| kind != source.kind.as_str()) {
        return Err(Error::invalid("type", Fault::fixed("source")));
    }
    if given.community_id.as_ref().is_some_and(|id| *id != source.community_id) {
        return Err(Error::invalid("community_id", Fault::fixed("source")));
    }
    if given.rotate_access_token && !source.kind.caps().sdk {
        return Err(Error::invalid("rotate_access_token", Reason::NotForThis.says("is for sdk sources alone")));
    }
    let access_token = given.rotate_access_token.then(|| seal_new_secret(keys, &mut source));
    let mode = source.chat_mode();
    change(tx, &mut source, given).await?;
    if source.chat_mode() != mode && (thread::any_open(tx, id).await? || chat_thread::any_open(tx, id).await?) {
        let open = "cannot change while a conversation of the source is not closed";
        return Err(Error::invalid("mode", Reason::OpenThreads.says(open)));
    }
    source.updated_at = tx.now();
    tx.update(&source).await.map_err(|e| Error::taken(e, "name"))?;
    if let Some(own) = &source.identity_id
        && let Some(own) = identity::find(tx, own).await?
    {
        tx.update(&Identity { updated_at: source.updated_at, ..own_identity(&source, own) }).await?;
    }
    // Another address or key may let through what the one before made wait.
    store::export::end_waits(tx, id).await?;
    note_change(tx, Some(actor), "content_source", id.as_str(), Change::Updated);
    shown(tx, source, access_token).await
}

/// Refuses the credentials of e-mail for a source of another type.
///
/// # Errors
/// 404 when the actor may not see the source; else 422.
pub async fn update_email_credentials(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Shown> {
    let source = editable(tx, actor, id).await?;
    let message = format!("this is not an e-mail source but one of type {}", source.kind);
    Err(Error::Unprocessable("not_an_email_source", message.into()))
}

async fn editable(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Source> {
    let source = source::find_locked(tx, id).await?.filter(|s| actor.scope().allows(&s.id));
    let source = source.ok_or(Error::NotFound("source"))?;
    Ok(source)
}

async fn change(tx: &mut Tx, source: &mut Source, given: SourceIn) -> Result<()> {
    let SourceIn { name, kind: _, community_id: _, active, channel_id, endpoint_url, settings, rotate_access_token: _ } =
        given;
    if let Some(name) = name {
        source.name = checked_name("name", &name)?;
    }
    source.active = active.unwrap_or(source.active);
    if let Some(id) = channel_id {
        let channel = channel::find(tx, &id).await?;
        source.channel_id = Some(channel.ok_or_else(|| Error::invalid("channel_id", Fault::unknown()))?.id);
    }
    match endpoint_url.as_deref().map(str::trim) {
        None => {}
        Some("") => source.endpoint_url = None,
        Some(_) if !source.kind.caps().sdk => {
            return Err(Error::invalid("endpoint_url", Reason::NotForThis.says("is for sdk sources alone")));
        }
        Some(url) => {
            check_url("endpoint_url", url)?;
            source.endpoint_url = Some(url.to_owned());
        }
    }
    source_settings::apply(tx, source, settings).await
}

fn seal_new_secret(keys: &Keys, source: &mut Source) -> String {
    let secret = crypto::random_hex(32);
    source.secret = Some(keys.seal(source.id.as_str(), &secret));
    secret
}

fn own_identity(source: &Source, identity: Identity) -> Identity {
    Identity {
        screenname: Some(source.name.clone()),
        avatar_url: source.setting("avatar_url").map(str::to_owned),
        controlled: true,
        ..identity
    }
}

/// The key that signs requests of a source's third party.
///
/// # Errors
/// 500 when the source has none, or it was sealed with another server key.
pub fn sdk_secret(keys: &Keys, source: &Source) -> Result<String> {
    let opened = source.secret.as_deref().and_then(|sealed| keys.open(source.id.as_str(), sealed));
    opened.ok_or_else(|| Error::Internal(format!("the key of source {} cannot be opened", source.id)))
}
