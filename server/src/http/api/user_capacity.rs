//! `/1.0/user_capacities`: how much some users take on some channels.

use axum::extract::State;
use model::{ChannelId, Timestamp, UserCapacityId};
use schemars::JsonSchema;
use serde::Serialize;
use store::user_capacity::{ChannelCapacity, UserCapacity};

use crate::app::App;
use crate::domain::user_capacity::{self, UserCapacityIn};
use crate::domain::{Error, Reason};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// How much a user takes on a channel.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelCapacity")]
struct ChannelOut {
    /// With so many of its conversations the user is busy.
    default_capacity: i64,
    id: ChannelId,
    /// With so many they take no more.
    max_capacity: i64,
}

/// A user capacity as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct UserCapacityOut {
    /// On channels that are not listed the channels' own limits hold.
    channels: Vec<ChannelOut>,
    created_at: Timestamp,
    id: UserCapacityId,
    name: String,
    updated_at: Timestamp,
}

impl From<UserCapacity> for UserCapacityOut {
    fn from(capacity: UserCapacity) -> Self {
        let UserCapacity { id, name, channels, created_at, updated_at } = capacity;
        let channel =
            |ChannelCapacity { id, default_capacity, max_capacity }| ChannelOut { default_capacity, id, max_capacity };
        Self { channels: channels.0.into_iter().map(channel).collect(), created_at, id, name, updated_at }
    }
}

fn read(params: &Params) -> Result<UserCapacityIn> {
    Ok(UserCapacityIn { name: params.given("name")?, channels: channels(params)? })
}

/// Channels come as a list of maps; each has all three values. An empty value is an empty list.
fn channels(params: &Params) -> Result<Option<Vec<ChannelCapacity>>> {
    let Some(list) = params.maps("channels")? else {
        return Ok(params.has("channels").then(Vec::new));
    };
    let read = list.into_iter().map(Params::from).map(|on| {
        let id = match on.id("channel_id", ChannelId::parse)? {
            Some(id) => Some(id),
            // As answers have it.
            None => on.id("id", ChannelId::parse)?,
        };
        match (id, on.integer("default_capacity")?, on.integer("max_capacity")?) {
            (Some(id), Some(default_capacity), Some(max_capacity)) => {
                Ok(ChannelCapacity { id, default_capacity, max_capacity })
            }
            _ => {
                let needs = "must have a channel_id, a default_capacity and a max_capacity each";
                Err(Error::invalid("channels", Reason::Form.says(needs)).into())
            }
        }
    });
    read.collect::<Result<_>>().map(Some)
}

/// Getting all user capacities, oldest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<UserCapacityOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(user_capacity::list(tx, page))).await?;
    Ok(Paged::new(listed, page, UserCapacityOut::from))
}

/// Creating a user capacity.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<UserCapacityOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(user_capacity::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a user capacity from its id.
pub async fn show(State(app): State<App>, Id(id): Id<UserCapacityId>) -> Result<Reply<UserCapacityOut>> {
    let capacity = app.db.read(move |tx| Box::pin(async move { user_capacity::find(tx, &id).await })).await?;
    Ok(Reply(capacity.into()))
}

/// Updating a user capacity.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserCapacityId>,
    params: Params,
) -> Result<Written<UserCapacityOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(user_capacity::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a user capacity.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserCapacityId>,
) -> Result<Written<UserCapacityOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(user_capacity::delete(tx, &actor, &id).await?.into()) })).await
}
