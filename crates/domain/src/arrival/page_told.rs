//! What a page tells in the middle of conversations: they keep it, and nothing of what it has cleared.

use model::IdentityId;
use serde_json::{Map, Value};
use store::source::Source;
use store::thread::Thread;
use store::{Scope, Tx, identity, thread};

use crate::arrival::filled::is_custom;
use crate::arrival::navigation;
use crate::arrival::visitor::Known;
use crate::base::Result;

/// So many open conversations of a person are looked at.
const MOST: i64 = 50;
/// So long after its beginning a conversation learns where that was, from a page that tells nothing before a word, in seconds.
const BEGINNING: i64 = 60;

/// Has the conversations that a visitor is in keep the variables of their page as they are now.
pub(super) async fn keep(tx: &mut Tx, known: &Known) -> Result<()> {
    let (told, now) = (known.circumstances(true), tx.now());
    let scope = Scope::Sources(vec![known.source.id.clone()]);
    let person = std::slice::from_ref(&known.identity.id);
    for mut found in thread::open_of_identities(tx, &scope, person, MOST).await? {
        let begins = now.seconds_since(found.created_at) <= BEGINNING;
        if !navigation::goes_on(&found, now) || !note(&mut found, &told, begins) {
            continue;
        }
        let Some(mut thread) = thread::lock(tx, &scope, &found.id).await? else { continue };
        if note(&mut thread, &told, begins) {
            tx.update(&thread).await?;
        }
    }
    Ok(())
}

/// Notes what is told, of the page and the visit what is not known yet where it `begins`. Tells whether anything is news.
fn note(thread: &mut Thread, told: &Map<String, Value>, begins: bool) -> bool {
    let mut news = false;
    for (name, value) in told {
        let known = thread.extra_data.get(name);
        if (is_custom(name) && known != Some(value)) || (begins && known.is_none()) {
            thread.extra_data.insert(name.clone(), value.clone());
            news = true;
        }
    }
    news
}

/// Forgets variables by their names. Tells whether anything was known of them.
pub(super) async fn forget(tx: &mut Tx, source: &Source, id: &IdentityId, names: &[String]) -> Result<bool> {
    if names.is_empty() {
        return Ok(false);
    }
    let mut known = false;
    let scope = Scope::Sources(vec![source.id.clone()]);
    for found in thread::open_of_identities(tx, &scope, std::slice::from_ref(id), MOST).await? {
        if names.iter().any(|name| is_custom(name) && found.extra_data.contains_key(name)) {
            let Some(mut thread) = thread::lock(tx, &scope, &found.id).await? else { continue };
            thread.extra_data.retain(|name, _| !(is_custom(name) && names.contains(name)));
            tx.update(&thread).await?;
            known = true;
        }
    }
    let person = identity::find(tx, id).await?;
    if person.is_some_and(|person| names.iter().any(|name| person.extra_values.contains_key(name)))
        && let Some(mut person) = identity::lock(tx, id).await?
    {
        person.extra_values.retain(|name, _| !names.contains(name));
        person.updated_at = tx.now();
        tx.update(&person).await?;
        known = true;
    }
    Ok(known)
}
