CREATE TABLE content_search (
    content_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    body TSVECTOR NOT NULL
);
CREATE INDEX content_search_body ON content_search USING GIN (body);
