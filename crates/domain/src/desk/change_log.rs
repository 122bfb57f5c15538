//! Who changed what of the administration, as the journal has it.

use std::collections::{BTreeMap, HashMap};

use model::{EventType, Timestamp, UserId};
use store::journal::{self, Entry, EventFilter};
use store::{Listed, Page, Tx, change_names, user};

use crate::base::{Actor, Result};

/// Which changes are wanted; empty lists and no times let everything through.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// By these users.
    pub users: Vec<UserId>,
    /// Of things of these kinds.
    pub kinds: Vec<String>,
    /// After this time.
    pub after: Option<Timestamp>,
    /// Before this time.
    pub before: Option<Timestamp>,
}

/// A change, and what is known of it by name.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The journal's entry.
    pub entry: Entry,
    /// How whoever did it is called; none where nobody did.
    pub by: Option<String>,
    /// How the thing is called now; none when it is gone, or has no name.
    pub name: Option<String>,
}

/// Lists the changes that the actor may see, newest first.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: Wanted, page: Page) -> Result<Listed<Changed>> {
    let Wanted { users, kinds, after, before } = wanted;
    let names = vec![EventType::AdministrationChanged.as_str().to_owned()];
    let filter = EventFilter { names, users, resources: kinds, after, before, ..EventFilter::default() };
    let Listed { count, records } = journal::list(tx, actor.scope(), &filter, false, page).await?;
    let who: Vec<UserId> = records.iter().filter_map(|entry| entry.user_id.clone()).collect();
    let who: HashMap<UserId, String> =
        user::by_ids(tx, &who).await?.into_iter().map(|user| (user.id.clone(), user.name())).collect();
    let mut things: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in &records {
        things.entry(&entry.resource_kind).or_default().push(entry.resource_id.clone());
    }
    let mut called = HashMap::new();
    for (kind, ids) in things {
        called.extend(change_names::of_kind(tx, kind, &ids).await?);
    }
    let known = |entry: Entry| {
        let by = entry.user_id.as_ref().and_then(|id| who.get(id)).cloned();
        Changed { by, name: called.get(&entry.resource_id).cloned(), entry }
    };
    Ok(Listed { count, records: records.into_iter().map(known).collect() })
}
