//! Webhooks and what is sent to them.

use model::{AccessTokenId, DeliveryId, DeliveryState, SourceId, Timestamp, UserId, WebhookId, WebhookStatus};

use crate::{Json, table};

table! {
    /// A registered receiver of events.
    pub struct Webhook in "webhooks" {
        /// Its id.
        id: WebhookId,
        /// Its name.
        name: String,
        /// Where events are sent.
        url: String,
        /// The token that it was made with; none when it was made in the console.
        access_token_id: Option<AccessTokenId>,
        /// As whom it listens: it is told of the sources that this user may read.
        user_id: UserId,
        /// Switched on.
        active: bool,
        /// Of a staging environment.
        staging_use: bool,
        /// Certificates are not checked.
        ignore_ssl: bool,
        /// What the challenge carries, encrypted.
        verify_token: Option<String>,
        /// What every request carries, encrypted.
        secret: Option<String>,
        /// The events that it is told of.
        registered_events: Json<Vec<String>>,
        /// `all_except` or `none_except` these sources.
        sources_strategy: String,
        /// The sources of the strategy.
        source_ids: Json<Vec<SourceId>>,
        /// The state of the connection.
        status: WebhookStatus,
        /// Why it is in that state.
        status_reason: Option<String>,
        /// The outcomes of the last requests, newest last: `1` for success, `0` for failure.
        recent_results: String,
        /// When a suspended webhook is tried again.
        suspended_until: Option<Timestamp>,
        /// How often it was suspended in a row.
        suspensions: i64,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One request to a webhook: some events of one thread, in order.
    pub struct Delivery in "webhook_deliveries" {
        /// Its id: the `id` of the request, the same at each attempt.
        id: DeliveryId,
        /// Its webhook.
        webhook_id: WebhookId,
        /// Deliveries with the same key go out one after the other: the thread's id, else the event's.
        order_key: String,
        /// The journal position of its first event.
        first_position: i64,
        /// The journal position of its last event.
        last_position: i64,
        /// The journal positions of its events.
        positions: Json<Vec<i64>>,
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried, by hand too.
        attempts_count: i64,
        /// Its step on the ladder of retries.
        retry: i64,
        /// When it is tried next. While it is being tried, the end of that lease.
        next_attempt_at: Timestamp,
        /// When it is parked if it has not been delivered.
        expires_at: Timestamp,
        /// When it was acknowledged.
        delivered_at: Option<Timestamp>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
