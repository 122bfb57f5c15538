//! Where servers run: beside the test and not within it, as a process does. So a server goes on while the test does
//! nothing, and at its end.

use std::sync::{LazyLock, mpsc};

use axum::Router;
use hubbub::app::App;
use hubbub::config::Config;
use hubbub::router;
use hubbub::{boot, serve};
use store::Clock;
use tokio::runtime::{Builder, Runtime as Tokio};
use tokio_util::sync::CancellationToken;

/// The threads of one server.
pub(super) struct Runtime(Option<Tokio>);

impl Runtime {
    pub(super) fn start() -> Self {
        Self(Some(tokio(1)))
    }

    /// Runs a server.
    pub(super) async fn serve(
        &self,
        listener: std::net::TcpListener,
        config: Config,
        clock: Clock,
    ) -> (App, CancellationToken) {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let running = self.tokio().spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let (app, _) = boot::boot(config, clock).await.expect("a server");
            tokio::spawn(serve::serve(listener, app.clone(), router::router(app.clone()), stopped));
            app
        });
        (running.await.expect("a server"), stop)
    }

    /// Does some work beside the server, and has this thread wait for it.
    pub(super) fn wait_for<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (tell, told) = mpsc::sync_channel(1);
        self.tokio().spawn(async move { tell.send(work.await) });
        told.recv().expect("no panic")
    }

    fn tokio(&self) -> &Tokio {
        self.0.as_ref().expect("not dropped")
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(tokio) = self.0.take() {
            tokio.shutdown_background();
        }
    }
}

fn tokio(threads: usize) -> Tokio {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("threads")
}

/// Runs what servers talk to: it answers them also while a test does nothing.
pub(super) fn beside(work: impl Future<Output: Send> + Send + 'static) {
    static BESIDE: LazyLock<Tokio> = LazyLock::new(|| tokio(1));
    BESIDE.spawn(work);
}

/// Has a router answer on a port of its own; gives its address, without a slash at its end.
pub fn answering(router: Router) -> String {
    let listener = listener();
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    beside(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        axum::serve(listener, router).await
    });
    url
}

/// A port on this machine, for any runtime.
pub(super) fn listener() -> std::net::TcpListener {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    listener
}
