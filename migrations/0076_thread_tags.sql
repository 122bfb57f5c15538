-- The tags of threads: beside each, and by the tag for those who look for them.
ALTER TABLE content_threads ADD COLUMN tag_ids TEXT NOT NULL DEFAULT '[]';
CREATE TABLE thread_tags (
    tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    PRIMARY KEY (tag_id, thread_id)
);
CREATE INDEX thread_tags_thread ON thread_tags (thread_id);
