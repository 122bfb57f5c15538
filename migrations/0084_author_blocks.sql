-- Whose words are kept out: a customer's, those of an e-mail address, or what a network sends. They stay when they are taken
-- back, so that it is seen who blocked whom.
CREATE TABLE author_blocks (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    identity_id TEXT REFERENCES identities (id) ON DELETE CASCADE,
    reason TEXT,
    until BIGINT,
    user_id TEXT NOT NULL REFERENCES users (id),
    refused_count BIGINT NOT NULL,
    last_refused_at BIGINT,
    lifted_at BIGINT,
    lifted_by TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX author_blocks_held ON author_blocks (kind, value) WHERE lifted_at IS NULL;
CREATE INDEX author_blocks_identity ON author_blocks (identity_id);
