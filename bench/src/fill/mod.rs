//! Fills a database with conversations, fast: rows are written in bulk past the server, which is not running.
//!
//! What it writes is what the server would have: threads of four contents each, from customers and agents in turn, on
//! some sources over ninety days, each with an agent's case but for one in fifty, which waits for somebody. Words are drawn from a vocabulary as skewed
//! as that of a real language; [`COMMON`] is in a fifth of the contents, [`RARE`] in [`RARE_CONTENTS`] of them however
//! many there are.

mod rows;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::server::{Server, TOKEN, text};

/// A word in a fifth of the contents.
pub(crate) const COMMON: &str = "parcel";
/// A word in few contents.
pub(crate) const RARE: &str = "xylograph";
/// How many contents have the rare word.
pub(crate) const RARE_CONTENTS: u64 = 20;
/// A word in half of the contents.
pub(crate) const FREQUENT: &str = "ba";
/// A language of few contents, the others are in English and French.
pub(crate) const RARE_LANGUAGE: &str = "eo";
/// A first name of a fifth of the people.
pub(crate) const COMMON_NAME: &str = "Maria";
/// A last name of one in two hundred.
pub(crate) const SOME_NAME: &str = "Quillfeather";
/// A last name of as few people as contents have the rare word, the first one of all among them.
pub(crate) const RARE_NAME: &str = "Zwyntborough";
/// How many contents a thread has.
pub(crate) const THREAD: u64 = 4;
/// One thread in so many waits for somebody.
const WAITING: u64 = 50;
const SPAN_MS: i64 = 90 * 86_400_000;
const VOCABULARY: u64 = 20_000;
const WORDS: u64 = 20;
const AGENTS: u64 = 8;

/// What the rows point to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Each source with its community and the identity that agents write as.
    pub(crate) sources: Vec<(String, String, String)>,
    /// The agents who have the cases; the first is who asks, the last has few.
    pub(crate) users: Vec<String>,
    /// A category of many threads, and one of few.
    pub(crate) categories: (String, String),
    /// A team of two agents.
    pub(crate) team: String,
    /// The webhook that was told of much.
    pub(crate) webhook: String,
    /// The newest content's time, in milliseconds.
    pub(crate) now: i64,
}

/// The id of the `n`th thing of a kind: it has the form and the order of one that was made at that time.
fn id(kind: u8, ms: i64, n: u64) -> String {
    format!("{:08x}{kind:02x}{n:014x}", ms / 1000)
}

fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `rank`th word of the vocabulary.
fn word(rank: u64, out: &mut String) {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "wa", "ze", "bri",
        "sto", "tra",
    ];
    let mut rest = rank;
    loop {
        out.push_str(SYLLABLES[usize::try_from(rest % 20).unwrap_or(0)]);
        rest /= 20;
        if rest == 0 {
            return;
        }
    }
}

fn body(n: u64, contents: u64) -> String {
    let mut out = String::with_capacity(140);
    for i in 0..WORDS {
        let x = mixed(n * WORDS + i) % 1_000_000;
        // Cubed, so that low ranks are frequent: the first tenth of the words makes half of the text.
        word(x * x / 1_000_000 * x / 1_000_000 * VOCABULARY / 1_000_000, &mut out);
        out.push(' ');
    }
    if n.is_multiple_of(5) {
        out.push_str(COMMON);
    }
    if n % (contents / RARE_CONTENTS).max(1) == 1 {
        out.push(' ');
        out.push_str(RARE);
    }
    out
}

impl Origin {
    /// Makes over the API what rows point to.
    pub(crate) async fn make(server: &Server, sources: usize) -> anyhow::Result<Self> {
        let mut client = server.client().await?;
        let me = client.get("/1.0/users/me", TOKEN).await?;
        let mut origin = Self {
            sources: Vec::new(),
            users: vec![text(&me, "id")?],
            categories: (String::new(), String::new()),
            team: String::new(),
            webhook: String::new(),
            now: crate::now_ms(),
        };
        for n in 0..sources {
            let source = server.add_source("sdk", &format!("Source {n}")).await?;
            let identity = source["identity_id"].as_str().map_or_else(|| "0".repeat(24), str::to_owned);
            origin.sources.push((text(&source, "id")?, text(&source, "community_id")?, identity));
        }
        for n in 1..AGENTS {
            let user = json!({
                "email": format!("agent-{n}@example.com"), "firstname": "Agent", "lastname": format!("Number {n}"),
                "role_id": me["role_id"], "no_password": true,
            });
            origin.users.push(text(&client.post("/1.0/users", TOKEN, &user).await?, "id")?);
        }
        let team = json!({"name": "Night", "user_ids": [origin.users[2], origin.users[3]]});
        origin.team = text(&client.post("/1.0/teams", TOKEN, &team).await?, "id")?;
        let root = client.post("/1.0/categories", TOKEN, &json!({"name": "Reason", "mandatory": true})).await?;
        let often = client.post("/1.0/categories", TOKEN, &json!({"name": "Late", "parent_id": root["id"]})).await?;
        let seldom = client.post("/1.0/categories", TOKEN, &json!({"name": "Lost", "parent_id": root["id"]})).await?;
        origin.categories = (text(&often, "id")?, text(&seldom, "id")?);
        let webhook = json!({
            "label": "Told", "url": "http://127.0.0.1:9/", "registered_events": ["intervention.opened"], "active": false,
        });
        origin.webhook = text(&client.post("/1.0/webhooks", TOKEN, &webhook).await?, "id")?;
        Ok(origin)
    }
}

/// A filling of so many contents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Filling {
    /// What the rows point to.
    pub(crate) origin: Origin,
    /// How many contents.
    pub(crate) contents: u64,
}

impl Filling {
    /// When the `n`th content was written.
    pub(crate) fn time(&self, content: u64) -> i64 {
        let left = i64::try_from(self.contents - content).unwrap_or(0);
        self.origin.now - SPAN_MS / i64::try_from(self.contents).unwrap_or(1) * left
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> u64 {
        self.contents / THREAD
    }

    fn identities(&self) -> u64 {
        self.contents / 3
    }

    /// Whether the `n`th of `all` is one of the few that are as many on every desk.
    fn is_of_few(n: u64, all: u64, place: u64) -> bool {
        n % (all / RARE_CONTENTS).max(1) == place
    }

    /// The source of the `n`th thread.
    pub(crate) fn source(&self, thread: u64) -> &(String, String, String) {
        let count = self.origin.sources.len();
        &self.origin.sources[usize::try_from(thread).unwrap_or(0) % count]
    }

    /// The customer of the `n`th thread.
    pub(crate) fn identity_id(&self, thread: u64) -> String {
        // Customers of a source come back to it.
        let count = u64::try_from(self.origin.sources.len()).unwrap_or(1);
        let n = (mixed(thread) % (self.identities() / count)) * count + thread % count;
        id(1, self.origin.now - SPAN_MS, n)
    }

    /// What the `n`th customer is called.
    pub(crate) fn name(&self, n: u64) -> (String, String) {
        let called = |rank: u64| {
            let mut name = String::new();
            word(rank, &mut name);
            name[..1].to_uppercase() + &name[1..]
        };
        // Low ranks are frequent, as with words.
        let x = mixed(n ^ 0xaaaa) % 1000;
        let first = if mixed(n).is_multiple_of(5) { COMMON_NAME.to_owned() } else { called(x * x / 1000) };
        let last = match mixed(n) % 200 {
            _ if Self::is_of_few(n, self.identities(), 0) => RARE_NAME.to_owned(),
            7 => SOME_NAME.to_owned(),
            _ => format!("{}-{}", called(mixed(n ^ 0x1111) % 8000), called(mixed(n ^ 0x2222) % 160_000)),
        };
        (first, last)
    }

    /// The `n`th person; every other identity has one.
    pub(crate) fn group_id(&self, n: u64) -> String {
        id(5, self.origin.now - SPAN_MS, n - n % 2)
    }

    /// The id of the `n`th thread.
    pub(crate) fn thread_id(&self, n: u64) -> String {
        id(2, self.time(n * THREAD), n)
    }

    /// The id of the `n`th content.
    pub(crate) fn content_id(&self, n: u64) -> String {
        id(3, self.time(n), n)
    }

    /// The id of the case of the `n`th thread.
    pub(crate) fn case_id(&self, n: u64) -> String {
        id(4, self.time(n * THREAD), n)
    }

    /// Who has the case of the `n`th thread.
    fn user(&self, n: u64) -> &str {
        let few = self.origin.users.len() - 1;
        let all = u64::try_from(few).unwrap_or(1);
        let at = if Self::is_of_few(n, self.threads(), 3) { few } else { usize::try_from(mixed(n) % all).unwrap_or(0) };
        &self.origin.users[at]
    }

    fn waits(n: u64) -> bool {
        mixed(n).is_multiple_of(WAITING)
    }

    /// Where the case of the `n`th thread stands, when it has one.
    fn state(n: u64) -> Option<&'static str> {
        match mixed(n ^ 0x5555) % 100 {
            _ if Self::waits(n) => None,
            0 => Some("open"),
            1 => Some("deferred"),
            _ => Some("closed"),
        }
    }

    /// The language of the contents of the `n`th thread.
    fn language(&self, n: u64) -> &'static str {
        match n % 4 {
            _ if Self::is_of_few(n, self.threads(), 7) => RARE_LANGUAGE,
            1 => "fr",
            _ => "en",
        }
    }

    /// The categories of the `n`th thread.
    fn categories(&self, n: u64) -> Option<&str> {
        match n % 10 {
            _ if Self::is_of_few(n, self.threads(), 5) => Some(&self.origin.categories.1),
            0 => Some(&self.origin.categories.0),
            _ => None,
        }
    }
}
