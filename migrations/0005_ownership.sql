-- What was answered to requests that carry an idempotency key. `status` is null while the change is committed and its
-- answer is not noted yet. Bodies are sealed: an answer can hold a new token.
CREATE TABLE idempotency_keys (
    id TEXT PRIMARY KEY,
    attempt TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Who has a thread: the user of its newest open or deferred intervention. The epoch grows each time that this changes.
-- `lease_until`: a bot has it, its customer waits, and at this time the thread goes to people.
ALTER TABLE content_threads ADD COLUMN owner TEXT;
ALTER TABLE content_threads ADD COLUMN owner_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE content_threads ADD COLUMN lease_until BIGINT;
ALTER TABLE content_threads ADD COLUMN last_bot_id TEXT;
CREATE INDEX threads_lease ON content_threads (lease_until) WHERE lease_until IS NOT NULL;

UPDATE content_threads SET owner_epoch = 1, owner = (
    SELECT '{"type":"' || CASE WHEN users.bot THEN 'bot' ELSE 'agent' END || '","id":"' || users.id || '","name":"'
        || REPLACE(REPLACE(TRIM(users.firstname || ' ' || users.lastname), '\', '\\'), '"', '\"') || '"}'
    FROM users WHERE users.id = content_threads.assigned_user_id
) WHERE assigned_user_id IS NOT NULL;

-- Seconds in which a bot must answer; null for the domain's setting, 0 for as long as it likes.
ALTER TABLE users ADD COLUMN bot_lease_seconds BIGINT;

-- What a webhook is to be sent again: from the next position to the last one.
ALTER TABLE webhooks ADD COLUMN replay_next BIGINT;
ALTER TABLE webhooks ADD COLUMN replay_last BIGINT;
