//! What the words of a server that takes mails mean for a mail: whether it is tried again, and who has to do something.

use model::Timestamp;

use super::smtp::{Broken, Stage};
use crate::domain::export::{NEEDS_REAUTH, Outcome, RECIPIENTS, Reason};

/// After how many seconds a server that counts mails takes more.
const QUOTA_SECONDS: i64 = 3600;

/// What it means that a mail was not taken.
pub(super) fn meaning(broken: &Broken, now: Timestamp) -> Outcome {
    let Broken { stage, code, text } = broken;
    let said = |code: &'static str| Reason::new(code, worded(broken));
    let status = broken.status().unwrap_or_default();
    let lower = text.to_lowercase();
    match code {
        // All was said, and nobody answered.
        None if *stage == Stage::End => Outcome::Unknown(said("no_answer")),
        None => Outcome::Failed(said(stage.code())),
        Some(_) if counts(status, &lower) => Outcome::Wait(now.plus_seconds(QUOTA_SECONDS), said("quota")),
        Some(530 | 534 | 535 | 538) => Outcome::Locked(said(NEEDS_REAUTH)),
        Some(code) if *stage == Stage::Login && *code >= 500 => Outcome::Locked(said(NEEDS_REAUTH)),
        // It is about one address, and says nothing of the mailbox.
        Some(code) if *code < 500 && *stage == Stage::Recipient => Outcome::Failed(said(RECIPIENTS)),
        // What is said before a mail is named says nothing of the mail.
        Some(code) if *code < 500 || *stage < Stage::Sender => Outcome::Failed(said(stage.code())),
        Some(552) if *stage != Stage::Recipient => Outcome::Refused(said("mail_too_large")),
        Some(_) if matches!(status, "5.3.4" | "5.2.3") => Outcome::Refused(said("mail_too_large")),
        Some(_)
            if status == "5.7.60" || ["send as", "sendasdenied", "not owned by"].iter().any(|w| lower.contains(w)) =>
        {
            Outcome::Refused(said("sender_not_allowed"))
        }
        Some(_) if *stage == Stage::Recipient => Outcome::Refused(said(RECIPIENTS)),
        Some(_) => Outcome::Refused(said("smtp_refused")),
    }
}

/// Whether a server says that too many mails went out.
fn counts(status: &str, text: &str) -> bool {
    let about = ["4.", "5.4.", "5.7."].iter().any(|beginning| status.starts_with(beginning));
    let words = ["submission quota", "sending limit", "rate limit", "too many messages", "daily user sending quota"];
    about && words.iter().any(|word| text.contains(word))
}

/// The server's words, with what to do where that is known.
fn worded(broken: &Broken) -> String {
    match (broken.code, broken.status()) {
        (Some(code), Some("5.7.30")) => format!("{code} {}: use a Microsoft sign-in", broken.text),
        (Some(code), _) => format!("{code} {}", broken.text).trim_end().to_owned(),
        (None, _) => broken.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use model::ExportOutcome;

    use super::*;

    #[test]
    fn each_answer_has_its_meaning() {
        let now = Timestamp::from_millis(0);
        for (stage, code, text, outcome, reason) in [
            (Stage::Connect, None, "connection refused", ExportOutcome::Failed, "smtp_connect"),
            (Stage::Connect, Some(554), "5.7.1 no service here", ExportOutcome::Failed, "smtp_connect"),
            (Stage::Sender, Some(553), "5.7.1 not owned by user desk", ExportOutcome::Refused, "sender_not_allowed"),
            (Stage::Tls, None, "the certificate has expired", ExportOutcome::Failed, "smtp_tls"),
            (Stage::Login, Some(535), "5.7.8 Bad credentials", ExportOutcome::Locked, NEEDS_REAUTH),
            (Stage::Login, Some(454), "4.7.0 Temporary failure", ExportOutcome::Failed, "smtp_login"),
            (Stage::Login, Some(550), "5.7.30 Basic auth is off", ExportOutcome::Locked, NEEDS_REAUTH),
            (Stage::Sender, Some(530), "5.7.0 Sign in first", ExportOutcome::Locked, NEEDS_REAUTH),
            (Stage::Sender, Some(451), "4.3.0 later", ExportOutcome::Failed, "smtp_from"),
            (Stage::Recipient, Some(450), "4.1.2 Domain not found", ExportOutcome::Failed, "recipients"),
            (Stage::Recipient, Some(550), "5.1.1 nobody here", ExportOutcome::Refused, "recipients"),
            (Stage::End, Some(552), "5.3.4 too large", ExportOutcome::Refused, "mail_too_large"),
            (Stage::End, Some(550), "5.7.60 not permitted", ExportOutcome::Refused, "sender_not_allowed"),
            (Stage::End, Some(550), "5.7.1 looks like spam", ExportOutcome::Refused, "smtp_refused"),
            (Stage::End, Some(550), "5.4.5 Daily user sending quota exceeded", ExportOutcome::Wait, "quota"),
            (Stage::End, Some(452), "4.3.1 no room", ExportOutcome::Failed, "smtp_data"),
            (Stage::Data, None, "connection reset", ExportOutcome::Failed, "smtp_data"),
            (Stage::End, None, "connection reset", ExportOutcome::Unknown, "no_answer"),
        ] {
            let broken = Broken { stage, code, text: text.to_owned() };
            let meant = meaning(&broken, now);
            assert_eq!((meant.name(), meant.reason().map(|r| r.code)), (outcome, Some(reason)), "{stage:?} {text}");
        }
        let broken = Broken { stage: Stage::Login, code: Some(550), text: "5.7.30 off".into() };
        let meant = meaning(&broken, now);
        assert!(meant.reason().is_some_and(|r| r.text.contains("Microsoft sign-in")), "{meant:?}");
    }
}
