//! Looking step by step whether a mailbox can be reached, and whether mails go out from it. Nothing is fetched, and nothing
//! is sent.

use std::time::Instant;

use store::source::Source;

use super::fetch::{Stop, door, enter};
use super::imap::{Step, Trouble};
use super::posts;
use super::smtp::{Broken, Stage};
use crate::app::App;
use crate::channels::asked::{Finding, Findings};
use crate::domain::mail_settings::{self, AfterImport, SENT_MAILBOX};

const STEPS: [Step; 4] = [Step::Connect, Step::Tls, Step::Login, Step::Mailboxes];
const STAGES: [Stage; 4] = [Stage::Connect, Stage::Tls, Stage::Login, Stage::Sender];

/// Looks whether a mailbox can be reached, and its server for what goes out where it names one.
pub(crate) async fn test(app: &App, source: &Source) -> Findings {
    let began = Instant::now();
    let failed = fetched(app, source).await.err().map(|trouble| (trouble.step.min(Step::Mailboxes), trouble.text));
    let mut steps = findings(&STEPS, |step| step.code(), failed, began);
    if source.setting("smtp_address").is_some() {
        let began = Instant::now();
        let failed = knocked(app, source).await.err().map(|broken| (broken.stage.min(Stage::Sender), broken.text));
        steps.extend(findings(&STAGES, |stage| stage.code(), failed, began));
    }
    // Where nothing is encrypted, nothing is said of it.
    for (step, way) in [("imap_tls", "imap"), ("smtp_tls", "smtp")] {
        let encrypted = ["use_ssl_tls", "use_start_tls"].iter().any(|name| {
            source.settings.get(&format!("{way}_{name}")).and_then(serde_json::Value::as_bool).unwrap_or(true)
        });
        steps.retain(|found| encrypted || !found.ok || found.step != step);
    }
    Findings { steps, told: None }
}

/// The steps that were taken, up to the one that failed.
fn findings<S: Copy + Ord>(
    all: &[S],
    code: impl Fn(S) -> &'static str,
    failed: Option<(S, String)>,
    began: Instant,
) -> Vec<Finding> {
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let last = failed.as_ref().map(|(step, _)| *step).or(all.last().copied());
    let taken = all.iter().copied().filter(|step| last.is_none_or(|last| *step <= last));
    let finding = |step: S| {
        let text = failed.as_ref().filter(|(at, _)| *at == step).map(|(_, text)| text.clone());
        Finding {
            step: code(step),
            ok: text.is_none(),
            code: text.as_ref().map(|_| code(step).to_owned()),
            message: text,
            // All of it took that long.
            took_ms: if last == Some(step) { took_ms } else { 0 },
        }
    };
    taken.map(finding).collect()
}

async fn fetched(app: &App, source: &Source) -> Result<(), Trouble> {
    let opening = async {
        let mut door = door(app, source).await?;
        enter(app, source, &mut door).await
    };
    let mut session = opening.await.map_err(Stop::told)?;
    let moved = match mail_settings::after_import(source) {
        AfterImport::Move(mailbox) => Some(mailbox),
        AfterImport::Nothing | AfterImport::Seen => None,
    };
    let filled = [source.setting(SENT_MAILBOX), moved].into_iter().flatten().map(str::to_owned);
    for name in mail_settings::mailboxes(source).into_iter().chain(filled) {
        session.status(&name).await?;
    }
    session.close().await;
    Ok(())
}

/// Signs in at the server that mails go out by, and asks whether it takes one from the mailbox to itself, which is given
/// up then.
async fn knocked(app: &App, source: &Source) -> Result<(), Broken> {
    let mut door = posts::door(app, source).await?;
    let mut session = posts::enter(app, source, &mut door).await?;
    let tried = match mail_settings::own_address(source) {
        Some(own) => session.try_sender(&own).await,
        None => Ok(()),
    };
    session.close().await;
    tried
}
