-- Comments are a conversation's: one may be of no case, and stays when its case goes. Nobody is named there without a case,
-- where the conversation has no customer yet.
CREATE TABLE comments_anew (
    id TEXT PRIMARY KEY,
    intervention_id TEXT REFERENCES interventions (id) ON DELETE SET NULL,
    thread_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    identity_id TEXT,
    user_id TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    after_ordinal BIGINT NOT NULL DEFAULT 0,
    mention_ids TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO comments_anew (id, intervention_id, thread_id, source_id, identity_id, user_id, body, after_ordinal, created_at, updated_at)
    SELECT id, intervention_id, thread_id, source_id, identity_id, user_id, body, after_ordinal, created_at, updated_at
    FROM intervention_comments;
DROP TABLE intervention_comments;
ALTER TABLE comments_anew RENAME TO intervention_comments;
CREATE INDEX comments_intervention ON intervention_comments (intervention_id, created_at);
CREATE INDEX comments_thread ON intervention_comments (thread_id, created_at);
CREATE INDEX comments_created ON intervention_comments (created_at, id);
CREATE INDEX comments_user ON intervention_comments (user_id, created_at, id);
CREATE INDEX comments_identity ON intervention_comments (identity_id, created_at, id);
