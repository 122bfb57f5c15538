//! Sending mails by the server that `[mail]` names, in one lane. A mail that was sent before its process died is sent
//! again with the same `Message-ID`. Where nothing is configured, nothing is taken: mails wait, and are parked in time.

use std::convert::Infallible;
use std::fmt;
use std::time::{Duration, Instant, UNIX_EPOCH};

use mail::{Failure, Mail, Party};
use model::MailId;
use store::mail_delivery::{self as rows, MailDelivery};

use super::engine::{self, Kind, Next};
use crate::app::App;
use crate::domain::mail::{self as mails, Outcome, Went};
use crate::domain::{Error, Result, unread_mail};
use crate::worker::wakes::{Bell, Outbox, Wakes};

impl fmt::Display for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outbox")
    }
}

/// The lane of mails.
#[derive(Clone)]
pub(super) struct Mails {
    app: App,
    wakes: Wakes,
}

impl Kind for Mails {
    type Key = Outbox;
    type Item = MailDelivery;
    type Id = MailId;
    type Outcome = Infallible;
    const NAME: &'static str = "mails";
    /// Each in a session of its own: servers do not like many.
    const AT_ONCE: usize = 4;

    async fn begin(app: App, wakes: Wakes) -> Result<Self> {
        let process = app.process.clone();
        let ended = app.db.write(move |tx| {
            Box::pin(async move { rows::end_leases(tx, &process.name, process.former.as_deref()).await })
        });
        ended.await.map_err(Error::Store)?;
        Ok(Self { app, wakes })
    }

    fn app(&self) -> &App {
        &self.app
    }

    fn bell(&self) -> &Bell<Outbox> {
        &self.wakes.mails
    }

    async fn keys(&self) -> Result<Vec<Outbox>> {
        Ok(self.app.config.mail.iter().map(|_| Outbox).collect())
    }

    async fn next(&self, _: &Outbox) -> Result<Next> {
        let due = self.app.db.read(|tx| Box::pin(mails::next_due(tx))).await?;
        let now = self.app.db.clock().now();
        Ok(Next::due(due, now))
    }

    async fn take(
        &self,
        _: &Outbox,
        _: Vec<Infallible>,
        busy: Vec<MailId>,
        room: usize,
    ) -> Result<Option<Vec<MailDelivery>>> {
        let process = self.app.process.name.clone();
        let take = self.app.db.write(move |tx| Box::pin(async move { mails::take(tx, &process, &busy, room).await }));
        take.await.map(Some)
    }

    fn id(taken: &MailDelivery) -> MailId {
        taken.id.clone()
    }

    /// Sends one mail and writes down how that ended.
    async fn work(&self, taken: MailDelivery) -> Option<Infallible> {
        let app = &self.app;
        let outcome = send(app, &taken).await?;
        let note = || {
            let (taken, outcome) = (taken.clone(), outcome.clone());
            app.db.write(move |tx| Box::pin(async move { mails::note(tx, &taken, outcome).await }))
        };
        if let Err(error) = engine::note(app, note).await {
            tracing::error!(mail = %taken.id, %error, "a mail was sent, but that is not written down");
        }
        None
    }

    async fn renew(&self, taken: &MailDelivery) -> Result<()> {
        let taken = taken.clone();
        self.app.db.write(move |tx| Box::pin(async move { mails::renew(tx, &taken).await })).await
    }
}

/// Sends a mail that was taken; none where none are sent.
async fn send(app: &App, taken: &MailDelivery) -> Option<Outcome> {
    let post = app.config.mail.as_ref()?;
    let (at, started) = (app.db.clock().now(), Instant::now());
    let sent = match compose(app, &post.from, taken) {
        Ok(mail) => post.way.send(&mail).await,
        Err(reason) => Err(Failure { code: None, reason: reason.into(), is_final: true }),
    };
    let went = match sent {
        Ok(answer) => Went::Sent(answer),
        Err(Failure { code, reason, is_final: true }) => Went::Refused(code, reason),
        Err(Failure { code, reason, is_final: false }) => Went::Failed(code, reason),
    };
    tell(app, taken, &went);
    Some(Outcome { at, duration_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX), went })
}

/// Counts a try, and says in the log when it failed. What the server said stays with the mail: it may give addresses or
/// the mail back, which is not for the log.
fn tell(app: &App, taken: &MailDelivery, went: &Went) {
    let (outcome, code) = match went {
        Went::Sent(_) => ("sent", None),
        Went::Refused(code, _) => ("refused", *code),
        Went::Failed(code, _) => ("failed", *code),
    };
    app.meters.mail(outcome);
    if outcome != "sent" {
        tracing::warn!(mail = %taken.id, kind = taken.kind.as_str(), code, outcome, "a mail was not sent");
    }
}

/// The mail as it is sent, the same at each try.
fn compose(app: &App, from: &Party, taken: &MailDelivery) -> std::result::Result<Mail, &'static str> {
    let unreadable = "what it says cannot be read with the server's key";
    let open = |sealed: &str| app.keys.open(taken.id.as_str(), sealed).ok_or(unreadable);
    let text = open(taken.sealed_text.as_deref().ok_or(unreadable)?)?;
    let html = taken.sealed_html.as_deref().map(open).transpose()?;
    let unsubscribe_url = match (app.pen(), &taken.thread_id) {
        (Some(pen), Some(thread)) => Some(unread_mail::unsubscribe_url(pen, thread)),
        _ => None,
    };
    let to =
        Party::new(taken.recipient_name.as_deref(), &taken.recipient).map_err(|_| "the recipient has no address")?;
    let seconds = u64::try_from(taken.created_at.millis() / 1000).unwrap_or_default();
    Ok(Mail {
        from: taken.sender_name.as_deref().map_or_else(|| from.clone(), |name| from.named(name)),
        to,
        subject: taken.subject.clone(),
        text,
        html,
        unsubscribe_url,
        message_id: taken.message_id.clone(),
        date: UNIX_EPOCH + Duration::from_secs(seconds),
    })
}
