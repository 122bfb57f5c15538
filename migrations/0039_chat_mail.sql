-- Mails of what visitors have not read, by their conversations: when it is to be looked at ('due_after' is what that was
-- set to, in seconds), how many mails there were, and since when the visitor wants none.
CREATE TABLE chat_mails (
    thread_id TEXT PRIMARY KEY REFERENCES content_threads (id) ON DELETE CASCADE,
    due_at BIGINT,
    due_after BIGINT NOT NULL,
    batches BIGINT NOT NULL,
    unsubscribed_at BIGINT
);
CREATE INDEX chat_mails_due ON chat_mails (due_at) WHERE due_at IS NOT NULL;

-- What was mailed to visitors: each content once.
CREATE TABLE chat_mailed (
    content_id TEXT PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
    mail_id TEXT NOT NULL
);
CREATE INDEX chat_mailed_mail ON chat_mailed (mail_id);

-- Where visitors can be reached: the address that one of a signed identity gave, when they were asked for one last and
-- where, and how often they have changed it since a time.
CREATE TABLE chat_contacts (
    identity_id TEXT PRIMARY KEY REFERENCES identities (id) ON DELETE CASCADE,
    email TEXT,
    asked_at BIGINT,
    thread_id TEXT,
    after_ordinal BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    changes_since BIGINT
);

-- The words of these mails where they are not the built-in ones: one for a language.
CREATE TABLE mail_templates (
    id TEXT PRIMARY KEY,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX mail_templates_language ON mail_templates (language);

ALTER TABLE mail_deliveries ADD COLUMN source_id TEXT;
ALTER TABLE mail_deliveries ADD COLUMN thread_id TEXT;
ALTER TABLE mail_deliveries ADD COLUMN sender_name TEXT;
ALTER TABLE mail_deliveries ADD COLUMN sealed_html TEXT;
CREATE INDEX mails_address ON mail_deliveries (source_id, recipient, created_at) WHERE source_id IS NOT NULL;

-- That a visitor is asked for an address, and gives one, stands among the lines of the thread.
DROP INDEX journal_lines;
CREATE INDEX journal_lines ON journal (thread_id, position) WHERE kind IN (
    'intervention.opened', 'intervention.user_updated', 'intervention.closed', 'intervention.canceled',
    'intervention.reopened', 'content_thread.ignored', 'content.thread_closed', 'content.thread_opened',
    'content.thread_auto_closed', 'chat.queued', 'chat.connected', 'chat.left', 'chat.email_asked', 'chat.email_given');
