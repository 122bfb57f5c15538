-- What a source signs in with on the other side, sealed under its id and purpose.
CREATE TABLE source_credentials (
    source_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sealed TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (source_id, purpose)
);

-- The ids of mails, and those that mails refer to: which conversation each belongs to. Of those that no mail here has,
-- 'content_id' is null.
CREATE TABLE mail_ids (
    source_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    content_id TEXT,
    PRIMARY KEY (source_id, hash)
);

-- What a content has that came as a mail.
CREATE TABLE mails (
    content_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    headers TEXT NOT NULL,
    sender TEXT,
    reply_to TEXT NOT NULL,
    recipients TEXT NOT NULL,
    copied TEXT NOT NULL,
    thread_reason TEXT NOT NULL,
    quote_from BIGINT,
    notes TEXT NOT NULL
);

-- Mails as they came. They are forgotten after a time, but for those that are 'kept'.
CREATE TABLE raw_mails (
    source_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    kept BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (source_id, name)
);
CREATE INDEX raw_mails_bytes ON raw_mails (sha256);
CREATE INDEX raw_mails_age ON raw_mails (created_at) WHERE NOT kept;
