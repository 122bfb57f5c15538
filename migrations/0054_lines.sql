-- The lines of threads' histories, which stay when the journal is cut. Each has its place in its thread's own order; those
-- from before have the place of the content that came before them.
CREATE TABLE thread_lines (
    id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    ordinal BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    data TEXT NOT NULL
);
CREATE INDEX thread_lines_place ON thread_lines (thread_id, ordinal);

-- What is left to be read from the journal: what visitors were told.
DROP INDEX journal_lines;
CREATE INDEX journal_notices ON journal (thread_id, position) WHERE kind IN (
    'content.thread_closed', 'chat.queued', 'chat.connected', 'chat.left', 'chat.email_asked', 'chat.email_given');
