//! Finding customers by parts of what is known of them, told from the texts here and not by the database: the two
//! differ in what they know of case and accents.

use std::borrow::Cow;

use model::{CommunityId, IdentityGroupId, IdentityId};
use text::{Number, Word, parts_within, plain, whole};

use crate::identity::{Identity, by_ids, within};
use crate::people_index::{self, COMMUNITY, EMAIL, told_of};
use crate::search::Grammar;
use crate::{Backend, Error, Filter, Scope, Tx, Value};

/// How many entries are looked at beyond those that are wanted, at first; most searches end there.
const BEYOND: usize = 12;
/// How many entries are looked at together after that.
const TOGETHER: usize = 1000;
/// So many that have a word are all looked at.
const FEW: usize = 200;
/// How many parts are looked up of a search at the most: the texts themselves decide in the end.
const PARTS_MAX: usize = 64;
/// How many communities an entry is looked up by at the most.
const COMMUNITIES_MAX: usize = 64;

/// Customers of whom every word of a text is said, as a part of a name, an address, a phone or the company's own id,
/// in whatever case and with whatever accents; a phone's digits however they are parted, with the country's code or
/// without. Before them, whoever has just this text as the id on the other side or as the company's own. Those that
/// changed last come first.
pub async fn search(tx: &mut Tx, scope: &Scope, text: &str, limit: usize) -> Result<Vec<Identity>, Error> {
    let exact = exactly(tx, scope, text).await?;
    let mut ids = exact.clone();
    if ids.len() < limit {
        let wanted = Wanted::of(text);
        waiting(tx, scope, &wanted, exact.len() + limit, &mut ids).await?;
        indexed(tx, scope, &wanted, ids.len() + limit, &mut ids).await?;
    }
    let mut found = by_ids(tx, &ids).await?;
    let place = |identity: &Identity| exact.iter().position(|id| *id == identity.id).unwrap_or(usize::MAX);
    found.sort_by_key(|identity| (place(identity), std::cmp::Reverse((identity.updated_at, identity.id.clone()))));
    found.truncate(limit);
    Ok(found)
}

/// Adds those of whom the index does not know yet how they are now, until there are `most`.
async fn waiting(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted<'_>,
    most: usize,
    ids: &mut Vec<IdentityId>,
) -> Result<(), Error> {
    for some in people_index::waiting(tx).await?.chunks(TOGETHER) {
        add(tx, scope, wanted, some, ids).await?;
        if ids.len() >= most {
            break;
        }
    }
    Ok(())
}

/// Adds those whom the index finds, the last change first, until there are `most`.
async fn indexed(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted<'_>,
    most: usize,
    ids: &mut Vec<IdentityId>,
) -> Result<(), Error> {
    let communities = communities(tx, scope).await?;
    if communities.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    // By more of them nobody is looked up: whoever is found is looked at all the same.
    let communities = communities.filter(|all| all.len() <= COMMUNITIES_MAX);
    let grammar = Grammar::of(tx.backend());
    let mut clauses = wanted.clauses(&grammar);
    // What few have tells more than all of it together.
    for clause in clauses.iter().filter(|_| clauses.len() > 1) {
        let few = entries(tx, clause, i64::MAX, FEW).await?;
        if few.len() < FEW {
            let some: Vec<IdentityId> = few.into_iter().map(|(_, id)| id).collect();
            return add(tx, scope, wanted, &some, ids).await;
        }
    }
    clauses.extend(communities.map(|all| of_communities(&grammar, &all)));
    let query = clauses.join(grammar.and);
    let (mut before, mut window) = (i64::MAX, most.saturating_sub(ids.len()) + BEYOND);
    while ids.len() < most {
        let page = entries(tx, &query, before, window).await?;
        let some: Vec<IdentityId> = page.iter().map(|(_, id)| id.clone()).collect();
        add(tx, scope, wanted, &some, ids).await?;
        match page.last() {
            Some((doc, _)) if page.len() == window => before = *doc,
            _ => break,
        }
        window = (4 * window).min(TOGETHER);
    }
    Ok(())
}

/// Asks for whoever is of one of these communities.
fn of_communities(grammar: &Grammar, communities: &[CommunityId]) -> String {
    let one = |id: &CommunityId| grammar.word(&Word { text: whole(COMMUNITY, id.as_str()), prefix: false });
    format!("({})", communities.iter().map(one).collect::<Vec<_>>().join(grammar.or))
}

/// Adds those of some identities that are seen within the scope and have what is wanted.
async fn add(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted<'_>,
    some: &[IdentityId],
    ids: &mut Vec<IdentityId>,
) -> Result<(), Error> {
    let told = told_of(tx, scope, some).await?;
    let mut found: Vec<_> =
        told.into_iter().filter(|t| wanted.is_in(&plain(&t.texts)) && !ids.contains(&t.id)).collect();
    found.sort_by_key(|told| some.iter().position(|id| *id == told.id));
    ids.extend(found.into_iter().map(|told| told.id));
    Ok(())
}

/// Some entries before one, the latest first: those that a query finds, or any where there is none.
async fn entries(tx: &mut Tx, query: &str, before: i64, window: usize) -> Result<Vec<(i64, IdentityId)>, Error> {
    let window = Value::Int(i64::try_from(window).unwrap_or(i64::MAX));
    let (sql, values) = match tx.backend() {
        _ if query.is_empty() => {
            let sql = "SELECT doc, identity_id FROM people_search WHERE doc < ?1 ORDER BY doc DESC LIMIT ?2";
            (sql, vec![Value::Int(before), window])
        }
        Backend::Sqlite => {
            let sql = "SELECT doc, identity_id FROM people_parts CROSS JOIN people_search ON doc = people_parts.rowid \
                       WHERE people_parts MATCH ?3 AND people_parts.rowid < ?1 \
                       ORDER BY people_parts.rowid DESC LIMIT ?2";
            (sql, vec![Value::Int(before), window, Value::Text(query.to_owned())])
        }
        Backend::Postgres => {
            let sql = "SELECT doc, identity_id FROM people_search \
                       WHERE parts @@ CAST(CAST(?3 AS TEXT) AS tsquery) AND doc < ?1 ORDER BY doc DESC LIMIT ?2";
            (sql, vec![Value::Int(before), window, Value::Text(query.to_owned())])
        }
    };
    let mut rows = tx.rows(sql, values).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// The communities that a scope is limited to; none where it is everything.
pub(crate) async fn communities(tx: &mut Tx, scope: &Scope) -> Result<Option<Vec<CommunityId>>, Error> {
    if *scope == Scope::All {
        return Ok(None);
    }
    let filter = Filter::scoped(scope, "id");
    let sql = format!("SELECT DISTINCT community_id FROM content_sources {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(crate::Row::take).collect::<Result<_, _>>().map(Some)
}

/// How many parts one number is written in at the most.
const PARTS_OF_A_NUMBER: usize = 15;

/// Whom nobody has named is called so by screens, in their reader's language, and by what is said of them.
const CALLED: &str = "visitor";
const CALLED_ELSEWHERE: &str = "visiteur";

/// What a word also stands for: what somebody without a name is called in another language, or its beginning.
fn elsewhere(word: &str) -> Option<&'static str> {
    (word.len() > "visit".len() && CALLED_ELSEWHERE.starts_with(word)).then_some(CALLED)
}

/// What is searched for: words, each of which must be a part of what is said; and numbers, for which either their
/// parts or their digits are enough.
struct Wanted<'t> {
    words: Vec<Cow<'t, str>>,
    numbers: Vec<(Vec<Cow<'t, str>>, Number)>,
}

impl<'t> Wanted<'t> {
    fn of(text: &'t str) -> Self {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let (mut words, mut numbers, mut at) = (Vec::new(), Vec::new(), 0);
        while at < parts.len() {
            // As many parts as are one number together.
            let ends = (at + 1..=parts.len().min(at + PARTS_OF_A_NUMBER)).rev();
            let longest = ends.clone().find_map(|end| Some((end, Number::parse(&parts[at..end].join(" "))?)));
            let all = |to: usize| parts[at..to].iter().map(|part| plain(part));
            match longest {
                Some((end, number)) => {
                    numbers.push((all(end).collect(), number));
                    at = end;
                }
                None => {
                    words.extend(all(at + 1));
                    at += 1;
                }
            }
        }
        Self { words, numbers }
    }

    /// What the index is asked for, each on its own: it finds whoever has all of it, and some beside them. Nothing where
    /// it would not help.
    fn clauses(&self, grammar: &Grammar) -> Vec<String> {
        let words =
            self.words.iter().map(|word| std::iter::once(&**word).chain(elsewhere(word)).map(parts_within).collect());
        let numbers = self.numbers.iter().map(|(parts, number)| {
            vec![parts.iter().flat_map(|part| parts_within(part)).collect(), parts_within(number.digits())]
        });
        let all: Vec<Vec<Vec<Word>>> = words.chain(numbers).collect();
        // Single letters are in nearly everybody: they are looked up where there is nothing else.
        let tells = |words: &Vec<Word>| words.iter().any(|word| word.text.chars().count() > 1);
        let any = |words: &Vec<Word>| !words.is_empty();
        let told: Vec<_> = all.iter().filter(|ways| ways.iter().all(tells)).collect();
        let told = if told.is_empty() { all.iter().filter(|ways| ways.iter().all(any)).collect() } else { told };
        let mut left = PARTS_MAX;
        let mut clauses = Vec::new();
        for ways in told {
            let size: usize = ways.iter().map(Vec::len).sum();
            if size > left && !clauses.is_empty() {
                break;
            }
            left = left.saturating_sub(size);
            let way = |words: &Vec<Word>| {
                let words: Vec<String> = words.iter().take(PARTS_MAX).map(|word| grammar.word(word)).collect();
                format!("({})", words.join(grammar.and))
            };
            clauses.push(format!("({})", ways.iter().map(way).collect::<Vec<_>>().join(grammar.or)));
        }
        clauses
    }

    fn is_in(&self, texts: &str) -> bool {
        let has = |word: &Cow<'_, str>| texts.contains(&**word);
        self.words.iter().all(|word| has(word) || elsewhere(word).is_some_and(|other| texts.contains(other)))
            && self.numbers.iter().all(|(parts, number)| parts.iter().all(has) || number.is_in(texts))
    }
}

async fn exactly(tx: &mut Tx, scope: &Scope, text: &str) -> Result<Vec<IdentityId>, Error> {
    let mut filter = within(scope);
    filter.and("NOT controlled");
    let text = filter.bind(Value::Text(text.trim().to_owned()));
    // The index of the ids on the other side begins with the community.
    filter.and(&format!(
        "id IN (SELECT id FROM identities WHERE uuid = {text} UNION SELECT id FROM identities \
         WHERE community_id IN (SELECT id FROM communities) AND foreign_id = {text})"
    ));
    let sql = format!("SELECT id FROM identities {} ORDER BY updated_at DESC, id DESC LIMIT 100", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(crate::Row::take).collect()
}

/// The groups that have this address: `plain` text, in a list of JSON.
pub(crate) async fn groups_with_email(tx: &mut Tx, email: &str, json: &str) -> Result<Vec<IdentityGroupId>, Error> {
    let word = Word { text: whole(EMAIL, email), prefix: false };
    let query = Grammar::of(tx.backend()).word(&word);
    let found = entries(tx, &query, i64::MAX, MEMBERS_MAX).await?.into_iter().map(|(_, id)| id);
    let mut some: Vec<IdentityId> = people_index::waiting(tx).await?.into_iter().chain(found).collect();
    some.sort();
    some.dedup();
    let mut groups = Vec::new();
    for some in some.chunks(TOGETHER) {
        let told = told_of(tx, &Scope::All, some).await?;
        let with = told.into_iter().filter(|t| plain(&t.emails).contains(json));
        groups.extend(with.filter_map(|told| told.group));
    }
    groups.sort();
    groups.dedup();
    Ok(groups)
}

/// How many identities are looked at that one address is said of.
const MEMBERS_MAX: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_parted() {
        let ann = plain("Ann Élan | +33 6 12 34 56 78 |  | a-1").into_owned();
        for found in ["+33612345678", "06 12 34 56 78", "élan 0612345678", "0612", "06 12", "+33 6", "a-1", "ann"] {
            assert!(Wanted::of(found).is_in(&ann), "{found}");
        }
        for other in ["07 12 34 56 78", "0612345679", "ann 99", "bob 0612345678"] {
            assert!(!Wanted::of(other).is_in(&ann), "{other}");
        }
        // Whom nobody has named is found by what screens in French call them, too.
        let nameless = plain("  | Visitor b7k2mx").into_owned();
        for found in ["Visitor b7k2mx", "visiteur b7k2mx", "Visiteur b7k", "visite b7", "visiteur"] {
            assert!(Wanted::of(found).is_in(&nameless), "{found}");
        }
        assert!(!Wanted::of("visiteurs b7k2mx").is_in(&nameless) && !Wanted::of("visiteur b7k2mz").is_in(&nameless));
        assert!(Wanted::of("visiteur").is_in("marc visiteur"));
        // What looks like a number is also found as it stands.
        assert!(Wanted::of("000").is_in("order 000"));
        assert!(Wanted::of("12 b").is_in("b 12"));
    }
}
