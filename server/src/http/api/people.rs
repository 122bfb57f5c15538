//! `/console/people` and `/console/customers`: the customers, whom the console can join, and what a person was joined of.

use axum::extract::State;
use model::{IdentityGroupId, IdentityId, Permission, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::custom_field::CustomFieldOut;
use super::identity::IdentityOut;
use super::identity_group::GroupOut;
use super::inbox_customer::CustomerView;
use crate::app::App;
use crate::domain::customer::{self, CustomerPage, Heard, Listed, Profile, Wanted};
use crate::domain::people::{self, Person};
use crate::domain::{Error, Fault, identity_merge};
use crate::http::answer::{Done, write};
use crate::http::{Caller, Id, Params, Reply, Result, Written};
use crate::views::row::RowOut;

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

/// A customer in the list of all.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedCustomer")]
pub struct ListedOut {
    #[serde(flatten)]
    person: PersonOut,
    /// Their last conversation; null where they have none that the caller sees.
    last_thread: Option<RowOut>,
}

/// A page of the list of customers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomerPage")]
pub struct PageOut {
    /// Each person once.
    records: Vec<ListedOut>,
    /// What to give as `before` for those that come next; null when these are the last.
    next: Option<String>,
    /// Whether the text finds more than these.
    cut: bool,
}

/// Where a page ended, as it is told: a time in milliseconds and a thread.
fn place(text: &str) -> Option<Heard> {
    let (millis, thread) = text.split_once('.')?;
    Some(Heard { at: Timestamp::from_millis(millis.parse().ok()?), thread: ThreadId::parse(thread)? })
}

/// All customers, who was last in a conversation first.
pub async fn all(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<PageOut>> {
    let before = params.text("before")?;
    let not = || Error::invalid("before", Fault::not("a place that a page before has told"));
    let wanted =
        Wanted { text: params.text("text")?, before: before.map(|text| place(&text).ok_or_else(not)).transpose()? };
    let read = app.db.read(move |tx| Box::pin(async move { customer::list(tx, &actor, wanted).await }));
    let CustomerPage { people, end, cut } = read.await?;
    let listed = |Listed { person, last }: Listed| ListedOut {
        person: PersonOut::new(&app, person),
        last_thread: last.map(|row| RowOut::new(&app, row)),
    };
    let next = end.map(|Heard { at, thread }| format!("{}.{thread}", at.millis()));
    Ok(Reply(PageOut { records: people.into_iter().map(listed).collect(), next, cut }))
}

/// A customer with everything that is known of them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomerProfile")]
pub struct ProfileOut {
    /// The customer, by this identity.
    identity: CustomerView,
    /// The name of its community.
    community: String,
    /// The person that it belongs to.
    identity_group: Option<GroupOut>,
    /// The custom fields of persons and interventions.
    custom_fields: Vec<CustomFieldOut>,
    /// The conversations of all identities of the person that the caller sees, newest activity first: the last 50.
    threads: Vec<RowOut>,
    /// What the caller may do.
    can: CanOut,
}

/// What the caller may do with a customer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomerAbilities")]
struct CanOut {
    /// Merge them with somebody.
    merge: bool,
}

/// One customer.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<IdentityId>) -> Result<Reply<ProfileOut>> {
    let may = actor.can(Permission::UpdateIdentity);
    let blocks = app.author_blocks.get(&app.db).await?;
    let read = app.db.read(move |tx| Box::pin(async move { customer::profile(tx, &actor, &id).await }));
    let Profile { person, given_email, dead_addresses, fields, threads, merges } = read.await?;
    Ok(Reply(ProfileOut {
        identity: CustomerView::new(&app, &person.identity, given_email, dead_addresses, &blocks),
        community: person.community,
        identity_group: person.group.map(|group| GroupOut::from(group).for_console(&app)),
        custom_fields: fields.into_iter().map(CustomFieldOut::from).collect(),
        threads: threads.into_iter().map(|row| RowOut::new(&app, row)).collect(),
        can: CanOut { merge: merges && may },
    }))
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
