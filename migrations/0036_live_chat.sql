-- How a chat's thread goes: 'messaging' or 'live_chat'; none on other sources.
ALTER TABLE content_threads ADD COLUMN chat_mode TEXT;
UPDATE content_threads SET chat_mode = 'messaging'
    WHERE source_id IN (SELECT id FROM content_sources WHERE kind = 'engage_messaging');
CREATE INDEX threads_quiet ON content_threads (source_id, last_content_at) WHERE chat_mode = 'messaging' AND NOT closed;

-- Where a live chat stands. 'impossible_at' is when it ends because nobody had it, 'gone_at' when it ends because its
-- visitor is away; the seconds beside them are what they were set to. 'acted_at' is when who has it did something last.
CREATE TABLE chat_threads (
    thread_id TEXT PRIMARY KEY REFERENCES content_threads (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    waiting_since BIGINT,
    user_id TEXT,
    screenname TEXT,
    acted_at BIGINT NOT NULL,
    cause TEXT,
    impossible_after BIGINT NOT NULL,
    impossible_at BIGINT,
    gone_after BIGINT NOT NULL,
    gone_at BIGINT,
    created_at BIGINT NOT NULL
);
-- A visitor has one at a time.
CREATE UNIQUE INDEX chat_threads_open ON chat_threads (source_id, identity_id) WHERE state <> 'ended';
CREATE INDEX chat_threads_visitor ON chat_threads (identity_id, created_at);
CREATE INDEX chat_threads_impossible ON chat_threads (impossible_at) WHERE impossible_at IS NOT NULL;
CREATE INDEX chat_threads_gone ON chat_threads (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX chat_threads_agent ON chat_threads (user_id) WHERE state = 'connected';
CREATE INDEX chat_threads_waiting ON chat_threads (waiting_since) WHERE waiting_since IS NOT NULL;

-- An app that shows one conversation alone names none.
ALTER TABLE visitors ADD COLUMN single_thread BOOLEAN NOT NULL DEFAULT FALSE;

-- What is told of a live chat stands among the lines of its thread.
DROP INDEX journal_lines;
CREATE INDEX journal_lines ON journal (thread_id, position) WHERE kind IN (
    'intervention.opened', 'intervention.user_updated', 'intervention.closed', 'intervention.canceled',
    'intervention.reopened', 'content_thread.ignored', 'content.thread_closed', 'content.thread_opened',
    'content.thread_auto_closed', 'chat.queued', 'chat.connected', 'chat.left');
