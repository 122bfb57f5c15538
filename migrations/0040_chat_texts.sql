-- What a chat says in words of its own: a map of languages, each a map of keys. A row where it has any.
CREATE TABLE chat_texts (
    source_id TEXT PRIMARY KEY REFERENCES content_sources (id) ON DELETE CASCADE,
    languages TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
