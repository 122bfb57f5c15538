-- What a user sees of each of their sessions: in which browser it is, from where and when it was used last.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser TEXT;
ALTER TABLE sessions ADD COLUMN system TEXT;
ALTER TABLE sessions ADD COLUMN network TEXT;
ALTER TABLE sessions ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET id = substr(id_hash, 1, 24), used_at = created_at;
CREATE UNIQUE INDEX sessions_id ON sessions (id);
