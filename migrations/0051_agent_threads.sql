-- How far each agent has read each thread, and what was marked for them. Without a row a thread is read up to when the account
-- began; for older accounts, up to now.
CREATE TABLE agent_threads (
    user_id TEXT NOT NULL,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    read_ordinal BIGINT NOT NULL,
    marked BOOLEAN NOT NULL,
    marked_because TEXT,
    PRIMARY KEY (user_id, thread_id)
);
CREATE INDEX agent_threads_thread ON agent_threads (thread_id);
ALTER TABLE users ADD COLUMN unread_from BIGINT NOT NULL DEFAULT 0;
UPDATE users SET unread_from = COALESCE((SELECT MAX(last_content_at) FROM content_threads), 0);
