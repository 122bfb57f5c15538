//! `/1.0/contents/{id}/update_custom_score`.

use axum::extract::State;
use model::ContentId;

use super::content::ContentOut;
use crate::app::App;
use crate::domain::{Error, Reason, custom_score};
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Result, Written};

/// The lowest and the highest score.
const RANGE: (f64, f64) = (-100.0, 100.0);

/// Updating a content's custom score.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
    params: Params,
) -> Result<Written<ContentOut>> {
    let score = params.required("custom_score")?.trim().parse::<f64>().ok();
    let score = score.filter(|s| (RANGE.0..=RANGE.1).contains(s));
    let score = score.ok_or_else(|| {
        Error::bad(
            "custom_score",
            Reason::Between.says("must be a number between -100 and 100").with("min", -100).with("max", 100),
        )
    })?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = custom_score::update(tx, &actor, &id, score).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}
