-- What the other side lets be done with a content (null: it has not said), when its text last changed there, and the time
-- that the other side gave of its last change.
ALTER TABLE contents ADD COLUMN remote_actions TEXT;
ALTER TABLE contents ADD COLUMN edited_at BIGINT;
ALTER TABLE contents ADD COLUMN remote_updated_at BIGINT;

-- What an export asks of the other side: to make a content, or something else to be done with one that it has. A content is
-- made once; acts on it have a lane of their own.
ALTER TABLE content_exports ADD COLUMN operation TEXT NOT NULL DEFAULT 'create';
ALTER TABLE content_exports ADD COLUMN actor_identity_id TEXT;
ALTER TABLE content_exports ADD COLUMN user_id TEXT;
DROP INDEX exports_content;
CREATE UNIQUE INDEX exports_create ON content_exports (content_id) WHERE operation = 'create';
CREATE INDEX exports_acts ON content_exports (content_id, ordinal) WHERE operation <> 'create';
