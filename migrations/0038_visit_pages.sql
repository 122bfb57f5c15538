-- Pages that visitors looked at while they were in a conversation, each after the content at a place of it.
CREATE TABLE visit_pages (
    id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES content_threads (id),
    after_ordinal BIGINT NOT NULL,
    url TEXT NOT NULL,
    title TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX visit_pages_thread ON visit_pages (thread_id, id);
CREATE INDEX visit_pages_created ON visit_pages (created_at);
