-- Mails that the server sends, written by what causes them, and each try at one. The text is sealed, and forgotten when the
-- mail has been taken.
CREATE TABLE mail_deliveries (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT,
    recipient TEXT NOT NULL,
    recipient_name TEXT,
    subject TEXT NOT NULL,
    sealed_text TEXT,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts_count BIGINT NOT NULL,
    retry BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    leased_until BIGINT,
    leased_by TEXT,
    expires_at BIGINT NOT NULL,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX mails_due ON mail_deliveries (next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX mails_leased ON mail_deliveries (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX mails_expiry ON mail_deliveries (expires_at) WHERE state = 'pending';
CREATE INDEX mails_delivered ON mail_deliveries (delivered_at) WHERE state = 'delivered';
CREATE INDEX mails_parked ON mail_deliveries (updated_at) WHERE state = 'parked';
CREATE INDEX mails_list ON mail_deliveries (created_at, id);
CREATE INDEX mails_state ON mail_deliveries (state, created_at, id);
CREATE INDEX mails_user ON mail_deliveries (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE mail_attempts (
    mail_id TEXT NOT NULL REFERENCES mail_deliveries (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    code BIGINT,
    error TEXT,
    answer TEXT,
    duration_ms BIGINT NOT NULL,
    PRIMARY KEY (mail_id, number)
);
