//! To which conversation a mail belongs. What it answers says so, by ids; a subject does only where the source wants that.
//!
//! Mails of ours have ids with a mark of this server's key in them, and so have the addresses that answers go to
//! (`mail::Keys`): whoever reads a mail says which of them it names.

use mail::plain_subject;
use model::{ContentId, IdentityId, ThreadId};
use store::source::Source;
use store::thread::{self, Thread};
use store::{Scope, Tx, content, mail as rows};

use crate::base::Result;
use crate::conversation::thread_parts;
use crate::setup::{mail_settings, source_settings};

/// How many of the ids that a mail refers to are looked at: the first ones and the last.
const REFERRED_MAX: usize = 60;
/// How many conversations of a person are looked at for one with the same subject.
const CANDIDATES: usize = 20;

/// What of a mail says to which conversation it belongs.
#[derive(Clone, Debug, Default)]
pub struct Clues<'a> {
    /// Its own id, without angles.
    pub id: Option<&'a str>,
    /// The ids of what it answers.
    pub in_reply_to: &'a [String],
    /// The ids of what came before, oldest first.
    pub references: &'a [String],
    /// The id of what it reports on.
    pub reports: Option<&'a str>,
    /// Those of these ids that are our own, each with its content.
    pub ours: &'a [(String, ContentId)],
    /// The conversation that an address of ours names to which it was written.
    pub thread_id: Option<&'a ThreadId>,
    /// Its subject.
    pub subject: &'a str,
    /// Who wrote it, when they are known.
    pub author: Option<&'a IdentityId>,
}

/// The conversation of a mail, and by what it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The conversation; none for a new one.
    pub thread_id: Option<ThreadId>,
    /// By what it was found.
    pub reason: &'static str,
    /// The conversation that a new one follows.
    pub previous: Option<ThreadId>,
}

/// Under what the id of a mail is kept.
#[must_use]
pub fn hash(id: &str) -> String {
    let mut hash = crypto::token_hash(id);
    hash.truncate(32);
    hash
}

/// Finds the conversation of a mail. The first rule that fits decides.
pub async fn find(tx: &mut Tx, source: &Source, clues: &Clues<'_>) -> Result<Joined> {
    let new = |reason, previous| Joined { thread_id: None, reason, previous };
    let scope = Scope::Sources(vec![source.id.clone()]);
    if let Some(id) = clues.thread_id
        && let Some(found) = thread_parts::followed(tx, &scope, id).await?
    {
        return Ok(Joined { thread_id: Some(found.id), reason: "token", previous: None });
    }
    if let Some((id, reason)) = by_reference(tx, source, &scope, clues).await? {
        let Some(found) = thread_parts::followed(tx, &scope, &id).await? else { return Ok(new("new", None)) };
        let id = found.id.clone();
        return Ok(match parted(tx, source, &found, clues.subject) {
            _ if reason == "report" => Joined { thread_id: Some(id), reason, previous: None },
            Some(reason) => new(reason, Some(id)),
            None => Joined { thread_id: Some(id), reason, previous: None },
        });
    }
    if source_settings::is_on(source, "threading_heuristics")
        && let Some(id) = by_subject(tx, source, clues).await?
    {
        return Ok(Joined { thread_id: Some(id), reason: "subject", previous: None });
    }
    Ok(new("new", None))
}

/// The ids that a mail refers to, the most telling first: what it answers, then what came before that.
#[must_use]
pub fn referred(in_reply_to: &[String], references: &[String]) -> Vec<String> {
    let (oldest, newer) = references.split_at(references.len().min(REFERRED_MAX / 2));
    let newest = newer.iter().rev().take(REFERRED_MAX / 2);
    let mut all: Vec<String> = Vec::new();
    for id in in_reply_to.iter().take(10).chain(newest).chain(oldest.iter().rev()) {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    all
}

async fn by_reference(
    tx: &mut Tx,
    source: &Source,
    scope: &Scope,
    clues: &Clues<'_>,
) -> Result<Option<(ThreadId, &'static str)>> {
    let ids = referred(clues.in_reply_to, clues.references);
    let hashes: Vec<String> = ids.iter().map(String::as_str).chain(clues.id).chain(clues.reports).map(hash).collect();
    let known = rows::ids(tx, &source.id, &hashes).await?;
    let of = |id: &str| {
        let wanted = hash(id);
        known.iter().find(|one| one.hash == wanted)
    };
    let looked = ids.iter().map(|id| (id.as_str(), "reference")).chain(clues.reports.map(|id| (id, "report")));
    for (id, reason) in looked {
        if let Some((_, ours)) = clues.ours.iter().find(|(ours, _)| ours == id)
            && let Some(ours) = content::find(tx, scope, ours).await?
        {
            return Ok(Some((ours.thread_id, reason)));
        }
        if let Some(found) = of(id).filter(|found| found.content_id.is_some()) {
            return Ok(Some((found.thread_id.clone(), reason)));
        }
    }
    if !source_settings::is_on(source, "common_ancestors_threading") {
        return Ok(None);
    }
    // Its own id is there when an answer to it came first.
    let ancestor = ids.iter().map(String::as_str).chain(clues.id).find_map(of);
    Ok(ancestor.map(|found| (found.thread_id.clone(), "ancestor")))
}

/// Why a mail that refers to a conversation begins a new one all the same.
fn parted(tx: &Tx, source: &Source, found: &Thread, subject: &str) -> Option<&'static str> {
    let most = source_settings::thread_inclusion(source);
    let late = most.is_some_and(|most| tx.now().seconds_since(found.last_content_at) > most);
    let other = plain_subject(subject) != plain_subject(found.title.as_deref().unwrap_or_default());
    match other {
        true if found.closed || late => Some("subject_changed"),
        false if late => Some("too_old"),
        _ => None,
    }
}

async fn by_subject(tx: &mut Tx, source: &Source, clues: &Clues<'_>) -> Result<Option<ThreadId>> {
    let subject = plain_subject(clues.subject);
    let telling = subject.split_whitespace().count() >= 3 || subject.chars().any(char::is_numeric);
    let Some(author) = clues.author.filter(|_| telling) else { return Ok(None) };
    let since = tx.now().plus_seconds(-mail_settings::subject_seconds(source));
    let recent = thread::recent_of(tx, &source.id, author, since, CANDIDATES).await?;
    let mut same = recent.iter().filter(|one| plain_subject(one.title.as_deref().unwrap_or_default()) == subject);
    // Where there are two, nobody can know which is meant.
    Ok(same.next().filter(|_| same.next().is_none()).map(|one| one.id.clone()))
}

#[cfg(test)]
mod tests {
    use super::referred;

    #[test]
    fn of_many_references_the_first_and_the_last_count() {
        let references: Vec<String> = (0..500).map(|n| format!("{n}@a.test")).collect();
        let all = referred(&["x@a.test".into()], &references);
        assert_eq!(all[0], "x@a.test");
        assert_eq!(all[1], "499@a.test");
        assert!(all.contains(&"0@a.test".to_owned()) && all.len() <= 71, "{}", all.len());
    }
}
