//! Time sheets: the business hours of a desk.

use model::{SourceId, TimeSheetId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::source::Source;
use crate::{Error, Json, Tx, params, table};

table! {
    /// A week of opening hours with holidays.
    pub struct TimeSheet in "time_sheets" {
        /// Its id.
        id: TimeSheetId,
        /// Its name.
        label: String,
        /// In use.
        active: bool,
        /// Time zone, by its IANA name; none for the domain's.
        timezone: Option<String>,
        /// The hours from Monday to Sunday, each as `begin-end,begin-end` in seconds since midnight.
        hours: Json<[String; 7]>,
        /// The days on which it stays closed.
        holidays: Json<Vec<Holiday>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// A day on which a desk stays closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// Its date, `2026-12-25`.
    pub date: String,
}

/// Finds a time sheet.
pub async fn find(tx: &mut Tx, id: &TimeSheetId) -> Result<Option<TimeSheet>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Every time sheet, those in use first, then by name.
pub async fn all(tx: &mut Tx) -> Result<Vec<TimeSheet>, Error> {
    tx.select("ORDER BY active DESC, label, id", Vec::new()).await
}

/// The sources that use a time sheet: the setting that holds it is the source's.
pub async fn sources(tx: &mut Tx, id: &TimeSheetId) -> Result<Vec<SourceId>, Error> {
    let sources: Vec<Source> = crate::source::all(tx).await?;
    Ok(sources.into_iter().filter(|s| of_source(s).as_ref() == Some(id)).map(|s| s.id).collect())
}

/// The time sheet of a source, when it has one of its own.
#[must_use]
pub fn of_source(source: &Source) -> Option<TimeSheetId> {
    source.settings.get("time_sheet_ids")?.as_array()?.iter().find_map(|id| TimeSheetId::parse(id.as_str()?))
}
