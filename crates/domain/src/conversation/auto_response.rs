//! Automatic messages: what a source says by itself to a customer's first message, or outside business hours. The
//! source's settings `auto_response_…` say when and what. They answer nothing: what the customer said waits as before.

use serde_json::Value;
use store::content::{self, Content};
use store::source::Source;
use store::thread::Thread;
use store::{Tx, auto_response};

use crate::base::Result;
use crate::conversation::{mail_out, mail_sender, outgoing};
use crate::setup::time_sheet;

/// For the first message of a conversation.
const FIRST: &str = "first_message_from_user";
/// For every message outside business hours.
const OUT_OF_OFFICE: &str = "out_of_office_hours_message";

/// Sends the automatic message that a customer's content asks for, when there is one and they did not get it a short
/// time ago. The thread is held; it is written here.
pub(crate) async fn answer(tx: &mut Tx, source: &Source, thread: &mut Thread, said: &Content) -> Result<()> {
    // Two machines must not go on answering each other.
    if said.auto_submitted || !is_on(source) {
        return Ok(());
    }
    let Some(kind) = kind_for(tx, source, said).await? else { return Ok(()) };
    let Some(body) = body_for(source, kind, said) else { return Ok(()) };
    let Some(author) = outgoing::company(tx, source).await? else { return Ok(()) };
    let grace = of_kind(source, "auto_response_trigger_grace_periods", kind).and_then(Value::as_i64).unwrap_or(0);
    if source.kind.caps().mail {
        // Counted is who gets it, whoever says that they have written.
        let Some(address) = mail_out::answers_to(tx, source, said).await? else { return Ok(()) };
        if !mail_sender::may_answer(tx, source, thread, said, &address, grace).await? {
            return Ok(());
        }
    }
    let last_before = tx.now().plus_seconds(-grace);
    if !auto_response::claim(tx, &source.id, &said.author_id, kind, last_before).await? {
        return Ok(());
    }
    let now = tx.now();
    let mut message = Content { body: body.to_owned(), ..outgoing::automatic(said, thread, source, author, now) };
    outgoing::say(tx, &mut message, thread, source).await.map(drop)
}

/// Whether a source says anything by itself.
pub(super) fn is_on(source: &Source) -> bool {
    [FIRST, OUT_OF_OFFICE].iter().any(|kind| is_kind_on(source, kind))
}

fn is_kind_on(source: &Source, kind: &str) -> bool {
    of_kind(source, "auto_response_trigger_enabled", kind) == Some(&Value::Bool(true))
}

fn of_kind<'a>(source: &'a Source, setting: &str, kind: &str) -> Option<&'a Value> {
    source.settings.get(setting)?.get(kind)
}

/// Which kind of automatic message a content asks for. Outside business hours that is what matters most to whoever
/// writes, be it their first message or not.
async fn kind_for(tx: &mut Tx, source: &Source, said: &Content) -> Result<Option<&'static str>> {
    if is_kind_on(source, OUT_OF_OFFICE) && !time_sheet::calendar_of_source(tx, source).await?.is_open(tx.now()) {
        return Ok(Some(OUT_OF_OFFICE));
    }
    if !is_kind_on(source, FIRST) {
        return Ok(None);
    }
    // What the page said by itself before is nobody's message.
    let first = said.first_in_thread || content::is_first_word(tx, said).await?;
    Ok(first.then_some(FIRST))
}

/// The message of a kind in the content's language, else in the source's, else the first one.
fn body_for<'a>(source: &'a Source, kind: &str, said: &Content) -> Option<&'a str> {
    let all = source.settings.get("auto_response_triggers")?.as_array()?;
    let text = |one: &'a Value, name: &str| one.get(name).and_then(Value::as_str).filter(|t| !t.trim().is_empty());
    let mut of_kind = all.iter().filter(|one| text(one, "created_from_trigger") == Some(kind));
    let in_language = |language: Option<&str>| {
        let language = language?;
        of_kind.clone().find(|one| text(one, "language") == Some(language)).and_then(|one| text(one, "body"))
    };
    let wanted = in_language(said.language.as_deref());
    let wanted = wanted.or_else(|| in_language(source.setting("default_content_language")));
    wanted.or_else(|| of_kind.find_map(|one| text(one, "body")))
}
