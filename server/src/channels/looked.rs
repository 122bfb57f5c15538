//! `/1.0/content_sources/{id}/test` and `/parked_items/{item}/retry`: what needs the other side while somebody waits for it.

use axum::extract::State;
use model::{InboundItemId, SourceId};
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::{Finding, Findings};
use crate::app::App;
use crate::domain::{Error, listed, parked, source_health, source_run};
use crate::http::answer::write;
use crate::http::api::source_health::ParkedOut;
use crate::http::{Caller, Id, Result, Written};

/// What looking at a source found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceTest")]
pub struct FindingsOut {
    /// Whether everything worked.
    ok: bool,
    /// The steps in order, to the first that did not.
    steps: Vec<Finding>,
}

/// Looking whether a source works.
pub async fn test(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SourceId>) -> Result<Written<FindingsOut>> {
    let read = app.db.read(move |tx| Box::pin(async move { source_health::seen(tx, &actor, &id).await }));
    let source = read.await?;
    let Findings { steps, told } = super::test(&app, &source).await;
    write(&app, move |_, tx| {
        Box::pin(async move {
            if let Some(told) = told {
                source_run::keep_told(tx, &source.id, told).await?;
            }
            let ok = steps.iter().all(|step| step.ok);
            if ok {
                source_health::let_in(tx, &source.id).await?;
            }
            Ok(FindingsOut { ok, steps })
        })
    })
    .await
}

/// Having something taken in that could not be.
pub async fn retry(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, item)): Id<(SourceId, InboundItemId)>,
) -> Result<Written<ParkedOut>> {
    let (who, what) = (actor.clone(), item.clone());
    let read = app.db.read(move |tx| Box::pin(async move { parked::find(tx, &who, &id, &what).await }));
    let (source, parked_item) = read.await?;
    let written = match super::again(&app, &source, &parked_item).await {
        Ok(item) => {
            let (source, done) = (source.clone(), parked_item.clone());
            let take = write(&app, move |_, tx| {
                Box::pin(async move {
                    listed::take_parked(tx, &source, item).await?;
                    parked::note_retry(tx, &actor, &done);
                    Ok(ParkedOut::from(done))
                })
            });
            take.await
        }
        Err(why) => Err(Error::Unprocessable("not_taken_in", why.into()).into()),
    };
    if let Err(refusal) = &written {
        let why = refusal.0.to_string();
        app.db.write(move |tx| Box::pin(async move { parked::note_failure(tx, &parked_item, &why).await })).await?;
    }
    written
}
