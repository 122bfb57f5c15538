//! Time sheets: business hours, and which of them hold where.
//!
//! A source that has a time sheet in use keeps its hours. All else keeps the domain's: those of the first sheet in
//! use that no source has for its own, or, when there is none, nine to six from Monday to Friday.
//! Which sheet a source has is the source's setting `time_sheet_ids`: there is one place where it is written.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{SourceId, TimeSheetId, Timestamp};
use rules::holidays::{self, Region};
use rules::{Calendar, Hours};
use serde_json::json;
use store::source::{self, Source};
use store::time_sheet::{self, Holiday, TimeSheet};
use store::{Filter, Json, Listed, Page, Tx};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, checks::checked_timezone, note_change};
use crate::setup::settings::{self, Settings};

/// The names of the parameters that hold the hours of the weekdays.
pub const WEEK: [&str; 7] = [
    "monday_hours",
    "tuesday_hours",
    "wednesday_hours",
    "thursday_hours",
    "friday_hours",
    "saturday_hours",
    "sunday_hours",
];

/// Most holidays of a time sheet.
const HOLIDAYS: usize = 500;

/// A time sheet with the sources that have it for their own, and its time zone.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its row.
    pub sheet: TimeSheet,
    /// The sources that the actor may read, oldest first.
    pub source_ids: Vec<SourceId>,
    /// The time zone in which its hours are meant.
    pub timezone: String,
}

/// What is said of a time sheet; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct TimeSheetIn {
    /// Its name.
    pub label: Option<String>,
    /// In use.
    pub active: Option<bool>,
    /// Time zone, by its IANA name; empty for the domain's.
    pub timezone: Option<String>,
    /// The sources that have it for their own.
    pub source_ids: Option<Vec<SourceId>>,
    /// The country whose holidays it begins with.
    pub region: Option<String>,
    /// Name and date of each holiday.
    pub holidays: Option<Vec<(String, String)>>,
    /// The hours from Monday to Sunday; empty for a day that stays closed.
    pub hours: [Option<String>; 7],
}

/// Lists time sheets, those in use first, then by name.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Sheet>> {
    let listed: Listed<TimeSheet> = tx.list(Filter::default(), "active DESC, label, id", page).await?;
    let mut records = Vec::with_capacity(listed.records.len());
    for sheet in listed.records {
        records.push(complete(tx, actor, sheet).await?);
    }
    Ok(Listed { count: listed.count, records })
}

/// Finds a time sheet.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &TimeSheetId) -> Result<Sheet> {
    let sheet = time_sheet::find(tx, id).await?.ok_or(Error::NotFound("time sheet"))?;
    complete(tx, actor, sheet).await
}

/// Makes a time sheet.
///
/// # Errors
/// 422 without a label, or when a value is not acceptable or the label is taken.
pub async fn create(tx: &mut Tx, actor: &Actor, given: TimeSheetIn) -> Result<Sheet> {
    if given.label.is_none() {
        return Err(Error::missing("label"));
    }
    let now = tx.now();
    let mut sheet = TimeSheet {
        id: TimeSheetId::new(now),
        label: String::new(),
        active: true,
        timezone: None,
        hours: Json::default(),
        holidays: Json::default(),
        created_at: now,
        updated_at: now,
    };
    apply(tx, &mut sheet, &given).await?;
    tx.insert(&sheet).await.map_err(|e| Error::taken(e, "label"))?;
    if let Some(ids) = given.source_ids {
        give_to(tx, actor, &sheet.id, ids).await?;
    }
    note_change(tx, Some(actor), "time_sheet", sheet.id.as_str(), Change::Created);
    complete(tx, actor, sheet).await
}

/// Changes a time sheet.
///
/// # Errors
/// 404; 422 when a value is not acceptable or the label is taken.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &TimeSheetId, given: TimeSheetIn) -> Result<Sheet> {
    let mut sheet = time_sheet::find(tx, id).await?.ok_or(Error::NotFound("time sheet"))?;
    apply(tx, &mut sheet, &given).await?;
    sheet.updated_at = tx.now();
    tx.update(&sheet).await.map_err(|e| Error::taken(e, "label"))?;
    if let Some(ids) = given.source_ids {
        give_to(tx, actor, id, ids).await?;
    }
    note_change(tx, Some(actor), "time_sheet", id.as_str(), Change::Updated);
    complete(tx, actor, sheet).await
}

/// Removes a time sheet; its sources keep the domain's hours from now on. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &TimeSheetId) -> Result<Sheet> {
    let sheet = find(tx, actor, id).await?;
    for source in time_sheet::sources(tx, id).await? {
        set_sheet(tx, &source, None).await?;
    }
    tx.delete::<TimeSheet>(id.as_str()).await?;
    note_change(tx, Some(actor), "time_sheet", id.as_str(), Change::Deleted);
    Ok(sheet)
}

/// The business hours of the domain: what `6 business hours ago` means in a search.
pub async fn calendar(tx: &mut Tx) -> Result<Calendar> {
    let settings = settings::load(tx).await?;
    let owned: Vec<TimeSheetId> = source::all(tx).await?.iter().filter_map(time_sheet::of_source).collect();
    let sheets = time_sheet::all(tx).await?;
    let sheet = sheets.iter().find(|s| s.active && !owned.contains(&s.id));
    Ok(sheet.map_or_else(|| Calendar::usual(settings.zone()), |s| calendar_of(s, &settings)))
}

/// The business hours of a source: its own, else the domain's.
pub async fn calendar_of_source(tx: &mut Tx, source: &Source) -> Result<Calendar> {
    match own_calendar(tx, source).await? {
        Some(own) => Ok(own),
        None => calendar(tx).await,
    }
}

/// The business hours of a source's own; none when it has no time sheet in use.
pub async fn own_calendar(tx: &mut Tx, source: &Source) -> Result<Option<Calendar>> {
    let Some(id) = time_sheet::of_source(source) else { return Ok(None) };
    let Some(sheet) = time_sheet::find(tx, &id).await?.filter(|s| s.active) else { return Ok(None) };
    Ok(Some(calendar_of(&sheet, &settings::load(tx).await?)))
}

fn calendar_of(sheet: &TimeSheet, settings: &Settings) -> Calendar {
    let zone = sheet.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    // What is stored was checked when it was written.
    let week = sheet.hours.0.clone().map(|text| Hours::parse(&text).unwrap_or_default());
    let holidays = sheet.holidays.iter().filter_map(|h| h.date.parse::<Date>().ok());
    Calendar::new(zone.unwrap_or_else(|| settings.zone()), week, holidays)
}

async fn complete(tx: &mut Tx, actor: &Actor, sheet: TimeSheet) -> Result<Sheet> {
    let mut source_ids = time_sheet::sources(tx, &sheet.id).await?;
    source_ids.retain(|id| actor.scope().allows(id));
    let timezone = match &sheet.timezone {
        Some(name) => name.clone(),
        None => settings::TIMEZONE.now(tx).await?,
    };
    Ok(Sheet { sheet, source_ids, timezone })
}

async fn apply(tx: &mut Tx, sheet: &mut TimeSheet, given: &TimeSheetIn) -> Result<()> {
    if let Some(label) = &given.label {
        sheet.label = checked_name("label", label)?;
    }
    sheet.active = given.active.unwrap_or(sheet.active);
    if let Some(name) = &given.timezone {
        sheet.timezone = if name.is_empty() { None } else { Some(checked_timezone("timezone", name)?) };
    }
    for ((stored, text), field) in sheet.hours.iter_mut().zip(&given.hours).zip(WEEK) {
        if let Some(text) = text {
            *stored =
                Hours::parse(text).map_err(|e| Error::invalid(field, Reason::Hours.says(e.to_string())))?.to_string();
        }
    }
    let settings = settings::load(tx).await?;
    if let Some(region) = given.region.as_deref().filter(|r| !r.is_empty()) {
        let unknown = || Error::invalid("holidays_region", Fault::one_of(&["de", "es", "fr", "gb", "it", "nl", "us"]));
        let region = region.trim().to_lowercase().parse().map_err(|_| unknown())?;
        sheet.holidays = Json(of_region(region, &settings, tx.now()));
    }
    if let Some(holidays) = &given.holidays {
        let locale = settings.get(&settings::LOCALE);
        let read = holidays.iter().map(|(name, date)| holiday(name, date, &locale));
        let mut read: Vec<Holiday> = read.collect::<Result<_>>()?;
        // Beside those of a country, what is said adds to them.
        if given.region.as_deref().is_some_and(|r| !r.is_empty()) {
            read.extend(sheet.holidays.0.clone());
        }
        read.sort_by(|a, b| a.date.cmp(&b.date));
        read.dedup();
        if read.len() > HOLIDAYS {
            return Err(Error::invalid("holidays", Fault::too_many(HOLIDAYS)));
        }
        sheet.holidays = Json(read);
    }
    Ok(())
}

/// The holidays of a country in this year and the next.
fn of_region(region: Region, settings: &Settings, now: Timestamp) -> Vec<Holiday> {
    let instant = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default();
    let year = instant.to_zoned(settings.zone()).year();
    let holidays = (year..=year.saturating_add(1)).flat_map(|year| holidays::of(region, year));
    holidays.map(|(name, date)| Holiday { name: name.into(), date: date.to_string() }).collect()
}

fn holiday(name: &str, date: &str, locale: &str) -> Result<Holiday> {
    let name = checked_name("holidays", name)?;
    let date = read_date(date.trim(), locale);
    let date = date.ok_or_else(|| {
        Error::invalid(
            "holidays",
            Reason::Date.says(format!("has no date such as 2026-12-25 for {name:?}")).with("name", name.as_str()),
        )
    })?;
    Ok(Holiday { name, date: date.to_string() })
}

/// Reads a date: `2026-12-25` everywhere; `12/25/2026` where the domain's language is English, `25/12/2026` elsewhere
/// and in the English of other countries than the United States; with points or dashes for the strokes too.
fn read_date(text: &str, locale: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i16>().ok();
    let short = |text: &str| text.parse::<i8>().ok();
    if a.len() == 4 {
        return Date::new(number(a)?, short(b)?, short(c)?).ok();
    }
    if c.len() != 4 {
        return None;
    }
    let (language, region) = locale.split_once(['-', '_']).unwrap_or((locale, "US"));
    let month_first = language == "en" && region.eq_ignore_ascii_case("US") && text.contains('/');
    let (day, month) = if month_first { (b, a) } else { (a, b) };
    Date::new(number(c)?, short(month)?, short(day)?).ok()
}

/// Makes a time sheet the own one of just these sources, of those that the actor may read.
async fn give_to(tx: &mut Tx, actor: &Actor, id: &TimeSheetId, mut wanted: Vec<SourceId>) -> Result<()> {
    // Rows are locked in the order of their ids, so that two such changes cannot wait for each other.
    wanted.sort();
    wanted.dedup();
    let had = time_sheet::sources(tx, id).await?;
    let mut all: Vec<SourceId> = wanted.iter().chain(&had).cloned().collect();
    all.sort();
    all.dedup();
    for source in all {
        if !actor.scope().allows(&source) {
            if wanted.contains(&source) {
                return Err(Error::invalid("source_ids", Fault::names_unknown("a source")));
            }
            continue;
        }
        set_sheet(tx, &source, wanted.contains(&source).then_some(id)).await?;
    }
    Ok(())
}

async fn set_sheet(tx: &mut Tx, source: &SourceId, sheet: Option<&TimeSheetId>) -> Result<()> {
    let missing = || Error::invalid("source_ids", Fault::names_unknown("a source"));
    let mut source = source::find_locked(tx, source).await?.ok_or_else(missing)?;
    source.settings.insert("time_sheet_ids".into(), json!(sheet.into_iter().collect::<Vec<_>>()));
    source.updated_at = tx.now();
    Ok(tx.update(&source).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_the_locale_writes_them() {
        for (text, locale, date) in [
            ("2026-12-25", "en", Some("2026-12-25")),
            ("12/25/2026", "en", Some("2026-12-25")),
            ("25/12/2026", "fr", Some("2026-12-25")),
            ("25/12/2026", "en-GB", Some("2026-12-25")),
            ("25.12.2026", "de", Some("2026-12-25")),
            ("25-12-2026", "nl", Some("2026-12-25")),
            ("3/4/2026", "fr-FR", Some("2026-04-03")),
            ("25/12/2026", "en", None),
            ("2026-02-30", "en", None),
            ("25/12/26", "fr", None),
            ("christmas", "en", None),
        ] {
            assert_eq!(read_date(text, locale).map(|d| d.to_string()).as_deref(), date, "{text} {locale}");
        }
    }
}
