//! How much some users take on some channels, instead of what the channels say.

use model::{ChannelId, UserCapacityId};
use store::user_capacity::{self as rows, ChannelCapacity, UserCapacity};
use store::{Json, Listed, Page, Tx, channel};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change};

/// The most that anybody takes.
pub const CAPACITY_MAX: i64 = 1000;

/// What is said of a capacity; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UserCapacityIn {
    /// Its name.
    pub name: Option<String>,
    /// Every channel that it is for.
    pub channels: Option<Vec<ChannelCapacity>>,
}

/// Lists capacities, oldest first.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<UserCapacity>> {
    Ok(rows::list(tx, page).await?)
}

/// Finds a capacity.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &UserCapacityId) -> Result<UserCapacity> {
    rows::find(tx, id).await?.ok_or(Error::NotFound("user capacity"))
}

/// Makes a capacity.
///
/// # Errors
/// 422 without a name, or when the name is taken or a channel or number is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, given: UserCapacityIn) -> Result<UserCapacity> {
    let (id, now) = (UserCapacityId::new(tx.now()), tx.now());
    let mut capacity =
        UserCapacity { id, name: String::new(), channels: Json::default(), created_at: now, updated_at: now };
    if given.name.is_none() {
        return Err(Error::missing("name"));
    }
    apply(tx, &mut capacity, given).await?;
    tx.insert(&capacity).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "user_capacity", capacity.id.as_str(), Change::Created);
    Ok(capacity)
}

/// Changes a capacity; its list of channels is replaced.
///
/// # Errors
/// 404; 422 when the name is taken or a channel or number is not acceptable.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &UserCapacityId, given: UserCapacityIn) -> Result<UserCapacity> {
    let mut capacity = held(tx, id).await?;
    apply(tx, &mut capacity, given).await?;
    capacity.updated_at = tx.now();
    tx.update(&capacity).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "user_capacity", id.as_str(), Change::Updated);
    Ok(capacity)
}

/// Removes a capacity: what the channels say holds for its users. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &UserCapacityId) -> Result<UserCapacity> {
    // Users before the capacity, as whoever changes a user goes; and those again who got it just before it was held.
    rows::take_away(tx, id).await?;
    let capacity = held(tx, id).await?;
    tx.delete::<UserCapacity>(id.as_str()).await?;
    rows::take_away(tx, id).await?;
    note_change(tx, Some(actor), "user_capacity", id.as_str(), Change::Deleted);
    Ok(capacity)
}

/// Takes a channel that goes out of every capacity.
pub(crate) async fn forget_channel(tx: &mut Tx, channel: &ChannelId) -> Result<()> {
    for capacity in rows::all(tx).await?.into_iter().filter(|all| all.channels.iter().any(|on| on.id == *channel)) {
        let Some(mut held) = rows::find_locked(tx, &capacity.id).await? else { continue };
        held.channels.retain(|on| on.id != *channel);
        tx.update(&held).await?;
    }
    Ok(())
}

async fn held(tx: &mut Tx, id: &UserCapacityId) -> Result<UserCapacity> {
    rows::find_locked(tx, id).await?.ok_or(Error::NotFound("user capacity"))
}

async fn apply(tx: &mut Tx, capacity: &mut UserCapacity, given: UserCapacityIn) -> Result<()> {
    if let Some(name) = &given.name {
        capacity.name = checked_name("name", name)?;
    }
    let Some(channels) = given.channels else { return Ok(()) };
    let refuse = |fault: Fault| Err(Error::invalid("channels", fault));
    let known = channel::all(tx).await?;
    for (n, on) in channels.iter().enumerate() {
        if known.iter().all(|channel| channel.id != on.id) {
            return refuse(Fault::no("channel", &on.id));
        }
        if channels[..n].iter().any(|other| other.id == on.id) {
            return refuse(Reason::Other.says(format!("names channel {} twice", on.id)));
        }
        if [on.default_capacity, on.max_capacity].iter().any(|number| !(0..=CAPACITY_MAX).contains(number)) {
            return refuse(Fault::between(0, CAPACITY_MAX));
        }
        if on.default_capacity > on.max_capacity {
            return refuse(Fault::between(0, on.max_capacity));
        }
    }
    capacity.channels = Json(channels);
    Ok(())
}
