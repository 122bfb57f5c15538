-- What happened to agents' own conversations while they may have been elsewhere; kept for a time, and so many of each.
CREATE TABLE notifications (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    thread_id TEXT NOT NULL REFERENCES content_threads (id) ON DELETE CASCADE,
    content_id TEXT,
    by_user_id TEXT,
    excerpt TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unseen ON notifications (user_id, thread_id) WHERE seen_at IS NULL;
CREATE INDEX notifications_thread ON notifications (thread_id, created_at);
CREATE INDEX notifications_at ON notifications (created_at);
-- How they want to be told: which events ring, how, and when nothing does.
ALTER TABLE console_profiles ADD COLUMN signals TEXT NOT NULL DEFAULT '{}';
