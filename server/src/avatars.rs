//! Pictures of people at addresses that somebody outside has given. No agent's browser asks there: that would tell who
//! looks at whom, and when, and would reach whatever that browser can reach. The server fetches them, looks whether they
//! are pictures, and keeps them for a time as files that can be removed at any time.
//!
//! An address of ours is the address outside with our signature: nobody can have anything else fetched.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};

use crate::app::App;
use crate::crypto::token_hash;
use crate::files::Key;
use crate::{fetch, pictures};

/// The largest picture in bytes: it is shown the size of a thumb.
const LARGEST: usize = 2 * 1024 * 1024;
/// The most pixels that one has.
const PIXELS: u64 = 4096 * 4096;
/// How many are fetched at once.
const AT_ONCE: usize = 4;
/// How many wait for that.
const WAITING: usize = 256;
/// The longest that fetching one may take.
const TIME: Duration = Duration::from_secs(10);
/// How long a browser waits for one that is not here yet: it has few connections, and needs them for its work.
const PATIENCE: Duration = Duration::from_millis(800);
/// After how many seconds a picture is fetched anew.
const FRESH: i64 = 24 * 3600;
/// After how many seconds one that could not be had is tried again.
const AGAIN: i64 = 3600;
/// After how many seconds one that nobody looks at any more is removed.
const KEPT: i64 = 30 * 24 * 3600;

/// The pictures that are here. An empty file stands for one that could not be had.
pub struct Avatars {
    /// What is fetched or waits for that; whoever looks waits for the end of it.
    under_way: Mutex<HashMap<String, watch::Receiver<()>>>,
    places: Semaphore,
}

impl Default for Avatars {
    fn default() -> Self {
        Self { under_way: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }
}

/// Our own address of a picture outside, for the console.
#[must_use]
pub(crate) fn address(app: &App, outside: Option<&str>) -> Option<String> {
    let outside = outside.filter(|url| safe_http::check_url(url).is_ok())?;
    let escaped: String = url::form_urlencoded::byte_serialize(outside.as_bytes()).collect();
    Some(format!("/console/avatars/{}?url={escaped}", app.keys.signature(&signed(outside))))
}

/// Whether an address of ours is one that [`address`] gave.
#[must_use]
pub(crate) fn verifies(app: &App, outside: &str, signature: &str) -> bool {
    app.keys.verifies(&signed(outside), signature)
}

fn signed(outside: &str) -> String {
    format!("avatar:{outside}")
}

/// The picture at an address outside, with its media type; none when it cannot be had, or is not here yet.
pub(crate) async fn find(app: &App, outside: &str) -> Option<(&'static str, Bytes)> {
    let name = token_hash(outside);
    let (kept, fresh) = read(app, &name).await;
    if !fresh
        && let Some(mut done) = begin(app, name.clone(), outside.to_owned())
        && kept.is_none()
    {
        // It never says more than that it is over, by being gone.
        tokio::time::timeout(PATIENCE, done.changed()).await.ok()?.err()?;
        return shown(read(app, &name).await.0?);
    }
    shown(kept?)
}

fn shown(bytes: Bytes) -> Option<(&'static str, Bytes)> {
    Some((pictures::kind(&bytes)?, bytes))
}

/// What is here under a name, and whether that is good for now.
async fn read(app: &App, name: &str) -> (Option<Bytes>, bool) {
    let Ok(Some((bytes, found))) = app.files.get(&Key::avatar(name)).await else { return (None, false) };
    let good = if bytes.is_empty() { AGAIN } else { FRESH };
    (Some(bytes), found.age(app.db.clock().now()).is_some_and(|age| (0..good).contains(&age)))
}

/// Begins to fetch a picture, or gives the end of what is under way; not when too many others wait, or when there is no
/// room to keep it: then each look would fetch it again.
fn begin(app: &App, name: String, outside: String) -> Option<watch::Receiver<()>> {
    if !app.disk.takes_files() {
        return None;
    }
    let mut under_way = app.avatars.under_way.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(done) = under_way.get(&name) {
        return Some(done.clone());
    }
    if under_way.len() >= WAITING {
        return None;
    }
    let (end, done) = watch::channel(());
    under_way.insert(name.clone(), done.clone());
    drop(under_way);
    let task_app = app.clone();
    app.tasks.spawn(async move {
        let _end = end;
        let app = task_app;
        let work = async {
            let _place = app.avatars.places.acquire().await.ok()?;
            tokio::time::timeout(TIME, fetch_one(&app, &outside)).await.ok().flatten()
        };
        let bytes = tokio::select! {
            bytes = work => bytes,
            () = app.stopping.cancelled() => return,
        };
        // One that cannot be had now stays as it was, for another while.
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => read(&app, &name).await.0.unwrap_or_default(),
        };
        // With the time of the server's own clock, by which it is looked at again.
        if let Err(error) = app.files.put(&Key::avatar(&name), bytes, Some(app.db.clock().now())).await {
            tracing::warn!(%error, "keeping the picture of a person");
        }
        app.avatars.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    });
    Some(done)
}

async fn fetch_one(app: &App, outside: &str) -> Option<Bytes> {
    let (_, answer) = fetch::get(app, outside, LARGEST).await?;
    if !pictures::is_shown(&answer.body, PIXELS) {
        return None;
    }
    tokio::task::spawn_blocking(move || pictures::without_notes(answer.body)).await.ok()
}

/// Removes what nobody has looked at for long.
///
/// # Errors
/// When the disk refuses.
pub(crate) async fn tidy(app: &App) -> std::io::Result<()> {
    for found in app.files.list(&Key::avatars()).await?.files {
        if found.age(app.db.clock().now()).is_some_and(|age| age > KEPT) {
            app.files.remove(&found).await?;
        }
    }
    Ok(())
}
