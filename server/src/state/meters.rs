//! What is counted and measured, in the form that Prometheus reads. Each server has its own recorder, so that several
//! can run in one process.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// For how long one page of figures is good: whoever asks more often gets the same page.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

const REQUESTS: &str = "hubbub_http_requests_total";
const DELIVERIES: &str = "hubbub_webhook_attempts_total";
const EXPORTS: &str = "hubbub_export_attempts_total";
const MAILS: &str = "hubbub_mail_attempts_total";
const UPLOADS: &str = "hubbub_uploads_total";
const DURATIONS: &str = "hubbub_http_request_duration_seconds";
const SLOW_WRITES: &str = "hubbub_slow_writes_total";
static METADATA: Metadata<'static> = Metadata::new("hubbub", Level::INFO, None);

/// Every gauge with what it tells.
const GAUGES: &[(&str, &str)] = &[
    ("hubbub_info", "Always 1; the label is the version."),
    ("hubbub_journal_position", "Position of the newest event in the journal."),
    ("hubbub_follower_lag", "Events in the journal that a follower has not worked on."),
    ("hubbub_webhook_deliveries", "Deliveries to webhooks that wait, or are parked."),
    ("hubbub_webhook_queue_age_seconds", "For how long the oldest waiting delivery has waited."),
    ("hubbub_exports", "Contents that wait to be handed to their source."),
    ("hubbub_export_queue_age_seconds", "For how long the oldest waiting content has waited."),
    ("hubbub_source_health", "1 for how a source that is asked fares, 0 for how it does not."),
    ("hubbub_source_lag_seconds", "Since when no run of a source has worked that is asked."),
    ("hubbub_inbound_items", "What came in and could not be taken in."),
    ("hubbub_sockets", "Open sockets of agents and of visitors."),
    ("hubbub_connections", "Open connections."),
    ("hubbub_connections_refused", "Connections and callers refused since the start, as there were too many."),
    ("hubbub_body_bytes", "Memory that the bodies of requests hold."),
    ("hubbub_disk_free_bytes", "What is free on the disk of the data folder."),
    ("hubbub_disk_reserve_bytes", "What must stay free there: below that no files are taken."),
];

/// The figures of one server.
pub struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    page: Mutex<Option<(Instant, String)>>,
}

impl Default for Meters {
    fn default() -> Self {
        // The only error is an empty list of buckets; without buckets durations would be shown as quantiles.
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS).unwrap_or_default();
        let recorder = builder.build_recorder();
        recorder.describe_counter(REQUESTS.into(), None, "Requests by route, method and code.".into());
        recorder.describe_counter(DELIVERIES.into(), None, "Requests to webhooks by outcome.".into());
        recorder.describe_counter(EXPORTS.into(), None, "Contents handed to their source by outcome.".into());
        recorder.describe_counter(MAILS.into(), None, "Tries at mails by outcome.".into());
        recorder.describe_counter(SLOW_WRITES.into(), None, "Writes that took more than 250 ms.".into());
        recorder.describe_counter(UPLOADS.into(), None, "Files that people and programs sent, by outcome.".into());
        recorder.describe_histogram(DURATIONS.into(), None, "Durations of requests by route.".into());
        for (name, text) in GAUGES {
            recorder.describe_gauge((*name).into(), None, (*text).into());
        }
        Self { handle: recorder.handle(), recorder, page: Mutex::default() }
    }
}

impl Meters {
    /// Counts a request. `route` is a path of the route table, never what the caller wrote.
    pub fn request(&self, route: &str, method: &Method, code: StatusCode, took: Duration) {
        let route = Label::new("route", route.to_owned());
        let method = Label::new("method", known(method));
        let code = Label::new("code", code.as_str().to_owned());
        let durations = Key::from_parts(DURATIONS, vec![route.clone()]);
        self.recorder.register_counter(&Key::from_parts(REQUESTS, vec![route, method, code]), &METADATA).increment(1);
        self.recorder.register_histogram(&durations, &METADATA).record(took.as_secs_f64());
    }

    /// Counts a request to a webhook.
    pub fn delivery(&self, delivered: bool) {
        self.count(DELIVERIES, if delivered { "delivered" } else { "failed" });
    }

    /// Counts a try to hand a content to its source.
    pub fn export(&self, outcome: &'static str) {
        self.count(EXPORTS, outcome);
    }

    /// Counts a try at a mail: it was `sent`, or `refused` for good, or it `failed`.
    pub fn mail(&self, outcome: &'static str) {
        self.count(MAILS, outcome);
    }

    /// Counts a file that somebody sent: it was `taken`, or there was `no_room`, or it was `over_quota`.
    pub fn upload(&self, outcome: &'static str) {
        self.count(UPLOADS, outcome);
    }

    fn count(&self, name: &'static str, outcome: &'static str) {
        let key = Key::from_parts(name, vec![Label::new("outcome", outcome)]);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// The page as it was made a moment ago, held so that nobody else makes it meanwhile.
    pub(crate) async fn kept(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.page.lock().await
    }

    /// A page of all figures, with those that are read from the process itself.
    pub(crate) fn render(&self, slow_writes: u64) -> String {
        let slow = self.recorder.register_counter(&Key::from_static_name(SLOW_WRITES), &METADATA);
        slow.absolute(slow_writes);
        // Memory, processor time and descriptors of this process, under the names that Prometheus's own clients use.
        metrics::with_local_recorder(&self.recorder, || {
            let process = metrics_process::Collector::default();
            process.describe();
            process.collect();
        });
        self.handle.render()
    }

    /// Puts away what was measured since the last call. Called now and then, so that it does not pile up in memory
    /// where nobody reads the figures.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, name: &'static str, labels: impl IntoIterator<Item = (&'static str, String)>, value: f64) {
        let labels: Vec<Label> = labels.into_iter().map(|(name, value)| Label::new(name, value)).collect();
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA).set(value);
    }
}

/// A method's name; one for all that are not of HTTP, so that callers cannot make up figures of their own.
fn known(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];
    const NAMES: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    KNOWN.iter().position(|k| k == method).map_or("other", |at| NAMES[at])
}
