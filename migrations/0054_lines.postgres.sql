-- What the journal tells, as far as it is kept.
INSERT INTO thread_lines (id, thread_id, ordinal, at, kind, user_id, data)
SELECT told.id, told.thread_id,
    COALESCE(
        (SELECT said.ordinal FROM journal AS earlier
            JOIN contents AS said ON said.id = earlier.resource_id AND said.thread_id = earlier.thread_id
            WHERE earlier.thread_id = told.thread_id
                AND earlier.kind IN ('content.imported', 'content.replied', 'content.discussion_initiated')
                -- What a customer's word brings about is told before that word.
                AND (earlier.position < told.position
                    OR earlier.position = told.position + 1 AND told.deed IN ('came_back', 'reopened'))
            ORDER BY earlier.position DESC LIMIT 1),
        (SELECT MAX(c.ordinal) FROM contents c WHERE c.thread_id = told.thread_id AND c.created_at <= told.issued_at),
        0),
    told.issued_at, told.deed, told.user_id,
    jsonb_strip_nulls(jsonb_build_object(
        'holder', CASE
            WHEN told.resource_kind = 'intervention' THEN told.facts ->> 'user_id'
            WHEN told.deed = 'handed_over' THEN (
                SELECT gone.metadata::jsonb ->> 'user_id' FROM journal AS gone
                WHERE gone.thread_id = told.thread_id AND gone.issued_at = told.issued_at
                    AND gone.kind IN ('intervention.canceled', 'intervention.closed') LIMIT 1) END,
        'intervention_id', CASE WHEN told.resource_kind = 'intervention' THEN told.resource_id END,
        'until', CASE WHEN told.deed = 'deferred' THEN told.facts ->> 'deferred_at' END,
        'category_ids', CASE WHEN told.deed = 'closed' THEN told.facts -> 'category_ids' END,
        'author', CASE WHEN told.deed IN ('approved', 'refused') THEN told.facts ->> 'creator_id' END,
        'excerpt', CASE WHEN told.deed IN ('approved', 'refused') THEN SUBSTR(told.facts ->> 'body', 1, 80) END,
        'to', told.facts -> 'handover' ->> 'to',
        'reason', told.facts -> 'handover' ->> 'reason',
        'score', CASE WHEN told.deed = 'survey_answered' THEN told.facts -> 'main_indicator' END,
        'cause', told.facts ->> 'close_cause',
        'screenname', told.facts -> 'chat' ->> 'screenname',
        'other_id', COALESCE(told.facts ->> 'new_thread_id', told.facts ->> 'previous_thread_id',
            told.facts ->> 'merged_thread_id', told.facts ->> 'merged_into')
    ))::text
FROM (
    SELECT j.*, j.metadata::jsonb AS facts, CASE j.kind
        WHEN 'intervention.opened' THEN 'opened'
        WHEN 'intervention.user_updated' THEN 'given'
        WHEN 'intervention.canceled' THEN 'canceled'
        WHEN 'intervention.deferred' THEN 'deferred'
        WHEN 'intervention.reactivated' THEN CASE WHEN j.user_id IS NULL THEN 'came_back' ELSE 'resumed' END
        WHEN 'intervention.closed' THEN 'closed'
        WHEN 'intervention.reopened' THEN 'reopened'
        WHEN 'content_thread.ignored' THEN 'archived'
        WHEN 'content.thread_closed' THEN
            CASE WHEN j.metadata::jsonb ->> 'close_cause' IS NULL THEN 'locked' ELSE 'ended' END
        WHEN 'content.thread_auto_closed' THEN 'quieted'
        WHEN 'content.thread_opened' THEN 'unlocked'
        WHEN 'content_thread.handed_over' THEN 'handed_over'
        WHEN 'content.approved' THEN 'approved'
        WHEN 'content.approval_refused' THEN 'refused'
        WHEN 'survey_response.imported' THEN 'survey_answered'
        WHEN 'chat.queued' THEN
            CASE WHEN j.metadata::jsonb -> 'chat' ->> 'state' = 'waiting' THEN 'queued' ELSE 'requeued' END
        WHEN 'chat.connected' THEN 'connected'
        WHEN 'chat.left' THEN 'left'
        WHEN 'chat.email_asked' THEN 'email_asked'
        WHEN 'chat.email_given' THEN 'email_given'
        WHEN 'content_thread.split' THEN
            CASE WHEN j.metadata::jsonb ->> 'new_thread_id' IS NULL THEN 'split_off' ELSE 'split' END
        WHEN 'content_thread.merged' THEN
            CASE WHEN j.metadata::jsonb ->> 'merged_into' IS NULL THEN 'merged' ELSE 'merged_into' END
        END AS deed
    FROM journal j JOIN content_threads t ON t.id = j.thread_id
) AS told
WHERE told.deed IS NOT NULL
    -- Who opens somebody's case again has it from then on.
    AND NOT (told.deed = 'given' AND EXISTS (
        SELECT 1 FROM journal b WHERE b.thread_id = told.thread_id AND b.kind = 'intervention.reopened'
            AND b.resource_id = told.resource_id AND b.issued_at = told.issued_at AND b.position < told.position))
    -- What is let go and waits for nobody is done without an answer; a bot that lets go gives it to people.
    AND NOT (told.deed IN ('canceled', 'closed') AND EXISTS (
        SELECT 1 FROM journal b WHERE b.thread_id = told.thread_id AND b.issued_at = told.issued_at
            AND b.kind IN ('content_thread.ignored', 'content_thread.handed_over') AND b.position > told.position));

-- What cases themselves tell, where the journal does not.
INSERT INTO thread_lines (id, thread_id, ordinal, at, kind, user_id, data)
SELECT i.id, i.thread_id,
    COALESCE((SELECT MAX(c.ordinal) FROM contents c WHERE c.thread_id = i.thread_id AND c.created_at <= i.created_at), 0),
    i.created_at, 'opened', i.user_id, jsonb_build_object('holder', i.user_id, 'intervention_id', i.id)::text
FROM interventions i WHERE NOT EXISTS (
    SELECT 1 FROM thread_lines l WHERE l.thread_id = i.thread_id AND l.kind = 'opened'
        AND l.data::jsonb ->> 'intervention_id' = i.id);
INSERT INTO thread_lines (id, thread_id, ordinal, at, kind, user_id, data)
SELECT SUBSTR(i.id, 13, 12) || SUBSTR(i.id, 1, 12), i.thread_id,
    COALESCE((SELECT MAX(c.ordinal) FROM contents c WHERE c.thread_id = i.thread_id AND c.created_at <= i.closed_at), 0),
    i.closed_at, 'closed', i.user_id,
    jsonb_build_object('holder', i.user_id, 'intervention_id', i.id, 'category_ids', i.category_ids::jsonb)::text
FROM interventions i WHERE i.closed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM thread_lines l WHERE l.thread_id = i.thread_id AND l.kind = 'closed'
        AND l.data::jsonb ->> 'intervention_id' = i.id);
