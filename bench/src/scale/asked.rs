//! What is asked of both desks, out of tables in text files: a name, a path, and the plain query that must find the same.

use anyhow::Context;

use crate::fill::{COMMON, COMMON_NAME, FREQUENT, Filling, RARE, RARE_LANGUAGE, RARE_NAME, SOME_NAME};

/// What is asked, with names in braces for what depends on the desk and on a number.
pub(super) struct Kind {
    /// Its name in the table.
    pub(super) name: &'static str,
    path: &'static str,
    plain: &'static str,
}

const DAY_MS: i64 = 86_400_000;

/// Reads a table: blocks of three lines, parted by empty lines. Lines that begin with `#` are remarks.
pub(super) fn kinds(table: &'static str) -> anyhow::Result<Vec<Kind>> {
    let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let kinds = lines.chunks(3).map(|block| match block {
        [name, path, plain] => Ok(Kind { name, path, plain }),
        _ => anyhow::bail!("a name, a path and a query: {block:?}"),
    });
    kinds.collect()
}

impl Kind {
    /// The path for one number.
    pub(super) fn path(&self, filling: &Filling, n: u64) -> anyhow::Result<String> {
        Ok(fill_in(self.path, filling, n)?.replace(' ', "%20").replace('"', "%22"))
    }

    /// The plain query for one number, from `FROM` on, when there is one.
    pub(super) fn plain(&self, filling: &Filling, n: u64) -> anyhow::Result<Option<String>> {
        (self.plain != "-").then(|| fill_in(self.plain, filling, n)).transpose()
    }
}

/// Puts what is meant in the place of names in braces.
fn fill_in(template: &str, filling: &Filling, n: u64) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').context("a closing brace")?;
        out.push_str(before);
        out.push_str(&value(name, filling, n).with_context(|| format!("{{{name}}}"))?);
        rest = after;
    }
    Ok(out + rest)
}

fn value(name: &str, f: &Filling, n: u64) -> Option<String> {
    let (thread, few) = (n % f.threads(), n % 1000);
    let day_ms = |days: i64| (f.origin.now - days * DAY_MS) / 1000 * 1000;
    let day = |days| model::Timestamp::from_millis(day_ms(days)).to_string();
    Some(match name {
        "thread" => f.thread_id(thread),
        "content" => f.content_id(n % f.contents),
        "case" => f.case_id(thread),
        "source" => f.source(n).0.clone(),
        "community" => f.source(n).1.clone(),
        "desk" => f.source(n).2.clone(),
        "customer" => f.identity_id(n),
        "person" => f.group_id(few),
        "me" => f.origin.users[0].clone(),
        "agent" => f.origin.users[1].clone(),
        "first of team" => f.origin.users[2].clone(),
        "second of team" => f.origin.users[3].clone(),
        "idle" => f.origin.users.last()?.clone(),
        "team" => f.origin.team.clone(),
        "often" => f.origin.categories.0.clone(),
        "seldom" => f.origin.categories.1.clone(),
        "webhook" => f.origin.webhook.clone(),
        "common" => COMMON.to_owned(),
        "frequent" => FREQUENT.to_owned(),
        "rare" => RARE.to_owned(),
        "language" => RARE_LANGUAGE.to_owned(),
        "common name" => COMMON_NAME.to_owned(),
        "some name" => SOME_NAME.to_owned(),
        "rare name" => RARE_NAME.to_owned(),
        // Those of the customers who were there first.
        "first name" => f.name(few).0,
        "last name" => f.name(few).1,
        "part of last name" => f.name(few).1.get(1..6)?.to_owned(),
        "last day" => day(1),
        "last day in ms" => day_ms(1).to_string(),
        "half" => day(45),
        "half in ms" => day_ms(45).to_string(),
        "n" => format!("{few:09}"),
        "even n" => format!("{:09}", few / 2 * 2),
        "even" => (few / 2 * 2).to_string(),
        "n of threads" => format!("{thread:09}"),
        "n of 50" => (n % 50).to_string(),
        // A part of them, such as "60% of threads".
        _ => match name.split_once("% of ")? {
            (percent, "threads") => f.threads() * percent.parse::<u64>().ok()? / 100,
            (percent, "contents") => f.contents * percent.parse::<u64>().ok()? / 100,
            _ => return None,
        }
        .to_string(),
    })
}
