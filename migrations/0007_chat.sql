-- What agents have read of a thread is a content rather than a moment: a third party's clock may be behind.
ALTER TABLE content_threads ADD COLUMN agent_read_id TEXT;
UPDATE content_threads SET agent_read_id = (
    SELECT MAX(id) FROM contents
    WHERE contents.thread_id = content_threads.id AND contents.created_at <= content_threads.agent_read_at
);
ALTER TABLE content_threads DROP COLUMN agent_read_at;

-- The key that signed a visitor's identity, which of the identity's extra values the page told without a signature,
-- and the page that the visitor last looked at.
ALTER TABLE visitors ADD COLUMN jwt_key_id TEXT;
ALTER TABLE visitors ADD COLUMN custom_keys TEXT NOT NULL DEFAULT '[]';
ALTER TABLE visitors ADD COLUMN page_url TEXT;
ALTER TABLE visitors ADD COLUMN page_title TEXT;

-- Files that no content took are removed after a time, and bytes that nobody refers to.
CREATE INDEX attachments_free ON attachments (created_at) WHERE content_id IS NULL;
CREATE INDEX attachments_sha256 ON attachments (sha256);
