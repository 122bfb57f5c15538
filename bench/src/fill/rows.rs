//! The rows of a filled desk, each made of its number alone.

use super::write::{Cell, Columns};
use super::{Filling, SPAN_MS, THREAD, body, id, mixed};

/// A list of one text or of none, as JSON.
fn list(one: Option<&str>) -> Cell {
    one.map_or(Cell::Fixed("[]"), |id| Cell::Text(format!("[\"{id}\"]")))
}

impl Filling {
    pub(super) fn identity(&self, n: u64) -> Columns {
        let at = self.origin.now - SPAN_MS + i64::try_from(n).unwrap_or(0);
        let (firstname, lastname) = self.name(n);
        vec![
            ("id", Cell::Text(id(1, self.origin.now - SPAN_MS, n))),
            ("community_id", Cell::Text(self.source(n).1.clone())),
            ("identity_group_id", if n.is_multiple_of(2) { Cell::Text(self.group_id(n)) } else { Cell::Null }),
            ("kind", Cell::Fixed("sdk")),
            ("foreign_id", Cell::Text(format!("filled-person-{n:09}"))),
            ("uuid", Cell::Text(format!("own-{n:09}"))),
            ("screenname", Cell::Text(format!("Person {n}"))),
            ("firstname", Cell::Text(firstname)),
            ("lastname", Cell::Text(lastname)),
            ("email", Cell::Text(format!("customer.{n}@mail-{}.example", n % 50))),
            ("mobile_phone", Cell::Text(format!("+33 6 {:08}", mixed(n) % 100_000_000))),
            ("extra_values", Cell::Fixed("{}")),
            ("user_ids", Cell::Fixed("[]")),
            ("controlled", Cell::Bool(false)),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(at)),
        ]
    }

    pub(super) fn thread(&self, n: u64) -> Columns {
        let (begun, last) = (self.time(n * THREAD), self.time(n * THREAD + THREAD - 1));
        let (waits, state) = (Self::waits(n), Self::state(n));
        let open = state.is_some_and(|state| state != "closed");
        let categories = self.categories(n);
        // A content that is new is 1, one that is replied 4, an agent's 8; a category 512; a case 1024, one that is not
        // closed 2048, one that is open 4096.
        let mut marks = 12 | i64::from(waits) | if categories.is_some() { 512 } else { 0 };
        marks |= if state.is_some() { 1024 } else { 0 } | if open { 2048 } else { 0 };
        marks |= if state == Some("open") { 4096 } else { 0 };
        vec![
            ("id", Cell::Text(self.thread_id(n))),
            ("source_id", Cell::Text(self.source(n).0.clone())),
            ("foreign_id", Cell::Text(format!("filled-thread-{n:09}"))),
            ("title", Cell::Text(format!("Conversation {n}"))),
            ("closed", Cell::Bool(false)),
            ("text_input_disabled", Cell::Bool(false)),
            ("private", Cell::Bool(false)),
            ("category_ids", list(categories)),
            ("thread_category_ids", list(categories)),
            ("extra_data", Cell::Fixed("{}")),
            ("contents_count", Cell::Int(4)),
            ("interventions_count", Cell::Int(i64::from(state.is_some()))),
            ("identity_id", Cell::Text(self.identity_id(n))),
            ("first_content_author_id", Cell::Text(self.identity_id(n))),
            ("first_content_id", Cell::Text(self.content_id(n * THREAD))),
            ("intervention_user_ids", list(state.is_some().then(|| self.user(n)))),
            ("opened_intervention_user_ids", list(open.then(|| self.user(n)))),
            ("assigned_user_id", if open { Cell::Text(self.user(n).to_owned()) } else { Cell::Null }),
            ("bot_streak", Cell::Int(0)),
            ("last_content_id", Cell::Text(self.content_id(n * THREAD + THREAD - 1))),
            ("last_ordinal", Cell::Int(4)),
            ("last_content_at", Cell::Int(last)),
            ("new_contents_count", Cell::Int(i64::from(waits))),
            ("open_interventions_count", Cell::Int(i64::from(open))),
            (
                "folder",
                Cell::Fixed(match state {
                    None => "new",
                    Some("deferred") => "deferred",
                    Some("open") => "open",
                    _ => "closed",
                }),
            ),
            ("waiting_since", if waits { Cell::Int(last) } else { Cell::Null }),
            ("deferred_at", if state == Some("deferred") { Cell::Int(self.origin.now + SPAN_MS) } else { Cell::Null }),
            ("done_at", if waits || open { Cell::Null } else { Cell::Int(last) }),
            ("attention_ordinal", Cell::Int(if waits { 4 } else { 3 })),
            ("agent_read_ordinal", Cell::Int(0)),
            ("visitor_unread", Cell::Int(0)),
            ("created_at", Cell::Int(begun)),
            ("updated_at", Cell::Int(last)),
            ("marks", Cell::Int(marks)),
            ("first_content_at", Cell::Int(begun)),
        ]
    }

    pub(super) fn content(&self, n: u64) -> Columns {
        let (thread, place, at) = (n / THREAD, n % THREAD, self.time(n));
        let waits = Self::waits(thread) && place == THREAD - 1;
        let customer = place % 2 == 0 || waits;
        let source = self.source(thread);
        let status = match (waits, customer) {
            (true, _) => "new",
            (_, true) => "replied",
            _ => "user_reply",
        };
        let case = match Self::state(thread) {
            Some(_) if !customer => Cell::Text(self.case_id(thread)),
            _ => Cell::Null,
        };
        vec![
            ("id", Cell::Text(self.content_id(n))),
            ("thread_id", Cell::Text(self.thread_id(thread))),
            ("ordinal", Cell::Int(i64::try_from(place + 1).unwrap_or(0))),
            ("source_id", Cell::Text(source.0.clone())),
            ("foreign_id", Cell::Text(format!("filled-{n:09}"))),
            ("author_id", Cell::Text(if customer { self.identity_id(thread) } else { source.2.clone() })),
            ("kind", Cell::Fixed("message")),
            ("status", Cell::Fixed(status)),
            ("title", Cell::Null),
            ("body", Cell::Text(body(n, self.contents))),
            ("body_input_format", Cell::Fixed("text")),
            ("language", Cell::Fixed(self.language(thread))),
            ("intervention_id", case),
            ("private", Cell::Bool(false)),
            ("published", Cell::Bool(true)),
            ("approval_required", Cell::Bool(false)),
            ("auto_submitted", Cell::Bool(false)),
            ("first_in_thread", Cell::Bool(place == 0)),
            ("remotely_deleted", Cell::Bool(false)),
            ("created_from", Cell::Fixed(if customer { "synchronizer" } else { "interface" })),
            ("category_ids", Cell::Fixed("[]")),
            ("foreign_categories", Cell::Fixed("[]")),
            ("context_data", Cell::Fixed("{}")),
            ("attachments_count", Cell::Int(0)),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(at)),
        ]
    }

    pub(super) fn group(&self, n: u64) -> Option<Columns> {
        let at = self.origin.now - SPAN_MS + i64::try_from(n).unwrap_or(0);
        n.is_multiple_of(2).then(|| {
            vec![
                ("id", Cell::Text(self.group_id(n))),
                ("firstname", Cell::Text(format!("First {}", mixed(n) % 50))),
                ("lastname", Cell::Text(format!("Last {n}"))),
                ("emails", Cell::Text(format!("[\"person-{n}@example.com\"]"))),
                ("home_phones", Cell::Fixed("[]")),
                ("mobile_phones", Cell::Fixed("[]")),
                ("tag_ids", Cell::Fixed("[]")),
                ("custom_field_values", Cell::Fixed("{}")),
                ("communities", Cell::Text(self.source(n).1.clone())),
                ("created_at", Cell::Int(at)),
                ("updated_at", Cell::Int(at)),
            ]
        })
    }

    /// What a thread is found by.
    pub(super) fn terms(&self, n: u64) -> impl Iterator<Item = Columns> {
        let terms = [Some(format!("l:{}", self.language(n))), self.categories(n).map(|id| format!("c:{id}"))];
        let thread = self.thread_id(n);
        terms
            .into_iter()
            .flatten()
            .map(move |term| vec![("thread_id", Cell::Text(thread.clone())), ("term", Cell::Text(term))])
    }

    /// The case of a thread.
    pub(super) fn case(&self, n: u64) -> Option<Columns> {
        let status = Self::state(n)?;
        let (begun, last) = (self.time(n * THREAD), self.time(n * THREAD + THREAD - 1));
        Some(vec![
            ("id", Cell::Text(self.case_id(n))),
            ("source_id", Cell::Text(self.source(n).0.clone())),
            ("thread_id", Cell::Text(self.thread_id(n))),
            ("content_id", Cell::Text(self.content_id(n * THREAD))),
            ("identity_id", Cell::Text(self.identity_id(n))),
            ("user_id", Cell::Text(self.user(n).to_owned())),
            ("status", Cell::Fixed(status)),
            ("reopened", Cell::Bool(n.is_multiple_of(10))),
            ("closed_at", if status == "closed" { Cell::Int(last) } else { Cell::Null }),
            ("deferred_at", if status == "deferred" { Cell::Int(self.origin.now + SPAN_MS) } else { Cell::Null }),
            ("category_ids", Cell::Fixed("[]")),
            ("custom_fields", Cell::Fixed("{}")),
            ("comments_count", Cell::Int(i64::from(n.is_multiple_of(20)))),
            ("opened_at", Cell::Int(begun)),
            ("user_replies_count", Cell::Int(2)),
            ("user_reply_in_total", Cell::Int(120)),
            ("user_reply_in_count", Cell::Int(2)),
            ("created_at", Cell::Int(begun)),
            ("updated_at", Cell::Int(last)),
        ])
    }

    /// A comment on the case of a thread.
    pub(super) fn comment(&self, n: u64) -> Option<Columns> {
        Self::state(n).filter(|_| n.is_multiple_of(20))?;
        let at = self.time(n * THREAD + 1);
        Some(vec![
            ("id", Cell::Text(id(6, at, n))),
            ("intervention_id", Cell::Text(self.case_id(n))),
            ("thread_id", Cell::Text(self.thread_id(n))),
            ("source_id", Cell::Text(self.source(n).0.clone())),
            ("identity_id", Cell::Text(self.identity_id(n))),
            ("user_id", Cell::Text(self.user(n).to_owned())),
            ("body", Cell::Fixed("Asked the shop about it.")),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(at)),
            ("after_ordinal", Cell::Int(2)),
        ])
    }

    /// The file of a content.
    pub(super) fn attachment(&self, n: u64) -> Option<Columns> {
        let (at, source) = (self.time(n), &self.source(n / THREAD).0);
        let kind = if Self::is_of_few(n, self.contents, 0) { "dwg" } else { "pdf" };
        n.is_multiple_of(20).then(|| {
            vec![
                ("id", Cell::Text(id(7, at, n))),
                ("content_id", Cell::Text(self.content_id(n))),
                ("source_id", Cell::Text(source.clone())),
                ("uploader", Cell::Text(format!("identity:{}", self.identity_id(n / THREAD)))),
                ("filename", Cell::Text(format!("File {n}.{kind}"))),
                ("content_type", Cell::Fixed("application/octet-stream")),
                ("size", Cell::Int(1000)),
                ("sha256", Cell::Text(format!("{n:064x}"))),
                ("embed", Cell::Bool(false)),
                ("private", Cell::Bool(false)),
                ("created_at", Cell::Int(at)),
                ("updated_at", Cell::Int(at)),
            ]
        })
    }

    /// The `n`th entry of the journal after those that were there: one for each content, and one for each thread.
    pub(super) fn entry(&self, entries: u64, n: u64) -> Columns {
        let (thread, place) = (n / (THREAD + 1), n % (THREAD + 1));
        let content = thread * THREAD + place.min(THREAD - 1);
        let agent = !Self::waits(thread) && place % 2 == 1 || place == THREAD;
        let (kind, of, about) = match place {
            THREAD if Self::is_of_few(thread, self.threads(), 9) => {
                ("content.thread_closed", "content_thread", self.thread_id(thread))
            }
            THREAD if Self::waits(thread) => ("content_thread.ignored", "content_thread", self.thread_id(thread)),
            THREAD => ("intervention.closed", "intervention", self.case_id(thread)),
            _ if agent => ("content.replied", "content", self.content_id(content)),
            _ => ("content.imported", "content", self.content_id(content)),
        };
        let at = self.time(content);
        vec![
            ("position", Cell::Int(i64::try_from(entries + n + 1).unwrap_or(0))),
            ("id", Cell::Text(id(8, at, n))),
            ("kind", Cell::Fixed(kind)),
            ("issued_at", Cell::Int(at)),
            ("user_id", if agent { Cell::Text(self.user(thread).to_owned()) } else { Cell::Null }),
            ("source_id", Cell::Text(self.source(thread).0.clone())),
            ("thread_id", Cell::Text(self.thread_id(thread))),
            ("resource_kind", Cell::Fixed(of)),
            ("resource_id", Cell::Text(about)),
            ("metadata", Cell::Fixed("{}")),
        ]
    }

    /// A delivery to the webhook, of the `n`th ten contents.
    pub(super) fn delivery(&self, n: u64) -> Columns {
        let (at, now) = (self.time(n * 10), self.origin.now);
        let parked = Self::is_of_few(n, self.contents / 10, 1);
        vec![
            ("id", Cell::Text(id(9, at, n))),
            ("webhook_id", Cell::Text(self.origin.webhook.clone())),
            ("order_key", Cell::Text(self.thread_id(n * 10 / THREAD))),
            ("first_position", Cell::Int(i64::try_from(n + 1).unwrap_or(0))),
            ("positions", Cell::Text(format!("[{}]", n + 1))),
            ("state", Cell::Fixed(if parked { "parked" } else { "delivered" })),
            ("ready", Cell::Bool(false)),
            ("attempts_count", Cell::Int(1)),
            ("retry", Cell::Int(0)),
            ("next_attempt_at", Cell::Int(at)),
            ("expires_at", Cell::Int(now + SPAN_MS)),
            ("delivered_at", if parked { Cell::Null } else { Cell::Int(now) }),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(now)),
        ]
    }

    /// A mail to somebody, of the `n`th hundred contents.
    pub(super) fn mail(&self, n: u64) -> Columns {
        let (at, now) = (self.time(n * 100), self.origin.now);
        let parked = Self::is_of_few(n, self.contents / 100, 1);
        vec![
            ("id", Cell::Text(id(10, at, n))),
            ("kind", Cell::Fixed("test")),
            ("user_id", Cell::Text(self.origin.users[0].clone())),
            ("recipient", Cell::Text(format!("person-{n}@example.com"))),
            ("subject", Cell::Fixed("A trial")),
            ("message_id", Cell::Text(format!("{n}@example.com"))),
            ("state", Cell::Fixed(if parked { "parked" } else { "delivered" })),
            ("attempts_count", Cell::Int(1)),
            ("retry", Cell::Int(0)),
            ("next_attempt_at", Cell::Int(at)),
            ("expires_at", Cell::Int(now + SPAN_MS)),
            ("delivered_at", if parked { Cell::Null } else { Cell::Int(now) }),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(now)),
        ]
    }
}
