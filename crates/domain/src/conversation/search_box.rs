//! What somebody types into the search box of the console: conditions of the search language and words, beside each
//! other, of which nothing is an error.

use model::{Permission, SourceId, ThreadTest};
use query::{Is, Query};
use store::thread_search::Wanted;
use store::{Tx, people};

use crate::base::{Actor, Result};
use crate::conversation::search::{Asker, Narrowed, ordered, resolve};

/// How many people somebody can mean by `from:` at the most.
const MEANT_MAX: usize = 100;

/// How many `from:` are looked for.
const NAMES_MAX: usize = 3;
/// Characters of a name that is looked for.
const NAME_MAX: usize = 200;

/// What a list of the inbox is limited to.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// One source.
    pub source: Option<SourceId>,
    /// Words that one of the contents has, or one of the comments.
    pub text: Option<String>,
    /// What was typed into the search box.
    pub typed: Option<String>,
}

/// Reads what is asked for. `from:` looks for people, as the actor may find them: without the permission to read
/// identities it is a word.
pub async fn narrow(tx: &mut Tx, actor: &Actor, asked: Asked) -> Result<Narrowed> {
    let Asked { source, text, typed } = asked;
    let tests = [source.map(|id| ThreadTest::Source(vec![id])), text.map(ThreadTest::Said)];
    let mut narrowed =
        Narrowed { wanted: tests.into_iter().flatten().fold(Wanted::default(), Wanted::with), ..Narrowed::default() };
    let Some(typed) = typed else { return Ok(narrowed) };
    let query = Query::loose(&typed);
    let asker = Asker::of(tx, actor, &query).await?;
    let names_people = actor.can(Permission::ReadIdentity);
    let read = asker.understand(|moment| query::loosely(&query, moment, names_people));
    for Is { not, test } in read.threads.tests {
        narrowed.wanted = narrowed.wanted.and(resolve(tx, actor, test).await?, not);
    }
    // Each one looks through many people.
    for Is { not, test: name } in read.people.into_iter().take(NAMES_MAX) {
        let meant = people::search(tx, actor.scope(), text::beginning(&name, NAME_MAX), MEANT_MAX).await?;
        let meant = meant.into_iter().map(|identity| identity.id).collect();
        narrowed.wanted = narrowed.wanted.and(ThreadTest::Identity(meant), not);
    }
    if let Some(words) = read.threads.text {
        narrowed.wanted = narrowed.wanted.with(ThreadTest::Said(words));
    }
    narrowed.order = read.threads.order.map(ordered);
    narrowed.as_words = read.as_words;
    Ok(narrowed)
}
