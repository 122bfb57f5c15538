//! `/console/people`: whom the console can join, and what a person was joined of.

use axum::extract::State;
use model::{IdentityGroupId, IdentityId};
use schemars::JsonSchema;
use serde::Serialize;

use super::identity::IdentityOut;
use super::identity_group::GroupOut;
use crate::app::App;
use crate::domain::people::{self, Person};
use crate::domain::{Error, identity_merge};
use crate::http::answer::{Done, write};
use crate::http::{Caller, Id, Params, Reply, Result, Written};

/// An identity with what it belongs to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KnownIdentity")]
pub struct PersonOut {
    /// The identity.
    identity: IdentityOut,
    /// The name of its community.
    community: String,
    /// The person that it belongs to.
    identity_group: Option<GroupOut>,
    /// Whether it came to its person by a merge, and can be taken out.
    joined: bool,
}

impl PersonOut {
    fn new(app: &App, Person { identity, community, group, joined }: Person) -> Self {
        let identity = IdentityOut::from(identity).for_console(app);
        Self { identity, community, identity_group: group.map(|g| GroupOut::from(g).for_console(app)), joined }
    }
}

/// The customers that a text finds, or the identities of a person.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Vec<PersonOut>>> {
    let group = params.id("identity_group_id", IdentityGroupId::parse)?;
    let beside = params.id("beside", IdentityId::parse)?;
    let text = params.text("text")?.unwrap_or_default();
    let found = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let found = match (group, beside) {
                    (Some(id), _) => people::of_group(tx, &actor, &id).await?,
                    (None, Some(id)) => people::search_beside(tx, &actor, &id, &text).await?,
                    (None, None) => people::search(tx, &actor, &text).await?,
                };
                Ok::<_, Error>(found)
            })
        })
        .await?;
    Ok(Reply(found.into_iter().map(|person| PersonOut::new(&app, person)).collect()))
}

/// Taking the whole person of `other_id` into the person behind this identity.
pub async fn merge(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityId>,
    params: Params,
) -> Result<Written<GroupOut>> {
    let other = params.required_id("other_id", IdentityId::parse)?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let merged = identity_merge::merge_people(tx, &actor, &id, &other).await?;
            Ok(GroupOut::from(merged).for_console(app))
        })
    })
    .await
}

/// Saying that `other_id` is not the same person as this identity.
pub async fn keep_apart(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityId>,
    params: Params,
) -> Result<Done> {
    let other = params.required_id("other_id", IdentityId::parse)?;
    let written =
        write(&app, move |_, tx| Box::pin(async move { Ok(people::keep_apart(tx, &actor, &id, &other).await?) }));
    Ok(written.await?.into())
}
