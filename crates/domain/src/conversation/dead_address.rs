//! Addresses of mail that do not work: a server has said that there is no such address. Whoever writes to one is told; it
//! works again once mail comes from it.

use store::Tx;
use store::dead_address as rows;
use store::identity::Identity;

use crate::base::Result;
use crate::conversation::mail_post::Refused;
use crate::customers::identity_group::Group;

/// What servers say of an address that does not exist, or whose domain does not (RFC 3463, RFC 7505).
const CODES: [&str; 3] = ["5.1.1", "5.1.2", "5.1.10"];
/// So many addresses are looked at in one go.
const MAX: usize = 200;

/// Takes over what a server says of an address that it did not take a mail for.
pub(crate) async fn note(tx: &mut Tx, address: &str, code: Option<&str>) -> Result<()> {
    match (code.filter(|code| CODES.contains(code)), plain(address)) {
        (Some(code), Some(address)) => Ok(rows::put(tx, &address, code).await?),
        _ => Ok(()),
    }
}

/// The same of the recipients of a mail that were refused.
pub(crate) async fn note_all(tx: &mut Tx, refused: &[Refused]) -> Result<()> {
    for one in refused {
        note(tx, &one.address, one.code.as_deref()).await?;
    }
    Ok(())
}

/// Notes that mail has come from an address.
pub(crate) async fn works(tx: &mut Tx, address: &str) -> Result<()> {
    match plain(address) {
        Some(address) => Ok(rows::forget(tx, &address).await?),
        None => Ok(()),
    }
}

/// An address as it is kept: in lower case, its domain as servers know it. None of what is none.
fn plain(text: &str) -> Option<String> {
    mail::Party::written(text).ok().map(|party| party.address().to_lowercase())
}

/// Those of some addresses that do not work, as they were given.
pub async fn among(tx: &mut Tx, texts: &[String]) -> Result<Vec<String>> {
    let read: Vec<(&String, String)> = texts.iter().take(MAX).filter_map(|text| Some((text, plain(text)?))).collect();
    let addresses: Vec<String> = read.iter().map(|(_, address)| address.clone()).collect();
    let dead = rows::among(tx, &addresses).await?;
    Ok(read.into_iter().filter(|(_, address)| dead.contains(address)).map(|(text, _)| text.clone()).collect())
}

/// Those of a customer's that do not work; `given` is what they gave in a chat.
pub(crate) async fn of_customer(
    tx: &mut Tx,
    identity: &Identity,
    group: Option<&Group>,
    given: Option<&String>,
) -> Result<Vec<String>> {
    let known = group.into_iter().flat_map(|group| group.group.emails.iter());
    let own = [identity.email.as_ref(), Some(&identity.foreign_id), given].into_iter().flatten();
    let mut all: Vec<String> = own.chain(known).cloned().collect();
    all.sort();
    all.dedup();
    among(tx, &all).await
}
