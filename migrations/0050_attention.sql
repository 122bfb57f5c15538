-- Since when a customer waits in a thread; until when it is put aside, where all its open interventions are; since when
-- nothing is to be done in it; the place of the last word that is not the company's; and what became of the last answer,
-- where it is to be looked at: 'failed' or 'refused'.
ALTER TABLE content_threads ADD COLUMN waiting_since BIGINT;
ALTER TABLE content_threads ADD COLUMN deferred_at BIGINT;
ALTER TABLE content_threads ADD COLUMN done_at BIGINT;
ALTER TABLE content_threads ADD COLUMN attention_ordinal BIGINT NOT NULL DEFAULT 0;
ALTER TABLE content_threads ADD COLUMN trouble TEXT;

UPDATE content_threads SET
    folder = 'deferred',
    deferred_at = (SELECT MIN(i.deferred_at) FROM interventions i
        WHERE i.thread_id = content_threads.id AND i.status = 'deferred')
WHERE folder = 'open' AND new_contents_count = 0
    AND EXISTS (SELECT 1 FROM interventions i WHERE i.thread_id = content_threads.id AND i.status = 'deferred')
    AND NOT EXISTS (SELECT 1 FROM interventions i WHERE i.thread_id = content_threads.id AND i.status = 'open');
UPDATE content_threads SET waiting_since = COALESCE(
    (SELECT MIN(c.created_at) FROM contents c WHERE c.thread_id = content_threads.id AND c.status = 'new'),
    last_content_at)
WHERE folder = 'new';
UPDATE content_threads SET waiting_since =
    (SELECT MIN(i.waiting_since) FROM interventions i
        WHERE i.thread_id = content_threads.id AND i.status = 'open')
WHERE folder = 'open';
UPDATE content_threads SET waiting_since =
    (SELECT MIN(c.created_at) FROM contents c WHERE c.thread_id = content_threads.id AND c.status = 'new')
WHERE folder = 'open' AND new_contents_count > 0
    AND (waiting_since IS NULL OR waiting_since >
        (SELECT MIN(c.created_at) FROM contents c WHERE c.thread_id = content_threads.id AND c.status = 'new'));
-- Where a live chat has ended nobody waits.
UPDATE content_threads SET waiting_since = NULL WHERE closed AND chat_mode = 'live_chat' AND waiting_since IS NOT NULL;
UPDATE content_threads SET done_at = COALESCE(
    (SELECT MAX(i.closed_at) FROM interventions i WHERE i.thread_id = content_threads.id), last_content_at)
WHERE folder = 'closed';
UPDATE content_threads SET attention_ordinal = COALESCE(
    (SELECT MAX(c.ordinal) FROM contents c WHERE c.thread_id = content_threads.id
        AND c.status NOT IN ('user_reply', 'user_initiated')), 0);
UPDATE content_threads SET trouble = 'failed' WHERE 'error' =
    (SELECT c.synchronization_status FROM contents c WHERE c.thread_id = content_threads.id
        AND c.status IN ('user_reply', 'user_initiated') ORDER BY c.ordinal DESC LIMIT 1);

-- Who waits longest is found by since when, not by when the threads began.
DROP INDEX threads_waiting_first;
CREATE INDEX threads_waits ON content_threads (waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX threads_deferred ON content_threads (deferred_at, id) WHERE deferred_at IS NOT NULL;
CREATE INDEX threads_done ON content_threads (done_at, id) WHERE done_at IS NOT NULL;
CREATE INDEX threads_locked ON content_threads (id) WHERE closed;
CREATE INDEX threads_trouble ON content_threads (id) WHERE trouble IS NOT NULL;
