//! Who has a thread, and since which change: its owner is the user of its newest open or deferred intervention. Each
//! change of it raises the thread's epoch.

use model::{EventType, Timestamp, UserId};
use store::intervention::Intervention;
use store::thread::Thread;
use store::{Json, Tx, approval, user};

use crate::base::{Actor, Error, Result, journal};
use crate::conversation::live_thread;
use crate::desk::user::owner_of;
use crate::setup::settings::{self, LEASE_MAX};

impl Actor {
    /// Refuses a write that was composed under another epoch than the thread's, which is held.
    ///
    /// # Errors
    /// 409 with who has the thread now.
    pub fn require_current(&self, thread: &Thread) -> Result<()> {
        match self.owner_epoch {
            Some(epoch) if epoch != thread.owner_epoch => Err(stale(thread)),
            _ => Ok(()),
        }
    }
}

/// The refusal of what was composed under another epoch than the thread's: 409 with who has it now.
pub(crate) fn stale(thread: &Thread) -> Error {
    let owner = thread.owner.as_ref().map(|o| Box::new(o.0.clone()));
    Error::StaleOwner { owner, epoch: thread.owner_epoch }
}

/// Brings the owner, the epoch and the lease of a held thread, and who works on it, up to date with its interventions, which come oldest
/// first. The caller writes the thread.
pub(crate) async fn follow(tx: &mut Tx, thread: &mut Thread, cases: &[Intervention]) -> Result<()> {
    thread.intervention_user_ids = Json(users_of(cases.iter()));
    thread.opened_intervention_user_ids = Json(users_of(cases.iter().filter(|case| case.is_open())));
    let case = cases.iter().rfind(|case| case.is_open());
    let holder = case.map(|case| &case.user_id);
    let changed = holder != thread.assigned_user_id.as_ref();
    if changed {
        let previous = thread.owner.take();
        thread.assigned_user_id = holder.cloned();
        thread.owner_epoch += 1;
        let user = match holder {
            Some(id) => user::find(tx, id).await?,
            None => None,
        };
        thread.owner = user.as_ref().map(|user| Json(owner_of(user)));
        journal::owner(tx, EventType::ThreadOwnerChanged, thread, previous.map(|o| o.0));
        live_thread::follow(tx, thread, user.as_ref()).await?;
    }
    let bot = thread.owner.as_ref().filter(|owner| owner.is_bot()).map(|owner| owner.id.clone());
    let waits = |c: &&Intervention| c.status == model::InterventionStatus::Open && c.waiting_since.is_some();
    // In a live chat that has ended nobody waits.
    let runs = match (&bot, case.filter(waits).filter(|_| !thread.is_ended_chat())) {
        (Some(bot), Some(case)) => approval::count_by(tx, &case.id, bot).await? == 0,
        _ => false,
    };
    thread.lease_until = match &bot {
        Some(id) if runs => match thread.lease_until.filter(|_| !changed) {
            Some(runs) => Some(runs),
            None => lease(tx, id).await?,
        },
        _ => None,
    };
    if bot.is_some() {
        thread.last_bot_id = bot;
    }
    Ok(())
}

/// Who has some interventions, each once.
fn users_of<'a>(cases: impl Iterator<Item = &'a Intervention>) -> Vec<UserId> {
    let mut users = Vec::new();
    for case in cases {
        if !users.contains(&case.user_id) {
            users.push(case.user_id.clone());
        }
    }
    users
}

/// When a lease that begins now ends; never, when its seconds are 0.
pub(crate) async fn lease(tx: &mut Tx, bot: &UserId) -> Result<Option<Timestamp>> {
    let own = user::find(tx, bot).await?.and_then(|user| user.bot_lease_seconds);
    let seconds = match own {
        Some(seconds) => seconds,
        None => settings::BOT_LEASE.now(tx).await?,
    };
    Ok((seconds > 0).then(|| tx.now().plus_seconds(seconds.min(LEASE_MAX))))
}
