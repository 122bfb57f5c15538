//! `/1.0/users`, and `/console/invitation`, where an invited user sets a first password.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use model::{CategoryId, IdentityId, RoleId, SourceId, SourcePermission, TeamId, Timestamp, UserCapacityId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::user::{User, UserFilter};

use super::new_password;
use crate::app::App;
use crate::crypto;
use crate::domain::user::{Invite, Member, UserIn};
use crate::domain::{Error, Fault, user, user_sources};
use crate::http::answer::write;
use crate::http::auth::from_own_page;
use crate::http::{Caller, Id, Network, Paged, Params, Reply, Result, Written, page};

/// A user as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct UserOut {
    /// A program, not a person: an extension.
    bot: bool,
    /// Seconds in which a bot must answer a customer; null for the domain's setting: an extension.
    bot_lease_seconds: Option<i64>,
    category_ids: Vec<CategoryId>,
    created_at: Timestamp,
    email: String,
    enabled: bool,
    external_id: Option<String>,
    firstname: String,
    gender: Option<String>,
    id: UserId,
    identity_ids: Vec<IdentityId>,
    invitation_pending: bool,
    /// Whether the invited user is sent a mail with that, in the answer to the invitation alone: an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_mailed: Option<bool>,
    /// Where the invited user sets a password, in the answer to the invitation alone: an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_url: Option<String>,
    lastname: String,
    locale: String,
    nickname: Option<String>,
    no_password: bool,
    rc_user_id: Option<String>,
    role_id: RoleId,
    spoken_languages: Vec<String>,
    team_ids: Vec<TeamId>,
    timezone: Option<String>,
    updated_at: Timestamp,
    user_capacity_id: Option<UserCapacityId>,
}

impl From<Member> for UserOut {
    fn from(Member { user, team_ids }: Member) -> Self {
        let User { id, email, firstname, lastname, nickname, gender, external_id, locale, timezone, .. } = user;
        let User { role_id, enabled, no_password, invitation_pending, bot, created_at, updated_at, .. } = user;
        let bot_lease_seconds = user.bot_lease_seconds;
        let User { category_ids, identity_ids, spoken_languages, user_capacity_id, .. } = user;
        Self {
            bot,
            bot_lease_seconds,
            category_ids: category_ids.0,
            created_at,
            email,
            enabled,
            external_id,
            firstname,
            gender,
            id,
            identity_ids: identity_ids.0,
            invitation_pending,
            invitation_mailed: None,
            invitation_url: None,
            lastname,
            locale,
            nickname,
            no_password,
            rc_user_id: None,
            role_id,
            spoken_languages: spoken_languages.0,
            team_ids,
            timezone,
            updated_at,
            user_capacity_id,
        }
    }
}

/// Reads everything that can be said of a user, with the hash of the password; `id` when they are known already.
async fn read(app: &App, id: Option<&UserId>, params: &Params) -> Result<UserIn> {
    let mut given = UserIn {
        email: params.given("email")?,
        firstname: params.given("firstname")?,
        lastname: params.given("lastname")?,
        nickname: params.given("nickname")?,
        gender: params.given("gender")?,
        external_id: params.given("external_id")?,
        locale: params.given("locale")?,
        timezone: params.given("timezone")?,
        role_id: params.id("role_id", RoleId::parse)?,
        enabled: params.boolean("enabled")?,
        password_hash: None,
        no_password: params.boolean("no_password")?,
        bot: params.boolean("bot")?,
        bot_lease_seconds: match params.has("bot_lease_seconds") {
            true => Some(params.integer("bot_lease_seconds")?),
            false => None,
        },
        user_capacity_id: match params.has("user_capacity_id") {
            true => Some(params.id("user_capacity_id", UserCapacityId::parse)?),
            false => None,
        },
        category_ids: params.ids("category_ids", CategoryId::parse)?,
        identity_ids: params.ids("identity_ids", IdentityId::parse)?,
        team_ids: params.ids("team_ids", TeamId::parse)?,
        spoken_languages: params.texts("spoken_languages")?,
    };
    if let Some(password) = params.text("password")? {
        let told = [&given.email, &given.firstname, &given.lastname, &given.nickname];
        let told = told.into_iter().flatten().cloned().collect();
        given.password_hash = Some(new_password::accept(app, id, told, "password", password).await?);
    }
    Ok(given)
}

/// Getting all users, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<UserOut>> {
    let page = page(&params)?;
    let wanted = UserFilter {
        email: params.text("email")?,
        category_id: params.id("category_id", CategoryId::parse)?,
        identity_id: params.id("identity_id", IdentityId::parse)?,
        external_id: params.text("external_id")?,
        role_id: params.id("role_id", RoleId::parse)?,
        ..UserFilter::default()
    };
    let team_id = params.id("team_id", TeamId::parse)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { user::list(tx, &actor, wanted, team_id, page).await })).await?;
    Ok(Paged::new(listed, page, UserOut::from))
}

/// Getting a user from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<UserId>) -> Result<Reply<UserOut>> {
    let member = app.db.read(move |tx| Box::pin(async move { user::find(tx, &actor, &id).await })).await?;
    Ok(Reply(member.into()))
}

/// Getting the user whom the token or the session is of.
pub async fn me(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<UserOut>> {
    let member = app.db.read(move |tx| Box::pin(async move { user::find(tx, &actor, &actor.user.id).await })).await?;
    Ok(Reply(member.into()))
}

/// Creating a user.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<UserOut>> {
    let given = read(&app, None, &params).await?;
    write(&app, move |_, tx| Box::pin(async move { Ok(user::create(tx, &actor, given).await?.into()) })).await
}

/// Inviting a user: by mail, where mails are sent. The answer has the link too.
pub async fn invite(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<UserOut>> {
    let given = read(&app, None, &params).await?;
    let token = crypto::random_hex(32);
    let token_hash = crypto::token_hash(&token);
    // Behind the # the token stays in the browser: it is not in the logs of the servers on the way.
    let link = format!("{}/invitation#{token}", app.config.public_url);
    write(&app, move |app, tx| {
        Box::pin(async move {
            let (invitation_url, invitation_mailed) = (Some(link.clone()), Some(app.pen().is_some()));
            let member = user::invite(tx, &actor, given, Invite { token_hash, link, pen: app.pen() }).await?;
            Ok(UserOut { invitation_url, invitation_mailed, ..member.into() })
        })
    })
    .await
}

/// Updating a user.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
    params: Params,
) -> Result<Written<UserOut>> {
    if params.has("password") {
        let (by, of) = (actor.clone(), id.clone());
        app.db.read(move |tx| Box::pin(async move { user::check_way_in(tx, &by, &of).await })).await?;
    }
    let given = read(&app, Some(&id), &params).await?;
    write(&app, move |_, tx| Box::pin(async move { Ok(user::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a user.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<UserId>) -> Result<Written<UserOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(user::delete(tx, &actor, &id).await?.into()) })).await
}

/// Getting a user's permissions on sources.
pub async fn sources_permissions(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
) -> Result<Reply<BTreeMap<SourceId, Vec<SourcePermission>>>> {
    let on = app.db.read(move |tx| Box::pin(async move { user_sources::list(tx, &actor, &id).await })).await?;
    Ok(Reply(on.into_iter().collect()))
}

/// Updating a user's permissions on sources: each parameter whose name is an id is a source's.
pub async fn update_sources_permissions(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
    params: Params,
) -> Result<Written<BTreeMap<SourceId, Vec<SourcePermission>>>> {
    let mut given = Vec::new();
    for source in params.names().filter_map(SourceId::parse) {
        let texts = params.texts(source.as_str())?.unwrap_or_default();
        given.push((source.clone(), permissions(source.as_str(), &texts)?));
    }
    write(&app, move |_, tx| {
        Box::pin(async move {
            let on = user_sources::update(tx, &actor, &id, given).await?;
            Ok(on.into_iter().collect())
        })
    })
    .await
}

/// Permissions on a source by their names, parted by commas or in a list.
///
/// # Errors
/// 422 on `field` when there is none of that name.
pub(super) fn permissions(field: &str, texts: &[String]) -> Result<Vec<SourcePermission>> {
    let names = texts.iter().flat_map(|t| t.split(',')).map(str::trim).filter(|n| !n.is_empty());
    let unknown = |name: &str| Error::invalid(field, Fault::no("permission", format_args!("{name:?}")));
    names.map(|n| n.parse().map_err(|_| unknown(n).into())).collect()
}

/// Who has accepted an invitation.
#[derive(Serialize, JsonSchema)]
pub struct AcceptedOut {
    email: String,
    id: UserId,
}

/// Accepting an invitation: sets the first password; signing in comes after it.
pub async fn accept_invitation(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<AcceptedOut>> {
    from_own_page(&app, &headers)?;
    let hash = crypto::token_hash(&params.required("token")?);
    let password = params.required("password")?;
    let attempt = app.tries.begin(&network, None)?;
    let known = hash.clone();
    let invited = app.db.read(move |tx| Box::pin(async move { user::invited(tx, &known).await })).await;
    let invited = app.tries.judge(attempt, invited)?;
    let password_hash = new_password::accept(&app, Some(&invited), Vec::new(), "password", password).await?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let User { id, email, .. } = user::accept_invitation(tx, &hash, password_hash).await?;
            Ok(AcceptedOut { email, id })
        })
    })
    .await
}
