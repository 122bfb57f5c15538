//! Which sources a query may see. Every list and find outside the worker takes one.

use model::SourceId;

use crate::{Field, Value, placeholders};

/// The sources that a user may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them, those made later too.
    All,
    /// Just these.
    Sources(Vec<SourceId>),
}

impl Scope {
    /// Whether a source is within the scope.
    #[must_use]
    pub fn allows(&self, source: &SourceId) -> bool {
        match self {
            Self::All => true,
            Self::Sources(ids) => ids.contains(source),
        }
    }

    /// A condition on `column`; its values are added to `params`.
    #[must_use]
    pub fn condition(&self, column: &str, params: &mut Vec<Value>) -> String {
        match self {
            Self::All => "TRUE".into(),
            Self::Sources(ids) if ids.is_empty() => "FALSE".into(),
            Self::Sources(ids) => {
                let list = placeholders(params.len() + 1, ids.len());
                params.extend(ids.iter().map(Field::to_value));
                format!("{column} IN ({list})")
            }
        }
    }
}

/// Conditions joined by AND, with their parameters; grows as filters are added.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    conditions: Vec<String>,
    /// The values of the placeholders, in order.
    pub params: Vec<Value>,
}

impl Filter {
    /// A filter that lets everything within the scope through.
    #[must_use]
    pub fn scoped(scope: &Scope, column: &str) -> Self {
        let mut filter = Self::default();
        if *scope != Scope::All {
            let condition = scope.condition(column, &mut filter.params);
            filter.conditions.push(condition);
        }
        filter
    }

    /// Adds a condition without a value.
    pub fn and(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds `condition` with each `?` standing for `value`.
    pub fn and_value(&mut self, condition: &str, value: &impl Field) {
        debug_assert!(!condition.contains("?1"), "numbered already: {condition}");
        self.params.push(value.to_value());
        self.conditions.push(condition.replace('?', &format!("?{}", self.params.len())));
    }

    /// Adds the condition when there is a value.
    pub fn and_some(&mut self, condition: &str, value: Option<&impl Field>) {
        if let Some(value) = value {
            self.and_value(condition, value);
        }
    }

    /// Adds `column IN (…)`, which nothing passes when the list is empty.
    pub fn and_in<T: Field>(&mut self, column: &str, values: &[T]) {
        if values.is_empty() {
            return self.and("FALSE");
        }
        let list = placeholders(self.params.len() + 1, values.len());
        self.params.extend(values.iter().map(Field::to_value));
        self.conditions.push(format!("{column} IN ({list})"));
    }

    /// Adds `condition` with its `…` standing for `values`.
    pub fn and_in_select<T: Field>(&mut self, condition: &str, values: &[T]) {
        let list = placeholders(self.params.len() + 1, values.len());
        self.params.extend(values.iter().map(Field::to_value));
        self.conditions.push(condition.replace('…', &list));
    }

    /// The placeholder of a value that a condition is made with.
    pub fn bind(&mut self, value: Value) -> String {
        self.params.push(value);
        format!("?{}", self.params.len())
    }

    /// The placeholders of some values, parted by commas; NULL for none, which nothing equals.
    pub fn bind_all<T: Field>(&mut self, values: &[T]) -> String {
        if values.is_empty() {
            return "NULL".into();
        }
        let list = placeholders(self.params.len() + 1, values.len());
        self.params.extend(values.iter().map(Field::to_value));
        list
    }

    /// `LIMIT … OFFSET …` of a window. Where nothing else is given, that of a first page is written out: PostgreSQL keeps the plan of
    /// a statement without parameters, and makes others anew as long as their numbers could make them cheaper.
    pub(crate) fn window(&mut self, page: Page) -> String {
        if self.params.is_empty() && page.offset == 0 {
            return format!("LIMIT {}", page.limit);
        }
        let limit = self.bind(Value::Int(page.limit));
        format!("LIMIT {limit} OFFSET {}", self.bind(Value::Int(page.offset)))
    }

    /// The conditions joined by AND; TRUE for none.
    #[must_use]
    pub fn all(&self) -> String {
        if self.conditions.is_empty() { "TRUE".into() } else { self.conditions.join(" AND ") }
    }

    /// `WHERE …`, or nothing.
    #[must_use]
    pub fn clause(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }
}

/// From so many records to skip on, keys alone are skipped.
const FAR: i64 = 300;

/// A window of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many records to skip.
    pub offset: i64,
    /// How many records to give at the most.
    pub limit: i64,
}

impl Page {
    /// The same rows of `count` as a window from the end of the list, of which the order is turned round, where that is
    /// nearer.
    pub(crate) fn counted_from_nearer_end(self, count: i64) -> Option<Self> {
        let limit = self.limit.min(count - self.offset).max(0);
        let behind = count - self.offset - limit;
        (self.is_far() && behind >= 0 && behind < self.offset).then_some(Self { offset: behind, limit })
    }

    /// The page behind this one.
    pub(crate) fn behind(self) -> Self {
        Self { offset: self.offset.saturating_add(self.limit), limit: self.limit }
    }

    /// Whether so much is skipped that rows should not be read for it.
    pub(crate) fn is_far(self) -> bool {
        self.offset >= FAR
    }

    /// The window of a list that is known as a whole.
    #[must_use]
    pub fn of<T>(self, all: Vec<T>) -> Listed<T> {
        let from = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        Listed { count, records: all.into_iter().skip(from(self.offset)).take(from(self.limit)).collect() }
    }
}

/// One window of a list with the size of the whole.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// How many records there are in all.
    pub count: i64,
    /// Those of the window.
    pub records: Vec<T>,
}
