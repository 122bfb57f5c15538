//! Console sessions: one begins with an e-mail address and a password, and ends some hours after its last use, and some
//! days after its beginning at the latest.
//!
//! A password that its owner changes ends every session of theirs but the one at hand, which goes on under a new id; one
//! that somebody else sets ends them all. API tokens are no sessions: they stay.
//!
//! Whoever has a second factor begins one by that too: see `second_factor`.
//!
//! Passwords are checked outside of any transaction, because that takes long: [`credentials`] reads what there is to
//! check, and [`begin`] makes the session if nothing has changed since.

use model::Permission;
use model::{SessionId, Timestamp, UserId};
use store::console_profile::ConsoleProfile;
use store::session::{self, Session};
use store::user::User;
use store::{Tx, second_factor, setting, user};

use crate::base::{
    Actor, Change, Error, Reason, Result,
    access::{self, actor},
    checks::EMAIL_MAX,
    note_change,
};
use crate::desk::{console_profile, gifts, password, presence};
use crate::setup::settings;

/// A session is moved on when it was last moved on longer ago than this, in seconds: a write at each request would
/// cost more than it is worth.
const SLIDE_AFTER: i64 = 3600;
/// When it was used last is noted as coarsely as this, for the same reason.
const USED_AFTER: i64 = 300;

/// Who is asking to enter, and the hash that their password must fit.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user, when one may enter with this e-mail address.
    pub user_id: Option<UserId>,
    /// The hash; none when no password opens.
    pub password_hash: Option<String>,
    /// Whether they have shown their second factor, too.
    pub stepped: bool,
}

/// How long sessions last, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Ages {
    /// After the last use.
    pub idle: i64,
    /// From the beginning.
    pub most: i64,
}

impl Ages {
    /// When a session ends that began at one time and was used last at another.
    #[must_use]
    pub fn end(&self, began: Timestamp, used: Timestamp) -> Timestamp {
        used.plus_seconds(self.idle).min(began.plus_seconds(self.most))
    }
}

/// What the console shows of itself: who is signed in, and where.
#[derive(Clone, Debug)]
pub struct Place {
    /// The domain's id.
    pub domain_id: String,
    /// The domain's name.
    pub domain_name: String,
    /// Whether the console may show notices of the browser's.
    pub notices: bool,
    /// How they have it look.
    pub profile: ConsoleProfile,
}

/// The answer to every sign-in that fails, whatever the cause.
pub fn refused() -> Error {
    Error::Unauthorized("invalid_credentials", "the e-mail address or the password is wrong".into())
}

/// An address as users are found by it; none for what is no user's address, since it is too long or has characters that
/// are not seen. What is counted for an address is counted under this.
#[must_use]
pub fn address(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    let odd = |c: char| c.is_control() || text::is_invisible(c);
    Some(email).filter(|email| email.len() <= EMAIL_MAX && !email.contains(odd))
}

/// Reads what is needed to check a password: the same work whether or not there is such a user.
///
/// # Errors
/// As the store says; an unknown e-mail address is no error here.
pub async fn credentials(tx: &mut Tx, email: &str) -> Result<Credentials> {
    let found = user::by_email(tx, email).await?.filter(may_enter);
    let password_hash = found.as_ref().and_then(|u| u.password_hash.clone());
    Ok(Credentials { user_id: found.map(|u| u.id), password_hash, stepped: false })
}

/// Whether a user's password is so old that it must be changed now.
pub async fn is_expired(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let user = user::find(tx, id).await?.ok_or_else(refused)?;
    password::is_expired(tx, &user).await
}

/// The answer to a sign-in with a password that fits and is too old: the next one must bring a new one.
pub fn must_change() -> Error {
    Error::Forbidden("password_expired", "this password is too old: send a new one as new_password".into())
}

/// Whether somebody enters by a password.
pub(super) fn may_enter(user: &User) -> bool {
    user.enabled && !user.no_password && !user.invitation_pending
}

/// The user whose password was checked, held, while it is the same.
pub(super) async fn still(tx: &mut Tx, checked: &Credentials) -> Result<User> {
    let Some(id) = &checked.user_id else { return Err(refused()) };
    let user = user::find_locked(tx, id).await?.filter(may_enter);
    user.filter(|u| u.password_hash.is_some() && u.password_hash == checked.password_hash).ok_or_else(refused)
}

/// Begins a session for a user whose password fitted, and ends the browser's earlier one. With the hash of a new
/// password, that is theirs from now on.
///
/// # Errors
/// 401 when the user was disabled, or the password or the second factor changed since they were checked.
pub async fn begin(
    tx: &mut Tx,
    checked: &Credentials,
    changed: Option<String>,
    new: Session,
    earlier: Option<&str>,
) -> Result<(Actor, Place)> {
    let mut user = still(tx, checked).await?;
    if checked.stepped != second_factor::is_on(tx, &user.id).await? {
        return Err(refused());
    }
    if let Some(hash) = changed {
        set_password(tx, &mut user, hash).await?;
    }
    if let Some(id_hash) = earlier
        && session::end(tx, id_hash).await?
    {
        note_change(tx, None, "session", user.id.as_str(), Change::Deleted);
    }
    tx.insert(&new).await?;
    let (actor, _) = access::by_session(tx, &new.id_hash).await?;
    Ok((actor, place(tx, &new.user_id).await?))
}

/// Who is signed in by a session.
///
/// # Errors
/// 401 when it has ended.
pub async fn show(tx: &mut Tx, id_hash: &str) -> Result<(Actor, Session, Place)> {
    let (actor, session) = access::by_session(tx, id_hash).await?;
    let place = place(tx, &actor.user.id).await?;
    Ok((actor, session, place))
}

/// Sets a password, which ends every session of its owner.
pub(super) async fn set_password(tx: &mut Tx, user: &mut User, hash: String) -> Result<()> {
    password::note(tx, &user.id, &hash).await?;
    user.password_hash = Some(hash);
    user.updated_at = tx.now();
    tx.update(&*user).await?;
    session::end_all_of(tx, &user.id).await?;
    note_change(tx, None, "user", user.id.as_str(), Change::Updated);
    Ok(())
}

/// Changes the password of somebody whose present one fitted, from the session that they are in: that goes on as `new`,
/// every other one ends.
///
/// # Errors
/// 401 when the session has ended, or the password was changed since it was checked.
pub async fn change_password(
    tx: &mut Tx,
    own: &Session,
    checked: &Credentials,
    changed: String,
    new: Session,
) -> Result<(Actor, Place)> {
    let mut user = user::find_locked(tx, &own.user_id).await?.filter(may_enter).ok_or_else(refused)?;
    // Behind the lock: whoever sets the password at the same moment ends the session too.
    access::by_session(tx, &own.id_hash).await?;
    if user.password_hash != checked.password_hash {
        return Err(refused());
    }
    set_password(tx, &mut user, changed).await?;
    tx.insert(&new).await?;
    let (actor, _) = access::by_session(tx, &new.id_hash).await?;
    Ok((actor, place(tx, &user.id).await?))
}

/// Ends a session, or with `everywhere` each one of its user; one that has ended already is no error. What they opened
/// in other tabs ends with them, because whoever keeps something that depends on permissions looks again when the
/// administration changes.
pub async fn end(tx: &mut Tx, own: &Session, everywhere: bool) -> Result<()> {
    if everywhere {
        session::end_all_of(tx, &own.user_id).await?;
    } else {
        session::end(tx, &own.id_hash).await?;
    }
    over(tx, &own.user_id).await
}

/// The sessions of whoever this one is of, those that were used last first.
pub async fn list(tx: &mut Tx, own: &Session) -> Result<Vec<Session>> {
    Ok(session::of_user(tx, &own.user_id).await?)
}

/// Ends a session of whoever `own` is of.
///
/// # Errors
/// 404 when they have none of that id, or it has ended.
pub async fn end_one(tx: &mut Tx, own: &Session, id: &SessionId) -> Result<()> {
    if !session::end_of(tx, &own.user_id, id).await? {
        return Err(Error::NotFound("session"));
    }
    over(tx, &own.user_id).await
}

/// Ends every session of whoever `own` is of but that one.
pub async fn end_others(tx: &mut Tx, own: &Session) -> Result<()> {
    session::end_others(tx, &own.user_id, &own.id_hash).await?;
    over(tx, &own.user_id).await
}

/// Sessions of a user have ended: what was opened by them ends as well.
async fn over(tx: &mut Tx, user: &UserId) -> Result<()> {
    // Their page may have closed before they said so.
    presence::leave_if_gone(tx, user).await?;
    note_change(tx, None, "session", user.as_str(), Change::Deleted);
    Ok(())
}

/// When a session that is used now ends, if it is time to note its use.
#[must_use]
pub fn slide(session: &Session, now: Timestamp, ages: Ages) -> Option<Timestamp> {
    let end = ages.end(session.created_at, now);
    let moves = end.seconds_since(session.expires_at) >= SLIDE_AFTER.min(ages.idle / 2);
    let was_idle = !(0..USED_AFTER).contains(&now.seconds_since(session.used_at));
    (moves || was_idle).then_some(end)
}

/// Notes that a session is used now, from where, and lets it last until a later time.
pub async fn note_use(tx: &mut Tx, id_hash: &str, network: &str, end: Timestamp) -> Result<()> {
    Ok(session::note_use(tx, id_hash, network, end).await?)
}

/// Ends sessions at their longest age, where that was longer when they began.
pub async fn cap(tx: &mut Tx, most: i64) -> Result<()> {
    Ok(session::cap_all(tx, most).await?)
}

/// Removes sessions that have ended; tells how many. Called now and then.
pub async fn forget_expired(tx: &mut Tx) -> Result<u64> {
    Ok(session::forget_expired(tx).await?)
}

/// The domain that the console belongs to, and how a user has it look.
async fn place(tx: &mut Tx, user: &UserId) -> Result<Place> {
    let domain_id = setting::get(tx, "domain_id").await?.unwrap_or_default();
    let domain_name = settings::NAME.now(tx).await?;
    let notices = !settings::NO_NOTICES.now(tx).await?;
    let profile = console_profile::of(tx, user).await?;
    Ok(Place { domain_id, domain_name, notices, profile })
}

/// The actor that `impersonated_user_id` asks for (`docs/basics/impersonation.md`).
///
/// # Errors
/// 400 when the caller may not impersonate that user.
pub async fn impersonate(tx: &mut Tx, caller: &Actor, user_id: &str) -> Result<Actor> {
    let refused = || Error::bad("impersonated_user_id", Reason::Impersonation.says("you cannot impersonate this user"));
    if !caller.can(Permission::ImpersonateUser) {
        return Err(refused());
    }
    let id = UserId::parse(user_id).ok_or_else(refused)?;
    let mut other = actor(tx, &id, caller.token_id.clone(), caller.origin).await.map_err(|e| match e {
        Error::Unauthorized(..) => refused(),
        other => other,
    })?;
    other.owner_epoch = caller.owner_epoch;
    // Nobody gains by it.
    if gifts::opens(tx, caller, &other.user).await? { Ok(other) } else { Err(refused()) }
}
