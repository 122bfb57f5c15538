-- An export has an id of its own and a lane: those of one lane go out one after the other. Beside it stand the requests that
-- its content takes, and every try with how it ended.
ALTER TABLE content_exports RENAME TO content_exports_before;
CREATE TABLE content_exports (
    id TEXT PRIMARY KEY,
    content_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts_count BIGINT NOT NULL,
    failures_count BIGINT NOT NULL,
    waits_count BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    reason_code TEXT,
    last_error TEXT,
    leased_by TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- So far a content had one at the most, whose id it can be.
INSERT INTO content_exports (
    id, content_id, source_id, thread_id, lane, ordinal, state, attempts_count, failures_count, waits_count,
    next_attempt_at, expires_at, reason_code, last_error, leased_by, created_at, updated_at
) SELECT
    content_id, content_id, source_id, thread_id, thread_id, ordinal, state, attempts_count, failures_count, 0,
    next_attempt_at, expires_at, NULL, last_error, leased_by, created_at, updated_at
FROM content_exports_before;
DROP TABLE content_exports_before;
CREATE UNIQUE INDEX exports_content ON content_exports (content_id);
CREATE INDEX exports_due ON content_exports (source_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX exports_order ON content_exports (lane, ordinal) WHERE state = 'pending';
CREATE INDEX exports_expiry ON content_exports (expires_at) WHERE state = 'pending';
CREATE INDEX exports_waits ON content_exports (source_id, next_attempt_at) WHERE state = 'pending' AND waits_count > 0;

CREATE TABLE content_export_parts (
    export_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    remote_id TEXT,
    sent_at BIGINT,
    PRIMARY KEY (export_id, ordinal)
);

-- Written when an export is taken: a crash leaves one without an outcome.
CREATE TABLE content_export_attempts (
    export_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    part BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT,
    reason_code TEXT,
    text TEXT,
    http_status BIGINT,
    took_ms BIGINT,
    PRIMARY KEY (export_id, number)
);
CREATE INDEX export_attempts_age ON content_export_attempts (started_at);
