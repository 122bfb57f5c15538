//! Rows as structs: one declaration gives the struct, its columns, and its insert and update statements.

use crate::{Error, Field, Row, Value};

/// A struct that mirrors one table. The first column is the key.
pub trait Table: Sized + Send {
    /// The table's name.
    const TABLE: &'static str;
    /// The columns in order, parted by commas.
    const COLUMNS: &'static str;
    /// How many columns there are.
    const WIDTH: usize;
    /// What PostgreSQL calls their types.
    const KINDS: &'static [&'static str];
    /// Reads one row of `COLUMNS`.
    ///
    /// # Errors
    /// When a column has another type or form.
    fn from_row(row: &mut Row) -> Result<Self, Error>;
    /// The values of `COLUMNS`.
    fn values(&self) -> Vec<Value>;
    /// `INSERT INTO … VALUES …`
    fn insert_sql() -> &'static str;
    /// `UPDATE … SET … WHERE key = ?1`
    fn update_sql() -> &'static str;
    /// `SELECT … FROM …`
    fn select_sql() -> &'static str;
    /// The column of the key.
    #[must_use]
    fn key() -> &'static str {
        Self::COLUMNS.split(',').next().unwrap_or("id")
    }
}

/// Declares a struct that mirrors a table: `table! { pub struct Tag in "tags" { id: TagId, name: String } }`.
#[macro_export]
macro_rules! table {
    ($(#[$meta:meta])* pub struct $name:ident in $table:literal {
        $(#[$kmeta:meta])* $key:ident : $kty:ty $(, $(#[$fmeta:meta])* $field:ident : $ty:ty)* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(#[$kmeta])* pub $key: $kty,
            $($(#[$fmeta])* pub $field: $ty),*
        }

        impl $crate::Table for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str = concat!(stringify!($key) $(, ", ", stringify!($field))*);
            const WIDTH: usize = [stringify!($key) $(, stringify!($field))*].len();
            const KINDS: &'static [&'static str] =
                &[<$kty as $crate::Field>::KIND $(, <$ty as $crate::Field>::KIND)*];

            fn from_row(row: &mut $crate::Row) -> Result<Self, $crate::Error> {
                Ok(Self { $key: row.take()? $(, $field: row.take()?)* })
            }

            fn values(&self) -> Vec<$crate::Value> {
                vec![$crate::Field::to_value(&self.$key) $(, $crate::Field::to_value(&self.$field))*]
            }

            fn insert_sql() -> &'static str {
                static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                SQL.get_or_init(|| $crate::insert_sql(Self::TABLE, Self::COLUMNS, Self::WIDTH))
            }

            fn update_sql() -> &'static str {
                static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                SQL.get_or_init(|| $crate::update_sql(Self::TABLE, Self::COLUMNS))
            }

            fn select_sql() -> &'static str {
                concat!("SELECT ", stringify!($key) $(, ", ", stringify!($field))*, " FROM ", $table)
            }
        }
    };
}

#[doc(hidden)]
#[must_use]
pub fn insert_sql(table: &str, columns: &str, width: usize) -> String {
    format!("INSERT INTO {table} ({columns}) VALUES ({})", placeholders(1, width))
}

#[doc(hidden)]
#[must_use]
pub fn update_sql(table: &str, columns: &str) -> String {
    let mut names = columns.split(", ").enumerate();
    let key = names.next().map_or("id", |(_, name)| name);
    let sets: Vec<String> = names.map(|(i, name)| format!("{name} = ?{}", i + 1)).collect();
    format!("UPDATE {table} SET {} WHERE {key} = ?1", sets.join(", "))
}

/// A row of the table for each place of these lists, one list a column (PostgreSQL).
pub(crate) fn lists<T: Table>() -> String {
    let lists: Vec<String> = T::KINDS.iter().enumerate().map(|(at, kind)| format!("?{}::{kind}[]", at + 1)).collect();
    format!("unnest({}) AS e ({})", lists.join(", "), T::COLUMNS)
}

/// What `one` finds for each text of the JSON list in `?1`, which is `e.id` there (PostgreSQL): a look into an index for
/// each, however little the database knows of a young table.
pub(crate) fn for_each(columns: &str, one: &str) -> String {
    let list = "json_array_elements_text(CAST(CAST(?1 AS TEXT) AS json)) AS e (id)";
    format!("SELECT {columns} FROM {list} CROSS JOIN LATERAL ({one}) AS found")
}

/// The values of rows, a list for each column.
pub(crate) fn columns<T: Table>(rows: &[T]) -> Vec<Vec<Value>> {
    let mut columns = vec![Vec::with_capacity(rows.len()); T::WIDTH];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row.values()) {
            column.push(value);
        }
    }
    columns
}

/// The placeholders of some values, from `?1` on, and the values. One text, and so one prepared statement, for many numbers
/// of values: the last one stands for those that are missing.
pub(crate) fn padded<T: Field>(values: &[T]) -> (String, Vec<Value>) {
    let count = values.len();
    let width = if count > 1024 { count } else { count.next_power_of_two() };
    let all = values.iter().chain(std::iter::repeat_n(values.last(), width).flatten()).take(width);
    (placeholders(1, width), all.map(Field::to_value).collect())
}

/// `?from, ?from+1, …`: `count` placeholders.
#[must_use]
pub fn placeholders(from: usize, count: usize) -> String {
    (from..from + count).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ")
}
