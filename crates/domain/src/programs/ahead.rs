//! Times that lie further ahead than they were set: a clock was ahead, and is not any more. They are set again, so that
//! what they hold up goes on.

use store::Tx;
use store::ahead::{self, Ahead};

use crate::base::Result;
use crate::conversation::{export, intervention, live_chat, ownership};
use crate::desk::{mail, presence, recovery, second_factor, user};
use crate::place::source_run;
use crate::programs::delivery;
use crate::surveys::survey_response;

/// How long what was answered under an idempotency key is kept, in seconds.
pub const KEY_SECONDS: i64 = 24 * 3600;

/// A kind of time that may lie too far ahead.
#[derive(Clone, Debug)]
pub enum Kind {
    /// When the lease of a thread ends.
    Lease,
    /// Any other.
    Other(Ahead),
}

/// Every kind. `session` says how many seconds a session lasts.
#[must_use]
pub fn kinds(session: i64) -> Vec<Kind> {
    let others = [
        Ahead::Deferral(intervention::DEFERRAL_MAX),
        Ahead::SurveyInvitation,
        Ahead::SurveyPoll(survey_response::POLL_SECONDS),
        source_run::ahead(),
        Ahead::Session(session),
        Ahead::UserInvitation(user::INVITATION),
        recovery::ahead(),
        second_factor::ahead(),
        Ahead::IdempotencyKey(KEY_SECONDS),
        Ahead::Grace(presence::GRACE_SECONDS),
        Ahead::ChatImpossible,
        Ahead::ChatGone(live_chat::BEAT_SECONDS),
        Ahead::ChatMail,
        Ahead::Activity,
    ];
    let others =
        delivery::ahead().into_iter().chain(export::ahead()).chain(mail::ahead()).chain(others).map(Kind::Other);
    std::iter::once(Kind::Lease).chain(others).collect()
}

/// Sets such times of one kind again, some at a time; tells how many. Called now and then, and whenever the clock has
/// moved back. Each kind has transactions of its own: together they would hold rows in another order than others do.
pub async fn set_again(tx: &mut Tx, kind: &Kind) -> Result<u64> {
    match kind {
        Kind::Lease => ownership::set_leases_again(tx).await,
        Kind::Other(kind) => Ok(ahead::set_again(tx, kind).await?),
    }
}
