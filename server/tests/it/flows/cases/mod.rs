//! What contents and interventions go through, held against a small model of it.

mod rules;

use std::time::Duration;

use hubbub::domain::content::NewContent;
use hubbub::domain::ingest::{self, Author, Incoming, Place};
use hubbub::domain::{self, Actor, access, bot, content, intervention, ownership, thread};
use model::{
    ContentId, ContentStatus, CreatedFrom, IdentityId, InterventionId, InterventionStatus, ThreadId, Timestamp, UserId,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use store::intervention::Intervention;
use store::{Scope, Tx};

use self::rules::*;
use crate::support::TestApp;
use crate::support::derived::{assert_derived, assert_states};
use crate::support::world::{World, user, user_id};

/// One thread on a real database, with the ids of what the model counts.
struct Desk<'a> {
    t: &'a TestApp,
    shop: &'a World,
    people: &'a [UserId],
    names: Vec<String>,
    identities: Vec<Option<IdentityId>>,
    thread: Option<ThreadId>,
    contents: Vec<ContentId>,
    cases: Vec<InterventionId>,
    /// When the model's time began.
    start: Timestamp,
}

async fn actor(tx: &mut Tx, id: &UserId, epoch: Option<i64>) -> domain::Result<Actor> {
    let mut actor = access::actor(tx, id, None, CreatedFrom::Api).await?;
    actor.owner_epoch = epoch;
    Ok(actor)
}

impl Desk<'_> {
    async fn say(&mut self, customer: usize) {
        let author = Author { foreign_id: self.names[customer].clone(), ..Author::default() };
        let place = self.thread.clone().map_or(Place::New, Place::Known);
        let incoming = Incoming::text(self.shop.chat.clone(), author, place, "Hello".into());
        let received = self.t.app.db.write(move |tx| Box::pin(ingest::receive(tx, incoming))).await.expect("received");
        self.thread = Some(received.thread.id);
        self.identities[customer] = Some(received.author.id);
        self.contents.push(received.content.id);
    }

    async fn cases(&self) -> Vec<Intervention> {
        let thread = self.thread.clone().expect("a thread");
        let read =
            self.t.app.db.read(move |tx| Box::pin(async move { store::intervention::of_thread(tx, &thread).await }));
        read.await.expect("interventions")
    }

    /// The open intervention of a customer; one that does not exist when there is none.
    async fn open(&self, customer: usize) -> InterventionId {
        let open = self
            .cases()
            .await
            .into_iter()
            .find(|c| c.is_open() && Some(&c.identity_id) == self.identities[customer].as_ref());
        open.map_or_else(|| InterventionId::new(self.t.clock.now()), |c| c.id)
    }

    /// Does a step that was composed under an epoch.
    /// Lets time pass, and what is due then happen.
    async fn wait(&self, seconds: i64) -> domain::Result<()> {
        self.t.clock.advance(Duration::from_secs(u64::try_from(seconds).expect("a time to come")));
        let db = &self.t.app.db;
        // The timer may be quicker: then nothing is left to wake.
        while db.write(|tx| Box::pin(intervention::reactivate_due(tx))).await?.0 > 0 {}
        while db.write(|tx| Box::pin(ownership::end_leases(tx))).await?.0 > 0 {}
        Ok(())
    }

    fn note(&mut self, case: InterventionId) {
        if !self.cases.contains(&case) {
            self.cases.push(case);
        }
    }

    async fn apply(&mut self, step: &Step, epoch: Option<i64>) -> domain::Result<()> {
        let at = |content: &prop::sample::Index| self.contents[content.index(self.contents.len())].clone();
        let thread_id = self.thread.clone().expect("a thread");
        let db = &self.t.app.db;
        macro_rules! write {
            ($by:expr, |$tx:ident, $actor:ident| $body:expr) => {{
                let by = self.people[*$by].clone();
                db.write(move |$tx| {
                    Box::pin(async move {
                        let $actor = &actor($tx, &by, epoch).await?;
                        $body.await
                    })
                })
                .await
            }};
        }
        match step {
            Step::Look { .. } => {}
            Step::GiveToBot { by } => {
                write!(by, |tx, actor| ownership::give_to_bot(tx, actor, &thread_id, None))?;
                self.cases().await.into_iter().for_each(|case| self.note(case.id));
            }
            Step::Say { customer } => self.say(*customer).await,
            Step::Engage { by, content } => {
                let content = at(content);
                let case = write!(by, |tx, actor| intervention::open(tx, actor, &content))?;
                self.note(case.id);
            }
            Step::Reply { by, content } => {
                let new = NewContent { in_reply_to_id: Some(at(content)), body: "Hi".into(), ..NewContent::default() };
                let reply = write!(by, |tx, actor| content::create(tx, actor, new))?;
                self.contents.push(reply.id);
            }
            Step::Close { by, customer } => {
                let case = self.open(*customer).await;
                write!(by, |tx, actor| intervention::close(tx, actor, &case))?;
            }
            Step::Cancel { by, customer } => {
                let case = self.open(*customer).await;
                write!(by, |tx, actor| intervention::cancel(tx, actor, &case))?;
            }
            Step::Reassign { by, to, customer } => {
                let (case, to) = (self.open(*customer).await, self.people[*to].clone());
                write!(by, |tx, actor| intervention::reassign(tx, actor, &case, &to))?;
            }
            Step::Defer { by, customer, seconds } => {
                let (case, until) = (self.open(*customer).await, self.t.clock.now().plus_seconds(*seconds));
                write!(by, |tx, actor| intervention::defer(tx, actor, &case, until))?;
            }
            Step::Complete { by, customer } => {
                let case = self.open(*customer).await;
                write!(by, |tx, actor| bot::complete(tx, actor, &case, false, None))?;
            }
            Step::HandOver { by, customer } => {
                let handed = bot::Handed::Intervention(self.open(*customer).await);
                let given = bot::Handover { to: bot::Side::Agent, kind: "asked".into(), handed, categories: None };
                write!(by, |tx, actor| bot::handover(tx, actor, given))?;
            }
            Step::Ignore { by, content } => {
                let content = at(content);
                write!(by, |tx, actor| content::ignore(tx, actor, &content))?;
            }
            Step::Archive { by } => drop(write!(by, |tx, actor| thread::ignore(tx, actor, &thread_id))?),
            Step::Lock { by, closed: true } => drop(write!(by, |tx, actor| thread::close(tx, actor, &thread_id))?),
            Step::Lock { by, closed: false } => drop(write!(by, |tx, actor| thread::open(tx, actor, &thread_id))?),
            Step::Wait { seconds } => self.wait(*seconds).await?,
        }
        Ok(())
    }

    /// Holds what is stored against the model.
    async fn check(&self, model: &Model) -> Result<(), TestCaseError> {
        let cases = self.cases().await;
        let number = |id: &InterventionId| self.cases.iter().position(|known| known == id).map(|at| at + 1);
        let person = |id: &UserId| self.people.iter().position(|known| known == id).expect("a known person");
        let customer = |id: &IdentityId| self.identities.iter().position(|known| known.as_ref() == Some(id));
        let found: Vec<_> = cases
            .iter()
            .map(|c| {
                (
                    number(&c.id),
                    customer(&c.identity_id),
                    person(&c.user_id),
                    c.status,
                    c.reopened,
                    c.user_replies_count,
                )
            })
            .collect();
        let wanted: Vec<_> = model
            .cases
            .iter()
            .map(|(id, c)| (Some(*id), Some(c.customer), c.owner, c.status, c.reopened, c.replies))
            .collect();
        prop_assert_eq!(found, wanted);

        let ids = self.contents.clone();
        let contents = self.t.app.db.read(move |tx| Box::pin(async move { store::content::by_ids(tx, &ids).await }));
        let mut contents = contents.await.expect("contents");
        contents.sort_by(|a, b| a.id.cmp(&b.id));
        let found: Vec<_> = contents.iter().map(|c| (c.status, c.intervention_id.as_ref().and_then(number))).collect();
        let wanted: Vec<_> = model.contents.iter().map(|s| (s.status, s.case)).collect();
        prop_assert_eq!(found, wanted);

        let id = self.thread.clone().expect("a thread");
        let thread =
            self.t.app.db.read(move |tx| Box::pin(async move { store::thread::find(tx, &Scope::All, &id).await }));
        let thread = thread.await.expect("a read").expect("a thread");
        let count = |status: ContentStatus| model.contents.iter().filter(|s| s.status == status).count();
        let open: Vec<&Case> = model.cases.values().filter(|c| c.status != InterventionStatus::Closed).collect();
        let aside = open.iter().all(|c| c.status == InterventionStatus::Deferred);
        let folder = match (open.len(), count(ContentStatus::New)) {
            (1.., 0) if aside => "deferred",
            (1.., _) => "open",
            // Nothing waits where nobody can be answered.
            (0, 1..) if !model.closed => "new",
            _ => "closed",
        };
        let as_count = |n: usize| i64::try_from(n).expect("a count");
        prop_assert_eq!(thread.contents_count, as_count(model.contents.len()));
        prop_assert_eq!(thread.new_contents_count, as_count(count(ContentStatus::New)));
        prop_assert_eq!(thread.interventions_count, as_count(model.cases.len()));
        prop_assert_eq!(thread.open_interventions_count, as_count(open.len()));
        prop_assert_eq!(thread.visitor_unread, as_count(count(ContentStatus::UserReply)));
        prop_assert_eq!((thread.folder.as_str(), thread.closed), (folder, model.closed));
        prop_assert_eq!(thread.last_content_id.as_ref(), self.contents.last());
        let holder = open.last().map(|c| &self.people[c.owner]);
        prop_assert_eq!(thread.assigned_user_id.as_ref(), holder);
        let owner = thread.owner.as_ref().map(|o| (person(&o.id), o.is_bot()));
        prop_assert_eq!(owner, model.owner.map(|owner| (owner, owner == BOT)));
        prop_assert_eq!(thread.owner_epoch, model.epoch);
        prop_assert_eq!(thread.handed_over_by.as_ref().map(person), model.handed_over_by);
        prop_assert_eq!(thread.lease_until, model.lease.map(|over| self.start.plus_seconds(over)));
        Ok(())
    }
}

/// The shop, the ids of its people.
async fn setting() -> (TestApp, World, Vec<UserId>) {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut people = Vec::new();
    for (name, role) in [("Nora", "Agent"), ("Omar", "Agent"), ("Lea", "Team leader"), ("Robo", "Bot")] {
        people.push(user_id(&user(&t, name, role).await.0));
    }
    let bot = serde_json::json!({"bot": true, "bot_lease_seconds": LEASE});
    t.put(&format!("/1.0/users/{}", people[BOT]), bot).await.ok();
    (t, shop, people)
}

fn desk<'a>(t: &'a TestApp, shop: &'a World, people: &'a [UserId]) -> Desk<'a> {
    let names = (0..CUSTOMERS).map(|n| format!("{n}-{}", model::new_object_id(t.clock.now()))).collect();
    let identities = vec![None; CUSTOMERS];
    let start = t.clock.now();
    Desk { t, shop, people, names, identities, thread: None, contents: Vec::new(), cases: Vec::new(), start }
}

async fn play(desk: &mut Desk<'_>, acts: &[Act]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let first = Act { step: Step::Say { customer: 0 }, dated: false };
    for act in [first].iter().chain(acts) {
        let (step, epoch) = (&act.step, model.carried(act));
        let stale = epoch.is_some_and(|epoch| epoch != model.epoch);
        let mut next = model.clone();
        let may = next.apply(step) && !stale;
        let outcome = if desk.thread.is_none() {
            desk.say(0).await;
            Ok(())
        } else {
            desk.apply(step, epoch).await
        };
        prop_assert_eq!(outcome.is_ok(), may, "{:?}: {:?}", act, outcome);
        if let Err(error) = outcome {
            if let domain::Error::StaleOwner { owner, epoch } = &error {
                prop_assert!(stale, "{:?}: {}", act, error);
                let owner = owner.as_ref().map(|o| o.id.clone());
                prop_assert_eq!((owner, *epoch), (model.owner.map(|o| desk.people[o].clone()), model.epoch));
            }
            prop_assert!(!matches!(error, domain::Error::Store(_) | domain::Error::Internal(_)), "{step:?}: {error}");
        } else {
            model = next;
        }
        desk.check(&model).await?;
    }
    Ok(())
}

async fn assert_dense_journal(t: &TestApp) {
    let read = t.app.db.read(|tx| Box::pin(async move { store::journal::after(tx, 0, i64::from(i32::MAX)).await }));
    let positions: Vec<i64> = read.await.expect("entries").iter().map(|e| e.position).collect();
    let count = i64::try_from(positions.len()).expect("a count");
    assert_eq!(positions, (1..=count).collect::<Vec<_>>());
    assert_derived(t).await;
    assert_states(t).await;
}

#[test]
fn whatever_is_done_in_whatever_order_the_state_is_the_models() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (t, shop, people) = runtime.block_on(setting());
    let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let played = TestRunner::new(config).run(&prop::collection::vec(act(), 1..40), |acts| {
        runtime.block_on(async { play(&mut desk(&t, &shop, &people), &acts).await })
    });
    if let Err(error) = played {
        panic!("{error}");
    }
    runtime.block_on(assert_dense_journal(&t));
    let _inside = runtime.enter();
    drop(t);
}

#[test]
fn people_who_work_on_one_thread_at_once_leave_it_consistent() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (t, shop, people) = runtime.block_on(setting());
    let config = Config { cases: 6, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let hands = prop::collection::vec(prop::collection::vec(step(), 15), 4);
    let played = TestRunner::new(config).run(&hands, |hands| {
        runtime.block_on(async {
            let mut first = desk(&t, &shop, &people);
            for customer in 0..CUSTOMERS {
                first.say(customer).await;
            }
            let work = hands.iter().map(|steps| {
                let mut desk = desk(&t, &shop, &people);
                desk.names.clone_from(&first.names);
                desk.identities.clone_from(&first.identities);
                desk.thread.clone_from(&first.thread);
                desk.contents.clone_from(&first.contents);
                async move {
                    for step in steps {
                        if let Err(error) = desk.apply(step, None).await {
                            let refused = !matches!(error, domain::Error::Store(_) | domain::Error::Internal(_));
                            prop_assert!(refused, "{step:?}: {error}");
                        }
                    }
                    Ok(())
                }
            });
            futures_util::future::join_all(work).await.into_iter().collect::<Result<Vec<()>, _>>()?;
            consistent(&t, first.thread.clone().expect("a thread")).await
        })
    });
    if let Err(error) = played {
        panic!("{error}");
    }
    runtime.block_on(assert_dense_journal(&t));
    let _inside = runtime.enter();
    drop(t);
}

/// The counters of a thread are those of its contents and interventions, and a customer has one open intervention.
async fn consistent(t: &TestApp, id: ThreadId) -> Result<(), TestCaseError> {
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let thread = store::thread::find(tx, &Scope::All, &id).await?.expect("a thread");
            let contents = store::content::page_back(tx, &id, None, 10_000).await?;
            Ok::<_, store::Error>((thread, contents, store::intervention::of_thread(tx, &id).await?))
        })
    });
    let (thread, contents, cases) = read.await.expect("a read");
    let as_count = |n: usize| i64::try_from(n).expect("a count");
    let new = contents.iter().filter(|c| c.status == ContentStatus::New).count();
    let open: Vec<&Intervention> = cases.iter().filter(|c| c.is_open()).collect();
    prop_assert_eq!(thread.contents_count, as_count(contents.len()));
    prop_assert_eq!(thread.new_contents_count, as_count(new));
    prop_assert_eq!(thread.interventions_count, as_count(cases.len()));
    prop_assert_eq!(thread.open_interventions_count, as_count(open.len()));
    let mut customers: Vec<_> = open.iter().map(|c| &c.identity_id).collect();
    customers.sort();
    customers.dedup();
    prop_assert_eq!(customers.len(), open.len());
    for content in &contents {
        let case = content.intervention_id.as_ref().and_then(|id| cases.iter().find(|c| c.id == *id));
        prop_assert_eq!(content.intervention_id.is_some(), case.is_some());
        if content.status == ContentStatus::Assigned {
            prop_assert!(case.is_some_and(Intervention::is_open), "an assigned content without an open intervention");
        }
        if content.status == ContentStatus::New {
            prop_assert!(case.is_none(), "a waiting content under an intervention");
        }
    }
    for case in &cases {
        let under = contents.iter().filter(|c| c.intervention_id.as_ref() == Some(&case.id));
        prop_assert_eq!(case.user_replies_count, as_count(under.filter(|c| c.is_from_agent()).count()));
    }
    Ok(())
}
