//! The second factor: a code that an app shows, beside the password, or one of ten codes to recover with. It stands
//! between the password and a session of the console; API tokens have nothing to do with it.
//!
//! Setting one up takes three steps: the password again, a code of the app, and one of the recovery codes, which shows
//! that they were kept. Until then all is as it was before, an earlier second factor too. A code of the app counts once:
//! whatever was used, only a later time step lets somebody in.

use crypto::{Keys, token_hash, totp};
use model::{MailKind, Timestamp, UserId};
use store::second_factor::{self as rows, SecondFactor, SecondStep};
use store::session::Session;
use store::user::{self, User};
use store::{Tx, ahead::Ahead, session as sessions, team};

use super::mail::{self, Letter, Pen};
use super::session::{Credentials, may_enter, still};
use crate::base::{Actor, Change, Error, Pace, Reason, Result, note_change};
use crate::desk::user::{held, require_reach};
use crate::desk::{gifts, password, presence};
use crate::setup::settings;

/// How many recovery codes there are.
pub const CODES: usize = 10;
/// For how many seconds a set-up can be gone on with.
const SET_UP_LASTS: i64 = 3600;
/// For how many seconds after the password a code is taken.
const STEP_LASTS: i64 = 300;
/// For how many seconds it is kept how many codes did not fit.
const KEPT: i64 = 3600;
/// So many codes may not fit after a password; so many for a user in [`KEPT`].
const MOST: i64 = 5;
const MOST_OF_USER: i64 = 20;

/// The time of what one holds between the two halves that is set ahead of the clock.
pub(crate) fn ahead() -> Ahead {
    Ahead::SecondStep(KEPT)
}

/// Where a user stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Since when the second factor is asked for; none where it is off.
    pub on_since: Option<Timestamp>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// Whether their role requires it.
    pub required: bool,
}

/// What an app is given.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The key, to be typed.
    pub key: String,
    /// The key with what it is for, to be scanned.
    pub address: String,
}

/// What somebody shows as their second factor.
#[derive(Clone, Debug)]
pub enum Shown {
    /// What their app says.
    Code(String),
    /// One of the ten.
    Recovery(String),
}

/// Where the actor stands.
pub async fn show(tx: &mut Tx, actor: &Actor) -> Result<Standing> {
    let on_since = rows::find(tx, &actor.user.id).await?.and_then(|factor| factor.on_since);
    let codes_left = rows::count_codes(tx, &actor.user.id).await?;
    Ok(Standing { on_since, codes_left, required: actor.role.second_factor_required })
}

/// Begins a set-up for whoever's password fitted. What they have already stays as it is until its end.
///
/// # Errors
/// 401 when the password has changed since it was checked.
pub async fn begin(tx: &mut Tx, keys: &Keys, checked: &Credentials, key: String) -> Result<SetUp> {
    let user = still(tx, checked).await?;
    let known = rows::find_locked(tx, &user.id).await?;
    let fresh = SecondFactor {
        user_id: user.id.clone(),
        sealed_key: None,
        on_since: None,
        used_step: 0,
        next_key: None,
        next_at: None,
        next_step: None,
    };
    let sealed = keys.seal(user.id.as_str(), &key);
    let known = known.unwrap_or(fresh);
    rows::keep(tx, &SecondFactor { next_key: Some(sealed), next_at: Some(tx.now()), next_step: None, ..known }).await?;
    rows::set_codes(tx, &user.id, false, &[]).await?;
    let desk = settings::NAME.now(tx).await?;
    let address = totp::address(&desk, &user.email, &key).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(SetUp { key, address })
}

/// Goes on with a set-up: the app has the key, as its code shows. From now on `codes` wait for one of them to be given.
///
/// # Errors
/// 422 when the code does not fit, or there is no set-up.
pub async fn prove(tx: &mut Tx, keys: &Keys, actor: &Actor, code: &str, codes: &[String]) -> Result<()> {
    let (factor, sealed) = under_way(tx, &actor.user.id).await?;
    let key = keys.open(actor.user.id.as_str(), &sealed).ok_or_else(over)?;
    let wrong = || Error::invalid("code", Reason::WrongCode.says("is not what the app shows now"));
    let step = totp::step_of(&key, code, seconds(tx)).ok_or_else(wrong)?;
    rows::keep(tx, &SecondFactor { next_step: Some(step), ..factor }).await?;
    rows::set_codes(tx, &actor.user.id, false, &hashes(&actor.user.id, codes)).await?;
    Ok(())
}

/// Ends a set-up: one of the codes shows that they were kept. From now on the second factor is asked for, and every
/// other session of the actor ends, since it began without. They are told by mail where mails are sent.
///
/// # Errors
/// 422 when it is none of the codes, or the set-up has not come so far.
pub async fn turn_on(tx: &mut Tx, actor: &Actor, own: &Session, code: &str, pen: Option<Pen<'_>>) -> Result<Standing> {
    let (factor, sealed) = under_way(tx, &actor.user.id).await?;
    let used_step = factor.next_step.ok_or_else(over)?;
    if !rows::has_code(tx, &actor.user.id, false, &hash(&actor.user.id, code)).await? {
        return Err(Error::invalid("recovery_code", Reason::WrongCode.says("is none of these codes")));
    }
    let (sealed_key, on_since) = (Some(sealed), Some(tx.now()));
    let on = SecondFactor { sealed_key, on_since, used_step, next_key: None, next_at: None, next_step: None, ..factor };
    rows::keep(tx, &on).await?;
    rows::approve_codes(tx, &actor.user.id).await?;
    rows::end_steps_of(tx, &actor.user.id).await?;
    sessions::end_others(tx, &actor.user.id, &own.id_hash).await?;
    note(tx, Some(actor), &actor.user.id, Change::Created);
    tell(tx, actor, pen, &actor.user, |desk| mail::second_factor_changed(&actor.user, true, desk)).await?;
    show(tx, actor).await
}

/// Tells a user by mail what was done with their second factor, where mails are sent: it may not have been them. The words
/// are made with the desk's name.
async fn tell(
    tx: &mut Tx,
    actor: &Actor,
    pen: Option<Pen<'_>>,
    to: &User,
    words: impl FnOnce(&str) -> (String, String),
) -> Result<()> {
    let Some(pen) = pen else { return Ok(()) };
    let (subject, text) = words(&settings::NAME.now(tx).await?);
    let letter = Letter { kind: MailKind::SecondFactor, to, subject, text };
    mail::write(tx, pen, Some(actor), letter).await.map(drop)
}

/// Takes the actor's own second factor away, for whom the password fitted. They are told by mail where mails are sent.
///
/// # Errors
/// 401 when the password has changed since it was checked; 422 where their role requires it.
pub async fn turn_off(tx: &mut Tx, actor: &Actor, checked: &Credentials, pen: Option<Pen<'_>>) -> Result<Standing> {
    let user = still(tx, checked).await?;
    if actor.role.second_factor_required {
        let message = "your role requires a second factor: set up another one in its place";
        return Err(Error::Unprocessable("second_factor_kept", message.into()));
    }
    if rows::remove(tx, &user.id).await? {
        note(tx, Some(actor), &user.id, Change::Deleted);
        tell(tx, actor, pen, &user, |desk| mail::second_factor_changed(&user, false, desk)).await?;
    }
    show(tx, actor).await
}

/// Gives the actor other recovery codes, for whom the password fitted; those before are good no more.
///
/// # Errors
/// 401 when the password has changed since it was checked; 422 where there is no second factor.
pub async fn renew_codes(tx: &mut Tx, actor: &Actor, checked: &Credentials, codes: &[String]) -> Result<()> {
    let user = still(tx, checked).await?;
    if !rows::is_on(tx, &user.id).await? {
        return Err(off());
    }
    rows::set_codes(tx, &user.id, true, &hashes(&user.id, codes)).await?;
    note(tx, Some(actor), &user.id, Change::Updated);
    Ok(())
}

/// Takes the second factor of a user away, who is told by mail where mails are sent; every session of theirs ends.
///
/// # Errors
/// 403 when the user may do more than the actor; 404, also out of the actor's reach; 422 where there is none.
pub async fn reset(tx: &mut Tx, actor: &Actor, id: &UserId, pen: Option<Pen<'_>>) -> Result<()> {
    let roles = store::role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    let user = held(tx, id).await?;
    require_reach(actor, &roles, &team::all(tx).await?, &user)?;
    gifts::require_opens(tx, actor, &user).await?;
    if !take_away(tx, &user).await? {
        return Err(off());
    }
    note(tx, Some(actor), id, Change::Deleted);
    tell(tx, actor, pen, &user, |desk| mail::second_factor_reset(&user, &actor.user.name(), desk)).await
}

/// Takes the second factor of a user away from the shell; every session of theirs ends.
///
/// # Errors
/// 404; 422 where there is none.
pub async fn reset_from_shell(tx: &mut Tx, id: &UserId) -> Result<()> {
    let user = held(tx, id).await?;
    if !take_away(tx, &user).await? {
        return Err(off());
    }
    note(tx, None, id, Change::Deleted);
    Ok(())
}

async fn take_away(tx: &mut Tx, user: &User) -> Result<bool> {
    let was_on = rows::remove(tx, &user.id).await?;
    if was_on {
        sessions::end_all_of(tx, &user.id).await?;
        presence::leave_if_gone(tx, &user.id).await?;
    }
    Ok(was_on)
}

/// Whether a user has to show a second factor.
pub async fn is_on(tx: &mut Tx, user: &UserId) -> Result<bool> {
    Ok(rows::is_on(tx, user).await?)
}

/// What somebody is told whose password fitted.
#[derive(Clone, Copy, Debug)]
pub struct Half {
    /// Until when a code is taken.
    pub until: Timestamp,
    /// Whether the password is too old, so that another one comes with the code.
    pub password_expired: bool,
}

/// Lets somebody whose password fitted show their second factor, under a token of this hash; none where there is nothing
/// to show.
///
/// # Errors
/// 401 when the user was disabled or the password changed since it was checked.
pub async fn offer(tx: &mut Tx, checked: &Credentials, token_hash: String) -> Result<Option<Half>> {
    let user = still(tx, checked).await?;
    if !rows::is_on(tx, &user.id).await? {
        return Ok(None);
    }
    let (created_at, expires_at) = (tx.now(), tx.now().plus_seconds(KEPT));
    tx.insert(&SecondStep { token_hash, user_id: user.id.clone(), failures: 0, created_at, expires_at }).await?;
    let password_expired = password::is_expired(tx, &user).await?;
    Ok(Some(Half { until: created_at.plus_seconds(STEP_LASTS), password_expired }))
}

/// Who holds a token that was given for a password, and whether that is too old.
///
/// # Errors
/// 401 when it is over.
pub async fn whose(tx: &mut Tx, token_hash: &str) -> Result<(User, bool)> {
    let step = rows::step(tx, token_hash).await?.filter(|step| is_open(tx, step)).ok_or_else(begin_again)?;
    let user = user::find(tx, &step.user_id).await?.filter(may_enter).ok_or_else(begin_again)?;
    let expired = password::is_expired(tx, &user).await?;
    Ok((user, expired))
}

/// Checks what somebody shows, which is used up by it: gives what a session begins with, none where it does not fit. That
/// is counted, so the transaction has to be kept.
///
/// # Errors
/// 401 when what they hold is over; 429 when too many did not fit.
pub async fn check(tx: &mut Tx, keys: &Keys, token_hash: &str, shown: &Shown) -> Result<Option<Credentials>> {
    let (user, _) = whose(tx, token_hash).await?;
    // In this order, as whoever sets a password: the user first.
    let user = user::find_locked(tx, &user.id).await?.filter(may_enter).ok_or_else(begin_again)?;
    let step = rows::step_locked(tx, token_hash).await?.filter(|step| is_open(tx, step)).ok_or_else(begin_again)?;
    let factor = rows::find_locked(tx, &user.id).await?.filter(|f| f.on_since.is_some()).ok_or_else(begin_again)?;
    if rows::failures(tx, &user.id).await? >= MOST_OF_USER {
        let pace = Pace { per_minute: None, wait: 600 };
        let text = "too many codes did not fit: wait a little and try again";
        return Err(Error::TooMany("too_many_attempts", text.into(), Some(pace)));
    }
    let fits = match shown {
        Shown::Code(code) => use_step(tx, keys, factor, code).await?,
        Shown::Recovery(code) => use_code(tx, &user.id, code).await?,
    };
    if !fits {
        tx.update(&SecondStep { failures: step.failures + 1, ..step }).await?;
        return Ok(None);
    }
    rows::end_step(tx, token_hash).await?;
    Ok(Some(Credentials { user_id: Some(user.id), password_hash: user.password_hash, stepped: true }))
}

/// Uses a code of the app: of a time step after the last one that was used. A step that lies ahead of the clock was used
/// under a clock that was ahead itself: it must not keep anybody out until then.
async fn use_step(tx: &mut Tx, keys: &Keys, factor: SecondFactor, code: &str) -> Result<bool> {
    let key = factor.sealed_key.as_ref().and_then(|sealed| keys.open(factor.user_id.as_str(), sealed));
    let now = seconds(tx);
    let Some(step) = key.and_then(|key| totp::step_of(&key, code, now)) else { return Ok(false) };
    if step <= factor.used_step && factor.used_step <= totp::step_at(now) + 1 {
        return Ok(false);
    }
    rows::keep(tx, &SecondFactor { used_step: step, ..factor }).await?;
    Ok(true)
}

async fn use_code(tx: &mut Tx, user: &UserId, code: &str) -> Result<bool> {
    let fits = rows::use_code(tx, user, &hash(user, code)).await?;
    if fits {
        note(tx, None, user, Change::Updated);
    }
    Ok(fits)
}

/// Removes what nobody goes on with. Called now and then.
pub async fn forget_expired(tx: &mut Tx) -> Result<u64> {
    Ok(rows::forget_expired_steps(tx).await?)
}

/// The answer to what does not fit, whatever it was and why.
pub fn does_not_fit() -> Error {
    Error::Unauthorized("code_refused", "this code does not let you in".into())
}

/// The answer to whoever must set a second factor up before anything else.
pub fn set_up_first() -> Error {
    Error::Forbidden("second_factor_required", "your role requires a second factor: set it up first".into())
}

fn begin_again() -> Error {
    Error::Unauthorized("sign_in_over", "this sign-in is over: begin again".into())
}

fn over() -> Error {
    Error::Unprocessable("set_up_over", "there is no set-up to go on with: begin again".into())
}

fn off() -> Error {
    Error::Unprocessable("second_factor_off", "there is no second factor".into())
}

/// The set-up that a user is at, with its key.
async fn under_way(tx: &mut Tx, user: &UserId) -> Result<(SecondFactor, String)> {
    let now = tx.now();
    let is_fresh = |at: Timestamp| now.seconds_since(at) < SET_UP_LASTS;
    let factor = rows::find_locked(tx, user).await?.filter(|factor| factor.next_at.is_some_and(is_fresh));
    let factor = factor.ok_or_else(over)?;
    let sealed = factor.next_key.clone().ok_or_else(over)?;
    Ok((factor, sealed))
}

/// Whether a code is still taken.
fn is_open(tx: &Tx, step: &SecondStep) -> bool {
    step.failures < MOST && tx.now().seconds_since(step.created_at) < STEP_LASTS
}

fn note(tx: &mut Tx, actor: Option<&Actor>, user: &UserId, change: Change) {
    note_change(tx, actor, "second_factor", user.as_str(), change);
}

fn seconds(tx: &Tx) -> i64 {
    tx.now().millis().div_euclid(1000)
}

fn hashes(user: &UserId, codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| hash(user, code)).collect()
}

/// What is kept of a recovery code: of nobody else's, and however it is typed.
fn hash(user: &UserId, code: &str) -> String {
    token_hash(&format!("{user}:{}", crypto::plain_code(code)))
}
