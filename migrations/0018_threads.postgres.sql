UPDATE content_threads SET
    intervention_user_ids = COALESCE((
        SELECT json_agg(DISTINCT user_id)::TEXT FROM interventions WHERE thread_id = content_threads.id), '[]'),
    opened_intervention_user_ids = COALESCE((
        SELECT json_agg(DISTINCT user_id)::TEXT FROM interventions
        WHERE thread_id = content_threads.id AND status <> 'closed'), '[]')
WHERE interventions_count > 0;
