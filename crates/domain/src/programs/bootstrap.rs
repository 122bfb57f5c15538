//! What a new domain begins with: its id, roles, channels, the administrator and a token.

use crypto::{self, Keys};
use model::{AccessTokenId, DomainId, Permission, SourcePermission, Timestamp};
use store::access_token::AccessToken;
use store::channel::Channel;
use store::role::Role;
use store::user::User;
use store::{Db, Tx, setting};

use crate::base::{Change, Error, Result, checks::checked_email, note_change};
use crate::desk::{
    role::{administrator, new_role},
    user::new_user,
};
use crate::setup::settings;

/// Characters of an API token that an operator chooses, at the least.
const TOKEN_MIN: usize = 16;

/// The first administrator's name, until they say otherwise.
const FIRSTNAME: &str = "Admin";
const LASTNAME: &str = "Hubbub";

/// The setting that tells which key sealed the secrets, without giving it away.
pub const KEY_CHECK: &str = "key_check";

/// What an operator wants for the first administrator; what is none is generated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// Their e-mail address.
    pub email: Option<&'a str>,
    /// Their password.
    pub password: Option<&'a str>,
    /// Their API token.
    pub token: Option<&'a str>,
}

/// What was generated at the first start and is shown once.
pub struct FirstStart {
    /// The administrator's e-mail address.
    pub email: String,
    /// Their password, when it was generated.
    pub password: Option<String>,
    /// Their API token, when it was generated.
    pub token: Option<String>,
}

/// Makes the domain when there is none yet.
pub async fn first_start(db: &Db, wishes: Wishes<'_>, keys: &Keys) -> anyhow::Result<Option<FirstStart>> {
    let known = db.read(|tx| Box::pin(async move { setting::get(tx, "domain_id").await })).await?;
    if known.is_some() {
        return Ok(None);
    }
    let email = wishes.email.unwrap_or("admin@example.com");
    let email = checked_email(email).map_err(|e| anyhow::anyhow!("admin_email = {email:?}: {e}"))?;
    if let Some(password) = wishes.password {
        let settings = db.read(|tx| Box::pin(async move { settings::load(tx).await })).await?;
        let known = [email.clone(), FIRSTNAME.into(), LASTNAME.into(), settings.get(&settings::NAME)];
        settings.password_rules().check("admin_password", password, &known)?;
    }
    if let Some(token) = wishes.token {
        check_token(token)?;
    }
    let generated_password = wishes.password.is_none().then(|| crypto::random_password(20));
    let generated_token = wishes.token.is_none().then(|| crypto::random_hex(32));
    let password = generated_password.clone().or_else(|| wishes.password.map(str::to_owned)).unwrap_or_default();
    let token = generated_token.clone().or_else(|| wishes.token.map(str::to_owned)).unwrap_or_default();
    let password_hash = tokio::task::spawn_blocking(move || crypto::hash_password(&password)).await??;
    let token_hash = crypto::token_hash(&token);
    let key_check = keys.check();
    let admin = email.clone();
    let made = db
        .write(move |tx| Box::pin(async move { make_domain(tx, admin, password_hash, token_hash, &key_check).await }))
        .await?;
    Ok(made.then_some(FirstStart { email, password: generated_password, token: generated_token }))
}

/// Refuses a token that can be guessed, or that no header carries as it is.
fn check_token(token: &str) -> anyhow::Result<()> {
    let good = (TOKEN_MIN..=255).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    anyhow::ensure!(good, "admin_token must have {TOKEN_MIN} to 255 printable ASCII characters without blanks");
    Ok(())
}

async fn make_domain(
    tx: &mut Tx,
    email: String,
    password_hash: String,
    token_hash: String,
    key_check: &str,
) -> Result<bool> {
    // Two processes may start on one database at once: the first to get here makes the domain.
    if setting::get(tx, "domain_id").await?.is_some() {
        return Ok(false);
    }
    let now = tx.now();
    setting::set(tx, "domain_id", DomainId::new(now).as_str()).await?;
    setting::set(tx, KEY_CHECK, key_check).await?;
    setting::set(tx, "name", "Hubbub").await?;
    setting::set(tx, "created_at", &now.millis().to_string()).await?;
    let mut administrator = None;
    for role in roles(now) {
        tx.insert(&role).await?;
        administrator.get_or_insert(role.id);
    }
    for name in ["Async", "Realtime"] {
        tx.insert(&Channel::new(name, now)).await?;
    }
    let role_id = administrator.ok_or_else(|| Error::Internal("there is no role".into()))?;
    let user = User { password_hash: Some(password_hash), ..new_user(email, FIRSTNAME, LASTNAME, role_id, now) };
    tx.insert(&user).await?;
    let token = AccessToken {
        id: AccessTokenId::new(now),
        label: "First token".into(),
        user_id: user.id.clone(),
        token_hash,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&token).await?;
    note_change(tx, None, "user", user.id.as_str(), Change::Created);
    Ok(true)
}

/// The roles of a new domain, the administrator's first. The bot's role may do what `docs/interactions/chatbots`
/// asks of a bot.
fn roles(now: Timestamp) -> Vec<Role> {
    use Permission as P;
    use SourcePermission as S;
    let agent = vec![
        P::AccessPreviousMessages,
        P::AccessPullMode,
        P::AskAnExpert,
        P::CloseContentThread,
        P::ManageOwnNotifications,
        P::OpenContentThread,
        P::ReadCommunity,
        P::ReadContentSource,
        P::ReadIdentity,
        P::ReadOwnStats,
        P::ReadUser,
        P::ReceiveTasks,
        P::ReplyWithAssistant,
        P::SearchContents,
        P::UpdateIdentity,
        P::UpdateOwnIntervention,
        P::UseEmoji,
    ];
    let leader = [
        &agent[..],
        &[
            P::ApproveContent,
            P::AssignIntervention,
            P::ManageUsersOfMyTeams,
            P::MonitorTasks,
            P::MonitorTeamTasks,
            P::PublishContent,
            P::ReadEvent,
            P::ReadStats,
            P::SearchEvent,
            P::UpdateIntervention,
        ],
    ]
    .concat();
    let bot = [&agent[..], &[P::AssignIntervention, P::MonitorTasks, P::ReadEvent, P::UpdateIntervention]].concat();
    let on_sources = [S::Read, S::Reply, S::ReplyWithHtml, S::InitiateDiscussion];
    vec![
        administrator(now),
        new_role("Team leader", leader, &on_sources, now),
        new_role("Agent", agent, &on_sources, now),
        new_role("Bot", bot, &on_sources, now),
    ]
}
