-- Order in a thread is a number taken under the thread's lock, not a time: clocks differ and jump. What is there stands in
-- the order of its ids, as it was shown so far: ids grow as contents arrive, and times are those that a third party tells.
ALTER TABLE contents ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0;
UPDATE contents SET ordinal = placed.place FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY thread_id ORDER BY id) AS place FROM contents
) AS placed WHERE contents.id = placed.id;
CREATE UNIQUE INDEX contents_order ON contents (thread_id, ordinal);

ALTER TABLE content_threads ADD COLUMN last_ordinal BIGINT NOT NULL DEFAULT 0;
ALTER TABLE content_threads ADD COLUMN agent_read_ordinal BIGINT NOT NULL DEFAULT 0;
UPDATE content_threads SET
    last_ordinal = COALESCE((SELECT MAX(ordinal) FROM contents WHERE thread_id = content_threads.id), 0),
    agent_read_ordinal = COALESCE((
        SELECT MAX(ordinal) FROM contents WHERE thread_id = content_threads.id AND id <= agent_read_id), 0);
ALTER TABLE content_threads DROP COLUMN agent_read_id;
DROP INDEX contents_thread;

-- The content that a comment was written after, which has the smaller id; 0 for none.
ALTER TABLE intervention_comments ADD COLUMN after_ordinal BIGINT NOT NULL DEFAULT 0;
UPDATE intervention_comments SET after_ordinal = COALESCE((
    SELECT MAX(ordinal) FROM contents
    WHERE thread_id = intervention_comments.thread_id AND contents.id < intervention_comments.id), 0);

-- Contents of a thread go out in its order.
ALTER TABLE content_exports ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0;
UPDATE content_exports SET ordinal = COALESCE((SELECT ordinal FROM contents WHERE id = content_id), 0);
DROP INDEX exports_order;
CREATE INDEX exports_order ON content_exports (thread_id, ordinal) WHERE state = 'pending';

-- From which position on a webhook is told of events. What the dispatcher has passed is decided.
ALTER TABLE webhooks ADD COLUMN listens_after BIGINT;
UPDATE webhooks SET listens_after = COALESCE((
    SELECT MAX(position) FROM journal
    WHERE position > COALESCE((SELECT position FROM cursors WHERE follower = 'dispatch'), 0)
        AND issued_at < listens_since), 0)
WHERE listens_since IS NOT NULL;
ALTER TABLE webhooks DROP COLUMN listens_since;
