//! Tests of threads, each as a condition in SQL.

use model::{CategoryId, ContentStatus, How, Mandatory, Mark, ThreadState, ThreadTest};

use crate::search::Among;
use crate::{Backend, Field, Filter, Tx, Value, agent_thread, search};

/// The bit that a mark is in `marks`.
fn bit(mark: Mark) -> i64 {
    match mark {
        Mark::Status(ContentStatus::New) => 1,
        Mark::Status(ContentStatus::Assigned) => 2,
        Mark::Status(ContentStatus::Replied) => 4,
        Mark::Status(ContentStatus::UserReply) => 8,
        Mark::Status(ContentStatus::UserInitiated) => 16,
        Mark::Status(ContentStatus::Ignored) => 32,
        Mark::Status(ContentStatus::Forwarded) => 64,
        Mark::ApprovalRequired => 128,
        Mark::Unpublished => 256,
        Mark::Categorized => 512,
        Mark::Assigned(How::Ever) => 1024,
        Mark::Assigned(How::Opened) => 2048,
        Mark::Assigned(How::Active) => 4096,
    }
}

/// Adds a test to a filter of `content_threads`, or of `thread_tallies` where that has its columns.
pub(crate) fn add(tx: &Tx, filter: &mut Filter, test: &ThreadTest, not: bool) {
    if let Some(set) = set(tx, filter, test, not) {
        return filter.and(&in_set(&set, not));
    }
    let condition = match test {
        ThreadTest::Marks(marks) => {
            let bits = marks.iter().fold(0, |bits, mark| bits | bit(*mark));
            let bits = filter.bind(Value::Int(bits));
            return filter.and(&format!("(marks & {bits}) {} 0", if not { "=" } else { "<>" }));
        }
        ThreadTest::Source(ids) => format!("source_id IN ({})", filter.bind_all(ids)),
        ThreadTest::State(states) => in_states(states),
        ThreadTest::Holder(users) => {
            let users = filter.bind_all(users);
            let without = format!("(assigned_user_id IS NULL OR assigned_user_id NOT IN ({users}))");
            return filter.and(&if not { without } else { format!("assigned_user_id IN ({users})") });
        }
        ThreadTest::Unread(user, from) => {
            let by = [filter.bind(user.to_value()), filter.bind(from.to_value())];
            format!("{} = 1", agent_thread::is_unread(&by[0], &by[1]))
        }
        ThreadTest::FirstAfter(time) => format!("first_content_at > {}", filter.bind(time.to_value())),
        ThreadTest::FirstBefore(time) => format!("first_content_at < {}", filter.bind(time.to_value())),
        ThreadTest::LastAfter(time) => format!("last_content_at > {}", filter.bind(time.to_value())),
        ThreadTest::LastBefore(time) => format!("last_content_at < {}", filter.bind(time.to_value())),
        // A list with NULL alone is neither true nor false.
        ThreadTest::Foreign(ids) => format!("(foreign_id IS NOT NULL AND foreign_id IN ({}))", filter.bind_all(ids)),
        _ => "TRUE".into(),
    };
    filter.and(&if not { format!("NOT {condition}") } else { condition });
}

/// The same test looked up for one thread after the other, where [`add`] has all threads gathered that pass it.
pub(crate) fn look(tx: &Tx, filter: &mut Filter, test: &ThreadTest, not: bool) {
    match test {
        _ if not => add(tx, filter, test, not),
        ThreadTest::Text(text) | ThreadTest::Said(text) => {
            let (words, among) = (filter.bind(search::asked(tx.backend(), text)), among(test));
            filter.and(&search::is_matched(tx.backend(), &words, "entry.thread_id = content_threads.id", among));
        }
        _ => match set(tx, filter, test, true) {
            Some(set) => {
                let found = format!("SELECT 1 FROM {set} AND thread_id = content_threads.id");
                // SQLite would join what is asked for as existing, in whatever order.
                filter.and(&match tx.backend() {
                    Backend::Sqlite => format!("COALESCE(({found} LIMIT 1), 0) = 1"),
                    Backend::Postgres => format!("EXISTS ({found})"),
                });
            }
            None => add(tx, filter, test, not),
        },
    }
}

/// Among whose words a test looks.
pub(crate) fn among(test: &ThreadTest) -> Among {
    Among::of(test.words().is_some_and(|(_, comments)| comments))
}

/// The condition that a thread is in one of some states. They stand as what they are: so an index of some states is found.
pub(crate) fn in_states(states: &[ThreadState]) -> String {
    match states {
        [state] => format!("folder = '{}'", state.folder()),
        _ => {
            let names: Vec<String> = states.iter().map(|state| format!("'{}'", state.folder())).collect();
            format!("folder IN ({})", names.join(", "))
        }
    }
}

fn in_set(set: &str, not: bool) -> String {
    if not {
        format!("NOT EXISTS (SELECT 1 FROM {set} AND thread_id = content_threads.id)")
    } else {
        format!("id IN (SELECT thread_id FROM {set})")
    }
}

/// A test that is about rows of another table: `table WHERE condition`, where the table has a `thread_id`, by which they
/// are `looked_up` for one thread after the other, or else gathered.
pub(crate) fn set(tx: &Tx, filter: &mut Filter, test: &ThreadTest, looked_up: bool) -> Option<String> {
    // SQLite knows no sizes: with a sign the column's index is not taken.
    let mark = if looked_up && tx.backend() == Backend::Sqlite { "+" } else { "" };
    Some(match test {
        ThreadTest::AssignedTo(how, users) => {
            format!("interventions WHERE {mark}user_id IN ({}) AND {}", filter.bind_all(users), in_state(*how))
        }
        ThreadTest::AssignedToDisabled(how) => {
            let disabled = "SELECT id FROM users WHERE enabled = FALSE";
            format!("interventions WHERE {mark}user_id IN ({disabled}) AND {}", in_state(*how))
        }
        ThreadTest::Categories(ids) => terms(filter, "c", ids.iter().map(CategoryId::as_str)),
        ThreadTest::Drafted(user) => format!("drafts WHERE {mark}user_id = {}", filter.bind(user.to_value())),
        ThreadTest::Mentioned(user) => format!(
            "(SELECT noted.thread_id FROM comment_mentions called JOIN intervention_comments noted \
             ON noted.id = called.comment_id WHERE called.user_id = {}) AS those WHERE TRUE",
            filter.bind(user.to_value())
        ),
        ThreadTest::Tags(ids) => format!("thread_tags WHERE {mark}tag_id IN ({})", filter.bind_all(ids)),
        ThreadTest::ForwardedInto(ids) => terms(filter, "f", ids.iter().map(CategoryId::as_str)),
        ThreadTest::Waiting => indexed("waiting_since IS NOT NULL"),
        ThreadTest::Locked => indexed("closed"),
        ThreadTest::Failed => indexed("trouble IS NOT NULL AND trouble = 'failed'"),
        ThreadTest::Languages(names) => terms(filter, "l", names.iter().map(String::as_str)),
        ThreadTest::Lacks(mandatory) => lacking(filter, mandatory),
        ThreadTest::ScheduledAfter(time) => {
            format!("contents WHERE NOT published AND created_at > {}", filter.bind(time.to_value()))
        }
        ThreadTest::Identity(ids) => format!("contents WHERE author_id IN ({})", filter.bind_all(ids)),
        ThreadTest::IdentityGroup(ids) => format!(
            "contents WHERE author_id IN (SELECT id FROM identities WHERE identity_group_id IN ({}))",
            filter.bind_all(ids)
        ),
        ThreadTest::Text(text) | ThreadTest::Said(text) => {
            let words = filter.bind(Value::Text(search::query(tx.backend(), text)));
            search::matches(tx.backend(), &words, among(test))
        }
        _ => return None,
    })
}

/// Threads for which a condition holds that has an index of its own.
fn indexed(condition: &str) -> String {
    format!("(SELECT id AS thread_id FROM content_threads WHERE {condition}) AS those WHERE TRUE")
}

/// The condition that an intervention is in such a state.
pub(crate) fn in_state(how: How) -> &'static str {
    match how {
        How::Active => "status = 'open'",
        How::Opened => "status IN ('open', 'deferred')",
        How::Ever => "TRUE",
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
