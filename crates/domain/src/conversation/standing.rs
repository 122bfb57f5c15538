//! What acts of the console touch of a thread, laid side by side: so that what an act has changed is known, and whether it
//! still stands as the act has left it.

use std::collections::BTreeMap;

use model::{ContentId, InterventionStatus, UserId};
use serde_json::{Map, Value, json};
use store::intervention::{self as cases, Intervention};
use store::thread::Thread;
use store::{Tx, act};

use crate::base::Result;

/// The whole thread is locked.
pub(super) const CLOSED: &str = "closed";
/// The categories set on the thread itself.
pub(super) const CATEGORIES: &str = "categories";
/// The tags set on it.
pub(super) const TAGS: &str = "tags";
/// Which bot has given it to people.
pub(super) const HANDED_OVER: &str = "handed_over_by";
/// Before the id of a case: who has it, where it stands, until when, with which categories.
pub(super) const CASE: &str = "case:";
/// Before the id of a content: where it stands, and under which case.
pub(super) const CONTENT: &str = "content:";

/// How a thread stands.
pub(super) struct Standing {
    /// Each field with its value; what there is not has none.
    pub(super) fields: BTreeMap<String, Value>,
    /// Its cases.
    pub(super) cases: Vec<Intervention>,
    /// What comes into the thread from now on has greater ordinals.
    ordinal: i64,
}

impl Standing {
    /// How a held thread stands now, as far as an act may change it; `named` are further fields that are looked at.
    pub(super) async fn of<'n>(tx: &mut Tx, thread: &Thread, named: impl Iterator<Item = &'n str>) -> Result<Self> {
        let cases = cases::of_thread(tx, &thread.id).await?;
        let mut fields = BTreeMap::from([
            (CLOSED.to_owned(), json!(thread.closed)),
            (CATEGORIES.to_owned(), json!(thread.thread_category_ids.0)),
            (TAGS.to_owned(), json!(thread.tag_ids.0)),
            (HANDED_OVER.to_owned(), json!(thread.handed_over_by)),
        ]);
        for case in &cases {
            fields.insert(format!("{CASE}{}", case.id), core(case));
        }
        let mut add = |(id, status, case): act::Stood| {
            fields.insert(format!("{CONTENT}{id}"), json!({"status": status, "intervention_id": case}))
        };
        for one in act::contents(tx, &thread.id).await? {
            add(one);
        }
        let named = named.filter_map(|name| ContentId::parse(name.strip_prefix(CONTENT)?)).collect::<Vec<_>>();
        for one in act::contents_named(tx, &named).await? {
            add(one);
        }
        Ok(Self { fields, cases, ordinal: thread.last_ordinal })
    }

    /// A field; null for what there is not.
    pub(super) fn get(&self, field: &str) -> Value {
        self.fields.get(field).cloned().unwrap_or_default()
    }

    /// Its open and deferred cases.
    pub(super) fn open(&self) -> impl Iterator<Item = &Intervention> {
        self.cases.iter().filter(|case| case.is_open())
    }

    /// What of it is otherwise than it was, as it was and as it is; none where nothing is.
    pub(super) fn changes(&self, before: &Self) -> Option<(Value, Value)> {
        let all = before.fields.keys().chain(self.fields.keys().filter(|name| !before.fields.contains_key(*name)));
        let touched: Vec<&String> = all.filter(|name| before.get(name) != self.get(name)).collect();
        // What comes in cannot be taken back.
        let touched: Vec<_> = touched.into_iter().filter(|name| !(is_content(name) && is_null(before, name))).collect();
        if touched.is_empty() {
            return None;
        }
        let of = |side: &Self| touched.iter().map(|name| ((*name).clone(), side.get(name))).collect::<Map<_, _>>();
        let is_touched = |case: &&Intervention| touched.iter().any(|name| **name == format!("{CASE}{}", case.id));
        let rows: Map<String, Value> =
            before.cases.iter().filter(is_touched).map(|case| (case.id.to_string(), act::frozen(case))).collect();
        let replies: Map<String, Value> =
            self.cases.iter().map(|case| (case.id.to_string(), json!(case.user_replies_count))).collect();
        let open: Vec<_> = self.open().map(|case| &case.id).collect();
        Some((
            json!({"fields": of(before), "rows": rows}),
            json!({"fields": of(self), "replies": replies, "open": open, "ordinal": self.ordinal}),
        ))
    }
}

fn is_content(name: &str) -> bool {
    name.starts_with(CONTENT)
}

fn is_null(standing: &Standing, name: &str) -> bool {
    standing.get(name).is_null()
}

/// What acts change of a case.
fn core(case: &Intervention) -> Value {
    json!({
        "user_id": case.user_id,
        "status": case.status,
        "deferred_at": case.deferred_at.map(model::Timestamp::millis),
        "category_ids": case.category_ids.0,
    })
}

/// Who has a case and where it stands, of its field: what its customer's word can bring back.
pub(super) fn stands(case: &Value) -> (&Value, &Value, &Value) {
    (&case["user_id"], &case["status"], &case["deferred_at"])
}

/// Whether the field of a case is that of an open or deferred one.
pub(super) fn is_open(case: &Value) -> bool {
    case["status"].as_str().is_some_and(|status| status != InterventionStatus::Closed.as_str())
}

/// Who has a case, of its field.
pub(super) fn holder(case: &Value) -> Option<UserId> {
    case["user_id"].as_str().and_then(UserId::parse)
}
