-- Sign-ins at a provider that somebody has begun in a browser: each can be ended once, by whoever began it, for ten minutes.
CREATE TABLE authorizations (
    state_hash TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sealed_verifier TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
