//! `/1.0/interventions`.

use axum::extract::State;
use model::{
    AssociatedType, CategoryId, ContentId, IdentityGroupId, IdentityId, InterventionId, InterventionStatus, SourceId,
    SurveyId, SurveyResponseId, ThreadId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Tx;
use store::intervention::{Intervention, InterventionFilter};
use store::survey_invitation::{self, InvitationState, SurveyInvitation};
use store::survey_response::{self, SurveyResponse};

use crate::app::App;
use crate::domain::{Error, Fault, custom_field, intervention, undo};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// An intervention as the API shows it. Times that end in `_bh` are counted in the business hours of its source.
#[derive(Serialize, JsonSchema)]
pub struct InterventionOut {
    category_ids: Vec<CategoryId>,
    closed: bool,
    closed_at: Option<Timestamp>,
    comments_count: i64,
    content_id: ContentId,
    created_at: Timestamp,
    custom_fields: Map<String, Value>,
    deferred_at: Option<Timestamp>,
    detected_language: Option<String>,
    first_user_reply_id: Option<ContentId>,
    first_user_reply_in: Option<i64>,
    first_user_reply_in_bh: Option<i64>,
    id: InterventionId,
    identity_group_id: Option<IdentityGroupId>,
    identity_id: IdentityId,
    last_user_reply_in: Option<i64>,
    last_user_reply_in_bh: Option<i64>,
    /// The epoch of its thread now, under which the next word in it is composed: an extension.
    owner_epoch: i64,
    satisfaction_answered_at: Option<Timestamp>,
    satisfaction_grade: Option<i64>,
    satisfaction_sent_at: Option<Timestamp>,
    source_id: SourceId,
    status: &'static str,
    survey_id: Option<SurveyId>,
    survey_response_id: Option<SurveyResponseId>,
    thread_id: ThreadId,
    translation_enabled: bool,
    updated_at: Timestamp,
    user_id: UserId,
    user_replies_count: i64,
    user_reply_in_average: Option<i64>,
    user_reply_in_average_bh: Option<i64>,
    user_reply_in_average_count: i64,
}

impl InterventionOut {
    /// An intervention with what stands beside it.
    pub fn new(case: Intervention, beside: Beside) -> Self {
        let Beside { group, owner_epoch, asked, answered } = beside;
        let sent = asked.as_ref().filter(|a| a.state == InvitationState::Sent);
        let average = case.user_reply_in_total.checked_div(case.user_reply_in_count);
        let status = match (case.status, case.reopened) {
            (InterventionStatus::Open, false) => "Opened",
            (InterventionStatus::Open, true) => "Reopened",
            (InterventionStatus::Deferred, _) => "Deferred",
            (InterventionStatus::Closed, _) => "Closed",
        };
        Self {
            category_ids: case.category_ids.0,
            closed: case.status == InterventionStatus::Closed,
            closed_at: case.closed_at,
            comments_count: case.comments_count,
            content_id: case.content_id,
            created_at: case.created_at,
            custom_fields: case.custom_fields.0,
            deferred_at: case.deferred_at,
            detected_language: None,
            first_user_reply_id: case.first_user_reply_id,
            first_user_reply_in: case.first_user_reply_in,
            first_user_reply_in_bh: case.first_user_reply_in_bh,
            id: case.id,
            identity_group_id: group,
            identity_id: case.identity_id,
            last_user_reply_in: case.last_user_reply_in,
            last_user_reply_in_bh: case.last_user_reply_in_bh,
            owner_epoch,
            satisfaction_answered_at: answered.as_ref().map(|a| a.submitted_at),
            satisfaction_grade: answered.as_ref().and_then(|a| a.main_indicator),
            satisfaction_sent_at: sent.map(|a| a.updated_at),
            source_id: case.source_id,
            status,
            survey_id: sent.map(|a| a.survey_id.clone()),
            survey_response_id: answered.map(|a| a.id),
            thread_id: case.thread_id,
            translation_enabled: false,
            updated_at: case.updated_at,
            user_id: case.user_id,
            user_replies_count: case.user_replies_count,
            user_reply_in_average: average,
            user_reply_in_average_bh: case.user_reply_in_bh_total.checked_div(case.user_reply_in_count),
            user_reply_in_average_count: case.user_reply_in_count,
        }
    }
}

/// What the answer about an intervention needs beside it.
#[derive(Default)]
pub struct Beside {
    group: Option<IdentityGroupId>,
    owner_epoch: i64,
    asked: Option<SurveyInvitation>,
    answered: Option<SurveyResponse>,
}

impl Beside {
    /// Where only the group of the customer and the epoch of the thread are known.
    pub(super) fn known(group: Option<IdentityGroupId>, owner_epoch: i64) -> Self {
        Self { group, owner_epoch, ..Self::default() }
    }

    /// Gives some interventions a value or null for every custom field, and reads what their answers need, in order.
    async fn load(tx: &mut Tx, cases: &mut [Intervention]) -> Result<Vec<Self>> {
        let fields = store::custom_field::of_type(tx, AssociatedType::Intervention).await?;
        for case in cases.iter_mut() {
            case.custom_fields.0 = custom_field::filled(&fields, &case.custom_fields);
        }
        let customers: Vec<IdentityId> = cases.iter().map(|c| c.identity_id.clone()).collect();
        let customers = store::identity::by_ids(tx, &customers).await?;
        let threads: Vec<ThreadId> = cases.iter().map(|c| c.thread_id.clone()).collect();
        let epochs = store::thread::epochs(tx, &threads).await?;
        let ids: Vec<InterventionId> = cases.iter().map(|c| c.id.clone()).collect();
        let (asked, answered) =
            (survey_invitation::of_interventions(tx, &ids).await?, survey_response::of_interventions(tx, &ids).await?);
        let beside = |case: &Intervention| Self {
            group: customers.iter().find(|i| i.id == case.identity_id).and_then(|i| i.identity_group_id.clone()),
            owner_epoch: epochs.get(&case.thread_id).copied().unwrap_or(0),
            asked: asked.iter().find(|a| a.intervention_id == case.id).cloned(),
            answered: answered.iter().rfind(|a| a.intervention_id == case.id).cloned(),
        };
        Ok(cases.iter().map(beside).collect())
    }
}

pub(super) async fn with_group(tx: &mut Tx, mut case: Intervention) -> Result<InterventionOut> {
    let beside = Beside::load(tx, std::slice::from_mut(&mut case)).await?.pop().unwrap_or_default();
    Ok(InterventionOut::new(case, beside))
}

/// Getting all interventions, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<InterventionOut>> {
    let page = page(&params)?;
    let status = params.text("status")?;
    if status.as_deref().is_some_and(|s| !["active", "closed", "deferred", "opened", "reopened"].contains(&s)) {
        return Err(Error::bad("status", Fault::form("active, closed, deferred, opened or reopened")).into());
    }
    let by_update = match params.text("sort")?.as_deref() {
        None | Some("created_at") => false,
        Some("updated_at") => true,
        Some(_) => return Err(Error::bad("sort", Fault::one_of(&["created_at", "updated_at"])).into()),
    };
    let filter = InterventionFilter {
        thread_id: params.id("thread_id", ThreadId::parse)?,
        user_id: params.id("user_id", UserId::parse)?,
        identity_ids: params.id_list("identity_id", IdentityId::parse)?.unwrap_or_default(),
        identity_group_id: params.id("identity_group_id", IdentityGroupId::parse)?,
        status,
        by_update,
    };
    let (listed, beside) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let mut listed = intervention::list(tx, &actor, &filter, page).await?;
                let beside = Beside::load(tx, &mut listed.records).await?;
                Ok::<_, Error>((listed, beside))
            })
        })
        .await?;
    let mut beside = beside.into_iter();
    Ok(Paged::new(listed, page, |c| InterventionOut::new(c, beside.next().unwrap_or_default())))
}

/// Getting an intervention from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
) -> Result<Reply<InterventionOut>> {
    let found = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let found = intervention::find(tx, &actor, &id).await?;
                with_group(tx, found).await
            })
        })
        .await?;
    Ok(Reply(found))
}

/// Cancelling an intervention.
pub async fn cancel(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
) -> Result<Written<InterventionOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let changed = intervention::cancel(tx, &actor, &id).await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Closing an intervention.
pub async fn close(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
) -> Result<Written<InterventionOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let changed = intervention::close(tx, &actor, &id).await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Giving an intervention to another agent.
pub async fn reassign(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
    params: Params,
) -> Result<Written<InterventionOut>> {
    let user = params.required_id("user_id", UserId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin_on_case(tx, &actor, &id).await?;
            let changed = intervention::reassign(tx, &actor, &id, &user).await?;
            undo::end(tx, &actor, act, "assign").await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Categorizing an intervention.
pub async fn update_categories(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
    params: Params,
) -> Result<Written<InterventionOut>> {
    let missing = || Error::bad("category_ids", Fault::required());
    let categories = params.ids("category_ids", CategoryId::parse)?.ok_or_else(missing)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let changed = intervention::update_categories(tx, &actor, &id, categories).await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Updating an intervention's custom fields.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
    params: Params,
) -> Result<Written<InterventionOut>> {
    let values = params.map("custom_field_values")?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let changed = intervention::update_fields(tx, &actor, &id, values).await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Putting an intervention aside: until `deferred_at`, or for `duration` seconds. An extension.
pub async fn defer(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<InterventionId>,
    params: Params,
) -> Result<Written<InterventionOut>> {
    let until = match (params.time("deferred_at")?, params.integer("duration")?) {
        (Some(until), _) => until,
        (None, Some(seconds)) => app.db.clock().now().plus_seconds(seconds),
        (None, None) => return Err(Error::bad("deferred_at", Fault::required()).into()),
    };
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin_on_case(tx, &actor, &id).await?;
            let changed = intervention::defer(tx, &actor, &id, until).await?;
            undo::end(tx, &actor, act, "defer").await?;
            with_group(tx, changed).await
        })
    })
    .await
}

/// Names the parameter whose content is not there.
pub(super) fn unknown_content(error: Error) -> Error {
    match error {
        Error::NotFound("content") => Error::invalid("content_id", Fault::not("a content that you may read")),
        other => other,
    }
}

/// Creating an intervention on a content, or reopening the content's.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<InterventionOut>> {
    let content_id = params.required_id("content_id", ContentId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin_on_content(tx, &actor, &content_id).await?;
            let opened = intervention::open(tx, &actor, &content_id).await.map_err(unknown_content)?;
            undo::end(tx, &actor, act, "take").await?;
            with_group(tx, opened).await
        })
    })
    .await
}
