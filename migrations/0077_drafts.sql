-- What agents are writing and have not sent: each one's own.
CREATE TABLE drafts (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    data TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, thread_id)
);
CREATE INDEX drafts_thread ON drafts (thread_id);
CREATE INDEX drafts_at ON drafts (updated_at);
