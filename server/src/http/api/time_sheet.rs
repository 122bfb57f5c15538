//! `/1.0/time_sheets`.

use axum::extract::State;
use model::{SourceId, TimeSheetId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::time_sheet::{Holiday, TimeSheet};

use crate::app::App;
use crate::domain::time_sheet::{Sheet, TimeSheetIn, WEEK};
use crate::domain::{Error, Reason, time_sheet};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A day on which a desk stays closed.
#[derive(Clone, Serialize, JsonSchema)]
pub struct HolidayOut {
    /// Its date, `2026-12-25`.
    date: String,
    /// Its name.
    name: String,
}

/// A time sheet as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct TimeSheetOut {
    /// In use.
    active: bool,
    created_at: Timestamp,
    /// The hours of Fridays: spans of seconds since midnight, `32400-43200,50400-64800`; empty when closed.
    friday_hours: String,
    /// The days on which the desk stays closed.
    holidays: Vec<HolidayOut>,
    /// The same under the name that the published file gives them.
    #[serde(rename = "holidays[]")]
    holidays_again: Vec<HolidayOut>,
    id: TimeSheetId,
    /// Its name.
    label: String,
    /// The hours of Mondays.
    monday_hours: String,
    /// The hours of Saturdays.
    saturday_hours: String,
    /// The sources that have these hours for their own.
    source_ids: Vec<SourceId>,
    /// The hours of Sundays.
    sunday_hours: String,
    /// The hours of Thursdays.
    thursday_hours: String,
    /// The time zone in which the hours are meant.
    timezone: String,
    /// The hours of Tuesdays.
    tuesday_hours: String,
    updated_at: Timestamp,
    /// The hours of Wednesdays.
    wednesday_hours: String,
}

impl From<Sheet> for TimeSheetOut {
    fn from(Sheet { sheet, source_ids, timezone }: Sheet) -> Self {
        let TimeSheet { id, label, active, timezone: _, hours, holidays, created_at, updated_at } = sheet;
        let holidays = holidays.0.into_iter().map(|Holiday { name, date }| HolidayOut { date, name });
        let holidays: Vec<HolidayOut> = holidays.collect();
        let [monday_hours, tuesday_hours, wednesday_hours, thursday_hours, friday_hours, saturday_hours, sunday_hours] =
            hours.0;
        Self {
            active,
            created_at,
            friday_hours,
            holidays: holidays.clone(),
            holidays_again: holidays,
            id,
            label,
            monday_hours,
            saturday_hours,
            source_ids,
            sunday_hours,
            thursday_hours,
            timezone,
            tuesday_hours,
            updated_at,
            wednesday_hours,
        }
    }
}

fn read(params: &Params) -> Result<TimeSheetIn> {
    let mut hours: [Option<String>; 7] = Default::default();
    for (hours, name) in hours.iter_mut().zip(WEEK) {
        *hours = params.given(name)?;
    }
    Ok(TimeSheetIn {
        label: params.given("label")?,
        active: params.boolean("active")?,
        timezone: params.given("timezone")?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
        region: params.text("holidays_region")?,
        holidays: holidays(params)?,
        hours,
    })
}

/// Holidays come as a list of maps, or as that list in JSON in one text.
fn holidays(params: &Params) -> Result<Option<Vec<(String, String)>>> {
    let Some(list) = params.maps("holidays")? else { return Ok(None) };
    let text = |holiday: &Value, name: &str| holiday.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let read = list.into_iter().map(Value::Object).map(|holiday| {
        let (name, date) = (text(&holiday, "name"), text(&holiday, "date"));
        if date.is_empty() {
            return Err(Error::bad("holidays", Reason::Form.says("must have a name and a date each")).into());
        }
        Ok((name, date))
    });
    read.collect::<Result<_>>().map(Some)
}

/// Getting all time sheets, those in use first, then by label.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<TimeSheetOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { time_sheet::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, TimeSheetOut::from))
}

/// Creating a time sheet.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TimeSheetOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(time_sheet::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a time sheet from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TimeSheetId>,
) -> Result<Reply<TimeSheetOut>> {
    let sheet = app.db.read(move |tx| Box::pin(async move { time_sheet::find(tx, &actor, &id).await })).await?;
    Ok(Reply(sheet.into()))
}

/// Updating a time sheet.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TimeSheetId>,
    params: Params,
) -> Result<Written<TimeSheetOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(time_sheet::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a time sheet.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TimeSheetId>,
) -> Result<Written<TimeSheetOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(time_sheet::delete(tx, &actor, &id).await?.into()) })).await
}
