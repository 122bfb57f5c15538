-- Whom a comment calls: those of its mention_ids who may read it, and those of the teams among these.
CREATE TABLE comment_mentions (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    comment_id TEXT NOT NULL REFERENCES intervention_comments (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, comment_id)
);
CREATE INDEX comment_mentions_comment ON comment_mentions (comment_id);
ALTER TABLE notifications ADD COLUMN comment_id TEXT;
