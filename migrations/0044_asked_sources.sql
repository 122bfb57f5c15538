-- What the third party of a source can do, as it has told last.
ALTER TABLE content_sources ADD COLUMN implementation TEXT;

-- Sources that are asked for what is new: how each fares, when it is asked next, and who is at it.
CREATE TABLE source_states (
    source_id TEXT PRIMARY KEY,
    health TEXT NOT NULL,
    reason_code TEXT,
    reason TEXT,
    since BIGINT NOT NULL,
    connected_at BIGINT,
    last_ok_at BIGINT,
    last_in_at BIGINT,
    last_out_at BIGINT,
    next_run_at BIGINT NOT NULL,
    wanted_at BIGINT,
    began_at BIGINT,
    run BIGINT NOT NULL,
    leased_by TEXT,
    run_failures BIGINT NOT NULL,
    run_code TEXT,
    run_reason TEXT,
    send_failures BIGINT NOT NULL,
    send_code TEXT,
    send_reason TEXT,
    warning_code TEXT,
    warning TEXT
);
CREATE INDEX source_states_next ON source_states (next_run_at);
INSERT INTO source_states (source_id, health, since, next_run_at, run, run_failures, send_failures)
SELECT id, 'unchecked', updated_at, updated_at, 0, 0, 0 FROM content_sources WHERE kind = 'sdk';

-- Up to where each of a source's lists was taken in. 'former' are the positions before, newest first.
CREATE TABLE source_cursors (
    source_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    position TEXT NOT NULL,
    former TEXT NOT NULL,
    refusals BIGINT NOT NULL,
    caught_up BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (source_id, stream)
);

-- The last runs of each source.
CREATE TABLE source_runs (
    source_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    reason_code TEXT,
    reason TEXT,
    received BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    parked BIGINT NOT NULL,
    PRIMARY KEY (source_id, number)
);

-- What came in and could not be taken in: it is kept until somebody has it tried again, or drops it.
CREATE TABLE inbound_items (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    dedupe TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts_count BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbound_items_dedupe ON inbound_items (source_id, dedupe);
CREATE INDEX inbound_items_order ON inbound_items (source_id, received_at, id);
