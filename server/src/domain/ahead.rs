//! Times that lie further ahead than they were set: a clock was ahead, and is not any more. They are set again, so that
//! what they hold up goes on.

use store::Tx;
use store::ahead::{self, Ahead};

use super::{Result, delivery, export, intervention, ownership, survey_response, user};

/// How long what was answered under an idempotency key is kept, in seconds.
pub const KEY_SECONDS: i64 = 24 * 3600;

/// Sets such times again, some at a time; tells how many. `session` says how many seconds a session lasts. Called now and
/// then, and whenever the clock has moved back.
///
/// # Errors
/// As the store says.
pub async fn set_again(tx: &mut Tx, session: i64) -> Result<u64> {
    let mut count = ownership::set_leases_again(tx).await?;
    let others = [
        Ahead::Deferral(intervention::DEFERRAL_MAX),
        Ahead::SurveyInvitation,
        Ahead::SurveyPoll(survey_response::POLL_SECONDS),
        Ahead::Session(session),
        Ahead::UserInvitation(user::INVITATION),
        Ahead::IdempotencyKey(KEY_SECONDS),
        Ahead::Activity,
    ];
    for kind in delivery::ahead().into_iter().chain(export::ahead()).chain(others) {
        count += ahead::set_again(tx, &kind).await?;
    }
    Ok(count)
}
