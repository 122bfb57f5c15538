-- Which contents are of people who were erased, and who was: what is still to be looked for (the names that they were known
-- by, files) is empty once that is done.
ALTER TABLE contents ADD COLUMN anonymized BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    identity_ids TEXT NOT NULL,
    names TEXT NOT NULL,
    files TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX erasures_open ON erasures (created_at) WHERE done_at IS NULL;
