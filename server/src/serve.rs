//! The listener: accepts connections with limits on their number, on headers and time, and stops gracefully.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use hyper::body::{Frame, SizeHint};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::app::App;
use crate::http::{client, is_proxy, plain_uri};
use crate::state::connections::Place;
use crate::wire::Wire;

/// How long a connection may take to send its headers, and how long it may be idle between requests: longer than the
/// proxies in front of servers keep theirs (60 s, most often), so that none sends a request into one that just ends.
const HEADERS: Duration = Duration::from_secs(75);
/// The same for one that is only heard because its caller may turn out to be known.
const HEADERS_BEYOND: Duration = Duration::from_secs(5);
/// How long open requests may take after the listener has stopped.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves until `stopping` is cancelled, then lets open requests finish.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    router: Router,
    stopping: CancellationToken,
) -> std::io::Result<()> {
    let connections = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most often: wait for connections to close rather than spin.
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = stopping.cancelled() => break,
        };
        let direct = !is_proxy(peer.ip(), &app.config.trusted_proxies);
        // Closed unheard when there is no place.
        let Some(place) = app.connections.enter(direct.then(|| peer.ip())) else { continue };
        let _ = stream.set_nodelay(true);
        let wire = Wire::new(stream, place.clone(), Duration::from_secs(app.config.stalled_seconds));
        connections.spawn(talk(wire, peer, place, app.clone(), router.clone(), stopping.clone()));
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    Ok(())
}

/// Counts a connection for whoever asked by it, until it is dropped.
struct Seated(Arc<Place>);

impl Drop for Seated {
    fn drop(&mut self) {
        self.0.stand();
    }
}

/// The body of an answer, whose connection is counted until it is sent.
struct Sent {
    body: Body,
    _seated: Seated,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Answers what comes on one connection, until it ends.
async fn talk(wire: Wire, peer: SocketAddr, place: Arc<Place>, app: App, router: Router, stopping: CancellationToken) {
    let direct = !is_proxy(peer.ip(), &app.config.trusted_proxies);
    let headers = if place.is_beyond() { HEADERS_BEYOND } else { HEADERS };
    let service = tower::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        // One that a proxy shares among its callers is counted for whoever asks, until the answer is sent.
        if !direct {
            place.sit(client(peer.ip(), request.headers(), &app.config.trusted_proxies));
        }
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        if let Some(plain) = plain_uri(request.uri()) {
            *request.uri_mut() = plain;
        }
        let (answer, place) = (router.clone().oneshot(request.map(Body::new)), place.clone());
        async move {
            let answer = answer.await;
            let socket = answer.as_ref().is_ok_and(|a| a.status() == StatusCode::SWITCHING_PROTOCOLS);
            if direct || socket {
                return answer;
            }
            answer.map(|answer| answer.map(|body| Body::new(Sent { body, _seated: Seated(place) })))
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(headers).max_buf_size(64 * 1024);
    let connection = builder.serve_connection(TokioIo::new(wire), TowerToHyperService::new(service)).with_upgrades();
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "connection");
    }
}
