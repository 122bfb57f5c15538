//! Tests of threads, each as a condition in SQL.

use model::{CategoryId, ContentStatus, IdentityGroupId, IdentityId, SourceId, Timestamp, UserId};

use crate::{Field, Filter, Tx, Value, search};

/// What a thread can have, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A content in this status.
    Status(ContentStatus),
    /// A content that waits for approval.
    ApprovalRequired,
    /// A content that is not published.
    Unpublished,
    /// A category.
    Categorized,
    /// An intervention in such a state.
    Assigned(How),
}

/// The state of an intervention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Open and not deferred.
    Active,
    /// Open or deferred.
    Opened,
    /// Any.
    Ever,
}

impl Mark {
    fn bit(self) -> i64 {
        match self {
            Self::Status(ContentStatus::New) => 1,
            Self::Status(ContentStatus::Assigned) => 2,
            Self::Status(ContentStatus::Replied) => 4,
            Self::Status(ContentStatus::UserReply) => 8,
            Self::Status(ContentStatus::UserInitiated) => 16,
            Self::Status(ContentStatus::Ignored) => 32,
            Self::Status(ContentStatus::Forwarded) => 64,
            Self::ApprovalRequired => 128,
            Self::Unpublished => 256,
            Self::Categorized => 512,
            Self::Assigned(How::Ever) => 1024,
            Self::Assigned(How::Opened) => 2048,
            Self::Assigned(How::Active) => 4096,
        }
    }
}

/// A mandatory category with those that satisfy it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandatory {
    /// The sources that it is for; all when empty.
    pub sources: Vec<SourceId>,
    /// It and the categories below it.
    pub categories: Vec<CategoryId>,
}

/// One test of a thread. Where it has a list, one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It has one of these marks.
    Marks(Vec<Mark>),
    /// It is on one of these sources.
    Source(Vec<SourceId>),
    /// It is in this folder of the inbox.
    Folder(String),
    /// Its newest open or deferred intervention is this user's.
    Holder(UserId),
    /// It has an intervention of such a state, of one of these users.
    AssignedTo(How, Vec<UserId>),
    /// It has an intervention of such a state, of a user who has been disabled.
    AssignedToDisabled(How),
    /// It has one of these categories.
    Categories(Vec<CategoryId>),
    /// It has a forwarded content with one of these categories.
    ForwardedInto(Vec<CategoryId>),
    /// It has a content in one of these languages, in lower case.
    Languages(Vec<String>),
    /// It has a waiting content that lacks one of these.
    Lacks(Vec<Mandatory>),
    /// It has an unpublished content with a date after this one.
    ScheduledAfter(Timestamp),
    /// Its first content came after this time.
    FirstAfter(Timestamp),
    /// Its first content came before this time.
    FirstBefore(Timestamp),
    /// Its last content came after this time.
    LastAfter(Timestamp),
    /// Its last content came before this time.
    LastBefore(Timestamp),
    /// It has one of these ids on the other side.
    Foreign(Vec<String>),
    /// It has a content by one of these identities.
    Identity(Vec<IdentityId>),
    /// It has a content by an identity of one of these groups.
    IdentityGroup(Vec<IdentityGroupId>),
    /// One of its contents has all these words.
    Text(String),
}

/// Adds a test to a filter of `content_threads`, or of `thread_tallies` where that has its columns.
pub(crate) fn add(tx: &Tx, filter: &mut Filter, test: &Test, not: bool) {
    if let Some(set) = set(tx, filter, test) {
        return filter.and(&in_set(&set, not));
    }
    let condition = match test {
        Test::Marks(marks) => {
            let bits = marks.iter().fold(0, |bits, mark| bits | mark.bit());
            let bits = filter.bind(Value::Int(bits));
            return filter.and(&format!("(marks & {bits}) {} 0", if not { "=" } else { "<>" }));
        }
        Test::Source(ids) => format!("source_id IN ({})", filter.bind_all(ids)),
        Test::Folder(folder) => format!("folder = {}", filter.bind(folder.to_value())),
        Test::Holder(user) => {
            let user = filter.bind(user.to_value());
            let without = format!("(assigned_user_id IS NULL OR assigned_user_id <> {user})");
            return filter.and(&if not { without } else { format!("assigned_user_id = {user}") });
        }
        Test::FirstAfter(time) => format!("first_content_at > {}", filter.bind(time.to_value())),
        Test::FirstBefore(time) => format!("first_content_at < {}", filter.bind(time.to_value())),
        Test::LastAfter(time) => format!("last_content_at > {}", filter.bind(time.to_value())),
        Test::LastBefore(time) => format!("last_content_at < {}", filter.bind(time.to_value())),
        // A list with NULL alone is neither true nor false.
        Test::Foreign(ids) => format!("(foreign_id IS NOT NULL AND foreign_id IN ({}))", filter.bind_all(ids)),
        _ => "TRUE".into(),
    };
    filter.and(&if not { format!("NOT {condition}") } else { condition });
}

pub(crate) fn in_set(set: &str, not: bool) -> String {
    if not {
        format!("NOT EXISTS (SELECT 1 FROM {set} AND thread_id = content_threads.id)")
    } else {
        format!("id IN (SELECT thread_id FROM {set})")
    }
}

/// A test that is about rows of another table: `table WHERE condition`, where the table has a `thread_id`.
pub(crate) fn set(tx: &Tx, filter: &mut Filter, test: &Test) -> Option<String> {
    Some(match test {
        Test::AssignedTo(how, users) => {
            format!("interventions WHERE user_id IN ({}){}", filter.bind_all(users), in_state(*how))
        }
        Test::AssignedToDisabled(how) => {
            let disabled = "SELECT id FROM users WHERE enabled = FALSE";
            format!("interventions WHERE user_id IN ({disabled}){}", in_state(*how))
        }
        Test::Categories(ids) => terms(filter, "c", ids.iter().map(CategoryId::as_str)),
        Test::ForwardedInto(ids) => terms(filter, "f", ids.iter().map(CategoryId::as_str)),
        Test::Languages(names) => terms(filter, "l", names.iter().map(String::as_str)),
        Test::Lacks(mandatory) => lacking(filter, mandatory),
        Test::ScheduledAfter(time) => {
            format!("contents WHERE NOT published AND created_at > {}", filter.bind(time.to_value()))
        }
        Test::Identity(ids) => format!("contents WHERE author_id IN ({})", filter.bind_all(ids)),
        Test::IdentityGroup(ids) => format!(
            "contents WHERE author_id IN (SELECT id FROM identities WHERE identity_group_id IN ({}))",
            filter.bind_all(ids)
        ),
        Test::Text(text) => {
            let words = filter.bind(Value::Text(search::query(tx.backend(), text)));
            search::matches(tx.backend(), &words)
        }
        _ => return None,
    })
}

fn in_state(how: How) -> &'static str {
    match how {
        How::Active => " AND status = 'open'",
        How::Opened => " AND status <> 'closed'",
        How::Ever => "",
    }
}

fn terms<'a>(filter: &mut Filter, kind: &str, names: impl Iterator<Item = &'a str>) -> String {
    let terms: Vec<String> = names.map(|name| format!("{kind}:{name}")).collect();
    format!("thread_terms WHERE term IN ({})", filter.bind_all(&terms))
}

/// Customers' contents that nobody has finished, without any of the categories of something mandatory.
fn lacking(filter: &mut Filter, mandatory: &[Mandatory]) -> String {
    let mut one = |Mandatory { sources, categories }: &Mandatory| {
        let mut all: Vec<String> = categories
            .iter()
            .map(|id| format!("category_ids NOT LIKE {}", filter.bind(Value::Text(format!("%\"{id}\"%")))))
            .collect();
        if !sources.is_empty() {
            all.push(format!("source_id IN ({})", filter.bind_all(sources)));
        }
        format!("({})", all.join(" AND "))
    };
    let any: Vec<String> = mandatory.iter().map(&mut one).collect();
    let any = if any.is_empty() { "FALSE".into() } else { any.join(" OR ") };
    format!("contents WHERE status IN ('new', 'assigned') AND ({any})")
}
