//! Load: many kept connections, each sending its next request as soon as it has its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::http::Client;
use crate::stats::ms;

/// How a load went.
pub(crate) struct Outcome {
    /// From the first request until the last answer.
    pub(crate) took: Duration,
    /// How long each answer took, in milliseconds.
    pub(crate) times: Vec<f64>,
}

/// Opens connections.
pub(crate) async fn connect(address: SocketAddr, count: usize) -> anyhow::Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        clients.push(Client::connect(address).await?);
    }
    Ok(clients)
}

/// Sends every request once, over so many connections; each answer must be a success.
pub(crate) async fn send_all(
    address: SocketAddr,
    count: usize,
    requests: Arc<Vec<Vec<u8>>>,
) -> anyhow::Result<Outcome> {
    // New ones each time: the server closes those that are idle for long.
    let clients = connect(address, count).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let (next, requests) = (next.clone(), requests.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let began = Instant::now();
                    let answer = client.call(request).await?;
                    ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(answer.body));
                    times.push(ms(began.elapsed()));
                }
                Ok(times)
            })
        })
        .collect();
    let mut times = Vec::with_capacity(requests.len());
    for task in tasks {
        let some: anyhow::Result<Vec<f64>> = task.await?;
        times.extend(some?);
    }
    Ok(Outcome { took: began.elapsed(), times })
}
