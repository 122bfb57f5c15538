//! What a list had before its source was connected, as far as nothing in it says when it was written: what was passed over at the
//! first look stays out, however often it is listed.
//!
//! At another address of the source a list begins anew. Where something in it is known from before, it is the same list, and
//! what stands behind that is new; what stands before the first known one, and all of a list in which nothing is known, was
//! there before. An id alone proves nothing, since it may be anything's elsewhere: who wrote it must be the same too.

use std::collections::HashMap;

use store::source::Source;
use store::source_state::{self, PassedOver};
use store::{Tx, content, identity};

use crate::arrival::sdk::Told;
use crate::base::Result;

/// What is known of a part of a list by what it had before.
pub(super) struct Before {
    /// What was passed over, by its kind and id, with its print.
    passed: HashMap<(String, String), Option<String>>,
    /// It is taken in for the first time, and nothing in it says that it is the one from before.
    first: bool,
    /// It begins anew elsewhere, and whether it is the same one is looked for.
    looks: bool,
    /// That was found in this part.
    found: bool,
}

impl Before {
    /// Looks what is known of those of a list's items that do not say when they were written, by their kinds and ids. `first`
    /// says that the list is taken in for the first time.
    pub(super) async fn read(
        tx: &mut Tx,
        source: &Source,
        stream: &str,
        first: bool,
        undated: Vec<String>,
    ) -> Result<Self> {
        let recognised = match first {
            true => source_state::cursor(tx, &source.id, stream).await?.and_then(|cursor| cursor.recognised),
            false => None,
        };
        let found = match source.setting("import_from") {
            Some("all") => Vec::new(),
            _ => source_state::passed_over(tx, &source.id, &undated).await?,
        };
        let passed =
            found.into_iter().map(|PassedOver { kind, foreign_id, print }| ((kind, foreign_id), print)).collect();
        Ok(Self { passed, first: first && recognised != Some(true), looks: recognised == Some(false), found: false })
    }

    /// Whether what has no date counts as from before.
    pub(super) fn is_first(&self) -> bool {
        self.first
    }

    /// Whether it was found just now that the list is the same one.
    pub(super) fn is_found(&self) -> bool {
        self.found
    }

    /// Whether something that is not here was passed over before.
    pub(super) fn has(&self, kind: &str, id: &str) -> bool {
        self.passed.contains_key(&(kind.to_owned(), id.to_owned()))
    }

    /// Looks whether something is known from before. `here` says that a content has its id.
    pub(super) async fn meet(&mut self, tx: &mut Tx, told: &Told, here: bool) -> Result<()> {
        let Some(id) = told.incoming.foreign_id.as_deref().filter(|_| self.looks) else { return Ok(()) };
        let known = match here {
            true => is_by(tx, told, id).await?,
            false => {
                let passed = self.passed.get(&(told.incoming.kind.to_owned(), id.to_owned()));
                passed.is_some_and(|known| known.as_ref() == Some(&print(told)))
            }
        };
        if known {
            (self.first, self.looks, self.found) = (false, false, true);
        }
        Ok(())
    }
}

/// Notes that something is passed over.
pub(super) async fn pass_over(tx: &mut Tx, told: &Told, foreign_id: &str) -> Result<()> {
    let (kind, foreign_id) = (told.incoming.kind.to_owned(), foreign_id.to_owned());
    let one = PassedOver { kind, foreign_id, print: Some(print(told)) };
    Ok(source_state::pass_over(tx, &told.incoming.source.id, &one).await?)
}

/// Whether the content that has this id is by whoever this is by. What was written here comes back under any author, and proves
/// nothing.
async fn is_by(tx: &mut Tx, told: &Told, id: &str) -> Result<bool> {
    let found = content::find_of_kind(tx, &told.incoming.source.id, told.incoming.kind, id).await?;
    let Some(known) = found.filter(|known| known.synchronization_status.is_none()) else { return Ok(false) };
    let by = identity::find(tx, &known.author_id).await?;
    Ok(by.is_some_and(|by| by.foreign_id == told.incoming.author.foreign_id))
}

/// What tells a content from another one that has its id elsewhere.
fn print(told: &Told) -> String {
    let parts = [told.incoming.author.foreign_id.as_bytes(), b"\0", told.incoming.body.as_bytes()];
    crypto::digest(&parts).get(..16).unwrap_or_default().to_owned()
}
