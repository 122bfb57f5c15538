//! Sources: the connected origins of interactions.

use crypto::{self, Keys};
use model::{ChannelId, CommunityId, SignedIdentities, SourceId, SourcePermission, SourceType, Timestamp};
use serde_json::Value;
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::source_state::State;
use store::{Filter, Json, Listed, Page, Scope, Tx, channel, chat_thread, community, thread};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change};
use crate::place::credential;
use crate::place::source_health::{self, Health};
use crate::place::source_run;
use crate::setup::chat_texts::Languages;
use crate::setup::source_settings::{self, Setting, check_url};
use crate::setup::{chat_item, chat_texts, mail_settings};

/// The kinds of sources that can be made.
const KINDS: [&str; 3] = ["engage_messaging", "sdk", "email"];

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
    /// What a chat says in words of its own; null for nothing.
    pub languages: Option<Value>,
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
    /// What a chat says in words of its own; none in a list.
    pub languages: Option<Languages>,
    /// How it fares, where it is asked for what is new.
    pub health: Option<Health>,
    /// Which secrets it has, each with when it last changed; none in a list.
    pub secrets: Option<Vec<(String, Timestamp)>>,
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
    let wanted = match permission.as_deref() {
        None | Some("read") => None,
        Some("initiate_discussion") => Some(SourcePermission::InitiateDiscussion),
        Some("reply_with_html") => Some(SourcePermission::ReplyWithHtml),
        Some(_) => {
            let names = ["read", "initiate_discussion", "reply_with_html"];
            return Err(Error::invalid("permission", Fault::one_of(&names)));
        }
    };
    let scope = match wanted {
        None => actor.scope().clone(),
        Some(permission) => {
            let begins = permission == SourcePermission::InitiateDiscussion;
            let all = source::all(tx).await?.into_iter();
            let fit = all.filter(|s| !begins || source_settings::begins_discussions(s)).map(|s| s.id);
            Scope::Sources(fit.filter(|id| actor.scope().allows(id) && actor.can_on(id, permission)).collect())
        }
    };
    let mut filter = Filter::scoped(&scope, "id");
    filter.and_some("active = ?", active.as_ref());
    let Listed { count, records } = tx.list::<Source>(filter, "created_at, id", page).await?;
    let communities = community::all(tx).await?;
    let signed = |id: &CommunityId| communities.iter().find(|c| c.id == *id).map(|c| c.signed_identities);
    let mut health = source_health::of_all(tx, &records).await?;
    let records = records.into_iter().map(|source| Shown {
        health: health.remove(&source.id),
        signed_identities: signed(&source.community_id).unwrap_or(SignedIdentities::Required),
        source,
        access_token: None,
        languages: None,
        secrets: None,
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
    let languages = Some(chat_texts::of_source(tx, &source).await?);
    let health = source_health::of(tx, &source).await?;
    let secrets = Some(credential::known(tx, &source).await?);
    Ok(Shown { source, signed_identities: community.signed_identities, access_token, languages, health, secrets })
}

/// Makes a source, with an identity of its own that agents write as, and for the Source SDK with a key.
///
/// # Errors
/// 422 when a part is missing or not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, keys: &Keys, given: SourceIn) -> Result<Shown> {
    let name = given.name.clone().ok_or_else(|| Error::missing("name"))?;
    let kind = given.kind.as_deref().ok_or_else(|| Error::missing("type"))?;
    let kind: SourceType = kind.parse().map_err(|_| Error::invalid("type", Fault::one_of(&KINDS)))?;
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
        // Nobody fetches from a mailbox of which nothing is known yet.
        active: !kind.caps().mail,
        token: crypto::random_hex(12),
        secret: None,
        endpoint_url: None,
        identity_id: None,
        settings: Json::default(),
        implementation: None,
        created_at: now,
        updated_at: now,
    };
    let access_token = kind.caps().sdk.then(|| seal_new_secret(keys, &mut source));
    let languages = change(tx, keys, &mut source, given).await?;
    if source.channel_id.is_none() {
        source.channel_id = first_channel(tx, &source).await?;
    }
    let own = own_identity(&source, Identity::new(community.id, &community.kind, source.id.to_string(), now));
    source.identity_id = Some(own.id.clone());
    tx.insert(&own).await?;
    tx.insert(&source).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "content_source", source.id.as_str(), Change::Created);
    furnish(tx, &source).await?;
    chat_texts::put(tx, &source, languages).await?;
    shown(tx, source, access_token).await
}

/// Makes what belongs to a new source of its kind.
async fn furnish(tx: &mut Tx, source: &Source) -> Result<()> {
    let caps = source.kind.caps();
    if caps.asked {
        tx.insert(&State::new(source.id.clone(), source.created_at)).await?;
    }
    if caps.visitors {
        chat_item::create_first(tx, source).await?;
    }
    Ok(())
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
    let (mode, address) = (source.chat_mode(), source.endpoint_url.clone());
    let languages = change(tx, keys, &mut source, given).await?;
    if source.chat_mode() != mode && (thread::any_open(tx, id).await? || chat_thread::any_open(tx, id).await?) {
        let open = "cannot change while a conversation of the source is not closed";
        return Err(Error::invalid("mode", Reason::OpenThreads.says(open)));
    }
    source.updated_at = tx.now();
    tx.update(&source).await.map_err(|e| Error::taken(e, "name"))?;
    chat_texts::put(tx, &source, languages).await?;
    if let Some(own) = &source.identity_id
        && let Some(own) = identity::find(tx, own).await?
    {
        tx.update(&Identity { updated_at: source.updated_at, ..own_identity(&source, own) }).await?;
    }
    // Another address or key may let through what the one before made wait.
    store::export::end_waits(tx, id).await?;
    if address.is_some() && address != source.endpoint_url {
        source_run::begin_elsewhere(tx, id).await?;
    }
    source_run::want(tx, &source).await?;
    note_change(tx, Some(actor), "content_source", id.as_str(), Change::Updated);
    shown(tx, source, access_token).await
}

/// What to sign in with at a mailbox's servers: names, and passwords.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    /// Where mail comes from.
    pub imap: Login,
    /// Where mail goes to.
    pub smtp: Login,
}

/// A name and a password; what is absent stays as it is.
#[derive(Clone, Default)]
pub struct Login {
    /// The name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
}

impl std::fmt::Debug for Login {
    // A password belongs into no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Finds a mailbox as it would be with other names to sign in with: they are tried before they are kept.
///
/// # Errors
/// 404 when the actor may not see the source; 422 when it is none, or a name is not acceptable.
pub async fn with_logins(tx: &mut Tx, actor: &Actor, id: &SourceId, logins: &Logins) -> Result<Source> {
    let mut source = editable(tx, actor, id).await?;
    if !source.kind.caps().mail {
        let message = format!("this is not an e-mail source but one of type {}", source.kind);
        return Err(Error::Unprocessable("not_an_email_source", message.into()));
    }
    for (name, login) in [("imap_username", &logins.imap), ("smtp_username", &logins.smtp)] {
        if let Some(username) = &login.username {
            if username.chars().count() > 255 {
                return Err(Error::invalid(name, Fault::too_long(255)));
            }
            source.settings.insert(name.to_owned(), username.clone().into());
        }
    }
    Ok(source)
}

/// Keeps what a mailbox's servers have taken.
///
/// # Errors
/// As [`with_logins`].
pub async fn keep_logins(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &SourceId, logins: &Logins) -> Result<Shown> {
    let mut source = with_logins(tx, actor, id, logins).await?;
    for (purpose, login) in [("imap_password", &logins.imap), ("smtp_password", &logins.smtp)] {
        if let Some(password) = &login.password {
            credential::put(tx, keys, id, purpose, password).await?;
        }
    }
    source.updated_at = tx.now();
    tx.update(&source).await?;
    store::export::end_waits(tx, id).await?;
    source_run::want(tx, &source).await?;
    note_change(tx, Some(actor), "content_source", id.as_str(), Change::Updated);
    shown(tx, source, None).await
}

async fn editable(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Source> {
    let source = source::find_locked(tx, id).await?.filter(|s| actor.scope().allows(&s.id));
    let source = source.ok_or(Error::NotFound("source"))?;
    Ok(source)
}

/// Changes the row, and gives what is to be kept beside it.
async fn change(tx: &mut Tx, keys: &Keys, source: &mut Source, given: SourceIn) -> Result<Option<Languages>> {
    let SourceIn { name, active, channel_id, endpoint_url, languages, settings, .. } = given;
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
    let languages = languages.map(|given| chat_texts::checked(source, &given)).transpose()?;
    let (secrets, settings): (Vec<_>, Vec<_>) = settings.into_iter().partition(|(setting, _)| !setting.shown());
    let before = source.clone();
    source_settings::apply(tx, source, settings).await?;
    require_secrets_anew(tx, &before, source, &secrets).await?;
    credential::apply(tx, keys, source, &secrets).await?;
    check_mailbox(tx, source).await?;
    Ok(languages)
}

/// Requires the secrets that would go to another server than the one that they were given for.
async fn require_secrets_anew(
    tx: &mut Tx,
    before: &Source,
    source: &Source,
    given: &[(&'static Setting, Value)],
) -> Result<()> {
    let moved = mail_settings::moved(before, source);
    if moved.is_empty() {
        return Ok(());
    }
    let known = credential::known(tx, source).await?;
    let stale = |purpose: &&'static str| {
        known.iter().any(|(known, _)| known == *purpose) && !given.iter().any(|(setting, _)| setting.name == *purpose)
    };
    moved.into_iter().find(stale).map_or(Ok(()), |purpose| Err(Error::missing(purpose)))
}

/// Checks what was set on a mailbox as a whole.
async fn check_mailbox(tx: &mut Tx, source: &Source) -> Result<()> {
    if !source.kind.caps().mail {
        return Ok(());
    }
    let known = credential::known(tx, source).await?;
    let needed = mail_settings::login_secret(source);
    mail_settings::check(source, known.iter().any(|(purpose, _)| purpose == needed))
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

/// Notes whether a third party takes bodies in ASCII alone.
pub async fn note_form(tx: &mut Tx, id: &SourceId, ascii: bool) -> Result<()> {
    let Some(mut source) = source::find_locked(tx, id).await? else { return Ok(()) };
    source.take_ascii(ascii);
    Ok(tx.update(&source).await?)
}

/// The key that signs requests of a source's third party.
///
/// # Errors
/// 500 when the source has none, or it was sealed with another server key.
pub fn sdk_secret(keys: &Keys, source: &Source) -> Result<String> {
    let opened = source.secret.as_deref().and_then(|sealed| keys.open(source.id.as_str(), sealed));
    opened.ok_or_else(|| Error::Internal(format!("the key of source {} cannot be opened", source.id)))
}
