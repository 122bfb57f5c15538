-- How much an agent takes of a channel, and how long what lies with them may lie there.
ALTER TABLE channels ADD COLUMN soft_capability BIGINT NOT NULL DEFAULT 3;
ALTER TABLE channels ADD COLUMN hard_capability BIGINT NOT NULL DEFAULT 6;
ALTER TABLE channels ADD COLUMN task_timeout_seconds BIGINT DEFAULT 3600;
ALTER TABLE channels ADD COLUMN agent_sla BIGINT;
ALTER TABLE channels ADD COLUMN agent_sla_threshold BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN task_auto_complete_seconds BIGINT;
ALTER TABLE channels ADD COLUMN auto_complete_category_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE channels ADD COLUMN away_by_default BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE channels ADD COLUMN silent_timeout_seconds BIGINT;
-- Live chats: fewer at a time, and nobody waits long for an agent who is gone.
UPDATE channels SET hard_capability = 5, task_timeout_seconds = 90 WHERE name = 'Realtime';
