-- Addresses of mail that servers have said do not exist, until mail comes from them.
CREATE TABLE dead_addresses (
    address TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- Since when no run of a source has worked, and no try at handing it a content; null where the last one did.
ALTER TABLE source_states ADD COLUMN run_failed_since BIGINT;
ALTER TABLE source_states ADD COLUMN send_failed_since BIGINT;

-- Who somebody has said are not the same person: two identities, the smaller id first.
CREATE TABLE people_not_same (
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    other_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (identity_id, other_id)
);
CREATE INDEX people_not_same_other ON people_not_same (other_id);

-- The files of a mail that goes out which it has as links; null where none may be one.
ALTER TABLE mails ADD COLUMN linked TEXT;
