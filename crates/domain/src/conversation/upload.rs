//! How much one visitor, or one network, may send.

use model::IdentityId;
use store::{Tx, upload};

use crate::base::{Error, Pace, Result};

/// What may be sent under one name within some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    holder: String,
    most: i64,
    seconds: i64,
}

impl Quota {
    /// So many bytes a day for a visitor.
    #[must_use]
    pub fn of_visitor(id: &IdentityId, most: i64) -> Self {
        Self { holder: format!("identity:{id}"), most, seconds: 24 * 3600 }
    }

    /// So many bytes an hour for a network.
    #[must_use]
    pub fn of_network(network: &str, most: i64) -> Self {
        Self { holder: format!("network:{network}"), most, seconds: 3600 }
    }
}

/// Counts bytes that somebody is about to send; a quota of 0 is none.
///
/// # Errors
/// 429 when that is more than a quota allows: nothing is counted then.
pub async fn count(tx: &mut Tx, quotas: &[Quota], bytes: i64) -> Result<()> {
    for Quota { holder, most, seconds } in quotas.iter().filter(|quota| quota.most > 0) {
        let (sum, end) = upload::add(tx, holder, bytes, *seconds).await?;
        if sum > *most {
            let text = format!("more than {most} bytes of files within {seconds} seconds are not taken");
            let wait = u64::try_from((end.millis() - tx.now().millis()) / 1000 + 1).unwrap_or(1);
            let pace = Pace { per_minute: None, wait };
            return Err(Error::TooMany("upload_quota_exceeded", text.into(), Some(pace)));
        }
    }
    Ok(())
}

/// How many counts are forgotten in one transaction.
const STEP: i64 = 500;

/// Forgets what no longer counts; tells whether there may be more.
pub async fn forget_ended(tx: &mut Tx) -> Result<bool> {
    Ok(upload::forget_ended(tx, STEP).await? >= STEP.unsigned_abs())
}
