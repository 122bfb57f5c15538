//! The server's key and the data that it sealed: one never works without the other, and a new key is made only where
//! there is nothing yet that another one opens.

use anyhow::{Context, bail};
use store::{Db, setting};

use crate::config::Config;
use crate::crypto::{self, KEY_FILE, Keys};
use crate::domain::bootstrap::KEY_CHECK;

/// The key of this database; a new one where there is no domain yet.
///
/// # Errors
/// When the database holds a domain and the key is missing or another one; the message says how to go on.
pub async fn open(config: &Config, db: &Db) -> anyhow::Result<Keys> {
    let known = db.read(|tx| {
        Box::pin(async move {
            let domain = setting::get(tx, "domain_id").await?;
            Ok::<_, store::Error>((domain.is_some(), setting::get(tx, KEY_CHECK).await?))
        })
    });
    let (is_filled, check) = known.await?;
    let place = config.data_dir.join(KEY_FILE);
    if is_filled && crypto::key_text(config.secret_key.as_deref(), &config.data_dir)?.is_none() {
        bail!(
            "{} is missing, and the database holds secrets that only this key opens: put it back from your copy. If it \
             is lost, `hubbub renew-key` makes a new one; secrets of webhooks and sources have to be entered anew then",
            place.display()
        );
    }
    let keys = Keys::load(config.secret_key.as_deref(), &config.data_dir)?;
    match check {
        Some(check) if check != keys.check() => bail!(
            "the key in {} is not the one that sealed the secrets in the database: put that one back, or set \
             secret_key. If it is lost, `hubbub renew-key` makes a new one; secrets of webhooks and sources have to be \
             entered anew then",
            config.secret_key.as_ref().map_or_else(|| place.display().to_string(), |_| "secret_key".into())
        ),
        None if is_filled => note(db, &keys).await?,
        _ => {}
    }
    Ok(keys)
}

/// Notes in the database which key seals its secrets from now on.
pub(crate) async fn note(db: &Db, keys: &Keys) -> anyhow::Result<()> {
    let check = keys.check();
    let noted = db.write(move |tx| Box::pin(async move { setting::set(tx, KEY_CHECK, &check).await }));
    noted.await.context("noting which key this is")
}

/// Makes a new key in the place of one that is lost. The old file, when there is one, stays beside it.
///
/// # Errors
/// When the key is set by the configuration, or the disk or the database refuses.
pub async fn renew(config: &Config, db: &Db) -> anyhow::Result<()> {
    if let Some(text) = &config.secret_key {
        return note(db, &Keys::from_text(text)?).await;
    }
    let place = config.data_dir.join(KEY_FILE);
    if place.exists() {
        std::fs::rename(&place, config.data_dir.join(format!("{KEY_FILE}.before-renewal")))?;
    }
    note(db, &Keys::load(None, &config.data_dir)?).await
}
