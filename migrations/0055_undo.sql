-- What people did in the console, with what it changed of which threads, so that it can be taken back; kept for a day.
CREATE TABLE acts (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX acts_at ON acts (at);
CREATE TABLE act_threads (
    act_id TEXT NOT NULL REFERENCES acts (id) ON DELETE CASCADE,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (act_id, thread_id)
);
CREATE INDEX act_threads_thread ON act_threads (thread_id);
