//! Sending mails: takes what is due, hands it to the server that `[mail]` names, notes how that went. What was taken is
//! leased, and the lease is renewed until it is done: when this process dies, the lease ends and the mail is sent again,
//! with the same `Message-ID`. No transaction is open while a mail is under way. Where nothing is configured, nothing is
//! taken: mails wait, and are parked in time.

use std::collections::HashMap;
use std::time::{Duration, Instant, UNIX_EPOCH};

use mail::{Failure, Mail, Party};
use model::{MailId, Timestamp};
use store::Backend;
use store::mail_delivery::{self as rows, MailDelivery};
use tokio::task::{Id, JoinError, JoinSet};

use super::{next_finished, while_leased};
use crate::app::App;
use crate::config;
use crate::domain::mail::{Outcome, Went};
use crate::domain::{Error, Result, mail as mails};
use crate::worker::wakes::Wakes;

/// How many mails are under way at the most, each in a session of its own: servers do not like many.
const AT_ONCE: usize = 4;
/// How often the lane looks where another process may have written mails and died.
const ROUND: Duration = Duration::from_secs(5);
/// The pause after a failure of the database, and when another process was faster.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the lane, where mails are sent.
pub(in crate::worker) fn start(app: &App, wakes: &Wakes) {
    let Some(post) = app.config.mail.clone() else { return };
    let (tasks, app, wakes) = (app.tasks.clone(), app.clone(), wakes.clone());
    tasks.spawn(Lane { app, wakes, post, requests: JoinSet::new(), under_way: HashMap::new() }.run());
}

struct Lane {
    app: App,
    wakes: Wakes,
    post: config::Mail,
    requests: JoinSet<()>,
    under_way: HashMap<Id, MailId>,
}

/// What the lane does after a step.
enum Next {
    Again,
    Wait(Option<Timestamp>),
    Pause,
}

impl Lane {
    async fn run(mut self) {
        let mut begun = false;
        while !self.app.stopping.is_cancelled() {
            let turns = self.app.db.clock().turns();
            let next = self.step(&mut begun).await.unwrap_or_else(|error| {
                tracing::error!(%error, "sending mails: will try again");
                Next::Pause
            });
            match next {
                Next::Again => {}
                Next::Wait(until) => self.wait(until, turns).await,
                Next::Pause => {
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.app.stopping.cancelled() => {}
                    }
                }
            }
        }
        // What is under way may come to its end, and be written down.
        while self.requests.join_next().await.is_some() {}
    }

    async fn step(&mut self, begun: &mut bool) -> Result<Next> {
        if !*begun {
            // What an earlier process left under way is due again.
            let process = self.app.process.clone();
            let ended = self.app.db.write(move |tx| {
                Box::pin(async move { rows::end_leases(tx, &process.name, process.former.as_deref()).await })
            });
            ended.await.map_err(Error::Store)?;
            *begun = true;
        }
        while let Some(finished) = self.requests.try_join_next_with_id() {
            self.collect(finished);
        }
        let room = AT_ONCE - self.under_way.len();
        if room == 0 {
            return Ok(Next::Wait(None));
        }
        let due = self.app.db.read(|tx| Box::pin(mails::next_due(tx))).await?;
        if due.is_none_or(|time| time > self.app.db.clock().now()) {
            return Ok(Next::Wait(due));
        }
        let taken = take(&self.app, self.under_way.values().cloned().collect(), room).await?;
        if taken.is_empty() {
            // What is due is under way here, or another process was faster.
            return Ok(if self.under_way.is_empty() { Next::Pause } else { Next::Wait(None) });
        }
        for mail in taken {
            let (app, post, id) = (self.app.clone(), self.post.clone(), mail.id.clone());
            let task = self.requests.spawn(async move {
                let renew = || renew(&app, &mail);
                let outcome = while_leased(&app, send(&app, &post, &mail), renew).await;
                note(&app, &mail, outcome).await;
            });
            self.under_way.insert(task.id(), id);
        }
        Ok(Next::Again)
    }

    fn collect(&mut self, finished: std::result::Result<(Id, ()), JoinError>) {
        let id = match finished {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "sending a mail");
                error.id()
            }
        };
        self.under_way.remove(&id);
    }

    /// Waits until a mail is finished, the bell rings, or it is time.
    async fn wait(&mut self, until: Option<Timestamp>, turns: u64) {
        // Nothing more is taken while there is no room.
        let until = until.filter(|_| self.under_way.len() < AT_ONCE);
        let backend = self.app.db.backend();
        let round = async {
            match backend {
                Backend::Sqlite => std::future::pending().await,
                Backend::Postgres => tokio::time::sleep(ROUND).await,
            }
        };
        let (app, bells) = (self.app.clone(), self.wakes.clone());
        let finished = tokio::select! {
            finished = next_finished(&app, &mut self.requests, &bells.mails, until, turns) => finished,
            () = round => None,
        };
        if let Some(finished) = finished {
            self.collect(finished);
        }
    }
}

/// Takes mails that are due, but for those that this process is at.
async fn take(app: &App, busy: Vec<MailId>, room: usize) -> Result<Vec<MailDelivery>> {
    let process = app.process.name.clone();
    app.db.write(move |tx| Box::pin(async move { mails::take(tx, &process, &busy, room).await })).await
}

/// Says of a taken mail that this process is still at it.
async fn renew(app: &App, taken: &MailDelivery) -> Result<()> {
    let taken = taken.clone();
    app.db.write(move |tx| Box::pin(async move { mails::renew(tx, &taken).await })).await
}

/// Sends a mail that was taken.
async fn send(app: &App, post: &config::Mail, taken: &MailDelivery) -> Outcome {
    let (at, started) = (app.db.clock().now(), Instant::now());
    let sent = match compose(app, post, taken) {
        Ok(mail) => post.way.send(&mail).await,
        Err(reason) => Err(Failure { code: None, reason: reason.into(), is_final: true }),
    };
    let went = match sent {
        Ok(answer) => Went::Sent(answer),
        Err(Failure { code, reason, is_final: true }) => Went::Refused(code, reason),
        Err(Failure { code, reason, is_final: false }) => Went::Failed(code, reason),
    };
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    // What the server said stays with the mail: it may give addresses or the mail back, which is not for the log.
    let (outcome, code) = match &went {
        Went::Sent(_) => ("sent", None),
        Went::Refused(code, _) => ("refused", *code),
        Went::Failed(code, _) => ("failed", *code),
    };
    app.meters.mail(outcome);
    if outcome != "sent" {
        tracing::warn!(mail = %taken.id, kind = taken.kind.as_str(), code, outcome, "a mail was not sent");
    }
    Outcome { at, duration_ms, went }
}

/// The mail as it is sent, the same at each try.
fn compose(app: &App, post: &config::Mail, taken: &MailDelivery) -> std::result::Result<Mail, &'static str> {
    let sealed = taken.sealed_text.as_deref();
    let text = sealed.and_then(|sealed| app.keys.open(taken.id.as_str(), sealed));
    let text = text.ok_or("what it says cannot be read with the server's key")?;
    let to =
        Party::new(taken.recipient_name.as_deref(), &taken.recipient).map_err(|_| "the recipient has no address")?;
    let seconds = u64::try_from(taken.created_at.millis() / 1000).unwrap_or_default();
    Ok(Mail {
        from: post.from.clone(),
        to,
        subject: taken.subject.clone(),
        text,
        message_id: taken.message_id.clone(),
        date: UNIX_EPOCH + Duration::from_secs(seconds),
    })
}

/// Writes down how a try ended, as soon as the database takes it. When it cannot be written down, the lease ends some
/// time, and the mail is sent again.
async fn note(app: &App, taken: &MailDelivery, outcome: Outcome) {
    loop {
        let (mail, ended) = (taken.clone(), outcome.clone());
        match app.db.write(move |tx| Box::pin(async move { mails::note(tx, &mail, ended).await })).await {
            Ok(()) => return,
            Err(error) if error.is_passing() && !app.stopping.is_cancelled() => {
                tracing::warn!(mail = %taken.id, %error, "how a mail was sent: will try again");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::error!(mail = %taken.id, %error, "a mail was sent, but that is not written down");
                return;
            }
        }
    }
}
