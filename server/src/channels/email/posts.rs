//! Where a source's mails go out, one after the other: the session with its server, which is kept for a short while, and
//! how many went out in the last minute.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{SourceId, Timestamp};
use store::source::Source;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep};

use super::door::{Door, Way};
use super::smtp::{Broken, Smtp, Stage};
use super::tokens::{self, NoToken};
use crate::app::App;
use crate::domain::export::{Outcome, Reason};
use crate::domain::{credential, mail_settings};

/// For how long a session is kept in which nothing is said.
const KEPT: Duration = Duration::from_secs(30);
/// Mails of one session at the most.
const MAILS: u32 = 100;
/// In how many seconds the mails of a source are counted.
const MINUTE: i64 = 60;

/// The places of this process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Posts(Arc<Mutex<HashMap<SourceId, Arc<tokio::sync::Mutex<Place>>>>>);

/// What is known of one source.
#[derive(Default)]
struct Place {
    kept: Option<Kept>,
    /// When its last mails went out.
    sent: VecDeque<Timestamp>,
}

struct Kept {
    door: Door,
    session: Smtp,
    since: Instant,
}

/// A place that is taken: nobody else sends by it.
pub(super) struct Seat {
    place: OwnedMutexGuard<Place>,
    again: Arc<tokio::sync::Mutex<Place>>,
    door: Option<Door>,
}

impl Posts {
    /// Takes the place of a source, once it is free.
    pub(super) async fn seat(&self, source: &SourceId) -> Seat {
        let again = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(source.clone()).or_default().clone()
        };
        Seat { place: again.clone().lock_owned().await, again, door: None }
    }
}

impl Seat {
    /// Whether another mail may go out now.
    pub(super) fn pace(&mut self, most: i64, now: Timestamp) -> Result<(), Box<Outcome>> {
        let most = usize::try_from(most).unwrap_or(1).max(1);
        let sent = &mut self.place.sent;
        sent.retain(|at| *at <= now && now.seconds_since(*at) < MINUTE);
        match sent.len().checked_sub(most).and_then(|over| sent.get(over)) {
            None => Ok(()),
            Some(first) => {
                let reason = Reason::new("pace", format!("{most} mails went out in the last minute"));
                Err(Box::new(Outcome::Wait(first.plus_seconds(MINUTE), reason)))
            }
        }
    }

    /// Counts a mail.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.place.sent.push_back(now);
    }

    /// The session that was kept, when it leads through the same door and still works, else a new one.
    pub(super) async fn session(&mut self, app: &App, source: &Source) -> Result<Smtp, Broken> {
        let mut door = door(app, source).await?;
        if let Some(mut kept) = self.place.kept.take() {
            let fresh = kept.since.elapsed() < KEPT && kept.session.mails < MAILS;
            if kept.door == door && fresh && kept.session.reset().await.is_ok() {
                self.door = Some(door);
                return Ok(kept.session);
            }
            app.tasks.spawn(kept.session.close());
        }
        let session = enter(app, source, &mut door).await?;
        self.door = Some(door);
        Ok(session)
    }

    /// Keeps a session for the next mail.
    pub(super) fn keep(&mut self, app: &App, session: Smtp) {
        let Some(door) = self.door.take() else { return };
        let since = Instant::now();
        self.place.kept = Some(Kept { door, session, since });
        let (place, stopping) = (self.again.clone(), app.stopping.clone());
        app.tasks.spawn(async move {
            tokio::select! {
                () = sleep(KEPT) => {}
                () = stopping.cancelled() => {}
            }
            let kept = {
                let mut place = place.lock().await;
                if place.kept.as_ref().is_some_and(|kept| kept.since == since) { place.kept.take() } else { None }
            };
            if let Some(kept) = kept {
                kept.session.close().await;
            }
        });
    }

    /// Ends a session in which a mail was not taken, unless it goes on.
    pub(super) fn end(&mut self, app: &App, session: Smtp, broken: &Broken) {
        // Before all was said, the server waits for more of the mail.
        match broken.code {
            Some(code) if code != 421 && broken.stage != Stage::Login => self.keep(app, session),
            _ => drop(session),
        }
    }
}

/// As whom a source's server is greeted.
pub(super) fn greeting(source: &Source) -> String {
    let own = || source.setting("imap_smtp_email").and_then(|own| own.rsplit_once('@')).map(|(_, domain)| domain);
    let name = source.setting("smtp_helo_domain").or_else(own).unwrap_or("localhost");
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_[]:".contains(c);
    if name.chars().all(fits) { name.to_owned() } else { "localhost".into() }
}

/// The way to the server that a source's mails go out by, with what it is signed in by.
pub(super) async fn door(app: &App, source: &Source) -> Result<Door, Broken> {
    let locked = |text: String| Broken { stage: Stage::Login, code: Some(535), text };
    if source.setting("smtp_address").is_none() {
        return Err(Broken::new(Stage::Connect, "this mailbox has no server that mails go out by"));
    }
    if source.setting("smtp_username").is_none() {
        return Ok(Door::smtp(source, String::new()));
    }
    let purpose = mail_settings::smtp_secret(source);
    if purpose != "smtp_password" {
        return match tokens::access(app, source, purpose).await {
            Ok(token) => Ok(Door::smtp(source, token)),
            Err(NoToken::Over(text)) => Err(locked(text)),
            Err(NoToken::Later(text)) => Err(Broken::new(Stage::Login, text)),
        };
    }
    let (keys, id) = (app.clone(), source.id.clone());
    let read = app.db.read(move |tx| Box::pin(async move { credential::open(tx, &keys.keys, &id, purpose).await }));
    match read.await {
        Ok(Some(secret)) => Ok(Door::smtp(source, secret)),
        Ok(None) => Err(locked("no password is set".into())),
        Err(error) => Err(Broken::new(Stage::Connect, error.to_string())),
    }
}

/// Opens a session. Where a token is not taken, another one is asked for, once.
pub(super) async fn enter(app: &App, source: &Source, door: &mut Door) -> Result<Smtp, Broken> {
    let greeting = greeting(source);
    let refused = match Smtp::open(&app.http, door, &greeting).await {
        Err(broken) if broken.stage == Stage::Login && broken.code.is_some_and(|code| code >= 500) => broken,
        opened => return opened,
    };
    let Way::Token(token) = &door.way else { return Err(refused) };
    if tokens::forget(app, source, mail_settings::smtp_secret(source), token).await.is_err() {
        return Err(refused);
    }
    *door = self::door(app, source).await?;
    Smtp::open(&app.http, door, &greeting).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_keeps_its_pace() {
        let posts = Posts::default();
        let mut seat = posts.seat(&SourceId::new(Timestamp::from_millis(0))).await;
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        for second in 0..30 {
            assert_eq!(seat.pace(30, at(second)), Ok(()));
            seat.count(at(second));
        }
        let waits = seat.pace(30, at(30)).expect_err("no wait");
        assert!(matches!(*waits, Outcome::Wait(until, _) if until == at(60)), "{waits:?}");
        assert_eq!(seat.pace(30, at(60)), Ok(()));
    }
}
