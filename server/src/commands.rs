//! What an operator does from the shell, also when nobody can sign in any more. The server may be running: it learns
//! of the change within a second.

use std::io::Read;

use anyhow::{Context, bail};
use model::CreatedFrom;
use store::user::{User, UserFilter};
use store::{Clock, Db, Page, backup, health, migrate, user};

use crate::config::Config;
use crate::crypto;
use crate::domain::{
    self, Error, access, access_token,
    count::{self, Reset},
    password, second_factor, settings,
};

/// Opens the database of a domain that is there.
///
/// # Errors
/// When there is none, or it belongs to another version of the program.
pub async fn open(config: &Config) -> anyhow::Result<Db> {
    let clock = Clock::system();
    let file = config.data_dir.join("hubbub.sqlite3");
    // Looked at first: a server of another version may be running, and opening would change the schema under it.
    let mut tx = match &config.database_url {
        Some(url) => backup::snapshot_postgres(url, &clock).await?,
        None if !file.exists() => bail!("there is no domain in {}: `hubbub serve` makes it", config.data_dir.display()),
        None => backup::snapshot_sqlite(&file, &clock)?,
    };
    let (found, known) = (health::schema(&mut tx).await.unwrap_or_default(), migrate::known());
    if found != known {
        bail!("the database has schema {found:?}, this program knows {known:?}: use the program that serves it");
    }
    drop(tx);
    Ok(match &config.database_url {
        Some(url) => Db::postgres(url, 2, None, clock).await?,
        None => Db::sqlite(&file, clock)?,
    })
}

/// Every user on a line: e-mail address, name, role, and what keeps them out.
pub async fn list_users(db: &Db) -> anyhow::Result<String> {
    let users = db.read(|tx| {
        Box::pin(async move {
            let all = Page { offset: 0, limit: i64::MAX };
            let roles = domain::role::list(tx, all).await?.records;
            Ok::<_, Error>((roles, user::list(tx, &UserFilter::default(), all).await?.records))
        })
    });
    let (roles, users) = users.await?;
    let line = |user: &User| {
        let role = roles.iter().find(|role| role.id == user.role_id).map_or("", |role| role.label.as_str());
        let states = [
            (!user.enabled, "disabled"),
            (user.bot, "bot"),
            (user.no_password, "no password"),
            (user.invitation_pending, "invited"),
        ];
        let states: Vec<&str> = states.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
        format!("{}\t{}\t{role}\t{}\n", user.email, user.name(), states.join(", "))
    };
    Ok(users.iter().map(line).collect())
}

/// Gives a user a new password and lets them in by it; every session of theirs ends. Without a password one is made.
/// Gives the password that was made.
///
/// # Errors
/// When there is no such user, or the domain's rules refuse the password.
pub async fn reset_password(
    db: &Db,
    email: &str,
    given: Option<String>,
    administrator: bool,
) -> anyhow::Result<Option<String>> {
    let email = email.trim().to_lowercase();
    let read = db.read(move |tx| {
        Box::pin(async move {
            let found = user::by_email(tx, &email).await?.ok_or(Error::NotFound("user"))?;
            let settings = settings::load(tx).await?;
            let mut known = password::known_of(tx, &found.id).await?;
            known.push(settings.get(&settings::NAME));
            Ok::<_, Error>((found.id, settings.password_rules(), known))
        })
    });
    let (id, rules, known) = read.await?;
    let made = given.is_none().then(|| crypto::random_password(rules.min_length));
    let password = given.or_else(|| made.clone()).unwrap_or_default();
    rules.check("password", &password, &known)?;
    let hash = tokio::task::spawn_blocking(move || crypto::hash_password(&password)).await??;
    db.write(move |tx| Box::pin(async move { domain::user::reset_password(tx, &id, hash, administrator).await }))
        .await?;
    Ok(made)
}

/// Takes the second factor of a user away, whose password alone lets them in then; every session of theirs ends.
///
/// # Errors
/// When there is no such user, or they have none.
pub async fn reset_second_factor(db: &Db, email: &str) -> anyhow::Result<()> {
    let email = email.trim().to_lowercase();
    let reset = db.write(move |tx| {
        let email = email.clone();
        Box::pin(async move {
            let found = user::by_email(tx, &email).await?.ok_or(Error::NotFound("user"))?;
            second_factor::reset_from_shell(tx, &found.id).await
        })
    });
    Ok(reset.await?)
}

/// Makes an API token that acts as a user. Gives the token.
///
/// # Errors
/// When there is no such user, they are disabled, or the label is blank.
pub async fn create_token(db: &Db, email: &str, label: &str) -> anyhow::Result<String> {
    let (email, label) = (email.trim().to_lowercase(), label.to_owned());
    let made = db.write(move |tx| {
        Box::pin(async move {
            let found = user::by_email(tx, &email).await?.ok_or(Error::NotFound("user"))?;
            let actor = access::actor(tx, &found.id, None, CreatedFrom::Api).await?;
            access_token::create(tx, &actor, &label, None).await
        })
    });
    Ok(made.await?.1)
}

/// Makes all figures anew from the journal. Gives how many entries were counted here; a server that runs may have counted some
/// of them.
///
/// # Errors
/// When the database fails.
pub async fn rebuild_statistics(db: &Db) -> anyhow::Result<i64> {
    db.write(|tx| Box::pin(count::begin_anew(tx))).await?;
    let mut reset = Reset::default();
    while !reset.ended {
        let so_far = reset.clone();
        reset = db.write(move |tx| Box::pin(count::reset(tx, so_far.clone()))).await?;
    }
    let mut counted = 0;
    loop {
        let (before, position, end) = db.write(|tx| Box::pin(count::go_on(tx))).await?;
        counted += position - before;
        if position >= end {
            return Ok(counted);
        }
    }
}

/// A password from standard input: its first line.
///
/// # Errors
/// When there is none.
pub fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("reading the password")?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => bail!("there is no password on standard input"),
    }
}
