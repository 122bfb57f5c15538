-- Links by which users whose password is lost choose another one; only the hash of each is kept.
CREATE TABLE password_recoveries (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_recoveries_user ON password_recoveries (user_id, created_at);
CREATE INDEX password_recoveries_end ON password_recoveries (expires_at);
