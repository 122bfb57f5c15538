-- Since when the visitor of a live chat waits, for somebody or for an answer: those stand first in the lists of agents.
ALTER TABLE chat_threads ADD COLUMN pressing_since BIGINT;
UPDATE chat_threads SET pressing_since = waiting_since;
CREATE INDEX chat_threads_pressing ON chat_threads (pressing_since, thread_id) WHERE pressing_since IS NOT NULL;

-- What a visitor's browser tells of itself and of the visit; when that began, and since when they are on the page that they
-- are on.
ALTER TABLE visitors ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE visitors ADD COLUMN visit_at BIGINT;
ALTER TABLE visitors ADD COLUMN page_at BIGINT;

-- Visitors whose chat is connected, on which process, where several serve the database; they go with their process.
CREATE TABLE visitor_presence (
    node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (node_id, source_id, identity_id)
);
CREATE INDEX visitor_presence_since ON visitor_presence (source_id, since);
