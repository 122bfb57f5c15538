//! Live chats on servers that stop between any two steps, and on two servers at once: each ends once, for one cause, and
//! its visitor is told each thing once.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use hubbub::domain::live_chat;

use super::live_chat::{cancel, ends, extra, live_shop, notices, put, reply, standing, state, take, wait_for};
use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, id};

/// A visitor's page: it opens its socket again after each restart, from where it stood.
struct Page {
    visitor: Visitor,
    socket: Socket,
    position: i64,
    told: Vec<String>,
}

impl Page {
    async fn open(t: &TestApp, visitor: Visitor) -> Self {
        let (socket, welcome) = Socket::visitor(t, &visitor, None).await;
        Self { visitor, socket, position: welcome["position"].as_i64().expect("a position"), told: Vec::new() }
    }

    /// Notes what came: the keys of the notices.
    async fn hear(&mut self, t: &TestApp) {
        for frame in self.socket.drain(t).await {
            self.position = frame["position"].as_i64().unwrap_or(self.position);
            if let Some(key) = frame["notice"]["key"].as_str() {
                let name = frame["notice"]["screenname"].as_str().map(|name| format!(" {name}"));
                self.told.push(format!("{key}{}", name.unwrap_or_default()));
            }
        }
    }

    /// The server stops and starts; what is told at the end of one and the beginning of the other is told once.
    async fn restart(&mut self, t: &mut TestApp) {
        self.hear(t).await;
        let before = standing(t, &self.visitor).await;
        t.restart().await;
        let (socket, welcome) = Socket::visitor(t, &self.visitor, Some(self.position)).await;
        assert_eq!(welcome["type"], "welcome");
        self.socket = socket;
        self.hear(t).await;
        assert_eq!(standing(t, &self.visitor).await, before, "a restart changes nothing");
    }
}

/// Another live chat of a shop.
async fn another(t: &TestApp, shop: &World, settings: Value) -> World {
    let made = shop.another_chat(t, &settings.to_string()).await;
    let path = format!("/1.0/content_sources/{}", made.id);
    t.put(&path, json!({"mode": "live_chat"})).await.ok();
    t.put(&path, settings).await.ok();
    World::on(made)
}

/// How many agents are where.
async fn agents(t: &TestApp, place: &'static str) {
    let there = || async {
        let read = t.app.db.read(move |tx| {
            Box::pin(async move {
                let sql = "SELECT COUNT(*) FROM agent_presence WHERE state = ?1";
                tx.number(sql, store::params![place.to_owned()]).await
            })
        });
        let count: Result<i64, store::Error> = read.await;
        (count.expect("a number") == 1).then_some(())
    };
    eventually(place, there).await;
}

/// The times that live chats still wait for.
async fn times_left(t: &TestApp) -> i64 {
    let read = t.app.db.read(|tx| {
        Box::pin(async move {
            let sql = "SELECT COUNT(*) FROM chat_threads \
                       WHERE impossible_at IS NOT NULL OR gone_at IS NOT NULL OR waiting_since IS NOT NULL";
            tx.number(sql, Vec::new()).await
        })
    });
    let count: Result<i64, store::Error> = read.await;
    count.expect("a number")
}

#[tokio::test]
async fn a_server_that_stops_between_any_two_steps_loses_none_and_does_none_twice() {
    let mut t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let ((_, nora), (omar, omars)) = (user(&t, "Nora", "Agent").await, user(&t, "Omar", "Agent").await);
    let ann = Visitor::new(&t, &shop.chat).await;
    let mut ann = Page::open(&t, ann).await;
    ann.restart(&mut t).await;
    let said = ann.visitor.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    ann.restart(&mut t).await;
    t.clock.advance(Duration::from_secs(470));
    ann.restart(&mut t).await;
    let case = take(&t, &said, &nora).await;
    ann.restart(&mut t).await;
    put(&t, &nora, &format!("/1.0/interventions/{}/reassign", id(&case)), json!({"user_id": omar["id"]})).await;
    ann.restart(&mut t).await;
    cancel(&t, id(&case)).await;
    ann.restart(&mut t).await;
    // Nobody's delay counts any more.
    t.clock.advance(Duration::from_secs(3600));
    ann.restart(&mut t).await;
    assert_eq!(state(&t, &ann.visitor).await, "transferred");
    let (console, _) = Socket::agent(&t, &omars, None).await;
    reply(&t, &said, &omars, "I am here now").await;
    ann.restart(&mut t).await;
    drop(console);
    agents(&t, "gone").await;
    t.clock.advance(Duration::from_secs(60));
    agents(&t, "absent").await;
    ann.restart(&mut t).await;
    t.clock.advance(Duration::from_secs(90));
    wait_for(&t, &ann.visitor, "transferred").await;
    ann.restart(&mut t).await;
    take(&t, &said, &nora).await;
    ann.restart(&mut t).await;
    reply(&t, &said, &nora, "How can I help?").await;
    ann.restart(&mut t).await;
    let (end, close) = (format!("threads/{thread}/end"), format!("/1.0/content_threads/{thread}/close"));
    let (by_visitor, _) = tokio::join!(ann.visitor.post(&t, &end, json!({})), t.put(&close, json!({})));
    by_visitor.ok();
    ann.restart(&mut t).await;
    t.clock.advance(Duration::from_secs(30 * 86_400));
    t.settled().await;
    ann.restart(&mut t).await;

    let told = [
        "waiting_for_agent",
        "connection Nora",
        "disconnection Nora",
        "connection Omar",
        "disconnection Omar",
        "queuing_update.transfered",
        "connection Omar",
        "disconnection Omar",
        "queuing_update.transfered",
        "connection Nora",
        "thread_closure",
    ];
    assert_eq!(ann.told, told);
    assert_eq!(notices(&t, &ann.visitor, &thread).await, told);
    let cause = standing(&t, &ann.visitor).await["close_cause"].clone();
    assert_eq!((ends(&t, &thread).await, times_left(&t).await), (vec![cause.as_str().expect("a cause").to_owned()], 0));
}

#[tokio::test]
async fn whatever_ends_one_it_stays_ended_over_a_restart() {
    let mut t = TestApp::start().await;
    let patient = json!({"impossibility_message_delay": 0, "disconnection_delay": 0});
    let shop = live_shop(&t, patient.clone()).await;
    let hasty = another(&t, &shop, json!({"impossibility_message_delay": "2m", "disconnection_delay": 0})).await;
    let watching = another(&t, &shop, json!({"impossibility_message_delay": 0, "disconnection_delay": "2m"})).await;
    let tidy = another(&t, &shop, patient).await;
    let archiving = json!({"content_archiving": true, "content_archiving_period": 3600});
    t.put(&format!("/1.0/content_sources/{}", tidy.chat.id), archiving).await.ok();
    let (_, nora) = user(&t, "Nora", "Administrator").await;
    let begun = async |t: &TestApp, chat| {
        let visitor = Visitor::new(t, chat).await;
        let said = visitor.write(t, None, "Hello").await;
        (visitor, said)
    };
    let all = [
        (begun(&t, &shop.chat).await, "visitor_closed"),
        (begun(&t, &shop.chat).await, "intervention_closed"),
        (begun(&t, &shop.chat).await, "intervention_closed"),
        (begun(&t, &hasty.chat).await, "client_impossible_delay"),
        (begun(&t, &watching.chat).await, "disconnection"),
        (begun(&t, &tidy.chat).await, "intervention_auto_closed"),
    ];
    let [by_visitor, by_case, by_lock, _, left, _] = &all;
    let case = take(&t, &by_case.0.1, &nora).await;
    reply(&t, &by_case.0.1, &nora, "How can I help?").await;
    take(&t, &left.0.1, &nora).await;
    t.restart().await;
    assert_eq!(
        all.len(),
        join_all(all.iter().map(|((v, _), _)| state(&t, v))).await.iter().filter(|s| *s != "ended").count()
    );
    by_visitor.0.0.post(&t, &format!("threads/{}/end", id(&by_visitor.0.1["thread"])), json!({})).await.ok();
    put(&t, &nora, &format!("/1.0/interventions/{}/close", id(&case)), json!({})).await;
    put(&t, &nora, &format!("/1.0/content_threads/{}/close", id(&by_lock.0.1["thread"])), json!({})).await;
    // The times come while the server is away.
    t.stop_workers().await;
    t.clock.advance(Duration::from_secs(3700));
    t.restart().await;
    t.clock.advance(Duration::from_secs(120));
    for ((visitor, _), cause) in &all {
        wait_for(&t, visitor, "ended").await;
        assert_eq!(standing(&t, visitor).await["close_cause"], *cause);
    }
    for _ in 0..2 {
        t.restart().await;
        t.clock.advance(Duration::from_secs(40 * 86_400));
        t.settled().await;
    }
    assert_eq!(times_left(&t).await, 0);
    for ((visitor, said), cause) in &all {
        let thread = id(&said["thread"]);
        assert_eq!(ends(&t, thread).await, [*cause], "one end, for one cause");
        let told = notices(&t, visitor, thread).await;
        let end = if *cause == "client_impossible_delay" { "timed_messages.impossible" } else { "thread_closure" };
        assert_eq!(told.iter().filter(|one| *one == end).count(), 1, "{told:?}");
        assert_eq!(told.last().expect("a notice"), end);
        assert_eq!(extra(&t, thread).await["close_cause"], *cause);
        let client = model::new_object_id(t.clock.now());
        let late = json!({"client_id": client, "thread_id": thread, "body": "Wait"});
        assert_eq!(visitor.post(&t, "messages", late).await.error(403), "thread_closed");
        visitor.post(&t, &format!("threads/{thread}/end"), json!({})).await.ok();
        assert_eq!(ends(&t, thread).await.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_was_away_gives_its_visitors_time_to_come_back() {
    let mut t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": "1m", "impossibility_message_delay": 0})).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    for visitor in [&ann, &bob] {
        visitor.write(&t, None, "Hello").await;
    }
    let (_here, _) = Socket::visitor(&t, &ann, None).await;
    t.stop_workers().await;
    t.clock.advance(Duration::from_secs(3600));
    t.restart().await;
    let (_back, _) = Socket::visitor(&t, &ann, None).await;
    assert_eq!((state(&t, &ann).await, state(&t, &bob).await), ("waiting".into(), "waiting".into()));
    t.clock.advance(Duration::from_secs(90));
    wait_for(&t, &bob, "ended").await;
    assert_eq!(standing(&t, &bob).await["close_cause"], "disconnection");
    assert_eq!(state(&t, &ann).await, "waiting");
}

#[tokio::test]
async fn nobody_is_gone_by_a_time_that_came_after_it_was_noted_who_is_there() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": "1m", "impossibility_message_delay": 0})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    ann.write(&t, None, "Hello").await;
    t.stop_workers().await;
    // The machine stands still for a while after it was noted who is there.
    let noted = t.clock.now();
    t.clock.advance(Duration::from_secs(3600));
    let end = async |by| {
        let done = t.app.db.write(move |tx| Box::pin(live_chat::end_due(tx, by)));
        let (count, _) = done.await.map_err(|error| format!("{error:?}")).expect("an end");
        count
    };
    assert_eq!(end(noted).await, 0);
    assert_eq!(state(&t, &ann).await, "waiting");
    assert_eq!(end(t.clock.now()).await, 1);
    assert_eq!(state(&t, &ann).await, "ended");
}

#[tokio::test]
async fn a_visitor_whose_line_lets_no_socket_through_is_there_while_they_write_and_come() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": "2m", "impossibility_message_delay": 0})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    ann.write(&t, None, "Hello").await;
    t.clock.advance(Duration::from_secs(140));
    t.settled().await;
    ann.write(&t, None, "Is anybody there?").await;
    t.clock.advance(Duration::from_secs(140));
    session(&t, &shop.chat, json!({"visitor": ann.key})).await.ok();
    t.clock.advance(Duration::from_secs(140));
    // Their page asks, now and then.
    standing(&t, &ann).await;
    t.clock.advance(Duration::from_secs(140));
    assert_eq!(state(&t, &ann).await, "waiting");
    t.clock.advance(Duration::from_secs(10));
    wait_for(&t, &ann, "ended").await;
}

#[tokio::test]
async fn on_two_servers_each_ends_once_and_says_each_thing_once() {
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let both = [&t, &other];
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    let watching = another(&t, &shop, json!({"impossibility_message_delay": 0, "disconnection_delay": "2m"})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    // One is here on the one server, whatever the other one thinks of them.
    let here = Visitor::new(&t, &watching.chat).await;
    let stays = here.write(&t, None, "Hello").await;
    let (_socket, _) = Socket::visitor(&t, &here, None).await;
    let (mut all, mut served) = (Vec::new(), Vec::new());
    for n in 0..8 {
        for (shop, cause) in [(&shop, "client_impossible_delay"), (&watching, "disconnection")] {
            let visitor = Visitor::new(both[n % 2], &shop.chat).await;
            let said = visitor.write(both[n / 2 % 2], None, "Hello").await;
            all.push((visitor, said, cause));
        }
        let visitor = Visitor::new(both[n % 2], &shop.chat).await;
        let said = visitor.write(&t, None, "Hello").await;
        served.push((visitor, said));
    }
    // Both servers have the same visitor written to, taken and ended at once.
    for (visitor, said) in &served {
        let thread = id(&said["thread"]);
        let (end, close) = (format!("threads/{thread}/end"), format!("/1.0/content_threads/{thread}/close"));
        take(&other, said, &nora).await;
        let (by_visitor, _) = tokio::join!(visitor.post(&t, &end, json!({})), other.put(&close, json!({})));
        by_visitor.ok();
        assert_eq!((ends(&t, thread).await.len(), state(&other, visitor).await), (1, "ended".into()));
        assert_eq!(notices(&t, visitor, thread).await, ["waiting_for_agent", "connection Nora", "thread_closure"]);
    }
    // The times come for both.
    for _ in 0..16 {
        for server in both {
            server.clock.advance(Duration::from_secs(30));
        }
        kept(&t, id(&stays["thread"])).await;
    }
    for (visitor, said, cause) in &all {
        wait_for(&other, visitor, "ended").await;
        let thread = id(&said["thread"]);
        assert_eq!(ends(&t, thread).await, [*cause]);
        assert_eq!(notices(&t, visitor, thread).await.len(), 2);
    }
    assert_eq!(state(&other, &here).await, "waiting");
}

/// Waits until it is noted that a visitor with a socket is there at the time of the server's clock.
async fn kept(t: &TestApp, thread: &str) {
    let noted = || async {
        let id = model::ThreadId::parse(thread).expect("an id");
        let read = t.app.db.read(move |tx| Box::pin(async move { store::chat_thread::find(tx, &id).await }));
        let until = read.await.expect("a read").expect("a chat").gone_at.expect("a time");
        (until == t.clock.now().plus_seconds(120 + 30)).then_some(())
    };
    eventually("noted", noted).await;
}
