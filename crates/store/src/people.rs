//! Finding customers by parts of what is known of them, told from the texts here and not by the database: the two
//! differ in what they know of case and accents.

use std::borrow::Cow;

use model::IdentityId;
use text::{Number, plain};

use crate::identity::{Identity, by_ids, nameless, within};
use crate::{Error, Filter, Page, Scope, Tx, Value};

/// In how many identities parts are looked for: those that changed last. The first of them are gathered on their own,
/// as most searches end there.
const LOOKED_AT: [Page; 2] = [Page { offset: 0, limit: 1_000 }, Page { offset: 1_000, limit: 19_000 }];

/// What is searched of an identity and of its person.
const TEXTS: &str = "COALESCE(i.firstname, '') || ' ' || COALESCE(i.lastname, '') || ' ' || \
     COALESCE(i.screenname, '') || ' ' || COALESCE(i.company, '') || ' ' || COALESCE(i.email, '') || ' | ' || \
     COALESCE(i.home_phone, '') || ' | ' || COALESCE(i.mobile_phone, '') || ' | ' || COALESCE(i.uuid, '') || ' ' || \
     COALESCE(g.firstname, '') || ' ' || COALESCE(g.lastname, '') || ' ' || COALESCE(g.company, '') || ' ' || \
     COALESCE(g.emails, '') || ' | ' || COALESCE(g.home_phones, '') || ' | ' || COALESCE(g.mobile_phones, '')";

/// Whether an identity has no name: it is found by what [`Identity::display_name`] calls it.
const NAMELESS: &str =
    "COALESCE(i.firstname, '') || COALESCE(i.lastname, '') || COALESCE(i.screenname, i.email, '') = ''";

/// Customers of whom every word of a text is said, as a part of a name, an address, a phone or the company's own id,
/// in whatever case and with whatever accents; a phone's digits however they are parted, with the country's code or
/// without; among the 20,000 identities that changed last. Before them, whoever has
/// just this text as the id on the other side or as the company's own. Those that changed last come first.
pub async fn search(tx: &mut Tx, scope: &Scope, text: &str, limit: usize) -> Result<Vec<Identity>, Error> {
    let mut ids = exactly(tx, scope, text).await?;
    let wanted = Wanted::of(text);
    for page in LOOKED_AT {
        if ids.len() >= limit {
            break;
        }
        for (id, texts) in texts(tx, scope, page).await? {
            if wanted.is_in(&plain(&texts)) && !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids.truncate(limit);
    let mut found = by_ids(tx, &ids).await?;
    found.sort_by_key(|identity| ids.iter().position(|id| *id == identity.id));
    Ok(found)
}

/// How many parts one number is written in at the most.
const PARTS_OF_A_NUMBER: usize = 15;

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

    fn is_in(&self, texts: &str) -> bool {
        let has = |word: &Cow<'_, str>| texts.contains(&**word);
        self.words.iter().all(has)
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

/// The customers of a window of all identities, the last change first, with what is searched of them.
async fn texts(tx: &mut Tx, scope: &Scope, page: Page) -> Result<Vec<(IdentityId, String)>, Error> {
    let mut filter = within(scope);
    filter.and("NOT controlled");
    let window = filter.window(page);
    let last = format!("SELECT * FROM identities ORDER BY updated_at DESC, id DESC {window}");
    let joined = "LEFT JOIN identity_groups g ON g.id = i.identity_group_id";
    let order = "ORDER BY i.updated_at DESC, i.id DESC";
    let sql = format!("SELECT i.id, {TEXTS}, {NAMELESS} FROM ({last}) AS i {joined} {} {order}", filter.clause());
    let mut found = Vec::new();
    for row in &mut tx.rows(&sql, filter.params).await? {
        let (id, mut texts): (IdentityId, String) = (row.take()?, row.take()?);
        if row.take()? {
            texts.push(' ');
            texts.push_str(&nameless(&id));
        }
        found.push((id, texts));
    }
    Ok(found)
}

/// The groups with an address that is not all ASCII and, folded, holds `wanted`: `plain` text. Few have one.
pub(crate) async fn groups_with_folded(tx: &mut Tx, wanted: &str) -> Result<Vec<model::IdentityGroupId>, Error> {
    let (bytes, all) = match tx.backend() {
        crate::Backend::Sqlite => ("LENGTH(CAST(emails AS BLOB))", "LENGTH(emails)"),
        crate::Backend::Postgres => ("OCTET_LENGTH(emails)", "CHAR_LENGTH(emails)"),
    };
    let sql = format!("SELECT id, emails FROM identity_groups WHERE {bytes} <> {all} LIMIT 20000");
    let mut found = Vec::new();
    for row in &mut tx.rows(&sql, Filter::default().params).await? {
        let (id, emails): (_, String) = (row.take()?, row.take()?);
        if plain(&emails).contains(wanted) {
            found.push(id);
        }
    }
    found.truncate(500);
    Ok(found)
}

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
        // What looks like a number is also found as it stands.
        assert!(Wanted::of("000").is_in("order 000"));
        assert!(Wanted::of("12 b").is_in("b 12"));
    }
}
