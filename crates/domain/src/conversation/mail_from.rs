//! From which of a mailbox's addresses a mail goes out: what was written to one of them is answered from that, unless whoever
//! answers says otherwise.

use store::Tx;
use store::content::Content;
use store::mail as rows;
use store::source::Source;

use crate::base::{Error, Reason, Result};
use crate::setup::mail_settings;

/// The address that a mail goes out from, in lower case: `given`, or what is usual for an answer to `answered`.
///
/// # Errors
/// 422 when the mailbox does not have the given one.
pub(crate) async fn address(
    tx: &mut Tx,
    source: &Source,
    answered: Option<&Content>,
    given: Option<&str>,
) -> Result<String> {
    let all = mail_settings::addresses(source);
    if let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) {
        let read = read(given);
        let found = read.and_then(|address| all.into_iter().find(|own| *own == address));
        return found.ok_or_else(|| {
            let bad = text::beginning(given, 100);
            Error::invalid("from", Reason::Unfit.says(format!("{bad} is no address of this mailbox")).with("name", bad))
        });
    }
    let own = all.first().cloned().unwrap_or_default();
    let Some(answered) = answered.filter(|_| all.len() > 1) else { return Ok(own) };
    let Some(mail) = rows::find(tx, &answered.id).await? else { return Ok(own) };
    let named = match mail.fingerprint.is_empty() {
        true => mail.sender.into_iter().collect(),
        false => [mail.recipients.0, mail.copied.0].concat(),
    };
    let named = named.iter().filter_map(|text| read(text));
    Ok(named.into_iter().find(|address| all.contains(address)).unwrap_or(own))
}

fn read(text: &str) -> Option<String> {
    mail::Party::written(text).ok().map(|party| party.address().to_lowercase())
}
