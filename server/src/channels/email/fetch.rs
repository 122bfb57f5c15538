//! A run through a source's mailboxes: what is new in each is fetched and taken in, some mails a transaction with the
//! position that they lead to. So a crash between the two has these fetched again, and nothing is passed over.

use bytes::Bytes;
use model::Timestamp;
use serde_json::{Value, json};
use store::source::Source;

use super::door::{Door, Way};
use super::imap::{Session, Step, Trouble as Broken};
use super::inbound::{self, Became, Ready};
use super::large::Given;
use super::letter::Came;
use super::lines::Lines;
use super::position;
use super::reading::{After, Head, Mailbox};
use super::tokens::{self, NoToken};
use crate::app::App;
use crate::domain::mail_settings::AfterImport;
use crate::domain::source_health::{NEEDS_REAUTH, Trouble};
use crate::domain::source_run::{Ended, Taken};
use crate::domain::{Error, credential, mail_settings, source_settings};

/// How many mails are looked at before they are fetched.
const SLICE: usize = 200;
/// How many mails one transaction takes, and how many bytes of them.
const TOGETHER: usize = 64;
const TOGETHER_BYTES: usize = 8 * 1024 * 1024;
/// How often a mail is asked for that its server does not give, before the others go on without it: where the server says no,
/// and where it asks for patience, or the line breaks each time.
const TRIES: u8 = 5;
const PATIENT_TRIES: u8 = 20;
/// How many days before the last mail that was taken in are looked through when all numbers have become others.
const BACK_SECONDS: i64 = 2 * 86_400;

/// One run. The session is kept in `lines` for the next one, and rings there when something comes.
pub(crate) async fn run(app: &App, run: &Taken, lines: &Lines, wake: impl FnOnce() + Send + 'static) -> Ended {
    let mut ended = Ended { lists: true, ..Ended::default() };
    match pass(app, run, lines, wake, &mut ended).await {
        Ok(()) => {}
        Err(Stop::Broken(broken)) => ended.trouble = Some(trouble(&broken)),
        Err(Stop::Ours(error)) => ended.trouble = Some(Trouble::new("ours", error.to_string())),
    }
    ended
}

/// Why a run ends early.
pub(super) enum Stop {
    Broken(Broken),
    Ours(Error),
}

impl Stop {
    /// What people are told.
    pub(super) fn told(self) -> Broken {
        match self {
            Self::Broken(broken) => broken,
            Self::Ours(error) => Broken::new(Step::Connect, error.to_string()),
        }
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// What people are told of a session that broke off.
pub(super) fn trouble(broken: &Broken) -> Trouble {
    let code = if broken.is_refused() { NEEDS_REAUTH } else { broken.step.code() };
    Trouble::new(code, &broken.text)
}

/// The way to the server that a source's mail comes from, with what it is signed in by.
pub(super) async fn door(app: &App, source: &Source) -> Result<Door, Stop> {
    let purpose = mail_settings::login_secret(source);
    if purpose != "imap_password" {
        return match tokens::access(app, source, purpose).await {
            Ok(token) => Ok(Door::imap(source, token)),
            Err(NoToken::Over(text)) => {
                Err(Stop::Broken(Broken { step: Step::Login, text, passing: false, said: true }))
            }
            Err(NoToken::Later(text)) => Err(Stop::Broken(Broken::new(Step::Login, text))),
        };
    }
    let (keys, id) = (app.clone(), source.id.clone());
    let read = app.db.read(move |tx| Box::pin(async move { credential::open(tx, &keys.keys, &id, purpose).await }));
    match read.await? {
        Some(secret) => Ok(Door::imap(source, secret)),
        None => Err(Stop::Broken(Broken::said(Step::Login, "no password is set"))),
    }
}

/// Opens a session. Where a token is not taken, another one is asked for, once.
pub(super) async fn enter(app: &App, source: &Source, door: &mut Door) -> Result<Session, Stop> {
    let refused = match Session::open(&app.http, door).await {
        Err(broken) if broken.is_refused() => broken,
        opened => return Ok(opened?),
    };
    let Way::Token(token) = &door.way else { return Err(refused.into()) };
    let forgotten = tokens::forget(app, source, mail_settings::login_secret(source), token).await;
    if forgotten.is_err() {
        return Err(refused.into());
    }
    *door = self::door(app, source).await?;
    Ok(Session::open(&app.http, door).await?)
}

async fn pass(
    app: &App,
    run: &Taken,
    lines: &Lines,
    wake: impl FnOnce() + Send + 'static,
    ended: &mut Ended,
) -> Result<(), Stop> {
    let source = &run.source;
    let mut door = door(app, source).await?;
    let all = mail_settings::mailboxes(source);
    let mut session = match lines.take(&source.id, &door).await {
        Some(session) => session,
        None => enter(app, source, &mut door).await?,
    };
    let mut missing: Vec<Broken> = Vec::new();
    for name in &all {
        match (Intake { app, run, name, ended }).take_in(&mut session).await {
            // One mailbox may be gone or have another name, or not give what is in it: the others go on.
            Err(Stop::Broken(broken)) if broken.step == Step::Mailboxes || broken.said => missing.push(broken),
            other => other?,
        }
    }
    if missing.len() == all.len() {
        return Err(Stop::Broken(missing.remove(0)));
    }
    if let Some(missing) = missing.first() {
        ended.warning = Some(trouble(missing));
    }
    // The first one is watched.
    if all.first().is_some_and(|first| session.open.as_ref() != Some(first)) && session.examine(&all[0]).await.is_err()
    {
        return Ok(());
    }
    lines.keep(app, source.id.clone(), door, session, wake);
    Ok(())
}

/// A mailbox on its way in.
struct Intake<'a> {
    app: &'a App,
    run: &'a Taken,
    name: &'a str,
    ended: &'a mut Ended,
}

/// Up to where a mailbox was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    validity: u32,
    /// Whose mailbox it is in; none where nobody has noted it yet.
    account: Option<u32>,
    last: u32,
    /// When the last mail came to the server.
    at: Option<Timestamp>,
    /// Until all of it was looked through once: only what came since then counts.
    since: Option<Timestamp>,
    /// The mail that the server did not give the last time, and how often it has not.
    refused: Option<(u32, u8)>,
}

impl Position {
    fn read(text: &str) -> Option<Self> {
        let value: Value = text::json(text.as_bytes()).ok()?;
        let number = |name: &str| value.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let time = |name: &str| value.get(name).and_then(Value::as_i64).map(Timestamp::from_millis);
        let (validity, last) = (number("uidvalidity")?, number("last_uid")?);
        let tries = number("refused_times").and_then(|n| u8::try_from(n).ok());
        let refused = number("refused_uid").zip(tries);
        let account = number("account");
        Some(Self { validity, account, last, at: time("last_internal_date"), since: time("since"), refused })
    }

    fn write(&self) -> String {
        let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
        let Self { validity, account, last, at, since, refused } = *self;
        let (uid, times) = refused.unzip();
        json!({
            "uidvalidity": validity, "account": account, "last_uid": last, "last_internal_date": millis(at), "since": millis(since),
            "refused_uid": uid, "refused_times": times,
        })
        .to_string()
    }

    /// Whether a mailbox still has its numbers: many servers give each the same `UIDVALIDITY`, and one that was put back to an
    /// earlier state gives them a second time.
    fn holds(&self, account: u32, now: Mailbox) -> bool {
        self.validity == now.validity
            && self.account.is_none_or(|known| known == account)
            && now.next.is_none_or(|next| next > self.last)
    }

    /// Notes that the server has not given a mail once more; whether it was asked often enough.
    fn is_given_up(&mut self, uid: u32, broken: &Broken) -> bool {
        let most = if broken.said && !broken.passing { TRIES } else { PATIENT_TRIES };
        let before = self.refused.filter(|(known, _)| *known == uid).map_or(0, |(_, times)| times);
        let times = before.saturating_add(1);
        self.refused = Some((uid, times));
        times >= most
    }
}

impl Intake<'_> {
    async fn take_in(mut self, session: &mut Session) -> Result<(), Stop> {
        let known = position::read(self.app, &self.run.source.id, self.name).await?;
        let known = known.as_deref().and_then(Position::read);
        if let Some(known) = known.filter(|known| known.since.is_none()) {
            let now = session.status(self.name).await?;
            // What was there before is left alone, whatever has become of it.
            if known.holds(account(&self.run.source), now) && now.next == Some(known.last.saturating_add(1)) {
                return Ok(());
            }
        }
        let now = session.examine(self.name).await?;
        let Plan { mut at, uids, ends } = self.plan(session, known, now).await?;
        for some in uids.chunks(SLICE) {
            let mut batch = Batch::default();
            let fetched = self.slice(session, &mut at, some, &mut batch).await;
            // Where the server has broken off, what it has given counts all the same.
            self.enter(&at, &mut batch).await?;
            if fetched.is_err() && at.refused.is_some() {
                position::write(self.app, self.run, self.name, at.write()).await?;
            }
            fetched?;
            // What is gone or was skipped is passed over.
            at.last = some.last().copied().unwrap_or(at.last);
            position::write(self.app, self.run, self.name, at.write()).await?;
            self.follow(session, &batch.done).await?;
        }
        if at.since.take().is_some() || known.is_none() || known.is_some_and(|known| known.validity != at.validity) {
            // What was not found is from before: it stays where it is.
            at.last = at.last.max(ends);
            position::write(self.app, self.run, self.name, at.write()).await?;
        }
        Ok(())
    }

    /// Where it begins now, and which mails come into question.
    async fn plan(&self, session: &mut Session, known: Option<Position>, now: Mailbox) -> Result<Plan, Stop> {
        let account = account(&self.run.source);
        let begin =
            Position { validity: now.validity, account: Some(account), last: 0, at: None, since: None, refused: None };
        let at = match known {
            Some(known) if known.holds(account, now) => Position { account: Some(account), ..known },
            // All numbers are others: what is known is told by its ids.
            Some(known) => {
                let since = known.at.unwrap_or(self.run.connected_at).plus_seconds(-BACK_SECONDS);
                Position { at: known.at, since: Some(since), ..begin }
            }
            None => match self.import_seconds() {
                Some(0) => {
                    let last = last_of(session, now).await?;
                    let at = Position { last, at: Some(self.run.began_at), ..begin };
                    return Ok(Plan { at, uids: Vec::new(), ends: last });
                }
                Some(seconds) => Position { since: Some(self.run.connected_at.plus_seconds(-seconds)), ..begin },
                None => begin,
            },
        };
        let (uids, ends) = match at.since {
            Some(since) => {
                let ends = last_of(session, now).await?;
                (session.since(since).await?, ends)
            }
            None => (session.from(at.last.saturating_add(1)).await?, 0),
        };
        Ok(Plan { at, uids: uids.into_iter().filter(|uid| *uid > at.last).collect(), ends })
    }

    /// For how many seconds before the first connection mail is taken; none for ever.
    fn import_seconds(&self) -> Option<i64> {
        match self.run.source.setting("import_from") {
            Some("1d") => Some(86_400),
            Some("7d") => Some(7 * 86_400),
            Some("30d") => Some(30 * 86_400),
            Some("all") => None,
            _ => Some(0),
        }
    }

    /// Fetches some mails, and takes them in, but for the last ones.
    async fn slice(
        &mut self,
        session: &mut Session,
        at: &mut Position,
        uids: &[u32],
        batch: &mut Batch,
    ) -> Result<(), Stop> {
        let most = mail_settings::mail_max_bytes(&self.run.source);
        for head in session.heads(uids).await? {
            let late = at.since.is_some_and(|since| head.at.is_some_and(|came| came < since));
            if head.skipped || late {
                self.ended.skipped += i64::from(head.skipped);
                continue;
            }
            let came = self.came(at, head);
            let (ready, size, broken) =
                match given(session, head, most, at.refused.is_none_or(|(uid, _)| uid != head.uid)).await {
                    Ok(None) => continue,
                    Ok(Some(Given { bytes, left_out, cut })) => {
                        let (size, came) = (bytes.len(), Came { left_out, cut, ..came });
                        (inbound::ready(self.app, &self.run.source, came, Bytes::from(bytes)).await?, size, None)
                    }
                    Err(broken) if at.is_given_up(head.uid, &broken) => {
                        (Ready::lost(came, &broken.text), 0, Some(broken).filter(|broken| !broken.said))
                    }
                    Err(broken) => return Err(broken.into()),
                };
            (at.last, at.at, at.refused) = (head.uid, head.at.or(at.at), None);
            batch.mails.push(ready);
            batch.bytes += size;
            if batch.mails.len() == TOGETHER || batch.bytes >= TOGETHER_BYTES {
                self.enter(at, batch).await?;
            }
            if let Some(broken) = broken {
                return Err(broken.into());
            }
        }
        Ok(())
    }

    fn came(&self, at: &Position, head: Head) -> Came {
        let source = &self.run.source;
        let open = source.setting("import_from") == Some("all") || source_settings::is_on(source, "import_open");
        Came {
            mailbox: self.name.to_owned(),
            uid: head.uid,
            validity: at.validity,
            account: at.account,
            at: head.at,
            old: !open && head.at.is_some_and(|came| came < self.run.connected_at),
            cut: false,
            left_out: Vec::new(),
        }
    }

    /// Takes in what was fetched.
    async fn enter(&mut self, at: &Position, batch: &mut Batch) -> Result<(), Stop> {
        let mails = std::mem::take(&mut batch.mails);
        batch.bytes = 0;
        if mails.is_empty() {
            return Ok(());
        }
        let uids: Vec<(u32, bool)> = mails.iter().map(|mail| (mail.uid(), mail.is_cut())).collect();
        let became = inbound::take_in(self.app, self.run, self.name, mails, at.write()).await?;
        for ((uid, cut), became) in uids.into_iter().zip(became) {
            match became {
                Became::New => {
                    self.ended.received += 1;
                    // Of one that is too large only the server has the whole.
                    batch.done.extend((!cut).then_some(uid));
                }
                Became::Known => {}
                Became::Parked => self.ended.parked += 1,
            }
        }
        Ok(())
    }

    /// Does on the server with mails that were taken in what the source says. Where that cannot be, they stay as they are.
    async fn follow(&mut self, session: &mut Session, uids: &[u32]) -> Result<(), Stop> {
        let after = match mail_settings::after_import(&self.run.source) {
            AfterImport::Nothing => return Ok(()),
            _ if uids.is_empty() => return Ok(()),
            AfterImport::Seen => After::Seen,
            AfterImport::Move(mailbox) => After::Move(mailbox),
        };
        if let Err(broken) = session.follow(self.name, uids, after).await {
            self.ended.warning = Some(Trouble::new("imap_after_import", broken.text));
        }
        session.examine(self.name).await?;
        Ok(())
    }
}

/// What is to be done with a mailbox.
struct Plan {
    at: Position,
    uids: Vec<u32>,
    /// The number of its last mail, where not all of them were asked for.
    ends: u32,
}

/// Whose mailboxes a source reads, as a number.
pub(super) fn account(source: &Source) -> u32 {
    let of = |name| source.setting(name).unwrap_or_default().to_lowercase();
    let digest = crypto::digest(&[of("imap_address").as_bytes(), b"\0", of("imap_username").as_bytes()]);
    u32::from_str_radix(digest.get(..8).unwrap_or_default(), 16).unwrap_or(0)
}

/// The number of a mailbox's last mail, or a greater one that was.
async fn last_of(session: &mut Session, now: Mailbox) -> Result<u32, Stop> {
    Ok(match now.next {
        Some(next) => next.saturating_sub(1),
        None => session.from(1).await?.last().copied().unwrap_or(0),
    })
}

/// The bytes of a mail; none when it is gone. What it is made of is asked for where it is too large and that has not gone wrong
/// before.
async fn given(session: &mut Session, head: Head, most: usize, reduces: bool) -> Result<Option<Given>, Broken> {
    let found = session.given(head, most, reduces).await?;
    if found.is_none() && !session.heads(&[head.uid]).await?.is_empty() {
        return Err(Broken::said(Step::Mail, "it is there, and the server gives nothing of it"));
    }
    Ok(found)
}

/// Mails of a slice that were fetched, and are taken in together.
#[derive(Default)]
struct Batch {
    mails: Vec<Ready>,
    bytes: usize,
    /// The numbers of those that are taken in.
    done: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::{Position, Timestamp};

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let at = Some(Timestamp::from_millis(5));
        for since in [None, Some(Timestamp::from_millis(7))] {
            let position = Position { validity: 3, account: Some(7), last: 9, at, since, refused: Some((10, 2)) };
            assert_eq!(Position::read(&position.write()), Some(position));
        }
        assert_eq!(Position::read("{}"), None);
        assert_eq!(Position::read("nonsense"), None);
    }
}
