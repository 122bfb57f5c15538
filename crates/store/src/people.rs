//! Finding customers by parts of what is known of them, told from the texts here and not by the database: the two
//! differ in what they know of case and accents.

use model::IdentityId;
use unicode_normalization::UnicodeNormalization;

use crate::identity::{Identity, by_ids, nameless, within};
use crate::search::fold;
use crate::{Error, Filter, Page, Scope, Tx, Value};

/// In how many identities parts are looked for: those that changed last. The first of them are gathered on their own,
/// as most searches end there.
const LOOKED_AT: [Page; 2] = [Page { offset: 0, limit: 1_000 }, Page { offset: 1_000, limit: 19_000 }];

/// What is searched of an identity and of its person.
const TEXTS: &str = "COALESCE(i.firstname, '') || ' ' || COALESCE(i.lastname, '') || ' ' || \
     COALESCE(i.screenname, '') || ' ' || COALESCE(i.company, '') || ' ' || COALESCE(i.email, '') || ' ' || \
     COALESCE(i.home_phone, '') || ' ' || COALESCE(i.mobile_phone, '') || ' ' || COALESCE(i.uuid, '') || ' ' || \
     COALESCE(g.firstname, '') || ' ' || COALESCE(g.lastname, '') || ' ' || COALESCE(g.company, '') || ' ' || \
     COALESCE(g.emails, '') || ' ' || COALESCE(g.home_phones, '') || ' ' || COALESCE(g.mobile_phones, '')";

/// Whether an identity has no name: it is found by what [`Identity::display_name`] calls it.
const NAMELESS: &str =
    "COALESCE(i.firstname, '') || COALESCE(i.lastname, '') || COALESCE(i.screenname, i.email, '') = ''";

/// Customers of whom every word of a text is said, as a part of a name, an address, a phone or the company's own id,
/// in whatever case and with whatever accents; among the 20,000 identities that changed last. Before them, whoever has
/// just this text as the id on the other side or as the company's own. Those that changed last come first.
///
/// # Errors
/// As the database says.
pub async fn search(tx: &mut Tx, scope: &Scope, text: &str, limit: usize) -> Result<Vec<Identity>, Error> {
    let mut ids = exactly(tx, scope, text).await?;
    let words: Vec<String> = text.split_whitespace().map(plain).collect();
    for page in LOOKED_AT {
        if ids.len() >= limit {
            break;
        }
        for (id, texts) in texts(tx, scope, page).await? {
            let texts = plain(&texts);
            if words.iter().all(|word| texts.contains(word)) && !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids.truncate(limit);
    let mut found = by_ids(tx, &ids).await?;
    found.sort_by_key(|identity| ids.iter().position(|id| *id == identity.id));
    Ok(found)
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

/// The groups with an address that is not all ASCII and, folded, holds `wanted`: [`plain`] text. Few have one.
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

/// A text in lower case and without accents; what is neither a letter nor a digit stays as it is.
pub(crate) fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed: String = text.nfkc().collect();
    let mut plain = String::with_capacity(composed.len());
    for piece in composed.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        // It parts characters that are written without spaces.
        plain.extend(fold(word).chars().filter(|c| *c != ' '));
        plain.push_str(&piece[word.len()..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_case_and_accents_and_the_rest_stays() {
        for (text, expected) in [
            ("O'Hara_100%", "o'hara_100%"),
            ("\u{c9}lodie  D\u{fc}rr", "elodie  durr"),
            ("E\u{301}lodie@Shop.test", "elodie@shop.test"),
            ("\u{41e}\u{41b}\u{42c}\u{413}\u{410}", "\u{43e}\u{43b}\u{44c}\u{433}\u{430}"),
            ("\u{6771}\u{4eac}", "\u{6771}\u{4eac}"),
            ("Stra\u{df}e+33", "strasse+33"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
