//! Mails that came into a mailbox: each becomes one content, once, in the conversation that it belongs to
//! (`conversation::mail_thread`). A mail is kept as it came for a time, and one that cannot be taken in for ever.

use model::{BlockId, ContentId, ThreadId, Timestamp};
use serde_json::{Map, Value};
use store::content::{self, Content};
use store::identity::{self, Identity};
pub use store::mail::LeftOut;
use store::mail::{self, Mail, RawMail};
use store::source::Source;
use store::{Json, Scope, Tx};

use crate::base::{Actor, Error, Result, checks::checked_email};
use crate::conversation::attachment::{self, NewAttachment};
use crate::conversation::dead_address;
use crate::conversation::export;
use crate::conversation::held;
use crate::conversation::ingest::{self, Author, Incoming, Place, Received};
use crate::conversation::mail_post::Posted;
use crate::conversation::mail_report::{self, Report};
use crate::conversation::mail_sender;
use crate::conversation::mail_thread::{self, Clues, Joined};
use crate::conversation::unwanted;
use crate::customers::block::{Blocks, Writer};
use crate::setup::{mail_settings, source_settings};

/// The type of contents that came as mails.
const KIND: &str = "mail";
/// For how many seconds mails are kept as they came.
const RAW_SECONDS: i64 = 30 * 86_400;
/// Answers of machines to each other that are taken in.
const TRACES_MAX: u32 = 5;

/// Somebody with an e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The name that they show.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

impl Party {
    /// As people read it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.name.as_deref().filter(|name| !name.is_empty() && *name != self.address) {
            Some(name) => format!("{name} <{}>", self.address),
            None => self.address.clone(),
        }
    }
}

/// A file of a mail, whose bytes are stored.
#[derive(Clone, Debug)]
pub struct Enclosed {
    /// The file.
    pub file: NewAttachment,
    /// By what the text shows it, when it does.
    pub content_id: Option<String>,
}

/// A mail as it was read.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id as its sender wrote it, without angles.
    pub message_id: Option<String>,
    /// What tells it from every other mail of its source.
    pub key: String,
    /// The same where another mail has that already.
    pub other_key: String,
    /// Two mails with the same key are one when this is the same.
    pub print: String,
    /// The ids of what it answers.
    pub in_reply_to: Vec<String>,
    /// The ids of what came before, oldest first.
    pub references: Vec<String>,
    /// Those of these ids that are our own, each with its content.
    pub ours: Vec<(String, ContentId)>,
    /// The conversation that an address of ours names to which it was written.
    pub thread_id: Option<ThreadId>,
    /// The content of ours whose name it bears: it is that mail itself.
    pub itself: Option<ContentId>,
    /// It comes from this server: after how many others, each answering the one before by itself.
    pub traced: Option<u32>,
    /// It reports what has become of another one.
    pub is_report: bool,
    /// The id of that.
    pub reports: Option<String>,
    /// What it reports, and the content that this is about where it names that as we did.
    pub reported: Option<(Option<ContentId>, Report)>,
    /// Whom it is from.
    pub from: Option<Party>,
    /// Where answers go.
    pub reply_to: Vec<Party>,
    /// Whose mail it passes on.
    pub forwarded_from: Option<Party>,
    /// To whom it was written.
    pub to: Vec<Party>,
    /// Who got a copy.
    pub cc: Vec<Party>,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Its text.
    pub body: String,
    /// Its HTML, made safe.
    pub html: Option<String>,
    /// Where in its text quoted text begins, in characters.
    pub quote_from: Option<i64>,
    /// Its headers: lists of values by name.
    pub headers: Map<String, Value>,
    /// What people have to know of it, by keys of words.
    pub notes: Vec<String>,
    /// A machine wrote it.
    pub automatic: bool,
    /// The score that filters gave it, and whether they have marked it as unwanted.
    pub spam: (Option<f32>, bool),
    /// What the server whose checks are trusted says of whether it is from whom it names.
    pub genuine: Option<bool>,
    /// It was in the mailbox that has what the company sends.
    pub sent: bool,
    /// When the server got it.
    pub came_at: Option<Timestamp>,
    /// Its files.
    pub files: Vec<Enclosed>,
    /// What of it was too large, and is not here.
    pub left_out: Vec<LeftOut>,
    /// Where its bytes are kept, and how many there are.
    pub raw: (String, i64),
    /// It was there before the mailbox was connected: nobody has to answer it.
    pub old: bool,
    /// It was parked, and somebody wants it all the same.
    pub wanted: bool,
}

impl Letter {
    /// Leaves out what is quoted at its end, unless there is nothing else.
    fn forget_quote(&mut self) {
        let Some(at) = self.quote_from.and_then(|at| usize::try_from(at).ok()) else { return };
        let new: String = self.body.chars().take(at).collect();
        if new.trim().is_empty() {
            return;
        }
        self.body = new.trim_end().to_owned();
        self.html = self.html.take().map(|html| richtext::unquoted(&html));
        self.quote_from = None;
    }
}

/// Takes in a mail, once; none when it came before.
///
/// # Errors
/// 422 when it cannot be a content.
pub async fn receive(tx: &mut Tx, source: &Source, mut letter: Letter) -> Result<Option<Content>> {
    if is_ours(tx, source, &letter).await? {
        return Ok(None);
    }
    let Some(foreign_id) = new_id(tx, source, &letter).await? else { return Ok(None) };
    if source_settings::is_on(source, "email_parser") {
        letter.forget_quote();
    }
    let side = side(source, &letter);
    require_calm(tx, source, &letter, &side).await?;
    let author = author(source, &side);
    let known = identity::find_foreign(tx, &source.community_id, &author.foreign_id).await?;
    // Two of whom nobody knows who they are need not be one.
    let named = known.as_ref().filter(|_| !matches!(side, Side::Unknown));
    let joined = joined(tx, source, &letter, named).await?;
    let quiet = is_quiet(source, &letter, &side);
    if quiet && !is_trusted(source, &letter) && is_unwanted(source, &letter) {
        letter.notes.push(unwanted::NOTE.into());
    }
    let ours = matches!(side, Side::Company);
    let mut incoming = Incoming::text(source.clone(), author, Place::New, letter.body.clone());
    incoming.place = joined.thread_id.clone().map_or(Place::New, Place::Known);
    incoming.kind = KIND;
    incoming.foreign_id = Some(foreign_id.clone());
    incoming.html.clone_from(&letter.html);
    incoming.title = Some(letter.subject.clone()).filter(|subject| !subject.is_empty());
    incoming.automatic = letter.automatic && !ours;
    incoming.quiet = quiet;
    incoming.unanswered = letter.traced.is_some();
    incoming.written_at = letter.written_at;
    incoming.attachments = enclosed(tx, &letter.files).await?;
    if let Some(previous) = &joined.previous {
        incoming.extra_data.insert("previous_thread_id".into(), previous.to_string().into());
    }
    let received = ingest::receive_new(tx, incoming).await?;
    if let (Side::Customer(party), false) = (&side, letter.old || letter.genuine == Some(false)) {
        dead_address::works(tx, &party.address).await?;
    }
    // Anybody may name the company as the sender.
    if ours && joined.thread_id.is_some() && (letter.sent || letter.genuine == Some(true)) {
        answer(tx, &received).await?;
    }
    keep(tx, source, &letter, &received, &joined, known.is_some()).await?;
    if let Some((named, report)) = letter.reported.as_ref().filter(|_| letter.genuine != Some(false))
        && let Some(about) = about(tx, source, &letter, named.as_ref()).await?
    {
        mail_report::note(tx, source, &about, report).await?;
    }
    Ok(Some(received.content))
}

/// The content that a report is about. Some servers give mails another id on their way: it is known from the copy of such a mail.
async fn about(tx: &mut Tx, source: &Source, letter: &Letter, named: Option<&ContentId>) -> Result<Option<ContentId>> {
    let Some(id) = letter.reports.as_ref().filter(|_| named.is_none()) else { return Ok(named.cloned()) };
    let known = mail::ids(tx, &source.id, &[mail_thread::hash(id)]).await?;
    Ok(known.into_iter().find_map(|one| one.content_id))
}

/// Whether a mail is one that went out from here and has come back, be it with another id. Whatever names it is known from
/// then on.
async fn is_ours(tx: &mut Tx, source: &Source, letter: &Letter) -> Result<bool> {
    let own = letter.from.as_ref().is_some_and(|from| mail_settings::is_own(source, &from.address));
    let Some(id) = letter.itself.as_ref().filter(|_| own) else { return Ok(false) };
    let scope = Scope::Sources(vec![source.id.clone()]);
    let Some(content) = content::find(tx, &scope, id).await? else { return Ok(false) };
    if let Some(id) = &letter.message_id {
        mail::put_id(tx, &source.id, &mail_thread::hash(id), &content.thread_id, &content.id).await?;
    }
    let named = ["Message-ID", "In-Reply-To", "References"].map(str::to_lowercase);
    let told = letter.headers.iter().filter(|(name, _)| named.contains(&name.to_lowercase()));
    let headers = told.map(|(name, values)| (name.clone(), values.clone())).collect();
    let posted = Posted { headers, ..Posted::default() };
    export::came_back(tx, &content, letter.message_id.clone(), Some(posted)).await?;
    Ok(true)
}

/// Refuses what comes in circles, or in a flood, unless somebody wants it.
async fn require_calm(tx: &mut Tx, source: &Source, letter: &Letter, side: &Side) -> Result<()> {
    if letter.wanted {
        return Ok(());
    }
    if letter.traced.is_some_and(|count| count > TRACES_MAX) {
        return Err(Error::Unprocessable("loop", "machines answer each other: this is what they write".into()));
    }
    match side {
        Side::Customer(party) if !letter.old && !mail_settings::names(source, "whitelisted_emails", &party.address) => {
            // Its date is whatever its sender likes.
            let at = letter.came_at.unwrap_or(tx.now()).min(tx.now());
            mail_sender::note(tx, source, &party.address.to_lowercase(), at).await
        }
        _ => Ok(()),
    }
}

/// Whose word a mail is.
enum Side {
    /// The company's, written in another program.
    Company,
    /// Somebody else's.
    Customer(Party),
    /// Nobody says whose.
    Unknown,
}

fn side(source: &Source, letter: &Letter) -> Side {
    let other = |party: &&Party| !mail_settings::is_own(source, &party.address);
    let Some(from) = &letter.from else {
        // Whom answers go to is as good a name as any.
        return letter.reply_to.iter().find(other).map_or(Side::Unknown, |party| Side::Customer(party.clone()));
    };
    let own = mail_settings::is_own(source, &from.address);
    // A form on a site writes in its own name, or in ours, and says whom to answer.
    if (own || mail_settings::names(source, "whitelisted_emails", &from.address))
        && let Some(other) = letter.reply_to.iter().find(other)
        && !other.address.eq_ignore_ascii_case(&from.address)
    {
        return Side::Customer(other.clone());
    }
    if letter.sent || (own && letter.genuine != Some(false)) { Side::Company } else { Side::Customer(from.clone()) }
}

/// The block that keeps a mail out; none for the company's own.
#[must_use]
pub fn kept_out_by<'b>(source: &Source, letter: &Letter, blocks: &'b Blocks, now: Timestamp) -> Option<&'b BlockId> {
    let Side::Customer(party) = side(source, letter) else { return None };
    let address = party.address.to_lowercase();
    let known_as = Some((&source.community_id, address.as_str()));
    blocks.of(Writer { known_as, email: Some(&address), ..Writer::default() }, now)
}

fn author(source: &Source, side: &Side) -> Author {
    match side {
        Side::Company => Author { foreign_id: source.id.to_string(), controlled: true, ..Author::default() },
        Side::Unknown => Author { foreign_id: "unknown".into(), ..Author::default() },
        Side::Customer(party) => Author {
            foreign_id: party.address.to_lowercase(),
            screenname: Some(party.name.clone().unwrap_or_else(|| party.address.clone())),
            email: checked_email(&party.address).ok(),
            ..Author::default()
        },
    }
}

/// Whether nobody has to look at a mail: it was there before, a machine wrote it and the source does not want that, or it
/// is unwanted.
fn is_quiet(source: &Source, letter: &Letter, side: &Side) -> bool {
    let import = source.setting("automatic_mail") == Some("import");
    let trusted = is_trusted(source, letter);
    if matches!(side, Side::Company) {
        return !trusted && is_unwanted(source, letter);
    }
    letter.old || !trusted && (letter.automatic && (!import || letter.is_report) || is_unwanted(source, letter))
}

/// Whether a mail is from somebody of the company, as far as addresses tell: of the domain of the mailbox itself.
fn is_colleague(source: &Source, letter: &Letter) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let own = mail_settings::own_address(source).as_deref().and_then(domain);
    own.is_some() && own == letter.from.as_ref().and_then(|from| domain(&from.address))
}

/// Whether a mail is from an address that is never unwanted.
fn is_trusted(source: &Source, letter: &Letter) -> bool {
    letter.from.as_ref().is_some_and(|from| mail_settings::names(source, "whitelisted_emails", &from.address))
}

/// Whether filters of mail have marked it as much as the source asks for.
fn is_unwanted(source: &Source, letter: &Letter) -> bool {
    let least = match source.setting("spam_assassin_level") {
        Some("relaxed") => 10.0,
        Some("strict") => 5.0,
        _ => return false,
    };
    let (score, flagged) = letter.spam;
    flagged || score.is_some_and(|score| score >= least)
}

/// The id under which a mail is kept; none when it is known.
async fn new_id(tx: &mut Tx, source: &Source, letter: &Letter) -> Result<Option<String>> {
    let known = content::find_of_kind(tx, &source.id, KIND, &letter.key).await?;
    let Some(known) = known else { return Ok(Some(letter.key.clone())) };
    if mail::find(tx, &known.id).await?.is_none_or(|known| known.fingerprint == letter.print) {
        return Ok(None);
    }
    // Another one whose program gives every mail the same id.
    let known = content::find_of_kind(tx, &source.id, KIND, &letter.other_key).await?;
    Ok(known.is_none().then(|| letter.other_key.clone()))
}

async fn joined(tx: &mut Tx, source: &Source, letter: &Letter, author: Option<&Identity>) -> Result<Joined> {
    let clues = Clues {
        id: letter.message_id.as_deref(),
        in_reply_to: &letter.in_reply_to,
        references: &letter.references,
        reports: letter.reports.as_deref(),
        ours: &letter.ours,
        thread_id: letter.thread_id.as_ref(),
        subject: &letter.subject,
        author: author.map(|author| &author.id),
    };
    mail_thread::find(tx, source, &clues).await
}

async fn enclosed(tx: &mut Tx, files: &[Enclosed]) -> Result<Vec<store::attachment::Attachment>> {
    let mut stored = Vec::with_capacity(files.len());
    for one in files {
        let mut row = attachment::create(tx, one.file.clone()).await?;
        row.embed = one.content_id.is_some();
        row.foreign_id.clone_from(&one.content_id);
        stored.push(row);
    }
    Ok(stored)
}

/// What a customer said last has an answer that was written in another program.
async fn answer(tx: &mut Tx, received: &Received) -> Result<()> {
    match &received.thread.identity_id {
        Some(customer) => Ok(content::mark_answered(tx, customer, &received.content).await?),
        None => Ok(()),
    }
}

/// Keeps what a mail has beside its content, and the ids by which others find it.
async fn keep(
    tx: &mut Tx,
    source: &Source,
    letter: &Letter,
    received: &Received,
    joined: &Joined,
    known: bool,
) -> Result<()> {
    let Received { content, thread, author, .. } = received;
    let mut notes = letter.notes.clone();
    let customer = thread.identity_id.as_ref();
    if joined.thread_id.is_some()
        && !author.controlled
        && !letter.is_report
        && customer.is_some_and(|id| *id != author.id)
        && (!known || !content::has_said_before(tx, content).await?)
    {
        notes.push("other_address".into());
    }
    let shown = |parties: &[Party]| Json(parties.iter().map(Party::shown).collect());
    let row = Mail {
        content_id: content.id.clone(),
        source_id: source.id.clone(),
        fingerprint: letter.print.clone(),
        headers: Json(letter.headers.clone()),
        sender: letter.from.as_ref().map(Party::shown),
        reply_to: shown(&letter.reply_to),
        recipients: shown(&letter.to),
        copied: shown(&letter.cc),
        thread_reason: joined.reason.to_owned(),
        quote_from: letter.quote_from,
        notes: Json(notes),
        hidden: Json::default(),
        signature: None,
        quotes: false,
        linked: None,
        forwarded_from: letter.forwarded_from.as_ref().filter(|_| is_colleague(source, letter)).map(Party::shown),
        left_out: Some(letter.left_out.clone()).filter(|all| !all.is_empty()).map(Json),
    };
    tx.insert(&row).await?;
    let id = letter.message_id.as_deref().or(content.foreign_id.as_deref()).unwrap_or_default();
    mail::put_id(tx, &source.id, &mail_thread::hash(id), &thread.id, &content.id).await?;
    let referred = mail_thread::referred(&letter.in_reply_to, &letter.references);
    let hashes: Vec<String> = referred.iter().map(|id| mail_thread::hash(id)).collect();
    mail::put_referred(tx, &source.id, &thread.id, &hashes).await?;
    let (sha256, size) = letter.raw.clone();
    // What was left out is nowhere else.
    let lacks = |note: &String| ["file_too_large", "files_cut", "mail_cut", "text_cut"].contains(&note.as_str());
    let kept = letter.notes.iter().any(lacks) || !letter.left_out.is_empty();
    keep_raw(tx, source, content.id.as_str(), sha256, size, kept).await
}

/// Takes in a mail that was parked, whose bytes were kept under `name` until then.
pub(super) async fn take_parked(tx: &mut Tx, source: &Source, letter: Letter, name: &str) -> Result<()> {
    receive(tx, source, Letter { wanted: true, ..letter }).await?;
    Ok(mail::forget_raw(tx, &source.id, name).await?)
}

/// Keeps a mail as it came, under its content's id, or under what tells a parked one from others.
pub async fn keep_raw(tx: &mut Tx, source: &Source, name: &str, sha256: String, size: i64, kept: bool) -> Result<()> {
    let (source_id, name, created_at) = (source.id.clone(), name.to_owned(), tx.now());
    Ok(mail::put_raw(tx, &RawMail { source_id, name, sha256, size, kept, created_at }).await?)
}

/// Finds a mail as it came, for those who may read its content.
///
/// # Errors
/// 404 where there is no such content, it did not come as a mail, or that is not kept any more.
pub async fn raw(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<RawMail> {
    let content = held::find(tx, actor, id).await?;
    let raw = mail::raw(tx, &content.source_id, content.id.as_str()).await?;
    raw.ok_or(Error::NotFound("raw mail"))
}

/// The address of a picture from outside in a mail, for those who may read its content: the one with this number, from 0.
///
/// # Errors
/// 404 where there is none.
pub async fn picture(tx: &mut Tx, actor: &Actor, id: &ContentId, number: usize) -> Result<String> {
    let content = held::find(tx, actor, id).await?;
    let html = content.html.filter(|_| content.kind == KIND).unwrap_or_default();
    richtext::remotes(&html).nth(number).ok_or(Error::NotFound("picture"))
}

/// Forgets mails as they came that are old enough.
pub async fn forget_old_raw(tx: &mut Tx) -> Result<()> {
    let before = tx.now().plus_seconds(-RAW_SECONDS);
    Ok(mail::forget_old_raw(tx, before).await?)
}
