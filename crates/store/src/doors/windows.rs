//! Windows of lists, with how many there are in all.

use std::time::Instant;

use super::far::Far;
use super::tx::Tx;
use crate::{Error, Filter, Listed, Page, Row, Table, Value};

impl Tx {
    /// Lists one window of a table: the rows that pass the filter, in the given order.
    pub async fn list<T: Table>(&mut self, filter: Filter, order: &str, page: Page) -> Result<Listed<T>, Error> {
        let mut windowed = filter.clone();
        let window = format!("{} ORDER BY {order} {}", filter.clause(), windowed.window(page));
        let counted = format!("SELECT COUNT(*) FROM {} {}", T::TABLE, filter.clause());
        let list = || format!("{} {} {:?}", T::TABLE, filter.clause(), filter.params);
        let far = if page.behind().is_far() { Far::of(self, list(), order, page) } else { None };
        if page.is_far() {
            let exact = !Far::is_known(far.as_ref());
            let count = self.count_as(exact, &counted, filter.params.clone()).await?;
            return self.list_counted(count, filter, order, page).await;
        }
        let asked = format!("{counted} {:?}", filter.params);
        if let Some(count) = self.counts().large(&asked) {
            let records = self.select(&window, windowed.params).await?;
            if let Some(far) = far {
                far.note(self, &records);
            }
            return Ok(Listed { count, records });
        }
        let rows = format!("{} {window}", T::select_sql());
        let began = Instant::now();
        let [mut count, mut rows] = self.both([(counted, filter.params), (rows, windowed.params)]).await?;
        let count = count.first_mut().map_or(Ok(0), Row::take)?;
        self.counts().keep(asked, count, began.elapsed());
        let records: Vec<T> = rows.iter_mut().map(T::from_row).collect::<Result<_, _>>()?;
        if let Some(far) = far {
            far.note(self, &records);
        }
        Ok(Listed { count, records })
    }

    /// A number of rows: `exact` for a page that is counted off.
    pub(crate) async fn count_as(&mut self, exact: bool, sql: &str, params: Vec<Value>) -> Result<i64, Error> {
        if exact { self.number(sql, params).await } else { self.large_count(sql, params).await }
    }

    /// A number of rows; where it is large, it may be some seconds old.
    pub(crate) async fn large_count(&mut self, sql: &str, params: Vec<Value>) -> Result<i64, Error> {
        let asked = format!("{sql} {params:?}");
        if let Some(count) = self.counts().large(&asked) {
            return Ok(count);
        }
        let began = Instant::now();
        let count = self.number(sql, params).await?;
        self.counts().keep(asked, count, began.elapsed());
        Ok(count)
    }

    /// Lists one window of a table whose rows that pass the filter have been counted.
    pub(crate) async fn list_counted<T: Table>(
        &mut self,
        count: i64,
        filter: Filter,
        order: &str,
        page: Page,
    ) -> Result<Listed<T>, Error> {
        self.list_by(count, filter, "", order, page).await
    }

    /// The same by the way that a `hint` right after the table's name says.
    pub(crate) async fn list_by<T: Table>(
        &mut self,
        count: i64,
        mut filter: Filter,
        hint: &str,
        order: &str,
        page: Page,
    ) -> Result<Listed<T>, Error> {
        let list = format!("{} {} {:?}", T::TABLE, filter.clause(), filter.params);
        let far = Far::of(self, list, order, page);
        if count <= page.offset && !Far::is_known(far.as_ref()) {
            return Ok(Listed { count, records: Vec::new() });
        }
        let Some(far) = far else {
            let clause = filter.clause();
            let sql = format!("{hint} {clause} ORDER BY {order} {}", filter.window(page));
            return Ok(Listed { count, records: self.select(&sql, filter.params).await? });
        };
        far.go_on(&mut filter);
        // What is skipped is not read, and skipped from the nearer end.
        let nearer = || counted_from_nearer_end(count, order, page);
        let (by, near) = far.left().map_or_else(nearer, |left| (order.to_owned(), left));
        let (table, key, clause, window) = (T::TABLE, T::key(), filter.clause(), filter.window(near));
        let these = format!("SELECT {key} FROM {table} {hint} {clause} ORDER BY {by} {window}");
        let sql = format!("WHERE {key} IN ({these}) ORDER BY {order}");
        let records = self.select(&sql, filter.params).await?;
        far.note(self, &records);
        Ok(Listed { count, records })
    }
}

/// The window from the nearer end of a list, with its order; `order` has columns parted by commas, each with `DESC` or
/// nothing.
pub(crate) fn counted_from_nearer_end(count: i64, order: &str, page: Page) -> (String, Page) {
    let Some(near) = page.counted_from_nearer_end(count) else { return (order.to_owned(), page) };
    let turned = order.split(", ").map(|column| match column.strip_suffix(" DESC") {
        Some(column) => column.to_owned(),
        None => format!("{column} DESC"),
    });
    (turned.collect::<Vec<_>>().join(", "), near)
}
