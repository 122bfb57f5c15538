//! The business hours of sources as they were at each entry of the journal: what is counted anew later must come out the
//! same, whatever has been changed since.

use std::collections::HashMap;

use model::{EventType, SourceId, Timestamp};
use rules::Calendar;
use store::journal::Entry;
use store::{Tx, source, statistics};

use crate::base::Result;
use crate::setup::time_sheet;

/// The hours of some sources: from which entry on, and which.
#[derive(Default)]
pub(super) struct BusinessTime(HashMap<SourceId, Vec<(i64, Calendar)>>);

impl BusinessTime {
    /// The hours of the sources that some entries are on. Those of a source that is met for the first time, and what the
    /// administration has changed, are written down.
    pub(super) async fn at(tx: &mut Tx, entries: &[Entry]) -> Result<Self> {
        if let Some(changed) = entries.iter().rfind(|entry| may_change(entry)) {
            for source in statistics::sources_with_hours(tx).await? {
                note(tx, &source, changed.position).await?;
            }
        }
        let mut known = Self::default();
        for entry in entries {
            let Some(source) = entry.source_id.as_ref().filter(|source| !known.0.contains_key(source)) else {
                continue;
            };
            let mut told = statistics::hours(tx, source).await?;
            if told.is_empty() {
                note(tx, source, entry.position).await?;
                told = statistics::hours(tx, source).await?;
            }
            let read = told.into_iter().filter_map(|(from, text)| Some((from, Calendar::from_text(&text)?)));
            known.0.insert(source.clone(), read.collect());
        }
        Ok(known)
    }

    /// How many seconds a source was open between two times, by the hours that it had at an entry.
    pub(super) fn between(&self, source: &SourceId, position: i64, from: Timestamp, to: Timestamp) -> i64 {
        let Some(all) = self.0.get(source) else { return 0 };
        let then = all.iter().rfind(|(since, _)| *since <= position).or(all.first());
        then.map_or(0, |(_, calendar)| calendar.between(from, to).max(0) / 1000)
    }
}

/// Whether the hours of sources may be other ones after an entry.
fn may_change(entry: &Entry) -> bool {
    let kinds = ["time_sheet", "content_source", "settings"];
    entry.kind == EventType::AdministrationChanged && kinds.contains(&entry.resource_kind.as_str())
}

/// Writes down the hours of a source from an entry on, where they are not those before, and nothing is known of later.
async fn note(tx: &mut Tx, source: &SourceId, position: i64) -> Result<()> {
    let Some(source) = source::find(tx, source).await? else { return Ok(()) };
    let told = statistics::hours(tx, &source.id).await?;
    let now = time_sheet::calendar_of_source(tx, &source).await?.to_text();
    if told.last().is_none_or(|(from, last)| *from < position && *last != now) {
        statistics::keep_hours(tx, &source.id, position, &now).await?;
    }
    Ok(())
}
