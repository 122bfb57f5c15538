-- Mails that go out: who gets them unseen, what stands below them, and how each recipient's server has taken them.
ALTER TABLE mails ADD COLUMN hidden TEXT NOT NULL DEFAULT '[]';
ALTER TABLE mails ADD COLUMN signature TEXT;
ALTER TABLE mails ADD COLUMN quotes BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE mail_recipients (
    content_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    field TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    reason TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (content_id, ordinal)
);
CREATE INDEX mail_recipients_address ON mail_recipients (address, updated_at);

-- Who writes to a mailbox, how much of late, and how often they got something that nobody wrote.
CREATE TABLE mail_senders (
    source_id TEXT NOT NULL,
    address TEXT NOT NULL,
    hour_at BIGINT NOT NULL,
    hour_count BIGINT NOT NULL,
    ten_at BIGINT NOT NULL,
    ten_count BIGINT NOT NULL,
    quiet_until BIGINT,
    day_at BIGINT NOT NULL,
    day_count BIGINT NOT NULL,
    PRIMARY KEY (source_id, address)
);

-- Until when somebody asks for another token by a refresh token: one at a time does.
ALTER TABLE source_credentials ADD COLUMN leased_until BIGINT;
