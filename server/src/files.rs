//! Where files are kept: bytes under a key. These few verbs are all that anybody does with them, so that another place than
//! the data folder can stand behind them. What is the process's own (its database, key and lock) is none of them.

use std::io::{ErrorKind, Result, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use model::Timestamp;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::sync::RwLock;

use crate::crypto::random_hex;

/// The folders of the data folder that files are in.
const ATTACHMENTS: &str = "files";
const AVATARS: &str = "avatars";

/// What a file is kept under, or what the keys of several begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The bytes of attachments with this SHA-256.
    #[must_use]
    pub fn attachment(sha256: &str) -> Self {
        Self(format!("{ATTACHMENTS}/{}/{sha256}", sha256.get(..2).unwrap_or("00")))
    }

    /// Those of all attachments, which are on shelves.
    #[must_use]
    pub fn attachments() -> Self {
        Self(ATTACHMENTS.to_owned())
    }

    /// A picture of somebody.
    #[must_use]
    pub fn avatar(name: &str) -> Self {
        Self(format!("{AVATARS}/{name}"))
    }

    /// Those of everybody.
    #[must_use]
    pub fn avatars() -> Self {
        Self(AVATARS.to_owned())
    }

    /// Its last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// A file that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its key.
    pub key: Key,
    modified: SystemTime,
}

impl Found {
    /// Whether it was put, or refreshed, longer ago than this, by the clock of the place.
    #[must_use]
    pub fn is_older_than(&self, age: Duration) -> bool {
        self.modified.elapsed().is_ok_and(|elapsed| elapsed > age)
    }

    /// For how many seconds it has been there at a time; none when it is from before all times.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        let since = i64::try_from(self.modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
        Some((now.millis() - since) / 1000)
    }
}

/// What begins with a key, one step down.
#[derive(Debug, Default)]
pub struct Listing {
    /// The keys that more begin with.
    pub below: Vec<Key>,
    /// The files; also what a put that was cut off has left.
    pub files: Vec<Found>,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Opened {
    file: tokio::fs::File,
    /// How many bytes it has.
    pub size: u64,
    left: u64,
}

impl Opened {
    /// Goes on with a part of it alone.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn part(&mut self, from: u64, length: u64) -> Result<()> {
        self.file.seek(SeekFrom::Start(from)).await?;
        self.left = length;
        Ok(())
    }

    /// The next bytes, so many at the most; none at the end.
    ///
    /// # Errors
    /// When the disk refuses, or the file has become shorter.
    pub async fn next(&mut self, most: usize) -> Result<Option<Bytes>> {
        let count = self.left.min(most as u64);
        if count == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(most)];
        self.file.read_exact(&mut bytes).await?;
        self.left -= count;
        Ok(Some(bytes.into()))
    }
}

/// The files of a data folder. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
    /// Held by who removes something, so that nobody makes it fresh at the same moment.
    removing: Arc<RwLock<()>>,
}

impl Files {
    /// Uses the data folder.
    ///
    /// # Errors
    /// When its folders cannot be made.
    pub fn open(data_dir: &Path) -> Result<Self> {
        for folder in [ATTACHMENTS, AVATARS] {
            std::fs::create_dir_all(data_dir.join(folder))?;
        }
        Ok(Self { root: data_dir.to_owned(), removing: Arc::default() })
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(&key.0)
    }

    /// Keeps bytes durably, in the place of those that are there, and never a part of them. They are from `time`, or from
    /// now by the clock of the place.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put(&self, key: &Key, bytes: Bytes, time: Option<Timestamp>) -> Result<()> {
        let _not_removing = self.removing.read().await;
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        tokio::fs::create_dir_all(&folder).await?;
        // Two may put the same at once: each writes a file of its own, and the last name wins.
        let part = folder.join(format!("{}.{}.part", key.name(), random_hex(6)));
        let mut file = tokio::fs::File::create(&part).await?;
        file.write_all(&bytes).await?;
        file.sync_all().await?;
        if let Some(time) = time {
            let file = file.into_std().await;
            blocking(move || file.set_modified(UNIX_EPOCH + since_epoch(time))).await?;
        }
        tokio::fs::rename(&part, &path).await?;
        tokio::fs::File::open(&folder).await?.sync_all().await
    }

    /// Makes a file look as if it had just been put; tells whether it is there.
    ///
    /// # Errors
    /// When the disk refuses.
    #[expect(clippy::disallowed_methods, reason = "it is compared with the times that the file system itself notes")]
    pub async fn refresh(&self, key: &Key) -> Result<bool> {
        let _not_removing = self.removing.read().await;
        let path = self.path(key);
        let touch = move || std::fs::File::options().append(true).open(path)?.set_modified(SystemTime::now());
        there(blocking(touch).await).map(|done| done.is_some())
    }

    /// The bytes of a file, and when they are from; none when it is not there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn get(&self, key: &Key) -> Result<Option<(Bytes, Found)>> {
        let path = self.path(key);
        let read = async {
            let bytes = tokio::fs::read(&path).await?;
            let modified = tokio::fs::metadata(&path).await?.modified()?;
            Ok((bytes.into(), Found { key: key.clone(), modified }))
        };
        there(read.await)
    }

    /// Begins to read a file; none when it is not there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn read(&self, key: &Key) -> Result<Option<Opened>> {
        let path = self.path(key);
        let open = move || {
            let file = std::fs::File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let Some((file, size)) = there(blocking(open).await)? else { return Ok(None) };
        Ok(Some(Opened { file: file.into(), size, left: size }))
    }

    /// What begins with a key, one step down.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn list(&self, key: &Key) -> Result<Listing> {
        let mut listing = Listing::default();
        let Some(mut entries) = there(tokio::fs::read_dir(self.path(key)).await)? else { return Ok(listing) };
        while let Some(entry) = entries.next_entry().await? {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let key = Key(format!("{}/{name}", key.0));
            // It may have been removed since.
            let Some(about) = there(entry.metadata().await)? else { continue };
            if about.is_dir() {
                listing.below.push(key);
            } else {
                listing.files.push(Found { key, modified: about.modified()? });
            }
        }
        Ok(listing)
    }

    /// Removes a file, unless it was put again or refreshed since it was found.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove(&self, found: &Found) -> Result<()> {
        let path = self.path(&found.key);
        let _alone = self.removing.write().await;
        let Some(about) = there(tokio::fs::metadata(&path).await)? else { return Ok(()) };
        if about.modified()? == found.modified { tokio::fs::remove_file(path).await } else { Ok(()) }
    }
}

/// What is not there is no error.
fn there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn since_epoch(time: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(time.millis()).unwrap_or(0))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(files: &Files, key: &Key) -> Option<String> {
        let (bytes, _) = files.get(key).await.expect("a read")?;
        Some(String::from_utf8(bytes.to_vec()).expect("a text"))
    }

    #[tokio::test]
    async fn what_is_put_is_there_whole_until_it_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::open(folder.path()).expect("files");
        let (one, two) = (Key::attachment("ab12"), Key::avatar("somebody"));
        assert_eq!(text(&files, &one).await, None);
        assert!(files.read(&one).await.expect("a read").is_none());
        assert!(!files.refresh(&one).await.expect("an answer"));
        files.put(&one, Bytes::from_static(b"0123456789"), None).await.expect("put");
        let time = Timestamp::from_millis(1_700_000_000_123);
        files.put(&two, Bytes::from_static(b"face"), Some(time)).await.expect("put");
        files.put(&two, Bytes::from_static(b"other"), Some(time)).await.expect("put");
        assert_eq!(
            (text(&files, &one).await.as_deref(), text(&files, &two).await.as_deref()),
            (Some("0123456789"), Some("other"))
        );

        let mut opened = files.read(&one).await.expect("a read").expect("a file");
        opened.part(2, 5).await.expect("a part");
        let parts = [opened.next(3).await, opened.next(3).await, opened.next(3).await];
        let parts = parts.map(|part| part.expect("a read").map(|bytes| bytes.to_vec()));
        assert_eq!((opened.size, parts), (10, [Some(b"234".to_vec()), Some(b"56".to_vec()), None]));

        let shelves = files.list(&Key::attachments()).await.expect("a list");
        assert_eq!((shelves.below.len(), shelves.files.len()), (1, 0));
        let found = files.list(&shelves.below[0]).await.expect("a list").files.remove(0);
        assert_eq!((&found.key, found.key.name(), found.is_older_than(Duration::from_secs(60))), (&one, "ab12", false));
        let face = files.list(&Key::avatars()).await.expect("a list").files.remove(0);
        assert_eq!((face.key.name(), face.age(time.plus_seconds(7))), ("somebody", Some(7)));
        assert!(face.is_older_than(Duration::from_secs(60)));
        // Somebody has put it again: it is not the one that was found to be of no use.
        assert!(files.refresh(&two).await.expect("an answer"));
        files.remove(&face).await.expect("an answer");
        assert!(text(&files, &two).await.is_some());
        files.remove(&found).await.expect("removed");
        files.remove(&found).await.expect("an answer");
        assert_eq!(text(&files, &one).await, None);
    }
}
