-- The second factor of each user who has one or sets one up: the key that it shares with an app, sealed.
CREATE TABLE second_factors (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_key TEXT,
    on_since BIGINT,
    used_step BIGINT NOT NULL,
    next_key TEXT,
    next_at BIGINT,
    next_step BIGINT
);
-- Codes that take the place of it, each once; only the hash of each is kept. Those of a set-up are not good yet.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    good BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
-- Who has given a password and not yet the second factor; only the hash of what they hold is kept.
CREATE TABLE second_steps (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    failures BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX second_steps_user ON second_steps (user_id);
CREATE INDEX second_steps_end ON second_steps (expires_at);
-- Whether its users must have one.
ALTER TABLE roles ADD COLUMN second_factor_required BOOLEAN NOT NULL DEFAULT FALSE;
