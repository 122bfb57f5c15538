//! Times that the server sets ahead of its clock: when to try again, when something ends. None lies further ahead than
//! what it was set to. One that does was set by a clock that has been moved back since, or by a server with a wrong one:
//! it would hold up its work for as long as that clock was ahead, so it is set again from the clock as it is.

use crate::{Error, Tx, params};

/// By how many seconds the clocks of two servers on one database may differ.
pub const SKEW: i64 = 60;
/// How many rows one statement sets.
const BATCH: i64 = 256;

/// A kind of time, with how many seconds ahead of the clock it is set at the most.
#[derive(Clone, Debug)]
pub enum Ahead {
    /// When a delivery is tried: after no failure, one, two, and so on; the last goes on.
    DeliveryTry(Vec<i64>),
    /// Until when a delivery is leased.
    DeliveryLease(i64),
    /// When a delivery is parked.
    DeliveryEnd(i64),
    /// When a delivery was acknowledged, which is the past: it would be kept too long.
    Delivered,
    /// When a delivery was parked, likewise.
    Parked,
    /// Until when a webhook rests.
    WebhookRest(i64),
    /// When a content is handed to its source.
    ExportTry {
        /// After no failure, one, two, and so on; the last goes on.
        steps: Vec<i64>,
        /// Where the other side asks to wait.
        wait: i64,
    },
    /// Until when it is tried.
    ExportEnd(i64),
    /// When a try at it began, which is the past: it would be kept too long.
    ExportAttempt,
    /// When a mail is sent: after no failure, one, two, and so on; the last goes on.
    MailTry(Vec<i64>),
    /// Until when a mail is leased.
    MailLease(i64),
    /// Until when it is tried.
    MailEnd(i64),
    /// When a mail was taken, which is the past.
    MailDelivered,
    /// When a mail was parked, likewise.
    MailParked,
    /// Until when an intervention is put aside.
    Deferral(i64),
    /// When a customer is asked to answer a survey: by the survey's own delay.
    SurveyInvitation,
    /// When a survey's responses are fetched.
    SurveyPoll(i64),
    /// When a source is asked for what is new.
    SourceRun(i64),
    /// When a session ends.
    Session(i64),
    /// When an invitation of a user ends.
    UserInvitation(i64),
    /// When a link for a lost password ends.
    PasswordRecovery(i64),
    /// When whoever has given a password must have shown the second factor.
    SecondStep(i64),
    /// When an answer under an idempotency key is forgotten.
    IdempotencyKey(i64),
    /// Until when an agent whose connection was lost may come back.
    Grace(i64),
    /// When a live chat ends that nobody has had: by its own delay.
    ChatImpossible,
    /// When one ends whose visitor is away, likewise; so many seconds later at the most, as their being there is noted.
    ChatGone(i64),
    /// When it is looked at whether a visitor has read what waits for them: by the row's own delay.
    ChatMail,
    /// When something was said last in a thread, which is the past: the thread would stand above all others.
    Activity,
}

/// What such a time becomes.
#[derive(Clone, Copy)]
enum Becomes {
    /// Now.
    Now,
    /// As far ahead as it may be.
    Most,
    /// Over.
    Past,
}

struct Place {
    table: &'static str,
    key: &'static str,
    column: &'static str,
    /// The condition of the column's index.
    among: &'static str,
    most: Most,
    becomes: Becomes,
}

/// How far ahead a time may be.
enum Most {
    /// So many seconds.
    Always(i64),
    /// So many seconds for each row, as SQL.
    OfRow(String),
}

impl Ahead {
    fn place(&self) -> Place {
        let at = |table, key, column, among, most, becomes| Place { table, key, column, among, most, becomes };
        let (pending, all) = ("state = 'pending'", "TRUE");
        match self {
            Self::DeliveryTry(steps) => {
                let among = "webhook_id IN (SELECT id FROM webhooks) AND state = 'pending' AND ready";
                let most = Most::OfRow(by_steps("retry", steps));
                at("webhook_deliveries", "id", "next_attempt_at", among, most, Becomes::Now)
            }
            Self::DeliveryLease(most) => {
                let among = "leased_until IS NOT NULL";
                at("webhook_deliveries", "id", "leased_until", among, Most::Always(*most), Becomes::Past)
            }
            Self::DeliveryEnd(most) => {
                at("webhook_deliveries", "id", "expires_at", pending, Most::Always(*most), Becomes::Most)
            }
            Self::Delivered => {
                at("webhook_deliveries", "id", "delivered_at", "state = 'delivered'", Most::Always(0), Becomes::Now)
            }
            Self::Parked => {
                at("webhook_deliveries", "id", "updated_at", "state = 'parked'", Most::Always(0), Becomes::Now)
            }
            Self::WebhookRest(most) => at("webhooks", "id", "suspended_until", all, Most::Always(*most), Becomes::Now),
            Self::ExportTry { steps, wait } => {
                let among = "source_id IN (SELECT id FROM content_sources) AND state = 'pending'";
                let steps = by_steps("failures_count", steps);
                let most = Most::OfRow(format!("CASE WHEN waits_count > 0 THEN {wait} ELSE {steps} END"));
                at("content_exports", "id", "next_attempt_at", among, most, Becomes::Now)
            }
            Self::ExportEnd(most) => {
                at("content_exports", "id", "expires_at", pending, Most::Always(*most), Becomes::Most)
            }
            Self::ExportAttempt => {
                at("content_export_attempts", "export_id, number", "started_at", all, Most::Always(0), Becomes::Now)
            }
            Self::MailTry(_) | Self::MailLease(_) | Self::MailEnd(_) | Self::MailDelivered | Self::MailParked => {
                self.place_of_mails()
            }
            Self::Deferral(most) => {
                at("interventions", "id", "deferred_at", "status = 'deferred'", Most::Always(*most), Becomes::Now)
            }
            Self::SurveyInvitation => {
                // A delay may have become shorter since: that moves nobody, and only a clock makes an invitation in the future.
                let among = "state = 'pending' AND created_at > ?2";
                let most = "COALESCE((SELECT send_delay FROM surveys WHERE surveys.id = survey_id), 0)".into();
                at("survey_invitations", "mapping_key", "due_at", among, Most::OfRow(most), Becomes::Most)
            }
            Self::SurveyPoll(most) => at("surveys", "id", "next_poll_at", all, Most::Always(*most), Becomes::Now),
            Self::SourceRun(most) => {
                at("source_states", "source_id", "next_run_at", all, Most::Always(*most), Becomes::Now)
            }
            Self::Session(most) => Self::place_of_a_way_in("sessions", "id_hash", *most),
            Self::UserInvitation(most) => Self::place_of_a_way_in("invitations", "token_hash", *most),
            Self::PasswordRecovery(most) => Self::place_of_a_way_in("password_recoveries", "token_hash", *most),
            Self::SecondStep(most) => Self::place_of_a_way_in("second_steps", "token_hash", *most),
            Self::IdempotencyKey(most) => {
                at("idempotency_keys", "id", "expires_at", all, Most::Always(*most), Becomes::Most)
            }
            Self::Grace(most) => {
                let among = "state = 'gone'";
                at("agent_presence", "user_id", "gone_until", among, Most::Always(*most), Becomes::Most)
            }
            Self::ChatImpossible | Self::ChatGone(_) | Self::ChatMail => self.place_of_chats(),
            Self::Activity => at("content_threads", "id", "last_content_at", all, Most::Always(0), Becomes::Now),
        }
    }

    /// The place of a time at which a way in ends.
    fn place_of_a_way_in(table: &'static str, key: &'static str, most: i64) -> Place {
        let (column, among, most) = ("expires_at", "TRUE", Most::Always(most));
        Place { table, key, column, among, most, becomes: Becomes::Most }
    }

    /// The place of a time of chats: each row has its own bound.
    fn place_of_chats(&self) -> Place {
        let (table, column, among, most) = match self {
            Self::ChatGone(slack) => {
                ("chat_threads", "gone_at", "gone_at IS NOT NULL", format!("gone_after + {slack}"))
            }
            Self::ChatMail => ("chat_mails", "due_at", "due_at IS NOT NULL", "due_after".into()),
            _ => ("chat_threads", "impossible_at", "impossible_at IS NOT NULL", "impossible_after".into()),
        };
        Place { table, key: "thread_id", column, among, most: Most::OfRow(most), becomes: Becomes::Most }
    }

    /// The place of a time of mails.
    fn place_of_mails(&self) -> Place {
        let (column, among, most, becomes) = match self {
            Self::MailTry(steps) => {
                ("next_attempt_at", "state = 'pending'", Most::OfRow(by_steps("retry", steps)), Becomes::Now)
            }
            Self::MailLease(most) => ("leased_until", "leased_until IS NOT NULL", Most::Always(*most), Becomes::Past),
            Self::MailEnd(most) => ("expires_at", "state = 'pending'", Most::Always(*most), Becomes::Most),
            Self::MailDelivered => ("delivered_at", "state = 'delivered'", Most::Always(0), Becomes::Now),
            _ => ("updated_at", "state = 'parked'", Most::Always(0), Becomes::Now),
        };
        Place { table: "mail_deliveries", key: "id", column, among, most, becomes }
    }
}

impl Ahead {
    /// The index of its column; none where there are few rows.
    fn index(&self) -> Option<&'static str> {
        Some(match self {
            Self::DeliveryTry(_) => "deliveries_due",
            Self::DeliveryLease(_) => "deliveries_leased",
            Self::DeliveryEnd(_) => "deliveries_expiry",
            Self::Delivered => "deliveries_delivered",
            Self::Parked => "deliveries_parked",
            Self::ExportTry { .. } => "exports_due",
            Self::ExportEnd(_) => "exports_expiry",
            Self::ExportAttempt => "export_attempts_age",
            Self::MailTry(_) => "mails_due",
            Self::MailLease(_) => "mails_leased",
            Self::MailEnd(_) => "mails_expiry",
            Self::MailDelivered => "mails_delivered",
            Self::MailParked => "mails_parked",
            Self::Deferral(_) => "interventions_deferred",
            Self::SurveyInvitation => "survey_invitations_due",
            Self::SourceRun(_) => "source_states_next",
            Self::Session(_) => "sessions_expiry",
            Self::SecondStep(_) => "second_steps_end",
            Self::IdempotencyKey(_) => "idempotency_keys_expiry",
            Self::Grace(_) => "agent_presence_gone",
            Self::ChatImpossible => "chat_threads_impossible",
            Self::ChatGone(_) => "chat_threads_gone",
            Self::ChatMail => "chat_mails_due",
            Self::Activity => "threads_activity",
            Self::WebhookRest(_) | Self::SurveyPoll(_) | Self::UserInvitation(_) | Self::PasswordRecovery(_) => {
                return None;
            }
        })
    }
}

/// The step that a row has come to, as SQL.
fn by_steps(column: &str, steps: &[i64]) -> String {
    let cases: Vec<String> = steps.iter().enumerate().map(|(n, most)| format!("WHEN {n} THEN {most}")).collect();
    format!("CASE {column} {} ELSE {} END", cases.join(" "), steps.last().copied().unwrap_or(0))
}

/// Sets times of a kind again that lie too far ahead, some at a time; tells how many. The databases find them at the end of
/// the column's index; where each row has its own bound, the first condition leads them near it.
pub async fn set_again(tx: &mut Tx, kind: &Ahead) -> Result<u64, Error> {
    let Place { table, key, column, among, most, becomes } = kind.place();
    let by = kind.index().map(|index| tx.backend().by(index)).unwrap_or_default();
    let (near, most) = match most {
        Most::Always(seconds) => (String::new(), (1000 * seconds).to_string()),
        Most::OfRow(seconds) => (format!("{column} > ?2 AND "), format!("CAST(1000 AS BIGINT) * ({seconds})")),
    };
    let to = match becomes {
        Becomes::Now => "?1".to_owned(),
        Becomes::Most => format!("CAST(?1 AS BIGINT) + {most}"),
        Becomes::Past => "CAST(?1 AS BIGINT) - 1".to_owned(),
    };
    let sql = format!(
        "UPDATE {table} SET {column} = {to} WHERE ({key}) IN (SELECT {key} FROM {table} {by} \
         WHERE {among} AND {near}{column} > CAST(?2 AS BIGINT) + {most} ORDER BY {column} DESC LIMIT {BATCH})"
    );
    tx.execute(&sql, params![tx.now(), tx.now().plus_seconds(SKEW)]).await
}
