//! Any sequence of pages that open and close, servers that die and come back, and time that passes, held against what the
//! rules say of where an agent is.

use std::time::Duration;

use hubbub::domain::presence::{self as rules, Ended};
use hubbub::domain::{Error, access};
use model::{AgentConnectionId, Availability, CreatedFrom, PresenceState, Timestamp, UserId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use store::{journal, presence};

use crate::support::TestApp;

const NODES: [&str; 2] = ["one", "two"];

#[derive(Clone, Debug)]
enum Step {
    /// A page opens on one of the servers.
    Open(usize),
    /// One of the open pages ends: lost, or left.
    Close(usize, bool),
    /// A server dies, as another one sees it.
    Die(usize),
    /// A server says that it lives, and comes back with its pages when it was taken for dead.
    Beat(usize),
    /// The agent says whether they take work.
    Choose(bool),
    /// Time passes.
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..2).prop_map(Step::Open),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(n, left)| Step::Close(n, left)),
        2 => (0_usize..2).prop_map(Step::Die),
        3 => (0_usize..2).prop_map(Step::Beat),
        2 => any::<bool>().prop_map(Step::Choose),
        4 => prop_oneof![Just(1), Just(59), Just(60), Just(12 * 3600 - 1), Just(13 * 3600)].prop_map(Step::Wait),
    ]
}

/// What the rules say.
struct Model {
    /// Pages that are noted, with their servers.
    noted: Vec<(AgentConnectionId, usize)>,
    /// Pages that are open on a server that was taken for dead.
    unknown: Vec<(AgentConnectionId, usize)>,
    known: [bool; 2],
    state: PresenceState,
    since: Timestamp,
    available: bool,
    told: Vec<&'static str>,
}

impl Model {
    fn opened(&mut self, page: (AgentConnectionId, usize), now: Timestamp, first: bool) {
        self.noted.push(page);
        match self.state {
            PresenceState::In => return,
            PresenceState::Gone => self.told.push("push_agent.reconnected"),
            PresenceState::Absent => {
                self.told.push("push_agent.connected");
                if first || now.seconds_since(self.since) > 12 * 3600 {
                    self.available = true;
                }
            }
        }
        (self.state, self.since) = (PresenceState::In, now);
    }

    fn closed(&mut self, now: Timestamp, left: bool) {
        if self.state != PresenceState::In || !self.noted.is_empty() {
            return;
        }
        self.since = now;
        if left {
            self.state = PresenceState::Absent;
            self.told.push("push_agent.disconnected");
        } else {
            self.state = PresenceState::Gone;
            self.told.push("push_agent.connection_lost");
        }
    }

    fn passed(&mut self, now: Timestamp) {
        if self.state == PresenceState::Gone && now.seconds_since(self.since) >= 60 {
            (self.state, self.since) = (PresenceState::Absent, now);
            self.told.push("push_agent.disconnected");
        }
    }
}

async fn take(t: &TestApp, user: &UserId, model: &mut Model, step: Step) -> Result<(), Error> {
    let (db, now, user) = (&t.app.db, t.clock.now(), user.clone());
    match step {
        Step::Open(node) => {
            let (id, name, first) = (AgentConnectionId::new(now), NODES[node], model.told.is_empty());
            let page = id.clone();
            let noted =
                db.write(move |tx| Box::pin(async move { rules::connect(tx, name, page, &user).await })).await?;
            assert_eq!(noted, model.known[node]);
            if noted { model.opened((id, node), now, first) } else { model.unknown.push((id, node)) }
        }
        Step::Close(at, left) => {
            let count = model.noted.len() + model.unknown.len();
            if count == 0 {
                return Ok(());
            }
            let at = at % count;
            let (connection, noted) = match at.checked_sub(model.noted.len()) {
                None => (model.noted.remove(at).0, true),
                Some(at) => (model.unknown.remove(at).0, false),
            };
            let ended = vec![Ended { connection, user, left }];
            db.write(move |tx| Box::pin(async move { rules::disconnect(tx, ended).await })).await?;
            if noted {
                model.closed(now, left);
            }
        }
        Step::Die(node) => {
            db.write(move |tx| Box::pin(rules::end(tx, NODES[node]))).await?;
            model.known[node] = false;
            let (lost, kept): (Vec<_>, Vec<_>) = model.noted.drain(..).partition(|(_, on)| *on == node);
            model.noted = kept;
            if !lost.is_empty() {
                model.unknown.extend(lost);
                model.closed(now, false);
            }
        }
        Step::Beat(node) => {
            let known = db.write(move |tx| Box::pin(rules::beat(tx, NODES[node]))).await?;
            assert_eq!(known.is_some(), model.known[node]);
            if known.is_none() {
                let (back, rest): (Vec<_>, Vec<_>) = model.unknown.drain(..).partition(|(_, on)| *on == node);
                (model.unknown, model.known[node]) = (rest, true);
                let open = back.iter().map(|(id, _)| (id.clone(), user.clone())).collect();
                db.write(move |tx| Box::pin(async move { rules::register(tx, NODES[node], open).await })).await?;
                let first = model.told.is_empty();
                back.into_iter().for_each(|page| model.opened(page, now, first));
            }
        }
        Step::Choose(available) => choose(t, user, model, available).await?,
        Step::Wait(seconds) => {
            t.clock.advance(Duration::from_secs(seconds));
            while db.write(|tx| Box::pin(rules::end_graces(tx))).await? {}
            model.passed(t.clock.now());
        }
    }
    Ok(())
}

async fn choose(t: &TestApp, user: UserId, model: &mut Model, available: bool) -> Result<(), Error> {
    let chosen = if available { Availability::Available } else { Availability::Away };
    let set = t.app.db.write(move |tx| {
        Box::pin(async move {
            let actor = access::actor(tx, &user, None, CreatedFrom::Interface).await?;
            let channels = store::channel::all(tx).await?;
            let statuses = channels.into_iter().map(|channel| (channel.id, chosen)).collect();
            rules::choose(tx, &actor, &user, statuses, None).await
        })
    });
    match set.await {
        Ok(()) => {
            assert_eq!(model.state, PresenceState::In);
            if model.available != available {
                model.told.push("push_agent.availability_change");
            }
            model.available = available;
            Ok(())
        }
        Err(Error::Disconnected) => {
            assert_ne!(model.state, PresenceState::In);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// What is stored is what the rules say.
async fn check(t: &TestApp, user: &UserId, model: &Model, from: i64) {
    let of = user.clone();
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let row = presence::find_locked(tx, &of).await?;
            let chosen = presence::chosen(tx, std::slice::from_ref(&of)).await?;
            Ok((row, presence::is_connected(tx, &of).await?, chosen, journal::after(tx, from, 10_000).await?))
        })
    });
    let read: Result<_, store::Error> = read.await;
    let (row, connected, chosen, entries) = read.expect("a read");
    assert_eq!(connected, model.state == PresenceState::In);
    assert_eq!(connected, !model.noted.is_empty());
    let told: Vec<&str> = entries.iter().filter(|e| e.resource_id == user.as_str()).map(|e| e.kind.as_str()).collect();
    let told: Vec<&str> = told.into_iter().filter(|kind| kind.starts_with("push_agent.")).collect();
    assert_eq!(told, model.told);
    let Some(row) = row.filter(|_| !model.told.is_empty()) else { return assert!(model.told.is_empty()) };
    assert_eq!((row.state, row.since), (model.state, model.since));
    let gone = (model.state == PresenceState::Gone).then(|| model.since.plus_seconds(60));
    assert_eq!(row.gone_until, gone);
    assert_eq!(row.version, i64::try_from(model.told.len()).expect("a number"));
    assert!(!chosen.is_empty());
    assert!(chosen.iter().all(|c| (c.availability == Availability::Available) == model.available));
}

#[test]
fn where_an_agent_is_follows_the_rules_whatever_happens() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let t = runtime.block_on(async {
        let t = TestApp::start().await;
        // What the steps do is done by nobody else.
        t.stop_workers().await;
        t
    });
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(step(), 1..24), |steps| {
        runtime.block_on(async {
            let (_, agent) = t.user_of("Agent").await;
            let user = UserId::parse(&agent).expect("an id");
            for node in NODES {
                let begun = t.app.db.write(move |tx| Box::pin(rules::begin(tx, node, Some(node), false)));
                begun.await.map_err(|e| TestCaseError::fail(e.to_string()))?;
            }
            let from = t.app.db.refresh_position().await.expect("a position");
            let mut model = Model {
                noted: Vec::new(),
                unknown: Vec::new(),
                known: [true; 2],
                state: PresenceState::Absent,
                since: t.clock.now(),
                available: true,
                told: Vec::new(),
            };
            for step in steps {
                take(&t, &user, &mut model, step).await.map_err(|e| TestCaseError::fail(e.to_string()))?;
                check(&t, &user, &model, from).await;
            }
            Ok(())
        })
    });
    outcome.expect("the rules hold");
    runtime.block_on(t.stop());
}
