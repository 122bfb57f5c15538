//! Statements on a PostgreSQL connection: prepared once, with values as both databases have them.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::BytesMut;
use deadpool_postgres::Object;
use futures_util::future::{MaybeDone, maybe_done};
use tokio_postgres::Statement;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::texts;
use crate::{Error, Row, Value};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 512;

/// Statements with `?1` rewritten to `$1`, once for each text.
#[derive(Debug, Default)]
pub(super) struct SqlCache(Mutex<HashMap<String, Arc<str>>>);

impl SqlCache {
    fn get(&self, sql: &str) -> Arc<str> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.get(sql) {
            return found.clone();
        }
        let rewritten: Arc<str> = sql.replace('?', "$").into();
        // Statements are few and fixed; the bound only guards against a text made from input.
        if cache.len() < 4096 {
            cache.insert(sql.to_owned(), rewritten.clone());
        }
        rewritten
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(b) => b.to_sql(ty, out),
            Self::Int(i) if *ty == Type::INT4 => i32::try_from(*i)?.to_sql(ty, out),
            #[expect(clippy::cast_precision_loss, reason = "the column asks for a float")]
            Self::Int(i) if *ty == Type::FLOAT8 => (*i as f64).to_sql(ty, out),
            Self::Int(i) => i.to_sql(ty, out),
            Self::Real(r) => r.to_sql(ty, out),
            // PostgreSQL's text cannot hold a zero byte. None comes past the edges but in what is looked up by an
            // address, which must not find what has another name; and in what an older program kept.
            Self::Text(t) if t.contains('\0') => t.replace('\0', "\u{fffd}").to_sql(ty, out),
            Self::Text(t) => t.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f64::from(f32::from_sql(ty, raw)?)),
            _ => Self::Text(texts::text(raw)),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn refs<P: ToSql + Sync>(params: &[P]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

/// A statement of a connection, prepared once. A connection that has many begins anew: lists of ids and searches make
/// ever new texts, and the server keeps memory for each.
async fn prepared(client: &Object, cache: &SqlCache, sql: &str) -> Result<Statement, Error> {
    // A search is planned with its words known: rare ones are looked up, and a plan for any words at all would not.
    if sql.contains("AS tsquery") {
        return Ok(client.prepare(&cache.get(sql)).await?);
    }
    if client.statement_cache.size() >= STATEMENTS {
        client.statement_cache.clear();
    }
    Ok(client.prepare_cached(&cache.get(sql)).await?)
}

pub(super) async fn rows(client: &Object, cache: &SqlCache, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
    let statement = prepared(client, cache, sql).await?;
    let found = client.query(&statement, &refs(params)).await?;
    found
        .iter()
        .map(|row| {
            let values = (0..row.len()).map(|i| row.try_get::<_, Value>(i)).collect::<Result<Vec<_>, _>>()?;
            Ok(Row::new(values))
        })
        .collect()
}

/// Runs a statement with values, or with a list of values for each of its parameters.
pub(super) async fn execute<P: ToSql + Sync>(
    client: &Object,
    cache: &SqlCache,
    sql: &str,
    params: &[P],
) -> Result<u64, Error> {
    let statement = prepared(client, cache, sql).await?;
    Ok(client.execute(&statement, &refs(params)).await?)
}

/// Has what is asked go out, and does not wait for its answer: the connection takes it when it is first polled.
pub(super) async fn send<F: Future>(mut asked: Pin<&mut MaybeDone<F>>) {
    poll_fn(|cx| {
        let _ = asked.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Runs a statement that answers a number, on a list of values for each of its parameters, and commits in the same round
/// trip. The server keeps nothing when the statement fails.
pub(super) async fn commit_with(
    client: &Object,
    cache: &SqlCache,
    sql: &str,
    columns: &[Vec<Value>],
) -> Result<i64, Error> {
    // Prepared before either goes out: the commit must not come first.
    let statement = prepared(client, cache, sql).await?;
    let params = refs(columns);
    let mut asked = pin!(maybe_done(client.query_one(&statement, &params)));
    send(asked.as_mut()).await;
    if let MaybeDone::Done(_) = &*asked {
        // It has not gone out.
        let failed = asked.take_output().map(|row| row.map(drop));
        failed.unwrap_or(Ok(()))?;
        return Err(Error::Database("a statement was answered before it was asked".into()));
    }
    let committed = client.batch_execute("COMMIT").await;
    asked.as_mut().await;
    let Some(row) = asked.take_output() else { return Err(Error::Waited) };
    let number = row?.try_get(0)?;
    committed?;
    Ok(number)
}
