//! Who waits on a channel: whether somebody is free for one more conversation, and for those who wait their place and
//! how long it will take.
//!
//! A thread waits while a customer's content of it is answered by nobody and nobody has it. Those of a channel stand in
//! one line, in the order in which they began to wait.

use std::collections::HashMap;

use model::{ChannelId, SourceId, ThreadId, Timestamp};
use rules::Calendar;
use rules::waiting::{self, LEFT_MOST, Line, Load, MEMORY};
use store::channel::{self, Channel};
use store::queue::{self as rows, Waiting};
use store::source::{self, Source};
use store::{Scope, Tx, user};

use crate::base::{Result, checks::distinct};
use crate::desk::agent_work;
use crate::setup::{source_settings, time_sheet};

/// So many of a line have a place; who stands further back has none that could be told.
const LINE_MOST: i64 = 1000;

/// Where a thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The thread.
    pub thread_id: ThreadId,
    /// Its place in its channel's line, from 1.
    pub place: i64,
    /// In how many seconds it will be taken, as that is told to customers; none where that cannot be said.
    pub estimated_wait_seconds: Option<i64>,
}

/// Where every thread of a channel's line stands, the first one first.
pub async fn line(tx: &mut Tx, channel: &ChannelId) -> Result<Vec<Place>> {
    let Some(channel) = channel::find(tx, channel).await? else { return Ok(Vec::new()) };
    let sources = source::ids_of_channel(tx, &Scope::All, &channel.id).await?;
    let waiting = rows::waiting(tx, &sources, LINE_MOST).await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let line = line_of(tx, &sources, waiting.first().map(|first| first.since)).await?;
    let mut hours = HashMap::new();
    for id in distinct(waiting.iter().map(|one| one.source_id.clone()).collect()) {
        hours.insert(id.clone(), service(tx, &id, &channel).await?);
    }
    let placed = |(place, Waiting { thread_id, source_id, .. })| {
        // Nobody is taken after the desk has closed.
        let open = |seconds: &i64| match hours.get(&source_id) {
            Some(Service::Always) => true,
            Some(Service::In(calendar)) => calendar.is_open(now) && calendar.is_open(now.plus_seconds(*seconds)),
            _ => false,
        };
        let wait = waiting::estimate(&line, place, now).filter(open).and_then(waiting::told);
        Place { thread_id, place, estimated_wait_seconds: wait }
    };
    Ok((1..).zip(waiting).map(placed).collect())
}

/// What is known of the line on some sources.
async fn line_of(tx: &mut Tx, sources: &[SourceId], head_since: Option<Timestamp>) -> Result<Line> {
    let after = tx.now().plus_seconds(-MEMORY - 1);
    let most = i64::try_from(LEFT_MOST).unwrap_or(i64::MAX);
    let taken = rows::taken(tx, sources, after, most).await?;
    let last_wait = taken.first().map(|last| last.at.seconds_since(last.since));
    // Who gave up has left it too.
    let mut left = rows::given_up(tx, sources, after, most).await?;
    left.extend(taken.iter().map(|one| one.at));
    left.sort_unstable_by(|a, b| b.cmp(a));
    Ok(Line { head_since, left, last_wait })
}

/// When somebody who waits on a source is taken.
enum Service {
    /// Nobody is there who could.
    Never,
    /// At any time.
    Always,
    /// In the source's own hours.
    In(Calendar),
}

async fn service(tx: &mut Tx, source: &SourceId, channel: &Channel) -> Result<Service> {
    let Some(source) = source::find(tx, source).await? else { return Ok(Service::Never) };
    if agents(tx, &source, channel).await?.is_empty() {
        return Ok(Service::Never);
    }
    Ok(time_sheet::own_calendar(tx, &source).await?.map_or(Service::Always, Service::In))
}

/// What the agents hold who are there, take work on a channel, and may see a source of it and answer there.
async fn agents(tx: &mut Tx, source: &Source, channel: &Channel) -> Result<Vec<Load>> {
    let there = rows::available(tx, &channel.id, !channel.away_by_default).await?;
    let mut users = user::by_ids(tx, &there).await?;
    users.retain(|user| user.enabled && !user.bot);
    let users = agent_work::who_may_reply(tx, users, &source.id).await?;
    agent_work::loads(tx, &users, channel).await
}

/// Whether a source's agents could take one more conversation. `factor` is how much more than what keeps them busy may
/// wait for them, in hundredths; none for the source's own.
pub async fn availability(tx: &mut Tx, source: &Source, factor: Option<i64>) -> Result<bool> {
    let Some(channel) = source.channel_id.clone() else { return Ok(false) };
    let Some(channel) = channel::find(tx, &channel).await? else { return Ok(false) };
    if source_settings::is_on(source, "availability_follows_business_hours")
        && !time_sheet::calendar_of_source(tx, source).await?.is_open(tx.now())
    {
        return Ok(false);
    }
    let agents = agents(tx, source, &channel).await?;
    let factor = factor.unwrap_or_else(|| source_settings::hundredths(source, "queuing_factor"));
    let sources = source::ids_of_channel(tx, &Scope::All, &channel.id).await?;
    let waiting = rows::count_waiting(tx, &sources, waiting::slots(&agents, factor)).await?;
    Ok(waiting::has_room(&agents, waiting, factor))
}
