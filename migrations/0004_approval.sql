-- A content that an agent wrote and somebody else has to approve before it goes out. It stays after the decision.
CREATE TABLE content_approvals (
    content_id TEXT PRIMARY KEY REFERENCES contents (id),
    thread_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    state TEXT NOT NULL,
    disable_text_input BOOLEAN,
    decided_by TEXT,
    decided_at BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX approvals_waiting ON content_approvals (thread_id) WHERE state = 'waiting';

-- How many contents of a user on a source were counted: of these a given part needs approval.
CREATE TABLE approval_counters (
    user_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    contents BIGINT NOT NULL,
    PRIMARY KEY (user_id, source_id)
);

-- When a customer last got an automatic message of a kind on a source.
CREATE TABLE auto_responses (
    source_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (source_id, identity_id, kind)
);
