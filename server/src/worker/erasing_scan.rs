//! Erasing people: large tables in which something of them stands are gone through by reads, stretch by stretch, so that
//! nobody's writes wait; what is found goes by writes of a few rows each. Safe to run twice.

use model::ThreadId;
use store::erasure::Erasure;
use store::erasure_scan::{self as scan, ABOUT_PEOPLE, Found};
use store::{Tx, TxFuture};

use crate::app::App;
use crate::domain::{Error, Result, erasure_elsewhere as elsewhere};

/// How many rows one transaction takes something from.
const AT_ONCE: usize = 200;

/// Takes away what stands in large tables of a person whose threads these are; gives the erasure with the addresses that are
/// theirs alone.
pub(super) async fn look_through(app: &App, erasure: &Erasure, threads: Vec<ThreadId>) -> Result<Erasure> {
    strip_answers(app, threads).await?;
    clear_entries(app, erasure).await?;
    let erasure = leave_shared(app, erasure).await?;
    if !erasure.names.addresses.is_empty() {
        strip_mails(app, &erasure.names.addresses).await?;
    }
    Ok(erasure)
}

/// What `read` finds in all stretches of a table.
async fn gather<T, K, R>(app: &App, read: R) -> Result<Vec<T>>
where
    T: Send + 'static,
    K: Clone + Send + Sync + 'static,
    R: for<'t> Fn(&'t mut Tx, Option<K>) -> TxFuture<'t, Found<T, K>, store::Error> + Clone + Send + Sync + 'static,
{
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (read, from) = (read.clone(), after);
        let (found, last) = app.db.read(move |tx| read(tx, from)).await.map_err(Error::Store)?;
        all.extend(found);
        if last.is_none() {
            return Ok(all);
        }
        after = last;
    }
}

/// Writes what is to be done to each of some, some at a time.
async fn change<T, W>(app: &App, all: Vec<T>, write: W) -> Result<()>
where
    T: Clone + Send + Sync + 'static,
    W: for<'t> Fn(&'t mut Tx, Vec<T>) -> TxFuture<'t, (), Error> + Clone + Send + Sync + 'static,
{
    for some in all.chunks(AT_ONCE) {
        let (write, some) = (write.clone(), some.to_vec());
        app.db.write(move |tx| write(tx, some)).await?;
    }
    Ok(())
}

/// Forgets what receivers of webhooks have answered to what happened in some threads.
async fn strip_answers(app: &App, mut threads: Vec<ThreadId>) -> Result<()> {
    if threads.is_empty() {
        return Ok(());
    }
    threads.sort();
    let found = gather(app, move |tx, after| {
        let threads = threads.clone();
        Box::pin(async move { scan::deliveries(tx, &threads, after.as_ref()).await })
    });
    change(app, found.await?, |tx, some| Box::pin(async move { Ok(scan::strip_answers(tx, &some).await?) })).await
}

/// Erases what the journal tells of the person themselves.
async fn clear_entries(app: &App, erasure: &Erasure) -> Result<()> {
    let row = erasure.clone();
    let read = app.db.read(move |tx| Box::pin(async move { elsewhere::of_person(tx, &row).await }));
    let (people, _) = read.await?;
    for kind in ABOUT_PEOPLE {
        let people = people.clone();
        let found = gather(app, move |tx, after: Option<i64>| {
            let people = people.clone();
            Box::pin(async move { scan::entries(tx, kind, &people, after.unwrap_or(0)).await })
        });
        change(app, found.await?, |tx, some| Box::pin(async move { elsewhere::clear_entries(tx, &some).await }))
            .await?;
    }
    Ok(())
}

/// Leaves out the addresses by which somebody else is known as well.
async fn leave_shared(app: &App, erasure: &Erasure) -> Result<Erasure> {
    let row = erasure.clone();
    let read = app.db.read(move |tx| Box::pin(async move { elsewhere::of_person(tx, &row).await }));
    let (_, own) = read.await?;
    let row = erasure.clone();
    let mut shared = gather(app, move |tx, after| {
        let row = row.clone();
        Box::pin(async move { scan::shared(tx, &row, after.as_ref()).await })
    })
    .await?;
    let row = erasure.clone();
    let persons = gather(app, move |tx, after| {
        let (row, own) = (row.clone(), own.clone());
        Box::pin(async move { scan::shared_by_groups(tx, &row, &own, after.as_ref()).await })
    });
    shared.extend(persons.await?);
    let row = erasure.clone();
    app.db.write(move |tx| Box::pin(async move { elsewhere::leave_shared(tx, &row, &shared).await })).await
}

/// Removes the mails to the person that the server itself has written, and what servers have said of them to others.
async fn strip_mails(app: &App, addresses: &[String]) -> Result<()> {
    let theirs = addresses.to_vec();
    let found = gather(app, move |tx, after| {
        let theirs = theirs.clone();
        Box::pin(async move { scan::mails(tx, &theirs, after.as_ref()).await })
    });
    change(app, found.await?, |tx, some| Box::pin(async move { Ok(scan::forget_mails(tx, &some).await?) })).await?;
    let theirs = addresses.to_vec();
    let found = gather(app, move |tx, after| {
        let theirs = theirs.clone();
        Box::pin(async move { scan::tries(tx, &theirs, after.as_ref()).await })
    });
    let (found, theirs) = (found.await?, addresses.to_vec());
    change(app, found, move |tx, some| {
        let theirs = theirs.clone();
        Box::pin(async move { Ok(scan::strip_tries(tx, &theirs, &some).await?) })
    })
    .await
}
