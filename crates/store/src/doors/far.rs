//! Far pages of lists. To skip to one means to count off all that stands before it. Whoever reads a list to its end would have
//! that done for each page: so for some seconds it is known where pages began and ended. The same page begins there again, and the
//! one behind goes on from there. What comes in
//! or goes meanwhile at the beginning of the list moves nothing then: nobody is left out, and nobody comes twice.

use std::time::Instant;

use super::places::Place;
use super::tx::Tx;
use crate::{Filter, Page, Table, Value};

/// The columns of which no two rows of a list have the same value.
const UNIQUE: [&str; 3] = ["id", "position", "ordinal"];

/// A far page on its way.
pub(crate) struct Far {
    list: String,
    page: Page,
    columns: Vec<String>,
    descending: bool,
    from: Option<Place>,
}

impl Far {
    /// A page of the list that has this name, in an order of columns parted by commas. None where neither the page nor the one
    /// behind it is far, the columns go different ways, or several rows may have one place.
    pub(crate) fn of(tx: &Tx, list: String, order: &str, page: Page) -> Option<Self> {
        if !page.behind().is_far() {
            return None;
        }
        let parts: Vec<&str> = order.split(", ").map(|part| part.trim_start_matches('+')).collect();
        if !parts.last().is_some_and(|last| UNIQUE.contains(&last.strip_suffix(" DESC").unwrap_or(last))) {
            return None;
        }
        let names = parts.iter().map(|part| part.strip_suffix(" DESC").unwrap_or(part).to_owned()).collect();
        let descending = parts.iter().filter(|part| part.ends_with(" DESC")).count();
        if descending != 0 && descending != parts.len() {
            return None;
        }
        let list = format!("{order} {list}");
        let from = if page.is_far() { tx.places().at(&list, page.offset) } else { None };
        Some(Self { list, page, columns: names, descending: descending > 0, from })
    }

    /// The page as it is counted from where the one before it ended, when that is known.
    pub(crate) fn left(&self) -> Option<Page> {
        self.from.as_ref().map(|_| Page { offset: 0, limit: self.page.limit })
    }

    /// Whether it is known where a page begins: it goes on from there, even where fewer are left than stood before it.
    pub(crate) fn is_known(far: Option<&Self>) -> bool {
        far.is_some_and(|far| far.from.is_some())
    }

    /// Has a filter go on behind the known place: what stood there may be elsewhere by now.
    pub(crate) fn go_on(&self, filter: &mut Filter) {
        let Some(from) = &self.from else { return };
        let key: Vec<String> = from.key.iter().map(|value| filter.bind(value.clone())).collect();
        let (than, with) = (if self.descending { "<" } else { ">" }, if from.with { "=" } else { "" });
        filter.and(&format!("({}) {than}{with} ({})", self.columns.join(", "), key.join(", ")));
    }

    /// Notes where the page began and ended.
    pub(crate) fn note<T: Table>(self, tx: &Tx, records: &[T]) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return };
        let born = self.from.as_ref().map_or_else(Instant::now, |from| from.born);
        let end = self.page.offset + i64::try_from(records.len()).unwrap_or(0);
        for (offset, record, with) in [(self.page.offset, first, true), (end, last, false)] {
            if let Some(key) = self.key(record) {
                tx.places().keep(self.list.clone(), Place { offset, key, with, born }, self.descending);
            }
        }
    }

    /// What a row has in the columns that give the order.
    fn key<T: Table>(&self, record: &T) -> Option<Vec<Value>> {
        let names: Vec<&str> = T::COLUMNS.split(", ").collect();
        let mut values = record.values();
        let key = self.columns.iter().map(|name| {
            let at = names.iter().position(|known| known == name)?;
            Some(std::mem::replace(values.get_mut(at)?, Value::Null))
        });
        key.collect()
    }
}
